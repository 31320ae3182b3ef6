/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An entity (mail or part) and all below it: its fields are read in every way
 * that mail programs read them, its body by what each reading says. The
 * pieces are next door: lines and fields (mime_header, mime_field), parts
 * (mime_multipart over mime_delimiter), what hides in a leaf (mime_leaf).
 *
 * Depth of recursion is that of the tree, at most MIME_DEPTH_MAX; the number
 * of readings is bounded by MIME_PARTS_MAX, time by MIME_WORK_FACTOR.
 */
#include <string.h>

#include "mime_internal.h"

#define READ_TYPES_MAX		(MIME_READINGS_MAX + 1)
#define READ_ENCODINGS_MAX	(MIME_READINGS_MAX * 2)

/* All ways to read the Content-* fields of one entity. */
struct readings {
	struct mime_content	 types[READ_TYPES_MAX];
	size_t			 types_n;
	enum mime_encoding	 encodings[READ_ENCODINGS_MAX];
	size_t			 encodings_n;
	uint32_t		 flags;
};

static void
add_encoding(struct readings *r, enum mime_encoding encoding)
{
	for (size_t i = 0; i < r->encodings_n; i++)
		if (r->encodings[i] == encoding)
			return;
	require(r->encodings_n < READ_ENCODINGS_MAX);
	r->encodings[r->encodings_n++] = encoding;
}

static void
read_encodings(const struct mime_header *header, struct readings *r)
{
	for (size_t i = 0; i < header->encodings_n; i++) {
		enum mime_encoding second;
		bool bad;

		add_encoding(r, mime_encoding_read(header->encodings[i], &bad,
		    &second));
		if (!bad)
			continue;
		r->flags |= BIT(MIME_BAD_ENCODING);
		add_encoding(r, second);
	}
	if (r->encodings_n == 0)
		add_encoding(r, ENCODING_IDENTITY);
}

/* The type itself as an encoded word: some decode fields before reading. */
static enum err
read_encoded_type(struct mime_parser *p, struct span value, struct readings *r)
{
	struct buf decoded;
	struct span copy;
	enum err err;

	if (r->types_n == READ_TYPES_MAX || !word_is_encoded(
	    span_sub(value, 0, span_find_byte(value, ';'))))
		return OK;
	r->flags |= BIT(MIME_BAD_CONTENT_TYPE);
	buf_init(&decoded, MIME_FIELD_BYTES_MAX * 4);
	err = word_decode(value, &decoded, NULL);
	if (err == OK && !arena_dup(p->arena, buf_span(&decoded), &copy))
		err = mime_limit(p, "memory", 0);
	if (err == OK)
		err = mime_content_read(p, copy, &r->types[r->types_n++]);
	buf_fini(&decoded);
	return err;
}

static bool
is_multipart(const struct mime_content *content)
{
	return span_begins(content->type, SPAN("multipart/"));
}

static struct span
find_parameter(const struct mime_content *content, struct span name)
{
	for (size_t i = 0; i < content->n; i++)
		if (span_equal(content->list[i].name, name))
			return content->list[i].value;
	return (struct span){ NULL, 0 };
}

/* Parameters of one word; some write more behind it without a semicolon. */
static struct span
find_word(const struct mime_content *content, struct span name)
{
	struct span value = span_trim(find_parameter(content, name));
	size_t n = 0;

	while (n < value.len && value.ptr[n] > 0x20 && value.ptr[n] != '(' &&
	    value.ptr[n] != ';')
		n++;
	return span_sub(value, 0, n);
}

/* Would both be treated in the same way? Then one of them will do. */
static bool
same_content(const struct mime_content *a, const struct mime_content *b)
{
	return span_equal(a->type, b->type) && !is_multipart(a) &&
	    span_equal_nocase(find_word(a, SPAN("charset")),
	    find_word(b, SPAN("charset")));
}

static enum err
read_types(struct mime_parser *p, const struct mime_header *header,
    bool digest, struct readings *r)
{
	enum err err = OK;

	for (size_t i = 0; err == OK && i < header->types_n; i++) {
		struct mime_content *content = &r->types[r->types_n];

		err = mime_content_read(p, header->types[i], content);
		r->flags |= content->flags;
		if (err != OK)
			break;
		r->types_n++;
		for (size_t k = 0; k + 1 < r->types_n; k++)
			if (same_content(&r->types[k], content)) {
				r->types_n--;
				break;
			}
		err = read_encoded_type(p, header->types[i], r);
	}
	if (err == OK && r->types_n == 0) {
		memset(&r->types[0], 0, sizeof(r->types[0]));
		r->types[0].type = digest ? SPAN("message/rfc822") :
		    SPAN("text/plain");
		r->types_n = 1;
	}
	return err;
}

/* The name that the part goes by: Content-Disposition first (RFC 2183). */
static enum err
read_name(struct mime_parser *p, struct mime_part *part,
    const struct mime_content *disposition, const struct mime_content *type)
{
	struct buf name;
	bool found;
	enum err err;

	buf_init(&name, MIME_FIELD_BYTES_MAX * 4);
	err = word_parameter(disposition->list, disposition->n,
	    SPAN("filename"), &name, &part->name_is_utf8, &found);
	if (err == OK && (!found || name.len == 0))
		err = word_parameter(type->list, type->n, SPAN("name"),
		    &name, &part->name_is_utf8, &found);
	if (err == OK && found &&
	    !arena_dup(p->arena, buf_span(&name), &part->name))
		err = ERR_LIMIT;
	buf_fini(&name);
	return err == ERR_LIMIT ? mime_limit(p, "name of a part",
	    part->body_offset) : err;
}

static enum err
read_disposition(struct mime_parser *p, struct mime_part *part,
    const struct mime_header *header, const struct mime_content *type)
{
	struct mime_content disposition = { .n = 0 };
	struct span id = header->content_id;
	enum err err = OK;

	if (header->disposition.len > 0)
		err = mime_content_read(p, header->disposition, &disposition);
	if (err != OK)
		return err;
	/* RFC 2183 section 2.8: what is unknown is an attachment */
	part->attachment = header->disposition.len > 0 &&
	    !span_begins_nocase(header->disposition, SPAN("inline"));
	if (id.len > 1 && id.ptr[0] == '<' && id.ptr[id.len - 1] == '>')
		id = span_sub(id, 1, id.len - 2);
	part->content_id = id;
	return read_name(p, part, &disposition, type);
}

static void
apply_content(struct mime_part *part, const struct mime_content *content)
{
	part->type = content->type;
	part->charset = find_word(content, SPAN("charset"));
	part->format_flowed = span_equal_nocase(
	    find_word(content, SPAN("format")), SPAN("flowed"));
	part->delsp = span_equal_nocase(find_word(content, SPAN("delsp")),
	    SPAN("yes"));
}

static bool
looks_like_header(struct span s)
{
	bool blank;

	return mime_header_name(span_sub(s, 0, span_find_byte(s, '\n')),
	    &blank) > 0;
}

/* The one mail of a message/rfc822 (RFC 2046 section 5.2.1). */
static enum err
message(struct mime_parser *p, struct mime_part *part, bool cr)
{
	struct mime_how how = { .parent = part, .mail = true, .cr = cr,
	    .header_end = UINT64_MAX };
	struct mime_range range = { part->in, part->body_offset,
	    part->body_offset + part->body_bytes };
	struct mime_range decoded;
	struct span s;
	uint64_t junk;
	enum err err;

	if (part->encoding == ENCODING_IDENTITY)
		return mime_entity(p, &range, &how);
	mime_part_flag(p, part, BIT(MIME_ENCODED_MULTIPART));
	err = mime_part_memory(p, part, &decoded.in, &junk);
	if (err != OK)
		return err;
	decoded.start = 0;
	decoded.end = decoded.in->len;
	err = mime_entity(p, &decoded, &how);
	if (err != OK || part->encoding == ENCODING_QP)
		return err;
	/* it only says that it is encoded */
	err = mime_window(p, range.in, range.start, MIME_LOOK_BYTES, &s);
	if (err != OK || !looks_like_header(s))
		return err;
	how.view = 1;
	return mime_entity(p, &range, &how);
}

/*
 * Some type that is no multipart, but with a boundary, and there are lines of
 * it: "singlepart/mixed", "multi\\part", "boundary=x" alone.
 */
static enum err
hidden_multipart(struct mime_parser *p, struct mime_part *part,
    const struct mime_content *content, bool cr)
{
	struct mime_range range = { part->in, part->body_offset,
	    part->body_offset + part->body_bytes };
	struct mime_hits hits = { .candidates_n = 0 };
	struct mime_part *other;
	enum err err;

	if (span_find_nocase(content->raw, SPAN("boundary")) ==
	    content->raw.len)
		return OK;
	err = mime_candidates(p, content, &hits);
	if (err == OK)
		err = mime_hits_find(p, &range, cr, &hits);
	if (err != OK || hits.n == 0)
		return err;
	mime_part_flag(p, part, BIT(MIME_BAD_CONTENT_TYPE));
	err = mime_part_new(p, part, 1, &other);
	if (err != OK)
		return err;
	other->in = part->in;
	other->body_offset = part->body_offset;
	other->body_bytes = part->body_bytes;
	other->type = SPAN("multipart/mixed");
	mime_part_flag(p, other, part->flags);
	return mime_multipart(p, other, content, cr);
}

static enum err
body(struct mime_parser *p, struct mime_part *part,
    const struct mime_content *content, bool cr)
{
	static const char *const mails[] = { "message/rfc822",
		"message/global", "message/news", "message/rfc2822" };
	static const char *const pieces[] = { "message/partial",
		"message/external-body" };
	enum err err;

	apply_content(part, content);
	if (is_multipart(content))
		return mime_multipart(p, part, content, cr);
	for (size_t i = 0; i < sizeof(mails) / sizeof(mails[0]); i++)
		if (span_equal(content->type, span_str(mails[i])))
			return message(p, part, cr);
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++)
		if (span_equal(content->type, span_str(pieces[i])))
			mime_part_flag(p, part, BIT(MIME_PARTIAL));
	err = mime_leaf(p, part, cr);
	return err != OK ? err : hidden_multipart(p, part, content, cr);
}

/* The same body, read by other fields: a child of the part. */
static enum err
other_reading(struct mime_parser *p, struct mime_part *part,
    const struct readings *r, size_t type, size_t encoding, bool cr)
{
	struct mime_part *other;
	enum err err = mime_part_new(p, part, 1, &other);

	if (err != OK)
		return err;
	other->in = part->in;
	other->body_offset = part->body_offset;
	other->body_bytes = part->body_bytes;
	other->encoding = r->encodings[encoding];
	other->name = part->name;
	other->name_is_utf8 = part->name_is_utf8;
	other->attachment = part->attachment;
	mime_part_flag(p, other, part->flags);
	return body(p, other, &r->types[type], cr);
}

/* Other places where the header may end, other line ends in it. */
static enum err
other_headers(struct mime_parser *p, const struct mime_range *range,
    const struct mime_how *how, const struct mime_header *header,
    struct mime_part *part)
{
	struct mime_how other = *how;
	enum err err = OK;

	other.parent = part;
	other.view = 1;
	/* not for each odd line: only where it makes a difference */
	if (header->early_end != UINT64_MAX && (header->content_after ||
	    part->encoding != ENCODING_IDENTITY) &&
	    how->header_end == UINT64_MAX) {
		other.header_end = header->early_end;
		err = mime_entity(p, range, &other);
	}
	if (err == OK && header->bare_cr && !how->cr) {
		other.header_end = UINT64_MAX;
		other.cr = true;
		err = mime_entity(p, range, &other);
	}
	return err;
}

static enum err
entity(struct mime_parser *p, const struct mime_range *range,
    const struct mime_how *how, const struct mime_header *header,
    struct readings *r)
{
	struct mime_part *part;
	enum err err = mime_part_new(p, how->parent, how->view, &part);

	if (err != OK)
		return err;
	part->in = range->in;
	part->body_offset = header->body;
	part->body_bytes = range->end - header->body;
	part->fields = header->fields;
	read_encodings(header, r);
	err = read_types(p, header, how->digest, r);
	if (err == OK)
		err = read_disposition(p, part, header, &r->types[0]);
	if (err != OK)
		return err;
	mime_part_flag(p, part, header->flags | r->flags);
	part->encoding = r->encodings[0];
	err = body(p, part, &r->types[0], how->cr);
	for (size_t t = 0; t < r->types_n; t++)
		for (size_t e = t == 0; err == OK && e < r->encodings_n; e++)
			err = other_reading(p, part, r, t, e, how->cr);
	return err != OK ? err : other_headers(p, range, how, header, part);
}

enum err
mime_entity(struct mime_parser *p, const struct mime_range *range,
    const struct mime_how *how)
{
	struct mime_header header;
	struct readings *r;
	enum err err;

	if (how->parent != NULL && how->parent->depth >= MIME_DEPTH_MAX)
		return mime_limit(p, "nested too deep", range->start);
	err = mime_header_read(p, range, how, &header);
	if (err != OK)
		return err;
	r = arena_alloc(p->arena, sizeof(*r));
	return r == NULL ? mime_limit(p, "memory", range->start) :
	    entity(p, range, how, &header, r);
}

enum err
mime_parse(const struct input *in, struct arena *arena,
    struct mime_tree *tree, struct diag *diag)
{
	struct mime_parser p = { .arena = arena, .tree = tree, .diag = diag };
	struct mime_range range = { in, 0, in->len };
	struct mime_how how = { .mail = true, .header_end = UINT64_MAX };

	memset(tree, 0, sizeof(*tree));
	if (in->len > MIME_BYTES_MAX)
		return mime_limit(&p, "mail too large", in->len);
	p.work_max = in->len * MIME_WORK_FACTOR + MIME_WORK_BYTES_MIN;
	return mime_entity(&p, &range, &how);
}
