/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is dropped because there is too much of it: said once when it begins
 * and once when it is over, from what is counted. Of packets that the kernel
 * drops before we see them (its queue is full, or our socket) only its own
 * list of queues tells; it is opened before the sandbox.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/log.h"
#include "packet_internal.h"

#define QUEUES_FILE	"/proc/net/netfilter/nfnetlink_queue"
#define QUEUES_BYTES	16384	/* some 250 queues, of anybody */

static struct trouble {
	enum counter	 counter;
	const char	*what;
	uint64_t	 before;	/* value when it began */
	uint64_t	 seen;
	uint64_t	 grown_ms;
	bool		 on;
} troubles[] = {
	{ .counter = COUNTER_QUEUE_OVERRUNS,
	    .what = "the kernel's queue is full: packets are dropped" },
	{ .counter = COUNTER_REFUSED_TABLE_FULL,
	    .what = "the table of flows is full: new ones are refused" },
	{ .counter = COUNTER_REFUSED_SOURCE_LIMIT,
	    .what = "a source has all the flows that one may have: "
	    "its new ones are refused" },
	{ .counter = COUNTER_EVIDENCE_LOST,
	    .what = "sekisho-capture does not take what it is told: "
	    "evidence is lost" },
};

static struct loop_timer timer;
static int queues_file;
static uint32_t dropped[NFQ_QUEUES_MAX];	/* as the kernel says it */

/*
 * A line: number, who reads it, packets that wait, mode, bytes; dropped for
 * a full queue; dropped for a full socket; ...
 */
static void
take_line(const char *line)
{
	unsigned number, full, unsent;

	if (sscanf(line, "%u %*u %*u %*u %*u %u %u", &number, &full,
	    &unsent) != 3 || number < NFQ_FIRST ||
	    number - NFQ_FIRST >= gate.queues_n)
		return;
	number -= NFQ_FIRST;
	/* 32 bits there: the difference is right when they are used up */
	counter_add(COUNTER_QUEUE_OVERRUNS, full + unsent - dropped[number]);
	dropped[number] = full + unsent;
}

static void
read_queues(void)
{
	static char text[QUEUES_BYTES + 1];
	char *line = text, *end;
	size_t len = 0;
	ssize_t n;

	while (len < QUEUES_BYTES && (n = pread(queues_file, text + len,
	    QUEUES_BYTES - len, (off_t)len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	for (; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		*end = '\0';
		take_line(line);
	}
}

static void
look_at(struct trouble *trouble, uint64_t now_ms)
{
	uint64_t value = counter_get(trouble->counter);

	if (value != trouble->seen) {
		if (!trouble->on) {
			log_alarm("%s", trouble->what);
			trouble->before = trouble->seen;
		}
		trouble->on = true;
		trouble->seen = value;
		trouble->grown_ms = now_ms;
	} else if (trouble->on &&
	    now_ms - trouble->grown_ms >= PACKET_CALM_MS) {
		trouble->on = false;
		log_info("over: %s (%" PRIu64 ")", trouble->what,
		    value - trouble->before);
	}
}

static void
look(struct loop_timer *unused)
{
	uint64_t now_ms = clock_monotonic_ms();

	(void)unused;
	read_queues();
	for (unsigned i = 0; i < sizeof(troubles) / sizeof(troubles[0]); i++)
		look_at(&troubles[i], now_ms);
	if (loop_timer_set(gate.loop, &timer, now_ms + PACKET_LOOK_MS) != OK)
		die(4, "no timer");
}

void
packet_trouble_open(void)
{
	queues_file = open(QUEUES_FILE, O_RDONLY | O_CLOEXEC);
	if (queues_file == -1)
		die(4, "open %s: %s", QUEUES_FILE, strerror(errno));
}

void
packet_trouble_start(void)
{
	timer.fire = look;
	look(&timer);
}
