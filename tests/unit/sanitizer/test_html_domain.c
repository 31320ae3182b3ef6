/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Host names: who registered them, what looks like one, Punycode. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../../sanitizer/html_domain.h"

static void
the_registrable_domain_follows_the_registries(void **state)
{
	static const struct { const char *host, *domain; } cases[] = {
		{ "www.example.com", "example.com" },
		{ "example.com", "example.com" },
		{ "com", "com" },
		{ "a.b.example.co.uk", "example.co.uk" },
		{ "example.co.uk", "example.co.uk" },
		{ "www.example.jp", "example.jp" },
		{ "a.example.co.jp", "example.co.jp" },
		{ "www.city.chiyoda.lg.jp", "chiyoda.lg.jp" },
		{ "www.soumu.go.jp", "soumu.go.jp" },
		{ "www.city.yokohama.jp", "city.yokohama.jp" },
		{ "www.example.naka.yokohama.jp", "example.naka.yokohama.jp" },
		{ "www.metro.tokyo.jp", "metro.tokyo.jp" },
		{ "www.pref.hokkaido.jp", "pref.hokkaido.jp" },
		{ "www.city.chiyoda.tokyo.jp", "city.chiyoda.tokyo.jp" },
		{ "a.user.github.io", "user.github.io" },
		{ "a.b.com.au", "b.com.au" },
		{ "www.example.de.", "example.de" },
		{ "192.0.2.1", "192.0.2.1" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct span domain = domain_registrable(
		    span_str(cases[i].host));

		if (!span_equal(domain, span_str(cases[i].domain)))
			print_error("%s: %.*s\n", cases[i].host,
			    (int)domain.len, (const char *)domain.ptr);
		assert_true(span_equal(domain, span_str(cases[i].domain)));
	}
}

static void
words_of_a_text_are_told_from_hosts(void **state)
{
	static const struct { const char *word; bool host; } cases[] = {
		{ "example.com", true }, { "a.jp", true },
		{ "city.x.lg.jp", true }, { "xn--a.xn--p1ai", true },
		{ "example.tokyo", true }, { "a.b.sh", true },
		{ "readme.md", false }, { "node.js", false },
		{ "e.g", false }, { "3.14", false }, { "a..jp", false },
		{ "-a.jp", false }, { "jp", false }, { "a.zip7", false },
		{ "index.html", false }, { "", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(domain_is_host(span_str(cases[i].word)),
		    cases[i].host);
}

static void
addresses_are_known_in_all_spellings(void **state)
{
	static const struct { const char *host; bool address; } cases[] = {
		{ "192.0.2.1", true }, { "3232235777", true },
		{ "0x7f.1", true }, { "0xc0a80001", true }, { "[::1]", true },
		{ "127.1.", true }, { "a.0x", true }, { "example.com", false },
		{ "1.2.3.com", false }, { "0xg", false }, { "", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(domain_is_address(span_str(cases[i].host)),
		    cases[i].address);
}

static void
punycode_goes_both_ways(void **state)
{
	/* RFC 3492 section 7.1 (A, B, I, L, N) and names in use */
	static const struct { const char *unicode, *ascii; } cases[] = {
		{ "日本語.jp", "xn--wgv71a119e.jp" },
		{ "www.総務省.jp", "www.xn--lhr645fjve.jp" },
		{ "ليهمابتكلموشعربي؟", "xn--egbpdaj6bu4bxfgehfvwxn" },
		{ "他们为什么不说中文", "xn--ihqwcrb4cv8a8dqg056pqjye" },
		{ "почемужеонинеговорятпорусски",
		    "xn--b1abfaaepdrnnbgefbadotcwatmq2g4l" },
		{ "3年b組金八先生", "xn--3b-ww4c5e180e575a65lsy2b" },
		{ "hello-another-way-それぞれの場所",
		    "xn--hello-another-way--fc4qua05auwb3674vfr0b" },
		{ "bücher.example", "xn--bcher-kva.example" },
		{ "plain.example", "plain.example" },
	};
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_clear(&out);
		assert_true(domain_to_ascii(span_str(cases[i].unicode), &out));
		assert_true(span_equal(buf_span(&out),
		    span_str(cases[i].ascii)));
		buf_clear(&out);
		assert_true(domain_to_unicode(span_str(cases[i].ascii), &out));
		assert_true(span_equal(buf_span(&out),
		    span_str(cases[i].unicode)));
	}
	buf_fini(&out);
}

static void
bad_punycode_is_refused_and_leaves_nothing(void **state)
{
	static const char *const bad[] = {
		"xn--", "xn--99999999", "xn--\xe3\x81\x82", "a.xn--b.jp",
	};
	char longest[80];
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(domain_to_unicode(span_str(bad[i]), &out));
		assert_int_equal(out.len, 0);
	}
	assert_false(domain_to_ascii(SPAN("a\xe2\x80\xae.jp"), &out));
	assert_false(domain_to_ascii(SPAN("\xff.jp"), &out));
	memset(longest, 'a', sizeof(longest));
	assert_false(domain_to_ascii((struct span){ (uint8_t *)longest, 64 },
	    &out));
	assert_int_equal(out.len, 0);
	buf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_registrable_domain_follows_the_registries),
		cmocka_unit_test(words_of_a_text_are_told_from_hosts),
		cmocka_unit_test(addresses_are_known_in_all_spellings),
		cmocka_unit_test(punycode_goes_both_ways),
		cmocka_unit_test(bad_punycode_is_refused_and_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
