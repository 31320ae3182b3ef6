/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Formulas of any bytes: what is named in a result lies in the text, and a
 * formula that may stay may not any more with something bad behind it, which
 * would be so if its end were still in a text or a name.
 */
#include <string.h>

#include "../../../gateway/base/buf.h"
#include "../../../sanitizer/formula.h"

#define BYTES_MAX	FORMULA_BYTES_MAX

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum formula_verdict
check(struct span text)
{
	struct formula_result result;
	enum formula_verdict verdict = formula_check(text, &result);

	require(verdict == result.verdict);
	require(verdict != FORMULA_FINE || result.what.len == 0);
	require(result.what.len == 0 || (result.what.ptr >= text.ptr &&
	    result.what.ptr + result.what.len <= text.ptr + text.len));
	return verdict;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const bad[] = { "+cmd|'/c'!A0", "+[1]A!A1",
	    "+EXEC(1)", "+'C:\\[a.xls]b'!A1", "+\"" };
	struct span text = { data, size };
	struct buf both;

	if (check(text) != FORMULA_FINE || size > BYTES_MAX - 64)
		return 0;
	buf_init(&both, BYTES_MAX);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		buf_clear(&both);
		require(buf_add(&both, text) == OK);
		require(buf_add_str(&both, bad[i]) == OK);
		require(check(buf_span(&both)) != FORMULA_FINE);
	}
	buf_fini(&both);
	return 0;
}
