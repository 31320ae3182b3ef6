/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_TESTS_UNIT_RULES_HELPER_H
#define SEKISHO_TESTS_UNIT_RULES_HELPER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../../rules/rules.h"

#define TODAY	20779u	/* 2026-11-22 */

/* What most tests stand on; a test adds its own lines. */
#define BASE \
	"gateway \"gw1.town.example.lg.jp\"\n" \
	"segment mynumber tier 1 interface eth2 network 10.10.0.0/16\n" \
	"segment lgwan tier 2 interface eth1 network 10.20.0.0/16\n" \
	"segment internet tier 3 interface eth0 network any\n" \
	"host lgwan-mail in lgwan 10.20.0.25\n" \
	"host mx in internet 192.0.2.5\n" \
	"service https tcp 443 speaks tls\n"

static inline struct rules_run *
run_text_of(const char *text)
{
	struct rules_run *run = rules_run_new("test.rules", span_str(text),
	    NULL, TODAY);

	assert_non_null(run);
	return run;
}

/* A whole file of at most 64 KB, from the root of the repository. */
static inline size_t
read_whole(const char *path, char *text, size_t size)
{
	FILE *f = fopen(path, "rb");
	size_t n;

	assert_non_null(f);
	n = fread(text, 1, size - 1, f);
	fclose(f);
	text[n] = '\0';
	assert_true(n > 0 && n < size - 1);
	return n;
}

static inline void
print_findings(const struct rules_run *run)
{
	for (uint32_t i = 0; i < rules_run_findings(run); i++)
		print_message("%u:%u: %s\n", rules_run_finding(run, i)->line,
		    rules_run_finding(run, i)->column,
		    rules_run_finding(run, i)->text);
}

/* The image of a text without errors. The caller frees image and buf. */
static inline struct rules_image *
image_of(const char *text, struct buf *bytes)
{
	struct rules_run *run = run_text_of(text);
	struct rules_image *image;
	struct diag diag = { 0 };

	if (rules_run_errors(run) > 0)
		print_findings(run);
	buf_init(bytes, 1 << 24);
	assert_int_equal(rules_compile(run, bytes), OK);
	rules_run_free(run);
	assert_int_equal(rules_image_open(buf_span(bytes), &image, &diag), OK);
	assert_int_equal(rules_image_prepare(image, &diag), OK);
	return image;
}

#endif
