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

/* Fork and exec their programs, with our own arguments; before role_start. */
void zygotes_start(char **argv, int argc);
/* Watch them; an exit of one ends us: it cannot be started again here. */
void zygotes_watch(struct loop *loop, void (*ended)(const struct
    msg_job_exit *));
/* Start a child for a job; gives our end of its channel. */
enum err zygote_job(enum zygote_kind kind, uint64_t job, int *channel)
    MUST_CHECK;
void zygote_kill(enum zygote_kind kind, uint64_t job);

/* launcher_job.c: one mail or file. */
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
/* A child of any zygote has ended. */
void job_child_ended(const struct msg_job_exit *message);
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
