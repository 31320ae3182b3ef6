/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The audit log, as the supervisor sees it: its key, what the supervisor has
 * to say in it, and what is shut while it cannot be written. The key is made
 * at the first start; the private half is read by root alone, and given to
 * sekisho-audit over its channel.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../audit/audit_key.h"
#include "../base/clock.h"
#include "../base/durable.h"
#include "../base/log.h"
#include "../base/wire.h"
#include "sekishod_internal.h"

#define SECRET_FILE	"audit.key"
#define PUBLIC_FILE	"audit.pub"
#define PEM_BYTES_MAX	4096
#define WAITING_BYTES_MAX (256u * 1024)
#define FOLDER_GONE	"the folder audit is not where it was"
#define FOLDER_LOOK_MS	1000

/* ---- the key ---- */

static enum err
write_half(const struct gateway *gateway, const struct audit_key *key,
    bool secret, struct diag *diag)
{
	struct buf pem;
	enum err err;

	buf_init(&pem, PEM_BYTES_MAX);
	if (audit_key_pem(key, secret, &pem) != OK)
		err = diag_set(diag, ERR_SYSTEM, "the audit key has no text");
	else
		err = durable_replace(gateway->state_dir, secret ?
		    SECRET_FILE : PUBLIC_FILE, buf_span(&pem), secret ? 0600 :
		    0644, diag);
	if (pem.len > 0)
		explicit_bzero(pem.ptr, pem.len);
	buf_fini(&pem);
	return err;
}

static enum err
make_key(const struct gateway *gateway, struct audit_key **key,
    struct diag *diag)
{
	enum err err;

	if ((*key = audit_key_new()) == NULL)
		return diag_set(diag, ERR_SYSTEM, "no key for the audit log");
	err = write_half(gateway, *key, true, diag);
	if (err == OK)
		err = write_half(gateway, *key, false, diag);
	if (err == OK)
		log_info("a key for the audit log was made: keep a copy of "
		    "%s/" PUBLIC_FILE " at another place",
		    gateway->state_path);
	return err;
}

static enum err
read_key(int fd, struct audit_key **key, struct diag *diag)
{
	struct buf pem;
	enum err err;

	buf_init(&pem, PEM_BYTES_MAX);
	err = pread_whole(fd, &pem, diag);
	if (err == OK && (*key = audit_key_read(buf_span(&pem))) == NULL)
		err = diag_set(diag, ERR_INPUT, "%s is not an Ed25519 key: "
		    "put the right one back (old seals need it), or take it "
		    "away for a new one", SECRET_FILE);
	if (pem.len > 0)
		explicit_bzero(pem.ptr, pem.len);
	buf_fini(&pem);
	return err;
}

/* ---- the folder ---- */

/*
 * A folder that was moved, or whose disk was taken off, goes on taking what is
 * written by who has it open, for nobody to find. Another one in its place is
 * none of ours: with the right one back, or a new start, it goes on.
 */
bool
audit_folder_there(const struct process *process)
{
	struct stat ours, found;

	return fstat(process->folders[0], &ours) == 0 &&
	    fstatat(process->gateway->state_dir, "audit", &found,
	    AT_SYMLINK_NOFOLLOW) == 0 && ours.st_dev == found.st_dev &&
	    ours.st_ino == found.st_ino;
}

static void
on_look(struct loop_timer *timer)
{
	struct gateway *gateway = (struct gateway *)((char *)timer -
	    offsetof(struct gateway, audit_look));
	struct process *process = process_of(gateway, ROLE_AUDIT);

	if (process != NULL && process->pid > 0 &&
	    process->state == PROCESS_READY && !audit_folder_there(process)) {
		/* first, as its end is seen a moment later */
		audit_changed(gateway, false, SPAN(FOLDER_GONE));
		process_put_down(process, FOLDER_GONE);
	}
	if (loop_timer_set(gateway->loop, timer, clock_monotonic_ms() +
	    FOLDER_LOOK_MS) != OK)
		log_alarm("no timer to look for the folder audit");
}

void
audit_ended(const struct process *process)
{
	audit_changed(process->gateway, false, audit_folder_there(process) ?
	    SPAN("its process ended") : SPAN(FOLDER_GONE));
}

void
audit_start(struct gateway *gateway)
{
	int fd = openat(gateway->state_dir, SECRET_FILE, O_RDONLY |
	    O_CLOEXEC | O_NOFOLLOW);
	struct audit_key *key = NULL;
	struct diag diag = { .what = "" };
	enum err err;

	buf_init(&gateway->audit_waiting, WAITING_BYTES_MAX);
	/* closed until its process says otherwise */
	gateway->audit_closed = true;
	control_copy_line(gateway->audit_why, sizeof(gateway->audit_why),
	    SPAN("it is not open yet"));
	if (fd == -1 && errno != ENOENT)
		err = diag_system(&diag, SECRET_FILE);
	else if (fd == -1)
		err = make_key(gateway, &key, &diag);
	else
		err = read_key(fd, &key, &diag);
	if (fd != -1)
		close(fd);
	if (err == OK && !audit_key_get_secret(key, gateway->audit_secret))
		err = diag_set(&diag, ERR_INPUT, "%s has no private half",
		    SECRET_FILE);
	audit_key_free(key);
	if (err == OK)
		err = places_start(gateway, &diag);
	gateway->audit_look.fire = on_look;
	on_look(&gateway->audit_look);
	if (err != OK)
		die(EXIT_SYSTEM, "%s%s%s", diag.what, diag.errnum != 0 ?
		    ": " : "", diag.errnum != 0 ? strerror(diag.errnum) : "");
}

/* ---- the process ---- */

static bool
tell(struct process *process, enum audit_type type, struct span members)
{
	const struct msg_audit fixed = { .type = type };

	return ipc_send(process->channel, MSG_AUDIT, &fixed, members, NULL,
	    0) == OK;
}

/* What was to be said while it was not there. */
static void
send_waiting(struct process *process)
{
	struct buf *waiting = &process->gateway->audit_waiting;
	struct wire_reader reader;

	wire_reader_init(&reader, buf_span(waiting));
	while (!reader.bad && !wire_reader_done(&reader)) {
		uint32_t type = wire_get_u32(&reader);
		struct span members = wire_get_bytes(&reader,
		    MSG_TAIL_BYTES_MAX);

		if (!tell(process, (enum audit_type)type, members))
			log_warn("a record for the audit log is lost");
	}
	buf_clear(waiting);
}

void
audit_process_starts(struct process *process)
{
	struct msg_audit_key fixed;

	memcpy(fixed.secret, process->gateway->audit_secret,
	    sizeof(fixed.secret));
	if (process->channel != NULL && ipc_send(process->channel,
	    MSG_AUDIT_KEY, &fixed, (struct span){ NULL, 0 }, NULL, 0) != OK)
		log_warn("the audit process does not get its key");
	explicit_bzero(&fixed, sizeof(fixed));
	send_waiting(process);
}

/* ---- records ---- */

void
audit_begin(struct audit_text *text)
{
	buf_init(&text->buf, MSG_TAIL_BYTES_MAX);
	json_init(&text->json, &text->buf);
	json_object(&text->json, NULL);
}

void
audit_end(struct gateway *gateway, enum audit_type type,
    struct audit_text *text)
{
	struct process *process = process_of(gateway, ROLE_AUDIT);
	struct buf *waiting = &gateway->audit_waiting;
	size_t before = waiting->len;
	struct span members;
	enum err err;

	json_object_end(&text->json);
	err = json_end(&text->json);
	members = err == OK ? span_sub(buf_span(&text->buf), 1,
	    text->buf.len - 2) : (struct span){ NULL, 0 };
	if (process != NULL && process->channel != NULL && before > 0)
		send_waiting(process);
	before = waiting->len;
	if (err == OK && (process == NULL || process->channel == NULL ||
	    !tell(process, type, members))) {
		err = wire_put_u32(waiting, (uint32_t)type);
		if (err == OK)
			err = wire_put_bytes(waiting, members);
	}
	if (err != OK) {
		buf_truncate(waiting, before);
		log_alarm("a record for the audit log is lost: %s",
		    err_name(err));
	}
	buf_fini(&text->buf);
}

/* ---- open and closed ---- */

void
audit_changed(struct gateway *gateway, bool open, struct span why)
{
	if (!open)
		control_copy_line(gateway->audit_why,
		    sizeof(gateway->audit_why), why);
	if (gateway->audit_closed == !open && gateway->audit_known)
		return;
	gateway->audit_closed = !open;
	if (open && !gateway->audit_known)
		log_info("the audit log is open");
	else if (open)
		log_info("the audit log is written again, the gateway is "
		    "open");
	else
		log_alarm("the gateway is closed, as the audit log cannot be "
		    "written: %s", gateway->audit_why);
	gateway->audit_known = true;
	/* at the start the table comes with the first rules */
	if (!gateway->mail_only && gateway->config.image != NULL &&
	    gateway->stopping == 0)
		packet_cuts_changed(gateway, !open);
}
