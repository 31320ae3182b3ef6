/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_HANDLER_H
#define SEKISHO_SANITIZER_HANDLER_H

#include "mime_write.h"
#include "sanitizer.h"

/*
 * Who makes a file safe, and how: one row for each kind and method. A new
 * format is one file format_X.c and its rows in handler.c.
 */
struct store;
struct handler_input {
	const struct input	*in;
	enum part_kind		 kind;
	struct span		 charset;	/* declared, of texts */
	const struct sanitizer_policy *policy;
	struct sanitizer_host	*host;		/* for its own children */
	struct store		*store;		/* between them */
};

/* What runs in the mail's own child: parsers of text, or steps of others. */
enum handler_run {
	RUN_TASK = 0,		/* nothing: one child does the row's task */
	RUN_TEXT,
	RUN_HTML,
	RUN_CSV,
	RUN_MHT,
	RUN_PDF_REDRAW,
	RUN_PDF_IMAGE,
	RUN_PDF_TEXT,
	RUN_SVG
};

struct handler {
	enum part_kind	 kind;
	enum method	 method;
	enum convert_task task;		/* one child's work; 0: see run */
	enum safe_type	 out;		/* SAFE_NONE: the result has it */
	enum part_outcome outcome;
	const char	*name;		/* method in the report: "jpeg" */
	enum handler_run run;
};

/*
 * The ladder (design.md section 4): the i-th handler to try for a kind under
 * this policy, from rebuild over render to extract; NULL at its end, then the
 * part is removed.
 */
const struct handler *handler_find(enum part_kind kind,
    const struct sanitizer_policy *policy, unsigned i);

/* handler_run.c: a row without a task. Ends out when that went well. */
enum err handler_run(const struct handler *handler,
    const struct handler_input *input, struct filter *out,
    struct convert_result *result) MUST_CHECK;

/* The word of a policy for a kind, as in the rules: "legacy-office". */
const char *handler_word(enum part_kind kind);

/* What the policy says about a kind. */
enum method handler_method(enum part_kind kind,
    const struct sanitizer_policy *policy);

#endif
