/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tables of text as the safe form has them. Which characters there may be at
 * all, and that they are UTF-8, is asked of verify_text.c first; here they
 * are put together once more and led through two machines:
 *
 *	state		next character
 *	BEGIN		the BOM: FIELD
 *	FIELD		" INSIDE			(a field has to begin)
 *	INSIDE		" QUOTE, others stay
 *	QUOTE		" INSIDE, "," FIELD, CR LINE_END
 *	LINE_END	LF ROW
 *	ROW		as FIELD; the table may end here
 *
 *	content		next character inside a field
 *	BLANKS		blank stays; sign NUMBER; = @ TAB CR: no; others WORDS
 *	NUMBER		digits and such stay; e behind a digit, once: EXPONENT
 *	EXPONENT	+ - EXPONENT_SIGNED; 0-9 NUMBER
 *	EXPONENT_SIGNED	0-9 NUMBER
 *	WORDS		anything
 */
#include "verify_csv.h"

enum { BEGIN = 0, FIELD, INSIDE, QUOTE, LINE_END, ROW };
enum { BLANKS = 0, NUMBER, EXPONENT, EXPONENT_SIGNED, WORDS };

void
csv_init(struct csv *csv)
{
	*csv = (struct csv){ .state = BEGIN };
	text_init(&csv->text, TEXT_FILE);
}

static bool
is_digit(uint32_t c)
{
	return c >= '0' && c <= '9';
}

static enum err
first_character(struct csv *t, uint32_t c, struct diag *diag)
{
	switch (c) {
	case '=': case '@': case '\t': case '\r': case 0xff1d: case 0xff20:
		return refuse(diag, "a formula in a table");
	case '+': case '-': case 0xff0b: case 0xff0d:
		t->content = NUMBER;
		t->digit = t->exponent = false;
		return OK;
	case ' ': case 0xa0: case 0x1680: case 0x202f: case 0x205f:
	case 0x3000:
		return OK;
	default:
		if (c < 0x2000 || c > 0x200a)
			t->content = WORDS;
		return OK;
	}
}

static enum err
number_character(struct csv *t, uint32_t c, struct diag *diag)
{
	bool before = t->digit;

	t->digit = is_digit(c);
	if (t->digit)
		return OK;
	switch (c) {
	case '.': case ',': case '-': case '(': case ')': case '%': case ' ':
	case 0x3000: case 0xff05: case 0xff0c: case 0xff0d: case 0xff0e:
		return OK;
	case 'e': case 'E':
		if (!before || t->exponent)
			break;
		t->exponent = true;
		t->content = EXPONENT;
		return OK;
	default:
		if (c >= 0xff10 && c <= 0xff19)
			return OK;
		break;
	}
	return refuse(diag, "a sign before what is no number");
}

static enum err
content_character(struct csv *t, uint32_t c, struct diag *diag)
{
	switch (t->content) {
	case BLANKS:
		return first_character(t, c, diag);
	case NUMBER:
		return number_character(t, c, diag);
	case EXPONENT:
		if (c == '+' || c == '-') {
			t->content = EXPONENT_SIGNED;
			return OK;
		}
		break;
	case EXPONENT_SIGNED:
		break;
	default:
		return OK;
	}
	if (!is_digit(c))
		return refuse(diag, "a sign before what is no number");
	t->content = NUMBER;
	t->digit = true;
	return OK;
}

/* Behind a quote inside of a field: was it the field's end? */
static enum err
behind_quote(struct csv *t, uint32_t c, struct diag *diag)
{
	if (c == '"') {
		t->state = INSIDE;
		return content_character(t, c, diag);
	}
	if (t->content == EXPONENT || t->content == EXPONENT_SIGNED)
		return refuse(diag, "a sign before what is no number");
	if (c != ',' && c != '\r')
		return refuse(diag, "neither comma nor line end in a table");
	t->state = c == ',' ? FIELD : LINE_END;
	return OK;
}

static enum err
character(struct csv *t, uint32_t c, struct diag *diag)
{
	switch (t->state) {
	case BEGIN:		/* what it is, the text has seen */
		t->state = FIELD;
		return OK;
	case FIELD:
	case ROW:
		if (c != '"')
			return refuse(diag, "a field without quotes");
		t->state = INSIDE;
		t->content = BLANKS;
		return OK;
	case INSIDE:
		if (c == '"') {
			t->state = QUOTE;
			return OK;
		}
		return content_character(t, c, diag);
	case QUOTE:
		return behind_quote(t, c, diag);
	default:		/* LINE_END; CR alone is no text */
		t->state = ROW;
		return OK;
	}
}

enum err
csv_write(struct csv *t, struct span bytes, struct diag *diag)
{
	enum err err = text_write(&t->text, bytes, diag);

	for (size_t i = 0; i < bytes.len && err == OK; i++) {
		uint8_t b = bytes.ptr[i];

		if (t->state == INSIDE && t->content == WORDS && b != '"')
			continue;	/* its characters say nothing */
		if (t->more > 0) {
			t->c = t->c << 6 | (b & 0x3f);
			t->more--;
		} else if (b < 0x80) {
			t->c = b;
		} else if (b >= 0xc0) {
			t->more = b >= 0xf0 ? 3 : b >= 0xe0 ? 2 : 1;
			t->c = b & (0x3fu >> t->more);
		}
		if (t->more == 0)
			err = character(t, t->c, diag);
	}
	return err;
}

enum err
csv_end(const struct csv *t, struct diag *diag)
{
	enum err err = text_end(&t->text, diag);

	if (err == OK && t->state != ROW)
		return refuse(diag, "a table ends inside a row");
	return err;
}
