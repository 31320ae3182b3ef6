/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Packages whose entries are in the input as text, each behind a line
 * "=== NAME": what is rebuilt is taken by the verifier, and rebuilds again,
 * with nothing left to remove.
 * The ZIP around them is made here; broken ones are the fuzzer of zip's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../gateway/verify/verify_opc.h"
#include "../../../sanitizer/format_ooxml.h"
#include "../../../sanitizer/report.h"
#include "../../../sanitizer/zip.h"

#define BYTES_MAX	(16u * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum err
pack(struct span rest, struct buf *out)
{
	static const char mark[] = "=== ";
	struct zip_writer zip;
	struct buf_sink sink;
	struct span entry, name;
	struct input in;
	enum err err;

	buf_sink_init(&sink, out);
	require(zip_writer_init(&zip, &sink.filter) == OK);
	err = span_begins(rest, span_str(mark)) ? OK : ERR_INPUT;
	rest = span_sub(rest, 4, rest.len);
	while (err == OK && rest.len > 0) {
		size_t end = span_find(rest, SPAN("\n=== "));

		entry = span_sub(rest, 0, end);
		rest = span_sub(rest, end + 5, rest.len);
		span_cut(&entry, '\n', &name);
		in = input_span(entry);
		err = zip_add(&zip, name, &in, false);
	}
	if (err == OK)
		err = zip_finish(&zip);
	zip_writer_fini(&zip);
	return err;
}

static void
read_text(struct span bytes)
{
	struct convert_result result = { 0 };
	struct input in = input_span(bytes);
	struct buf_sink sink;
	struct buf out;

	buf_init(&out, BYTES_MAX);
	buf_init(&result.removed, REMOVED_BYTES_MAX);
	buf_sink_init(&sink, &out);
	(void)!format_ooxml_text(&in, NULL, &sink.filter, &result);
	buf_fini(&result.removed);
	buf_fini(&out);
}

static void
must_be_taken(struct span bytes, enum safe_type type)
{
	static struct opc opc;
	struct diag diag = { .err = OK };

	opc_reader_init(&opc, type == SAFE_DOCX ? OPC_DOCX :
	    type == SAFE_XLSX ? OPC_XLSX : OPC_PPTX);
	if (opc_reader_write(&opc, bytes, &diag) == OK &&
	    opc_reader_end(&opc, &diag) == OK)
		return;
	fprintf(stderr, "the verifier: %s\n", diag.what);
	abort();
}

static enum err
rebuild(struct span bytes, struct buf *out, size_t *removed)
{
	struct convert_result result = { 0 };
	struct input in = input_span(bytes);
	struct buf_sink sink;
	enum err err;

	buf_init(&result.removed, REMOVED_BYTES_MAX);
	buf_sink_init(&sink, out);
	err = format_ooxml(&in, NULL, &sink.filter, &result);
	*removed = result.removed.len;
	if (err == OK)
		must_be_taken(buf_span(out), result.type);
	buf_fini(&result.removed);
	return err;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf package, once, twice;
	size_t removed;

	buf_init(&package, BYTES_MAX);
	buf_init(&once, BYTES_MAX);
	buf_init(&twice, BYTES_MAX);
	if (pack((struct span){ data, size }, &package) == OK &&
	    rebuild(buf_span(&package), &once, &removed) == OK) {
		require(rebuild(buf_span(&once), &twice, &removed) == OK);
		require(removed == 0);
		read_text(buf_span(&package));
	}
	buf_fini(&package);
	buf_fini(&once);
	buf_fini(&twice);
	return 0;
}
