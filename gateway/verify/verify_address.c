/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Mailboxes, domains and message ids as section 4 of the safe form has them.
 */
#include "verify_value.h"

#define LOCAL_BYTES_MAX		64
#define DOMAIN_BYTES_MAX	253
#define LABEL_BYTES_MAX		63
#define LITERAL_BYTES_MAX	45
#define WORD_BYTES_MAX		60
#define ID_BYTES_MAX		250

static bool
take_domain(struct span *v)
{
	static bool label[256];
	struct span run, start = *v;

	set_make(label, "AZaz09", "_-");
	do {
		if (!take_run(v, label, 1, LABEL_BYTES_MAX, &run))
			return false;
	} while (take_literal(v, "."));
	return start.len - v->len <= DOMAIN_BYTES_MAX;
}

static bool
take_address_literal(struct span *v)
{
	static bool literal[256];
	struct span run;

	set_make(literal, "AFaf09", ".:");
	if (span_begins(*v, SPAN("IPv6:")))
		*v = span_sub(*v, 5, v->len);
	return take_run(v, literal, 1, LITERAL_BYTES_MAX, &run) &&
	    take_literal(v, "]");
}

static bool
take_local(struct span *v)
{
	static bool atom[256], quoted[256];
	struct span run, start = *v;

	set_make(atom, "AZaz09", "!#$%&'*+-/=?^_`{|}~");
	set_make(quoted, "!!#[]~", "");		/* not " and \ */
	if (take_literal(v, "\"")) {
		if (!take_run(v, quoted, 1, LOCAL_BYTES_MAX - 2, &run) ||
		    !take_literal(v, "\""))
			return false;
	} else
		do {
			if (!take_run(v, atom, 1, LOCAL_BYTES_MAX, &run))
				return false;
		} while (take_literal(v, "."));
	start.len -= v->len;
	return start.len <= LOCAL_BYTES_MAX && !has_word_mark(start);
}

static bool
take_mailbox(struct span *v)
{
	static bool word[256];
	struct span run;
	size_t n;

	set_make(word, "AZaz09", "_-");
	if (span_begins(*v, SPAN("=?"))) {
		/* Up to the address; no encoded word has a "<" in it. */
		n = span_find_byte(*v, '<');
		if (n < 2 || n == v->len || v->ptr[n - 1] != ' ' ||
		    !value_text(span_sub(*v, 0, n - 1)))
			return false;
		*v = span_sub(*v, n, v->len);
	} else
		while (!span_begins(*v, SPAN("<")))
			if (!take_run(v, word, 1, WORD_BYTES_MAX, &run) ||
			    !take_literal(v, " "))
				return false;
	if (!take_literal(v, "<") || !take_local(v) || !take_literal(v, "@"))
		return false;
	if (take_literal(v, "[") ? !take_address_literal(v) : !take_domain(v))
		return false;
	return take_literal(v, ">");
}

bool
value_mailboxes(struct span v, size_t max)
{
	size_t n = 0;

	do {
		if (n++ == max || !take_mailbox(&v))
			return false;
	} while (take_literal(&v, ", "));
	return v.len == 0;
}

bool
value_list_id(struct span v)
{
	return take_literal(&v, "<") && take_domain(&v) &&
	    take_literal(&v, ">") && v.len == 0;
}

static bool
take_id(struct span *v)
{
	static bool id[256];
	struct span run, start = *v;

	/* 0x21-0x7E but " ( ) , ; < > @ [ \ ] */
	set_make(id, "!!#'*+-:==?ZAZ^~", "");
	id['@'] = false;
	if (!take_literal(v, "<") ||
	    !take_run(v, id, 1, ID_BYTES_MAX, &run) || !take_literal(v, "@"))
		return false;
	if (take_literal(v, "[")) {
		if (!take_run(v, id, 1, ID_BYTES_MAX, &run) ||
		    !take_literal(v, "]"))
			return false;
	} else if (!take_run(v, id, 1, ID_BYTES_MAX, &run))
		return false;
	if (!take_literal(v, ">"))
		return false;
	start.len -= v->len;
	return start.len <= ID_BYTES_MAX && !has_word_mark(start);
}

bool
value_ids(struct span v, size_t max)
{
	size_t n = 0;

	do {
		if (n++ == max || !take_id(&v))
			return false;
	} while (take_literal(&v, " "));
	return v.len == 0;
}
