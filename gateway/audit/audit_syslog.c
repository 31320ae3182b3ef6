/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audit_syslog.h"

#include <inttypes.h>

#define FACILITY	13u
#define BOM		"\xef\xbb\xbf"
#define HEAD_BYTES_MAX	1024

enum severity { ERROR = 3, WARNING = 4, NOTICE = 5, INFORMATION = 6 };

static unsigned
severity(struct span type)
{
	static const struct {
		enum audit_type	type;
		enum severity	severity;
	} rows[] = {
		{ AUDIT_CRASH, ERROR }, { AUDIT_LOG, ERROR },
		{ AUDIT_ENGINE, WARNING }, { AUDIT_CLOCK, WARNING },
		{ AUDIT_REFUSED, WARNING }, { AUDIT_SCAN, WARNING },
		{ AUDIT_MAIL, INFORMATION }, { AUDIT_FLOW, INFORMATION },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (span_equal(type, span_str(audit_type_name(rows[i].type))))
			return rows[i].severity;
	return NOTICE;
}

/* One word of the head: of a damaged log it may be anything. */
static struct span
word(struct span s, size_t max)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] <= ' ' || s.ptr[i] > '~')
			return SPAN("-");
	return s.len == 0 || s.len > max ? SPAN("-") : s;
}

enum err
audit_syslog_frame(const struct audit_syslog *syslog, struct span line,
    const struct audit_line *record, struct buf *out)
{
	struct span time = word(record->time, 32);
	struct span type = word(record->type, 32);
	struct span text = span_sub(line, 0, line.len - 1);
	uint8_t hash[DIGEST_BYTES];
	char hex[DIGEST_HEX_BYTES];
	size_t before = out->len;
	struct buf head;
	enum err err;

	digest_span(line, hash);
	digest_hex(hash, hex);
	buf_init(&head, HEAD_BYTES_MAX);
	err = buf_printf(&head, "<%u>1 %.*s %s sekisho %u %.*s "
	    "[sekisho@8072.9999.9999 seq=\"%" PRIu64 "\" hash=\"%s\"] " BOM,
	    FACILITY * 8 + severity(record->type), (int)time.len,
	    (const char *)time.ptr, syslog->host, syslog->pid, (int)type.len,
	    (const char *)type.ptr, record->seq, hex);
	if (err == OK)
		err = buf_printf(out, "%zu ", head.len + text.len);
	if (err == OK)
		err = buf_add(out, buf_span(&head));
	if (err == OK)
		err = buf_add(out, text);
	if (err != OK)
		buf_truncate(out, before);
	buf_fini(&head);
	return err;
}
