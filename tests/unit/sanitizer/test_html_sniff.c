/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The charset that a page names in its first bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../../sanitizer/html_text.h"

struct page {
	const char	*html;
	const char	*text;
};

static void
a_page_names_its_charset(void **state)
{
	static const struct page cases[] = {
		{ "<meta charset=Shift_JIS>", "Shift_JIS" },
		{ "<META CHARSET = \" euc-jp \" >", "euc-jp" },
		{ "<meta http-equiv=Content-Type content='text/html; "
		    "charset=ISO-2022-JP'>", "ISO-2022-JP" },
		{ "<!-- <meta charset=x> --><meta charset=y>", "y" },
		{ "<?xml version='1.0' encoding='cp932'?><html>", "cp932" },
		{ "\xef\xbb\xbf<meta charset=x>", "utf-8" },
		{ "<meta name=x content='charset=y'>", NULL },
		{ "<script>'<meta charset=x>'</script>", NULL },
		{ "", NULL },
	};
	struct span label;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool found = html_sniff_charset(span_str(cases[i].html),
		    &label);

		assert_int_equal(found, cases[i].text != NULL);
		if (found)
			assert_true(span_equal(label,
			    span_str(cases[i].text)));
	}
}

static void
only_the_first_bytes_are_looked_at(void **state)
{
	static uint8_t bytes[5000];
	static const char meta[] = "<meta charset=euc-jp>";
	struct span label;

	(void)state;
	memset(bytes, ' ', sizeof(bytes));
	memcpy(bytes + 4000, meta, sizeof(meta) - 1);
	assert_true(html_sniff_charset((struct span){ bytes, sizeof(bytes) },
	    &label));
	memset(bytes, ' ', sizeof(bytes));
	memcpy(bytes + 4090, meta, sizeof(meta) - 1);
	assert_false(html_sniff_charset((struct span){ bytes, sizeof(bytes) },
	    &label));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_page_names_its_charset),
		cmocka_unit_test(only_the_first_bytes_are_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
