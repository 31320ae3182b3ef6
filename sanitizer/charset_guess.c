/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which charset a text is in, from its bytes. Meant for Japanese mail: what
 * is not Unicode by its form and has no escapes is weighed as CP932 and as
 * EUC-JP by how many characters make sense, and is Western if neither does.
 */
#include "../gateway/base/utf8.h"
#include "charset_internal.h"

/* Weight of a reading: tenths of a character that makes sense. */
struct score {
	long	sense;
	size_t	characters;	/* of more than one byte, and kana */
	size_t	errors;
};

static bool
is_letter(struct span s, size_t at)
{
	return at < s.len && ascii_is_alpha(s.ptr[at]);
}

static bool
is_kana(uint8_t c)
{
	return c >= 0xa1 && c <= 0xdf;
}

/* Hiragana, katakana and common kanji weigh; letters around speak against. */
static long
sjis_weight(struct span s, size_t at)
{
	uint8_t lead = s.ptr[at], trail = s.ptr[at + 1];

	if (lead == 0x82 || lead == 0x83)
		return 20;
	if (lead <= 0x98)
		return ascii_is_alpha(trail) && at > 0 &&
		    is_letter(s, at - 1) ? -5 : 10;
	if (lead >= 0xf0 && lead <= 0xf9)
		return 0;
	/* "été" in Latin-1 is a kanji of level 2 and a letter */
	return ascii_is_alpha(trail) ? -10 : 5;
}

static struct score
score_sjis(struct span s)
{
	struct score score = { 0, 0, 0 };
	size_t at = 0;

	while (at < s.len) {
		uint8_t c = s.ptr[at];

		if (c < 0x80) {
			at++;
			continue;
		}
		if (is_kana(c)) {
			bool alone = (at == 0 || s.ptr[at - 1] < 0x80) &&
			    (at + 1 == s.len || s.ptr[at + 1] < 0x80);

			score.sense += alone ? -10 : 4;
			score.characters++;
			at++;
			continue;
		}
		if (at + 1 == s.len)
			break;		/* cut off: says nothing */
		if (c == 0x80 || c == 0xa0 || c > 0xfc ||
		    s.ptr[at + 1] < 0x40 || s.ptr[at + 1] == 0x7f ||
		    s.ptr[at + 1] > 0xfc) {
			score.errors++;
			at++;
			continue;
		}
		score.sense += sjis_weight(s, at);
		score.characters++;
		at += 2;
	}
	return score;
}

static struct score
score_euc(struct span s)
{
	struct score score = { 0, 0, 0 };
	size_t at = 0;

	while (at < s.len) {
		uint8_t c = s.ptr[at];

		if (c < 0x80) {
			at++;
			continue;
		}
		if (at + 1 == s.len)
			break;
		if ((c != 0x8e && (c < 0xa1 || c > 0xfe)) ||
		    s.ptr[at + 1] < 0xa1 || s.ptr[at + 1] == 0xff) {
			score.errors++;
			at++;
			continue;
		}
		if (c == 0xa4 || c == 0xa5)
			score.sense += 20;
		else if (c >= 0xb0 && c <= 0xcf)
			score.sense += 10;
		else if (c <= 0xf4 && c != 0x8e)
			score.sense += 3;
		score.characters++;
		at += 2;
	}
	return score;
}

/* One error in twenty characters is a damaged text, more is another one. */
static bool
makes_sense(struct score score)
{
	return score.sense > 0 && score.errors * 20 <= score.characters;
}

static const struct charset *
guess_eight_bit(struct span s)
{
	struct score sjis = score_sjis(s), euc = score_euc(s);
	bool sjis_good = makes_sense(sjis), euc_good = makes_sense(euc);

	if (sjis_good && euc_good)
		return &charset_table[euc.sense - 50 * (long)euc.errors >
		    sjis.sense - 50 * (long)sjis.errors ? ID_EUC : ID_CP932];
	if (sjis_good)
		return &charset_table[ID_CP932];
	return &charset_table[euc_good ? ID_EUC : ID_LATIN1];
}

/*
 * Valid but for few errors, and a character cut off by the sample's end. With
 * errors only if it is not without any in another charset.
 */
static bool
is_utf8(struct span s, bool final)
{
	size_t at = 0, n, good = 0, bad = 0;
	struct score sjis, euc;

	while (at < s.len) {
		if (s.ptr[at] < 0x80) {
			at++;
			continue;
		}
		if (!final && utf8_incomplete(span_sub(s, at, s.len)))
			break;
		if (utf8_decode(span_sub(s, at, s.len), &n) == UTF8_BAD)
			bad++;
		else
			good++;
		at += n;
	}
	if (bad == 0 || bad * 20 > good)
		return bad == 0 && good > 0;
	sjis = score_sjis(s);
	euc = score_euc(s);
	return (sjis.errors > 0 || !makes_sense(sjis)) &&
	    (euc.errors > 0 || !makes_sense(euc));
}

static bool
has_jis_escape(struct span s)
{
	for (size_t at = 0; at + 2 < s.len; at++) {
		at += span_find_byte(span_sub(s, at, s.len), 0x1b);
		if (at + 2 >= s.len)
			break;
		if ((s.ptr[at + 1] == '$' && (s.ptr[at + 2] == 'B' ||
		    s.ptr[at + 2] == '@' || s.ptr[at + 2] == '(')) ||
		    (s.ptr[at + 1] == '(' && (s.ptr[at + 2] == 'I' ||
		    s.ptr[at + 2] == 'J')))
			return true;
	}
	return false;
}

/* Zeroes at even places (big-endian Latin) and at odd ones. */
static void
count_zeroes(struct span s, size_t zeroes[2])
{
	zeroes[0] = zeroes[1] = 0;
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] == 0)
			zeroes[i & 1]++;
}

static const struct charset *
guess_bom(struct span s)
{
	if (span_begins(s, SPAN("\xef\xbb\xbf")))
		return &charset_table[ID_UTF8];
	if (span_begins(s, SPAN("\xff\xfe\0\0")))
		return &charset_table[ID_UTF32LE];
	if (span_begins(s, SPAN("\0\0\xfe\xff")))
		return &charset_table[ID_UTF32BE];
	if (span_begins(s, SPAN("\xff\xfe")))
		return &charset_table[ID_UTF16LE];
	if (span_begins(s, SPAN("\xfe\xff")))
		return &charset_table[ID_UTF16BE];
	return NULL;
}

const struct charset *
charset_guess_utf16(struct span s)
{
	const struct charset *charset = guess_bom(s);
	size_t zeroes[2];

	if (charset != NULL && charset != &charset_table[ID_UTF8])
		return charset;
	count_zeroes(s, zeroes);
	return &charset_table[zeroes[1] > zeroes[0] ? ID_UTF16LE : ID_UTF16BE];
}

/*
 * UTF-16 without a BOM, by the zeroes of its Latin letters: many, at one side
 * of the pairs. A stray zero in an ASCII line is not enough, and a CR before
 * a LF without a zero between them is text of single bytes.
 */
static bool
is_utf16(struct span s)
{
	size_t zeroes[2];

	count_zeroes(s, zeroes);
	return ((zeroes[0] > 1 && zeroes[0] > s.len / 8 &&
	    zeroes[1] * 8 < zeroes[0]) || (zeroes[1] > 1 &&
	    zeroes[1] > s.len / 8 && zeroes[0] * 8 < zeroes[1])) &&
	    (span_find(s, SPAN("\r\n")) == s.len ||
	    span_find(s, SPAN("\r\0\n")) < s.len);
}

const struct charset *
charset_guess(struct span s, bool final)
{
	const struct charset *charset = guess_bom(s);

	if (charset != NULL)
		return charset;
	if (is_utf16(s))
		return charset_guess_utf16(s);
	if (is_utf8(s, final))
		return &charset_table[ID_UTF8];
	if (has_jis_escape(s))
		return &charset_table[ID_JIS];
	return guess_eight_bit(s);
}
