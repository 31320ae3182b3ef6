/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Parts of the tree: making them within the limits, and the bytes of their
 * bodies through the decoder that their encoding names.
 */
#include <stdio.h>
#include <string.h>

#include "mime_internal.h"
#include "transfer.h"

enum err
mime_part_new(struct mime_parser *p, struct mime_part *parent, unsigned view,
    struct mime_part **out)
{
	struct mime_part *part, **link;
	unsigned number = 1;

	if (parent != NULL && parent->depth + 1 > MIME_DEPTH_MAX)
		return mime_limit(p, "nested too deep", parent->body_offset);
	if (p->tree->parts >= MIME_PARTS_MAX)
		return mime_limit(p, "too many parts", 0);
	part = arena_alloc(p->arena, sizeof(*part));
	if (part == NULL)
		return mime_limit(p, "memory", 0);
	p->tree->parts++;
	part->view = view;
	part->parent = parent;
	part->type = SPAN("text/plain");
	*out = part;
	if (parent == NULL) {
		p->tree->root = part;
		snprintf(part->path, sizeof(part->path), "1");
		return OK;
	}
	part->depth = parent->depth + 1;
	for (link = &parent->children; *link != NULL; link = &(*link)->next)
		number++;
	*link = part;
	/* at most 4 digits for each level below 16: it fits, or is cut */
	if (snprintf(part->path, sizeof(part->path), "%.42s.%u", parent->path,
	    number) >= (int)sizeof(part->path))
		part->path[sizeof(part->path) - 1] = '\0';
	return OK;
}

/* Is the part only there in another reading than the usual one? */
static bool
is_other_reading(const struct mime_part *part)
{
	for (; part != NULL; part = part->parent)
		if (part->view > 0)
			return true;
	return false;
}

/*
 * What a second reading does to the bodies it finds (junk behind its base64,
 * no close delimiter) is a consequence of the ambiguity that made it, not one
 * more: it is reported, but does not count towards holding the mail.
 */
void
mime_part_flag(struct mime_parser *p, struct mime_part *part, uint32_t bits)
{
	static const uint32_t consequences = 1u << MIME_BASE64_PADDING |
	    1u << MIME_BASE64_JUNK | 1u << MIME_NO_CLOSE |
	    1u << MIME_EPILOGUE_CONTENT | 1u << MIME_BAD_HEADER;

	part->flags |= bits;
	p->tree->flags |= bits;
	if (is_other_reading(part))
		bits &= ~consequences;
	p->tree->kinds |= bits;
}

const struct mime_field *
mime_field_find(const struct mime_part *part, struct span name)
{
	for (const struct mime_field *f = part->fields; f != NULL; f = f->next)
		if (span_equal_nocase(f->name, name))
			return f;
	return NULL;
}

/* input_push() and the end; the descriptor may have become shorter. */
static enum err
push_all(const struct input *in, struct filter *to)
{
	enum err err = input_push(in, to);

	return err != OK ? err : filter_end(to);
}

static enum err
decode_base64(const struct input *in, bool go_on, struct filter *to,
    uint64_t *junk)
{
	struct base64_decoder decoder;
	enum err err;

	base64_decoder_init(&decoder, go_on, to);
	err = push_all(in, &decoder.filter);
	*junk = decoder.junk;
	return err;
}

static enum err
decode_lines(const struct input *in, bool yenc, struct filter *to,
    uint64_t *junk)
{
	struct line_decoder decoder;
	enum err err;

	if (yenc)
		yenc_decoder_init(&decoder, to);
	else
		uu_decoder_init(&decoder, to);
	err = push_all(in, &decoder.filter);
	*junk = decoder.junk;
	return err;
}

enum err
mime_part_decode(const struct mime_part *part, struct filter *to,
    uint64_t *junk)
{
	struct input in = input_sub(part->in, part->body_offset,
	    part->body_bytes);
	struct qp_decoder qp;
	enum err err;

	*junk = 0;
	switch (part->encoding) {
	case ENCODING_BASE64:
		return decode_base64(&in, false, to, junk);
	case ENCODING_BASE64_GO_ON:
		return decode_base64(&in, true, to, junk);
	case ENCODING_QP:
		qp_decoder_init(&qp, to);
		err = push_all(&in, &qp.filter);
		*junk = qp.junk;
		return err;
	case ENCODING_UU:
		return decode_lines(&in, false, to, junk);
	case ENCODING_YENC:
		return decode_lines(&in, true, to, junk);
	case ENCODING_IDENTITY:
	case ENCODING_BINHEX:
		break;
	}
	return push_all(&in, to);
}

/* A sink of fixed room in the arena: decoded bytes are never more. */
struct room {
	struct filter	 filter;
	uint8_t		*ptr;
	size_t		 len;
	size_t		 cap;
};

static enum err
room_write(struct filter *filter, struct span s)
{
	struct room *room = (struct room *)filter;

	if (s.len > room->cap - room->len)
		return ERR_LIMIT;
	if (s.len > 0)
		memcpy(room->ptr + room->len, s.ptr, s.len);
	room->len += s.len;
	return OK;
}

static enum err
room_end(struct filter *filter)
{
	(void)filter;
	return OK;
}

enum err
mime_part_memory(struct mime_parser *p, const struct mime_part *part,
    const struct input **in, uint64_t *junk)
{
	struct room room = { .filter = { room_write, room_end, NULL } };
	struct input *memory;
	enum err err;

	err = mime_work(p, part->body_bytes);
	if (err != OK)
		return err;
	room.cap = (size_t)part->body_bytes;
	if (part->encoding == ENCODING_BASE64 ||
	    part->encoding == ENCODING_BASE64_GO_ON)
		room.cap = room.cap / 4 * 3 + 3;
	room.ptr = arena_alloc(p->arena, room.cap);
	memory = arena_alloc(p->arena, sizeof(*memory));
	if (room.ptr == NULL || memory == NULL)
		return mime_limit(p, "memory for an encoded part",
		    part->body_offset);
	err = mime_part_decode(part, &room.filter, junk);
	if (err != OK)
		return diag_set(p->diag, err, "MIME: decode a part");
	*memory = input_span((struct span){ room.ptr, room.len });
	*in = memory;
	return OK;
}
