/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_RENDER_RENDER_H
#define SEKISHO_RENDER_RENDER_H

#include <cairo.h>

#include "../pixels.h"
#include "../sanitizer.h"

/*
 * sekisho-render: PDF and SVG to pixels, a drawing or text, by poppler, cairo
 * and librsvg. One file for each kind of task; render.c is the program.
 */
#define RENDER_DPI		150
#define RENDER_SIDE_POINTS	14400.0	/* 200 inch; larger is drawn smaller */
#define RENDER_INPUT_BYTES_MAX	(200u * 1024 * 1024)

/* Say why in result; returns err. */
enum err render_error(struct convert_result *result, enum err err,
    const char *why);

/* render_page.c: how a page of so many points is drawn. */
struct render_size {
	double		points_x, points_y;	/* after clamping */
	double		shrink;			/* 1 unless it was clamped */
	unsigned	dpi;
	int		width, height;		/* pixels */
};
/* False: a page without size. */
bool render_size(double points_x, double points_y, struct render_size *size);

/* A page that was drawn: cairo's pixels, and how they are put down. */
struct render_page {
	const uint32_t	*pixels;
	size_t		 stride;	/* words */
	uint32_t	 width, height;
	struct pixels_way way;		/* RGB unless somebody chooses */
	uint16_t	 dpi;
};
void render_page_init(struct render_page *page, cairo_surface_t *surface,
    unsigned dpi);
/* Into the stream of pixels.h. */
enum err render_put_begin(struct filter *out) MUST_CHECK;
enum err render_put_page(struct filter *out, const struct render_page *page)
    MUST_CHECK;
enum err render_put_words(struct filter *out, const struct pixels_word *words,
    uint32_t n) MUST_CHECK;
enum err render_put_end(struct filter *out, bool more, uint32_t pages)
    MUST_CHECK;
/* Behind a drawing, see pixels.h: for each page, and last. */
enum err render_put_words_page(struct filter *out,
    const struct render_size *size, const struct pixels_word *words,
    uint32_t n) MUST_CHECK;
enum err render_put_words_end(struct filter *out, uint64_t drawn_bytes)
    MUST_CHECK;
/* Is the box more than one flat colour? */
bool render_box_drawn(const struct render_page *page,
    const struct pixels_word *word);

/* The tasks; bytes is the whole file. */
enum err render_pdf_pixels(struct span bytes, uint32_t first,
    struct filter *out, struct convert_result *result) MUST_CHECK;
enum err render_pdf_draw(struct span bytes, struct filter *out,
    struct convert_result *result) MUST_CHECK;
enum err render_pdf_text(struct span bytes, struct filter *out,
    struct convert_result *result) MUST_CHECK;
enum err render_svg_pixels(struct span bytes, struct filter *out,
    struct convert_result *result) MUST_CHECK;

/* render_warm.c: load what a first page loads, while files can be opened. */
void render_warm(void);

#endif
