/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads the stream of pixels.h. The program that wrote it read hostile bytes
 * before: each number is looked at before it is used.
 */
#include <string.h>

#include "../gateway/base/wire.h"
#include "pixels.h"

#define MAGIC		"SEKISHO-PIXELS 1\n"
#define DPI_MAX		1200
#define WORD_BYTES	18

static enum err
get(struct pixels_reader *r, void *to, size_t len)
{
	size_t got;
	enum err err = input_read(r->in, r->at, to, len, &got);

	r->at += got;
	return err == OK && got < len ? ERR_INPUT : err;
}

enum err
pixels_open(struct pixels_reader *r, const struct input *in)
{
	char magic[sizeof(MAGIC) - 1];
	enum err err;

	*r = (struct pixels_reader){ .in = in };
	err = get(r, magic, sizeof(magic));
	if (err == OK && memcmp(magic, MAGIC, sizeof(magic)) != 0)
		err = ERR_INPUT;
	return err;
}

enum err
pixels_next(struct pixels_reader *r, bool *page)
{
	uint8_t kind, bytes[10];
	struct wire_reader w;
	enum err err;

	*page = false;
	if ((err = get(r, &kind, 1)) != OK)
		return err;
	if (kind != 1) {
		r->more = kind == 2;
		return kind <= 2 && r->at == r->in->len && r->pages > 0 ?
		    OK : ERR_INPUT;
	}
	if ((err = get(r, bytes, sizeof(bytes))) != OK)
		return err;
	wire_reader_init(&w, (struct span){ bytes, sizeof(bytes) });
	r->width = wire_get_u32(&w);
	r->height = wire_get_u32(&w);
	r->dpi = wire_get_u16(&w);
	if (r->width == 0 || r->height == 0 || r->dpi == 0 ||
	    r->width > PIXELS_SIDE_MAX || r->height > PIXELS_SIDE_MAX ||
	    (uint64_t)r->width * r->height > PIXELS_PAGE_MAX ||
	    r->dpi > DPI_MAX)
		return ERR_INPUT;
	if (++r->pages > PIXELS_PAGES_MAX)
		return ERR_LIMIT;
	*page = true;
	return OK;
}

enum err
pixels_rows(struct pixels_reader *r, uint8_t *to, uint32_t rows)
{
	return get(r, to, (size_t)rows * r->width * 3);
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
pixels_count(const struct input *in, uint32_t *pages, bool *more)
{
	struct pixels_reader r;
	struct pixels_word word;
	uint32_t words;
	bool page;
	enum err err;

	if ((err = pixels_open(&r, in)) != OK)
		return err;
	while ((err = pixels_next(&r, &page)) == OK && page) {
		r.at += (uint64_t)r.width * r.height * 3;
		if ((err = pixels_words(&r, &words)) != OK)
			return err;
		while (words-- > 0)
			if ((err = pixels_word(&r, &word)) != OK)
				return err;
	}
	*pages = r.pages;
	*more = r.more;
	return err;
}
