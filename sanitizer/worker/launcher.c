/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sekisho-sanitize: main() and the messages of supervisor and spool. It holds
 * no content parser: that is in the workers, which it starts before it gives
 * up its rights. If a zygote dies it ends too, and the supervisor starts both
 * anew.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../gateway/base/clock.h"
#include "../../gateway/base/log.h"
#include "../../gateway/proc/role.h"
#include "launcher.h"

#define WATCHES_MAX	128
#define TIMERS_MAX	(2 * LAUNCHER_JOBS_MAX + 2)

struct launcher launcher;

static struct request waiting[LAUNCHER_WAITING_MAX];
static unsigned waiting_first, waiting_n;
static struct ipc_channel *supervisor;
static struct loop_timer stop_timer;
static bool zygotes_ready;

static void
stop_when_idle(void)
{
	if (launcher.stopping && launcher.jobs_n == 0 && waiting_n == 0)
		loop_stop(launcher.loop);
}

void
launcher_next(void)
{
	while (waiting_n > 0 && launcher.jobs_n < launcher.jobs_max) {
		struct request request = waiting[waiting_first];

		waiting_first = (waiting_first + 1) % LAUNCHER_WAITING_MAX;
		waiting_n--;
		job_start(&request);
	}
	stop_when_idle();
}

/* ---- spool or tool ---- */

static void
on_peer_message(void *arg, struct ipc_channel *channel,
    struct ipc_message *message)
{
	struct request request = { .fd = message->fds[0] };

	(void)arg;
	(void)channel;
	if (message->kind != MSG_SANITIZE)
		die(4, "message %d out of place", (int)message->kind);
	memcpy(&request.fixed, message->fixed, sizeof(request.fixed));
	if (!launcher.peer_is_tool && request.fixed.flags &
	    (SANITIZE_TOOL | SANITIZE_FILE | SANITIZE_AUTO))
		die(4, "the spool asks for what only the tool may");
	buf_init(&request.tail, MSG_TAIL_BYTES_MAX);
	if (buf_add(&request.tail, message->tail) != OK ||
	    waiting_n == LAUNCHER_WAITING_MAX || launcher.image == NULL ||
	    launcher.stopping) {
		job_refuse(&request, SANITIZE_BUSY, "busy");
		buf_fini(&request.tail);
		return;
	}
	message->fds[0] = -1;
	waiting[(waiting_first + waiting_n++) % LAUNCHER_WAITING_MAX] =
	    request;
	launcher_next();
}

/* Nobody wants the results any more. */
static void
drop_peer(void)
{
	ipc_close(launcher.peer);
	launcher.peer = NULL;
	launcher.peer_number++;
	for (; waiting_n > 0; waiting_n--) {
		request_fini(&waiting[waiting_first]);
		waiting_first = (waiting_first + 1) % LAUNCHER_WAITING_MAX;
	}
	jobs_kill_all();
}

static void
on_peer_closed(void *arg, struct ipc_channel *channel)
{
	(void)arg;
	(void)channel;
	drop_peer();
	stop_when_idle();
}

static void
new_peer(struct ipc_message *message)
{
	const struct ipc_handler handler = { .message = on_peer_message,
		.closed = on_peer_closed };
	struct msg_peer fixed;

	memcpy(&fixed, message->fixed, sizeof(fixed));
	if (fixed.role != ROLE_SPOOL && fixed.role != ROLE_TOOL)
		die(4, "a peer of role %u", fixed.role);
	drop_peer();
	launcher.peer_is_tool = fixed.role == ROLE_TOOL;
	launcher.peer = ipc_open(launcher.loop, message->fds[0],
	    ROLE_SANITIZE, (enum role_id)fixed.role, &handler);
	message->fds[0] = -1;
	if (launcher.peer == NULL)
		die(4, "no room for a channel");
}

/* ---- supervisor ---- */

/* The old image goes when the new one is good; jobs have copies. */
static void
new_rules(struct ipc_message *message)
{
	static struct span mapped;
	struct rules_image *image;
	struct msg_rules fixed;
	struct diag diag;
	struct span bytes;
	struct stat st;
	void *map;

	memcpy(&fixed, message->fixed, sizeof(fixed));
	if (fstat(message->fds[0], &st) == -1 || st.st_size <= 0)
		die(4, "rules: no file");
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED,
	    message->fds[0], 0);
	if (map == MAP_FAILED)
		die(4, "rules: %s", strerror(errno));
	bytes = (struct span){ map, (size_t)st.st_size };
	if (rules_image_open(bytes, &image, &diag) != OK)
		die(4, "rules: %s", diag.what);
	rules_image_close(launcher.image);
	if (mapped.len > 0)
		munmap((void *)(uintptr_t)mapped.ptr, mapped.len);
	mapped = bytes;
	launcher.image = image;
	launcher.generation = fixed.generation;
}

static void
on_stop_time(struct loop_timer *timer)
{
	(void)timer;
	loop_stop(launcher.loop);
}

static void
stop(void)
{
	launcher.stopping = true;
	stop_timer.fire = on_stop_time;
	if (loop_timer_set(launcher.loop, &stop_timer, clock_monotonic_ms() +
	    LAUNCHER_STOP_MS) != OK)
		die(4, "no room for a timer");
	stop_when_idle();
}

/* Once, when the rules are mapped and the workers are in their sandbox. */
static void
tell_ready(void)
{
	static bool told;
	const struct msg_empty ready = { 0 };

	if (told || !zygotes_ready || launcher.image == NULL)
		return;
	told = true;
	if (ipc_send(supervisor, MSG_READY, &ready,
	    (struct span){ NULL, 0 }, NULL, 0) != OK)
		die(4, "the supervisor is gone");
}

void
launcher_ready(void)
{
	zygotes_ready = true;
	tell_ready();
}

static void
on_supervisor(void *arg, struct ipc_channel *channel,
    struct ipc_message *message)
{
	(void)arg;
	(void)channel;
	if (message->kind == MSG_RULES) {
		new_rules(message);
		tell_ready();
	} else if (message->kind == MSG_PEER) {
		new_peer(message);
	} else if (message->kind == MSG_STOP) {
		stop();
	} else {
		die(4, "message %d out of place", (int)message->kind);
	}
}

static void
on_supervisor_closed(void *arg, struct ipc_channel *channel)
{
	(void)arg;
	(void)channel;
	die(4, "the supervisor is gone");
}

/* ---- start ---- */

static void
count_processors(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	launcher.processors = n < 1 ? 1 : n > LAUNCHER_JOBS_MAX / 2 ?
	    LAUNCHER_JOBS_MAX / 2 : (unsigned)n;
	launcher.jobs_max = 2 * launcher.processors;
}

int
main(int argc, char **argv)
{
	const struct ipc_handler handler = { .message = on_supervisor,
		.closed = on_supervisor_closed };
	struct role_start start;
	struct role_state state;
	struct diag diag;

	log_init("sanitize");
	count_processors();
	zygotes_start(argv, argc);
	role_start(ROLE_SANITIZE, argc, argv, &start, &state);
	launcher.loop = loop_new(WATCHES_MAX, TIMERS_MAX);
	if (launcher.loop == NULL)
		die(4, "no memory");
	jobs_init();
	zygotes_watch(launcher.loop, sides_ended);
	supervisor = ipc_open(launcher.loop, ROLE_FD_SUPERVISOR,
	    ROLE_SANITIZE, ROLE_SUPERVISOR, &handler);
	if (supervisor == NULL)
		die(4, "no channel to the supervisor");
	if (loop_run(launcher.loop, &diag) != OK)
		die(4, "%s", diag.what);
	return 0;
}
