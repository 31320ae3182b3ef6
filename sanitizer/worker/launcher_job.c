/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One mail at work: its child, at most one conversion at a time beside it,
 * its deadline, its answer. A job is over when its child has ended and the
 * channel to it is read to the end, in whatever order the two are seen.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../../gateway/base/clock.h"
#include "../../gateway/base/log.h"
#include "../../gateway/base/receipt.h"
#include "../../gateway/proc/counters.h"
#include "../../gateway/spool/spool_record.h"
#include "launcher.h"

/* A child of ours, of either kind. */
struct side {
	struct job_slot		*slot;
	enum zygote_kind	 kind;
	uint64_t		 job;		/* 0: none */
	struct ipc_channel	*channel;
	bool			 exited;
	bool			 killed;	/* the zygote was told */
	bool			 done;		/* it sent its result */
	struct msg_job_result	 result;
	struct msg_job_exit	 exit;
	int			 fds[2];	/* what it made */
	struct buf		 tail;
};

struct job_slot {
	bool			used;
	bool			late;
	struct msg_sanitize	request;
	uint64_t		peer_number;
	struct sanitizer_policy policy;
	struct loop_timer	timer;
	struct side		mail;
	struct side		convert;
	struct convert_order	order;		/* of the conversion */
	unsigned		conversions;
	uint64_t		cpu_us;
	const char		*broken;	/* the child misbehaved */
	bool			invalid;	/* broken is of a message */
};

static struct job_slot slots[LAUNCHER_JOBS_MAX];
static uint64_t last_job;

void
request_fini(struct request *request)
{
	if (request->fd != -1)
		close(request->fd);
	request->fd = -1;
	buf_fini(&request->tail);
}

/* ---- answers ---- */

static void
answer(struct msg_sanitized *message, uint64_t peer_number,
    const char *reason, const int fds[2])
{
	unsigned n = fds == NULL || fds[0] == -1 ? 0 : fds[1] == -1 ? 1 : 2;

	if (launcher.peer == NULL || peer_number != launcher.peer_number)
		return;
	if (ipc_send(launcher.peer, MSG_SANITIZED, message,
	    span_str(reason), fds, n) != OK)
		log_warn("the spool does not take an answer");
}

void
job_refuse(const struct request *request, enum sanitize_outcome outcome,
    const char *reason)
{
	struct msg_sanitized message = { .id = request->fixed.id,
	    .outcome = (uint32_t)outcome };

	answer(&message, launcher.peer_number, reason, NULL);
}

static void
side_fini(struct side *side)
{
	ipc_close(side->channel);
	side->channel = NULL;
	for (unsigned i = 0; i < 2; i++) {
		if (side->fds[i] != -1)
			close(side->fds[i]);
		side->fds[i] = -1;
	}
	buf_fini(&side->tail);
	side->job = 0;
	side->done = side->exited = side->killed = false;
}

/*
 * Once: a child that sends on and on until it is gone must not fill the
 * channel to its zygote, where the other jobs' orders go.
 */
static void
side_kill(struct side *side)
{
	if (side->job == 0 || side->exited || side->killed)
		return;
	side->killed = true;
	zygote_kill(side->kind, side->job);
}

/* What the child promised, held against what it sent. NULL: all well. */
static const char *
check_result(struct side *side)
{
	const char *why = NULL;

	if (side->result.status != SANITIZE_SAFE &&
	    side->result.status != SANITIZE_HOLD)
		return side->result.status == SANITIZE_FAILED ? NULL :
		    "an outcome that there is none of";
	if (side->fds[0] == -1 || side->fds[1] == -1)
		return "an outcome without its files";
	if (check_sealed(side->fds[0], side->result.bytes,
	    JOB_OUTPUT_BYTES_MAX, &why) != OK ||
	    check_sealed(side->fds[1], side->result.report_bytes,
	    JOB_REPORT_BYTES_MAX, &why) != OK)
		return why;
	return NULL;
}

static void
count(enum sanitize_outcome outcome)
{
	switch (outcome) {
	case SANITIZE_SAFE:
		counter_add(COUNTER_SANITIZED, 1);
		break;
	case SANITIZE_HOLD:
	case SANITIZE_FAILED:
		counter_add(COUNTER_SANITIZE_HOLD, 1);
		break;
	case SANITIZE_CRASHED:
		counter_add(COUNTER_SANITIZE_CRASHED, 1);
		break;
	case SANITIZE_TIMEOUT:
		counter_add(COUNTER_SANITIZE_TIMEOUT, 1);
		break;
	case SANITIZE_BUSY:
		break;
	}
}

static void
say_trouble(const struct job_slot *slot, enum sanitize_outcome outcome,
    const char *reason)
{
	char receipt[RECEIPT_TEXT_BYTES];

	if (outcome != SANITIZE_CRASHED && outcome != SANITIZE_TIMEOUT)
		return;
	receipt_text(slot->request.id, receipt);
	log_alarm("%s: %s", receipt, reason);
}

/* The mail's child is gone and all it said is read. */
static void
finish(struct job_slot *slot)
{
	struct side *side = &slot->mail;
	struct msg_sanitized message = { .id = slot->request.id,
	    .cpu_us = slot->cpu_us };
	enum sanitize_outcome outcome = SANITIZE_CRASHED;
	char reason[JOB_REASON_BYTES_MAX + 64] = "";
	bool file = slot->request.flags & (SANITIZE_FILE | SANITIZE_AUTO);

	if (slot->broken == NULL && side->done)
		slot->broken = check_result(side);
	if (slot->broken == NULL && side->done && !slot->late) {
		outcome = (enum sanitize_outcome)side->result.status;
		snprintf(reason, sizeof(reason), "%.*s",
		    (int)side->tail.len, (const char *)side->tail.ptr);
		if (outcome != SANITIZE_FAILED && !file &&
		    !check_mail(side->fds[0], side->result.bytes)) {
			slot->broken = "a mail that is none";
			outcome = SANITIZE_CRASHED;
		}
	}
	if (slot->late) {
		outcome = SANITIZE_TIMEOUT;
		snprintf(reason, sizeof(reason), "not done in %d s",
		    JOB_TIMEOUT_MS / 1000);
	} else if (slot->broken != NULL) {
		snprintf(reason, sizeof(reason), "the child sent %s%s",
		    slot->invalid ? "a message " : "", slot->broken);
	} else if (outcome == SANITIZE_CRASHED) {
		message.detail = (uint32_t)side->exit.signal;
		snprintf(reason, sizeof(reason),
		    side->exit.signal != 0 ? "killed by signal %d" :
		    "ended with %d", side->exit.signal != 0 ?
		    side->exit.signal : side->exit.exit_status);
	}
	message.outcome = (uint32_t)outcome;
	count(outcome);
	say_trouble(slot, outcome, reason);
	if (outcome == SANITIZE_SAFE || outcome == SANITIZE_HOLD) {
		message.safe_bytes = side->result.bytes;
		message.report_bytes = side->result.report_bytes;
		answer(&message, slot->peer_number, reason, side->fds);
	} else {
		answer(&message, slot->peer_number, reason, NULL);
	}
	loop_timer_cancel(launcher.loop, &slot->timer);
	side_kill(&slot->convert);
	side_fini(&slot->convert);
	side_fini(side);
	slot->used = false;
	launcher.jobs_n--;
	launcher_next();
}

static void
break_job(struct job_slot *slot, const char *why)
{
	if (slot->broken == NULL)
		slot->broken = why;
	side_kill(&slot->mail);
}

/* ---- conversions ---- */

/* The child has ended: pass on what it made, or that it failed. */
static void
finish_conversion(struct job_slot *slot)
{
	struct side *side = &slot->convert;
	struct msg_job_result result = { .status = ERR_INPUT };
	const char *why = NULL;
	bool good = side->done && side->result.status == OK &&
	    side->fds[0] != -1 && check_sealed(side->fds[0],
	    side->result.bytes, JOB_OUTPUT_BYTES_MAX, &why) == OK &&
	    check_form(side->fds[0], side->result.bytes, side->result.type);

	if (!side->done && side->exit.signal != 0)
		log_warn("a conversion was killed by signal %d",
		    side->exit.signal);
	if (side->done && (side->result.status == ERR_LIMIT ||
	    side->result.status == ERR_POLICY))
		result.status = side->result.status;
	if (good)
		result = side->result;
	if (slot->mail.channel != NULL && ipc_send(slot->mail.channel,
	    MSG_JOB_CONVERTED, &result, good ? buf_span(&side->tail) :
	    (struct span){ NULL, 0 }, side->fds, good ? 1 : 0) != OK)
		break_job(slot, "nothing, it is gone");
	side_fini(side);
}

static bool side_start(struct side *side);

static void
start_conversion(struct job_slot *slot, struct ipc_message *message)
{
	const struct msg_job_result failed = { .status = ERR_LIMIT };
	struct msg_job_convert fixed;
	struct msg_job_input input;
	const char *why;
	struct buf tail;

	memcpy(&fixed, message->fixed, sizeof(fixed));
	if (slot->convert.job != 0 || fixed.kind >= PART_KIND_N ||
	    fixed.task >= CONVERT_TASK_N ||
	    ++slot->conversions > JOB_CONVERSIONS_MAX ||
	    check_sealed(message->fds[0], fixed.bytes, JOB_OUTPUT_BYTES_MAX,
	    &why) != OK) {
		break_job(slot, "an order for a conversion that cannot be");
		return;
	}
	slot->order = (struct convert_order){ (enum convert_task)fixed.task,
	    (enum part_kind)fixed.kind, fixed.first };
	slot->convert.kind = zygote_of_task(slot->order.task);
	input = (struct msg_job_input){ .bytes = fixed.bytes };
	buf_init(&tail, JOB_BYTES_MAX);
	if (!side_start(&slot->convert)) {
		if (ipc_send(slot->mail.channel, MSG_JOB_CONVERTED, &failed,
		    (struct span){ NULL, 0 }, NULL, 0) != OK)
			break_job(slot, "nothing, it is gone");
	} else if (job_convert_encode(&slot->order, &slot->policy, &tail) !=
	    OK || ipc_send(slot->convert.channel, MSG_JOB_FILE, &input,
	    buf_span(&tail), message->fds, 1) != OK) {
		side_kill(&slot->convert);
	}
	buf_fini(&tail);
}

/* ---- messages of children ---- */

static void
side_over(struct side *side)
{
	struct job_slot *slot = side->slot;

	if (!side->exited || side->channel != NULL)
		return;
	if (side == &slot->mail)
		finish(slot);
	else
		finish_conversion(slot);
}

static void
on_message(void *arg, struct ipc_channel *channel,
    struct ipc_message *message)
{
	struct side *side = arg;

	(void)channel;
	if (side->killed)
		return;		/* it speaks to nobody */
	if (message->kind == MSG_JOB_CONVERT &&
	    side == &side->slot->mail && !side->done) {
		start_conversion(side->slot, message);
		return;
	}
	if (message->kind != MSG_JOB_DONE || side->done ||
	    buf_add(&side->tail, message->tail) != OK) {
		if (side == &side->slot->mail)
			break_job(side->slot, "a message out of place");
		else
			side_kill(side);
		return;
	}
	memcpy(&side->result, message->fixed, sizeof(side->result));
	side->done = true;
	for (unsigned i = 0; i < message->fds_n && i < 2; i++) {
		side->fds[i] = message->fds[i];
		message->fds[i] = -1;
	}
}

static void
on_closed(void *arg, struct ipc_channel *channel)
{
	struct side *side = arg;

	ipc_close(channel);
	side->channel = NULL;
	side_over(side);
}

/* Bytes that are no message: the child was taken over. */
static void
on_invalid(void *arg, struct ipc_channel *channel, const char *why)
{
	struct side *side = arg;

	if (side == &side->slot->mail) {
		side->slot->invalid = side->slot->broken == NULL;
		break_job(side->slot, why);
	} else
		side_kill(side);
	on_closed(arg, channel);
}

static bool
side_start(struct side *side)
{
	const struct ipc_handler handler = { .message = on_message,
		.closed = on_closed, .arg = side, .invalid = on_invalid };
	int fd;

	side->job = ++last_job;
	side->done = side->exited = side->killed = false;
	side->fds[0] = side->fds[1] = -1;
	buf_init(&side->tail, MSG_TAIL_BYTES_MAX);
	if (zygote_job(side->kind, side->job, &fd) != OK) {
		side->job = 0;
		return false;
	}
	side->channel = ipc_open(launcher.loop, fd, ROLE_SANITIZE,
	    ROLE_WORKER, &handler);
	if (side->channel == NULL)
		die(4, "no room for a channel");
	counter_add(COUNTER_CHILDREN, 1);
	return true;
}

void
job_child_ended(const struct msg_job_exit *message)
{
	for (unsigned i = 0; i < LAUNCHER_JOBS_MAX; i++) {
		struct side *sides[2] = { &slots[i].mail, &slots[i].convert };

		for (unsigned j = 0; j < 2; j++) {
			if (!slots[i].used || sides[j]->job != message->job)
				continue;
			sides[j]->exited = true;
			sides[j]->exit = *message;
			slots[i].cpu_us += message->cpu_us;
			counter_add(COUNTER_CHILD_CPU_US, message->cpu_us);
			side_over(sides[j]);
			return;
		}
	}
}

/* ---- start ---- */

static struct span
protocol_name(uint8_t protocol)
{
	if (protocol == PROTOCOL_ESMTP)
		return SPAN("ESMTP");
	return protocol == PROTOCOL_UTF8SMTP ? SPAN("UTF8SMTP") :
	    SPAN("SMTP");
}

/* False: the request makes no sense. peer is room for an address. */
static bool
describe(struct job_slot *slot, const struct request *request,
    struct job *job, char peer[ADDRESS_TEXT_BYTES + 8])
{
	static struct envelope envelope;	/* large; used up at once */
	const struct msg_sanitize *fixed = &request->fixed;
	char text[ADDRESS_TEXT_BYTES];

	if (!(fixed->flags & SANITIZE_TOOL ?
	    policy_find(fixed->route, &slot->policy) :
	    policy_of_route(fixed->route, &slot->policy)))
		return false;
	*job = (struct job){ .job = { .id = fixed->id,
	    .received_ms = fixed->received_ms,
	    .generation = launcher.generation,
	    .gateway = rules_gateway_name(launcher.image),
	    .released = fixed->flags & SANITIZE_RELEASE,
	    .policy = slot->policy } };
	if (fixed->flags & SANITIZE_TOOL) {
		job->form = fixed->flags & SANITIZE_FILE ? JOB_FILE :
		    fixed->flags & SANITIZE_AUTO ? JOB_AUTO : JOB_MAIL;
		job->name = buf_span(&request->tail);
		job->job.helo = SPAN("localhost");
		job->job.peer = SPAN("127.0.0.1");
		job->job.protocol = SPAN("LOCAL");
		return true;
	}
	if (envelope_decode(buf_span(&request->tail), &envelope) != OK)
		return false;
	address_text(&envelope.peer, text);
	snprintf(peer, ADDRESS_TEXT_BYTES + 8, "%s%s",
	    envelope.peer.family == 6 ? "IPv6:" : "", text);
	job->job.peer = span_str(peer);
	job->job.helo = envelope.helo;
	job->job.protocol = protocol_name(envelope.protocol);
	return true;
}

static bool
send_job(struct job_slot *slot, const struct request *request,
    const struct job *job)
{
	const struct msg_job_input input = {
		.offset = request->fixed.body_offset,
		.bytes = request->fixed.body_bytes };
	struct buf tail;
	bool sent;

	buf_init(&tail, JOB_BYTES_MAX);
	sent = job_encode(job, &tail) == OK && ipc_send(slot->mail.channel,
	    MSG_JOB_MAIL, &input, buf_span(&tail), &request->fd, 1) == OK;
	buf_fini(&tail);
	return sent;
}

static struct job_slot *
free_slot(void)
{
	for (unsigned i = 0; i < LAUNCHER_JOBS_MAX; i++)
		if (!slots[i].used)
			return &slots[i];
	require(!"free slot");
	return NULL;
}

void
job_start(struct request *request)
{
	struct job_slot *slot = free_slot();
	char peer[ADDRESS_TEXT_BYTES + 8];
	struct job job;

	slot->late = false;
	slot->broken = NULL;
	slot->invalid = false;
	slot->conversions = 0;
	slot->cpu_us = 0;
	slot->request = request->fixed;
	slot->peer_number = launcher.peer_number;
	if (!(request->fixed.flags & SANITIZE_TOOL) &&
	    request->fixed.generation != (uint32_t)launcher.generation) {
		job_refuse(request, SANITIZE_BUSY, "a route of other rules");
	} else if (!describe(slot, request, &job, peer)) {
		job_refuse(request, SANITIZE_FAILED,
		    "no such route, or a broken envelope");
	} else if (!side_start(&slot->mail)) {
		job_refuse(request, SANITIZE_BUSY, "no child");
	} else {
		slot->used = true;
		launcher.jobs_n++;
		if (!send_job(slot, request, &job))
			side_kill(&slot->mail);
		if (loop_timer_set(launcher.loop, &slot->timer,
		    clock_monotonic_ms() + JOB_TIMEOUT_MS) != OK)
			die(4, "no room for a timer");
	}
	request_fini(request);
}

static void
on_late(struct loop_timer *timer)
{
	struct job_slot *slot = (struct job_slot *)(void *)((char *)timer -
	    offsetof(struct job_slot, timer));

	slot->late = true;
	side_kill(&slot->mail);
	side_kill(&slot->convert);
}

void
jobs_kill_all(void)
{
	for (unsigned i = 0; i < LAUNCHER_JOBS_MAX; i++)
		if (slots[i].used) {
			side_kill(&slots[i].mail);
			side_kill(&slots[i].convert);
		}
}

void
jobs_init(void)
{
	for (unsigned i = 0; i < LAUNCHER_JOBS_MAX; i++) {
		slots[i].timer.fire = on_late;
		slots[i].mail = (struct side){ .slot = &slots[i],
		    .kind = ZYGOTE_MAIL, .fds = { -1, -1 } };
		slots[i].convert = (struct side){ .slot = &slots[i],
		    .kind = ZYGOTE_CONVERT, .fds = { -1, -1 } };
	}
}
