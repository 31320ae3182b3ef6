/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_AUDIT_MASK_H
#define SEKISHO_AUDIT_MASK_H

#include "audit_record.h"

/*
 * Personal names in records, replaced before a record is written. A name
 * becomes "masked-" and 20 hexadecimal digits, the beginning of an
 * HMAC-SHA-256 (RFC 2104) of it under a key that the log has not: equal names
 * stay equal, and who has the key can say what a known one becomes.
 *
 *	taro@town.example.lg.jp		masked-3f0c...@town.example.lg.jp
 *	見積書.xlsx			masked-91ab....xlsx
 *
 * An address is taken as a whole and in lower case (ASCII), so that taro of
 * two domains are two; what has no @ is none. By what is asked, these members
 * are replaced, at any depth:
 *
 *	senders		from, sender; addresses in reason
 *	recipients	to, address, recipient; addresses in reason
 *	subjects	subject
 *	names		within report: name, out_name, where (but for short
 *			words of capitals)
 */
#define AUDIT_MASK_SENDERS	1u
#define AUDIT_MASK_RECIPIENTS	2u
#define AUDIT_MASK_SUBJECTS	4u
#define AUDIT_MASK_NAMES	8u

#define AUDIT_MASK_KEY_BYTES	32

struct audit_mask {
	unsigned	what;		/* AUDIT_MASK_*; 0: nothing */
	uint8_t		key[AUDIT_MASK_KEY_BYTES];
};

/*
 * Append the members, masked, to out. ERR_INPUT: they are not good
 * (audit_members_are_good()). ERR_LIMIT: no room; out is as it was.
 */
enum err audit_mask_members(const struct audit_mask *mask,
    struct span members, struct buf *out) MUST_CHECK;

/*
 * One of them, whatever is asked; text in UTF-8, as it is and not as JSON.
 * Nothing stays nothing.
 */
enum err audit_mask_address(const struct audit_mask *mask, struct span text,
    struct buf *out) MUST_CHECK;
enum err audit_mask_subject(const struct audit_mask *mask, struct span text,
    struct buf *out) MUST_CHECK;
enum err audit_mask_name(const struct audit_mask *mask, struct span text,
    struct buf *out) MUST_CHECK;

#endif
