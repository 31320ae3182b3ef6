/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows of pixels to PNG and JPEG, exactly as format_png.c and format_jpeg.c
 * write them: the verifier knows one form of each. The libraries see no
 * hostile byte here, only pixels; their errors come from the sink or memory.
 */
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>
#include <png.h>

#include "picture.h"

#define COMPRESSION	4
#define QUALITY		90
#define OUT_BYTES	(32 * 1024)

/* ---- PNG ---- */

struct png_job {
	struct filter	*sink;
	enum err	 err;
};

static NORETURN void
png_failed(png_structp png, png_const_charp message)
{
	struct png_job *job = png_get_error_ptr(png);

	(void)message;
	if (job->err == OK)
		job->err = ERR_LIMIT;
	png_longjmp(png, 1);
}

static void
png_warned(png_structp png, png_const_charp message)
{
	(void)png;
	(void)message;
}

static void
png_out(png_structp png, png_bytep bytes, size_t len)
{
	struct png_job *job = png_get_io_ptr(png);

	job->err = filter_write(job->sink, (struct span){ bytes, len });
	if (job->err != OK)
		png_error(png, "output");
}

static void
png_flushed(png_structp png)
{
	(void)png;
}

static void
put_palette(png_structp png, png_infop info, const struct picture_rows *rows)
{
	png_color colors[256] = { { 0, 0, 0 } };
	png_byte alpha[256] = { 0 };
	int clear = 0;

	for (unsigned i = 0; i < rows->colors; i++) {
		uint32_t c = rows->palette[i];

		colors[i] = (png_color){ (png_byte)(c >> 24),
		    (png_byte)(c >> 16), (png_byte)(c >> 8) };
		alpha[i] = (png_byte)c;
		if (alpha[i] != 255)
			clear = (int)i + 1;
	}
	png_set_PLTE(png, info, colors, (int)rows->colors);
	if (clear > 0)
		png_set_tRNS(png, info, alpha, clear, NULL);
}

static void
png_rows(png_structp png, png_infop info, const struct picture_rows *rows)
{
	int color = rows->indexed ? PNG_COLOR_TYPE_PALETTE :
	    rows->samples == 1 ? PNG_COLOR_TYPE_GRAY :
	    rows->samples == 3 ? PNG_COLOR_TYPE_RGB :
	    PNG_COLOR_TYPE_RGB_ALPHA;

	png_set_IHDR(png, info, rows->width, rows->height, 8, color,
	    PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
	    PNG_FILTER_TYPE_DEFAULT);
	if (rows->indexed)
		put_palette(png, info, rows);
	png_set_compression_level(png, COMPRESSION);
	png_set_compression_buffer_size(png, OUT_BYTES);
	png_set_filter(png, PNG_FILTER_TYPE_BASE, rows->indexed ?
	    PNG_FILTER_NONE : PNG_FAST_FILTERS);
	png_write_info(png, info);
	for (uint32_t y = 0; y < rows->height; y++)
		png_write_row(png, rows->row(rows->arg, y));
	png_write_end(png, NULL);
}

enum err
picture_png(const struct picture_rows *rows, struct filter *out,
    struct convert_result *result)
{
	struct png_job job = { out, OK };
	png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &job,
	    png_failed, png_warned);
	png_infop info = png == NULL ? NULL : png_create_info_struct(png);

	result->outcome = OUTCOME_REBUILT;
	result->type = SAFE_PNG;
	if (info == NULL) {
		png_destroy_write_struct(&png, NULL);
		return ERR_SYSTEM;
	}
	if (setjmp(png_jmpbuf(png)) != 0) {
		png_destroy_write_struct(&png, &info);
		return image_error(result, job.err, "PNG cannot be written");
	}
	png_set_write_fn(png, &job, png_out, png_flushed);
	png_rows(png, info, rows);
	png_destroy_write_struct(&png, &info);
	return filter_end(out);
}

/* ---- JPEG ---- */

struct jpeg_job {
	struct jpeg_compress_struct out;
	struct jpeg_error_mgr	error;
	struct jpeg_destination_mgr target;
	jmp_buf		 escape;
	struct filter	*sink;
	enum err	 err;
	uint8_t		 bytes[OUT_BYTES];
};

static NORETURN void
jpeg_leave(struct jpeg_job *job, enum err err)
{
	job->err = err;
	longjmp(job->escape, 1);
}

static NORETURN void
jpeg_failed(j_common_ptr info)
{
	jpeg_leave(info->client_data, ERR_LIMIT);
}

static void
jpeg_said(j_common_ptr info)
{
	(void)info;
}

static void
jpeg_begin(j_compress_ptr info)
{
	struct jpeg_job *job = info->client_data;

	job->target.next_output_byte = job->bytes;
	job->target.free_in_buffer = sizeof(job->bytes);
}

static void
jpeg_give(struct jpeg_job *job, size_t len)
{
	enum err err = filter_write(job->sink, (struct span){ job->bytes,
	    len });

	if (err != OK)
		jpeg_leave(job, err);
}

static boolean
jpeg_full(j_compress_ptr info)
{
	struct jpeg_job *job = info->client_data;

	jpeg_give(job, sizeof(job->bytes));
	jpeg_begin(info);
	return TRUE;
}

static void
jpeg_end(j_compress_ptr info)
{
	struct jpeg_job *job = info->client_data;

	jpeg_give(job, sizeof(job->bytes) - job->target.free_in_buffer);
}

static void
jpeg_rows(struct jpeg_job *job, const struct picture_rows *rows)
{
	struct jpeg_compress_struct *out = &job->out;

	out->image_width = rows->width;
	out->image_height = rows->height;
	out->input_components = (int)rows->samples;
	out->in_color_space = rows->samples == 1 ? JCS_GRAYSCALE : JCS_RGB;
	jpeg_set_defaults(out);
	jpeg_set_quality(out, QUALITY, TRUE);
	jpeg_start_compress(out, TRUE);
	for (uint32_t y = 0; y < rows->height; y++) {
		uint8_t *row = (uint8_t *)(uintptr_t)rows->row(rows->arg, y);

		jpeg_write_scanlines(out, &row, 1);
	}
	jpeg_finish_compress(out);
}

enum err
picture_jpeg(const struct picture_rows *rows, struct filter *out,
    struct convert_result *result)
{
	struct jpeg_job job;

	result->outcome = OUTCOME_REBUILT;
	result->type = SAFE_JPEG;
	memset(&job, 0, offsetof(struct jpeg_job, bytes));
	job.sink = out;
	job.out.err = jpeg_std_error(&job.error);
	job.out.client_data = &job;
	job.error.error_exit = jpeg_failed;
	job.error.output_message = jpeg_said;
	job.target.init_destination = jpeg_begin;
	job.target.empty_output_buffer = jpeg_full;
	job.target.term_destination = jpeg_end;
	if (setjmp(job.escape) != 0) {
		jpeg_destroy_compress(&job.out);
		return image_error(result, job.err,
		    "JPEG cannot be written");
	}
	jpeg_create_compress(&job.out);
	job.out.client_data = &job;
	job.out.dest = &job.target;
	jpeg_rows(&job, rows);
	jpeg_destroy_compress(&job.out);
	return filter_end(out);
}
