/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Limits of pictures before decoding, and reading them piece by piece.
 */
#include <stdio.h>

#include "format_jpeg.h"
#include "format_picture.h"
#include "format_png.h"
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

enum err
image_read_all(const struct input *in, struct buf *file,
    struct convert_result *result)
{
	uint8_t *room;
	enum err err;

	buf_init(file, MIME_BYTES_MAX);
	if (in->len == 0)
		return image_error(result, ERR_INPUT, "empty");
	if (in->len > MIME_BYTES_MAX ||
	    buf_reserve(file, (size_t)in->len, &room) != OK)
		return image_error(result, ERR_LIMIT, "file too long");
	err = input_read(in, 0, room, (size_t)in->len, &file->len);
	if (err == OK && file->len != in->len)
		err = ERR_INPUT;
	return err;
}

enum err
image_note_exif(struct span tiff, struct span where, struct buf *removed,
    struct exif *exif)
{
	enum err err = removed_add(removed, "exif", 1, where);

	if (err != OK || !exif_parse(tiff, exif))
		return err;
	if (exif->gps)
		err = removed_add(removed, "gps", 1, where);
	if (err == OK && exif->thumbnail)
		err = removed_add(removed, "thumbnail", 1, where);
	return err;
}

/* Is there what begins with these bytes, and goes on so after 8 of them? */
struct signature {
	struct span	begins, then;
	enum err	(*run)(const struct input *,
			    const struct sanitizer_policy *, struct filter *,
			    struct convert_result *);
};

enum err
picture_convert(const struct input *in, struct filter *out,
    struct convert_result *result)
{
	const struct signature signatures[] = {
		{ SPAN("\xff\xd8\xff"), SPAN(""), format_jpeg },
		{ SPAN("\x89PNG\r\n\x1a\n"), SPAN(""), format_png },
		{ SPAN("GIF8"), SPAN(""), format_gif },
		{ SPAN("RIFF"), SPAN("WEBP"), format_webp },
		{ SPAN("II*\0"), SPAN(""), format_tiff },
		{ SPAN("MM\0*"), SPAN(""), format_tiff },
		{ SPAN("BM"), SPAN(""), format_bmp },
	};
	uint8_t bytes[12];
	struct span s = { bytes, 0 };
	enum err err = input_read(in, 0, bytes, sizeof(bytes), &s.len);

	if (err != OK)
		return err;
	for (size_t i = 0; i < sizeof(signatures) / sizeof(*signatures); i++)
		if (span_begins(s, signatures[i].begins) &&
		    span_begins(span_sub(s, 8, 4), signatures[i].then))
			return signatures[i].run(in, NULL, out, result);
	return image_error(result, ERR_POLICY,
	    "no picture of a supported kind");
}
