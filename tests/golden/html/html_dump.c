/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * For the golden cases: HTML on standard input, its text on standard output,
 * and behind "===" all that was found. A page that begins with the comment
 * "option: defang" is converted with dead links.
 */
#include <inttypes.h>
#include <stdio.h>

#include "../../../sanitizer/html_text.h"

static uint8_t page[8 << 20];

static void
count(const char *name, uint64_t n)
{
	if (n > 0)
		printf("%s %" PRIu64 "\n", name, n);
}

int
main(void)
{
	static struct html_result r;
	struct html_options options = { false };
	struct span html = { page, fread(page, 1, sizeof(page), stdin) };
	struct buf out;
	enum err err;

	options.links_defang = span_begins(html,
	    SPAN("<!-- option: defang -->"));
	buf_init(&out, 64u << 20);
	err = html_text(html, &options, &out, &r);
	if (err != OK) {
		printf("error: %s\n", err_name(err));
		return 1;
	}
	if (out.len > 0)
		fwrite(out.ptr, 1, out.len, stdout);
	puts("===");
	count("links", r.links);
	count("lying", r.links_lying);
	count("dangerous", r.links_dangerous);
	count("images", r.images);
	count("remote", r.images_remote);
	count("tiny", r.images_tiny);
	count("forms", r.forms);
	count("fields", r.fields);
	count("active", r.active);
	count("handlers", r.handlers);
	count("styles", r.styles);
	count("invisible", r.invisible);
	count("hidden", r.hidden);
	for (unsigned i = 0; i < r.samples_n; i++)
		printf("%s: %s\n", html_hidden_name(r.samples[i].why),
		    r.samples[i].text);
	buf_fini(&out);
	return 0;
}
