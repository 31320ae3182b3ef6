/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Records, again, to receivers of syslog over TCP. They are read from the log
 * itself, behind its sync: a receiver that is dead or slow costs no memory
 * and holds up nothing, and gets what it has missed when it comes back. The
 * supervisor makes the connections; here they are only written to.
 *
 * TCP does not say what a receiver has done with what it got. So how far it
 * is stands some way behind: when a connection ends, what may have been lost
 * with it is sent again (the marks), and what is written on the disk is what
 * would be gone back to. A record may come twice, never not at all.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../audit/audit_follow.h"
#include "../audit/audit_syslog.h"
#include "../base/address.h"
#include "../base/clock.h"
#include "../base/durable.h"
#include "../base/log.h"
#include "../proc/counters.h"
#include "audit_internal.h"
#include "limits.h"

#define NAME_BYTES	(ADDRESS_TEXT_BYTES + 32)

/* So far it was when so many bytes had been written to the connection. */
struct mark {
	struct audit_position at;
	uint64_t	bytes;
	uint64_t	ms;		/* monotonic */
};

enum state { AWAY, ASKED, CONNECTING, CONNECTED };

struct place {
	struct loop_watch watch;	/* first */
	bool		 used;
	struct msg_place to;
	char		 name[NAME_BYTES];	/* "10.20.3.9 port 601" */
	enum state	 state;
	bool		 known;		/* where it is in the log */
	struct audit_follow follow;
	/* the message that is being written */
	struct buf	 out;
	size_t		 out_done;
	bool		 blocked;	/* the socket takes no more */
	/* of this connection */
	uint64_t	 since_ms, progress_ms, bytes, said;
	struct mark	 marks[PLACE_MARKS];	/* a ring */
	unsigned	 marks_first, marks_n;
	/* of all */
	struct audit_position saved;
	uint64_t	 saved_ms;
	uint64_t	 dry_seq;	/* the log had no more behind it */
	uint64_t	 next_ms, pause_ms;
	uint64_t	 lost_ms;	/* 0: well */
	bool		 told;		/* that it is lost */
	bool		 changed;	/* the supervisor does not know */
	struct msg_place_state shown;
};

static struct place places[MSG_PLACES_MAX];
static struct audit_syslog syslog_head;
static struct audit_position begun_at;	/* the end of the log at the start */
static bool begun;

/* ---- where it is ---- */

static void
file_name(const struct place *place, char name[NAME_BYTES])
{
	struct address address = { .family = place->to.family };
	char text[ADDRESS_TEXT_BYTES];

	memcpy(address.bytes, place->to.address, sizeof(address.bytes));
	address_text(&address, text);
	snprintf(name, NAME_BYTES, "syslog-%s-%u", text, place->to.port);
}

static void
save(struct place *place, const struct audit_position *at)
{
	char name[NAME_BYTES];
	struct diag diag;
	struct buf text;

	if (memcmp(at, &place->saved, sizeof(*at)) == 0 || !audit_is_open)
		return;
	place->saved_ms = clock_monotonic_ms();
	file_name(place, name);
	buf_init(&text, 128);
	if (audit_position_text(at, &text) != OK || durable_replace(
	    audit_log.dir, name, buf_span(&text), 0640, &diag) != OK)
		log_warn("how far %s is in the audit log cannot be written",
		    place->name);
	else
		place->saved = *at;
	buf_fini(&text);
}

static bool
load(const struct place *place, struct audit_position *at)
{
	char name[NAME_BYTES];
	struct buf text;
	bool good = false;
	int fd;

	file_name(place, name);
	fd = openat(audit_log.dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1)
		return false;
	buf_init(&text, 128);
	good = pread_whole(fd, &text, NULL) == OK &&
	    audit_position_read(buf_span(&text), at);
	buf_fini(&text);
	close(fd);
	return good;
}

static struct audit_position
end_of_log(void)
{
	if (audit_log.fd == -1)
		return (struct audit_position){ audit_log.name.number + 1, 0,
			audit_log.head.seq };
	return (struct audit_position){ audit_log.name.number,
		audit_log.bytes, audit_log.head.seq };
}

/* A new one gets what is recorded from now on. */
static void
find_position(struct place *place)
{
	struct audit_position at;

	if (!load(place, &at)) {
		at = begun ? end_of_log() : begun_at;
		save(place, &at);
	} else {
		place->saved = at;
	}
	audit_follow_init(&place->follow, audit_log.dir, &at);
	place->known = true;
}

/* ---- marks ---- */

static struct mark *
mark_at(struct place *place, unsigned i)
{
	return &place->marks[(place->marks_first + i) % PLACE_MARKS];
}

/* Between two messages. */
static void
set_mark(struct place *place, uint64_t now)
{
	const struct mark *last = place->marks_n == 0 ? NULL :
	    mark_at(place, place->marks_n - 1);

	if (last != NULL && (last->bytes == place->bytes ||
	    (now - last->ms < 1000 &&
	    place->bytes - last->bytes < PLACE_MARK_BYTES)))
		return;
	if (place->marks_n == PLACE_MARKS) {
		place->marks_first = (place->marks_first + 1) % PLACE_MARKS;
		place->marks_n--;
	}
	*mark_at(place, place->marks_n++) = (struct mark){ place->follow.at,
		place->bytes, now };
}

/* What has arrived, in the kernel of the other side at least. */
static uint64_t
arrived(const struct place *place)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	/* its count has the SYN in it */
	if (getsockopt(place->watch.fd, IPPROTO_TCP, TCP_INFO, &info, &len) ==
	    -1 || info.tcpi_bytes_acked == 0)
		return 0;
	return info.tcpi_bytes_acked - 1 < place->bytes ?
	    info.tcpi_bytes_acked - 1 : place->bytes;
}

/* The last mark that nothing before can have been lost of. */
static const struct mark *
safe_mark(struct place *place, bool in_order, uint64_t now)
{
	uint64_t got = arrived(place);

	require(place->marks_n > 0);
	for (unsigned i = place->marks_n; i-- > 0; ) {
		const struct mark *m = mark_at(place, i);

		if (m->bytes <= got && (in_order ?
		    now - m->ms >= PLACE_SEAM_MS :
		    now - m->ms >= PLACE_UNREAD_MS ||
		    got - m->bytes >= PLACE_UNREAD_BYTES))
			return m;
	}
	return mark_at(place, 0);
}

/* ---- connections ---- */

static void
hang_up(struct place *place)
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

/* It is gone, or is to go; in_order: it has read all that it was sent. */
static void
lose(struct place *place, bool in_order)
{
	uint64_t now = clock_monotonic_ms();

	if (place->state == CONNECTED) {
		struct audit_position at = safe_mark(place, in_order &&
		    arrived(place) == place->bytes, now)->at;

		audit_follow_fini(&place->follow);
		audit_follow_init(&place->follow, audit_log.dir, &at);
		place->dry_seq = 0;
		if (now - place->since_ms >= PLACE_PAUSE_MS_MAX)
			place->pause_ms = 0;
	}
	hang_up(place);
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
	set_mark(place, place->since_ms);
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
	if (audit_syslog_frame(&syslog_head, line, &place->follow.record,
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
		lose(place, false);
		return false;
	}
	place->out_done += (size_t)n;
	place->bytes += (size_t)n;
	place->progress_ms = clock_monotonic_ms();
	*budget -= (size_t)n < *budget ? (size_t)n : *budget;
	return true;
}

/* A damaged log may have no record of the last number. */
static bool
is_at_end(const struct place *place)
{
	return place->out_done == place->out.len &&
	    (place->follow.at.seq >= audit_log.head.seq ||
	    place->dry_seq == audit_log.head.seq);
}

/* A closed log may have an end that was never acknowledged. */
static void
pump(struct place *place)
{
	size_t budget = PLACE_ROUND_BYTES;

	if (place->state != CONNECTED || place->blocked || !audit_is_open)
		return;
	while (budget > 0) {
		if (!write_out(place, &budget))
			return;
		if (place->out_done < place->out.len)
			continue;
		set_mark(place, clock_monotonic_ms());
		if (is_at_end(place) || next_message(place) != OK)
			break;
	}
	/* what is left comes in the next round */
	loop_watch_events(audit_loop, &place->watch, is_at_end(place) ?
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
	lose(place, n == 0);
}

static void
on_ready(struct loop_watch *watch, uint32_t events)
{
	struct place *place = (struct place *)watch;

	if (place->state == CONNECTING) {
		if ((events & (EPOLLERR | EPOLLHUP)) != 0) {
			lose(place, false);
			return;
		}
		if ((events & EPOLLOUT) != 0)
			connected(place);
	}
	if ((events & EPOLLERR) != 0) {
		lose(place, false);
		return;
	}
	if ((events & (EPOLLIN | EPOLLHUP)) != 0)
		listen_to(place);
	if (place->state == CONNECTED && (events & EPOLLOUT) != 0) {
		place->blocked = false;
		pump(place);
	}
}

void
places_connection(const struct msg_place *to, int fd)
{
	struct place *place = NULL;

	for (unsigned i = 0; i < MSG_PLACES_MAX; i++)
		if (places[i].used && places[i].state == ASKED && memcmp(
		    &places[i].to, to, sizeof(*to)) == 0)
			place = &places[i];
	if (place == NULL || fd == -1) {
		if (fd != -1)
			close(fd);
		if (place != NULL)
			lose(place, false);
		return;
	}
	place->watch = (struct loop_watch){ .fd = fd, .ready = on_ready };
	place->state = CONNECTING;
	place->since_ms = clock_monotonic_ms();
	if (loop_watch_add(audit_loop, &place->watch, EPOLLIN | EPOLLOUT) !=
	    OK) {
		close(fd);
		place->watch.fd = -1;
		lose(place, false);
	}
}

/* ---- well and lost ---- */

static void
tell_place(struct place *place, const char *event)
{
	char members[256];

	snprintf(members, sizeof(members), "\"part\":\"syslog\",\"event\":"
	    "\"%s\",\"place\":\"%s\",\"behind\":%llu", event, place->name,
	    (unsigned long long)place->shown.behind);
	(void)audit_note(AUDIT_ENGINE, span_str(members));
}

static bool
is_well(const struct place *place, uint64_t now)
{
	return place->state == CONNECTED &&
	    now - place->since_ms >= PLACE_WELL_MS &&
	    (is_at_end(place) || now - place->progress_ms < PLACE_SLOW_MS);
}

static void
judge(struct place *place, uint64_t now)
{
	bool well = is_well(place, now);

	if (well && place->told) {
		tell_place(place, "back");
		log_info("%s takes records of the audit log again",
		    place->name);
	} else if (!well && place->lost_ms != 0 && !place->told &&
	    now - place->lost_ms >= PLACE_LOST_MS && audit_is_open) {
		place->told = true;
		tell_place(place, "lost");
		log_alarm("%s takes no records of the audit log; it will get "
		    "them when it is back", place->name);
	}
	if (well)
		place->told = false;
	if (!well && place->lost_ms == 0)
		place->lost_ms = now;
	else if (well)
		place->lost_ms = 0;
	if (well == (place->shown.well == 1))
		return;
	place->shown.well = well;
	place->shown.since_ms = clock_wall_ms();
	place->changed = true;
}

static void
show(struct place *place)
{
	uint64_t behind = audit_log.head.seq > place->follow.at.seq ?
	    audit_log.head.seq - place->follow.at.seq : 0;

	if (place->known && behind != place->shown.behind)
		place->changed = true;
	place->shown.behind = place->known ? behind : 0;
	place->shown.place = place->to;
	if (place->changed && audit_say(MSG_PLACE_STATE, &place->shown))
		place->changed = false;
}

static void
step(struct place *place, uint64_t now)
{
	switch (place->state) {
	case AWAY:
		if (now >= place->next_ms && audit_say(MSG_PLACE_ASK,
		    &place->to)) {
			place->state = ASKED;
			place->since_ms = now;
		}
		break;
	case ASKED:
		if (now - place->since_ms >= PLACE_ANSWER_MS)
			lose(place, false);
		break;
	case CONNECTING:
		if (now - place->since_ms >= PLACE_CONNECT_MS)
			lose(place, false);
		break;
	case CONNECTED:
		if (!is_at_end(place) && audit_is_open &&
		    now - place->progress_ms >= PLACE_STALL_MS) {
			lose(place, false);
			break;
		}
		if (place->out_done == place->out.len)
			set_mark(place, now);
		if (now - place->saved_ms >= PLACE_SEAM_MS)
			save(place, &safe_mark(place, true, now)->at);
		break;
	}
}

static void
sum_up(void)
{
	uint64_t well = 0, behind = 0;

	for (unsigned i = 0; i < MSG_PLACES_MAX; i++) {
		if (!places[i].used)
			continue;
		well += places[i].shown.well == 1;
		if (places[i].shown.behind > behind)
			behind = places[i].shown.behind;
	}
	counter_set(COUNTER_SYSLOG_WELL, well);
	counter_set(COUNTER_SYSLOG_BEHIND, behind);
}

void
places_second(void)
{
	uint64_t now = clock_monotonic_ms();

	for (unsigned i = 0; i < MSG_PLACES_MAX; i++) {
		struct place *place = &places[i];

		if (!place->used)
			continue;
		if (!place->known && audit_is_open)
			find_position(place);
		if (place->known)
			step(place, now);
		judge(place, now);
		show(place);
		pump(place);
	}
	if (audit_is_open)
		begun = true;
	sum_up();
}

void
places_round(void)
{
	for (unsigned i = 0; i < MSG_PLACES_MAX; i++)
		if (places[i].used && places[i].state == CONNECTED &&
		    !is_at_end(&places[i]))
			pump(&places[i]);
}

/* ---- which there are ---- */

void
places_begin(void)
{
	begun_at = end_of_log();
}

static void
drop(struct place *place)
{
	if (place->state == CONNECTED)
		save(place, &safe_mark(place, true, clock_monotonic_ms())->at);
	hang_up(place);
	if (place->known)
		audit_follow_fini(&place->follow);
	buf_fini(&place->out);
	place->used = false;
}

static bool
is_among(const struct msg_place *to, const struct msg_place *all, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (memcmp(to, &all[i], sizeof(*to)) == 0)
			return true;
	return false;
}

static void
add_place(const struct msg_place *to)
{
	struct address address = { .family = to->family };
	char text[ADDRESS_TEXT_BYTES];
	struct place *place = NULL;

	for (unsigned i = 0; i < MSG_PLACES_MAX; i++) {
		if (places[i].used && memcmp(&places[i].to, to,
		    sizeof(*to)) == 0)
			return;
		if (!places[i].used)
			place = &places[i];
	}
	require(place != NULL);
	memset(place, 0, sizeof(*place));
	memcpy(address.bytes, to->address, sizeof(address.bytes));
	address_text(&address, text);
	snprintf(place->name, sizeof(place->name), "%s port %u", text,
	    to->port);
	place->used = place->changed = true;
	place->to = *to;
	place->watch.fd = -1;
	place->lost_ms = clock_monotonic_ms();
	place->shown.since_ms = clock_wall_ms();
	buf_init(&place->out, AUDIT_SYSLOG_BYTES_MAX);
}

void
places_policy(const struct msg_audit_policy *policy, struct span host)
{
	if (policy->places_n > MSG_PLACES_MAX ||
	    host.len >= sizeof(syslog_head.host))
		die(4, "a policy that is none");
	memcpy(syslog_head.host, host.ptr, host.len);
	syslog_head.host[host.len] = '\0';
	syslog_head.pid = (unsigned)getpid();
	for (unsigned i = 0; i < MSG_PLACES_MAX; i++)
		if (places[i].used && !is_among(&places[i].to,
		    policy->places, policy->places_n))
			drop(&places[i]);
	for (unsigned i = 0; i < policy->places_n; i++)
		add_place(&policy->places[i]);
}

/* What has arrived is not sent again after a stop in order. */
static bool
all_arrives(const struct place *place)
{
	const struct timespec pause = { .tv_nsec = 20 * 1000 * 1000 };

	if (place->state != CONNECTED || place->out_done < place->out.len)
		return false;
	for (unsigned i = 0; i < PLACE_END_TRIES; i++) {
		if (arrived(place) == place->bytes)
			return true;
		(void)nanosleep(&pause, NULL);
	}
	return false;
}

void
places_end(void)
{
	for (unsigned i = 0; i < MSG_PLACES_MAX; i++) {
		struct place *place = &places[i];

		if (!place->used)
			continue;
		pump(place);
		if (all_arrives(place)) {
			save(place, &place->follow.at);
			hang_up(place);
		}
		drop(place);
	}
}
