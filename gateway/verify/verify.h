/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_VERIFY_VERIFY_H
#define SEKISHO_VERIFY_VERIFY_H

#include <stdbool.h>

#include "../base/digest.h"
#include "../base/err.h"

/*
 * The second, independent look at a finished mail. It knows two grammars,
 * the safe form of mails (sanitizer/mime_write.h) and that of status
 * notifications (spool/spool_dsn.h), and says no to all that is not exactly
 * one of them. Written from these descriptions, without a line or a library
 * of the sanitizer: of base only err, span and digest.
 */
struct verify_result {
	bool		yes;
	uint64_t	bytes;		/* how many were read */
	uint64_t	offset;		/* of the line that was refused */
	uint8_t		sha256[DIGEST_BYTES];	/* of all; zero on a no */
	char		reason[DIAG_WHAT_BYTES_MAX];	/* "" on a yes */
};

/*
 * Read fd from 0 to len in one pass and judge it. The descriptor is borrowed
 * and its position not used. A machine that refuses to read is a no, too.
 * Memory does not depend on len. One call at a time (static state).
 * Limits: VERIFY_BYTES_MAX, VERIFY_DSN_BYTES_MAX.
 */
void verify_mail(int fd, uint64_t len, struct verify_result *result);
void verify_dsn(int fd, uint64_t len, struct verify_result *result);

/*
 * Touch what a fork should find ready-made: tables, the digest of libcrypto.
 */
void verify_warm(void);

#endif
