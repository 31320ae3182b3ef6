/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A rule file of hostile bytes: parsed, checked, its findings shown. What can
 * be printed must print to itself again; what has no errors must compile to
 * an image that loads, and the canonical text to the same image.
 */
#include <stdlib.h>
#include <string.h>

#include "../../../gateway/base/utf8.h"
#include "../../../rules/image_internal.h"

#define TODAY	20779u
#define OUT_MAX	(1u << 26)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An include brings the same short text, so that includes are walked too. */
static enum err
read_include(void *arg, const char *path, struct span *text,
    struct diag *diag)
{
	(void)arg;
	(void)diag;
	if (strlen(path) % 2 == 0)
		return diag_set(diag, ERR_SYSTEM, "not there");
	*text = SPAN("host inner in lgwan 10.20.9.9\ninclude \"x\"\n");
	return OK;
}

static void
compile(const struct rules_run *run, struct buf *bytes)
{
	struct rules_image *image;
	struct diag diag;

	require(rules_compile(run, bytes) == OK);
	require(rules_image_open(buf_span(bytes), &image, &diag) == OK);
	rules_image_close(image);
}

/* Printing moves lines: where a rule stands is no part of its meaning. */
static void
forget_lines(struct buf *image)
{
	const struct image_header *h = (const void *)image->ptr;
	struct image_flow *flows = (void *)(image->ptr +
	    h->tables[IMAGE_FLOWS].offset);
	struct image_manage *manages = (void *)(image->ptr +
	    h->tables[IMAGE_MANAGES].offset);

	for (uint32_t i = 0; i < h->tables[IMAGE_FLOWS].count; i++)
		flows[i].line = 0;
	for (uint32_t i = 0; i < h->tables[IMAGE_MANAGES].count; i++)
		manages[i].line = 0;
}

static void
print_twice(const struct rules_run *run, const struct rules_reader *reader)
{
	struct buf once, twice, image, again;
	struct rules_run *second;

	buf_init(&once, OUT_MAX);
	buf_init(&twice, OUT_MAX);
	buf_init(&image, OUT_MAX);
	buf_init(&again, OUT_MAX);
	if (rules_print(run, &once) == OK) {
		second = rules_run_new("fuzz.rules", buf_span(&once), reader,
		    TODAY);
		require(second != NULL);
		require(rules_print(second, &twice) == OK);
		require(span_equal(buf_span(&once), buf_span(&twice)));
		require((rules_run_errors(run) == 0) ==
		    (rules_run_errors(second) == 0));
		if (rules_run_errors(run) == 0) {
			compile(run, &image);
			compile(second, &again);
			forget_lines(&image);
			forget_lines(&again);
			require(span_equal(buf_span(&image),
			    buf_span(&again)));
		}
		rules_run_free(second);
	} else
		require(rules_run_errors(run) > 0);
	buf_fini(&once);
	buf_fini(&twice);
	buf_fini(&image);
	buf_fini(&again);
}

static void
try_text(struct span text)
{
	const struct rules_reader reader = { read_include, NULL };
	struct rules_run *run = rules_run_new("fuzz.rules", text, &reader,
	    TODAY);
	struct buf out;

	require(run != NULL);
	buf_init(&out, OUT_MAX);
	for (uint32_t i = 0; i < rules_run_findings(run); i++)
		require(rules_finding_print(rules_run_finding(run, i), &out) ==
		    OK);
	buf_fini(&out);
	print_twice(run, &reader);
	rules_run_free(run);
}

/*
 * Bytes that are not UTF-8 end a run at once; with their top bit taken away
 * the same input comes further.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = { data, size };
	uint8_t *copy;
	size_t bad = utf8_check(text);

	try_text(text);
	if (bad == size)
		return 0;
	copy = malloc(size);
	require(copy != NULL);
	memcpy(copy, data, size);
	text.ptr = copy;
	for (; bad < size; bad += utf8_check(span_sub(text, bad, size)))
		copy[bad] &= 0x7f;
	try_text(text);
	free(copy);
	return 0;
}
