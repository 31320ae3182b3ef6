/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A zlib stream: what we take, zlib takes, and the same comes out. */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "../../../gateway/verify/verify_inflate.h"

#define OUT_BYTES_MAX	(1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t out[OUT_BYTES_MAX], theirs[OUT_BYTES_MAX];
static size_t out_len;

static enum err
collect(void *arg, struct span s, struct diag *diag)
{
	(void)arg;
	(void)diag;
	if (s.len > sizeof(out) - out_len)
		return ERR_LIMIT;
	memcpy(out + out_len, s.ptr, s.len);
	out_len += s.len;
	return OK;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct inflate z;
	uLongf len = sizeof(theirs);
	size_t step = 1 + size / 5;

	out_len = 0;
	inflate_init(&z, collect, NULL);
	for (size_t at = 0; at < size; at += step)
		if (inflate_write(&z, (struct span){ data + at,
		    size - at < step ? size - at : step }, NULL) != OK)
			return 0;
	if (!inflate_is_done(&z))
		return 0;
	if (uncompress(theirs, &len, data, size) != Z_OK || len != out_len ||
	    memcmp(theirs, out, len) != 0)
		abort();
	return 0;
}
