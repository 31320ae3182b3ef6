/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SMTP_LIMITS_H
#define SEKISHO_SMTP_LIMITS_H

/*
 * Lines. RFC 5321 4.5.3.1.4 says 512 for a command; SIZE adds 26, BODY 17,
 * SMTPUTF8 10, DSN 500 (RFC 3461 5.), AUTH= 500: 2048 holds them all. Reply
 * lines are 512 there as well; servers are known to write longer ones.
 */
#define SMTP_COMMAND_BYTES_MAX	2048
#define SMTP_REPLY_LINE_BYTES_MAX 2048
#define SMTP_REPLY_LINES_MAX	100
#define SMTP_REPLY_TEXT_BYTES_MAX 400	/* what is kept of a reply */
/* A longer line is read over up to here, then the session ends. */
#define SMTP_SWALLOW_BYTES_MAX	(64 * 1024)

/* RFC 5321 4.5.3.1.1, 4.5.3.1.2 */
#define SMTP_LOCAL_BYTES_MAX	64
#define SMTP_DOMAIN_BYTES_MAX	255
#define SMTP_LABEL_BYTES_MAX	63	/* RFC 1035 2.3.4 */
#define SMTP_ENVID_BYTES_MAX	100	/* RFC 3461 4.4 */
#define SMTP_ORCPT_BYTES_MAX	500	/* RFC 3461 4.2 */
#define SMTP_RECIPIENTS_MAX	100	/* RFC 5321 4.5.3.1.8, the least */

/* Server. Errors and idle commands (NOOP, RSET ...) between two mails. */
#define SMTP_ERRORS_MAX		25
#define SMTP_IDLE_COMMANDS_MAX	100
#define SMTP_RECEIVED_MAX	100	/* RFC 5321 6.3 */
#define SMTP_REPLIES_BYTES_MAX	4096	/* unsent: then read no more */
#define SMTP_OUT_BYTES_MAX	(64 * 1024)	/* never reached */
#define SMTP_PENDING_BYTES_MAX	(256 * 1024)	/* unread while waiting */
/* Beyond its size limit a mail is read over so far, then cut off. */
#define SMTP_OVERSIZE_BYTES_MAX	(64 * 1024 * 1024)

/* Client */
#define SMTP_WINDOW_BYTES	(64 * 1024)	/* longest piece of a body */
#define SMTP_COMMANDS_BYTES_MAX	(256 * 1024)	/* a pipelined group */

/*
 * How long one waits, RFC 5321 4.5.3.2, ms. The server's own 5 minutes for
 * the next command are 4.5.3.2.7.
 */
#define SMTP_GREETING_MS	300000
#define SMTP_HELLO_MS		300000
#define SMTP_MAIL_MS		300000
#define SMTP_RCPT_MS		300000
#define SMTP_DATA_MS		120000
#define SMTP_BLOCK_MS		180000
#define SMTP_END_MS		600000
#define SMTP_QUIT_MS		10000	/* nothing depends on its reply */
#define SMTP_COMMAND_MS		300000

#endif
