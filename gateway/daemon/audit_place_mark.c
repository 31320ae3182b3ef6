/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How far a receiver of syslog is in the log. TCP does not say what it has
 * done with what it got. So how far it is stands some way behind: when a
 * connection ends, what may have been lost with it is sent again (the marks),
 * and what is written on the disk is what would be gone back to. A record may
 * come twice, never not at all.
 */
#include <fcntl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/durable.h"
#include "../base/log.h"
#include "audit_place_internal.h"

/* ---- where it is ---- */

static void
file_name(const struct place *place, char name[PLACE_NAME_BYTES])
{
	struct address address = { .family = place->to.family };
	char text[ADDRESS_TEXT_BYTES];

	memcpy(address.bytes, place->to.address, sizeof(address.bytes));
	address_text(&address, text);
	snprintf(name, PLACE_NAME_BYTES, "syslog-%s-%u", text, place->to.port);
}

void
place_save(struct place *place, const struct audit_position *at)
{
	char name[PLACE_NAME_BYTES];
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
	char name[PLACE_NAME_BYTES];
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

struct audit_position
place_end_of_log(void)
{
	if (audit_log.fd == -1)
		return (struct audit_position){ audit_log.name.number + 1, 0,
			audit_log.head.seq };
	return (struct audit_position){ audit_log.name.number,
		audit_log.bytes, audit_log.head.seq };
}

void
place_find(struct place *place, const struct audit_position *from)
{
	struct audit_position at;

	if (!load(place, &at)) {
		at = *from;
		place_save(place, &at);
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

void
place_mark(struct place *place, uint64_t now)
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

uint64_t
place_arrived(const struct place *place)
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

const struct mark *
place_safe_mark(struct place *place, bool in_order, uint64_t now)
{
	uint64_t got = place_arrived(place);

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
