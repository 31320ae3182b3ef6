/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The directories of a TIFF, from hostile bytes: offsets are checked, and a
 * chain ends at its DIRECTORIES_MAX-th link, in a circle or not.
 */
#include "tiff_scan.h"

#define ENTRY_BYTES	12
#define DIRECTORIES_MAX	1000
#define ENTRIES_MAX	4096

#define TAG_SUBFILE	254
#define SMALLER		1u		/* its bits */
#define MASK		4u
#define TAG_SUB_IFDS	330

struct tiff {
	struct span	file;
	bool		big_endian, bad;
	bool		all;		/* pages are passed on */
	struct tiff_scanned *scanned;
	struct buf	*removed;
};

static uint32_t
get(struct tiff *t, uint64_t at, unsigned n)
{
	uint32_t value = 0;

	if (at > t->file.len || n > t->file.len - at) {
		t->bad = true;
		return 0;
	}
	for (unsigned i = 0; i < n; i++)
		value = value << 8 | t->file.ptr[at + (t->big_endian ? i :
		    n - 1 - i)];
	return value;
}

/* What a tag of a page is to us; NULL: it says how pixels are. */
static const char *
tag_name(uint32_t tag)
{
	static const struct { uint32_t tag; const char *name; } names[] = {
		{ 269, "metadata" }, { 270, "metadata" }, { 271, "metadata" },
		{ 272, "metadata" }, { 285, "metadata" }, { 305, "metadata" },
		{ 306, "metadata" }, { 315, "metadata" }, { 316, "metadata" },
		{ TAG_SUB_IFDS, "thumbnail" }, { 700, "xmp" },
		{ 33432, "metadata" }, { 33723, "iptc" }, { 34377, "iptc" },
		{ 34665, "exif" }, { 34675, "icc" }, { 34853, "gps" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].tag == tag)
			return names[i].name;
	return tag >= 32768 && tag != 32997 && tag != 32998 ? "app" : NULL;
}

/* Bytes of the values of a type; 0: there is no such type. */
static uint64_t
type_bytes(uint32_t type)
{
	static const uint8_t bytes[] = { 0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4,
	    8, 4 };

	return type < sizeof(bytes) ? bytes[type] : 0;
}

static enum err
directory(struct tiff *t, uint32_t ifd, bool first)
{
	uint32_t n = get(t, ifd, 2);
	uint32_t kind = 0;
	const char *name;
	uint64_t at = (uint64_t)ifd + 2;
	enum err err = OK;

	if (n > ENTRIES_MAX)
		t->bad = true;
	for (uint32_t i = 0; i < n && !t->bad && err == OK;
	    i++, at += ENTRY_BYTES) {
		uint32_t tag = get(t, at, 2);

		/* libtiff makes room for what an entry promises */
		if (type_bytes(get(t, at + 2, 2)) * get(t, at + 4, 4) >
		    t->file.len)
			t->bad = true;
		if (tag == TAG_SUBFILE)
			kind = get(t, at + 8, 4);
		if ((first || t->all) && (name = tag_name(tag)) != NULL)
			err = removed_add(t->removed, name, 1, SPAN("TIFF"));
	}
	if (t->bad || err != OK)
		return err;
	t->scanned->directories++;
	if ((kind & (SMALLER | MASK)) != 0)
		name = (kind & SMALLER) != 0 ? "thumbnail" : "mask";
	else
		name = t->scanned->pages++ > 0 && !t->all ? "pages" : NULL;
	return name == NULL ? OK : removed_add(t->removed, name, 1,
	    SPAN("TIFF"));
}

enum err
tiff_scan(struct span file, bool all, struct tiff_scanned *scanned,
    struct convert_result *result)
{
	struct tiff t = { .file = file, .all = all, .scanned = scanned,
		.removed = &result->removed };
	uint32_t ifd;
	enum err err = OK;

	t.big_endian = span_begins(file, SPAN("MM\0*"));
	if (!t.big_endian && !span_begins(file, SPAN("II*\0")))
		return image_error(result, ERR_INPUT,
		    "TIFF: unknown header");
	*scanned = (struct tiff_scanned){ 0, 0 };
	ifd = get(&t, 4, 4);
	for (unsigned n = 0; ifd != 0 && err == OK; n++) {
		if (n == DIRECTORIES_MAX)
			return image_error(result, ERR_LIMIT,
			    "TIFF: too many pages, or a circle of them");
		err = directory(&t, ifd, n == 0);
		if (t.bad && n == 0)
			return image_error(result, ERR_INPUT,
			    "TIFF: directory is damaged");
		if (t.bad)		/* of a page that we leave out */
			return removed_add(t.removed, "damage", 1,
			    SPAN("TIFF"));
		ifd = get(&t, (uint64_t)ifd + 2 + (uint64_t)get(&t, ifd, 2) *
		    ENTRY_BYTES, 4);
	}
	return err;
}
