/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_RENDER_RENDER_INTERNAL_H
#define SEKISHO_RENDER_RENDER_INTERNAL_H

#include <poppler.h>

#include "render.h"

/* A PDF as poppler reads it; the bytes are borrowed. */
struct document {
	GBytes		*bytes;
	PopplerDocument	*poppler;
	int		 pages;
};
enum err document_open(struct document *d, struct span bytes,
    struct convert_result *result) MUST_CHECK;
void document_close(struct document *d);
/* g_object_unref() it. */
enum err document_page(struct document *d, int number, PopplerPage **page,
    struct render_size *size, struct convert_result *result) MUST_CHECK;

/*
 * A page as pixels at scale (to points), on white. The surface is good until
 * the next call: it is used again.
 */
enum err document_raster(PopplerPage *page, double scale, int width,
    int height, cairo_surface_t **surface, struct convert_result *result)
    MUST_CHECK;

/* ---- render_words.c: words of a page, in reading order ---- */

struct render_text {
	char		*text;
	PopplerRectangle *boxes;	/* of its characters, in points */
	guint		 boxes_n;
	size_t		 at;		/* of the next word */
	guint		 box;
};
/* False: there is none, nothing is to be freed. */
bool render_text_get(PopplerPage *page, struct render_text *text);
void render_text_free(struct render_text *text);

struct render_word {
	struct span	 text;
	const PopplerRectangle *boxes;
	guint		 n;		/* characters */
};
bool render_text_next(struct render_text *text, struct render_word *word);

/* As pixels, cut to the page; false: nothing of it is there. */
bool render_word_box(const struct render_word *word, double scale,
    uint32_t width, uint32_t height, struct pixels_word *to);

#endif
