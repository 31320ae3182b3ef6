/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Mail routes and policies. Two things no file can get round are here: mail
 * never passes between tier 1 and another tier, and the gateway is never an
 * open relay. What a route means at work is in eval.c.
 */
#include <string.h>

#include "finding_internal.h"
#include "run_internal.h"

static const char *
name_of(struct rules_run *run, const struct statement *st)
{
	return run_quote(run, statement_name(st));
}

static const char *
file_of(const struct rules_run *run, const struct clause *clause)
{
	return run->sources[clause->place.source].file;
}

static void
check_tiers(struct rules_run *run, const struct statement *mail)
{
	struct statement *from = clause_segment(mail, CL_FROM);
	struct statement *to = clause_segment(mail, CL_TO);
	unsigned a, b;

	if (from == NULL || to == NULL)
		return;
	a = segment_tier(from);
	b = segment_tier(to);
	if (from == to)
		finding_error(run, statement_place(mail), NULL,
		    "this route begins and ends in segment '%s'",
		    name_of(run, from));
	else if (a == 0 || b == 0 || a == b || a + b == 5)
		return;
	else if (a + b == 4)
		finding_error(run, statement_place(mail),
		    "nothing passes between the residents' data and the "
		    "Internet, in either direction",
		    "mail between tier %u and tier %u is never allowed", a, b);
	else
		finding_error(run, statement_place(mail),
		    "between tier 1 and tier 2 there is only "
		    "'allow specified' (特定通信)",
		    "mail between tier %u and tier %u is not allowed", a, b);
}

/* Must lie in the segment and in no other one. */
static void
check_inside(struct rules_run *run, const struct value *value,
    struct statement *segment, const char *what)
{
	struct span_of_addresses addresses = value_addresses(value);
	struct statement *other, *found;

	if (segment != NULL && segment->broken)	/* not known what it has */
		return;
	found = segment_of(run, &addresses, &other);
	if (found == segment && other != NULL)
		found = other;
	if (found != segment)
		finding_error(run, value->place,
		    segment_hint(run, segment, found),
		    "%s is not in segment '%s'", what, name_of(run, segment));
}

static uint64_t
port_of(const struct clause *clause, unsigned slot)
{
	return clause->values[slot] == NULL ? RULES_PORT_DEFAULT :
	    clause->values[slot]->number;
}

#define LISTEN_PORT	2	/* slots of grammar.c */
#define HOP_PATH	1
#define HOP_PORT	3

static bool
same_listen(const struct clause *a, const struct clause *b)
{
	return address_equal(&a->values[0]->network.address,
	    &b->values[0]->network.address) &&
	    port_of(a, LISTEN_PORT) == port_of(b, LISTEN_PORT);
}

/* All listeners of the run, to find the same one twice. */
struct listens {
	const struct clause *clauses[RULES_ROUTES_MAX * RULES_LISTENS_MAX];
	unsigned	n;
};

static bool
is_one_machine(const struct address *a)
{
	static const struct address none4 = { .family = 4 };
	static const struct address none6 = { .family = 6 };

	if (address_equal(a, &none4) || address_equal(a, &none6))
		return false;
	return a->family == 4 ? a->bytes[0] < 224 : a->bytes[0] != 0xff;
}

static void
check_listens(struct rules_run *run, const struct statement *mail,
    struct listens *all)
{
	struct statement *from = clause_segment(mail, CL_FROM);
	const struct clause *c = clause_find(mail->settings, CL_LISTEN);
	unsigned n = 0;

	for (; c != NULL; c = clause_next(c)) {
		const struct value *v = c->values[0];

		if (n++ == RULES_LISTENS_MAX) {
			finding_error(run, c->place, NULL, "more than %d "
			    "'listen' in one route", RULES_LISTENS_MAX);
			return;
		}
		if (!is_one_machine(&v->network.address)) {
			finding_error(run, v->place, "name the address of "
			    "this machine in the segment",
			    "not the address of one interface");
			continue;
		}
		if (from != NULL)
			check_inside(run, v, from, "the listen address");
		for (unsigned i = 0; i < all->n; i++)
			if (same_listen(c, all->clauses[i])) {
				finding_error(run, v->place, run_text(run,
				    "the first one is in %s:%u",
				    file_of(run, all->clauses[i]),
				    all->clauses[i]->place.line),
				    "this address and port are listened on "
				    "already");
				break;
			}
		all->clauses[all->n++] = c;
	}
}

static void
report_peer(struct rules_run *run, const struct value *peer,
    const struct statement *from)
{
	const struct statement *own = party_segment(peer->statement);

	finding_error(run, peer->place, own == NULL ||
	    own == peer->statement ? NULL : run_text(run,
	    "it is in segment '%s'", name_of(run, own)),
	    "'%s' is not in segment '%s'", run_quote(run, peer->text),
	    name_of(run, from));
}

static void
check_peers(struct rules_run *run, const struct statement *mail)
{
	struct statement *from = clause_segment(mail, CL_FROM);
	const struct clause *c = clause_find(mail->settings, CL_ACCEPT);

	unsigned n = 0;

	for (; c != NULL && from != NULL; c = clause_next(c)) {
		for (const struct value *v = c->values[1]; v != NULL;
		    v = v->next) {
			if (n++ == RULES_PEERS_MAX) {
				finding_error(run, v->place, "accept a "
				    "network", "more than %d peers in one "
				    "route", RULES_PEERS_MAX);
				return;
			}
			if (v->form == FORM_ANY)
				continue;
			if (v->form != FORM_NAME)
				check_inside(run, v, from, "the peer");
			else if (v->statement != NULL &&
			    party_segment(v->statement) != from)
				report_peer(run, v, from);
		}
	}
}

static void
check_maildir(struct rules_run *run, const struct clause *c)
{
	const struct value *path = c->values[HOP_PATH];

	if (path == NULL)
		finding_error(run, c->values[0]->place, "as: next-hop maildir "
		    "\"/var/mail/lgwan\"", "the path of the maildir is "
		    "missing");
	else if (path->text.ptr[0] != '/' ||
	    path->text.len > RULES_PATH_BYTES_MAX)
		finding_error(run, path->place, NULL, "the path of a maildir "
		    "begins with '/' and has at most %d bytes",
		    RULES_PATH_BYTES_MAX);
	else if (span_find(path->text, SPAN("/../")) < path->text.len ||
	    span_ends(path->text, SPAN("/..")))
		finding_error(run, path->place, NULL,
		    "'..' is not allowed in the path of a maildir");
	if (c->values[HOP_PORT] != NULL)
		finding_error(run, c->values[HOP_PORT]->place, NULL,
		    "a maildir has no port");
}

/* The gateway must not be its own next hop. */
static void
check_loop(struct rules_run *run, const struct clause *hop,
    const struct value *address, const struct listens *all)
{
	for (unsigned i = 0; i < all->n; i++)
		if (address_equal(&address->network.address,
		    &all->clauses[i]->values[0]->network.address) &&
		    port_of(hop, HOP_PORT) ==
		    port_of(all->clauses[i], LISTEN_PORT))
			finding_error(run, hop->values[0]->place, run_text(run,
			    "it listens there by %s:%u",
			    file_of(run, all->clauses[i]),
			    all->clauses[i]->place.line),
			    "the gateway would send the mail to itself");
}

static void
check_hop_host(struct rules_run *run, const struct clause *c,
    struct statement *to, const struct listens *all)
{
	struct statement *host = c->values[0]->statement;
	struct place place = c->values[0]->place;
	const struct value *v;

	if (host == NULL)
		return;
	if (host->spec->kind != ST_HOST) {
		finding_error(run, place, NULL, "'%s' is a segment; a next "
		    "hop is a host", name_of(run, host));
		return;
	}
	if (to != NULL && party_segment(host) != NULL &&
	    party_segment(host) != to)
		finding_error(run, place, run_text(run,
		    "it is in segment '%s'", name_of(run,
		    party_segment(host))), "next hop '%s' is not in segment "
		    "'%s'", name_of(run, host), name_of(run, to));
	for (v = host_addresses(host); v != NULL; v = v->next) {
		if (v->form != FORM_ADDRESS) {
			finding_error(run, place, "a next hop has single "
			    "addresses", "host '%s' is a network or range",
			    name_of(run, host));
			return;
		}
		check_loop(run, c, v, all);
	}
}

static void
check_hops(struct rules_run *run, const struct statement *mail,
    const struct listens *all)
{
	struct statement *to = clause_segment(mail, CL_TO);
	const struct clause *c = clause_find(mail->settings, CL_NEXT_HOP);
	unsigned n = 0;

	for (; c != NULL; c = clause_next(c)) {
		const struct value *v = c->values[0];

		if (n++ >= RULES_HOPS_MAX) {
			finding_error(run, c->place, NULL, "more than %d "
			    "addresses as next hops", RULES_HOPS_MAX);
			return;
		}
		if (v->form == FORM_MAILDIR) {
			check_maildir(run, c);
			continue;
		}
		if (c->values[HOP_PATH] != NULL)
			finding_error(run, c->values[HOP_PATH]->place, NULL,
			    "only 'maildir' has a path");
		if (v->form == FORM_ADDRESS) {
			if (to != NULL)
				check_inside(run, v, to, "the next hop");
			check_loop(run, c, v, all);
			continue;
		}
		check_hop_host(run, c, to, all);
		if (v->statement != NULL && v->statement->spec->kind ==
		    ST_HOST && host_addresses(v->statement) != NULL)
			for (v = host_addresses(v->statement)->next;
			    v != NULL; v = v->next)
				n++;
	}
	if (n > RULES_HOPS_MAX)
		finding_error(run, statement_place(mail), NULL, "more than %d "
		    "addresses as next hops", RULES_HOPS_MAX);
}

static void
check_relay(struct rules_run *run, const struct statement *mail)
{
	struct statement *from = clause_segment(mail, CL_FROM);
	const struct clause *domains = clause_find(mail->settings, CL_DOMAINS);
	const struct clause *senders = clause_find(mail->settings,
	    CL_SENDER_DOMAINS);
	uint32_t n = 0;

	for (const struct clause *c = mail->settings; c != NULL; c = c->next)
		if (c->spec->kind == CL_DOMAINS ||
		    c->spec->kind == CL_SENDER_DOMAINS)
			for (const struct value *v = c->values[0]; v != NULL;
			    v = v->next)
				n++;
	if (n > RULES_DOMAINS_MAX)
		finding_error(run, statement_place(mail), NULL, "more than %d "
		    "domains in one route", RULES_DOMAINS_MAX);
	if (domains == NULL && from != NULL && segment_tier(from) == 3)
		finding_error(run, statement_place(mail),
		    "'domains' names the domains of your own recipients",
		    "a route from tier 3 needs 'domains'");
	else if (domains == NULL && senders == NULL)
		finding_error(run, statement_place(mail),
		    "limit the recipients with 'domains' or the senders "
		    "with 'sender-domains'", "this route is an open relay");
}

static void
check_sessions(struct rules_run *run, const struct statement *mail)
{
	const struct value *all = clause_value(mail->settings, CL_SESSIONS, 0);
	const struct value *peer = clause_value(mail->settings,
	    CL_SESSIONS_PER_PEER, 0);

	if (peer != NULL &&
	    peer->number > value_scaled(all, RULES_SESSIONS_DEFAULT))
		finding_error(run, peer->place, NULL, "one peer cannot have "
		    "more sessions than there are");
}

/* What comes from the Internet is rebuilt, whatever the policy is called. */
static void
check_route_policy(struct rules_run *run, const struct statement *mail)
{
	struct statement *from = clause_segment(mail, CL_FROM);
	const struct value *policy = clause_value(mail->settings, CL_POLICY,
	    0);

	if (from == NULL || policy == NULL || policy->statement == NULL)
		return;
	policy->statement->used = true;
	if (segment_tier(from) == 3 && clause_find(
	    policy->statement->settings, CL_ATTACHMENTS) != NULL)
		finding_error(run, policy->place, "it has 'attachments "
		    "inspect', which is for mail that leaves",
		    "policy '%s' is not for mail from tier 3",
		    name_of(run, policy->statement));
}

static void
check_policies(struct rules_run *run)
{
	for (uint32_t i = 0; i < run->kinds[ST_POLICY].n; i++) {
		const struct statement *st = run->kinds[ST_POLICY].at[i];
		const struct value *notice;
		bool ja = false;

		if (!st->used)
			finding_warning(run, statement_place(st), NULL,
			    "no route uses policy '%s'", name_of(run, st));
		notice = clause_value(st->settings, CL_NOTICE, 0);
		for (const struct value *v = notice; v != NULL; v = v->next)
			ja = ja || v->number == 0;
		if (notice != NULL && !ja)
			finding_error(run, notice->place, "write 'notice ja' "
			    "or 'notice ja, en'",
			    "the notice is always in Japanese");
	}
}

void
check_mail(struct rules_run *run)
{
	const struct statements *routes = &run->kinds[ST_MAIL];
	struct listens *all = run_alloc(run, sizeof(*all));

	if (all == NULL)
		return;
	for (uint32_t i = 0; i < routes->n; i++)
		check_listens(run, routes->at[i], all);
	for (uint32_t i = 0; i < routes->n && !run->stopped; i++) {
		const struct statement *st = routes->at[i];

		check_tiers(run, st);
		check_peers(run, st);
		check_hops(run, st, all);
		if (!st->broken)
			check_relay(run, st);
		check_sessions(run, st);
		check_route_policy(run, st);
	}
	if (run->syntax_errors == 0)
		check_policies(run);
}
