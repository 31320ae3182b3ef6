/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_IMAGE_H
#define SEKISHO_SANITIZER_IMAGE_H

#include "exif.h"
#include "limits.h"
#include "report.h"
#include "sanitizer.h"

/*
 * What JPEG and PNG have in common: an input that is read from its start on
 * in pieces, the limits that hold before anything is decoded, and the words
 * for the report.
 */
#define IMAGE_READ_BYTES	(16 * 1024)

struct image_reader {
	const struct input *in;
	uint64_t	 at;		/* of the next piece */
	size_t		 len;		/* of the piece */
	uint8_t		 bytes[IMAGE_READ_BYTES];
};

/*
 * May a picture of this size be decoded? raw_bytes is what its pixels take;
 * file_bytes what holds them. ERR_LIMIT, with the reason in result.
 */
enum err image_check_size(uint64_t width, uint64_t height, uint64_t raw_bytes,
    uint64_t file_bytes, struct convert_result *result) MUST_CHECK;

/* Fill the reader with its next piece; len is 0 at the end. */
enum err image_read(struct image_reader *reader) MUST_CHECK;

/*
 * The whole input in memory, for readers that go to and fro. ERR_LIMIT:
 * longer than a mail may be. After any return buf_fini(file) must follow.
 */
enum err image_read_all(const struct input *in, struct buf *file,
    struct convert_result *result) MUST_CHECK;

/*
 * Count a block of Exif (from its TIFF header on) in removed: exif, gps,
 * thumbnail. Returns through exif what exif_parse() says, if it is one.
 */
enum err image_note_exif(struct span tiff, struct span where,
    struct buf *removed, struct exif *exif) MUST_CHECK;

/* Say in result why it did not work; returns err. */
enum err image_error(struct convert_result *result, enum err err,
    const char *why);

/*
 * Any picture that we can make safe (JPEG, PNG, GIF, BMP, TIFF, WebP), told
 * by its bytes, to a JPEG or PNG; result has which. For pictures inside of
 * documents: runs in the child that reads the document. ERR_POLICY: no such
 * picture; other errors as of format_jpeg(). removed of result is added to,
 * the reason is set on errors. Ends out when OK.
 */
enum err picture_convert(const struct input *in, struct filter *out,
    struct convert_result *result) MUST_CHECK;

#endif
