/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_TESTS_CRASH_RIG_H
#define SEKISHO_TESTS_CRASH_RIG_H

#include <setjmp.h>
#include <stdbool.h>
#include <sys/types.h>

#include "../../gateway/proc/ipc.h"
#include "../../gateway/spool/spool_record.h"

/*
 * The real sekisho-spool between peers of our own: this process plays the
 * supervisor, the receiver, the sanitizer, the verifier and the deliverers.
 *
 * The body decides what the sanitizer says ("HOLD", "FAIL", "CRASH", "BUSY";
 * released ones are always safe) and the verifier ("LIE": no); the first
 * letters of a recipient decide what the next hop says ("refuse", "later").
 */
#define RIG_DELIVERIES_MAX	200000

enum rig_segment { RIG_LGWAN = 0, RIG_INTERNET, RIG_SEGMENTS };

struct rig_delivery {
	uint64_t	id;
	uint32_t	segment;
	bool		null_sender;
	char		to[64];
	uint32_t	mark;		/* what rig->mark() said then */
};

struct rig {
	uint32_t	generation;	/* of the rules */
	pid_t		pid;
	int		supervisor, receive, sanitize, verify, audit;
	int		deliver[RIG_SEGMENTS];
	char		dir[512];
	const char	*program;
	bool		hop_down;
	bool		silent;		/* the sanitizer answers nothing */
	bool		dsn_passed;	/* the next hop knows RFC 3461 */
	bool		later_ok;	/* "later" has become now */
	bool		audit_closed;	/* its log cannot be written */
	/* instead of a program: the daemon in a fork of this process */
	void		(*entry)(void);
	/* where to go when the daemon is gone; NULL: die */
	jmp_buf		*gone;
	/* told of each original that is written, and asked at each 250 */
	void		(*body)(uint64_t id, struct span bytes);
	uint32_t	(*mark)(void);
	void		(*acknowledged)(uint64_t id);
	/* what was seen */
	uint32_t	drafts, committed, refused;
	uint64_t	last_id;
	enum err	last_status;
	uint32_t	sanitized, released, transactions, largest;
	uint32_t	dsn_verified;
	uint32_t	audited;	/* records that were acknowledged */
	uint32_t	deliveries_n;
	struct rig_delivery *deliveries;
	char		dsn[65536];	/* the last one, NUL-terminated */
	char		mail[4096];	/* what every mail is */
	uint32_t	outstanding;
};

/*
 * Starts the program on the state folder; dies when it does not come up.
 * rig_start() zeroes the rig first; rig_start_as() takes what is set in it.
 */
void rig_start_as(struct rig *rig, const char *dir);
void rig_start(struct rig *rig, const char *program, const char *dir);
/* MSG_STOP, or a signal; the exit status as of waitpid. */
int rig_stop(struct rig *rig);
void rig_kill(struct rig *rig);
/* The daemon is dead and waited for. */
void rig_close(struct rig *rig);
/* New rules: the same, or without the route "inbound". */
void rig_reload(struct rig *rig, bool with_inbound);
/* The sanitizer dies and comes back. */
void rig_sanitizer_dies(struct rig *rig);

/* The audit log is closed, or open again. */
void rig_audit_state(struct rig *rig, bool open);
/* Ask for a draft; write and commit it as soon as it comes. */
void rig_mail(struct rig *rig, const struct envelope *envelope,
    const char *body);
/* Play until cond (NULL: nothing) holds; false: timeout_ms are over. */
bool rig_play(struct rig *rig, bool (*cond)(const struct rig *),
    unsigned timeout_ms);
/* A question of the administrator's; the rows as "name=value ..." lines. */
uint32_t rig_ask(struct rig *rig, enum control_verb verb, uint64_t id,
    char *answer, size_t answer_len);
uint32_t rig_count(const struct rig *rig, uint64_t id, const char *to);
void rig_envelope(struct envelope *envelope, uint32_t recipients_n,
    const char *const *to);

#endif
