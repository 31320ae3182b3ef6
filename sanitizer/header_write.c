/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The header of a safe mail, field by field from a table of what is allowed
 * (cdr.md section 2). Addresses are header_address.c, dates header_date.c,
 * the Content-* fields mime_write.c.
 */
#include "header_write.h"

#include <stdio.h>
#include <string.h>

#include "../gateway/base/clock.h"
#include "../gateway/base/receipt.h"
#include "../gateway/base/utf8.h"
#include "clean.h"
#include "header_address.h"
#include "header_date.h"
#include "limits.h"
#include "report.h"
#include "word.h"

#define HEADER_TEXT_BYTES_MAX	4096	/* of a subject, UTF-8 */
#define ID_BYTES_MAX		250
#define IDS_MAX			100
#define URIS_MAX		10
#define URI_BYTES_MAX		900
#define HOPS_MAX		100

struct header {
	const struct mime_part	*mail;
	const struct sanitizer_job *job;
	const struct header_summary *top;
	struct buf		*out;
	struct buf		*removed;
	struct buf		 value;	/* of the field at hand */
	char			 receipt[RECEIPT_TEXT_BYTES];
	char			 now[CLOCK_TEXT_BYTES];
};

static enum err MUST_CHECK
note(struct header *h, const char *what, const char *where)
{
	return removed_add(h->removed, what, 1, span_str(where));
}

/* Fold and write the value at hand; an empty one writes nothing. */
static enum err MUST_CHECK
write_value(struct header *h, const char *name)
{
	enum err err = OK;

	if (h->value.len > 0)
		err = word_fold(span_str(name), buf_span(&h->value), h->out);
	buf_clear(&h->value);
	return err;
}

/* ---- kinds of values: each fills h->value from raw, or leaves it ---- */

static enum err
read_mailboxes(struct header *h, const char *name, struct span raw)
{
	bool one = strstr(name, "Sender") != NULL;
	unsigned written, dropped;
	enum err err;

	err = address_list(raw, one ? 1 : MAILBOXES_MAX, &h->value, &written,
	    &dropped);
	if (err == OK && dropped > 0)
		err = removed_add(h->removed, "header-address", dropped,
		    span_str(name));
	return err;
}

/* At most max bytes, cut between characters. */
static struct span
cut_text(struct span s, size_t max)
{
	if (s.len <= max)
		return s;
	while (max > 0 && (s.ptr[max] & 0xc0) == 0x80)
		max--;
	return span_sub(s, 0, max);
}

static enum err
decode(struct span raw, struct buf *out, struct clean_counts *counts)
{
	struct buf decoded;
	enum err err;

	buf_init(&decoded, MIME_HEADER_BYTES_MAX * 4);
	if ((err = word_decode(raw, &decoded, NULL)) == OK)
		err = clean_text(buf_span(&decoded), CLEAN_HEADER, out,
		    counts);
	buf_fini(&decoded);
	return err;
}

/* Words of 0x21-0x7E with single spaces can stand as they are. */
static bool
is_plain(struct span s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == ' ' && n > 0) {
			n = 0;
			continue;
		}
		if (s.ptr[i] < 0x21 || s.ptr[i] > 0x7e || ++n > 60)
			return false;
	}
	return n > 0 && span_find(s, SPAN("=?")) == s.len;
}

static enum err
read_text(struct header *h, const char *name, struct span raw)
{
	struct clean_counts counts = { 0 };
	struct span text;
	struct buf clean;
	enum err err;

	buf_init(&clean, MIME_HEADER_BYTES_MAX * 4);
	err = decode(raw, &clean, &counts);
	text = span_trim(buf_span(&clean));
	if (err == OK && text.len > HEADER_TEXT_BYTES_MAX) {
		text = cut_text(text, HEADER_TEXT_BYTES_MAX);
		err = note(h, "header-text", name);
	}
	if (err == OK && clean_counts_removed(&counts) > 0)
		err = removed_add(h->removed, "header-characters",
		    clean_counts_removed(&counts), span_str(name));
	if (err == OK)
		err = is_plain(text) ? buf_add(&h->value, text) :
		    word_encode(text, &h->value);
	buf_fini(&clean);
	return err;
}

static enum err
read_date(struct header *h, const char *name, struct span raw)
{
	char text[HEADER_DATE_BYTES];

	if (!header_date(raw, text))
		return note(h, "header-date", name);
	return buf_add_str(&h->value, text);
}

static bool
is_id_text(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] < 0x21 || s.ptr[i] > 0x7e ||
		    span_find_byte(SPAN("\"(),;<>@[\\]"), s.ptr[i]) < 11)
			return false;
	return s.len > 0;
}

/* ID of the safe form, without < >. */
static bool
is_id(struct span s)
{
	struct span left;

	if (s.len + 2 > ID_BYTES_MAX || span_find(s, SPAN("=?")) < s.len ||
	    !span_cut(&s, '@', &left) || !is_id_text(left))
		return false;
	if (s.len > 2 && s.ptr[0] == '[' && s.ptr[s.len - 1] == ']')
		s = span_sub(s, 1, s.len - 2);
	return is_id_text(s);
}

/* The next thing in < >; false at the end, where raw is used up. */
static bool
next_angle(struct span *raw, struct span *inside)
{
	size_t open = span_find_byte(*raw, '<');
	size_t close;

	*raw = span_sub(*raw, open, raw->len);
	if (raw->len == 0)
		return false;
	close = span_find_byte(*raw, '>');
	if (close == raw->len)
		return false;
	*inside = span_trim(span_sub(*raw, 1, close - 1));
	*raw = span_sub(*raw, close + 1, raw->len);
	return true;
}

static enum err
add_angle(struct header *h, struct span inside, const char *separator)
{
	enum err err = OK;

	if (h->value.len > 0)
		err = buf_add_str(&h->value, separator);
	if (err == OK)
		err = buf_add_byte(&h->value, '<');
	if (err == OK)
		err = buf_add(&h->value, inside);
	return err == OK ? buf_add_byte(&h->value, '>') : err;
}

static enum err
read_id(struct header *h, const char *name, struct span raw)
{
	struct span id, rest = raw;

	if (!next_angle(&rest, &id))
		id = span_trim(raw);
	if (!is_id(id))
		return note(h, "header-id", name);
	return add_angle(h, id, " ");
}

/* The first and the last ones: that is what threading needs. */
static enum err
read_ids(struct header *h, const char *name, struct span raw)
{
	struct span id, rest = raw;
	unsigned n = 0, i = 0;
	enum err err = OK;

	while (next_angle(&rest, &id))
		n += is_id(id);
	while (err == OK && next_angle(&raw, &id)) {
		if (!is_id(id)) {
			err = note(h, "header-id", name);
			continue;
		}
		if (i == 0 || n - i < IDS_MAX)
			err = add_angle(h, id, " ");
		i++;
	}
	return err;
}

static enum err
read_auto(struct header *h, const char *name, struct span raw)
{
	static const char *const words[] = { "no", "auto-generated",
	    "auto-replied", "auto-notified" };

	(void)name;
	raw = span_sub(raw, 0, span_find_byte(raw, ';'));
	raw = span_trim(span_sub(raw, 0, span_find_byte(raw, '(')));
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (span_equal_nocase(raw, span_str(words[i])))
			return buf_add_str(&h->value, words[i]);
	return buf_add_str(&h->value, "auto-generated");
}

static enum err
read_importance(struct header *h, const char *name, struct span raw)
{
	static const char *const words[] = { "high", "normal", "low" };

	(void)name;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (span_equal_nocase(span_trim(raw), span_str(words[i])))
			return buf_add_str(&h->value, words[i]);
	return OK;
}

static enum err
read_priority(struct header *h, const char *name, struct span raw)
{
	(void)name;
	raw = span_trim(raw);
	if (raw.len == 0 || raw.ptr[0] < '1' || raw.ptr[0] > '5' ||
	    (raw.len > 1 && ascii_is_digit(raw.ptr[1])))
		return OK;
	return buf_add_byte(&h->value, raw.ptr[0]);
}

/* RFC 2919: a domain; who writes an address means it so. */
static enum err
read_list_id(struct header *h, const char *name, struct span raw)
{
	struct span id, rest = raw;
	struct buf at;
	enum err err = OK;

	(void)name;
	if (!next_angle(&rest, &id))
		id = span_trim(raw);
	/* a domain is what an address has behind its @ */
	buf_init(&at, 512);
	if (buf_printf(&at, "x@%.*s", (int)span_sub(id, 0, 300).len,
	    (const char *)id.ptr) != OK)
		buf_clear(&at);
	for (size_t i = 2; i < at.len; i++)
		if (at.ptr[i] == '@')
			at.ptr[i] = '.';
	if (id.len > 0 && id.ptr[0] != '[' &&
	    address_spec(buf_span(&at), &h->value)) {
		buf_consume(&h->value, 2);
		buf_clear(&at);
		err = buf_add(&at, buf_span(&h->value));
		buf_clear(&h->value);
		if (err == OK)
			err = add_angle(h, buf_span(&at), " ");
	}
	buf_fini(&at);
	return err;
}

static bool
is_uri(struct span s)
{
	static const char *const schemes[] = { "https://", "http://",
	    "mailto:" };
	struct span rest = { NULL, 0 };

	for (size_t i = 0; i < 3; i++)
		if (span_begins(s, span_str(schemes[i])))
			rest = span_sub(s, strlen(schemes[i]), s.len);
	for (size_t i = 0; i < rest.len; i++)
		if (rest.ptr[i] < 0x21 || rest.ptr[i] > 0x7e ||
		    span_find_byte(SPAN("<>\"\\,"), rest.ptr[i]) < 5)
			return false;
	return rest.len > 0 && rest.len <= URI_BYTES_MAX &&
	    span_find(s, SPAN("=?")) == s.len;
}

static enum err
read_uris(struct header *h, const char *name, struct span raw)
{
	struct span uri;
	unsigned n = 0;
	enum err err = OK;

	while (err == OK && next_angle(&raw, &uri)) {
		if (!is_uri(uri) || n == URIS_MAX)
			err = note(h, "header-uri", name);
		else if (n++ < URIS_MAX)
			err = add_angle(h, uri, ", ");
	}
	return err;
}

/* ---- the table ---- */

typedef enum err read_fn(struct header *, const char *, struct span);

static const struct rule {
	const char	*name;
	read_fn		*read;
	enum { PLAIN = 0, DATE_ALWAYS, FROM_ALWAYS, ID_ALWAYS } always;
} rules[] = {		/* in the order of the safe form */
	{ "Date", read_date, DATE_ALWAYS },
	{ "From", read_mailboxes, FROM_ALWAYS },
	{ "Sender", read_mailboxes, PLAIN },
	{ "Reply-To", read_mailboxes, PLAIN },
	{ "To", read_mailboxes, PLAIN },
	{ "Cc", read_mailboxes, PLAIN },
	{ "Subject", read_text, PLAIN },
	{ "Message-ID", read_id, ID_ALWAYS },
	{ "In-Reply-To", read_ids, PLAIN },
	{ "References", read_ids, PLAIN },
	{ "Auto-Submitted", read_auto, PLAIN },
	{ "Importance", read_importance, PLAIN },
	{ "X-Priority", read_priority, PLAIN },
	{ "List-Id", read_list_id, PLAIN },
	{ "List-Help", read_uris, PLAIN },
	{ "List-Unsubscribe", read_uris, PLAIN },
	{ "List-Subscribe", read_uris, PLAIN },
	{ "List-Post", read_uris, PLAIN },
	{ "List-Owner", read_uris, PLAIN },
	{ "List-Archive", read_uris, PLAIN },
	{ "Resent-Date", read_date, PLAIN },
	{ "Resent-From", read_mailboxes, PLAIN },
	{ "Resent-Sender", read_mailboxes, PLAIN },
	{ "Resent-To", read_mailboxes, PLAIN },
	{ "Resent-Cc", read_mailboxes, PLAIN },
	{ "Resent-Message-ID", read_id, PLAIN },
};
#define RULES_N	(sizeof(rules) / sizeof(rules[0]))

/* What stood in From, as the name of nobody's address. */
static enum err
fill_in_from(struct header *h, struct span raw)
{
	struct buf clean;
	struct span text;
	enum err err;

	buf_init(&clean, MIME_HEADER_BYTES_MAX);
	err = decode(raw, &clean, NULL);
	text = span_trim(buf_span(&clean));
	if (err == OK && text.len > 0 && !span_equal(text, SPAN("<>"))) {
		err = word_encode(text, &h->value);
		if (err == OK)
			err = buf_add_byte(&h->value, ' ');
	}
	buf_fini(&clean);
	return err == OK ?
	    buf_add_str(&h->value, "<unknown@unknown.invalid>") : err;
}

/* What a mail must have, where the sender gave nothing that can be read. */
static enum err
fill_in(struct header *h, const struct rule *rule, struct span raw)
{
	if (h->value.len > 0)
		return OK;
	switch (rule->always) {
	case PLAIN:
		return OK;
	case DATE_ALWAYS:
		return h->top == NULL ? OK : buf_add_str(&h->value, h->now);
	case ID_ALWAYS:
		return h->top == NULL ? OK : buf_printf(&h->value,
		    "<%s.sekisho@%.*s>", h->receipt,
		    (int)h->job->gateway.len,
		    (const char *)h->job->gateway.ptr);
	case FROM_ALWAYS:
		return fill_in_from(h, cut_text(raw, 300));
	}
	return OK;
}

static enum err
write_rule(struct header *h, const struct rule *rule,
    const struct mime_field *first)
{
	struct span raw = first != NULL ? first->value : SPAN("");
	enum err err = OK;

	if (first != NULL)
		err = rule->read(h, rule->name, raw);
	if (err == OK)
		err = fill_in(h, rule, raw);
	return err == OK ? write_value(h, rule->name) : err;
}

static enum err
write_allowed(struct header *h)
{
	const struct mime_field *first[RULES_N] = { NULL };
	enum err err = OK;

	for (const struct mime_field *f = h->mail == NULL ? NULL :
	    h->mail->fields; f != NULL && err == OK; f = f->next)
		for (size_t i = 0; i < RULES_N; i++) {
			if (!span_equal_nocase(f->name,
			    span_str(rules[i].name)))
				continue;
			if (first[i] == NULL)
				first[i] = f;
			else
				err = note(h, "header-duplicate",
				    rules[i].name);
			break;
		}
	for (size_t i = 0; i < RULES_N && err == OK; i++)
		err = write_rule(h, &rules[i], first[i]);
	return err;
}

/* ---- Received and X-Sekisho ---- */

/* HOST of the safe form, or "unknown". */
static struct span
host_text(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!ascii_is_alpha(s.ptr[i]) && !ascii_is_digit(s.ptr[i]) &&
		    span_find_byte(SPAN(".:_[]-"), s.ptr[i]) == 6)
			return SPAN("unknown");
	return s.len == 0 || s.len > 255 ? SPAN("unknown") : s;
}

static struct span
protocol_text(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!ascii_is_digit(s.ptr[i]) &&
		    (s.ptr[i] < 'A' || s.ptr[i] > 'Z'))
			return SPAN("SMTP");
	return s.len == 0 || s.len > 16 ? SPAN("SMTP") : s;
}

static enum err
write_received(struct header *h)
{
	struct span helo = host_text(h->job->helo);
	struct span peer = host_text(h->job->peer);
	struct span by = host_text(h->job->gateway);
	struct span with = protocol_text(h->job->protocol);
	enum err err;

	err = buf_printf(&h->value,
	    "from %.*s ([%.*s]) by %.*s (Sekisho) with %.*s id %s; %s",
	    (int)helo.len, (const char *)helo.ptr,
	    (int)peer.len, (const char *)peer.ptr,
	    (int)by.len, (const char *)by.ptr,
	    (int)with.len, (const char *)with.ptr, h->receipt, h->now);
	return err == OK ? write_value(h, "Received") : err;
}

/* Earlier hops in number and time only: who they were is the original's. */
static enum err
write_hops(struct header *h)
{
	char text[HEADER_DATE_BYTES];
	struct span date;
	unsigned n = 0;
	enum err err = OK;

	for (const struct mime_field *f = h->mail == NULL ? NULL :
	    h->mail->fields; f != NULL && err == OK; f = f->next) {
		if (!span_equal_nocase(f->name, SPAN("Received")))
			continue;
		if (++n > HOPS_MAX)
			break;
		date = f->value;
		for (size_t i = date.len; i > 0; i--)
			if (date.ptr[i - 1] == ';') {
				date = span_sub(date, i, date.len);
				break;
			}
		err = buf_printf(&h->value, "by hop.invalid; %s",
		    header_date(date, text) ? text : h->now);
		if (err == OK)
			err = write_value(h, "Received");
	}
	return err;
}

static enum err
write_summary(struct header *h)
{
	const struct header_summary *s = h->top;
	bool any = false;
	enum err err;

	err = buf_printf(&h->value, "receipt=%s; outcome=%s; kept=%u; "
	    "rebuilt=%u; rendered=%u; extracted=%u; removed=%u; flags=",
	    h->receipt, s->outcome, s->kept, s->rebuilt, s->rendered,
	    s->extracted, s->removed);
	for (unsigned i = 0; i < MIME_FLAG_N && err == OK; i++) {
		if (!(s->flags & 1u << i))
			continue;
		err = buf_printf(&h->value, "%s%s", any ? "," : "",
		    mime_flag_name((enum mime_flag)i));
		any = true;
	}
	if (err == OK && !any)
		err = buf_add_str(&h->value, "none");
	return err == OK ? write_value(h, "X-Sekisho") : err;
}

enum err
header_write(const struct mime_part *mail, const struct sanitizer_job *job,
    const struct header_summary *top, struct buf *out, struct buf *removed)
{
	struct header h = { .mail = mail, .job = job, .top = top, .out = out,
	    .removed = removed };
	enum err err = OK;

	buf_init(&h.value, 4 * MIME_HEADER_BYTES_MAX);
	receipt_text(job->id, h.receipt);
	clock_rfc5322(job->received_ms, h.now, sizeof(h.now));
	if (top != NULL) {
		if ((err = write_received(&h)) == OK &&
		    (err = write_hops(&h)) == OK)
			err = write_summary(&h);
	}
	if (err == OK)
		err = buf_add_str(out, "MIME-Version: 1.0\r\n");
	if (err == OK)
		err = write_allowed(&h);
	buf_fini(&h.value);
	return err;
}

/* ---- for names and warnings ---- */

enum err
header_text(const struct mime_part *mail, struct span name, struct buf *out)
{
	const struct mime_field *f = mime_field_find(mail, name);

	return f == NULL ? OK : decode(f->value, out, NULL);
}

/*
 * What looks like an address to a reader, as one: full width letters, other
 * signs for @ and dot, blanks around it. Letters of scripts that look like
 * Latin ones become _, which no domain of the real address is equal to.
 */
static enum err
fold_address(struct span s, struct buf *out)
{
	enum err err = OK;
	size_t len;

	for (; s.len > 0 && err == OK; s = span_sub(s, len, s.len)) {
		uint32_t c = utf8_decode(s, &len);
		bool at;

		if (c >= 0xff01 && c <= 0xff5e)
			c -= 0xff01 - '!';
		else if (c == 0xfe6b)
			c = '@';
		else if (c == 0x3002 || c == 0xff61 || c == 0x2024)
			c = '.';
		else if (c == 0x3000 || c == 0xa0)
			c = ' ';
		else if (c >= 0x80)
			c = (c >= 0xc0 && c < 0x250) || (c >= 0x370 &&
			    c < 0x530) ? '_' : ',';
		at = out->len > 0 && out->ptr[out->len - 1] == '@';
		while (c == '@' && out->len > 0 &&
		    out->ptr[out->len - 1] == ' ')
			buf_truncate(out, out->len - 1);
		if (c != ' ' || !at)
			err = buf_add_byte(out, (uint8_t)c);
	}
	return err;
}

/* The domain at the start of a text, as far as it looks like one. */
static struct span
domain_at(struct span s)
{
	size_t end = 0;

	while (end < s.len && (ascii_is_alpha(s.ptr[end]) ||
	    ascii_is_digit(s.ptr[end]) ||
	    span_find_byte(SPAN("-._"), s.ptr[end]) < 3))
		end++;
	while (end > 0 && s.ptr[end - 1] == '.')
		end--;
	return span_sub(s, 0, end);
}

/* Is there an address of another domain in a folded text? */
static bool
names_other(struct span s, struct span domain)
{
	struct span head, other;

	while (span_cut(&s, '@', &head)) {
		other = domain_at(s);
		if (span_find_byte(other, '.') < other.len &&
		    !span_equal_nocase(other, domain))
			return true;
	}
	return false;
}

bool
header_lying_sender(const struct mime_part *mail, struct buf *shown,
    struct buf *real)
{
	const struct mime_field *f = mime_field_find(mail, SPAN("From"));
	struct span address, local;
	struct buf folded;
	size_t at;
	bool lies;

	if (f == NULL || address_first(f->value, shown, real) != OK)
		return false;
	address = buf_span(real);
	for (at = address.len; at > 0 && address.ptr[at - 1] != '@'; at--)
		;
	if (at == 0)
		return false;
	/* "mayor@town.lg.jp"@evil.example: the local part may lie, too */
	local = span_sub(address, 0, at - 1);
	buf_init(&folded, 4 * MIME_HEADER_BYTES_MAX);
	lies = fold_address(buf_span(shown), &folded) == OK &&
	    buf_add_byte(&folded, ' ') == OK &&
	    buf_add(&folded, local) == OK &&
	    names_other(buf_span(&folded), span_sub(address, at,
	    address.len));
	buf_fini(&folded);
	if (lies && shown->len == 0)
		lies = buf_add(shown, local) == OK;
	return lies;
}
