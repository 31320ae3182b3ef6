/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_DAEMON_LIMITS_H
#define SEKISHO_DAEMON_LIMITS_H

/* receive: sessions and listeners of one process, whatever the rules say */
#define RECEIVE_SESSIONS_MAX	8000
#define RECEIVE_LISTENERS_MAX	64
#define RECEIVE_FILES_BESIDES	(RECEIVE_LISTENERS_MAX + 32)
#define RECEIVE_PEER_BUCKETS	1024	/* a power of 2 */
#define RECEIVE_ACCEPTS_MAX	64	/* in one wake-up */
#define RECEIVE_PAUSE_MS	1000	/* out of descriptors: accept later */

/* receive: a mail's envelope in memory, and as it travels to the spool */
#define RECEIVE_ARENA_BYTES_MAX	(128 * 1024)
#define RECEIVE_ENVELOPE_BYTES_MAX (60 * 1024)

/* receive: drafts to drop that the spool could not be told of yet */
#define RECEIVE_DROPS_MAX	8000
#define RECEIVE_DROP_AGAIN_MS	100

/* receive: one read; text is gathered so far, then written to the draft */
#define RECEIVE_READ_BYTES	(64 * 1024)
#define RECEIVE_READS_MAX	4	/* in one wake-up */
#define RECEIVE_BODY_BYTES	(32 * 1024)

/*
 * receive: a text must bring this much in SMTP_BLOCK_MS, or end; drop by
 * drop it does not hold a session for ever. An answer of the spool; the time
 * for a peer to read our last words; for mails under way when we go down.
 */
#define RECEIVE_PROGRESS_BYTES	(16 * 1024)
#define RECEIVE_SPOOL_MS	120000
#define RECEIVE_LINGER_MS	2000
#define RECEIVE_LINGER_BYTES	(1024 * 1024)
#define RECEIVE_STOP_MS		20000
#define RECEIVE_LOG_PER_S	20	/* lines about refused clients */

/*
 * receive: rejections for the audit log. So many kinds of them (peer, reply,
 * route) at once, each with so many records of its own, and then one for all
 * that follow, once a minute; recipients in one record; how often it is looked.
 * The worst that strangers can do is (1 + AT_ONCE) * PLACES records a minute.
 */
#define REJECTED_PLACES		256
#define REJECTED_AT_ONCE	3
#define REJECTED_EVERY_MS	60000
#define REJECTED_LOOK_MS	5000
#define REJECTED_TO_MAX		16

/* receive, spool, capture: what waits in a channel when they end */
#define CHANNEL_FINISH_MS	2000

/* deliver: mails in hand, hops, connections to one hop and in all */
#define DELIVER_JOBS_MAX	512
#define DELIVER_HOPS_MAX	128
#define DELIVER_HOP_CONNECTIONS_MAX 20
#define DELIVER_CONNECTIONS_MAX	400
#define DELIVER_CONNECTION_MAILS_MAX 1000 /* then QUIT */

/* deliver: longest safe mail; up to this size it is copied, not mapped */
#define DELIVER_MAIL_BYTES_MAX	(512ul * 1024 * 1024)
#define DELIVER_COPY_BYTES_MAX	(64 * 1024)
/* A longer one is let go of in pieces, so as not to be in memory twice over */
#define DELIVER_RELEASE_BYTES_MIN (8ul * 1024 * 1024)
#define DELIVER_PIECE_BYTES	(1024 * 1024)

#define DELIVER_CONNECT_MS	30000
#define DELIVER_IDLE_MS		10000	/* an unused connection is kept */
#define DELIVER_STOP_MS		20000
#define DELIVER_READ_BYTES	(16 * 1024)
#define DELIVER_IOV_MAX		16
#define DELIVER_WRITE_BYTES_MAX	(1024 * 1024)	/* in one wake-up */

/* packet: cuts at once; interfaces; packets held for the inspector, of one
 * flow and in all; how long a flow may stay undecided */
#define PACKET_CUTS_MAX		500
#define PACKET_LINKS_MAX	256
#define PACKET_HELD_MAX		8192
#define PACKET_HELD_FLOW_MAX	32
#define PACKET_INSPECT_MS	5000
#define PACKET_RULES_BYTES_MAX	(512ul * 1024 * 1024)
#define PACKET_ROUNDS_MAX	8	/* batches of a queue in one wake-up */

/* packet: what has no room is looked for so often; it is over when nothing
 * more was dropped for so long */
#define PACKET_LOOK_MS		500
#define PACKET_CALM_MS		60000

/* packet: all that the kernel knows is asked for so often */
#define PACKET_SWEEP_MS		30000

/*
 * packet: for the audit log. Kinds of refusals that are counted at once, of
 * sources inside (of these tiers) and as many of others, each told once a
 * minute; flows that last so long are told of, the table is looked through in
 * so many steps; a step, and how many messages of it.
 */
#define PACKET_REFUSALS_MAX	512
#define PACKET_REFUSALS_MS	60000
#define PACKET_INSIDE_TIER_MAX	2	/* their scans are looked for, too */
#define PACKET_FLOW_LASTS_MS	60000
#define PACKET_FLOW_LOOKS	60
#define PACKET_TELL_MS		1000
#define PACKET_TELL_MAX		64

/* inspect: undecided flows, and their buffers; lines about cut ones */
#define INSPECT_FLOWS_MAX	16384
#define INSPECT_BUFFERS_MAX	4096
#define INSPECT_LOG_PER_S	20

/* capture: after trouble with the disk it is tried again; so long without any
 * the next one is said anew */
#define CAPTURE_AGAIN_MS	1000
#define CAPTURE_CALM_MS		60000

/* audit: answers owed at once; how often its head is signed, and the log
 * tried again; a step of the clock that is told */
#define AUDIT_OWED_MAX		4096
/* records wait so long, or are so many, before they are synced together */
#define AUDIT_GATHER_MS		10
#define AUDIT_GATHER_MAX	512
#define AUDIT_SECOND_MS		1000
#define AUDIT_CLOCK_STEP_MS	2000

/* audit: when the clock has leapt so far ahead, or nothing was recorded for so
 * long, nothing is erased for a while: is that the right time? */
#define AUDIT_LEAP_DAYS		31
#define AUDIT_DOUBT_MS		(24ull * 3600 * 1000)

/* audit: receivers of syslog. What is sent in one round; how long one that
 * takes nothing is waited for; when it counts as lost, and as well again;
 * pauses between connections; what it may say, though it has nothing to */
#define PLACE_ROUND_BYTES	(256u * 1024)
#define PLACE_ANSWER_MS		5000
#define PLACE_CONNECT_MS	15000
#define PLACE_STALL_MS		60000
#define PLACE_LOST_MS		60000
#define PLACE_WELL_MS		3000
#define PLACE_SLOW_MS		10000
#define PLACE_PAUSE_MS		1000
#define PLACE_PAUSE_MS_MAX	60000
#define PLACE_SAID_BYTES_MAX	65536u
#define PLACE_END_TRIES		25	/* of 20 ms */

/* audit: what a receiver may have had in hand when it went: of one that went
 * in order what is newer than the first time, else what is newer than the
 * second one and within so many bytes; places to go back to */
#define PLACE_SEAM_MS		5000
#define PLACE_UNREAD_MS		600000
#define PLACE_UNREAD_BYTES	(4u * 1024 * 1024)
#define PLACE_MARKS		1024
#define PLACE_MARK_BYTES	65536u

/* both: largest image of the rules */
#define DAEMON_RULES_BYTES_MAX	(64ul * 1024 * 1024)

#endif
