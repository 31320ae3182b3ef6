/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A PNG in two splits: the answer is the same. */
#include <stdlib.h>

#include "../../../gateway/verify/verify_png.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
judge(const uint8_t *data, size_t size, size_t step)
{
	static struct png png;
	struct span s = { data, size };

	png_init(&png);
	for (; s.len > 0; s = span_sub(s, step, s.len))
		if (png_write(&png, span_sub(s, 0, step), NULL) != OK)
			return false;
	return png_end(&png, NULL) == OK;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (judge(data, size, size) != judge(data, size, 1 + size / 7))
		abort();
	return 0;
}
