/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * WebP: our own walk over the chunks of the RIFF container finds the first
 * picture and names the rest; libwebp sees only the chunks of that picture,
 * after its size was looked at.
 */
#include <string.h>

#include <webp/decode.h>

#include "format_picture.h"
#include "picture.h"

#define RIFF_BYTES	12
#define CHUNK_BYTES	8
#define FRAME_BYTES	16	/* before the picture in an ANMF chunk */
#define CHUNKS_MAX	100000

struct webp {
	struct span	file;
	struct span	picture;	/* ALPH and VP8, or VP8L */
	uint32_t	canvas_width, canvas_height;	/* 0: none */
	uint32_t	left, top;
	unsigned	frames;
	bool		lossless;
	struct exif	exif;
	struct buf	*removed;
};

static uint32_t
get(struct span s, size_t at, unsigned n)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < n && at + i < s.len; i++)
		value |= (uint32_t)s.ptr[at + i] << (8 * i);
	return value;
}

/* A picture's chunks begin at the start of s: keep them, as one piece. */
static void
take_picture(struct webp *w, struct span s)
{
	size_t at = 0;

	for (unsigned n = 0; n < 16 && at + CHUNK_BYTES <= s.len; n++) {
		struct span type = span_sub(s, at, 4);
		uint64_t len = get(s, at + 4, 4);
		size_t end;

		len += CHUNK_BYTES + (len & 1);
		end = len > s.len - at ? s.len : at + (size_t)len;
		if (span_equal(type, SPAN("VP8 ")) ||
		    span_equal(type, SPAN("VP8L"))) {
			w->picture = span_sub(s, 0, end);
			w->lossless = type.ptr[3] == 'L';
			return;
		}
		if (!span_equal(type, SPAN("ALPH"))) {
			s = span_sub(s, end, s.len);
			at = 0;
			continue;
		}
		at = end;
	}
}

static enum err
chunk(struct webp *w, struct span type, struct span body, struct span rest)
{
	if (span_equal(type, SPAN("VP8X"))) {
		w->canvas_width = get(body, 4, 3) + 1;
		w->canvas_height = get(body, 7, 3) + 1;
	} else if (span_equal(type, SPAN("ANMF"))) {
		if (w->frames++ == 0 && w->picture.len == 0) {
			w->left = get(body, 0, 3) * 2;
			w->top = get(body, 3, 3) * 2;
			take_picture(w, span_sub(body, FRAME_BYTES,
			    body.len));
		}
	} else if (span_equal(type, SPAN("VP8 ")) ||
	    span_equal(type, SPAN("VP8L")) ||
	    span_equal(type, SPAN("ALPH"))) {
		if (w->picture.len == 0)
			take_picture(w, rest);
	} else if (span_equal(type, SPAN("EXIF"))) {
		if (span_begins(body, SPAN("Exif\0\0")))
			body = span_sub(body, 6, body.len);
		return image_note_exif(body, type, w->removed, &w->exif);
	} else if (span_equal(type, SPAN("XMP ")))
		return removed_add(w->removed, "xmp", 1, SPAN("XMP"));
	else if (span_equal(type, SPAN("ICCP")))
		return removed_add(w->removed, "icc", 1, type);
	else if (!span_equal(type, SPAN("ANIM")))
		return removed_add(w->removed, "app", 1, SPAN("RIFF"));
	return OK;
}

static enum err
walk(struct webp *w)
{
	uint64_t end = (uint64_t)get(w->file, 4, 4) + CHUNK_BYTES, len;
	struct span riff = span_sub(w->file, 0, (size_t)end);
	size_t at = RIFF_BYTES;
	enum err err = OK;

	for (unsigned n = 0; n < CHUNKS_MAX && err == OK &&
	    at + CHUNK_BYTES <= riff.len; n++) {
		len = get(riff, at + 4, 4);
		err = chunk(w, span_sub(riff, at, 4),
		    span_sub(riff, at + CHUNK_BYTES, (size_t)len),
		    span_sub(riff, at, riff.len));
		len += CHUNK_BYTES + (len & 1);
		at = len > riff.len - at ? riff.len : at + (size_t)len;
	}
	if (err == OK && w->frames > 1)
		err = removed_add(w->removed, "animation", w->frames - 1,
		    SPAN("ANMF"));
	if (err == OK && riff.len < w->file.len)
		err = removed_add(w->removed, "trailing-bytes",
		    w->file.len - riff.len, SPAN("RIFF"));
	return err;
}

static enum err
decode(struct webp *w, struct picture *p, struct convert_result *result)
{
	size_t offset = ((size_t)w->top * p->width + w->left) * p->samples;
	uint8_t *to = p->pixels.ptr + offset;
	size_t room = p->pixels.len - offset;
	int stride = (int)(p->width * p->samples);
	uint8_t *done;

	if (p->samples == 4)
		done = WebPDecodeRGBAInto(w->picture.ptr, w->picture.len, to,
		    room, stride);
	else
		done = WebPDecodeRGBInto(w->picture.ptr, w->picture.len, to,
		    room, stride);
	return done != NULL ? OK : image_error(result, ERR_INPUT,
	    "WebP: picture is cut off or damaged");
}

static enum err
rebuild(struct webp *w, struct picture *p, struct filter *out,
    struct convert_result *result)
{
	WebPBitstreamFeatures have;
	uint32_t width, height;
	bool whole;
	enum err err = walk(w);

	if (err != OK)
		return err;
	if (w->picture.len == 0 || WebPGetFeatures(w->picture.ptr,
	    w->picture.len, &have) != VP8_STATUS_OK || have.has_animation ||
	    have.width <= 0 || have.height <= 0)
		return image_error(result, ERR_INPUT, "WebP: no picture");
	width = (uint32_t)have.width;
	height = (uint32_t)have.height;
	whole = w->frames == 0 || (w->left == 0 && w->top == 0 &&
	    width == w->canvas_width && height == w->canvas_height);
	if (!whole && (w->left + width > w->canvas_width ||
	    w->top + height > w->canvas_height))
		return image_error(result, ERR_INPUT,
		    "WebP: picture outside of its canvas");
	err = picture_init(p, whole ? width : w->canvas_width,
	    whole ? height : w->canvas_height,
	    have.has_alpha || !whole ? 4 : 3, w->file.len, result);
	p->lossless = w->lossless;
	p->orientation = w->exif.orientation;
	if (err == OK)
		err = decode(w, p, result);
	return err == OK ? picture_write(p, out, result) : err;
}

enum err
format_webp(const struct input *in, const struct sanitizer_policy *policy,
    struct filter *out, struct convert_result *result)
{
	struct webp w = { .exif = { .orientation = 1 },
	    .removed = &result->removed };
	struct picture picture = { 0 };
	struct buf file;
	enum err err;

	(void)policy;		/* a picture is rebuilt in one way only */
	err = image_read_all(in, &file, result);
	w.file = buf_span(&file);
	if (err == OK)
		err = rebuild(&w, &picture, out, result);
	picture_fini(&picture);
	buf_fini(&file);
	return err;
}
