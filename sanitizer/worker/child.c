/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What each child has: its channel, a memory file for what it makes, and the
 * way to say that it is done. With one conversion, whoever does it.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../gateway/base/durable.h"
#include "../../gateway/proc/limits.h"
#include "job.h"
#include "limits.h"
#include "zygote.h"

#define OUT_BYTES	(64 * 1024)
#define EXIT_TROUBLE	1

_Static_assert(JOB_OUTPUT_BYTES_MAX < ROLE_CHILD_FILE_BYTES,
    "a limit that is told comes before one that kills");

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

static struct file_sink sink = { .filter = { sink_write, sink_end, NULL },
	.fd = -1 };
struct filter *const child_sink = &sink.filter;

int
child_memory_file(const char *name)
{
	return memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

int
child_open(const char *name)
{
	sink.fd = child_memory_file(name);
	return sink.fd;
}

enum err
child_flush(void)
{
	return sink.held > 0 ? flush(&sink) : OK;
}

uint64_t
child_bytes(void)
{
	return sink.bytes;
}

enum err
child_done(int channel, const struct msg_job_result *result, struct span tail,
    int out, int report)
{
	const int fds[2] = { out, report };

	return ipc_send_now(channel, MSG_JOB_DONE, result, tail, fds,
	    out == -1 ? 0 : report == -1 ? 1 : 2, NULL);
}

enum err
child_convert(int channel, const struct ipc_message *message,
    child_convert_fn *convert)
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
	if (child_open("part") == -1)
		return ERR_SYSTEM;
	buf_init(&result.removed, 32 * 1024);
	buf_init(&tail, MSG_TAIL_BYTES_MAX);
	err = convert(&order, &in, &policy, child_sink, &result);
	if (err == OK)
		err = child_flush();
	answer.status = (uint32_t)err;
	answer.type = (uint32_t)result.type;
	answer.bytes = sink.bytes;
	if (job_result_encode(&result, &tail) != OK)
		return ERR_LIMIT;
	return child_done(channel, &answer, buf_span(&tail),
	    err == OK ? sink.fd : -1, -1);
}

int
child_status(enum err err)
{
	return err == OK ? 0 : EXIT_TROUBLE;
}

void
child_begin(enum role_id role, int channel, struct ipc_message *message)
{
	static uint8_t bytes[MSG_BYTES_MAX];
	struct diag diag;

	role_close_others(&channel, 1);
	if (role_enter_child(role, &diag) != OK ||
	    ipc_receive_now(channel, ROLE_WORKER, ROLE_SANITIZE, bytes,
	    message, JOB_TIMEOUT_MS, &diag) != OK)
		_exit(EXIT_TROUBLE);
}
