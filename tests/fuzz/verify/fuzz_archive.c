/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An archive in two splits: the answer is the same. Then the input as
 * deflated data of an entry: what we take has the length and the CRC that
 * zlib makes of it; and as the content of a stored text.
 */
#include <stdlib.h>

#include "../../../gateway/verify/verify_archive.h"
#include "../../unit/verify/safe_zip.h"

#define OUT_BYTES_MAX	(1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t theirs[OUT_BYTES_MAX];

static bool
judge_archive(const uint8_t *data, size_t size, size_t step)
{
	static struct archive archive;
	struct span s = { data, size };

	archive_init(&archive);
	for (; s.len > 0; s = span_sub(s, step, s.len))
		if (archive_write(&archive, span_sub(s, 0, step), NULL) != OK)
			return false;
	return archive_end(&archive, NULL) == OK;
}

static enum err
any(void *arg, struct span s, struct diag *diag)
{
	(void)arg;
	(void)s;
	(void)diag;
	return OK;
}

static enum err
any_end(void *arg, struct diag *diag)
{
	(void)arg;
	(void)diag;
	return OK;
}

/* What zlib makes of all of the data, or -1. */
static long
inflate_all(const uint8_t *data, size_t size)
{
	z_stream z = { .next_in = Z_NULL };
	int status;

	if (inflateInit2(&z, -15) != Z_OK)
		abort();
	z.next_in = (Bytef *)(uintptr_t)data;
	z.avail_in = (uInt)size;
	z.next_out = theirs;
	z.avail_out = sizeof(theirs);
	status = inflate(&z, Z_FINISH);
	inflateEnd(&z);
	return status == Z_STREAM_END && z.avail_in == 0 ?
	    (long)z.total_out : -1;
}

static void
deflated(const uint8_t *data, size_t size)
{
	static const struct unzip_reader reader = { any, any, any_end };
	static struct unzip unzip;
	long n = inflate_all(data, size);
	size_t len = n < 0 ? size + 1 : (size_t)n;
	uint32_t crc = (uint32_t)crc32(0, theirs, n < 0 ? 0 : (uInt)n);
	struct safe_zip z = { .n = 1 };
	struct out o;
	bool yes;

	put_bytes(&z.bytes, "PK\3\4", 4);
	put_facts(&z.bytes, "a", 8, crc, size, len);
	put_bytes(&z.bytes, "a", 1);
	put_bytes(&z.bytes, data, size);
	put_bytes(&z.records, "PK\1\2\24\0", 6);
	put_facts(&z.records, "a", 8, crc, size, len);
	put_number(&z.records, 8, 0);
	put_number(&z.records, 6, 0);
	put_bytes(&z.records, "a", 1);
	o = finish_zip(&z);
	unzip_init(&unzip, &reader, NULL);
	yes = unzip_write(&unzip, (struct span){ o.ptr, o.len }, NULL) == OK &&
	    unzip_end(&unzip, NULL) == OK;
	if (yes && n < 0)
		abort();
	free(o.ptr);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct safe_zip z = { .n = 0 };
	struct out o;

	if (judge_archive(data, size, size) !=
	    judge_archive(data, size, 1 + size / 7))
		abort();
	deflated(data, size);
	put_entry(&z, "a.txt", data, size, false);
	o = finish_zip(&z);
	(void)judge_archive(o.ptr, o.len, 1 + size / 3);
	free(o.ptr);
	return 0;
}
