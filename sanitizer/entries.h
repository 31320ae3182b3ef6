/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_ENTRIES_H
#define SEKISHO_SANITIZER_ENTRIES_H

#include "sanitizer.h"

/*
 * Files that a child has taken out of an archive, on their way to the process
 * that makes each of them safe: a plain list, written by a child that read
 * hostile bytes and so read as if it were hostile itself.
 *
 *	list  = "SEKISHO-ENTRIES 1\n" *entry end
 *	entry = u8 1, u8 flags, u16 name bytes, name, u64 bytes, the bytes
 *	end   = u8 0, u8 flags of the whole, u64 the length of all before
 *
 * Integers are big-endian. Names are UTF-8, last component only.
 */
#define ENTRIES_NAME_BYTES_MAX	1024

enum {
	ENTRY_ENCRYPTED = 1,	/* its bytes are not here */
	ENTRY_TOO_LARGE = 2,	/* the same */
	ENTRY_DAMAGED = 4,	/* the same */
	ENTRY_ODD = 8		/* link, device, a path that leads out */
};
enum {
	ENTRIES_CONFLICT = 1,	/* two readings of the archive differ */
	ENTRIES_CUT = 2		/* a limit was reached, some are missing */
};

struct entry {
	struct span	name;
	unsigned	flags;
	struct input	bytes;
};

/*
 * Writing, to a sink that is not ended: entries_begin() once, for each file
 * entries_add() with its bytes, or NULL and a flag why they are not there;
 * entries_end() once. ERR_INPUT: a name that is too long or not UTF-8.
 */
struct entries_writer {
	struct filter	*out;
	uint64_t	 bytes;
};
enum err entries_begin(struct entries_writer *w, struct filter *out)
    MUST_CHECK;
enum err entries_add(struct entries_writer *w, struct span name,
    unsigned flags, const struct input *bytes) MUST_CHECK;
enum err entries_end(struct entries_writer *w, unsigned flags) MUST_CHECK;

/*
 * Reading: entries_next() gives one file at a time, *more is false at the
 * end, where *flags has those of the whole. ERR_INPUT: damaged. A name is
 * valid until the next call; one with a slash is still a name to be cleaned.
 */
struct entries_reader {
	const struct input *in;
	uint64_t	 at;
	uint8_t		 name[ENTRIES_NAME_BYTES_MAX];
};
enum err entries_open(struct entries_reader *r, const struct input *in)
    MUST_CHECK;
enum err entries_next(struct entries_reader *r, struct entry *entry,
    bool *more, unsigned *flags) MUST_CHECK;

#endif
