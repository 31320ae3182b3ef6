/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_ZIP_INTERNAL_H
#define SEKISHO_SANITIZER_ZIP_INTERNAL_H

#include "limits.h"
#include "zip.h"

#define ZIP_LOCAL_BYTES		30	/* APPNOTE 4.3.7 */
#define ZIP_CENTRAL_BYTES	46	/* 4.3.12 */
#define ZIP_END_BYTES		22	/* 4.3.16 */
#define ZIP_END64_BYTES		56	/* 4.3.14 */
#define ZIP_LOCATOR64_BYTES	20	/* 4.3.15 */

#define ZIP_LOCAL		0x04034b50u
#define ZIP_CENTRAL		0x02014b50u
#define ZIP_END			0x06054b50u
#define ZIP_END64		0x06064b50u
#define ZIP_LOCATOR64		0x07064b50u
#define ZIP_DESCRIPTOR		0x08074b50u

#define ZIP_FLAG_ENCRYPTED	(1u << 0)
#define ZIP_FLAG_DESCRIPTOR	(1u << 3)
#define ZIP_FLAG_STRONG		(1u << 6)
#define ZIP_FLAG_UTF8		(1u << 11)
#define ZIP_FLAG_MASKED		(1u << 13)

#define ZIP_STORED		0
#define ZIP_DEFLATED		8
#define ZIP_AES			99

#define ZIP_SATURATED		0xffffffffu	/* "see the ZIP64 extra" */
#define ZIP_WINDOW_BYTES	(64 * 1024)

/* A local header or a central one. */
struct zip_header {
	unsigned	flags, method, needs, made_by, disk;
	uint32_t	crc, attributes;
	uint64_t	compressed, size;
	uint64_t	header;		/* central: offset of the local one */
	size_t		name_n, extra_n, comment_n;
	bool		zip64;		/* an extra of that kind was there */
	struct span	name, unicode;
};

/* While an archive is opened. */
struct zip_reader {
	struct zip	*zip;
	const struct input *in;
	struct arena	*arena;
	bool		 strict;
	size_t		 entries_max;
	/* the end record, with the ZIP64 one taken into account */
	uint64_t	 end;		/* where the first of them begins */
	uint64_t	 directory, directory_n;
	uint64_t	 shift;		/* bytes before the archive */
	uint64_t	 promised;	/* number of entries */
	bool		 directory_ok;	/* false: there is none */
	uint32_t	*by_header;	/* central entries by header offset */
	uint64_t	 window_at;
	size_t		 window_n;
	uint8_t		*window;
	uint8_t		*names;		/* name and extra of a local header */
};

static inline uint32_t
zip_get16(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static inline uint32_t
zip_get32(const uint8_t *p)
{
	return zip_get16(p) | zip_get16(p + 2) << 16;
}

static inline uint64_t
zip_get64(const uint8_t *p)
{
	return zip_get32(p) | (uint64_t)zip_get32(p + 4) << 32;
}

/* Remember why, and return err. */
enum err zip_refuse(struct zip *zip, enum err err, const char *fmt, ...)
    PRINTF(3, 4);
/* The same for an entry: its name is part of the reason. */
enum err zip_refuse_entry(struct zip *zip, struct span name, const char *why);

/* Exactly len bytes at a place; ERR_INPUT: they are not there. */
enum err zip_bytes(struct zip_reader *r, uint64_t at, void *bytes, size_t len)
    MUST_CHECK;

/* zip_end.c: fill end ... directory_ok. */
enum err zip_find_end(struct zip_reader *r) MUST_CHECK;

/*
 * zip_header.c: decode the fixed part; then the extra fields, which may give
 * sizes (ZIP64) and a name. False: they are not well formed.
 */
void zip_header_local(struct zip_header *h, const uint8_t *p);
void zip_header_central(struct zip_header *h, const uint8_t *p);
bool zip_header_extra(struct zip_header *h, struct span extra, bool central)
    MUST_CHECK;
/* The local header at a place, its name in r->names. ERR_INPUT: none. */
enum err zip_local_read(struct zip_reader *r, uint64_t at,
    struct zip_header *h, bool *extra_ok) MUST_CHECK;
/* Fill r->by_header: the entries so far by the offset of that header. */
void zip_sort_headers(struct zip_reader *r);
void zip_entry_fill(struct zip_entry *e, const struct zip_header *h);

/* zip_strict.c: names, and the layout from byte 0 to the directory. */
enum err zip_strict_entry(struct zip *zip, const struct zip_header *h)
    MUST_CHECK;
enum err zip_strict_layout(struct zip_reader *r) MUST_CHECK;

/* zip_local.c: the other view, merged into the entries of the directory. */
enum err zip_local_view(struct zip_reader *r) MUST_CHECK;

/* zip_read.c: where deflated data at a place end; for zip_local.c. */
enum err zip_measure(struct zip_reader *r, struct zip_entry *e) MUST_CHECK;

#endif
