/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SMTP_COMMAND_H
#define SEKISHO_SMTP_COMMAND_H

#include "limits.h"
#include "smtp_path.h"
#include "smtp_reply.h"

enum smtp_verb {
	SMTP_EHLO = 1,
	SMTP_HELO,
	SMTP_MAIL,
	SMTP_RCPT,
	SMTP_DATA,
	SMTP_BDAT,
	SMTP_RSET,
	SMTP_NOOP,
	SMTP_QUIT,
	SMTP_VRFY,
	SMTP_EXPN,
	SMTP_HELP,
	SMTP_OTHER,		/* known, not offered: STARTTLS, AUTH, ETRN */
	SMTP_FOREIGN,		/* another protocol: GET, POST, CONNECT */
	SMTP_UNKNOWN
};

/* RFC 3461; the bits are those of the envelope. */
#define SMTP_NOTIFY_NEVER	1u
#define SMTP_NOTIFY_SUCCESS	2u
#define SMTP_NOTIFY_FAILURE	4u
#define SMTP_NOTIFY_DELAY	8u

enum smtp_ret { SMTP_RET_DEFAULT = 0, SMTP_RET_FULL, SMTP_RET_HDRS };

/* One command; spans are borrowed from the line or point into decoded. */
struct smtp_command {
	enum smtp_verb	 verb;
	struct span	 hello;		/* EHLO, HELO */
	struct smtp_address address;	/* MAIL, RCPT */
	uint64_t	 size_bytes;	/* MAIL SIZE=; BDAT */
	bool		 last;		/* BDAT */
	bool		 eightbit;	/* MAIL BODY=8BITMIME */
	bool		 smtputf8;	/* MAIL */
	enum smtp_ret	 ret;		/* MAIL */
	struct span	 envid;		/* MAIL, decoded */
	uint8_t		 notify;	/* RCPT */
	struct span	 orcpt;		/* RCPT, "type;decoded address" */
	bool		 orcpt_utf8;
	uint8_t		 decoded[SMTP_ORCPT_BYTES_MAX];
};

/*
 * Parse a line without its CRLF. NULL: it is well-formed; otherwise the reply
 * that says what is wrong, with verb set as far as it was known. The command
 * must stay where it is as long as its spans are used. Linear.
 */
const struct smtp_reply *smtp_command_parse(struct span line,
    struct smtp_command *command);

#endif
