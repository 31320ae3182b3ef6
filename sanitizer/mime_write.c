/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Writes a mail in the safe form of mime_write.h: boundaries, part headers
 * and base64 are all made here. What stands in the fields is the business of
 * header_write.c, what a part holds that of its handler.
 */
#include "mime_write.h"

#include <stdio.h>
#include <string.h>

#include "limits.h"
#include "transfer.h"
#include "word.h"

#define BOUNDARY_BYTES	40
#define PART_HEADER_BYTES_MAX 4096

#define OFFICE	"application/vnd.openxmlformats-officedocument."

static const struct {
	const char *type;
	const char *extension;
} types[SAFE_TYPE_N] = {
	[SAFE_TEXT] = { "text/plain", "txt" },
	[SAFE_JPEG] = { "image/jpeg", "jpg" },
	[SAFE_PNG] = { "image/png", "png" },
	[SAFE_MAIL] = { "message/rfc822", "eml" },
	[SAFE_PDF] = { "application/pdf", "pdf" },
	[SAFE_DOCX] = { OFFICE "wordprocessingml.document", "docx" },
	[SAFE_XLSX] = { OFFICE "spreadsheetml.sheet", "xlsx" },
	[SAFE_PPTX] = { OFFICE "presentationml.presentation", "pptx" },
	[SAFE_ZIP] = { "application/zip", "zip" },
	[SAFE_CSV] = { "text/csv", "csv" },
};

const char *
safe_type_name(enum safe_type type)
{
	return types[type].type;
}

const char *
safe_type_extension(enum safe_type type)
{
	return types[type].extension;
}

static enum err MUST_CHECK
put(struct filter *out, const char *str)
{
	return filter_write(out, span_str(str));
}

/* ---- base64: the encoder's end() must not end the whole mail ---- */

static enum err
pass_write(struct filter *f, struct span s)
{
	return filter_write(f->next, s);
}

static enum err
pass_end(struct filter *f)
{
	(void)f;
	return OK;
}

static enum err
write_base64(const struct input *in, struct filter *out)
{
	struct filter pass = { pass_write, pass_end, out };
	struct base64_encoder encoder;
	enum err err;

	base64_encoder_init(&encoder, &pass);
	if ((err = input_push(in, &encoder.filter)) == OK)
		err = filter_end(&encoder.filter);
	return err;
}

/* ---- parts ---- */

struct writer {
	struct filter	*out;
	uint64_t	 id;
	unsigned	 mails;		/* headers written so far */
};

/* The words of word_encode() with CRLF and a space between. */
static enum err
add_words(struct span name, struct buf *out)
{
	struct span word, words;
	struct buf encoded;
	enum err err;
	bool first = true;

	buf_init(&encoded, PART_HEADER_BYTES_MAX);
	err = word_encode(name, &encoded);
	words = buf_span(&encoded);
	while (err == OK && words.len > 0) {
		(void)span_cut(&words, ' ', &word);
		if (!first)
			err = buf_add_str(out, "\r\n ");
		if (err == OK)
			err = buf_add(out, word);
		first = false;
	}
	buf_fini(&encoded);
	return err;
}

static enum err
add_part_header(const struct safe_part *part, struct buf *out)
{
	enum err err;

	err = buf_printf(out, "Content-Type: %s%s;\r\n name=\"",
	    safe_type_name(part->type),
	    part->type == SAFE_TEXT || part->type == SAFE_CSV ?
	    "; charset=utf-8" : "");
	if (err == OK)
		err = add_words(part->name, out);
	if (err == OK)
		err = buf_printf(out, "\"\r\n"
		    "Content-Transfer-Encoding: %s\r\n"
		    "Content-Disposition: attachment;\r\n"
		    " filename*=UTF-8''",
		    part->type == SAFE_MAIL ? "7bit" : "base64");
	if (err == OK)
		err = word_percent(part->name, out);
	return err == OK ? buf_add_str(out, "\r\n\r\n") : err;
}

static enum err write_mail(struct writer *, const struct safe_mail *,
    unsigned depth);

static enum err
write_part(struct writer *w, const struct safe_part *part, unsigned depth)
{
	struct buf header;
	enum err err;

	buf_init(&header, PART_HEADER_BYTES_MAX);
	err = add_part_header(part, &header);
	if (err == OK)
		err = filter_write(w->out, buf_span(&header));
	buf_fini(&header);
	if (err != OK)
		return err;
	if (part->type != SAFE_MAIL)
		return write_base64(&part->in, w->out);
	if ((err = write_mail(w, part->mail, depth + 1)) == OK)
		err = put(w->out, "\r\n");
	return err;
}

static enum err
write_mixed(struct writer *w, const struct safe_mail *mail, unsigned depth)
{
	char boundary[BOUNDARY_BYTES];
	const struct input body = input_span(mail->text);
	char text[256];
	enum err err;

	snprintf(boundary, sizeof(boundary), "=_sekisho_%016llx_%04x",
	    (unsigned long long)w->id, w->mails++ & 0xffff);
	snprintf(text, sizeof(text), "Content-Type: multipart/mixed; "
	    "boundary=\"%s\"\r\nContent-Transfer-Encoding: 7bit\r\n\r\n",
	    boundary);
	if ((err = put(w->out, text)) != OK)
		return err;
	snprintf(text, sizeof(text), "--%s\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: base64\r\n"
	    "Content-Disposition: inline\r\n\r\n", boundary);
	if ((err = put(w->out, text)) == OK)
		err = write_base64(&body, w->out);
	snprintf(text, sizeof(text), "--%s\r\n", boundary);
	for (const struct safe_part *p = mail->parts; p != NULL && err == OK;
	    p = p->next)
		if ((err = put(w->out, text)) == OK)
			err = write_part(w, p, depth);
	snprintf(text, sizeof(text), "--%s--\r\n", boundary);
	return err == OK ? put(w->out, text) : err;
}

/* Recursion is bounded by NESTING_DEPTH_MAX. */
static enum err
write_mail(struct writer *w, const struct safe_mail *mail, unsigned depth)
{
	const struct input body = input_span(mail->text);
	enum err err;

	if (depth > NESTING_DEPTH_MAX)
		return ERR_LIMIT;
	if ((err = filter_write(w->out, mail->header)) != OK)
		return err;
	if (mail->parts != NULL)
		return write_mixed(w, mail, depth);
	w->mails++;
	err = put(w->out, "Content-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\n");
	return err == OK ? write_base64(&body, w->out) : err;
}

enum err
mime_write(const struct safe_mail *mail, uint64_t id, struct filter *out)
{
	struct writer w = { .out = out, .id = id };

	return write_mail(&w, mail, 0);
}
