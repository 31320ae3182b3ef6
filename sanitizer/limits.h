/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_LIMITS_H
#define SEKISHO_SANITIZER_LIMITS_H

/* Reaching one is ERR_LIMIT (the mail is held), never truncation. */
#define MIME_HEADER_BYTES_MAX		(256 * 1024)
#define MIME_FIELD_BYTES_MAX		(32 * 1024)
#define MIME_FIELDS_MAX			1000
#define MIME_PARAMETERS_MAX		64	/* a field */
#define MIME_SECTIONS_MAX		100	/* RFC 2231 */
#define MIME_BOUNDARY_BYTES_MAX		200
#define MIME_PARTS_MAX			500
#define MIME_DEPTH_MAX			16
#define MIME_BYTES_MAX			(100u * 1024 * 1024)

/* Over all kinds of nesting together: mail in zip in mail counts. */
#define NESTING_DEPTH_MAX		8
#define LEAVES_MAX			500
#define EXPANDED_BYTES_MAX		(300u * 1024 * 1024)
#define ARENA_BYTES_MAX			(32u * 1024 * 1024)

/* More than this many kinds of mime_flag: the mail is held. */
#define AMBIGUITY_KINDS_MAX		3

#endif
