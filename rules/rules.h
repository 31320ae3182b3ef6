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
#define RULES_TEXT_BYTES_MAX	(32u * 1024 * 1024)

#define RULES_FINDINGS_MAX	100	/* then "too many errors" ends it */

enum rules_severity { RULES_NOTE, RULES_WARNING, RULES_ERROR };

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
/*
 * The same for rules that are in force already, on a new day. One of them may
 * have ended, so that a `must` or `expect allow` does not hold any more: that
 * is a warning then. Were it an error, the rule that ended would stay.
 */
struct rules_run *rules_run_renew(const char *file, struct span text,
    const struct rules_reader *reader, uint32_t today);
void rules_run_free(struct rules_run *run);

/*
 * Add the warnings about rules that do nothing, contradict each other, and
 * about names without use. They cost more than the rest: seconds for tens of
 * thousands of rules, with limits. Nothing is done on a run with errors.
 */
void rules_run_analyse(struct rules_run *run);

uint32_t rules_run_errors(const struct rules_run *run);
/*
 * A part of the file was not understood, and so not checked: more errors may
 * be found once those that are known are mended.
 */
bool rules_run_broken(const struct rules_run *run);
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

/* The compiled form, in an empty buf. ERR_INPUT when the run has errors. */
enum err rules_compile(const struct rules_run *run, struct buf *image)
    MUST_CHECK;

/* ---- the image ---- */

#define RULES_NONE	UINT32_MAX

struct rules_image;

/*
 * Check every offset, count and enum of the bytes and give a view on them
 * (borrowed: they stay mapped and sealed as long as the view is used).
 * ERR_INPUT: not an image of this version.
 */
enum err rules_image_open(struct span bytes, struct rules_image **image,
    struct diag *diag) MUST_CHECK;
/*
 * Make what decisions on packets need beside the image: tables of ports (260
 * KB) and an index of its addresses. Once, before the first rules_decide() or
 * rules_segment_of(), which allocate nothing; those who ask nothing about
 * packets do without. ERR_SYSTEM: no memory; it may be tried again.
 */
enum err rules_image_prepare(struct rules_image *image, struct diag *diag)
    MUST_CHECK;
void rules_image_close(struct rules_image *image);

struct span rules_gateway_name(const struct rules_image *image);

struct rules_segment {
	struct span	name;
	uint8_t		tier;		/* 1, 2, 3 */
	struct span	interface_name;
	bool		any;		/* has all that no other segment has */
};
uint32_t rules_segments(const struct rules_image *image);
void rules_segment(const struct rules_image *image, uint32_t i,
    struct rules_segment *segment);
/*
 * Its networks as they were written, beside `any`. An address belongs to the
 * narrowest network around it, whichever segment that is of (of two that are
 * the same, the first); rules_segment_of() looks it up.
 */
uint32_t rules_segment_networks(const struct rules_image *image, uint32_t i);
void rules_segment_network(const struct rules_image *image, uint32_t i,
    uint32_t k, struct address *address, uint8_t *prefix_len);

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

/*
 * Addresses of a segment, all of one family. What is meant are those of them
 * that belong to the segment (see rules_segment_network()): packets of its
 * interface that are not spoofed.
 */
struct rules_peer {
	struct address	first;
	struct address	last;
	uint32_t	segment;
	bool		has_mac;	/* only a machine with */
	uint8_t		mac[6];		/* this MAC address connects */
};
/*
 * Who may speak to the listeners of a route, as rules_mail_peer() decides it.
 * Where that is a segment with `any`, two of them are all addresses there
 * are. Mail does not look at MAC addresses: has_mac is false. Peers may
 * overlap.
 */
uint32_t rules_route_peers(const struct rules_image *image, uint32_t route);
void rules_route_peer(const struct rules_image *image, uint32_t route,
    uint32_t i, struct rules_peer *peer);

/* ---- the audit log: `audit` ---- */

#define RULES_MASK_SENDERS	1u
#define RULES_MASK_RECIPIENTS	2u
#define RULES_MASK_SUBJECTS	4u
#define RULES_MASK_NAMES	8u	/* of files */

#define RULES_PLACES_MAX	2u

struct rules_audit {
	uint32_t	retain_days;	/* at least; 0: for ever */
	unsigned	mask;		/* RULES_MASK_* */
	uint32_t	places;		/* where records go, too */
};

/* A receiver of syslog over TCP. */
struct rules_place {
	struct address	address;
	uint16_t	port;
	uint32_t	segment;	/* RULES_NONE: on this machine */
};

/* What is not said has its default. */
void rules_audit(const struct rules_image *image, struct rules_audit *audit);
void rules_audit_place(const struct rules_image *image, uint32_t i,
    struct rules_place *place);

/* ---- the gateway itself: `manage` ---- */

/*
 * Who may open a connection to the gateway, or where the gateway may open
 * one, beside the listeners and next hops of the routes. Those that ended
 * are not among them. Each peer goes with each port: first..last are
 * destination ports (types of icmp and icmp6), src_first..src_last source
 * ports; of a protocol without ports both are 0..65535. A peer that
 * connects (`from`) is in a segment of tier 3 only as a single address, and
 * no peer is a whole segment with `any`. Peers, and ports, may overlap.
 */
struct rules_manage {
	struct span	name;		/* "運用端末"; no two have the same */
	struct span	file;		/* as it was read */
	uint32_t	line;		/* of the word */
	bool		from;		/* to the gateway; else from it */
	uint32_t	peers;		/* 1 to RULES_MANAGE_PEERS_MAX */
	uint32_t	services;	/* ranges of ports of its services */
	uint32_t	until;		/* last day, since 1970; NONE: no end */
};
struct rules_port {
	uint8_t		protocol;	/* IANA number: 6, 17, 1, 58, ... */
	uint16_t	first, last;
	uint16_t	src_first, src_last;
};
uint32_t rules_manages(const struct rules_image *image);
void rules_manage(const struct rules_image *image, uint32_t i,
    struct rules_manage *manage);
void rules_manage_peer(const struct rules_image *image, uint32_t i,
    uint32_t k, struct rules_peer *peer);
void rules_manage_port(const struct rules_image *image, uint32_t i,
    uint32_t k, struct rules_port *port);

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

/* ---- packets: the one evaluator of explain, replay, the packet path ---- */

enum rules_class {
	RULES_CLASS_SCREEN_TRANSFER,
	RULES_CLASS_SPECIFIED,
	RULES_CLASS_EXCEPTION,
	RULES_CLASS_LOCAL,
	RULES_CLASS_MAIL	/* of `only`; no flow has it */
};

enum rules_speaks {
	RULES_SPEAKS_TLS,
	RULES_SPEAKS_HTTP,
	RULES_SPEAKS_SSH,
	RULES_SPEAKS_DNS,
	RULES_SPEAKS_SMTP,
	RULES_SPEAKS_NTP,
	RULES_SPEAKS_RDP,	/* from here on: screen protocols */
	RULES_SPEAKS_RFB,
	RULES_SPEAKS_PCOIP,
	RULES_SPEAKS_ICA,
	RULES_SPEAKS_BLAST,
	RULES_SPEAKS_NOTHING	/* the service does not say */
};

/* The first packet of a flow. Both addresses are of one family. */
struct rules_packet {
	struct address	src;
	struct address	dst;
	uint32_t	in;		/* segment that it came from by its
					   interface; RULES_NONE: that of src */
	bool		has_mac;
	uint8_t		mac[6];		/* of the sender */
	uint8_t		protocol;	/* IANA number: 6, 17, 1, 58, ... */
	uint16_t	src_port;	/* tcp, udp; else 0 */
	uint16_t	dst_port;	/* tcp, udp; type of icmp; else 0 */
};

enum rules_reason {
	RULES_BY_RULE = 0,	/* the rule says so */
	RULES_NO_RULE,		/* none matches: denied */
	RULES_SPOOFED,		/* src does not belong to the segment `in` */
	RULES_TIERS		/* a rule allowed what no rule may */
};

struct rules_decision {
	bool		allow;
	enum rules_reason reason;
	uint32_t	rule;		/* index of rules_flow(), or NONE */
};

/*
 * The decision on a packet: the first rule in file order that matches. The
 * image is prepared (rules_image_prepare()). The
 * cost does not grow with the rules: see flow_build.c. A packet whose
 * addresses differ in family, or are of none, is denied by RULES_NO_RULE.
 */
void rules_decide(const struct rules_image *image,
    const struct rules_packet *packet, struct rules_decision *decision);
/* The same for many, faster by what the memory can do side by side. */
void rules_decide_many(const struct rules_image *image,
    const struct rules_packet *packets, uint32_t n,
    struct rules_decision *decisions);

/* The segment of an address, or RULES_NONE. */
uint32_t rules_segment_of(const struct rules_image *image,
    const struct address *address);

/* An `allow` or `deny`, in file order; those that ended are not among them. */
struct rules_flow {
	struct span	name;		/* "VDI" */
	struct span	file;		/* as it was read */
	uint32_t	line;		/* of the word */
	bool		allow;
	enum rules_class class;		/* of allow */
	uint32_t	flows_max;	/* 0: no limit */
	uint32_t	until;		/* last day, since 1970; NONE: no end */
	bool		to_mac_set;	/* the target is one machine, with */
	uint8_t		to_mac[6];	/* this MAC address */
};
uint32_t rules_flows(const struct rules_image *image);
void rules_flow(const struct rules_image *image, uint32_t i,
    struct rules_flow *flow);

/*
 * What a flow that rule `flow` allowed must speak, by its protocol and
 * ports: of the first service of the rule that has them.
 */
enum rules_speaks rules_flow_speaks(const struct rules_image *image,
    uint32_t flow, const struct rules_packet *packet);
/* "rdp", "tls", ...; "nothing" has no name: NULL. */
const char *rules_speaks_name(enum rules_speaks speaks);
const char *rules_class_name(enum rules_class class);
/* "tcp", "udp", "icmp", "icmp6"; NULL: it is written by its number. */
const char *rules_protocol_name(uint8_t protocol);
/* "rule", "no-rule", "spoofed", "tiers". */
const char *rules_reason_name(enum rules_reason reason);
/*
 * May the server of this name (as in a TLS ClientHello) be reached by it?
 * True where the service lists no names.
 */
bool rules_flow_server(const struct rules_image *image, uint32_t flow,
    const struct rules_packet *packet, struct span name);

/* The last day on which the image is right: a rule ends then. NONE: none. */
uint32_t rules_ends(const struct rules_image *image);

/* The i-th server name that its service lists: below it, too, or it alone? */
bool rules_flow_server_name(const struct rules_image *image, uint32_t flow,
    const struct rules_packet *packet, uint32_t i, struct span *name,
    bool *below);

/* ---- a packet in words, and why it is decided as it is ---- */

#define RULES_QUERY_BYTES_MAX	1000
#define RULES_QUERY_TEXT_BYTES	400

/* What is wrong with a query; show it by rules_finding_print(). */
struct rules_query_trouble {
	struct rules_finding finding;	/* borrows the query */
	char		text[RULES_QUERY_TEXT_BYTES];
	char		hint[RULES_QUERY_TEXT_BYTES];
};

/*
 * A packet in the words of `expect`:
 *	tcp|udp from A[:PORT] to B port PORT [in SEGMENT] [mac MAC]
 *	icmp|icmp6 from A to B type TYPE ...
 *	protocol NUMBER from A to B ...
 * An IPv6 address with a port is [A]:PORT; "port PORT" behind an address is
 * the same. The source port is some high one unless it is given. Segments are
 * those of the run. ERR_INPUT: *trouble is filled.
 */
enum err rules_query(const struct rules_run *run, struct span query,
    struct rules_packet *packet, struct rules_query_trouble *trouble)
    MUST_CHECK;

/*
 * The source port of a query, an `expect` and an example that name none: a
 * client's (RFC 6335 6).
 */
#define RULES_SOURCE_PORT	49152u

#define RULES_NEAR_MAX		10
#define RULES_NEAR_FIELDS_MAX	4	/* source, destination, service, date */

/* A rule that does not match, and why: one text for each field. */
struct rules_near {
	struct span	name;
	uint32_t	line;		/* of its word */
	struct rules_finding finding;	/* first reason, its place marked */
	const char	*reasons[RULES_NEAR_FIELDS_MAX];
	uint32_t	reasons_n;
};

struct rules_why {
	bool		decided;	/* by a rule: its words are marked */
	struct rules_finding rule;
	const char	*spoofed;	/* why it is, or NULL */
	/* the nearest of the rules before it (of all, if none decided) */
	struct rules_near near[RULES_NEAR_MAX];
	uint32_t	near_n;
	uint32_t	rest;		/* others before it, not listed */
};

/*
 * Why rules_decide() decided so on the image of this run. The decision is not
 * made here: this looks at the words of the rules that were passed over. Those
 * that miss in the fewest fields come first, in file order; those that miss
 * in source, destination and service are in `rest`. All texts live as long as
 * the run and take of its memory: for single questions. ERR_LIMIT: that is
 * used up.
 */
enum err rules_explain(struct rules_run *run,
    const struct rules_packet *packet, const struct rules_decision *decision,
    struct rules_why *why) MUST_CHECK;

/* ---- difference by meaning, and who can reach whom ---- */

struct rules_words {
	const char	*text;		/* for people: names where they fit */
	const char	*const *items;	/* all of it: addresses, or ports */
	uint32_t	 items_n;
};

/* What a file says about the packets of a region. */
struct rules_said {
	bool		allow;
	const char	*file;		/* of the rule; NULL: no rule */
	uint32_t	line;
	struct span	name;
	const char	*class;		/* of allow, and all below */
	struct span	speaks;		/* "tls \"www.example.jp\"", or empty */
	uint32_t	flows_max;	/* 0: no limit */
	uint32_t	until;		/* RULES_NONE: no end */
	bool		to_mac_set;
	uint8_t		to_mac[6];
};

enum rules_change {
	RULES_BECOMES_ALLOWED,
	RULES_BECOMES_DENIED,
	RULES_STAYS_ALLOWED,	/* but otherwise */
	RULES_CHANGES
};

struct rules_region {
	enum rules_change change;
	struct rules_said before;
	struct rules_said after;
	struct rules_words src;
	struct rules_words dst;
	struct rules_words service;
	bool		v4;		/* families of its addresses */
	bool		v6;
	bool		named;		/* and its texts do not show them */
	struct rules_packet packet;	/* one of it */
};

/* Outside packets: before or after is NULL where it was not, or is not. */
struct rules_setting {
	const char	*what;		/* "mail inbound" */
	const char	*setting;	/* "size"; NULL: all of it */
	const char	*before;
	const char	*after;
};

struct rules_diff;

/*
 * What two files without errors decide otherwise: every packet whose verdict
 * differs is in exactly one region, and no other packet is. The runs are
 * borrowed as long as it lives. ERR_INPUT: a run has errors. ERR_LIMIT: the
 * files have too many addresses or ports to be compared.
 */
enum err rules_diff_new(const struct rules_run *before,
    const struct rules_run *after, struct rules_diff **diff,
    struct diag *diag) MUST_CHECK;
void rules_diff_free(struct rules_diff *diff);
/* False: there are more differences than the regions have (a limit). */
bool rules_diff_complete(const struct rules_diff *diff);
/* Regions, sorted by change; texts live until the next call. */
uint32_t rules_diff_regions(const struct rules_diff *diff);
uint32_t rules_diff_count(const struct rules_diff *diff,
    enum rules_change change);
enum err rules_diff_region(struct rules_diff *diff, uint32_t i,
    struct rules_region *region) MUST_CHECK;
uint32_t rules_diff_settings(const struct rules_diff *diff);
const struct rules_setting *rules_diff_setting(const struct rules_diff *diff,
    uint32_t i);

/* A class that packets really get from one segment to another. */
struct rules_reach {
	uint32_t	from;		/* segment indexes */
	uint32_t	to;
	enum rules_class class;
	struct span	route;		/* of RULES_CLASS_MAIL: its name */
	uint32_t	rules;		/* that let them through */
	const char	*const *services;	/* names, and ports else */
	uint32_t	services_n;
};

struct rules_matrix;

/* ERR_INPUT, ERR_LIMIT: as rules_diff_new(). The run is borrowed. */
enum err rules_matrix_new(const struct rules_run *run,
    struct rules_matrix **matrix, struct diag *diag) MUST_CHECK;
void rules_matrix_free(struct rules_matrix *matrix);
uint32_t rules_matrix_segments(const struct rules_matrix *matrix);
void rules_matrix_segment(const struct rules_matrix *matrix, uint32_t i,
    struct rules_segment *segment);
/* Sorted by from, to, class. */
uint32_t rules_matrix_reaches(const struct rules_matrix *matrix);
const struct rules_reach *rules_matrix_reach(const struct rules_matrix *matrix,
    uint32_t i);

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
