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
	struct span	unicode;	/* by extra 0x7075, if its CRC fits */
	bool		utf8;		/* general purpose bit 11 */
	bool		folder;
	bool		link;		/* or a device: never followed */
	bool		encrypted;	/* bit 0 or 13, or method 99 */
	uint8_t		view;		/* bits */
	uint16_t	method;
	uint32_t	crc;
	uint64_t	compressed, size;	/* as the headers claim */
	uint64_t	header;		/* offset of the local header */
	uint64_t	offset;		/* of the data; ZIP_NOWHERE: none */
	uint64_t	counted;	/* bytes that zip_read() has given */
};
#define ZIP_NOWHERE	UINT64_MAX

struct zip {
	const struct input	*in;
	struct zip_entry	*entries;
	size_t			 entries_n;
	uint32_t		*by_name;	/* indices, by folded name */
	enum zip_profile	 profile;
	uint64_t		 inflated;	/* bytes, of all entries read */
	bool			 conflict;	/* the views differ */
	char			 why[160];	/* of the last error */
};

/*
 * Read the tables of an archive; in is borrowed until the last zip_read().
 * ERR_INPUT: not a ZIP, or (strict) ambiguous, see why; ERR_LIMIT: more than
 * ZIP_PARTS_MAX (tolerant: ZIP_ENTRIES_MAX) entries; strict: more bytes than
 * limits.h allows by what the headers claim; tolerant: hidden entries without
 * lengths that inflate to too much. In a strict archive each
 * byte from 0 on belongs to one entry, the directory or the end record, both
 * headers of an entry agree, names are relative, plain ASCII and different,
 * nothing is encrypted. Tolerant: what both views have is one entry of both
 * bits; what only one has (or has otherwise) sets conflict.
 */
enum err zip_open(struct zip *zip, const struct input *in,
    enum zip_profile profile, struct arena *arena) MUST_CHECK;

/* Index of the entry whose name equals this, ASCII case folded; or -1. */
long zip_find(const struct zip *zip, struct span name);

/*
 * Push the bytes of an entry into out (which is not ended), counted against
 * the limits of an entry, of all, and of the ratio; what the headers claim is
 * no part of that. ERR_INPUT: damaged, of an unknown method, or its length or
 * CRC is not as promised (known only at the end: what out got is worthless
 * then); ERR_POLICY: encrypted; ERR_LIMIT. An entry read again is not counted
 * twice. Errors of out are passed on.
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
	struct buf	 packed;	/* owned: one entry, deflated */
	uint64_t	 offset;
	unsigned	 entries_n;
	void		*deflate;	/* z_stream, made once */
};
/* ERR_SYSTEM: no memory. zip_writer_fini() in any case. */
enum err zip_writer_init(struct zip_writer *w, struct filter *out) MUST_CHECK;
void zip_writer_fini(struct zip_writer *w);
/*
 * name: UTF-8, not empty, not checked otherwise (ERR_INPUT). stored: it is
 * compressed already (pictures). An entry that deflates to more than
 * ZIP_PACKED_BYTES_MAX is deflated twice rather than held. ERR_LIMIT: the
 * archive would need ZIP64.
 */
enum err zip_add(struct zip_writer *w, struct span name,
    const struct input *bytes, bool stored) MUST_CHECK;
/* The central directory. */
enum err zip_finish(struct zip_writer *w) MUST_CHECK;

#endif
