/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Is there a password on a file in a RAR 5? Its headers say so in the clear
 * (RAR 5.0 archive format, "File encryption record"), but libarchive 3.6 does
 * not tell and reads such a file as a damaged one.
 */
#include <string.h>

#include "archive_internal.h"
#include "limits.h"

#define SIGNATURE	"Rar!\x1a\7\1"
#define SIGNATURE_BYTES	8
#define HEADER_BYTES_MAX (64 * 1024)
#define CRC_BYTES	4

enum { FILE_HEADER = 2, SERVICE_HEADER = 3, ENCRYPTION_HEADER = 4 };
enum { HAS_EXTRA = 1, HAS_DATA = 2 };
#define EXTRA_ENCRYPTION 1

/* 7 bits a byte, the low ones first; false: cut off or too long. */
static bool
take(struct span *s, uint64_t *value)
{
	*value = 0;
	for (unsigned shift = 0; shift < 63 && s->len > 0; shift += 7) {
		uint8_t c = s->ptr[0];

		*s = span_sub(*s, 1, s->len);
		*value |= (uint64_t)(c & 0x7f) << shift;
		if ((c & 0x80) == 0)
			return true;
	}
	return false;
}

static bool
extra_encrypts(struct span extra)
{
	uint64_t size, type;

	while (extra.len > 0 && take(&extra, &size) && size <= extra.len) {
		struct span record = span_sub(extra, 0, (size_t)size);

		if (take(&record, &type) && type == EXTRA_ENCRYPTION)
			return true;
		extra = span_sub(extra, (size_t)size, extra.len);
	}
	return false;
}

/* One header; *step gets its length and that of its data, 0: the end. */
static bool
header_encrypts(struct span s, uint64_t *step)
{
	struct span all = s, header;
	uint64_t size, type, flags, extra = 0, data = 0;

	*step = 0;
	s = span_sub(s, CRC_BYTES, s.len);
	if (!take(&s, &size) || size > s.len)
		return false;
	header = span_sub(s, 0, (size_t)size);
	s = header;
	if (!take(&s, &type) || !take(&s, &flags) ||
	    ((flags & HAS_EXTRA) && !take(&s, &extra)) ||
	    ((flags & HAS_DATA) && !take(&s, &data)) ||
	    extra > header.len || data > INT64_MAX)
		return false;
	*step = (uint64_t)(header.ptr + header.len - all.ptr) + data;
	if (type == ENCRYPTION_HEADER)
		return true;
	return (type == FILE_HEADER || type == SERVICE_HEADER) &&
	    extra_encrypts(span_sub(header, header.len - (size_t)extra,
	    header.len));
}

bool
archive_rar5_encrypted(const struct input *in)
{
	static uint8_t bytes[HEADER_BYTES_MAX];	/* one thread, one file */
	uint64_t at = SIGNATURE_BYTES, step = 1;
	struct span s = { bytes, 0 };

	if (input_read(in, 0, bytes, SIGNATURE_BYTES, &s.len) != OK ||
	    !span_begins(s, SPAN(SIGNATURE)))
		return false;
	for (unsigned n = 0; n < 2 * ARCHIVE_ENTRIES_MAX && step > 0 &&
	    at < in->len; n++) {
		if (input_read(in, at, bytes, sizeof(bytes), &s.len) != OK)
			return false;
		if (header_encrypts(s, &step))
			return true;
		at += step;	/* both below 2^63 */
	}
	return false;
}
