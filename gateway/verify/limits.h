/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_VERIFY_LIMITS_H
#define SEKISHO_VERIFY_LIMITS_H

/* The verifier's own figures, on purpose not those of the sanitizer. */
#define VERIFY_BYTES_MAX		(150u * 1024 * 1024)
#define VERIFY_WINDOW_BYTES		(64u * 1024)
#define VERIFY_LINE_BYTES_MAX		998
#define VERIFY_FOLD_BYTES		76	/* of a line with two tokens */
#define VERIFY_VALUE_BYTES_MAX		(512u * 1024)	/* of a field */
#define VERIFY_DEPTH_MAX		8	/* the mail itself is 0 */
#define VERIFY_PARTS_MAX		500	/* in all depths together */
#define VERIFY_NAME_BYTES_MAX		200	/* of a file */

/* Received fields of earlier hops; mailboxes; ids; URIs: of one field */
#define VERIFY_HOPS_MAX			100
#define VERIFY_MAILBOXES_MAX		1000
#define VERIFY_IDS_MAX			100
#define VERIFY_URIS_MAX			10

/* an encoded word: bytes of UTF-8 in it */
#define VERIFY_WORD_BYTES_MAX		39

/* pictures: a side, the area, and the bytes a file may have beside it */
#define VERIFY_SIDE_MAX			30000
#define VERIFY_PIXELS_MAX		100000000

/* archives and office files: entries, bytes of one, of all, of a name and of
 * the directory (2,000 names of 200 bytes) */
#define VERIFY_ZIP_ENTRIES_MAX		2000
#define VERIFY_ZIP_ENTRY_BYTES_MAX	(256u * 1024 * 1024)
#define VERIFY_ZIP_BYTES_MAX		(512u * 1024 * 1024)
#define VERIFY_ZIP_NAME_BYTES_MAX	1024
#define VERIFY_ZIP_TAIL_BYTES_MAX	(512u * 1024)

/* PDF: pages, objects, bytes of a value, values in each other, a side of a
 * page in points; of one stream and of all, decoded; of content: bytes
 * of one stream and of all, operators, and levels of q */
#define VERIFY_PDF_PAGES_MAX		2000
#define VERIFY_PDF_OBJECTS_MAX		200000
#define VERIFY_PDF_VALUE_BYTES_MAX	(1024u * 1024)
#define VERIFY_PDF_DEPTH_MAX		16
#define VERIFY_PDF_POINTS_MAX		14400
#define VERIFY_PDF_STREAM_BYTES_MAX	(256u * 1024 * 1024)
#define VERIFY_PDF_BYTES_MAX		(UINT64_C(4096) * 1024 * 1024)
#define VERIFY_PDF_CONTENT_BYTES_MAX	(64u * 1024 * 1024)
#define VERIFY_PDF_CONTENTS_BYTES_MAX	(256u * 1024 * 1024)
#define VERIFY_PDF_OPERATORS_MAX	8000000
#define VERIFY_PDF_STATES_MAX		512
#define VERIFY_PDF_FUNCTION_BYTES_MAX	4096

/* status notifications */
#define VERIFY_DSN_BYTES_MAX		(512u * 1024)
#define VERIFY_DSN_RECIPIENTS_MAX	100

/* daemon: address space of parent and child; children at a time, mails that
 * wait, time for one */
#define VERIFY_MEMORY_BYTES		(64u * 1024 * 1024)
#define VERIFY_CHILDREN_MAX		4
#define VERIFY_WAITING_MAX		1024
#define VERIFY_TIMEOUT_MS		60000

#endif
