/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Places in a PDF: on a page as it is seen, whatever the page's own corner,
 * cut and turn are; and where a destination leads, by name or not.
 */
#include <stdlib.h>
#include <string.h>

#include "limits.h"
#include "pdf_links.h"
#include "pdf_tree.h"

#define NAMES_BYTES_MAX	(16u * 1024 * 1024)
#define INDIRECTION_MAX	4	/* of a destination */

struct page_id {
	int		id;
	uint32_t	number;
};
struct place {
	size_t		at, len;	/* its name in links->names */
	uint32_t	order;
	qpdf_oh		value;
};

/* ---- pages ---- */

static int
by_id(const void *a, const void *b)
{
	const struct page_id *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

void
pdf_links_pages(struct pdf_links *l)
{
	struct page_id one;
	qpdf_oh page;

	buf_init(&l->pages, (size_t)l->pdf->pages * sizeof(one));
	buf_init(&l->names, NAMES_BYTES_MAX);
	buf_init(&l->places, PDF_TREE_PAIRS_MAX * sizeof(struct place));
	for (int i = 0; i < l->pdf->pages && l->pdf->err == OK; i++) {
		page = qpdf_get_page_n(l->pdf->q, (size_t)i);
		one = (struct page_id){ qpdf_oh_get_object_id(l->pdf->q,
		    page), (uint32_t)i };
		if (!pdf_failed(l->pdf) && buf_add(&l->pages,
		    (struct span){ (const void *)&one, sizeof(one) }) != OK)
			(void)pdf_trouble(l->pdf, ERR_LIMIT, "pages");
		qpdf_oh_release(l->pdf->q, page);
	}
	if (l->pages.len > 0)
		qsort(l->pages.ptr, l->pages.len / sizeof(one), sizeof(one),
		    by_id);
}

void
pdf_links_pages_fini(struct pdf_links *l)
{
	buf_fini(&l->pages);
	buf_fini(&l->names);
	buf_fini(&l->places);
}

static bool
find_page(struct pdf_links *l, qpdf_oh oh, uint32_t *number)
{
	const struct page_id *found;
	struct page_id key = { 0, 0 };
	long long n;

	/* some writers count; they should not */
	if (qpdf_oh_get_value_as_longlong(l->pdf->q, oh, &n)) {
		*number = (uint32_t)n;
		return n >= 0 && n < l->pdf->pages;
	}
	key.id = qpdf_oh_get_object_id(l->pdf->q, oh);
	if (pdf_failed(l->pdf) || key.id <= 0 || l->pages.len == 0)
		return false;
	found = bsearch(&key, l->pages.ptr, l->pages.len / sizeof(key),
	    sizeof(key), by_id);
	if (found != NULL)
		*number = found->number;
	return found != NULL;
}

/* ---- places on them ---- */

struct box {
	double	left, bottom, right, top;
};

static bool
number_at(struct pdf *pdf, qpdf_oh array, int i, double *value)
{
	qpdf_oh item;
	bool is = false;

	if (i >= pdf_items(pdf, array))
		return false;
	item = qpdf_oh_get_array_item(pdf->q, array, i);
	if (!pdf_failed(pdf))
		is = qpdf_oh_get_value_as_number(pdf->q, item, value);
	qpdf_oh_release(pdf->q, item);
	return is && !pdf_failed(pdf);
}

static void
order(double *low, double *high)
{
	double swap = *low;

	if (*low <= *high)
		return;
	*low = *high;
	*high = swap;
}

static bool
read_box(struct pdf *pdf, qpdf_oh dict, const char *key, struct box *box)
{
	qpdf_oh array = pdf_get(pdf, dict, key);
	bool is = number_at(pdf, array, 0, &box->left) &&
	    number_at(pdf, array, 1, &box->bottom) &&
	    number_at(pdf, array, 2, &box->right) &&
	    number_at(pdf, array, 3, &box->top);

	qpdf_oh_release(pdf->q, array);
	if (!is)
		return false;
	order(&box->left, &box->right);
	order(&box->bottom, &box->top);
	return true;
}

static void
clip(struct box *box, const struct box *to)
{
	if (box->left < to->left)
		box->left = to->left;
	if (box->bottom < to->bottom)
		box->bottom = to->bottom;
	if (box->right > to->right)
		box->right = to->right;
	if (box->top > to->top)
		box->top = to->top;
}

/* What is seen of a page, and how it is turned: as the renderer has it. */
struct view {
	struct box	box;
	int		turn;
};

static bool
read_view(struct pdf *pdf, qpdf_oh page, struct view *view)
{
	qpdf_oh rotate = pdf_get(pdf, page, "/Rotate");
	struct box media;
	int turn = 0;

	if (!qpdf_oh_get_value_as_int(pdf->q, rotate, &turn))
		turn = 0;
	qpdf_oh_release(pdf->q, rotate);
	view->turn = (turn % 360 + 360) % 360;
	if (!read_box(pdf, page, "/MediaBox", &media))
		return false;
	if (read_box(pdf, page, "/CropBox", &view->box))
		clip(&view->box, &media);
	else
		view->box = media;
	return view->turn % 90 == 0 && !pdf_failed(pdf) &&
	    view->box.right - view->box.left > 0.01 &&
	    view->box.top - view->box.bottom > 0.01 &&
	    view->box.right - view->box.left < 1e9 &&
	    view->box.top - view->box.bottom < 1e9;
}

static uint32_t
millionths(double v)
{
	return !(v > 0) ? 0 : v >= 1 ? PDF_ONE :
	    (uint32_t)(v * PDF_ONE + 0.5);
}

/* A point of the page to one of what is seen; outside: its edge. */
static void
seen_at(const struct view *view, double x, double y, uint32_t *to_x,
    uint32_t *to_y)
{
	const struct box *b = &view->box;
	double u = (x - b->left) / (b->right - b->left);
	double v = (y - b->bottom) / (b->top - b->bottom);

	switch (view->turn) {
	case 90:
		*to_x = millionths(v);
		*to_y = millionths(1 - u);
		break;
	case 180:
		*to_x = millionths(1 - u);
		*to_y = millionths(1 - v);
		break;
	case 270:
		*to_x = millionths(1 - v);
		*to_y = millionths(u);
		break;
	default:
		*to_x = millionths(u);
		*to_y = millionths(v);
		break;
	}
}

bool
pdf_links_rect(struct pdf *pdf, qpdf_oh page, qpdf_oh annotation,
    struct pdf_link *link)
{
	struct view view;
	struct box box;
	uint32_t x[2], y[2];

	if (!read_view(pdf, page, &view) ||
	    !read_box(pdf, annotation, "/Rect", &box))
		return false;
	seen_at(&view, box.left, box.bottom, &x[0], &y[0]);
	seen_at(&view, box.right, box.top, &x[1], &y[1]);
	link->left = x[0] < x[1] ? x[0] : x[1];
	link->right = x[0] < x[1] ? x[1] : x[0];
	link->bottom = y[0] < y[1] ? y[0] : y[1];
	link->top = y[0] < y[1] ? y[1] : y[0];
	return link->left < link->right && link->bottom < link->top;
}

/* ---- destinations by name ---- */

static const uint8_t *sorted_names;	/* for qsort() alone */

static int
compare_names(struct span a, struct span b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int order_of = n > 0 ? memcmp(a.ptr, b.ptr, n) : 0;

	return order_of != 0 ? order_of : (a.len > b.len) - (a.len < b.len);
}

static int
by_name(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	int order_of = compare_names(
	    (struct span){ sorted_names + x->at, x->len },
	    (struct span){ sorted_names + y->at, y->len });

	return order_of != 0 ? order_of :
	    (x->order > y->order) - (x->order < y->order);
}

/* What there is no room for is not found later. */
static void
add_place(struct pdf_links *l, struct span name, qpdf_oh value)
{
	struct place place = { l->names.len, name.len,
		(uint32_t)(l->places.len / sizeof(place)), value };

	if (l->places.len >= PDF_TREE_PAIRS_MAX * sizeof(place) ||
	    buf_add(&l->names, name) != OK)
		return;
	place.value = qpdf_oh_new_object(l->pdf->q, value);
	if (buf_add(&l->places, (struct span){ (const void *)&place,
	    sizeof(place) }) != OK)
		qpdf_oh_release(l->pdf->q, place.value);
}

static bool
name_of(struct pdf *pdf, qpdf_oh oh, struct span *name)
{
	const char *bytes = NULL;
	size_t len = 0;

	if (qpdf_oh_get_value_as_name(pdf->q, oh, &bytes, &len) &&
	    bytes != NULL && len > 0)
		*name = (struct span){ (const uint8_t *)bytes + 1, len - 1 };
	else if (qpdf_oh_get_value_as_string(pdf->q, oh, &bytes, &len) &&
	    bytes != NULL)
		*name = (struct span){ (const uint8_t *)bytes, len };
	else
		return false;
	return !pdf_failed(pdf);
}

static void
visit_place(void *arg, qpdf_oh key, qpdf_oh value)
{
	struct pdf_links *l = arg;
	struct span name;

	if (name_of(l->pdf, key, &name))
		add_place(l, name, value);
}

/* PDF 1.1: a dictionary of them. */
static void
list_dictionary(struct pdf_links *l, qpdf_oh dict)
{
	struct pdf *pdf = l->pdf;
	struct buf keys;
	const char *key;
	qpdf_oh value;

	if (!qpdf_oh_is_dictionary(pdf->q, dict) || pdf_failed(pdf))
		return;
	buf_init(&keys, NAMES_BYTES_MAX);
	qpdf_oh_begin_dict_key_iter(pdf->q, dict);
	while (!pdf_failed(pdf) && qpdf_oh_dict_more_keys(pdf->q)) {
		key = qpdf_oh_dict_next_key(pdf->q);
		if (buf_add(&keys, (struct span){ (const uint8_t *)key,
		    strlen(key) + 1 }) != OK)
			break;
	}
	for (size_t at = 0; at < keys.len && pdf->err == OK;
	    at += strlen(key) + 1) {
		key = (const char *)keys.ptr + at;
		value = pdf_get(pdf, dict, key);
		add_place(l, span_str(key + 1), value);
		qpdf_oh_release(pdf->q, value);
	}
	buf_fini(&keys);
}

static void
list_places(struct pdf_links *l)
{
	struct pdf *pdf = l->pdf;
	qpdf_oh root = qpdf_get_root(pdf->q);
	qpdf_oh names = pdf_get(pdf, root, "/Names");
	qpdf_oh tree = pdf_get(pdf, names, "/Dests");
	qpdf_oh dict = pdf_get(pdf, root, "/Dests");

	l->places_ready = true;
	if (pdf->err == OK)
		pdf_name_tree(pdf, tree, visit_place, l);
	list_dictionary(l, dict);
	sorted_names = l->names.ptr;
	if (l->places.len > 0)
		qsort(l->places.ptr, l->places.len / sizeof(struct place),
		    sizeof(struct place), by_name);
	qpdf_oh_release(pdf->q, dict);
	qpdf_oh_release(pdf->q, tree);
	qpdf_oh_release(pdf->q, names);
	qpdf_oh_release(pdf->q, root);
}

/* The first of that name. */
static bool
find_place(struct pdf_links *l, struct span name, qpdf_oh *value)
{
	const struct place *list;
	size_t low = 0, high, middle;

	list = (const void *)l->places.ptr;
	high = l->places.len / sizeof(*list);
	while (low < high) {
		middle = low + (high - low) / 2;
		if (compare_names((struct span){ l->names.ptr +
		    list[middle].at, list[middle].len }, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == l->places.len / sizeof(*list) ||
	    compare_names((struct span){ l->names.ptr + list[low].at,
	    list[low].len }, name) != 0)
		return false;
	*value = list[low].value;
	return true;
}

/* ---- targets ---- */

/* [page /XYZ left top zoom] and its kind; zoom stays the reader's. */
static bool
read_place(struct pdf_links *l, qpdf_oh array, struct pdf_place *to)
{
	static const struct { const char *name; int x, y; } kinds[] = {
		{ "/XYZ", 2, 3 }, { "/FitH", -1, 2 }, { "/FitBH", -1, 2 },
		{ "/FitR", 2, 5 },
	};
	struct pdf *pdf = l->pdf;
	qpdf_oh page = qpdf_oh_get_array_item(pdf->q, array, 0);
	qpdf_oh kind = qpdf_oh_get_array_item(pdf->q, array, 1);
	struct view view;
	double x, y;
	bool found;

	to->x = to->y = PDF_NOWHERE;
	found = !pdf_failed(pdf) && find_page(l, page, &to->page);
	qpdf_oh_release(pdf->q, page);
	page = qpdf_get_page_n(pdf->q, found ? to->page : 0);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && found;
	    i++) {
		if (!qpdf_oh_is_name_and_equals(pdf->q, kind, kinds[i].name)
		    || !read_view(pdf, page, &view) ||
		    !number_at(pdf, array, kinds[i].y, &y))
			continue;
		if (kinds[i].x < 0 || !number_at(pdf, array, kinds[i].x, &x))
			x = view.box.left;
		seen_at(&view, x, y, &to->x, &to->y);
	}
	qpdf_oh_release(pdf->q, page);
	qpdf_oh_release(pdf->q, kind);
	return found && !pdf_failed(pdf);
}

bool
pdf_links_place(struct pdf_links *l, qpdf_oh dest, struct pdf_place *to)
{
	struct pdf *pdf = l->pdf;
	qpdf_oh at = qpdf_oh_new_object(pdf->q, dest), next = 0;
	struct span name;
	bool found = false, more = true;

	for (unsigned i = 0; i < INDIRECTION_MAX && more && !found &&
	    pdf->err == OK; i++) {
		more = false;
		if (pdf_items(pdf, at) >= 2) {
			found = read_place(l, at, to);
		} else if (qpdf_oh_is_dictionary(pdf->q, at)) {
			next = pdf_get(pdf, at, "/D");
			more = true;
		} else {
			/* before the name, which the next call may move */
			if (!l->places_ready)
				list_places(l);
			more = name_of(pdf, at, &name) &&
			    find_place(l, name, &next);
			if (more)
				next = qpdf_oh_new_object(pdf->q, next);
		}
		if (more) {
			qpdf_oh_release(pdf->q, at);
			at = next;
		}
	}
	qpdf_oh_release(pdf->q, at);
	return found;
}
