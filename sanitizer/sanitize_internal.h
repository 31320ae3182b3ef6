/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_SANITIZE_INTERNAL_H
#define SEKISHO_SANITIZER_SANITIZE_INTERNAL_H

#include "detect.h"
#include "handler.h"
#include "limits.h"
#include "mime_parse.h"
#include "mime_write.h"
#include "notice.h"
#include "report.h"
#include "store.h"

/* What all mails of one run share. */
struct compose {
	const struct sanitizer_job *job;
	struct sanitizer_host	*host;
	struct arena		*arena;
	struct store		 store;
	struct report_part	*parts, **parts_tail;
	unsigned		 outcomes[OUTCOME_REMOVED + 1];
	unsigned		 leaves;
	unsigned		 reserved;	/* of open archives, to come */
	uint32_t		 flags;		/* of all mails */
	uint32_t		 kinds;		/* those that may hold it */
	struct buf		 notes;		/* list: header and body */
	bool			 held;
	char			 reason[160];	/* the first one */
};

/* A mail being composed: the top, or one inside. */
#define SEEN_MAX	(2 * LEAVES_MAX)
struct level {
	struct compose		*c;
	unsigned		 depth;
	struct safe_mail	*mail;
	struct safe_part	**parts_tail;
	struct span		*names;		/* LEAVES_MAX, taken ones */
	size_t			 names_n;
	const struct mime_part	**seen;		/* leaves done, SEEN_MAX */
	size_t			 seen_n;
	struct notice_item	*items, **items_tail, *last_item;
	struct buf		 text;		/* bodies: clean, CRLF */
	struct buf		 removed;	/* list: for the notice */
	const char		*prefix;	/* of paths in the report */
	unsigned		 views;		/* inside so many other ones */
	unsigned		 archives;	/* inside so many archives */
	const struct report_part *first;	/* of this mail */
	bool			 html, both, ambiguous;
};

/* sanitize_leaf.c: one leaf to an attachment, or removed with a line. */
enum err sanitize_leaf(struct level *level, const struct mime_part *part)
    MUST_CHECK;
/* A mail inside: message/rfc822, parsed; children is its root. */
enum err sanitize_inner(struct level *level, const struct mime_part *part)
    MUST_CHECK;
/*
 * Decode the body of a part into the store; in borrows from there. hash and
 * bytes of the decoded form; *junk may count into flags of the run.
 */
struct decoded {
	struct input	in;
	uint8_t		sha256[32];
};
enum err sanitize_decode(struct compose *c, const struct mime_part *part,
    struct decoded *decoded) MUST_CHECK;
/* A row of the report, already in the list, path and type filled in. */
struct report_part *sanitize_report_part(struct level *level,
    const struct mime_part *part);
void sanitize_count(struct compose *c, struct report_part *row,
    enum part_outcome outcome);
/* What a part is called: as declared, decoded; and as it can be shown. */
struct sanitize_names {
	struct span	raw;
	struct span	shown;
};
enum err sanitize_read_names(struct compose *c, const struct mime_part *part,
    struct sanitize_names *names) MUST_CHECK;
/* A name for what comes out that no other of this level has. */
enum err sanitize_name(struct level *level, struct span raw,
    struct span fallback, enum safe_type type, struct span *name) MUST_CHECK;
struct span sanitize_stem(struct span name);	/* without extension */

/* Bytes of which it is known what they are: delivered, or removed. */
enum err sanitize_settle(struct level *level, const struct mime_part *part,
    const struct sanitize_names *names, struct report_part *row,
    const struct detected *d, const struct input *in) MUST_CHECK;
/* Removed, with its line; level->last_item is that line. */
enum err sanitize_remove(struct level *level,
    const struct sanitize_names *names, struct report_part *row,
    const struct detected *d, enum notice_reason reason) MUST_CHECK;
/* A line of the notice; NULL: no room. Row and names are as they will be. */
struct notice_item *sanitize_item(struct level *level,
    const struct sanitize_names *names, const struct report_part *row,
    const struct detected *d) MUST_CHECK;
/* An attachment; mail only for SAFE_MAIL, in for all others. */
enum err sanitize_add(struct level *level, enum safe_type type,
    struct span name, const struct input *in, const struct safe_mail *mail)
    MUST_CHECK;

/* sanitize_archive.c: the files of an archive, made into a new ZIP. */
bool sanitize_is_archive(const struct compose *c, enum part_kind kind);
enum err sanitize_archive(struct level *level,
    const struct sanitize_names *names, struct report_part *row,
    const struct detected *d, const struct input *in) MUST_CHECK;
/*
 * A mail inside an archive, made safe: its text as a file of this name, its
 * attachments as files beside it.
 */
enum err sanitize_flat_mail(struct level *level,
    const struct safe_mail *mail, const struct mime_part *root,
    struct span name) MUST_CHECK;

/* Make a file safe by the ladder. *reason: why it did not work. */
struct converted {
	const struct handler *handler;
	enum safe_type	type;
	struct store_sink sink;		/* result, bytes, sha256 */
	struct span	removed;
	uint32_t	pages;
};
enum err sanitize_convert(struct compose *c, const struct detected *d,
    const struct handler_input *input, struct converted *converted,
    enum notice_reason *reason) MUST_CHECK;
/* The policy wants a person to decide; the first reason stays. */
void sanitize_hold(struct compose *c, const char *reason);

/* archive_result.c: the text file in the ZIP that says what was done. */
#define ARCHIVE_RESULT_NAME	"無害化結果.txt"
enum err archive_result(struct compose *c, struct span archive,
    const struct notice_item *items, struct input *text) MUST_CHECK;

/* sanitize_body.c: add parts to the text of the mail. */
bool sanitize_is_body(const struct mime_part *part);
enum err sanitize_body(struct level *level, const struct mime_part *plain,
    const struct mime_part *html) MUST_CHECK;
/* Notice and text to the final form of a text part; in the arena. */
enum err sanitize_text(struct level *level, const struct notice *notice,
    struct span *text) MUST_CHECK;

/* sanitize_walk.c: everything in a mail; fills level. */
enum err sanitize_walk(struct level *level, const struct mime_part *root)
    MUST_CHECK;
bool sanitize_seen(struct level *level, const struct mime_part *part);

enum err level_init(struct level *level, struct compose *c, unsigned depth)
    MUST_CHECK;
void level_fini(struct level *level);
enum err compose_init(struct compose *c, const struct sanitizer_job *job,
    struct sanitizer_host *host) MUST_CHECK;
void compose_fini(struct compose *c);
/* Header, notice, text: the mail of a level is then ready to be written. */
enum err level_finish(struct level *level, const struct mime_part *root,
    bool unreadable) MUST_CHECK;

/* A sink that counts and hashes on the way to out, which it does not end. */
struct tee {
	struct filter	filter;
	struct digest	digest;
	uint64_t	bytes;
};
void tee_init(struct tee *tee, struct filter *out);

/* SHA-256 of all its bytes. */
enum err sanitize_hash(const struct input *in, uint8_t sha256[32])
    MUST_CHECK;

/* Result and report of a run; the result ends the tee's digest. */
void sanitize_result(struct compose *c, struct tee *tee,
    struct sanitizer_result *result);
enum err sanitize_report(struct compose *c, const struct input *in,
    uint64_t start_ns, const struct sanitizer_result *result,
    struct buf *report) MUST_CHECK;

#endif
