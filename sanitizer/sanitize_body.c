/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The text of a mail: text parts and HTML parts become one clean text behind
 * the notice. Where a mail has both forms, the HTML is shown as well when it
 * says something else, or when its links lie.
 */
#include <string.h>

#include "clean.h"
#include "format_text.h"
#include "html_file.h"
#include "imitation.h"
#include "inline.h"
#include "sanitize_internal.h"

#define BODY_BYTES_MAX		(2 * 1024 * 1024)	/* larger: a file */
#define BODIES_BYTES_MAX	(6 * 1024 * 1024)
#define DIFFERENCE_MAX		200	/* thousandths: cdr.md section 3 */
#define TEXT_BYTES_MAX		(24 * 1024 * 1024)

bool
sanitize_is_body(const struct mime_part *part)
{
	return !part->attachment && part->body_bytes <= BODY_BYTES_MAX &&
	    !(part->flags & 1u << MIME_PARTIAL) &&
	    part->encoding <= ENCODING_QP &&
	    (span_equal(part->type, SPAN("text/html")) ||
	    (span_equal(part->type, SPAN("text/plain")) &&
	    (part->name.len == 0 || part->parent == NULL)));
}

/* One body in the making. */
struct body {
	struct buf		text;
	struct report_part	*row;
	bool			binary;		/* no text at all */
};

static enum err
note(struct level *l, const char *what, uint64_t n)
{
	return n == 0 ? OK : removed_add(&l->removed, what, n, SPAN(""));
}

static enum err
begin(struct level *l, const struct mime_part *part, struct body *body,
    struct decoded *decoded)
{
	enum err err;

	(void)sanitize_seen(l, part);
	if (++l->c->leaves > LEAVES_MAX ||
	    (body->row = sanitize_report_part(l, part)) == NULL)
		return ERR_LIMIT;
	if ((err = sanitize_decode(l->c, part, decoded)) != OK)
		return err;
	body->row->bytes_in = decoded->in.len;
	memcpy(body->row->sha256_in, decoded->sha256, 32);
	body->row->out_type = "text/plain";
	return OK;
}

static void
end(struct level *l, struct body *body, enum part_outcome outcome,
    const char *method)
{
	body->row->bytes_out = body->text.len;
	digest_span(buf_span(&body->text), body->row->sha256_out);
	sanitize_outcome(l->c, body->row, NULL, outcome, method);
}

/* All bytes of a decoded part. */
static enum err
read_all(const struct input *in, struct buf *out)
{
	struct buf_sink sink;

	buf_sink_init(&sink, out);
	return input_push(in, &sink.filter);
}

/*
 * By the label; where that gives characters that do not exist, by the bytes,
 * if they then all do: old programs write EUC-JP under "iso-2022-jp".
 */
static enum err
decode_charset(struct span label, struct span raw, struct buf *out,
    struct charset_result *result)
{
	struct charset_result guess = { 0 };
	enum err err;

	if (span_begins_nocase(label, SPAN("iso-2022-jp")) &&
	    span_find_byte(raw, 0x1b) == raw.len)
		label = SPAN("");	/* ASCII, or something else */
	err = charset_decode(label, raw, out, result);
	if (err != OK || result->bad == 0 || label.len == 0)
		return err;
	buf_clear(out);
	if ((err = charset_decode(SPAN(""), raw, out, &guess)) == OK &&
	    guess.bad == 0) {
		*result = guess;
		return OK;
	}
	buf_clear(out);
	return err == OK ? charset_decode(label, raw, out, result) : err;
}

static enum err
decode_plain(struct level *l, const struct mime_part *part,
    const struct input *in, struct body *body)
{
	struct charset_result charset = { 0 };
	struct clean_counts counts = { 0 };
	struct buf raw, utf8, clean;
	enum err err;

	buf_init(&raw, TEXT_BYTES_MAX);
	buf_init(&utf8, TEXT_BYTES_MAX);
	buf_init(&clean, TEXT_BYTES_MAX);
	if ((err = read_all(in, &raw)) == OK)
		err = decode_charset(part->charset, buf_span(&raw), &utf8,
		    &charset);
	if (err == OK)
		err = clean_text(buf_span(&utf8), CLEAN_TEXT, &clean,
		    &counts);
	if (err == OK)
		err = part->format_flowed ?
		    format_text_unflow(buf_span(&clean), part->delsp,
		    &body->text) : buf_add(&body->text, buf_span(&clean));
	body->binary = counts.controls > 2 && counts.controls * 100 > in->len;
	if (err == OK && !body->binary)
		err = note(l, "bad-characters", charset.bad);
	buf_fini(&raw);
	buf_fini(&utf8);
	buf_fini(&clean);
	return err;
}

static enum err
read_plain(struct level *l, const struct mime_part *part, struct body *body)
{
	struct decoded decoded;
	enum err err;

	if ((err = begin(l, part, body, &decoded)) != OK ||
	    (err = decode_plain(l, part, &decoded.in, body)) != OK)
		return err;
	body->row->detected = "text";
	if (body->binary) {
		buf_clear(&body->text);
		body->row->detected = "unknown";
		body->row->reason = "not a text";
		end(l, body, OUTCOME_REMOVED, "remove");
		return buf_add_str(&body->text,
		    "(本文はテキストではないため削除しました)\r\n");
	}
	end(l, body, OUTCOME_KEPT, "text");
	return OK;
}

static enum err
read_html(struct level *l, const struct mime_part *part, struct body *body,
    struct html_result *result)
{
	struct decoded decoded;
	struct span copy;
	struct buf text, removed;
	enum err err;

	if ((err = begin(l, part, body, &decoded)) != OK)
		return err;
	body->row->detected = "html";
	buf_init(&text, TEXT_BYTES_MAX);
	buf_init(&removed, REMOVED_BYTES_MAX);
	err = html_to_text(&decoded.in, part->charset, &l->c->job->policy,
	    &text, result);
	if (err == OK)
		err = clean_text(buf_span(&text), CLEAN_TEXT, &body->text,
		    NULL);
	if (err == OK)
		err = html_removed(result, &removed);
	if (err == OK) {
		if (!arena_dup(l->c->arena, buf_span(&removed), &copy))
			err = ERR_LIMIT;
		else
			body->row->removed = copy;
	} else if (err == ERR_LIMIT || err == ERR_INPUT) {
		/* this form only: the mail goes on without it */
		buf_clear(&body->text);
		*result = (struct html_result){ 0 };
		body->row->reason = notice_reason_text(NOTICE_LIMIT);
		end(l, body, OUTCOME_REMOVED, "remove");
		buf_fini(&text);
		buf_fini(&removed);
		return buf_add_str(&body->text,
		    "(HTML形式の本文は大きすぎるか壊れているため"
		    "削除しました)\r\n");
	}
	if (err == OK)
		end(l, body, OUTCOME_EXTRACTED, "html-text");
	buf_fini(&text);
	buf_fini(&removed);
	return err;
}

/* What the reader is told about a page that he gets as text. */
static enum err
note_html(struct level *l, const struct html_result *r)
{
	enum err err;

	if ((err = note(l, "hidden-text", r->hidden)) == OK &&
	    (err = note(l, "lying-link", r->links_lying)) == OK &&
	    (err = note(l, "dangerous-link", r->links_dangerous)) == OK &&
	    (err = note(l, "form", r->forms)) == OK &&
	    (err = note(l, "active-content", r->active)) == OK)
		err = note(l, "remote-image", r->images_remote);
	for (unsigned i = 0; i < r->samples_n && err == OK; i++)
		err = removed_add(&l->removed, "hidden-sample", 1,
		    span_str(r->samples[i].text));
	return err;
}

static enum err
add_text(struct level *l, struct span text)
{
	enum err err = OK;

	/* the final texts would not fit, either */
	if (text.len > ARENA_BYTES_MAX - l->c->text_bytes)
		return ERR_LIMIT;
	l->c->text_bytes += text.len;
	if (l->text.len > 0)
		err = buf_add_str(&l->text, "\r\n");
	if (err == OK)
		err = buf_add(&l->text, text);
	if (err == OK && text.len > 0 && text.ptr[text.len - 1] != '\n')
		err = buf_add_str(&l->text, "\r\n");
	return err;
}

/* Both forms are there: one, or both with a line between. */
static enum err
add_both(struct level *l, struct body *plain, struct body *html,
    const struct html_result *r)
{
	bool blank = span_trim(buf_span(&plain->text)).len == 0;
	enum err err;

	if (!blank && r->links_lying == 0 && r->links_dangerous == 0 &&
	    format_text_difference(buf_span(&plain->text),
	    buf_span(&html->text)) <= DIFFERENCE_MAX) {
		html->row->reason = "the same text as the plain part";
		html->row->bytes_out = 0;
		return add_text(l, buf_span(&plain->text));
	}
	if (blank) {
		l->html = true;
		return add_text(l, buf_span(&html->text));
	}
	l->html = l->both = true;
	if ((err = add_text(l, buf_span(&plain->text))) == OK &&
	    (err = add_text(l, SPAN("──────── HTML版の本文 ────────\r\n")))
	    == OK)
		err = add_text(l, buf_span(&html->text));
	return err;
}

enum err
sanitize_body(struct level *l, const struct mime_part *plain_part,
    const struct mime_part *html_part)
{
	static struct html_result result;	/* large; one thread */
	struct body plain = { 0 }, html = { 0 };
	enum err err = OK;

	if (l->text.len > BODIES_BYTES_MAX) {
		if (plain_part != NULL)
			err = sanitize_leaf(l, plain_part);
		if (err == OK && html_part != NULL)
			err = sanitize_leaf(l, html_part);
		return err;
	}
	result = (struct html_result){ 0 };
	buf_init(&plain.text, TEXT_BYTES_MAX);
	buf_init(&html.text, TEXT_BYTES_MAX);
	if (plain_part != NULL)
		err = read_plain(l, plain_part, &plain);
	if (err == OK && html_part != NULL &&
	    (err = read_html(l, html_part, &html, &result)) == OK)
		err = note_html(l, &result);
	if (err == OK && plain_part != NULL && html_part != NULL) {
		err = add_both(l, &plain, &html, &result);
	} else if (err == OK) {
		l->html |= html_part != NULL;
		err = add_text(l, buf_span(html_part != NULL ? &html.text :
		    &plain.text));
	}
	buf_fini(&plain.text);
	buf_fini(&html.text);
	return err;
}

/* ---- the final text ---- */

static enum err
found_inline(void *arg, const struct inline_block *block, struct filter *next)
{
	(void)arg;
	(void)block;
	return filter_write(next,
	    SPAN("(本文に埋め込まれていたファイルを除きました)\r\n"));
}

enum err
sanitize_text(struct level *l, const struct notice *notice, struct span *text)
{
	static struct inline_filter inline_filter;	/* large */
	struct buf all, clean, final;
	struct buf_sink sink;
	enum err err;

	buf_init(&all, TEXT_BYTES_MAX);
	buf_init(&clean, TEXT_BYTES_MAX);
	buf_init(&final, TEXT_BYTES_MAX);
	buf_sink_init(&sink, &final);
	inline_filter_init(&inline_filter, found_inline, NULL, &sink.filter);
	if ((err = notice_write(notice, &all)) == OK &&
	    (err = imitation_mark(buf_span(&l->text),
	    l->c->job->policy.notice_english, &all)) == OK &&
	    (err = clean_text(buf_span(&all), CLEAN_TEXT, &clean, NULL)) ==
	    OK && (err = filter_write(&inline_filter.filter,
	    buf_span(&clean))) == OK)
		err = filter_end(&inline_filter.filter);
	if (err == OK && (final.len == 0 ||
	    final.ptr[final.len - 1] != '\n'))
		err = buf_add_str(&final, "\r\n");
	if (err == OK && !arena_dup(l->c->arena, buf_span(&final), text))
		err = ERR_LIMIT;
	buf_fini(&all);
	buf_fini(&clean);
	buf_fini(&final);
	return err;
}
