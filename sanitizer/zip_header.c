/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Local and central headers of a ZIP (APPNOTE 4.3.7, 4.3.12) and their extra
 * fields (4.5), of which two matter: ZIP64 sizes and a second name.
 */
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "zip_internal.h"

#define EXTRA_ZIP64	0x0001
#define EXTRA_UNICODE	0x7075

#define HOST_UNIX	3
#define HOST_OSX	19
#define DOS_FOLDER	0x10
#define UNIX_TYPE	0170000u
#define UNIX_FOLDER	0040000u
#define UNIX_FILE	0100000u

void
zip_header_local(struct zip_header *h, const uint8_t *p)
{
	*h = (struct zip_header){
		.needs = zip_get16(p + 4) & 0xff,
		.flags = zip_get16(p + 6),
		.method = zip_get16(p + 8),
		.crc = zip_get32(p + 14),
		.compressed = zip_get32(p + 18),
		.size = zip_get32(p + 22),
		.name_n = zip_get16(p + 26),
		.extra_n = zip_get16(p + 28),
	};
}

void
zip_header_central(struct zip_header *h, const uint8_t *p)
{
	*h = (struct zip_header){
		.made_by = zip_get16(p + 4) >> 8,
		.needs = zip_get16(p + 6) & 0xff,
		.flags = zip_get16(p + 8),
		.method = zip_get16(p + 10),
		.crc = zip_get32(p + 16),
		.compressed = zip_get32(p + 20),
		.size = zip_get32(p + 24),
		.name_n = zip_get16(p + 28),
		.extra_n = zip_get16(p + 30),
		.comment_n = zip_get16(p + 32),
		.disk = zip_get16(p + 34),
		.attributes = zip_get32(p + 38),
		.header = zip_get32(p + 42),
	};
}

/*
 * 8-byte values for the fields that are saturated, in this order. Some
 * writers give those that are not as well: then they must be the same.
 */
static bool
extra_zip64(struct zip_header *h, struct span s, bool central)
{
	uint64_t *fields[3] = { &h->size, &h->compressed, &h->header };
	size_t n = central ? 3 : 2, at = 0;
	bool all = s.len == 8 * n || s.len == 8 * n + 4 ||
	    (central && s.len == 16);

	if (h->zip64)
		return false;
	h->zip64 = true;
	for (size_t i = 0; i < n; i++) {
		uint64_t value;

		if (*fields[i] != ZIP_SATURATED &&
		    (!all || at + 8 > s.len))
			continue;
		if (at + 8 > s.len)
			return false;
		value = zip_get64(s.ptr + at);
		/* a local header with a descriptor behind has zeros */
		if (*fields[i] != ZIP_SATURATED && value != *fields[i] &&
		    (central || value != 0))
			return false;
		if (*fields[i] == ZIP_SATURATED)
			*fields[i] = value;
		at += 8;
	}
	return at == s.len || (at + 4 == s.len &&
	    zip_get32(s.ptr + at) == 0);
}

/* Version 1, the CRC of the name that it stands for, UTF-8. */
static void
extra_unicode(struct zip_header *h, struct span s)
{
	if (s.len > 5 && s.ptr[0] == 1 && zip_get32(s.ptr + 1) ==
	    crc32(0, h->name.ptr, (uInt)h->name.len))
		h->unicode = span_sub(s, 5, s.len);
}

bool
zip_header_extra(struct zip_header *h, struct span extra, bool central)
{
	while (extra.len >= 4) {
		unsigned id = zip_get16(extra.ptr);
		struct span s = span_sub(extra, 4, zip_get16(extra.ptr + 2));

		if (s.len != zip_get16(extra.ptr + 2))
			return false;
		if (id == EXTRA_ZIP64 && !extra_zip64(h, s, central))
			return false;
		if (id == EXTRA_UNICODE)
			extra_unicode(h, s);
		extra = span_sub(extra, 4 + s.len, extra.len);
	}
	/* up to three zeros are padding (zipalign and its like) */
	for (size_t i = 0; i < extra.len; i++)
		if (extra.ptr[i] != 0)
			return false;
	return true;
}

enum err
zip_local_read(struct zip_reader *r, uint64_t at, struct zip_header *h,
    bool *extra_ok)
{
	uint8_t p[ZIP_LOCAL_BYTES];
	enum err err = zip_bytes(r, at, p, sizeof(p));

	if (err != OK)
		return err;
	if (zip_get32(p) != ZIP_LOCAL)
		return ERR_INPUT;
	zip_header_local(h, p);
	h->header = at;
	err = zip_bytes(r, at + ZIP_LOCAL_BYTES, r->names,
	    h->name_n + h->extra_n);
	if (err != OK)
		return err;
	h->name = (struct span){ r->names, h->name_n };
	*extra_ok = zip_header_extra(h, (struct span){ r->names + h->name_n,
	    h->extra_n }, false);
	return OK;
}

void
zip_entry_fill(struct zip_entry *e, const struct zip_header *h)
{
	unsigned type = h->attributes >> 16 & UNIX_TYPE;

	if (h->made_by != HOST_UNIX && h->made_by != HOST_OSX && type !=
	    UNIX_FOLDER)
		type = 0;
	*e = (struct zip_entry){
		.name = h->name,
		.unicode = h->unicode,
		.utf8 = (h->flags & ZIP_FLAG_UTF8) != 0,
		.folder = (h->name.len > 0 &&
		    h->name.ptr[h->name.len - 1] == '/') ||
		    type == UNIX_FOLDER || (type == 0 &&
		    (h->attributes & DOS_FOLDER) != 0),
		.link = type != 0 && type != UNIX_FOLDER && type != UNIX_FILE,
		.encrypted = (h->flags & (ZIP_FLAG_ENCRYPTED |
		    ZIP_FLAG_STRONG | ZIP_FLAG_MASKED)) != 0 ||
		    h->method == ZIP_AES,
		.method = (uint16_t)h->method,
		.crc = h->crc,
		.compressed = h->compressed,
		.size = h->size,
		.header = h->header,
		.offset = ZIP_NOWHERE,
	};
}

static int
by_header(const void *a, const void *b, void *zip)
{
	const struct zip_entry *e = ((const struct zip *)zip)->entries;
	uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;

	if (e[i].header != e[j].header)
		return e[i].header < e[j].header ? -1 : 1;
	return i < j ? -1 : i > j;
}

void
zip_sort_headers(struct zip_reader *r)
{
	for (size_t i = 0; i < r->zip->entries_n; i++)
		r->by_header[i] = (uint32_t)i;
	qsort_r(r->by_header, r->zip->entries_n, sizeof(*r->by_header),
	    by_header, r->zip);
}
