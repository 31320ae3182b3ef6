/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The main picture of a HEIF file by libheif and libde265, in one thread.
 * heic_scan.c has checked sizes and codings before. libheif turns the picture
 * itself: its irot and imir count, what Exif says does not.
 */
#include <stdio.h>
#include <string.h>

#include <libde265/de265.h>
#include <libheif/heif.h>

#include "format_picture.h"
#include "heic_scan.h"
#include "picture.h"

/*
 * Takes the place of the function in libde265: libheif asks for one thread,
 * and the sandbox allows none. Without any, the decoder works in the caller.
 */
de265_error
de265_start_worker_threads(de265_decoder_context *decoder, int n)
{
	(void)decoder;
	(void)n;
	return DE265_OK;
}

static enum err
heif_failed(struct convert_result *result, struct heif_error error)
{
	snprintf(result->reason, sizeof(result->reason), "HEIF: %.140s",
	    error.message != NULL ? error.message : "damaged");
	return error.code == heif_error_Memory_allocation_error ? ERR_LIMIT :
	    ERR_INPUT;
}

/* The decoder's rows into a picture; alpha straight. */
static enum err
take(const struct heif_image *image, bool alpha, bool premultiplied,
    uint64_t file_bytes, struct picture *p, struct convert_result *result)
{
	int width = heif_image_get_width(image, heif_channel_interleaved);
	int height = heif_image_get_height(image, heif_channel_interleaved);
	const uint8_t *from;
	size_t row;
	int stride;
	enum err err;

	from = heif_image_get_plane_readonly(image, heif_channel_interleaved,
	    &stride);
	if (from == NULL || width <= 0 || height <= 0)
		return image_error(result, ERR_INPUT, "HEIF: no pixels");
	err = picture_init(p, (uint64_t)width, (uint64_t)height,
	    alpha ? 4 : 3, file_bytes, result);
	row = (size_t)width * p->samples;
	for (uint32_t y = 0; y < (uint32_t)height && err == OK; y++)
		memcpy(picture_row(p, y), from + y * (size_t)stride, row);
	for (size_t i = 0; err == OK && alpha && premultiplied &&
	    i < p->pixels.len; i += 4) {
		uint8_t *px = p->pixels.ptr + i;

		for (unsigned s = 0; s < 3; s++)
			px[s] = picture_straight(px[s], px[3]);
	}
	return err;
}

static enum err
decode(struct heif_context *context, uint64_t file_bytes, struct picture *p,
    struct convert_result *result)
{
	struct heif_decoding_options *options = NULL;
	struct heif_image_handle *handle = NULL;
	struct heif_image *image = NULL;
	struct heif_error error;
	bool alpha;
	enum err err;

	error = heif_context_get_primary_image_handle(context, &handle);
	if (error.code != heif_error_Ok)
		return heif_failed(result, error);
	alpha = heif_image_handle_has_alpha_channel(handle) != 0;
	options = heif_decoding_options_alloc();
	if (options == NULL) {
		heif_image_handle_release(handle);
		return ERR_LIMIT;
	}
	options->convert_hdr_to_8bit = 1;
	options->strict_decoding = 1;
	error = heif_decode_image(handle, &image, heif_colorspace_RGB, alpha ?
	    heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB,
	    options);
	if (error.code != heif_error_Ok)
		err = heif_failed(result, error);
	else
		err = take(image, alpha,
		    heif_image_handle_is_premultiplied_alpha(handle) != 0,
		    file_bytes, p, result);
	if (image != NULL)
		heif_image_release(image);
	heif_decoding_options_free(options);
	heif_image_handle_release(handle);
	return err;
}

static enum err
rebuild(struct span file, struct picture *p, struct filter *out,
    struct convert_result *result)
{
	struct heif_context *context;
	struct heif_error error;
	enum err err = heic_scan(file, result);

	if (err != OK)
		return err;
	if ((context = heif_context_alloc()) == NULL)
		return ERR_LIMIT;
	heif_context_set_max_decoding_threads(context, 0);
	heif_context_set_maximum_image_size_limit(context, IMAGE_SIDE_MAX);
	error = heif_context_read_from_memory_without_copy(context, file.ptr,
	    file.len, NULL);
	if (error.code != heif_error_Ok)
		err = heif_failed(result, error);
	else
		err = decode(context, file.len, p, result);
	heif_context_free(context);
	return err == OK ? picture_write(p, out, result) : err;
}

enum err
format_heic(const struct input *in, const struct sanitizer_policy *policy,
    struct filter *out, struct convert_result *result)
{
	struct picture picture = { 0 };
	struct buf file;
	enum err err;

	(void)policy;		/* a picture is rebuilt in one way only */
	err = image_read_all(in, &file, result);
	if (err == OK)
		err = rebuild(buf_span(&file), &picture, out, result);
	picture_fini(&picture);
	buf_fini(&file);
	return err;
}
