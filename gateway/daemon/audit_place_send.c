/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The connection of a receiver of syslog, which the supervisor made: records
 * are written to it as far as it takes them, and what it says is thrown away.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/log.h"
#include "../proc/counters.h"
#include "audit_place_internal.h"

/* ---- connections ---- */

void
place_hang_up(struct place *place)
{
	if (place->watch.fd != -1) {
		loop_watch_remove(audit_loop, &place->watch);
		close(place->watch.fd);
	}
	place->watch.fd = -1;
	buf_clear(&place->out);
	place->out_done = 0;
	place->marks_n = 0;
	place->state = AWAY;
}

void
place_lose(struct place *place, bool in_order)
{
	uint64_t now = clock_monotonic_ms();

	if (place->state == CONNECTED) {
		struct audit_position at = place_safe_mark(place, in_order &&
		    place_arrived(place) == place->bytes, now)->at;

		audit_follow_fini(&place->follow);
		audit_follow_init(&place->follow, audit_log.dir, &at);
		place->dry_seq = 0;
		if (now - place->since_ms >= PLACE_PAUSE_MS_MAX)
			place->pause_ms = 0;
	}
	place_hang_up(place);
	place->pause_ms = place->pause_ms == 0 ? PLACE_PAUSE_MS :
	    place->pause_ms * 2 > PLACE_PAUSE_MS_MAX ? PLACE_PAUSE_MS_MAX :
	    place->pause_ms * 2;
	place->next_ms = now + place->pause_ms;
	if (place->lost_ms == 0)
		place->lost_ms = now;
	place->changed = true;
}

static void
connected(struct place *place)
{
	place->state = CONNECTED;
	place->since_ms = place->progress_ms = clock_monotonic_ms();
	place->bytes = place->said = 0;
	place->blocked = false;
	place_mark(place, place->since_ms);
	counter_add(COUNTER_SYSLOG_CONNECTIONS, 1);
	place->shown.connections++;
	place->changed = true;
}

/* ---- sending ---- */

/* Records that went before it got them: it is told by their numbers. */
static void
tell_missed(const struct place *place, uint64_t first, uint64_t last)
{
	char members[256];

	counter_add(COUNTER_SYSLOG_MISSED, last - first + 1);
	snprintf(members, sizeof(members), "\"part\":\"syslog\",\"event\":"
	    "\"missed\",\"place\":\"%s\",\"first\":%llu,\"last\":%llu",
	    place->name, (unsigned long long)first,
	    (unsigned long long)last);
	(void)audit_note(AUDIT_ENGINE, span_str(members));
	log_warn("%s has not got records %llu to %llu of the audit log, "
	    "which are no longer there", place->name,
	    (unsigned long long)first, (unsigned long long)last);
}

/* The next message. ERR_AGAIN: there is none. */
static enum err
next_message(struct place *place)
{
	uint64_t before = place->follow.at.seq;
	struct diag diag = { .what = "" };
	struct span line;
	enum err err;

	buf_clear(&place->out);
	place->out_done = 0;
	err = audit_follow_next(&place->follow, audit_log.name.number, &line,
	    &diag);
	if (err == ERR_SYSTEM)
		log_warn("the audit log cannot be read for %s: %s",
		    place->name, diag.what);
	if (err != OK) {
		place->dry_seq = audit_log.head.seq;
		return ERR_AGAIN;
	}
	if (!place->follow.is_record)
		return OK;		/* verify tells of it */
	if (place->follow.at.seq > before + 1)
		tell_missed(place, before + 1, place->follow.at.seq - 1);
	if (audit_syslog_frame(&audit_syslog_head, line, &place->follow.record,
	    &place->out) != OK)
		log_warn("a record is too long for %s", place->name);
	place->shown.sent++;
	counter_add(COUNTER_SYSLOG_SENT, 1);
	return OK;
}

/* False: it takes no more for now, or is lost. */
static bool
write_out(struct place *place, size_t *budget)
{
	struct iovec iov = { place->out.ptr + place->out_done,
		place->out.len - place->out_done };
	const struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	if (iov.iov_len == 0)
		return true;
	n = sendmsg(place->watch.fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n == -1 && (errno == EAGAIN || errno == EINTR)) {
		place->blocked = true;
		loop_watch_events(audit_loop, &place->watch, EPOLLIN |
		    EPOLLOUT);
		return false;
	}
	if (n <= 0) {
		place_lose(place, false);
		return false;
	}
	place->out_done += (size_t)n;
	place->bytes += (size_t)n;
	place->progress_ms = clock_monotonic_ms();
	*budget -= (size_t)n < *budget ? (size_t)n : *budget;
	return true;
}

/* A damaged log may have no record of the last number. */
bool
place_is_at_end(const struct place *place)
{
	return place->out_done == place->out.len &&
	    (place->follow.at.seq >= audit_log.head.seq ||
	    place->dry_seq == audit_log.head.seq);
}

/* A closed log may have an end that was never acknowledged. */
void
place_pump(struct place *place)
{
	size_t budget = PLACE_ROUND_BYTES;

	if (place->state != CONNECTED || place->blocked || !audit_is_open)
		return;
	while (budget > 0) {
		if (!write_out(place, &budget))
			return;
		if (place->out_done < place->out.len)
			continue;
		place_mark(place, clock_monotonic_ms());
		if (place_is_at_end(place) || next_message(place) != OK)
			break;
	}
	/* what is left comes in the next round */
	loop_watch_events(audit_loop, &place->watch, place_is_at_end(place) ?
	    EPOLLIN : EPOLLIN | EPOLLOUT);
}

/* It has nothing to say; what it says is thrown away, within limits. */
static void
listen_to(struct place *place)
{
	char bytes[4096];
	ssize_t n = read(place->watch.fd, bytes, sizeof(bytes));

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0 && (place->said += (uint64_t)n) <= PLACE_SAID_BYTES_MAX)
		return;
	if (n > 0)
		log_warn("%s talks, though it has nothing to say: hung up",
		    place->name);
	place_lose(place, n == 0);
}

static void
on_ready(struct loop_watch *watch, uint32_t events)
{
	struct place *place = (struct place *)watch;

	if (place->state == CONNECTING) {
		if ((events & (EPOLLERR | EPOLLHUP)) != 0) {
			place_lose(place, false);
			return;
		}
		if ((events & EPOLLOUT) != 0)
			connected(place);
	}
	if ((events & EPOLLERR) != 0) {
		place_lose(place, false);
		return;
	}
	if ((events & (EPOLLIN | EPOLLHUP)) != 0)
		listen_to(place);
	if (place->state == CONNECTED && (events & EPOLLOUT) != 0) {
		place->blocked = false;
		place_pump(place);
	}
}

void
places_connection(const struct msg_place *to, int fd)
{
	struct place *place = NULL;

	for (unsigned i = 0; i < MSG_PLACES_MAX; i++)
		if (audit_places[i].used && audit_places[i].state == ASKED &&
		    memcmp(&audit_places[i].to, to, sizeof(*to)) == 0)
			place = &audit_places[i];
	if (place == NULL || fd == -1) {
		if (fd != -1)
			close(fd);
		if (place != NULL)
			place_lose(place, false);
		return;
	}
	place->watch = (struct loop_watch){ .fd = fd, .ready = on_ready };
	place->state = CONNECTING;
	place->since_ms = clock_monotonic_ms();
	if (loop_watch_add(audit_loop, &place->watch, EPOLLIN | EPOLLOUT) !=
	    OK) {
		close(fd);
		place->watch.fd = -1;
		place_lose(place, false);
	}
}
