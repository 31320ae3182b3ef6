/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What receivers want: drafts, commits, drops. What a receiver says is
 * advice: the mail rules are evaluated again here, and the length of the file
 * is looked at. A commit is answered after the sync of the round.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/clock.h"
#include "spool_internal.h"

enum err
draft_start(struct spool_daemon *daemon)
{
	/* start-up: once, of a fixed size */
	daemon->drafts = calloc(SPOOL_DRAFTS_MAX + 1,
	    sizeof(*daemon->drafts));
	daemon->draft_map = spool_map_new(SPOOL_DRAFTS_MAX);
	if (daemon->drafts == NULL || daemon->draft_map == NULL)
		return ERR_SYSTEM;
	for (uint32_t i = SPOOL_DRAFTS_MAX; i > 0; i--) {
		daemon->drafts[i].free_next = daemon->draft_free;
		daemon->draft_free = i;
	}
	return OK;
}

static void
draft_free(struct spool_daemon *daemon, uint32_t i)
{
	struct daemon_draft *draft = &daemon->drafts[i];

	spool_map_remove(daemon->draft_map, draft->draft.id);
	daemon->drafts_n--;
	if (draft->peer != NULL)
		draft->peer->drafts_n--;
	memset(draft, 0, sizeof(*draft));
	draft->free_next = daemon->draft_free;
	daemon->draft_free = i;
}

static bool
check_recipient(const struct rules_image *image, uint32_t route,
    struct span address)
{
	struct span domain = address_domain(address), local = address;

	if (domain.len > 0)
		local = span_sub(address, 0, address.len - domain.len - 1);
	return rules_mail_recipient(image, route, domain) &&
	    rules_mail_local(image, route, local);
}

/* The same decisions that the receiver has to make (house rule: advice). */
static enum err
check_rules(struct spool_daemon *daemon, const struct daemon_peer *peer,
    const struct msg_draft_new *new, const struct envelope *envelope,
    struct diag *diag)
{
	const struct rules_image *image = daemon->image;
	const struct rules_route *route;

	/* new rules have reached only one of us yet */
	if (new->generation != (uint32_t)daemon->generation)
		return diag_set(diag, ERR_AGAIN, "a route of other rules");
	if (new->route >= daemon->routes_n)
		return diag_set(diag, ERR_POLICY, "no such route");
	route = &daemon->routes[new->route].rules;
	if (route->from != peer->segment)
		return diag_set(diag, ERR_POLICY, "a route of another segment");
	if (!rules_mail_peer(image, new->route, &envelope->peer))
		return diag_set(diag, ERR_POLICY, "peer not accepted");
	if (!rules_mail_sender(image, new->route,
	    address_domain(envelope->sender)))
		return diag_set(diag, ERR_POLICY, "sender not accepted");
	for (uint32_t i = 0; i < envelope->recipients_n; i++)
		if (!check_recipient(image, new->route,
		    envelope->recipients[i].address))
			return diag_set(diag, ERR_POLICY,
			    "recipient not accepted");
	if (envelope->recipients_n > route->recipients_max)
		return diag_set(diag, ERR_LIMIT, "too many recipients");
	if (new->body_bytes > route->size_bytes_max)
		return diag_set(diag, ERR_LIMIT, "mail too long");
	return OK;
}

static enum err
begin(struct spool_daemon *daemon, struct daemon_peer *peer,
    const struct msg_draft_new *new, struct span bytes, uint32_t i, int *fd,
    struct diag *diag)
{
	static struct spool_file file;		/* 8 KiB; one thread */
	struct daemon_draft *draft = &daemon->drafts[i];
	enum err err;

	if (envelope_decode(bytes, &file.envelope) != OK)
		return diag_set(diag, ERR_INPUT, "not an envelope");
	err = check_rules(daemon, peer, new, &file.envelope, diag);
	if (err == OK)
		err = spool_store_room(daemon->store, new->body_bytes, diag);
	if (err != OK)
		return err;
	memset(&file, 0, offsetof(struct spool_file, results));
	file.received_ms = clock_wall_ms();
	file.kind = SPOOL_MAIL;
	memcpy(file.route, daemon->routes[new->route].name,
	    sizeof(file.route));
	err = spool_store_draft(daemon->store, &file, bytes, &draft->draft,
	    fd, diag);
	if (err != OK)
		return err;
	daemon->draft_free = draft->free_next;
	daemon->drafts_n++;
	peer->drafts_n++;
	draft->peer = peer;
	draft->session = new->session;
	draft->route = new->route;
	draft->bytes_max = daemon->routes[new->route].rules.size_bytes_max;
	require(spool_map_add(daemon->draft_map, draft->draft.id, i));
	return OK;
}

/*
 * Clients of one segment shall not take all drafts from those of another:
 * the last quarter is for receivers that have less than a quarter.
 */
static bool
is_room(const struct spool_daemon *daemon, const struct daemon_peer *peer)
{
	uint32_t quarter = SPOOL_DRAFTS_MAX / 4;

	return daemon->draft_free != 0 && (peer->drafts_n < quarter ||
	    daemon->drafts_n < SPOOL_DRAFTS_MAX - quarter);
}

void
draft_new(struct spool_daemon *daemon, struct daemon_peer *peer,
    const struct ipc_message *message)
{
	const struct msg_draft_new *new = message->fixed;
	struct msg_draft answer = { .session = new->session };
	uint32_t i = daemon->draft_free;
	struct diag diag;
	enum err err;
	int fd = -1;

	if (daemon->image == NULL || daemon->stopping)
		err = diag_set(&diag, ERR_AGAIN, "not now");
	else if (!daemon->audit_open)
		err = diag_set(&diag, ERR_SYSTEM,
		    "the audit log cannot be written");
	else if (!is_room(daemon, peer))
		err = diag_set(&diag, ERR_LIMIT, "too many drafts");
	else
		err = begin(daemon, peer, new, message->tail, i, &fd, &diag);
	if (err == OK)
		answer.id = daemon->drafts[i].draft.id;
	else
		log_warn("no draft: %s", diag.what);
	answer.status = err;
	if (ipc_send(peer->channel, MSG_DRAFT, &answer, NO_SPAN, &fd,
	    err == OK ? 1 : 0) != OK && err == OK) {
		spool_store_drop(daemon->store, answer.id);
		draft_free(daemon, i);
	}
	if (fd != -1)
		close(fd);
}

void
draft_routes(struct spool_daemon *daemon)
{
	for (uint32_t i = 0; i <= SPOOL_DRAFTS_MAX; i++)
		daemon->drafts[i].route = QUEUE_ROUTE_UNKNOWN;
}

/* The draft that this receiver has under this number, or 0. */
static uint32_t
find(const struct spool_daemon *daemon, const struct daemon_peer *peer,
    uint64_t id, uint64_t session)
{
	uint32_t i;

	if (!spool_map_get(daemon->draft_map, id, &i) ||
	    daemon->drafts[i].peer != peer || daemon->drafts[i].committing ||
	    daemon->drafts[i].session != session)
		return 0;
	return i;
}

static void
answer_commit(struct daemon_peer *peer, uint64_t session, uint64_t id,
    enum err err)
{
	const struct msg_committed answer = { .session = session, .id = id,
	    .status = err };

	/* a full channel: the sender will ask again, and have it twice */
	if (peer != NULL && peer->channel != NULL && ipc_send(peer->channel,
	    MSG_COMMITTED, &answer, NO_SPAN, NULL, 0) != OK)
		log_warn("a commit could not be answered");
}

void
draft_commit(struct spool_daemon *daemon, struct daemon_peer *peer,
    const struct msg_draft_commit *commit)
{
	uint32_t i = find(daemon, peer, commit->id, commit->session);
	struct daemon_draft *draft = &daemon->drafts[i];
	struct diag diag;
	enum err err;

	if (i == 0) {
		answer_commit(peer, commit->session, commit->id, ERR_INPUT);
		return;
	}
	if (commit->body_bytes > draft->bytes_max) {
		spool_store_drop(daemon->store, commit->id);
		err = diag_set(&diag, ERR_LIMIT, "mail too long");
	} else {
		err = spool_store_commit(daemon->store, &draft->draft,
		    commit->body_bytes, i, &diag);
		if (err == ERR_AGAIN) {
			daemon_sync(daemon);
			err = spool_store_commit(daemon->store, &draft->draft,
			    commit->body_bytes, i, &diag);
		}
	}
	if (err == OK) {
		draft->committing = true;
		draft->body_bytes = commit->body_bytes;
		return;
	}
	counter_add(COUNTER_COMMIT_FAILED, 1);
	log_warn("no commit: %s", diag.what);
	answer_commit(peer, commit->session, commit->id, err);
	draft_free(daemon, i);
}

static void
count_route(const struct spool_daemon *daemon,
    const struct daemon_draft *draft)
{
	struct span name;

	if (draft->route == QUEUE_ROUTE_UNKNOWN)
		return;
	name = daemon->routes[draft->route].rules.name;
	counter_route_add(name, ROUTE_RECEIVED, 1);
	counter_route_add(name, ROUTE_BYTES, draft->body_bytes);
}

void
draft_done(struct spool_daemon *daemon, uint32_t i, enum err err,
    const struct diag *diag)
{
	struct daemon_draft *draft = &daemon->drafts[i];
	struct queue_entry entry = { .name = { .id = draft->draft.id,
	    .state = SPOOL_QUEUE }, .route = draft->route };

	require(draft->committing);
	answer_commit(draft->peer, draft->session, draft->draft.id, err);
	if (err == OK) {
		counter_add(COUNTER_COMMITTED, 1);
		count_route(daemon, draft);
		daemon->queued++;
		queue_add(daemon->queue, &entry);
	} else {
		counter_add(COUNTER_COMMIT_FAILED, 1);
		log_alarm("no commit: %s", diag->what);
	}
	draft_free(daemon, i);
}

void
draft_drop(struct spool_daemon *daemon, struct daemon_peer *peer,
    const struct msg_draft_drop *drop)
{
	uint32_t i = find(daemon, peer, drop->id, drop->session);

	if (i == 0)
		return;
	spool_store_drop(daemon->store, drop->id);
	draft_free(daemon, i);
}

void
draft_peer_gone(struct spool_daemon *daemon, struct daemon_peer *peer)
{
	for (uint32_t i = 1; i <= SPOOL_DRAFTS_MAX; i++) {
		struct daemon_draft *draft = &daemon->drafts[i];

		if (draft->draft.id == 0 || draft->peer != peer)
			continue;
		draft->peer = NULL;
		peer->drafts_n--;
		if (draft->committing)
			continue;	/* goes on; nobody is told */
		spool_store_drop(daemon->store, draft->draft.id);
		draft_free(daemon, i);
	}
}
