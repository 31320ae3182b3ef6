/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The child that reads hostile bytes: one mail, one file or one conversion,
 * then it ends. What it has is its channel and the input; what it makes goes
 * into memory files, which the launcher seals and looks at once more.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../gateway/base/durable.h"
#include "../../gateway/base/log.h"
#include "../../gateway/proc/ipc.h"
#include "../../gateway/proc/role.h"
#include "job.h"
#include "limits.h"
#include "worker.h"

#define OUT_BYTES	(64 * 1024)
#define EXIT_TROUBLE	1

/* A sink into a memory file. */
struct file_sink {
	struct filter	filter;
	int		fd;
	uint64_t	bytes;
	size_t		held;
	uint8_t		out[OUT_BYTES];
};

static enum err
flush(struct file_sink *sink)
{
	enum err err;

	err = write_all(sink->fd, (struct span){ sink->out, sink->held },
	    NULL);
	sink->held = 0;
	return err;
}

static enum err
sink_write(struct filter *f, struct span s)
{
	struct file_sink *sink = (struct file_sink *)f;
	enum err err = OK;

	if (s.len > JOB_OUTPUT_BYTES_MAX - sink->bytes)
		return ERR_LIMIT;
	sink->bytes += s.len;
	while (s.len > 0 && err == OK) {
		struct span head = span_sub(s, 0, OUT_BYTES - sink->held);

		memcpy(sink->out + sink->held, head.ptr, head.len);
		sink->held += head.len;
		s = span_sub(s, head.len, s.len);
		if (sink->held == OUT_BYTES)
			err = flush(sink);
	}
	return err;
}

static enum err
sink_end(struct filter *f)
{
	return flush((struct file_sink *)f);
}

static struct file_sink sink = { .filter = { sink_write, sink_end, NULL } };

static int
memory_file(const char *name)
{
	return memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

/* ---- conversions: another child does them ---- */

struct child_host {
	struct sanitizer_host	host;
	int			channel;
	unsigned		conversions;	/* asked for */
};

/* The bytes of an input in a memory file of their own; -1 on trouble. */
static int
copy_input(const struct input *in)
{
	static uint8_t bytes[OUT_BYTES];
	uint64_t offset = 0;
	size_t got;
	int fd = memory_file("leaf");

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
	    .bytes = in->len };
	struct buf tail;
	enum err err;
	int fd = copy_input(in);

	if (fd == -1)
		return ERR_SYSTEM;
	buf_init(&tail, JOB_BYTES_MAX);
	if ((err = job_convert_encode(order, policy, &tail)) == OK)
		err = ipc_send_now(channel, MSG_JOB_CONVERT, &message,
		    buf_span(&tail), &fd, 1, NULL);
	buf_fini(&tail);
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
		return answer.status == ERR_LIMIT ? ERR_LIMIT : ERR_INPUT;
	}
	made = input_fd(message.fds[0], 0, answer.bytes);
	if ((err = job_result_decode(message.tail, result)) == OK &&
	    (err = input_push(&made, out)) == OK)
		err = filter_end(out);
	close(message.fds[0]);
	return err;
}

/* ---- orders ---- */

static enum err
done(int channel, const struct msg_job_result *result, struct span tail,
    int out, int report)
{
	const int fds[2] = { out, report };

	return ipc_send_now(channel, MSG_JOB_DONE, result, tail, fds,
	    out == -1 ? 0 : report == -1 ? 1 : 2, NULL);
}

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
	    .convert = host_convert }, .channel = channel };

	/* a short mail has no large leaf */
	if (in->len > SCRATCH_FROM_BYTES &&
	    (host.host.scratch_fd = memory_file("scratch")) == -1)
		return diag_system(diag, "make scratch file");
	if (job->form == JOB_FILE || (job->form == JOB_AUTO &&
	    !sanitizer_is_mail(in)))
		return sanitizer_file(&job->job, job->name, in, &host.host,
		    &sink.filter, report, result, diag);
	return sanitizer_mail(&job->job, in, &host.host, &sink.filter,
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
	int fd;

	memcpy(&fixed, message->fixed, sizeof(fixed));
	if (job_decode(message->tail, &job) != OK)
		return ERR_INPUT;
	in = input_fd(message->fds[0], fixed.offset, fixed.bytes);
	buf_init(&report, JOB_REPORT_BYTES_MAX);
	if ((sink.fd = memory_file("mail")) == -1 ||
	    (fd = memory_file("report")) == -1)
		return ERR_SYSTEM;
	err = run(&job, &in, channel, &report, &result, &diag);
	if (err == ERR_SYSTEM)
		return err;
	answer.status = outcome(err, &result);
	if (err == OK) {
		answer.bytes = sink.bytes;
		answer.report_bytes = report.len;
		if ((err = write_all(fd, buf_span(&report), NULL)) != OK)
			return err;
		return done(channel, &answer, span_str(result.reason),
		    sink.fd, fd);
	}
	return done(channel, &answer, span_str(diag.what[0] != '\0' ?
	    diag.what : err_name(err)), -1, -1);
}

static enum err
do_convert(int channel, const struct ipc_message *message)
{
	struct msg_job_result answer = { 0 };
	struct convert_result result = { 0 };
	struct sanitizer_policy policy;
	struct convert_order order;
	struct msg_job_input fixed;
	struct input in;
	struct buf tail;
	enum err err;

	memcpy(&fixed, message->fixed, sizeof(fixed));
	if (job_convert_decode(message->tail, &order, &policy) != OK)
		return ERR_INPUT;
	in = input_fd(message->fds[0], fixed.offset, fixed.bytes);
	if ((sink.fd = memory_file("part")) == -1)
		return ERR_SYSTEM;
	buf_init(&result.removed, 32 * 1024);
	buf_init(&tail, MSG_TAIL_BYTES_MAX);
	err = sanitizer_convert(&order, &in, &policy, &sink.filter, &result);
	if (err == OK && sink.held > 0)
		err = flush(&sink);
	answer.status = (uint32_t)err;
	answer.type = (uint32_t)result.type;
	answer.bytes = sink.bytes;
	if (job_result_encode(&result, &tail) != OK)
		return ERR_LIMIT;
	return done(channel, &answer, buf_span(&tail),
	    err == OK ? sink.fd : -1, -1);
}

void
worker_child(int channel)
{
	static uint8_t bytes[MSG_BYTES_MAX];
	struct ipc_message message;
	struct diag diag;
	enum err err;

	role_close_others(&channel, 1);
	if (role_enter_child(ROLE_WORKER, &diag) != OK)
		_exit(EXIT_TROUBLE);
	err = ipc_receive_now(channel, ROLE_WORKER, ROLE_SANITIZE, bytes,
	    &message, JOB_TIMEOUT_MS, &diag);
	if (err == OK && message.kind == MSG_JOB_MAIL)
		err = do_job(channel, &message);
	else if (err == OK && message.kind == MSG_JOB_FILE)
		err = do_convert(channel, &message);
	else
		err = ERR_INPUT;
	_exit(err == OK ? 0 : EXIT_TROUBLE);
}
