/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the rules ask of the audit log. */
#include "helper.h"

static void
without_a_word_nothing_is_erased_sent_or_masked(void **state)
{
	struct rules_audit audit = { 1, 1, 1 };
	struct rules_image *image;
	struct buf bytes;

	(void)state;
	image = image_of(BASE, &bytes);
	rules_audit(image, &audit);
	assert_int_equal(audit.retain_days, 0);
	assert_int_equal(audit.mask, 0);
	assert_int_equal(audit.places, 0);
	rules_image_close(image);
	buf_fini(&bytes);
}

static void
what_is_said_is_in_the_image(void **state)
{
	char text[ADDRESS_TEXT_BYTES];
	struct rules_segment segment;
	struct rules_audit audit;
	struct rules_place place;
	struct rules_image *image;
	struct buf bytes;

	(void)state;
	image = image_of(BASE "audit {\n"
	    "    retain 3 years\n"
	    "    mask senders, names\n"
	    "    syslog tcp 10.20.3.9\n"
	    "    syslog tcp ::1 port 1601\n"
	    "}\n", &bytes);
	rules_audit(image, &audit);
	assert_int_equal(audit.retain_days, 3 * 366);
	assert_int_equal(audit.mask, RULES_MASK_SENDERS | RULES_MASK_NAMES);
	assert_int_equal(audit.places, 2);
	rules_audit_place(image, 0, &place);
	address_text(&place.address, text);
	assert_string_equal(text, "10.20.3.9");
	assert_int_equal(place.port, 601);
	rules_segment(image, place.segment, &segment);
	assert_true(span_equal(segment.name, SPAN("lgwan")));
	rules_audit_place(image, 1, &place);
	address_text(&place.address, text);
	assert_string_equal(text, "::1");
	assert_int_equal(place.port, 1601);
	assert_int_equal(place.segment, RULES_NONE);
	rules_image_close(image);
	buf_fini(&bytes);
}

static void
units_of_time_are_the_longer_ones(void **state)
{
	static const struct {
		const char	*text;
		uint32_t	 days;
	} rows[] = {
		{ "1 days", 1 }, { "12 months", 372 }, { "100 years", 36600 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rules_image *image;
		struct rules_audit audit;
		char text[1024];
		struct buf bytes;

		snprintf(text, sizeof(text), BASE "audit { retain %s }\n",
		    rows[i].text);
		image = image_of(text, &bytes);
		rules_audit(image, &audit);
		assert_int_equal(audit.retain_days, rows[i].days);
		rules_image_close(image);
		buf_fini(&bytes);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    without_a_word_nothing_is_erased_sent_or_masked),
		cmocka_unit_test(what_is_said_is_in_the_image),
		cmocka_unit_test(units_of_time_are_the_longer_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
