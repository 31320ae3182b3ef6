/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_AUDIT_RECORD_H
#define SEKISHO_AUDIT_RECORD_H

#include <stdbool.h>

#include "../base/buf.h"
#include "../base/digest.h"
#include "limits.h"

/*
 * A record of the audit log is one line of JSON that begins with four members
 * of ours, in this order and without blanks:
 *
 *	{"seq":7,"prev":"HEX","time":"2026-11-27T09:00:00.123+09:00",
 *	"type":"mail",...}
 *
 * seq counts from 1 and goes on over files. prev is the SHA-256 of the whole
 * line before it, with its newline (64 zeros in the first one): whoever has
 * sha256sum can check the chain. The other members are sekisho-audit(5)'s.
 */
enum audit_type {
	AUDIT_START = 1,	/* the gateway, or a process of it */
	AUDIT_STOP,
	AUDIT_CRASH,
	AUDIT_RULES,		/* other rules are in force, or were refused */
	AUDIT_ADMIN,		/* what an administrator did */
	AUDIT_MAIL,		/* what became of a mail */
	AUDIT_FLOW,		/* a flow ended */
	AUDIT_REFUSED,		/* a packet or flow was refused */
	AUDIT_SCAN,
	AUDIT_ENGINE,		/* a part fails, or works again */
	AUDIT_CLOCK,		/* the wall clock was set */
	AUDIT_ERASED,		/* old files of the log went, by policy */
	AUDIT_LOG,		/* of the log itself: a torn end, a gap */
	AUDIT_REJECTED,		/* a client of SMTP was told no */
	AUDIT_TYPE_N
};
const char *audit_type_name(enum audit_type type);	/* "mail" */

/* Where the chain ends: the last record, and the hash of its line. */
struct audit_head {
	uint64_t	seq;		/* 0: there is none yet */
	uint8_t		hash[DIGEST_BYTES];
};

/*
 * May these bytes stand behind our members? They are members of a JSON object
 * ("a":1,"b":{...}), UTF-8 without raw controls, none of our four names at the
 * top, bounded in depth; nothing at all is good, too.
 */
bool audit_members_are_good(struct span members);

/*
 * The next member of members that are good: its key without quotes, its value
 * as it stands. False: none is left.
 */
bool audit_member_next(struct span *members, struct span *key,
    struct span *value);

/*
 * Append the next line behind head, which moves on. ERR_INPUT: the members
 * are not good. ERR_LIMIT: no room, or too long. On error nothing changed.
 */
enum err audit_record_add(struct buf *out, struct audit_head *head,
    enum audit_type type, uint64_t wall_ms, struct span members) MUST_CHECK;

/* A line as it was written, without its newline; spans point into it. */
struct audit_line {
	uint64_t	seq;
	uint8_t		prev[DIGEST_BYTES];
	struct span	time, type;
	struct span	members;	/* as they were added */
};
/* False: it does not begin and end as a record does. */
bool audit_line_read(struct span line, struct audit_line *out);

/* 64 lower-case hexadecimal digits. False: they are none. */
bool audit_hex(struct span text, uint8_t out[DIGEST_BYTES]);

#endif
