/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The loop: watches that vanish inside callbacks, timers in order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <unistd.h>

#include "../../../gateway/base/clock.h"
#include "../../../gateway/proc/loop.h"

#define TIMERS	200

static struct loop *loop;
static uint64_t now_ms;

static uint64_t
fake_clock(void)
{
	return now_ms;
}

struct pipe_watch {
	struct loop_watch	 watch;		/* first */
	int			 write_fd;
	unsigned		 count;
	struct pipe_watch	*victim;	/* removed when this fires */
};

static void
on_ready(struct loop_watch *watch, uint32_t events)
{
	struct pipe_watch *p = (struct pipe_watch *)watch;

	assert_true((events & EPOLLIN) != 0);
	p->count++;
	if (p->victim != NULL)
		loop_watch_remove(loop, &p->victim->watch);
}

static void
pipe_watch_init(struct pipe_watch *p)
{
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	*p = (struct pipe_watch){ .watch = { .fd = fds[0],
	    .ready = on_ready }, .write_fd = fds[1] };
}

static void
pipe_watch_fini(struct pipe_watch *p)
{
	loop_watch_remove(loop, &p->watch);
	close(p->watch.fd);
	close(p->write_fd);
}

static void
stop_after_round(void *arg)
{
	(void)arg;
	loop_stop(loop);
}

static void
one_round(void)
{
	struct diag diag;

	loop_on_round(loop, stop_after_round, NULL);
	assert_int_equal(loop_run(loop, &diag), OK);
}

static void
a_ready_descriptor_is_reported_until_it_is_removed(void **state)
{
	struct pipe_watch p;

	(void)state;
	loop = loop_new(4, 4);
	pipe_watch_init(&p);
	assert_int_equal(loop_watch_add(loop, &p.watch, EPOLLIN), OK);
	assert_int_equal(write(p.write_fd, "x", 1), 1);
	one_round();
	one_round();
	assert_int_equal(p.count, 2);
	loop_watch_events(loop, &p.watch, 0);
	pipe_watch_fini(&p);
	loop_watch_remove(loop, &p.watch);	/* twice is harmless */
	loop_free(loop);
}

static void
stop_drained(void *arg)
{
	(void)arg;
	loop_stop_drained(loop);
}

/* Its read end: one byte each time; the last one brings another pipe's first */
static void
on_byte(struct loop_watch *watch, uint32_t events)
{
	struct pipe_watch *p = (struct pipe_watch *)watch;
	char byte;

	(void)events;
	assert_int_equal(read(watch->fd, &byte, 1), 1);
	p->count++;
	if (p->victim != NULL)
		assert_int_equal(write(p->victim->write_fd, &byte, 1), 1);
}

static void
a_drained_stop_handles_what_has_come_first(void **state)
{
	struct pipe_watch a, b;
	struct diag diag;

	(void)state;
	loop = loop_new(4, 4);
	pipe_watch_init(&a);
	pipe_watch_init(&b);
	a.watch.ready = b.watch.ready = on_byte;
	a.victim = &b;
	assert_int_equal(loop_watch_add(loop, &a.watch, EPOLLIN), OK);
	assert_int_equal(loop_watch_add(loop, &b.watch, EPOLLIN), OK);
	assert_int_equal(write(a.write_fd, "xxxxx", 5), 5);
	loop_on_round(loop, stop_drained, NULL);
	assert_int_equal(loop_run(loop, &diag), OK);
	assert_int_equal(a.count, 5);
	assert_int_equal(b.count, 5);
	pipe_watch_fini(&a);
	pipe_watch_fini(&b);
	loop_free(loop);
}

static void
a_drained_stop_ends_though_there_is_always_more(void **state)
{
	struct pipe_watch p;
	struct diag diag;

	(void)state;
	loop = loop_new(4, 4);
	pipe_watch_init(&p);	/* it never reads */
	assert_int_equal(loop_watch_add(loop, &p.watch, EPOLLIN), OK);
	assert_int_equal(write(p.write_fd, "x", 1), 1);
	loop_on_round(loop, stop_drained, NULL);
	assert_int_equal(loop_run(loop, &diag), OK);
	assert_true(p.count > 1);
	pipe_watch_fini(&p);
	loop_free(loop);
}

static void
a_watch_removed_by_another_in_the_same_round_is_not_called(void **state)
{
	struct pipe_watch a, b;

	(void)state;
	loop = loop_new(4, 4);
	pipe_watch_init(&a);
	pipe_watch_init(&b);
	a.victim = &b;
	b.victim = &a;
	assert_int_equal(loop_watch_add(loop, &a.watch, EPOLLIN), OK);
	assert_int_equal(loop_watch_add(loop, &b.watch, EPOLLIN), OK);
	assert_int_equal(write(a.write_fd, "x", 1), 1);
	assert_int_equal(write(b.write_fd, "x", 1), 1);
	one_round();
	assert_int_equal(a.count + b.count, 1);
	pipe_watch_fini(&a);
	pipe_watch_fini(&b);
	loop_free(loop);
}

static struct pipe_watch reborn;

static void
on_ready_replace(struct loop_watch *watch, uint32_t events)
{
	struct pipe_watch *p = (struct pipe_watch *)watch;

	(void)events;
	p->count++;
	loop_watch_remove(loop, &p->victim->watch);
	/* takes the slot that the victim has just left */
	assert_int_equal(loop_watch_add(loop, &reborn.watch, EPOLLIN), OK);
}

static void
a_new_user_of_a_slot_gets_no_event_of_the_old_one(void **state)
{
	struct pipe_watch a, b;

	(void)state;
	loop = loop_new(2, 1);
	pipe_watch_init(&a);
	pipe_watch_init(&b);
	pipe_watch_init(&reborn);
	a.watch.ready = b.watch.ready = on_ready_replace;
	a.victim = &b;
	b.victim = &a;
	assert_int_equal(loop_watch_add(loop, &a.watch, EPOLLIN), OK);
	assert_int_equal(loop_watch_add(loop, &b.watch, EPOLLIN), OK);
	assert_int_equal(write(a.write_fd, "x", 1), 1);
	assert_int_equal(write(b.write_fd, "x", 1), 1);
	one_round();
	assert_int_equal(a.count + b.count, 1);
	assert_int_equal(reborn.count, 0);
	pipe_watch_fini(&a);
	pipe_watch_fini(&b);
	pipe_watch_fini(&reborn);
	loop_free(loop);
}

static void
more_watches_than_the_limit_are_refused(void **state)
{
	struct pipe_watch p[3];

	(void)state;
	loop = loop_new(2, 1);
	for (int i = 0; i < 3; i++)
		pipe_watch_init(&p[i]);
	assert_int_equal(loop_watch_add(loop, &p[0].watch, EPOLLIN), OK);
	assert_int_equal(loop_watch_add(loop, &p[1].watch, EPOLLIN), OK);
	assert_int_equal(loop_watch_add(loop, &p[2].watch, EPOLLIN),
	    ERR_LIMIT);
	loop_watch_remove(loop, &p[0].watch);
	assert_int_equal(loop_watch_add(loop, &p[2].watch, EPOLLIN), OK);
	for (int i = 0; i < 3; i++)
		pipe_watch_fini(&p[i]);
	loop_free(loop);
}

struct test_timer {
	struct loop_timer	timer;		/* first */
	unsigned		fired;
	uint64_t		again_ms;
};

static uint64_t last_due;
static unsigned fired_total;

static void
on_fire(struct loop_timer *timer)
{
	struct test_timer *t = (struct test_timer *)timer;

	assert_true(timer->due_ms <= now_ms);
	assert_true(timer->due_ms >= last_due);
	last_due = timer->due_ms;
	t->fired++;
	fired_total++;
	if (t->again_ms != 0)
		assert_int_equal(loop_timer_set(loop, timer, t->again_ms), OK);
}

/* A small generator, so that a run can be repeated. */
static uint32_t
next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

static void
timers_fire_once_in_order_of_their_time(void **state)
{
	static struct test_timer timers[TIMERS];
	uint32_t seed = 1;
	unsigned cancelled = 0;

	(void)state;
	now_ms = 1000;
	last_due = fired_total = 0;
	clock_replace(fake_clock, NULL);
	loop = loop_new(1, TIMERS);
	for (unsigned i = 0; i < TIMERS; i++) {
		timers[i] = (struct test_timer){ .timer.fire = on_fire };
		assert_int_equal(loop_timer_set(loop, &timers[i].timer,
		    1000 + next_random(&seed) % 500), OK);
	}
	/* move a third, cancel a fifth */
	for (unsigned i = 0; i < TIMERS; i += 3)
		assert_int_equal(loop_timer_set(loop, &timers[i].timer,
		    1000 + next_random(&seed) % 500), OK);
	for (unsigned i = 0; i < TIMERS; i += 5) {
		loop_timer_cancel(loop, &timers[i].timer);
		loop_timer_cancel(loop, &timers[i].timer);
		cancelled++;
	}
	for (now_ms = 1000; now_ms <= 1500; now_ms += 50) {
		/* always something due, so that the wait does not block */
		struct test_timer wake = { .timer.fire = on_fire };

		last_due = 0;
		if (loop_timer_set(loop, &wake.timer, now_ms) == OK)
			fired_total--;
		one_round();
		assert_int_equal(wake.timer.slot, 0);
	}
	assert_int_equal(fired_total, TIMERS - cancelled);
	for (unsigned i = 0; i < TIMERS; i++)
		assert_int_equal(timers[i].fired, i % 5 == 0 ? 0 : 1);
	clock_replace(NULL, NULL);
	loop_free(loop);
}

static void
a_timer_set_for_the_past_in_its_own_callback_waits_a_round(void **state)
{
	struct test_timer t = { .timer.fire = on_fire, .again_ms = 5 };

	(void)state;
	now_ms = 10;
	last_due = 0;
	clock_replace(fake_clock, NULL);
	loop = loop_new(1, 1);
	assert_int_equal(loop_timer_set(loop, &t.timer, 5), OK);
	one_round();
	assert_int_equal(t.fired, 1);
	one_round();
	assert_int_equal(t.fired, 2);
	loop_timer_cancel(loop, &t.timer);
	clock_replace(NULL, NULL);
	loop_free(loop);
}

static void
more_timers_than_the_limit_are_refused(void **state)
{
	struct test_timer a = { .timer.fire = on_fire };
	struct test_timer b = { .timer.fire = on_fire };

	(void)state;
	loop = loop_new(1, 1);
	assert_int_equal(loop_timer_set(loop, &a.timer, 5), OK);
	assert_int_equal(loop_timer_set(loop, &b.timer, 5), ERR_LIMIT);
	assert_int_equal(loop_timer_set(loop, &a.timer, 6), OK);
	loop_free(loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_ready_descriptor_is_reported_until_it_is_removed),
		cmocka_unit_test(
		    a_watch_removed_by_another_in_the_same_round_is_not_called),
		cmocka_unit_test(
		    a_new_user_of_a_slot_gets_no_event_of_the_old_one),
		cmocka_unit_test(a_drained_stop_handles_what_has_come_first),
		cmocka_unit_test(
		    a_drained_stop_ends_though_there_is_always_more),
		cmocka_unit_test(more_watches_than_the_limit_are_refused),
		cmocka_unit_test(timers_fire_once_in_order_of_their_time),
		cmocka_unit_test(
		    a_timer_set_for_the_past_in_its_own_callback_waits_a_round),
		cmocka_unit_test(more_timers_than_the_limit_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
