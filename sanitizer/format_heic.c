/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * HEIC by libheif: the main picture alone, upright. Live pictures, depth maps
 * and thumbnails stay behind with the metadata.
 */
#include <stdio.h>
#include <string.h>

#include <libheif/heif.h>

#include "format_heic.h"
#include "picture.h"

#define FILE_BYTES_MAX	(64u * 1024 * 1024)

static enum err
bad(struct convert_result *result, const struct heif_error *error)
{
	snprintf(result->reason, sizeof(result->reason), "HEIC: %.140s",
	    error->message != NULL ? error->message : "is damaged");
	return error->code == heif_error_Memory_allocation_error ?
	    ERR_LIMIT : ERR_INPUT;
}

static enum err
take_pixels(const struct heif_image *image, struct picture *p,
    uint64_t file_bytes, bool alpha, struct convert_result *result)
{
	int width = heif_image_get_width(image, heif_channel_interleaved);
	int height = heif_image_get_height(image, heif_channel_interleaved);
	const uint8_t *plane;
	int stride;
	size_t row;
	enum err err;

	plane = heif_image_get_plane_readonly(image,
	    heif_channel_interleaved, &stride);
	row = (size_t)width * (alpha ? 4 : 3);
	if (plane == NULL || width <= 0 || height <= 0 || stride <= 0 ||
	    (size_t)stride < row)
		return image_error(result, ERR_INPUT, "HEIC: no pixels");
	err = picture_init(p, (uint64_t)width, (uint64_t)height, alpha ? 4 :
	    3, 8, file_bytes, result);
	for (int y = 0; y < height && err == OK; y++)
		memcpy(p->pixels.ptr + (size_t)y * row, plane + (size_t)y *
		    (size_t)stride, row);
	p->lossy = true;
	return err;
}

static enum err
decode(const struct heif_image_handle *handle, struct picture *p,
    uint64_t file_bytes, struct convert_result *result)
{
	bool alpha = heif_image_handle_has_alpha_channel(handle) != 0;
	int width = heif_image_handle_get_width(handle);
	int height = heif_image_handle_get_height(handle);
	struct heif_image *image = NULL;
	struct heif_error error;
	enum err err;

	if (width <= 0 || height <= 0)
		return image_error(result, ERR_INPUT, "HEIC: no size");
	err = image_check_size((uint64_t)width, (uint64_t)height,
	    (uint64_t)width * (uint64_t)height, file_bytes, result);
	if (err != OK)
		return err;
	error = heif_decode_image(handle, &image, heif_colorspace_RGB, alpha ?
	    heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB, NULL);
	if (error.code != heif_error_Ok)
		return bad(result, &error);
	err = take_pixels(image, p, file_bytes, alpha, result);
	heif_image_release(image);
	return err;
}

static enum err
note(const struct heif_image_handle *handle, int pictures,
    struct convert_result *result)
{
	int n = heif_image_handle_get_number_of_metadata_blocks(handle,
	    "Exif");
	enum err err = OK;

	if (n > 0)
		err = removed_add(&result->removed, "exif", (uint64_t)n,
		    SPAN("HEIC"));
	n = heif_image_handle_get_number_of_metadata_blocks(handle, NULL) - n;
	if (err == OK && n > 0)
		err = removed_add(&result->removed, "metadata", (uint64_t)n,
		    SPAN("HEIC"));
	if (err == OK && pictures > 1)
		err = removed_add(&result->removed, "pictures",
		    (uint64_t)pictures - 1, SPAN("HEIC"));
	return err;
}

static enum err
rebuild(struct heif_context *context, struct span file, struct filter *out,
    struct convert_result *result)
{
	struct heif_image_handle *handle = NULL;
	struct picture picture = { 0 };
	struct heif_error error;
	enum err err;

	heif_context_set_maximum_image_size_limit(context, IMAGE_SIDE_MAX);
	heif_context_set_max_decoding_threads(context, 0);
	error = heif_context_read_from_memory_without_copy(context, file.ptr,
	    file.len, NULL);
	if (error.code == heif_error_Ok)
		error = heif_context_get_primary_image_handle(context,
		    &handle);
	if (error.code != heif_error_Ok)
		return bad(result, &error);
	err = decode(handle, &picture, file.len, result);
	if (err == OK)
		err = note(handle,
		    heif_context_get_number_of_top_level_images(context),
		    result);
	heif_image_handle_release(handle);
	if (err == OK)
		err = picture_write(&picture, out, result);
	picture_fini(&picture);
	return err;
}

enum err
format_heic(const struct input *in, const struct sanitizer_policy *policy,
    struct filter *out, struct convert_result *result)
{
	struct heif_context *context;
	struct buf file;
	uint8_t *room;
	size_t got;
	enum err err;

	(void)policy;		/* a picture is rebuilt in one way only */
	buf_init(&file, FILE_BYTES_MAX);
	if (in->len > FILE_BYTES_MAX)
		return image_error(result, ERR_LIMIT, "HEIC: too large");
	if ((err = buf_reserve(&file, (size_t)in->len, &room)) == OK)
		err = input_read(in, 0, room, (size_t)in->len, &got);
	/* AV1 has a decoder with threads, which this child may not start */
	if (err == OK && got >= 12 && (memcmp(room + 8, "avif", 4) == 0 ||
	    memcmp(room + 8, "avis", 4) == 0))
		err = image_error(result, ERR_INPUT, "AVIF is not read");
	context = heif_context_alloc();
	if (err == OK && context == NULL)
		err = ERR_SYSTEM;
	if (err == OK)
		err = rebuild(context, (struct span){ room, got }, out,
		    result);
	heif_context_free(context);
	buf_fini(&file);
	return err;
}
