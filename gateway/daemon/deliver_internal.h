/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_DAEMON_DELIVER_INTERNAL_H
#define SEKISHO_DAEMON_DELIVER_INTERNAL_H

#include "../../rules/rules.h"
#include "../proc/delivery_result.h"
#include "../proc/ipc.h"
#include "../proc/loop.h"
#include "../smtp/smtp_client.h"
#include "../spool/spool_record.h"
#include "limits.h"

/* What became of a recipient; class 0: not known yet. */
struct job_result {
	uint8_t		class;		/* enum delivery_class */
	uint16_t	code;
	uint32_t	offset;		/* in the texts of the job */
	uint32_t	len;
};

/* One MSG_DELIVER in hand. */
struct job {
	struct job	*next;		/* free, queued, or not reported */
	uint64_t	 id;
	uint64_t	 number;	/* the spool's; comes back */
	struct span	 mapped;	/* a large mail */
	struct buf	 copied;	/* a small one */
	struct buf	 envelope;	/* encoded; the spans point here */
	struct buf	 texts;
	struct smtp_client_mail mail;
	struct smtp_client_recipient recipients[ENVELOPE_RECIPIENTS_MAX];
	struct job_result results[ENVELOPE_RECIPIENTS_MAX];
	bool		 used;
	bool		 orphan;	/* the spool that sent it is gone */
	bool		 retried;	/* a kept connection was dead */
	bool		 hop_failed;
	bool		 dsn_passed;	/* the host knows RFC 3461 */
};

struct connection;

/* A next hop, known by its address and port. */
struct hop {
	bool			 used;
	struct address		 address;
	uint16_t		 port;
	struct job		*first;		/* waiting for a connection */
	struct job		*last;
	struct connection	*connections;
	struct connection	*idle;
	uint32_t		 connections_n;
	uint32_t		 ready_n;	/* of them, behind EHLO */
	uint64_t		 no_more_until_ms;	/* connections */
};

struct connection {
	struct loop_watch	 watch;		/* first */
	struct loop_timer	 timer;
	struct smtp_client	 client;
	struct hop		*hop;
	struct connection	*next;		/* free, or of the hop */
	struct connection	*idle_next;
	struct job		*job;
	uint64_t		 deadline_ms;
	uint64_t		 progress;
	bool			 wrote;		/* since the deadline was set */
	bool			 used;
	bool			 connected;
	bool			 ready;		/* was behind EHLO once */
	bool			 newly_ready;
	bool			 is_idle;
	struct job_result	 why;		/* it closed */
	char			 why_text[SMTP_REPLY_TEXT_BYTES_MAX];
};

struct deliver {
	struct loop		*loop;
	struct ipc_channel	*supervisor;
	struct ipc_channel	*spool;		/* NULL: gone for now */
	struct rules_image	*image;
	struct span		 image_bytes;
	uint32_t		 generation;	/* of the image */
	uint32_t		 segment;
	unsigned		 folders_n;
	char			 name[SMTP_DOMAIN_BYTES_MAX + 1];
	struct hop		 hops[DELIVER_HOPS_MAX];
	bool			 stopping;
	struct loop_timer	 stop_timer;
};

extern struct deliver deliver;		/* the process */

/* deliver_job.c */
void jobs_init(void);
/* A MSG_DELIVER: check, copy or map, then to its hop or folder. */
void job_take(const struct msg_deliver *fixed, struct ipc_message *message);
/* For one recipient, or all who have none yet. Text is cut and copied. */
void job_result(struct job *job, uint32_t recipient, unsigned class,
    unsigned code, struct span text);
void job_result_all(struct job *job, unsigned class, unsigned code,
    struct span text);
/* Report and forget; frees the job. */
void job_done(struct job *job);
void job_forget(struct job *job);
/* A part of the body was read: of a long one, its memory may go. */
void job_release(const struct job *job, struct span part);
struct span job_body(const struct job *job);
void jobs_orphan(void);			/* the spool went away */

/* deliver_hop.c */
struct hop *hop_find(const struct address *address, uint16_t port);
void hop_add_job(struct hop *hop, struct job *job);
void hop_put_back(struct hop *hop, struct job *job);	/* in front */
struct job *hop_next_job(struct hop *hop);	/* NULL: none waits */
/* Give waiting jobs to idle connections, open more as needed. */
void hop_schedule(struct hop *hop);
/* A connection did not get as far as EHLO. */
void hop_connect_failed(struct hop *hop, const struct job_result *why,
    struct span text);
void hops_forget_waiting(void);
void hop_release(struct hop *hop);	/* when nothing uses it */

/* deliver_connection.c */
void connections_init(void);
/* False: no connection is free, or the socket failed (errno). */
bool connection_open(struct hop *hop);
void connection_give(struct connection *connection, struct job *job);
void connections_stop(void);
void connections_abort_unsent(void);	/* those that send no text yet */
uint32_t connections_used(void);

/* deliver_maildir.c */
/* The folders of this segment's routes, in the order of the descriptors. */
void maildir_init(const struct rules_image *image);
void maildir_deliver(struct span path, struct job *job);

#endif
