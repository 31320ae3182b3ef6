/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * HTML parts and files: finds the charset, converts by html_text.c, and puts
 * what was left out on the list for the report.
 */
#include "html_file.h"

#include "charset.h"
#include "format_text.h"
#include "report.h"

#define SNIFF_BYTES	4096

/* All bytes of an input in a buf. */
static enum err
read_all(const struct input *in, struct buf *out)
{
	struct buf_sink sink;

	buf_sink_init(&sink, out);
	return input_push(in, &sink.filter);
}

enum err
html_to_text(const struct input *in, struct span label,
    const struct sanitizer_policy *policy, struct buf *out,
    struct html_result *result)
{
	const struct html_options options = {
		.links_defang = policy->links_defang };
	struct buf raw, utf8;
	struct span sniffed;
	enum err err;

	if (in->len > HTML_FILE_BYTES_MAX)
		return ERR_LIMIT;
	buf_init(&raw, HTML_FILE_BYTES_MAX);
	buf_init(&utf8, 4 * HTML_FILE_BYTES_MAX);
	err = read_all(in, &raw);
	if (label.len == 0 && html_sniff_charset(buf_span(&raw), &sniffed))
		label = sniffed;
	if (err == OK)
		err = charset_decode(label, buf_span(&raw), &utf8, NULL);
	if (err == OK)
		err = html_text(buf_span(&utf8), &options, out, result);
	buf_fini(&raw);
	buf_fini(&utf8);
	return err;
}

enum err
html_removed(const struct html_result *r, struct buf *removed)
{
	const struct { const char *what; uint64_t count; } items[] = {
		{ "hidden-text", r->hidden },
		{ "lying-link", r->links_lying },
		{ "dangerous-link", r->links_dangerous },
		{ "remote-image", r->images_remote },
		{ "tiny-image", r->images_tiny },
		{ "form", r->forms },
		{ "active-content", r->active },
		{ "event-handler", r->handlers },
		{ "style", r->styles },
		{ "invisible-characters", r->invisible },
	};
	enum err err = OK;

	for (size_t i = 0; i < sizeof(items) / sizeof(items[0]) && err == OK;
	    i++)
		if (items[i].count > 0)
			err = removed_add(removed, items[i].what,
			    items[i].count, SPAN(""));
	for (unsigned i = 0; i < r->samples_n && err == OK; i++)
		err = removed_add(removed, "hidden-sample", 1,
		    span_str(r->samples[i].text));
	return err;
}

enum err
html_file(const struct input *in, struct span label,
    const struct sanitizer_policy *policy, struct filter *out,
    struct buf *removed)
{
	static struct html_result result;	/* large; one thread */
	struct text_result text_result;
	struct input text;
	struct buf buf;
	enum err err;

	buf_init(&buf, HTML_FILE_TEXT_BYTES_MAX);
	err = html_to_text(in, label, policy, &buf, &result);
	text = input_span(buf_span(&buf));
	if (err == OK)
		err = format_text(&text, SPAN("utf-8"), out, &text_result);
	if (err == OK)
		err = html_removed(&result, removed);
	buf_fini(&buf);
	return err;
}
