/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SMTP_PATH_H
#define SEKISHO_SMTP_PATH_H

#include "../base/span.h"

/*
 * Addresses of the envelope (RFC 5321 4.1.2, RFC 6531 3.3). All spans are
 * borrowed from the input. The empty address is the null reverse-path.
 */
struct smtp_address {
	struct span	whole;		/* local@domain, without < > */
	struct span	local;		/* with its quotes, if it has any */
	struct span	domain;		/* empty only for "postmaster" and <> */
	bool		utf8;		/* has characters beyond ASCII */
};

/*
 * Take "<...>" off the front of *rest: a mailbox, with a source route that is
 * ignored (RFC 5321 appendix C), or nothing, which makes the null path. False:
 * not a path. Then *rest is somewhere in the middle. Linear.
 */
bool smtp_path_take(struct span *rest, struct smtp_address *address);

/* Is all of s a mailbox, as it may stand between < and >? */
bool smtp_mailbox_parse(struct span s, struct smtp_address *address);

/* A name or address literal as after HELO and EHLO; looser than a domain. */
bool smtp_hello_check(struct span s);

#endif
