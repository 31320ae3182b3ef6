/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_DAEMON_AUDIT_PLACE_INTERNAL_H
#define SEKISHO_DAEMON_AUDIT_PLACE_INTERNAL_H

#include "../audit/audit_follow.h"
#include "../audit/audit_syslog.h"
#include "../base/address.h"
#include "audit_internal.h"
#include "limits.h"

#define PLACE_NAME_BYTES	(ADDRESS_TEXT_BYTES + 32)

/* So far it was when so many bytes had been written to the connection. */
struct mark {
	struct audit_position at;
	uint64_t	bytes;
	uint64_t	ms;		/* monotonic */
};

enum place_state { AWAY, ASKED, CONNECTING, CONNECTED };

struct place {
	struct loop_watch watch;	/* first */
	bool		 used;
	struct msg_place to;
	char		 name[PLACE_NAME_BYTES];  /* "10.20.3.9 port 601" */
	enum place_state	 state;
	bool		 known;		/* where it is in the log */
	struct audit_follow follow;
	/* the message that is being written */
	struct buf	 out;
	size_t		 out_done;
	bool		 blocked;	/* the socket takes no more */
	/* of this connection */
	uint64_t	 since_ms, progress_ms, bytes, said;
	struct mark	 marks[PLACE_MARKS];	/* a ring */
	unsigned	 marks_first, marks_n;
	/* of all */
	struct audit_position saved;
	uint64_t	 saved_ms;
	uint64_t	 dry_seq;	/* the log had no more behind it */
	uint64_t	 next_ms, pause_ms;
	uint64_t	 lost_ms;	/* 0: well */
	bool		 told;		/* that it is lost */
	bool		 changed;	/* the supervisor does not know */
	struct msg_place_state shown;
};

/* ---- audit_places.c ---- */

extern struct place audit_places[MSG_PLACES_MAX];
extern struct audit_syslog audit_syslog_head;

/* ---- audit_place_mark.c: how far it is ---- */

struct audit_position place_end_of_log(void);
/*
 * Where it is in the log, as was written, or else at from: a new one gets
 * what is recorded from there on.
 */
void place_find(struct place *place, const struct audit_position *from);
/* Write it on the disk, unless it stands there. */
void place_save(struct place *place, const struct audit_position *at);
/* Between two messages: so far it is now. */
void place_mark(struct place *place, uint64_t now);
/* How many bytes have arrived, in the kernel of the other side at least. */
uint64_t place_arrived(const struct place *place);
/*
 * The last mark that nothing before can have been lost of. in_order: its
 * other side reads, or has read, all that it got.
 */
const struct mark *place_safe_mark(struct place *place, bool in_order,
    uint64_t now);

/* ---- audit_place_send.c: its connection ---- */

void place_hang_up(struct place *place);
/* It is gone, or is to go; in_order: it has read all that it was sent. */
void place_lose(struct place *place, bool in_order);
/* Send what the log has and the socket takes, within the limit of a round. */
void place_pump(struct place *place);
/* It was sent all. */
bool place_is_at_end(const struct place *place);

#endif
