/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_INSPECT_LIMITS_H
#define SEKISHO_INSPECT_LIMITS_H

#define INSPECT_BYTES_MAX	16384	/* looked at, of each direction */
#define INSPECT_HELD_MAX	128	/* packets of a direction in hold */

#define INSPECT_NAME_BYTES_MAX	253	/* RFC 1035 2.3.4, without its ends */
#define INSPECT_TLS_EXTENSIONS_MAX 64
#define INSPECT_TLS_SESSION_MAX	32	/* RFC 8446 4.1.2 */
#define INSPECT_SSH_LINES_MAX	10	/* before the server's banner */
#define INSPECT_SSH_LINES_BYTES_MAX 1024
#define INSPECT_SSH_BANNER_MAX	255	/* RFC 4253 4.2, with CR LF */
#define INSPECT_SMTP_REPLY_MAX	512	/* RFC 5321 4.5.3.1.5, with CRLF */
#define INSPECT_SMTP_COMMAND_MAX 512	/* RFC 5321 4.5.3.1.4, with CRLF */
#define INSPECT_SMTP_LINES_MAX	16	/* of a greeting */
#define INSPECT_DNS_IDS_MAX	32	/* questions of a flow without answer */
#define INSPECT_DNS_ADDITIONAL_MAX 2	/* EDNS, and a signature */

#endif
