/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One mail at work: its child, its deadline, its answer. The conversions that
 * the child orders are in launcher_convert.c.
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

struct job_slot {
	struct side		mail;		/* first */
	bool			used;
	bool			late;
	struct msg_sanitize	request;
	uint64_t		peer_number;
	struct sanitizer_policy policy;
	struct loop_timer	timer;
	uint64_t		cpu_us;
	uint64_t		begun_us;	/* monotonic */
	struct part_tally	tally;
	const char		*broken;	/* the child misbehaved */
	bool			invalid;	/* broken is of a message */
};

static struct job_slot slots[LAUNCHER_JOBS_MAX];

static unsigned
place_of(const struct job_slot *slot)
{
	return (unsigned)(slot - slots);
}

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

_Static_assert((unsigned)PART_KIND_N == (unsigned)COUNTER_FORMATS_N &&
    (unsigned)OUTCOME_KEPT - 1 == (unsigned)FORMAT_KEPT &&
    (unsigned)TALLY_HELD - 1 == (unsigned)FORMAT_HELD,
    "one numbering of formats and outcomes");

static void
count_parts(const struct part_tally *tally)
{
	for (unsigned k = 0; k < PART_KIND_N; k++)
		for (unsigned i = OUTCOME_KEPT; i <= TALLY_HELD; i++)
			counter_format_add(k, (enum format_outcome)(i - 1),
			    tally->n[k][i]);
}

static void
count_time(uint64_t us)
{
	static const uint32_t up_to_ms[] = { 10, 30, 100, 300, 1000, 3000,
		10000, 30000 };
	unsigned i = 0;

	while (i < sizeof(up_to_ms) / sizeof(up_to_ms[0]) &&
	    us > up_to_ms[i] * UINT64_C(1000))
		i++;
	counter_add((enum counter)(COUNTER_SANITIZE_10MS + i), 1);
	counter_add(COUNTER_SANITIZE_US, us);
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
finish(struct side *side)
{
	struct job_slot *slot = (struct job_slot *)(void *)side;
	struct msg_sanitized message = { .id = slot->request.id,
	    .cpu_us = slot->cpu_us + side->exit.cpu_us };
	enum sanitize_outcome outcome = SANITIZE_CRASHED;
	char reason[JOB_REASON_BYTES_MAX + 64] = "";
	bool file = slot->request.flags & (SANITIZE_FILE | SANITIZE_AUTO);
	struct span said = { NULL, 0 };

	if (slot->broken == NULL && side->done)
		slot->broken = check_result(side);
	if (slot->broken == NULL && side->done && job_end_decode(
	    buf_span(&side->tail), &said, &slot->tally) != OK)
		slot->broken = "words that cannot be read";
	if (slot->broken == NULL && side->done && !slot->late) {
		outcome = (enum sanitize_outcome)side->result.status;
		snprintf(reason, sizeof(reason), "%.*s", (int)said.len,
		    (const char *)said.ptr);
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
	count_time(clock_monotonic_ns() / 1000 - slot->begun_us);
	say_trouble(slot, outcome, reason);
	if (outcome == SANITIZE_SAFE || outcome == SANITIZE_HOLD) {
		message.safe_bytes = side->result.bytes;
		message.report_bytes = side->result.report_bytes;
		count_parts(&slot->tally);
		answer(&message, slot->peer_number, reason, side->fds);
	} else {
		answer(&message, slot->peer_number, reason, NULL);
	}
	loop_timer_cancel(launcher.loop, &slot->timer);
	conversions_end(place_of(slot));
	side_fini(side);
	slot->used = false;
	launcher.jobs_n--;
	launcher_next();
}

/* The child sent what it must not: side_kill() is the caller's. */
static void
on_wrong(struct side *side, const char *why, bool invalid)
{
	struct job_slot *slot = (struct job_slot *)(void *)side;

	if (slot->broken != NULL)
		return;
	slot->broken = why;
	slot->invalid = invalid;
}

static bool
on_order(struct side *side, struct ipc_message *message)
{
	struct job_slot *slot = (struct job_slot *)(void *)side;

	if (message->kind != MSG_JOB_CONVERT)
		return false;
	if (!conversions_order(place_of(slot), message)) {
		on_wrong(side, "an order for a conversion that cannot be",
		    false);
		side_kill(side);
	}
	return true;
}

void
job_converted(unsigned place, const struct msg_job_result *result,
    struct span tail, int fd)
{
	struct side *side = &slots[place].mail;

	if (side->channel == NULL || side->killed)
		return;
	if (ipc_send(side->channel, MSG_JOB_CONVERTED, result, tail, &fd,
	    fd == -1 ? 0 : 1) != OK) {
		on_wrong(side, "nothing, it is gone", false);
		side_kill(side);
	}
}

void
job_used(unsigned place, uint64_t cpu_us)
{
	slots[place].cpu_us += cpu_us;
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
	    .policy = slot->policy },
	    /* one that can begin when another ends */
	    .at_once = launcher.processors + 1 };
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
	slot->cpu_us = 0;
	slot->begun_us = clock_monotonic_ns() / 1000;
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
		conversions_begin(place_of(slot), &slot->policy);
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
	conversions_end(place_of(slot));
}

void
jobs_kill_all(void)
{
	for (unsigned i = 0; i < LAUNCHER_JOBS_MAX; i++)
		if (slots[i].used) {
			side_kill(&slots[i].mail);
			conversions_end(i);
		}
}

void
jobs_init(void)
{
	static const struct side_kind is = { .order = on_order,
		.wrong = on_wrong, .over = finish };

	for (unsigned i = 0; i < LAUNCHER_JOBS_MAX; i++) {
		slots[i].timer.fire = on_late;
		slots[i].mail = (struct side){ .is = &is,
		    .kind = ZYGOTE_MAIL, .fds = { -1, -1 } };
	}
	conversions_init();
}
