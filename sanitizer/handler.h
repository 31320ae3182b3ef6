/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_HANDLER_H
#define SEKISHO_SANITIZER_HANDLER_H

#include "mime_write.h"
#include "sanitizer.h"

/*
 * Who makes a file safe, and how: one row for each kind and method. A new
 * format is one file format_X.c and its rows in handler.c.
 */
#define HANDLER_TASKS_MAX	4
struct handler_input {
	struct input		 in;
	enum part_kind		 kind;
	struct span		 charset;	/* declared, of texts */
	const struct sanitizer_policy *policy;
};

/* What runs behind the tasks, in the mail's own child: text only. */
enum handler_run {
	RUN_NOTHING = 0,	/* the last task's output is it */
	RUN_TEXT,
	RUN_HTML,
	RUN_CSV,
	RUN_MHT,
	RUN_DRAWN_TEXT		/* of the renderer, which writes UTF-8 */
};

struct handler {
	enum part_kind	 kind;
	enum method	 method;
	/* one child's work each, on what the one before made; 0 ends them */
	enum convert_task tasks[HANDLER_TASKS_MAX + 1];
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

/* handler_run.c: what a row runs. Ends out when that went well. */
enum err handler_run(const struct handler *handler,
    const struct handler_input *input, struct filter *out,
    struct convert_result *result) MUST_CHECK;

/* The word of a policy for a kind, as in the rules: "legacy-office". */
const char *handler_word(enum part_kind kind);

/* What the policy says about a kind. */
enum method handler_method(enum part_kind kind,
    const struct sanitizer_policy *policy);

#endif
