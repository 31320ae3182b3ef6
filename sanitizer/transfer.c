/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * base64 both ways and quoted-printable (RFC 2045 section 6.7, 6.8) as push
 * filters. The decoders read what mail programs read and count what a strict
 * reader would refuse; who calls them decides what the count means.
 */
#include <string.h>

#include "transfer.h"

/* Classes of bytes that are none of the alphabet. */
#define JUNK	0x80
#define BLANK	0x81
#define PAD	0x82

#define J4	JUNK, JUNK, JUNK, JUNK
#define J16	J4, J4, J4, J4

static const uint8_t alphabet[256] = {
	JUNK, JUNK, JUNK, JUNK, JUNK, JUNK, JUNK, JUNK,
	JUNK, BLANK, BLANK, JUNK, JUNK, BLANK, JUNK, JUNK,
	J16,
	BLANK, JUNK, JUNK, JUNK, J4, JUNK, JUNK, JUNK, 62, JUNK, JUNK, JUNK, 63,
	52, 53, 54, 55, 56, 57, 58, 59, 60, 61, JUNK, JUNK, JUNK, PAD, JUNK,
	JUNK,
	JUNK, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
	15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, JUNK, JUNK, JUNK, JUNK,
	JUNK,
	JUNK, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
	41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, JUNK, JUNK, JUNK, JUNK,
	JUNK,
	J16, J16, J16, J16, J16, J16, J16, J16
};
static const uint8_t letters[64] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Pass on what was collected; *len is empty again. */
static enum err
flush(struct filter *filter, const uint8_t *out, unsigned *len)
{
	struct span s = { out, *len };

	*len = 0;
	return s.len == 0 ? OK : filter_write(filter->next, s);
}

/*
 * Whole quanta, as long as all is alphabet and there is room: four look-ups
 * and one store of four bytes, of which three count.
 */
static size_t
decode_quanta(struct base64_decoder *d, const uint8_t *in, size_t len)
{
	uint8_t *out = d->out + d->out_len;
	size_t room = (sizeof(d->out) - d->out_len - 1) / 3;
	size_t quanta = len / 4 < room ? len / 4 : room;
	size_t i;

	for (i = 0; i < quanta; i++, in += 4, out += 3) {
		uint32_t a = alphabet[in[0]], b = alphabet[in[1]];
		uint32_t c = alphabet[in[2]], e = alphabet[in[3]];
		uint32_t bits;

		if (((a | b | c | e) & JUNK) != 0)
			break;
		bits = __builtin_bswap32(a << 26 | b << 20 | c << 14 | e << 8);
		memcpy(out, &bits, 4);
	}
	d->out_len += (unsigned)(i * 3);
	return i * 4;
}

/* An incomplete quantum gives the bytes that are whole. */
static void
close_quantum(struct base64_decoder *d)
{
	if (d->n >= 2)
		d->out[d->out_len++] = (uint8_t)(d->bits >> (6 * d->n - 8));
	if (d->n == 3)
		d->out[d->out_len++] = (uint8_t)(d->bits >> 2);
	d->n = 0;
	d->bits = 0;
}

static void
decode_padding(struct base64_decoder *d)
{
	if (d->pads > 0) {
		d->pads--;
		return;
	}
	if (d->n < 2)
		d->junk++;	/* closes nothing */
	if (d->n == 0)
		return;
	d->pads = d->n == 2 ? 1 : 0;
	close_quantum(d);
	d->padded = true;
}

static void
decode_byte(struct base64_decoder *d, uint8_t c)
{
	uint8_t v = alphabet[c];

	if (v == BLANK)
		return;
	if (v == PAD) {
		decode_padding(d);
		return;
	}
	if (v == JUNK) {
		d->junk++;
		return;
	}
	if (d->padded) {
		d->after = true;
		if (!d->go_on) {
			d->junk++;
			return;
		}
		if (d->pads > 0) {
			d->pads = 0;
			d->junk++;
		}
	}
	d->bits = d->bits << 6 | v;
	if (++d->n < 4)
		return;
	d->out[d->out_len++] = (uint8_t)(d->bits >> 16);
	d->out[d->out_len++] = (uint8_t)(d->bits >> 8);
	d->out[d->out_len++] = (uint8_t)d->bits;
	d->n = 0;
	d->bits = 0;
}

static enum err
base64_decode_write(struct filter *filter, struct span s)
{
	struct base64_decoder *d = (struct base64_decoder *)filter;
	enum err err;
	size_t i = 0;

	while (i < s.len) {
		if (d->out_len + 4 > sizeof(d->out)) {
			err = flush(filter, d->out, &d->out_len);
			if (err != OK)
				return err;
		}
		if (d->n == 0 && (!d->padded ||
		    (d->go_on && d->after && d->pads == 0)))
			i += decode_quanta(d, s.ptr + i, s.len - i);
		if (i < s.len && d->out_len + 4 <= sizeof(d->out))
			decode_byte(d, s.ptr[i++]);
	}
	return OK;
}

static enum err
base64_decode_end(struct filter *filter)
{
	struct base64_decoder *d = (struct base64_decoder *)filter;
	enum err err;

	if (d->out_len + 4 > sizeof(d->out)) {
		err = flush(filter, d->out, &d->out_len);
		if (err != OK)
			return err;
	}
	if (d->n > 0 || d->pads > 0)
		d->junk++;
	close_quantum(d);
	err = flush(filter, d->out, &d->out_len);
	return err != OK ? err : filter_end(filter->next);
}

void
base64_decoder_init(struct base64_decoder *d, bool go_on, struct filter *next)
{
	memset(d, 0, offsetof(struct base64_decoder, out));
	d->filter = (struct filter){ base64_decode_write, base64_decode_end,
	    next };
	d->go_on = go_on;
}

size_t
base64_encode(struct span s, uint8_t *out)
{
	uint8_t *start = out;
	const uint8_t *in = s.ptr;
	size_t n;

	for (n = s.len; n >= 3; n -= 3, in += 3, out += 4) {
		uint32_t bits = (uint32_t)in[0] << 16 | (uint32_t)in[1] << 8 |
		    in[2];

		out[0] = letters[bits >> 18];
		out[1] = letters[bits >> 12 & 63];
		out[2] = letters[bits >> 6 & 63];
		out[3] = letters[bits & 63];
	}
	if (n > 0) {
		uint32_t bits = (uint32_t)in[0] << 16 |
		    (n == 2 ? (uint32_t)in[1] << 8 : 0);

		out[0] = letters[bits >> 18];
		out[1] = letters[bits >> 12 & 63];
		out[2] = n == 2 ? letters[bits >> 6 & 63] : '=';
		out[3] = '=';
		out += 4;
	}
	return (size_t)(out - start);
}

static enum err
encode_line(struct base64_encoder *e, const uint8_t *in, size_t len)
{
	uint8_t *out;

	if (e->out_len + 78 > sizeof(e->out)) {
		enum err err = flush(&e->filter, e->out, &e->out_len);

		if (err != OK)
			return err;
	}
	out = e->out + e->out_len;
	out += base64_encode((struct span){ in, len }, out);
	*out++ = '\r';
	*out++ = '\n';
	e->out_len = (unsigned)(out - e->out);
	return OK;
}

static enum err
base64_encode_write(struct filter *filter, struct span s)
{
	struct base64_encoder *e = (struct base64_encoder *)filter;
	enum err err = OK;
	size_t n;

	if (e->in_len > 0) {
		n = sizeof(e->in) - e->in_len;
		if (n > s.len)
			n = s.len;
		if (n > 0)
			memcpy(e->in + e->in_len, s.ptr, n);
		e->in_len += (unsigned)n;
		s = span_sub(s, n, s.len);
		if (e->in_len < sizeof(e->in))
			return OK;
		err = encode_line(e, e->in, sizeof(e->in));
		e->in_len = 0;
	}
	for (; err == OK && s.len >= sizeof(e->in);
	    s = span_sub(s, sizeof(e->in), s.len))
		err = encode_line(e, s.ptr, sizeof(e->in));
	if (err == OK && s.len > 0) {
		memcpy(e->in, s.ptr, s.len);
		e->in_len = (unsigned)s.len;
	}
	return err;
}

static enum err
base64_encode_end(struct filter *filter)
{
	struct base64_encoder *e = (struct base64_encoder *)filter;
	enum err err = OK;

	if (e->in_len > 0)
		err = encode_line(e, e->in, e->in_len);
	e->in_len = 0;
	if (err == OK)
		err = flush(filter, e->out, &e->out_len);
	return err != OK ? err : filter_end(filter->next);
}

void
base64_encoder_init(struct base64_encoder *e, struct filter *next)
{
	e->filter = (struct filter){ base64_encode_write, base64_encode_end,
	    next };
	e->in_len = 0;
	e->out_len = 0;
}

/*
 * States of the quoted-printable decoder:
 *
 *	QP_TEXT		copying; blanks are held back, they may end a line
 *	QP_EQUALS	behind =
 *	QP_DIGIT	behind = and one hexadecimal digit
 *	QP_BLANKS	behind = and blanks: a soft break if the line ends
 *	QP_CR		behind = and CR
 */
enum { QP_TEXT = 0, QP_EQUALS, QP_DIGIT, QP_BLANKS, QP_CR };

static int
hex_value(uint8_t c)
{
	if (ascii_is_digit(c))
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static enum err
qp_put(struct qp_decoder *d, struct span s)
{
	enum err err = OK;
	size_t n;

	for (; err == OK && s.len > 0; s = span_sub(s, n, s.len)) {
		n = sizeof(d->out) - d->out_len;
		if (n > s.len)
			n = s.len;
		memcpy(d->out + d->out_len, s.ptr, n);
		d->out_len += (unsigned)n;
		if (d->out_len == sizeof(d->out))
			err = flush(&d->filter, d->out, &d->out_len);
	}
	return err;
}

static enum err
qp_put_byte(struct qp_decoder *d, uint8_t c)
{
	return qp_put(d, (struct span){ &c, 1 });
}

static enum err
qp_put_blanks(struct qp_decoder *d)
{
	struct span s = { d->blanks, d->blanks_len };

	d->blanks_len = 0;
	return qp_put(d, s);
}

/* More blanks than a line may have bytes are no line end's. */
static enum err
qp_hold_blank(struct qp_decoder *d, uint8_t c)
{
	enum err err = OK;

	if (d->blanks_len == sizeof(d->blanks))
		err = qp_put_blanks(d);
	d->blanks[d->blanks_len++] = c;
	return err;
}

static enum err
qp_text(struct qp_decoder *d, uint8_t c)
{
	enum err err;

	if (c == ' ' || c == '\t')
		return qp_hold_blank(d, c);
	if (c == '\r' || c == '\n') {
		d->blanks_len = 0;	/* section 6.7 rule 3 */
		return qp_put_byte(d, c);
	}
	err = qp_put_blanks(d);
	if (err != OK)
		return err;
	if (c == '=') {
		d->state = QP_EQUALS;
		return OK;
	}
	if (c < 0x20 || c > 0x7e)
		d->junk++;
	return qp_put_byte(d, c);
}

/* What followed = makes no sense: it was a plain = */
static enum err
qp_not_encoded(struct qp_decoder *d, uint8_t c)
{
	enum err err = qp_put_byte(d, '=');

	if (err == OK && d->state == QP_DIGIT)
		err = qp_put_byte(d, d->first);
	if (err == OK && d->state == QP_BLANKS)
		err = qp_put_blanks(d);
	d->junk++;
	d->state = QP_TEXT;
	return err != OK ? err : qp_text(d, c);
}

static enum err
qp_encoded(struct qp_decoder *d, uint8_t c)
{
	int value = hex_value(c);

	switch (d->state) {
	case QP_DIGIT:
		if (value < 0)
			return qp_not_encoded(d, c);
		d->state = QP_TEXT;
		return qp_put_byte(d,
		    (uint8_t)(hex_value(d->first) << 4 | value));
	case QP_CR:
		d->state = QP_TEXT;
		if (c == '\n')
			return OK;
		d->junk++;
		return qp_text(d, c);
	}
	if (value >= 0 && d->state == QP_EQUALS) {
		d->first = c;
		d->state = QP_DIGIT;
		return OK;
	}
	if (c == ' ' || c == '\t') {
		/* a bounded number of them: no line is longer */
		if (d->blanks_len == sizeof(d->blanks))
			return qp_not_encoded(d, c);
		d->state = QP_BLANKS;
		return qp_hold_blank(d, c);
	}
	if (c != '\r' && c != '\n')
		return qp_not_encoded(d, c);
	d->blanks_len = 0;
	d->state = c == '\r' ? QP_CR : QP_TEXT;
	return OK;
}

static enum err
qp_write(struct filter *filter, struct span s)
{
	struct qp_decoder *d = (struct qp_decoder *)filter;
	enum err err = OK;
	size_t i = 0, n;

	while (err == OK && i < s.len) {
		if (d->state != QP_TEXT) {
			err = qp_encoded(d, s.ptr[i++]);
			continue;
		}
		for (n = i; n < s.len && s.ptr[n] > 0x20 &&
		    s.ptr[n] < 0x7f && s.ptr[n] != '='; n++)
			;
		if (n > i) {
			err = qp_put_blanks(d);
			if (err == OK)
				err = qp_put(d, span_sub(s, i, n - i));
			i = n;
		} else
			err = qp_text(d, s.ptr[i++]);
	}
	return err;
}

static enum err
qp_end(struct filter *filter)
{
	struct qp_decoder *d = (struct qp_decoder *)filter;
	enum err err = OK;

	if (d->state != QP_TEXT && d->state != QP_CR) {
		d->junk++;
		if (d->state == QP_DIGIT) {
			err = qp_put_byte(d, '=');
			if (err == OK)
				err = qp_put_byte(d, d->first);
		}
	}
	if (err == OK)
		err = flush(filter, d->out, &d->out_len);
	return err != OK ? err : filter_end(filter->next);
}

void
qp_decoder_init(struct qp_decoder *d, struct filter *next)
{
	memset(d, 0, offsetof(struct qp_decoder, blanks));
	d->filter = (struct filter){ qp_write, qp_end, next };
}
