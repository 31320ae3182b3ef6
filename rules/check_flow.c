/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Services, flows, proofs and tests: form, and the limits between the tiers
 * (design.md section 1). What the rules mean for a packet, and whether the
 * proofs hold, is not decided here.
 */
#include "finding_internal.h"
#include "image_internal.h"
#include "run_internal.h"
#include "value_internal.h"

static void
check_service(struct rules_run *run, const struct statement *st)
{
	const struct value *speaks = clause_value(st->clauses, CL_SPEAKS, 0);
	const struct value *v = clause_value(st->clauses, CL_SPEAKS, 1);
	const struct clause *source = clause_find(st->clauses,
	    CL_SOURCE_PORT);

	if (clause_find(st->clauses, CL_TCP) == NULL &&
	    clause_find(st->clauses, CL_UDP) == NULL &&
	    clause_find(st->clauses, CL_ICMP) == NULL &&
	    clause_find(st->clauses, CL_ICMP6) == NULL &&
	    clause_find(st->clauses, CL_PROTOCOL) == NULL)
		finding_error(run, statement_place(st), "as: service https "
		    "tcp 443", "this 'service' has no protocol");
	if (source != NULL && clause_find(st->clauses, CL_TCP) == NULL &&
	    clause_find(st->clauses, CL_UDP) == NULL)
		finding_error(run, source->place, NULL,
		    "only tcp and udp have source ports");
	if (v != NULL && speaks->number != SPEAKS_TLS)
		finding_error(run, v->place, NULL,
		    "only 'speaks tls' has server names");
	for (; v != NULL; v = v->next) {
		struct span name = v->text;

		if (span_begins(name, SPAN("*.")))
			name = span_sub(name, 2, name.len);
		if (!domain_valid(name, 2))
			finding_error(run, v->place, "as \"www.example.jp\" or "
			    "\"*.example.jp\"", "not the name of a server");
	}
}

static const char *
class_tiers(enum rules_class class)
{
	switch (class) {
	case RULES_CLASS_SCREEN_TRANSFER:
		return "'screen-transfer' goes from tier 2 to tier 3";
	case RULES_CLASS_SPECIFIED:
		return "'specified' is between tier 1 and tier 2";
	case RULES_CLASS_EXCEPTION:
		return "'exception' is between tier 2 and tier 3";
	case RULES_CLASS_LOCAL:
		return "'local' is between segments of the same tier";
	case RULES_CLASS_MAIL:
		break;
	}
	return NULL;
}

/* The classes that go from one tier to the other, in words. */
static const char *
classes_between(struct rules_run *run, unsigned from, unsigned to)
{
	const struct word *w = grammar[ST_ALLOW].head[0].words;
	const char *list = NULL;

	for (; w->text != NULL; w++)
		if (tiers_fit((enum rules_class)w->value, from, to))
			list = list == NULL ? run_text(run, "'%s'", w->text) :
			    run_text(run, "%s, '%s'", list, w->text);
	return list;
}

static const char *
tiers_hint(struct rules_run *run, enum rules_class class, unsigned from,
    unsigned to)
{
	const char *between = classes_between(run, from, to);

	if (between == NULL)
		return "nothing passes between tier 1 and tier 3, in any "
		    "class";
	return run_text(run, "%s; from tier %u to tier %u: %s",
	    class_tiers(class), from, to, between);
}

/* 0: not known, or an error elsewhere. */
static unsigned
value_tier(const struct value *value)
{
	struct statement *segment = value->statement == NULL ? NULL :
	    party_segment(value->statement);

	return segment == NULL ? 0 : segment_tier(segment);
}

/* "'vdi' (segment 'internet', tier 3)"; of a segment only its tier. */
static const char *
party_with_tier(struct rules_run *run, const struct value *party)
{
	const char *segment = "";

	if (party->statement->spec->kind == ST_HOST)
		segment = run_text(run, "segment '%s', ", run_quote(run,
		    statement_name(party_segment(party->statement))));
	return run_text(run, "'%s' (%stier %u)", run_quote(run, party->text),
	    segment, value_tier(party));
}

/* Of the pairs that do not fit the first one: the others are like it. */
static void
check_flow_tiers(struct rules_run *run, const struct statement *st,
    enum rules_class class)
{
	const struct value *froms[4] = { NULL }, *tos[4] = { NULL };
	const struct value *v = clause_value(st->clauses, CL_TO, 0);

	for (; v != NULL; v = v->next)
		if (v->form == FORM_ANY)
			finding_error(run, v->place, "name the segments",
			    "'allow' does not go to 'any'");
		else if (tos[value_tier(v)] == NULL)
			tos[value_tier(v)] = v;
	for (v = clause_value(st->clauses, CL_FROM, 0); v != NULL; v = v->next)
		if (v->form == FORM_ANY)
			finding_error(run, v->place, "name the segments",
			    "'allow' does not come from 'any'");
		else if (froms[value_tier(v)] == NULL)
			froms[value_tier(v)] = v;
	for (unsigned a = 1; a <= 3; a++)
		for (unsigned b = 1; b <= 3; b++) {
			if (froms[a] == NULL || tos[b] == NULL ||
			    tiers_fit(class, a, b))
				continue;
			finding_error(run, st->head[0]->place,
			    tiers_hint(run, class, a, b),
			    "'%s' does not go from %s to %s",
			    run_quote(run, st->head[0]->text),
			    party_with_tier(run, froms[a]),
			    party_with_tier(run, tos[b]));
			return;
		}
}

/* How the word is written; a person has the values, not this program. */
static const char *
word_form(enum clause_kind kind)
{
	static const struct {
		enum clause_kind kind;
		const char	*form;
	} forms[] = {
		{ CL_OWNER, "who answers for it: owner \"section, name\"" },
		{ CL_PURPOSE, "what it is needed for: purpose \"...\"" },
		{ CL_REASON, "why it cannot be done in another way: "
		    "reason \"...\"" },
		{ CL_APPROVED, "who approved it, when, and the number of the "
		    "paper: approved \"who, date, number\"" },
		{ CL_UNTIL, "its last day: until YYYY-MM-DD" },
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (forms[i].kind == kind)
			return forms[i].form;
	return NULL;
}

static void
check_words(struct rules_run *run, const struct statement *st,
    const enum clause_kind *kinds, unsigned n, const char *class)
{
	for (unsigned i = 0; i < n; i++) {
		if (clause_find(st->clauses, kinds[i]) != NULL)
			continue;
		for (unsigned j = 0; j < st->spec->clauses_n; j++)
			if (st->spec->clauses[j].kind == kinds[i])
				finding_error(run, statement_place(st),
				    word_form(kinds[i]),
				    "'allow %s' needs '%s'", class,
				    st->spec->clauses[j].word);
	}
}

/* 特定通信: one machine to one machine, by IP and MAC address. */
static void
check_one_machine(struct rules_run *run, const struct statement *st,
    enum clause_kind kind)
{
	const struct value *v = clause_value(st->clauses, kind, 0);

	if (v == NULL || v->statement == NULL || v->statement->broken)
		return;
	if (v->next != NULL)
		finding_error(run, v->next->place, "write one 'allow' for "
		    "each", "'specified' is from one host to one host");
	if (v->statement->spec->kind != ST_HOST)
		finding_error(run, v->place, "give the machine a name with "
		    "'host'", "'specified' is between hosts, '%s' is a "
		    "segment", run_quote(run, v->text));
	else if (clause_find(v->statement->clauses, CL_MAC) == NULL)
		finding_error(run, v->place, run_text(run, "read it from the "
		    "device and add it to 'host %s': mac XX:XX:XX:XX:XX:XX",
		    run_quote(run, v->text)),
		    "'specified' needs the MAC address of '%s'",
		    run_quote(run, v->text));
}

static bool
speaks_screen(const struct statement *service)
{
	const struct value *speaks = clause_value(service->clauses, CL_SPEAKS,
	    0);

	return speaks != NULL && speaks->number >= SPEAKS_RDP;
}

#define SCREENS_NAMED_MAX	8
#define SCREENS			"rdp, rfb, pcoip, ica, blast"

/* Which services of the file could be meant, and how to make one. */
static const char *
screen_hint(struct rules_run *run, const struct statement *service)
{
	const char *list = NULL;
	unsigned n = 0;

	for (uint32_t i = 0; i < run->all.n && n < SCREENS_NAMED_MAX; i++) {
		const struct statement *st = run->all.at[i];

		if (st->spec->kind != ST_SERVICE || st->broken ||
		    !speaks_screen(st))
			continue;
		list = run_text(run, "%s '%s'", n++ == 0 ? "these do:" :
		    run_text(run, "%s,", list),
		    run_quote(run, statement_name(st)));
	}
	if (list == NULL)
		list = "no service of the file does";
	if (clause_find(service->clauses, CL_SPEAKS) == NULL)
		return run_text(run, "%s; or add 'speaks' and one of " SCREENS
		    " to '%s'", list, run_quote(run, statement_name(service)));
	return n > 0 ? list : run_text(run, "%s; screen protocols are "
	    SCREENS, list);
}

static void
check_screen(struct rules_run *run, const struct statement *st)
{
	const struct value *v = clause_value(st->clauses, CL_SERVICE, 0);

	for (; v != NULL; v = v->next) {
		if (v->statement == NULL || v->statement->broken ||
		    speaks_screen(v->statement))
			continue;
		finding_error(run, v->place, screen_hint(run, v->statement),
		    "service '%s' does not speak a screen protocol",
		    run_quote(run, v->text));
	}
}

void
check_until(struct rules_run *run, const struct statement *st)
{
	const struct value *until = clause_value(st->clauses, CL_UNTIL, 0);
	char text[DATE_TEXT_BYTES];

	if (until == NULL)
		return;
	date_text(until->number, text);
	if (until->number < run->today)
		finding_warning(run, until->place, "renew the approval, or "
		    "remove the rule", "this rule ended on %s and is off",
		    text);
	else if (until->number - run->today <= RULES_EXPIRY_WARNING_DAYS)
		finding_warning(run, until->place, "renew the approval in "
		    "time", "this rule ends on %s", text);
}

static void
check_allow(struct rules_run *run, const struct statement *st)
{
	static const enum clause_kind specified[] = {
		CL_OWNER, CL_PURPOSE, CL_APPROVED, CL_UNTIL
	};
	static const enum clause_kind exception[] = {
		CL_OWNER, CL_REASON, CL_APPROVED, CL_UNTIL
	};
	enum rules_class class;

	if (st->head[0] == NULL)
		return;
	class = (enum rules_class)st->head[0]->number;
	check_flow_tiers(run, st, class);
	check_until(run, st);
	switch (class) {
	case RULES_CLASS_SCREEN_TRANSFER:
		check_screen(run, st);
		break;
	case RULES_CLASS_SPECIFIED:
		check_words(run, st, specified, 4, "specified");
		check_one_machine(run, st, CL_FROM);
		check_one_machine(run, st, CL_TO);
		break;
	case RULES_CLASS_EXCEPTION:
		check_words(run, st, exception, 4, "exception");
		break;
	case RULES_CLASS_LOCAL:
	case RULES_CLASS_MAIL:
		break;
	}
}

/* The same word is another number in ICMP and in ICMPv6. */
static void
check_type(struct rules_run *run, struct value *type, bool icmp6)
{
	uint8_t number;

	if (type->form != FORM_WORD)
		return;
	if (grammar_word(grammar_type_words(icmp6), type->text, &number))
		type->number = number;
	else
		finding_error(run, type->place, icmp6 ? "it is one of icmp" :
		    "it is one of icmp6", "'%s' is not a type of %s",
		    run_quote(run, type->text), icmp6 ? "icmp6" : "icmp");
}

static void
check_expect(struct rules_run *run, const struct statement *st)
{
	const struct clause *from = clause_find(st->clauses, CL_FROM);
	const struct clause *to = clause_find(st->clauses, CL_TO);
	const struct clause *type = clause_find(st->clauses, CL_TYPE);
	bool ports;

	if (from == NULL || to == NULL || st->head[1] == NULL)
		return;
	ports = st->head[1]->number == PROTOCOL_TCP ||
	    st->head[1]->number == PROTOCOL_UDP;
	if (from->values[0]->network.address.family !=
	    to->values[0]->network.address.family)
		finding_error(run, to->values[0]->place, NULL,
		    "an IPv4 and an IPv6 address in one packet");
	if (ports && to->values[2] == NULL)
		finding_error(run, to->place, "as: to 10.20.0.25 port 25",
		    "the port is missing");
	if (ports && type != NULL)
		finding_error(run, type->place, NULL,
		    "'type' is for icmp and icmp6");
	if (!ports && type != NULL)
		check_type(run, type->values[0],
		    st->head[1]->number == PROTOCOL_ICMP6);
	if (!ports && type == NULL)
		finding_error(run, st->head[1]->place, "as: type 8",
		    "the ICMP type is missing");
	if (!ports && (from->values[2] != NULL || to->values[2] != NULL))
		finding_error(run, st->head[1]->place, NULL,
		    "ICMP has no ports");
}

void
check_flows(struct rules_run *run)
{
	for (uint32_t i = 0; i < run->all.n && !run->stopped; i++) {
		const struct statement *st = run->all.at[i];

		if (st->broken)
			continue;
		switch (st->spec->kind) {
		case ST_SERVICE:
			check_service(run, st);
			break;
		case ST_ALLOW:
			check_allow(run, st);
			break;
		case ST_EXPECT:
			check_expect(run, st);
			break;
		case ST_GATEWAY:
		case ST_INCLUDE:
		case ST_SEGMENT:
		case ST_HOST:
		case ST_DENY:
		case ST_MANAGE:
		case ST_MAIL:
		case ST_POLICY:
		case ST_AUDIT:
		case ST_NEVER:
		case ST_ONLY:
		case ST_MUST:
		case ST_KIND_N:
			break;
		}
	}
}
