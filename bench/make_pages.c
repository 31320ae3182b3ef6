/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files of the bench of documents that need a library:
 *
 *	pages-100.pdf	100 pages of Japanese text with a ruled table, by cairo
 *	small/pages.pdf	the first two of them
 *	photo.jpg	12 million pixels, as a camera makes it
 *	small/photo.jpg	a small one
 *
 *	make_pages FOLDER	FOLDER/small must be there
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cairo-pdf.h>

#include "../gateway/base/log.h"
#include "photo.h"

#define WIDTH		595.0	/* A4 */
#define HEIGHT		842.0
#define MARGIN		56.0
#define LINE		17.0
#define LINES		32
#define ROWS		8
#define COLUMNS		4
#define PATH_BYTES	4096

static const char *const words[] = { "総務課", "住民", "通知", "令和八年度",
	"について", "報告", "点検", "施設", "の結果を", "お知らせ", "します",
	"会議", "予算", "町民会館", "において", "実施", "いたしました", "。" };

static void
put_line(cairo_t *cr, double y)
{
	char line[400] = "";
	size_t n = 0;

	while (n < 120) {
		const char *word = words[photo_random() %
		    (sizeof(words) / sizeof(words[0]))];

		n += (size_t)snprintf(line + n, sizeof(line) - n, "%s", word);
	}
	cairo_move_to(cr, MARGIN, y);
	cairo_show_text(cr, line);
}

static void
put_table(cairo_t *cr, double top)
{
	const double width = (WIDTH - 2 * MARGIN) / COLUMNS;
	char cell[40];

	cairo_set_line_width(cr, 0.5);
	for (int row = 0; row < ROWS; row++)
		for (int column = 0; column < COLUMNS; column++) {
			double x = MARGIN + column * width;
			double y = top + row * LINE;

			cairo_rectangle(cr, x, y, width, LINE);
			cairo_stroke(cr);
			snprintf(cell, sizeof(cell), "%u",
			    photo_random() % 1000000);
			cairo_move_to(cr, x + 4, y + LINE - 5);
			cairo_show_text(cr, cell);
		}
}

static void
pages(const char *folder, const char *name, int n)
{
	char path[PATH_BYTES], heading[80];
	cairo_surface_t *surface;
	cairo_status_t status;
	cairo_t *cr;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	surface = cairo_pdf_surface_create(path, WIDTH, HEIGHT);
	cr = cairo_create(surface);
	cairo_select_font_face(cr, "IPAGothic", CAIRO_FONT_SLANT_NORMAL,
	    CAIRO_FONT_WEIGHT_NORMAL);
	for (int page = 1; page <= n; page++) {
		cairo_set_font_size(cr, 16);
		snprintf(heading, sizeof(heading), "第%d章 点検の報告", page);
		cairo_move_to(cr, MARGIN, MARGIN + 16);
		cairo_show_text(cr, heading);
		cairo_set_font_size(cr, 10.5);
		for (int i = 0; i < LINES; i++)
			put_line(cr, MARGIN + 45 + i * LINE);
		put_table(cr, MARGIN + 45 + LINES * LINE);
		cairo_show_page(cr);
	}
	cairo_destroy(cr);
	cairo_surface_finish(surface);
	status = cairo_surface_status(surface);
	cairo_surface_destroy(surface);
	if (status != CAIRO_STATUS_SUCCESS)
		die(4, "%s: %s", path, cairo_status_to_string(status));
}

static void
photo(const char *folder, const char *name, int width, int height)
{
	char path[PATH_BYTES];
	size_t len;
	unsigned char *bytes = photo_jpeg(width, height, 90, 24, &len);
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	if (f == NULL || fwrite(bytes, 1, len, f) != len || fclose(f) == EOF)
		die(4, "%s: %s", path, strerror(errno));
	free(bytes);
}

int
main(int argc, char **argv)
{
	log_init("make_pages");
	if (argc != 2)
		die(2, "usage: make_pages FOLDER");
	pages(argv[1], "pages-100.pdf", 100);
	pages(argv[1], "small/pages.pdf", 2);
	photo(argv[1], "photo.jpg", 4000, 3000);
	photo(argv[1], "small/photo.jpg", 1600, 1200);
	return 0;
}
