/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The header of a mail: a table of the allowed fields in their order, and the
 * one way in which they may be folded. What follows Content-Type is
 * verify_mail.c's.
 */
#include <string.h>

#include "verify_fields.h"
#include "verify_value.h"

enum form {
	RECEIVED, HOP, SUMMARY, VERSION, DATE, MAILBOXES, MAILBOX, TEXT, ID,
	IDS, AUTO, IMPORTANCE, PRIORITY, LIST_ID, URIS
};

/* Section 3: how often at least and at most, on the top and inside. */
static const struct row {
	const char	*name;
	enum form	 form;
	uint8_t		 top_min, top_max, in_min, in_max;
} rows[] = {
	{ "Received: ", RECEIVED, 1, 1, 0, 0 },
	{ "Received: ", HOP, 0, VERIFY_HOPS_MAX, 0, 0 },
	{ "X-Sekisho: ", SUMMARY, 1, 1, 0, 0 },
	{ "MIME-Version: ", VERSION, 1, 1, 1, 1 },
	{ "Date: ", DATE, 1, 1, 0, 1 },
	{ "From: ", MAILBOXES, 1, 1, 1, 1 },
	{ "Sender: ", MAILBOX, 0, 1, 0, 1 },
	{ "Reply-To: ", MAILBOXES, 0, 1, 0, 1 },
	{ "To: ", MAILBOXES, 0, 1, 0, 1 },
	{ "Cc: ", MAILBOXES, 0, 1, 0, 1 },
	{ "Subject: ", TEXT, 0, 1, 0, 1 },
	{ "Message-ID: ", ID, 1, 1, 0, 1 },
	{ "In-Reply-To: ", IDS, 0, 1, 0, 1 },
	{ "References: ", IDS, 0, 1, 0, 1 },
	{ "Auto-Submitted: ", AUTO, 0, 1, 0, 1 },
	{ "Importance: ", IMPORTANCE, 0, 1, 0, 1 },
	{ "X-Priority: ", PRIORITY, 0, 1, 0, 1 },
	{ "List-Id: ", LIST_ID, 0, 1, 0, 1 },
	{ "List-Help: ", URIS, 0, 1, 0, 1 },
	{ "List-Unsubscribe: ", URIS, 0, 1, 0, 1 },
	{ "List-Subscribe: ", URIS, 0, 1, 0, 1 },
	{ "List-Post: ", URIS, 0, 1, 0, 1 },
	{ "List-Owner: ", URIS, 0, 1, 0, 1 },
	{ "List-Archive: ", URIS, 0, 1, 0, 1 },
	{ "Resent-Date: ", DATE, 0, 1, 0, 1 },
	{ "Resent-From: ", MAILBOXES, 0, 1, 0, 1 },
	{ "Resent-Sender: ", MAILBOX, 0, 1, 0, 1 },
	{ "Resent-To: ", MAILBOXES, 0, 1, 0, 1 },
	{ "Resent-Cc: ", MAILBOXES, 0, 1, 0, 1 },
	{ "Resent-Message-ID: ", ID, 0, 1, 0, 1 },
};

#define ROWS_N	(sizeof(rows) / sizeof(*rows))

static bool
is_one_of(struct span v, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (span_equal(v, span_str(list[i])))
			return true;
	return false;
}

static bool
value_is(struct span v, enum form form, uint64_t *id)
{
	static const char *const automatic[] = {
		"no", "auto-generated", "auto-replied", "auto-notified"
	};
	static const char *const importance[] = { "high", "normal", "low" };
	struct span receipt = { NULL, 0 };

	switch (form) {
	case RECEIVED:
		if (!value_received(v, &receipt))
			return false;
		*id = value_receipt(receipt);
		return true;
	case HOP:
		return value_hop(v);
	case SUMMARY:
		return value_summary(v, &receipt) &&
		    value_receipt(receipt) == *id;
	case VERSION:
		return span_equal(v, SPAN("1.0"));
	case DATE:
		return value_date(v);
	case MAILBOXES:
		return value_mailboxes(v, VERIFY_MAILBOXES_MAX);
	case MAILBOX:
		return value_mailboxes(v, 1);
	case TEXT:
		return value_text(v);
	case ID:
		return value_ids(v, 1);
	case IDS:
		return value_ids(v, VERIFY_IDS_MAX);
	case AUTO:
		return is_one_of(v, automatic, 4);
	case IMPORTANCE:
		return is_one_of(v, importance, 3);
	case PRIORITY:
		return v.len == 1 && v.ptr[0] >= '1' && v.ptr[0] <= '5';
	case LIST_ID:
		return value_list_id(v);
	case URIS:
		return value_uris(v);
	}
	return false;
}

/* ---- folding (section 2) ---- */

struct value {
	uint8_t	bytes[VERIFY_VALUE_BYTES_MAX];
	size_t	len;
};

/*
 * One line's tokens, with single spaces between them. head is what stands
 * before the first token. A line of two tokens or more is not too long.
 */
static enum err
add_line(struct value *value, struct span line, size_t head,
    struct diag *diag)
{
	struct span tokens = span_sub(line, head, line.len);

	if (tokens.len == 0 || tokens.ptr[0] == ' ' ||
	    tokens.ptr[tokens.len - 1] == ' ' ||
	    span_find(tokens, SPAN("  ")) < tokens.len)
		return refuse(diag, "blanks in a field");
	if (line.len > VERIFY_FOLD_BYTES &&
	    span_find_byte(tokens, ' ') < tokens.len)
		return refuse(diag, "a field line is folded too late");
	if (tokens.len + 1 > sizeof(value->bytes) - value->len)
		return refuse(diag, "a field is too long");
	if (value->len > 0)
		value->bytes[value->len++] = ' ';
	memcpy(value->bytes + value->len, tokens.ptr, tokens.len);
	value->len += tokens.len;
	return OK;
}

/* The field at hand, whose first line begins with its name. */
static enum err
unfold(struct lines *lines, const char *name, struct value *value,
    struct diag *diag)
{
	struct span line, next;
	size_t head = strlen(name), line_len, token_len;
	enum err err;

	value->len = 0;
	for (;;) {
		if ((err = lines_next(lines, &line, diag)) != OK ||
		    (err = add_line(value, line, head, diag)) != OK)
			return err;
		line_len = line.len;
		if ((err = lines_peek(lines, &next, diag)) != OK)
			return err;
		if (!span_begins(next, SPAN(" ")))
			return OK;
		head = 1;
		next = span_sub(next, 1, next.len);
		token_len = span_find_byte(next, ' ');
		if (line_len + 1 + token_len <= VERIFY_FOLD_BYTES)
			return refuse(diag, "a field line is folded too early");
	}
}

enum err
fields_read(struct lines *lines, bool top, uint64_t *id, struct diag *diag)
{
	static struct value value;
	unsigned count = 0;
	struct span line;
	size_t row = 0;
	enum err err;

	for (;;) {
		if ((err = lines_peek(lines, &line, diag)) != OK)
			return err;
		while (row < ROWS_N && (count == (top ? rows[row].top_max :
		    rows[row].in_max) ||
		    !span_begins(line, span_str(rows[row].name)))) {
			if (count < (top ? rows[row].top_min :
			    rows[row].in_min))
				return diag_set(diag, ERR_INPUT,
				    "expected the field %s", rows[row].name);
			count = 0;
			row++;
		}
		if (row == ROWS_N)
			break;
		if ((err = unfold(lines, rows[row].name, &value, diag)) != OK)
			return err;
		if (!value_is((struct span){ value.bytes, value.len },
		    rows[row].form, id))
			return diag_set(diag, ERR_INPUT,
			    "value of the field %s", rows[row].name);
		count++;
	}
	if (!span_begins(line, SPAN("Content-Type: ")))
		return refuse(diag, "a field that must not stand here");
	return OK;
}
