/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Addresses of a set of classes in words: see describe_internal.h. Names are
 * taken greatest first as long as they lie in what is left of the set; if a
 * few are not enough, the set may be a segment without a few hosts.
 */
#include <stdlib.h>
#include <string.h>

#include "describe_parts_internal.h"

#define EXCEPT_MAX	4u

/* ---- sets of classes ---- */

static uint64_t
ranges_size(const struct ranges *set)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < set->n; i++)
		n += set->at[i].end - set->at[i].first;
	return n;
}

static bool
ranges_inside(const struct ranges *part, const struct ranges *whole)
{
	uint32_t j = 0;

	for (uint32_t i = 0; i < part->n; i++) {
		while (j < whole->n && whole->at[j].end <= part->at[i].first)
			j++;
		if (j == whole->n || whole->at[j].first > part->at[i].first ||
		    whole->at[j].end < part->at[i].end)
			return false;
	}
	return true;
}

/* a without b, which lies inside it. */
static struct ranges
ranges_without(struct describer *d, const struct ranges *a,
    const struct ranges *b)
{
	struct ranges to = { arena_alloc_array(d->arena,
	    a->n + b->n + 1u, sizeof(*to.at)), 0 };
	uint32_t j = 0;

	if (to.at == NULL) {
		d->no_room = true;
		return to;
	}
	for (uint32_t i = 0; i < a->n; i++) {
		uint32_t at = a->at[i].first;

		for (; j < b->n && b->at[j].first < a->at[i].end; j++) {
			if (b->at[j].first > at)
				to.at[to.n++] = (struct range){ at,
				    b->at[j].first };
			at = b->at[j].end;
		}
		if (at < a->at[i].end)
			to.at[to.n++] = (struct range){ at, a->at[i].end };
	}
	return to;
}

/* ---- names ---- */

/* Classes of one family of a set. */
static struct ranges
of_family(struct describer *d, const struct ranges *set, uint32_t n4,
    bool v6)
{
	struct ranges to = { arena_alloc_array(d->arena, set->n + 1u,
	    sizeof(*to.at)), 0 };

	if (to.at == NULL) {
		d->no_room = true;
		return to;
	}
	for (uint32_t i = 0; i < set->n; i++) {
		struct range r = set->at[i];

		if (v6 && r.first < n4)
			r.first = n4;
		if (!v6 && r.end > n4)
			r.end = n4;
		if (r.first < r.end)
			to.at[to.n++] = r;
	}
	return to;
}

/* The first class around an address. */
static const struct axis_class *
class_around(const struct axis *axis, const struct address *a)
{
	uint32_t low = a->family == 4 ? 0 : axis->n4;
	uint32_t high = a->family == 4 ? axis->n4 : axis->n;

	while (high - low > 1) {
		uint32_t mid = low + (high - low) / 2;

		if (memcmp(axis->classes[mid].low.bytes, a->bytes, 16) <= 0)
			low = mid;
		else
			high = mid;
	}
	return &axis->classes[low];
}

/* A host that no rule names was not cut out of its neighbours' class. */
static bool
exact(const struct axis *axis, const struct statement *st)
{
	if (st->spec->kind != ST_HOST)
		return true;
	for (const struct value *a = host_addresses(st); a != NULL;
	    a = a->next) {
		struct span_of_addresses span = value_addresses(a);

		if (!address_equal(&class_around(axis, &span.low)->low,
		    &span.low) ||
		    !address_equal(&class_around(axis, &span.high)->high,
		    &span.high))
			return false;
	}
	return true;
}

static void
add_name(struct describer *d, struct name_list *list, struct statement *st,
    const struct axis *axis, bool with_mac, bool newest)
{
	struct value one = { .form = FORM_NAME, .statement = st };
	bool source = axis == &d->space->src;
	struct ranges set = source ?
	    space_sources(d->space, &one, with_mac) :
	    space_destinations(d->space, &one);
	struct named *named;

	if (set.n == 0 || !exact(axis, st))
		return;
	for (unsigned v6 = 0; v6 < 2; v6++) {
		struct ranges part = of_family(d, &set, axis->n4, v6);

		if (part.n == 0)
			continue;
		named = &list[v6].at[list[v6].n++];
		*named = (struct named){ st, part, ranges_size(&part),
		    source && !with_mac && st->spec->kind == ST_HOST &&
		    clause_find(st->clauses, CL_MAC) != NULL, newest };
	}
}

/* By first class; the greatest, then the newest first. */
static int
compare_named(const void *left, const void *right)
{
	const struct named *a = left, *b = right;

	if (a->set.at[0].first != b->set.at[0].first)
		return a->set.at[0].first < b->set.at[0].first ? -1 : 1;
	if (a->size != b->size)
		return a->size > b->size ? -1 : 1;
	if (a->newest != b->newest)
		return a->newest ? -1 : 1;
	return a->st->sequence < b->st->sequence ? -1 :
	    a->st->sequence > b->st->sequence;
}

static bool
list_names(struct describer *d, const struct axis *axis,
    struct name_list list[2])
{
	struct space *space = d->space;
	uint32_t max = 0;

	for (unsigned r = 0; r < space->runs_n; r++)
		max += 2 * space->runs[r]->kinds[ST_HOST].n +
		    space->runs[r]->kinds[ST_SEGMENT].n;
	for (unsigned v6 = 0; v6 < 2; v6++) {
		list[v6].at = arena_alloc_array(space->arena, max + 1u,
		    sizeof(*list[v6].at));
		if (list[v6].at == NULL)
			return false;
	}
	for (unsigned r = 0; r < space->runs_n; r++)
		for (uint32_t i = 0; i < space->runs[r]->all.n; i++) {
			struct statement *st = space->runs[r]->all.at[i];
			bool newest = r + 1 == space->runs_n;

			if (st->spec->kind != ST_SEGMENT &&
			    st->spec->kind != ST_HOST)
				continue;
			add_name(d, list, st, axis, false, newest);
			if (axis == &space->src && clause_find(st->clauses,
			    CL_MAC) != NULL)
				add_name(d, list, st, axis, true, newest);
		}
	for (unsigned v6 = 0; v6 < 2; v6++)
		qsort(list[v6].at, list[v6].n, sizeof(*list[v6].at),
		    compare_named);
	return !d->no_room;
}

struct describer *
describer_new(struct space *space)
{
	struct describer *d = arena_alloc(space->arena, sizeof(*d));

	if (d == NULL)
		return NULL;
	d->space = space;
	d->arena = space->arena;
	if (!list_names(d, &space->src, d->sources) ||
	    !list_names(d, &space->dst, d->destinations) ||
	    !describe_list_services(d))
		return NULL;
	return d;
}

void
describe_into(struct describer *d, struct arena *arena)
{
	d->arena = arena;
	d->no_room = false;
}

/* ---- text ---- */

const char *
describe_keep(struct describer *d, struct buf *buf)
{
	struct span copy = { NULL, 0 };

	if (buf_add_byte(buf, 0) != OK || !arena_dup(d->arena,
	    buf_span(buf), &copy))
		d->no_room = true;
	buf_fini(buf);
	return d->no_room ? NULL : (const char *)copy.ptr;
}

void
describe_put(struct describer *d, struct buf *buf, const char *before,
    struct span text)
{
	if (buf_add_str(buf, before) != OK || buf_add(buf, text) != OK)
		d->no_room = true;
}

static void
put_named(struct describer *d, struct buf *buf, const char *before,
    const struct named *named)
{
	describe_put(d, buf, before, statement_name(named->st));
	if (named->any_mac)
		describe_put(d, buf, " with any MAC", (struct span){ 0 });
}

/* ---- addresses ---- */

bool
describe_family(const struct describer *d, const struct statement *party,
    bool source, bool v6)
{
	const struct name_list *list = source ? &d->sources[v6] :
	    &d->destinations[v6];

	for (uint32_t i = 0; i < list->n; i++)
		if (list->at[i].st == party)
			return true;
	return false;
}

enum err
describe_span(struct buf *buf, const struct address *low,
    const struct address *high)
{
	unsigned bits = low->family == 4 ? 32 : 128, len = 0;
	char text[ADDRESS_TEXT_BYTES], last[ADDRESS_TEXT_BYTES];
	struct network n = { *low, 0 };
	bool network = true;

	while (len < bits && ((low->bytes[len / 8] ^ high->bytes[len / 8]) &
	    0x80 >> len % 8) == 0)
		len++;
	for (unsigned i = len; i < bits; i++)
		if ((low->bytes[i / 8] & 0x80 >> i % 8) != 0 ||
		    (high->bytes[i / 8] & 0x80 >> i % 8) == 0)
			network = false;
	n.prefix_len = (uint8_t)len;
	address_text(low, text);
	address_text(high, last);
	if (len == bits)
		return buf_add_str(buf, text);
	if (!network)
		return buf_printf(buf, "%s-%s", text, last);
	network_text(&n, text);
	return buf_add_str(buf, text);
}

static void
put_addresses(struct describer *d, struct buf *buf, const struct address *low,
    const struct address *high)
{
	if (describe_span(buf, low, high) != OK)
		d->no_room = true;
}

struct items {
	const char	**at;
	uint32_t	 n;
};

static void
item_end(struct describer *d, struct items *items, struct buf *buf)
{
	items->at[items->n] = describe_keep(d, buf);
	items->n++;
}

/* One class of an address that has classes by MAC address. */
static void
add_mac_item(struct describer *d, struct items *items,
    const struct axis_class *class)
{
	struct buf buf;
	const uint8_t *m = class->mac;

	buf_init(&buf, 256);
	put_addresses(d, &buf, &class->low, &class->high);
	if (!class->has_mac)
		describe_put(d, &buf, " with another MAC or none",
		    (struct span){ 0 });
	else if (buf_printf(&buf, " mac %02x:%02x:%02x:%02x:%02x:%02x", m[0],
	    m[1], m[2], m[3], m[4], m[5]) != OK)
		d->no_room = true;
	item_end(d, items, &buf);
}

static void
add_item(struct describer *d, struct items *items, const struct address *low,
    const struct address *high)
{
	struct buf buf;

	buf_init(&buf, 256);
	put_addresses(d, &buf, low, high);
	item_end(d, items, &buf);
}

/* The classes of the interval of class c: first .. end - 1. */
static struct range
interval(const struct axis *axis, uint32_t c)
{
	struct range r = { c, c + 1 };

	while (r.first > 0 && axis->classes[r.first].has_mac)
		r.first--;
	while (r.end < axis->n && axis->classes[r.end].has_mac)
		r.end++;
	return r;
}

/* All addresses of a set: whole intervals in one piece, others by MAC. */
static struct items
list_items(struct describer *d, const struct axis *axis,
    const struct ranges *set)
{
	struct items items = { NULL, 0 };
	uint32_t max = 3 * set->n;

	/* intervals are taken in parts at both ends of a range only */
	for (uint32_t i = 0; i < set->n; i++)
		for (uint32_t c = set->at[i].first; c < set->at[i].end; c++)
			max += axis->classes[c].has_mac;
	items.at = arena_alloc_array(d->arena, max + 1u,
	    sizeof(*items.at));
	if (items.at == NULL) {
		d->no_room = true;
		return items;
	}
	for (uint32_t i = 0; i < set->n; i++) {
		const struct range *r = &set->at[i];
		const struct address *low = NULL, *high = NULL;

		for (uint32_t c = r->first; c < r->end && !d->no_room; ) {
			struct range all = interval(axis, c);

			if (all.first >= r->first && all.end <= r->end) {
				if (low == NULL)
					low = &axis->classes[c].low;
				high = &axis->classes[c].high;
				c = all.end;
				continue;
			}
			if (low != NULL)
				add_item(d, &items, low, high);
			low = NULL;
			add_mac_item(d, &items, &axis->classes[c++]);
		}
		if (low != NULL)
			add_item(d, &items, low, high);
	}
	return items;
}

static void
put_items(struct describer *d, struct buf *buf, const struct items *items)
{
	uint32_t n = items->n <= DESCRIBE_ITEMS + 1 ? items->n :
	    DESCRIBE_ITEMS;

	for (uint32_t i = 0; i < n && !d->no_room; i++)
		describe_put(d, buf, buf->len == 0 ? "" : ", ",
		    span_str(items->at[i]));
	if (n < items->n && buf_printf(buf, " ... and %u more",
	    items->n - n) != OK)
		d->no_room = true;
}

/* ---- names of a set ---- */

/* The greatest name inside a set, or NULL. */
static const struct named *
greatest_inside(const struct name_list *list, const struct ranges *set)
{
	const struct named *best = NULL;

	for (uint32_t i = 0; i < set->n; i++) {
		uint32_t low = 0, high = list->n;

		while (low < high) {
			uint32_t mid = low + (high - low) / 2;

			if (list->at[mid].set.at[0].first < set->at[i].first)
				low = mid + 1;
			else
				high = mid;
		}
		for (; low < list->n && list->at[low].set.at[0].first <
		    set->at[i].end; low++)
			if ((best == NULL || list->at[low].size >
			    best->size) &&
			    ranges_inside(&list->at[low].set, set))
				best = &list->at[low];
	}
	return best;
}

/* At most max names; what they leave stays in *set. */
static unsigned
take_names(struct describer *d, const struct name_list *list,
    struct ranges *set, const struct named **names, unsigned max)
{
	unsigned n = 0;

	while (n < max && set->n > 0 && !d->no_room) {
		names[n] = greatest_inside(list, set);
		if (names[n] == NULL)
			break;
		*set = ranges_without(d, set, &names[n]->set);
		n++;
	}
	return n;
}

/* "lgwan except kiosk"; false: it is not of that form. */
static bool
put_except(struct describer *d, struct buf *buf,
    const struct name_list *list, const struct ranges *set)
{
	const struct named *around = NULL, *names[EXCEPT_MAX] = { NULL };
	struct ranges rest;
	unsigned n;

	for (uint32_t i = 0; i < list->n; i++)
		if (list->at[i].st->spec->kind == ST_SEGMENT &&
		    (around == NULL || list->at[i].size < around->size) &&
		    ranges_inside(set, &list->at[i].set))
			around = &list->at[i];
	if (around == NULL)
		return false;
	rest = ranges_without(d, &around->set, set);
	n = take_names(d, list, &rest, names, EXCEPT_MAX);
	if (n == 0 || rest.n > 0)
		return false;
	put_named(d, buf, "", around);
	for (unsigned i = 0; i < n; i++)
		put_named(d, buf, i == 0 ? " except " : ", ", names[i]);
	return true;
}

void
describe_addresses(struct describer *d, const struct ranges *set,
    bool source, bool v6, struct description *to)
{
	const struct axis *axis = source ? &d->space->src : &d->space->dst;
	const struct name_list *list = source ? &d->sources[v6] :
	    &d->destinations[v6];
	const struct named *names[DESCRIBE_NAMES] = { NULL };
	struct items items = list_items(d, axis, set), more;
	struct ranges rest = *set;
	struct buf buf;
	unsigned n = 0;

	buf_init(&buf, 1 << 20);
	if (ranges_size(set) == (v6 ? axis->n - axis->n4 : axis->n4))
		describe_put(d, &buf, "anywhere", (struct span){ 0 });
	else
		n = take_names(d, list, &rest, names, DESCRIBE_NAMES);
	*to = (struct description){ .items = items.at, .items_n = items.n,
	    .name = n == 1 && rest.n == 0 ? names[0]->st : NULL };
	if (buf.len == 0 && (rest.n == 0 ||
	    !put_except(d, &buf, list, set))) {
		for (unsigned i = 0; i < n; i++)
			put_named(d, &buf, i == 0 ? "" : ", ", names[i]);
		more = list_items(d, axis, &rest);
		put_items(d, &buf, &more);
		if (to->name != NULL && to->name->spec->kind == ST_HOST &&
		    items.n == 1 && items.at[0] != NULL) {
			describe_put(d, &buf, " (", span_str(items.at[0]));
			describe_put(d, &buf, ")", (struct span){ 0 });
		}
	}
	to->text = describe_keep(d, &buf);
}
