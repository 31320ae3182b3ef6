/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SMTP_CLIENT_H
#define SEKISHO_SMTP_CLIENT_H

#include <sys/uio.h>

#include "smtp_command.h"
#include "smtp_dot.h"

/*
 * The sending side of one SMTP connection: bytes in, bytes out. The owner
 * has the socket, the clock and the mails, and gives it one mail at a time.
 */
struct smtp_client_recipient {
	struct span	address;
	struct span	orcpt;		/* "rfc822;a@b", or empty */
	uint8_t		notify;		/* SMTP_NOTIFY_*, 0: not given */
};

/* All borrowed until ready() or closed() is called. */
struct smtp_client_mail {
	struct span	sender;		/* empty: null reverse-path */
	struct span	envid;
	enum smtp_ret	ret;
	bool		eightbit;	/* the text needs 8BITMIME */
	bool		smtputf8;	/* the text needs SMTPUTF8 */
	const struct smtp_client_recipient *recipients;
	uint32_t	recipients_n;	/* 1 to SMTP_RECIPIENTS_MAX */
	struct span	body;
};

/* class 2, 4 or 5; text is a server's (hostile) or ours; code 0: ours. */
struct smtp_client_outcome {
	unsigned	class;
	unsigned	code;
	struct span	text;
};

/*
 * ready: a mail may be given now (smtp_client_mail()), or later; all results
 * of the one before were given. result: what became of one recipient.
 * closed: nothing more will come of this connection, and this is why; the
 * recipients of a mail under way that had no result get none from here. Text
 * is valid during the call. smtp_client_fini() only behind the call.
 */
struct smtp_client_owner {
	void	(*ready)(void *arg);
	void	(*result)(void *arg, uint32_t recipient,
	    const struct smtp_client_outcome *outcome);
	void	(*closed)(void *arg, const struct smtp_client_outcome *outcome);
};

enum smtp_client_state {
	SMTP_CLIENT_GREETING = 0,	/* waits for 220 */
	SMTP_CLIENT_EHLO,
	SMTP_CLIENT_HELO,
	SMTP_CLIENT_READY,
	SMTP_CLIENT_RSET,
	SMTP_CLIENT_MAIL,
	SMTP_CLIENT_RCPT,
	SMTP_CLIENT_DATA,
	SMTP_CLIENT_TEXT,		/* sends the text */
	SMTP_CLIENT_END,		/* waits for the reply to it */
	SMTP_CLIENT_QUIT,
	SMTP_CLIENT_CLOSED
};

/* Extensions of the server, bits */
#define SMTP_CLIENT_PIPELINING	1u
#define SMTP_CLIENT_8BITMIME	2u
#define SMTP_CLIENT_SMTPUTF8	4u
#define SMTP_CLIENT_DSN		8u
#define SMTP_CLIENT_SIZE	16u

struct smtp_client {
	const struct smtp_client_owner *owner;
	void		*arg;
	struct span	 name;		/* for EHLO */
	struct smtp_reply_reader reader;
	struct buf	 out;		/* commands not written yet */
	const struct smtp_client_mail *mail;
	struct smtp_stuffer stuffer;
	uint64_t	 size_bytes_max;	/* of the server; 0: not told */
	uint32_t	 extensions;
	uint32_t	 next;		/* recipient whose reply comes next */
	uint32_t	 accepted_n;
	uint32_t	 mails;		/* accepted on this connection */
	uint32_t	 replies;	/* in this transaction */
	uint8_t		 state;		/* whose reply is waited for */
	bool		 mail_refused;	/* the replies to RCPT do not count */
	bool		 dirty;		/* RSET before the next MAIL */
	bool		 utf8;		/* an address needs SMTPUTF8 */
	bool		 in_ready;
	bool		 ready_again;
	uint8_t		 recipient[SMTP_RECIPIENTS_MAX];	/* his state */
};

/* name, owner and arg are borrowed. */
void smtp_client_init(struct smtp_client *client, struct span name,
    const struct smtp_client_owner *owner, void *arg);
void smtp_client_fini(struct smtp_client *client);

/* In state READY only. Calls the owner back, perhaps at once. */
void smtp_client_mail(struct smtp_client *client,
    const struct smtp_client_mail *mail);

/* Bytes from the server. */
void smtp_client_input(struct smtp_client *client, struct span input);

/*
 * What to write now: up to n pieces, 0: nothing. They are valid until the
 * next call of anything here; smtp_client_written() says how much went out.
 */
size_t smtp_client_output(struct smtp_client *client, struct iovec *iov,
    size_t n);
void smtp_client_written(struct smtp_client *client, size_t len);

/*
 * The connection broke or took too long; why as in "connection lost", to
 * which the state is added. Leads to closed().
 */
void smtp_client_lost(struct smtp_client *client, const char *why);

/* Say QUIT when ready, then closed() comes with class 2. */
void smtp_client_quit(struct smtp_client *client);

/* How long to wait in this state (RFC 5321 4.5.3.2); 0: forever. */
uint64_t smtp_client_timeout_ms(const struct smtp_client *client);

/* Did the server answer anything to the mail at hand? */
bool smtp_client_untouched(const struct smtp_client *client);

#endif
