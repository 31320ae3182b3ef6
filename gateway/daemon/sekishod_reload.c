/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Take over the rule file: compile, open what the new rules need, and only
 * when all of that went well change anything. Whatever goes wrong, the old
 * rules stay in force, and `sekisho status` says why.
 */
#include <stdio.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/log.h"
#include "sekishod_internal.h"

/* The findings, or the one line that there is instead. */
static void
note_error(struct gateway *gateway, const struct diag *diag)
{
	enum err err;

	buf_clear(&gateway->reload_error);
	gateway->reload_error_ms = clock_wall_ms();
	if (diag->err == ERR_INPUT && gateway->findings.len > 0)
		err = buf_add(&gateway->reload_error,
		    buf_span(&gateway->findings));
	else
		err = buf_printf(&gateway->reload_error, "%s%s%s\n",
		    diag->what, diag->errnum != 0 ? ": " : "",
		    diag->errnum != 0 ? strerror(diag->errnum) : "");
	if (err != OK)
		buf_truncate(&gateway->reload_error, 0);
}

struct span
reload_headline(const struct gateway *gateway)
{
	struct span rest = buf_span(&gateway->reload_error), line;

	(void)span_cut(&rest, '\n', &line);
	return line;
}

static enum err
take_over(struct gateway *gateway, struct config *fresh, struct diag *diag)
{
	enum err err;

	err = listeners_open(gateway, fresh->image, diag);
	if (err == OK)
		err = plan_make(gateway, fresh->image, diag);
	if (err != OK) {
		listeners_rollback(gateway);
		return err;
	}
	fresh->generation = state_generation(gateway, fresh->digest);
	config_close(&gateway->config);
	gateway->config = *fresh;
	listeners_commit(gateway);
	plan_apply(gateway);
	return OK;
}

enum err
reload(struct gateway *gateway, struct diag *diag)
{
	struct config fresh;
	enum err err;

	memset(diag, 0, sizeof(*diag));
	err = compile_rules(gateway, &fresh, diag);
	if (err == OK)
		err = take_over(gateway, &fresh, diag);
	if (err != OK) {
		if (fresh.image != NULL)
			config_close(&fresh);
		note_error(gateway, diag);
		return err;
	}
	buf_clear(&gateway->reload_error);
	log_info("rules %s are in force, generation %llu",
	    gateway->rules_path,
	    (unsigned long long)gateway->config.generation);
	return OK;
}
