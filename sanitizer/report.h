/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_REPORT_H
#define SEKISHO_SANITIZER_REPORT_H

#include "mime_parse.h"
#include "sanitizer.h"

/*
 * What was taken out of a part, as a list that travels between processes:
 * what ("exif"), how often, where ("APP1", "xl/vbaProject.bin"). Adding the
 * same what and where again counts up. Beyond REMOVED_ITEMS_MAX kinds the
 * rest counts as "other".
 */
#define REMOVED_ITEMS_MAX	64
#define REMOVED_TEXT_BYTES_MAX	240
#define REMOVED_BYTES_MAX	(32 * 1024)

struct removed_item {
	struct span	what;
	uint64_t	count;
	struct span	where;		/* UTF-8, may be empty */
};

/* removed_add() is in sanitizer.h, for those who make such a list. */
/* The first item, taken off the list; false at the end or when damaged. */
bool removed_next(struct span *list, struct removed_item *item);
/* How many of this kind; 0 if none. */
uint64_t removed_count(struct span list, const char *what);
/* Append a list to another, but for this kind (NULL: all of it). */
enum err removed_add_list(struct buf *list, struct span from,
    const char *without) MUST_CHECK;

/* One part, as design.md section 6 names it. Spans are UTF-8, borrowed. */
#define REPORT_PATH_BYTES	512	/* nested mails add up */
struct report_part {
	char		 path[REPORT_PATH_BYTES];
	struct span	 name;
	struct span	 declared;
	const char	*detected;
	enum part_outcome outcome;
	bool		 held;		/* the mail is, because of it */
	const char	*method;	/* "text", "jpeg", "remove", ... */
	struct span	 out_name;	/* empty: none */
	const char	*out_type;	/* NULL: none */
	uint32_t	 pages;		/* that came out; 0: not counted */
	uint64_t	 bytes_in;
	uint64_t	 bytes_out;
	uint8_t		 sha256_in[32];
	uint8_t		 sha256_out[32];
	struct span	 removed;	/* list as above */
	const char	*reason;	/* for administrators; or NULL */
	struct report_part *next;
};

struct report {
	const struct sanitizer_job *job;
	const struct sanitizer_result *result;
	uint64_t	 in_bytes;
	uint8_t		 in_sha256[32];
	uint64_t	 elapsed_us;
	uint32_t	 flags;		/* bits of enum mime_flag */
	struct span	 notes;		/* list as above: of the mail itself */
	const struct report_part *parts;
};
enum err report_write(const struct report *report, struct buf *out)
    MUST_CHECK;

#endif
