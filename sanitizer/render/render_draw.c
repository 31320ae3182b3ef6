/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A PDF drawn anew by cairo. Some text is no text any more then: what is
 * stroked, fills a pattern, or lay invisibly over a scan. So the drawing is
 * read again, and words that it lost and that can be seen go behind it, for
 * pdf_finish() to write. Of text that cannot be seen it is told.
 */
#include <stdio.h>
#include <string.h>

#include <cairo-pdf.h>

#include "../../gateway/base/wire.h"
#include "render_internal.h"

#define DRAWN_BYTES_MAX	(180u * 1024 * 1024)
#define WORDS_BYTES_MAX	(16u * 1024 * 1024)
#define SLOTS		(1u << 18)	/* of characters; half of them used */
#define CELL_POINTS	4

/* ---- the drawing ---- */

struct drain {
	struct buf	*bytes;
	enum err	 err;
};

static cairo_status_t
on_drawn(void *arg, const unsigned char *data, unsigned int length)
{
	struct drain *drain = arg;

	if (drain->err == OK)
		drain->err = buf_add(drain->bytes,
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

	if ((err = document_page(d, number, &page, &size, result)) != OK)
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

static enum err
draw(struct document *d, struct buf *drawn, struct convert_result *result)
{
	struct drain drain = { drawn, OK };
	cairo_surface_t *surface;
	cairo_t *cr;
	enum err err = OK;

	surface = cairo_pdf_surface_create_for_stream(on_drawn, &drain, 595,
	    842);
	cairo_pdf_surface_restrict_to_version(surface, CAIRO_PDF_VERSION_1_5);
	cr = cairo_create(surface);
	for (int i = 0; i < d->pages && err == OK; i++)
		err = draw_for_print(d, i, surface, cr, result);
	cairo_destroy(cr);
	cairo_surface_finish(surface);
	if (err == OK && (drain.err != OK ||
	    cairo_surface_status(surface) != CAIRO_STATUS_SUCCESS))
		err = drain.err != OK ? drain.err :
		    render_error(result, ERR_INPUT, "drawing failed");
	cairo_surface_destroy(surface);
	return err;
}

/* ---- which characters are where ---- */

static uint64_t slots[SLOTS];		/* 0: free */
static unsigned slots_used;

static uint64_t
place_of(gunichar c, const PopplerRectangle *r, double scale, int dx, int dy)
{
	double x = (r->x1 + r->x2) / 2 * scale / CELL_POINTS + dx + 16;
	double y = (r->y1 + r->y2) / 2 * scale / CELL_POINTS + dy + 16;

	x = CLAMP(x, 0, 16383);
	y = CLAMP(y, 0, 16383);
	return (uint64_t)1 << 63 | (uint64_t)c << 32 | (uint64_t)x << 16 |
	    (uint64_t)y;
}

/* Where this is, or would be. */
static uint64_t *
slot_of(uint64_t place)
{
	uint64_t i = place * UINT64_C(0x9e3779b97f4a7c15) >> 46;

	while (slots[i % SLOTS] != 0 && slots[i % SLOTS] != place)
		i++;
	return &slots[i % SLOTS];
}

/* False: there are too many of them. */
static bool
note_text(PopplerPage *page)
{
	struct render_text text;
	struct render_word word;
	bool all = true;

	memset(slots, 0, sizeof(slots));
	slots_used = 0;
	if (!render_text_get(page, &text))
		return true;
	while (all && render_text_next(&text, &word)) {
		const char *p = (const char *)word.text.ptr;

		for (guint i = 0; i < word.n && all; i++,
		    p = g_utf8_next_char(p)) {
			uint64_t place = place_of(g_utf8_get_char(p),
			    &word.boxes[i], 1, 0, 0);

			all = ++slots_used < SLOTS / 2;
			*slot_of(place) = place;
		}
	}
	render_text_free(&text);
	return all;
}

static bool
is_noted(gunichar c, const PopplerRectangle *box, double scale)
{
	for (int dy = -1; dy <= 1; dy++)
		for (int dx = -1; dx <= 1; dx++)
			if (*slot_of(place_of(c, box, scale, dx, dy)) != 0)
				return true;
	return false;
}

/* Most of its characters are nowhere near. */
static bool
is_lost(const struct render_word *word, double scale)
{
	const char *p = (const char *)word->text.ptr;
	guint missing = 0;

	for (guint i = 0; i < word->n; i++, p = g_utf8_next_char(p))
		missing += !is_noted(g_utf8_get_char(p), &word->boxes[i],
		    scale);
	return 2 * missing > word->n;
}

/* ---- words ---- */

struct words {
	struct render_text text;
	struct render_size size;
	struct render_page half;	/* the page, half as large */
	double		scale;		/* points to pixels */
	uint32_t	n;		/* lost, and can be seen */
	uint64_t	gone, hidden;	/* cannot: lost, and still there */
};

static bool
is_seen(const struct words *w, const struct pixels_word *word)
{
	const struct pixels_word half = { word->left / 2, word->top / 2,
		MIN((word->right + 1) / 2, w->half.width),
		MIN((word->bottom + 1) / 2, w->half.height), word->text };

	return half.left < half.right && half.top < half.bottom &&
	    render_box_drawn(&w->half, &half);
}

static void
sort_words(struct words *w, struct pixels_word *list)
{
	struct pixels_word pixels;
	struct render_word word;
	bool seen, lost;

	while (render_text_next(&w->text, &word)) {
		seen = render_word_box(&word, w->scale,
		    (uint32_t)w->size.width, (uint32_t)w->size.height,
		    &pixels) && is_seen(w, &pixels);
		lost = is_lost(&word, w->size.shrink);
		if (lost && seen && w->n < PIXELS_WORDS_MAX)
			list[w->n++] = pixels;
		w->gone += lost && !seen;
		w->hidden += !lost && !seen;
	}
}

static enum err
compare(PopplerPage *page, struct words *w, struct pixels_word *list,
    struct convert_result *result)
{
	cairo_surface_t *surface;
	enum err err;

	w->scale = w->size.shrink * w->size.dpi / 72;
	err = document_raster(page, w->scale / 2, (w->size.width + 1) / 2,
	    (w->size.height + 1) / 2, &surface, result);
	if (err != OK)
		return err;
	render_page_init(&w->half, surface, w->size.dpi);
	sort_words(w, list);
	return OK;
}

/*
 * Where a font is so damaged that cairo leaves it out, the place of a word is
 * blank: such a page is better a picture. Raster is that of compare().
 */
static enum err
check_drawn(PopplerPage *drawn, struct words *w,
    const struct pixels_word *list, struct convert_result *result)
{
	cairo_surface_t *surface;
	enum err err;

	if (w->n == 0)
		return OK;
	err = document_raster(drawn, w->size.dpi / 144.0,
	    (w->size.width + 1) / 2, (w->size.height + 1) / 2, &surface,
	    result);
	if (err != OK)
		return err;
	render_page_init(&w->half, surface, w->size.dpi);
	for (uint32_t i = 0; i < w->n; i++)
		if (!is_seen(w, &list[i]))
			return render_error(result, ERR_INPUT,
			    "drawing lost text");
	return OK;
}

static enum err
tell(const struct words *w, int number, struct convert_result *result)
{
	char where[24];
	enum err err = OK;

	snprintf(where, sizeof(where), "page %d", number + 1);
	if (w->gone > 0)
		err = removed_add(&result->removed, "hidden-text", w->gone,
		    span_str(where));
	if (err == OK && w->hidden > 0)
		err = removed_add(&result->removed, "hidden-text-kept",
		    w->hidden, span_str(where));
	return err;
}

/* The words of one page that the drawing lost, onto the list. */
static enum err
page_words(struct document *d, struct document *again, int number,
    struct filter *out, struct convert_result *result)
{
	static struct pixels_word list[PIXELS_WORDS_MAX];
	struct words w = { .n = 0 };
	struct render_size other;
	PopplerPage *page, *drawn;
	enum err err;

	if ((err = document_page(d, number, &page, &w.size, result)) != OK)
		return err;
	err = document_page(again, number, &drawn, &other, result);
	if (err == OK && render_text_get(page, &w.text)) {
		if (note_text(drawn))
			err = compare(page, &w, list, result);
		if (err == OK)
			err = check_drawn(drawn, &w, list, result);
		if (err == OK)
			err = tell(&w, number, result);
	}
	if (err == OK)
		err = render_put_words_page(out, &w.size, list, w.n);
	render_text_free(&w.text);
	if (drawn != NULL)
		g_object_unref(drawn);
	g_object_unref(page);
	return err;
}

static enum err
put_words(struct document *d, struct span drawn, struct filter *out,
    struct convert_result *result)
{
	struct document again;
	enum err err = document_open(&again, drawn, result);

	if (err != OK)
		return err;
	if (again.pages != d->pages)
		err = render_error(result, ERR_INPUT, "drawing failed");
	for (int i = 0; i < d->pages && err == OK; i++)
		err = page_words(d, &again, i, out, result);
	document_close(&again);
	return err == OK ? render_put_words_end(out, drawn.len) : err;
}

enum err
render_pdf_draw(struct span bytes, struct filter *out,
    struct convert_result *result)
{
	struct document d;
	struct buf drawn;
	enum err err;

	if ((err = document_open(&d, bytes, result)) != OK)
		return err;
	buf_init(&drawn, DRAWN_BYTES_MAX);
	if ((err = draw(&d, &drawn, result)) == OK &&
	    (err = filter_write(out, buf_span(&drawn))) == OK)
		err = put_words(&d, buf_span(&drawn), out, result);
	buf_fini(&drawn);
	document_close(&d);
	return err;
}
