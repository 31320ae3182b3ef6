/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Limits of pictures before decoding, and reading them piece by piece.
 */
#include <stdio.h>

#include "image.h"

enum err
image_error(struct convert_result *result, enum err err, const char *why)
{
	snprintf(result->reason, sizeof(result->reason), "%s", why);
	return err;
}

enum err
image_check_size(uint64_t width, uint64_t height, uint64_t raw_bytes,
    uint64_t file_bytes, struct convert_result *result)
{
	if (width == 0 || height == 0)
		return image_error(result, ERR_INPUT, "picture without size");
	if (width > IMAGE_SIDE_MAX || height > IMAGE_SIDE_MAX ||
	    width * height > IMAGE_PIXELS_MAX)
		return image_error(result, ERR_LIMIT, "picture too large");
	/* a small file that becomes a large picture is a bomb */
	if (width * height > IMAGE_PIXELS_FREE &&
	    raw_bytes / IMAGE_RATIO_MAX > file_bytes)
		return image_error(result, ERR_LIMIT,
		    "picture far larger than its file");
	return OK;
}

enum err
image_read(struct image_reader *reader)
{
	enum err err = input_read(reader->in, reader->at, reader->bytes,
	    sizeof(reader->bytes), &reader->len);

	reader->at += reader->len;
	return err;
}
