/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A TIFF to a picture, or, when it has several pages, as scanners and fax
 * machines make it, to a PDF of them.
 */
#include <string.h>

#include "format_picture.h"
#include "pdf_pages.h"
#include "tiff_read.h"
#include "tiff_scan.h"

/* ---- the first page ---- */

static enum err
first_page(struct span file, const struct tiff_scanned *scanned,
    struct filter *out, struct convert_result *result)
{
	struct picture picture = { 0 };
	struct tiff_file tiff;
	enum err err;

	if ((err = tiff_open(&tiff, file, result)) != OK)
		return err;
	for (unsigned n = 1; n < scanned->directories && scanned->pages > 0 &&
	    !tiff_is_page(&tiff) && tiff_next(&tiff); n++)
		continue;
	err = tiff_page(&tiff, &picture, result);
	tiff_close(&tiff);
	if (err == OK)
		err = picture_write(&picture, out, result);
	picture_fini(&picture);
	return err;
}

enum err
format_tiff(const struct input *in, const struct sanitizer_policy *policy,
    struct filter *out, struct convert_result *result)
{
	struct tiff_scanned scanned;
	struct buf file;
	enum err err;

	(void)policy;		/* a picture is rebuilt in one way only */
	err = image_read_all(in, &file, result);
	if (err == OK)
		err = tiff_scan(buf_span(&file), false, &scanned, result);
	if (err == OK)
		err = first_page(buf_span(&file), &scanned, out, result);
	buf_fini(&file);
	return err;
}

/* ---- all pages ---- */

struct job {
	struct tiff_file tiff;
	struct buf	list;		/* of pdf_pages.h */
	uint64_t	pixels;		/* of all pages so far */
	struct convert_result *result;
};

/* Bytes of RGBA on white paper as words of RGB, in place or not. */
static void
on_paper(const uint8_t *rgba, uint32_t *to, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++, rgba += 4) {
		unsigned a = rgba[3], paper = 255 * (255 - a);

		to[i] = (rgba[0] * a + paper) / 255 << 16 |
		    (rgba[1] * a + paper) / 255 << 8 |
		    (rgba[2] * a + paper) / 255;
	}
}

/* The picture upright, as words, in rgb. */
static enum err
upright(struct picture *p, uint32_t width, uint32_t height, struct buf *rgb)
{
	size_t row = (size_t)width * 4;
	uint8_t *room;

	if (buf_reserve(rgb, row * height, &room) != OK)
		return ERR_LIMIT;
	for (uint32_t y = 0; y < height; y++) {
		uint8_t *rows[1] = { room + y * row };

		picture_turned_rows(p, rows, 1, y);
		on_paper(rows[0], (uint32_t *)(void *)rows[0], width);
	}
	rgb->len = row * height;
	return OK;
}

static enum err
add_packed(struct job *job, struct pdf_page *page, const uint32_t *rgb)
{
	uint8_t palette[3 * PIXELS_PALETTE_N];
	struct pixels_way way;
	struct buf packed;
	uint8_t *room;
	size_t row;
	enum err err;

	way = pixels_choose(rgb, page->width, page->width, page->height);
	page->form = way.form;
	row = pixels_row_bytes(page->form, page->width);
	buf_init(&packed, 3 * PIXELS_PAGE_MAX);
	if ((err = buf_reserve(&packed, row * page->height, &room)) == OK) {
		for (uint32_t y = 0; y < page->height; y++)
			pixels_pack(rgb + (size_t)y * page->width,
			    page->width, way, room + y * row);
		page->pixels = room;
		page->palette = palette;
		pixels_palette_rgb(palette);
		err = pdf_pages_add(page, &job->list);
	}
	buf_fini(&packed);
	return err;
}

static enum err
add_picture(struct job *job, struct picture *p)
{
	bool lies = p->orientation >= 5;
	struct pdf_page page = { .width = lies ? p->height : p->width,
		.height = lies ? p->width : p->height };
	struct buf rgb;
	enum err err;

	tiff_resolution(&job->tiff, lies ? &page.dpi_y : &page.dpi_x,
	    lies ? &page.dpi_x : &page.dpi_y);
	buf_init(&rgb, 4 * PIXELS_PAGE_MAX);
	err = upright(p, page.width, page.height, &rgb);
	picture_fini(p);	/* one at a time, they are large */
	if (err == OK)
		err = add_packed(job, &page,
		    (const uint32_t *)(const void *)rgb.ptr);
	buf_fini(&rgb);
	return err;
}

static enum err
add_page(struct job *job)
{
	struct picture picture = { 0 };
	enum err err = tiff_page(&job->tiff, &picture, job->result);

	if (err == ERR_INPUT) {
		picture_fini(&picture);
		return removed_add(&job->result->removed, "damaged-page", 1,
		    SPAN("TIFF"));
	}
	if (err == OK && (picture.width > PIXELS_SIDE_MAX ||
	    picture.height > PIXELS_SIDE_MAX || (job->pixels +=
	    (uint64_t)picture.width * picture.height) > TIFF_PIXELS_MAX))
		err = image_error(job->result, ERR_LIMIT,
		    "TIFF: pages too large");
	if (err == OK)
		err = add_picture(job, &picture);
	picture_fini(&picture);
	return err;
}

static enum err
all_pages(struct job *job, struct span file, unsigned directories)
{
	enum err err = tiff_open(&job->tiff, file, job->result);

	if (err != OK)
		return err;
	job->tiff.pixels_max = PIXELS_PAGE_MAX;
	do {
		if (tiff_is_page(&job->tiff))
			err = add_page(job);
	} while (err == OK && --directories > 0 && tiff_next(&job->tiff));
	tiff_close(&job->tiff);
	if (err == OK && job->list.len == 0)	/* the words are there */
		err = ERR_INPUT;
	return err;
}

static enum err
document(struct span file, unsigned directories, struct filter *out,
    struct convert_result *result)
{
	struct job job = { .result = result };
	enum err err;

	buf_init(&job.list, TIFF_LIST_BYTES_MAX);
	err = all_pages(&job, file, directories);
	if (err == OK) {
		result->reason[0] = '\0';	/* of a page left out */
		err = pdf_pages_write(buf_span(&job.list), out,
		    &result->pages);
		result->type = SAFE_PDF;
		result->outcome = OUTCOME_REBUILT;
	}
	buf_fini(&job.list);
	return err;
}

enum err
format_tiff_pages(const struct input *in,
    const struct sanitizer_policy *policy, struct filter *out,
    struct convert_result *result)
{
	struct tiff_scanned scanned;
	struct buf file;
	enum err err;

	(void)policy;		/* a picture is rebuilt in one way only */
	err = image_read_all(in, &file, result);
	if (err == OK)
		err = tiff_scan(buf_span(&file), true, &scanned, result);
	if (err == OK)
		err = scanned.pages > 1 ? document(buf_span(&file),
		    scanned.directories, out, result) :
		    first_page(buf_span(&file), &scanned, out, result);
	buf_fini(&file);
	return err;
}
