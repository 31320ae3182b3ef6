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
#include "picture_write.h"
#include "png_source.h"

struct job {
	png_structp	read;
	png_infop	read_info;
	enum err	err;
	char		message[100];
	struct png_source source;
	struct filter	*sink;
	struct convert_result *result;
	struct buf	pixels;
	png_uint_32	width, height;
	size_t		row_bytes;
	int		passes;
	struct picture_form form;
	uint8_t		palette[256 * 3];
	struct picture_writer writer;
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

/* What the writer says, as this side says it. */
static void
written(struct job *job, enum err err)
{
	if (err != OK)
		leave(job, err, job->writer.message);
}

static enum err
open_reader(struct job *job)
{
	job->read = png_create_read_struct(PNG_LIBPNG_VER_STRING, job,
	    on_error, on_warning);
	job->read_info = job->read == NULL ? NULL :
	    png_create_info_struct(job->read);
	return job->read_info == NULL ? ERR_SYSTEM : OK;
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
	switch (png_get_color_type(job->read, job->read_info)) {
	case PNG_COLOR_TYPE_GRAY:
		job->form.colour = PICTURE_GREY;
		break;
	case PNG_COLOR_TYPE_GRAY_ALPHA:
		job->form.colour = PICTURE_GREY_ALPHA;
		break;
	case PNG_COLOR_TYPE_RGB:
		job->form.colour = PICTURE_RGB;
		break;
	case PNG_COLOR_TYPE_RGB_ALPHA:
		job->form.colour = PICTURE_RGBA;
		break;
	default:
		job->form.colour = PICTURE_PALETTE;
	}
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
	for (int i = 0; i < n; i++) {
		job->palette[3 * i] = colors[i].red;
		job->palette[3 * i + 1] = colors[i].green;
		job->palette[3 * i + 2] = colors[i].blue;
	}
	job->form.palette = job->palette;
	job->form.colours = (unsigned)n;
	if (png_get_tRNS(job->read, job->read_info, &alpha, &n, NULL) &&
	    n > 0) {
		job->form.alpha = alpha;
		job->form.alphas = (unsigned)n;
	}
}

static void
begin(struct job *job)
{
	job->form.width = job->width;
	job->form.height = job->height;
	if (job->form.colour == PICTURE_PALETTE)
		copy_palette(job);
	written(job, picture_writer_begin(&job->writer, SAFE_PNG, &job->form,
	    job->sink));
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
		written(job, picture_writer_rows(&job->writer, &row, 1));
	}
}

static enum err
rebuild(struct job *job)
{
	if (setjmp(png_jmpbuf(job->read)) != 0)
		return job->err;
	read_header(job);
	begin(job);
	copy_rows(job);
	png_read_end(job->read, NULL);
	return picture_writer_end(&job->writer);
}

enum err
format_png(const struct input *in, const struct sanitizer_policy *policy,
    struct filter *out, struct convert_result *result)
{
	struct job job;
	enum err err;

	(void)policy;		/* a picture is rebuilt in one way only */
	memset(&job, 0, sizeof(job));
	job.sink = out;
	job.result = result;
	png_source_init(&job.source, in, &result->removed);
	err = open_reader(&job);
	if (err == OK)
		err = rebuild(&job);
	if (job.read != NULL)
		png_destroy_read_struct(&job.read, &job.read_info, NULL);
	picture_writer_fini(&job.writer);
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
