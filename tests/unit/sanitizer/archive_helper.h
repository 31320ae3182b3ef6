/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For tests of archives: tar, LZH and gz by code; the list that comes out. */
#ifndef SEKISHO_TESTS_ARCHIVE_HELPER_H
#define SEKISHO_TESTS_ARCHIVE_HELPER_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "../../../sanitizer/archive_read.h"
#include "../../../sanitizer/entries.h"
#include "../../../sanitizer/limits.h"

/* A ustar header and its data. type: '0', '1' hard, '2' soft, '5' folder. */
static inline void
add_tar(struct buf *b, const char *name, char type, const char *link,
    struct span data)
{
	uint8_t h[512] = { 0 };
	unsigned sum = 0;
	static const uint8_t zeroes[512];

	memcpy(h, name, strlen(name));
	snprintf((char *)h + 100, 8, "%07o", 0644u);
	snprintf((char *)h + 108, 8, "%07o", 0u);
	snprintf((char *)h + 116, 8, "%07o", 0u);
	snprintf((char *)h + 124, 12, "%011o", (unsigned)data.len);
	snprintf((char *)h + 136, 12, "%011o", 0u);
	memset(h + 148, ' ', 8);
	h[156] = (uint8_t)type;
	memcpy(h + 157, link, strlen(link));
	memcpy(h + 257, "ustar\00000", 8);
	for (size_t i = 0; i < sizeof(h); i++)
		sum += h[i];
	snprintf((char *)h + 148, 8, "%06o", sum);
	if (buf_add(b, (struct span){ h, sizeof(h) }) != OK ||
	    buf_add(b, data) != OK || buf_add(b, (struct span){ zeroes,
	    (512 - data.len % 512) % 512 }) != OK)
		abort();
}

static inline void
end_tar(struct buf *b)
{
	static const uint8_t zeroes[1024];

	if (buf_add(b, (struct span){ zeroes, sizeof(zeroes) }) != OK)
		abort();
}

static inline void
put_le(struct buf *b, uint64_t v, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (buf_add_byte(b, (uint8_t)(v >> 8 * i)) != OK)
			abort();
}

/* CRC-16 of LHA: reflected 0x8005. */
static inline uint16_t
crc16(struct span s)
{
	uint16_t crc = 0;

	for (size_t i = 0; i < s.len; i++) {
		crc ^= s.ptr[i];
		for (unsigned bit = 0; bit < 8; bit++)
			crc = (uint16_t)(crc & 1 ? crc >> 1 ^ 0xa001 :
			    crc >> 1);
	}
	return crc;
}

/* A stored file with a header of level 0, 1 or 2; name: bytes as they are. */
static inline void
add_lzh(struct buf *b, unsigned level, struct span name, struct span data)
{
	size_t start = b->len, basic = level == 0 ? 22 + name.len :
	    level == 1 ? 25 + name.len : 0;
	uint8_t sum = 0;
	uint16_t crc;

	if (level < 2) {
		put_le(b, basic, 1);
		put_le(b, 0, 1);		/* sum, below */
	} else {
		put_le(b, 26 + 5 + 3 + name.len, 2);
	}
	if (buf_add_str(b, "-lh0-") != OK)
		abort();
	put_le(b, data.len, 4);
	put_le(b, data.len, 4);
	put_le(b, level < 2 ? 0x5a8c6000u : 0x65920080u, 4);
	put_le(b, 0x20, 1);
	put_le(b, level, 1);
	if (level < 2) {
		put_le(b, name.len, 1);
		if (buf_add(b, name) != OK)
			abort();
	}
	put_le(b, crc16(data), 2);
	if (level > 0)
		put_le(b, 'M', 1);
	if (level == 1)
		put_le(b, 0, 2);		/* no extended header */
	if (level == 2) {
		put_le(b, 5, 2);
		put_le(b, 0, 3);		/* CRC of the header, below */
		put_le(b, 3 + name.len, 2);
		put_le(b, 1, 1);		/* file name */
		if (buf_add(b, name) != OK)
			abort();
		put_le(b, 0, 2);
		crc = crc16((struct span){ b->ptr + start, b->len - start });
		b->ptr[start + 27] = (uint8_t)crc;
		b->ptr[start + 28] = (uint8_t)(crc >> 8);
	}
	for (size_t i = start + 2; level < 2 && i < b->len; i++)
		sum = (uint8_t)(sum + b->ptr[i]);
	if (level < 2)
		b->ptr[start + 1] = sum;
	if (buf_add(b, data) != OK)
		abort();
}

/* times: the data so often, one after another. */
static inline void
add_gz(struct buf *b, struct span data, unsigned times)
{
	static uint8_t out[64 * 1024];
	z_stream z = { .next_in = Z_NULL };

	if (deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, 0) != Z_OK)
		abort();
	for (unsigned i = 0; i <= times; i++) {
		z.next_in = (Bytef *)(uintptr_t)data.ptr;
		z.avail_in = i < times ? (uInt)data.len : 0;
		do {
			z.next_out = out;
			z.avail_out = sizeof(out);
			(void)deflate(&z, i < times ? Z_NO_FLUSH : Z_FINISH);
			if (buf_add(b, (struct span){ out,
			    sizeof(out) - z.avail_out }) != OK)
				abort();
		} while (z.avail_out == 0);
	}
	deflateEnd(&z);
}

/* ---- what comes out, as text: "name=bytes" or "name!flags", blanks ---- */

static inline enum err
list_of(enum part_kind kind, struct span archive, struct buf *list)
{
	const struct convert_order order = { .task = CONVERT_ENTRIES,
	    .kind = kind };
	struct convert_result result = { 0 };
	struct sanitizer_policy policy;
	struct input in = input_span(archive);
	struct buf_sink sink;
	enum err err;

	sanitizer_policy_standard(&policy);
	buf_init(list, EXPANDED_BYTES_MAX + 1024 * 1024);
	buf_init(&result.removed, 1024);
	buf_sink_init(&sink, list);
	err = sanitizer_convert(&order, &in, &policy, &sink.filter, &result);
	buf_fini(&result.removed);
	return err;
}

static inline void
show_entry(const struct entry *entry, struct buf *text)
{
	uint8_t bytes[64];
	size_t got;

	if (buf_printf(text, "%s%.*s", text->len > 0 ? " " : "",
	    (int)entry->name.len, (const char *)entry->name.ptr) != OK)
		abort();
	if (input_read(&entry->bytes, 0, bytes, sizeof(bytes), &got) != OK)
		abort();
	if ((entry->flags != 0 ? buf_printf(text, "!%u", entry->flags) :
	    buf_printf(text, "=%.*s", (int)got, (const char *)bytes)) != OK)
		abort();
}

/* ERR_INPUT as well when the list itself is damaged. */
static inline enum err
show(enum part_kind kind, struct span archive, struct buf *text,
    unsigned *flags)
{
	struct entries_reader r;
	struct entry entry;
	struct input in;
	struct buf list;
	enum err err;
	bool more;

	buf_init(text, 1024 * 1024);
	if ((err = list_of(kind, archive, &list)) == OK) {
		in = input_span(buf_span(&list));
		err = entries_open(&r, &in);
		while (err == OK && (err = entries_next(&r, &entry, &more,
		    flags)) == OK && more)
			show_entry(&entry, text);
	}
	buf_fini(&list);
	return err;
}

#endif
