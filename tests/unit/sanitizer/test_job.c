/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tails of job messages: what goes in comes out, damage is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* of the worker, which is in no archive */
#include "../../../sanitizer/worker/job.c"

static void
a_job_comes_back_whole(void **state)
{
	struct job in = { .job = { .id = 7, .received_ms = 8, .generation = 9,
	    .gateway = SPAN("gw"), .helo = SPAN("h"), .peer = SPAN("p"),
	    .protocol = SPAN("ESMTP"), .released = true },
	    .form = JOB_AUTO, .name = SPAN("見積.xls"), .at_once = 3 };
	struct job out;
	struct buf bytes;

	(void)state;
	sanitizer_policy_standard(&in.job.policy);
	in.job.policy.notice_english = true;
	buf_init(&bytes, JOB_BYTES_MAX);
	assert_int_equal(job_encode(&in, &bytes), OK);
	assert_int_equal(job_decode(buf_span(&bytes), &out), OK);
	assert_int_equal(out.job.id, 7);
	assert_int_equal(out.job.received_ms, 8);
	assert_int_equal(out.job.generation, 9);
	assert_true(span_equal(out.job.protocol, SPAN("ESMTP")));
	assert_true(out.job.released);
	assert_int_equal(out.form, JOB_AUTO);
	assert_int_equal(out.at_once, 3);
	assert_true(span_equal(out.name, in.name));
	assert_string_equal(out.job.policy.name, "standard");
	assert_true(out.job.policy.notice_english);
	assert_false(out.job.policy.body_keep);
	assert_int_equal(out.job.policy.encrypted, METHOD_HOLD);
	assert_int_equal(out.job.policy.legacy_office, METHOD_CONVERT);
	assert_int_equal(out.job.policy.archive_depth, 3);
	for (size_t n = 0; n < bytes.len; n++)
		assert_int_equal(job_decode(span_sub(buf_span(&bytes), 0, n),
		    &out), ERR_INPUT);
	buf_clear(&bytes);
	in.at_once = CONVERSIONS_AT_ONCE;
	assert_int_equal(job_encode(&in, &bytes), OK);
	assert_int_equal(job_decode(buf_span(&bytes), &out), ERR_INPUT);
	buf_fini(&bytes);
}

static void
a_result_of_a_child_is_checked(void **state)
{
	struct convert_result in = { .outcome = OUTCOME_REBUILT,
	    .type = SAFE_PNG, .reason = "why" }, out = { 0 };
	struct buf bytes;

	(void)state;
	buf_init(&in.removed, 100);
	buf_init(&out.removed, 100);
	buf_init(&bytes, 4096);
	assert_int_equal(buf_add_str(&in.removed, "list"), OK);
	assert_int_equal(job_result_encode(&in, &bytes), OK);
	assert_int_equal(job_result_decode(buf_span(&bytes), &out), OK);
	assert_int_equal(out.type, SAFE_PNG);
	assert_string_equal(out.reason, "why");
	assert_true(span_equal(buf_span(&out.removed), SPAN("list")));
	bytes.ptr[4] = SAFE_TYPE_N;		/* a type that there is not */
	assert_int_equal(job_result_decode(buf_span(&bytes), &out),
	    ERR_INPUT);
	buf_fini(&in.removed);
	buf_fini(&out.removed);
	buf_fini(&bytes);
}

static void
an_unknown_method_is_refused(void **state)
{
	struct sanitizer_policy policy;
	const struct convert_order picture = { CONVERT_PICTURE, PART_JPEG, 0 };
	struct convert_order order = { 0 };
	struct buf bytes;

	(void)state;
	sanitizer_policy_standard(&policy);
	buf_init(&bytes, 4096);
	assert_int_equal(job_convert_encode(&picture, &policy, &bytes), OK);
	assert_int_equal(job_convert_decode(buf_span(&bytes), &order,
	    &policy), OK);
	assert_int_equal(order.task, CONVERT_PICTURE);
	assert_int_equal(order.kind, PART_JPEG);
	bytes.ptr[bytes.len - 2] = METHOD_HOLD + 1;
	assert_int_equal(job_convert_decode(buf_span(&bytes), &order,
	    &policy), ERR_INPUT);
	buf_fini(&bytes);
}

static void
what_became_of_the_parts_comes_back(void **state)
{
	struct part_tally in = { 0 }, out;
	struct span reason;
	struct buf bytes;

	(void)state;
	in.n[PART_UNKNOWN][OUTCOME_REMOVED] = 70000;	/* cut */
	in.n[PART_JPEG][OUTCOME_REBUILT] = 3;
	in.n[PART_KIND_N - 1][TALLY_HELD] = 1;
	buf_init(&bytes, JOB_BYTES_MAX);
	assert_int_equal(job_end_encode("why", &in, &bytes), OK);
	assert_int_equal(job_end_decode(buf_span(&bytes), &reason, &out), OK);
	assert_true(span_equal(reason, SPAN("why")));
	in.n[PART_UNKNOWN][OUTCOME_REMOVED] = 65535;
	assert_memory_equal(&in, &out, sizeof(in));
	/* a child may say nothing at all, or no more than why */
	assert_int_equal(job_end_decode(SPAN(""), &reason, &out), OK);
	assert_int_equal(reason.len, 0);
	buf_clear(&bytes);
	assert_int_equal(job_end_encode("why", NULL, &bytes), OK);
	assert_int_equal(job_end_decode(buf_span(&bytes), &reason, &out), OK);
	assert_int_equal(out.n[PART_JPEG][OUTCOME_REBUILT], 0);
	buf_fini(&bytes);
}

/* The worst that a child can do to the sums is to be one mail. */
static void
a_lie_about_the_parts_is_refused(void **state)
{
	/* reason "": 4 bytes; kind, outcome, count */
	static const uint8_t lies[][10] = {
		{ 0, 0, 0, 0, PART_KIND_N, 1, 1, 0, 0, 0 },
		{ 0, 0, 0, 0, 1, 0, 1, 0, 0, 0 },
		{ 0, 0, 0, 0, 1, TALLY_HELD + 1, 1, 0, 0, 0 },
		{ 0, 0, 0, 0, 1, 1, 0, 0, 0, 0 },
		{ 0, 0, 0, 0, 1, 1, 0, 0, 1, 0 },
		{ 9, 0, 0, 0, 1, 1, 1, 0, 0, 0 },
	};
	static const uint8_t twice[] = { 0, 0, 0, 0, 1, 1, 1, 0, 0, 0,
	    1, 1, 1, 0, 0, 0 };
	static const uint8_t good[] = { 0, 0, 0, 0, 1, 1, 1, 0, 0, 0 };
	struct part_tally tally;
	struct span reason;

	(void)state;
	assert_int_equal(job_end_decode((struct span){ good, sizeof(good) },
	    &reason, &tally), OK);
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++)
		assert_int_equal(job_end_decode((struct span){ lies[i],
		    sizeof(lies[i]) },
		    &reason, &tally), ERR_INPUT);
	assert_int_equal(job_end_decode((struct span){ twice,
	    sizeof(twice) }, &reason, &tally), ERR_INPUT);
	for (size_t n = 1; n < sizeof(good); n++)
		if (n != 4)
			assert_int_equal(job_end_decode((struct span){ good,
			    n }, &reason, &tally), ERR_INPUT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_job_comes_back_whole),
		cmocka_unit_test(a_result_of_a_child_is_checked),
		cmocka_unit_test(an_unknown_method_is_refused),
		cmocka_unit_test(what_became_of_the_parts_comes_back),
		cmocka_unit_test(a_lie_about_the_parts_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
