/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows to JPEG and PNG, by libjpeg and libpng. Both report errors by a jump:
 * every entry sets the place to land at, so that callers see enum err only.
 */
#include <stddef.h>
#include <string.h>

#include <jerror.h>

#include "picture_write.h"

/* of 9: a third of the time of 6, for some per cent of the size */
#define PNG_COMPRESSION	3

/* The struct around a pointer that libjpeg hands to a callback. */
#define WRITER_OF(ptr, member) ((struct picture_writer *)(void *) \
	((char *)(ptr) - offsetof(struct picture_writer, member)))

static NORETURN void
leave(struct picture_writer *w, enum err err, const char *message)
{
	w->err = err;
	snprintf(w->message, sizeof(w->message), "%s", message);
	longjmp(w->escape, 1);
}

static void
flush(struct picture_writer *w)
{
	enum err err = OK;

	if (w->out_len > 0)
		err = filter_write(w->sink,
		    (struct span){ w->out, w->out_len });
	w->out_len = 0;
	if (err != OK)
		leave(w, err, "output");
}

/* ---- JPEG ---- */

static void
jpeg_on_error(j_common_ptr common)
{
	struct picture_writer *w = WRITER_OF(common->err, errors);
	char message[JMSG_LENGTH_MAX];

	common->err->format_message(common, message);
	leave(w, common->err->msg_code == JERR_OUT_OF_MEMORY ? ERR_LIMIT :
	    ERR_INPUT, message);
}

static void
jpeg_on_message(j_common_ptr common, int level)
{
	(void)common;		/* a library prints nothing */
	(void)level;
}

static void
jpeg_on_output(j_common_ptr common)
{
	(void)common;
}

static void
jpeg_target_init(j_compress_ptr jpeg)
{
	struct picture_writer *w = WRITER_OF(jpeg->dest, target);

	jpeg->dest->next_output_byte = w->out;
	jpeg->dest->free_in_buffer = sizeof(w->out);
}

static boolean
jpeg_target_empty(j_compress_ptr jpeg)
{
	struct picture_writer *w = WRITER_OF(jpeg->dest, target);

	w->out_len = sizeof(w->out);
	flush(w);
	jpeg_target_init(jpeg);
	return TRUE;
}

static void
jpeg_target_end(j_compress_ptr jpeg)
{
	struct picture_writer *w = WRITER_OF(jpeg->dest, target);

	w->out_len = sizeof(w->out) - jpeg->dest->free_in_buffer;
	flush(w);
}

static void
jpeg_set_sampling(struct picture_writer *w, const struct picture_form *form)
{
	if (form->across > 0 && form->down > 0) {
		w->jpeg.comp_info[0].h_samp_factor = form->across;
		w->jpeg.comp_info[0].v_samp_factor = form->down;
	}
	for (int i = 1; i < w->jpeg.num_components; i++)
		w->jpeg.comp_info[i].h_samp_factor =
		    w->jpeg.comp_info[i].v_samp_factor = 1;
}

static void
jpeg_begin(struct picture_writer *w, const struct picture_form *form)
{
	struct jpeg_compress_struct *jpeg = &w->jpeg;

	jpeg_create_compress(jpeg);
	jpeg->dest = &w->target;
	jpeg->image_width = form->width;
	jpeg->image_height = form->height;
	jpeg->input_components = form->colour == PICTURE_GREY ? 1 : 3;
	jpeg->in_color_space = form->colour == PICTURE_GREY ? JCS_GRAYSCALE :
	    form->colour == PICTURE_YCC ? JCS_YCbCr : JCS_RGB;
	jpeg_set_defaults(jpeg);
	jpeg_set_sampling(w, form);
	jpeg->raw_data_in = form->planes;
	/* Huffman tables of its own would make a picture a few per cent
	 * shorter, for twice the time and all its coefficients in memory */
	jpeg->optimize_coding = FALSE;
	jpeg_set_quality(jpeg, form->quality > 0 ? form->quality :
	    PICTURE_QUALITY, TRUE);
	jpeg_start_compress(jpeg, TRUE);
}

/* ---- PNG ---- */

static NORETURN void
png_on_error(png_structp png, png_const_charp message)
{
	leave(png_get_error_ptr(png), ERR_INPUT, message);
}

static void
png_on_warning(png_structp png, png_const_charp message)
{
	(void)png;
	(void)message;
}

static void
png_on_write(png_structp png, png_bytep bytes, size_t len)
{
	struct picture_writer *w = png_get_io_ptr(png);
	size_t n;

	while (len > 0) {
		n = sizeof(w->out) - w->out_len;
		if (n > len)
			n = len;
		memcpy(w->out + w->out_len, bytes, n);
		w->out_len += n;
		bytes += n;
		len -= n;
		if (w->out_len == sizeof(w->out))
			flush(w);
	}
}

static void
png_on_flush(png_structp png)
{
	(void)png;
}

static int
png_colour(enum picture_colour colour)
{
	switch (colour) {
	case PICTURE_GREY:
		return PNG_COLOR_TYPE_GRAY;
	case PICTURE_GREY_ALPHA:
		return PNG_COLOR_TYPE_GRAY_ALPHA;
	case PICTURE_RGB:
		return PNG_COLOR_TYPE_RGB;
	case PICTURE_RGBA:
		return PNG_COLOR_TYPE_RGB_ALPHA;
	case PICTURE_PALETTE:
		return PNG_COLOR_TYPE_PALETTE;
	case PICTURE_YCC:
		break;
	}
	require(false);		/* no colour of a PNG */
	return -1;
}

static void
png_set_colours(struct picture_writer *w, const struct picture_form *form)
{
	png_color colours[256];

	require(form->colours > 0 && form->colours <= 256);
	w->colours = form->colours;
	for (unsigned i = 0; i < form->colours; i++)
		colours[i] = (png_color){ form->palette[3 * i],
		    form->palette[3 * i + 1], form->palette[3 * i + 2] };
	png_set_PLTE(w->png, w->info, colours, (int)form->colours);
	if (form->alphas > 0)
		png_set_tRNS(w->png, w->info, form->alpha,
		    (int)(form->alphas > form->colours ? form->colours :
		    form->alphas), NULL);
}

static void
png_begin(struct picture_writer *w, const struct picture_form *form)
{
	w->png = png_create_write_struct(PNG_LIBPNG_VER_STRING, w,
	    png_on_error, png_on_warning);
	w->info = w->png == NULL ? NULL : png_create_info_struct(w->png);
	if (w->info == NULL)
		leave(w, ERR_LIMIT, "out of memory");
	png_set_write_fn(w->png, w, png_on_write, png_on_flush);
	png_set_IHDR(w->png, w->info, form->width, form->height, 8,
	    png_colour(form->colour), PNG_INTERLACE_NONE,
	    PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	if (form->colour == PICTURE_PALETTE)
		png_set_colours(w, form);
	png_set_compression_level(w->png, PNG_COMPRESSION);
	png_set_compression_buffer_size(w->png, PICTURE_OUT_BYTES);
	png_set_filter(w->png, PNG_FILTER_TYPE_BASE,
	    form->colour == PICTURE_PALETTE ? PNG_FILTER_NONE :
	    PNG_FAST_FILTERS);
	png_write_info(w->png, w->info);
}

static void
png_row(struct picture_writer *w, const uint8_t *row)
{
	if (w->colours > 0 && w->colours < 256)
		for (uint32_t x = 0; x < w->width; x++)
			if (row[x] >= w->colours)
				leave(w, ERR_INPUT, "index without colour");
	png_write_row(w->png, row);
}

/* ---- both ---- */

enum err
picture_writer_begin(struct picture_writer *w, enum safe_type type,
    const struct picture_form *form, struct filter *sink)
{
	memset(w, 0, offsetof(struct picture_writer, out));
	require(type == SAFE_JPEG || type == SAFE_PNG);
	w->type = type;
	w->sink = sink;
	w->width = form->width;
	jpeg_std_error(&w->errors);
	w->errors.error_exit = jpeg_on_error;
	w->errors.emit_message = jpeg_on_message;
	w->errors.output_message = jpeg_on_output;
	w->jpeg.err = &w->errors;
	w->target.init_destination = jpeg_target_init;
	w->target.empty_output_buffer = jpeg_target_empty;
	w->target.term_destination = jpeg_target_end;
	if (setjmp(w->escape) != 0)
		return w->err;
	if (type == SAFE_JPEG)
		jpeg_begin(w, form);
	else
		png_begin(w, form);
	return OK;
}

enum err
picture_writer_rows(struct picture_writer *w, uint8_t *const *rows,
    unsigned n)
{
	if (setjmp(w->escape) != 0)
		return w->err;
	if (w->type == SAFE_JPEG)
		jpeg_write_scanlines(&w->jpeg, (JSAMPARRAY)rows, n);
	else
		for (unsigned i = 0; i < n; i++)
			png_row(w, rows[i]);
	return OK;
}

enum err
picture_writer_planes(struct picture_writer *w, uint8_t **planes[3],
    unsigned rows)
{
	if (setjmp(w->escape) != 0)
		return w->err;
	jpeg_write_raw_data(&w->jpeg, planes, rows);
	return OK;
}

enum err
picture_writer_end(struct picture_writer *w)
{
	if (setjmp(w->escape) != 0)
		return w->err;
	if (w->type == SAFE_JPEG)
		jpeg_finish_compress(&w->jpeg);
	else {
		png_write_end(w->png, NULL);
		flush(w);
	}
	return filter_end(w->sink);
}

void
picture_writer_fini(struct picture_writer *w)
{
	if (w->jpeg.mem != NULL)
		jpeg_destroy_compress(&w->jpeg);
	if (w->png != NULL)
		png_destroy_write_struct(&w->png, &w->info);
}
