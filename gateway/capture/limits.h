/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_CAPTURE_LIMITS_H
#define SEKISHO_CAPTURE_LIMITS_H

/* Of a packet, from its IP header on; of a line of an index or record. */
#define CAPTURE_PACKET_BYTES	512
#define CAPTURE_LINE_BYTES_MAX	8192
#define CAPTURE_BATCH_BYTES_MAX	(4u * 1024 * 1024)

/* One file (with its index), all of a family, and how many there may be. */
#define CAPTURE_FILE_BYTES_MAX	(8ul * 1024 * 1024)
#define CAPTURE_TOTAL_BYTES_MAX	(64ul * 1024 * 1024)
#define CAPTURE_FILES_MAX	1000
#define CAPTURE_NAME_BYTES	64

#endif
