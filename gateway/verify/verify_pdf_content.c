/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Operators of PDF content, byte by byte:
 *
 *	BETWEEN -> TOKEN, NAME, STRING (<-> ESCAPE), HEX -> BETWEEN
 *	BETWEEN -> "BI" -> IMAGE_HEAD -> IMAGE_DATA -> IMAGE_TAIL -> BETWEEN
 *	NAME "Span" -> SPAN_HEAD -> BETWEEN
 *
 * A token ends with the first byte that is not of it, which is looked at once
 * more.
 */
#include <stdio.h>
#include <string.h>

#include "verify_pdf_content.h"

enum { BETWEEN = 0, TOKEN, NAME, STRING, ESCAPE, LESS, HEX, GREATER,
	IMAGE_HEAD, IMAGE_DATA, IMAGE_TAIL, SPAN_HEAD };

void
pdf_content_init(struct pdf_content *c, enum pdf_dialect dialect)
{
	memset(c, 0, sizeof(*c));
	c->dialect = dialect;
}

/* ---- operands ---- */

static enum err
operand(struct pdf_content *c, char kind, struct diag *diag)
{
	if (c->array)
		return kind == 'n' || kind == 's' ? OK :
		    refuse(diag, "content: in an array");
	if (c->dialect == DIALECT_CMAP && (c->dicts > 0 || kind == 's'))
		return OK;	/* the pairs of a range are many */
	if (c->operands == PDF_OPERANDS_MAX)
		return refuse(diag, "content: too many operands");
	c->operand[c->operands++] = kind;
	return OK;
}

static enum err
bracket(struct pdf_content *c, bool open, struct diag *diag)
{
	if (c->array == open || c->dialect == DIALECT_FUNCTION)
		return refuse(diag, "content: arrays in each other");
	c->array = open;
	return open || c->dialect == DIALECT_CMAP ? OK :
	    operand(c, 'a', diag);
}

static enum err
brace(struct pdf_content *c, bool open, struct diag *diag)
{
	if (c->dialect != DIALECT_FUNCTION || (!open && c->braces == 0) ||
	    (open && c->braces == 0 && c->operators > 0) ||
	    c->braces == VERIFY_PDF_DEPTH_MAX)
		return refuse(diag, "content: braces");
	c->operators++;
	c->braces = open ? c->braces + 1 : c->braces - 1;
	return OK;
}

/* ---- operators ---- */

/* q and Q, BT and ET come in pairs, a span ends within its text. */
static enum err
pairs(struct pdf_content *c, struct diag *diag)
{
	const char *t = c->token;
	bool good = true;

	if (strcmp(t, "q") == 0)
		good = c->states++ < VERIFY_PDF_STATES_MAX;
	else if (strcmp(t, "Q") == 0)
		good = c->states-- > 0;
	else if (strcmp(t, "BT") == 0 || strcmp(t, "ET") == 0) {
		good = c->text == (t[0] == 'E') && !c->span;
		c->text = t[0] == 'B';
	} else if (strcmp(t, "EMC") == 0) {
		good = c->span;
		c->span = false;
	}
	return good ? OK : refuse(diag, "content: q, Q, BT, ET do not pair");
}

static enum err
operator_ends(struct pdf_content *c, struct diag *diag)
{
	enum err err = OK;

	if (c->array || c->dicts > 0 ||
	    ++c->operators > VERIFY_PDF_OPERATORS_MAX)
		return refuse(diag, "content: an operator too many");
	c->operand[c->operands] = '\0';
	if (c->dialect == DIALECT_GLYPH && c->operands == 0 &&
	    strcmp(c->token, "BI") == 0) {
		c->state = IMAGE_HEAD;
		c->token_len = 0;
		return OK;
	}
	if (!pdf_content_operator(c))
		return diag_set(diag, ERR_INPUT, "content: operator %.20s "
		    "with operands \"%s\"", c->token, c->operand);
	if (c->dialect != DIALECT_CMAP && c->dialect != DIALECT_FUNCTION)
		err = pairs(c, diag);
	c->operands = 0;
	return err;
}

static bool
is_number(const char *t)
{
	size_t n;

	t += *t == '-';
	n = strspn(t, "0123456789");
	if (n == 0 || n > 15)
		return false;
	t += n;
	if (*t == '.') {
		n = strspn(++t, "0123456789");
		t += n;
	}
	return *t == '\0' && n > 0;
}

/* A number or an operator is whole. */
static enum err
token_ends(struct pdf_content *c, struct diag *diag)
{
	c->token[c->token_len] = '\0';
	c->state = BETWEEN;
	if (!ascii_is_digit((uint8_t)c->token[0]) &&
	    strchr("-.", c->token[0]) == NULL)
		return operator_ends(c, diag);
	if (!is_number(c->token))
		return diag_set(diag, ERR_INPUT, "content: number %.20s",
		    c->token);
	return c->dialect == DIALECT_FUNCTION ? OK : operand(c, 'n', diag);
}

/* ---- images in line ---- */

/* One bit a pixel; cairo writes the head so and in no other way. */
static enum err
image_head(struct pdf_content *c, uint8_t byte, struct diag *diag)
{
	char again[PDF_TOKEN_BYTES_MAX + 1];
	unsigned width, height;

	if (c->token_len == PDF_TOKEN_BYTES_MAX || byte == 0)
		return refuse(diag, "content: head of an image");
	c->token[c->token_len++] = (char)byte;
	c->token[c->token_len] = '\0';
	if (c->token_len < 4 || strcmp(c->token + c->token_len - 4, "\nID ")
	    != 0)
		return OK;
	if (sscanf(c->token, "\n/IM true\n/W %6u\n/H %6u", &width, &height)
	    != 2 || width == 0 || width > VERIFY_SIDE_MAX || height == 0 ||
	    height > VERIFY_SIDE_MAX)
		return refuse(diag, "content: head of an image");
	snprintf(again, sizeof(again), "\n/IM true\n/W %u\n/H %u\n/BPC 1\n"
	    "/D [1 0]\nID ", width, height);
	if (strcmp(c->token, again) != 0)
		return refuse(diag, "content: head of an image");
	c->image_left = (uint64_t)((width + 7) / 8) * height;
	c->state = IMAGE_DATA;
	return OK;
}

static enum err
image_tail(struct pdf_content *c, uint8_t byte, struct diag *diag)
{
	if (byte != (uint8_t)"\nEI\n"[c->token_len++])
		return refuse(diag, "content: end of an image");
	if (c->token_len == 4)
		c->state = BETWEEN;
	return OK;
}

/* ---- bytes ---- */

static bool
is_regular(uint8_t c)
{
	return c > ' ' && c < 0x7f && c != '(' && c != ')' && c != '<' &&
	    c != '>' && c != '[' && c != ']' && c != '{' && c != '}' &&
	    c != '/' && c != '%';
}

static enum err
between(struct pdf_content *c, uint8_t byte, struct diag *diag)
{
	c->token_len = 0;
	c->digits = 0;
	switch (byte) {
	case ' ':
	case '\n':
		return OK;
	case '/':
		c->state = NAME;
		return OK;
	case '(':
		c->state = STRING;
		return OK;
	case '<':
		c->state = LESS;
		return OK;
	case '>':
		c->state = GREATER;
		return c->dicts > 0 ? OK : refuse(diag, "content: \">\"");
	case '[':
	case ']':
		return bracket(c, byte == '[', diag);
	case '{':
	case '}':
		return brace(c, byte == '{', diag);
	default:
		c->state = TOKEN;
		if (!is_regular(byte))
			return diag_set(diag, ERR_INPUT,
			    "content: byte 0x%02x", byte);
		c->token[c->token_len++] = (char)byte;
		return OK;
	}
}

/* (...): printable; parentheses, CR and the like only escaped. */
static enum err
string(struct pdf_content *c, uint8_t byte, struct diag *diag)
{
	if (byte == ')') {
		c->state = BETWEEN;
		return operand(c, 's', diag);
	}
	if (byte == '\\')
		c->state = ESCAPE;
	else if (byte == '(' || byte < 0x20 || byte > 0x7e)
		return diag_set(diag, ERR_INPUT,
		    "content: byte 0x%02x in a string", byte);
	return OK;
}

static enum err
escape(struct pdf_content *c, uint8_t byte, struct diag *diag)
{
	if (byte >= '0' && byte <= '7') {
		if (c->digits++ == 0 && byte > '3')
			return refuse(diag, "content: an escape");
		if (c->digits < 3)
			return OK;
	} else if (c->digits > 0 || byte == 0 ||
	    strchr("nrtbf()\\\n", byte) == NULL)
		return refuse(diag, "content: an escape");
	c->digits = 0;
	c->state = STRING;
	return OK;
}

static bool
is_hex(uint8_t byte)
{
	return ascii_is_digit(byte) || (byte >= 'a' && byte <= 'f') ||
	    (byte >= 'A' && byte <= 'F');
}

/* What glyphs say whose font cannot; cairo writes it in no other way. */
static enum err
span_head(struct pdf_content *c, uint8_t byte, struct diag *diag)
{
	static const char head[] = " << /ActualText <feff";
	static const char tail[] = "> >> BDC\n";
	unsigned at = c->token_len, head_len = sizeof(head) - 1;

	if (at == head_len && is_hex(byte) &&
	    c->digits < PDF_SPAN_DIGITS_MAX) {
		c->digits++;
		return OK;
	}
	if (byte != (uint8_t)(at < head_len ? head[at] :
	    tail[at - head_len]) || c->digits % 4 != 0)
		return refuse(diag, "content: head of a span");
	c->token_len++;
	if (c->token_len < head_len + sizeof(tail) - 1)
		return OK;
	if (!c->text || c->span || ++c->operators > VERIFY_PDF_OPERATORS_MAX)
		return refuse(diag, "content: a span in its wrong place");
	c->span = true;
	c->state = BETWEEN;
	return OK;
}

static enum err
hex(struct pdf_content *c, uint8_t byte, struct diag *diag)
{
	if (c->state == LESS && byte == '<') {
		if (c->dialect != DIALECT_CMAP || c->dicts > 0)
			return refuse(diag, "content: a dictionary");
		c->dicts++;
		c->state = BETWEEN;
		return OK;
	}
	c->state = HEX;
	if (byte == '>') {
		c->state = BETWEEN;
		return c->digits % 2 == 0 ? operand(c, 's', diag) :
		    refuse(diag, "content: odd string");
	}
	c->digits += is_hex(byte);
	return is_hex(byte) || byte == '\n' ? OK :
	    refuse(diag, "content: damaged string");
}

static enum err
dict_ends(struct pdf_content *c, uint8_t byte, struct diag *diag)
{
	c->state = BETWEEN;
	c->dicts--;
	return byte == '>' ? operand(c, 'd', diag) :
	    refuse(diag, "content: \">\"");
}

/* Up to the end of a token or a name; *again: the byte is not of it. */
static enum err
regular(struct pdf_content *c, uint8_t byte, bool *again, struct diag *diag)
{
	if (is_regular(byte)) {
		if (c->token_len == PDF_TOKEN_BYTES_MAX)
			return refuse(diag, "content: long token");
		c->token[c->token_len++] = (char)byte;
		return OK;
	}
	*again = true;
	if (c->state == TOKEN)
		return token_ends(c, diag);
	if ((c->dialect == DIALECT_CONTENT || c->dialect == DIALECT_GLYPH) &&
	    c->operands == 0 && !c->array && c->token_len == 4 &&
	    memcmp(c->token, "Span", 4) == 0) {
		c->state = SPAN_HEAD;
		c->token_len = 0;
		return OK;
	}
	c->state = BETWEEN;
	return c->token_len > 0 && c->dialect != DIALECT_FUNCTION ?
	    operand(c, 'N', diag) : refuse(diag, "content: a name");
}

static enum err
step(struct pdf_content *c, uint8_t byte, bool *again, struct diag *diag)
{
	switch (c->state) {
	case TOKEN:
	case NAME:
		return regular(c, byte, again, diag);
	case STRING:
		return string(c, byte, diag);
	case ESCAPE:
		return escape(c, byte, diag);
	case LESS:
	case HEX:
		return hex(c, byte, diag);
	case GREATER:
		return dict_ends(c, byte, diag);
	case IMAGE_HEAD:
		return image_head(c, byte, diag);
	case IMAGE_TAIL:
		return image_tail(c, byte, diag);
	case SPAN_HEAD:
		return span_head(c, byte, diag);
	default:
		return between(c, byte, diag);
	}
}

enum err
pdf_content_write(struct pdf_content *c, struct span s, struct diag *diag)
{
	uint64_t most = c->dialect == DIALECT_FUNCTION ?
	    VERIFY_PDF_FUNCTION_BYTES_MAX : VERIFY_PDF_CONTENT_BYTES_MAX;
	enum err err = OK;

	if (c->dialect == DIALECT_NONE)
		return OK;
	c->bytes += s.len;
	if (c->bytes > most)
		return refuse(diag, "content: too long");
	while (s.len > 0 && err == OK) {
		size_t n = 1;
		bool again = false;

		if (c->state == IMAGE_DATA) {
			n = s.len < c->image_left ? s.len :
			    (size_t)c->image_left;
			c->image_left -= n;
			if (c->image_left == 0) {
				c->state = IMAGE_TAIL;
				c->token_len = 0;
			}
		} else
			err = step(c, s.ptr[0], &again, diag);
		s = span_sub(s, again ? 0 : n, s.len);
	}
	return err;
}

enum err
pdf_content_end(struct pdf_content *c, struct diag *diag)
{
	bool again;

	/* as if a line ended there, which ends a token */
	if ((c->state == TOKEN || c->state == NAME) &&
	    regular(c, '\n', &again, diag) != OK)
		return ERR_INPUT;
	if (c->state != BETWEEN || c->array || c->dicts > 0 ||
	    c->braces > 0 || c->operands > 0)
		return refuse(diag, "content: ends in the middle");
	if (c->text || c->states > 0)
		return refuse(diag, "content: q, Q, BT, ET do not pair");
	return OK;
}
