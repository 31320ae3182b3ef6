/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an OLE2 compound file is, by the names of its streams (MS-CFB 2.6).
 * Reads the directory chain and nothing else; a broken one is just "cfb".
 */
#include <string.h>

#include "detect_internal.h"

#define DIRECTORY_SECTORS_MAX	128
#define NAME_BYTES_MAX		64
#define SECTOR_BYTES_MAX	4096

struct cfb {
	const struct input *in;
	unsigned	shift;		/* of the sector size */
	uint8_t		header[512];
};

static const struct {
	const char	*name;		/* ASCII of its UTF-16 */
	const char	*label;
} streams[] = {				/* earlier rows decide */
	{ "EncryptedPackage", "ooxml-encrypted" },
	{ "JSRV_SegmentInformation", "jtd" },
	{ "JSCompDocument", "jtd" },
	{ "__properties_version1.0", "msg" },
	{ "WordDocument", "doc" },
	{ "Workbook", "xls" },
	{ "Book", "xls" },
	{ "PowerPoint Document", "ppt" },
	{ "VisioDocument", "vsd" },
	{ "Quill", "pub" },
	{ "HwpSummaryInformation", "hwp" },
};
#define STREAMS_N (sizeof(streams) / sizeof(streams[0]))

static uint32_t
get32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	    (uint32_t)p[3] << 24;
}

static bool
read_sector(const struct cfb *c, uint32_t sector, uint8_t *bytes)
{
	size_t len = (size_t)1 << c->shift, got;

	if (sector >= 0xfffffffa)
		return false;
	if (input_read(c->in, ((uint64_t)sector + 1) << c->shift, bytes, len,
	    &got) != OK)
		return false;
	memset(bytes + got, 0, len - got);
	return got > 0;
}

/* The sector behind this one, by the first 109 FAT sectors (7 MB or more). */
static uint32_t
next_sector(const struct cfb *c, uint32_t sector)
{
	uint32_t per = 1u << (c->shift - 2);
	uint32_t block = sector / per;
	uint8_t bytes[SECTOR_BYTES_MAX];

	if (block >= 109 ||
	    !read_sector(c, get32(c->header + 76 + 4 * block), bytes))
		return 0xfffffffe;
	return get32(bytes + 4 * (sector % per));
}

/* Name of a directory entry as ASCII, without a leading control. */
static void
entry_name(const uint8_t *entry, char name[NAME_BYTES_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < 62 && n < NAME_BYTES_MAX - 1; i += 2) {
		if (entry[i] == 0 && entry[i + 1] == 0)
			break;
		if (entry[i + 1] != 0)
			name[n++] = '?';
		else if (entry[i] >= ' ')
			name[n++] = (char)entry[i];
	}
	name[n] = '\0';
}

/* Row of the best name in a directory sector; installers by class id. */
static size_t
see_sector(const struct cfb *c, const uint8_t *bytes, size_t best, bool *msi)
{
	static const uint8_t installer[8] = { 0x84, 0x10, 0x0c, 0, 0, 0, 0, 0 };
	char name[NAME_BYTES_MAX];

	for (size_t at = 0; at < (size_t)1 << c->shift; at += 128) {
		const uint8_t *class_id = bytes + at + 80;

		if (bytes[at + 66] == 5 && class_id[1] == 0x10 &&
		    memcmp(class_id + 2, installer + 2, 6) == 0)
			*msi = true;
		entry_name(bytes + at, name);
		for (size_t i = 0; i < best; i++)
			if (strcmp(name, streams[i].name) == 0)
				best = i;
	}
	return best;
}

const char *
detect_cfb(const struct input *in)
{
	struct cfb c = { .in = in };
	uint8_t bytes[SECTOR_BYTES_MAX];
	size_t got, best = STREAMS_N;
	uint32_t sector;
	bool msi = false;

	if (input_read(in, 0, c.header, sizeof(c.header), &got) != OK ||
	    got < sizeof(c.header))
		return "cfb";
	c.shift = c.header[30];
	if (c.shift != 9 && c.shift != 12)
		return "cfb";
	sector = get32(c.header + 48);
	for (unsigned n = 0; n < DIRECTORY_SECTORS_MAX &&
	    read_sector(&c, sector, bytes); n++) {
		best = see_sector(&c, bytes, best, &msi);
		sector = next_sector(&c, sector);
	}
	if (best < STREAMS_N)
		return streams[best].label;
	return msi ? "msi" : "cfb";
}
