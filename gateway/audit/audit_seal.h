/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_AUDIT_SEAL_H
#define SEKISHO_AUDIT_SEAL_H

#include "audit_key.h"
#include "audit_record.h"

/*
 * What is signed of a file of the log: how far it goes, and the hash of its
 * last line, which by the chain stands for all before. One line of JSON in a
 * file of its own:
 *
 *	{"file":"audit-00000001-20261127.log","first":1,"last":42,
 *	"bytes":12345,"hash":"HEX","time":"...","key":"HEX","signature":"HEX"}
 *
 * The signature is over the line's bytes before ,"signature". A file that is
 * finished has its seal beside it (.seal instead of .log); audit.head is that
 * of the file which is being written, as it was a second ago or less.
 */
struct audit_seal {
	char		file[AUDIT_NAME_BYTES];
	uint64_t	first;		/* seq; last + 1 when it is empty */
	uint64_t	bytes;
	struct audit_head last;
	uint8_t		key[AUDIT_KEY_BYTES];
};

enum err audit_seal_text(const struct audit_seal *seal, uint64_t wall_ms,
    const struct audit_key *key, struct buf *out) MUST_CHECK;

/*
 * key: the public half that it must be of; NULL: the one that it names, so
 * that only damage is found. ERR_INPUT: not a seal. ERR_POLICY: signed by
 * another key, or the signature does not fit.
 */
enum err audit_seal_read(struct span text, const struct audit_key *key,
    struct audit_seal *seal) MUST_CHECK;

/* The same of a file in the folder. False: there is none that is good. */
bool audit_seal_load(int dir, const char *name, const struct audit_key *key,
    struct audit_seal *seal);

#endif
