/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Records, again, to receivers of syslog over TCP. They are read from the log
 * itself, behind its sync: a receiver that is dead or slow costs no memory
 * and holds up nothing, and gets what it has missed when it comes back. The
 * supervisor makes the connections. Here: which receivers there are, what
 * each one waits for, and whether it is well.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/log.h"
#include "../proc/counters.h"
#include "audit_place_internal.h"

struct place audit_places[MSG_PLACES_MAX];
struct audit_syslog audit_syslog_head;
static struct audit_position begun_at;	/* the end of the log at the start */
static bool begun;

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
	    (place_is_at_end(place) ||
	    now - place->progress_ms < PLACE_SLOW_MS);
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
			place_lose(place, false);
		break;
	case CONNECTING:
		if (now - place->since_ms >= PLACE_CONNECT_MS)
			place_lose(place, false);
		break;
	case CONNECTED:
		if (!place_is_at_end(place) && audit_is_open &&
		    now - place->progress_ms >= PLACE_STALL_MS) {
			place_lose(place, false);
			break;
		}
		if (place->out_done == place->out.len)
			place_mark(place, now);
		if (now - place->saved_ms >= PLACE_SEAM_MS)
			place_save(place, &place_safe_mark(place, true,
			    now)->at);
		break;
	}
}

static void
sum_up(void)
{
	uint64_t well = 0, behind = 0;

	for (unsigned i = 0; i < MSG_PLACES_MAX; i++) {
		if (!audit_places[i].used)
			continue;
		well += audit_places[i].shown.well == 1;
		if (audit_places[i].shown.behind > behind)
			behind = audit_places[i].shown.behind;
	}
	counter_set(COUNTER_SYSLOG_WELL, well);
	counter_set(COUNTER_SYSLOG_BEHIND, behind);
}

void
places_second(void)
{
	uint64_t now = clock_monotonic_ms();

	for (unsigned i = 0; i < MSG_PLACES_MAX; i++) {
		struct place *place = &audit_places[i];

		if (!place->used)
			continue;
		if (!place->known && audit_is_open) {
			const struct audit_position from = begun ?
			    place_end_of_log() : begun_at;

			place_find(place, &from);
		}
		if (place->known)
			step(place, now);
		judge(place, now);
		show(place);
		place_pump(place);
	}
	if (audit_is_open)
		begun = true;
	sum_up();
}

void
places_round(void)
{
	for (unsigned i = 0; i < MSG_PLACES_MAX; i++)
		if (audit_places[i].used &&
		    audit_places[i].state == CONNECTED &&
		    !place_is_at_end(&audit_places[i]))
			place_pump(&audit_places[i]);
}

/* ---- which there are ---- */

void
places_begin(void)
{
	begun_at = place_end_of_log();
}

static void
drop(struct place *place)
{
	if (place->state == CONNECTED)
		place_save(place, &place_safe_mark(place, true,
		    clock_monotonic_ms())->at);
	place_hang_up(place);
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
		if (audit_places[i].used && memcmp(&audit_places[i].to, to,
		    sizeof(*to)) == 0)
			return;
		if (!audit_places[i].used)
			place = &audit_places[i];
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
	    host.len >= sizeof(audit_syslog_head.host))
		die(4, "a policy that is none");
	memcpy(audit_syslog_head.host, host.ptr, host.len);
	audit_syslog_head.host[host.len] = '\0';
	audit_syslog_head.pid = (unsigned)getpid();
	for (unsigned i = 0; i < MSG_PLACES_MAX; i++)
		if (audit_places[i].used && !is_among(&audit_places[i].to,
		    policy->places, policy->places_n))
			drop(&audit_places[i]);
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
		if (place_arrived(place) == place->bytes)
			return true;
		(void)nanosleep(&pause, NULL);
	}
	return false;
}

void
places_end(void)
{
	for (unsigned i = 0; i < MSG_PLACES_MAX; i++) {
		struct place *place = &audit_places[i];

		if (!place->used)
			continue;
		place_pump(place);
		if (all_arrives(place)) {
			place_save(place, &place->follow.at);
			place_hang_up(place);
		}
		drop(place);
	}
}
