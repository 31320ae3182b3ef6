/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Baseline JPEG as our writer makes it, and no other. Values are never
 * computed: a picture is well formed when its codes lead exactly to its end,
 * so that no decoder behind us meets a bad code, a short or a long scan.
 *
 *	SOI -> MARKER -> LENGTH -> SEGMENT -> MARKER ... SCAN -> END
 */
#include <string.h>

#include "verify_jpeg.h"

enum { SOI = 0, MARKER, LENGTH, SEGMENT, SCAN, END };

/* Segments come in this order; DQT and DHT may come more than once. */
enum { NOTHING = 0, APP0, DQT, SOF0, DHT, SOS };

#define M_SOF0	0xc0
#define M_DHT	0xc4
#define M_SOI	0xd8
#define M_EOI	0xd9
#define M_SOS	0xda
#define M_DQT	0xdb
#define M_APP0	0xe0

#define AC		2		/* first AC code in jpeg.code */
#define STEP_BLOCK_END	0
#define STEP_BAD	0xff
#define ITEM_BITS_MAX	27		/* code of 16, value of 11 */

/* JFIF 1.01, no unit, 1:1, no thumbnail. */
static const uint8_t app0[16] = {
	0, 16, 'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0
};

void
jpeg_init(struct jpeg *jpeg)
{
	memset(jpeg, 0, offsetof(struct jpeg, code));
	for (unsigned i = 0; i < 4; i++)
		jpeg->code[i].defined = false;
}

/*
 * What a symbol means for the walk: bits of value behind the code, and how
 * many coefficients it covers (T.81 F.1.2). False: baseline has no such one.
 */
static bool
symbol_meaning(bool is_ac, uint8_t symbol, unsigned *bits, unsigned *step)
{
	unsigned run = symbol >> 4;

	*bits = symbol & 15;
	*step = 1;
	if (!is_ac)
		return symbol <= 11;
	if (*bits == 0) {
		*step = run == 15 ? 16 : STEP_BLOCK_END;
		return run == 0 || run == 15;
	}
	*step = run + 1;
	return *bits <= 10;
}

static bool
code_build(struct jpeg_code *code, bool is_ac, const uint8_t *counts,
    const uint8_t *symbols, unsigned n)
{
	unsigned next = 0, at = 0;

	memset(code->fast, STEP_BAD, sizeof(code->fast));
	memcpy(code->symbol, symbols, n);
	for (unsigned len = 1; len <= 16; len++, next <<= 1) {
		code->count[len] = counts[len - 1];
		for (unsigned i = 0; i < counts[len - 1]; i++, next++) {
			unsigned bits, step, shift, first;

			/* The code of ones only is never given (T.81 C). */
			if (!symbol_meaning(is_ac, symbols[at++], &bits,
			    &step) || next + 1 >= 1u << len)
				return false;
			if (len > JPEG_FAST_BITS)
				continue;
			shift = JPEG_FAST_BITS - len;
			first = next << shift;
			for (unsigned f = 0; f < 1u << shift; f++) {
				code->fast[first + f].bits =
				    (uint8_t)(len + bits);
				code->fast[first + f].step = (uint8_t)step;
			}
		}
	}
	code->defined = true;
	return true;
}

/* A code longer than the table, or none: bits 0. */
static void
slow_code(const struct jpeg_code *code, bool is_ac, uint64_t bits,
    unsigned *bits_n, unsigned *step)
{
	unsigned value = 0, first = 0, index = 0;

	for (unsigned len = 1; len <= 16; len++, bits <<= 1) {
		value = value << 1 | (unsigned)(bits >> 63);
		first <<= 1;
		if (value - first < code->count[len]) {
			(void)symbol_meaning(is_ac,
			    code->symbol[index + value - first], bits_n, step);
			*bits_n += len;
			return;
		}
		first += code->count[len];
		index += code->count[len];
	}
	*bits_n = 0;
}

static enum err
table_quantiser(struct jpeg *jpeg, struct diag *diag)
{
	const uint8_t *s = jpeg->segment;

	if (jpeg->need != 67 || s[2] > 1 || (jpeg->quantisers >> s[2] & 1) != 0)
		return refuse(diag, "JPEG: bad quantisation table");
	for (unsigned i = 3; i < 67; i++)
		if (s[i] == 0)
			return refuse(diag, "JPEG: quantised by zero");
	jpeg->quantisers |= 1u << s[2];
	return OK;
}

static enum err
table_code(struct jpeg *jpeg, struct diag *diag)
{
	const uint8_t *s = jpeg->segment;
	unsigned n = 0, id = s[2] & 15;
	bool is_ac = s[2] >> 4 == 1;

	if (jpeg->need < 2 + 17 || s[2] >> 4 > 1 || id > 1)
		return refuse(diag, "JPEG: bad code table");
	if (is_ac)
		id += AC;
	for (unsigned i = 3; i < 3 + 16; i++)
		n += s[i];
	if (n == 0 || n > 256 || jpeg->need != 2 + 17 + n ||
	    jpeg->code[id].defined ||
	    !code_build(&jpeg->code[id], is_ac, s + 3, s + 19, n))
		return refuse(diag, "JPEG: bad code table");
	return OK;
}

/* Luminance may have up to 4 blocks in an MCU, the other two have one. */
static bool
sampling(struct jpeg *jpeg, unsigned component, uint8_t factors)
{
	switch (component == 0 && jpeg->components == 3 ? factors : 0) {
	case 0x11:
	case 0x12:
	case 0x21:
	case 0x22:
	case 0x41:
		jpeg->blocks_of[component] =
		    (uint8_t)((factors >> 4) * (factors & 15));
		return true;
	default:
		jpeg->blocks_of[component] = 1;
		return factors == 0x11;
	}
}

static enum err
frame(struct jpeg *jpeg, struct diag *diag)
{
	const uint8_t *s = jpeg->segment;
	uint32_t height = (uint32_t)s[3] << 8 | s[4];
	uint32_t width = (uint32_t)s[5] << 8 | s[6];
	uint32_t mcu_width, mcu_height;

	jpeg->width = width;
	jpeg->height = height;
	jpeg->components = s[7];
	if ((s[7] != 1 && s[7] != 3) || jpeg->need != 8u + 3u * s[7] ||
	    s[2] != 8)
		return refuse(diag, "JPEG: kind of picture not allowed");
	if (width == 0 || width > VERIFY_SIDE_MAX || height == 0 ||
	    height > VERIFY_SIDE_MAX ||
	    (uint64_t)width * height > VERIFY_PIXELS_MAX)
		return refuse(diag, "JPEG: too large, or empty");
	for (unsigned i = 0; i < jpeg->components; i++) {
		const uint8_t *c = s + 8 + 3 * i;

		if (c[0] != i + 1 || !sampling(jpeg, i, c[1]) || c[2] > 1 ||
		    (jpeg->quantisers >> c[2] & 1) == 0)
			return refuse(diag, "JPEG: bad component");
	}
	mcu_width = 8u * (s[9] >> 4);
	mcu_height = 8u * (s[9] & 15);
	jpeg->mcus = (uint64_t)((width + mcu_width - 1) / mcu_width) *
	    ((height + mcu_height - 1) / mcu_height);
	return OK;
}

static enum err
scan_begins(struct jpeg *jpeg, struct diag *diag)
{
	const uint8_t *s = jpeg->segment, *tail;

	if (s[2] != jpeg->components ||
	    jpeg->need != 6 + 2 * jpeg->components)
		return refuse(diag, "JPEG: bad scan");
	for (unsigned i = 0; i < jpeg->components; i++) {
		unsigned dc = s[4 + 2 * i] >> 4, ac = s[4 + 2 * i] & 15;

		if (s[3 + 2 * i] != i + 1 || dc > 1 || ac > 1 ||
		    !jpeg->code[dc].defined || !jpeg->code[AC + ac].defined)
			return refuse(diag, "JPEG: bad scan");
		for (unsigned b = 0; b < jpeg->blocks_of[i]; b++) {
			jpeg->block[jpeg->blocks_n].dc = (uint8_t)dc;
			jpeg->block[jpeg->blocks_n++].ac = (uint8_t)(AC + ac);
		}
	}
	tail = s + jpeg->need - 3;
	if (tail[0] != 0 || tail[1] != 63 || tail[2] != 0)
		return refuse(diag, "JPEG: not a baseline scan");
	jpeg->state = SCAN;
	return OK;
}

/*
 * Walk over the codes at hand; an item is read when it is there for sure
 * (27 bits), or at the end of the scan. The hot loop of the whole verifier:
 * its state is in locals, and is written back at its end.
 */
static enum err
walk(struct jpeg *jpeg, bool at_end, struct diag *diag)
{
	uint64_t window = jpeg->bits;
	unsigned left = jpeg->bits_n, at = jpeg->at_coefficient;
	const char *wrong = NULL;

	while (jpeg->mcus > 0 && (left >= ITEM_BITS_MAX || at_end)) {
		const struct jpeg_code *code = &jpeg->code[at > 0 ?
		    jpeg->block[jpeg->at_block].ac :
		    jpeg->block[jpeg->at_block].dc];
		size_t peek = window >> (64 - JPEG_FAST_BITS);
		unsigned bits = code->fast[peek].bits;
		unsigned step = code->fast[peek].step;

		if (step == STEP_BAD)
			slow_code(code, at > 0, window, &bits, &step);
		if (bits == 0 || bits > left) {
			wrong = "JPEG: bad code in the scan";
			break;
		}
		window <<= bits;
		left -= bits;
		at += step;
		if (step != STEP_BLOCK_END && at < 64)
			continue;
		if (at > 64) {
			wrong = "JPEG: a block is too long";
			break;
		}
		at = 0;
		if (++jpeg->at_block == jpeg->blocks_n) {
			jpeg->at_block = 0;
			jpeg->mcus--;
		}
	}
	jpeg->bits = window;
	jpeg->bits_n = left;
	jpeg->at_coefficient = at;
	return wrong == NULL ? OK : refuse(diag, wrong);
}

static enum err
scan_ends(struct jpeg *jpeg, struct diag *diag)
{
	enum err err = walk(jpeg, true, diag);

	if (err != OK)
		return err;
	require(jpeg->mcus == 0);	/* else a code was cut short */
	if (jpeg->bits_n >= 8)
		return refuse(diag, "JPEG: bytes behind the picture");
	/* The last byte is filled up with ones (T.81 F.1.2.3). */
	if (jpeg->bits_n > 0 && jpeg->bits >> (64 - jpeg->bits_n) !=
	    (1u << jpeg->bits_n) - 1)
		return refuse(diag, "JPEG: bits behind the picture");
	jpeg->state = END;
	return OK;
}

/* One byte of the scan; FF is followed by 00, or by EOI as the end. */
static enum err
scan_byte(struct jpeg *jpeg, uint8_t b, struct diag *diag)
{
	if (jpeg->ff) {
		jpeg->ff = false;
		if (b == M_EOI)
			return scan_ends(jpeg, diag);
		if (b != 0)
			return refuse(diag, "JPEG: marker in the scan");
		b = 0xff;
	} else if (b == 0xff) {
		jpeg->ff = true;
		return OK;
	}
	jpeg->bits |= (uint64_t)b << (56 - jpeg->bits_n);
	jpeg->bits_n += 8;
	return OK;
}

/* Four bytes at once, when none of them is FF. */
static bool
scan_word(struct jpeg *jpeg, struct span *s)
{
	uint32_t word;

	if (jpeg->ff || jpeg->bits_n > 32 || s->len < 4)
		return false;
	word = (uint32_t)s->ptr[0] << 24 | (uint32_t)s->ptr[1] << 16 |
	    (uint32_t)s->ptr[2] << 8 | s->ptr[3];
	/* a byte of ~word is 0: the usual test for a zero byte */
	if (((~word - 0x01010101u) & word & 0x80808080u) != 0)
		return false;
	jpeg->bits |= (uint64_t)word << (32 - jpeg->bits_n);
	jpeg->bits_n += 32;
	*s = (struct span){ s->ptr + 4, s->len - 4 };
	return true;
}

static enum err
scan(struct jpeg *jpeg, struct span *s, struct diag *diag)
{
	enum err err = OK;

	while (s->len > 0 && err == OK && jpeg->state == SCAN) {
		while (s->len > 0 && jpeg->bits_n <= 56 &&
		    jpeg->state == SCAN && err == OK) {
			if (scan_word(jpeg, s))
				continue;
			err = scan_byte(jpeg, *s->ptr, diag);
			*s = (struct span){ s->ptr + 1, s->len - 1 };
		}
		if (err == OK && jpeg->state == SCAN)
			err = walk(jpeg, false, diag);
		if (err == OK && jpeg->bits_n > 56)
			err = refuse(diag, "JPEG: bytes behind the picture");
	}
	return err;
}

static enum err
marker(struct jpeg *jpeg, uint8_t byte, struct diag *diag)
{
	static const struct {
		uint8_t	 marker;
		unsigned order, after_first, after_last;
	} allowed[] = {
		{ M_APP0, APP0, NOTHING, NOTHING },
		{ M_DQT, DQT, APP0, DQT },
		{ M_SOF0, SOF0, DQT, DQT },
		{ M_DHT, DHT, SOF0, DHT },
		{ M_SOS, SOS, DHT, DHT },
	};

	for (size_t i = 0; i < sizeof(allowed) / sizeof(*allowed); i++) {
		if (allowed[i].marker != byte)
			continue;
		if (jpeg->order < allowed[i].after_first ||
		    jpeg->order > allowed[i].after_last)
			break;
		jpeg->order = allowed[i].order;
		jpeg->marker = byte;
		jpeg->have = 0;
		jpeg->state = LENGTH;
		return OK;
	}
	return diag_set(diag, ERR_INPUT,
	    "JPEG: marker %02x must not stand here", byte);
}

static enum err
segment(struct jpeg *jpeg, struct diag *diag)
{
	jpeg->state = MARKER;
	jpeg->have = 0;
	switch (jpeg->marker) {
	case M_APP0:
		if (jpeg->need != sizeof(app0) ||
		    memcmp(jpeg->segment, app0, sizeof(app0)) != 0)
			return refuse(diag, "JPEG: APP0 is not our JFIF");
		return OK;
	case M_DQT:
		return table_quantiser(jpeg, diag);
	case M_SOF0:
		return frame(jpeg, diag);
	case M_DHT:
		return table_code(jpeg, diag);
	default:
		return scan_begins(jpeg, diag);
	}
}

/* One byte outside of the scan. */
static enum err
head_byte(struct jpeg *jpeg, uint8_t b, struct diag *diag)
{
	switch (jpeg->state) {
	case SOI:
	case MARKER:
		if (jpeg->have == 0) {
			jpeg->have = 1;
			return b == 0xff ? OK : refuse(diag,
			    "JPEG: no marker where one has to be");
		}
		if (jpeg->state == MARKER)
			return marker(jpeg, b, diag);
		jpeg->have = 0;
		jpeg->state = MARKER;
		return b == M_SOI ? OK : refuse(diag, "JPEG: no SOI");
	case LENGTH:
		jpeg->segment[jpeg->have++] = b;
		if (jpeg->have < 2)
			return OK;
		jpeg->need = (unsigned)jpeg->segment[0] << 8 | b;
		if (jpeg->need < 3 || jpeg->need > JPEG_SEGMENT_BYTES_MAX)
			return refuse(diag, "JPEG: length of a segment");
		jpeg->state = SEGMENT;
		return OK;
	case SEGMENT:
		jpeg->segment[jpeg->have++] = b;
		return jpeg->have == jpeg->need ? segment(jpeg, diag) : OK;
	default:
		return refuse(diag, "JPEG: bytes behind EOI");
	}
}

enum err
jpeg_write(struct jpeg *jpeg, struct span s, struct diag *diag)
{
	enum err err = OK;

	while (s.len > 0 && err == OK) {
		if (jpeg->state == SCAN) {
			err = scan(jpeg, &s, diag);
			continue;
		}
		err = head_byte(jpeg, *s.ptr, diag);
		s = span_sub(s, 1, s.len);
	}
	return err;
}

enum err
jpeg_end(const struct jpeg *jpeg, struct diag *diag)
{
	if (jpeg->state != END)
		return refuse(diag, "JPEG: ends before EOI");
	return OK;
}
