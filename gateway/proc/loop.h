/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_PROC_LOOP_H
#define SEKISHO_PROC_LOOP_H

#include <stdint.h>
#include <sys/epoll.h>

#include "../base/err.h"

/*
 * One thread, one epoll loop. Watches and timers are embedded in the structs
 * of their owners; the loop borrows them until they are removed. A watch may
 * be removed (and its owner freed) inside any callback.
 */
struct loop;

struct loop_watch {
	int	 fd;
	void	(*ready)(struct loop_watch *, uint32_t events);	/* EPOLL* */
	/* private to loop.c */
	uint32_t events;
	uint32_t generation;
	uint32_t slot;
};

struct loop_timer {
	void	 (*fire)(struct loop_timer *);
	/* private to loop.c */
	uint64_t due_ms;
	uint32_t slot;		/* in the heap, counted from 1; 0: not set */
};

/*
 * watches_max and timers_max are sized once, nothing is allocated later.
 * NULL when memory or descriptors are out. Call it before role_enter().
 */
struct loop *loop_new(uint32_t watches_max, uint32_t timers_max);
void loop_free(struct loop *loop);

/* fd and ready are set by the caller. ERR_LIMIT: watches_max reached. */
enum err loop_watch_add(struct loop *loop, struct loop_watch *watch,
    uint32_t events) MUST_CHECK;
void loop_watch_events(struct loop *loop, struct loop_watch *watch,
    uint32_t events);
/* Does not close the descriptor. Harmless when it was not added. */
void loop_watch_remove(struct loop *loop, struct loop_watch *watch);

/* Set, or move, a timer to due_ms of clock_monotonic_ms(). */
enum err loop_timer_set(struct loop *loop, struct loop_timer *timer,
    uint64_t due_ms) MUST_CHECK;
void loop_timer_cancel(struct loop *loop, struct loop_timer *timer);

/*
 * Called once after each round of events, before sleeping: the place for
 * work that is done for many at once (group sync). NULL: none.
 */
void loop_on_round(struct loop *loop, void (*round)(void *), void *arg);

/* Runs until loop_stop(); then returns OK, or ERR_SYSTEM of epoll_wait. */
enum err loop_run(struct loop *loop, struct diag *diag) MUST_CHECK;
void loop_stop(struct loop *loop);
/*
 * As loop_stop(), but what has come by now is handled first: the loop ends
 * with the first look that finds nothing, or after LOOP_LAST_ROUNDS_MAX.
 */
void loop_stop_drained(struct loop *loop);

#endif
