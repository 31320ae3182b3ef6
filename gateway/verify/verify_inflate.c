/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Inflate (RFC 1951), in the zlib envelope (RFC 1950) or raw, written for
 * the verifier: pushed, bounded, refusing what a writer of ours never makes.
 * Each step takes a whole item (at most 48 bits) or waits for more input.
 *
 *	HEAD -> BLOCK -> STORED_LEN -> STORED -> BLOCK | ADLER
 *	               | SYMBOL (fixed)       -> BLOCK | ADLER
 *	               | COUNTS -> CODE_LENGTHS -> LENGTHS -> SYMBOL
 *	ADLER -> DONE			raw: BLOCK first, DONE for ADLER
 */
#include <string.h>

#include "verify_inflate.h"

enum {
	HEAD = 0, BLOCK, STORED_LEN, STORED, COUNTS, CODE_LENGTHS, LENGTHS,
	SYMBOL, ADLER, DONE
};

#define WAIT		(-1)
#define BAD_CODE	(-2)
#define ADLER_MODULUS	65521
#define ADLER_RUN	5552		/* no sum of 32 bits overflows */
#define END_OF_BLOCK	256

static const uint16_t length_base[29] = {
	3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51,
	59, 67, 83, 99, 115, 131, 163, 195, 227, 258
};
static const uint8_t length_extra[29] = {
	0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4,
	4, 5, 5, 5, 5, 0
};
static const uint16_t distance_base[30] = {
	1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385,
	513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577
};
static const uint8_t code_order[19] = {
	16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15
};

void
inflate_init(struct inflate *z,
    enum err (*out)(void *arg, struct span, struct diag *), void *arg)
{
	/* The window and the codes need no zeroing: at and counts guard. */
	memset(z, 0, offsetof(struct inflate, literal));
	z->out = out;
	z->arg = arg;
	z->adler_a = 1;
}

void
inflate_init_raw(struct inflate *z,
    enum err (*out)(void *arg, struct span, struct diag *), void *arg)
{
	inflate_init(z, out, arg);
	z->raw = true;
	z->state = BLOCK;
}

bool
inflate_is_done(const struct inflate *z)
{
	return z->state == DONE;
}

static bool
refill(struct inflate *z, unsigned want)
{
	while (z->bits_n <= 56 && z->in.len > 0) {
		z->bits |= (uint64_t)*z->in.ptr++ << z->bits_n;
		z->in.len--;
		z->bits_n += 8;
	}
	return z->bits_n >= want;
}

static unsigned
take(struct inflate *z, unsigned n)
{
	unsigned v = (unsigned)(z->bits & ((UINT64_C(1) << n) - 1));

	z->bits >>= n;
	z->bits_n -= n;
	return v;
}

/* Canonical code from lengths; false unless it is complete (RFC 1951 3.2.2). */
static bool
code_build(struct inflate_code *code, const uint8_t *lengths, unsigned n)
{
	uint16_t offset[16], next[16];
	int left = 1;

	memset(code->count, 0, sizeof(code->count));
	for (unsigned i = 0; i < n; i++)
		code->count[lengths[i]]++;
	code->count[0] = 0;
	offset[1] = next[1] = 0;
	for (unsigned len = 1; len <= 15; len++) {
		left = 2 * left - code->count[len];
		if (left < 0)
			return false;
		if (len == 15)
			break;
		offset[len + 1] = (uint16_t)(offset[len] + code->count[len]);
		next[len + 1] = (uint16_t)((next[len] + code->count[len]) << 1);
	}
	if (left != 0)
		return false;
	memset(code->fast, 0, sizeof(code->fast));
	for (unsigned i = 0; i < n; i++) {
		unsigned len = lengths[i], c, reversed = 0;

		if (len == 0)
			continue;
		code->symbol[offset[len]++] = (uint16_t)i;
		c = next[len]++;
		if (len > INFLATE_FAST_BITS)
			continue;
		for (unsigned b = 0; b < len; b++)
			reversed |= (c >> b & 1) << (len - 1 - b);
		for (unsigned f = reversed; f < 1u << INFLATE_FAST_BITS;
		    f += 1u << len)
			code->fast[f] = (uint16_t)(i << 4 | len);
	}
	return true;
}

/* The symbol at bit `at` of the buffer; *at moves behind it. Or WAIT. */
static int
decode(const struct inflate *z, const struct inflate_code *code, unsigned *at)
{
	uint64_t bits = z->bits >> *at;
	unsigned fast = code->fast[bits & ((1 << INFLATE_FAST_BITS) - 1)];
	unsigned value = 0, first = 0, index = 0;

	if (fast != 0) {
		*at += fast & 15;
		return *at <= z->bits_n ? (int)(fast >> 4) : WAIT;
	}
	for (unsigned len = 1; len <= 15; len++) {
		value |= (unsigned)(bits & 1);
		bits >>= 1;
		if (value - first < code->count[len]) {
			*at += len;
			return *at <= z->bits_n ?
			    code->symbol[index + value - first] : WAIT;
		}
		index += code->count[len];
		first = (first + code->count[len]) << 1;
		value <<= 1;
	}
	return BAD_CODE;	/* only without code: complete ones have all */
}

static enum err
flush(struct inflate *z, struct diag *diag)
{
	const uint8_t *p = z->window + z->flushed;
	size_t len = z->at - z->flushed;
	struct span s = { p, len };

	if (len == 0)
		return OK;
	while (len > 0 && !z->raw) {
		size_t run = len < ADLER_RUN ? len : ADLER_RUN;

		len -= run;
		while (run-- > 0) {
			z->adler_a += *p++;
			z->adler_b += z->adler_a;
		}
		z->adler_a %= ADLER_MODULUS;
		z->adler_b %= ADLER_MODULUS;
	}
	z->flushed = z->at;
	if (z->at == INFLATE_WINDOW_BYTES)
		z->at = z->flushed = 0;
	return z->out(z->arg, s, diag);
}

static enum err
put(struct inflate *z, uint8_t b, struct diag *diag)
{
	z->window[z->at++] = b;
	z->out_bytes++;
	return z->at == INFLATE_WINDOW_BYTES ? flush(z, diag) : OK;
}

static enum err
copy(struct inflate *z, unsigned distance, unsigned len, struct diag *diag)
{
	enum err err = OK;

	if (distance > z->out_bytes)
		return refuse(diag, "inflate: a distance before the start");
	while (len-- > 0 && err == OK)
		err = put(z, z->window[(z->at - distance) &
		    (INFLATE_WINDOW_BYTES - 1)], diag);
	return err;
}

static enum err
head(struct inflate *z, bool *wait, struct diag *diag)
{
	unsigned cmf, flags;

	if ((*wait = !refill(z, 16)))
		return OK;
	cmf = take(z, 8);
	flags = take(z, 8);
	if ((cmf & 15) != 8 || cmf >> 4 > 7 || (cmf << 8 | flags) % 31 != 0 ||
	    (flags & 0x20) != 0)
		return refuse(diag, "inflate: bad zlib header");
	z->state = BLOCK;
	return OK;
}

static void
fixed_codes(struct inflate *z)
{
	memset(z->lengths, 8, 144);
	memset(z->lengths + 144, 9, 112);
	memset(z->lengths + 256, 7, 24);
	memset(z->lengths + 280, 8, 8);
	require(code_build(&z->literal, z->lengths, 288));
	memset(z->lengths, 5, 32);
	require(code_build(&z->distance, z->lengths, 32));
	z->state = SYMBOL;
}

static enum err
block(struct inflate *z, bool *wait, struct diag *diag)
{
	if (z->last_block) {
		z->state = z->raw ? DONE : ADLER;
		if (take(z, z->bits_n % 8) != 0)
			return refuse(diag, "inflate: bits behind the end");
		return flush(z, diag);
	}
	if ((*wait = !refill(z, 3)))
		return OK;
	z->last_block = take(z, 1);
	switch (take(z, 2)) {
	case 0:
		if (take(z, z->bits_n % 8) != 0)
			return refuse(diag, "inflate: bits between blocks");
		z->state = STORED_LEN;
		return OK;
	case 1:
		fixed_codes(z);
		return OK;
	case 2:
		z->state = COUNTS;
		return OK;
	default:
		return refuse(diag, "inflate: bad block type");
	}
}

static enum err
stored_len(struct inflate *z, bool *wait, struct diag *diag)
{
	if ((*wait = !refill(z, 32)))
		return OK;
	z->stored = take(z, 16);
	if (take(z, 16) != (z->stored ^ 0xffff))
		return refuse(diag, "inflate: bad stored length");
	z->state = STORED;
	return OK;
}

static enum err
stored(struct inflate *z, bool *wait, struct diag *diag)
{
	enum err err = OK;

	while (z->stored > 0 && err == OK) {
		if ((*wait = !refill(z, 8)))
			return OK;
		err = put(z, (uint8_t)take(z, 8), diag);
		z->stored--;
	}
	z->state = BLOCK;
	return err;
}

static enum err
counts(struct inflate *z, bool *wait, struct diag *diag)
{
	if ((*wait = !refill(z, 14)))
		return OK;
	z->lit_n = take(z, 5) + 257;
	z->dist_n = take(z, 5) + 1;
	z->len_n = take(z, 4) + 4;
	if (z->lit_n > 286 || z->dist_n > 30)
		return refuse(diag, "inflate: too many codes");
	memset(z->lengths, 0, sizeof(z->lengths));
	z->have_n = 0;
	z->state = CODE_LENGTHS;
	return OK;
}

static enum err
code_lengths(struct inflate *z, bool *wait, struct diag *diag)
{
	while (z->have_n < z->len_n) {
		if ((*wait = !refill(z, 3)))
			return OK;
		z->lengths[code_order[z->have_n++]] = (uint8_t)take(z, 3);
	}
	if (!code_build(&z->literal, z->lengths, 19))
		return refuse(diag, "inflate: bad code of lengths");
	memset(z->lengths, 0, sizeof(z->lengths));
	z->have_n = 0;
	z->state = LENGTHS;
	return OK;
}

/* One length, or a run of them (symbols 16 to 18). */
static enum err
one_length(struct inflate *z, bool *wait, struct diag *diag)
{
	static const uint8_t extra[3] = { 2, 3, 7 }, base[3] = { 3, 3, 11 };
	unsigned at = 0, run, value = 0;
	int symbol;

	(void)refill(z, 0);
	symbol = decode(z, &z->literal, &at);
	if (symbol == BAD_CODE)
		return refuse(diag, "inflate: bad length");
	if ((*wait = symbol == WAIT || (symbol > 15 &&
	    at + extra[symbol - 16] > z->bits_n)))
		return OK;
	take(z, at);
	if (symbol < 16) {
		z->lengths[z->have_n++] = (uint8_t)symbol;
		return OK;
	}
	if (symbol == 16) {
		if (z->have_n == 0)
			return refuse(diag, "inflate: nothing to repeat");
		value = z->lengths[z->have_n - 1];
	}
	run = base[symbol - 16] + take(z, extra[symbol - 16]);
	if (z->have_n + run > z->lit_n + z->dist_n)
		return refuse(diag, "inflate: too many lengths");
	memset(z->lengths + z->have_n, (int)value, run);
	z->have_n += run;
	return OK;
}

static enum err
lengths(struct inflate *z, bool *wait, struct diag *diag)
{
	enum err err;

	while (z->have_n < z->lit_n + z->dist_n)
		if ((err = one_length(z, wait, diag)) != OK || *wait)
			return err;
	if (z->lengths[END_OF_BLOCK] == 0 ||
	    !code_build(&z->distance, z->lengths + z->lit_n, z->dist_n) ||
	    !code_build(&z->literal, z->lengths, z->lit_n))
		return refuse(diag, "inflate: a code is not complete");
	z->state = SYMBOL;
	return OK;
}

/* A length symbol of 257 and more, with its distance, as one item. */
static enum err
match(struct inflate *z, unsigned symbol, unsigned at, bool *wait,
    struct diag *diag)
{
	unsigned len, extra, distance_extra;
	int distance;

	if (symbol > 285)
		return refuse(diag, "inflate: bad length symbol");
	extra = length_extra[symbol - 257];
	len = length_base[symbol - 257] +
	    (unsigned)(z->bits >> at & ((1u << extra) - 1));
	at += extra;
	distance = decode(z, &z->distance, &at);
	if (distance == BAD_CODE || distance > 29)
		return refuse(diag, "inflate: bad distance symbol");
	distance_extra = distance < 4 ? 0 : (unsigned)distance / 2 - 1;
	if ((*wait = distance == WAIT || at + distance_extra > z->bits_n))
		return OK;
	take(z, at);
	return copy(z, distance_base[distance] + take(z, distance_extra), len,
	    diag);
}

static enum err
symbols(struct inflate *z, bool *wait, struct diag *diag)
{
	enum err err = OK;

	while (err == OK) {
		unsigned at = 0;
		int symbol;

		(void)refill(z, 0);
		symbol = decode(z, &z->literal, &at);
		if (symbol == BAD_CODE)
			return refuse(diag, "inflate: bad symbol");
		if ((*wait = symbol == WAIT))
			return OK;
		if (symbol > END_OF_BLOCK) {
			err = match(z, (unsigned)symbol, at, wait, diag);
			if (*wait)
				return OK;
			continue;
		}
		take(z, at);
		if (symbol == END_OF_BLOCK) {
			z->state = BLOCK;
			return OK;
		}
		err = put(z, (uint8_t)symbol, diag);
	}
	return err;
}

static enum err
adler(struct inflate *z, bool *wait, struct diag *diag)
{
	uint32_t sum = 0;

	if ((*wait = !refill(z, 32)))
		return OK;
	for (unsigned i = 0; i < 4; i++)
		sum = sum << 8 | take(z, 8);
	if (sum != (z->adler_b << 16 | z->adler_a))
		return refuse(diag, "inflate: wrong checksum");
	z->state = DONE;
	return OK;
}

enum err
inflate_write(struct inflate *z, struct span in, struct diag *diag)
{
	static enum err (*const steps[])(struct inflate *, bool *,
	    struct diag *) = {
		[HEAD] = head, [BLOCK] = block, [STORED_LEN] = stored_len,
		[STORED] = stored, [COUNTS] = counts,
		[CODE_LENGTHS] = code_lengths, [LENGTHS] = lengths,
		[SYMBOL] = symbols, [ADLER] = adler,
	};
	bool wait = false;
	enum err err = OK;

	z->in = in;
	while (err == OK && !wait && z->state != DONE)
		err = steps[z->state](z, &wait, diag);
	if (err == OK && z->state == DONE && (z->bits_n > 0 || z->in.len > 0))
		err = refuse(diag, "inflate: bytes behind the end");
	return err == OK ? flush(z, diag) : err;
}
