/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The decoder of spool files. Checksums would stop every mutation at the
 * door, so the first byte says which of them are made right again; what then
 * decodes must be within its limits, also when it is written in place.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../../gateway/spool/spool_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FNV_START	UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME	UINT64_C(0x100000001b3)

static uint64_t
sum_add(uint64_t sum, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		sum = (sum ^ p[i]) * FNV_PRIME;
	return sum;
}

static void
put_u64(uint8_t *p, uint64_t v)
{
	for (int i = 0; i < 8; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

static uint32_t
get_u32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	    (uint32_t)p[3] << 24;
}

static void
repair_piece(uint8_t *file, uint64_t offset, size_t len)
{
	uint8_t place[16];

	memcpy(place, file + 16, 8);
	put_u64(place + 8, offset);
	put_u64(file + offset + len - 8, sum_add(sum_add(FNV_START, place,
	    16), file + offset, len - 8));
}

static void
repair(uint8_t *file, size_t front, uint8_t which)
{
	uint32_t envelope_bytes = get_u32(file + 48);
	uint64_t status = (SPOOL_FILE_HEADER_BYTES + envelope_bytes + 255u) /
	    256 * 256;

	if ((which & 1) != 0)
		put_u64(file + 248, sum_add(sum_add(FNV_START, file, 248),
		    file + SPOOL_FILE_HEADER_BYTES, envelope_bytes));
	if ((which & 2) != 0)
		repair_piece(file, status, SPOOL_FILE_STATUS_BYTES);
	if ((which & 4) != 0)
		repair_piece(file, status + 256, SPOOL_FILE_STATUS_BYTES);
	if ((which & 8) != 0)
		repair_piece(file, status + 512, SPOOL_FILE_COMMIT_BYTES);
	for (uint64_t at = status + 576; at < front; at += 32)
		if ((which & 16) != 0)
			repair_piece(file, at, 32);
}

static void
use(struct spool_file *file, uint64_t file_bytes)
{
	uint8_t piece[SPOOL_FILE_STATUS_BYTES];

	if (file->id == 0 || file->route[0] == '\0' ||
	    file->envelope.recipients_n == 0 ||
	    file->envelope.recipients_n > ENVELOPE_RECIPIENTS_MAX ||
	    file->body_bytes > file_bytes - file->body_offset ||
	    spool_file_pending(file) > file->envelope.recipients_n ||
	    memchr(file->status.text, '\0', sizeof(file->status.text)) ==
	    NULL)
		abort();
	if (spool_file_put_status(file, piece) + sizeof(piece) >
	    file->body_offset)
		abort();
	for (uint32_t i = 0; i < file->envelope.recipients_n; i++)
		if (spool_file_put_slot(file, i, piece) +
		    SPOOL_FILE_SLOT_BYTES > file->body_offset)
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct spool_file file;
	size_t need;
	uint8_t *copy;

	if (size < 1 || spool_file_front_bytes((struct span){ data + 1,
	    size - 1 }, &need, NULL) != OK || need > size - 1)
		return 0;
	copy = malloc(need);
	if (copy == NULL)
		return 0;
	memcpy(copy, data + 1, need);
	repair(copy, need, data[0]);
	if (spool_file_decode((struct span){ copy, need }, size - 1, &file,
	    NULL) == OK)
		use(&file, size - 1);
	free(copy);
	return 0;
}
