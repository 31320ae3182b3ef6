/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_HTML_LINK_H
#define SEKISHO_SANITIZER_HTML_LINK_H

#include <stdbool.h>

#include "../gateway/base/buf.h"
#include "../gateway/base/span.h"

/* Where a link goes. */
enum html_target {
	TARGET_NONE = 0,	/* nowhere: empty, #fragment, relative */
	TARGET_WEB,		/* http, https, ftp */
	TARGET_MAIL,
	TARGET_PHONE,		/* tel, sms, fax */
	TARGET_DANGEROUS	/* any other scheme, or a UNC path */
};

struct html_link {
	enum html_target kind;
	bool		 userinfo;	/* user@ before the host */
	bool		 address;	/* the host is an IP address */
	struct buf	 url;		/* as it is shown, one line, clean */
	struct buf	 host;		/* lower-case ASCII where that is
					 * possible; of mail: the domain */
	struct buf	 scratch;
};

void html_link_init(struct html_link *link);
void html_link_fini(struct html_link *link);

/*
 * Take href (decoded) apart as browsers do (WHATWG URL): blanks and control
 * characters in it, \ for /, missing slashes and the like change nothing in
 * where it goes. base is the href of <base> or empty. What was in link is
 * replaced. ERR_LIMIT: too long.
 */
enum err html_link_parse(struct html_link *link, struct span href,
    struct span base) MUST_CHECK;

/*
 * Does the text name a host, or a mail address, of another registrable domain
 * than the target's? *shown is that host, in link->scratch.
 */
bool html_link_is_lying(struct html_link *link, struct span text,
    struct span *shown);

/* Is the text the target itself, so that it need not be written again? */
bool html_link_is_shown(const struct html_link *link, struct span text);

#endif
