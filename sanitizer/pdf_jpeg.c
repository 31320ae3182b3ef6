/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pictures within a PDF, written by libjpeg from samples.
 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "pdf_jpeg.h"

#define OUT_BYTES	(64 * 1024)

struct job {
	struct jpeg_compress_struct	c;
	struct jpeg_error_mgr		error;
	struct jpeg_destination_mgr	target;
	jmp_buf				escape;
	enum err			err;
	struct buf			*out;
};

static NORETURN void
leave(struct job *job, enum err err)
{
	job->err = err;
	longjmp(job->escape, 1);
}

static NORETURN void
on_error(j_common_ptr common)
{
	leave(common->client_data, ERR_SYSTEM);
}

static void
on_message(j_common_ptr common, int level)
{
	(void)common;
	(void)level;
}

static void
room(struct job *job)
{
	uint8_t *to;

	if (buf_reserve(job->out, OUT_BYTES, &to) != OK)
		leave(job, ERR_LIMIT);
	job->target.next_output_byte = to;
	job->target.free_in_buffer = OUT_BYTES;
}

static void
on_begin(j_compress_ptr c)
{
	room(c->client_data);
}

static boolean
on_full(j_compress_ptr c)
{
	struct job *job = c->client_data;

	job->out->len += OUT_BYTES;
	room(job);
	return TRUE;
}

static void
on_end(j_compress_ptr c)
{
	struct job *job = c->client_data;

	job->out->len += OUT_BYTES - job->target.free_in_buffer;
}

static void
encode(struct job *job, const uint8_t *samples, int components, int quality)
{
	size_t stride = (size_t)job->c.image_width * (size_t)components;
	JSAMPROW row;

	job->c.input_components = components;
	job->c.in_color_space = components == 1 ? JCS_GRAYSCALE : JCS_RGB;
	jpeg_set_defaults(&job->c);
	jpeg_set_quality(&job->c, quality, TRUE);
	jpeg_start_compress(&job->c, TRUE);
	while (job->c.next_scanline < job->c.image_height) {
		row = (JSAMPROW)(uintptr_t)(samples +
		    job->c.next_scanline * stride);
		(void)jpeg_write_scanlines(&job->c, &row, 1);
	}
	jpeg_finish_compress(&job->c);
}

enum err
pdf_jpeg(const uint8_t *samples, uint32_t width, uint32_t height,
    int components, int quality, struct buf *out)
{
	struct job job;

	memset(&job, 0, sizeof(job));
	job.out = out;
	job.c.err = jpeg_std_error(&job.error);
	job.error.error_exit = on_error;
	job.error.emit_message = on_message;
	job.c.client_data = &job;
	job.target.init_destination = on_begin;
	job.target.empty_output_buffer = on_full;
	job.target.term_destination = on_end;
	if (setjmp(job.escape) == 0) {
		jpeg_create_compress(&job.c);
		job.c.dest = &job.target;
		job.c.image_width = width;
		job.c.image_height = height;
		encode(&job, samples, components, quality);
	}
	jpeg_destroy_compress(&job.c);
	return job.err;
}
