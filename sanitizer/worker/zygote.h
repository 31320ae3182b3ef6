/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_WORKER_ZYGOTE_H
#define SEKISHO_WORKER_ZYGOTE_H

#include "../../gateway/proc/ipc.h"
#include "../../gateway/proc/role.h"
#include "../sanitizer.h"

/*
 * What the programs that read hostile bytes have in common. zygote.c: forks
 * a child for each job. child.c: that child's channel and its output.
 */
struct zygote_program {
	enum role_id	role;
	void		(*warm)(void);	/* before rights are given up */
	/* One job: reads its order, does it, ends. Never returns. */
	void		(*child)(int channel);
};
_Noreturn void zygote_main(const struct zygote_program *program, int argc,
    char **argv);

/*
 * In the child: enter the role, read the order (into bytes of this module).
 * Ends the process on trouble. _exit(child_status(err)) at the end.
 */
void child_begin(enum role_id role, int channel,
    struct ipc_message *message);
int child_status(enum err err);

/* An empty memory file that the launcher can seal; -1 on trouble. */
int child_memory_file(const char *name);

/* The sink into the one memory file of the output; -1 before child_open(). */
extern struct filter *const child_sink;
int child_open(const char *name);
enum err child_flush(void) MUST_CHECK;
uint64_t child_bytes(void);

/* MSG_JOB_DONE; out and report are -1 when there is none. */
enum err child_done(int channel, const struct msg_job_result *result,
    struct span tail, int out, int report) MUST_CHECK;

/* MSG_JOB_FILE: one conversion, by sanitizer_convert() or one like it. */
typedef enum err child_convert_fn(const struct convert_order *,
    const struct input *, const struct sanitizer_policy *, struct filter *,
    struct convert_result *);
enum err child_convert(int channel, const struct ipc_message *message,
    child_convert_fn *convert) MUST_CHECK;

#endif
