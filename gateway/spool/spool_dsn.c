/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Status notifications (RFC 3464) in the one form that spool_dsn.h describes.
 * Who gets one, and when, is the daemon's business (RFC 3461).
 */
#include <string.h>

#include "../base/clock.h"
#include "../base/receipt.h"
#include "../base/utf8.h"
#include "spool_dsn.h"

#define TEXT_BYTES_MAX		(96 * 1024)	/* of 100 recipients */
#define FIELD_TEXT_BYTES_MAX	900
#define RECIPIENTS_MAX		100
#define BASE64_LINE_BYTES	57		/* 76 signs */
#define DOMAIN_BYTES_MAX	255
#define TYPE_BYTES_MAX		32

/* ---- what may stand where ---- */

static bool
is_alnum(uint8_t c)
{
	return ascii_is_alpha(c) || ascii_is_digit(c);
}

static bool
is_domain(struct span s)
{
	if (s.len == 0 || s.len > DOMAIN_BYTES_MAX)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (!is_alnum(s.ptr[i]) && s.ptr[i] != '.' && s.ptr[i] != '-')
			return false;
	return true;
}

/* An address that can stand between < > as it is. */
static bool
is_plain(struct span s)
{
	static const char others[] = ".@!#$%&'*+-/=?^_`{|}~[]:";

	if (s.len == 0 || s.len > 320)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] == 0 || (!is_alnum(s.ptr[i]) &&
		    strchr(others, s.ptr[i]) == NULL))
			return false;
	return true;
}

static bool
is_ascii(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] >= 0x80)
			return false;
	return true;
}

/*
 * Hostile text in the form of `text`: what is not ASCII as \x{HEX}, controls
 * as "?", at most FIELD_TEXT_BYTES_MAX, blanks at the ends as "?".
 */
static enum err
put_text(struct buf *out, struct span s)
{
	size_t start = out->len, len;
	enum err err = OK;
	uint32_t c;

	if (s.len == 0)
		return buf_add_byte(out, '?');
	for (size_t i = 0; i < s.len && err == OK; i += len) {
		if (out->len - start > FIELD_TEXT_BYTES_MAX - 10)
			break;
		c = utf8_decode(span_sub(s, i, s.len), &len);
		if (c == UTF8_BAD || c < 0x20 || c == 0x7f)
			err = buf_add_byte(out, '?');
		else if (c >= 0x80)
			err = buf_printf(out, "\\x{%X}", (unsigned)c);
		else if (c == ' ' && (i == 0 || i + 1 == s.len))
			err = buf_add_byte(out, '?');
		else
			err = buf_add_byte(out, (uint8_t)c);
	}
	if (err == OK && out->ptr[out->len - 1] == ' ')
		out->ptr[out->len - 1] = '?';	/* it was cut there */
	return err;
}

/* ---- the text that people read ---- */

static const struct {
	const char	*ja;
	const char	*en;
} opening[] = {
	[DSN_FAILED] = {
		"次の宛先にメールを配信できませんでした。\r\n"
		"このメールが再び送信されることはありません。\r\n",
		"Your mail could not be delivered to these recipients.\r\n"
		"It will not be tried again.\r\n" },
	[DSN_DELAYED] = {
		"次の宛先へのメールの配信が遅れています。\r\n"
		"引き続き配信を試みますので、"
		"再送していただく必要はありません。\r\n",
		"The delivery of your mail to these recipients is delayed.\r\n"
		"It is still being tried; you need not send it again.\r\n" },
	[DSN_RELAYED] = {
		"次の宛先へのメールを、先方のメールサーバーに"
		"引き渡しました。\r\n",
		"Your mail was handed over to the mail server of these"
		" recipients.\r\n" },
	[DSN_DELIVERED] = {
		"次の宛先にメールを配信しました。\r\n",
		"Your mail was delivered to these recipients.\r\n" },
};

static const char *const reason_ja[] = {
	[DSN_REASON_REFUSED] = "先方のメールサーバーが受け取りを拒否しました",
	[DSN_REASON_EXPIRED] = "期限までに配信できませんでした",
	[DSN_REASON_REJECTED] = "管理者の判断により配信しませんでした",
	[DSN_REASON_WAITING] = "先方のメールサーバーに配信できていません",
	[DSN_REASON_DONE] = "完了しました",
};

static enum err
put_lines(const struct dsn *dsn, struct buf *text)
{
	enum err err = OK;

	for (uint32_t i = 0; i < dsn->recipients_n && err == OK; i++) {
		const struct dsn_recipient *r = &dsn->recipients[i];

		err = buf_add_str(text, "  ");
		if (err == OK)
			err = put_text(text, r->address);
		if (err == OK)
			err = buf_printf(text, "\r\n    %s (%u.%u.%u)\r\n",
			    reason_ja[r->reason], r->status[0], r->status[1],
			    r->status[2]);
	}
	return err;
}

static enum err
write_text(const struct dsn *dsn, struct buf *text)
{
	char receipt[RECEIPT_TEXT_BYTES], date[CLOCK_TEXT_BYTES];
	int gateway_len = (int)dsn->gateway.len;
	const char *gateway = (const char *)dsn->gateway.ptr;
	enum err err;

	receipt_text(dsn->about, receipt);
	clock_rfc3339(dsn->arrival_ms, date, sizeof(date));
	err = buf_printf(text,
	    "このメールは、メール無害化ゲートウェイ %.*s が"
	    "自動的にお送りしています。\r\n\r\n%s\r\n", gateway_len, gateway,
	    opening[dsn->action].ja);
	if (err == OK)
		err = put_lines(dsn, text);
	if (err == OK)
		err = buf_printf(text, "\r\n受付番号: %s\r\n受付日時: %s\r\n"
		    "お問い合わせの際は、受付番号をお知らせください。\r\n"
		    "\r\n--\r\n"
		    "This notice was written by the mail gateway %.*s.\r\n"
		    "%sReceipt number: %s\r\nReceived: %s\r\n", receipt, date,
		    gateway_len, gateway, opening[dsn->action].en, receipt,
		    date);
	return err;
}

static enum err
put_base64(struct buf *out, struct span s)
{
	static const char sign[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	uint8_t *o;
	enum err err;

	for (size_t i = 0; i < s.len; i += BASE64_LINE_BYTES) {
		struct span line = span_sub(s, i, BASE64_LINE_BYTES);
		size_t n = 0;

		err = buf_reserve(out, 80, &o);
		if (err != OK)
			return err;
		for (size_t k = 0; k < line.len; k += 3) {
			uint32_t v = (uint32_t)line.ptr[k] << 16;

			if (k + 1 < line.len)
				v |= (uint32_t)line.ptr[k + 1] << 8;
			if (k + 2 < line.len)
				v |= line.ptr[k + 2];
			o[n++] = (uint8_t)sign[v >> 18];
			o[n++] = (uint8_t)sign[v >> 12 & 63];
			o[n++] = k + 1 < line.len ?
			    (uint8_t)sign[v >> 6 & 63] : '=';
			o[n++] = k + 2 < line.len ?
			    (uint8_t)sign[v & 63] : '=';
		}
		o[n++] = '\r';
		o[n++] = '\n';
		out->len += n;
	}
	return OK;
}

/* ---- the parts ---- */

static enum err
write_header(const struct dsn *dsn, const char *receipt, struct buf *out)
{
	static const char *const subjects[] = {
		[DSN_FAILED] = DSN_SUBJECT_FAILED,
		[DSN_DELAYED] = DSN_SUBJECT_DELAYED,
		[DSN_RELAYED] = DSN_SUBJECT_RELAYED,
		[DSN_DELIVERED] = DSN_SUBJECT_RELAYED,
	};
	char date[CLOCK_TEXT_BYTES];
	enum err err;

	clock_rfc5322(dsn->now_ms, date, sizeof(date));
	err = buf_printf(out, "Date: %s\r\nFrom: <MAILER-DAEMON@%.*s>\r\n",
	    date, (int)dsn->gateway.len, (const char *)dsn->gateway.ptr);
	if (err == OK && is_plain(dsn->sender))
		err = buf_printf(out, "To: <%.*s>\r\n", (int)dsn->sender.len,
		    (const char *)dsn->sender.ptr);
	else if (err == OK)
		err = buf_add_str(out, "To: undisclosed-recipients:;\r\n");
	/* RFC 3834 section 5: so that no robot answers */
	if (err == OK)
		err = buf_printf(out, "Subject: %s\r\n"
		    "Message-ID: <dsn-%s@%.*s>\r\n"
		    "Auto-Submitted: auto-replied\r\n"
		    "MIME-Version: 1.0\r\n"
		    "Content-Type: multipart/report;"
		    " report-type=delivery-status;\r\n"
		    " boundary=\"=_sekisho-dsn-%s\"\r\n",
		    subjects[dsn->action], receipt, (int)dsn->gateway.len,
		    (const char *)dsn->gateway.ptr, receipt);
	return err;
}

static enum err
write_message(const struct dsn *dsn, struct buf *out)
{
	char date[CLOCK_TEXT_BYTES];
	enum err err = OK;

	if (dsn->envid.len > 0) {
		err = buf_add_str(out, "Original-Envelope-Id: ");
		if (err == OK)
			err = put_text(out, dsn->envid);
		if (err == OK)
			err = buf_add_str(out, "\r\n");
	}
	clock_rfc5322(dsn->arrival_ms, date, sizeof(date));
	if (err == OK)
		err = buf_printf(out, "Reporting-MTA: dns; %.*s\r\n"
		    "Arrival-Date: %s\r\n", (int)dsn->gateway.len,
		    (const char *)dsn->gateway.ptr, date);
	return err;
}

/* "rfc822;a@b"; left out when it is not of this form (RFC 3461 4.2). */
static enum err
write_orcpt(struct span orcpt, struct buf *out)
{
	struct span type, rest = orcpt;
	enum err err;

	if (!span_cut(&rest, ';', &type) || type.len == 0 ||
	    type.len > TYPE_BYTES_MAX || rest.len == 0)
		return OK;
	for (size_t i = 0; i < type.len; i++)
		if (!is_alnum(type.ptr[i]) && type.ptr[i] != '-')
			return OK;
	err = buf_printf(out, "Original-Recipient: %.*s; ", (int)type.len,
	    (const char *)type.ptr);
	if (err == OK)
		err = put_text(out, rest);
	if (err == OK)
		err = buf_add_str(out, "\r\n");
	return err;
}

static enum err
write_recipient(const struct dsn *dsn, const struct dsn_recipient *r,
    struct buf *out)
{
	static const char *const actions[] = {
		[DSN_FAILED] = "failed", [DSN_DELAYED] = "delayed",
		[DSN_RELAYED] = "relayed", [DSN_DELIVERED] = "delivered",
	};
	char date[CLOCK_TEXT_BYTES];
	enum err err;

	err = buf_add_str(out, "\r\n");
	if (err == OK)
		err = write_orcpt(r->orcpt, out);
	if (err == OK)
		err = buf_printf(out, "Final-Recipient: %s; ",
		    is_ascii(r->address) ? "rfc822" : "utf-8");
	if (err == OK)
		err = put_text(out, r->address);
	if (err == OK)
		err = buf_printf(out, "\r\nAction: %s\r\n"
		    "Status: %u.%u.%u\r\n", actions[dsn->action],
		    r->status[0], r->status[1], r->status[2]);
	if (err == OK && r->code >= 200 && r->code <= 599)
		err = buf_printf(out, "Diagnostic-Code: smtp; %u %u.%u.%u\r\n",
		    r->code, r->status[0], r->status[1], r->status[2]);
	if (err == OK && dsn->action == DSN_DELAYED) {
		clock_rfc5322(dsn->retry_until_ms, date, sizeof(date));
		err = buf_printf(out, "Will-Retry-Until: %s\r\n", date);
	}
	return err;
}

static bool
is_status(const struct dsn_recipient *r)
{
	return (r->status[0] == 2 || r->status[0] == 4 ||
	    r->status[0] == 5) && r->status[1] <= 999 && r->status[2] <= 999;
}

enum err
dsn_write(const struct dsn *dsn, struct buf *out)
{
	char receipt[RECEIPT_TEXT_BYTES];
	struct buf text;
	enum err err;

	if (dsn->recipients_n == 0 || dsn->recipients_n > RECIPIENTS_MAX ||
	    dsn->sender.len == 0 || !is_domain(dsn->gateway))
		return ERR_INPUT;
	for (uint32_t i = 0; i < dsn->recipients_n; i++)
		if (!is_status(&dsn->recipients[i]))
			return ERR_INPUT;
	receipt_text(dsn->id, receipt);
	buf_init(&text, TEXT_BYTES_MAX);
	err = write_text(dsn, &text);
	if (err == OK)
		err = write_header(dsn, receipt, out);
	if (err == OK)
		err = buf_printf(out, "\r\n--=_sekisho-dsn-%s\r\n"
		    "Content-Type: text/plain; charset=utf-8\r\n"
		    "Content-Transfer-Encoding: base64\r\n\r\n", receipt);
	if (err == OK)
		err = put_base64(out, buf_span(&text));
	if (err == OK)
		err = buf_printf(out, "--=_sekisho-dsn-%s\r\n"
		    "Content-Type: message/delivery-status\r\n\r\n", receipt);
	if (err == OK)
		err = write_message(dsn, out);
	for (uint32_t i = 0; i < dsn->recipients_n && err == OK; i++)
		err = write_recipient(dsn, &dsn->recipients[i], out);
	if (err == OK)
		err = buf_printf(out, "--=_sekisho-dsn-%s--\r\n", receipt);
	buf_fini(&text);
	return err;
}
