/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The list of cuts, and its text. What a cut does is not known here: see
 * sekishod_cut.c.
 */
#include <string.h>

#include "../base/digest.h"
#include "cut_list.h"

#define HEAD	"sekisho-cuts 1"

const char *
cut_kind_name(enum cut_kind kind)
{
	return kind == CUT_RULE ? "rule" : "segment";
}

static unsigned
place_of(const struct cut_list *list, enum cut_kind kind, struct span name)
{
	unsigned i;

	for (i = 0; i < list->n; i++)
		if (list->cuts[i].kind == kind &&
		    span_equal(span_str(list->cuts[i].name), name))
			break;
	return i;
}

const struct cut *
cut_list_find(const struct cut_list *list, enum cut_kind kind,
    struct span name)
{
	unsigned i = place_of(list, kind, name);

	return i < list->n ? &list->cuts[i] : NULL;
}

enum err
cut_list_add(struct cut_list *list, const struct cut *cut, struct diag *diag)
{
	if (strchr(cut->name, '\n') != NULL ||
	    strchr(cut->who, '\n') != NULL ||
	    strchr(cut->reason, '\n') != NULL || cut->name[0] == '\0')
		return diag_set(diag, ERR_INPUT,
		    "a name or reason that is no line of text");
	if (list->n == CUTS_MAX)
		return diag_set(diag, ERR_LIMIT,
		    "%d cuts are there already, and there is no room for more",
		    CUTS_MAX);
	require(cut_list_find(list, cut->kind, span_str(cut->name)) == NULL);
	list->cuts[list->n++] = *cut;
	return OK;
}

void
cut_list_remove(struct cut_list *list, enum cut_kind kind, struct span name)
{
	unsigned i = place_of(list, kind, name);

	require(i < list->n);
	list->n--;
	memmove(&list->cuts[i], &list->cuts[i + 1],
	    (list->n - i) * sizeof(list->cuts[0]));
}

/* ---- text ---- */

static enum err
print_cut(const struct cut *cut, struct buf *out)
{
	return buf_printf(out, "%s %s\nsince_ms %llu\nby %u %s\nreason %s\n",
	    cut_kind_name(cut->kind), cut->name,
	    (unsigned long long)cut->since_ms, cut->uid, cut->who,
	    cut->reason);
}

enum err
cut_list_print(const struct cut_list *list, struct buf *out)
{
	uint8_t digest[DIGEST_BYTES];
	char hex[DIGEST_HEX_BYTES];
	size_t before = out->len;
	enum err err = buf_add_str(out, HEAD "\n");

	for (unsigned i = 0; i < list->n && err == OK; i++)
		err = print_cut(&list->cuts[i], out);
	if (err != OK)
		return err;
	digest_span(span_sub(buf_span(out), before, out->len - before),
	    digest);
	digest_hex(digest, hex);
	return buf_printf(out, "sha256 %s\n", hex);
}

struct reader {
	struct span	rest;
	bool		bad;
};

/* The value of the next line, which has this key. */
static struct span
value_of(struct reader *reader, struct span key)
{
	struct span line = { NULL, 0 }, word = { NULL, 0 };

	if (!span_cut(&reader->rest, '\n', &line) ||
	    !span_cut(&line, ' ', &word) || !span_equal(word, key)) {
		reader->bad = true;
		return (struct span){ NULL, 0 };
	}
	return line;
}

static void
text_of(struct reader *reader, struct span text, char *to, size_t size)
{
	if (text.len >= size || span_find_byte(text, '\0') < text.len) {
		reader->bad = true;
		return;
	}
	if (text.len > 0)
		memcpy(to, text.ptr, text.len);
	to[text.len] = '\0';
}

static void
number_of(struct reader *reader, struct span text, uint64_t max,
    uint64_t *number)
{
	if (!span_decimal(text, max, number))
		reader->bad = true;
}

static void
read_cut(struct reader *r, struct cut *cut)
{
	struct span rule = SPAN("rule "), by, uid;
	uint64_t number = 0;

	memset(cut, 0, sizeof(*cut));
	cut->kind = span_begins(r->rest, rule) ? CUT_RULE : CUT_SEGMENT;
	text_of(r, value_of(r, span_str(cut_kind_name(cut->kind))), cut->name,
	    sizeof(cut->name));
	number_of(r, value_of(r, SPAN("since_ms")), UINT64_MAX,
	    &cut->since_ms);
	by = value_of(r, SPAN("by"));
	if (!span_cut(&by, ' ', &uid))
		r->bad = true;
	number_of(r, uid, UINT32_MAX, &number);
	cut->uid = (uint32_t)number;
	text_of(r, by, cut->who, sizeof(cut->who));
	text_of(r, value_of(r, SPAN("reason")), cut->reason,
	    sizeof(cut->reason));
}

/* All but the last line, which is the digest of it. */
static bool
whole(struct span text, struct span *body)
{
	static const size_t last = sizeof("sha256 \n") - 1 +
	    DIGEST_HEX_BYTES - 1;
	uint8_t digest[DIGEST_BYTES];
	char hex[DIGEST_HEX_BYTES];
	struct span line;

	if (text.len < last)
		return false;
	*body = span_sub(text, 0, text.len - last);
	line = span_sub(text, body->len, last);
	digest_span(*body, digest);
	digest_hex(digest, hex);
	return span_begins(line, SPAN("sha256 ")) &&
	    span_ends(line, SPAN("\n")) &&
	    span_equal(span_sub(line, 7, DIGEST_HEX_BYTES - 1),
	    span_str(hex));
}

enum err
cut_list_parse(struct span text, struct cut_list *list, struct diag *diag)
{
	struct reader reader = { .bad = false };
	struct span line;
	struct cut cut;

	list->n = 0;
	if (!whole(text, &reader.rest))
		return diag_set(diag, ERR_INPUT,
		    "the list of cuts is damaged");
	if (!span_cut(&reader.rest, '\n', &line) ||
	    !span_equal(line, SPAN(HEAD)))
		return diag_set(diag, ERR_INPUT,
		    "the list of cuts is of another version");
	while (!reader.bad && reader.rest.len > 0) {
		read_cut(&reader, &cut);
		if (reader.bad || cut_list_find(list, cut.kind,
		    span_str(cut.name)) != NULL ||
		    cut_list_add(list, &cut, diag) != OK)
			reader.bad = true;
	}
	if (!reader.bad)
		return OK;
	list->n = 0;
	return diag_set(diag, ERR_INPUT, "the list of cuts is damaged");
}
