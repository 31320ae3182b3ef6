/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SPOOL_FILE_H
#define SEKISHO_SPOOL_FILE_H

#include "spool_record.h"

/*
 * One mail is one file. Numbers are little-endian; what is not named is 0.
 *
 *	0	header, 256 bytes: see spool_file.c
 *	256	envelope (envelope_encode)
 *	S	status area, S a multiple of 256:
 *		S+0	status, first copy, 256 bytes
 *		S+256	status, second copy
 *		S+512	commit, 64 bytes: how long the original is
 *		S+576	one slot of 64 bytes per recipient: 32 bytes for the
 *			result, 32 bytes for "the sender was told"
 *	B	the original, B = S + 576 + 64 * recipients
 *
 * Header and envelope never change and share a checksum. All of the status
 * area is 0 at first and is written in place; each piece has a checksum of
 * its own and never crosses a sector of 512 bytes. A result is written once.
 * The two copies of the status are written in turns: when a power cut tears
 * one, the one before it counts.
 * Bytes behind the length that the commit names do not belong to the mail.
 */
#define SPOOL_FILE_HEADER_BYTES	256
#define SPOOL_FILE_STATUS_BYTES	256
#define SPOOL_FILE_COMMIT_BYTES	64
#define SPOOL_FILE_SLOT_BYTES	64
#define SPOOL_ROUTE_BYTES_MAX	63
#define SPOOL_TEXT_BYTES_MAX	199
#define SPOOL_ENVELOPE_BYTES_MAX (64 * 1024)
#define SPOOL_FILE_FRONT_BYTES_MAX (SPOOL_FILE_HEADER_BYTES + \
	SPOOL_ENVELOPE_BYTES_MAX + SPOOL_FILE_STATUS_BYTES * 4 + \
	SPOOL_FILE_SLOT_BYTES * ENVELOPE_RECIPIENTS_MAX)

enum spool_kind {
	SPOOL_MAIL = 1,		/* hostile: is sanitized */
	SPOOL_DSN		/* a notification of our own */
};

enum spool_result_state {
	SPOOL_PENDING = 0,
	SPOOL_DELIVERED,
	SPOOL_REFUSED,		/* by the next hop */
	SPOOL_EXPIRED,
	SPOOL_REJECTED,		/* by an administrator, with a notification */
	SPOOL_DROPPED		/* by an administrator, without */
};

/* What became of one recipient. */
struct spool_result {
	uint8_t		state;		/* enum spool_result_state */
	bool		maildir;	/* delivered into a final store */
	bool		passed;		/* the next hop does what NOTIFY asks */
	uint16_t	code;		/* reply code, 0: none */
	uint16_t	status[3];	/* RFC 3463 */
	uint64_t	time_ms;	/* wall */
	uint64_t	told_id;	/* notification that said so; 0: none */
};

#define SPOOL_FLAG_DELAY_TOLD	1u	/* the delay warning was sent */
#define SPOOL_FLAG_RELEASED	2u	/* an administrator released it */

/* What may change often, of the mail as a whole. */
struct spool_status {
	uint64_t	sequence;	/* 0: never written */
	uint64_t	attempt_ms;	/* last one, wall */
	uint32_t	attempts;
	uint32_t	flags;
	uint32_t	crashes;	/* a peer died while it had this mail */
	char		text[SPOOL_TEXT_BYTES_MAX + 1];	/* reason or error */
};

/* A file, decoded. Spans of the envelope point into the bytes read. */
struct spool_file {
	uint64_t	id;
	uint64_t	received_ms;	/* wall */
	uint64_t	about;		/* SPOOL_DSN: the mail it is about */
	enum spool_kind	kind;
	char		route[SPOOL_ROUTE_BYTES_MAX + 1];
	uint32_t	status_offset;
	uint32_t	body_offset;
	bool		committed;
	uint64_t	body_bytes;	/* 0 until committed */
	struct spool_status status;
	struct spool_result results[ENVELOPE_RECIPIENTS_MAX];
	struct span	envelope_bytes;
	struct envelope	envelope;
};

/*
 * The front of a new file up to the original, with an empty status area.
 * envelope is what envelope_encode() made; of file only id, received_ms,
 * about, kind and route are read; status_offset, body_offset and
 * envelope (decoded from the bytes) are set.
 * ERR_INPUT: not an envelope, or no route name. ERR_LIMIT: too long.
 */
enum err spool_file_front(struct spool_file *file, struct span envelope,
    struct buf *out) MUST_CHECK;

/*
 * How many bytes the front of a file has, judging by its header. ERR_INPUT:
 * shorter than a header, or not one.
 */
enum err spool_file_front_bytes(struct span start, size_t *bytes,
    struct diag *diag) MUST_CHECK;

/*
 * Read the front. front: exactly as many bytes as spool_file_front_bytes()
 * says; file_bytes: length of the whole file. ERR_INPUT: damaged, see diag.
 */
enum err spool_file_decode(struct span front, uint64_t file_bytes,
    struct spool_file *file, struct diag *diag) MUST_CHECK;

/* The pieces of the status area: bytes, and where they go in the file. */
uint64_t spool_file_put_commit(uint64_t id, uint32_t status_at,
    uint64_t body_bytes, uint8_t out[SPOOL_FILE_COMMIT_BYTES]);
/* Raises status.sequence and picks the copy by it. */
uint64_t spool_file_put_status(struct spool_file *file,
    uint8_t out[SPOOL_FILE_STATUS_BYTES]);
uint64_t spool_file_put_slot(const struct spool_file *file, uint32_t i,
    uint8_t out[SPOOL_FILE_SLOT_BYTES]);

/* How many recipients wait for a result. */
uint32_t spool_file_pending(const struct spool_file *file);

#endif
