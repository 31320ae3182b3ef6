/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Objects, table and trailer of a PDF, in the one shape of pdf_write.h.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <zlib.h>

#include "limits.h"
#include "pdf_write.h"

#define LEVEL		6
#define PIXELS_LEVEL	4
#define ROOM_BYTES	(64 * 1024)
#define OFFSET_MAX	UINT64_C(9999999999)

static enum err
put(struct pdf_writer *w, struct span s)
{
	w->bytes += s.len;
	return filter_write(w->out, s);
}

static enum err PRINTF(2, 3)
put_text(struct pdf_writer *w, const char *format, ...)
{
	char text[128];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	require(len >= 0 && (size_t)len < sizeof(text));
	return put(w, (struct span){ (const uint8_t *)text, (size_t)len });
}

enum err
pdf_write_begin(struct pdf_writer *w, struct filter *out)
{
	*w = (struct pdf_writer){ .out = out };
	buf_init(&w->offsets, PDF_OBJECTS_MAX * sizeof(uint64_t));
	return put(w, SPAN("%PDF-1.5\n%\xE2\xE3\xCF\xD3\n"));
}

void
pdf_write_fini(struct pdf_writer *w)
{
	buf_fini(&w->offsets);
}

static enum err
begin_object(struct pdf_writer *w)
{
	enum err err;

	if (w->bytes > OFFSET_MAX)
		return ERR_LIMIT;
	err = buf_add(&w->offsets, (struct span){ (const void *)&w->bytes,
	    sizeof(w->bytes) });
	if (err != OK)
		return err;
	return put_text(w, "%" PRIu32 " 0 obj\n", ++w->objects);
}

enum err
pdf_write_value(struct pdf_writer *w, struct span value)
{
	enum err err = begin_object(w);

	if (err == OK)
		err = put(w, value);
	return err == OK ? put(w, SPAN("\nendobj\n")) : err;
}

enum err
pdf_write_stream(struct pdf_writer *w, const struct pdf_stream *s)
{
	enum err err;

	if ((err = begin_object(w)) == OK && (err = put(w, SPAN("<<"))) == OK
	    && (err = put(w, s->before)) == OK &&
	    (err = put(w, s->dct ? SPAN("/Filter/DCTDecode") :
	    SPAN("/Filter/FlateDecode"))) == OK &&
	    (err = put(w, s->middle)) == OK &&
	    (err = put_text(w, "/Length %zu", s->data.len)) == OK &&
	    (err = put(w, s->behind)) == OK &&
	    (err = put(w, SPAN(">>\nstream\n"))) == OK &&
	    (err = put(w, s->data)) == OK)
		err = put(w, SPAN("\nendstream\nendobj\n"));
	return err;
}

enum err
pdf_write_end(struct pdf_writer *w)
{
	uint64_t xref = w->bytes, at;
	enum err err;

	err = put_text(w, "xref\n0 %" PRIu32 "\n0000000000 65535 f \n",
	    w->objects + 1);
	for (uint32_t i = 0; i < w->objects && err == OK; i++) {
		memcpy(&at, w->offsets.ptr + i * sizeof(at), sizeof(at));
		err = put_text(w, "%010" PRIu64 " 00000 n \n", at);
	}
	if (err == OK)
		err = put_text(w, "trailer\n<</Root 1 0 R/Size %" PRIu32
		    ">>\nstartxref\n%" PRIu64 "\n%%%%EOF\n", w->objects + 1,
		    xref);
	return err == OK ? filter_end(w->out) : err;
}

static enum err
pack(struct span data, int level, int strategy, struct buf *out)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)data.ptr,
		.avail_in = (uInt)data.len };
	uint8_t *room;
	enum err err;
	int rc;

	if (data.len > UINT32_MAX)
		return ERR_LIMIT;
	if (deflateInit2(&z, level, Z_DEFLATED, MAX_WBITS, MAX_MEM_LEVEL - 1,
	    strategy) != Z_OK)
		return ERR_SYSTEM;
	do {
		if ((err = buf_reserve(out, ROOM_BYTES, &room)) != OK)
			break;
		z.next_out = room;
		z.avail_out = ROOM_BYTES;
		rc = deflate(&z, Z_FINISH);
		out->len += ROOM_BYTES - z.avail_out;
		if (rc != Z_OK && rc != Z_STREAM_END)
			err = ERR_SYSTEM;
	} while (err == OK && rc != Z_STREAM_END);
	(void)deflateEnd(&z);
	return err;
}

enum err
pdf_deflate(struct span data, struct buf *out)
{
	return pack(data, LEVEL, Z_DEFAULT_STRATEGY, out);
}

enum err
pdf_deflate_pixels(struct span data, bool flat, struct buf *out)
{
	return pack(data, PIXELS_LEVEL, flat ? Z_DEFAULT_STRATEGY :
	    Z_FILTERED, out);
}

enum err
pdf_put_number(struct buf *out, int64_t millionths)
{
	uint64_t n = millionths < 0 ? (uint64_t)-millionths :
	    (uint64_t)millionths;
	unsigned fraction = (unsigned)(n % 1000000);
	char text[40];
	int len;

	len = snprintf(text, sizeof(text), "%s%" PRIu64 ".%06u",
	    millionths < 0 ? "-" : "", n / 1000000, fraction);
	while (len > 0 && text[len - 1] == '0')
		len--;
	if (len > 0 && text[len - 1] == '.')
		len--;
	return buf_add(out, (struct span){ (const uint8_t *)text,
	    (size_t)len });
}
