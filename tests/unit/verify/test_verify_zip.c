/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ZIPs of the safe form and others, to the container and to the archive. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "../../../gateway/verify/verify_archive.h"
#include "safe_pdf.h"
#include "safe_zip.h"

static struct archive archive;
static struct unzip zip;
static struct diag diag;
static struct out seen;		/* names and contents, as handed out */
static unsigned ends;

static enum err
see(void *arg, struct span s, struct diag *d)
{
	(void)arg;
	(void)d;
	put_bytes(&seen, s.ptr, s.len);
	return OK;
}

static enum err
see_end(void *arg, struct diag *d)
{
	(void)arg;
	(void)d;
	ends++;
	return OK;
}

static const struct unzip_reader seeing = { see, see, see_end };

/* The container alone, in steps. */
static bool
takes(const uint8_t *p, size_t len, size_t step)
{
	seen.len = 0;
	ends = 0;
	unzip_init(&zip, &seeing, NULL);
	for (size_t at = 0; at < len; at += step)
		if (unzip_write(&zip, (struct span){ p + at,
		    len - at < step ? len - at : step }, &diag) != OK)
			return false;
	return unzip_end(&zip, &diag) == OK;
}

static bool
takes_archive(const struct out *o)
{
	archive_init(&archive);
	return archive_write(&archive, (struct span){ o->ptr, o->len },
	    &diag) == OK && archive_end(&archive, &diag) == OK;
}

static bool
takes_one(const char *name, const void *bytes, size_t len, bool deflated)
{
	struct safe_zip z = { .n = 0 };
	struct out o;
	bool yes;

	put_entry(&z, name, bytes, len, deflated);
	o = finish_zip(&z);
	yes = takes_archive(&o);
	free(o.ptr);
	return yes;
}

static void
any_split_gives_names_and_contents(void **state)
{
	struct out o = make_small_zip();
	size_t len;

	(void)state;
	assert_true(takes(o.ptr, o.len, o.len));
	assert_int_equal(ends, 3);
	assert_memory_equal(seen.ptr, "説明.txt" SAFE_TEXT_FILE "b.txt",
	    10 + sizeof(SAFE_TEXT_FILE) - 1 + 5);
	len = seen.len;
	for (size_t step = 1; step < o.len; step++) {
		assert_true(takes(o.ptr, o.len, step));
		assert_int_equal(seen.len, len);
	}
	assert_true(takes_archive(&o));
	free(o.ptr);
}

static void
no_byte_may_change(void **state)
{
	struct out o = make_small_zip();

	(void)state;
	for (size_t i = 0; i < o.len; i++)
		for (unsigned x = 1; x < 256; x++) {
			o.ptr[i] ^= (uint8_t)x;
			if (takes(o.ptr, o.len, o.len))
				fail_msg("byte %zu changed by %02x", i, x);
			o.ptr[i] ^= (uint8_t)x;
		}
	assert_true(takes(o.ptr, o.len, o.len));
	free(o.ptr);
}

static void
nothing_may_be_added_or_missing(void **state)
{
	struct out o = make_small_zip();
	uint8_t *copy = malloc(o.len + 1);

	(void)state;
	assert_non_null(copy);
	for (size_t len = 0; len < o.len; len++)
		assert_false(takes(o.ptr, len, o.len));
	for (size_t at = 0; at <= o.len; at++)
		for (unsigned v = 0; v < 256; v++) {
			memcpy(copy, o.ptr, at);
			copy[at] = (uint8_t)v;
			memcpy(copy + at + 1, o.ptr + at, o.len - at);
			if (takes(copy, o.len + 1, o.len + 1))
				fail_msg("byte %02x put at %zu", v, at);
		}
	free(copy);
	free(o.ptr);
}

static void
an_empty_zip_is_refused(void **state)
{
	(void)state;
	assert_false(takes((const uint8_t *)"PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0"
	    "\0\0\0\0\0", 22, 22));
}

static void
names_are_compared_without_case(void **state)
{
	static const struct {
		const char *first, *second;
		bool yes;
	} rows[] = {
		{ "a.txt", "b.txt", true }, { "a.txt", "a.txt", false },
		{ "a.txt", "A.txt", false }, { "あ.txt", "ア.txt", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct safe_zip z = { .n = 0 };
		struct out o;

		put_entry(&z, rows[i].first, "\xef\xbb\xbf\r\n", 5, false);
		put_entry(&z, rows[i].second, "\xef\xbb\xbf\r\n", 5, false);
		o = finish_zip(&z);
		assert_int_equal(takes_archive(&o), rows[i].yes);
		free(o.ptr);
	}
}

static void
entries_have_clean_names_of_known_forms(void **state)
{
	static const struct {
		const char *name;
		bool yes;
	} rows[] = {
		{ "a.txt", true }, { "説明 1.txt", true },
		{ "a.TXT", false }, { "a.exe", false }, { ".txt", false },
		{ "d/a.txt", false }, { "d\\a.txt", false },
		{ "/a.txt", false }, { "c:a.txt", false }, { "d/", false },
		{ ".a.txt", false }, { " a.txt", false }, { "a.txt ", false },
		{ "a\t.txt", false }, { "\xff.txt", false },
		{ "\xe2\x80\xae" "txt.txt", false }, { "a.docx", false },
		{ "a.zip", false }, { "a.jpg", false }, { "a.png", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (takes_one(rows[i].name, SAFE_TEXT_FILE,
		    sizeof(SAFE_TEXT_FILE) - 1, true) != rows[i].yes)
			fail_msg("%s", rows[i].name);
}

static void
contents_are_what_their_names_say(void **state)
{
	struct out png = make_png(31, 9, PNG_COLOR_TYPE_PALETTE, 6);
	struct out jpeg = make_jpeg(37, 21, 0x22, false);
	struct out pdf = make_pdf(NULL);
	static const char csv[] = "\xef\xbb\xbf\"a\",\"b\"\r\n";

	(void)state;
	assert_true(takes_one("a.pdf", pdf.ptr, pdf.len, false));
	assert_false(takes_one("a.pdf", pdf.ptr, pdf.len - 1, false));
	assert_false(takes_one("a.pdf", png.ptr, png.len, false));
	assert_true(takes_one("a.csv", csv, sizeof(csv) - 1, false));
	assert_false(takes_one("a.csv", csv, sizeof(csv) - 2, false));
	free(pdf.ptr);
	assert_true(takes_one("a.png", png.ptr, png.len, false));
	assert_true(takes_one("a.jpg", jpeg.ptr, jpeg.len, false));
	assert_false(takes_one("a.jpg", png.ptr, png.len, false));
	assert_false(takes_one("a.txt", png.ptr, png.len, false));
	assert_false(takes_one("a.txt", "x\r\n", 3, false));
	assert_false(takes_one("a.txt", "", 0, false));
	assert_false(takes_one("a.png", png.ptr, png.len - 1, false));
	free(png.ptr);
	free(jpeg.ptr);
}

/* Deflated, and not smaller for it, is not what the writer does. */
static void
deflated_is_smaller(void **state)
{
	(void)state;
	assert_true(takes_one("a.txt", SAFE_TEXT_FILE,
	    sizeof(SAFE_TEXT_FILE) - 1, true));
	assert_false(takes_one("a.txt", "\xef\xbb\xbfxy\r\n", 7, true));
}

static void
there_are_at_most_2000_entries(void **state)
{
	char name[16];

	(void)state;
	for (unsigned n = 2000; n <= 2001; n++) {
		struct safe_zip z = { .n = 0 };
		struct out o;

		for (unsigned i = 0; i < n; i++) {
			snprintf(name, sizeof(name), "%u", i);
			put_entry(&z, name, "x", 1, false);
		}
		o = finish_zip(&z);
		assert_int_equal(takes(o.ptr, o.len, o.len), n == 2000);
		free(o.ptr);
	}
}

static bool
mail_with(const char *name, const struct out *o)
{
	struct out mail = { NULL, 0, 0 };
	bool yes;

	put_top_fields(&mail);
	put_multipart(&mail, 0, TEST_TEXT);
	put_part(&mail, 0, "application/zip", name, o->ptr, o->len);
	put_delimiter(&mail, 0, "--");
	yes = judge(mail.ptr, mail.len).yes;
	free(mail.ptr);
	return yes;
}

static void
a_mail_may_have_an_archive(void **state)
{
	struct out o = make_small_zip();

	(void)state;
	assert_true(mail_with("資料.zip", &o));
	assert_false(mail_with("a.txt", &o));
	o.len--;
	assert_false(mail_with("a.zip", &o));
	free(o.ptr);
}

static int
tidy(void **state)
{
	(void)state;
	free(seen.ptr);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_split_gives_names_and_contents),
		cmocka_unit_test(no_byte_may_change),
		cmocka_unit_test(nothing_may_be_added_or_missing),
		cmocka_unit_test(an_empty_zip_is_refused),
		cmocka_unit_test(names_are_compared_without_case),
		cmocka_unit_test(entries_have_clean_names_of_known_forms),
		cmocka_unit_test(contents_are_what_their_names_say),
		cmocka_unit_test(deflated_is_smaller),
		cmocka_unit_test(there_are_at_most_2000_entries),
		cmocka_unit_test(a_mail_may_have_an_archive),
	};

	return cmocka_run_group_tests(tests, NULL, tidy);
}
