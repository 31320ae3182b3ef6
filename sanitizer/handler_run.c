/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the rows of handler.c run in the mail's own child, behind their tasks.
 * Apart from them, so that the table can be shown without the libraries.
 */
#include "handler.h"

#include "format_csv.h"
#include "format_text.h"
#include "html_file.h"
#include "mht_file.h"
#include "report.h"

static enum err
run_text(const struct handler_input *input, struct filter *out,
    struct convert_result *result)
{
	struct text_result text;
	enum err err;

	err = format_text(&input->in, input->charset, out, &text);
	if (err == OK && clean_counts_removed(&text.counts) > 0)
		err = removed_add(&result->removed, "invisible-characters",
		    clean_counts_removed(&text.counts), SPAN(""));
	return err;
}

enum err
handler_run(const struct handler *handler, const struct handler_input *input,
    struct filter *out, struct convert_result *result)
{
	struct handler_input utf8;

	switch (handler->run) {
	case RUN_NOTHING:
		break;
	case RUN_TEXT:
		return run_text(input, out, result);
	case RUN_HTML:
		return html_file(&input->in, input->charset, input->policy,
		    out, &result->removed);
	case RUN_CSV:
		return format_csv(&input->in, input->charset, out,
		    &result->removed);
	case RUN_MHT:
		return mht_file(&input->in, input->policy, out,
		    &result->removed);
	case RUN_DRAWN_TEXT:
		utf8 = *input;
		utf8.charset = SPAN("utf-8");
		return run_text(&utf8, out, result);
	}
	return ERR_POLICY;
}
