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
	unsigned		conversions;	/* asked for */
};

/* Is it all of a file that nobody can change any more? */
static bool
is_sealed(const struct input *in)
{
	const int wanted = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW;
	int seals = in->fd == -1 || in->offset != 0 ? -1 :
	    fcntl(in->fd, F_GET_SEALS);
	struct stat st;

	return seals != -1 && (seals & wanted) == wanted &&
	    fstat(in->fd, &st) == 0 && (uint64_t)st.st_size == in->len;
}

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
ask(int channel, const struct convert_order *order, const struct input *in,
    const struct sanitizer_policy *policy)
{
	const struct msg_job_convert message = {
	    .task = (uint32_t)order->task, .kind = (uint32_t)order->kind,
	    .first = order->first, .bytes = in->len };
	struct buf tail;
	/* what another child made is passed on as it is */
	bool sealed = is_sealed(in);
	enum err err;
	int fd = sealed ? in->fd : copy_input(in);

	if (fd == -1)
		return ERR_SYSTEM;
	buf_init(&tail, JOB_BYTES_MAX);
	if ((err = job_convert_encode(order, policy, &tail)) == OK)
		err = ipc_send_now(channel, MSG_JOB_CONVERT, &message,
		    buf_span(&tail), &fd, 1, NULL);
	buf_fini(&tail);
	if (!sealed)
		close(fd);
	return err;
}

static enum err
host_convert(struct sanitizer_host *host, const struct convert_order *order,
    const struct input *in, const struct sanitizer_policy *policy,
    struct filter *out, struct convert_result *result)
{
	struct child_host *self = (struct child_host *)host;
	static uint8_t bytes[MSG_BYTES_MAX];
	struct msg_job_result answer;
	struct ipc_message message;
	struct input made;
	enum err err;

	/* the launcher would end us */
	if (self->conversions == JOB_CONVERSIONS_MAX)
		return ERR_LIMIT;
	self->conversions++;
	if ((err = ask(self->channel, order, in, policy)) != OK ||
	    (err = ipc_receive_now(self->channel, ROLE_WORKER, ROLE_SANITIZE,
	    bytes, &message, 0, NULL)) != OK)
		return ERR_SYSTEM;
	if (message.kind != MSG_JOB_CONVERTED)
		return ERR_SYSTEM;
	memcpy(&answer, message.fixed, sizeof(answer));
	if (answer.status != OK || message.fds_n != 1) {
		for (unsigned i = 0; i < message.fds_n; i++)
			close(message.fds[i]);
		return answer.status == ERR_LIMIT ? ERR_LIMIT :
		    answer.status == ERR_POLICY ? ERR_POLICY : ERR_INPUT;
	}
	made = input_fd(message.fds[0], 0, answer.bytes);
	err = job_result_decode(message.tail, result);
	if (err == OK && out == NULL) {
		result->fd = message.fds[0];
		result->bytes = answer.bytes;
		return OK;
	}
	if (err == OK && (err = input_push(&made, out)) == OK)
		err = filter_end(out);
	close(message.fds[0]);
	return err;
}

static int
host_scratch(struct sanitizer_host *host)
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
	    .scratch = host_scratch, .convert = host_convert },
	    .channel = channel };

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
		return child_done(channel, &answer, span_str(result.reason),
		    out, fd);
	}
	return child_done(channel, &answer, span_str(diag.what[0] != '\0' ?
	    diag.what : err_name(err)), -1, -1);
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
