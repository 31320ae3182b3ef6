/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The steps of ladders, and who of them is next. What the rungs are is in
 * handler.c; what becomes of a part is up to sanitize_leaf.c.
 */
#include "ladder.h"

#include <string.h>
#include <unistd.h>

#include "../gateway/base/durable.h"
#include "limits.h"
#include "pdf_link.h"
#include "pixels.h"
#include "report.h"

#define NOW		0		/* the ticket of now() */

/* What children made and nobody has used yet; beyond it only the first goes
 * on. */
#define HELD_BYTES_MAX	(64u * 1024 * 1024)

static const struct made none = { .fd = -1 };

static void
made_close(struct made *made)
{
	if (made->fd != -1)
		close(made->fd);
	*made = none;
}

static struct input
made_input(const struct made *made)
{
	return input_fd(made->fd, 0, made->bytes);
}

static void
conversion_fini(struct conversion *done)
{
	if (done->fd != -1)
		close(done->fd);
	done->fd = -1;
	buf_fini(&done->result.removed);
}

/* ---- one ladder ---- */

static void
count_held(struct ladders *s, struct ladder *l)
{
	s->held_bytes -= l->held_bytes;
	l->held_bytes = l->made.bytes + l->clean.bytes + l->pages.bytes +
	    l->lists.bytes;
	s->held_bytes += l->held_bytes;
}

static void
close_all(struct ladders *s, struct ladder *l)
{
	made_close(&l->made);
	made_close(&l->clean);
	made_close(&l->pages);
	made_close(&l->lists);
	count_held(s, l);
	buf_fini(&l->result.removed);
	buf_fini(&l->drawn);
}

static enum convert_task
next_task(const struct ladder *l)
{
	return l->handler != NULL ? l->handler->tasks[l->step] : 0;
}

/* Is there a child to come? */
static void
look_on(struct ladders *s, struct ladder *l)
{
	l->state = next_task(l) != 0 ? LADDER_READY : LADDER_OVER;
	count_held(s, l);
}

static enum err
start(struct ladders *s, struct ladder *l)
{
	const struct convert_order order = { .task = next_task(l),
	    .kind = l->input.kind, .first = l->first };
	struct input in = l->step == 0 ? l->input.in : made_input(l->source);

	l->state = LADDER_WAITS;
	s->children_n++;
	return s->host->start(s->host, l->ticket, &order, &in, l->step > 0,
	    s->policy);
}

/*
 * The rung did not hold, for err; or it is the first one. Rungs that begin
 * with the very task that failed would fail as well, after as much time.
 */
static void
next_rung(struct ladders *s, struct ladder *l, enum err err)
{
	/* a password is seen only when it is read */
	bool locked = l->rungs > 0 && err == ERR_POLICY &&
	    l->input.kind == PART_PDF;
	enum convert_task failed = l->handler != NULL && l->step == 0 ?
	    l->handler->tasks[0] : 0;

	l->err = err;
	do {
		l->handler = locked ? NULL : handler_find(l->input.kind,
		    s->policy, l->rungs);
		l->rungs += l->handler != NULL;
	} while (l->handler != NULL && failed != 0 &&
	    l->handler->tasks[0] == failed);
	made_close(&l->made);
	made_close(&l->pages);
	l->first = 0;
	/* all rungs of a PDF begin with it */
	l->step = l->clean.fd != -1 ? 1 : 0;
	if (l->step == 0)
		buf_clear(&l->result.removed);
	buf_clear(&l->drawn);
	l->source = &l->clean;
	look_on(s, l);
}

/* Bytes behind those of a file of ours, which is made if there is none. */
static enum err
made_add(struct ladders *s, struct made *to, struct input in)
{
	uint8_t bytes[16 * 1024];
	enum err err = OK;
	size_t got;

	if (to->fd == -1 && (to->fd = s->host->file(s->host)) == -1)
		return ERR_SYSTEM;
	if (in.len > EXPANDED_BYTES_MAX - to->bytes)
		return ERR_LIMIT;
	for (uint64_t at = 0; at < in.len && err == OK; at += got) {
		err = input_read(&in, at, bytes, sizeof(bytes), &got);
		if (err == OK && got == 0)
			err = ERR_INPUT;
		if (err == OK)
			err = write_all(to->fd, (struct span){ bytes, got },
			    NULL);
	}
	to->bytes += in.len;
	return err;
}

/*
 * Links and bookmarks stand before a cleaned PDF and go around the renderer:
 * apart here, and before its drawing in draw_step().
 */
static enum err
split_clean(struct ladders *s, struct ladder *l)
{
	struct input in = made_input(&l->made);
	struct pdf_lists_head head;
	enum err err;

	if ((err = pdf_lists_read(&in, &head)) != OK)
		return err;
	if (head.pdf == 0) {
		l->clean = l->made;
		l->made = none;
		return OK;
	}
	/* two files of their own: what is held is what is counted */
	if ((err = made_add(s, &l->lists, input_sub(&in, 0, head.pdf))) == OK)
		err = made_add(s, &l->clean, input_sub(&in, head.pdf,
		    in.len));
	made_close(&l->made);
	l->links_n = head.links_n;
	l->marks_n = head.marks_n;
	if (err != OK)
		made_close(&l->clean);
	return err;
}

static enum err
draw_step(struct ladders *s, struct ladder *l,
    const struct convert_result *result)
{
	struct made both = none;
	enum err err;

	/* text that cannot be seen is seen by it alone */
	err = removed_add_list(&l->drawn, buf_span(&result->removed), NULL);
	if (err != OK || l->lists.fd == -1)
		return err;
	if ((err = made_add(s, &both, made_input(&l->lists))) == OK)
		err = made_add(s, &both, made_input(&l->made));
	made_close(&l->made);
	l->made = both;
	return err;
}

/* In a form of the document that has neither links nor bookmarks. */
static enum err
lose_lists(struct ladder *l)
{
	struct buf *removed = &l->result.removed, list;
	enum err err;

	if (l->lists.fd == -1 || l->lists_lost)
		return OK;
	l->lists_lost = true;
	buf_init(&list, REMOVED_BYTES_MAX);
	err = removed_add_list(&list, buf_span(removed), "link-kept");
	buf_fini(removed);
	*removed = list;
	if (err == OK && l->links_n > 0)
		err = removed_add(removed, "link", l->links_n,
		    SPAN("document"));
	return err == OK && l->marks_n > 0 ? removed_add(removed,
	    "bookmarks", 1, SPAN("document")) : err;
}

/*
 * A PDF as pictures: some pages at a time, as the pixels of all would not fit
 * anywhere. RENDER_PIXELS and PDF_PAGES take turns until there are no more;
 * where one stream holds them all PDF_PAGES is left out.
 */
static enum err
page_step(struct ladders *s, struct ladder *l, enum convert_task task)
{
	struct input in = made_input(&l->made);
	uint32_t pages = 0;
	enum err err = OK;

	if (task == CONVERT_RENDER_PIXELS) {
		err = pixels_count(&in, &pages, &l->more);
		if (err == OK && l->first == 0 && !l->more)
			l->step++;
		l->first += pages;
		if (err == OK && l->first > PIXELS_PAGES_MAX)
			err = ERR_LIMIT;
	} else if (task == CONVERT_PDF_PAGES) {
		err = made_add(s, &l->pages, made_input(&l->made));
		l->source = l->more ? &l->clean : &l->pages;
		if (l->more)
			l->step -= 2;
	}
	return err;
}

/* A child is done: takes what it made. */
static enum err
step_done(struct ladders *s, struct ladder *l, struct conversion *done)
{
	const enum convert_task *tasks = l->handler->tasks;
	enum convert_task task = tasks[l->step];
	enum err err = done->err;

	made_close(&l->made);
	l->made = (struct made){ done->fd, done->bytes };
	done->fd = -1;
	l->source = &l->made;
	l->result.type = done->result.type;
	if (done->result.pages > 0)
		l->result.pages = done->result.pages;
	if (err == OK && task == CONVERT_PDF_CLEAN) {
		err = split_clean(s, l);
		l->source = &l->clean;
	}
	if (err == OK && task == CONVERT_RENDER_DRAW)
		err = draw_step(s, l, &done->result);
	if (l->step == 0) {
		/* only the first one saw what came in */
		buf_fini(&l->result.removed);
		l->result.removed = done->result.removed;
		buf_init(&done->result.removed, 0);
	}
	if (err == OK) {
		l->step++;
		if (tasks[2] == CONVERT_PDF_PAGES)
			err = page_step(s, l, task);
	}
	if (err == OK)
		look_on(s, l);
	else if (err != ERR_SYSTEM)
		next_rung(s, l, err);
	return err == ERR_SYSTEM ? err : OK;
}

/* ---- all of them ---- */

void
ladders_init(struct ladders *s, struct sanitizer_host *host,
    const struct sanitizer_policy *policy)
{
	*s = (struct ladders){ .host = host, .policy = policy };
	s->tail = &s->first;
	s->last_ticket = NOW;
}

void
ladders_fini(struct ladders *s)
{
	for (struct ladder *l = s->first; l != NULL; l = l->next)
		if (l->state != LADDER_NEW)
			close_all(s, l);
	ladders_init(s, s->host, s->policy);
}

/* Whoever may go on, from the first. */
static enum err
start_some(struct ladders *s)
{
	enum err err = OK;

	for (struct ladder *l = s->first; l != NULL && err == OK;
	    l = l->next) {
		if (l != s->first && s->held_bytes >= HELD_BYTES_MAX)
			break;
		if (l->state == LADDER_NEW) {
			if (l != s->first && s->open_n >= LADDERS_OPEN_MAX)
				break;
			s->open_n++;
			l->ticket = ++s->last_ticket;
			buf_init(&l->result.removed, REMOVED_BYTES_MAX);
			buf_init(&l->drawn, REMOVED_BYTES_MAX);
			next_rung(s, l, ERR_POLICY);
		}
		if (l->state == LADDER_READY &&
		    s->children_n < s->host->at_once)
			err = start(s, l);
	}
	return err;
}

enum err
ladder_add(struct ladders *s, struct ladder *l)
{
	struct ladder **at = s->insert != NULL ? s->insert : s->tail;

	l->made = l->clean = l->pages = l->lists = none;
	l->next = *at;
	*at = l;
	if (l->next == NULL)
		s->tail = &l->next;
	if (s->insert != NULL)
		s->insert = &l->next;
	return start_some(s);
}

/* Whoever is done first. */
static enum err
wait_for_one(struct ladders *s)
{
	struct conversion done = { .fd = -1 };
	struct ladder *l = s->first;
	enum err err;

	buf_init(&done.result.removed, REMOVED_BYTES_MAX);
	if ((err = s->host->wait(s->host, &done)) == OK) {
		if (done.ticket == NOW) {
			s->now = done;
			s->now_done = true;
			return OK;
		}
		while (l != NULL && l->ticket != done.ticket)
			l = l->next;
		require(l != NULL && l->state == LADDER_WAITS);
		s->children_n--;
		if ((err = step_done(s, l, &done)) == OK)
			err = start_some(s);
	}
	conversion_fini(&done);
	return err;
}

/* Its last task: only that one puts them back. */
static bool
has_lists(const struct handler *h)
{
	unsigned n = 0;

	while (h->tasks[n] != 0)
		n++;
	return n > 0 && h->tasks[n - 1] == CONVERT_PDF_FINISH;
}

static enum err
put(struct ladder *l, struct store *store, struct converted *converted)
{
	const struct handler *h = l->handler;
	struct filter *out = &converted->sink.filter;
	struct handler_input input = l->input;
	enum err err;

	store_sink_init(&converted->sink, store);
	if (l->step > 0)
		input.in = made_input(&l->made);
	if (!has_lists(h) && (err = lose_lists(l)) != OK)
		;
	else if (h->run != RUN_NOTHING)
		err = handler_run(h, &input, out, &l->result);
	else if (input.in.len > store->total_max - store->total)
		err = ERR_LIMIT;
	else
		err = input_push(&input.in, out);
	if (err == OK && !converted->sink.hashed)
		err = filter_end(out);
	if (err == OK)
		err = removed_add_list(&l->result.removed,
		    buf_span(&l->drawn), NULL);
	if (err == OK && !arena_dup(store->arena,
	    buf_span(&l->result.removed), &converted->removed))
		err = ERR_LIMIT;
	converted->pages = l->result.pages;
	converted->handler = h;
	converted->type = h->out != SAFE_NONE ? h->out : l->result.type;
	if (err == OK && converted->type == SAFE_NONE)
		err = ERR_INPUT;	/* a child that lies */
	if (err != OK)
		store_sink_fini(&converted->sink);
	return err;
}

enum err
ladder_take(struct ladders *s, struct ladder *l, struct store *store,
    struct converted *converted)
{
	enum err err;

	require(l == s->first);
	for (;;) {
		if ((err = start_some(s)) != OK)
			return err;
		while (l->state != LADDER_OVER)
			if ((err = wait_for_one(s)) != OK)
				return err;
		if (l->handler == NULL) {
			err = l->err;
			break;
		}
		err = put(l, store, converted);
		if (err == OK || err == ERR_SYSTEM)
			break;
		next_rung(s, l, err);
	}
	close_all(s, l);
	s->open_n--;
	if ((s->first = l->next) == NULL)
		s->tail = &s->first;
	if (start_some(s) == OK)
		return err;
	if (err == OK)
		store_sink_fini(&converted->sink);
	return ERR_SYSTEM;
}

enum err
ladders_now(struct ladders *s, const struct convert_order *order,
    const struct input *in, struct filter *out)
{
	struct input made;
	enum err err;

	s->now_done = false;
	err = s->host->start(s->host, NOW, order, in, false, s->policy);
	while (err == OK && !s->now_done)
		err = wait_for_one(s);
	if (err != OK)
		return err;
	if ((err = s->now.err) == OK) {
		made = input_fd(s->now.fd, 0, s->now.bytes);
		if ((err = input_push(&made, out)) == OK)
			err = filter_end(out);
	}
	conversion_fini(&s->now);
	return err;
}
