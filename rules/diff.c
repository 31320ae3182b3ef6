/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The difference of two files by meaning. walk.c finds the packets that are
 * decided otherwise, merge.c makes few regions of them, describe.c says them
 * in words; here they are sorted and given out.
 */
#include <stdlib.h>
#include <string.h>

#include "diff_internal.h"

static enum rules_change
change_of(const struct region *r)
{
	if (r->outcome[0] == OUTCOME_DENY)
		return RULES_BECOMES_ALLOWED;
	return r->outcome[1] == OUTCOME_DENY ? RULES_BECOMES_DENIED :
	    RULES_STAYS_ALLOWED;
}

/* By change, the rule after, the rule before, place. */
static int
compare_regions(const void *left, const void *right)
{
	const struct region *a = left, *b = right;
	enum rules_change ca = change_of(a), cb = change_of(b);

	if (ca != cb)
		return ca < cb ? -1 : 1;
	for (unsigned s = 2; s-- > 0; )
		if (a->rule[s] != b->rule[s])
			return a->rule[s] < b->rule[s] ? -1 : 1;
	if (a->src.at[0].first != b->src.at[0].first)
		return a->src.at[0].first < b->src.at[0].first ? -1 : 1;
	if (a->dst.at[0].first != b->dst.at[0].first)
		return a->dst.at[0].first < b->dst.at[0].first ? -1 : 1;
	return a->services < b->services ? -1 : a->services > b->services;
}

/* ---- both families ---- */

/* More regions than these nobody reads; they are not joined. */
#define FAMILIES_MAX	2000u

/* The texts of a region's addresses. False: out of memory. */
static bool
describe_region(struct rules_diff *diff, const struct region *r,
    struct description *src, struct description *dst)
{
	describe_addresses(diff->describer, &r->src, true, r->v6, src);
	describe_addresses(diff->describer, &r->dst, false, r->v6, dst);
	return src->text != NULL && dst->text != NULL;
}

/* a's ranges and b's behind them. */
static bool
append(struct arena *arena, struct ranges *a, const struct ranges *b)
{
	struct range *at = arena_alloc_array(arena, a->n + b->n, sizeof(*at));

	if (at == NULL)
		return false;
	memcpy(at, a->at, a->n * sizeof(*at));
	memcpy(at + a->n, b->at, b->n * sizeof(*at));
	*a = (struct ranges){ at, a->n + b->n };
	return true;
}

static bool
same_key(const struct region *a, const struct region *b)
{
	return a->services == b->services &&
	    memcmp(a->rule, b->rule, sizeof(a->rule)) == 0 &&
	    memcmp(a->outcome, b->outcome, sizeof(a->outcome)) == 0;
}

/*
 * An IPv4 and an IPv6 region that are the same names are one for people.
 * In a joined region addresses of different families make no packet.
 */
static enum err
join_families(struct rules_diff *diff)
{
	struct region *r = diff->merge.regions;
	uint32_t n = diff->merge.regions_n, kept = 0;
	struct description src[2], dst[2];

	for (uint32_t i = 0; i < n; i++) {
		uint32_t j = 0;

		while (j < kept && !(r[i].v6 && !r[j].v6 && !r[j].both &&
		    same_key(&r[i], &r[j])))
			j++;
		if (j < kept && (!describe_region(diff, &r[i], &src[0],
		    &dst[0]) || !describe_region(diff, &r[j], &src[1],
		    &dst[1])))
			return ERR_SYSTEM;
		if (j == kept || src[0].name == NULL ||
		    src[0].name != src[1].name || dst[0].name == NULL ||
		    dst[0].name != dst[1].name ||
		    strcmp(src[0].text, src[1].text) != 0) {
			r[kept++] = r[i];
			continue;
		}
		if (!append(diff->arena, &r[j].src, &r[i].src) ||
		    !append(diff->arena, &r[j].dst, &r[i].dst))
			return ERR_SYSTEM;
		r[j].both = true;
	}
	diff->merge.regions_n = kept;
	return OK;
}

/* The part of one family, as a region of its own. */
static struct region
part_of(const struct rules_diff *diff, const struct region *r, bool v6)
{
	struct region part = *r;
	struct ranges *axis[2] = { &part.src, &part.dst };
	const uint32_t n4[2] = { diff->space->src.n4, diff->space->dst.n4 };

	for (unsigned k = 0; k < 2; k++) {
		uint32_t n = 0;

		while (n < axis[k]->n && axis[k]->at[n].first < n4[k])
			n++;
		axis[k]->at += v6 ? n : 0;
		axis[k]->n = v6 ? axis[k]->n - n : n;
	}
	part.v6 = v6;
	return part;
}

/* ---- all of it ---- */

static enum err
compare_packets(struct rules_diff *diff)
{
	struct walk_side side[2] = { { 0, &diff->space->rules[0] },
	    { 1, &diff->space->rules[1] } };
	struct walk_calls calls = { merge_box, NULL, &diff->merge };
	enum err err = merge_init(&diff->merge, diff->space, diff->arena);

	if (err == OK)
		err = walk_differences(diff->space, diff->meanings, side,
		    &calls);
	diff->complete = err == OK;
	if (err == OK || err == ERR_LIMIT)
		err = merge_regions(&diff->merge);
	if (err == OK && diff->merge.regions_n > 0)
		diff->describer = describer_new(diff->space);
	if (err == OK && diff->merge.regions_n > 0 &&
	    diff->describer == NULL)
		err = ERR_SYSTEM;
	if (err == OK && diff->merge.regions_n <= FAMILIES_MAX)
		err = join_families(diff);
	if (err != OK)
		return err;
	if (diff->merge.regions_n > 0)
		qsort(diff->merge.regions, diff->merge.regions_n,
	    sizeof(*diff->merge.regions), compare_regions);
	for (uint32_t i = 0; i < diff->merge.regions_n; i++)
		diff->count[change_of(&diff->merge.regions[i])]++;
	return OK;
}

enum err
rules_diff_new(const struct rules_run *before, const struct rules_run *after,
    struct rules_diff **to, struct diag *diag)
{
	const struct rules_run *const runs[2] = { before, after };
	struct arena *arena = arena_new(RULES_MEMORY_BYTES_MAX);
	struct rules_diff *diff = arena == NULL ? NULL :
	    arena_alloc(arena, sizeof(*diff));
	enum err err = ERR_SYSTEM;

	*to = NULL;
	if (diff == NULL) {
		arena_free(arena);
		return diag_set(diag, ERR_SYSTEM, "out of memory");
	}
	diff->arena = arena;
	if (before->errors > 0 || after->errors > 0) {
		rules_diff_free(diff);
		return diag_set(diag, ERR_INPUT, "the rules have errors");
	}
	diff->space = space_new(runs, 2);
	if (diff->space == NULL) {
		rules_diff_free(diff);
		return diag_set(diag, ERR_LIMIT, "the two files have too "
		    "many addresses or ports to be compared");
	}
	diff->meanings = meanings_new(diff->space);
	if (diff->meanings != NULL)
		err = compare_packets(diff);
	if (err == OK)
		err = diff_settings(diff, runs);
	if (err == OK)
		*to = diff;
	else
		rules_diff_free(diff);
	return err == OK ? OK : diag_set(diag, err, "the difference needs "
	    "more memory than there is");
}

void
rules_diff_free(struct rules_diff *diff)
{
	if (diff == NULL)
		return;
	merge_fini(&diff->merge);
	meanings_free(diff->meanings);
	space_free(diff->space);
	arena_free(diff->texts);
	arena_free(diff->arena);
}

bool
rules_diff_complete(const struct rules_diff *diff)
{
	return diff->complete;
}

uint32_t
rules_diff_regions(const struct rules_diff *diff)
{
	return diff->merge.regions_n;
}

uint32_t
rules_diff_count(const struct rules_diff *diff, enum rules_change change)
{
	return diff->count[change];
}

/* ---- one region ---- */

static void
say(const struct rules_diff *diff, unsigned run, uint32_t rule,
    uint64_t outcome, struct rules_said *said)
{
	const struct flow_rule *flow;
	const struct statement *st;
	const struct value *to, *mac, *until;

	*said = (struct rules_said){ .until = RULES_NONE };
	if (rule == RULES_NONE)
		return;
	flow = &diff->space->rules[run].rules[rule];
	st = flow->st;
	said->allow = flow->allow;
	said->file = diff->space->runs[run]->sources[st->place.source].file;
	said->line = st->place.line;
	said->name = statement_name(st);
	if (!flow->allow)
		return;
	until = clause_value(st->clauses, CL_UNTIL, 0);
	to = clause_value(st->clauses, CL_TO, 0);
	said->class = rules_class_name(flow->class);
	said->speaks = meaning_speaks(diff->meanings, outcome);
	said->flows_max = (uint32_t)value_scaled(clause_value(st->clauses,
	    CL_LIMIT, 0), 0);
	if (until != NULL)
		said->until = (uint32_t)until->number;
	mac = to->next != NULL || to->statement == NULL ? NULL :
	    clause_value(to->statement->clauses, CL_MAC, 0);
	if (mac != NULL) {
		said->to_mac_set = true;
		memcpy(said->to_mac, mac->mac, sizeof(said->to_mac));
	}
}

static struct rules_words
words_of(const struct description *d)
{
	return (struct rules_words){ d->text, d->items, d->items_n };
}

/* The packet of the first classes, rather one without a MAC address. */
static void
example(const struct rules_diff *diff, const struct region *r,
    struct rules_packet *packet)
{
	const uint64_t *bits = diff->merge.sets[r->services];
	struct point point = { r->src.at[0].first, r->dst.at[0].first, 0 };

	for (uint32_t i = 0; i < r->src.n; i++)
		for (uint32_t c = r->src.at[i].first; c < r->src.at[i].end;
		    c++)
			if (!diff->space->src.classes[c].has_mac) {
				point.src = c;
				i = r->src.n - 1;
				break;
			}
	while (!(bits[point.service / 64] >> point.service % 64 & 1))
		point.service++;
	space_packet(diff->space, &point, packet);
}

static bool
join_items(const struct rules_diff *diff, struct description *to,
    const struct description *more)
{
	const char **items = arena_alloc_array(diff->texts, to->items_n +
	    more->items_n + 1u, sizeof(*items));

	if (items == NULL)
		return false;
	memcpy(items, to->items, to->items_n * sizeof(*items));
	memcpy(items + to->items_n, more->items, more->items_n *
	    sizeof(*items));
	to->items = items;
	to->items_n += more->items_n;
	return true;
}

enum err
rules_diff_region(struct rules_diff *diff, uint32_t i,
    struct rules_region *region)
{
	const struct region *r = &diff->merge.regions[i];
	struct region part = r->both ? part_of(diff, r, false) : *r;
	struct description src, dst, service, src6, dst6;

	require(i < diff->merge.regions_n);
	arena_free(diff->texts);
	diff->texts = arena_new(RULES_MEMORY_BYTES_MAX);
	if (diff->texts == NULL)
		return ERR_SYSTEM;
	describe_into(diff->describer, diff->texts);
	if (!describe_region(diff, &part, &src, &dst))
		return ERR_SYSTEM;
	if (r->both) {
		part = part_of(diff, r, true);
		if (!describe_region(diff, &part, &src6, &dst6) ||
		    !join_items(diff, &src, &src6) ||
		    !join_items(diff, &dst, &dst6))
			return ERR_SYSTEM;
		part = part_of(diff, r, false);
	}
	describe_services(diff->describer, diff->merge.sets[r->services],
	    &service);
	if (service.text == NULL)
		return ERR_SYSTEM;
	*region = (struct rules_region){ .change = change_of(r),
	    .src = words_of(&src), .dst = words_of(&dst),
	    .service = words_of(&service) };
	region->v4 = r->both || !r->v6;
	region->v6 = r->both || r->v6;
	region->named = !r->both && src.name != NULL && dst.name != NULL &&
	    describe_family(diff->describer, src.name, true, !r->v6) &&
	    describe_family(diff->describer, dst.name, false, !r->v6);
	say(diff, 0, r->rule[0], r->outcome[0], &region->before);
	say(diff, 1, r->rule[1], r->outcome[1], &region->after);
	example(diff, &part, &region->packet);
	return OK;
}

/* ---- settings ---- */

uint32_t
rules_diff_settings(const struct rules_diff *diff)
{
	return diff->settings_n;
}

const struct rules_setting *
rules_diff_setting(const struct rules_diff *diff, uint32_t i)
{
	require(i < diff->settings_n);
	return &diff->settings[i];
}
