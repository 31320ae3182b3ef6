/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_AUDIT_SYSLOG_H
#define SEKISHO_AUDIT_SYSLOG_H

#include "audit_record.h"

/*
 * A record as a message of syslog (RFC 5424), framed by the count of its
 * octets (RFC 6587 3.4.1):
 *
 *	LEN <PRI>1 TIME HOST sekisho PID TYPE
 *	    [sekisho@8072.9999.9999 seq="7" hash="HEX"] BOM{"seq":7,...}
 *
 * The facility is 13, log audit; the severity is by the type. hash is the
 * SHA-256 of the line with its newline, which is prev of the next one: the
 * receiver can check the chain. The enterprise number is that of the MIB.
 */
#define AUDIT_SYSLOG_HOST_BYTES	256
#define AUDIT_SYSLOG_BYTES_MAX	(AUDIT_LINE_BYTES_MAX + 1024)

struct audit_syslog {
	char		host[AUDIT_SYSLOG_HOST_BYTES];
	unsigned	pid;
};

/* line: of the log, with its newline; record: what audit_line_read() said. */
enum err audit_syslog_frame(const struct audit_syslog *syslog,
    struct span line, const struct audit_line *record, struct buf *out)
    MUST_CHECK;

#endif
