/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_HEADER_WRITE_H
#define SEKISHO_SANITIZER_HEADER_WRITE_H

#include "mime_parse.h"
#include "sanitizer.h"

/*
 * The header of a safe mail: each field of the allow-list is read for its
 * meaning and written anew (grammar in mime_write.h section 3 and 4); nothing
 * else is written. What was left out is noted in `removed` (report.h): kinds
 * "header-address", "header-duplicate", "header-date", "header-text".
 */
struct header_summary {
	const char	*outcome;	/* "safe", "held", "released" */
	unsigned	 kept, rebuilt, rendered, extracted, removed;
	uint32_t	 flags;		/* bits of enum mime_flag */
};

/*
 * top NULL: a mail inside another, without Received and X-Sekisho. fields
 * NULL with no mail at all (a header for a mail that could not be read).
 * out gets whole fields with CRLF. ERR_LIMIT: out or memory is full.
 */
enum err header_write(const struct mime_part *mail,
    const struct sanitizer_job *job, const struct header_summary *top,
    struct buf *out, struct buf *removed) MUST_CHECK;

/*
 * What From or Subject say, decoded and clean, appended; "" if there is none.
 * For names of mails inside and for the notice.
 */
enum err header_text(const struct mime_part *mail, struct span name,
    struct buf *out) MUST_CHECK;

/*
 * Does the shown name of From hold a mail address of another domain than the
 * real one ("市長 <mayor@town.example.lg.jp>" <x@evil.example>)? Both are
 * appended, clean.
 */
bool header_lying_sender(const struct mime_part *mail, struct buf *shown,
    struct buf *real);

#endif
