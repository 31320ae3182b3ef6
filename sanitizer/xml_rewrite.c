/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The rewriter: events of the parser, looked up in the table of the part,
 * to the writer. Names are interned by the parser, so both look-ups go
 * through small caches keyed by pointer; a hostile part can only miss them.
 */
#include "xml_rewrite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

void
xml_rewrite_count(struct xml_rewrite *rw, const char *what)
{
	unsigned i = 0;

	while (i < XML_COUNTS - 1 && rw->counts[i].what != NULL &&
	    strcmp(rw->counts[i].what, what) != 0)
		i++;
	rw->counts[i].what = i < XML_COUNTS - 1 ? what : "other";
	rw->counts[i].n++;
}

enum err
xml_rewrite_report(const struct xml_rewrite *rw, struct buf *removed,
    struct span where)
{
	enum err err;

	for (unsigned i = 0; i < XML_COUNTS; i++) {
		if (rw->counts[i].n == 0)
			continue;
		err = removed_add(removed, rw->counts[i].what,
		    rw->counts[i].n, where);
		if (err != OK)
			return err;
	}
	return OK;
}

static int
compare_name(const void *key, const void *name)
{
	return strcmp(key, ((const struct xml_name *)name)->name);
}

static const struct xml_name *
find_name(const struct xml_table *table, enum xml_ns ns, const char *name)
{
	for (unsigned i = 0; table->names[i] != NULL; i++)
		if (table->names[i]->ns == ns)
			return bsearch(name, table->names[i]->names,
			    table->names[i]->names_n,
			    sizeof(struct xml_name), compare_name);
	return NULL;
}

static const struct xml_rule *
find_rule(const struct xml_table *table, enum xml_ns ns, const char *name)
{
	const struct xml_rule *rule;

	for (unsigned i = 0; i < XML_RULE_LISTS; i++)
		for (rule = table->rules[i];
		    rule != NULL && rule->ns != XML_NS_NONE; rule++)
			if (rule->ns == ns && (rule->name == NULL ||
			    strcmp(rule->name, name) == 0))
				return rule;
	return NULL;
}

/*
 * A slot for a name. Short names lie so close together in the parser's memory
 * that every bit of the pointer counts: "c", "r" and "v" are of one word.
 */
static size_t
slot(const void *name, const void *of, enum xml_ns ns)
{
	uint64_t key = (uintptr_t)name ^ (uintptr_t)of << 20 ^
	    (uint64_t)ns << 56;

	return key * 0x9e3779b97f4a7c15u >> (64 - XML_LOOKUP_BITS);
}

static const struct xml_lookup *
look_up(struct xml_rewrite *rw, enum xml_ns ns, const char *name)
{
	struct xml_lookup *l = &rw->lookups[slot(name, NULL, ns)];

	if (l->key != name || l->ns != ns) {
		l->key = name;
		l->ns = ns;
		l->name = find_name(rw->table, ns, name);
		l->rule = find_rule(rw->table, ns, name);
	}
	return l;
}

/* Is "prefix:name" one of the words? */
static bool
has_word(const char *words, enum xml_ns ns, const char *name)
{
	const char *prefix = ns == XML_NS_NONE ? "" : xml_ns_prefix(ns);
	size_t prefix_len = strlen(prefix), name_len = strlen(name);

	if (ns != XML_NS_NONE && prefix_len == 0)
		return false;
	for (const char *w = words; *w != '\0'; ) {
		size_t len = strcspn(w, " ");
		const char *local = w + prefix_len + (prefix_len > 0);

		if (len == prefix_len + (prefix_len > 0) + name_len &&
		    memcmp(w, prefix, prefix_len) == 0 &&
		    (prefix_len == 0 || w[prefix_len] == ':') &&
		    memcmp(local, name, name_len) == 0)
			return true;
		w += len + (w[len] == ' ');
	}
	return false;
}

static bool
attribute_allowed(struct xml_rewrite *rw, const struct xml_name *of,
    const struct xml_attribute *a)
{
	struct xml_attribute_lookup *l =
	    &rw->attributes[slot(a->name, of, a->ns)];

	if (a->ns == XML_NS_UNKNOWN)
		return false;
	if (l->key != a->name || l->ns != a->ns || l->of != of) {
		l->key = a->name;
		l->ns = a->ns;
		l->of = of;
		l->allowed = has_word(of->attributes, a->ns, a->name);
	}
	return l->allowed;
}

static bool
is_relation(const struct xml_attribute *a)
{
	return a->ns == XML_NS_R ||
	    (a->ns == XML_NS_O && strcmp(a->name, "relid") == 0);
}

/*
 * Mark what of the attributes does not stay. False: the element named
 * relations, and none of them is left (or not all, where its rule says so).
 */
static bool
filter_attributes(struct xml_rewrite *rw, const struct xml_frame *frame,
    struct xml_tag *tag)
{
	unsigned relations = 0, left = 0;

	for (unsigned i = 0; i < tag->attributes_n; i++) {
		struct xml_attribute *a = &tag->attributes[i];
		bool relation = is_relation(a);

		relations += relation;
		if (a->drop)
			continue;
		a->drop = !attribute_allowed(rw, frame->name, a);
		if (a->drop) {
			if (a->ns == XML_NS_MC)
				continue;	/* mc:Ignorable */
			if (a->ns == XML_NS_UNKNOWN || a->ns == XML_NS_W14 ||
			    a->ns == XML_NS_X14)
				xml_rewrite_count(rw, "extension");
			else if (strncmp(a->name, "rsid", 4) == 0)
				xml_rewrite_count(rw, "metadata");
			else
				xml_rewrite_count(rw, "attribute");
		} else if (relation) {
			a->drop = !(a->value.len == 0 && frame->keep_empty) &&
			    (rw->relation == NULL ||
			    !rw->relation(rw->ctx, tag->name, a));
			left += !a->drop;
		}
	}
	if (frame->rule != NULL && frame->rule->orphan == XML_DROP)
		return relations == left;
	return relations == 0 || left > 0;
}

/* Are all the namespaces of a branch among those that we write here? */
static bool
understood(const struct xml_rewrite *rw, const struct xml_tag *tag,
    bool *tried)
{
	struct span value, word;
	bool any = false;

	if (!xml_tag_value(tag, XML_NS_NONE, "Requires", &value))
		return false;
	while (value.len > 0) {
		enum xml_ns ns;

		span_cut(&value, ' ', &word);
		if (word.len == 0)
			continue;
		ns = xml_parse_prefix(&rw->parse, word);
		/* others than these have better fallbacks than we filters */
		*tried |= ns != XML_NS_UNKNOWN && rw->depth == 2 &&
		    ns == rw->table->choice;
		if (ns != XML_NS_WPS && ns != XML_NS_WPG &&
		    ns != XML_NS_WPC && !*tried)
			return false;
		any = true;
	}
	return any;
}

static enum xml_action
compatibility(struct xml_rewrite *rw, const struct xml_tag *tag,
    struct xml_frame *frame)
{
	struct xml_frame *above = rw->depth > 0 ?
	    &rw->frames[rw->depth - 1] : NULL;

	if (strcmp(tag->name, "AlternateContent") == 0) {
		frame->alternate = true;
		return XML_UNWRAP;
	}
	if (above == NULL || !above->alternate || above->chosen)
		return XML_DROP;
	if (strcmp(tag->name, "Fallback") != 0 &&
	    (strcmp(tag->name, "Choice") != 0 || !understood(rw, tag,
	    &frame->tried)))
		return XML_DROP;
	above->chosen = true;
	return XML_UNWRAP;
}

static bool
is_child(const struct xml_table *table, const char *name)
{
	if (table->children == NULL)
		return true;
	for (unsigned i = 0; table->children[i] != NULL; i++)
		if (strcmp(table->children[i], name) == 0)
			return true;
	return false;
}

/* What to do with an element, before its attributes are looked at. */
static enum err
decide(struct xml_rewrite *rw, struct xml_tag *tag, struct xml_frame *frame)
{
	const struct xml_lookup *found = look_up(rw, tag->ns, tag->name);
	const char *name = tag->name;
	enum xml_ns ns = tag->ns;
	enum err err;

	frame->rule = found->rule;
	frame->name = found->name;
	frame->action = XML_AS_NAMED;
	if (tag->ns == XML_NS_MC) {
		frame->action = compatibility(rw, tag, frame);
		return OK;
	}
	if (rw->depth == 1 && !is_child(rw->table, tag->name)) {
		frame->action = XML_DROP;
		return OK;
	}
	if (found->rule != NULL) {
		frame->action = found->rule->action;
		if (found->rule->start != NULL) {
			err = found->rule->start(rw, tag, &frame->action);
			if (err != OK)
				return err;
			frame->keep_empty = frame->action == XML_KEEP;
			if (tag->name != name || tag->ns != ns)
				frame->name = find_name(rw->table, tag->ns,
				    tag->name);
		}
	}
	if (frame->action == XML_AS_NAMED || frame->action == XML_KEEP)
		frame->action = frame->name != NULL ? XML_KEEP : XML_DROP;
	return OK;
}

static void
count_dropped(struct xml_rewrite *rw, const struct xml_tag *tag,
    const struct xml_frame *frame)
{
	if (frame->action == XML_KEEP || frame->action == XML_CAPTURE ||
	    tag->ns == XML_NS_MC)
		return;
	if (frame->rule != NULL && frame->rule->removed != NULL)
		xml_rewrite_count(rw, frame->rule->removed);
	else if (frame->action == XML_DROP)
		xml_rewrite_count(rw, tag->ns == XML_NS_UNKNOWN ||
		    strcmp(tag->name, "extLst") == 0 ||
		    strcmp(tag->name, "ext") == 0 ? "extension" :
		    "element");
}

static enum err
put_tag(struct xml_rewrite *rw, const struct xml_tag *tag)
{
	const enum xml_ns *ns = rw->table->namespaces;
	enum err err;

	err = xml_write_begin(&rw->write, tag->ns, tag->name);
	if (rw->depth == 0)
		for (; err == OK && *ns != XML_NS_NONE; ns++)
			err = xml_write_namespace(&rw->write, *ns);
	for (unsigned i = 0; err == OK && i < tag->attributes_n; i++)
		if (!tag->attributes[i].drop)
			err = xml_write_attribute(&rw->write,
			    tag->attributes[i].ns, tag->attributes[i].name,
			    tag->attributes[i].value);
	return err;
}

static enum err
on_start(void *ctx, struct xml_tag *tag)
{
	struct xml_rewrite *rw = ctx;
	struct xml_frame *frame = &rw->frames[rw->depth];
	enum err err = OK;

	if (rw->dropping > 0 || rw->capturing) {
		rw->dropping++;
		return OK;
	}
	if (rw->depth == 0 && (tag->ns != rw->table->root_ns ||
	    strcmp(tag->name, rw->table->root) != 0)) {
		snprintf(rw->parse.why, sizeof(rw->parse.why),
		    "its root is not %s", rw->table->root);
		return ERR_INPUT;
	}
	memset(frame, 0, sizeof(*frame));
	frame->before = xml_write_mark(&rw->write);
	if ((err = decide(rw, tag, frame)) != OK)
		return err;
	if (frame->action == XML_KEEP &&
	    !filter_attributes(rw, frame, tag))
		frame->action = frame->rule == NULL ||
		    frame->rule->orphan == XML_AS_NAMED ? XML_DROP :
		    frame->rule->orphan;
	count_dropped(rw, tag, frame);
	if (frame->action == XML_DROP) {
		rw->dropping = 1;
		return OK;
	}
	if (frame->action == XML_CAPTURE) {
		rw->capturing = true;
		buf_clear(&rw->captured);
	}
	frame->ns = tag->ns;
	frame->written = tag->name;
	if (frame->action == XML_KEEP)
		err = put_tag(rw, tag);
	rw->depth++;
	return err;
}

static enum err
on_end(void *ctx, enum xml_ns ns, const char *name)
{
	struct xml_rewrite *rw = ctx;
	struct xml_frame *frame;
	enum err err = OK;

	(void)ns;
	(void)name;
	if (rw->dropping > 0) {
		rw->dropping--;
		return OK;
	}
	frame = &rw->frames[rw->depth - 1];
	rw->capturing = false;
	if (frame->rule != NULL && frame->rule->end != NULL)
		err = frame->rule->end(rw);
	if (frame->tried && rw->write.out->len == frame->before.len)
		rw->frames[rw->depth - 2].chosen = false;
	if (err == OK && frame->action == XML_KEEP)
		err = xml_write_end(&rw->write, frame->ns, frame->written);
	rw->depth--;
	return err;
}

static bool
is_blank(struct span text)
{
	return span_trim(text).len == 0;
}

static enum err
on_text(void *ctx, struct span text)
{
	struct xml_rewrite *rw = ctx;
	const struct xml_frame *frame;

	if (rw->dropping > 0 || rw->depth == 0)
		return OK;
	frame = &rw->frames[rw->depth - 1];
	if (rw->capturing)
		return buf_add(&rw->captured, text);
	if (frame->action == XML_KEEP && frame->name->text)
		return xml_write_text(&rw->write, text);
	if (!is_blank(text))
		xml_rewrite_count(rw, "stray-text");
	return OK;
}

enum err
xml_rewrite_init(struct xml_rewrite *rw, const struct xml_table *table,
    struct buf *out)
{
	static const struct xml_events events = { on_start, on_end, on_text };
	enum err err;

	/* the parser zeroes its own; each part begins here, with 100 KB */
	memset((char *)rw + offsetof(struct xml_rewrite, write), 0,
	    offsetof(struct xml_rewrite, frames) -
	    offsetof(struct xml_rewrite, write));
	rw->table = table;
	buf_init(&rw->captured, XML_CAPTURED_BYTES_MAX);
	if ((err = xml_parse_init(&rw->parse, &events, rw)) == OK)
		err = xml_write_declaration(&rw->write, out);
	return err;
}

void
xml_rewrite_fini(struct xml_rewrite *rw)
{
	xml_parse_fini(&rw->parse);
	buf_fini(&rw->captured);
}

const struct xml_frame *
xml_rewrite_frame(const struct xml_rewrite *rw, unsigned i)
{
	return i < rw->depth ? &rw->frames[rw->depth - 1 - i] : NULL;
}

void
xml_rewrite_forget(struct xml_rewrite *rw)
{
	struct xml_frame *frame = &rw->frames[rw->depth - 1];

	xml_write_back(&rw->write, frame->before);
	frame->action = XML_DROP;
}
