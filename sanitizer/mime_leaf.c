/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What hides in a leaf: files in a text (uuencode, yEnc, BinHex), a header at
 * the start of a body, base64 that two decoders read in two ways.
 */
#include <string.h>

#include "inline.h"
#include "mime_internal.h"

#define HEADER_LOOK_BYTES	64
#define SNIFF_BYTES		4096

/* What a strict reader would say about a base64 body. */
struct base64_look {
	uint64_t	alphabet;	/* characters of it */
	bool		junk;
	bool		padded;
	bool		after;		/* alphabet behind padding */
};

/* 64 bytes at a time, in vectors of the compiler's (SSE2, NEON). */
typedef uint8_t bytes16 __attribute__((vector_size(16)));

static bool
all_base64(const uint8_t *in, unsigned *alphabet)
{
	bytes16 bad = { 0 }, n = { 0 };

	for (unsigned i = 0; i < 64; i += sizeof(bytes16)) {
		bytes16 c, good;

		memcpy(&c, in + i, sizeof(c));
		good = (bytes16)((c | 0x20) - 'a' < 26);
		good |= (bytes16)(c - '/' < 11) | (bytes16)(c == '+');
		n -= good;	/* true is all ones, that is -1 */
		good |= (bytes16)(c == '\n') | (bytes16)(c == '\r');
		bad |= ~good;
	}
	*alphabet = 0;
	for (unsigned i = 0; i < sizeof(bytes16); i++) {
		*alphabet += n[i];
		bad[0] |= bad[i];
	}
	return bad[0] == 0;
}

static bool
is_alphabet(uint8_t c)
{
	return ascii_is_alpha(c) || ascii_is_digit(c) || c == '+' || c == '/';
}

static void
look_at_byte(struct base64_look *look, uint8_t c)
{
	if (is_alphabet(c)) {
		look->alphabet++;
		look->after |= look->padded;
	} else if (c == '=')
		look->padded = true;
	else if (c != '\r' && c != '\n' && c != ' ' && c != '\t')
		look->junk = true;
}

static void
look_at_base64(struct base64_look *look, struct span s)
{
	size_t i = 0;
	unsigned n;

	while (i < s.len) {
		if (!look->padded && s.len - i >= 64 &&
		    all_base64(s.ptr + i, &n)) {
			look->alphabet += n;
			i += 64;
			continue;
		}
		for (size_t end = i + 64; i < end && i < s.len; i++)
			look_at_byte(look, s.ptr[i]);
	}
}

/* Go over the bytes of a leaf by windows. */
static enum err
for_windows(struct mime_parser *p, const struct mime_part *part,
    struct base64_look *look)
{
	uint64_t at = part->body_offset;
	uint64_t end = at + part->body_bytes;
	struct span s;
	enum err err = mime_work(p, part->body_bytes);

	while (err == OK && at < end) {
		err = mime_window(p, part->in, at, 1, &s);
		if (err != OK || s.len == 0)
			break;
		if (s.len > end - at)
			s.len = (size_t)(end - at);
		look_at_base64(look, s);
		at += s.len;
	}
	return err;
}

enum err
mime_leaf_again(struct mime_parser *p, struct mime_part *part, unsigned view,
    enum mime_encoding encoding)
{
	struct mime_part *again;
	enum err err = mime_part_new(p, part, view, &again);

	if (err != OK)
		return err;
	again->in = part->in;
	again->body_offset = part->body_offset;
	again->body_bytes = part->body_bytes;
	again->encoding = encoding;
	again->type = part->type;
	again->charset = part->charset;
	again->name = part->name;
	again->name_is_utf8 = part->name_is_utf8;
	again->attachment = part->attachment;
	again->leaf = true;
	p->tree->leaves++;
	mime_part_flag(p, again, part->flags);
	return OK;
}

static enum err
base64_leaf(struct mime_parser *p, struct mime_part *part)
{
	struct base64_look look = { .alphabet = 0 };
	enum err err = for_windows(p, part, &look);

	if (err != OK)
		return err;
	/* a last quantum of one character, or unpadded, is cut off */
	if (look.junk || (!look.after && look.alphabet % 4 != 0 &&
	    !look.padded) || look.alphabet % 4 == 1)
		mime_part_flag(p, part, BIT(MIME_BASE64_JUNK));
	if (!look.after)
		return OK;
	mime_part_flag(p, part, BIT(MIME_BASE64_PADDING));
	return mime_leaf_again(p, part, 1, ENCODING_BASE64_GO_ON);
}

/* Blocks in a text become children; bytes are those of `in`. */
struct finder {
	struct mime_parser	*p;
	struct mime_part	*part;
	const struct input	*in;	/* NULL: only look whether there is */
	uint64_t		 offset;
	unsigned		 n;
};

static enum err
found(void *arg, const struct inline_block *block, struct filter *next)
{
	struct finder *f = arg;
	struct mime_part *child;
	enum err err;

	(void)next;
	f->n++;
	if (f->in == NULL)
		return OK;
	err = mime_part_new(f->p, f->part, 0, &child);
	if (err != OK)
		return err;
	child->in = f->in;
	child->body_offset = f->offset + block->offset;
	child->body_bytes = block->bytes;
	child->encoding = block->encoding;
	child->type = SPAN("application/octet-stream");
	child->attachment = true;
	child->leaf = true;
	f->p->tree->leaves++;
	return arena_dup(f->p->arena, block->name, &child->name) ? OK :
	    mime_limit(f->p, "memory", 0);
}

static enum err
sink_write(struct filter *filter, struct span s)
{
	(void)filter;
	(void)s;
	return OK;
}

static enum err
sink_end(struct filter *filter)
{
	(void)filter;
	return OK;
}

/* Run the decoded text through the filter that finds blocks. */
static enum err
find_blocks(struct finder *f, const struct mime_part *part)
{
	struct filter sink = { sink_write, sink_end, NULL };
	struct inline_filter filter;
	uint64_t junk;
	enum err err = mime_work(f->p, part->body_bytes);

	if (err != OK)
		return err;
	inline_filter_init(&filter, found, f, &sink);
	return mime_part_decode(part, &filter.filter, &junk);
}

static enum err
text_leaf(struct mime_parser *p, struct mime_part *part)
{
	struct finder f = { .p = p, .part = part };
	struct mime_part plain = *part;
	const struct input *in;
	uint64_t junk;
	enum err err;

	err = find_blocks(&f, part);
	if (err != OK || f.n == 0)
		return err;
	mime_part_flag(p, part, BIT(MIME_INLINE_ENCODED));
	f.in = part->in;
	f.offset = part->body_offset;
	if (part->encoding != ENCODING_IDENTITY) {
		err = mime_part_memory(p, part, &in, &junk);
		if (err != OK)
			return err;
		f.in = in;
		f.offset = 0;
		plain.in = in;
		plain.body_offset = 0;
		plain.body_bytes = in->len;
		plain.encoding = ENCODING_IDENTITY;
	}
	return find_blocks(&f, &plain);
}

/* "Content-Type: ..." as the first line of a text: a header in the body. */
static enum err
header_in_body(struct mime_parser *p, struct mime_part *part, bool cr)
{
	struct mime_range range = { part->in, part->body_offset,
	    part->body_offset + part->body_bytes };
	struct mime_how how = { .parent = part, .view = 1, .cr = cr,
	    .header_end = UINT64_MAX };
	struct span s;
	enum err err;

	err = mime_window(p, part->in, part->body_offset, HEADER_LOOK_BYTES,
	    &s);
	if (err != OK)
		return err;
	s = span_sub(s, 0, part->body_bytes < HEADER_LOOK_BYTES ?
	    (size_t)part->body_bytes : HEADER_LOOK_BYTES);
	while (s.len > 0 && (s.ptr[0] == '\r' || s.ptr[0] == '\n')) {
		s = span_sub(s, 1, s.len);
		range.start++;
	}
	if (!span_begins_nocase(s, SPAN("content-type")) &&
	    !span_begins_nocase(s, SPAN("content-transfer-encoding")) &&
	    !span_begins_nocase(s, SPAN("content-disposition")) &&
	    !span_begins_nocase(s, SPAN("mime-version:")))
		return OK;
	mime_part_flag(p, part, BIT(MIME_BAD_HEADER));
	return mime_entity(p, &range, &how);
}

/* An unknown encoding whose bytes are nothing but lines of base64. */
static enum err
unknown_encoding(struct mime_parser *p, struct mime_part *part)
{
	struct base64_look look = { .alphabet = 0 };
	struct span s;
	enum err err = mime_window(p, part->in, part->body_offset,
	    SNIFF_BYTES, &s);

	if (err != OK)
		return err;
	s = span_sub(s, 0, part->body_bytes < SNIFF_BYTES ?
	    (size_t)part->body_bytes : SNIFF_BYTES);
	look_at_base64(&look, s);
	if (look.junk || look.alphabet < 8 || span_find_byte(s, ' ') < s.len)
		return OK;
	return mime_leaf_again(p, part, 1, ENCODING_BASE64);
}

enum err
mime_leaf(struct mime_parser *p, struct mime_part *part, bool cr)
{
	bool text = span_begins(part->type, SPAN("text/")) &&
	    !span_equal(part->type, SPAN("text/html"));
	enum err err = OK;

	part->leaf = true;
	p->tree->leaves++;
	if (part->encoding == ENCODING_BASE64)
		err = base64_leaf(p, part);
	if (err == OK && part->encoding == ENCODING_IDENTITY &&
	    (part->flags & BIT(MIME_BAD_ENCODING)) != 0)
		err = unknown_encoding(p, part);
	if (err == OK && text)
		err = text_leaf(p, part);
	if (err == OK && text && part->encoding == ENCODING_IDENTITY)
		err = header_in_body(p, part, cr);
	return err;
}
