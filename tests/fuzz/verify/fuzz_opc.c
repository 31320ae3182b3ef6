/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Office documents whose entries are in the input as text, each behind a line
 * "=== NAME": the answer is the same in any split. The ZIP around them is
 * made here; broken ones are the fuzzer of archives'.
 */
#include <stdlib.h>
#include <string.h>

#include "../../../gateway/verify/verify_opc.h"
#include "../../unit/verify/safe_zip.h"

#define ENTRIES_MAX	64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* False: it is no list of entries. */
static bool
pack(struct span rest, struct safe_zip *zip)
{
	bool right = span_begins(rest, SPAN("=== "));

	rest = span_sub(rest, 4, rest.len);
	while (right && rest.len > 0) {
		size_t end = span_find(rest, SPAN("\n=== "));
		struct span entry = span_sub(rest, 0, end), name;
		char path[128];

		rest = span_sub(rest, end + 5, rest.len);
		span_cut(&entry, '\n', &name);
		right = name.len > 0 && name.len < sizeof(path) &&
		    memchr(name.ptr, 0, name.len) == NULL &&
		    zip->n < ENTRIES_MAX;
		if (!right)
			break;
		memcpy(path, name.ptr, name.len);
		path[name.len] = '\0';
		put_entry(zip, path, entry.ptr, entry.len, false);
	}
	return right;
}

static bool
judge_opc(const struct out *o, enum opc_form form, size_t step)
{
	static struct opc opc;
	struct span s = { o->ptr, o->len };
	struct diag diag = { .err = OK };

	opc_reader_init(&opc, form);
	for (; s.len > 0; s = span_sub(s, step, s.len))
		if (opc_reader_write(&opc, span_sub(s, 0, step), &diag) != OK)
			return false;
	return opc_reader_end(&opc, &diag) == OK;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct safe_zip zip = { .n = 0 };
	bool right = pack((struct span){ data, size }, &zip);
	struct out o = finish_zip(&zip);

	for (enum opc_form f = OPC_DOCX; right && f <= OPC_PPTX; f++)
		require(judge_opc(&o, f, SIZE_MAX) == judge_opc(&o, f, 7));
	free(o.ptr);
	return 0;
}
