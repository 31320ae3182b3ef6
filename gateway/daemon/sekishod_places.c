/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the rules ask of the audit log: the supervisor tells its process how
 * long to keep it and which names to mask, and connects to receivers of
 * syslog for it, as that process can open no socket. It connects to places of
 * the rules only, whatever is asked for, and waits for none.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/durable.h"
#include "../base/log.h"
#include "../proc/row.h"
#include "sekishod_internal.h"

#define MASK_FILE	"audit.mask"
#define PLACE_SEND_BYTES (64 * 1024)
#define PLACE_DEAD_MS	60000		/* not acknowledged for so long */
#define PLACE_IDLE_S	30		/* then it is asked whether it lives */

/* ---- the key for names ---- */

static enum err
make_mask(struct gateway *gateway, struct diag *diag)
{
	char hex[DIGEST_HEX_BYTES + 1];

	if (getrandom(gateway->audit_mask, sizeof(gateway->audit_mask), 0) !=
	    sizeof(gateway->audit_mask))
		return diag_system(diag, "random bytes");
	digest_hex(gateway->audit_mask, hex);
	hex[DIGEST_HEX_BYTES - 1] = '\n';
	return durable_replace(gateway->state_dir, MASK_FILE, (struct span){
	    (const uint8_t *)hex, DIGEST_HEX_BYTES }, 0600, diag);
}

enum err
places_start(struct gateway *gateway, struct diag *diag)
{
	int fd = openat(gateway->state_dir, MASK_FILE, O_RDONLY | O_CLOEXEC |
	    O_NOFOLLOW);
	struct buf text;
	enum err err;

	if (fd == -1)
		return errno == ENOENT ? make_mask(gateway, diag) :
		    diag_system(diag, MASK_FILE);
	buf_init(&text, 1024);
	err = pread_whole(fd, &text, diag);
	if (err == OK && !audit_hex(span_trim(buf_span(&text)),
	    gateway->audit_mask))
		err = diag_set(diag, ERR_INPUT, "%s is not 64 hexadecimal "
		    "digits: put the right one back (masked names need it), "
		    "or take it away for a new one", MASK_FILE);
	if (text.len > 0)
		explicit_bzero(text.ptr, text.len);
	buf_fini(&text);
	close(fd);
	return err;
}

/* ---- what is asked of the log ---- */

static struct msg_place
place_message(const struct rules_image *image, uint32_t i)
{
	struct rules_place said;
	struct msg_place place = { .port = 0 };

	rules_audit_place(image, i, &said);
	place.port = said.port;
	place.family = said.address.family;
	memcpy(place.address, said.address.bytes, sizeof(place.address));
	return place;
}

void
places_send_policy(struct process *process)
{
	const struct gateway *gateway = process->gateway;
	const struct rules_image *image = gateway->config.image;
	struct msg_audit_policy policy = { .mask = 0 };
	struct rules_audit audit;

	if (process->channel == NULL)
		return;
	rules_audit(image, &audit);
	require(audit.places <= MSG_PLACES_MAX);
	policy.mask = audit.mask;
	policy.retain_days = audit.retain_days;
	policy.places_n = audit.places;
	memcpy(policy.mask_key, gateway->audit_mask, sizeof(policy.mask_key));
	for (uint32_t i = 0; i < audit.places; i++)
		policy.places[i] = place_message(image, i);
	if (ipc_send(process->channel, MSG_AUDIT_POLICY, &policy,
	    rules_gateway_name(image), NULL, 0) != OK)
		log_alarm("the audit process does not hear what the rules ask "
		    "of it");
	explicit_bzero(&policy, sizeof(policy));
}

/* ---- connections ---- */

static bool
is_named(const struct gateway *gateway, const struct msg_place *place)
{
	struct rules_audit audit;

	if (gateway->config.image == NULL)
		return false;
	rules_audit(gateway->config.image, &audit);
	for (uint32_t i = 0; i < audit.places; i++) {
		struct msg_place named = place_message(
		    gateway->config.image, i);

		if (memcmp(&named, place, sizeof(named)) == 0)
			return true;
	}
	return false;
}

static bool
set_up(int fd)
{
	const struct { int level, name, value; } options[] = {
		{ SOL_SOCKET, SO_SNDBUF, PLACE_SEND_BYTES },
		{ SOL_SOCKET, SO_KEEPALIVE, 1 },
		{ IPPROTO_TCP, TCP_KEEPIDLE, PLACE_IDLE_S },
		{ IPPROTO_TCP, TCP_KEEPINTVL, 10 },
		{ IPPROTO_TCP, TCP_KEEPCNT, 3 },
		{ IPPROTO_TCP, TCP_USER_TIMEOUT, PLACE_DEAD_MS },
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (setsockopt(fd, options[i].level, options[i].name,
		    &options[i].value, sizeof(int)) == -1)
			return false;
	return true;
}

/* It is not waited for: who gets the socket sees when it is there. */
static int
connect_to(const struct msg_place *place)
{
	struct address address = { .family = place->family };
	struct sockaddr_storage ss;
	socklen_t len;
	int fd;

	memcpy(address.bytes, place->address, sizeof(address.bytes));
	len = address_to_sockaddr(&address, place->port, &ss);
	fd = socket(ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0);
	if (fd == -1)
		return -1;
	if (set_up(fd) && (connect(fd, (const struct sockaddr *)&ss, len) ==
	    0 || errno == EINPROGRESS))
		return fd;
	close(fd);
	return -1;
}

void
places_asked(struct process *process, const struct msg_place *place)
{
	int fd = is_named(process->gateway, place) ? connect_to(place) : -1;

	if (process->channel != NULL && ipc_send(process->channel, MSG_PLACE,
	    place, (struct span){ NULL, 0 }, &fd, fd == -1 ? 0 : 1) != OK)
		log_warn("the audit process does not get a connection");
	if (fd != -1)
		close(fd);
}

/* ---- how they do ---- */

void
places_heard(struct gateway *gateway, const struct msg_place_state *state)
{
	struct msg_place_state *free_row = NULL;

	for (unsigned i = 0; i < MSG_PLACES_MAX; i++) {
		struct msg_place_state *row = &gateway->places[i];

		if (memcmp(&row->place, &state->place,
		    sizeof(row->place)) == 0) {
			*row = *state;
			return;
		}
		if (!is_named(gateway, &row->place))
			free_row = row;
	}
	if (free_row != NULL)
		*free_row = *state;
}

static void
place_row(const struct gateway *gateway, const struct msg_place *place,
    struct row *row)
{
	struct msg_place_state state = { .since_ms = 0 };
	struct address address = { .family = place->family };
	char text[ADDRESS_TEXT_BYTES], name[ADDRESS_TEXT_BYTES + 32];
	char since[CLOCK_TEXT_BYTES];

	memcpy(address.bytes, place->address, sizeof(address.bytes));
	address_text(&address, text);
	snprintf(name, sizeof(name), "tcp %s port %u", text, place->port);
	for (unsigned i = 0; i < MSG_PLACES_MAX; i++)
		if (memcmp(&gateway->places[i].place, place,
		    sizeof(*place)) == 0)
			state = gateway->places[i];
	row_clear(row);
	row_str(row, "syslog", name);
	row_str(row, "receiver", state.well == 1 ? "takes records" :
	    "not there; tried again and again");
	if (state.since_ms != 0) {
		clock_rfc3339(state.since_ms, since, sizeof(since));
		row_str(row, "since", since);
	}
	row_number(row, "sent", state.sent);
	row_number(row, "behind", state.behind);
	row_number(row, "connections", state.connections);
}

bool
places_rows(struct client *client, struct row *row, uint32_t *rows)
{
	const struct gateway *gateway = client->gateway;
	struct rules_audit audit;

	if (gateway->config.image == NULL)
		return true;
	rules_audit(gateway->config.image, &audit);
	for (uint32_t i = 0; i < audit.places; i++) {
		struct msg_place place = place_message(gateway->config.image,
		    i);

		place_row(gateway, &place, row);
		(*rows)++;
		if (!control_row(client, row))
			return false;
	}
	return true;
}
