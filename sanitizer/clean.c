/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Takes invisible and direction-changing characters out of UTF-8 text, so
 * that the safe form holds only CHAR (mime_write.h section 5), and counts
 * them by class for the report. What a text means is left to others; nothing
 * is normalised but on request (file names, by ICU).
 */
#include <string.h>

#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include "../gateway/base/utf8.h"
#include "clean.h"

#define NFC_BYTES_MAX	(64 * 1024)

enum class {
	CLASS_KEEP = 0,
	CLASS_LINE_END,
	CLASS_TAB,
	CLASS_CONTROL,
	CLASS_BIDI,
	CLASS_ZERO_WIDTH,
	CLASS_JOINER,
	CLASS_SOFT_HYPHEN,
	CLASS_TAG,
	CLASS_SELECTOR,
	CLASS_BAD,
	CLASS_PRIVATE
};

static enum class
class_low(uint32_t c)
{
	if (c == '\t')
		return CLASS_TAB;
	if ((c >= 0x0a && c <= 0x0d) || c == 0x85)
		return CLASS_LINE_END;
	if (c < 0x20 || (c >= 0x7f && c <= 0x9f))
		return CLASS_CONTROL;
	return c == 0xad ? CLASS_SOFT_HYPHEN : CLASS_KEEP;
}

static enum class
class_general_punctuation(uint32_t c)
{
	if (c == 0x200d)
		return CLASS_JOINER;
	if (c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
	    c >= 0x2066)
		return CLASS_BIDI;
	if (c == 0x2028 || c == 0x2029)
		return CLASS_LINE_END;
	if (c == 0x200b || c == 0x200c || c >= 0x2060)
		return CLASS_ZERO_WIDTH;
	return CLASS_KEEP;
}

/* c is a Unicode scalar value. */
static enum class
class_of(uint32_t c)
{
	if (c < 0x100)
		return class_low(c);
	if (c >= 0x2000 && c <= 0x206f)
		return class_general_punctuation(c);
	if ((c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef))
		return CLASS_BAD;
	if (c == 0x061c)
		return CLASS_BIDI;
	if (c == 0x034f || c == 0x180e || c == 0xfeff)
		return CLASS_ZERO_WIDTH;
	if ((c >= 0xfff9 && c <= 0xfffb) || (c >= 0x1d173 && c <= 0x1d17a))
		return CLASS_CONTROL;
	if (c >= 0xe0000 && c <= 0xe007f)
		return CLASS_TAG;
	if ((c >= 0xfe00 && c <= 0xfe0f) || (c >= 0xe0100 && c <= 0xe01ef))
		return CLASS_SELECTOR;
	if ((c >= 0xe000 && c <= 0xf8ff) || c >= 0xf0000)
		return CLASS_PRIVATE;
	return CLASS_KEEP;
}

bool
clean_joins(uint32_t c)
{
	return (c >= 0x2190 && c <= 0x2bff) || (c >= 0x1f000 && c <= 0x1faff);
}

void
clean_counts_add(struct clean_counts *sum, const struct clean_counts *c)
{
	sum->controls += c->controls;
	sum->bidi += c->bidi;
	sum->zero_width += c->zero_width;
	sum->soft_hyphens += c->soft_hyphens;
	sum->tags += c->tags;
	sum->bad += c->bad;
	sum->private_use += c->private_use;
}

uint64_t
clean_counts_removed(const struct clean_counts *c)
{
	return c->controls + c->bidi + c->zero_width + c->soft_hyphens +
	    c->tags + c->bad;
}

static enum err
flush(struct clean_filter *f)
{
	struct span s = { f->out, f->out_len };

	f->out_len = 0;
	return s.len == 0 ? OK : filter_write(f->filter.next, s);
}

/* Room for one character with all that may come before it. */
static enum err
make_room(struct clean_filter *f)
{
	return f->out_len + 16 > sizeof(f->out) ? flush(f) : OK;
}

static void
put(struct clean_filter *f, uint32_t c)
{
	f->out_len += (unsigned)utf8_encode(c, f->out + f->out_len);
	f->last = c;
}

/*
 * Variation selectors choose a form of the character before: one of them,
 * emoji or text (FE0E, FE0F) for anything that is seen, the others for kanji
 * (異体字). A row of them shows nothing and can spell out hidden words.
 */
static bool
selects(const struct clean_filter *f, uint32_t c)
{
	uint32_t last = f->last;

	if (f->joiner || f->blank || last <= ' ')
		return false;
	if (c == 0xfe0e || c == 0xfe0f)
		return class_of(last) != CLASS_SELECTOR;
	return (last >= 0x3000 && last <= 0xcfff) ||
	    (last >= 0xf900 && last <= 0xfaff) ||
	    (last >= 0x20000 && last <= 0x3ffff);
}

/* What was held back, before a character that stays. */
static void
put_held(struct clean_filter *f, uint32_t next)
{
	if (f->joiner) {
		f->joiner = false;
		if (!f->blank && clean_joins(next) &&
		    (clean_joins(f->last) || f->last == 0xfe0f))
			put(f, 0x200d);
		else
			f->counts.zero_width++;
	}
	if (f->blank) {
		f->blank = false;
		if (f->last != 0 && f->last != ' ' && next != ' ')
			put(f, ' ');
	}
}

static void
line_end(struct clean_filter *f, uint32_t c)
{
	bool second = c == '\n' && f->cr;

	f->cr = c == '\r';
	if (second)
		return;
	if (f->mode == CLEAN_HEADER) {
		f->blank = true;
		return;
	}
	put_held(f, '\n');
	put(f, '\r');
	put(f, '\n');
}

static void
character(struct clean_filter *f, uint32_t c)
{
	enum class class = c == UTF8_BAD ? CLASS_BAD : class_of(c);

	if (class == CLASS_LINE_END) {
		line_end(f, c);
		return;
	}
	f->cr = false;
	switch (class) {
	case CLASS_CONTROL:
		f->counts.controls++;
		return;
	case CLASS_BIDI:
		f->counts.bidi++;
		return;
	case CLASS_ZERO_WIDTH:
		f->counts.zero_width++;
		return;
	case CLASS_SOFT_HYPHEN:
		f->counts.soft_hyphens++;
		return;
	case CLASS_TAG:
		f->counts.tags++;
		return;
	case CLASS_JOINER:
		if (f->joiner)
			f->counts.zero_width++;
		f->joiner = true;
		return;
	case CLASS_TAB:
		if (f->mode == CLEAN_HEADER) {
			f->blank = true;
			return;
		}
		break;
	case CLASS_SELECTOR:
		if (selects(f, c))
			break;
		f->counts.zero_width++;
		return;
	case CLASS_BAD:
		f->counts.bad++;
		c = 0xfffd;
		break;
	case CLASS_PRIVATE:
		f->counts.private_use++;
		break;
	case CLASS_LINE_END:
	case CLASS_KEEP:
		break;
	}
	put_held(f, c);
	put(f, c);
}

/*
 * E3 80 80 to EC BF BF, U+3000 to U+CFFF: kana, kanji, most of Hangul. Of
 * these class_of() keeps all, and any two bytes of the form 10xxxxxx follow.
 */
static bool
is_east_asian(const uint8_t *p)
{
	return p[0] >= 0xe3 && p[0] <= 0xec && (p[1] & 0xc0) == 0x80 &&
	    (p[2] & 0xc0) == 0x80;
}

/* Characters that stay, in a row, need no look at each. */
static size_t
copy_kept(struct clean_filter *f, struct span s)
{
	size_t room = sizeof(f->out) - f->out_len;
	const uint8_t *p = s.ptr, *end = p + (s.len < room ? s.len : room);
	size_t n;

	for (;;) {
		while (p < end && *p >= 0x20 && *p < 0x7f)
			p++;
		if (end - p < 3 || !is_east_asian(p))
			break;
		p += 3;
	}
	n = (size_t)(p - s.ptr);
	if (n == 0)
		return 0;
	memcpy(f->out + f->out_len, s.ptr, n);
	f->out_len += (unsigned)n;
	/* no more is asked than whether it is a blank, joins, may be varied */
	f->last = p[-1] < 0x80 ? p[-1] : 0x3000;
	f->cr = false;
	return n;
}

/* A character that began in the write before. */
static enum err
finish_held(struct clean_filter *f, struct span *s)
{
	struct span held = { f->held, 0 };
	enum err err = OK;
	size_t n;

	while (err == OK && f->held_len > 0) {
		held.len = f->held_len;
		if (utf8_incomplete(held)) {
			if (s->len == 0)
				return OK;
			f->held[f->held_len++] = s->ptr[0];
			*s = span_sub(*s, 1, s->len);
			continue;
		}
		err = make_room(f);
		character(f, utf8_decode(held, &n));
		f->held_len -= (unsigned)n;
		memmove(f->held, f->held + n, f->held_len);
	}
	return err;
}

static enum err
clean_write(struct filter *filter, struct span s)
{
	struct clean_filter *f = (struct clean_filter *)filter;
	enum err err = finish_held(f, &s);
	size_t n;

	for (; err == OK && s.len > 0; s = span_sub(s, n, s.len)) {
		err = make_room(f);
		if (err != OK)
			break;
		n = f->joiner || f->blank ? 0 : copy_kept(f, s);
		if (n > 0)
			continue;
		if (s.len < 4 && utf8_incomplete(s)) {
			memcpy(f->held, s.ptr, s.len);
			f->held_len = (unsigned)s.len;
			break;
		}
		character(f, utf8_decode(s, &n));
	}
	return err;
}

static enum err
clean_end(struct filter *filter)
{
	struct clean_filter *f = (struct clean_filter *)filter;
	enum err err = OK;

	/* bytes of a character that never came to its end */
	for (; err == OK && f->held_len > 0; f->held_len--) {
		err = make_room(f);
		character(f, UTF8_BAD);
	}
	if (f->joiner)
		f->counts.zero_width++;
	if (err == OK)
		err = flush(f);
	return err != OK ? err : filter_end(filter->next);
}

void
clean_filter_init(struct clean_filter *f, enum clean_mode mode,
    struct filter *next)
{
	memset(f, 0, offsetof(struct clean_filter, out));
	f->filter = (struct filter){ clean_write, clean_end, next };
	f->mode = mode;
}

enum err
clean_text(struct span text, enum clean_mode mode, struct buf *out,
    struct clean_counts *counts)
{
	struct clean_filter f;
	struct buf_sink sink;
	enum err err;

	buf_sink_init(&sink, out);
	clean_filter_init(&f, mode, &sink.filter);
	err = filter_write(&f.filter, text);
	if (err == OK)
		err = filter_end(&f.filter);
	if (counts != NULL)
		clean_counts_add(counts, &f.counts);
	return err;
}

/* Into the UTF-16 of ICU; *n gets its length. */
static enum err
to_utf16(struct span text, struct buf *wide, int32_t *n)
{
	UErrorCode status = U_ZERO_ERROR;
	uint8_t *room;
	enum err err = buf_reserve(wide, text.len * sizeof(UChar), &room);

	if (err != OK)
		return err;
	u_strFromUTF8WithSub((UChar *)(void *)room, (int32_t)text.len, n,
	    (const char *)text.ptr, (int32_t)text.len, 0xfffd, NULL, &status);
	if (U_FAILURE(status))
		return ERR_INPUT;
	wide->len = (size_t)*n * sizeof(UChar);
	return OK;
}

enum err
clean_nfc(struct span text, struct buf *out)
{
	UErrorCode status = U_ZERO_ERROR;
	const UNormalizer2 *nfc = unorm2_getNFCInstance(&status);
	struct buf wide, normal;
	enum err err;
	uint8_t *room;
	int32_t n, utf8_n;

	if (text.len == 0)
		return OK;
	if (text.len > NFC_BYTES_MAX)
		return ERR_LIMIT;
	buf_init(&wide, NFC_BYTES_MAX * 2);
	buf_init(&normal, NFC_BYTES_MAX * 8);
	err = to_utf16(text, &wide, &n);
	/* one UTF-16 unit becomes at most three in NFC (UAX #15) */
	if (err == OK)
		err = buf_reserve(&normal, (size_t)n * 3 * sizeof(UChar),
		    &room);
	if (err != OK)
		goto out;
	n = unorm2_normalize(nfc, (const UChar *)(void *)wide.ptr, n,
	    (UChar *)(void *)room, n * 3, &status);
	if (U_FAILURE(status)) {
		err = ERR_INPUT;
		goto out;
	}
	err = buf_reserve(out, (size_t)n * 3, &room);
	if (err != OK)
		goto out;
	u_strToUTF8WithSub((char *)room, n * 3, &utf8_n,
	    (const UChar *)(void *)normal.ptr, n, 0xfffd, NULL, &status);
	if (U_FAILURE(status))
		err = ERR_INPUT;
	else
		out->len += (size_t)utf8_n;
out:
	buf_fini(&wide);
	buf_fini(&normal);
	return err;
}
