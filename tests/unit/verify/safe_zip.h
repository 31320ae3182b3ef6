/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A ZIP writer of the tests' own, by section 10 of the safe form, so that
 * the sanitizer's writer does not judge itself. Deflated by zlib.
 */
#ifndef SEKISHO_TESTS_SAFE_ZIP_H
#define SEKISHO_TESTS_SAFE_ZIP_H

#include <zlib.h>

#include "safe_mail.h"

struct safe_zip {
	struct out	bytes, records;
	unsigned	n;
};

static inline void
put_number(struct out *o, unsigned bytes, uint64_t v)
{
	for (unsigned i = 0; i < bytes; i++) {
		uint8_t b = (uint8_t)(v >> 8 * i);

		put_bytes(o, &b, 1);
	}
}

static inline void
put_facts(struct out *o, const char *name, unsigned method, uint32_t crc,
    size_t packed, size_t size)
{
	bool utf8 = false;

	for (const char *c = name; *c != '\0'; c++)
		utf8 |= (*c & 0x80) != 0;
	put_number(o, 2, 20);
	put_number(o, 2, utf8 ? 0x800 : 0);
	put_number(o, 2, method);
	put_number(o, 4, (uint32_t)0x21 << 16);
	put_number(o, 4, crc);
	put_number(o, 4, packed);
	put_number(o, 4, size);
	put_number(o, 2, strlen(name));
	put_number(o, 2, 0);
}

static inline void
put_entry(struct safe_zip *z, const char *name, const void *bytes, size_t len,
    bool deflated)
{
	uint32_t crc = (uint32_t)crc32(0, bytes, (uInt)len);
	uint8_t *packed = malloc(len + 1024);
	size_t start = z->bytes.len, packed_n = len;
	z_stream s = { .next_in = Z_NULL };

	if (packed == NULL)
		abort();
	if (len > 0)
		memcpy(packed, bytes, len);
	if (deflated) {
		if (deflateInit2(&s, 9, Z_DEFLATED, -15, 8, 0) != Z_OK)
			abort();
		s.next_in = (Bytef *)(uintptr_t)bytes;
		s.avail_in = (uInt)len;
		s.next_out = packed;
		s.avail_out = (uInt)len + 1024;
		if (deflate(&s, Z_FINISH) != Z_STREAM_END)
			abort();
		packed_n = s.total_out;
		deflateEnd(&s);
	}
	put_bytes(&z->bytes, "PK\3\4", 4);
	put_facts(&z->bytes, name, deflated ? 8 : 0, crc, packed_n, len);
	put_bytes(&z->bytes, name, strlen(name));
	put_bytes(&z->bytes, packed, packed_n);
	put_bytes(&z->records, "PK\1\2\24\0", 6);
	put_facts(&z->records, name, deflated ? 8 : 0, crc, packed_n, len);
	put_number(&z->records, 8, 0);
	put_number(&z->records, 2, 0);
	put_number(&z->records, 4, start);
	put_bytes(&z->records, name, strlen(name));
	z->n++;
	free(packed);
}

/* The directory; the bytes are the caller's. */
static inline struct out
finish_zip(struct safe_zip *z)
{
	size_t start = z->bytes.len;

	put_bytes(&z->bytes, z->records.ptr, z->records.len);
	put_bytes(&z->bytes, "PK\5\6\0\0\0\0", 8);
	put_number(&z->bytes, 2, z->n);
	put_number(&z->bytes, 2, z->n);
	put_number(&z->bytes, 4, z->records.len);
	put_number(&z->bytes, 4, start);
	put_number(&z->bytes, 2, 0);
	free(z->records.ptr);
	return z->bytes;
}

#define SAFE_TEXT_FILE	"\xef\xbb\xbf" "一行目\r\nsame same same same same\r\n"

/* A text, and a PNG that is small. */
static inline struct out
make_small_zip(void)
{
	struct safe_zip z = { .n = 0 };
	struct out png = make_png(7, 5, PNG_COLOR_TYPE_GRAY, 6);

	put_entry(&z, "説明.txt", SAFE_TEXT_FILE, sizeof(SAFE_TEXT_FILE) - 1,
	    true);
	put_entry(&z, "b.txt", "\xef\xbb\xbfx\r\n", 6, false);
	put_entry(&z, "a.png", png.ptr, png.len, false);
	free(png.ptr);
	return finish_zip(&z);
}

#endif
