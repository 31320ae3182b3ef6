/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An archive: its files are taken out by a child, each goes the way of an
 * attachment, and what is left goes into one new ZIP. Archives and mails in
 * it are laid flat: their files stand beside the others. So do those of a PDF
 * wherever it is.
 */
#include <stdio.h>
#include <string.h>

#include "clean.h"
#include "entries.h"
#include "filename.h"
#include "header_write.h"
#include "sanitize_internal.h"
#include "zip.h"

#define PATH_BYTES_MAX	(REPORT_PATH_BYTES - 64)	/* a part's behind */
#define MAIL_TEXT_BYTES_MAX (20u * 1024 * 1024)

bool
sanitize_is_archive(const struct compose *c, enum part_kind kind)
{
	enum method method = c->job->policy.archive;

	return (kind == PART_ZIP || kind == PART_ARCHIVE) &&
	    (method == METHOD_REBUILD || method == METHOD_EXTRACT);
}

/* ---- the list ---- */

struct archive {
	struct level	*level;		/* where its files go */
	const char	*path;		/* of its row: before those of them */
	struct span	 shown;		/* before their names; may be empty */
	struct span	 alone;		/* name of a file without one */
	struct input	 list;
	bool		 beside;	/* no archive: it stays itself */
	unsigned	 entries, encrypted, whole, flags;
	unsigned	 taken;		/* of the entries, from the first */
};

/* By a child; the list stays in the store. */
static enum err
unpack(struct compose *c, enum part_kind kind, const struct input *in,
    struct input *list)
{
	const struct convert_order order = { .task = CONVERT_ENTRIES,
	    .kind = kind };
	struct store_sink sink;
	enum err err;

	store_sink_init(&sink, &c->store);
	err = ladders_now(&c->ladders, &order, in, &sink.filter);
	*list = sink.result;
	store_sink_fini(&sink);
	return err;
}

/* Count, and see that the whole list is one. */
static enum err
survey(struct archive *a)
{
	struct entries_reader r;
	struct entry entry;
	enum err err;
	bool more;

	if ((err = entries_open(&r, &a->list)) != OK)
		return err;
	while ((err = entries_next(&r, &entry, &more, &a->flags)) == OK &&
	    more) {
		if (++a->entries > ARCHIVE_ENTRIES_MAX)
			return ERR_LIMIT;
		a->encrypted += (entry.flags & ENTRY_ENCRYPTED) != 0;
		a->whole += entry.flags == 0;
	}
	return err;
}

/* ---- one file of it ---- */

static enum err
entry_names(struct archive *a, const struct entry *entry,
    struct sanitize_names *names)
{
	struct arena *arena = a->level->c->arena;
	struct span raw = entry->name;
	struct buf shown;
	enum err err = OK;

	if (raw.len == 0 && a->entries == 1)
		raw = a->alone;
	buf_init(&shown, 8 * 1024);
	if (a->shown.len > 0 && (err = buf_add(&shown, a->shown)) == OK)
		err = buf_add_byte(&shown, '/');
	if (err == OK)
		err = filename_show(raw, &shown);
	if (err == OK && (!arena_dup(arena, raw, &names->raw) ||
	    !arena_dup(arena, buf_span(&shown), &names->shown)))
		err = ERR_LIMIT;
	buf_fini(&shown);
	return err;
}

/* "2/内訳.xlsx", of a mail in it "2/a.eml.1"; cut between characters. */
static void
entry_path(struct report_part *row, const char *archive, struct span name)
{
	size_t len = strlen(archive), n = name.len;

	if (len > PATH_BYTES_MAX - 1)
		len = PATH_BYTES_MAX - 1;
	while (len > 0 && ((uint8_t)archive[len] & 0xc0) == 0x80)
		len--;
	if (n > PATH_BYTES_MAX - 1 - len)
		n = PATH_BYTES_MAX - 1 - len;
	while (n > 0 && n < name.len && (name.ptr[n] & 0xc0) == 0x80)
		n--;
	snprintf(row->path, sizeof(row->path), "%.*s/%.*s", (int)len, archive,
	    (int)n, (const char *)name.ptr);
}

/* Not unpacked: what it was is known by its name at most. */
static enum err
missing_entry(struct archive *a, const struct entry *entry,
    const struct sanitize_names *names, struct report_part *row)
{
	struct detected d = { .type = file_type_find("unknown") };
	enum notice_reason reason = entry->flags & ENTRY_ODD ? NOTICE_ODD :
	    entry->flags & ENTRY_ENCRYPTED ? NOTICE_ENCRYPTED :
	    entry->flags & ENTRY_TOO_LARGE ? NOTICE_LIMIT : NOTICE_BROKEN;
	struct span stem = sanitize_stem(names->raw), extension;
	const struct file_type *type;

	if (stem.len < names->raw.len) {
		extension = span_sub(names->raw, stem.len + 1,
		    names->raw.len);
		if ((type = file_type_of_extension(extension)) != NULL)
			d.type = type;
	}
	return sanitize_remove(a->level, names, row, &d, reason);
}

static enum err
add_entry(struct archive *a, const struct entry *entry)
{
	const struct mime_part part = { .in = &entry->bytes,
	    .body_bytes = entry->bytes.len, .attachment = true };
	struct sanitize_names names = { { NULL, 0 }, { NULL, 0 } };
	struct level *l = a->level;
	struct report_part *row;
	struct detected d;
	enum err err;

	l->c->reserved--;
	if (++l->c->leaves > LEAVES_MAX ||
	    (row = sanitize_report_part(l, &part)) == NULL)
		return ERR_LIMIT;
	if ((err = entry_names(a, entry, &names)) != OK)
		return err;
	entry_path(row, a->path, span_sub(names.shown, a->shown.len > 0 ?
	    a->shown.len + 1 : 0, names.shown.len));
	row->name = names.shown;
	row->bytes_in = entry->bytes.len;
	if (entry->flags != 0)
		return missing_entry(a, entry, &names, row);
	if ((err = sanitize_hash(&entry->bytes, row->sha256_in)) != OK ||
	    (err = detect(&entry->bytes, names.raw, &d)) != OK)
		return err;
	row->detected = d.type->label;
	return sanitize_settle(l, &part, &names, row, &d, &entry->bytes);
}

/* One line for all that a mail has no room for: "(+102)". */
static enum err
add_rest(struct archive *a)
{
	const struct mime_part part = { .attachment = true };
	const struct detected d = { .type = file_type_find("unknown") };
	struct level *l = a->level;
	struct report_part *row = sanitize_report_part(l, &part);
	struct sanitize_names names = { { NULL, 0 }, { NULL, 0 } };
	unsigned more = a->entries - a->taken;
	char text[16];
	int n = snprintf(text, sizeof(text), "(+%u)", more);
	enum err err;

	if (row == NULL || !arena_dup(l->c->arena, (struct span){
	    (const uint8_t *)text, (size_t)n }, &names.shown))
		return ERR_LIMIT;
	entry_path(row, a->path, names.shown);
	row->name = names.shown;
	err = sanitize_remove(l, &names, row, &d, NOTICE_MANY);
	if (err == OK)
		l->last_item->more = more;
	return err;
}

/* The level is one archive deeper meanwhile. */
static enum err
add_entries(struct archive *a)
{
	struct level *l = a->level;
	unsigned archives = a->beside ? 0 : 1;
	struct entries_reader r;
	struct entry entry;
	unsigned flags, n = 0;
	enum err err;
	bool more;

	l->c->reserved += a->taken;
	l->depth++;
	l->archives += archives;
	if ((err = entries_open(&r, &a->list)) == OK)
		while (n++ < a->taken && (err = entries_next(&r, &entry,
		    &more, &flags)) == OK && more &&
		    (err = add_entry(a, &entry)) == OK)
			;
	if (err == OK && a->taken < a->entries)
		err = add_rest(a);
	l->archives -= archives;
	l->depth--;
	return err;
}

/* ---- the new ZIP ---- */

/* An archive whose files are on their way. */
struct packed {
	struct later		later;
	struct level		*level, *files;
	struct sanitize_names	names;
	struct report_part	*row, **end;	/* of its files' rows */
	struct notice_item	*item;
};

static enum err
write_entries(struct level *l, struct span archive, struct zip_writer *w)
{
	struct input text = { 0 };
	enum err err;

	if ((err = archive_result(l->c, archive, l->items, &text)) == OK)
		err = zip_add(w, SPAN(ARCHIVE_RESULT_NAME), &text, false);
	for (const struct safe_part *p = l->mail->parts; p != NULL &&
	    err == OK; p = p->next)
		err = zip_add(w, p->name, &p->in, p->type == SAFE_JPEG ||
		    p->type == SAFE_PNG);
	return err == OK ? zip_finish(w) : err;
}

static enum err
write_zip(struct level *l, struct span archive, struct store_sink *sink)
{
	struct zip_writer w;
	enum err err = zip_writer_init(&w, &sink->filter);

	if (err == OK && (err = write_entries(l, archive, &w)) == OK)
		err = filter_end(&sink->filter);
	zip_writer_fini(&w);
	return err;
}

static enum err
deliver_zip(struct packed *p, const struct store_sink *sink)
{
	struct level *l = p->level;
	struct report_part *row = p->row;
	enum err err;

	if ((err = sanitize_name(l, p->names.raw, SPAN("添付"), SAFE_ZIP,
	    &row->out_name)) != OK)
		return err;
	row->out_type = safe_type_name(SAFE_ZIP);
	row->bytes_out = sink->bytes;
	memcpy(row->sha256_out, sink->sha256, 32);
	sanitize_outcome(l->c, row, p->item, OUTCOME_REBUILT, "zip");
	p->item->renamed = p->names.shown.len > 0 && !span_equal(
	    sanitize_stem(p->names.shown), sanitize_stem(row->out_name));
	return sanitize_add(l, SAFE_ZIP, row->out_name, &sink->result, NULL);
}

/* "2/内訳.xlsx" is in "2". */
static bool
is_inside(const struct report_part *row, const struct report_part *archive)
{
	size_t n = strlen(archive->path);

	return strncmp(row->path, archive->path, n) == 0 &&
	    row->path[n] == '/';
}

/*
 * The archive is removed after all: so is what was kept of it. What a PDF in
 * it held came behind its last row later.
 */
static void
take_back(struct packed *p, enum notice_reason reason)
{
	struct compose *c = p->level->c;
	bool later = false;

	for (struct report_part **at = &p->row->next; ; at = &(*at)->next) {
		struct report_part *row = *at;

		later = later || at == p->end;
		if (row == NULL || (later && !is_inside(row, p->row)))
			break;
		if (row->outcome == OUTCOME_REMOVED)
			continue;
		c->outcomes[row->outcome]--;
		row->reason = notice_reason_text(reason);
		row->out_name = (struct span){ NULL, 0 };
		row->out_type = NULL;
		row->bytes_out = 0;
		memset(row->sha256_out, 0, sizeof(row->sha256_out));
		sanitize_outcome(c, row, NULL, OUTCOME_REMOVED, "remove");
	}
	for (struct notice_item *item = p->files->items; item != NULL;
	    item = item->next)
		if (item->outcome != OUTCOME_REMOVED) {
			item->outcome = OUTCOME_REMOVED;
			item->out_name = (struct span){ NULL, 0 };
			item->reason = reason;
		}
}

/* All files are done: a ZIP of them, or no archive at all. */
static enum err
finish_archive(struct later *later)
{
	struct packed *p = (struct packed *)later;
	struct compose *c = p->level->c;
	enum notice_reason reason = NOTICE_EMPTY;
	struct store_sink sink;
	enum err err = ERR_POLICY;

	p->item->inside = p->files->items;
	if (p->files->mail->parts != NULL) {
		store_sink_init(&sink, &c->store);
		err = write_zip(p->files, p->names.shown, &sink);
		if (err == OK)
			err = deliver_zip(p, &sink);
		store_sink_fini(&sink);
		reason = err == ERR_LIMIT ? NOTICE_LIMIT : NOTICE_BROKEN;
	}
	level_fini(p->files);
	if (err == OK || err == ERR_SYSTEM)
		return err;
	take_back(p, reason);
	p->item->is_archive = false;
	sanitize_drop(c, p->row, p->item, reason);
	return OK;
}

/* ---- archives that are not taken apart ---- */

static enum err
remove_encrypted(struct archive *a, struct level *l,
    const struct sanitize_names *names, struct report_part *row,
    const struct detected *d)
{
	const struct notice_item **tail;
	struct entries_reader r;
	struct entry entry;
	unsigned flags, n = 0;
	enum err err;
	bool more;

	row->held = l->c->job->policy.encrypted == METHOD_HOLD;
	if (row->held)
		sanitize_hold(l->c, "encrypted attachment");
	err = sanitize_remove(l, names, row, d, NOTICE_ENCRYPTED);
	if (err != OK || a->entries == 0 || entries_open(&r, &a->list) != OK)
		return err;
	tail = &l->last_item->inside;
	while (n < LEAVES_MAX && entries_next(&r, &entry, &more, &flags) ==
	    OK && more) {
		struct notice_item *item;
		struct sanitize_names file;

		if (entry.name.len == 0)
			continue;
		if ((err = entry_names(a, &entry, &file)) != OK)
			return err;
		item = arena_alloc(l->c->arena, sizeof(*item));
		if (item == NULL)
			return ERR_LIMIT;
		item->name = file.shown;
		item->type = file_type_find("unknown");
		*tail = item;
		tail = (const struct notice_item **)&item->next;
		n++;
	}
	return OK;
}

/* Kinds that nobody reads here: disc images, ARJ, ACE, compress, zstd. */
static bool
is_unread(const struct detected *d, const struct input *in)
{
	uint8_t magic[2] = { 0, 0 };
	size_t got;

	if (strcmp(d->type->label, "iso") == 0 ||
	    strcmp(d->type->label, "archive") == 0)
		return true;
	if (strcmp(d->type->label, "gz") != 0 ||
	    input_read(in, 0, magic, sizeof(magic), &got) != OK)
		return false;
	return memcmp(magic, "\x1f\x9d", 2) == 0 ||
	    memcmp(magic, "\x1f\xa0", 2) == 0 ||
	    memcmp(magic, "\x28\xb5", 2) == 0;
}

/* Why it is not taken apart; NONE: it is. */
static enum notice_reason
refuse(const struct level *l, const struct detected *d,
    const struct input *in)
{
	if (is_unread(d, in))
		return NOTICE_FORMAT;
	if (l->archives >= l->c->job->policy.archive_depth ||
	    l->depth + 1 > NESTING_DEPTH_MAX)
		return NOTICE_LIMIT;
	return NOTICE_NONE;
}

static enum err
open_archive(struct archive *a, const struct detected *d,
    const struct input *in, enum notice_reason *reason)
{
	struct compose *c = a->level->c;
	unsigned others = c->leaves + c->reserved;
	enum err err;

	*reason = refuse(a->level, d, in);
	if (*reason != NOTICE_NONE)
		return OK;
	if ((err = unpack(c, d->type->kind, in, &a->list)) == OK)
		err = survey(a);
	if (err != OK) {
		a->entries = 0;
		*reason = err == ERR_LIMIT ? NOTICE_LIMIT : NOTICE_BROKEN;
	} else if (a->encrypted > 0) {
		*reason = NOTICE_ENCRYPTED;
	} else if (a->entries > 0 && others >= LEAVES_MAX) {
		*reason = NOTICE_LIMIT;
	} else if (a->entries > 0 && a->whole == 0 && (a->flags &
	    ENTRIES_CONFLICT)) {
		*reason = NOTICE_BROKEN;	/* in both readings */
	}
	a->taken = a->entries;
	if (others < LEAVES_MAX && a->entries > LEAVES_MAX - others)
		a->taken = LEAVES_MAX - others;
	if (d->encrypted)
		*reason = NOTICE_ENCRYPTED;
	return err == ERR_SYSTEM ? err : OK;
}

/* In another archive: its files go where those of the outer one go. */
static enum err
lay_flat(struct archive *a, const struct sanitize_names *names,
    struct report_part *row, const struct detected *d)
{
	struct level *l = a->level;
	struct notice_item *item;

	if ((item = sanitize_item(l, names, row, d)) == NULL)
		return ERR_LIMIT;
	sanitize_outcome(l->c, row, item, OUTCOME_REBUILT, "entries");
	item->is_archive = true;
	item->differs = (a->flags & ENTRIES_CONFLICT) != 0;
	a->shown = names->shown;
	return add_entries(a);
}

/* In a mail: its files are a level of their own, for a ZIP of them. */
static enum err
pack(struct archive *a, const struct sanitize_names *names,
    struct report_part *row, const struct detected *d)
{
	struct level *l = a->level;
	struct packed *p = arena_alloc(l->c->arena, sizeof(*p));
	enum err err;

	if (p == NULL)
		return ERR_LIMIT;
	*p = (struct packed){ .level = l, .names = *names, .row = row };
	if ((p->item = sanitize_item(l, names, row, d)) == NULL)
		return ERR_LIMIT;
	p->item->is_archive = true;
	p->item->differs = (a->flags & ENTRIES_CONFLICT) != 0;
	if ((err = level_new(l->c, l->depth, &p->files)) != OK)
		return err;
	p->files->names[p->files->names_n++] = SPAN(ARCHIVE_RESULT_NAME);
	a->level = p->files;
	if ((err = add_entries(a)) == OK) {
		p->end = l->c->parts_tail;
		sanitize_later(l->c, &p->later, finish_archive);
	}
	return err;
}

enum err
sanitize_archive(struct level *l, const struct sanitize_names *names,
    struct report_part *row, const struct detected *d,
    const struct input *in)
{
	struct archive a = { .level = l, .path = row->path,
	    .alone = sanitize_stem(names->raw) };
	enum notice_reason reason;
	enum err err;

	if ((err = open_archive(&a, d, in, &reason)) != OK)
		return err;
	if (reason == NOTICE_ENCRYPTED)
		return remove_encrypted(&a, l, names, row, d);
	if (reason != NOTICE_NONE)
		return sanitize_remove(l, names, row, d, reason);
	if (d->polyglot)
		row->reason = "two kinds of file in one; only one was read";
	if (a.flags & ENTRIES_CONFLICT)
		row->reason = "its readings differ; both were made safe";
	if (l->archives > 0)
		return lay_flat(&a, names, row, d);
	return pack(&a, names, row, d);
}

enum err
sanitize_entries_beside(struct level *l, const struct sanitize_names *names,
    const struct report_part *row, const struct input *in, unsigned *taken)
{
	struct archive a = { .level = l, .path = row->path, .beside = true,
	    .shown = names->shown.len > 0 ? names->shown : row->out_name };
	enum err err;

	*taken = 0;
	if (l->depth + 1 > NESTING_DEPTH_MAX)
		return OK;
	if ((err = unpack(l->c, PART_PDF, in, &a.list)) == OK)
		err = survey(&a);
	if (err != OK || a.entries + l->c->leaves + l->c->reserved >=
	    LEAVES_MAX)
		return err == ERR_SYSTEM ? err : OK;
	*taken = a.taken = a.entries;
	return add_entries(&a);
}

/* ---- mails in archives ---- */

static enum err
mail_text(const struct safe_mail *mail, const struct mime_part *root,
    struct buf *text)
{
	static const char *const fields[] = { "From", "To", "Cc", "Date",
	    "Subject" };
	struct buf all, value;
	enum err err = OK;

	buf_init(&all, MAIL_TEXT_BYTES_MAX);
	buf_init(&value, MAIL_TEXT_BYTES_MAX);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]) &&
	    err == OK; i++) {
		buf_clear(&value);
		err = header_text(root, span_str(fields[i]), &value);
		if (err != OK || value.len == 0)
			continue;
		if ((err = buf_printf(&all, "%s: ", fields[i])) == OK &&
		    (err = clean_text(buf_span(&value), CLEAN_HEADER, &all,
		    NULL)) == OK)
			err = buf_add_byte(&all, '\n');
	}
	if (err == OK && (err = buf_add_byte(&all, '\n')) == OK &&
	    (err = buf_add(&all, mail->text)) == OK &&
	    (err = buf_add_str(text, "\xef\xbb\xbf")) == OK)
		err = clean_text(buf_span(&all), CLEAN_TEXT, text, NULL);
	buf_fini(&all);
	buf_fini(&value);
	return err;
}

enum err
sanitize_flat_mail(struct level *l, const struct safe_mail *mail,
    const struct mime_part *root, struct span name)
{
	struct store_sink sink;
	struct buf text;
	enum err err;

	buf_init(&text, MAIL_TEXT_BYTES_MAX);
	store_sink_init(&sink, &l->c->store);
	if ((err = mail_text(mail, root, &text)) == OK &&
	    (err = filter_write(&sink.filter, buf_span(&text))) == OK &&
	    (err = filter_end(&sink.filter)) == OK)
		err = sanitize_add(l, SAFE_TEXT, name, &sink.result, NULL);
	store_sink_fini(&sink);
	buf_fini(&text);
	for (const struct safe_part *p = mail->parts; p != NULL && err == OK;
	    p = p->next) {
		struct span fresh;

		err = sanitize_name(l, p->name, SPAN("添付"), p->type,
		    &fresh);
		if (err == OK)
			err = sanitize_add(l, p->type, fresh, &p->in, NULL);
	}
	return err;
}
