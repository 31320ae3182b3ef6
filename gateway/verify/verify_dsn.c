/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Status notifications, exactly as spool/spool_dsn.h describes them; where
 * the description names literal text, it stands here once more.
 */
#include <stdio.h>
#include <string.h>

#include "verify_base64.h"
#include "verify_text.h"
#include "verify_value.h"

#define DOMAIN_BYTES_MAX	255
#define TEXT_BYTES_MAX		900
#define TYPE_BYTES_MAX		32
#define ADDRESS_BYTES_MAX	320
#define BOUNDARY_BYTES		48

static const char *const subjects[] = {
	"Subject: =?UTF-8?B?44Oh44O844Or44KS6YWN5L+h44Gn44GN44G+44Gb44KT44Gn"
	    "44GX44Gf?= (mail not delivered)",
	"Subject: =?UTF-8?B?44Oh44O844Or44Gu6YWN5L+h44GM6YGF44KM44Gm44GE44G+"
	    "44GZ?= (mail delayed)",
	"Subject: =?UTF-8?B?44Oh44O844Or44KS6YWN5L+h44GX44G+44GX44Gf?="
	    " (mail delivered)",
};

static bool
take_domain(struct span *v)
{
	static bool domain[256];
	struct span run;

	set_make(domain, "AZaz09", ".-");
	return take_run(v, domain, 1, DOMAIN_BYTES_MAX, &run);
}

static bool
is_date_line(struct span v, const char *name)
{
	return take_literal(&v, name) && take_date(&v, 1) && v.len == 0;
}

static bool
is_from(struct span v)
{
	return take_literal(&v, "From: <MAILER-DAEMON@") && take_domain(&v) &&
	    take_literal(&v, ">") && v.len == 0;
}

static bool
is_to(struct span v)
{
	static bool plain[256];
	struct span run;

	set_make(plain, "AZaz09", ".@!#$%&'*+-/=?^_`{|}~[]:");
	if (span_equal(v, SPAN("To: undisclosed-recipients:;")))
		return true;
	return take_literal(&v, "To: <") &&
	    take_run(&v, plain, 1, ADDRESS_BYTES_MAX, &run) &&
	    take_literal(&v, ">") && v.len == 0;
}

static bool
is_subject(struct span v)
{
	for (size_t i = 0; i < sizeof(subjects) / sizeof(*subjects); i++)
		if (span_equal(v, span_str(subjects[i])))
			return true;
	return false;
}

/* "--=_sekisho-dsn-RECEIPT" of the receipt in the line. */
static bool
is_message_id(struct span v, char boundary[BOUNDARY_BYTES])
{
	struct span receipt;

	if (!take_literal(&v, "Message-ID: <dsn-"))
		return false;
	receipt = span_sub(v, 0, 16);
	v = span_sub(v, 16, v.len);
	if (value_receipt(receipt) == 0)
		return false;
	snprintf(boundary, BOUNDARY_BYTES, "--=_sekisho-dsn-%.16s",
	    (const char *)receipt.ptr);
	return take_literal(&v, "@") && take_domain(&v) &&
	    take_literal(&v, ">") && v.len == 0;
}

static bool
is_text(struct span v)
{
	return v.len >= 1 && v.len <= TEXT_BYTES_MAX && lines_printable(v) &&
	    v.ptr[0] != ' ' && v.ptr[v.len - 1] != ' ';
}

static bool
take_status(struct span *v)
{
	unsigned subject, detail;

	return (take_literal(v, "2.") || take_literal(v, "4.") ||
	    take_literal(v, "5.")) &&
	    take_digits(v, 1, 3, &subject) && take_literal(v, ".") &&
	    take_digits(v, 1, 3, &detail);
}

static enum err
header(struct lines *lines, char boundary[BOUNDARY_BYTES], struct diag *diag)
{
	char text[2 * BOUNDARY_BYTES];
	struct span line;
	enum err err;

	if ((err = lines_next(lines, &line, diag)) != OK)
		return err;
	if (!is_date_line(line, "Date: "))
		return refuse(diag, "Date");
	if ((err = lines_next(lines, &line, diag)) != OK)
		return err;
	if (!is_from(line))
		return refuse(diag, "From");
	if ((err = lines_next(lines, &line, diag)) != OK)
		return err;
	if (!is_to(line))
		return refuse(diag, "To");
	if ((err = lines_next(lines, &line, diag)) != OK)
		return err;
	if (!is_subject(line))
		return refuse(diag, "Subject");
	if ((err = lines_next(lines, &line, diag)) != OK)
		return err;
	if (!is_message_id(line, boundary))
		return refuse(diag, "Message-ID");
	snprintf(text, sizeof(text), " boundary=\"%s\"", boundary + 2);
	if ((err = lines_expect(lines, "Auto-Submitted: auto-replied",
	    diag)) != OK ||
	    (err = lines_expect(lines, "MIME-Version: 1.0", diag)) != OK ||
	    (err = lines_expect(lines, "Content-Type: multipart/report; "
	    "report-type=delivery-status;", diag)) != OK ||
	    (err = lines_expect(lines, text, diag)) != OK)
		return err;
	return lines_expect(lines, "", diag);
}

static enum err
write_text(void *arg, struct span s, struct diag *diag)
{
	return text_write(arg, s, diag);
}

static enum err
human_part(struct lines *lines, const char *boundary, struct diag *diag)
{
	struct text text;
	const struct base64_sink sink = { write_text, &text };
	enum err err;

	if ((err = lines_expect(lines, boundary, diag)) != OK ||
	    (err = lines_expect(lines,
	    "Content-Type: text/plain; charset=utf-8", diag)) != OK ||
	    (err = lines_expect(lines, "Content-Transfer-Encoding: base64",
	    diag)) != OK ||
	    (err = lines_expect(lines, "", diag)) != OK)
		return err;
	text_init(&text, TEXT_BODY);
	if ((err = base64_lines(lines, &sink, diag)) != OK)
		return err;
	return text_end(&text, diag);
}

/* Fields of the message, up to and with the empty line behind them. */
static enum err
message_fields(struct lines *lines, struct diag *diag)
{
	struct span line;
	enum err err;

	if ((err = lines_next(lines, &line, diag)) != OK)
		return err;
	if (take_literal(&line, "Original-Envelope-Id: ")) {
		if (!is_text(line))
			return refuse(diag, "Original-Envelope-Id");
		if ((err = lines_next(lines, &line, diag)) != OK)
			return err;
	}
	if (!take_literal(&line, "Reporting-MTA: dns; ") ||
	    !take_domain(&line) || line.len > 0)
		return refuse(diag, "Reporting-MTA");
	if ((err = lines_next(lines, &line, diag)) != OK)
		return err;
	if (!is_date_line(line, "Arrival-Date: "))
		return refuse(diag, "Arrival-Date");
	return lines_expect(lines, "", diag);
}

static bool
is_original_recipient(struct span v)
{
	static bool type[256];
	struct span run;

	set_make(type, "AZaz09", "-");
	return take_literal(&v, "Original-Recipient: ") &&
	    take_run(&v, type, 1, TYPE_BYTES_MAX, &run) &&
	    take_literal(&v, "; ") && is_text(v);
}

static bool
is_final_recipient(struct span v)
{
	return take_literal(&v, "Final-Recipient: ") &&
	    (take_literal(&v, "rfc822; ") || take_literal(&v, "utf-8; ")) &&
	    is_text(v);
}

static bool
is_action(struct span v, bool *delayed)
{
	*delayed = span_equal(v, SPAN("Action: delayed"));
	return *delayed || span_equal(v, SPAN("Action: failed")) ||
	    span_equal(v, SPAN("Action: relayed")) ||
	    span_equal(v, SPAN("Action: delivered"));
}

static bool
is_diagnostic(struct span v)
{
	unsigned code;

	return take_literal(&v, "Diagnostic-Code: smtp; ") &&
	    take_digits(&v, 3, 3, &code) && take_literal(&v, " ") &&
	    take_status(&v) && v.len == 0;
}

/* One recipient; *line is the first line on entry, the one behind at exit. */
static enum err
recipient(struct lines *lines, struct span *line, struct diag *diag)
{
	bool delayed;
	enum err err;

	if (is_original_recipient(*line) &&
	    (err = lines_next(lines, line, diag)) != OK)
		return err;
	if (!is_final_recipient(*line))
		return refuse(diag, "Final-Recipient");
	if ((err = lines_next(lines, line, diag)) != OK)
		return err;
	if (!is_action(*line, &delayed))
		return refuse(diag, "Action");
	if ((err = lines_next(lines, line, diag)) != OK)
		return err;
	if (!take_literal(line, "Status: ") || !take_status(line) ||
	    line->len > 0)
		return refuse(diag, "Status");
	if ((err = lines_next(lines, line, diag)) != OK)
		return err;
	if (is_diagnostic(*line) &&
	    (err = lines_next(lines, line, diag)) != OK)
		return err;
	if (delayed && is_date_line(*line, "Will-Retry-Until: "))
		return lines_next(lines, line, diag);
	return OK;
}

static enum err
machine_part(struct lines *lines, const char *boundary, struct diag *diag)
{
	char end[BOUNDARY_BYTES + 2];
	struct span line;
	unsigned n = 0;
	enum err err;

	snprintf(end, sizeof(end), "%s--", boundary);
	if ((err = lines_expect(lines, boundary, diag)) != OK ||
	    (err = lines_expect(lines,
	    "Content-Type: message/delivery-status", diag)) != OK ||
	    (err = lines_expect(lines, "", diag)) != OK ||
	    (err = message_fields(lines, diag)) != OK ||
	    (err = lines_next(lines, &line, diag)) != OK)
		return err;
	for (;;) {
		if (n++ == VERIFY_DSN_RECIPIENTS_MAX)
			return refuse(diag, "too many recipients");
		if ((err = recipient(lines, &line, diag)) != OK)
			return err;
		if (span_equal(line, span_str(end)))
			return OK;
		if (line.len > 0)
			return refuse(diag, "a line that must not stand here");
		if ((err = lines_next(lines, &line, diag)) != OK)
			return err;
	}
}

void
verify_dsn(int fd, uint64_t len, struct verify_result *result)
{
	static struct lines lines;
	struct diag diag = { .err = OK };
	char boundary[BOUNDARY_BYTES];
	enum err err;

	lines_init(&lines, fd, len);
	if (len > VERIFY_DSN_BYTES_MAX)
		err = refuse(&diag, "larger than a notification may be");
	else if ((err = header(&lines, boundary, &diag)) == OK &&
	    (err = human_part(&lines, boundary, &diag)) == OK)
		err = machine_part(&lines, boundary, &diag);
	if (err == OK && !lines_at_end(&lines))
		err = refuse(&diag, "bytes behind the end");
	lines_result(&lines, err, &diag, result);
}
