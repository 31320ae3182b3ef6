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

struct handler {
	enum part_kind	 kind;
	enum method	 method;
	/* one child's work each, on what the one before made; 0 ends them */
	enum convert_task tasks[HANDLER_TASKS_MAX + 1];
	enum safe_type	 out;		/* SAFE_NONE: the result has it */
	enum part_outcome outcome;
	const char	*name;		/* method in the report: "jpeg" */
	/* Text only, behind the tasks, in the mail's own child; ends out.
	 * NULL: the last task's output is it. */
	enum err	 (*run)(const struct handler_input *, struct filter *,
			    struct convert_result *);
};

/*
 * The ladder (design.md section 4): the i-th handler to try for a kind under
 * this policy, from rebuild over render to extract; NULL at its end, then the
 * part is removed.
 */
const struct handler *handler_find(enum part_kind kind,
    const struct sanitizer_policy *policy, unsigned i);

/* What the policy says about a kind. */
enum method handler_method(enum part_kind kind,
    const struct sanitizer_policy *policy);

#endif
