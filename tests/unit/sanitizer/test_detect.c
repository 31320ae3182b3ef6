/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a file is by its bytes, and what its name adds to that. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "../../../sanitizer/detect.h"

static struct detected
look(struct span bytes, const char *name)
{
	struct input in = input_span(bytes);
	struct detected d;

	assert_int_equal(detect(&in, span_str(name), &d), OK);
	return d;
}

static const struct {
	const char	*bytes;
	size_t		 len;
	const char	*label;
} kinds[] = {
#define K(bytes, label) { bytes, sizeof(bytes) - 1, label }
	K("", "text"), K("hello, world\r\n", "text"),
	K("\xff\xd8\xff\xe0....", "jpeg"),
	K("\x89PNG\r\n\x1a\n....", "png"), K("GIF89a....", "gif"),
	K("RIFF....WEBPVP8 ", "webp"), K("RIFF....WAVEfmt ", "audio"),
	K("....ftypheic....", "heic"), K("....ftypisom....", "video"),
	K("%PDF-1.7\n", "pdf"), K("\r\n\r\n junk %PDF-1.4\n", "pdf"),
	K("%PDF-x\n", "text"),
	K("{\\rt{\\object}}", "rtf"), K("MZ\x90\0\3\0", "exe"),
	K("\x7f" "ELF\2\1\1", "exe"), K("L\0\0\0\1\x14\2\0\0", "lnk"),
	K("\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1", "one"),
	K("\x16\0-lh5-", "lzh"), K("7z\xbc\xaf\x27\x1c\0\4", "7z"),
	K("Rar!\x1a\7\0", "rar"), K("MSCF\0\0\0\0", "cab"),
	K("\x1f\x8b\x08\0", "gz"), K("\x78\x9f\x3e\x22\1\0", "tnef"),
	K("\x60\x82\x03\0", "xdw"), K("SQLite format 3\0", "database"),
	K("<!-- c --> <!DOCTYPE HTML><p>", "html"),
	K("\xef\xbb\xbf  <html>", "html"), K("<script>", "html"),
	K("<?xml version='1.0'?><svg/>", "svg"),
	K("<!-- c --><svg xmlns='x'>", "svg"),
	K("<?xml version='1.0'?><a/>", "xml"),
	K("#!/bin/sh\n", "script"), K("@echo off\r\n", "script"),
	K("[InternetShortcut]\r\nURL=x", "lnk"),
	K("BEGIN:VCALENDAR\r\n", "ics"), K("BEGIN:VCARD\r\n", "vcf"),
	K("-----BEGIN PGP MESSAGE-----\n", "pgp"),
	K("ID;PWXL;N;E\n", "slk"),
	K("%PDF-x trailer<</Root<</Pages<<>>>>>>", "pdf"),
	K("%PDF****\n1 0 obj<</Root 1 0 R>>", "pdf"),
	K("the header %PDF-x of a document, in a text", "text"),
	K("From: a@b\r\nTo: c@d\r\nSubject: x\r\n\r\nbody", "mail"),
	K("0123456789012345678901234567890123456789", "text"),
	K("0\x82\1\0\6\x09\x2a\x86\x48\x86\xf7\x0d\1\7\2......", "smime"),
	K("\xff\xfe" "a\0b\0", "text"),
	K("\xff\xfe" " \0<\0H\0t\0m\0l\0", "html"),
	K("\xfe\xff" "\0<\0h\0t\0m\0l\0>", "html"),
	K("\xff\xfe\0\0<\0\0\0h\0\0\0t\0\0\0m\0\0\0l\0\0\0", "html"),
	K("\xff\xfe" "R\0E\0G\0E\0D\0I\0T\0""4\0", "settings"),
	K("\xff\xfe" "F\0r\0o\0m\0:\0 \0a\0\n\0T\0o\0:\0 \0b\0\n\0", "text"),
	K("\xff\xfe" "<\1h\0t\0m\0l\0", "text"),
	K("\x93\x94\0\0\1\2\3\4", "unknown"),
#undef K
};

static void
each_kind_is_known_by_its_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct detected d = look((struct span){
		    (const uint8_t *)kinds[i].bytes, kinds[i].len }, "");

		if (strcmp(d.type->label, kinds[i].label) != 0)
			fail_msg("%zu: %s, not %s", i, d.type->label,
			    kinds[i].label);
	}
}

static void
a_name_does_not_make_a_file_safer(void **state)
{
	(void)state;
	assert_int_equal(look(SPAN("MZ\x90\0"), "a.txt").type->kind,
	    PART_ACTIVE);
	assert_int_equal(look(SPAN("MZ\x90\0"), "a.jpg").type->kind,
	    PART_ACTIVE);
}

static void
a_text_under_a_script_name_is_a_script(void **state)
{
	static const char *const names[] = { "a.vbs", "a.JS", "b.ps1", "c.bat",
	    "d.url", "e.iqy", "f.reg", "g.hta", "h.txt.vbs", "i.vbs " };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(look(SPAN("x = 1\r\n"),
		    names[i]).type->kind, PART_ACTIVE);
	assert_int_equal(look(SPAN("x = 1\r\n"), "a.txt").type->kind,
	    PART_TEXT);
	assert_int_equal(look(SPAN("a,b\r\n"), "a.csv").type->kind, PART_CSV);
}

static void
japanese_texts_are_no_com_programs(void **state)
{
	/* 見出し in CP932 */
	struct span text = SPAN("\x8c\xa9\x8f\x6f\x82\xb5,1\r\n2,3\r\n");

	(void)state;
	detect_warm();
	assert_int_equal(look(text, "a.txt").type->kind, PART_TEXT);
	assert_int_equal(look(text, "a.csv").type->kind, PART_CSV);
	assert_int_equal(look(text, "a.com").type->kind, PART_ACTIVE);
}

static void
disguises_are_seen(void **state)
{
	struct span exe = SPAN("MZ\x90\0");
	struct span jpeg = SPAN("\xff\xd8\xff\xe0");

	(void)state;
	assert_true(look(exe, "請求書.pdf.exe").disguised);
	assert_true(look(exe, "a.pdf").disguised);
	assert_true(look(jpeg, "a.exe").disguised);
	assert_true(look(jpeg, "a\xe2\x80\xae" "gpj.scr").disguised);
	assert_false(look(exe, "setup.exe").disguised);
	assert_false(look(jpeg, "photo.jpg").disguised);
	assert_false(look(jpeg, "v1.2.jpg").disguised);
	assert_false(look(jpeg, "").disguised);
}

static void
an_extension_of_the_same_family_is_fine(void **state)
{
	(void)state;
	assert_false(look(SPAN("\xff\xd8\xff\xe0"), "a.png").differs);
	assert_true(look(SPAN("\xff\xd8\xff\xe0"), "a.pdf").differs);
	assert_false(look(SPAN("hello"), "a.log").differs);
}

static void
two_signatures_make_a_polyglot(void **state)
{
	(void)state;
	assert_true(look(SPAN("GIF89a....%PDF-1.4"), "").polyglot);
	assert_true(look(SPAN("\xff\xd8\xff\xe0....PK\5\6................"),
	    "").polyglot);
	assert_false(look(SPAN("\xff\xd8\xff\xe0....."), "").polyglot);
}

/* A ZIP with one entry of this name, stored and empty. */
static struct span
make_zip(uint8_t *out, const char *name, uint8_t flags)
{
	size_t n = strlen(name), at = 0;

	memset(out, 0, 512);
	memcpy(out, "PK\3\4", 4);
	out[6] = flags;
	out[26] = (uint8_t)n;
	memcpy(out + 30, name, n);
	at = 30 + n;
	memcpy(out + at, "PK\1\2", 4);
	out[at + 8] = flags;
	out[at + 28] = (uint8_t)n;
	memcpy(out + at + 46, name, n);
	at += 46 + n;
	memcpy(out + at, "PK\5\6", 4);
	out[at + 12] = (uint8_t)(46 + n);
	return (struct span){ out, at + 22 };
}

static void
a_zip_is_known_by_its_names(void **state)
{
	uint8_t bytes[512];

	(void)state;
	assert_string_equal(look(make_zip(bytes, "a.txt", 0),
	    "").type->label, "zip");
	assert_string_equal(look(make_zip(bytes, "mimetype", 0),
	    "").type->label, "odf");
	assert_string_equal(look(make_zip(bytes, "META-INF/MANIFEST.MF", 0),
	    "").type->label, "jar");
	assert_string_equal(look(make_zip(bytes, "[Content_Types].xml", 0),
	    "").type->label, "ooxml");
}

static void
an_encrypted_zip_is_seen(void **state)
{
	uint8_t bytes[512];

	(void)state;
	assert_false(look(make_zip(bytes, "a.txt", 0), "").encrypted);
	assert_true(look(make_zip(bytes, "a.txt", 1), "").encrypted);
}

static void
cut_off_files_do_not_hurt(void **state)
{
	uint8_t bytes[512];

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		for (size_t n = 0; n < kinds[i].len; n++)
			assert_non_null(look((struct span){
			    (const uint8_t *)kinds[i].bytes, n },
			    "x.zip").type);
	for (size_t n = make_zip(bytes, "a", 1).len; n > 0; n--)
		assert_non_null(look((struct span){ bytes, n }, "").type);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_is_known_by_its_bytes),
		cmocka_unit_test(a_name_does_not_make_a_file_safer),
		cmocka_unit_test(a_text_under_a_script_name_is_a_script),
		cmocka_unit_test(japanese_texts_are_no_com_programs),
		cmocka_unit_test(disguises_are_seen),
		cmocka_unit_test(an_extension_of_the_same_family_is_fine),
		cmocka_unit_test(two_signatures_make_a_polyglot),
		cmocka_unit_test(a_zip_is_known_by_its_names),
		cmocka_unit_test(an_encrypted_zip_is_seen),
		cmocka_unit_test(cut_off_files_do_not_hurt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
