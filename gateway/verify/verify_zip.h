/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_VERIFY_ZIP_H
#define SEKISHO_VERIFY_ZIP_H

#include "verify_inflate.h"

/*
 * A ZIP (APPNOTE 6.3.10) pushed in any split, as our writer makes it and no
 * other; section 11 of the safe form (sanitizer/mime_write.h) has the bytes.
 * What stands in the central directory and the end record follows from the
 * entries before, to the byte: it is made here and compared. So no byte of
 * the file is free, but those of the compressed data.
 *
 * The reader (of office files, of archives) gets each entry: begin() with
 * its name, which says whether it may be there; bytes() with its contents in
 * any split; end() when length and CRC were right. Two equal names, ASCII
 * letters folded, are refused here.
 */
struct unzip_reader {
	enum err (*begin)(void *arg, struct span name, struct diag *diag);
	enum err (*bytes)(void *arg, struct span bytes, struct diag *diag);
	enum err (*end)(void *arg, struct diag *diag);
};

#define UNZIP_LOCAL_BYTES	30

struct unzip {
	const struct unzip_reader *reader;
	void		*arg;
	unsigned	 state;
	unsigned	 have;			/* of head or name */
	uint8_t		 head[UNZIP_LOCAL_BYTES];
	unsigned	 name_len;
	uint64_t	 offset;		/* of what comes next */
	uint64_t	 header;		/* of the entry at hand */
	bool		 deflated, utf8;
	uint32_t	 crc_promised, crc;
	uint64_t	 left;			/* of its data */
	uint64_t	 size_promised, size;
	uint64_t	 total;			/* of all contents */
	unsigned	 entries;
	size_t		 tail_len, tail_at;	/* at: compared */
	struct inflate	 inflate;
	uint64_t	 names[VERIFY_ZIP_ENTRIES_MAX];	/* hashes, folded */
	uint8_t		 name[VERIFY_ZIP_NAME_BYTES_MAX];
	uint8_t		 tail[VERIFY_ZIP_TAIL_BYTES_MAX];
};

/* Large (half a megabyte): static storage. reader and arg are borrowed. */
void unzip_init(struct unzip *zip, const struct unzip_reader *reader,
    void *arg);
enum err unzip_write(struct unzip *zip, struct span bytes, struct diag *diag)
    MUST_CHECK;
enum err unzip_end(const struct unzip *zip, struct diag *diag) MUST_CHECK;

#endif
