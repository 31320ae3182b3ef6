/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SMTP_SERVER_H
#define SEKISHO_SMTP_SERVER_H

#include "smtp_command.h"
#include "smtp_dot.h"
#include "smtp_received.h"

/*
 * The receiving side of one SMTP session: bytes in, bytes out. The owner has
 * the socket, the clock and the spool; the server asks it what is not a
 * matter of protocol.
 */
struct smtp_server_config {		/* shared by many sessions */
	struct span	name;		/* our host name */
	uint64_t	size_bytes_max;
	uint32_t	recipients_max;
};

/* Why a client gets a reply of 400 or above. */
enum smtp_no {
	SMTP_NO_OTHER = 0,	/* no fault that counts, the session's end */
	SMTP_NO_COMMAND,	/* a command that is none, or out of place */
	SMTP_NO_PATH,		/* the owner refused a sender or recipient */
	/* a mail, once each */
	SMTP_NO_UTF8,		/* an address needs SMTPUTF8 */
	SMTP_NO_SIZE,
	SMTP_NO_LOOP,		/* too many Received lines */
	SMTP_NO_BARE,		/* a bare CR or LF in its text */
	SMTP_NO_TEXT,		/* the owner said no to begin, data or end */
	/* one that was refused before */
	SMTP_NO_ALSO_BARE
};

enum smtp_hello { SMTP_HELLO_NONE = 0, SMTP_HELLO_SMTP, SMTP_HELLO_ESMTP };

/*
 * mail, rcpt: may it be? NULL: yes; otherwise the reply that refuses it. The
 * command's spans are valid during the call only.
 * begin: a draft is needed; the owner calls smtp_server_begun(), at once or
 * later. data: its bytes, in order; not OK: the mail is refused with the
 * reply that fits. end: the text is whole and in order; the owner calls
 * smtp_server_ended(), at once or later. abort: forget the mail with its
 * draft; may come at any time after mail, not after smtp_server_ended().
 * no: a reply of 400 or above is to be said, and what it is about is still as
 * it was. A text that is refused is read to its end first; then nobody may be
 * there to hear it. command: the one that it answers, if its words could be
 * read (valid during the call only), or NULL: the text, or the session. Not
 * for a 421 between two mails, which refuses nothing.
 * All run inside of one of the calls below; none may free the server.
 */
struct smtp_server_owner {
	void	(*hello)(void *arg, struct span name, enum smtp_hello hello);
	const struct smtp_reply *(*mail)(void *arg,
	    const struct smtp_command *command);
	const struct smtp_reply *(*rcpt)(void *arg,
	    const struct smtp_command *command);
	void	(*begin)(void *arg);
	enum err (*data)(void *arg, struct span bytes);
	void	(*end)(void *arg);
	void	(*abort)(void *arg);
	void	(*no)(void *arg, enum smtp_no why,
	    const struct smtp_reply *reply,
	    const struct smtp_command *command);
};

enum smtp_server_state {
	SMTP_SERVER_SILENT = 0,	/* the greeting is not said yet */
	SMTP_SERVER_HELLO,	/* waits for EHLO or HELO */
	SMTP_SERVER_READY,	/* waits for MAIL */
	SMTP_SERVER_MAIL,	/* has a sender */
	SMTP_SERVER_RCPT,	/* has a recipient */
	SMTP_SERVER_BEGIN,	/* owner: smtp_server_begun() */
	SMTP_SERVER_DATA,
	SMTP_SERVER_CHUNK,	/* inside of a BDAT chunk */
	SMTP_SERVER_BETWEEN,	/* between two chunks */
	SMTP_SERVER_END,	/* owner: smtp_server_ended() */
	SMTP_SERVER_CLOSED	/* flush out, then close */
};

struct smtp_server {
	const struct smtp_server_config *config;
	const struct smtp_server_owner *owner;
	void		*arg;
	struct buf	 out;		/* replies; the owner writes them */
	struct buf	 pending;	/* input that has to wait */
	struct smtp_line line;
	struct filter	 sink;		/* what smtp_dot writes to */
	struct smtp_dot	 dot;
	struct smtp_crlf crlf;
	struct smtp_received received;
	const struct smtp_reply *refusal;	/* of the mail being read */
	const struct smtp_command *command;	/* being handled, or NULL */
	uint64_t	 size_bytes;	/* as announced by SIZE=, or 0 */
	uint64_t	 body_bytes;	/* of the text so far */
	uint64_t	 chunk_left;
	uint64_t	 chunk_bytes;
	uint32_t	 recipients;
	uint32_t	 errors;
	uint32_t	 idle_commands;
	uint32_t	 mails;		/* accepted in this session */
	uint32_t	 lines;		/* commands handled, for timeouts */
	uint8_t		 state;		/* enum smtp_server_state */
	uint8_t		 hello;		/* enum smtp_hello */
	bool		 chunked;	/* by BDAT */
	bool		 chunk_last;
	bool		 smtputf8;
	bool		 has_mail;	/* owner->mail said yes, no end yet */
	bool		 stopping;	/* close behind this mail */
	bool		 quit;		/* closed by the client's QUIT */
};

/* config, owner and arg are borrowed. Nothing is allocated while idle. */
void smtp_server_init(struct smtp_server *server,
    const struct smtp_server_config *config,
    const struct smtp_server_owner *owner, void *arg);

/* Does not call the owner. */
void smtp_server_fini(struct smtp_server *server);

/* Say 220. Input before it closes the session (the peer must wait for it). */
void smtp_server_greet(struct smtp_server *server);

/*
 * Take bytes that came in; what cannot be handled now is kept. Call it only
 * when smtp_server_wants_input(), with at most SMTP_WINDOW_BYTES, or with
 * the empty span to go on after out was written. In closed state: ignored.
 */
void smtp_server_input(struct smtp_server *server, struct span input);
bool smtp_server_wants_input(const struct smtp_server *server);

/*
 * Is there input to go on with, when out has been written? It is handled by
 * smtp_server_input() with the empty span: the two answers below do not run.
 */
bool smtp_server_has_pending(const struct smtp_server *server);

/* The answer to begin: NULL for go on, or why not. */
void smtp_server_begun(struct smtp_server *server,
    const struct smtp_reply *refusal);

/* The answer to end: what the client gets to read; copied. */
void smtp_server_ended(struct smtp_server *server,
    const struct smtp_reply *reply);

/*
 * The session ends now, with this reply (a timeout, a full house). A mail
 * that is not finished is aborted, but never once end was asked.
 */
void smtp_server_close(struct smtp_server *server,
    const struct smtp_reply *reply);

/*
 * We are going down: at once with 421, or behind the mail whose text is
 * being read.
 */
void smtp_server_stop(struct smtp_server *server);

/* Waits for the owner; is a mail's text on its way in? */
bool smtp_server_waiting(const struct smtp_server *server);
bool smtp_server_in_data(const struct smtp_server *server);

#endif
