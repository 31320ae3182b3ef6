/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ISO-2022-JP with all that is sent under its name (RFC 1468, 1554, 2237,
 * CP50220-50222: kana by ESC ( I, SO/SI or 8 bits, NEC and IBM rows, JIS X
 * 0212, gaiji) and EUC-JP (CP51932), both rewritten as CP932 bytes, which ICU
 * decodes. A character set that CP932 has no place for goes to ICU alone.
 *
 *	pending		what it is
 *	ESC ...		an escape sequence that has begun
 *	one byte	lead byte of the character
 *	8F xx		EUC: JIS X 0212
 */
#include <string.h>

#include "charset_internal.h"

#define ESC	0x1b
#define SO	0x0e
#define SI	0x0f
#define BAD	0xff	/* CP932 has nothing there: ICU reports it */

/* What ESC sequences put into G0. */
enum set {
	SET_ASCII = 0, SET_KANA, SET_0208, SET_0212, SET_0213, SET_GAIJI,
	SET_CHINESE, SET_KOREAN, SET_UNKNOWN, SET_SAME
};

static const struct {
	struct span	sequence;
	enum set	set;
} escapes[] = {
	{ SPAN("\x1b(B"), SET_ASCII },
	/* 5C and 7E stay what they are, as with CP50220: URLs, paths */
	{ SPAN("\x1b(J"), SET_ASCII },
	{ SPAN("\x1b(H"), SET_ASCII },	/* a common mistake for (J */
	{ SPAN("\x1b(I"), SET_KANA },
	{ SPAN("\x1b$@"), SET_0208 },
	{ SPAN("\x1b$B"), SET_0208 },
	{ SPAN("\x1b$(@"), SET_0208 },
	{ SPAN("\x1b$(B"), SET_0208 },
	{ SPAN("\x1b$(D"), SET_0212 },
	{ SPAN("\x1b$(O"), SET_0213 },
	{ SPAN("\x1b$(Q"), SET_0213 },
	{ SPAN("\x1b$(P"), SET_UNKNOWN },	/* JIS X 0213 plane 2 */
	{ SPAN("\x1b$(?"), SET_GAIJI },
	{ SPAN("\x1b$A"), SET_CHINESE },
	{ SPAN("\x1b$(A"), SET_CHINESE },
	{ SPAN("\x1b$(C"), SET_KOREAN },
	{ SPAN("\x1b&@"), SET_SAME },	/* announces JIS X 0208-1990 */
};

#define BATCH	512

/* CP932 bytes on their way; whole characters only. */
struct batch {
	struct charset_filter	*f;
	enum err		 err;
	size_t			 len;
	uint8_t			 bytes[BATCH];
};

static void
flush(struct batch *b)
{
	if (b->err == OK && b->len > 0)
		b->err = charset_icu_push(b->f,
		    (struct span){ b->bytes, b->len }, false);
	b->len = 0;
}

static void
put(struct batch *b, uint8_t c)
{
	if (b->len + 2 > sizeof(b->bytes))
		flush(b);
	b->bytes[b->len++] = c;
}

static void
put_pair(struct batch *b, unsigned lead, unsigned trail)
{
	if (b->len + 2 > sizeof(b->bytes))
		flush(b);
	b->bytes[b->len++] = (uint8_t)lead;
	b->bytes[b->len++] = (uint8_t)trail;
}

static void
put_one(struct batch *b, enum charset_id id, struct span s)
{
	flush(b);
	if (b->err == OK)
		b->err = charset_icu_one(b->f, id, s);
}

/*
 * Row and cell (21-7E; rows go on to 97 for what CP932 has behind F0) to
 * Shift_JIS: two rows share a lead byte.
 */
static void
put_0208(struct batch *b, unsigned row, unsigned cell)
{
	unsigned lead = (row - 0x21) / 2 + (row < 0x5f ? 0x81 : 0xc1);

	if ((row & 1) == 0)
		put_pair(b, lead, cell + 0x7e);
	else
		put_pair(b, lead, cell + (cell >= 0x60 ? 0x20 : 0x1f));
}

static bool
is_sjis_lead(uint8_t c)
{
	return (c >= 0x81 && c <= 0x9f) || (c >= 0xe0 && c <= 0xfc);
}

static bool
is_sjis_trail(uint8_t c)
{
	return c >= 0x40 && c <= 0xfc && c != 0x7f;
}

static void
put_high_pair(struct batch *b, enum charset_id id, uint8_t lead, uint8_t trail)
{
	uint8_t bytes[2] = { lead | 0x80, trail | 0x80 };

	put_one(b, id, (struct span){ bytes, 2 });
}

/* Two bytes of the set in G0, the first one is fit to lead. */
static void
put_2022(struct batch *b, enum set set, uint8_t lead, uint8_t trail)
{
	uint8_t bytes[3] = { 0x8f, lead | 0x80, trail | 0x80 };

	switch (set) {
	case SET_0208:
		put_0208(b, lead, trail);
		return;
	case SET_0213:
		/* what JIS X 0208 and NEC row 13 have not is not in CP932 */
		if (lead == 0x2e || lead == 0x2f || lead >= 0x75)
			put(b, BAD);
		else
			put_0208(b, lead, trail);
		return;
	case SET_GAIJI:
		if (lead <= 0x34)	/* U+E000-E757 of CP932: F0-F9 */
			put_0208(b, lead - 0x21u + 0x7f, trail);
		else
			put(b, BAD);
		return;
	case SET_0212:
		put_one(b, ID_EUC_ICU, (struct span){ bytes, 3 });
		return;
	case SET_CHINESE:
		put_high_pair(b, ID_GB, lead, trail);
		return;
	case SET_KOREAN:
		put_high_pair(b, ID_KOREAN, lead, trail);
		return;
	case SET_ASCII:
	case SET_KANA:
	case SET_UNKNOWN:
	case SET_SAME:
		break;
	}
	put(b, BAD);
}

/* Is it complete (its set is taken), may it become one, or is it none? */
static bool
escape_goes_on(struct charset_filter *f)
{
	struct span s = { f->pending, f->pending_len };

	for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++) {
		if (!span_begins(escapes[i].sequence, s))
			continue;
		if (s.len < escapes[i].sequence.len)
			return true;
		if (escapes[i].set != SET_SAME)
			f->set = escapes[i].set;
		f->pending_len = 0;
		return true;
	}
	return false;
}

/* A byte outside a begun character or escape sequence. */
static void
jis_first(struct batch *b, uint8_t c)
{
	struct charset_filter *f = b->f;
	bool pair = f->set >= SET_0208 && !f->shifted;

	if (c == SO || c == SI) {
		f->shifted = c == SO;
		return;
	}
	if (c == '\r' || c == '\n') {
		/* RFC 1468: lines end in ASCII, also those cut off */
		f->set = SET_ASCII;
		f->shifted = false;
		put(b, c);
		return;
	}
	if (c == ESC || (pair && c >= 0x21 && c < 0x7f) ||
	    (f->set == SET_0208 && pair && c >= 0x7f && c <= 0x97) ||
	    (!pair && is_sjis_lead(c))) {
		f->pending[0] = c;
		f->pending_len = 1;
		return;
	}
	if ((f->shifted || f->set == SET_KANA) && c >= 0x21 && c <= 0x5f)
		c |= 0x80;
	put(b, is_sjis_lead(c) ? BAD : c);
}

static void
jis_byte(struct batch *b, uint8_t c)
{
	struct charset_filter *f = b->f;
	bool pair = f->set >= SET_0208 && !f->shifted;
	uint8_t held[sizeof(f->pending)];
	unsigned n;

	if (f->pending_len == 0) {
		jis_first(b, c);
		return;
	}
	if (f->pending[0] == ESC) {
		f->pending[f->pending_len++] = c;
		if (escape_goes_on(f))
			return;
		/* none of ours: at most four bytes, read once more */
		n = f->pending_len;
		memcpy(held, f->pending, n);
		f->pending_len = 0;
		put(b, ESC);
		for (unsigned i = 1; i < n; i++) {
			if (f->pending_len > 0 && f->pending[0] != ESC) {
				put(b, BAD);
				f->pending_len = 0;
			}
			jis_first(b, held[i]);
		}
		return;
	}
	f->pending_len = 0;
	if (pair && c >= 0x21 && c <= 0x7e)
		put_2022(b, (enum set)f->set, f->pending[0], c);
	else if (!pair && is_sjis_trail(c))
		put_pair(b, f->pending[0], c);
	else {
		put(b, BAD);
		jis_first(b, c);
	}
}

static void
euc_byte(struct batch *b, uint8_t c)
{
	struct charset_filter *f = b->f;
	uint8_t lead = f->pending[0];

	if (f->pending_len == 0) {
		if (c == 0x8e || c == 0x8f || (c >= 0xa1 && c <= 0xfe)) {
			f->pending[0] = c;
			f->pending_len = 1;
		} else
			put(b, c < 0x80 ? c : BAD);
		return;
	}
	if (c < 0xa1 || c == 0xff) {
		f->pending_len = 0;
		put(b, BAD);
		euc_byte(b, c);		/* pending is empty: once */
		return;
	}
	if (lead == 0x8f && f->pending_len == 1) {
		f->pending[f->pending_len++] = c;
		return;
	}
	if (lead == 0x8f) {
		f->pending[2] = c;
		put_one(b, ID_EUC_ICU, (struct span){ f->pending, 3 });
	} else if (lead == 0x8e)
		put(b, c <= 0xdf ? c : BAD);
	else
		put_0208(b, lead - 0x80u, c - 0x80u);
	f->pending_len = 0;
}

enum err
charset_japanese_push(struct charset_filter *f, struct span s, bool final)
{
	struct batch b;
	bool euc = f->charset->kind == CHARSET_EUC;

	b.f = f;
	b.err = OK;
	b.len = 0;
	for (size_t i = 0; i < s.len && b.err == OK; i++) {
		if (euc)
			euc_byte(&b, s.ptr[i]);
		else
			jis_byte(&b, s.ptr[i]);
	}
	if (final && f->pending_len > 0) {
		put(&b, BAD);
		f->pending_len = 0;
	}
	flush(&b);
	return b.err;
}
