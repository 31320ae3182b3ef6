/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The body of a safe mail (sections 7 to 9 of the safe form): one text, or a
 * multipart of a text and attachments, mails inside on a stack of our own.
 * Fields are read by verify_fields.c, contents by the reader of their type.
 */
#include <stdio.h>
#include <string.h>

#include "verify_archive.h"
#include "verify_base64.h"
#include "verify_csv.h"
#include "verify_fields.h"
#include "verify_opc.h"
#include "verify_pdf.h"
#include "verify_value.h"

#define BOUNDARY_BYTES	40	/* "=_sekisho_" 16 "_" 4, and NUL */

enum type { TYPE_TEXT = 1, TYPE_CSV, TYPE_JPEG, TYPE_PNG, TYPE_PDF, TYPE_ZIP,
	TYPE_DOCX, TYPE_XLSX, TYPE_PPTX, TYPE_MAIL };

#define OFFICE	"application/vnd.openxmlformats-officedocument."

static const struct {
	enum type	 type;
	const char	*line;
	const char	*extension;
	const char	*encoding;
} types[] = {
	{ TYPE_TEXT, "Content-Type: text/plain; charset=utf-8;", ".txt",
	    "Content-Transfer-Encoding: base64" },
	{ TYPE_CSV, "Content-Type: text/csv; charset=utf-8;", ".csv",
	    "Content-Transfer-Encoding: base64" },
	{ TYPE_JPEG, "Content-Type: image/jpeg;", ".jpg",
	    "Content-Transfer-Encoding: base64" },
	{ TYPE_PNG, "Content-Type: image/png;", ".png",
	    "Content-Transfer-Encoding: base64" },
	{ TYPE_PDF, "Content-Type: application/pdf;", ".pdf",
	    "Content-Transfer-Encoding: base64" },
	{ TYPE_ZIP, "Content-Type: application/zip;", ".zip",
	    "Content-Transfer-Encoding: base64" },
	{ TYPE_DOCX, "Content-Type: " OFFICE "wordprocessingml.document;",
	    ".docx", "Content-Transfer-Encoding: base64" },
	{ TYPE_XLSX, "Content-Type: " OFFICE "spreadsheetml.sheet;", ".xlsx",
	    "Content-Transfer-Encoding: base64" },
	{ TYPE_PPTX, "Content-Type: " OFFICE "presentationml.presentation;",
	    ".pptx", "Content-Transfer-Encoding: base64" },
	{ TYPE_MAIL, "Content-Type: message/rfc822;", ".eml",
	    "Content-Transfer-Encoding: 7bit" },
};

/* A multipart that is open. */
struct level {
	char		boundary[BOUNDARY_BYTES];
	unsigned	parts;		/* attachments so far */
	size_t		names_first;	/* of this level in mail.names */
};

struct mail {
	struct lines	 lines;
	uint64_t	 id;
	unsigned	 mails;		/* headers read so far */
	unsigned	 parts;		/* attachments, in all levels */
	int		 depth;		/* of the level at hand; -1: none */
	struct level	 levels[VERIFY_DEPTH_MAX + 1];
	uint64_t	 names[VERIFY_PARTS_MAX];	/* hashes, folded */
	size_t		 names_n;
	union {
		struct text	text;
		struct csv	csv;
		struct png	png;
		struct jpeg	jpeg;
		struct pdf_reader pdf;
		struct archive	archive;
		struct opc	opc;
	} content;
};

/* ---- contents ---- */

static enum err
write_text(void *arg, struct span s, struct diag *diag)
{
	return text_write(arg, s, diag);
}

static enum err
write_csv(void *arg, struct span s, struct diag *diag)
{
	return csv_write(arg, s, diag);
}

static enum err
write_png(void *arg, struct span s, struct diag *diag)
{
	return png_write(arg, s, diag);
}

static enum err
write_jpeg(void *arg, struct span s, struct diag *diag)
{
	return jpeg_write(arg, s, diag);
}

static enum err
write_pdf(void *arg, struct span s, struct diag *diag)
{
	return pdf_reader_write(arg, s, diag);
}

static enum err
write_archive(void *arg, struct span s, struct diag *diag)
{
	return archive_write(arg, s, diag);
}

static enum err
read_text(struct mail *m, enum text_kind kind, struct diag *diag)
{
	const struct base64_sink sink = { write_text, &m->content.text };
	enum err err;

	text_init(&m->content.text, kind);
	err = base64_lines(&m->lines, &sink, diag);
	return err != OK ? err : text_end(&m->content.text, diag);
}

static enum err
read_csv(struct mail *m, struct diag *diag)
{
	const struct base64_sink sink = { write_csv, &m->content.csv };
	enum err err;

	csv_init(&m->content.csv);
	err = base64_lines(&m->lines, &sink, diag);
	return err != OK ? err : csv_end(&m->content.csv, diag);
}

static enum err
read_png(struct mail *m, struct diag *diag)
{
	const struct base64_sink sink = { write_png, &m->content.png };
	enum err err;

	png_init(&m->content.png);
	err = base64_lines(&m->lines, &sink, diag);
	return err != OK ? err : png_end(&m->content.png, diag);
}

static enum err
read_jpeg(struct mail *m, struct diag *diag)
{
	const struct base64_sink sink = { write_jpeg, &m->content.jpeg };
	enum err err;

	jpeg_init(&m->content.jpeg);
	err = base64_lines(&m->lines, &sink, diag);
	return err != OK ? err : jpeg_end(&m->content.jpeg, diag);
}

static enum err
read_pdf(struct mail *m, struct diag *diag)
{
	const struct base64_sink sink = { write_pdf, &m->content.pdf };
	enum err err;

	pdf_reader_init(&m->content.pdf);
	err = base64_lines(&m->lines, &sink, diag);
	return err != OK ? err : pdf_reader_end(&m->content.pdf, diag);
}

static enum err
read_archive(struct mail *m, struct diag *diag)
{
	const struct base64_sink sink = { write_archive, &m->content.archive };
	enum err err;

	archive_init(&m->content.archive);
	err = base64_lines(&m->lines, &sink, diag);
	return err != OK ? err : archive_end(&m->content.archive, diag);
}

static enum err
write_opc(void *arg, struct span s, struct diag *diag)
{
	return opc_write(arg, s, diag);
}

static enum err
read_opc(struct mail *m, enum opc_form form, struct diag *diag)
{
	const struct base64_sink sink = { write_opc, &m->content.opc };
	enum err err;

	opc_init(&m->content.opc, form);
	err = base64_lines(&m->lines, &sink, diag);
	return err != OK ? err : opc_end(&m->content.opc, diag);
}

/* ---- names ---- */

struct name {
	uint8_t	bytes[VERIFY_NAME_BYTES_MAX];
	size_t	len;
};

/*
 * The lines behind Content-Type: " name=", the words of the name between
 * quotes, one on a line.
 */
static enum err
read_name(struct lines *lines, struct name *name, struct diag *diag)
{
	/* 200 bytes are at most 6 words of 74 characters. */
	char joined[8 * (VERIFY_FOLD_BYTES + 2)];
	struct span line;
	size_t len = 0;
	enum err err;

	do {
		if ((err = lines_next(lines, &line, diag)) != OK)
			return err;
		if (line.len + 1 > sizeof(joined) - len ||
		    !take_literal(&line, len == 0 ? " name=\"" : " ") ||
		    line.len == 0)
			return refuse(diag, "name of an attachment");
		if (len > 0)
			joined[len++] = ' ';
		memcpy(joined + len, line.ptr, line.len);
		len += line.len;
	} while (len == 0 || joined[len - 1] != '"');
	name->len = value_words((struct span){ (uint8_t *)joined, len - 1 },
	    " ", name->bytes, sizeof(name->bytes));
	if (name->len == 0)
		return refuse(diag, "name of an attachment");
	return OK;
}

/* The only spelling of name behind filename*=UTF-8''. */
static bool
is_percent_form(struct span v, const struct name *name)
{
	static const char digits[] = "0123456789ABCDEF";
	static bool plain[256];
	size_t n = 0;

	set_make(plain, "AZaz09", "-._");
	for (size_t i = 0; i < name->len; i++) {
		uint8_t c = name->bytes[i];

		if (plain[c]) {
			if (n == v.len || v.ptr[n++] != c)
				return false;
			continue;
		}
		if (v.len - n < 3 || v.ptr[n] != '%' ||
		    v.ptr[n + 1] != (uint8_t)digits[c >> 4] ||
		    v.ptr[n + 2] != (uint8_t)digits[c & 15])
			return false;
		n += 3;
	}
	return n == v.len;
}

/* FNV-1a over ASCII-folded bytes: a clash of two names can only be a no. */
static bool
is_new_name(struct mail *m, const struct name *name)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < name->len; i++)
		hash = (hash ^ ascii_lower(name->bytes[i])) *
		    UINT64_C(0x100000001b3);
	for (size_t i = m->levels[m->depth].names_first; i < m->names_n; i++)
		if (m->names[i] == hash)
			return false;
	require(m->names_n < VERIFY_PARTS_MAX);
	m->names[m->names_n++] = hash;
	return true;
}

/* ---- mails ---- */

/* Open a level: the lines up to the first text. */
static enum err
open_level(struct mail *m, struct diag *diag)
{
	struct level *level = &m->levels[++m->depth];
	char line[2 * BOUNDARY_BYTES + 40];
	enum err err;

	level->parts = 0;
	level->names_first = m->names_n;
	snprintf(level->boundary, sizeof(level->boundary),
	    "--=_sekisho_%016llx_%04x", (unsigned long long)m->id,
	    (m->mails - 1) & 0xffff);
	snprintf(line, sizeof(line),
	    "Content-Type: multipart/mixed; boundary=\"%s\"",
	    level->boundary + 2);
	if ((err = lines_expect(&m->lines, line, diag)) != OK ||
	    (err = lines_expect(&m->lines, "Content-Transfer-Encoding: 7bit",
	    diag)) != OK ||
	    (err = lines_expect(&m->lines, "", diag)) != OK ||
	    (err = lines_expect(&m->lines, level->boundary, diag)) != OK ||
	    (err = lines_expect(&m->lines,
	    "Content-Type: text/plain; charset=utf-8", diag)) != OK ||
	    (err = lines_expect(&m->lines,
	    "Content-Transfer-Encoding: base64", diag)) != OK ||
	    (err = lines_expect(&m->lines, "Content-Disposition: inline",
	    diag)) != OK)
		return err;
	return lines_expect(&m->lines, "", diag);
}

/* Fields and text. *open: a level was opened, its parts come next. */
static enum err
read_mail(struct mail *m, bool top, bool *open, struct diag *diag)
{
	struct span line;
	enum err err;

	if ((err = fields_read(&m->lines, top, &m->id, diag)) != OK ||
	    (err = lines_peek(&m->lines, &line, diag)) != OK)
		return err;
	m->mails++;
	*open = span_begins(line, SPAN("Content-Type: multipart/"));
	if (*open)
		err = open_level(m, diag);
	else if ((err = lines_expect(&m->lines,
	    "Content-Type: text/plain; charset=utf-8", diag)) == OK &&
	    (err = lines_expect(&m->lines,
	    "Content-Transfer-Encoding: base64", diag)) == OK)
		err = lines_expect(&m->lines, "", diag);
	return err != OK ? err : read_text(m, TEXT_BODY, diag);
}

/* ---- attachments ---- */

/* From Content-Type to the empty line. */
static enum err
read_part_header(struct mail *m, size_t *type, struct diag *diag)
{
	struct name name;
	struct span line;
	enum err err;

	if ((err = lines_next(&m->lines, &line, diag)) != OK)
		return err;
	for (*type = 0; *type < sizeof(types) / sizeof(*types); ++*type)
		if (span_equal(line, span_str(types[*type].line)))
			break;
	if (*type == sizeof(types) / sizeof(*types))
		return refuse(diag, "a type that is not allowed");
	if ((err = read_name(&m->lines, &name, diag)) != OK ||
	    (err = lines_expect(&m->lines, types[*type].encoding,
	    diag)) != OK ||
	    (err = lines_expect(&m->lines, "Content-Disposition: attachment;",
	    diag)) != OK ||
	    (err = lines_next(&m->lines, &line, diag)) != OK)
		return err;
	if (!take_literal(&line, " filename*=UTF-8''") ||
	    !is_percent_form(line, &name))
		return refuse(diag, "the two names differ");
	if (!name_is_clean((struct span){ name.bytes, name.len },
	    types[*type].extension))
		return refuse(diag, "a name that is not allowed");
	if (!is_new_name(m, &name))
		return refuse(diag, "two attachments of one name");
	return lines_expect(&m->lines, "", diag);
}

static enum err
read_part(struct mail *m, struct diag *diag)
{
	size_t type;
	bool open;
	enum err err;

	if (m->parts++ == VERIFY_PARTS_MAX)
		return refuse(diag, "too many attachments");
	m->levels[m->depth].parts++;
	if ((err = read_part_header(m, &type, diag)) != OK)
		return err;
	switch (types[type].type) {
	case TYPE_TEXT:
		return read_text(m, TEXT_FILE, diag);
	case TYPE_CSV:
		return read_csv(m, diag);
	case TYPE_JPEG:
		return read_jpeg(m, diag);
	case TYPE_PDF:
		return read_pdf(m, diag);
	case TYPE_ZIP:
		return read_archive(m, diag);
	case TYPE_PNG:
		return read_png(m, diag);
	case TYPE_DOCX:
		return read_opc(m, OPC_DOCX, diag);
	case TYPE_XLSX:
		return read_opc(m, OPC_XLSX, diag);
	case TYPE_PPTX:
		return read_opc(m, OPC_PPTX, diag);
	case TYPE_MAIL:
		if (m->depth == VERIFY_DEPTH_MAX)
			return refuse(diag, "mails too deep in each other");
		/* A level that it opens is closed by read_levels(). */
		err = read_mail(m, false, &open, diag);
		return err != OK || open ? err :
		    lines_expect(&m->lines, "", diag);
	}
	return refuse(diag, "a type that is not allowed");
}

/* Parts and ends of levels, until the level of the top is closed. */
static enum err
read_levels(struct mail *m, struct diag *diag)
{
	struct span line;
	enum err err = OK;

	while (err == OK && m->depth >= 0) {
		struct level *level = &m->levels[m->depth];
		struct span boundary = span_str(level->boundary);

		if ((err = lines_next(&m->lines, &line, diag)) != OK)
			return err;
		if (span_equal(line, boundary)) {
			err = read_part(m, diag);
			continue;
		}
		if (level->parts == 0 || line.len != boundary.len + 2 ||
		    !span_begins(line, boundary) ||
		    !span_ends(line, SPAN("--")))
			return refuse(diag, "no delimiter where one has to be");
		m->names_n = level->names_first;
		m->depth--;
		/* The line end that belongs to the delimiter around it. */
		if (m->depth >= 0)
			err = lines_expect(&m->lines, "", diag);
	}
	return err;
}

void
verify_mail(int fd, uint64_t len, struct verify_result *result)
{
	static struct mail m;
	struct diag diag = { .err = OK };
	bool open = false;
	enum err err;

	m.id = 0;
	m.mails = m.parts = 0;
	m.names_n = 0;
	m.depth = -1;
	lines_init(&m.lines, fd, len);
	if (len > VERIFY_BYTES_MAX)
		err = refuse(&diag, "larger than a mail may be");
	else
		err = read_mail(&m, true, &open, &diag);
	if (err == OK && open)
		err = read_levels(&m, &diag);
	if (err == OK && !lines_at_end(&m.lines))
		err = refuse(&diag, "bytes behind the end of the mail");
	lines_result(&m.lines, err, &diag, result);
}

void
verify_warm(void)
{
	static struct png png;
	uint8_t sha256[DIGEST_BYTES];
	size_t len;

	png_init(&png);
	require(base64_decode(SPAN("AAAA"), sha256, &len));
	digest_span(SPAN(""), sha256);
}
