/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One file without a mail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "host_here.h"

static enum err
no_convert(const struct convert_order *order, const struct input *in,
    const struct sanitizer_policy *policy, struct filter *out,
    struct convert_result *result)
{
	(void)order;
	(void)in;
	(void)policy;
	(void)out;
	(void)result;
	return ERR_INPUT;
}

static void
expect(const char *name, struct span bytes, enum mail_outcome outcome,
    struct span wanted)
{
	struct here here;
	struct sanitizer_job job = { .id = 1 };
	struct input in = input_span(bytes);
	struct sanitizer_result result;
	struct buf out, report;
	struct buf_sink sink;
	struct diag diag;

	here_init(&here, no_convert);
	sanitizer_policy_standard(&job.policy);
	buf_init(&out, 1024 * 1024);
	buf_init(&report, 1024 * 1024);
	buf_sink_init(&sink, &out);
	assert_int_equal(sanitizer_file(&job, span_str(name), &in,
	    &here.host, &sink.filter, &report, &result, &diag), OK);
	assert_int_equal(result.outcome, outcome);
	assert_true(span_equal(buf_span(&out), wanted));
	assert_true(report.len > 0);
	here_fini(&here);
	buf_fini(&out);
	buf_fini(&report);
}

static void
a_text_comes_out_in_the_safe_form(void **state)
{
	(void)state;
	expect("a.txt", SPAN("a\nb"), MAIL_SAFE,
	    SPAN("\xef\xbb\xbf" "a\r\nb\r\n"));
}

static void
a_page_comes_out_as_its_text(void **state)
{
	(void)state;
	expect("a.html", SPAN("<html><script>x</script><p>Hi</p>"), MAIL_SAFE,
	    SPAN("\xef\xbb\xbfHi\r\n"));
}

static void
what_would_be_removed_is_held_and_nothing_comes_out(void **state)
{
	(void)state;
	expect("a.txt", SPAN("MZ\x90\0"), MAIL_HOLD, SPAN(""));
	expect("a.jpg", SPAN("\xff\xd8\xff\xe0"), MAIL_HOLD, SPAN(""));
}

static void
a_mail_is_told_from_a_file(void **state)
{
	const struct {
		const char *text;
		bool mail;
	} texts[] = {
		{ "From: a@b\r\nTo: c@d\r\n\r\nx", true },
		{ "Received: x\r\n\ty\r\nFrom: a@b\r\n\r\n", true },
		{ "From x@y Sun\nFrom: a@b\nDate: z\n\n", true },
		{ "X-A: b\r\nSubject: x\r\nFrom: y\r\n\r\n", true },
		{ "a: b\r\nc: d\r\n\r\n", false },
		{ "hello\r\n", false },
		{ "", false },
		{ "From: only\r\n\r\n", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct input in = input_span(span_str(texts[i].text));

		assert_int_equal(sanitizer_is_mail(&in), texts[i].mail);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_comes_out_in_the_safe_form),
		cmocka_unit_test(a_page_comes_out_as_its_text),
		cmocka_unit_test(
		    what_would_be_removed_is_held_and_nothing_comes_out),
		cmocka_unit_test(a_mail_is_told_from_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
