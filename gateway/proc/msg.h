/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_PROC_MSG_H
#define SEKISHO_PROC_MSG_H

#include <stddef.h>
#include <stdint.h>

/*
 * The complete list of what our processes say to each other. msg.c holds the
 * table: for each kind its sender, receiver, size, tail limit and number of
 * descriptors. Both ends are of one build on one machine: the structs travel
 * as they are. Padding is written out, so that nothing leaks in it.
 */
enum role_id {
	ROLE_SUPERVISOR = 1,	/* sekishod */
	ROLE_RECEIVE,		/* one per listening segment */
	ROLE_SPOOL,
	ROLE_SANITIZE,		/* the launcher */
	ROLE_WORKER,		/* zygote and child of the launcher */
	ROLE_VERIFY,
	ROLE_DELIVER,		/* one per segment that is delivered to */
	ROLE_PACKET,		/* verdicts on flows */
	ROLE_INSPECT,		/* looks at their first bytes */
	ROLE_CAPTURE,		/* keeps what was refused, and flows */
	ROLE_COMPILE,		/* short-lived: rules text to image */
	ROLE_TOOL,		/* the administrator's sekisho */
	ROLE_RENDER,		/* zygote and child: draws PDF and SVG; on
				   channels it speaks as ROLE_WORKER */
	ROLE_AUDIT,		/* writes the audit log */
	ROLE_SNMP,		/* AgentX sub-agent of snmpd */
	ROLE_N
};

#define MSG_FDS_MAX		4
#define MSG_TAIL_BYTES_MAX	(64 * 1024)
#define MSG_FIXED_BYTES_MAX	256
#define MSG_BYTES_MAX \
	(MSG_TAIL_BYTES_MAX + MSG_FIXED_BYTES_MAX + sizeof(struct msg_header))

struct msg_header {
	uint32_t	kind;
	uint32_t	tail_len;
};

enum msg_kind {
	/* supervisor -> a process */
	MSG_RULES = 1,		/* fds: sealed image; tail: struct flow_cut */
	MSG_LISTENER,		/* -> receive; fds: listening socket */
	MSG_PEER,		/* fds: channel to another process */
	MSG_STOP,		/* finish what is begun, then exit(0) */
	/* a process -> supervisor */
	MSG_SANDBOX,		/* what role_start() could drop; sent by it */
	MSG_READY,		/* role entered, rules mapped */
	MSG_EPOCH,		/* packet: decides by these rules now */
	/* packet -> inspect */
	MSG_INSPECT,		/* tail: payload */
	MSG_INSPECT_END,
	/* inspect -> packet */
	MSG_INSPECTED,
	/* packet -> capture; none is waited for */
	MSG_REFUSED,		/* tail: the packet from its IP header */
	MSG_REFUSALS,		/* many, counted */
	MSG_FLOW_BEGUN,		/* struct msg_flow_ended without an end */
	MSG_FLOW_ENDED,
	MSG_SCAN,
	/* receive -> spool */
	MSG_DRAFT_NEW,		/* tail: envelope (spool_envelope_encode) */
	MSG_DRAFT_COMMIT,
	MSG_DRAFT_DROP,
	MSG_REJECTED,		/* tail: words, see below */
	/* spool -> receive */
	MSG_DRAFT,		/* fds: append-only descriptor, if OK */
	MSG_COMMITTED,
	/* spool -> sanitize */
	MSG_SANITIZE,		/* tail: envelope; fds: spool file, read only */
	/* sanitize -> spool */
	MSG_SANITIZED,		/* tail: reason; fds: safe mail, report */
	/* spool -> verify */
	MSG_VERIFY,		/* fds: safe mail */
	/* verify -> spool */
	MSG_VERIFIED,		/* tail: reason */
	/* spool -> deliver */
	MSG_DELIVER,		/* tail: envelope; fds: safe mail */
	/* deliver -> spool */
	MSG_DELIVERED,		/* tail: a result per recipient */
	/* sanitize (launcher) -> worker zygote */
	MSG_JOB,		/* fds: job channel */
	MSG_JOB_KILL,
	/* worker zygote -> launcher */
	MSG_JOB_EXIT,
	/* launcher <-> worker child, on the job channel */
	MSG_JOB_MAIL,		/* tail: job text (see worker); fds: input */
	MSG_JOB_FILE,		/* tail: policy...; fds: input */
	MSG_JOB_CONVERT,	/* child -> launcher: a leaf needs a library */
	MSG_JOB_CONVERTED,	/* launcher -> child */
	MSG_JOB_DONE,		/* child -> launcher; fds: output, report */
	/* rule compiler <-> supervisor */
	MSG_INCLUDE,		/* tail: path of a rule file */
	MSG_INCLUDED,		/* fds: the file, read only, if OK */
	/* tool -> supervisor */
	MSG_CONTROL,		/* tail: arguments; fds: rules to apply */
	/* supervisor -> spool: the same, with the tool's socket */
	MSG_CONTROL_PASS,
	/* supervisor -> audit */
	MSG_AUDIT_KEY,
	MSG_AUDIT_POLICY,	/* before the key, and with new rules; tail: the
				   name of the gateway */
	/* supervisor, spool, capture -> audit */
	MSG_AUDIT,		/* tail: members; fds: a report, sealed */
	/* audit -> supervisor, spool */
	MSG_AUDITED,		/* it is durable, or cannot be */
	MSG_AUDIT_STATE,	/* can records be kept? tail: why not */
	/* supervisor or spool -> tool */
	MSG_ROW,		/* tail: fields of one line of the answer */
	MSG_CONTROL_FILE,	/* fds: an original, or rules */
	MSG_CONTROL_END,	/* tail: message */
	/* snmp -> supervisor, and its answers */
	MSG_SNAPSHOT_ASK,
	MSG_SNAPSHOT,		/* fds: sealed snmp/snapshot.h, if OK */
	MSG_AGENTX_ASK,
	MSG_AGENTX,		/* fds: connection to snmpd, if OK */
	/* snmp -> supervisor, and to the next one */
	MSG_WATCHED,		/* tail: snmp/trap.h, what is told by now */
	MSG_WATCHED_BEFORE,	/* tail: the same, by the one before */
	/* audit -> supervisor, and its answer */
	MSG_PLACE_STATE,
	MSG_PLACE_ASK,
	MSG_PLACE,		/* fds: connection that is being made, if OK */
	MSG_KIND_N
};

/*
 * epoch: of the rules and cuts, as the marks of flows have it (packet/mark.h);
 * the packet process and its inspector alone have a use for it and the tail.
 */
struct msg_rules {
	uint64_t	generation;
	uint32_t	epoch;
	uint32_t	zero;
};

enum flow_cut_kind { FLOW_CUT_RULE = 1, FLOW_CUT_SEGMENT };

/* `sekisho cut`: what the rules allow, but nobody gets for now. */
struct flow_cut {
	uint32_t	kind;		/* enum flow_cut_kind */
	uint32_t	index;		/* in the image */
};

struct msg_epoch {
	uint32_t	epoch;
	uint32_t	zero;
};

/*
 * After each MSG_RULES the supervisor sends the whole set of listeners anew,
 * as routes may have moved in the image: the receiver closes those that it
 * has when the rules come (the sockets stay open in the supervisor, so no
 * client is lost).
 */
struct msg_listener {
	uint32_t	route;		/* index in the image */
	uint32_t	listen;		/* index in the route */
};

struct msg_peer {
	uint32_t	role;		/* enum role_id */
	uint32_t	segment;	/* in the image; UINT32_MAX: none */
};

struct msg_empty {		/* MSG_STOP, MSG_READY, MSG_SNAPSHOT... */
	uint64_t	zero;
};

/* struct role_state of role.h, as numbers. */
struct msg_sandbox {
	uint32_t	ids_dropped;
	uint32_t	chrooted;
	uint32_t	seccomp;
	uint32_t	landlock_abi;
};

/*
 * A route is an index in the image of one generation (the low bits are
 * enough). While new rules spread, two processes may have different ones for
 * a moment: who gets an index of another generation than its own takes
 * nothing and says "try again".
 */

/*
 * session is the receiver's own number and comes back as it was. body_bytes
 * is the SIZE= the client announced, 0 if none.
 */
struct msg_draft_new {
	uint64_t	session;
	uint64_t	body_bytes;
	uint32_t	route;
	uint32_t	generation;
};

/* status: enum err of the spool; ERR_LIMIT and ERR_SYSTEM become 452. */
struct msg_draft {
	uint64_t	session;
	uint64_t	id;
	uint32_t	status;
	uint32_t	zero;
};

struct msg_draft_commit {
	uint64_t	session;
	uint64_t	id;
	uint64_t	body_bytes;	/* what was written */
};

struct msg_draft_drop {
	uint64_t	session;
	uint64_t	id;
};

/*
 * A client was told no; none is waited for. n: 1, or so many alike of the same
 * peer, which is a network then; family 0: of many peers. session: its
 * number, counted from 1; 0: he got none, or they had many. tail (wire.h):
 * the reply's text, the route's name; of one with a session the name that he
 * gave, if there is a sender (u8) and who, how many recipients are left out
 * (u32), and the others.
 */
struct msg_rejected {
	uint64_t	session;
	uint64_t	n;
	uint64_t	first_ms;	/* wall */
	uint64_t	last_ms;
	uint32_t	code;		/* 0: several */
	uint8_t		family;
	uint8_t		prefix_len;
	uint8_t		zero[2];
	uint8_t		bytes[16];
};

struct msg_committed {
	uint64_t	session;
	uint64_t	id;
	uint32_t	status;
	uint32_t	zero;
};

#define INSPECT_FIRST	1u	/* of its flow */
#define INSPECT_REPLY	2u	/* it goes back */
#define INSPECT_FIN	4u
#define INSPECT_URG	8u

/*
 * A packet with payload, of a flow that is not decided. It is held in the
 * kernel until the answer comes; packet and flow come back as they were.
 * isn: initial sequence numbers, there and back.
 */
struct msg_inspect {
	uint64_t	flow;
	uint32_t	packet;
	uint32_t	epoch;
	uint32_t	rule;		/* in the image of the epoch */
	uint32_t	isn[2];
	uint32_t	seq;
	uint32_t	bytes;		/* of the payload; the tail: or less */
	uint16_t	src_port;	/* of the flow's first packet */
	uint16_t	dst_port;
	uint8_t		src[16];
	uint8_t		dst[16];
	uint8_t		family;
	uint8_t		protocol;
	uint8_t		flags;
	uint8_t		zero[5];
};

struct msg_inspect_end {
	uint64_t	flow;
};

enum inspected {
	INSPECTED_HOLD = 1,	/* the packet waits for others */
	INSPECTED_PASS,		/* its direction is good: it and those before */
	INSPECTED_ALLOW,	/* the flow is good */
	INSPECTED_DROP,		/* this packet alone */
	INSPECTED_CUT		/* the flow is not what it should be */
};

struct msg_inspected {
	uint64_t	flow;
	uint32_t	packet;
	uint32_t	answer;		/* enum inspected */
	uint32_t	reason;		/* enum inspect_reason of a cut */
	uint32_t	zero;
};

#define REFUSED_TAIL_BYTES_MAX	512

/*
 * A packet that was refused. Addresses and ports are the packet's own, as far
 * as they could be read (family 0: not at all); of ICMP dst_port is type << 8
 * | code. rule is an index in the image of the epoch, segments are, too.
 */
struct msg_refused {
	uint64_t	wall_ns;
	uint64_t	missed;		/* of the same kind, not sent since */
	uint32_t	reason;		/* enum counter */
	uint32_t	rule;		/* UINT32_MAX: none */
	uint32_t	epoch;
	uint32_t	in;		/* segments; UINT32_MAX: none */
	uint32_t	out;
	uint32_t	bytes;		/* of it; the tail may be less */
	uint16_t	src_port;
	uint16_t	dst_port;
	uint8_t		src[16];
	uint8_t		dst[16];
	uint8_t		family;
	uint8_t		protocol;
	uint8_t		zero[2];
};

#define REFUSALS_OTHERS	1u	/* there were too many different ones */
#define REFUSALS_INSIDE	2u	/* their sources were inside */

/* So many packets were refused that are alike; numbers as in msg_refused. */
struct msg_refusals {
	uint64_t	n;
	uint64_t	first_ms;	/* wall */
	uint64_t	last_ms;
	uint32_t	flags;
	uint32_t	reason;
	uint32_t	rule;
	uint32_t	epoch;
	uint32_t	in;
	uint32_t	out;
	uint16_t	dst_port;
	uint8_t		family;
	uint8_t		protocol;
	uint8_t		zero[4];
	uint8_t		src[16];
	uint8_t		dst[16];
};

#define FLOW_ENDED_COUNTED	1u	/* packets and bytes are known */

/*
 * A flow that was let through is over: the kernel has forgotten it. rule: the
 * last one that allowed it, in the image of the epoch. cut: why it was ended
 * by us (enum counter), or 0, which no flow is cut for.
 */
struct msg_flow_ended {
	uint64_t	start_ns;	/* wall */
	uint64_t	end_ns;
	uint64_t	packets[2];	/* there, back */
	uint64_t	bytes[2];	/* of IP packets, headers and all */
	uint32_t	rule;
	uint32_t	epoch;
	uint32_t	in;
	uint32_t	cut;
	uint32_t	flags;
	uint16_t	src_port;
	uint16_t	dst_port;
	uint8_t		src[16];
	uint8_t		dst[16];
	uint8_t		family;
	uint8_t		protocol;
	uint8_t		zero[6];
};

/* A source inside looks for a way out: see packet/packet_scan.h. */
struct msg_scan {
	uint64_t	wall_ns;
	uint32_t	epoch;
	uint32_t	in;
	uint32_t	targets;	/* at least so many, */
	uint32_t	window_ms;	/* within this time */
	uint8_t		src[16];
	uint8_t		dst[16];	/* the last one */
	uint16_t	dst_port;
	uint8_t		family;
	uint8_t		protocol;
	uint8_t		zero[4];
};

#define SANITIZE_RELEASE	1u	/* an administrator released it */
/* For the tool only: route is an index of policies, the tail is the name of
 * a file; it is a file, or what it looks like, or else a mail. */
#define SANITIZE_TOOL		2u
#define SANITIZE_FILE		4u
#define SANITIZE_AUTO		8u
/* Its segment name (role.h): one order comes, not every worker is needed. */
#define SANITIZE_ONE_ORDER	"once"

struct msg_sanitize {
	uint64_t	id;
	uint64_t	body_offset;	/* of the original in the file */
	uint64_t	body_bytes;
	uint64_t	received_ms;	/* wall */
	uint32_t	route;
	uint32_t	flags;
	uint32_t	generation;	/* not with SANITIZE_TOOL */
	uint32_t	zero;
};

enum sanitize_outcome {
	SANITIZE_SAFE = 1,	/* a safe mail and a report are there */
	SANITIZE_HOLD,		/* by policy; report, maybe a safe mail */
	SANITIZE_FAILED,	/* refused by a limit; maybe a report */
	SANITIZE_CRASHED,	/* the child died: signal in detail */
	SANITIZE_TIMEOUT,
	SANITIZE_BUSY		/* not done: try again */
};

struct msg_sanitized {
	uint64_t	id;
	uint64_t	safe_bytes;
	uint64_t	report_bytes;
	uint64_t	cpu_us;
	uint32_t	outcome;	/* enum sanitize_outcome */
	uint32_t	detail;		/* signal, or 0 */
};

enum verify_form {
	VERIFY_MAIL = 1,	/* what the sanitizer writes */
	VERIFY_DSN		/* a status notification of the spool's */
};

struct msg_verify {
	uint64_t	id;
	uint64_t	bytes;
	uint32_t	form;
	uint32_t	zero;
};

struct msg_verified {
	uint64_t	id;
	uint64_t	bytes;		/* how many were read */
	uint64_t	offset;		/* of the first thing it refused */
	uint32_t	yes;		/* 1: exactly a safe form */
	uint32_t	zero;
	uint8_t		sha256[32];
};

#define DELIVER_SMTPUTF8	1u
#define DELIVER_8BITMIME	2u

/* tail: spool_envelope_encode() of the recipients of this transaction. */
struct msg_deliver {
	uint64_t	id;
	uint64_t	job;		/* comes back as it was */
	uint64_t	bytes;
	uint32_t	route;
	uint32_t	hop;		/* index in the route */
	uint32_t	flags;
	uint32_t	generation;
	uint8_t		sha256[32];	/* what the verifier named */
};

/*
 * tail: for each recipient, in the order sent, a result as encoded by
 * delivery_result.h. hop_failed: the host could not be talked to at all; all
 * recipients are then of class 4, and the next hop may be tried. dsn_passed:
 * the host took over NOTIFY and the rest (RFC 3461 section 5.2.2), so that
 * what it says of a delivery is not for us to say.
 */
struct msg_delivered {
	uint64_t	id;
	uint64_t	job;
	uint32_t	hop_failed;
	uint32_t	results;
	uint32_t	dsn_passed;
	uint32_t	zero;
};

struct msg_job {
	uint64_t	job;
};

struct msg_job_exit {
	uint64_t	job;
	uint64_t	cpu_us;
	uint64_t	rss_bytes_max;
	int32_t		exit_status;	/* -1: by a signal */
	int32_t		signal;
};

/* The rest of the job is in the tail, encoded by worker/job.c. */
struct msg_job_input {
	uint64_t	offset;
	uint64_t	bytes;
};

struct msg_job_convert {
	uint32_t	task;		/* enum convert_task */
	uint32_t	kind;		/* enum part_kind */
	uint32_t	first;		/* page */
	uint32_t	ticket;		/* several are under way */
	uint64_t	bytes;		/* in the descriptor, from 0 */
};

struct msg_job_result {
	uint32_t	status;		/* enum err, or a sanitize_outcome */
	uint32_t	type;		/* enum safe_type */
	uint64_t	bytes;
	uint64_t	report_bytes;
	uint32_t	ticket;		/* of MSG_JOB_CONVERTED */
	uint32_t	zero;
};

enum control_verb {
	CONTROL_STATUS = 1,	/* supervisor; id: 1 has counters of 0 */
	CONTROL_RELOAD,
	CONTROL_STOP,
	CONTROL_APPLY,		/* fds: the rules; tail: a row of options */
	CONTROL_CONFIRM,
	CONTROL_ROLLBACK,	/* id: a generation, 0: the one before */
	CONTROL_HISTORY,
	CONTROL_SHOW,		/* id: a generation */
	CONTROL_CUT,		/* tail: a row: name, reason */
	CONTROL_UNCUT,		/* the same */
	CONTROL_CUTS,		/* what is cut */
	CONTROL_TOP,		/* flows, rates, queues: as sums */
	CONTROL_QUEUE_LIST,	/* from here on: spool */
	CONTROL_QUEUE_SHOW,
	CONTROL_QUEUE_RETRY,
	CONTROL_QUEUE_DROP,
	CONTROL_HELD_LIST,
	CONTROL_HELD_SHOW,
	CONTROL_HELD_RELEASE,
	CONTROL_HELD_REJECT,
	CONTROL_ORIGINAL_GET,
	CONTROL_METRICS,	/* supervisor; a snapshot comes as a file */
	CONTROL_VERB_N
};

struct msg_control {
	uint32_t	verb;
	uint32_t	uid;		/* set by the supervisor */
	uint64_t	id;		/* 0: none, or all */
};

struct msg_audit_key {
	uint8_t		secret[32];	/* Ed25519 */
};

/* A receiver of syslog over TCP. */
struct msg_place {
	uint8_t		address[16];
	uint16_t	port;
	uint8_t		family;
	uint8_t		zero[5];
};

#define MSG_PLACES_MAX	2

/* What the rules ask of the log. */
struct msg_audit_policy {
	uint8_t		mask_key[32];
	uint32_t	mask;		/* audit/audit_mask.h */
	uint32_t	retain_days;	/* 0: for ever */
	uint32_t	places_n;
	uint32_t	zero;
	struct msg_place places[MSG_PLACES_MAX];
};

/* For `sekisho status`. */
struct msg_place_state {
	struct msg_place place;
	uint64_t	since_ms;	/* wall: so it is since */
	uint64_t	sent;		/* since the process began */
	uint64_t	behind;		/* records that it has not yet */
	uint64_t	connections;
	uint32_t	well;		/* 1: it takes what it is sent */
	uint32_t	zero;
};

/*
 * A record (audit/audit_record.h), but for the members that are the writer's.
 * token comes back as it was; 0: no answer is wanted. bytes: of the report in
 * the descriptor, which becomes the member "report".
 */
struct msg_audit {
	uint64_t	token;
	uint64_t	bytes;
	uint32_t	type;		/* enum audit_type */
	uint32_t	zero;
};

struct msg_audited {
	uint64_t	token;
	uint32_t	status;		/* enum err */
	uint32_t	zero;
};

/* Sent once to each that is connected, and when it changes. */
struct msg_audit_state {
	uint32_t	open;
	uint32_t	zero;
};

struct msg_included {
	uint32_t	errnum;		/* 0: it comes along */
	uint32_t	zero;
};

/*
 * One line of an answer. tail: fields as "name\0value\0" pairs, in the order
 * in which they are shown; values are UTF-8. number: bit i is set when field
 * i is a number (for --json).
 */
struct msg_row {
	uint64_t	number;
};

/* Where the original stands in the descriptor. */
struct msg_control_file {
	uint64_t	offset;
	uint64_t	bytes;
};

struct msg_control_end {
	uint32_t	exit_status;	/* of the tool: design.md section 6 */
	uint32_t	rows;
};

/* The table's row for a kind. NULL: no such kind. */
struct msg_type {
	const char	*name;
	uint32_t	 from;		/* bits 1 << role_id */
	uint32_t	 to;
	uint32_t	 fixed_bytes;
	uint32_t	 tail_bytes_max;
	unsigned	 fds_min;
	unsigned	 fds_max;
};
const struct msg_type *msg_type(uint32_t kind);

#endif
