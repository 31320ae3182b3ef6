/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tables of the image that find the first matching rule of a point
 * (source class s, destination class d, service class q):
 *
 *	global[q]	the first rule from any to any
 *	by_dst[d]	list of the rules from any to some
 *	by_src[s]	list of the rules from some to any
 *	rows[s]		a tree over d with the lists of rules from some to some:
 *			top[d / 1024] -> mid[d / 32] -> leaf[d]
 *
 * The lowest rule number of the four wins. While the trees grow, each branch
 * has beside its next node a list of the rules that take all destinations
 * below it: so a rule from one machine to a whole segment costs a list, not a
 * list for each machine of the segment. On their way to the image the lists of
 * by_src move down into those of tops, these into those of mids, and these into
 * the leaves, so that a look-up meets one of them beside by_dst. Where that
 * makes too many new lists, the tables are made again, and only the lists of
 * tops move.
 *
 * Trees are shared. Rules are hung into a segment tree over s, at the nodes
 * that make up their sources; the tree of a node is its parent's with its own
 * rules put in, and only the nodes on their way are copied. n rules take
 * about n log s log d of memory, whatever their shape.
 */
#include <string.h>

#include "flow_internal.h"

/*
 * Lists and leaves, when all lists have moved down: about what the caches of
 * a core have room for. With more, the misses cost more than the lists do.
 */
#define MOVED_BYTES_MAX		(10u << 20)

#define MUST(err, call)	do { if ((err) == OK) (err) = (call); } while (0)

struct pending {
	uint32_t	rule;
	uint32_t	next;		/* + 1 */
};

struct builder {
	struct space	*space;
	const struct flow_rules *rules;
	struct flow_lists *lists;
	struct flow_tables *out;
	/* nodes in work: branches of lists and nodes, copied on write */
	struct buf	 tops;
	struct buf	 mids;
	struct buf	 leaves;
	uint32_t	 top_n;
	/* nodes from here on belong to the tree being made */
	uint32_t	 own_top;
	uint32_t	 own_mid;
	uint32_t	 own_leaf;
	/* node and list that moves down into it: its place in the image */
	struct flow_memo top_places;
	struct flow_memo mid_places;
	struct flow_memo leaf_places;
	bool		 into_leaves;	/* all lists move down */
	struct buf	 src_lists;	/* by class: those that do so */
	struct buf	 pending;	/* struct pending */
	enum err	 err;
};

void
flow_tables_init(struct flow_tables *t)
{
	struct buf *all[] = { &t->global, &t->by_src, &t->by_dst, &t->rows,
	    &t->tops, &t->mids, &t->leaves, &t->lists };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		buf_init(all[i], RULES_TABLE_BYTES_MAX);
}

void
flow_tables_fini(struct flow_tables *t)
{
	struct buf *all[] = { &t->global, &t->by_src, &t->by_dst, &t->rows,
	    &t->tops, &t->mids, &t->leaves, &t->lists };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		buf_fini(all[i]);
}

static void
put(struct builder *b, struct buf *buf, const void *bytes, size_t len)
{
	if (b->err == OK)
		b->err = buf_add(buf, (struct span){ bytes, len });
}

static void
put_u32(struct builder *b, struct buf *buf, uint32_t value)
{
	put(b, buf, &value, sizeof(value));
}

static uint32_t *
words(const struct buf *buf)
{
	return (uint32_t *)(void *)buf->ptr;
}

static struct flow_branch *
branches(const struct buf *buf, uint32_t node, uint32_t n)
{
	return (struct flow_branch *)(void *)buf->ptr + (size_t)node * n;
}

/* A zeroed array of n numbers. */
static bool
zeroes(struct builder *b, struct buf *buf, size_t n)
{
	uint8_t *room = NULL;

	if (b->err == OK)
		b->err = buf_reserve(buf, n * sizeof(uint32_t), &room);
	if (b->err != OK)
		return false;
	memset(room, 0, n * sizeof(uint32_t));
	buf->len += n * sizeof(uint32_t);
	return true;
}

/* ---- one axis: the list of each class ---- */

/* Hang a rule at the nodes of the segment tree that make up a range. */
static void
hang(struct builder *b, struct buf *heads, uint32_t leaves,
    const struct range *range, uint32_t rule)
{
	uint32_t low = range->first + leaves, high = range->end + leaves;

	for (; low < high && b->err == OK; low /= 2, high /= 2) {
		uint32_t nodes[2], n = 0;

		if (low & 1)
			nodes[n++] = low++;
		if (high & 1)
			nodes[n++] = --high;
		for (uint32_t i = 0; i < n; i++) {
			struct pending p = { rule, words(heads)[nodes[i]] };

			put(b, &b->pending, &p, sizeof(p));
			words(heads)[nodes[i]] = (uint32_t)(b->pending.len /
			    sizeof(p));
		}
	}
}

static const struct pending *
pending_at(const struct builder *b, uint32_t i)
{
	return (const struct pending *)(const void *)b->pending.ptr + i - 1;
}

static uint32_t
tree_leaves(uint32_t n)
{
	uint32_t leaves = 1;

	while (leaves < n)
		leaves *= 2;
	return leaves;
}

static bool
is_all(const struct ranges *ranges, const struct axis *axis)
{
	return ranges->n == 1 && ranges->at[0].first == 0 &&
	    ranges->at[0].end == axis->n;
}

static uint32_t
with(struct builder *b, uint32_t list, uint32_t rule)
{
	uint32_t result = flow_lists_with(b->lists, list, rule);

	if (result == RULES_NONE)
		b->err = ERR_LIMIT;
	return result;
}

static uint32_t
emit_list(struct builder *b, uint32_t list)
{
	uint32_t number = 0;

	MUST(b->err, flow_lists_emit(b->lists, list, &b->out->lists,
	    &number));
	return number;
}

/* by_src or by_dst: the rules that take everything of the other axis. */
static void
build_axis(struct builder *b, bool source)
{
	const struct axis *axis = source ? &b->space->src : &b->space->dst;
	struct buf *out = source ? &b->out->by_src : &b->out->by_dst;
	uint32_t leaves = tree_leaves(axis->n);
	struct buf heads, lists;

	buf_init(&heads, RULES_TABLE_BYTES_MAX);
	buf_init(&lists, RULES_TABLE_BYTES_MAX);
	buf_clear(&b->pending);
	if (!zeroes(b, &heads, 2 * (size_t)leaves) ||
	    !zeroes(b, &lists, 2 * (size_t)leaves))
		goto out;
	for (uint32_t i = 0; i < b->rules->n; i++) {
		const struct flow_rule *r = &b->rules->rules[i];
		const struct ranges *mine = source ? &r->src : &r->dst;
		bool all_src = is_all(&r->src, &b->space->src);
		bool all_dst = is_all(&r->dst, &b->space->dst);

		if (source ? all_dst && !all_src : all_src && !all_dst)
			for (uint32_t k = 0; k < mine->n; k++)
				hang(b, &heads, leaves, &mine->at[k], i);
	}
	for (uint32_t k = 1; k < 2 * leaves && b->err == OK; k++) {
		uint32_t list = words(&lists)[k / 2];

		for (uint32_t p = words(&heads)[k]; p != 0 && b->err == OK;
		    p = pending_at(b, p)->next)
			list = with(b, list, pending_at(b, p)->rule);
		words(&lists)[k] = list;
	}
	for (uint32_t c = 0; c < axis->n && b->err == OK; c++) {
		uint32_t list = words(&lists)[leaves + c];

		if (source && b->into_leaves) {
			put_u32(b, &b->src_lists, list);
			list = 0;
		}
		put_u32(b, out, emit_list(b, list));
	}
out:
	buf_fini(&heads);
	buf_fini(&lists);
}

/* ---- the trees over destinations ---- */

/* A node that may be changed: node itself, or a copy of it. */
static uint32_t
own(struct builder *b, struct buf *nodes, size_t bytes, uint32_t node,
    uint32_t first_own)
{
	uint8_t *room = NULL;

	if (node >= first_own && node != 0)
		return node;
	if (b->err == OK)
		b->err = buf_reserve(nodes, bytes, &room);
	if (b->err != OK)
		return 0;
	memcpy(room, nodes->ptr + node * bytes, bytes);
	nodes->len += bytes;
	return (uint32_t)(nodes->len / bytes) - 1;
}

static uint32_t
own_top(struct builder *b, uint32_t top)
{
	return own(b, &b->tops, b->top_n * sizeof(struct flow_branch), top,
	    b->own_top);
}

static uint32_t
own_mid(struct builder *b, uint32_t mid)
{
	return own(b, &b->mids, FLOW_MID * sizeof(struct flow_branch), mid,
	    b->own_mid);
}

static uint32_t
own_leaf(struct builder *b, uint32_t leaf)
{
	return own(b, &b->leaves, FLOW_LEAF * sizeof(uint32_t), leaf,
	    b->own_leaf);
}

/* Destinations first .. end - 1 of a leaf (counted inside it). */
static uint32_t
leaf_with(struct builder *b, uint32_t leaf, uint32_t first, uint32_t end,
    uint32_t rule)
{
	leaf = own_leaf(b, leaf);
	for (uint32_t i = first; i < end && b->err == OK; i++) {
		uint32_t *list = words(&b->leaves) + leaf * FLOW_LEAF + i;

		*list = with(b, *list, rule);
	}
	return leaf;
}

static uint32_t
mid_with(struct builder *b, uint32_t mid, uint32_t first, uint32_t end,
    uint32_t rule)
{
	mid = own_mid(b, mid);
	while (first < end && b->err == OK) {
		uint32_t i = first / FLOW_LEAF, from = i * FLOW_LEAF, leaf;
		uint32_t to = end < from + FLOW_LEAF ? end : from + FLOW_LEAF;
		struct flow_branch *branch = branches(&b->mids, mid,
		    FLOW_MID) + i;

		if (first == from && to == from + FLOW_LEAF)
			branch->list = with(b, branch->list, rule);
		else {
			leaf = leaf_with(b, branch->next, first - from,
			    to - from, rule);
			branch->next = leaf;
		}
		first = to;
	}
	return mid;
}

static uint32_t
top_with(struct builder *b, uint32_t top, uint32_t first, uint32_t end,
    uint32_t rule)
{
	const uint32_t size = FLOW_LEAF * FLOW_MID;

	top = own_top(b, top);
	while (first < end && b->err == OK) {
		uint32_t i = first / size, from = i * size, mid;
		uint32_t to = end < from + size ? end : from + size;
		struct flow_branch *branch = branches(&b->tops, top,
		    b->top_n) + i;

		/* behind the last class there is nothing to tell apart */
		if (first == from && (to == from + size ||
		    to == b->space->dst.n))
			branch->list = with(b, branch->list, rule);
		else {
			mid = mid_with(b, branch->next, first - from,
			    to - from, rule);
			branch->next = mid;
		}
		first = to;
	}
	return top;
}

/* ---- what is in use, to the image ---- */

static uint32_t
unite(struct builder *b, uint32_t above, uint32_t list)
{
	uint32_t result = flow_lists_union(b->lists, above, list);

	if (result != RULES_NONE)
		return result;
	b->err = ERR_LIMIT;
	return 0;
}

static bool
all_same(const uint32_t *values, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++)
		if (values[i] != values[0])
			return false;
	return true;
}

/* A leaf, or with FLOW_FINAL the list that all of it would be. */
static uint32_t
emit_leaf(struct builder *b, uint32_t leaf, uint32_t above)
{
	uint32_t lists[FLOW_LEAF], place;

	if (leaf == 0)
		return emit_list(b, above) | FLOW_FINAL;
	place = flow_memo_find(&b->leaf_places, leaf, above);
	if (place != RULES_NONE)
		return place;
	for (uint32_t i = 0; i < FLOW_LEAF && b->err == OK; i++)
		lists[i] = emit_list(b, unite(b, above,
		    words(&b->leaves)[leaf * FLOW_LEAF + i]));
	if (b->err != OK)
		return 0;
	if (b->into_leaves && b->out->lists.len + b->out->leaves.len >
	    MOVED_BYTES_MAX)
		b->err = ERR_LIMIT;
	place = (uint32_t)(b->out->leaves.len / sizeof(lists[0]));
	if (all_same(lists, FLOW_LEAF))
		place = lists[0] | FLOW_FINAL;
	else
		put(b, &b->out->leaves, lists, sizeof(lists));
	MUST(b->err, flow_memo_add(&b->leaf_places, leaf, above, place));
	return place;
}

static struct flow_branch
emit_branch(struct builder *b, const struct flow_branch *old, uint32_t above)
{
	uint32_t list = unite(b, above, old->list), place;

	if (b->into_leaves || old->next == 0) {
		place = emit_leaf(b, old->next, list);
		if (place & FLOW_FINAL)
			return (struct flow_branch){ place & ~FLOW_FINAL, 0 };
		return (struct flow_branch){ 0, place };
	}
	place = emit_leaf(b, old->next, 0);
	/* all the same here: then it is no leaf, but moves up */
	if (place & FLOW_FINAL)
		return (struct flow_branch){ emit_list(b, unite(b, list,
		    words(&b->leaves)[old->next * FLOW_LEAF])), 0 };
	return (struct flow_branch){ emit_list(b, list), place };
}

/* A mid, or with FLOW_FINAL the list that all of it would be. */
static uint32_t
emit_mid(struct builder *b, uint32_t mid, uint32_t above)
{
	struct flow_branch values[FLOW_MID];
	uint32_t place;

	if (mid == 0)
		return emit_list(b, above) | FLOW_FINAL;
	place = flow_memo_find(&b->mid_places, mid, above);
	if (place != RULES_NONE)
		return place;
	for (uint32_t i = 0; i < FLOW_MID && b->err == OK; i++)
		values[i] = emit_branch(b, branches(&b->mids, mid,
		    FLOW_MID) + i, above);
	place = (uint32_t)(b->out->mids.len / sizeof(values[0]));
	put(b, &b->out->mids, values, sizeof(values));
	MUST(b->err, flow_memo_add(&b->mid_places, mid, above, place));
	return place;
}

static uint32_t
emit_top(struct builder *b, uint32_t top, uint32_t above)
{
	uint32_t place = flow_memo_find(&b->top_places, top, above);

	if (place != RULES_NONE)
		return place;
	place = (uint32_t)(b->out->tops.len / sizeof(place));
	for (uint32_t i = 0; i < b->top_n; i++) {
		const struct flow_branch *old = branches(&b->tops, top,
		    b->top_n) + i;

		put_u32(b, &b->out->tops, emit_mid(b, old->next, unite(b,
		    above, old->list)));
	}
	MUST(b->err, flow_memo_add(&b->top_places, top, above, place));
	return place;
}

/* Node 0 of each kind is the empty one. */
static bool
empty_nodes(struct builder *b)
{
	size_t words_of_branch = sizeof(struct flow_branch) / 4;

	return zeroes(b, &b->tops, b->top_n * words_of_branch) &&
	    zeroes(b, &b->mids, FLOW_MID * words_of_branch) &&
	    zeroes(b, &b->leaves, FLOW_LEAF) &&
	    zeroes(b, &b->out->tops, b->top_n) &&
	    zeroes(b, &b->out->mids, FLOW_MID * words_of_branch) &&
	    zeroes(b, &b->out->leaves, FLOW_LEAF);
}

static void
emit_rows(struct builder *b, const uint32_t *tops)
{
	for (uint32_t s = 0; s < b->space->src.n && b->err == OK; s++)
		put_u32(b, &b->out->rows, emit_top(b, tops[s],
		    b->into_leaves ? words(&b->src_lists)[s] : 0));
}

/* The tree of a node of the segment tree: its parent's and its own rules. */
static uint32_t
grow(struct builder *b, uint32_t top, uint32_t first)
{
	b->own_top = (uint32_t)(b->tops.len / sizeof(struct flow_branch) /
	    b->top_n);
	b->own_mid = (uint32_t)(b->mids.len / sizeof(struct flow_branch) /
	    FLOW_MID);
	b->own_leaf = (uint32_t)(b->leaves.len / sizeof(uint32_t) /
	    FLOW_LEAF);
	for (uint32_t p = first; p != 0 && b->err == OK;
	    p = pending_at(b, p)->next) {
		const struct flow_rule *r =
		    &b->rules->rules[pending_at(b, p)->rule];

		for (uint32_t i = 0; i < r->dst.n && b->err == OK; i++)
			top = top_with(b, top, r->dst.at[i].first,
			    r->dst.at[i].end, pending_at(b, p)->rule);
	}
	return top;
}

static void
build_trees(struct builder *b)
{
	uint32_t leaves = tree_leaves(b->space->src.n);
	struct buf heads, tops;

	buf_init(&heads, RULES_TABLE_BYTES_MAX);
	buf_init(&tops, RULES_TABLE_BYTES_MAX);
	buf_clear(&b->pending);
	if (!empty_nodes(b) || !zeroes(b, &heads, 2 * (size_t)leaves) ||
	    !zeroes(b, &tops, 2 * (size_t)leaves))
		goto out;
	for (uint32_t i = 0; i < b->rules->n; i++) {
		const struct flow_rule *r = &b->rules->rules[i];

		if (!is_all(&r->src, &b->space->src) &&
		    !is_all(&r->dst, &b->space->dst))
			for (uint32_t k = 0; k < r->src.n; k++)
				hang(b, &heads, leaves, &r->src.at[k], i);
	}
	for (uint32_t k = 1; k < 2 * leaves && b->err == OK; k++)
		words(&tops)[k] = grow(b, words(&tops)[k / 2],
		    words(&heads)[k]);
	if (b->err == OK)
		emit_rows(b, words(&tops) + leaves);
out:
	buf_fini(&heads);
	buf_fini(&tops);
}

static void
build_global(struct builder *b)
{
	const struct space *space = b->space;

	uint32_t *first;

	for (uint32_t q = 0; q < space->services_n; q++)
		put_u32(b, &b->out->global, RULES_NONE);
	if (b->err != OK)
		return;
	first = words(&b->out->global);
	for (uint32_t i = 0; i < b->rules->n; i++) {
		const struct flow_rule *r = &b->rules->rules[i];

		if (!is_all(&r->src, &space->src) ||
		    !is_all(&r->dst, &space->dst))
			continue;
		for (uint32_t q = 0; q < space->services_n; q++)
			if (first[q] == RULES_NONE && set_has(space, r->set,
			    q))
				first[q] = i;
	}
}

static enum err
build(struct space *space, struct flow_tables *tables, bool into_leaves)
{
	struct builder b = { .space = space, .rules = &space->rules[0],
	    .out = tables, .into_leaves = into_leaves };
	struct buf *bufs[] = { &b.tops, &b.mids, &b.leaves, &b.pending,
	    &b.src_lists };
	const size_t n = sizeof(bufs) / sizeof(bufs[0]);

	b.lists = flow_lists_new(space, b.rules);
	if (b.lists == NULL)
		return ERR_SYSTEM;
	for (size_t i = 0; i < n; i++)
		buf_init(bufs[i], RULES_TABLE_BYTES_MAX);
	flow_memo_init(&b.top_places);
	flow_memo_init(&b.mid_places);
	flow_memo_init(&b.leaf_places);
	tables->top_n = b.top_n = (space->dst.n + FLOW_LEAF * FLOW_MID - 1) /
	    (FLOW_LEAF * FLOW_MID);
	emit_list(&b, 0);	/* the empty one is the first of the pool */
	build_global(&b);
	build_axis(&b, true);
	build_axis(&b, false);
	build_trees(&b);
	flow_memo_fini(&b.top_places);
	flow_memo_fini(&b.mid_places);
	flow_memo_fini(&b.leaf_places);
	flow_lists_free(b.lists);
	for (size_t i = 0; i < n; i++)
		buf_fini(bufs[i]);
	return b.err;
}

enum err
flow_build(struct space *space, struct flow_tables *tables)
{
	enum err err = build(space, tables, true);

	if (err != ERR_LIMIT)
		return err;
	flow_tables_fini(tables);
	flow_tables_init(tables);
	return build(space, tables, false);
}
