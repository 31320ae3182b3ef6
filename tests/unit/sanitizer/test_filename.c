/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of files: what becomes of what a sender wrote. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "../../../sanitizer/filename.h"

static void
expect(const char *raw, const char *extension, const char *wanted)
{
	struct buf out;

	buf_init(&out, 4096);
	assert_int_equal(filename_clean(span_str(raw), SPAN("添付"),
	    extension, &out), OK);
	assert_int_equal(buf_add_byte(&out, 0), OK);
	assert_string_equal((const char *)out.ptr, wanted);
	buf_fini(&out);
}

static void
the_extension_is_that_of_what_we_make(void **state)
{
	(void)state;
	expect("見積書.xlsm", "txt", "見積書.txt");
	expect("photo.JPG", "jpg", "photo.jpg");
	expect("photo", "jpg", "photo.jpg");
	expect("v1.2", "txt", "v1.2.txt");
	expect("2026.11.22 報告", "txt", "2026.11.22 報告.txt");
}

static void
inner_extensions_lose_their_dot(void **state)
{
	(void)state;
	expect("請求書.pdf.exe", "txt", "請求書_pdf.txt");
	expect("a.exe.jpg", "jpg", "a_exe.jpg");
	expect("a.tar.gz", "txt", "a_tar.txt");
}

static void
only_the_last_component_stays(void **state)
{
	(void)state;
	expect("../../etc/passwd", "txt", "passwd.txt");
	expect("C:\\temp\\報告.txt", "txt", "報告.txt");
	expect("a/", "txt", "添付.txt");
}

static void
what_windows_refuses_is_replaced(void **state)
{
	(void)state;
	expect("a:b*c?d\"e<f>g|h.txt", "txt", "a_b_c_d_e_f_g_h.txt");
	expect("CON.txt", "txt", "_CON.txt");
	expect("com1", "txt", "_com1.txt");
	expect("lpt9.anything", "txt", "_lpt9.anything.txt");
	expect("console.txt", "txt", "console.txt");
	expect("name. . .", "txt", "name.txt");
	expect("...hidden", "txt", "hidden.txt");
	expect("   ", "txt", "添付.txt");
	expect("", "eml", "添付.eml");
}

static void
the_invisible_is_taken_out(void **state)
{
	(void)state;
	expect("写真\xe2\x80\xaegpj.scr", "txt", "写真gpj.txt");
	expect("a\xe2\x80\x8b" "b\x01\x7f" "c.txt", "txt", "abc.txt");
	expect("a\r\nb\tc.txt", "txt", "a b c.txt");
}

static void
marks_are_composed(void **state)
{
	(void)state;
	expect("か\xe3\x82\x99.txt", "txt", "が.txt");	/* NFD to NFC */
	expect("①㈱.txt", "txt", "①㈱.txt");		/* never NFKC */
}

static void
long_names_are_cut_between_characters(void **state)
{
	struct buf raw, out;

	(void)state;
	buf_init(&raw, 4096);
	buf_init(&out, 4096);
	for (int i = 0; i < 300; i++)
		assert_int_equal(buf_add_str(&raw, "字"), OK);
	assert_int_equal(filename_clean(buf_span(&raw), SPAN("x"), "txt",
	    &out), OK);
	assert_int_equal(out.len, 3 * 65 + 4);	/* 194 bytes fit: 64.7 */
	assert_true(out.len <= FILENAME_BYTES_MAX);
	buf_fini(&raw);
	buf_fini(&out);
}

static void
a_taken_name_gets_a_number(void **state)
{
	const struct span taken[] = { SPAN("A.txt"), SPAN("a(2).txt") };
	struct buf name;

	(void)state;
	buf_init(&name, 1024);
	assert_int_equal(buf_add_str(&name, "a.TXT"), OK);
	assert_int_equal(filename_unique(&name, taken, 2), OK);
	assert_true(span_equal(buf_span(&name), SPAN("a(3).TXT")));
	assert_int_equal(filename_unique(&name, taken, 2), OK);
	assert_true(span_equal(buf_span(&name), SPAN("a(3).TXT")));
	buf_fini(&name);
}

static void
a_name_to_show_keeps_its_extension(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 1024);
	assert_int_equal(filename_show(SPAN("x/請求書.pdf.exe"), &out), OK);
	assert_true(span_equal(buf_span(&out), SPAN("請求書.pdf.exe")));
	buf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_extension_is_that_of_what_we_make),
		cmocka_unit_test(inner_extensions_lose_their_dot),
		cmocka_unit_test(only_the_last_component_stays),
		cmocka_unit_test(what_windows_refuses_is_replaced),
		cmocka_unit_test(the_invisible_is_taken_out),
		cmocka_unit_test(marks_are_composed),
		cmocka_unit_test(long_names_are_cut_between_characters),
		cmocka_unit_test(a_taken_name_gets_a_number),
		cmocka_unit_test(a_name_to_show_keeps_its_extension),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
