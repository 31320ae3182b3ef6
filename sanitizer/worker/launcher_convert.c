/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Conversions: what mails have ordered, whose turn it is, the child that does
 * it, its time, and a look at what it made. One that fails, for whatever
 * reason, is an answer like any other: the mail's own child goes down its
 * ladder for that part alone.
 */
#include <string.h>
#include <unistd.h>

#include "../../gateway/base/clock.h"
#include "../../gateway/base/log.h"
#include "../../gateway/proc/counters.h"
#include "launcher.h"

#define NOBODY		LAUNCHER_JOBS_MAX	/* its mail is gone */

struct order {
	struct convert_order	what;
	uint32_t		ticket;
	uint64_t		bytes;
	int			fd;		/* owned, sealed */
};

/* Of the mail in a place, in a ring. */
static struct orders {
	const struct sanitizer_policy *policy;
	struct order	waiting[CONVERSIONS_AT_ONCE];
	unsigned	waiting_first, waiting_n;
	unsigned	working_n;
} places[LAUNCHER_JOBS_MAX];

static struct work {
	struct side		side;		/* first */
	struct loop_timer	timer;
	unsigned		place;
	uint32_t		ticket;
	enum part_kind		part;		/* what is converted */
} works[LAUNCHER_JOBS_MAX];
static unsigned works_n;

static unsigned last_place;

static void begin_some(void);

/* One that could not end of itself; killed with its mail is not counted. */
static void
count_trouble(const struct work *work)
{
	const struct side *side = &work->side;

	if (side->late)
		counter_format_add(work->part, FORMAT_TIMED_OUT, 1);
	else if (!side->done && work->place != NOBODY)
		counter_format_add(work->part, FORMAT_CRASHED, 1);
}

/* The child has ended: pass on what it made, or that it failed. */
static void
on_over(struct side *side)
{
	struct work *work = (struct work *)(void *)side;
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
	result.ticket = work->ticket;
	count_trouble(work);
	if (work->place != NOBODY) {
		places[work->place].working_n--;
		job_used(work->place, side->exit.cpu_us);
		job_converted(work->place, &result, good ?
		    buf_span(&side->tail) : (struct span){ NULL, 0 },
		    good ? side->fds[0] : -1);
	}
	loop_timer_cancel(launcher.loop, &work->timer);
	side_fini(side);
	works_n--;
	begin_some();
}

static void
on_late(struct loop_timer *timer)
{
	struct work *work = (struct work *)(void *)((char *)timer -
	    offsetof(struct work, timer));

	work->side.late = !work->side.done;
	side_kill(&work->side);
}

/* Give it to a child; what cannot be begun is answered at once. */
static void
begin(unsigned place, struct order *order)
{
	const struct msg_job_result failed = { .status = ERR_LIMIT,
	    .ticket = order->ticket };
	const struct msg_job_input input = { .bytes = order->bytes };
	struct work *work = works;
	struct buf tail;

	while (work->side.job != 0)
		work++;
	work->side.kind = zygote_of_task(order->what.task);
	work->place = place;
	work->ticket = order->ticket;
	work->part = order->what.kind;
	buf_init(&tail, JOB_BYTES_MAX);
	if (!side_start(&work->side)) {
		job_converted(place, &failed, (struct span){ NULL, 0 }, -1);
	} else {
		works_n++;
		places[place].working_n++;
		if (loop_timer_set(launcher.loop, &work->timer,
		    clock_monotonic_ms() + CONVERSION_TIMEOUT_MS) != OK)
			die(4, "no room for a timer");
		if (job_convert_encode(&order->what, places[place].policy,
		    &tail) != OK || ipc_send(work->side.channel, MSG_JOB_FILE,
		    &input, buf_span(&tail), &order->fd, 1) != OK)
			side_kill(&work->side);
	}
	buf_fini(&tail);
	close(order->fd);
}

static bool
take_first(struct orders *o, struct order *order)
{
	if (o->waiting_n == 0)
		return false;
	*order = o->waiting[o->waiting_first];
	o->waiting_first = (o->waiting_first + 1) % CONVERSIONS_AT_ONCE;
	o->waiting_n--;
	return true;
}

/* Who has the fewest at work, in turn where that are many; NOBODY: none. */
static unsigned
whose_turn(void)
{
	unsigned best = NOBODY, fewest = launcher.processors;

	for (unsigned i = 1; i <= LAUNCHER_JOBS_MAX; i++) {
		unsigned place = (last_place + i) % LAUNCHER_JOBS_MAX;

		if (places[place].waiting_n > 0 &&
		    places[place].working_n < fewest) {
			best = place;
			fewest = places[place].working_n;
		}
	}
	return best;
}

static void
begin_some(void)
{
	struct order order;

	while (works_n < launcher.jobs_max) {
		unsigned place = whose_turn();

		if (place == NOBODY || !take_first(&places[place], &order))
			return;
		last_place = place;
		begin(place, &order);
	}
}

void
conversions_begin(unsigned place, const struct sanitizer_policy *policy)
{
	places[place] = (struct orders){ .policy = policy };
}

bool
conversions_order(unsigned place, struct ipc_message *message)
{
	struct orders *o = &places[place];
	struct msg_job_convert fixed;
	const char *why;

	memcpy(&fixed, message->fixed, sizeof(fixed));
	if (o->waiting_n + o->working_n >= CONVERSIONS_AT_ONCE ||
	    fixed.kind >= PART_KIND_N || fixed.task >= CONVERT_TASK_N ||
	    check_sealed(message->fds[0], fixed.bytes, JOB_OUTPUT_BYTES_MAX,
	    &why) != OK)
		return false;
	o->waiting[(o->waiting_first + o->waiting_n++) %
	    CONVERSIONS_AT_ONCE] = (struct order){
	    .what = { (enum convert_task)fixed.task,
	    (enum part_kind)fixed.kind, fixed.first },
	    .ticket = fixed.ticket, .bytes = fixed.bytes,
	    .fd = message->fds[0] };
	message->fds[0] = -1;
	begin_some();
	return true;
}

void
conversions_end(unsigned place)
{
	struct order order;

	while (take_first(&places[place], &order))
		close(order.fd);
	for (unsigned i = 0; i < LAUNCHER_JOBS_MAX; i++)
		if (works[i].side.job != 0 && works[i].place == place) {
			works[i].place = NOBODY;
			side_kill(&works[i].side);
		}
	places[place].working_n = 0;
}

void
conversions_init(void)
{
	static const struct side_kind is = { .over = on_over };

	for (unsigned i = 0; i < LAUNCHER_JOBS_MAX; i++) {
		works[i].side = (struct side){ .is = &is, .fds = { -1, -1 } };
		works[i].timer.fire = on_late;
	}
}
