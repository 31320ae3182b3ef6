/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Links of a PDF to the list of pdf_link.h: what they cover of a page as it
 * is seen, and where they lead. Names of destinations are resolved here.
 */
#include <stdlib.h>
#include <string.h>

#include "clean.h"
#include "limits.h"
#include "link_target.h"
#include "pdf_links.h"
#include "pdf_tree.h"
#include "report.h"

#define HOSTS_MAX	16	/* that are named */
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

static void
list_pages(struct pdf_links *l)
{
	struct page_id one;
	qpdf_oh page;

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

static bool
read_rect(struct pdf *pdf, qpdf_oh page, qpdf_oh annotation,
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

static bool
take_place(struct pdf_links *l, qpdf_oh dest, struct pdf_place *to)
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

static void
count_host(struct pdf_links *l)
{
	struct buf *removed = &l->pdf->result->removed;
	struct span host = buf_span(&l->target.host), list;
	struct removed_item item;
	unsigned hosts = 0;
	bool known = false;

	list = buf_span(removed);
	while (removed_next(&list, &item))
		if (span_equal(item.what, SPAN("link-kept"))) {
			hosts++;
			known |= span_equal(item.where, host);
		}
	if (removed_add(removed, "link-kept", 1, known || hosts < HOSTS_MAX ?
	    host : SPAN("...")) != OK)
		(void)pdf_trouble(l->pdf, ERR_LIMIT, "list of links");
}

static bool
take_uri(struct pdf_links *l, qpdf_oh action, struct pdf_link *link,
    char out[LINK_TARGET_BYTES_MAX])
{
	qpdf_oh oh = pdf_get(l->pdf, action, "/URI");
	const char *bytes = NULL;
	size_t len = 0, n = 0;
	bool fine = false;
	struct span uri;

	if (!l->defang && l->pdf->err == OK && qpdf_oh_get_value_as_string(
	    l->pdf->q, oh, &bytes, &len) && bytes != NULL) {
		uri = (struct span){ (const uint8_t *)bytes, len };
		fine = link_target(uri, out, &n) &&
		    html_link_parse(&l->target, uri, SPAN("")) == OK &&
		    (l->target.kind == TARGET_WEB ||
		    l->target.kind == TARGET_MAIL) &&
		    l->target.host.len > 0;
		link->uri = (struct span){ (const uint8_t *)out, n };
	}
	qpdf_oh_release(l->pdf->q, oh);
	return fine && !pdf_failed(l->pdf);
}

static bool
take_target(struct pdf_links *l, qpdf_oh annotation, struct pdf_link *link,
    char out[LINK_TARGET_BYTES_MAX])
{
	struct pdf *pdf = l->pdf;
	qpdf_oh action = pdf_get(pdf, annotation, "/A"), dest;
	bool taken = false;

	if (pdf->err == OK && qpdf_oh_is_dictionary(pdf->q, action)) {
		if (pdf_is_name(pdf, action, "/S", "/URI")) {
			taken = take_uri(l, action, link, out);
		} else if (pdf_is_name(pdf, action, "/S", "/GoTo")) {
			dest = pdf_get(pdf, action, "/D");
			taken = pdf->err == OK && take_place(l, dest, &link->to);
			qpdf_oh_release(pdf->q, dest);
		}
		if (taken && pdf_has(pdf, action, "/Next"))
			pdf_removed(pdf, "action", 1);
	} else if (pdf->err == OK) {
		dest = pdf_get(pdf, annotation, "/Dest");
		taken = pdf->err == OK && take_place(l, dest, &link->to);
		qpdf_oh_release(pdf->q, dest);
	}
	qpdf_oh_release(pdf->q, action);
	return taken && pdf->err == OK;
}

bool
pdf_links_take(struct pdf_links *l, qpdf_oh page, uint32_t number,
    qpdf_oh annotation)
{
	struct pdf_link link = { .page = number };
	char out[LINK_TARGET_BYTES_MAX];

	if (l->n >= PDF_LINKS_MAX ||
	    !pdf_is_name(l->pdf, annotation, "/Subtype", "/Link") ||
	    !read_rect(l->pdf, page, annotation, &link) ||
	    !take_target(l, annotation, &link, out))
		return false;
	if (pdf_link_put(&l->list, &link) != OK) {
		(void)pdf_trouble(l->pdf, ERR_LIMIT, "list of links");
		return false;
	}
	l->n++;
	if (link.uri.len > 0)
		count_host(l);
	return true;
}

/* ---- bookmarks ---- */

/* One line of characters that a person sees. */
static enum err
put_title(struct pdf_links *l, qpdf_oh item, struct pdf_bookmark *mark)
{
	qpdf_oh oh = pdf_get(l->pdf, item, "/Title");
	const char *bytes = NULL;
	size_t len = 0;
	enum err err = OK;

	buf_clear(&l->title);
	if (l->pdf->err == OK && qpdf_oh_get_value_as_utf8(l->pdf->q, oh,
	    &bytes, &len) && bytes != NULL)
		err = clean_text(span_sub((struct span){
		    (const uint8_t *)bytes, len }, 0, PDF_TITLE_BYTES_MAX),
		    CLEAN_HEADER, &l->title, NULL);
	len = l->title.len;
	if (len > PDF_TITLE_BYTES_MAX)
		for (len = PDF_TITLE_BYTES_MAX;
		    (l->title.ptr[len] & 0xc0) == 0x80; len--)
			;
	mark->title = span_sub(buf_span(&l->title), 0, len);
	qpdf_oh_release(l->pdf->q, oh);
	return err;
}

/* What leads elsewhere than to a page stays as a heading. */
static void
find_target(struct pdf_links *l, qpdf_oh item, struct pdf_bookmark *mark)
{
	struct pdf *pdf = l->pdf;
	qpdf_oh action = pdf_get(pdf, item, "/A"), dest;

	if (qpdf_oh_is_dictionary(pdf->q, action))
		dest = pdf_is_name(pdf, action, "/S", "/GoTo") ?
		    pdf_get(pdf, action, "/D") : qpdf_oh_new_null(pdf->q);
	else
		dest = pdf_get(pdf, item, "/Dest");
	if (pdf->err != OK || !take_place(l, dest, &mark->to))
		mark->to = (struct pdf_place){ PDF_NOWHERE, PDF_NOWHERE,
		    PDF_NOWHERE };
	qpdf_oh_release(pdf->q, dest);
	qpdf_oh_release(pdf->q, action);
}

/* What is still to be looked at, with its depth. */
struct waiting {
	qpdf_oh		oh;
	uint32_t	depth;
};

static void
wait_for(struct pdf_links *l, struct buf *stack, qpdf_oh oh, uint32_t depth)
{
	struct waiting w = { oh, depth };

	if (l->pdf->err != OK || !qpdf_oh_is_dictionary(l->pdf->q, oh) ||
	    pdf_seen(l->pdf, oh, PDF_BOOKMARK) ||
	    buf_add(stack, (struct span){ (const void *)&w, sizeof(w) }) !=
	    OK)
		qpdf_oh_release(l->pdf->q, oh);
}

static void
take_bookmark(struct pdf_links *l, qpdf_oh item, uint32_t depth)
{
	struct pdf_bookmark mark = { .depth = depth };
	enum err err;

	if ((err = put_title(l, item, &mark)) == OK) {
		find_target(l, item, &mark);
		err = pdf_bookmark_put(&l->marks, &mark);
	}
	l->marks_n++;
	if (err != OK)
		(void)pdf_trouble(l->pdf, err, "bookmarks");
}

bool
pdf_links_bookmarks(struct pdf_links *l)
{
	qpdf_oh root = qpdf_get_root(l->pdf->q);
	qpdf_oh outlines = pdf_get(l->pdf, root, "/Outlines");
	struct waiting w;
	struct buf stack;
	bool whole = true;

	buf_init(&stack, 2 * PDF_BOOKMARKS_MAX * sizeof(w));
	wait_for(l, &stack, pdf_get(l->pdf, outlines, "/First"), 0);
	while (stack.len > 0 && !pdf_failed(l->pdf)) {
		memcpy(&w, stack.ptr + stack.len - sizeof(w), sizeof(w));
		buf_truncate(&stack, stack.len - sizeof(w));
		if (l->marks_n < PDF_BOOKMARKS_MAX) {
			take_bookmark(l, w.oh, w.depth);
			wait_for(l, &stack, pdf_get(l->pdf, w.oh, "/Next"),
			    w.depth);
			if (w.depth < PDF_BOOKMARK_DEPTH_MAX)
				wait_for(l, &stack, pdf_get(l->pdf, w.oh,
				    "/First"), w.depth + 1);
			else
				whole = false;
		} else
			whole = false;
		qpdf_oh_release(l->pdf->q, w.oh);
	}
	buf_fini(&stack);
	qpdf_oh_release(l->pdf->q, outlines);
	qpdf_oh_release(l->pdf->q, root);
	return whole;
}

void
pdf_links_init(struct pdf_links *l, struct pdf *pdf,
    const struct sanitizer_policy *policy)
{
	*l = (struct pdf_links){ .pdf = pdf,
	    .defang = policy != NULL && policy->links_defang };
	buf_init(&l->list, PDF_LINK_BYTES_MAX);
	buf_init(&l->marks, PDF_LINK_BYTES_MAX);
	buf_init(&l->title, 4 * PDF_TITLE_BYTES_MAX);
	buf_init(&l->pages, (size_t)pdf->pages * sizeof(struct page_id));
	buf_init(&l->names, NAMES_BYTES_MAX);
	buf_init(&l->places, PDF_TREE_PAIRS_MAX * sizeof(struct place));
	html_link_init(&l->target);
	list_pages(l);
}

void
pdf_links_fini(struct pdf_links *l)
{
	buf_fini(&l->list);
	buf_fini(&l->marks);
	buf_fini(&l->title);
	buf_fini(&l->pages);
	buf_fini(&l->names);
	buf_fini(&l->places);
	html_link_fini(&l->target);
}
