/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_TOOLS_SANITIZE_RUN_H
#define SEKISHO_TOOLS_SANITIZE_RUN_H

#include <sys/types.h>

#include "../gateway/proc/msg.h"
#include "../rules/rules.h"

/*
 * A sekisho-sanitize of our own, without a daemon: this end plays supervisor
 * and spool. For `sekisho sanitize`, and for the bench of documents, which
 * measures what that command uses.
 */
struct sanitize_run {
	pid_t		pid;
	int		supervisor, peer;
	char		empty[32];	/* folder for chroot, "" if none */
	/* the answer to the last order; fds: what was made, the report */
	struct msg_sanitized answer;
	char		reason[600];	/* of the answer, or of trouble */
	int		fds[2];
};

/*
 * A sealed image of rules that have no errors, and the number of the policy
 * of this name in them; NULL: "standard", or the first. -1: see *why.
 */
int sanitize_rules(const struct rules_run *rules, const char *policy,
    uint32_t *policy_index, const char **why);

/*
 * The bytes of a file ("-": standard input) in a memory file, so that nothing
 * can change them while they are looked at, and no file of the user's goes to
 * a process that reads hostile bytes. -1: see errno; EFBIG: too long.
 */
int sanitize_input(const char *path, uint64_t *bytes);

/* All bytes of a descriptor to another. ERR_LIMIT: more than bytes_max. */
enum err sanitize_copy(int from, int to, long bytes_max) MUST_CHECK;

/*
 * Start: program is the path of a sekisho-sanitize with all its workers, as
 * the gateway has it; NULL: the one beside our own program, for one order.
 * False: see reason. sanitize_stop() in any case, once.
 */
bool sanitize_start(struct sanitize_run *run, const char *program,
    int rules) MUST_CHECK;
void sanitize_stop(struct sanitize_run *run);

/*
 * One file or mail, and wait for the answer; fixed.flags says what it is,
 * name what it is called. False: no answer, see reason.
 */
bool sanitize_order(struct sanitize_run *run, const struct msg_sanitize *fixed,
    struct span name, int fd) MUST_CHECK;

#endif
