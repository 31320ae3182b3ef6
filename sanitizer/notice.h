/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_NOTICE_H
#define SEKISHO_SANITIZER_NOTICE_H

#include "detect.h"
#include "sanitizer.h"

/* What the reader of a mail is told, above its text. */

/* Why a part was removed. */
enum notice_reason {
	NOTICE_NONE = 0,
	NOTICE_FORMAT,		/* no handler makes it safe (yet) */
	NOTICE_ACTIVE,		/* it could run */
	NOTICE_POLICY,		/* the policy does not want it */
	NOTICE_ENCRYPTED,
	NOTICE_BROKEN,		/* its handler could not read it */
	NOTICE_LIMIT,
	NOTICE_SIGNATURE,	/* void, as the mail was made anew */
	NOTICE_PARTIAL,		/* message/partial, message/external-body */
	NOTICE_ODD,		/* in an archive: link, device, ".." */
	NOTICE_EMPTY,		/* an archive of which nothing is left */
	NOTICE_MANY,		/* files of one, more than there may be */
	NOTICE_REASON_N
};
/* For the report: "no handler makes this format safe". */
const char *notice_reason_text(enum notice_reason reason);
/* For people. */
const char *notice_reason_words(enum notice_reason reason, bool english);

struct notice_item {
	struct span	name;		/* clean; empty: it had none */
	struct span	out_name;	/* of the attachment; empty: removed */
	const struct file_type *type;
	enum part_outcome outcome;
	enum notice_reason reason;
	uint64_t	bytes;
	unsigned	more;		/* files that have no line but this */
	struct span	removed;	/* list of report.h */
	bool		disguised;
	bool		renamed;	/* more than another extension */
	bool		is_mail;	/* a mail inside, made safe */
	bool		is_archive;	/* its files were taken out */
	bool		differs;	/* it reads in two ways */
	unsigned	files;		/* taken out, with items of their own */
	/* Files in it. Those without an outcome are named only. */
	const struct notice_item *inside;
	struct notice_item *next;
};

struct notice {
	const struct sanitizer_job *job;
	bool		inner;		/* of a mail inside a mail */
	bool		held;		/* shown after release */
	bool		ambiguous;	/* readings that differ */
	bool		unreadable;	/* the mail could not be taken apart */
	bool		html;		/* a body was HTML */
	bool		both;		/* text and HTML both shown: differ */
	struct span	sender_shown;	/* address in the name of From, */
	struct span	sender_real;	/* and the real one; empty: fine */
	struct span	removed;	/* body and header: report.h */
	const struct notice_item *items;
};

/*
 * Append the notice: clean UTF-8, lines end in LF, an empty line at last. The
 * policy says whether English follows. Nothing is added when there is nothing
 * to tell and the policy keeps bodies.
 */
enum err notice_write(const struct notice *notice, struct buf *out) MUST_CHECK;

#endif
