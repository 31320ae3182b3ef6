/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The control socket: who may ask, what the supervisor answers itself
 * (status, reload, stop), and what it hands on to the spool together with
 * the socket of the asker. A client that sends nonsense is hung up on.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/log.h"
#include "../proc/row.h"
#include "sekishod_internal.h"

#define GROUPS_MAX	256

static void
hang_up(struct client *client)
{
	ipc_close(client->channel);
	client->channel = NULL;
}

bool
control_row(struct client *client, const struct row *row)
{
	struct msg_row fixed = row_fixed(row);

	if (ipc_send(client->channel, MSG_ROW, &fixed, buf_span(&row->buf),
	    NULL, 0) == OK)
		return true;
	hang_up(client);
	return false;
}

void
control_end(struct client *client, unsigned exit_status, uint32_t rows,
    struct span text)
{
	struct msg_control_end fixed = { exit_status, rows };

	if (text.len > MSG_TAIL_BYTES_MAX)
		text.len = MSG_TAIL_BYTES_MAX;
	if (ipc_send(client->channel, MSG_CONTROL_END, &fixed, text, NULL,
	    0) != OK)
		hang_up(client);
}

/* ---- status ---- */

static const char *
gateway_state(const struct gateway *gateway)
{
	if (gateway->stopping > 0)
		return "stopping";
	for (unsigned i = 0; i < PROCESSES_MAX; i++)
		if (gateway->processes[i].used &&
		    gateway->processes[i].state != PROCESS_READY)
			return gateway->was_ready ? "degraded" : "starting";
	return "running";
}

static void
gateway_row(const struct gateway *gateway, struct row *row)
{
	const struct config *config = &gateway->config;
	char hex[DIGEST_HEX_BYTES];

	digest_hex(config->digest, hex);
	row_clear(row);
	row_text(row, "gateway", rules_gateway_name(config->image));
	row_str(row, "state", gateway_state(gateway));
	row_number(row, "started_ms", gateway->started_ms);
	row_str(row, "rules", gateway->rules_path);
	row_number(row, "generation", config->generation);
	row_number(row, "loaded_ms", config->loaded_ms);
	row_str(row, "image_sha256", hex);
	if (geteuid() != 0)
		row_str(row, "weaker", "not started by root: all processes "
		    "have one user, and no chroot");
	else if (gateway->fallback_used)
		row_str(row, "users", "some do not exist: user ids from 64510 "
		    "on are used");
	control_pending_fields(gateway, row);
	if (gateway->reload_error.len > 0) {
		row_number(row, "reload_refused_ms",
		    gateway->reload_error_ms);
		row_text(row, "reload_error", reload_headline(gateway));
	}
}

static void
sandbox_fields(const struct process *process, struct row *row)
{
	const struct msg_sandbox *sandbox = &process->sandbox;
	bool known = process->sandbox_known;

	row_number(row, "uid", process->gateway->accounts[process->role].uid);
	row_str(row, "ids", !known ? "-" : sandbox->ids_dropped ? "own" :
	    "shared");
	row_str(row, "chroot", !known ? "-" : sandbox->chrooted ? "yes" :
	    "no");
	row_str(row, "seccomp", !known ? "-" : sandbox->seccomp ? "yes" :
	    "no");
	row_number(row, "landlock_abi", known ? sandbox->landlock_abi : 0);
}

static void
process_row(const struct process *process, struct row *row)
{
	bool alive = process->pid > 0;
	char name[128];

	process_name(process, name, sizeof(name));
	row_clear(row);
	row_str(row, "process", name);
	row_str(row, "status", process_state_name(process->state));
	row_number(row, "pid", alive ? (uint64_t)process->pid : 0);
	row_number(row, "restarts", process->restarts);
	row_number(row, "uptime_s", alive ? (clock_monotonic_ms() -
	    process->started_ms) / 1000 : 0);
	sandbox_fields(process, row);
}

uint64_t
control_counter(const struct gateway *gateway, enum counter counter)
{
	uint64_t sum = gateway->sums[counter];

	for (unsigned i = 0; i < PROCESSES_MAX; i++) {
		const struct process *process = &gateway->processes[i];

		if (!process->used)
			continue;
		sum += process->sums[counter];
		if (process->page != NULL)
			sum += __atomic_load_n(&process->page[counter],
			    __ATOMIC_RELAXED);
	}
	return sum;
}

static bool
agentx_row(struct client *client, struct row *row, uint32_t *rows)
{
	const struct gateway *gateway = client->gateway;

	if (gateway->agentx_path[0] == '\0')
		return true;
	row_clear(row);
	row_str(row, "agentx", gateway->agentx_path);
	row_str(row, "snmpd", control_counter(gateway, COUNTER_AGENTX_OPEN) >
	    0 ? "connected" : "not there; tried again and again");
	(*rows)++;
	return control_row(client, row);
}

/* What has not been counted yet tells people nothing. */
static bool
counter_rows(struct client *client, bool zeros, struct row *row,
    uint32_t *rows)
{
	for (unsigned i = 0; i < COUNTER_N; i++) {
		uint64_t sum = control_counter(client->gateway,
		    (enum counter)i);

		if (sum == 0 && !zeros)
			continue;
		row_clear(row);
		row_str(row, "counter", counter_name((enum counter)i));
		row_number(row, "value", sum);
		if (!control_row(client, row))
			return false;
		(*rows)++;
	}
	return true;
}

static void
status_end(struct client *client, uint32_t rows, struct buf *trouble)
{
	const struct gateway *gateway = client->gateway;
	char when[CLOCK_TEXT_BYTES];
	bool good = trouble->len == 0 &&
	    strcmp(gateway_state(gateway), "running") == 0;
	enum err err = OK;

	if (gateway->reload_error.len > 0) {
		good = false;
		clock_rfc3339(gateway->reload_error_ms, when, sizeof(when));
		err = buf_printf(trouble, "the reload of %s was refused, the "
		    "old rules are in force:\n", when);
		if (err == OK)
			err = buf_add(trouble,
			    buf_span(&gateway->reload_error));
	}
	if (err != OK)
		log_warn("the error of the reload is too long");
	control_end(client, good ? 0 : 1, rows, buf_span(trouble));
}

/* zeros: counters that are 0, too. */
static void
answer_status(struct client *client, bool zeros)
{
	const struct gateway *gateway = client->gateway;
	uint32_t rows = 0;
	struct buf trouble;
	struct row row;
	bool alive;

	row_init(&row);
	buf_init(&trouble, MSG_TAIL_BYTES_MAX);
	if (gateway->audit_closed && buf_printf(&trouble, "closed, no mail "
	    "and no flow: the audit log cannot be written: %s\n",
	    gateway->audit_why) != OK)
		log_warn("no room to say that the audit log is closed");
	gateway_row(gateway, &row);
	alive = control_row(client, &row);
	rows++;
	if (alive)
		alive = control_packet_rows(client, &row, &rows, &trouble);
	for (unsigned i = 0; i < PROCESSES_MAX && alive; i++) {
		if (!gateway->processes[i].used)
			continue;
		process_row(&gateway->processes[i], &row);
		alive = control_row(client, &row);
		rows++;
	}
	if (alive)
		alive = agentx_row(client, &row, &rows) &&
		    places_rows(client, &row, &rows);
	if (alive && counter_rows(client, zeros, &row, &rows))
		status_end(client, rows, &trouble);
	buf_fini(&trouble);
	row_fini(&row);
}

/* ---- the other verbs ---- */

static void
answer_reload(struct client *client)
{
	struct gateway *gateway = client->gateway;
	struct person by;
	struct diag diag;
	char text[128];
	enum err err;

	log_info("reload asked for by user %u", client->uid);
	person_set(&by, client->uid);
	err = reload(gateway, &by, &diag);
	if (err != OK) {
		control_end(client, err == ERR_SYSTEM ? EXIT_SYSTEM :
		    EXIT_REFUSED, 0, buf_span(&gateway->reload_error));
		return;
	}
	snprintf(text, sizeof(text), "the rules are in force, generation %llu",
	    (unsigned long long)gateway->config.generation);
	control_end(client, 0, 0, span_str(text));
}

static void
answer_metrics(struct client *client)
{
	struct msg_control_file file = { 0 };
	struct diag diag = { 0 };
	int fd = snapshot_make(client->gateway, &file.bytes, &diag);

	if (fd == -1) {
		control_end(client, EXIT_SYSTEM, 0, span_str(diag.what));
		return;
	}
	if (ipc_send(client->channel, MSG_CONTROL_FILE, &file,
	    (struct span){ NULL, 0 }, &fd, 1) == OK)
		control_end(client, 0, 0, (struct span){ NULL, 0 });
	else
		hang_up(client);
	close(fd);
}

/*
 * From now on the client is the spool's: it gets the socket, we close ours.
 */
static void
pass_to_spool(struct client *client, const struct msg_control *control,
    struct span tail)
{
	struct process *spool = process_of(client->gateway, ROLE_SPOOL);
	struct msg_control fixed = *control;

	fixed.uid = client->uid;
	if (spool == NULL || spool->channel == NULL ||
	    spool->state != PROCESS_READY ||
	    ipc_send(spool->channel, MSG_CONTROL_PASS, &fixed, tail,
	    &client->fd, 1) != OK) {
		control_end(client, EXIT_SYSTEM, 0,
		    SPAN("the spool is not running"));
		return;
	}
	hang_up(client);
}

static void
on_message(void *arg, struct ipc_channel *channel,
    struct ipc_message *message)
{
	const struct msg_control *control = message->fixed;
	struct client *client = arg;

	(void)channel;
	switch ((enum control_verb)control->verb) {
	case CONTROL_STATUS:
		answer_status(client, control->id != 0);
		return;
	case CONTROL_RELOAD:
		answer_reload(client);
		return;
	case CONTROL_APPLY:
	case CONTROL_CONFIRM:
	case CONTROL_ROLLBACK:
	case CONTROL_HISTORY:
	case CONTROL_SHOW:
		control_apply(client, message);
		return;
	case CONTROL_CUT:
	case CONTROL_UNCUT:
	case CONTROL_CUTS:
		control_cut(client, message);
		return;
	case CONTROL_TOP:
		control_top(client);
		return;
	case CONTROL_METRICS:
		answer_metrics(client);
		return;
	case CONTROL_STOP:
		log_info("stop asked for by user %u", client->uid);
		control_end(client, 0, 0, SPAN("the gateway stops"));
		gateway_stop(client->gateway);
		return;
	case CONTROL_QUEUE_LIST:
	case CONTROL_QUEUE_SHOW:
	case CONTROL_QUEUE_RETRY:
	case CONTROL_QUEUE_DROP:
	case CONTROL_HELD_LIST:
	case CONTROL_HELD_SHOW:
	case CONTROL_HELD_RELEASE:
	case CONTROL_HELD_REJECT:
	case CONTROL_ORIGINAL_GET:
		pass_to_spool(client, control, message->tail);
		return;
	case CONTROL_VERB_N:
		break;
	}
	control_end(client, EXIT_USAGE, 0, SPAN("no such question"));
}

static void
on_closed(void *arg, struct ipc_channel *channel)
{
	(void)channel;
	hang_up(arg);
}

static void
on_invalid(void *arg, struct ipc_channel *channel, const char *why)
{
	struct client *client = arg;

	(void)channel;
	log_warn("control: user %u sent a message %s", client->uid, why);
	hang_up(client);
}

/* root, who started the gateway, and the group sekisho. */
static bool
may_ask(const struct gateway *gateway, int fd, uid_t *uid)
{
	gid_t groups[GROUPS_MAX];
	socklen_t len = sizeof(groups);
	struct ucred cred;
	socklen_t cred_len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &cred_len) == -1)
		return false;
	*uid = cred.uid;
	if (cred.uid == 0 || cred.uid == geteuid())
		return true;
	if (gateway->control_gid == (gid_t)-1)
		return false;
	if (cred.gid == gateway->control_gid)
		return true;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) == -1)
		return false;
	for (size_t i = 0; i < len / sizeof(groups[0]); i++)
		if (groups[i] == gateway->control_gid)
			return true;
	return false;
}

/* The one who came first makes room: a tool that hangs must not lock out. */
static struct client *
free_client(struct gateway *gateway)
{
	struct client *oldest = &gateway->clients[0];

	for (unsigned i = 0; i < CLIENTS_MAX; i++) {
		struct client *client = &gateway->clients[i];

		if (client->channel == NULL)
			return client;
		if (client->since_ms < oldest->since_ms)
			oldest = client;
	}
	hang_up(oldest);
	return oldest;
}

static void
on_connect(struct loop_watch *watch, uint32_t events)
{
	struct gateway *gateway = (struct gateway *)((char *)watch -
	    offsetof(struct gateway, control));
	struct client *client;
	uid_t uid = 0;
	int fd;

	(void)events;
	fd = accept4(watch->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd == -1)
		return;
	if (!may_ask(gateway, fd, &uid)) {
		log_warn("control: user %u is turned away", uid);
		close(fd);
		return;
	}
	client = free_client(gateway);
	*client = (struct client){ .fd = fd, .uid = uid,
	    .since_ms = clock_monotonic_ms(), .gateway = gateway };
	client->channel = ipc_open(gateway->loop, fd, ROLE_SUPERVISOR,
	    ROLE_TOOL, &(struct ipc_handler){ on_message, on_closed, client,
	    on_invalid });
}

void
control_start(struct gateway *gateway)
{
	struct diag diag;

	gateway->control.fd = control_open(gateway, &diag);
	if (gateway->control.fd == -1)
		die(EXIT_SYSTEM, "%s", diag.what);
	gateway->control.ready = on_connect;
	if (loop_watch_add(gateway->loop, &gateway->control, EPOLLIN) != OK)
		die(EXIT_SYSTEM, "cannot watch the control socket");
}
