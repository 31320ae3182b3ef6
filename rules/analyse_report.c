/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the analysis says: rules that are never reached or change nothing, and
 * pairs of which one allows what the other denies. Of each kind a few are
 * shown in full, the rest is counted.
 */
#include "analyse_internal.h"
#include "finding_internal.h"

enum report_kind {
	REPORT_EMPTY,
	REPORT_UNREACHABLE,
	REPORT_IDLE,
	REPORT_CONFLICT,
	REPORT_UNKNOWN,
	REPORT_N
};

struct report {
	struct analysis	*a;
	uint32_t	 n[REPORT_N];
	const struct statement *more[REPORT_N];	/* first that is not shown */
};

static const struct statement *
statement_of(const struct analysis *a, uint32_t rule)
{
	return a->rules->rules[rule].st;
}

/* Is there room for one more of the kind? It is counted in any case. */
static bool
shown(struct report *r, enum report_kind kind, const struct statement *st)
{
	if (r->n[kind]++ < ANALYSE_SHOWN_MAX)
		return true;
	if (r->more[kind] == NULL)
		r->more[kind] = st;
	return false;
}

/* The rules before that are enough to cover it, into a->list. */
static uint32_t
find_covers(struct analysis *a, const struct region *region)
{
	for (uint32_t i = 0; i < a->before; i++) {
		struct region earlier = region_of(a->space,
		    &a->rules->rules[a->overlaps[i]]);

		if (region_contains(a->finder, &earlier, region)) {
			a->list[0] = a->overlaps[i];
			return 1;
		}
	}
	for (uint32_t i = 0; i < a->before; i++)
		a->list[i] = a->overlaps[i];
	return finder_reduce(a->finder, region, a->list, a->before);
}

/* "'a' (f:1), 'b' (f:2) and 3 more" */
static const char *
text_rules(struct analysis *a, uint32_t n)
{
	const char *text = "";
	uint32_t named = n > ANALYSE_NAMED_MAX ? ANALYSE_NAMED_MAX : n;

	for (uint32_t i = 0; i < named; i++)
		text = run_text(a->run, "%s%s%s", text, i == 0 ? "" :
		    i + 1 < n ? ", " : " and ",
		    text_rule(a->run, statement_of(a, a->list[i])));
	if (n > named)
		text = run_text(a->run, "%s and %u more", text, n - named);
	return text;
}

static void
report_unreachable(struct report *r, uint32_t rule)
{
	struct analysis *a = r->a;
	const struct statement *st = statement_of(a, rule);
	struct region region = region_of(a->space, &a->rules->rules[rule]);
	const char *example;
	struct point point;
	uint32_t n, first = 0;

	if (!shown(r, REPORT_UNREACHABLE, st))
		return;
	/* of no rules nothing is covered: this gives a packet of the rule */
	if (finder_uncovered(a->finder, &region, NULL, 0, RULES_NONE,
	    &point) != REGION_POINT)
		return;
	n = find_covers(a, &region);
	while (first + 1 < n && !rule_matches(a->space,
	    &a->rules->rules[a->list[first]], &point))
		first++;
	example = run_text(a->run, "%s: decided by %s; move this rule up or "
	    "remove it", text_point(a->run, a->finder, &point),
	    text_rule(a->run, statement_of(a, a->list[first])));
	finding_warning(a->run, statement_place(st), example,
	    "this rule is never reached: %s %s all of it", text_rules(a, n),
	    n == 1 ? "takes" : "together take");
}

static void
report_idle(struct report *r, uint32_t rule, const struct point *point)
{
	struct analysis *a = r->a;
	const struct statement *st = statement_of(a, rule);
	const char *then = "denied, as no rule matches it";

	if (!shown(r, REPORT_IDLE, st))
		return;
	for (uint32_t i = a->before; i < a->overlaps_n; i++) {
		const struct flow_rule *next =
		    &a->rules->rules[a->overlaps[i]];

		if (!rule_matches(a->space, next, point))
			continue;
		then = run_text(a->run, "%s by %s", next->allow ?
		    "allowed" : "denied", text_rule(a->run, next->st));
		break;
	}
	finding_warning(a->run, statement_place(st), run_text(a->run,
	    "%s: without this rule it is %s", text_point(a->run, a->finder,
	    point), then), "this rule changes nothing: without it every "
	    "packet is decided the same");
}

/* ---- conflicts ---- */

/*
 * Does neither of the two stand for a special case? An allow before a deny
 * that it has a part of is one, and so is a deny that cuts a piece out of a
 * later allow: then each of from, to and service is a part of the other's.
 * Whoever writes `deny from bad to any` in front means just that.
 */
static bool
conflict(struct analysis *a, const struct flow_rule *first,
    const struct flow_rule *second)
{
	struct region x = region_of(a->space, first), meet;
	struct region y = region_of(a->space, second);
	bool in = true, out = true;

	if (!region_meet(a->finder, &x, &y, &meet) ||
	    region_contains(a->finder, &x, &y) ||
	    region_contains(a->finder, &y, &x))
		return false;
	if (first->allow)
		return true;
	for (uint32_t w = 0; w < a->space->words; w++) {
		in &= (x.bits[w] & ~y.bits[w]) == 0;
		out &= (y.bits[w] & ~x.bits[w]) == 0;
	}
	return (!in && !out) ||
	    (!ranges_contain(&x.src, &y.src) &&
	    !ranges_contain(&y.src, &x.src)) ||
	    (!ranges_contain(&x.dst, &y.dst) &&
	    !ranges_contain(&y.dst, &x.dst));
}

/* A conflict counts where the first of the two has something to decide. */
static void
report_conflict(struct report *r, uint32_t first, uint32_t second,
    uint32_t before)
{
	struct analysis *a = r->a;
	const struct flow_rule *one = &a->rules->rules[first];
	const struct flow_rule *two = &a->rules->rules[second];
	struct region x = region_of(a->space, one), meet;
	struct region y = region_of(a->space, two);
	struct point point;

	if (r->n[REPORT_CONFLICT] < ANALYSE_SHOWN_MAX &&
	    (!region_meet(a->finder, &x, &y, &meet) ||
	    finder_uncovered(a->finder, &meet, a->overlaps, before,
	    RULES_NONE, &point) != REGION_POINT))
		return;
	if (!shown(r, REPORT_CONFLICT, two->st))
		return;
	finding_warning(a->run, statement_place(two->st), run_text(a->run,
	    "%s: the first one decides, it is %s",
	    text_point(a->run, a->finder, &point), one->allow ? "allowed" :
	    "denied"), "%s before it %s a part of what this rule %s",
	    text_rule(a->run, one->st), one->allow ? "allows" : "denies",
	    two->allow ? "allows" : "denies");
}

static void
report_conflicts(struct report *r, uint32_t rule)
{
	struct analysis *a = r->a;
	const struct flow_rule *own = &a->rules->rules[rule];

	for (uint32_t i = 0; i < a->before; i++) {
		const struct flow_rule *earlier =
		    &a->rules->rules[a->overlaps[i]];

		if (r->n[REPORT_CONFLICT] >= ANALYSE_CONFLICTS_MAX)
			return;
		if (earlier->allow == own->allow ||
		    a->states[a->overlaps[i]] == RULE_UNREACHABLE ||
		    !conflict(a, earlier, own))
			continue;
		report_conflict(r, a->overlaps[i], rule, i);
	}
}

/* ---- all of it ---- */

static void
report_rule(struct report *r, uint32_t rule)
{
	struct analysis *a = r->a;
	const struct statement *st = statement_of(a, rule);
	struct point point = { 0, 0, 0 };
	enum rule_state state = analysis_rule(a, rule, &point);

	a->states[rule] = (uint8_t)state;
	switch (state) {
	case RULE_WORKS:
		break;
	case RULE_EMPTY:
		if (shown(r, REPORT_EMPTY, st))
			finding_warning(a->run, statement_place(st),
			    "one side has IPv4 addresses or services only, "
			    "the other IPv6", "no packet fits this rule");
		return;
	case RULE_UNREACHABLE:
		report_unreachable(r, rule);
		return;
	case RULE_IDLE:
		report_idle(r, rule, &point);
		break;
	case RULE_UNKNOWN:
		if (shown(r, REPORT_UNKNOWN, st))
			finding_warning(a->run, statement_place(st), NULL,
			    "the analysis of this rule gave up after %llu "
			    "steps: it may be without effect",
			    (unsigned long long)a->finder->work);
		break;
	}
	report_conflicts(r, rule);
}

static void
report_rest(struct report *r)
{
	static const char *const what[REPORT_N] = {
		[REPORT_EMPTY] = "fit no packet",
		[REPORT_UNREACHABLE] = "are never reached",
		[REPORT_IDLE] = "change nothing",
		[REPORT_CONFLICT] = "allow and deny the same packets",
		[REPORT_UNKNOWN] = "could not be analysed",
	};

	for (unsigned k = 0; k < REPORT_N; k++) {
		bool pairs = k == REPORT_CONFLICT;

		if (r->more[k] == NULL)
			continue;
		finding_warning(r->a->run, statement_place(r->more[k]),
		    "mend those that are shown, then look again",
		    "%s%u more %s from here on %s", pairs &&
		    r->n[k] >= ANALYSE_CONFLICTS_MAX ? "at least " : "",
		    r->n[k] - ANALYSE_SHOWN_MAX, pairs ? "pairs of rules" :
		    "rules", what[k]);
	}
}

static void
analyse_flows(struct rules_run *run, struct space *space)
{
	const struct place start = { 0, 1, 0, 1 };
	struct report r = { .a = analysis_new(run, space) };

	if (r.a == NULL) {
		finding_warning(run, start, NULL,
		    "the rules are not analysed: too little memory");
		return;
	}
	for (uint32_t i = 0; i < r.a->rules->n; i++) {
		if (r.a->finder->work_all > ANALYSE_WORK_MAX) {
			finding_warning(run, statement_place(statement_of(
			    r.a, i)), NULL, "the analysis gave up here: the "
			    "rules from here on are not looked at");
			break;
		}
		report_rule(&r, i);
	}
	report_rest(&r);
	analysis_free(r.a);
}

void
rules_run_analyse(struct rules_run *run)
{
	const struct place start = { 0, 1, 0, 1 };
	const struct rules_run *runs[] = { run };
	struct space *space;

	if (run->errors > 0 || run->stopped)
		return;
	findings_reopen(run);
	space = space_new(runs, 1);
	if (space != NULL)
		analyse_flows(run, space);
	else
		finding_warning(run, start, NULL,
		    "the rules are not analysed: too little memory");
	space_free(space);
	analyse_names(run);
	findings_sort(run);
}
