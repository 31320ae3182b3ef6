/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_WORKER_LAUNCHER_H
#define SEKISHO_WORKER_LAUNCHER_H

#include "../../gateway/proc/ipc.h"
#include "../../gateway/proc/loop.h"
#include "../../rules/rules.h"
#include "../sanitizer.h"
#include "job.h"
#include "limits.h"

/*
 * sekisho-sanitize, the launcher: hands mails to children, and what they ask
 * for to other children; looks at what comes back before it passes it on.
 */

/* launcher_zygote.c: the kinds of worker. */
enum zygote_kind { ZYGOTE_MAIL = 0, ZYGOTE_CONVERT, ZYGOTE_RENDER,
	ZYGOTE_N };
enum zygote_kind zygote_of_task(enum convert_task task);

/*
 * Fork and exec their programs, with our own arguments; before role_start.
 * Where one order is all that comes, sekisho-render only once it has a job,
 * and one sekisho-worker for mails and conversions.
 */
void zygotes_start(char **argv, int argc);
/* Watch them; an exit of one ends us: it cannot be started again here. */
void zygotes_watch(struct loop *loop, void (*ended)(const struct
    msg_job_exit *));
/* Start a child for a job; gives our end of its channel. */
enum err zygote_job(enum zygote_kind kind, uint64_t job, int *channel)
    MUST_CHECK;
void zygote_kill(enum zygote_kind kind, uint64_t job);

/*
 * launcher_side.c: a child of a zygote, and what it says. It is over when it
 * has ended and its channel is read to the end, in whatever order the two are
 * seen. Owned by whoever started it; is says what it is.
 */
struct side {
	const struct side_kind	*is;
	enum zygote_kind	 kind;
	bool			 late;		/* so it was killed */
	uint64_t		 job;		/* 0: none */
	struct ipc_channel	*channel;
	bool			 exited;
	bool			 killed;	/* the zygote was told */
	bool			 done;		/* it sent its result */
	struct msg_job_result	 result;
	struct msg_job_exit	 exit;
	int			 fds[2];	/* what it made */
	struct buf		 tail;
	struct side		*next;		/* of all that there are */
};
struct side_kind {
	/* A message that is no result; false: it is out of place. */
	bool	(*order)(struct side *, struct ipc_message *);
	/* It sent what it must not. NULL: it is killed. */
	void	(*wrong)(struct side *, const char *why, bool invalid);
	/* It is over; the owner ends the side. */
	void	(*over)(struct side *);
};
/* False: there is no child. side->is and side->kind are set. */
bool side_start(struct side *side) MUST_CHECK;
/* More than once is harmless. over() comes later all the same. */
void side_kill(struct side *side);
void side_fini(struct side *side);
/* A child of any zygote has ended. */
void sides_ended(const struct msg_job_exit *message);

/*
 * launcher_convert.c: the conversions of mails, which are in places from 0 to
 * LAUNCHER_JOBS_MAX. A mail may order several; launcher.jobs_max of them are
 * at work at once, of one mail no more than there are processors. Who has the
 * fewest at work is next, so that a mail of hundreds of files uses what the
 * others leave, and delays them by one conversion at most.
 */
void conversions_init(void);
void conversions_begin(unsigned place, const struct sanitizer_policy *policy);
/* Takes the descriptor. False: there can be no such order. */
bool conversions_order(unsigned place, struct ipc_message *message)
    MUST_CHECK;
/* The mail is done, or late: those of it end. */
void conversions_end(unsigned place);

/* launcher_job.c: one mail or file. */
/* The answer to an order; fd is -1 when there is none. */
void job_converted(unsigned place, const struct msg_job_result *result,
    struct span tail, int fd);
void job_used(unsigned place, uint64_t cpu_us);
struct request {
	struct msg_sanitize fixed;
	int		fd;		/* owned */
	struct buf	tail;		/* owned */
};

/* What the jobs need of the process; the owner is launcher.c. */
struct launcher {
	struct loop		*loop;
	struct ipc_channel	*peer;		/* spool or tool; NULL: gone */
	bool			 peer_is_tool;
	uint64_t		 peer_number;	/* counts peers */
	struct rules_image	*image;
	uint64_t		 generation;
	unsigned		 processors;
	unsigned		 jobs_max;
	unsigned		 jobs_n;
	bool			 stopping;
};
extern struct launcher launcher;

void jobs_init(void);
/* Takes the request. There is a free slot: launcher.jobs_n < jobs_max. */
void job_start(struct request *request);
/* An answer without a child. */
void job_refuse(const struct request *request, enum sanitize_outcome outcome,
    const char *reason);
void request_fini(struct request *request);
/* The one who asked is gone. */
void jobs_kill_all(void);
/* launcher.c: a slot is free; the zygotes have entered their role. */
void launcher_next(void);
void launcher_ready(void);

/* launcher_check.c: is this descriptor what a child may send? */
enum err check_sealed(int fd, uint64_t bytes, uint64_t bytes_max,
    const char **why) MUST_CHECK;
bool check_mail(int fd, uint64_t bytes);
/* type: enum safe_type; of SAFE_NONE anything is taken, it goes back in. */
bool check_form(int fd, uint64_t bytes, uint32_t type);

/* launcher_policy.c: from rules and message to a job; spans are borrowed. */
bool policy_find(uint32_t index, struct sanitizer_policy *policy);
bool policy_of_route(uint32_t route, struct sanitizer_policy *policy);

#endif
