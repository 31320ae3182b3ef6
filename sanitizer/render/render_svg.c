/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SVG to one page of pixels. There is no base address, so that nothing
 * outside the file is ever looked for.
 */
#include <string.h>

#include <librsvg/rsvg.h>

#include "render.h"

#define SVG_SIDE_POINTS	600.0	/* when it does not say how large it is */

static void
wanted_size(RsvgHandle *handle, double *x, double *y)
{
	RsvgRectangle box;
	gboolean has_x, has_y, has_box;
	RsvgLength length_x, length_y;

	if (rsvg_handle_get_intrinsic_size_in_pixels(handle, x, y)) {
		*x *= 0.75;	/* of 96 an inch to points */
		*y *= 0.75;
		return;
	}
	rsvg_handle_get_intrinsic_dimensions(handle, &has_x, &length_x,
	    &has_y, &length_y, &has_box, &box);
	*x = *y = SVG_SIDE_POINTS;
	if (has_box && box.width > 0 && box.height > 0) {
		if (box.width > box.height)
			*y = *x * box.height / box.width;
		else
			*x = *y * box.width / box.height;
	}
}

static enum err
draw(RsvgHandle *handle, const struct render_size *size, struct filter *out,
    struct convert_result *result)
{
	RsvgRectangle viewport = { 0, 0, size->width, size->height };
	cairo_surface_t *surface;
	struct render_page page;
	cairo_t *cr;
	enum err err;
	gboolean drawn;

	surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, size->width,
	    size->height);
	cr = cairo_create(surface);
	cairo_set_source_rgb(cr, 1, 1, 1);
	cairo_paint(cr);
	drawn = rsvg_handle_render_document(handle, cr, &viewport, NULL);
	render_page_init(&page, surface, size->dpi);
	if (!drawn || cairo_status(cr) != CAIRO_STATUS_SUCCESS ||
	    cairo_surface_status(surface) != CAIRO_STATUS_SUCCESS)
		err = render_error(result, ERR_INPUT, "SVG cannot be drawn");
	else if ((err = render_put_begin(out)) == OK &&
	    (err = render_put_page(out, &page)) == OK &&
	    (err = render_put_words(out, NULL, 0)) == OK)
		err = render_put_end(out, false, 1);
	cairo_destroy(cr);
	cairo_surface_destroy(surface);
	return err;
}

/* Does an element begin with this name, with or without a prefix? */
static bool
begins_element(const uint8_t *first, const uint8_t *name)
{
	const uint8_t *p = name;

	if (p > first && p[-1] == ':') {
		do
			p--;
		while (p > first && name - p < 32 &&
		    strchr("<>/:= \t\r\n\"'", p[-1]) == NULL);
	}
	return p > first && p[-1] == '<';
}

static enum err
tell_filters(struct span bytes, struct convert_result *result)
{
	struct span rest = bytes;
	uint64_t n = 0;
	size_t at;

	while ((at = span_find(rest, SPAN("filter"))) < rest.len) {
		n += begins_element(bytes.ptr, rest.ptr + at);
		rest = span_sub(rest, at + 6, rest.len - at - 6);
	}
	if (n == 0)
		return OK;
	return removed_add(&result->removed, "filter", n, SPAN("svg"));
}

enum err
render_svg_pixels(struct span bytes, struct filter *out,
    struct convert_result *result)
{
	static const char style[] = "* { filter: none !important }";
	struct render_size size;
	RsvgHandle *handle;
	double x, y;
	enum err err;

	handle = rsvg_handle_new_from_data(bytes.ptr, bytes.len, NULL);
	if (handle == NULL)
		return render_error(result, ERR_INPUT, "SVG: not readable");
	rsvg_handle_set_dpi(handle, 96);
	wanted_size(handle, &x, &y);
	/* librsvg filters with threads, which a child may not have */
	if (!rsvg_handle_set_stylesheet(handle, (const uint8_t *)style,
	    sizeof(style) - 1, NULL))
		err = render_error(result, ERR_INPUT, "SVG: takes no style");
	else if (!render_size(x, y, &size))
		err = render_error(result, ERR_INPUT, "SVG without size");
	else if ((err = tell_filters(bytes, result)) == OK)
		err = draw(handle, &size, out, result);
	g_object_unref(handle);
	return err;
}
