/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A whole mail: parsed, walked, composed, written, reported. When a limit
 * ends the work, what is written is a header and a notice, and the mail is
 * held: there is no way on which input bytes get through unread.
 */
#include <stdio.h>
#include <string.h>

#include "../gateway/base/clock.h"
#include "archive_read.h"
#include "charset.h"
#include "header_write.h"
#include "sanitize_internal.h"
#include "xml_parse.h"

#define HEADER_BYTES_MAX	(2 * 1024 * 1024)

/* ---- counting and hashing on the way ---- */

static enum err
tee_write(struct filter *f, struct span s)
{
	struct tee *tee = (struct tee *)f;

	digest_add(&tee->digest, s);
	tee->bytes += s.len;
	return f->next != NULL ? filter_write(f->next, s) : OK;
}

static enum err
tee_end(struct filter *f)
{
	(void)f;
	return OK;
}

void
tee_init(struct tee *tee, struct filter *out)
{
	*tee = (struct tee){ .filter = { tee_write, tee_end, out } };
	digest_init(&tee->digest);
}

/* ---- life of a run and of a level ---- */

enum err
compose_init(struct compose *c, const struct sanitizer_job *job,
    struct sanitizer_host *host)
{
	*c = (struct compose){ .job = job, .host = host };
	c->parts_tail = &c->parts;
	c->later_tail = &c->later;
	buf_init(&c->notes, REMOVED_BYTES_MAX);
	ladders_init(&c->ladders, host, &job->policy);
	if ((c->arena = arena_new(ARENA_BYTES_MAX)) == NULL)
		return ERR_SYSTEM;
	store_init(&c->store, c->arena, host->scratch_fd,
	    EXPANDED_BYTES_MAX);
	return OK;
}

/* What is under way is of no use any more. */
static void
let_go(struct compose *c)
{
	ladders_fini(&c->ladders);
	c->later = NULL;
	c->later_tail = &c->later;
	for (struct level *l = c->levels; l != NULL; l = l->next)
		level_fini(l);
	c->levels = NULL;
	c->text_bytes = 0;
}

void
compose_fini(struct compose *c)
{
	let_go(c);
	buf_fini(&c->notes);
	arena_free(c->arena);
}

void
sanitize_later(struct compose *c, struct later *later,
    enum err (*finish)(struct later *))
{
	later->finish = finish;
	*c->later_tail = later;
	c->later_tail = &later->next;
}

enum err
sanitize_finish(struct compose *c)
{
	enum err err = OK;

	for (struct later *l = c->later; l != NULL && err == OK;
	    l = l->next) {
		struct later *rest = l->next, **tail = c->later_tail;

		l->next = NULL;
		c->later_tail = &l->next;
		err = l->finish(l);
		*c->later_tail = rest;
		if (rest != NULL)
			c->later_tail = tail;
	}
	return err;
}

enum err
level_new(struct compose *c, unsigned depth, struct level **level)
{
	struct level *l = arena_alloc(c->arena, sizeof(*l));

	if (l == NULL)
		return ERR_LIMIT;
	*level = l;
	l->c = c;
	l->depth = depth;
	l->mail = arena_alloc(c->arena, sizeof(*l->mail));
	l->names = arena_alloc_array(c->arena, LEAVES_MAX, sizeof(*l->names));
	l->seen = arena_alloc_array(c->arena, SEEN_MAX, sizeof(*l->seen));
	buf_init(&l->text, 16 * 1024 * 1024);
	buf_init(&l->removed, REMOVED_BYTES_MAX);
	l->next = c->levels;
	c->levels = l;
	if (l->mail == NULL || l->names == NULL || l->seen == NULL)
		return ERR_LIMIT;
	l->parts_tail = &l->mail->parts;
	l->items_tail = &l->items;
	return OK;
}

void
level_fini(struct level *l)
{
	buf_fini(&l->text);
	buf_fini(&l->removed);
}

static const char *
outcome_word(const struct compose *c)
{
	if (!c->held)
		return "safe";
	return c->job->released ? "released" : "held";
}

static enum err
write_header(struct level *l, const struct mime_part *root)
{
	const unsigned *n = l->c->outcomes;
	const struct header_summary summary = {
		.outcome = outcome_word(l->c), .flags = l->c->flags,
		.kept = n[OUTCOME_KEPT], .rebuilt = n[OUTCOME_REBUILT],
		.rendered = n[OUTCOME_RENDERED],
		.extracted = n[OUTCOME_EXTRACTED],
		.removed = n[OUTCOME_REMOVED],
	};
	struct buf header, removed;
	uint64_t addresses;
	enum err err;

	buf_init(&header, HEADER_BYTES_MAX);
	buf_init(&removed, REMOVED_BYTES_MAX);
	err = header_write(root, l->c->job, l->depth == 0 ? &summary : NULL,
	    &header, &removed);
	if (err == OK && !arena_dup(l->c->arena, buf_span(&header),
	    &l->mail->header))
		err = ERR_LIMIT;
	addresses = removed_count(buf_span(&removed), "header-address");
	if (err == OK && addresses > 0)
		err = removed_add(&l->removed, "header-address", addresses,
		    SPAN(""));
	if (err == OK)
		err = removed_add_list(&l->c->notes, buf_span(&removed),
		    NULL);
	buf_fini(&header);
	buf_fini(&removed);
	return err;
}

enum err
level_finish(struct level *l, const struct mime_part *root, bool unreadable)
{
	struct notice notice = { .job = l->c->job, .inner = l->depth > 0,
	    .ambiguous = l->ambiguous, .unreadable = unreadable,
	    .held = l->c->held && l->depth == 0, .html = l->html,
	    .both = l->both, .items = l->items };
	struct buf shown, real;
	enum err err;

	if ((err = write_header(l, root)) != OK)
		return err;
	buf_init(&shown, MIME_HEADER_BYTES_MAX);
	buf_init(&real, MIME_HEADER_BYTES_MAX);
	if (root != NULL && header_lying_sender(root, &shown, &real)) {
		notice.sender_shown = buf_span(&shown);
		notice.sender_real = buf_span(&real);
	}
	notice.removed = buf_span(&l->removed);
	err = sanitize_text(l, &notice, &l->mail->text);
	buf_fini(&shown);
	buf_fini(&real);
	return err;
}

/* ---- the run ---- */

/* Ambiguous beyond repair, or the policy wants it: not without a person. */
static void
judge(struct compose *c)
{
	char reason[80];
	unsigned kinds = (unsigned)__builtin_popcount(c->kinds);

	if (kinds <= AMBIGUITY_KINDS_MAX)
		return;
	snprintf(reason, sizeof(reason), "%u kinds of ambiguity", kinds);
	sanitize_hold(c, reason);
}

/*
 * The arena may be full: start over in another one, with nothing but a header
 * (of the old tree, where it came so far) and a notice.
 */
static enum err
compose_notice(struct compose *c, const struct mime_part *root,
    struct safe_mail **mail)
{
	struct level *level;
	enum err err;

	let_go(c);
	if ((c->arena = arena_new(ARENA_BYTES_MAX)) == NULL)
		return ERR_SYSTEM;
	c->store.arena = c->arena;
	c->parts = NULL;
	c->parts_tail = &c->parts;
	memset(c->outcomes, 0, sizeof(c->outcomes));
	buf_clear(&c->notes);
	if ((err = level_new(c, 0, &level)) != OK)
		return err;
	err = level_finish(level, root, true);
	*mail = level->mail;
	if (err != ERR_LIMIT || root == NULL)
		return err;
	/* the header was it */
	let_go(c);
	arena_free(c->arena);
	return compose_notice(c, NULL, mail);
}

/* Everything, or on a limit a header (where it could be read) and a notice. */
static enum err
compose_mail(struct compose *c, const struct input *in,
    struct safe_mail **mail, struct diag *diag)
{
	struct mime_tree tree = { NULL, 0, 0, 0, 0 };
	struct arena *full = c->arena;
	struct level *level;
	enum err err;

	if ((err = level_new(c, 0, &level)) != OK)
		return err;
	if ((err = mime_parse(in, c->arena, &tree, diag)) == OK) {
		c->flags |= tree.flags;
		c->kinds |= tree.kinds;
		c->reserved = tree.parts;
		if ((err = sanitize_walk(level, tree.root)) == OK &&
		    (err = sanitize_finish(c)) == OK) {
			judge(c);
			err = level_finish(level, tree.root, false);
		}
	}
	*mail = level->mail;
	if (err != ERR_LIMIT)
		return err;
	sanitize_hold(c, diag != NULL && diag->err == ERR_LIMIT ?
	    diag->what : "a limit of the sanitizer was reached");
	err = compose_notice(c, tree.root, mail);
	arena_free(full);
	return err;
}

enum err
sanitize_hash(const struct input *in, uint8_t sha256[32])
{
	struct tee tee;
	enum err err;

	tee_init(&tee, NULL);
	err = input_push(in, &tee.filter);
	digest_end(&tee.digest, sha256);
	return err;
}

enum err
sanitize_report(struct compose *c, const struct input *in, uint64_t start_ns,
    const struct sanitizer_result *result, struct buf *report)
{
	struct report r = { .job = c->job, .result = result,
	    .in_bytes = in->len, .flags = c->flags,
	    .notes = buf_span(&c->notes), .parts = c->parts };
	enum err err;

	if ((err = sanitize_hash(in, r.in_sha256)) != OK)
		return err;
	r.elapsed_us = (clock_monotonic_ns() - start_ns) / 1000;
	return report_write(&r, report);
}

static void
count_parts(const struct compose *c, struct part_tally *tally)
{
	for (const struct report_part *p = c->parts; p != NULL; p = p->next) {
		enum part_kind kind = file_type_find(p->detected)->kind;
		bool held = p->held && !c->job->released;

		/* 0: none yet, as a limit ended the work */
		if (p->outcome != 0)
			tally->n[kind][held ? TALLY_HELD : p->outcome]++;
	}
}

void
sanitize_result(struct compose *c, struct tee *tee,
    struct sanitizer_result *result)
{
	*result = (struct sanitizer_result){ .outcome = MAIL_SAFE,
	    .out_bytes = tee->bytes, .parts = c->leaves,
	    .flags = (unsigned)__builtin_popcount(c->flags) };
	if (c->held && !c->job->released)
		result->outcome = MAIL_HOLD;
	memcpy(result->reason, c->reason, sizeof(result->reason));
	count_parts(c, &result->tally);
	digest_end(&tee->digest, result->out_sha256);
}

enum err
sanitizer_mail(const struct sanitizer_job *job, const struct input *in,
    struct sanitizer_host *host, struct filter *out, struct buf *report,
    struct sanitizer_result *result, struct diag *diag)
{
	uint64_t start_ns = clock_monotonic_ns();
	struct safe_mail *mail;
	struct diag local = { OK };
	struct compose c;
	struct tee tee;
	enum err err;

	if (diag == NULL)
		diag = &local;
	if ((err = compose_init(&c, job, host)) != OK)
		return err;
	tee_init(&tee, out);
	if ((err = compose_mail(&c, in, &mail, diag)) == OK)
		err = mime_write(mail, job->id, &tee.filter);
	sanitize_result(&c, &tee, result);
	if (err == OK)
		err = filter_end(out);
	if (err == OK)
		err = sanitize_report(&c, in, start_ns, result, report);
	compose_fini(&c);
	return err;
}

void
sanitizer_warm(void)
{
	struct digest digest;
	uint8_t out[DIGEST_BYTES];
	char text[CLOCK_TEXT_BYTES];

	charset_warm();
	detect_warm();
	xml_parse_warm();
	archive_read_warm();
	digest_init(&digest);
	digest_end(&digest, out);
	clock_rfc5322(0, text, sizeof(text));
}
