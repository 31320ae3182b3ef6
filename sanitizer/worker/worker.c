/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sekisho-worker and its child that reads hostile bytes: one mail, one file
 * or one conversion, then it ends. What it has is its channel and the input;
 * what it makes goes into memory files, which the launcher seals and looks at
 * once more.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../gateway/base/durable.h"
#include "../../gateway/base/log.h"
#include "../../gateway/proc/ipc.h"
#include "../../gateway/proc/role.h"
#include "job.h"
#include "limits.h"
#include "zygote.h"

#define COPY_BYTES	(64 * 1024)

/* ---- conversions: another child does them ---- */

struct child_host {
	struct sanitizer_host	host;
	int			channel;
};

/* The bytes of an input in a memory file of their own; -1 on trouble. */
static int
copy_input(const struct input *in)
{
	static uint8_t bytes[COPY_BYTES];
	uint64_t offset = 0;
	size_t got;
	int fd = child_memory_file("leaf");

	while (fd != -1 && offset < in->len) {
		if (input_read(in, offset, bytes, sizeof(bytes), &got) != OK ||
		    got == 0 ||
		    write_all(fd, (struct span){ bytes, got }, NULL) != OK) {
			close(fd);
			return -1;
		}
		offset += got;
	}
	return fd;
}

static enum err
host_start(struct sanitizer_host *host, uint32_t ticket,
    const struct convert_order *order, const struct input *in, bool whole,
    const struct sanitizer_policy *policy)
{
	const struct msg_job_convert message = {
	    .task = (uint32_t)order->task, .kind = (uint32_t)order->kind,
	    .first = order->first, .ticket = ticket, .bytes = in->len };
	struct child_host *self = (struct child_host *)host;
	int fd = whole ? in->fd : copy_input(in);
	struct buf tail;
	enum err err;

	if (fd == -1)
		return ERR_SYSTEM;
	buf_init(&tail, JOB_BYTES_MAX);
	if ((err = job_convert_encode(order, policy, &tail)) == OK)
		err = ipc_send_now(self->channel, MSG_JOB_CONVERT, &message,
		    buf_span(&tail), &fd, 1, NULL);
	buf_fini(&tail);
	if (!whole)
		close(fd);
	return err == OK ? OK : ERR_SYSTEM;
}

static enum err
host_wait(struct sanitizer_host *host, struct conversion *done)
{
	struct child_host *self = (struct child_host *)host;
	static _Alignas(16) uint8_t bytes[MSG_BYTES_MAX];
	struct msg_job_result answer;
	struct ipc_message message;

	if (ipc_receive_now(self->channel, ROLE_WORKER, ROLE_SANITIZE, bytes,
	    &message, 0, NULL) != OK || message.kind != MSG_JOB_CONVERTED)
		return ERR_SYSTEM;
	memcpy(&answer, message.fixed, sizeof(answer));
	done->ticket = answer.ticket;
	done->bytes = answer.bytes;
	done->fd = message.fds[0];
	if (answer.status == OK && message.fds_n == 1) {
		done->err = job_result_decode(message.tail, &done->result);
		return OK;
	}
	done->err = answer.status == ERR_LIMIT ? ERR_LIMIT :
	    answer.status == ERR_POLICY ? ERR_POLICY : ERR_INPUT;
	return OK;
}

static int
host_file(struct sanitizer_host *host)
{
	(void)host;
	return child_memory_file("step");
}

/* ---- orders ---- */

static uint32_t
outcome(enum err err, const struct sanitizer_result *result)
{
	if (err != OK)
		return SANITIZE_FAILED;
	return result->outcome == MAIL_SAFE ? SANITIZE_SAFE : SANITIZE_HOLD;
}

static enum err
run(const struct job *job, const struct input *in, int channel,
    struct buf *report, struct sanitizer_result *result, struct diag *diag)
{
	struct child_host host = { .host = { .scratch_fd = -1,
	    .at_once = job->at_once, .start = host_start, .wait = host_wait,
	    .file = host_file }, .channel = channel };

	/* a short mail has no large leaf */
	if (in->len > SCRATCH_FROM_BYTES &&
	    (host.host.scratch_fd = child_memory_file("scratch")) == -1)
		return diag_system(diag, "make scratch file");
	if (job->form == JOB_FILE || (job->form == JOB_AUTO &&
	    !sanitizer_is_mail(in)))
		return sanitizer_file(&job->job, job->name, in, &host.host,
		    child_sink, report, result, diag);
	return sanitizer_mail(&job->job, in, &host.host, child_sink,
	    report, result, diag);
}

/* What it has to say beside its output. */
static enum err
end(int channel, const struct msg_job_result *answer, const char *reason,
    const struct part_tally *tally, int out, int report)
{
	struct buf tail;
	enum err err;

	buf_init(&tail, JOB_BYTES_MAX);
	err = job_end_encode(reason, tally, &tail);
	if (err == OK)
		err = child_done(channel, answer, buf_span(&tail), out,
		    report);
	buf_fini(&tail);
	return err;
}

static enum err
do_job(int channel, const struct ipc_message *message)
{
	struct sanitizer_result result = { .outcome = MAIL_HOLD };
	struct diag diag = { .err = OK };
	struct msg_job_result answer = { 0 };
	struct msg_job_input fixed;
	struct input in;
	struct buf report;
	struct job job;
	enum err err;
	int fd, out;

	memcpy(&fixed, message->fixed, sizeof(fixed));
	if (job_decode(message->tail, &job) != OK)
		return ERR_INPUT;
	in = input_fd(message->fds[0], fixed.offset, fixed.bytes);
	buf_init(&report, JOB_REPORT_BYTES_MAX);
	if ((out = child_open("mail")) == -1 ||
	    (fd = child_memory_file("report")) == -1)
		return ERR_SYSTEM;
	err = run(&job, &in, channel, &report, &result, &diag);
	if (err == ERR_SYSTEM)
		return err;
	answer.status = outcome(err, &result);
	if (err == OK) {
		answer.bytes = child_bytes();
		answer.report_bytes = report.len;
		if ((err = write_all(fd, buf_span(&report), NULL)) != OK)
			return err;
		return end(channel, &answer, result.reason, &result.tally,
		    out, fd);
	}
	return end(channel, &answer, diag.what[0] != '\0' ? diag.what :
	    err_name(err), NULL, -1, -1);
}

static _Noreturn void
worker_child(int channel)
{
	struct ipc_message message;
	enum err err;

	child_begin(ROLE_WORKER, channel, &message);
	if (message.kind == MSG_JOB_MAIL)
		err = do_job(channel, &message);
	else if (message.kind == MSG_JOB_FILE)
		err = child_convert(channel, &message, sanitizer_convert);
	else
		err = ERR_INPUT;
	_exit(child_status(err));
}

int
main(int argc, char **argv)
{
	static const struct zygote_program program = { ROLE_WORKER,
		sanitizer_warm, worker_child };

	zygote_main(&program, argc, argv);
}
