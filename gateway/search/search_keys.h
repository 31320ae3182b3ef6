/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SEARCH_KEYS_H
#define SEKISHO_SEARCH_KEYS_H

#include "../audit/audit_record.h"
#include "limits.h"

/*
 * What a record of the audit log is found by. A key is a byte of its kind and
 * the value in one spelling, so that equal things are equal bytes, and those
 * that begin alike stand side by side.
 */
enum search_kind {
	SEARCH_RECEIPT = 'R',		/* its id, 8 bytes, high first */
	SEARCH_RECEIPT_TEXT = 'r',	/* what is no receipt of ours */
	SEARCH_SENDER = 'f',		/* domain in lower case */
	SEARCH_SENDER_DOMAIN = 'F',
	SEARCH_RECIPIENT = 't',
	SEARCH_RECIPIENT_DOMAIN = 'T',
	SEARCH_ADDRESS = 'a',		/* family, 4 or 16 bytes */
	SEARCH_RULE = 'u',
	SEARCH_TYPE = 'y',
	SEARCH_OUTCOME = 'o'
};

struct search_key {
	size_t	len;
	uint8_t	bytes[SEARCH_KEY_BYTES_MAX];
};

struct span search_key_span(const struct search_key *key);

/*
 * The key of a value. False: it is none of this kind (not an IP address, a
 * mail address without domain where the domain is asked for).
 */
bool search_key_make(enum search_kind kind, struct span value,
    struct search_key *key);

/* Who takes the keys of a record; the same may come twice. */
struct search_sink {
	enum err	(*key)(void *arg, struct span key);
	void		*arg;
};

/*
 * All keys of a record. ERR_INPUT: its members are not as they are written,
 * keys that came before are to be forgotten. Else what the sink says.
 */
enum err search_keys(const struct audit_line *line,
    const struct search_sink *sink) MUST_CHECK;

#endif
