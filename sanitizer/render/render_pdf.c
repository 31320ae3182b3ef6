/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * PDF by poppler: to pixels with their words, and to text.
 * What comes here was cleaned before; it is hostile all the same.
 */
#include <stdio.h>

#include "render_internal.h"

/*
 * A page that begins behind so many bytes of pixels comes in the next stream;
 * with one page of the largest kind it is less than a child may put out.
 */
#define STREAM_BYTES_MAX	(64ul * 1024 * 1024)

void
document_close(struct document *d)
{
	if (d->poppler != NULL)
		g_object_unref(d->poppler);
	g_bytes_unref(d->bytes);
}

enum err
document_open(struct document *d, struct span bytes,
    struct convert_result *result)
{
	enum err err = OK;

	d->bytes = g_bytes_new_static(bytes.ptr, bytes.len);
	d->poppler = poppler_document_new_from_bytes(d->bytes, NULL, NULL);
	d->pages = d->poppler == NULL ? 0 :
	    poppler_document_get_n_pages(d->poppler);
	if (d->pages <= 0)
		err = render_error(result, ERR_INPUT, "PDF without pages");
	else if (d->pages > PIXELS_PAGES_MAX)
		err = render_error(result, ERR_LIMIT, "too many pages");
	if (err != OK)
		document_close(d);
	return err;
}

enum err
document_page(struct document *d, int number, PopplerPage **page,
    struct render_size *size, struct convert_result *result)
{
	double x, y;

	*page = poppler_document_get_page(d->poppler, number);
	if (*page == NULL) {
		snprintf(result->reason, sizeof(result->reason),
		    "page %d cannot be read", number + 1);
		return ERR_INPUT;
	}
	poppler_page_get_size(*page, &x, &y);
	if (!render_size(x, y, size)) {
		g_object_unref(*page);
		*page = NULL;
		return render_error(result, ERR_INPUT, "page without size");
	}
	return OK;
}

/* ---- pixels ---- */

/* White; the same one again while its size is asked for. */
static cairo_surface_t *
paper(int width, int height)
{
	static cairo_surface_t *kept;

	if (kept != NULL && (cairo_image_surface_get_width(kept) != width ||
	    cairo_image_surface_get_height(kept) != height)) {
		cairo_surface_destroy(kept);
		kept = NULL;
	}
	if (kept == NULL)
		kept = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width,
		    height);
	return kept;
}

enum err
document_raster(PopplerPage *page, double scale, int width, int height,
    cairo_surface_t **surface, struct convert_result *result)
{
	cairo_t *cr;
	bool drawn;

	*surface = paper(width, height);
	cr = cairo_create(*surface);
	cairo_set_source_rgb(cr, 1, 1, 1);
	cairo_paint(cr);
	cairo_scale(cr, scale, scale);
	poppler_page_render(page, cr);
	drawn = cairo_status(cr) == CAIRO_STATUS_SUCCESS &&
	    cairo_surface_status(*surface) == CAIRO_STATUS_SUCCESS;
	cairo_destroy(cr);
	return drawn ? OK : render_error(result, ERR_INPUT,
	    "page cannot be drawn");
}

/* Words that can be seen. */
static enum err
put_words(PopplerPage *page, const struct render_page *drawn, double scale,
    struct filter *out)
{
	static struct pixels_word list[PIXELS_WORDS_MAX];
	struct render_text text = { .text = NULL };
	struct render_word word;
	uint32_t n = 0;
	enum err err;

	if (render_text_get(page, &text))
		while (n < PIXELS_WORDS_MAX && render_text_next(&text, &word))
			n += render_word_box(&word, scale, drawn->width,
			    drawn->height, &list[n]) &&
			    render_box_drawn(drawn, &list[n]);
	err = render_put_words(out, list, n);
	render_text_free(&text);
	return err;
}

static enum err
draw_page(PopplerPage *page, const struct render_size *size,
    struct filter *out, uint64_t *bytes, struct convert_result *result)
{
	double scale = size->shrink * size->dpi / 72;
	cairo_surface_t *surface;
	struct render_page drawn;
	enum err err;

	err = document_raster(page, scale, size->width, size->height,
	    &surface, result);
	if (err != OK)
		return err;
	render_page_init(&drawn, surface, size->dpi);
	drawn.way = pixels_choose(drawn.pixels, drawn.stride, drawn.width,
	    drawn.height);
	*bytes += pixels_row_bytes(drawn.way.form, drawn.width) *
	    drawn.height;
	if ((err = render_put_page(out, &drawn)) == OK)
		err = put_words(page, &drawn, scale, out);
	return err;
}

enum err
render_pdf_pixels(struct span bytes, uint32_t first, struct filter *out,
    struct convert_result *result)
{
	struct render_size size;
	struct document d;
	PopplerPage *page;
	uint64_t used = 0;
	enum err err;
	int i;

	if ((err = document_open(&d, bytes, result)) != OK)
		return err;
	if (first >= (uint32_t)d.pages)
		err = render_error(result, ERR_INPUT, "no such page");
	if (err == OK)
		err = render_put_begin(out);
	for (i = (int)MIN(first, PIXELS_PAGES_MAX); i < d.pages &&
	    used < STREAM_BYTES_MAX && err == OK; i++) {
		if ((err = document_page(&d, i, &page, &size, result)) != OK)
			break;
		err = draw_page(page, &size, out, &used, result);
		g_object_unref(page);
	}
	if (err == OK)
		err = render_put_end(out, i < d.pages,
		    (uint32_t)i - first);
	document_close(&d);
	return err;
}

/* ---- text ---- */

static enum err
put_text(PopplerPage *page, int number, struct filter *out)
{
	char *text = poppler_page_get_text(page);
	char head[32] = "";
	enum err err;

	if (number > 0)
		snprintf(head, sizeof(head), "\n\n- %d -\n\n", number + 1);
	err = filter_write(out, span_str(head));
	if (err == OK && text != NULL)
		err = filter_write(out, span_str(text));
	g_free(text);
	return err;
}

enum err
render_pdf_text(struct span bytes, struct filter *out,
    struct convert_result *result)
{
	struct render_size size;
	struct document d;
	PopplerPage *page;
	enum err err;

	if ((err = document_open(&d, bytes, result)) != OK)
		return err;
	for (int i = 0; i < d.pages && err == OK; i++) {
		if ((err = document_page(&d, i, &page, &size, result)) != OK)
			break;
		err = put_text(page, i, out);
		g_object_unref(page);
	}
	document_close(&d);
	return err;
}
