/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_AUDIT_LIMITS_H
#define SEKISHO_AUDIT_LIMITS_H

#define AUDIT_LINE_BYTES_MAX	(8u * 1024 * 1024)
#define AUDIT_DEPTH_MAX		24	/* of JSON */
#define AUDIT_NAME_BYTES	64
#define AUDIT_FILES_MAX		100000
#define AUDIT_FILE_BYTES_MAX	(256ull * 1024 * 1024)
/* Records that wait for one sync together. */
#define AUDIT_GROUP_BYTES_MAX	(32u * 1024 * 1024)
#define AUDIT_SEAL_BYTES_MAX	1024

#endif
