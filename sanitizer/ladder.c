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
#include "pixels.h"
#include "report.h"

#define NOW		LADDERS_MAX		/* the ticket of now() */

/* Results that wait for those before them; beyond it no more are begun. */
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
close_all(struct ladder *l)
{
	made_close(&l->made);
	made_close(&l->clean);
	made_close(&l->pages);
	buf_fini(&l->result.removed);
}

/* To its next child; or there is none, and it waits to be taken. */
static enum err
go_on(struct ladders *s, struct ladder *l)
{
	struct convert_order order = { .kind = l->input.kind,
	    .first = l->first };
	struct input in;

	if (l->handler != NULL)
		order.task = l->handler->tasks[l->step];
	if (order.task == 0) {
		l->over = true;
		s->held_bytes += l->made.bytes + l->clean.bytes;
		return OK;
	}
	in = l->step == 0 ? l->input.in : made_input(l->source);
	return s->host->start(s->host, l->ticket, &order, &in, l->step > 0,
	    s->policy);
}

/*
 * The rung did not hold, for err; or it is the first one. Rungs that begin
 * with the very task that failed would fail as well, after as much time.
 */
static enum err
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
	l->source = &l->clean;
	return go_on(s, l);
}

static enum err
add_pages(struct ladders *s, struct ladder *l)
{
	struct input in = made_input(&l->made);
	uint8_t bytes[16 * 1024];
	enum err err = OK;
	size_t got;

	if (l->pages.fd == -1 &&
	    (l->pages.fd = s->host->file(s->host)) == -1)
		return ERR_SYSTEM;
	if (in.len > EXPANDED_BYTES_MAX - l->pages.bytes)
		return ERR_LIMIT;
	for (uint64_t at = 0; at < in.len && err == OK; at += got) {
		err = input_read(&in, at, bytes, sizeof(bytes), &got);
		if (err == OK && got == 0)
			err = ERR_INPUT;
		if (err == OK)
			err = write_all(l->pages.fd, (struct span){ bytes,
			    got }, NULL);
	}
	l->pages.bytes += in.len;
	return err;
}

/*
 * A PDF as pictures: some pages at a time, as the pixels of all would not fit
 * anywhere. RENDER_PIXELS and PDF_PAGES take turns until there are no more.
 */
static enum err
page_step(struct ladders *s, struct ladder *l, enum convert_task task)
{
	struct input in = made_input(&l->made);
	uint32_t pages = 0;
	enum err err = OK;

	if (task == CONVERT_RENDER_PIXELS) {
		err = pixels_count(&in, &pages, &l->more);
		l->first += pages;
		if (err == OK && l->first > PIXELS_PAGES_MAX)
			err = ERR_LIMIT;
	} else if (task == CONVERT_PDF_PAGES) {
		err = add_pages(s, l);
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
	if (err == OK && task == CONVERT_PDF_CLEAN) {
		l->clean = l->made;
		l->made = none;
		l->source = &l->clean;
	}
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
	if (err == ERR_SYSTEM)
		return err;
	return err == OK ? go_on(s, l) : next_rung(s, l, err);
}

/* ---- all of them ---- */

void
ladders_init(struct ladders *s, struct sanitizer_host *host,
    const struct sanitizer_policy *policy)
{
	*s = (struct ladders){ .host = host, .policy = policy };
	s->waiting_tail = &s->waiting;
}

void
ladders_fini(struct ladders *s)
{
	for (unsigned i = 0; i < LADDERS_MAX; i++)
		if (s->begun[i] != NULL)
			close_all(s->begun[i]);
	ladders_init(s, s->host, s->policy);
}

static enum err
begin_some(struct ladders *s)
{
	enum err err = OK;

	while (err == OK && s->waiting != NULL && s->begun_n < LADDERS_MAX &&
	    (s->begun_n == 0 || s->held_bytes < HELD_BYTES_MAX)) {
		struct ladder *l = s->waiting;

		s->waiting = l->next;
		if (s->waiting == NULL)
			s->waiting_tail = &s->waiting;
		while (s->begun[l->ticket] != NULL)
			l->ticket++;
		s->begun[l->ticket] = l;
		s->begun_n++;
		buf_init(&l->result.removed, REMOVED_BYTES_MAX);
		err = next_rung(s, l, ERR_POLICY);
	}
	return err;
}

enum err
ladder_add(struct ladders *s, struct ladder *l)
{
	l->made = l->clean = l->pages = none;
	*s->waiting_tail = l;
	s->waiting_tail = &l->next;
	return begin_some(s);
}

/* Whoever is done first. */
static enum err
wait_for_one(struct ladders *s)
{
	struct conversion done = { .fd = -1 };
	struct ladder *l;
	enum err err;

	buf_init(&done.result.removed, REMOVED_BYTES_MAX);
	if ((err = s->host->wait(s->host, &done)) == OK) {
		if (done.ticket == NOW) {
			s->now = done;
			s->now_done = true;
			return OK;
		}
		require(done.ticket < LADDERS_MAX);
		l = s->begun[done.ticket];
		require(l != NULL && !l->over);
		err = step_done(s, l, &done);
	}
	conversion_fini(&done);
	return err;
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
	if (h->run != NULL)
		err = h->run(&input, out, &l->result);
	else
		err = input_push(&input.in, out);
	if (err == OK && !converted->sink.hashed)
		err = filter_end(out);
	if (err == OK && !arena_dup(store->arena,
	    buf_span(&l->result.removed), &converted->removed))
		err = ERR_LIMIT;
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

	for (;;) {
		while (!l->over)
			if ((err = wait_for_one(s)) != OK)
				return err;
		if (l->handler == NULL) {
			err = l->err;
			break;
		}
		err = put(l, store, converted);
		if (err == OK || err == ERR_SYSTEM)
			break;
		l->over = false;
		s->held_bytes -= l->made.bytes + l->clean.bytes;
		if ((err = next_rung(s, l, err)) != OK)
			return err;
	}
	s->held_bytes -= l->made.bytes + l->clean.bytes;
	close_all(l);
	s->begun[l->ticket] = NULL;
	s->begun_n--;
	if (begin_some(s) == OK)
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
