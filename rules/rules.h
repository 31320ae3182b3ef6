/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_RULES_H
#define SEKISHO_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "../gateway/base/address.h"
#include "../gateway/base/buf.h"
#include "../gateway/base/err.h"

/*
 * The rules language: text -> syntax tree -> checked -> image. This is the
 * only public header of rules/. Text is hostile as a mail is (it is parsed in
 * a short-lived process without rights); the image is validated by whoever
 * maps it.
 */

/* ---- findings: all errors and warnings of a run, sorted by place ---- */

/* Text with its includes; look at the size of a file before reading it. */
#define RULES_TEXT_BYTES_MAX	(8u * 1024 * 1024)

#define RULES_FINDINGS_MAX	100	/* then "too many errors" ends it */

enum rules_severity { RULES_WARNING = 1, RULES_ERROR };

/*
 * file, text and hint are NUL-terminated UTF-8 and live as long as the run.
 * line and column count from 1; column counts characters, width is the marked
 * length in characters. source is the whole line, for showing.
 */
struct rules_finding {
	enum rules_severity severity;
	const char	*file;
	uint32_t	 line;
	uint32_t	 column;
	uint32_t	 width;
	const char	*text;		/* "unknown host 'lgwan-mial'" */
	const char	*hint;		/* "did you mean 'mx'?", or NULL */
	struct span	 source;
};

/* ---- a run over a file ---- */

/*
 * How includes are read: give the bytes of path (as written, resolved against
 * the including file by the library) in *text, valid until the run is freed.
 * ERR_SYSTEM: cannot be read. NULL as reader: includes are refused.
 */
struct rules_reader {
	enum err (*read)(void *arg, const char *path, struct span *text,
	    struct diag *diag);
	void	*arg;
};

struct rules_run;

/*
 * Parse, resolve and check. Always gives a run (NULL only without memory):
 * ask it for findings. today is days since 1970, for `until`. text is
 * borrowed until rules_run_free(). Limits: rules/limits.h.
 */
struct rules_run *rules_run_new(const char *file, struct span text,
    const struct rules_reader *reader, uint32_t today);
void rules_run_free(struct rules_run *run);

uint32_t rules_run_errors(const struct rules_run *run);
uint32_t rules_run_findings(const struct rules_run *run);
const struct rules_finding *rules_run_finding(const struct rules_run *run,
    uint32_t i);

/*
 * As people see it:
 *   FILE:LINE:COLUMN: error: TEXT
 *       SOURCE LINE
 *           ^~~~~
 *       hint: HINT
 */
enum err rules_finding_print(const struct rules_finding *finding,
    struct buf *out) MUST_CHECK;

/* Canonical text; printing what was parsed from it gives the same bytes. */
enum err rules_print(const struct rules_run *run, struct buf *out) MUST_CHECK;

/* The compiled form. ERR_INPUT when the run has errors. */
enum err rules_compile(const struct rules_run *run, struct buf *image)
    MUST_CHECK;

/* ---- the image ---- */

#define RULES_NONE	UINT32_MAX

struct rules_image;

/*
 * Check every offset, count and enum of the bytes and give a view on them
 * (borrowed: they stay mapped and sealed as long as the view is used).
 * ERR_INPUT: not an image of this version. It is a small heap object.
 */
enum err rules_image_open(struct span bytes, struct rules_image **image,
    struct diag *diag) MUST_CHECK;
void rules_image_close(struct rules_image *image);

struct span rules_gateway_name(const struct rules_image *image);

struct rules_segment {
	struct span	name;
	uint8_t		tier;		/* 1, 2, 3 */
	struct span	interface_name;
};
uint32_t rules_segments(const struct rules_image *image);
void rules_segment(const struct rules_image *image, uint32_t i,
    struct rules_segment *segment);

enum rules_hop_kind { RULES_HOP_SMTP = 1, RULES_HOP_MAILDIR };

struct rules_hop {
	enum rules_hop_kind kind;
	struct address	address;	/* SMTP */
	uint16_t	port;
	struct span	path;		/* Maildir; absolute; followed by NUL */
	struct span	name;		/* as written: "lgwan-mail", the path */
};

struct rules_listen {
	struct address	address;
	uint16_t	port;
};

/* Seconds, bytes, counts: 0 never means "no limit", defaults are filled in. */
struct rules_route {
	struct span	name;		/* "inbound" */
	uint32_t	from;		/* segment indexes */
	uint32_t	to;
	uint32_t	policy;		/* policy index */
	uint64_t	size_bytes_max;
	uint32_t	greeting_delay_ms;	/* 0: none */
	uint32_t	sessions_max;
	uint32_t	sessions_per_peer_max;
	uint32_t	recipients_max;
	uint32_t	retain_days;	/* originals */
	uint32_t	expire_s;	/* how long a mail is tried */
	uint32_t	listens;
	uint32_t	hops;
};
uint32_t rules_routes(const struct rules_image *image);
void rules_route(const struct rules_image *image, uint32_t i,
    struct rules_route *route);
void rules_route_listen(const struct rules_image *image, uint32_t route,
    uint32_t i, struct rules_listen *listen);
void rules_route_hop(const struct rules_image *image, uint32_t route,
    uint32_t i, struct rules_hop *hop);

/* ---- mail decisions; the same code for receive and spool ---- */

/* May this peer speak to the listener of the route at all? */
bool rules_mail_peer(const struct rules_image *image, uint32_t route,
    const struct address *peer);

/*
 * May this sender (recipient) pass? domain is what stands behind the last @,
 * without it; the empty span is the null reverse-path, always allowed as a
 * sender. `domains` limits recipients, `sender-domains` senders; where a
 * route has no such line everything is allowed, and a route without `domains`
 * must have `sender-domains` (check makes sure: no open relay).
 */
bool rules_mail_sender(const struct rules_image *image, uint32_t route,
    struct span domain);
bool rules_mail_recipient(const struct rules_image *image, uint32_t route,
    struct span domain);

/*
 * May this local part of a recipient pass, as it was written? Where `domains`
 * limits the recipients it must not name a further host: old mail servers
 * read user%host@domain, host!user@domain and "user@host"@domain as orders to
 * send on (RFC 5321 appendix F.2), and ours is one that they trust.
 */
bool rules_mail_local(const struct rules_image *image, uint32_t route,
    struct span local);

/*
 * The domain whose postmaster answers for the route: the first by name of
 * `domains`, and rather one without those below it. Empty: there is none.
 */
struct span rules_mail_own_domain(const struct rules_image *image,
    uint32_t route);

/* The route that goes the other way (for status notifications), or NONE. */
uint32_t rules_mail_reverse(const struct rules_image *image, uint32_t route);

/* ---- policies ---- */

enum rules_method {
	RULES_METHOD_REMOVE = 0,
	RULES_METHOD_REBUILD,
	RULES_METHOD_IMAGE,
	RULES_METHOD_TEXT,
	RULES_METHOD_CONVERT,
	RULES_METHOD_EXTRACT,
	RULES_METHOD_HOLD
};

enum rules_links { RULES_LINKS_SHOW = 0, RULES_LINKS_DEFANG };

struct rules_policy {
	struct span	name;
	uint8_t		body_keep;	/* 1: body keep (no notice if clean) */
	uint8_t		inspect;	/* 1: attachments inspect */
	uint8_t		pdf, image, office, text, archive;  /* rules_method */
	uint8_t		legacy_office, encrypted, other;
	uint8_t		archive_depth;
	uint8_t		links;		/* enum rules_links */
	uint8_t		notice_english;	/* 1: notice ja, en */
};
uint32_t rules_policies(const struct rules_image *image);
void rules_policy(const struct rules_image *image, uint32_t i,
    struct rules_policy *policy);

#endif
