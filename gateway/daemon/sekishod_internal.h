/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_DAEMON_SEKISHOD_INTERNAL_H
#define SEKISHO_DAEMON_SEKISHOD_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "../../rules/rules.h"
#include "../base/buf.h"
#include "../audit/audit_record.h"
#include "../base/digest.h"
#include "../base/json.h"
#include "../packet/cut_list.h"
#include "../proc/counters.h"
#include "../proc/ipc.h"
#include "../proc/limits.h"
#include "../proc/loop.h"
#include "../proc/msg.h"
#include "../proc/role.h"
#include "limits.h"
#include "sekishod_generation.h"

/* Limits of the supervisor. */
#define PROCESSES_MAX		136	/* 8, and 2 per segment */
#define LISTENERS_MAX		1024
#define CLIENTS_MAX		16	/* of the control socket */
#define SEGMENT_NAME_BYTES	64
#define RESTART_DELAY_MS	100	/* doubled each time, up to */
#define RESTART_DELAY_MS_MAX	30000
#define RESTART_FORGET_MS	60000	/* lived so long: begin anew */
#define STOP_MS			10000	/* then SIGKILL */
#define REPLACE_MS		25000	/* the same, when others go on */
#define COMPILE_MS		10000
#define FILE_BYTES_MAX		RULE_FILE_BYTES_MAX
#define FILES_MAX		GENERATION_FILES_MAX
#define CONFIRM_S_MAX		3600	/* of a trial */
#define RETURN_AGAIN_MS		1000	/* the old rules cannot be opened */
#define NOTICE_BYTES		512
#define CLIENT_SAY_BYTES	2048
#define IMAGE_BYTES_MAX		(512u * 1024 * 1024)
#define FINDINGS_BYTES_MAX	(60u * 1024)	/* fits the tail of an answer */
#define CONFIG_PATH_BYTES	4096
#define AGENTX_PATH_BYTES	108	/* unix(7) */
#define ROUTES_SUMMED_MAX	256
#define SNAPSHOT_PAUSE_MS	200	/* between two of them */

/* Exit codes of design.md section 6. */
#define EXIT_USAGE		2
#define EXIT_REFUSED		3
#define EXIT_SYSTEM		4

/* Where user ids come from when there are no users: see sekishod(8). */
#define FALLBACK_UID		64510
#define SEGMENT_GID		64550	/* and the next ones */

struct account {
	uid_t	uid;		/* 0: we are not root, nothing changes */
	gid_t	gid;
};

enum process_state {
	PROCESS_STOPPED = 0,	/* not started, or ended for good */
	PROCESS_WAITING,	/* ended; started again when the timer fires */
	PROCESS_STARTING,	/* runs, has not said MSG_READY */
	PROCESS_READY,
	PROCESS_STOPPING	/* was told to; killed when the timer fires */
};

struct gateway;
struct row;

/* One of our processes, living or between two lives. */
struct process {
	struct loop_timer	 timer;		/* first */
	struct gateway		*gateway;
	enum role_id		 role;
	uint32_t		 segment;	/* RULES_NONE: none */
	char			 segment_name[SEGMENT_NAME_BYTES];
	bool			 used;		/* this row of the table */
	bool			 wanted;	/* false: goes after its end */
	bool			 again;		/* stopped to be started anew */
	enum process_state	 state;
	pid_t			 pid;
	struct ipc_channel	*channel;
	uint64_t		 started_ms;	/* monotonic */
	uint64_t		 delay_ms;	/* before the next start */
	uint64_t		 restarts;	/* after crashes */
	int			 counters_fd;
	const uint64_t		*page;		/* of the present life */
	uint64_t		 sums[COUNTER_N];	/* of the past ones */
	struct msg_sandbox	 sandbox;
	bool			 sandbox_known;
	/* deliver: what it may reach, fixed at its start */
	int			 folders[ROLE_FOLDERS_MAX];
	unsigned		 folders_n;
	char			 ports[ROLE_PORTS_MAX * 6 + 1];
	uint8_t			 reach[DIGEST_BYTES];	/* of paths, ports */
};

struct listener {
	struct address	address;
	uint16_t	port;
	int		fd;
	bool		wanted;		/* by the rules being taken over */
};

/* A compiled rule file. */
struct config {
	int			 fd;		/* sealed memfd */
	struct span		 bytes;		/* its mapping */
	struct rules_image	*image;
	uint64_t		 generation;
	uint64_t		 loaded_ms;	/* wall */
	uint8_t			 digest[DIGEST_BYTES];
	uint8_t			 text[DIGEST_BYTES];	/* of the source */
};

struct client {
	struct ipc_channel	*channel;	/* NULL: free */
	int			 fd;		/* borrowed from the channel */
	uid_t			 uid;
	uint64_t		 since_ms;
	struct gateway		*gateway;
	bool			 waits;		/* for the kernel's table */
	char			 say[CLIENT_SAY_BYTES];	/* then */
	unsigned		 say_status;
};

struct gateway {
	struct loop_watch	 signals;	/* first: see on_signal() */
	struct loop_watch	 control;
	struct loop		*loop;
	char			 rules_path[CONFIG_PATH_BYTES];
	char			 state_path[CONFIG_PATH_BYTES];
	char			 programs_path[CONFIG_PATH_BYTES];
	char			 empty_path[CONFIG_PATH_BYTES];
	int			 state_dir;	/* locked */
	struct account		 accounts[ROLE_N];
	bool			 fallback_used;
	gid_t			 control_gid;	/* -1: no such group */
	struct config		 config;
	struct generation_store	 generations;
	struct config		 fallback;	/* during a trial: the old */
	struct loop_timer	 trial;		/* its end */
	struct loop_timer	 day;		/* have rules ended? */
	struct loop_timer	 audit_look;	/* is its folder there? */
	bool			 second_approver;
	char			 notice[NOTICE_BYTES];	/* for status; "" */
	struct buf		 findings;	/* of the last compilation */
	struct buf		 reload_error;	/* empty: it went well */
	uint64_t		 reload_error_ms;
	struct process		 processes[PROCESSES_MAX];
	uint64_t		 sums[COUNTER_N];	/* of who is gone */
	struct listener		 listeners[LISTENERS_MAX];
	unsigned		 listeners_n;
	struct client		 clients[CLIENTS_MAX];
	uint64_t		 started_ms;
	bool			 was_ready;
	unsigned		 stopping;	/* stage, from 1 on */
	int			 parent_pipe;	/* -1: in the foreground */
	bool			 mail_only;	/* no packets, no table */
	uint32_t		 epoch;		/* of rules and cuts */
	char			 epoch_rules[DIGEST_HEX_BYTES];
	uint32_t		 table_epoch;	/* the kernel's; 0: none */
	uint8_t			 table_digest[DIGEST_BYTES];	/* of it */
	bool			 table_known;	/* the digest is */
	bool			 table_fast;	/* it has a flow table */
	bool			 table_log;	/* it shows what it drops */
	bool			 queue_native;	/* not by xtables */
	unsigned		 table_refused;	/* times in a row */
	bool			 closed;	/* forwards nothing for it */
	struct loop_timer	 watch;		/* look at the table */
	struct loop_watch	 notices;	/* somebody changed one */
	struct loop_timer	 table;		/* the packet process is late */
	struct cut_list		 cuts;
	bool			 cuts_damaged;	/* all segments are cut */
	struct flow_cut		 flow_cuts[PACKET_CUTS_MAX];	/* of these */
	uint32_t		 flow_cuts_n;		/* rules */
	uint8_t			 audit_secret[32];
	bool			 audit_closed;	/* and all segments with it */
	bool			 audit_known;	/* it was open once, or said
						   why not */
	char			 audit_why[NOTICE_BYTES];
	int			 counts_fd;	/* packet_counts.h; and its */
	const struct packet_counts *counts;	/* mapping; NULL: none */
	struct buf		 audit_waiting;	/* records, for its start */
	uint8_t			 audit_mask[32];	/* the key for names */
	struct msg_place_state	 places[MSG_PLACES_MAX];	/* as heard */
	/* of snmpd; "": not wanted */
	char			 agentx_path[AGENTX_PATH_BYTES];
	uint64_t		 snapshot_ms;	/* of the last; monotonic */
	struct buf		 watched;	/* by sekisho-snmp */
	/* of the processes that are gone; key 0: free */
	struct counter_route	 route_sums[ROUTES_SUMMED_MAX];
	uint64_t		 format_sums[COUNTER_FORMATS_N]
				    [FORMAT_OUTCOME_N];
};

/* sekishod_state.c: users, folders */
enum err state_open(struct gateway *gateway, struct diag *diag) MUST_CHECK;
void state_accounts(struct gateway *gateway);
/* The Maildirs and ports of a deliver; on error nothing has changed. */
enum err state_reach(const struct gateway *gateway,
    const struct rules_image *image, uint32_t segment,
    struct process *process, struct diag *diag) MUST_CHECK;
void state_reach_close(struct process *process);
/* The folder of a process that writes into one of its own. */
enum err state_folder(const struct gateway *gateway, const char *name,
    struct process *process, struct diag *diag) MUST_CHECK;

/*
 * sekishod_compile.c: text to image in a process of its own. An empty set is
 * filled from the rule file and what it includes; another one is compiled as
 * it is. The caller ends the set on every return.
 */
enum err compile_rules(struct gateway *gateway, struct rule_set *set,
    struct config *config, struct diag *diag) MUST_CHECK;
void config_close(struct config *config);
/* Days since 1970 where we are. */
uint32_t compile_today(void);

/* sekishod_day.c: rules whose last day has passed */
void day_start(struct gateway *gateway);

/* sekishod_listen.c */
enum err listeners_open(struct gateway *gateway,
    const struct rules_image *image, struct diag *diag) MUST_CHECK;
void listeners_commit(struct gateway *gateway);	/* close the unwanted */
void listeners_rollback(struct gateway *gateway);
int listener_find(const struct gateway *gateway, const struct address *address,
    uint16_t port);
int control_open(struct gateway *gateway, struct diag *diag);

/* sekishod_plan.c: which processes the rules need */
enum err plan_make(struct gateway *gateway, const struct rules_image *image,
    struct diag *diag) MUST_CHECK;
void plan_drop(void);
void plan_apply(struct gateway *gateway);

/* sekishod_process.c: the table of processes */
void process_send_rules(struct process *process);
void process_start(struct process *process);
void process_stop(struct process *process);
/* Killed, and started again as any that has ended. */
void process_put_down(struct process *process, const char *why);
void process_ended(struct gateway *gateway, pid_t pid, int status);
const char *process_state_name(enum process_state state);
struct process *process_of(struct gateway *gateway, enum role_id role);
/* "receive@internet" */
void process_name(const struct process *process, char *text, size_t len);

/*
 * sekishod_reload.c: take over the rule file. On error reload_error has the
 * whole story; reload_headline() is its first line.
 */
enum err reload(struct gateway *gateway, const struct person *by,
    struct diag *diag) MUST_CHECK;
struct span reload_headline(const struct gateway *gateway);
void reload_note_error(struct gateway *gateway, const struct diag *diag);
/*
 * The rules that a start finds in force, or the rule file: sekishod(8) says
 * which. ERR_INPUT: findings has what is wrong with them.
 */
enum err reload_start(struct gateway *gateway, struct diag *diag) MUST_CHECK;

/*
 * sekishod_apply.c: rules become a generation and come in force, at once, on
 * trial, or when another person has approved. ERR_POLICY: refused, diag says
 * why; ERR_INPUT: findings has it; the old rules are in force on each error.
 */
struct apply {
	struct rule_set	*set;
	struct person	 by;
	const char	*reason;
	const char	*source;
	uint64_t	 base;		/* 0: whatever is in force */
	uint64_t	 confirm_s;	/* 0: no trial */
	bool		 second;	/* another person must approve */
	bool		 stage;		/* before they come in force */
};
enum err apply_rules(struct gateway *gateway, const struct apply *apply,
    struct diag *diag) MUST_CHECK;
/* The same, of rules that are compiled already; takes fresh. */
enum err apply_config(struct gateway *gateway, const struct apply *apply,
    struct config *fresh, struct diag *diag) MUST_CHECK;
/* Rules in force as the generation that they have; takes fresh. */
enum err apply_again(struct gateway *gateway, struct config *fresh,
    uint64_t generation, struct diag *diag) MUST_CHECK;
enum err apply_confirm(struct gateway *gateway, const struct person *by,
    struct diag *diag) MUST_CHECK;
/* End what waits; else bring an earlier one back (0: the one before). */
enum err apply_rollback(struct gateway *gateway, struct apply *apply,
    uint64_t number, struct diag *diag) MUST_CHECK;
/* Somebody else's apply waits: ERR_POLICY, and diag says whose. */
enum err apply_free(const struct gateway *gateway, struct diag *diag)
    MUST_CHECK;
void person_set(struct person *person, uid_t uid);

/*
 * sekishod_packet.c: the kernel's table, and the process that decides. New
 * rules go to it first; when it decides by them, the table lets the flows of
 * the epoch before come to it again.
 */
void packet_start(struct gateway *gateway);
/* Can the kernel have the table of these rules? Nothing changes. */
enum err packet_prepare(struct gateway *gateway,
    const struct rules_image *image, struct diag *diag) MUST_CHECK;
/* The config in force has changed, or the cuts. */
void packet_changed(struct gateway *gateway);
/* The group of the deliver of a segment. */
gid_t packet_gid(const struct gateway *gateway, uint32_t segment);
void packet_taken(struct gateway *gateway, uint32_t epoch);
/* What MSG_RULES brings along to this process. */
struct span packet_cuts(const struct process *process);
/*
 * The list of cuts has changed. table: the kernel's table first, at once.
 * packet_pending() until packets are decided by it everywhere; then
 * control_cut_done() is called.
 */
void packet_cuts_changed(struct gateway *gateway, bool table);
bool packet_pending(const struct gateway *gateway);

/* The kernel now, and what we gave it. wrong: each tunable that is. */
enum packet_table { TABLE_SAME = 1, TABLE_CHANGED, TABLE_GONE,
	TABLE_UNKNOWN };
struct packet_look {
	enum packet_table	 table;
	bool			 forwards;	/* IPv4, and IPv6 if there */
	bool			 tuned;		/* nothing that is bad */
	void			(*wrong)(void *arg, const char *name,
				    const char *is, const char *wanted,
				    bool bad);
	void			*arg;
};
void packet_look(const struct gateway *gateway, struct packet_look *look);
enum packet_table packet_table_state(const struct gateway *gateway);
/* Write the table again, as it should be. */
void packet_restore(struct gateway *gateway);

/* sekishod_watch.c: does anybody else touch it? From the first table on. */
void watch_start(struct gateway *gateway);

/* sekishod_cut.c: the list of cuts, and what it means in the rules */
void cut_start(struct gateway *gateway);
bool cut_segment(const struct gateway *gateway, struct span name);
/* Indexes of what has the cut's name, at most max; returns how many have. */
uint32_t cut_meaning(const struct rules_image *image, const struct cut *cut,
    struct flow_cut *cuts, uint32_t max);
/* Of the rules in force: flow_cuts. */
void cut_resolve(struct gateway *gateway);
/* How many of the list have no effect in the rules in force. */
unsigned cut_missing(const struct gateway *gateway, bool tell);
/*
 * In force at once. ERR_LIMIT, ERR_INPUT: it is not. ERR_SYSTEM: it is, but
 * could not be written down and ends with us.
 */
enum err cut_make(struct gateway *gateway, const struct cut *cut,
    struct diag *diag) MUST_CHECK;
/* A cut of the list. On error it stays. */
enum err cut_end(struct gateway *gateway, const struct cut *cut,
    const struct person *by, const char *reason, struct diag *diag)
    MUST_CHECK;

/* sekishod_cut_name.c: what an administrator calls it */
/*
 * The kind and name of `said` in the rules in force (of cuts: of the list)
 * into *cut. ERR_POLICY: nothing, or more than one thing, has that name, and
 * why says so and what is near.
 */
enum err cut_find(const struct gateway *gateway, struct span said, bool cuts,
    struct cut *cut, struct buf *why) MUST_CHECK;

/*
 * sekishod_audit.c: the audit log. Its key is made or read; dies on trouble.
 */
void audit_start(struct gateway *gateway);
/* It has its channel: now its key, and what was to be said before. */
void audit_process_starts(struct process *process);
void audit_ended(const struct process *process);
/* Is the folder that it has still that of the state folder? */
bool audit_folder_there(const struct process *process);
/* It can be written, or not: then no flow is let through. */
void audit_changed(struct gateway *gateway, bool open, struct span why);
/*
 * A record: begin, members by the json writer, end. It is not waited for; if
 * the process is away it is kept until it starts, within bounds.
 */
struct audit_text {
	struct buf	buf;
	struct json	json;
};
void audit_begin(struct audit_text *text);
void audit_end(struct gateway *gateway, enum audit_type type,
    struct audit_text *text);

/* sekishod_control_cut.c: the verbs of the above */
void control_cut(struct client *client, const struct ipc_message *message);
/* What is cut, a row each; false as control_row(). */
bool control_cut_rows(struct client *client, struct row *row,
    uint32_t *rows);
/* The kernel's table is as the cuts want it; or the kernel refused it. */
void control_cut_done(struct gateway *gateway, bool good);

/*
 * sekishod_control_packet.c: the part of status about packets. What is not as
 * it should be is added to trouble, a line each; false as control_row().
 */
bool control_packet_rows(struct client *client, struct row *row,
    uint32_t *rows, struct buf *trouble);

/* sekishod_control_top.c: sums for `sekisho top` */
void control_top(struct client *client);

/* fn with each of our queues as the kernel has it. */
typedef void control_queue_fn(void *arg, unsigned number, unsigned waiting,
    unsigned full, unsigned lost);
void control_queues(control_queue_fn *fn, void *arg);

/* sekishod_snapshot.c: all numbers at one moment (snmp/snapshot.h) */
/* A sealed memory file, and its length; -1: see diag. */
int snapshot_make(const struct gateway *gateway, uint64_t *bytes,
    struct diag *diag);
/*
 * sekishod_snapshot_mail.c: those of mail, in the order of the tables.
 * keep_page: a process has ended; what it counted of routes and formats, and
 * what the spool knew of the disk.
 */
struct snapshot_writer;
void snapshot_mail_standard(const struct gateway *gateway,
    struct snapshot_writer *writer, uint64_t now);
void snapshot_mail(const struct gateway *gateway,
    struct snapshot_writer *writer, uint64_t now);
void snapshot_mail_more(const struct gateway *gateway,
    struct snapshot_writer *writer);
void snapshot_keep_page(struct gateway *gateway, enum role_id role,
    const uint64_t *page);
/* sekishod_snapshot_packet.c: those of the packet path */
void snapshot_pairs(const struct gateway *gateway, struct snapshot_writer *w);
void snapshot_refusals(const struct gateway *gateway,
    struct snapshot_writer *w);
void snapshot_rules(const struct gateway *gateway, struct snapshot_writer *w);
void snapshot_packets(const struct gateway *gateway,
    struct snapshot_writer *w);
void snapshot_queues(const struct gateway *gateway, struct snapshot_writer *w);
/* Behind all others: refusals of pairs, drops, times of verdicts. */
void snapshot_packet_last(const struct gateway *gateway,
    struct snapshot_writer *w);
/* A connection to snmpd, for sekisho-snmp; -1: nobody is there. */
int snapshot_agentx(const struct gateway *gateway);
/* What sekisho-snmp has seen and told: the next one begins with it. */
void snapshot_watched(struct gateway *gateway, struct span seen);

/* sekishod_places.c: what the rules ask of the audit log */
/* At the start: the key for names is read, or made. */
enum err places_start(struct gateway *gateway, struct diag *diag) MUST_CHECK;
void places_send_policy(struct process *process);
/* A receiver of syslog is to be connected to, or how it does. */
void places_asked(struct process *process, const struct msg_place *place);
void places_heard(struct gateway *gateway,
    const struct msg_place_state *state);
/* A row of `sekisho status` for each; false: the client is gone. */
bool places_rows(struct client *client, struct row *row, uint32_t *rows);

/* sekishod_control_apply.c: the verbs of the above, and history */
void control_apply(struct client *client, struct ipc_message *message);
void control_pending_fields(const struct gateway *gateway, struct row *row);

/* sekishod_control.c */
void control_start(struct gateway *gateway);
/* false: the client was hung up on, as it does not read. */
bool control_row(struct client *client, const struct row *row);
void control_end(struct client *client, unsigned exit_status, uint32_t rows,
    struct span text);
/* Of all processes that there are and were. */
uint64_t control_counter(const struct gateway *gateway,
    enum counter counter);
/* One line, printable, cut at a whole UTF-8 character. */
void control_copy_line(char *to, size_t size, struct span from);

/* sekishod.c */
void gateway_check_ready(struct gateway *gateway);
void gateway_stop(struct gateway *gateway);
void gateway_check_stopped(struct gateway *gateway);
void notify(const char *text);

#endif
