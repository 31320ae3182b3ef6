/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * PNG to PNG over pixels, with libpng on both sides. The reading libpng gets
 * a stream of IHDR, PLTE, tRNS, IDAT and IEND only: text, profiles and the
 * like are passed over by png_source.c before it. Rows go through one by one;
 * only an interlaced picture is held as a whole.
 */
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <png.h>

#include "format_png.h"
#include "image.h"
#include "png_source.h"

#define COMPRESSION	4	/* of 9: a third of the time of 6 */
#define OUT_BYTES	(32 * 1024)

struct job {
	png_structp	read, write;
	png_infop	read_info, write_info;
	enum err	err;
	char		message[100];
	struct png_source source;
	struct filter	*sink;
	struct convert_result *result;
	struct buf	pixels;
	png_uint_32	width, height;
	int		color;			/* of the output */
	unsigned	colors;			/* of its palette */
	size_t		row_bytes;
	int		passes;
	size_t		out_len;
	uint8_t		out[OUT_BYTES];
};

static NORETURN void
leave(struct job *job, enum err err, const char *message)
{
	job->err = err;
	snprintf(job->message, sizeof(job->message), "%s", message);
	png_longjmp(job->read, 1);
}

static NORETURN void
on_error(png_structp png, png_const_charp message)
{
	leave(png_get_error_ptr(png), ERR_INPUT, message);
}

static void
on_warning(png_structp png, png_const_charp message)
{
	(void)png;
	(void)message;
}

static void
on_read(png_structp png, png_bytep bytes, size_t len)
{
	struct job *job = png_get_io_ptr(png);
	enum err err = png_source_read(&job->source, bytes, len);

	if (err != OK)
		leave(job, err, "picture is cut off");
}

static void
flush(struct job *job)
{
	enum err err = OK;

	if (job->out_len > 0)
		err = filter_write(job->sink,
		    (struct span){ job->out, job->out_len });
	job->out_len = 0;
	if (err != OK)
		leave(job, err, "output");
}

static void
on_write(png_structp png, png_bytep bytes, size_t len)
{
	struct job *job = png_get_io_ptr(png);
	size_t n;

	while (len > 0) {
		n = sizeof(job->out) - job->out_len;
		if (n > len)
			n = len;
		memcpy(job->out + job->out_len, bytes, n);
		job->out_len += n;
		bytes += n;
		len -= n;
		if (job->out_len == sizeof(job->out))
			flush(job);
	}
}

static void
on_flush(png_structp png)
{
	(void)png;
}

static enum err
open_both(struct job *job)
{
	job->read = png_create_read_struct(PNG_LIBPNG_VER_STRING, job,
	    on_error, on_warning);
	job->write = png_create_write_struct(PNG_LIBPNG_VER_STRING, job,
	    on_error, on_warning);
	if (job->read == NULL || job->write == NULL)
		return ERR_SYSTEM;
	job->read_info = png_create_info_struct(job->read);
	job->write_info = png_create_info_struct(job->write);
	if (job->read_info == NULL || job->write_info == NULL)
		return ERR_SYSTEM;
	return OK;
}

/* Ask for rows of 8-bit grey, RGB, their forms with alpha, or indexes. */
static void
set_transforms(struct job *job, int depth, int color)
{
	if (depth == 16)
		png_set_scale_16(job->read);
	if (color == PNG_COLOR_TYPE_PALETTE)
		png_set_packing(job->read);
	else {
		if (depth < 8)
			png_set_expand_gray_1_2_4_to_8(job->read);
		if (png_get_valid(job->read, job->read_info, PNG_INFO_tRNS))
			png_set_tRNS_to_alpha(job->read);
	}
	job->passes = png_set_interlace_handling(job->read);
	png_read_update_info(job->read, job->read_info);
	job->row_bytes = png_get_rowbytes(job->read, job->read_info);
	job->color = png_get_color_type(job->read, job->read_info);
}

static void
read_header(struct job *job)
{
	uint64_t raw;
	int depth, color, interlace;
	enum err err;

	png_set_user_limits(job->read, IMAGE_SIDE_MAX, IMAGE_SIDE_MAX);
	png_set_benign_errors(job->read, 0);
	png_set_read_fn(job->read, job, on_read);
	png_read_info(job->read, job->read_info);
	png_get_IHDR(job->read, job->read_info, &job->width, &job->height,
	    &depth, &color, &interlace, NULL, NULL);
	raw = (uint64_t)png_get_rowbytes(job->read, job->read_info) *
	    job->height;
	err = image_check_size(job->width, job->height, raw,
	    job->source.in->len, job->result);
	if (err != OK)
		leave(job, err, job->result->reason);
	set_transforms(job, depth, color);
}

static void
copy_palette(struct job *job)
{
	png_colorp colors;
	png_bytep alpha;
	int n;

	if (!png_get_PLTE(job->read, job->read_info, &colors, &n) || n <= 0)
		leave(job, ERR_INPUT, "no palette");
	job->colors = (unsigned)n;
	png_set_PLTE(job->write, job->write_info, colors, n);
	if (png_get_tRNS(job->read, job->read_info, &alpha, &n, NULL) &&
	    n > 0)
		png_set_tRNS(job->write, job->write_info, alpha,
		    n > (int)job->colors ? (int)job->colors : n, NULL);
}

static void
write_header(struct job *job)
{
	png_set_write_fn(job->write, job, on_write, on_flush);
	png_set_IHDR(job->write, job->write_info, job->width, job->height, 8,
	    job->color, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
	    PNG_FILTER_TYPE_DEFAULT);
	if (job->color == PNG_COLOR_TYPE_PALETTE)
		copy_palette(job);
	png_set_compression_level(job->write, COMPRESSION);
	png_set_compression_buffer_size(job->write, OUT_BYTES);
	png_set_filter(job->write, PNG_FILTER_TYPE_BASE,
	    job->color == PNG_COLOR_TYPE_PALETTE ? PNG_FILTER_NONE :
	    PNG_FAST_FILTERS);
	png_write_info(job->write, job->write_info);
}

/* An index beyond the palette has no colour: viewers disagree on it. */
static void
write_row(struct job *job, const uint8_t *row)
{
	if (job->color == PNG_COLOR_TYPE_PALETTE && job->colors < 256)
		for (png_uint_32 x = 0; x < job->width; x++)
			if (row[x] >= job->colors)
				leave(job, ERR_INPUT, "index without colour");
	png_write_row(job->write, row);
}

static void
copy_rows(struct job *job)
{
	uint8_t *room;
	size_t rows = job->passes > 1 ? job->height : 1;

	buf_init(&job->pixels, IMAGE_WORK_BYTES_MAX);
	if (buf_reserve(&job->pixels, rows * job->row_bytes, &room) != OK)
		leave(job, ERR_LIMIT, "too large to hold");
	/* passes of an interlaced picture are put together in place */
	memset(room, 0, rows * job->row_bytes);
	for (int pass = 0; pass < job->passes - 1; pass++)
		for (png_uint_32 y = 0; y < job->height; y++)
			png_read_row(job->read, room + y * job->row_bytes,
			    NULL);
	for (png_uint_32 y = 0; y < job->height; y++) {
		uint8_t *row = job->passes > 1 ?
		    room + y * job->row_bytes : room;

		png_read_row(job->read, row, NULL);
		write_row(job, row);
	}
}

static enum err
rebuild(struct job *job)
{
	/* both sides leave through the reader's buffer */
	if (setjmp(png_jmpbuf(job->read)) != 0)
		return job->err;
	read_header(job);
	write_header(job);
	copy_rows(job);
	png_read_end(job->read, NULL);
	png_write_end(job->write, NULL);
	flush(job);
	return filter_end(job->sink);
}

enum err
format_png(const struct input *in, const struct sanitizer_policy *policy,
    struct filter *out, struct convert_result *result)
{
	struct job job;
	enum err err;

	(void)policy;		/* a picture is rebuilt in one way only */
	memset(&job, 0, offsetof(struct job, out));
	job.sink = out;
	job.result = result;
	png_source_init(&job.source, in, &result->removed);
	err = open_both(&job);
	if (err == OK)
		err = rebuild(&job);
	if (job.read != NULL)
		png_destroy_read_struct(&job.read, &job.read_info, NULL);
	if (job.write != NULL)
		png_destroy_write_struct(&job.write, &job.write_info);
	buf_fini(&job.pixels);
	if (err == OK)
		err = png_source_end(&job.source);
	else if (result->reason[0] == '\0')
		snprintf(result->reason, sizeof(result->reason), "PNG: %s",
		    job.message[0] != '\0' ? job.message : err_name(err));
	result->outcome = OUTCOME_REBUILT;
	result->type = SAFE_PNG;
	return err;
}
