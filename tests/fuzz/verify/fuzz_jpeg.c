/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A JPEG in two splits: the answer is the same. */
#include <stdlib.h>

#include "../../../gateway/verify/verify_jpeg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
judge(const uint8_t *data, size_t size, size_t step)
{
	static struct jpeg jpeg;
	struct span s = { data, size };

	jpeg_init(&jpeg);
	for (; s.len > 0; s = span_sub(s, step, s.len))
		if (jpeg_write(&jpeg, span_sub(s, 0, step), NULL) != OK)
			return false;
	return jpeg_end(&jpeg, NULL) == OK;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (judge(data, size, size) != judge(data, size, 1 + size / 7))
		abort();
	return 0;
}
