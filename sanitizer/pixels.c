/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads the stream of pixels.h. The program that wrote it read hostile bytes
 * before: each number is looked at before it is used.
 */
#include <stddef.h>
#include <string.h>

#include "../gateway/base/wire.h"
#include "pixels.h"

#define MAGIC		"SEKISHO-PIXELS 2\n"
#define DPI_MAX		1200
#define WORD_BYTES	18
#define END_BYTES	5

/* A few bytes, of those that were read ahead. */
static enum err
get(struct pixels_reader *r, void *to, size_t len)
{
	enum err err = OK;

	if (r->at < r->ahead_at || r->at - r->ahead_at > r->ahead_len ||
	    r->ahead_len - (r->at - r->ahead_at) < len) {
		r->ahead_at = r->at;
		err = input_read(r->in, r->at, r->ahead, sizeof(r->ahead),
		    &r->ahead_len);
	}
	if (err != OK || r->ahead_len - (r->at - r->ahead_at) < len)
		return err != OK ? err : ERR_INPUT;
	if (len > 0)
		memcpy(to, r->ahead + (r->at - r->ahead_at), len);
	r->at += len;
	return OK;
}

enum err
pixels_open(struct pixels_reader *r, const struct input *in)
{
	char magic[sizeof(MAGIC) - 1];
	enum err err;

	memset(r, 0, offsetof(struct pixels_reader, ahead));
	r->in = in;
	err = get(r, magic, sizeof(magic));
	if (err == OK && memcmp(magic, MAGIC, sizeof(magic)) != 0)
		err = ERR_INPUT;
	return err;
}

static enum err
end(struct pixels_reader *r, uint8_t kind)
{
	struct wire_reader w;
	uint8_t bytes[4];
	enum err err = get(r, bytes, sizeof(bytes));

	wire_reader_init(&w, (struct span){ bytes, sizeof(bytes) });
	r->more = kind == 2;
	if (err == OK && (kind == 1 || kind > 2 || r->at != r->in->len ||
	    r->pages == 0 || wire_get_u32(&w) != r->pages))
		err = ERR_INPUT;
	return err;
}

static enum err
size(struct pixels_reader *r, struct wire_reader *w)
{
	r->width = wire_get_u32(w);
	r->height = wire_get_u32(w);
	r->dpi = wire_get_u16(w);
	return r->width == 0 || r->height == 0 || r->dpi == 0 ||
	    r->width > PIXELS_SIDE_MAX || r->height > PIXELS_SIDE_MAX ||
	    (uint64_t)r->width * r->height > PIXELS_PAGE_MAX ||
	    r->dpi > DPI_MAX ? ERR_INPUT : OK;
}

enum err
pixels_next(struct pixels_reader *r, bool *page)
{
	uint8_t kind, form, bytes[11];
	struct wire_reader w;
	enum err err;

	*page = false;
	if ((err = get(r, &kind, 1)) != OK)
		return err;
	if (kind != 1)
		return end(r, kind);
	if ((err = get(r, bytes, sizeof(bytes))) != OK)
		return err;
	wire_reader_init(&w, (struct span){ bytes, sizeof(bytes) });
	form = wire_get_u8(&w);
	if (form > PIXELS_RGB || size(r, &w) != OK)
		return ERR_INPUT;
	r->form = (enum pixels_form)form;
	if (form == PIXELS_PALETTE && (err = get(r, r->palette,
	    sizeof(r->palette))) != OK)
		return err;
	if (++r->pages > PIXELS_PAGES_MAX)
		return ERR_LIMIT;
	*page = true;
	return OK;
}

enum err
pixels_rows(struct pixels_reader *r, uint8_t *to, uint32_t rows)
{
	size_t len = rows * pixels_row_bytes(r->form, r->width), got;
	enum err err = input_read(r->in, r->at, to, len, &got);
	uint8_t highest = 0;

	r->at += got;
	if (err == OK && got < len)
		err = ERR_INPUT;
	for (size_t i = 0; r->form == PIXELS_INDEXED && i < got; i++)
		highest = to[i] > highest ? to[i] : highest;
	/* a viewer finds no colour for a larger one */
	return err == OK && highest >= PIXELS_COLOURS_N ? ERR_INPUT : err;
}

enum err
pixels_words(struct pixels_reader *r, uint32_t *n)
{
	uint8_t bytes[4];
	struct wire_reader w;
	enum err err = get(r, bytes, sizeof(bytes));

	wire_reader_init(&w, (struct span){ bytes, sizeof(bytes) });
	*n = wire_get_u32(&w);
	if (err == OK && *n > PIXELS_WORDS_MAX)
		err = ERR_INPUT;
	return err;
}

enum err
pixels_word(struct pixels_reader *r, struct pixels_word *word)
{
	uint8_t bytes[WORD_BYTES];
	struct wire_reader w;
	enum err err;
	size_t len;

	if ((err = get(r, bytes, sizeof(bytes))) != OK)
		return err;
	wire_reader_init(&w, (struct span){ bytes, sizeof(bytes) });
	word->left = wire_get_u32(&w);
	word->top = wire_get_u32(&w);
	word->right = wire_get_u32(&w);
	word->bottom = wire_get_u32(&w);
	len = wire_get_u16(&w);
	if (word->left >= word->right || word->top >= word->bottom ||
	    word->right > r->width || word->bottom > r->height ||
	    len > sizeof(r->text))
		return ERR_INPUT;
	word->text = (struct span){ r->text, len };
	return get(r, r->text, len);
}

enum err
pixels_words_open(struct pixels_reader *r, const struct input *in,
    struct input *pdf, bool *there)
{
	uint8_t tail[8 + sizeof(PIXELS_WORDS_MAGIC) - 1];
	struct wire_reader w;
	uint64_t bytes;
	size_t got;
	enum err err;

	memset(r, 0, offsetof(struct pixels_reader, ahead));
	r->in = in;
	*pdf = *in;
	*there = false;
	if (in->len < sizeof(tail))
		return OK;
	err = input_read(in, in->len - sizeof(tail), tail, sizeof(tail),
	    &got);
	if (err != OK || got != sizeof(tail) || memcmp(tail + 8,
	    PIXELS_WORDS_MAGIC, sizeof(PIXELS_WORDS_MAGIC) - 1) != 0)
		return err;
	wire_reader_init(&w, (struct span){ tail, 8 });
	bytes = wire_get_u64(&w);
	if (bytes > in->len - sizeof(tail))
		return ERR_INPUT;
	*there = true;
	*pdf = input_sub(in, 0, bytes);
	r->at = bytes;
	return OK;
}

enum err
pixels_words_next(struct pixels_reader *r)
{
	struct wire_reader w;
	uint8_t bytes[10];
	enum err err = get(r, bytes, sizeof(bytes));

	wire_reader_init(&w, (struct span){ bytes, sizeof(bytes) });
	return err == OK ? size(r, &w) : err;
}

enum err
pixels_count(const struct input *in, uint32_t *pages, bool *more)
{
	uint8_t bytes[END_BYTES];
	struct wire_reader w;
	uint8_t kind;
	size_t got;
	enum err err;

	if (in->len < END_BYTES)
		return ERR_INPUT;
	err = input_read(in, in->len - END_BYTES, bytes, END_BYTES, &got);
	wire_reader_init(&w, (struct span){ bytes, END_BYTES });
	kind = wire_get_u8(&w);
	*pages = wire_get_u32(&w);
	*more = kind == 2;
	if (err == OK && (got != END_BYTES || (kind != 0 && kind != 2) ||
	    *pages == 0 || *pages > PIXELS_PAGES_MAX))
		err = ERR_INPUT;
	return err;
}
