/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_PROC_COUNTERS_H
#define SEKISHO_PROC_COUNTERS_H

#include <stdint.h>

#include "../base/span.h"

/*
 * One page of 64-bit counters per process, in a memfd that the supervisor
 * makes: the process is its only writer, readers map it read-only. Counters
 * only grow while the process lives; gauges are marked (G). The supervisor
 * adds the last values of a dead process to its own sum, so that what
 * `sekisho status` shows never goes back.
 */
enum counter {
	/* receive */
	COUNTER_SESSIONS = 0,
	COUNTER_SESSIONS_OPEN,		/* G */
	COUNTER_SESSIONS_REFUSED,	/* too many, or peer not accepted */
	COUNTER_MAILS_RECEIVED,		/* 250 said */
	COUNTER_MAILS_REJECTED,		/* 5xx to the envelope or the data */
	COUNTER_MAILS_DEFERRED_IN,	/* 4xx to the envelope or the data */
	COUNTER_BYTES_RECEIVED,
	COUNTER_SMTP_SMUGGLING,		/* bare CR or LF refused */
	COUNTER_TIMEOUTS,
	/* receive: why; those of mails are COUNTER_MAILS_REJECTED in all */
	COUNTER_REJECTED_SENDER,	/* by the rules */
	COUNTER_REJECTED_RELAY,		/* the recipient's domain */
	COUNTER_REJECTED_MAILBOX,	/* the recipient's name */
	COUNTER_REJECTED_UTF8,		/* address without SMTPUTF8 */
	COUNTER_REJECTED_SIZE,
	COUNTER_REJECTED_LOOP,
	COUNTER_REJECTED_SMUGGLING,
	COUNTER_REJECTED_POLICY,	/* by the spool, by the rules */
	COUNTER_REJECTED_OTHER,
	/* receive: of commands, and of COUNTER_SESSIONS_REFUSED */
	COUNTER_REJECTED_COMMAND,	/* not SMTP, or out of order */
	COUNTER_REJECTED_PEER,
	COUNTER_REJECTED_SESSIONS,	/* too many */
	/* spool */
	COUNTER_COMMITTED,
	COUNTER_COMMIT_FAILED,
	COUNTER_QUEUED,			/* G */
	COUNTER_DEFERRED,		/* G */
	COUNTER_HELD,			/* G */
	COUNTER_MAILS_DELIVERED,
	COUNTER_MAILS_HELD,
	COUNTER_MAILS_BOUNCED,
	COUNTER_MAILS_EXPIRED,
	COUNTER_MAILS_DROPPED,		/* by the administrator */
	COUNTER_DSN_SENT,
	COUNTER_DSN_SUPPRESSED,
	COUNTER_DAMAGED,
	COUNTER_ORIGINALS_ERASED,
	COUNTER_VERIFY_NO,
	COUNTER_MAILS_CONVERTED,	/* delivered, each of them once */
	COUNTER_CENSUSES,		/* gauges below are those of the disk */
	COUNTER_OLDEST_MS,		/* G: queued since (wall); 0: none */
	COUNTER_OLDEST_HELD_MS,		/* G */
	/* sanitize */
	COUNTER_SANITIZED,
	COUNTER_SANITIZE_HOLD,
	COUNTER_SANITIZE_CRASHED,
	COUNTER_SANITIZE_TIMEOUT,
	COUNTER_CHILDREN,
	COUNTER_CHILD_CPU_US,
	COUNTER_SANITIZE_US,		/* wall time of all mails */
	COUNTER_SANITIZE_10MS,		/* mails, by their time: up to so */
	COUNTER_SANITIZE_30MS,
	COUNTER_SANITIZE_100MS,
	COUNTER_SANITIZE_300MS,
	COUNTER_SANITIZE_1S,
	COUNTER_SANITIZE_3S,
	COUNTER_SANITIZE_10S,
	COUNTER_SANITIZE_30S,
	COUNTER_SANITIZE_LONGER,
	/* verify */
	COUNTER_VERIFIED_YES,
	COUNTER_VERIFIED_NO,
	/* deliver */
	COUNTER_CONNECTIONS,
	COUNTER_CONNECTIONS_FAILED,
	COUNTER_CONNECTIONS_REUSED,
	COUNTER_DELIVERED,		/* recipients */
	COUNTER_DELIVERY_DEFERRED,	/* recipients */
	COUNTER_DELIVERY_REFUSED,	/* recipients */
	COUNTER_BYTES_DELIVERED,
	/* packet: packets and flows that asked for a verdict */
	COUNTER_PACKETS_QUEUED,
	COUNTER_FLOWS_ALLOWED,
	COUNTER_FLOWS_OPEN,		/* G */
	COUNTER_FLOWS_INSPECTED,	/* begun to be looked at */
	COUNTER_FLOWS_CUT,		/* by the inspector, or new rules */
	COUNTER_FLOWS_ENDED,
	COUNTER_REFUSED_RULE,		/* by a `deny` */
	COUNTER_REFUSED_NO_RULE,
	COUNTER_REFUSED_SPOOFED,
	COUNTER_REFUSED_TIERS,
	COUNTER_REFUSED_CUT,		/* `sekisho cut` */
	COUNTER_REFUSED_ROUTE,		/* would leave by another segment */
	COUNTER_REFUSED_MALFORMED,
	COUNTER_REFUSED_STRAY,		/* of no flow that we know */
	COUNTER_REFUSED_LIMIT,		/* of the rule */
	COUNTER_REFUSED_SOURCE_LIMIT,
	COUNTER_REFUSED_TABLE_FULL,
	COUNTER_REFUSED_NO_RULES,	/* none were loaded yet */
	COUNTER_REFUSED_INSPECT,	/* not what it should speak */
	COUNTER_REFUSED_BUSY,		/* no room to hold, no inspector */
	COUNTER_REFUSED_LATE,		/* undecided for too long */
	COUNTER_REFUSED_MAC,		/* answered by another machine */
	/* packet: of what the kernel's table dropped, what it told us */
	COUNTER_DROPPED_SPOOFED,	/* source is not of the segment */
	COUNTER_DROPPED_OPTIONS,	/* source route */
	COUNTER_DROPPED_MISROUTED,	/* would leave by another segment */
	COUNTER_DROPPED_CUT,		/* segment is cut */
	COUNTER_DROPPED_INPUT,		/* to the gateway itself */
	COUNTER_DROPPED_OUTPUT,		/* from the gateway itself */
	COUNTER_DROPPED_INTERFACE,	/* of no segment */
	COUNTER_DROPPED_PAIR,		/* of segments that nothing joins */
	COUNTER_DROPPED_INVALID,	/* conntrack does not know it */
	COUNTER_DROPPED_RELATED,	/* about a flow that is not allowed */
	COUNTER_DROPPED_NAT,		/* its destination was translated */
	COUNTER_DROPPED_FLOW_CUT,	/* its flow was cut */
	COUNTER_DROPPED_NO_VERDICT,
	COUNTER_DROPS_HEARD,		/* G: 1 when it can tell us */
	COUNTER_QUEUE_OVERRUNS,		/* packets that the kernel dropped */
	COUNTER_EVENTS_LOST,
	COUNTER_REFUSED_UNSAMPLED,	/* not kept: too many of its kind */
	COUNTER_EVIDENCE_LOST,		/* no capture process, or no room */
	COUNTER_SCANS_SEEN,
	/* capture */
	COUNTER_PACKETS_CAPTURED,
	COUNTER_FLOWS_RECORDED,
	COUNTER_SCANS_RECORDED,
	COUNTER_EVIDENCE_UNWRITTEN,	/* the disk did not take it */
	COUNTER_EVIDENCE_ERASED,	/* files, for newer ones */
	COUNTER_AUDIT_LOST,		/* not in that log: nobody waits */
	/* audit */
	COUNTER_AUDIT_OPEN,		/* G: 1 when records can be kept */
	COUNTER_AUDIT_RECORDS,
	COUNTER_AUDIT_SYNCS,
	COUNTER_AUDIT_REFUSED,		/* records that could not be kept */
	COUNTER_AUDIT_FAILURES,		/* times that it was closed */
	COUNTER_AUDIT_ERASED,		/* files, when their time was over */
	COUNTER_SYSLOG_WELL,		/* G: receivers that take records */
	COUNTER_SYSLOG_SENT,		/* records */
	COUNTER_SYSLOG_BEHIND,		/* G: of the one that is farthest */
	COUNTER_SYSLOG_CONNECTIONS,
	COUNTER_SYSLOG_MISSED,		/* erased before they were sent */
	/* all */
	COUNTER_IPC_FULL,
	/* spool: delivered though no verifier said yes; must stay 0 */
	COUNTER_UNSANITIZED_DELIVERED,
	/* snmp */
	COUNTER_AGENTX_OPEN,		/* G: 1 when snmpd has us */
	COUNTER_AGENTX_REFUSED,		/* nobody there, or it hung up */
	COUNTER_SNMP_REQUESTS,		/* of values */
	COUNTER_SNMP_TRAPS,
	COUNTER_SNMP_STALE,		/* no new numbers came in time */
	COUNTER_N
};

/* "mails-received"; the name in `sekisho status` and later in the MIB. */
const char *counter_name(enum counter counter);

/* Gauges are not summed over restarts. */
int counter_is_gauge(enum counter counter);

/*
 * Behind them in the page: what is counted per mail route, known by its name,
 * so that new rules move nothing. A route beyond the last place is in the sums
 * alone.
 */
enum route_counter {
	ROUTE_RECEIVED = 0,	/* in the queue, and on the disk */
	ROUTE_BYTES,		/* of those */
	ROUTE_DELIVERED,
	ROUTE_HELD,
	ROUTE_BOUNCED,
	ROUTE_EXPIRED,
	ROUTE_DROPPED,
	ROUTE_REJECTED,		/* 5xx at the door */
	ROUTE_COUNTER_N
};
#define COUNTER_ROUTES_MAX	32

/* What there is of a route now. */
enum route_gauge {
	ROUTE_QUEUED = 0,	/* mails in queue/ and deferred/ */
	ROUTE_OLDEST_MS,	/* of them: since when (wall); 0: none */
	ROUTE_GAUGE_N
};

void counter_route_add(struct span route, enum route_counter counter,
    uint64_t n);
void counter_route_set(struct span route, enum route_gauge gauge,
    uint64_t value);
/* What a route is known by; never 0. */
uint64_t counter_route_key(struct span route);

/* The place of a route in a page; all of its words are 0 when it is free. */
struct counter_route {
	uint64_t	key;
	uint64_t	values[ROUTE_COUNTER_N];
	uint64_t	gauges[ROUTE_GAUGE_N];
};
const struct counter_route *counters_route(const uint64_t *page, unsigned i);

/*
 * Behind the routes: files in mails by what they are and what became of them,
 * as the reports have it; a file is in one outcome, and its conversions may
 * have died or been late besides. Kinds are those of the sanitizer, in its
 * order (a test compares); 0 is what it does not know.
 */
enum format_outcome {
	FORMAT_KEPT = 0,
	FORMAT_REBUILT,
	FORMAT_RENDERED,
	FORMAT_EXTRACTED,
	FORMAT_REMOVED,
	FORMAT_HELD,		/* a person decides about its mail */
	FORMAT_CRASHED,		/* conversions */
	FORMAT_TIMED_OUT,	/* conversions */
	FORMAT_OUTCOME_N
};
#define COUNTER_FORMATS_N	29

/* "jpeg", "other"; "rebuilt", "timed-out". */
const char *counter_format_name(unsigned format);
const char *counter_outcome_name(enum format_outcome outcome);
void counter_format_add(unsigned format, enum format_outcome outcome,
    uint64_t n);
uint64_t counters_format(const uint64_t *page, unsigned format,
    enum format_outcome outcome);

/* Map the page for writing; without one (NULL) counting is a no-op. */
void counters_attach(int fd);
/* Give the page up: for a child that must not write it. */
void counters_detach(void);
void counter_add(enum counter counter, uint64_t n);
void counter_set(enum counter counter, uint64_t value);
/* What this process has counted; 0 without a page. */
uint64_t counter_get(enum counter counter);

/* For the supervisor: make a page, map it read-only. */
int counters_create(void);			/* descriptor, or -1 */
const uint64_t *counters_map(int fd);		/* NULL on error */
void counters_unmap(const uint64_t *page);
#define COUNTERS_PAGE_BYTES	16384

#endif
