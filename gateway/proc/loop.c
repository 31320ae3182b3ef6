/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The epoll loop: watches in a table of slots, timers in a binary heap.
 * Each slot counts its users (generation), so that an event that was fetched
 * before its watch was removed is thrown away instead of reaching the next
 * user of the slot. Signals come as descriptors (signalfd) of the owner.
 */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "../base/clock.h"
#include "limits.h"
#include "loop.h"

struct slot {
	struct loop_watch	*watch;		/* NULL: free */
	uint32_t		 generation;
	uint32_t		 free_next;	/* counted from 1 */
};

struct loop {
	int			 epoll;
	bool			 stopped;
	unsigned		 last_rounds;	/* left, then it stops; 0: no */
	struct slot		*slots;		/* [0] is not used */
	uint32_t		 slots_n;
	uint32_t		 free_first;	/* 0: none is free */
	struct loop_timer	**heap;		/* [0] is not used */
	uint32_t		 heap_n;
	uint32_t		 heap_max;
	void			(*round)(void *);
	void			*round_arg;
	struct epoll_event	 events[LOOP_EVENTS_MAX];
};

struct loop *
loop_new(uint32_t watches_max, uint32_t timers_max)
{
	struct loop *loop;

	require(watches_max < UINT32_MAX && timers_max < UINT32_MAX);
	/* start-up: sized once, nothing is allocated later */
	loop = calloc(1, sizeof(*loop));
	if (loop == NULL)
		return NULL;
	/* start-up: as above */
	loop->slots = calloc((size_t)watches_max + 1, sizeof(*loop->slots));
	/* start-up: as above */
	loop->heap = calloc((size_t)timers_max + 1, sizeof(*loop->heap));
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (loop->slots == NULL || loop->heap == NULL || loop->epoll == -1) {
		loop_free(loop);
		return NULL;
	}
	loop->slots_n = watches_max;
	loop->heap_max = timers_max;
	for (uint32_t i = watches_max; i > 0; i--) {
		loop->slots[i].free_next = loop->free_first;
		loop->free_first = i;
	}
	return loop;
}

void
loop_free(struct loop *loop)
{
	if (loop == NULL)
		return;
	if (loop->epoll != -1)
		close(loop->epoll);
	free(loop->slots);
	free(loop->heap);
	free(loop);
}

static struct epoll_event
event_of(const struct loop *loop, uint32_t slot, uint32_t events)
{
	uint64_t generation = loop->slots[slot].generation;

	return (struct epoll_event){ .events = events,
	    .data.u64 = generation << 32 | slot };
}

enum err
loop_watch_add(struct loop *loop, struct loop_watch *watch, uint32_t events)
{
	uint32_t slot = loop->free_first;
	struct epoll_event event;

	require(watch->slot == 0);
	if (slot == 0)
		return ERR_LIMIT;
	event = event_of(loop, slot, events);
	if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, watch->fd, &event) == -1)
		return ERR_SYSTEM;
	loop->free_first = loop->slots[slot].free_next;
	loop->slots[slot].watch = watch;
	watch->slot = slot;
	watch->generation = loop->slots[slot].generation;
	watch->events = events;
	return OK;
}

void
loop_watch_events(struct loop *loop, struct loop_watch *watch,
    uint32_t events)
{
	struct epoll_event event;

	if (watch->slot == 0 || watch->events == events)
		return;
	event = event_of(loop, watch->slot, events);
	/* the descriptor is in the set: only our own bug makes this fail */
	require(epoll_ctl(loop->epoll, EPOLL_CTL_MOD, watch->fd, &event) == 0);
	watch->events = events;
}

void
loop_watch_remove(struct loop *loop, struct loop_watch *watch)
{
	struct slot *slot;

	if (watch->slot == 0)
		return;
	slot = &loop->slots[watch->slot];
	require(slot->watch == watch);
	/* fails only when the owner has closed the descriptor already */
	(void)epoll_ctl(loop->epoll, EPOLL_CTL_DEL, watch->fd, NULL);
	slot->watch = NULL;
	slot->generation++;
	slot->free_next = loop->free_first;
	loop->free_first = watch->slot;
	watch->slot = 0;
}

static void
heap_put(struct loop *loop, uint32_t i, struct loop_timer *timer)
{
	loop->heap[i] = timer;
	timer->slot = i;
}

static void
heap_up(struct loop *loop, uint32_t i)
{
	struct loop_timer *timer = loop->heap[i];

	while (i > 1 && loop->heap[i / 2]->due_ms > timer->due_ms) {
		heap_put(loop, i, loop->heap[i / 2]);
		i /= 2;
	}
	heap_put(loop, i, timer);
}

static void
heap_down(struct loop *loop, uint32_t i)
{
	struct loop_timer *timer = loop->heap[i];
	uint32_t child;

	while (i <= loop->heap_n / 2) {
		child = i * 2;
		if (child < loop->heap_n && loop->heap[child + 1]->due_ms <
		    loop->heap[child]->due_ms)
			child++;
		if (loop->heap[child]->due_ms >= timer->due_ms)
			break;
		heap_put(loop, i, loop->heap[child]);
		i = child;
	}
	heap_put(loop, i, timer);
}

enum err
loop_timer_set(struct loop *loop, struct loop_timer *timer, uint64_t due_ms)
{
	uint64_t was = timer->due_ms;

	timer->due_ms = due_ms;
	if (timer->slot == 0) {
		if (loop->heap_n == loop->heap_max)
			return ERR_LIMIT;
		heap_put(loop, ++loop->heap_n, timer);
		heap_up(loop, timer->slot);
	} else if (due_ms < was) {
		heap_up(loop, timer->slot);
	} else if (due_ms > was) {
		heap_down(loop, timer->slot);
	}
	return OK;
}

void
loop_timer_cancel(struct loop *loop, struct loop_timer *timer)
{
	uint32_t i = timer->slot;
	struct loop_timer *last;

	if (i == 0)
		return;
	require(i <= loop->heap_n && loop->heap[i] == timer);
	last = loop->heap[loop->heap_n--];
	timer->slot = 0;
	if (last == timer)
		return;
	heap_put(loop, i, last);
	heap_up(loop, i);
	heap_down(loop, last->slot);
}

void
loop_on_round(struct loop *loop, void (*round)(void *), void *arg)
{
	loop->round = round;
	loop->round_arg = arg;
}

/*
 * Fire what is due. A timer that sets itself anew for a time already past
 * waits for the next round, so that events get their turn.
 */
static void
timers_fire(struct loop *loop)
{
	uint64_t now;
	uint32_t most = loop->heap_n;
	struct loop_timer *timer;

	if (most == 0)
		return;
	now = clock_monotonic_ms();
	for (; most > 0 && loop->heap_n > 0 && !loop->stopped; most--) {
		timer = loop->heap[1];
		if (timer->due_ms > now)
			break;
		loop_timer_cancel(loop, timer);
		timer->fire(timer);
	}
}

static int
timeout(const struct loop *loop)
{
	uint64_t now, left;

	if (loop->heap_n == 0)
		return -1;
	now = clock_monotonic_ms();
	if (loop->heap[1]->due_ms <= now)
		return 0;
	left = loop->heap[1]->due_ms - now;
	return left > INT_MAX ? INT_MAX : (int)left;
}

static void
event_handle(struct loop *loop, const struct epoll_event *event)
{
	uint32_t i = (uint32_t)event->data.u64;
	uint32_t generation = (uint32_t)(event->data.u64 >> 32);
	struct slot *slot = &loop->slots[i];

	if (slot->watch == NULL || slot->generation != generation)
		return;		/* removed earlier in this round */
	slot->watch->ready(slot->watch, event->events);
}

enum err
loop_run(struct loop *loop, struct diag *diag)
{
	int n;

	loop->stopped = false;
	loop->last_rounds = 0;
	while (!loop->stopped) {
		n = epoll_wait(loop->epoll, loop->events, LOOP_EVENTS_MAX,
		    loop->last_rounds > 0 ? 0 : timeout(loop));
		if (n == -1 && errno != EINTR)
			return diag_system(diag, "wait for events");
		for (int i = 0; i < n && !loop->stopped; i++)
			event_handle(loop, &loop->events[i]);
		if (loop->last_rounds > 0 && (n == 0 ||
		    --loop->last_rounds == 0))
			loop->stopped = true;
		timers_fire(loop);
		if (loop->round != NULL)
			loop->round(loop->round_arg);
	}
	return OK;
}

void
loop_stop(struct loop *loop)
{
	loop->stopped = true;
}

void
loop_stop_drained(struct loop *loop)
{
	if (!loop->stopped && loop->last_rounds == 0)
		loop->last_rounds = LOOP_LAST_ROUNDS_MAX + 1;
}
