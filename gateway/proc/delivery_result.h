/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_PROC_DELIVERY_RESULT_H
#define SEKISHO_PROC_DELIVERY_RESULT_H

#include "../base/buf.h"
#include "../base/wire.h"

/*
 * What became of one recipient in one delivery attempt: the tail of
 * MSG_DELIVERED is one of these per recipient, in the order of the envelope
 * in MSG_DELIVER.
 */
#define DELIVERY_TEXT_BYTES_MAX	400	/* 100 of them fit in a message */

enum delivery_class {
	DELIVERY_DONE = 2,	/* the next hop took it on */
	DELIVERY_LATER = 4,	/* try again */
	DELIVERY_REFUSED = 5	/* for good */
};

/*
 * text begins with an enhanced status code (RFC 3463) of the same class and
 * a space, "5.1.1 no such user": the next hop's own, or one we chose where it
 * gave none. It is printable ASCII. reply_code is that of the next hop, 0
 * when it said nothing (no connection, timeout, digest mismatch, a Maildir).
 */
struct delivery_result {
	uint8_t		class;		/* enum delivery_class */
	uint16_t	reply_code;
	struct span	text;
};

/*
 * Append one result. The text is hostile (a remote server's): bytes that are
 * not printable ASCII become '?', what is longer than the maximum is cut,
 * and when it does not begin with a fitting enhanced code, "C.0.0 " is put in
 * front. ERR_LIMIT: no room in out.
 */
enum err delivery_result_put(struct buf *out,
    const struct delivery_result *result) MUST_CHECK;

/*
 * Take the next result off the reader; text is borrowed. ERR_INPUT: not what
 * delivery_result_put() writes. Ask wire_reader_done() after the last one.
 */
enum err delivery_result_get(struct wire_reader *reader,
    struct delivery_result *result) MUST_CHECK;

/* The enhanced code in front of text ("5.1.1"), empty if there is none. */
struct span delivery_result_status(const struct delivery_result *result);

#endif
