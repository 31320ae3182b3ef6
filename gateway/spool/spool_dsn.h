/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SPOOL_DSN_H
#define SEKISHO_SPOOL_DSN_H

#include "../base/buf.h"
#include "../base/err.h"

/*
 * Delivery status notifications (RFC 3464, RFC 6522), written wholly by us
 * from a few numbers and addresses: no byte of the original mail and no text
 * of another server's reply is in them. The form below is the only one there
 * is; the verifier (VERIFY_DSN) accepts exactly this and nothing else.
 *
 * Every line ends with CRLF and is at most 998 bytes; every byte is ASCII
 * 0x20-0x7e but for CR LF; there is no folding but the one shown; nothing
 * stands before the first or behind the last line. Literal text is exact,
 * also in case and blanks.
 *
 *   dsn       = header CRLF
 *               "--" boundary CRLF
 *               "Content-Type: text/plain; charset=utf-8" CRLF
 *               "Content-Transfer-Encoding: base64" CRLF
 *               CRLF
 *               1*( base64-line CRLF )
 *               "--" boundary CRLF
 *               "Content-Type: message/delivery-status" CRLF
 *               CRLF
 *               message 1*100( CRLF recipient )
 *               "--" boundary "--" CRLF
 *
 *   header    = "Date: " date CRLF
 *               "From: <MAILER-DAEMON@" domain ">" CRLF
 *               "To: " ( "<" plain ">" / "undisclosed-recipients:;" ) CRLF
 *               "Subject: " subject CRLF
 *               "Message-ID: <dsn-" receipt "@" domain ">" CRLF
 *               "Auto-Submitted: auto-replied" CRLF
 *               "MIME-Version: 1.0" CRLF
 *               "Content-Type: multipart/report;"
 *               " report-type=delivery-status;" CRLF
 *               " boundary=" DQUOTE boundary DQUOTE CRLF
 *   boundary  = "=_sekisho-dsn-" receipt
 *   receipt   = 6DIGIT "-" 4sign "-" 4sign	; the same in both places
 *   sign      = "0"-"9" / "A"-"Z" without I L O U
 *   domain    = 1*255( ALPHA / DIGIT / "." / "-" )
 *   plain     = 1*320( ALPHA / DIGIT / one of ".@!#$%&'*+-/=?^_`{|}~[]:" )
 *   date      = wday ", " 1*2DIGIT " " month " " 4DIGIT " "
 *               2DIGIT ":" 2DIGIT ":" 2DIGIT " " ("+" / "-") 4DIGIT
 *   subject   = DSN_SUBJECT_FAILED / DSN_SUBJECT_DELAYED /
 *               DSN_SUBJECT_RELAYED	; see below
 *   base64-line = 4 to 76 signs of the base64 alphabet, a multiple of 4;
 *               all lines but the last have 76; padding in the last only
 *
 * Decoded, the text is strict UTF-8 in lines that end with CRLF, without
 * control characters but these and without bidi controls.
 *
 *   message   = [ "Original-Envelope-Id: " text CRLF ]
 *               "Reporting-MTA: dns; " domain CRLF
 *               "Arrival-Date: " date CRLF
 *   recipient = [ "Original-Recipient: " type "; " text CRLF ]
 *               "Final-Recipient: " ( "rfc822; " / "utf-8; " ) text CRLF
 *               "Action: " ( "failed" / "delayed" / "relayed" /
 *               "delivered" ) CRLF
 *               "Status: " status CRLF
 *               [ "Diagnostic-Code: smtp; " 3DIGIT " " status CRLF ]
 *               [ "Will-Retry-Until: " date CRLF ]   ; only if delayed
 *   status    = ("2" / "4" / "5") "." 1*3DIGIT "." 1*3DIGIT
 *   type      = 1*32( ALPHA / DIGIT / "-" )
 *   text      = 1*900( 0x20-0x7e ), no blank at either end
 *
 * A character that is not ASCII is written \x{HEX} in addresses (the
 * utf-8-addr-xtext form of RFC 6533 section 3), so that this form, and
 * message/delivery-status, stay ASCII; such a sender is not named in To.
 */
#define DSN_SUBJECT_FAILED \
	"=?UTF-8?B?44Oh44O844Or44KS6YWN5L+h44Gn44GN44G+44Gb44KT44Gn44GX44Gf?=" \
	" (mail not delivered)"		/* メールを配信できませんでした */
#define DSN_SUBJECT_DELAYED \
	"=?UTF-8?B?44Oh44O844Or44Gu6YWN5L+h44GM6YGF44KM44Gm44GE44G+44GZ?=" \
	" (mail delayed)"		/* メールの配信が遅れています */
#define DSN_SUBJECT_RELAYED \
	"=?UTF-8?B?44Oh44O844Or44KS6YWN5L+h44GX44G+44GX44Gf?=" \
	" (mail delivered)"		/* メールを配信しました */

#define DSN_BYTES_MAX		(512 * 1024)

enum dsn_action {
	DSN_FAILED = 1,
	DSN_DELAYED,
	DSN_RELAYED,		/* given to a server that may not report */
	DSN_DELIVERED		/* put into its final store (Maildir) */
};

/* Why, for the sentence that people read. */
enum dsn_reason {
	DSN_REASON_REFUSED = 1,	/* the next server said no */
	DSN_REASON_EXPIRED,	/* tried until the time was over */
	DSN_REASON_REJECTED,	/* an administrator said no */
	DSN_REASON_WAITING,	/* delayed: will be tried again */
	DSN_REASON_DONE
};

/* Spans are borrowed. status: RFC 3463; code: of the reply, 0 if none. */
struct dsn_recipient {
	struct span	address;
	struct span	orcpt;		/* "rfc822;a@b", or empty */
	enum dsn_reason	reason;
	uint16_t	code;
	uint16_t	status[3];
};

struct dsn {
	uint64_t	id;		/* of the notification itself */
	uint64_t	about;		/* of the mail */
	uint64_t	now_ms;		/* wall */
	uint64_t	arrival_ms;
	uint64_t	retry_until_ms;	/* DSN_DELAYED only */
	enum dsn_action	action;		/* the same for all recipients */
	struct span	gateway;	/* our name */
	struct span	sender;		/* who gets it; never empty */
	struct span	envid;		/* RFC 3461 ENVID decoded, or empty */
	const struct dsn_recipient *recipients;
	uint32_t	recipients_n;	/* 1 to 100 */
};

/*
 * Write the whole notification; the output depends on dsn (and the time zone)
 * alone. ERR_LIMIT: out is full. ERR_INPUT: no recipient, no sender, or the
 * name of the gateway is not a domain.
 */
enum err dsn_write(const struct dsn *dsn, struct buf *out) MUST_CHECK;

#endif
