/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SPOOL_RECORD_H
#define SEKISHO_SPOOL_RECORD_H

#include <stdbool.h>

#include "../base/address.h"
#include "../base/buf.h"
#include "../base/err.h"

/*
 * The envelope (RFC 5321, DSN parameters RFC 3461) and its encoding, which
 * travels in messages and stands in the spool file. Everything borrowed.
 */
#define ENVELOPE_RECIPIENTS_MAX	100
#define ENVELOPE_ADDRESS_BYTES_MAX 320	/* local part 64 + @ + domain 255 */
#define ENVELOPE_ORCPT_BYTES_MAX 512
#define ENVELOPE_ENVID_BYTES_MAX 128
#define ENVELOPE_HELO_BYTES_MAX	255

enum dsn_notify {		/* bits */
	NOTIFY_DEFAULT = 0,
	NOTIFY_NEVER = 1,
	NOTIFY_SUCCESS = 2,
	NOTIFY_FAILURE = 4,
	NOTIFY_DELAY = 8
};
enum dsn_ret { RET_DEFAULT = 0, RET_FULL, RET_HDRS };
enum mail_body { BODY_7BIT = 0, BODY_8BITMIME };

struct envelope_recipient {
	struct span	address;	/* without < > */
	struct span	orcpt;		/* decoded: "rfc822;a@b", or empty */
	uint8_t		notify;
};

struct envelope {
	struct span	helo;
	struct address	peer;
	uint16_t	peer_port;
	uint8_t		protocol;	/* enum envelope_protocol */
	uint8_t		body;		/* enum mail_body */
	uint8_t		smtputf8;
	uint8_t		ret;
	struct span	envid;
	struct span	sender;		/* empty: null reverse-path */
	uint32_t	recipients_n;
	struct envelope_recipient recipients[ENVELOPE_RECIPIENTS_MAX];
};

enum envelope_protocol { PROTOCOL_SMTP = 1, PROTOCOL_ESMTP, PROTOCOL_UTF8SMTP };

/* ERR_LIMIT: longer than out's maximum or a limit above. */
enum err envelope_encode(const struct envelope *envelope, struct buf *out)
    MUST_CHECK;
/* ERR_INPUT: not exactly an encoded envelope. Spans point into bytes. */
enum err envelope_decode(struct span bytes, struct envelope *envelope)
    MUST_CHECK;

#endif
