/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_DAEMON_RECEIVE_INTERNAL_H
#define SEKISHO_DAEMON_RECEIVE_INTERNAL_H

#include "../../rules/rules.h"
#include "../base/arena.h"
#include "../proc/ipc.h"
#include "../proc/loop.h"
#include "../smtp/smtp_server.h"
#include "../spool/spool_record.h"
#include "limits.h"

/* One listening socket of this segment. */
struct listener {
	struct loop_watch	 watch;		/* first */
	struct loop_timer	 pause;
	bool			 used;
	uint32_t		 route;		/* in the present image */
	struct rules_listen	 listen;
	struct rules_route	 rules;
	struct smtp_server_config config;
	uint32_t		 sessions_n;
};

/* What a session wants of the spool. */
enum draft_state {
	DRAFT_NONE = 0,
	DRAFT_ASKED,		/* MSG_DRAFT is to come */
	DRAFT_OPEN,		/* fd and id are there */
	DRAFT_BROKEN,		/* the spool went away */
	DRAFT_COMMITTING	/* MSG_COMMITTED is to come */
};

struct draft {
	enum draft_state state;
	int		 fd;
	uint64_t	 id;
	uint64_t	 written;
	struct buf	 gathered;	/* not written yet */
};

struct session {
	struct loop_watch	 watch;		/* first */
	struct loop_timer	 timer;
	struct smtp_server	 server;
	struct listener		*listener;
	struct session		*next;		/* free, or of the bucket */
	struct arena		*arena;		/* of the mail at hand */
	struct envelope		*envelope;	/* in the arena */
	size_t			 envelope_bytes;
	struct buf		 helo;
	struct draft		 draft;
	uint64_t		 number;	/* in messages to the spool */
	uint64_t		 deadline_ms;
	uint64_t		 progress;
	uint64_t		 lingered_bytes;
	struct address		 peer;
	uint16_t		 peer_port;
	bool			 used;
	bool			 lingering;
	bool			 greeted;
};

struct receive {
	struct loop		*loop;
	struct ipc_channel	*supervisor;
	struct ipc_channel	*spool;		/* NULL: gone for now */
	struct rules_image	*image;
	struct span		 image_bytes;
	uint32_t		 generation;	/* of the image */
	uint32_t		 segment;
	struct listener		 listeners[RECEIVE_LISTENERS_MAX];
	struct session		*sessions;	/* RECEIVE_SESSIONS_MAX */
	struct session		*free_session;
	struct session		*buckets[RECEIVE_PEER_BUCKETS];
	uint32_t		 sessions_n;
	uint32_t		 sessions_max;
	bool			 stopping;
	struct loop_timer	 stop_timer;
};

extern struct receive receive;		/* the process */

/* receive.c: a line about a client, at most RECEIVE_LOG_PER_S of them */
void receive_log(const struct session *session, const char *fmt, ...)
    PRINTF(2, 3);

/* receive_listen.c */
void listener_add(uint32_t route, uint32_t listen, int fd);	/* takes fd */
void listeners_follow_rules(const struct rules_image *image);
void listeners_close(void);

/* receive_session.c */
void sessions_init(void);
/* Takes fd. NULL: no session is free; fd stays open. */
struct session *session_open(struct listener *listener, int fd,
    const struct address *peer, uint16_t port);
uint32_t session_peer_count(const struct listener *listener,
    const struct address *peer);
struct session *session_find(uint64_t number);	/* NULL: gone */
/* Write, go on, set events and deadline, or close: after all that happens. */
void session_update(struct session *session);
/* Those of one listener, or of all (NULL): 421, or behind their mail. */
void sessions_stop_listener(const struct listener *listener);
void sessions_close(void);

/* receive_mail.c: the owner of the protocol machine, and the drafts */
extern const struct smtp_server_owner session_owner;
void draft_drop(struct session *session);
void spool_message(void *arg, struct ipc_channel *channel,
    struct ipc_message *message);
void drafts_lost(void);			/* the spool went away */

/* receive_reject.c: what clients were refused, for the audit log */
void rejects_init(void);
/* command: that the reply is for, or NULL. */
void reject_session(const struct session *session,
    const struct smtp_reply *reply, const struct smtp_command *command);
/* He got no session. */
void reject_peer(const struct listener *listener, const struct address *peer,
    const struct smtp_reply *reply);
/* What was counted goes to the spool; all: though it is not time yet. */
void rejects_flush(bool all);

#endif
