/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where two lists of rules decide otherwise. A box of addresses is divided
 * until every rule that is left in it covers it; each division takes the
 * rules along that still meet the box, up to one that hides the rest. Most
 * boxes are not divided: the two lists are the same there, or differ only in
 * the order of rules that have no point or have the same outcome in common.
 *
 * Live service classes of a box are those where it could differ: a packet
 * that none of the rules meets in which the lists differ is decided by a rule
 * of both, and so is one that an equal rule before them takes.
 */
#include <stdlib.h>
#include <string.h>

#include "walk_internal.h"

/* Lists up to this are compared pair by pair. */
#define PAIRS_MAX	256u
/* Lists of a whole walk that there is room for, were none ever shorter. */
#define WALK_DEPTH	64u
/* A division halves the edges in a box, as a rule. */
#define WALK_DEPTH_MAX	1024u
#define SAMPLES_MAX	65u
/* So few rules that differ are cut out along their own edges. */
#define WINDOW_MAX	8u

struct box {
	struct range	 src;
	struct range	 dst;
};

struct list {
	const uint32_t	*at;
	uint32_t	 n;
};

struct walk {
	struct space	*space;
	const struct meanings *meanings;
	struct walk_side side[2];
	struct walk_calls calls;
	uint32_t	*stack;		/* the lists, the newest on top */
	size_t		 stack_n;
	size_t		 stack_max;
	uint64_t	 steps;
	enum err	 err;
	uint64_t	*live;		/* bits, `depth` times */
	uint32_t	 depth;
	uint64_t	*left;		/* bits: scratch of leaf() */
	uint64_t	*part[2];
	uint64_t	*same;
	uint64_t	*taken;		/* by common() */
	uint32_t	*position;	/* by shape: 0 when not in use */
	struct arena	*arena;
};

/* The first range that ends behind class `first`; ranges->n: none. */
static uint32_t
find_range(const struct ranges *ranges, uint32_t first)
{
	uint32_t low = 0, high = ranges->n;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (ranges->at[mid].end <= first)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool
meets(const struct ranges *ranges, const struct range *r)
{
	uint32_t i = find_range(ranges, r->first);

	return i < ranges->n && ranges->at[i].first < r->end;
}

static bool
covers(const struct ranges *ranges, const struct range *r)
{
	uint32_t i = find_range(ranges, r->first);

	return i < ranges->n && ranges->at[i].first <= r->first &&
	    ranges->at[i].end >= r->end;
}

static const struct flow_rule *
rule_at(const struct walk *w, unsigned side, uint32_t i)
{
	return &w->side[side].rules->rules[i];
}

static uint32_t
shape(const struct walk *w, unsigned side, const struct list *l, uint32_t i)
{
	return meaning_shape(w->meanings, w->side[side].run, l->at[i]);
}

static uint64_t
outcome(const struct walk *w, unsigned side, const struct list *l,
    uint32_t i)
{
	return meaning_of_rule(w->meanings, w->side[side].run, l->at[i]);
}

static uint64_t *
live_at(const struct walk *w, uint32_t depth)
{
	return w->live + (size_t)depth * w->space->words;
}

/* Does the set have a live class (meets), or all of them (result: whole)? */
static bool
set_meets(const struct walk *w, uint32_t set, const uint64_t *live,
    bool *whole)
{
	const uint64_t *bits = w->space->sets[set].bits;
	uint64_t some = 0, none = 0;

	for (uint32_t i = 0; i < w->space->words; i++) {
		some |= bits[i] & live[i];
		none |= ~bits[i] & live[i];
	}
	*whole = none == 0;
	return some != 0;
}

/* The rules of from that meet the box, up to one that hides the rest. */
static struct list
filter(struct walk *w, unsigned side, const struct list *from,
    const struct box *box)
{
	const uint64_t *live = live_at(w, w->depth);

	struct list to = { w->stack + w->stack_n, 0 };

	if (w->stack_n + from->n > w->stack_max) {
		w->err = ERR_LIMIT;
		return to;
	}
	w->steps += from->n;
	for (uint32_t i = 0; i < from->n; i++) {
		const struct flow_rule *rule = rule_at(w, side, from->at[i]);
		bool whole;

		if (!meets(&rule->src, &box->src) ||
		    !meets(&rule->dst, &box->dst) ||
		    !set_meets(w, rule->set, live, &whole))
			continue;
		w->stack[w->stack_n++] = from->at[i];
		to.n++;
		if (whole && covers(&rule->src, &box->src) &&
		    covers(&rule->dst, &box->dst))
			break;
	}
	return to;
}

/* ---- is there nothing to see? ---- */

/* The rule at one end of a list. */
static uint32_t
end_of(const struct list *l, bool back)
{
	return back ? l->n - 1 : 0;
}

/* How many rules at one end have one outcome; 0: it depends. */
static uint32_t
run_at(const struct walk *w, unsigned side, const struct list *l, bool back)
{
	uint64_t first = outcome(w, side, l, end_of(l, back));
	uint32_t n = 0;

	if (first == OUTCOME_MIXED)
		return 0;
	while (n < l->n && outcome(w, side, l, back ? l->n - 1 - n : n) ==
	    first)
		n++;
	return n;
}

static void
cut_off(struct list *l, uint32_t n, bool back)
{
	l->at += back ? 0 : n;
	l->n -= n;
}

/* A rule of both lists: what it takes is decided alike from now on. */
static void
common(struct walk *w, const struct box *box, uint32_t rule, bool back)
{
	const struct flow_rule *flow = rule_at(w, 0, rule);

	if (back || !covers(&flow->src, &box->src) ||
	    !covers(&flow->dst, &box->dst))
		return;
	for (uint32_t k = 0; k < w->space->words; k++)
		w->taken[k] |= w->space->sets[flow->set].bits[k];
}

/*
 * Out of n rules of one outcome at an end: keep those that are marked (or
 * are not, and report the others), at the inner end. Marks are used up.
 */
static uint32_t
keep(struct walk *w, const struct box *box, unsigned side, struct list *l,
    uint32_t n, bool back, bool marked)
{
	uint32_t *rules = w->stack + (l->at - w->stack);
	uint32_t at = back ? l->n - n : 0, kept = 0;

	for (uint32_t k = 0; k < n; k++) {
		uint32_t i = back ? at + k : n - 1 - k;
		uint32_t *mark = &w->position[shape(w, side, l, i)];
		bool has = *mark > 0;

		*mark -= has;
		if (has == marked) {
			rules[back ? at + kept : n - 1 - kept] = rules[i];
			kept++;
		} else if (side == 0)
			common(w, box, rules[i], back);
	}
	return kept;
}

/*
 * Take out of both lists, at one end, what is equal: rules one by one, and
 * among rules of one outcome in any order. A packet that no rule meets that
 * stays has one outcome.
 */
static void
strip_end(struct walk *w, const struct box *box, struct list l[2], bool back)
{
	uint32_t n[2], kept[2] = { 0, 0 };

	while (l[0].n > 0 && l[1].n > 0 && kept[0] + kept[1] == 0) {
		uint32_t e[2] = { end_of(&l[0], back), end_of(&l[1], back) };

		if (shape(w, 0, &l[0], e[0]) == shape(w, 1, &l[1], e[1])) {
			common(w, box, l[0].at[e[0]], back);
			cut_off(&l[0], 1, back);
			cut_off(&l[1], 1, back);
			continue;
		}
		if (outcome(w, 0, &l[0], e[0]) != outcome(w, 1, &l[1], e[1]))
			return;
		for (unsigned s = 0; s < 2; s++)
			n[s] = run_at(w, s, &l[s], back);
		if (n[0] == 0 || n[1] == 0)
			return;
		for (uint32_t i = 0; i < n[1]; i++)
			w->position[shape(w, 1, &l[1], back ?
			    l[1].n - 1 - i : i)]++;
		for (unsigned s = 0; s < 2; s++)
			kept[s] = keep(w, box, s, &l[s], n[s], back, s == 1);
		for (unsigned s = 0; s < 2; s++)
			cut_off(&l[s], n[s] - kept[s], back);
		w->steps += n[0] + n[1];
	}
}

/*
 * The rules in which the lists differ: copies without what is equal at both
 * ends, and without denies at the end (no rule is deny, too).
 */
static void
strip(struct walk *w, const struct box *box, const struct list l[2],
    struct list rest[2])
{
	memset(w->taken, 0, w->space->words * sizeof(*w->taken));
	for (unsigned s = 0; s < 2; s++) {
		uint32_t *copy = w->stack + w->stack_n;

		if (w->stack_n + l[s].n > w->stack_max) {
			w->err = ERR_LIMIT;
			return;
		}
		memcpy(copy, l[s].at, l[s].n * sizeof(*copy));
		w->stack_n += l[s].n;
		rest[s] = (struct list){ copy, l[s].n };
		while (rest[s].n > 0 && outcome(w, s, &rest[s],
		    rest[s].n - 1) == OUTCOME_DENY)
			rest[s].n--;
	}
	strip_end(w, box, rest, false);
	strip_end(w, box, rest, true);
}

static bool
sets_meet(const struct walk *w, uint32_t a, uint32_t b)
{
	const uint64_t *left = w->space->sets[a].bits;
	const uint64_t *right = w->space->sets[b].bits;

	for (uint32_t i = 0; i < w->space->words; i++)
		if (left[i] & right[i])
			return true;
	return false;
}

/* Do two rules have a point in the box in common? */
static bool
ranges_meet(const struct ranges *a, const struct ranges *b,
    const struct range *box)
{
	uint32_t i = find_range(a, box->first), j = find_range(b, box->first);

	while (i < a->n && j < b->n && a->at[i].first < box->end &&
	    b->at[j].first < box->end) {
		if (a->at[i].end <= b->at[j].first)
			i++;
		else if (b->at[j].end <= a->at[i].first)
			j++;
		else
			return true;
	}
	return false;
}

static bool
conflict(const struct walk *w, const struct box *box, const struct list *l,
    uint32_t i, uint32_t j)
{
	const struct flow_rule *a = rule_at(w, 0, l->at[i]);
	const struct flow_rule *b = rule_at(w, 0, l->at[j]);
	uint64_t out = outcome(w, 0, l, i);

	if (out == outcome(w, 0, l, j) && out != OUTCOME_MIXED)
		return false;
	return sets_meet(w, a->set, b->set) &&
	    ranges_meet(&a->src, &b->src, &box->src) &&
	    ranges_meet(&a->dst, &b->dst, &box->dst);
}

/*
 * The same rules in another order, and no two that changed places have a
 * point in common where they say different things: every point has the same
 * outcome. False says nothing.
 */
static bool
only_order(struct walk *w, const struct box *box, const struct list rest[2])
{
	uint32_t place[PAIRS_MAX], n = rest[0].n, found = 0;
	bool same = true;

	if (n != rest[1].n || n > PAIRS_MAX)
		return false;
	for (uint32_t i = 0; i < n; i++)
		w->position[shape(w, 1, &rest[1], i)] = i + 1;
	for (; found < n; found++) {
		uint32_t *at = &w->position[shape(w, 0, &rest[0], found)];

		if (*at == 0)
			break;
		place[found] = *at;
		*at = 0;	/* each once */
	}
	for (uint32_t i = 0; i < n; i++)
		w->position[shape(w, 1, &rest[1], i)] = 0;
	if (found < n)
		return false;
	w->steps += n * n / 8;
	for (uint32_t i = 0; i < n && same; i++)
		for (uint32_t j = i + 1; j < n && same; j++)
			same = place[i] < place[j] ||
			    !conflict(w, box, &rest[0], i, j);
	return same;
}

/* ---- boxes that no rule divides ---- */

/* Split bits by outcomes where a rule has several; call for each. */
static void
emit_mixed(struct walk *w, struct walk_box *out)
{
	const uint64_t *bits = out->services;
	uint32_t words = w->space->words;
	uint64_t first[2] = { 0, 0 };

	for (;;) {
		bool any = false, more = false;

		memset(w->same, 0, words * sizeof(*w->same));
		for (uint32_t b = 0; b < w->space->services_n; b++) {
			uint64_t o[2];

			if (!(bits[b / 64] >> b % 64 & 1))
				continue;
			for (unsigned s = 0; s < 2; s++)
				o[s] = meaning_of(w->meanings,
				    w->side[s].run, out->rule[s], b);
			if (!any)
				memcpy(first, o, sizeof(o));
			any = true;
			if (o[0] == first[0] && o[1] == first[1])
				w->same[b / 64] |= 1ull << b % 64;
			else
				more = true;
		}
		if (any && first[0] != first[1]) {
			out->services = w->same;
			memcpy(out->outcome, first, sizeof(first));
			if (w->err == OK && !w->calls.box(w->calls.arg, out))
				w->err = ERR_LIMIT;
		}
		if (!more || w->err != OK)
			return;
		/* bits is a scratch of leaf(): take out what is done */
		for (uint32_t i = 0; i < words; i++)
			w->part[1][i] &= ~w->same[i];
	}
}

/* Service classes of w->part[0], decided by rule a before, by b after. */
static void
emit(struct walk *w, const struct box *box, uint32_t a, uint32_t b)
{
	struct walk_box out = { box->src, box->dst, w->part[1], { a, b },
	    { OUTCOME_DENY, OUTCOME_DENY } };

	for (unsigned s = 0; s < 2; s++)
		if (out.rule[s] != RULES_NONE)
			out.outcome[s] = meaning_of_rule(w->meanings,
			    w->side[s].run, out.rule[s]);
	if (out.outcome[0] == OUTCOME_MIXED ||
	    out.outcome[1] == OUTCOME_MIXED)
		emit_mixed(w, &out);
	else if (out.outcome[0] != out.outcome[1] &&
	    !w->calls.box(w->calls.arg, &out))
		w->err = ERR_LIMIT;
}

/* Bits that rule i of a list takes of left; RULES_NONE: all that is left. */
static bool
take(const struct walk *w, unsigned side, const struct list *l, uint32_t i,
    const uint64_t *left, uint64_t *part)
{
	const uint64_t *bits = i == l->n ? NULL :
	    w->space->sets[rule_at(w, side, l->at[i])->set].bits;
	uint64_t any = 0;

	for (uint32_t k = 0; k < w->space->words; k++) {
		part[k] = bits == NULL ? left[k] : left[k] & bits[k];
		any |= part[k];
	}
	return any != 0;
}

static void
leaf(struct walk *w, const struct box *box, const struct list l[2])
{
	uint32_t words = w->space->words;
	uint64_t *left = w->left, *inner = w->left + words;

	memcpy(left, live_at(w, w->depth), words * sizeof(*left));
	for (uint32_t i = 0; i <= l[0].n && w->err == OK; i++) {
		w->steps += words;
		if (!take(w, 0, &l[0], i, left, w->part[0]))
			continue;
		for (uint32_t k = 0; k < words; k++) {
			left[k] &= ~w->part[0][k];
			inner[k] = w->part[0][k];
		}
		for (uint32_t j = 0; j <= l[1].n && w->err == OK; j++) {
			w->steps += words;
			if (!take(w, 1, &l[1], j, inner, w->part[1]))
				continue;
			for (uint32_t k = 0; k < words; k++)
				inner[k] &= ~w->part[1][k];
			emit(w, box, i == l[0].n ? RULES_NONE : l[0].at[i],
			    j == l[1].n ? RULES_NONE : l[1].at[j]);
		}
	}
}

/* ---- where to divide ---- */

struct samples {
	uint32_t	 at[SAMPLES_MAX];
	uint32_t	 n;
	uint32_t	 seen;
};

static void
sample(struct samples *s, uint32_t cut, const struct range *box)
{
	if (cut <= box->first || cut >= box->end)
		return;
	/* full: each later one takes the place of an earlier one */
	if (s->n < SAMPLES_MAX)
		s->at[s->n++] = cut;
	else
		s->at[s->seen * 31 % SAMPLES_MAX] = cut;
	s->seen++;
}

static void
sample_ranges(struct samples *s, const struct ranges *ranges,
    const struct range *box)
{
	uint32_t i = find_range(ranges, box->first);

	if (i == ranges->n || ranges->at[i].first >= box->end)
		return;
	sample(s, ranges->at[i].first, box);
	sample(s, ranges->at[i].end, box);
	if (i + 1 < ranges->n)
		sample(s, ranges->at[i + (ranges->n - i) / 2].first, box);
}

static int
compare_cuts(const void *left, const void *right)
{
	const uint32_t *a = left, *b = right;

	return *a < *b ? -1 : *a > *b;
}

static void
sample_list(const struct walk *w, unsigned side, const struct list *l,
    const struct box *box, struct samples *src, struct samples *dst)
{
	for (uint32_t i = 0; i < l->n; i++) {
		const struct flow_rule *rule = rule_at(w, side, l->at[i]);

		sample_ranges(src, &rule->src, &box->src);
		sample_ranges(dst, &rule->dst, &box->dst);
	}
}

/* Where the few rules that differ end; then in the middle of all edges. */
static bool
find_cut(const struct walk *w, const struct box *box, const struct list l[2],
    const struct list rest[2], bool *source, uint32_t *cut)
{
	struct samples src = { .n = 0 }, dst = { .n = 0 };
	struct samples *s;

	if (rest[0].n + rest[1].n <= WINDOW_MAX)
		for (unsigned side = 0; side < 2; side++)
			sample_list(w, side, &rest[side], box, &src, &dst);
	if (src.n + dst.n == 0)
		for (unsigned side = 0; side < 2; side++)
			sample_list(w, side, &l[side], box, &src, &dst);
	if (src.n + dst.n == 0)
		return false;
	*source = src.seen >= dst.seen;
	s = *source ? &src : &dst;
	qsort(s->at, s->n, sizeof(s->at[0]), compare_cuts);
	*cut = s->at[s->n / 2];
	return true;
}

/* The live classes of the next depth; false: there are none. */
static bool
find_live(struct walk *w, const struct list rest[2])
{
	const uint64_t *before = live_at(w, w->depth);
	uint64_t *live = live_at(w, w->depth + 1), any = 0;

	memset(live, 0, w->space->words * sizeof(*live));
	for (unsigned s = 0; s < 2; s++)
		for (uint32_t i = 0; i < rest[s].n; i++) {
			const uint64_t *bits = w->space->sets[rule_at(w, s,
			    rest[s].at[i])->set].bits;

			for (uint32_t k = 0; k < w->space->words; k++)
				live[k] |= bits[k];
		}
	for (uint32_t k = 0; k < w->space->words; k++) {
		live[k] &= before[k] & ~w->taken[k];
		any |= live[k];
	}
	return any != 0;
}

static void
divide(struct walk *w, const struct box *box, const struct list from[2])
{
	size_t stack_n = w->stack_n;
	struct list l[2], rest[2] = { { NULL, 0 }, { NULL, 0 } };
	struct box part[2];
	uint32_t cut;
	bool source;

	for (unsigned s = 0; s < 2; s++)
		l[s] = filter(w, s, &from[s], box);
	if (w->err == OK)
		strip(w, box, l, rest);
	if (w->steps > WALK_STEPS_MAX || w->depth + 2 >= WALK_DEPTH_MAX)
		w->err = ERR_LIMIT;
	if (w->err == OK && w->calls.wanted != NULL &&
	    !w->calls.wanted(w->calls.arg, &box->src, &box->dst, l[1].at,
	    l[1].n))
		goto out;
	if (w->err != OK || (rest[0].n == 0 && rest[1].n == 0) ||
	    !find_live(w, rest) || only_order(w, box, rest))
		goto out;
	w->depth++;
	if (!find_cut(w, box, l, rest, &source, &cut)) {
		leaf(w, box, l);
	} else {
		part[0] = part[1] = *box;
		if (source)
			part[0].src.end = part[1].src.first = cut;
		else
			part[0].dst.end = part[1].dst.first = cut;
		for (unsigned i = 0; i < 2 && w->err == OK; i++)
			divide(w, &part[i], l);
	}
	w->depth--;
out:
	w->stack_n = stack_n;
}

static bool
walk_room(struct walk *w)
{
	uint32_t words = w->space->words;
	uint32_t shapes = 2;

	for (unsigned s = 0; s < w->space->runs_n; s++)
		shapes += w->space->rules[s].n;
	w->stack_max = (size_t)shapes * WALK_DEPTH;
	if (w->stack_max > WALK_LISTS_MAX)
		w->stack_max = WALK_LISTS_MAX;
	w->stack = arena_alloc_array(w->arena, w->stack_max,
	    sizeof(*w->stack));
	w->live = arena_alloc_array(w->arena, (size_t)WALK_DEPTH_MAX * words,
	    sizeof(uint64_t));
	if (w->live != NULL)
		memcpy(w->live, w->space->sets[0].bits,
		    words * sizeof(uint64_t));
	w->left = arena_alloc_array(w->arena, 2u * words, sizeof(uint64_t));
	w->part[0] = arena_alloc_array(w->arena, words, sizeof(uint64_t));
	w->part[1] = arena_alloc_array(w->arena, words, sizeof(uint64_t));
	w->taken = arena_alloc_array(w->arena, words, sizeof(uint64_t));
	w->same = arena_alloc_array(w->arena, words, sizeof(uint64_t));
	w->position = arena_alloc_array(w->arena, shapes, sizeof(uint32_t));
	return w->stack != NULL && w->live != NULL && w->left != NULL && w->part[0] != NULL &&
	    w->part[1] != NULL && w->same != NULL && w->taken != NULL &&
	    w->position != NULL;
}

enum err
walk_differences(struct space *space, const struct meanings *meanings,
    const struct walk_side side[2], const struct walk_calls *calls)
{
	struct walk w = { .space = space, .meanings = meanings,
	    .side = { side[0], side[1] }, .calls = *calls };
	struct box box[2] = {
	    { { 0, space->src.n4 }, { 0, space->dst.n4 } },
	    { { space->src.n4, space->src.n },
	      { space->dst.n4, space->dst.n } } };
	struct list all[2];

	w.arena = arena_new(RULES_MEMORY_BYTES_MAX);
	if (w.arena == NULL || !walk_room(&w)) {
		arena_free(w.arena);
		return ERR_SYSTEM;
	}
	for (unsigned s = 0; s < 2; s++) {
		all[s] = (struct list){ w.stack + w.stack_n,
		    side[s].rules->n };
		for (uint32_t i = 0; i < side[s].rules->n; i++)
			w.stack[w.stack_n++] = i;
	}
	for (unsigned i = 0; i < 2 && w.err == OK; i++)
		if (box[i].src.first < box[i].src.end &&
		    box[i].dst.first < box[i].dst.end)
			divide(&w, &box[i], all);
	arena_free(w.arena);
	return w.err;
}
