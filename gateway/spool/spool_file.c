/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The format of a spool file: front (header, envelope, status area) and
 * original. A file is never trusted: every offset is computed anew and must
 * be what the file says, every checksum must fit, what is to be 0 must be 0.
 * Reading and writing of files, and what a state means, is spool_store.c.
 */
#include <stdio.h>
#include <string.h>

#include "spool_file.h"

/*
 * Header:
 *	0	"SEKISHO" 0x1a		8	version
 *	12	kind			16	id
 *	24	received_ms		32	about
 *	40	status offset		44	original's offset
 *	48	bytes of envelope	52	recipients
 *	56	bytes of route name	64	route name
 *	248	checksum of bytes 0-247 and the envelope
 */
#define VERSION		1
#define AT_VERSION	8
#define AT_KIND		12
#define AT_ID		16
#define AT_RECEIVED	24
#define AT_ABOUT	32
#define AT_STATUS	40
#define AT_BODY		44
#define AT_ENVELOPE	48
#define AT_RECIPIENTS	52
#define AT_ROUTE_LEN	56
#define AT_ROUTE	64
#define AT_CHECKSUM	248

/* status area: copies of the status, commit, slots */
#define STATUS_COMMIT	(2 * SPOOL_FILE_STATUS_BYTES)
#define STATUS_SLOTS	(STATUS_COMMIT + SPOOL_FILE_COMMIT_BYTES)
#define HALF_BYTES	(SPOOL_FILE_SLOT_BYTES / 2)
#define STATUS_TEXT	40
#define RESULT_MAILDIR	1
#define RESULT_PASSED	2

static const uint8_t magic[8] = { 'S', 'E', 'K', 'I', 'S', 'H', 'O', 0x1a };

/* FNV-1a, 64 bits: against decay and torn writes, not against people. */
#define FNV_START	UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME	UINT64_C(0x100000001b3)

static uint64_t
checksum(uint64_t sum, struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		sum = (sum ^ s.ptr[i]) * FNV_PRIME;
	return sum;
}

static void
put(uint8_t *at, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		at[i] = (uint8_t)(v >> (8 * i));
}

static uint64_t
get(const uint8_t *at, unsigned bytes)
{
	uint64_t v = 0;

	for (unsigned i = bytes; i > 0; i--)
		v = v << 8 | at[i - 1];
	return v;
}

static bool
is_zero(const uint8_t *at, size_t len)
{
	uint8_t any = 0;

	for (size_t i = 0; i < len; i++)
		any |= at[i];
	return any == 0;
}

/* Close a piece: the checksum covers the mail's id and the place, too. */
static uint64_t
piece_sum(uint64_t id, uint64_t offset, const uint8_t *piece, size_t len)
{
	uint8_t place[16];

	put(place, id, 8);
	put(place + 8, offset, 8);
	return checksum(checksum(FNV_START, (struct span){ place, 16 }),
	    (struct span){ piece, len - 8 });
}

static void
piece_close(uint64_t id, uint64_t offset, uint8_t *piece, size_t len)
{
	put(piece + len - 8, piece_sum(id, offset, piece, len), 8);
}

static bool
piece_is_good(uint64_t id, uint64_t offset, const uint8_t *piece, size_t len)
{
	return get(piece + len - 8, 8) == piece_sum(id, offset, piece, len);
}

static uint32_t
status_offset(size_t envelope_bytes)
{
	size_t end = SPOOL_FILE_HEADER_BYTES + envelope_bytes;

	return (uint32_t)((end + 255) / 256 * 256);
}

static uint32_t
body_offset(size_t envelope_bytes, uint32_t recipients_n)
{
	return status_offset(envelope_bytes) + STATUS_SLOTS +
	    recipients_n * SPOOL_FILE_SLOT_BYTES;
}

/* ---- a new file ---- */

enum err
spool_file_front(struct spool_file *file, struct span envelope,
    struct buf *out)
{
	size_t route_len = strlen(file->route), front;
	uint8_t *h;
	enum err err;

	if (envelope.len > SPOOL_ENVELOPE_BYTES_MAX)
		return ERR_LIMIT;
	err = envelope_decode(envelope, &file->envelope);
	if (err != OK)
		return err;
	if (route_len == 0)
		return ERR_INPUT;
	file->status_offset = status_offset(envelope.len);
	file->body_offset = body_offset(envelope.len,
	    file->envelope.recipients_n);
	front = file->body_offset;
	err = buf_reserve(out, front, &h);
	if (err != OK)
		return err;
	memset(h, 0, front);
	memcpy(h, magic, sizeof(magic));
	put(h + AT_VERSION, VERSION, 4);
	put(h + AT_KIND, file->kind, 4);
	put(h + AT_ID, file->id, 8);
	put(h + AT_RECEIVED, file->received_ms, 8);
	put(h + AT_ABOUT, file->about, 8);
	put(h + AT_STATUS, file->status_offset, 4);
	put(h + AT_BODY, file->body_offset, 4);
	put(h + AT_ENVELOPE, envelope.len, 4);
	put(h + AT_RECIPIENTS, file->envelope.recipients_n, 4);
	put(h + AT_ROUTE_LEN, route_len, 4);
	memcpy(h + AT_ROUTE, file->route, route_len);
	memcpy(h + SPOOL_FILE_HEADER_BYTES, envelope.ptr, envelope.len);
	put(h + AT_CHECKSUM, checksum(checksum(FNV_START,
	    (struct span){ h, AT_CHECKSUM }), envelope), 8);
	out->len += front;
	return OK;
}

/* ---- reading ---- */

enum err
spool_file_front_bytes(struct span start, size_t *bytes, struct diag *diag)
{
	const uint8_t *h = start.ptr;
	uint64_t envelope_bytes, recipients_n;

	if (start.len < SPOOL_FILE_HEADER_BYTES)
		return diag_set(diag, ERR_INPUT, "shorter than a header");
	if (memcmp(h, magic, sizeof(magic)) != 0)
		return diag_set(diag, ERR_INPUT, "not a spool file");
	if (get(h + AT_VERSION, 4) != VERSION)
		return diag_set(diag, ERR_INPUT, "of another version");
	envelope_bytes = get(h + AT_ENVELOPE, 4);
	recipients_n = get(h + AT_RECIPIENTS, 4);
	if (envelope_bytes > SPOOL_ENVELOPE_BYTES_MAX ||
	    recipients_n > ENVELOPE_RECIPIENTS_MAX)
		return diag_set(diag, ERR_INPUT, "bad length in the header");
	*bytes = body_offset((size_t)envelope_bytes, (uint32_t)recipients_n);
	return OK;
}

static bool
route_is_good(const uint8_t *h, size_t len)
{
	if (len == 0 || len > SPOOL_ROUTE_BYTES_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if (h[AT_ROUTE + i] <= 0x20 || h[AT_ROUTE + i] == 0x7f)
			return false;
	return true;
}

static enum err
decode_header(const uint8_t *h, size_t front, struct spool_file *file,
    struct diag *diag)
{
	size_t envelope_bytes = get(h + AT_ENVELOPE, 4);
	size_t route_len = get(h + AT_ROUTE_LEN, 4);
	struct span envelope = { h + SPOOL_FILE_HEADER_BYTES, envelope_bytes };

	if (get(h + AT_CHECKSUM, 8) != checksum(checksum(FNV_START,
	    (struct span){ h, AT_CHECKSUM }), envelope))
		return diag_set(diag, ERR_INPUT, "checksum of the header");
	file->id = get(h + AT_ID, 8);
	file->received_ms = get(h + AT_RECEIVED, 8);
	file->about = get(h + AT_ABOUT, 8);
	file->status_offset = status_offset(envelope_bytes);
	file->body_offset = (uint32_t)front;
	if (get(h + AT_KIND, 4) != SPOOL_MAIL && get(h + AT_KIND, 4) !=
	    SPOOL_DSN)
		return diag_set(diag, ERR_INPUT, "no such kind");
	file->kind = (enum spool_kind)get(h + AT_KIND, 4);
	if (file->id == 0 || get(h + AT_STATUS, 4) != file->status_offset ||
	    get(h + AT_BODY, 4) != file->body_offset)
		return diag_set(diag, ERR_INPUT, "bad offset in the header");
	if (!is_zero(envelope.ptr + envelope.len, file->status_offset -
	    SPOOL_FILE_HEADER_BYTES - envelope.len))
		return diag_set(diag, ERR_INPUT, "something in a gap");
	if (!route_is_good(h, route_len))
		return diag_set(diag, ERR_INPUT, "bad route name");
	memcpy(file->route, h + AT_ROUTE, route_len);
	file->envelope_bytes = envelope;
	if (envelope_decode(envelope, &file->envelope) != OK ||
	    file->envelope.recipients_n != get(h + AT_RECIPIENTS, 4))
		return diag_set(diag, ERR_INPUT, "not an envelope");
	return OK;
}

/*
 * One copy of the status. sequence 0: there is none (all zero). False: torn
 * or decayed.
 */
static bool
decode_status(const struct spool_file *file, uint64_t offset,
    const uint8_t *p, struct spool_status *status)
{
	size_t len = get(p + 32, 4);

	memset(status, 0, sizeof(*status));
	if (is_zero(p, SPOOL_FILE_STATUS_BYTES))
		return true;
	if (!piece_is_good(file->id, offset, p, SPOOL_FILE_STATUS_BYTES) ||
	    len > SPOOL_TEXT_BYTES_MAX)
		return false;
	status->sequence = get(p, 8);
	status->attempt_ms = get(p + 8, 8);
	status->attempts = (uint32_t)get(p + 16, 4);
	status->flags = (uint32_t)get(p + 20, 4);
	status->crashes = (uint32_t)get(p + 24, 4);
	memcpy(status->text, p + STATUS_TEXT, len);
	return status->sequence != 0;
}

/*
 * The newer good copy counts. One bad copy is what a power cut leaves while
 * the other holds; two bad ones are decay.
 */
static enum err
decode_statuses(const uint8_t *h, struct spool_file *file, struct diag *diag)
{
	struct spool_status other;
	uint64_t first = file->status_offset;
	uint64_t second = first + SPOOL_FILE_STATUS_BYTES;
	bool good, other_good;

	good = decode_status(file, first, h + first, &file->status);
	other_good = decode_status(file, second, h + second, &other);
	if (!good && !other_good)
		return diag_set(diag, ERR_INPUT, "checksum of the status");
	if (!good || (other_good && other.sequence > file->status.sequence))
		file->status = other;
	return OK;
}

static enum err
decode_commit(const uint8_t *h, uint64_t file_bytes, struct spool_file *file,
    struct diag *diag)
{
	uint64_t offset = file->status_offset + STATUS_COMMIT;
	const uint8_t *p = h + offset;

	if (is_zero(p, SPOOL_FILE_COMMIT_BYTES))
		return OK;
	if (!piece_is_good(file->id, offset, p, SPOOL_FILE_COMMIT_BYTES))
		return diag_set(diag, ERR_INPUT, "checksum of the commit");
	file->body_bytes = get(p, 8);
	if (file_bytes < file->body_offset ||
	    file->body_bytes > file_bytes - file->body_offset)
		return diag_set(diag, ERR_INPUT, "shorter than its length");
	file->committed = true;
	return OK;
}

static bool
decode_slot(const struct spool_file *file, uint64_t offset, const uint8_t *p,
    struct spool_result *result)
{
	const uint8_t *told = p + HALF_BYTES;

	if (!is_zero(p, HALF_BYTES)) {
		if (!piece_is_good(file->id, offset, p, HALF_BYTES))
			return false;
		result->state = p[0];
		result->maildir = p[1] == RESULT_MAILDIR;
		result->passed = p[1] == RESULT_PASSED;
		result->code = (uint16_t)get(p + 2, 2);
		for (int i = 0; i < 3; i++)
			result->status[i] = (uint16_t)get(p + 4 + 2 * i, 2);
		result->time_ms = get(p + 16, 8);
		if (result->state == SPOOL_PENDING ||
		    result->state > SPOOL_DROPPED || p[1] > RESULT_PASSED)
			return false;
	}
	if (!is_zero(told, HALF_BYTES)) {
		if (!piece_is_good(file->id, offset + HALF_BYTES, told,
		    HALF_BYTES))
			return false;
		result->told_id = get(told, 8);
	}
	return true;
}

enum err
spool_file_decode(struct span front, uint64_t file_bytes,
    struct spool_file *file, struct diag *diag)
{
	size_t need = 0;
	enum err err;

	memset(file, 0, offsetof(struct spool_file, envelope));
	err = spool_file_front_bytes(front, &need, diag);
	if (err == OK && front.len != need)
		err = diag_set(diag, ERR_INPUT, "shorter than its front");
	if (err == OK)
		err = decode_header(front.ptr, front.len, file, diag);
	if (err == OK)
		err = decode_statuses(front.ptr, file, diag);
	if (err == OK)
		err = decode_commit(front.ptr, file_bytes, file, diag);
	for (uint32_t i = 0; err == OK && i < file->envelope.recipients_n;
	    i++) {
		uint64_t offset = file->status_offset + STATUS_SLOTS +
		    i * SPOOL_FILE_SLOT_BYTES;

		if (!decode_slot(file, offset, front.ptr + offset,
		    &file->results[i]))
			err = diag_set(diag, ERR_INPUT,
			    "checksum of recipient %u", (unsigned)i + 1);
	}
	return err;
}

/* ---- writing in place ---- */

uint64_t
spool_file_put_commit(uint64_t id, uint32_t status_at, uint64_t body_bytes,
    uint8_t out[SPOOL_FILE_COMMIT_BYTES])
{
	uint64_t offset = (uint64_t)status_at + STATUS_COMMIT;

	memset(out, 0, SPOOL_FILE_COMMIT_BYTES);
	put(out, body_bytes, 8);
	piece_close(id, offset, out, SPOOL_FILE_COMMIT_BYTES);
	return offset;
}

uint64_t
spool_file_put_status(struct spool_file *file,
    uint8_t out[SPOOL_FILE_STATUS_BYTES])
{
	struct spool_status *status = &file->status;
	size_t len = strnlen(status->text, SPOOL_TEXT_BYTES_MAX);
	uint64_t offset;

	status->sequence++;
	offset = file->status_offset +
	    (status->sequence & 1) * SPOOL_FILE_STATUS_BYTES;
	memset(out, 0, SPOOL_FILE_STATUS_BYTES);
	put(out, status->sequence, 8);
	put(out + 8, status->attempt_ms, 8);
	put(out + 16, status->attempts, 4);
	put(out + 20, status->flags, 4);
	put(out + 24, status->crashes, 4);
	put(out + 32, len, 4);
	memcpy(out + STATUS_TEXT, status->text, len);
	piece_close(file->id, offset, out, SPOOL_FILE_STATUS_BYTES);
	return offset;
}

uint64_t
spool_file_put_slot(const struct spool_file *file, uint32_t i,
    uint8_t out[SPOOL_FILE_SLOT_BYTES])
{
	const struct spool_result *result = &file->results[i];
	uint64_t offset = file->status_offset + STATUS_SLOTS +
	    (uint64_t)i * SPOOL_FILE_SLOT_BYTES;
	uint8_t *told = out + HALF_BYTES;

	memset(out, 0, SPOOL_FILE_SLOT_BYTES);
	if (result->state != SPOOL_PENDING) {
		out[0] = result->state;
		out[1] = result->maildir ? RESULT_MAILDIR : result->passed ?
		    RESULT_PASSED : 0;
		put(out + 2, result->code, 2);
		for (unsigned k = 0; k < 3; k++)
			put(out + 4 + 2 * k, result->status[k], 2);
		put(out + 16, result->time_ms, 8);
		piece_close(file->id, offset, out, HALF_BYTES);
	}
	if (result->told_id != 0) {
		put(told, result->told_id, 8);
		piece_close(file->id, offset + HALF_BYTES, told, HALF_BYTES);
	}
	return offset;
}

uint32_t
spool_file_pending(const struct spool_file *file)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < file->envelope.recipients_n; i++)
		n += file->results[i].state == SPOOL_PENDING;
	return n;
}
