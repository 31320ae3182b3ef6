/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_ZIP_H
#define SEKISHO_SANITIZER_ZIP_H

#include "../gateway/base/arena.h"
#include "sanitizer.h"

/*
 * ZIP archives (PKWARE APPNOTE 6.3.10), read and written. What two readers
 * could see differently is an error for ZIP_STRICT and a flag for
 * ZIP_TOLERANT. No entry is ever copied through: it is inflated by count,
 * its CRC checked, and deflated anew.
 */
enum zip_profile {
	ZIP_STRICT,		/* OPC, ODF: anything odd is ERR_INPUT */
	ZIP_TOLERANT		/* archives: both views, see `view` */
};

/* Where an entry was found, for ZIP_TOLERANT: the two views may differ. */
enum {
	ZIP_VIEW_CENTRAL = 1,
	ZIP_VIEW_LOCAL = 2
};

struct zip_entry {
	struct span	name;		/* raw bytes, in the arena */
	bool		utf8;		/* general purpose bit 11 */
	bool		folder;
	bool		link;		/* or a device: never followed */
	bool		encrypted;	/* bit 0 or 13, or method 99 */
	uint8_t		view;		/* bits */
	uint16_t	method;
	uint32_t	crc;
	uint64_t	compressed, size;	/* as the headers claim */
	uint64_t	offset;		/* of the data in the input */
};

struct zip {
	const struct input	*in;
	struct zip_entry	*entries;
	size_t			 entries_n;
	uint64_t		 inflated;	/* bytes, of all entries read */
	bool			 conflict;	/* the views differ */
	char			 why[160];	/* of the last error */
};

/*
 * Read the tables of an archive. Limits: ZIP_ENTRIES_MAX and the others of
 * limits.h. ERR_INPUT: not a ZIP, or (strict) ambiguous, see why; ERR_LIMIT.
 */
enum err zip_open(struct zip *zip, const struct input *in,
    enum zip_profile profile, struct arena *arena) MUST_CHECK;

/* Index of the entry whose name equals this, ASCII case folded; or -1. */
long zip_find(const struct zip *zip, struct span name);

/*
 * Push the bytes of an entry into out (which is not ended), counted against
 * the limits of an entry, of all, and of the ratio. ERR_INPUT: damaged, or
 * its length or CRC is not as promised.
 */
enum err zip_read(struct zip *zip, size_t entry, struct filter *out)
    MUST_CHECK;

/*
 * The writer: entries in the order of the calls, fixed date, no extra fields,
 * bit 11 for names that are not ASCII, sizes and CRC in the local header
 * (never a descriptor), then the central directory. Deflate at ZIP_LEVEL, or
 * stored where that is not longer.
 */
struct zip_writer {
	struct filter	*out;		/* borrowed; not ended */
	struct buf	 central;	/* owned */
	uint64_t	 offset;
	unsigned	 entries_n;
	void		*deflate;	/* z_stream, made once */
};
enum err zip_writer_init(struct zip_writer *w, struct filter *out) MUST_CHECK;
void zip_writer_fini(struct zip_writer *w);
/* name: UTF-8. stored: it is compressed already (pictures). */
enum err zip_add(struct zip_writer *w, struct span name,
    const struct input *bytes, bool stored) MUST_CHECK;
/* The central directory. */
enum err zip_finish(struct zip_writer *w) MUST_CHECK;

#endif
