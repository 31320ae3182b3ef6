/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * PDF by poppler: to pixels with their words, to a drawing by cairo, to text.
 * What comes here was cleaned before; it is hostile all the same.
 */
#include <stdio.h>
#include <string.h>

#include <cairo-pdf.h>
#include <poppler.h>

#include "render.h"

/*
 * A page that begins behind so many bytes of pixels comes in the next stream;
 * with one page of the largest kind it is less than a child may put out.
 */
#define STREAM_BYTES_MAX	(64ul * 1024 * 1024)

struct document {
	GBytes		*bytes;
	PopplerDocument	*poppler;
	int		 pages;
};

static void
document_close(struct document *d)
{
	if (d->poppler != NULL)
		g_object_unref(d->poppler);
	g_bytes_unref(d->bytes);
}

static enum err
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

static enum err
page_open(struct document *d, int number, PopplerPage **page,
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

/* ---- words ---- */

static void
box_add(struct pixels_word *word, const PopplerRectangle *r, double scale)
{
	double left = r->x1 * scale, top = r->y1 * scale;
	double right = r->x2 * scale, bottom = r->y2 * scale;

	left = CLAMP(left, 0, PIXELS_SIDE_MAX);
	top = CLAMP(top, 0, PIXELS_SIDE_MAX);
	right = CLAMP(right + 1, 0, PIXELS_SIDE_MAX);
	bottom = CLAMP(bottom + 1, 0, PIXELS_SIDE_MAX);
	word->left = MIN(word->left, (uint32_t)left);
	word->top = MIN(word->top, (uint32_t)top);
	word->right = MAX(word->right, (uint32_t)right);
	word->bottom = MAX(word->bottom, (uint32_t)bottom);
}

/* Cut to the page; empty or not to be seen there: it does not count. */
static bool
visible(struct pixels_word *word, const struct render_page *page)
{
	word->right = MIN(word->right, page->width);
	word->bottom = MIN(word->bottom, page->height);
	return word->left < word->right && word->top < word->bottom &&
	    render_box_drawn(page, word);
}

struct words {
	struct pixels_word	*list;
	uint32_t		 n;
	struct pixels_word	 open;
	const struct render_page *page;
};

static void
word_end(struct words *w)
{
	if (w->open.text.len > 0 && w->n < PIXELS_WORDS_MAX &&
	    visible(&w->open, w->page))
		w->list[w->n++] = w->open;
	w->open = (struct pixels_word){ UINT32_MAX, UINT32_MAX, 0, 0,
		{ NULL, 0 } };
}

/* The characters of text have a box each. */
static void
collect(struct words *w, const char *text, const PopplerRectangle *boxes,
    guint boxes_n, double scale)
{
	const char *p = text, *next;
	gunichar c;

	word_end(w);
	for (guint i = 0; *p != '\0' && i < boxes_n; p = next, i++) {
		next = g_utf8_next_char(p);
		c = g_utf8_get_char(p);
		if (g_unichar_isspace(c) || c < 0x20) {
			word_end(w);
			continue;
		}
		if (w->open.text.len + 6 > PIXELS_WORD_BYTES_MAX)
			word_end(w);
		if (w->open.text.len == 0)
			w->open.text.ptr = (const uint8_t *)p;
		w->open.text.len += (size_t)(next - p);
		box_add(&w->open, &boxes[i], scale);
	}
	word_end(w);
}

static enum err
put_words(PopplerPage *page, const struct render_page *drawn, double scale,
    struct filter *out)
{
	static struct pixels_word list[PIXELS_WORDS_MAX];
	struct words words = { .list = list, .page = drawn };
	char *text = poppler_page_get_text(page);
	PopplerRectangle *boxes = NULL;
	guint boxes_n = 0;
	enum err err;

	if (text != NULL && g_utf8_validate(text, -1, NULL) &&
	    poppler_page_get_text_layout(page, &boxes, &boxes_n))
		collect(&words, text, boxes, boxes_n, scale);
	err = render_put_words(out, list, words.n);
	g_free(boxes);
	g_free(text);
	return err;
}

/* ---- pixels ---- */

static enum err
draw_page(PopplerPage *page, const struct render_size *size,
    struct filter *out, uint64_t *bytes, struct convert_result *result)
{
	double scale = size->shrink * size->dpi / 72;
	cairo_surface_t *surface;
	struct render_page drawn;
	cairo_t *cr;
	enum err err;

	surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, size->width,
	    size->height);
	cr = cairo_create(surface);
	cairo_set_source_rgb(cr, 1, 1, 1);
	cairo_paint(cr);
	cairo_scale(cr, scale, scale);
	poppler_page_render(page, cr);
	render_page_init(&drawn, surface, size->dpi);
	if (cairo_status(cr) != CAIRO_STATUS_SUCCESS ||
	    cairo_surface_status(surface) != CAIRO_STATUS_SUCCESS)
		err = render_error(result, ERR_INPUT, "page cannot be drawn");
	else {
		drawn.way = pixels_choose(drawn.pixels, drawn.stride,
		    drawn.width, drawn.height);
		err = render_put_page(out, &drawn);
		*bytes += pixels_row_bytes(drawn.way.form, drawn.width) *
		    drawn.height;
	}
	if (err == OK)
		err = put_words(page, &drawn, scale, out);
	cairo_destroy(cr);
	cairo_surface_destroy(surface);
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
		if ((err = page_open(&d, i, &page, &size, result)) != OK)
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

/* ---- a drawing ---- */

struct drain {
	struct filter	*out;
	enum err	 err;
};

static cairo_status_t
on_drawn(void *arg, const unsigned char *data, unsigned int length)
{
	struct drain *drain = arg;

	if (drain->err == OK)
		drain->err = filter_write(drain->out,
		    (struct span){ data, length });
	return drain->err == OK ? CAIRO_STATUS_SUCCESS :
	    CAIRO_STATUS_WRITE_ERROR;
}

static enum err
draw_for_print(struct document *d, int number, cairo_surface_t *surface,
    cairo_t *cr, struct convert_result *result)
{
	struct render_size size;
	PopplerPage *page;
	enum err err;

	if ((err = page_open(d, number, &page, &size, result)) != OK)
		return err;
	cairo_pdf_surface_set_size(surface, size.points_x, size.points_y);
	cairo_save(cr);
	cairo_scale(cr, size.shrink, size.shrink);
	poppler_page_render_for_printing(page, cr);
	cairo_restore(cr);
	cairo_surface_show_page(surface);
	g_object_unref(page);
	if (cairo_status(cr) == CAIRO_STATUS_SUCCESS &&
	    cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS)
		return OK;
	snprintf(result->reason, sizeof(result->reason),
	    "page %d cannot be drawn", number + 1);
	return ERR_INPUT;
}

enum err
render_pdf_draw(struct span bytes, struct filter *out,
    struct convert_result *result)
{
	struct drain drain = { out, OK };
	cairo_surface_t *surface;
	struct document d;
	cairo_t *cr;
	enum err err;

	if ((err = document_open(&d, bytes, result)) != OK)
		return err;
	surface = cairo_pdf_surface_create_for_stream(on_drawn, &drain, 595,
	    842);
	cairo_pdf_surface_restrict_to_version(surface, CAIRO_PDF_VERSION_1_5);
	cr = cairo_create(surface);
	for (int i = 0; i < d.pages && err == OK; i++)
		err = draw_for_print(&d, i, surface, cr, result);
	cairo_destroy(cr);
	cairo_surface_finish(surface);
	if (err == OK && (drain.err != OK ||
	    cairo_surface_status(surface) != CAIRO_STATUS_SUCCESS))
		err = drain.err != OK ? drain.err :
		    render_error(result, ERR_INPUT, "drawing failed");
	cairo_surface_destroy(surface);
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
		if ((err = page_open(&d, i, &page, &size, result)) != OK)
			break;
		err = put_text(page, i, out);
		g_object_unref(page);
	}
	document_close(&d);
	return err;
}
