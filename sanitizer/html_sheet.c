/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Style sheets: rules of the simple forms tag, .class, #id, tag.class and
 * tag#id are kept, in a hash table; everything else is passed over. All of it
 * is linear: a name is looked up once per element, equal selectors are merged
 * when they are read.
 */
#include <string.h>

#include "html_sheet.h"
#include "limits.h"

#define INDEX_FIRST	64
#define NAMES_BYTES_MAX	(4u * 1024 * 1024)
#define SHEET_BYTES_MAX	(128u * 1024 * 1024)

enum kind { KIND_TAG = 1, KIND_CLASS, KIND_ID };

struct rule {
	uint32_t	  name;		/* offset in names */
	uint32_t	  name_len;
	uint32_t	  hash;
	uint16_t	  tag;		/* TAG_OTHER: any */
	uint16_t	  kind;
	struct html_style style;
};

struct key {
	enum kind	 kind;
	enum html_tag	 tag;
	struct span	 name;
	uint32_t	 hash;
};

void
html_sheet_init(struct html_sheet *sheet)
{
	memset(sheet, 0, sizeof(*sheet));
	buf_init(&sheet->rules, HTML_RULES_MAX * sizeof(struct rule));
	buf_init(&sheet->names, NAMES_BYTES_MAX);
	buf_init(&sheet->index, HTML_RULES_MAX * 4 * sizeof(uint32_t));
	buf_init(&sheet->scratch, SHEET_BYTES_MAX);
}

void
html_sheet_fini(struct html_sheet *sheet)
{
	buf_fini(&sheet->rules);
	buf_fini(&sheet->names);
	buf_fini(&sheet->index);
	buf_fini(&sheet->scratch);
}

/* Class names are compared without case, as pages without a doctype do. */
static struct key
key_of(enum kind kind, enum html_tag tag, struct span name)
{
	struct key key = { kind, tag, name, 2166136261u };

	for (size_t i = 0; i < name.len; i++)
		key.hash = (key.hash ^ ascii_lower(name.ptr[i])) * 16777619u;
	key.hash = (key.hash ^ (uint32_t)kind) * 16777619u;
	key.hash = (key.hash ^ (uint32_t)tag) * 16777619u;
	key.hash ^= key.hash >> 15;
	return key;
}

static struct rule *
rule_at(const struct html_sheet *sheet, size_t i)
{
	return (struct rule *)(void *)sheet->rules.ptr + i;
}

/* The slot of the key: it holds the rule's number + 1, or 0. */
static uint32_t *
slot_find(const struct html_sheet *sheet, const struct key *key)
{
	uint32_t *slots = (uint32_t *)(void *)sheet->index.ptr;
	size_t i = key->hash & (sheet->index_n - 1);

	for (; slots[i] != 0; i = (i + 1) & (sheet->index_n - 1)) {
		const struct rule *rule = rule_at(sheet, slots[i] - 1);

		if (rule->hash == key->hash && rule->tag == key->tag &&
		    rule->kind == key->kind && span_equal_nocase(key->name,
		    span_sub(buf_span(&sheet->names), rule->name,
		    rule->name_len)))
			break;
	}
	return &slots[i];
}

static enum err
index_grow(struct html_sheet *sheet)
{
	size_t n = sheet->index_n == 0 ? INDEX_FIRST : sheet->index_n * 2;
	uint32_t *slots;
	uint8_t *room;
	enum err err;

	buf_clear(&sheet->index);
	err = buf_reserve(&sheet->index, n * sizeof(uint32_t), &room);
	if (err != OK)
		return err;
	memset(room, 0, n * sizeof(uint32_t));
	sheet->index_n = n;
	slots = (uint32_t *)(void *)sheet->index.ptr;
	for (size_t r = 0; r < sheet->rules_n; r++) {
		size_t i = rule_at(sheet, r)->hash & (n - 1);

		while (slots[i] != 0)
			i = (i + 1) & (n - 1);
		slots[i] = (uint32_t)r + 1;
	}
	return OK;
}

static enum err
rule_add(struct html_sheet *sheet, const struct key *key,
    const struct html_style *style)
{
	struct rule rule = { .hash = key->hash, .tag = (uint16_t)key->tag,
		.kind = (uint16_t)key->kind };
	uint32_t *slot;
	enum err err;

	if (sheet->rules_n * 2 >= sheet->index_n) {
		err = index_grow(sheet);
		if (err != OK)
			return err;
	}
	slot = slot_find(sheet, key);
	if (*slot != 0) {
		html_style_merge(&rule_at(sheet, *slot - 1)->style, style);
		return OK;
	}
	if (sheet->rules_n == HTML_RULES_MAX)
		return ERR_LIMIT;
	rule.name = (uint32_t)sheet->names.len;
	rule.name_len = (uint32_t)key->name.len;
	rule.style = *style;
	err = buf_add(&sheet->names, key->name);
	if (err == OK)
		err = buf_add(&sheet->rules, (struct span){
		    (const uint8_t *)&rule, sizeof(rule) });
	if (err != OK)
		return err;
	*slot = (uint32_t)++sheet->rules_n;
	sheet->classes |= key->kind == KIND_CLASS;
	sheet->ids |= key->kind == KIND_ID;
	if (key->kind == KIND_TAG)
		sheet->tags[key->tag] = 1;
	return OK;
}

static bool
is_name(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!ascii_is_alpha(s.ptr[i]) && !ascii_is_digit(s.ptr[i]) &&
		    s.ptr[i] != '-' && s.ptr[i] != '_' && s.ptr[i] < 0x80)
			return false;
	return s.len > 0;
}

/* One selector, without the comma. False: not of a form that we keep. */
static bool
parse_selector(struct span s, struct key *key)
{
	struct span tag = { NULL, 0 };
	enum html_tag found = TAG_OTHER;
	size_t i = 0;

	s = span_trim(s);
	/* "html" and "body" in front hold for every element */
	while (span_begins_nocase(s, SPAN("body ")) ||
	    span_begins_nocase(s, SPAN("html ")))
		s = span_trim(span_sub(s, 5, s.len));
	while (i < s.len && s.ptr[i] != '.' && s.ptr[i] != '#')
		i++;
	tag = span_sub(s, 0, i);
	if (tag.len > 0 && !span_equal(tag, SPAN("*"))) {
		found = html_tag_find(tag);
		if (found == TAG_OTHER)
			return false;
	}
	if (i == s.len) {
		*key = key_of(KIND_TAG, found, (struct span){ NULL, 0 });
		return found != TAG_OTHER;
	}
	*key = key_of(s.ptr[i] == '.' ? KIND_CLASS : KIND_ID, found,
	    span_sub(s, i + 1, s.len));
	return is_name(key->name);
}

static enum err
add_rule(struct html_sheet *sheet, struct span selectors, struct span block)
{
	struct html_style style;
	struct span selector;
	struct key key;
	enum err err;
	bool more;

	style.set = style.important = 0;
	html_style_parse(&style, block);
	if (style.set == 0)
		return OK;
	do {
		more = span_cut(&selectors, ',', &selector);
		if (!parse_selector(selector, &key))
			continue;
		err = rule_add(sheet, &key, &style);
		if (err != OK)
			return err;
	} while (more);
	return OK;
}

/* Offset of the first byte of stop (two bytes) outside of strings. */
static size_t
find_outside(struct span s, const char *stop)
{
	size_t i = 0;

	for (; i < s.len; i++) {
		uint8_t c = s.ptr[i];

		if (c == (uint8_t)stop[0] || c == (uint8_t)stop[1])
			return i;
		if (c == '"' || c == '\'')
			i += 1 + span_find_byte(span_sub(s, i + 1, s.len), c);
	}
	return s.len;
}

/* The length of a {...} block with what is nested in it, from behind '{'. */
static size_t
block_length(struct span s)
{
	size_t depth = 1, at = 0;

	while (at < s.len) {
		at += find_outside(span_sub(s, at, s.len), "{}");
		if (at >= s.len)
			break;
		if (s.ptr[at] == '{')
			depth++;
		else if (--depth == 0)
			return at + 1;
		at++;
	}
	return s.len;
}

/* @media screen, all, only screen: as if the rules stood outside. */
static bool
is_plain_media(struct span prelude)
{
	if (!span_begins_nocase(prelude, SPAN("@media")) ||
	    span_find_byte(prelude, '(') < prelude.len)
		return false;
	return span_find_nocase(prelude, SPAN("screen")) < prelude.len ||
	    span_find_nocase(prelude, SPAN("all")) < prelude.len;
}

/* Blanks, and the <!-- --> that old pages put around; a '}' of @media. */
static struct span
trim_start(struct span s)
{
	for (;;) {
		size_t i = 0;

		while (i < s.len && (html_is_blank(s.ptr[i]) ||
		    s.ptr[i] == '}' || s.ptr[i] == ';'))
			i++;
		s = span_sub(s, i, s.len);
		if (span_begins(s, SPAN("<!--")))
			s = span_sub(s, 4, s.len);
		else if (span_begins(s, SPAN("-->")))
			s = span_sub(s, 3, s.len);
		else
			return s;
	}
}

enum err
html_sheet_add(struct html_sheet *sheet, struct span s)
{
	struct span prelude, block;
	size_t at;
	enum err err = OK;

	if (html_css_is_escaped(s)) {
		buf_clear(&sheet->scratch);
		err = html_css_unescape(s, &sheet->scratch);
		s = buf_span(&sheet->scratch);
	}
	while (err == OK && (s = trim_start(s)).len > 0) {
		at = find_outside(s, s.ptr[0] == '@' ? "{;" : "{{");
		prelude = span_sub(s, 0, at);
		if (at == s.len)
			break;
		if (s.ptr[at] == ';' || is_plain_media(prelude)) {
			s = span_sub(s, at + 1, s.len);
			continue;
		}
		s = span_sub(s, at + 1, s.len);
		if (prelude.ptr[0] == '@') {
			s = span_sub(s, block_length(s), s.len);
			continue;
		}
		at = find_outside(s, "}}");
		block = span_sub(s, 0, at);
		s = span_sub(s, at + 1, s.len);
		err = add_rule(sheet, prelude, block);
	}
	return err;
}

static void
apply_key(const struct html_sheet *sheet, enum kind kind, enum html_tag tag,
    struct span name, struct html_style *style)
{
	struct key key = key_of(kind, tag, name);
	const uint32_t *slot = slot_find(sheet, &key);

	if (*slot != 0)
		html_style_merge(style, &rule_at(sheet, *slot - 1)->style);
}

static void
apply_name(const struct html_sheet *sheet, enum kind kind, enum html_tag tag,
    struct span name, struct html_style *style)
{
	apply_key(sheet, kind, TAG_OTHER, name, style);
	if (tag != TAG_OTHER)
		apply_key(sheet, kind, tag, name, style);
}

void
html_sheet_apply(const struct html_sheet *sheet, enum html_tag tag,
    struct span classes, struct span id, struct html_style *style)
{
	size_t i;

	if (sheet->rules_n == 0)
		return;
	if (sheet->tags[tag])
		apply_key(sheet, KIND_TAG, tag, (struct span){ NULL, 0 },
		    style);
	while (sheet->classes && classes.len > 0) {
		for (i = 0; i < classes.len && !html_is_blank(classes.ptr[i]);
		    i++)
			;
		if (i > 0)
			apply_name(sheet, KIND_CLASS, tag,
			    span_sub(classes, 0, i), style);
		classes = span_sub(classes, i + 1, classes.len);
	}
	if (sheet->ids && id.len > 0)
		apply_name(sheet, KIND_ID, tag, span_trim(id), style);
}
