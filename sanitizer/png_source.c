/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The input side of format_png: walks over chunks (ISO 15948 section 5) and
 * hides those that are no part of the picture, so that no decompressor for
 * texts or profiles ever sees hostile bytes.
 */
#include <string.h>

#include "png_source.h"

#define SIGNATURE_BYTES	8
#define HEAD_BYTES	8
#define CRC_BYTES	4
#define CHUNKS_MAX	200000

void
png_source_init(struct png_source *s, const struct input *in,
    struct buf *removed)
{
	memset(s, 0, offsetof(struct png_source, window));
	s->in = in;
	s->removed = removed;
	s->signature_left = SIGNATURE_BYTES;
}

/* Bytes at any place, through the window. */
static enum err
read_at(struct png_source *s, uint64_t at, uint8_t *bytes, size_t len)
{
	size_t n;
	enum err err;

	while (len > 0) {
		if (at < s->window_at || at >= s->window_at + s->window_len) {
			err = input_read(s->in, at, s->window,
			    sizeof(s->window), &s->window_len);
			s->window_at = at;
			if (err != OK)
				return err;
			if (s->window_len == 0)
				return ERR_INPUT;
		}
		n = (size_t)(s->window_at + s->window_len - at);
		if (n > len)
			n = len;
		memcpy(bytes, s->window + (at - s->window_at), n);
		bytes += n;
		at += n;
		len -= n;
	}
	return OK;
}

static const char *
chunk_name(struct span type)
{
	static const struct { const char *type, *name; } names[] = {
		{ "tEXt", "text" }, { "zTXt", "text" }, { "iTXt", "text" },
		{ "eXIf", "exif" }, { "iCCP", "icc" }, { "acTL", "animation" },
		{ "fcTL", "animation" }, { "fdAT", "animation" },
		{ "tIME", "metadata" }, { "pHYs", "metadata" },
		{ "gAMA", "metadata" }, { "cHRM", "metadata" },
		{ "sRGB", "metadata" }, { "sBIT", "metadata" },
		{ "bKGD", "metadata" }, { "hIST", "metadata" },
		{ "sPLT", "metadata" }, { "cICP", "metadata" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_equal(type, span_str(names[i].type)))
			return names[i].name;
	return "app";
}

static bool
is_picture(struct span type)
{
	return span_equal(type, SPAN("IHDR")) ||
	    span_equal(type, SPAN("PLTE")) ||
	    span_equal(type, SPAN("tRNS")) ||
	    span_equal(type, SPAN("IDAT")) || span_equal(type, SPAN("IEND"));
}

/* A critical chunk that we do not know changes what the picture is. */
static bool
is_critical(struct span type)
{
	return (type.ptr[0] & 0x20) == 0;
}

/* Go on to the next chunk of the picture. */
static enum err
next_chunk(struct png_source *s)
{
	uint8_t head[HEAD_BYTES];
	struct span type = { head + 4, 4 };
	uint64_t len;
	enum err err;

	if (s->ended)
		return ERR_INPUT;
	for (;;) {
		if (++s->chunks > CHUNKS_MAX)
			return ERR_LIMIT;
		err = read_at(s, s->at, head, sizeof(head));
		if (err != OK)
			return err;
		len = (uint64_t)head[0] << 24 | (uint64_t)head[1] << 16 |
		    (uint64_t)head[2] << 8 | head[3];
		s->chunk_end = s->at + HEAD_BYTES + len + CRC_BYTES;
		if (is_picture(type)) {
			s->ended = span_equal(type, SPAN("IEND"));
			return OK;
		}
		if (is_critical(type))
			return ERR_INPUT;
		for (size_t i = 0; i < type.len; i++)
			if (!ascii_is_alpha(type.ptr[i]))
				return ERR_INPUT;
		err = removed_add(s->removed, chunk_name(type), 1, type);
		if (err != OK)
			return err;
		s->at = s->chunk_end;
	}
}

enum err
png_source_read(struct png_source *s, uint8_t *bytes, size_t len)
{
	size_t n;
	enum err err;

	while (len > 0) {
		if (s->signature_left > 0)
			n = (size_t)s->signature_left;
		else {
			if (s->at >= s->chunk_end &&
			    (err = next_chunk(s)) != OK)
				return err;
			n = s->chunk_end - s->at > len ? len :
			    (size_t)(s->chunk_end - s->at);
		}
		if (n > len)
			n = len;
		err = read_at(s, s->at, bytes, n);
		if (err != OK)
			return err;
		if (s->signature_left > 0)
			s->signature_left -= n;
		s->at += n;
		bytes += n;
		len -= n;
	}
	return OK;
}

enum err
png_source_end(struct png_source *s)
{
	if (s->at >= s->in->len)
		return OK;
	return removed_add(s->removed, "trailing-bytes", s->in->len - s->at,
	    SPAN("IEND"));
}
