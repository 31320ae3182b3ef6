/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_TESTS_SMTP_RIG_H
#define SEKISHO_TESTS_SMTP_RIG_H

#include <stdbool.h>
#include <sys/types.h>

#include "../../gateway/proc/ipc.h"

/*
 * A real sekisho-receive or sekisho-deliver, with this process as its
 * supervisor and peers; and plain blocking sockets to talk SMTP with.
 */
struct rig {
	enum role_id	role;
	pid_t		pid;
	int		supervisor;
	const uint64_t	*counters;
};

/*
 * folder: of a Maildir, or -1. ports: to which it may connect. Dies when the
 * program does not come up.
 */
void rig_start(struct rig *rig, enum role_id role, const char *segment,
    uint32_t segment_index, const char *rules, int folder,
    const char *ports);
void rig_rules(struct rig *rig, const char *rules);
/* A channel to the program, as if from this role. */
int rig_peer(struct rig *rig, enum role_id role);
void rig_listener(struct rig *rig, uint32_t route, uint32_t listen, int fd);
void rig_send_stop(struct rig *rig);
/* The exit status as of waitpid; -1 after 30 s. */
int rig_wait(struct rig *rig);
long rig_rss_kib(const struct rig *rig);

void rig_send(int fd, enum msg_kind kind, const void *fixed,
    struct span tail, const int *fds, unsigned fds_n);
/* False: nothing came in time, or the channel is closed. */
bool rig_receive(int fd, enum role_id self, enum role_id peer,
    struct ipc_message *message, unsigned timeout_ms);

int sealed_file(struct span bytes);
/* A listening socket on 127.0.0.1, any port. */
int listen_here(uint16_t *port);

/* A client from 127.0.HIGH.LOW. */
int client_open(uint16_t port, unsigned low);
void client_send(int fd, struct span bytes);
/*
 * Read until the text ends with a last line of a reply ("250 ...") and n
 * replies came, the peer closed or 5 s passed. NUL-terminated.
 */
const char *client_read(int fd, unsigned replies);
/* Send, then read n replies; does the last line begin so? */
bool client_says(int fd, struct span bytes, unsigned replies,
    const char *last);
bool client_closed(int fd);		/* by the peer, within 5 s */

void check(bool cond, const char *what);
int check_result(void);			/* prints the sum; exit status */

#endif
