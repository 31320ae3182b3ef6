/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One leaf of a mail: decoded, probed, sent down the ladder of handler.c, or
 * removed; in each case with a row in the report and a line in the notice.
 */
#include <stdio.h>
#include <string.h>

#include "filename.h"
#include "header_write.h"
#include "sanitize_internal.h"

void
sanitize_hold(struct compose *c, const char *reason)
{
	if (!c->held)
		snprintf(c->reason, sizeof(c->reason), "%s", reason);
	c->held = true;
}

struct report_part *
sanitize_report_part(struct level *l, const struct mime_part *part)
{
	struct compose *c = l->c;
	struct report_part *row = arena_alloc(c->arena, sizeof(*row));

	if (row == NULL)
		return NULL;
	snprintf(row->path, sizeof(row->path), "%.*s%s%s",
	    (int)(REPORT_PATH_BYTES - sizeof(part->path) - 1),
	    l->prefix != NULL ? l->prefix : "",
	    l->prefix != NULL ? "." : "", part->path);
	row->declared = part->type;
	row->detected = "unknown";
	row->method = "remove";
	row->outcome = OUTCOME_REMOVED;
	*c->parts_tail = row;
	c->parts_tail = &row->next;
	if (l->first == NULL)
		l->first = row;
	return row;
}

void
sanitize_outcome(struct compose *c, struct report_part *row,
    struct notice_item *item, enum part_outcome outcome, const char *method)
{
	c->outcomes[outcome]++;
	row->outcome = outcome;
	row->method = method;
	if (item != NULL) {
		item->outcome = outcome;
		item->out_name = row->out_name;
		item->removed = row->removed;
	}
}

enum err
sanitize_decode(struct compose *c, const struct mime_part *part,
    struct decoded *decoded)
{
	struct store_sink sink;
	struct tee tee;
	uint64_t junk = 0;
	enum err err;

	if (part->encoding == ENCODING_IDENTITY) {
		decoded->in = input_sub(part->in, part->body_offset,
		    part->body_bytes);
		if (part->body_bytes > c->store.total_max - c->store.total)
			return ERR_LIMIT;
		c->store.total += part->body_bytes;
		tee_init(&tee, NULL);
		err = input_push(&decoded->in, &tee.filter);
		digest_end(&tee.digest, decoded->sha256);
		return err;
	}
	store_sink_init(&sink, &c->store);
	err = mime_part_decode(part, &sink.filter, &junk);
	decoded->in = sink.result;
	memcpy(decoded->sha256, sink.sha256, sizeof(decoded->sha256));
	store_sink_fini(&sink);
	/* another reading is wrong in its own way */
	if (err == OK && junk > 0 && part->view == 0 &&
	    part->encoding == ENCODING_BASE64)
		c->flags |= 1u << MIME_BASE64_JUNK;
	return err;
}

/* ---- names ---- */

/* A buf's bytes in the arena. */
static enum err
keep(struct compose *c, struct buf *buf, struct span *span)
{
	return arena_dup(c->arena, buf_span(buf), span) ? OK : ERR_LIMIT;
}

enum err
sanitize_read_names(struct compose *c, const struct mime_part *part,
    struct sanitize_names *names)
{
	struct buf raw, shown;
	enum err err;

	buf_init(&raw, MIME_HEADER_BYTES_MAX * 4);
	buf_init(&shown, 1024);
	if ((err = filename_of_part(part, &raw)) == OK)
		err = keep(c, &raw, &names->raw);
	if (err == OK)
		err = filename_show(names->raw, &shown);
	if (err == OK)
		err = keep(c, &shown, &names->shown);
	buf_fini(&raw);
	buf_fini(&shown);
	return err;
}

/* A name for the attachment that no other in this mail has. */
enum err
sanitize_name(struct level *l, struct span raw, struct span fallback,
    enum safe_type type, struct span *name)
{
	struct buf buf;
	enum err err;

	if (l->names_n == LEAVES_MAX)
		return ERR_LIMIT;
	buf_init(&buf, 1024);
	err = filename_clean(raw, fallback, safe_type_extension(type), &buf);
	if (err == OK)
		err = filename_unique(&buf, l->names, l->names_n);
	if (err == OK && (err = keep(l->c, &buf, name)) == OK)
		l->names[l->names_n++] = *name;
	buf_fini(&buf);
	return err;
}

struct span
sanitize_stem(struct span name)
{
	for (size_t i = name.len; i > 0; i--)
		if (name.ptr[i - 1] == '.')
			return span_sub(name, 0, i - 1);
	return name;
}

/* ---- results ---- */

struct notice_item *
sanitize_item(struct level *l, const struct sanitize_names *names,
    const struct report_part *row, const struct detected *d)
{
	struct notice_item *item = arena_alloc(l->c->arena, sizeof(*item));

	if (item == NULL)
		return NULL;
	item->name = names->shown;
	item->type = d->type;
	item->disguised = d->disguised;
	item->bytes = row->bytes_in;
	*l->items_tail = item;
	l->items_tail = &item->next;
	l->last_item = item;
	return item;
}

enum err
sanitize_add(struct level *l, enum safe_type type, struct span name,
    const struct input *in, const struct safe_mail *mail)
{
	struct safe_part *part = arena_alloc(l->c->arena, sizeof(*part));

	if (part == NULL)
		return ERR_LIMIT;
	part->type = type;
	part->name = name;
	if (in != NULL)
		part->in = *in;
	part->mail = mail;
	*l->parts_tail = part;
	l->parts_tail = &part->next;
	return OK;
}

void
sanitize_drop(struct compose *c, struct report_part *row,
    struct notice_item *item, enum notice_reason reason)
{
	row->reason = notice_reason_text(reason);
	item->reason = reason;
	sanitize_outcome(c, row, item, OUTCOME_REMOVED, "remove");
}

enum err
sanitize_remove(struct level *l, const struct sanitize_names *names,
    struct report_part *row, const struct detected *d,
    enum notice_reason reason)
{
	struct notice_item *item = sanitize_item(l, names, row, d);

	if (item == NULL)
		return ERR_LIMIT;
	sanitize_drop(l->c, row, item, reason);
	return OK;
}

/* ---- a file and its ladder ---- */

struct leaf {
	struct later		later;
	struct level		*level;
	struct sanitize_names	names;
	struct report_part	*row;
	struct detected		d;
	struct notice_item	*item;
	struct ladder		ladder;
	unsigned		depth, archives;	/* of its place */
};

/* For a part without a name. */
static struct span
fallback_name(struct span declared)
{
	if (span_equal(declared, SPAN("message/delivery-status")) ||
	    span_equal(declared, SPAN("message/disposition-notification")))
		return SPAN("配信状況");
	return SPAN("添付");
}

static enum err
deliver(struct leaf *leaf, struct converted *converted)
{
	const struct handler *h = converted->handler;
	const struct sanitize_names *names = &leaf->names;
	const struct detected *d = &leaf->d;
	struct report_part *row = leaf->row;
	struct level *l = leaf->level;
	enum err err;

	if ((err = sanitize_name(l, names->raw, fallback_name(row->declared),
	    converted->type, &row->out_name)) != OK)
		return err;
	row->out_type = safe_type_name(converted->type);
	row->pages = converted->pages;
	row->bytes_out = converted->sink.bytes;
	memcpy(row->sha256_out, converted->sink.sha256, 32);
	row->removed = converted->removed;
	if (d->polyglot)
		row->reason = "two kinds of file in one; only one was read";
	sanitize_outcome(l->c, row, leaf->item, h->outcome, h->name);
	leaf->item->renamed = names->shown.len > 0 &&
	    !span_equal(names->shown, row->out_name) &&
	    (d->differs || d->disguised || h->outcome == OUTCOME_EXTRACTED ||
	    !span_equal(sanitize_stem(names->shown),
	    sanitize_stem(row->out_name)));
	return sanitize_add(l, converted->type, row->out_name,
	    &converted->sink.result, NULL);
}

static enum notice_reason
why_not(struct compose *c, const struct leaf *leaf, enum err err)
{
	if (leaf->ladder.rungs == 0)
		return NOTICE_FORMAT;
	if (err == ERR_POLICY && leaf->d.type->kind == PART_PDF) {
		leaf->row->held = c->job->policy.encrypted == METHOD_HOLD;
		if (leaf->row->held)
			sanitize_hold(c, "encrypted attachment");
		return NOTICE_ENCRYPTED;
	}
	return err == ERR_LIMIT ? NOTICE_LIMIT : NOTICE_BROKEN;
}

/*
 * The files in a PDF stand behind it: in the report, in the notice, and in
 * the order in which the rest is done.
 */
static enum err
files_of(struct leaf *leaf)
{
	struct level *l = leaf->level;
	unsigned depth = l->depth, archives = l->archives;
	struct compose *c = l->c;
	struct report_part *rows = leaf->row->next, **rows_tail =
	    c->parts_tail;
	struct notice_item *items = leaf->item->next, **items_tail =
	    l->items_tail;
	enum err err;

	leaf->row->next = NULL;
	c->parts_tail = &leaf->row->next;
	leaf->item->next = NULL;
	l->items_tail = &leaf->item->next;
	c->ladders.insert = &c->ladders.first;
	l->depth = leaf->depth;
	l->archives = leaf->archives;
	err = sanitize_pdf_files(l, &leaf->names, leaf->row, leaf->item,
	    &leaf->ladder.input.in);
	c->ladders.insert = NULL;
	l->depth = depth;
	l->archives = archives;
	*l->items_tail = items;
	if (items != NULL)
		l->items_tail = items_tail;
	*c->parts_tail = rows;
	if (rows != NULL)
		c->parts_tail = rows_tail;
	return err;
}

static enum err
finish_leaf(struct later *later)
{
	struct leaf *leaf = (struct leaf *)later;
	struct compose *c = leaf->level->c;
	enum notice_reason reason = NOTICE_NONE;
	struct converted converted;
	enum err err;

	err = ladder_take(&c->ladders, &leaf->ladder, &c->store, &converted);
	if (err == OK) {
		err = deliver(leaf, &converted);
		store_sink_fini(&converted.sink);
	} else if (err != ERR_SYSTEM) {
		reason = why_not(c, leaf, err);
		sanitize_drop(c, leaf->row, leaf->item, reason);
		err = OK;
	}
	if (err == OK && leaf->d.type->kind == PART_PDF &&
	    reason != NOTICE_ENCRYPTED)
		err = files_of(leaf);
	return err;
}

static enum err
begin_leaf(struct level *l, struct span charset,
    const struct sanitize_names *names, struct report_part *row,
    const struct detected *d, const struct input *in)
{
	struct leaf *leaf = arena_alloc(l->c->arena, sizeof(*leaf));

	if (leaf == NULL)
		return ERR_LIMIT;
	*leaf = (struct leaf){ .level = l, .depth = l->depth,
	    .archives = l->archives, .names = *names, .row = row,
	    .d = *d, .ladder.input = { .in = *in, .kind = d->type->kind,
	    .charset = charset, .policy = &l->c->job->policy } };
	if ((leaf->item = sanitize_item(l, names, row, d)) == NULL)
		return ERR_LIMIT;
	sanitize_later(l->c, &leaf->later, finish_leaf);
	return ladder_add(&l->c->ladders, &leaf->ladder);
}

/* Kinds that are removed without asking a handler; NONE: ask. */
static enum notice_reason
refuse(struct compose *c, const struct mime_part *part,
    struct report_part *row, const struct detected *d)
{
	const struct sanitizer_policy *policy = &c->job->policy;
	enum part_kind kind = d->type->kind;
	enum method method = handler_method(kind, policy);

	if (d->encrypted) {
		row->held = policy->encrypted == METHOD_HOLD;
		if (row->held)
			sanitize_hold(c, "encrypted attachment");
		return NOTICE_ENCRYPTED;
	}
	if (method == METHOD_HOLD) {
		char reason[80];

		row->held = true;
		snprintf(reason, sizeof(reason), "the policy holds %s",
		    d->type->label);
		sanitize_hold(c, reason);
	}
	if (kind == PART_ACTIVE)
		return NOTICE_ACTIVE;
	if ((kind == PART_SMIME && span_find(part->type,
	    SPAN("pkcs7-mime")) == part->type.len) || kind == PART_PGP)
		return NOTICE_SIGNATURE;
	if (method == METHOD_HOLD)
		return NOTICE_POLICY;
	if (method == METHOD_REMOVE && kind != PART_UNKNOWN)
		return policy->other == METHOD_REMOVE && (kind == PART_MEDIA ||
		    kind == PART_TNEF || kind == PART_SMIME) ?
		    NOTICE_FORMAT : NOTICE_POLICY;
	return NOTICE_NONE;
}

static enum err sanitize_mail_file(struct level *l,
    const struct sanitize_names *names, struct report_part *row,
    const struct detected *d, const struct input *in);

enum err
sanitize_settle(struct level *l, const struct mime_part *part,
    const struct sanitize_names *names, struct report_part *row,
    const struct detected *d, const struct input *in)
{
	enum notice_reason reason = refuse(l->c, part, row, d);

	if ((reason == NOTICE_NONE || reason == NOTICE_ENCRYPTED) &&
	    sanitize_is_archive(l->c, d->type->kind))
		return sanitize_archive(l, names, row, d, in);
	if (reason == NOTICE_NONE && d->type->kind == PART_MAIL)
		return sanitize_mail_file(l, names, row, d, in);
	if (reason != NOTICE_NONE)
		return sanitize_remove(l, names, row, d, reason);
	return begin_leaf(l, part->charset, names, row, d, in);
}

/*
 * A leaf that another reading found: the same bytes as one that is done say
 * nothing new. (The rows of this mail begin at l->first.)
 */
static bool
is_repeated(const struct level *l, const struct report_part *row)
{
	if (l->views == 0)
		return false;
	for (const struct report_part *p = l->first; p != NULL && p != row;
	    p = p->next)
		if (p->bytes_in == row->bytes_in &&
		    memcmp(p->sha256_in, row->sha256_in, 32) == 0)
			return true;
	return false;
}

enum err
sanitize_leaf(struct level *l, const struct mime_part *part)
{
	struct detected d = { .type = file_type_find("unknown") };
	struct decoded decoded;
	struct report_part *row;
	struct sanitize_names names;
	enum err err;

	if (sanitize_seen(l, part))
		return OK;
	if (++l->c->leaves > LEAVES_MAX ||
	    (row = sanitize_report_part(l, part)) == NULL)
		return ERR_LIMIT;
	if ((err = sanitize_read_names(l->c, part, &names)) != OK)
		return err;
	row->name = names.shown;
	if (part->flags & 1u << MIME_PARTIAL) {
		d.type = file_type_find("partial");
		row->detected = d.type->label;
		row->bytes_in = part->body_bytes;
		return sanitize_remove(l, &names, row, &d, NOTICE_PARTIAL);
	}
	err = sanitize_decode(l->c, part, &decoded);
	if (err == ERR_LIMIT) {
		row->bytes_in = part->body_bytes;
		return sanitize_remove(l, &names, row, &d, NOTICE_LIMIT);
	}
	if (err == OK)
		err = detect(&decoded.in, names.raw, &d);
	if (err != OK)
		return err;
	row->detected = d.type->label;
	row->bytes_in = decoded.in.len;
	memcpy(row->sha256_in, decoded.sha256, 32);
	if (decoded.in.len == 0 && names.shown.len == 0) {
		row->reason = "empty";
		sanitize_outcome(l->c, row, NULL, OUTCOME_KEPT, "text");
		return OK;
	}
	if (is_repeated(l, row)) {
		row->reason = "the same bytes as in another reading";
		return OK;
	}
	if (l->views > 0)
		l->ambiguous = true;
	if (span_equal(part->type, SPAN("application/pgp-encrypted"))) {
		d.type = file_type_find("pgp");
		d.encrypted = true;
	}
	return sanitize_settle(l, part, &names, row, &d, &decoded.in);
}

/* ---- mails inside ---- */

struct inner_mail {
	struct later		later;
	struct level		*level, *inner;
	const struct mime_part	*root;
	struct sanitize_names	names;
	struct report_part	*row;
	struct notice_item	*item;
	enum safe_type		type;
};

/* Its name, or its subject: where that has a path, it is words, no folder. */
static enum err
name_mail(struct inner_mail *m)
{
	struct buf subject;
	enum err err = OK;

	buf_init(&subject, 4 * MIME_HEADER_BYTES_MAX);
	if (m->names.raw.len == 0)
		err = header_text(m->root, SPAN("Subject"), &subject);
	for (size_t i = 0; i < subject.len; i++)
		if (subject.ptr[i] == '/' || subject.ptr[i] == '\\')
			subject.ptr[i] = '_';
	if (err == OK)
		err = sanitize_name(m->level, m->names.raw.len > 0 ?
		    m->names.raw : buf_span(&subject), SPAN("添付メール"),
		    m->type, &m->row->out_name);
	buf_fini(&subject);
	return err;
}

static enum err
finish_mail(struct later *later)
{
	struct inner_mail *m = (struct inner_mail *)later;
	struct level *l = m->level;
	enum err err;

	err = level_finish(m->inner, m->root, false);
	level_fini(m->inner);
	if (err != OK || (err = name_mail(m)) != OK)
		return err;
	m->row->out_type = safe_type_name(m->type);
	if (m->names.shown.len == 0)
		m->item->name = m->row->out_name;
	sanitize_outcome(l->c, m->row, m->item, OUTCOME_REBUILT, "mail");
	if (m->type != SAFE_MAIL)
		return sanitize_flat_mail(l, m->inner->mail, m->root,
		    m->row->out_name);
	return sanitize_add(l, SAFE_MAIL, m->row->out_name, NULL,
	    m->inner->mail);
}

static enum err
add_mail(struct level *l, const struct mime_part *root, const char *prefix,
    const struct sanitize_names *names, struct report_part *row)
{
	const struct detected d = { .type = file_type_find("mail") };
	struct inner_mail *m;
	enum err err;

	if (l->depth + 1 > NESTING_DEPTH_MAX)
		return sanitize_remove(l, names, row, &d, NOTICE_LIMIT);
	if ((m = arena_alloc(l->c->arena, sizeof(*m))) == NULL)
		return ERR_LIMIT;
	/* a ZIP of ours has no mails in it */
	*m = (struct inner_mail){ .level = l, .root = root, .names = *names,
	    .row = row, .type = l->archives > 0 ? SAFE_TEXT : SAFE_MAIL };
	if ((m->item = sanitize_item(l, names, row, &d)) == NULL)
		return ERR_LIMIT;
	m->item->is_mail = true;
	if ((err = level_new(l->c, l->depth + 1, &m->inner)) != OK)
		return err;
	m->inner->prefix = prefix;
	m->inner->archives = l->archives;
	if ((err = sanitize_walk(m->inner, root)) == OK)
		sanitize_later(l->c, &m->later, finish_mail);
	l->ambiguous |= m->inner->ambiguous;
	return err;
}

enum err
sanitize_inner(struct level *l, const struct mime_part *part)
{
	struct report_part *row;
	struct sanitize_names names;
	enum err err;

	if (sanitize_seen(l, part))
		return OK;
	if (++l->c->leaves > LEAVES_MAX ||
	    (row = sanitize_report_part(l, part)) == NULL)
		return ERR_LIMIT;
	if ((err = sanitize_read_names(l->c, part, &names)) != OK)
		return err;
	row->name = names.shown;
	row->detected = "mail";
	row->bytes_in = part->body_bytes;
	if (l->views > 0)
		l->ambiguous = true;
	return add_mail(l, part->children, l->prefix, &names, row);
}

/* A file that turned out to be a mail: it goes the way of mails. */
static enum err
sanitize_mail_file(struct level *l, const struct sanitize_names *names,
    struct report_part *row, const struct detected *d,
    const struct input *in)
{
	struct input *kept = arena_alloc(l->c->arena, sizeof(*kept));
	unsigned reserved = l->c->reserved;
	struct mime_tree tree;
	struct diag diag;
	enum err err;

	if (kept == NULL)
		return ERR_LIMIT;
	*kept = *in;
	if (l->depth + 1 > NESTING_DEPTH_MAX)
		return sanitize_remove(l, names, row, d, NOTICE_LIMIT);
	if (mime_parse(kept, l->c->arena, &tree, &diag) != OK)
		return sanitize_remove(l, names, row, d, NOTICE_LIMIT);
	if (l->c->leaves + reserved + tree.parts > LEAVES_MAX)
		return sanitize_remove(l, names, row, d, NOTICE_MANY);
	l->c->flags |= tree.flags;
	l->c->kinds |= tree.kinds;
	l->c->reserved += tree.parts;
	err = add_mail(l, tree.root, row->path, names, row);
	l->c->reserved = reserved;
	return err;
}
