/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every way in which mail programs disagree on a mail: each one has its flag,
 * and the leaves of all readings are found.
 */
#include "mime_helper.h"

#define MIXED	"Content-Type: multipart/mixed; boundary=bbb\n\n"
#define BASE64	"Content-Transfer-Encoding: base64\n"

static void
parts_before_the_first_and_behind_the_last(void **state)
{
	static const struct reading cases[] = {
		/* harmless: never copied, no flag */
		{ MIXED "preamble\n--bbb\n\none\n--bbb--\nepilogue\n", 0,
		    { "one" } },
		/* further delimiters behind the close one */
		{ MIXED "--bbb\n\none\n--bbb--\n--bbb\n\ntwo\n--bbb--\n",
		    F(MIME_EPILOGUE_CONTENT), { "one", "two" } },
		/* a header in the epilogue, in the preamble */
		{ MIXED "--bbb\n\none\n--bbb--\nx\nContent-Type: text/html\n\n"
		    "two", F(MIME_EPILOGUE_CONTENT), { "one", "two" } },
		{ MIXED "Content-Type: text/html\n\nzero\n--bbb\n\none\n"
		    "--bbb--\n", F(MIME_EPILOGUE_CONTENT), { "zero", "one" } },
		/* uuencode there */
		{ MIXED "--bbb\n\none\n--bbb--\nbegin 644 a\n#0V%T\n`\nend\n",
		    F(MIME_EPILOGUE_CONTENT) | F(MIME_INLINE_ENCODED),
		    { "one", "Cat" } },
	};
	struct mail m;

	(void)state;
	CHECK(cases);
	mail_parse(&m, cases[1].mail);
	assert_int_equal(part_at(m.tree.root, "1.1")->view, 0);
	assert_int_equal(part_at(m.tree.root, "1.2")->view, 1);
	mail_fini(&m);
}

#define BODY_A_AND_B	"--aaa\n\none\n--aaa--\n--bbb\n\ntwo\n--bbb--\n"

static void
two_boundaries(void **state)
{
	static const struct reading cases[] = {
		{ "Content-Type: multipart/mixed; boundary=aaa; boundary=bbb\n"
		    "\n" BODY_A_AND_B, F(MIME_TWO_BOUNDARIES),
		    { "one", "two" } },
		{ "Content-Type: multipart/mixed; boundary=aaa;\n"
		    " boundary*=us-ascii''bbb\n\n" BODY_A_AND_B,
		    F(MIME_TWO_BOUNDARIES), { "one", "two" } },
		{ "Content-Type: multipart/mixed; boundary=aaa;\n"
		    " boundary*0=b; boundary*1=bb\n\n" BODY_A_AND_B,
		    F(MIME_TWO_BOUNDARIES), { "one", "two" } },
		/* both say the same */
		{ "Content-Type: multipart/mixed; boundary=aaa;\n"
		    " boundary*=us-ascii''aaa\n\n--aaa\n\none\n--aaa--\n", 0,
		    { "one" } },
	};
	(void)state;
	CHECK(cases);
}

static void
two_content_types(void **state)
{
	static const struct reading cases[] = {
		{ "Content-Type: text/plain\n"
		    "Content-Type: multipart/mixed; boundary=bbb\n\n"
		    "--bbb\n\none\n--bbb--\n", F(MIME_TWO_CONTENT_TYPES),
		    { "one", "--bbb\n\none\n--bbb--\n" } },
		{ "Content-Type: multipart/mixed; boundary=aaa\n"
		    "Content-Type: multipart/mixed; boundary=bbb\n\n"
		    BODY_A_AND_B, F(MIME_TWO_CONTENT_TYPES),
		    { "one", "two" } },
		{ "Content-Type: text/plain\nContent-Type: text/plain\n\nx", 0,
		    { "x" } },
	};
	struct mail m;

	(void)state;
	CHECK(cases);
	mail_parse(&m, "Content-Type: text/plain\nContent-Type: text/html\n\n"
	    "<p>");
	assert_true(has_leaf(m.tree.root, "text/plain", "<p>"));
	assert_true(has_leaf(m.tree.root, "text/html", "<p>"));
	mail_fini(&m);
}

static void
two_transfer_encodings(void **state)
{
	static const struct reading cases[] = {
		{ BASE64 "Content-Transfer-Encoding: 7bit\n\nQ2F0",
		    F(MIME_TWO_ENCODINGS), { "Cat", "Q2F0" } },
		{ "Content-Transfer-Encoding: quoted-printable\n" BASE64
		    "\nQ2F0", F(MIME_TWO_ENCODINGS), { "Cat", "Q2F0" } },
		{ BASE64 BASE64 "\nQ2F0", 0, { "Cat" } },
	};
	(void)state;
	CHECK(cases);
}

static void
boundary_as_an_encoded_word(void **state)
{
	static const struct reading cases[] = {
		{ "Content-Type: multipart/mixed;\n"
		    " boundary=\"=?us-ascii?Q?bbb?=\"\n\n--bbb\n\none\n"
		    "--bbb--\n", F(MIME_ENCODED_BOUNDARY), { "one" } },
		{ "Content-Type: multipart/mixed;\n"
		    " boundary=\"=?us-ascii?Q?bbb?=\"\n\n"
		    "--=?us-ascii?Q?bbb?=\n\none\n--=?us-ascii?Q?bbb?=--\n"
		    "--bbb\n\ntwo\n--bbb--\n", F(MIME_ENCODED_BOUNDARY),
		    { "one", "two" } },
	};
	(void)state;
	CHECK(cases);
}

static void
comments_in_the_type(void **state)
{
	static const struct reading cases[] = {
		{ "Content-Type: multi(c)part/mixed; boundary=bbb\n\n--bbb\n\n"
		    "one\n--bbb--\n", F(MIME_COMMENT_IN_TYPE), { "one" } },
		{ "Content-Type: multipart/(a(b)c)mixed; boundary=bbb\n\n"
		    "--bbb\n\none\n--bbb--\n", F(MIME_COMMENT_IN_TYPE),
		    { "one" } },
		/* where comments belong they are no ambiguity */
		{ "Content-Type: text/plain (text); charset=us-ascii (x)\n\n"
		    "one", 0, { "one" } },
	};
	(void)state;
	CHECK(cases);
}

static void
quoted_or_unknown_encodings(void **state)
{
	static const struct reading cases[] = {
		{ "Content-Transfer-Encoding: \"base64\"\n\nQ2F0",
		    F(MIME_BAD_ENCODING), { "Cat", "Q2F0" } },
		{ "Content-Transfer-Encoding: base64 (really)\n\nQ2F0",
		    F(MIME_BAD_ENCODING), { "Cat", "Q2F0" } },
		/* unknown: its bytes look like base64, or they do not */
		{ "Content-Transfer-Encoding: x-foo\n\nQ2F0Q2F0\n",
		    F(MIME_BAD_ENCODING), { "CatCat", "Q2F0Q2F0\n" } },
		{ "Content-Transfer-Encoding: x-foo\n\nplain text\n",
		    F(MIME_BAD_ENCODING), { "plain text\n" } },
	};
	(void)state;
	CHECK(cases);
}

static void
base64_with_padding_inside(void **state)
{
	static const struct reading cases[] = {
		{ BASE64 "\nQ2E=\nQ2F0\n", F(MIME_BASE64_PADDING),
		    { "Ca", "CaCat" } },
		{ BASE64 "\nQ2E=\n", 0, { "Ca" } },
	};
	(void)state;
	CHECK(cases);
}

static void
base64_with_junk_or_cut_off(void **state)
{
	static const struct reading cases[] = {
		{ BASE64 "\nQ2*F0\n", F(MIME_BASE64_JUNK), { "Cat" } },
		{ BASE64 "\nQ2F0Q\n", F(MIME_BASE64_JUNK), { "Cat" } },
		{ BASE64 "\nQ2F0Q2\n", F(MIME_BASE64_JUNK), { "CatC" } },
		/* blanks harm nobody; junk behind 64 bytes counts as well */
		{ BASE64 "\nQ2F0 \r\n\tQ2F0\r\n", 0, { "CatCat" } },
		{ BASE64 "\nQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB"
		    "QUFBQUFBQUFBQUFBQUFB\nQUFBQUFBQUFBQUFBQUFBQUFBQUFB!QUFB\n",
		    F(MIME_BASE64_JUNK), { NULL } },
		/* 63 characters, a line end, one more: whole quanta */
		{ BASE64 "\nQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB"
		    "QUFBQUFBQUFBQUF\nB", 0, { NULL } },
	};
	(void)state;
	CHECK(cases);
}

static void
readings_that_agree_on_a_part_have_it_once(void **state)
{
	struct mail m;

	(void)state;
	/* view 0: one, two with three; view 1: (one), two, three */
	mail_parse(&m, MIXED "--bbb\n\none\n--bbb\n\ntwo\r--bbb\n\nthree\n"
	    "--bbb--\n");
	assert_int_equal(m.tree.parts, 5);
	assert_int_equal(part_at(m.tree.root, "1.1")->view, 0);
	assert_int_equal(part_at(m.tree.root, "1.2")->view, 0);
	assert_int_equal(part_at(m.tree.root, "1.3")->view, 1);
	assert_true(decodes_to(part_at(m.tree.root, "1.4"), "three"));
	mail_fini(&m);
}

static void
bare_cr_as_a_line_end(void **state)
{
	static const struct reading cases[] = {
		/* before a delimiter, behind it */
		{ MIXED "--bbb\n\none\r--bbb\n\ntwo\n--bbb--\n",
		    F(MIME_BARE_CR), { "one", "two",
		    "one\r--bbb\n\ntwo" } },
		{ MIXED "--bbb\n\none\n--bbb\r\rtwo\n--bbb--\n",
		    F(MIME_BARE_CR), { "one", "two" } },
		/* in a header: it hides a field */
		{ "Subject: a\rContent-Type: text/html\n\n<p>\n",
		    F(MIME_BARE_CR), { "<p>\n" } },
		/* no other line end in all of the mail, an mbox line first */
		{ "From a Thu Jan  1 00:00:00 2026\rSubject: x\r\rone\r",
		    F(MIME_BARE_CR) | F(MIME_BAD_HEADER), { "one\r" } },
		{ "Subject: x\r\rone\r", F(MIME_BARE_CR), { "one\r" } },
	};
	struct mail m;

	(void)state;
	CHECK(cases);
	mail_parse(&m, cases[2].mail);
	assert_true(has_leaf(m.tree.root, "text/plain", "<p>\n"));
	assert_true(has_leaf(m.tree.root, "text/html", "<p>\n"));
	mail_fini(&m);
}

static void
nul_in_the_header(void **state)
{
	static const char mail[] = "Content-Type: multipart/mixed; boundary="
	    "bbb\0ccc\n\n--bbb\n\none\n--bbb--\n--bbbccc\n\ntwo\n--bbbccc--\n";
	struct mail m;

	(void)state;
	mail_parse_span(&m, (struct span){ (const uint8_t *)mail,
	    sizeof(mail) - 1 });
	assert_int_equal(m.err, OK);
	assert_true((m.tree.flags & F(MIME_NUL_IN_HEADER)) != 0);
	assert_true(has_leaf(m.tree.root, NULL, "one"));
	assert_true(has_leaf(m.tree.root, NULL, "two"));
	mail_fini(&m);
	mail_parse_span(&m, SPAN("Subj\0ect: a\0b\n\nx"));
	assert_int_equal(m.err, OK);
	assert_int_equal(m.tree.flags, F(MIME_NUL_IN_HEADER));
	assert_true(span_equal(mime_field_find(m.tree.root,
	    SPAN("subject"))->value, SPAN("ab")));
	mail_fini(&m);
}

static void
bad_content_types(void **state)
{
#define ONE	"\n\n--bbb\n\none\n--bbb--\n"
	static const struct reading cases[] = {
		{ "Content-Type: multipart/mixed boundary=bbb" ONE,
		    F(MIME_BAD_CONTENT_TYPE), { "one" } },
		{ "Content-Type: multipart/mixed; boundary=\"bbb" ONE,
		    F(MIME_BAD_CONTENT_TYPE), { "one" } },
		{ "Content-Type: multipart/mixed; boundary=\"bbb; x=y" ONE,
		    F(MIME_BAD_CONTENT_TYPE), { "one" } },
		{ "Content-Type: multipart/mixed; x=\"; boundary=bbb" ONE,
		    F(MIME_BAD_CONTENT_TYPE), { "one" } },
		{ "Content-Type: multipart/mixed; boundary=bbb x" ONE,
		    F(MIME_BAD_CONTENT_TYPE), { "one" } },
		{ "Content-Type: \"multipart/mixed\"; boundary=bbb" ONE,
		    F(MIME_BAD_CONTENT_TYPE), { "one" } },
		{ "Content-Type: multipart; boundary=bbb" ONE,
		    F(MIME_BAD_CONTENT_TYPE), { "one" } },
		/* types that are no multipart, but the lines are there */
		{ "Content-Type: boundary=bbb" ONE,
		    F(MIME_BAD_CONTENT_TYPE), { "one" } },
		{ "Content-Type: x-multipart/mixed; boundary=bbb" ONE,
		    F(MIME_BAD_CONTENT_TYPE), { "one" } },
		{ "Content-Type: multi\\part/mixed; boundary=bbb" ONE,
		    F(MIME_BAD_CONTENT_TYPE), { "one" } },
		{ "Content-Type: =?us-ascii?Q?multipart/mixed=3B_?= "
		    "boundary=bbb" ONE, F(MIME_BAD_CONTENT_TYPE), { "one" } },
		/* good ones of all sorts */
		{ "Content-Type:multipart/mixed;boundary=\"bbb\"" ONE, 0,
		    { "one" } },
		{ "CONTENT-TYPE: Multipart / Mixed ;\n\tBOUNDARY = bbb ;" ONE,
		    0, { "one" } },
		{ "Content-Type: multipart/mixed; boundary=\"b\\bb\"" ONE, 0,
		    { "one" } },
	};
	(void)state;
	CHECK(cases);
}

static void
junk_behind_a_delimiter(void **state)
{
	static const struct reading cases[] = {
		{ MIXED "--bbb\n\none\n--bbbjunk\n\ntwo\n--bbb--\n",
		    F(MIME_DELIMITER_JUNK), { "one", "two",
		    "one\n--bbbjunk\n\ntwo" } },
		{ MIXED "--bbb x\n\none\n--bbb-- x\n", F(MIME_DELIMITER_JUNK),
		    { "one" } },
		/* RFC 2046: blanks may follow */
		{ MIXED "--bbb \t\n\none\n--bbb-- \n", 0, { "one" } },
		{ "Content-Type: multipart/mixed; boundary=\"bbb  \"\n\n"
		    "--bbb\n\none\n--bbb--\n", 0, { "one" } },
		/* a delimiter of an inner multipart is no junk */
		{ MIXED "--bbb\nContent-Type: multipart/mixed; boundary=bbb2\n"
		    "\n--bbb2\n\none\n--bbb2--\n--bbb--\n", 0, { "one" } },
	};
	(void)state;
	CHECK(cases);
}

static void
multiparts_and_mails_in_an_encoding(void **state)
{
	static const struct reading cases[] = {
		/* "--bbb\n\none\n--bbb--\n" */
		{ BASE64 MIXED "LS1iYmIKCm9uZQotLWJiYi0tCg==\n",
		    F(MIME_ENCODED_MULTIPART), { "one" } },
		{ "Content-Transfer-Encoding: quoted-printable\n" MIXED
		    "=2D-bbb\n\none\n=2D-bbb--\n", F(MIME_ENCODED_MULTIPART),
		    { "one" } },
		/* says so, but is not */
		{ "Content-Transfer-Encoding: quoted-printable\n" MIXED
		    "--bbb\n\none\n--bbb--\n", F(MIME_ENCODED_MULTIPART),
		    { "one" } },
		/* "Subject: x\n\none" */
		{ BASE64 "Content-Type: message/rfc822\n\n"
		    "U3ViamVjdDogeAoKb25l\n", F(MIME_ENCODED_MULTIPART),
		    { "one" } },
		/* decoded it is a mail without a header */
		{ BASE64 "Content-Type: message/rfc822\n\nSubject: x\n\none",
		    F(MIME_ENCODED_MULTIPART) | F(MIME_BAD_HEADER),
		    { "one" } },
	};
	(void)state;
	CHECK(cases);
}

static void
pieces_of_mails_and_mails_elsewhere(void **state)
{
	static const struct reading cases[] = {
		{ "Content-Type: message/partial; number=1; total=2; id=x\n\n"
		    "one", F(MIME_PARTIAL), { "one" } },
		{ "Content-Type: message/external-body; access-type=url\n\n"
		    "one", F(MIME_PARTIAL), { "one" } },
	};
	(void)state;
	CHECK(cases);
}

static void
files_inside_a_text(void **state)
{
	static const struct reading cases[] = {
		{ "Subject: x\n\nhello\nbegin 644 a.txt\n#0V%T\n`\nend\nbye\n",
		    F(MIME_INLINE_ENCODED), { "Cat" } },
		{ "Subject: x\n\n=ybegin line=128 size=3 name=a b.zip\n"
		    "\x8b\x8b\n=yend size=2\n", F(MIME_INLINE_ENCODED),
		    { "aa" } },
		{ "Subject: x\n\nbegin-base64 644 a\nQ2F0\n====\n",
		    F(MIME_INLINE_ENCODED), { "Cat" } },
		{ "Subject: x\n\n(This file must be converted with BinHex 4.0)"
		    "\n\n:abc:\n", F(MIME_INLINE_ENCODED), { NULL } },
		/* in a text that is encoded itself */
		{ "Content-Transfer-Encoding: quoted-printable\n\n"
		    "=62egin 644 a\n#0V%T\n`\nend\n", F(MIME_INLINE_ENCODED),
		    { "Cat" } },
		/* words, not a file */
		{ "Subject: x\n\nbegin 2023 with us\nor not\n", 0,
		    { "begin 2023 with us\nor not\n" } },
	};
	struct mail m;

	(void)state;
	CHECK(cases);
	mail_parse(&m, cases[0].mail);
	assert_true(span_equal(m.tree.root->children->name, SPAN("a.txt")));
	assert_true(m.tree.root->leaf);
	mail_fini(&m);
}

static void
a_multipart_without_boundary(void **state)
{
	static const struct reading cases[] = {
		{ "Content-Type: multipart/mixed\n\nx\n--what\n\none\n"
		    "--what\n\ntwo\n--what--\n", F(MIME_NO_BOUNDARY),
		    { "one", "two" } },
		/* declared, but never used */
		{ MIXED "--what\n\none\n--what--\n", F(MIME_NO_BOUNDARY),
		    { "one" } },
		{ MIXED "no line of it\n", F(MIME_NO_BOUNDARY) |
		    F(MIME_BAD_HEADER), { "no line of it\n" } },
		{ BASE64 MIXED "Q2F0\n", F(MIME_NO_BOUNDARY) |
		    F(MIME_ENCODED_MULTIPART), { "Cat" } },
	};
	(void)state;
	CHECK(cases);
}

static void
a_multipart_that_is_cut_off(void **state)
{
	static const struct reading cases[] = {
		{ MIXED "--bbb\n\none\n--bbb\n\ntwo", F(MIME_NO_CLOSE),
		    { "one", "two" } },
		/* a header alone, as bounces have it: nothing is ambiguous */
		{ MIXED, 0, { NULL } },
	};
	(void)state;
	CHECK(cases);
}

static void
header_lines_that_are_none(void **state)
{
	static const struct reading cases[] = {
		/* in the middle: goes on */
		{ "Subject: x\nno field\nFrom: a\n\none", F(MIME_BAD_HEADER),
		    { "one" } },
		/* the empty line is missing */
		{ "Subject: x\nno field\nno field\n", F(MIME_BAD_HEADER),
		    { "no field\nno field\n" } },
		/* what comes behind it is read or not */
		{ "Subject: x\nno field\n" BASE64 "\nQ2F0", F(MIME_BAD_HEADER),
		    { "Cat", "no field\n" BASE64 "\nQ2F0" } },
		/* a line of blanks: an end, or none */
		{ "Subject: x\n \n" BASE64 "\nQ2F0", F(MIME_BAD_HEADER),
		    { "Cat", " \n" BASE64 "\nQ2F0" } },
		/* a header where the body should be */
		{ "Subject: x\n\n" BASE64 "\nQ2F0", F(MIME_BAD_HEADER),
		    { "Cat", BASE64 "\nQ2F0" } },
		{ "Content-Transfer-Encoding : base64\n\nQ2F0",
		    F(MIME_BAD_HEADER), { "Cat" } },
		{ MIXED "--bbb\n\v" BASE64 "\nQ2F0\n--bbb--\n",
		    F(MIME_BAD_HEADER), { "Cat" } },
		{ MIXED "--bbb\ntext at once\n--bbb--\n", F(MIME_BAD_HEADER),
		    { "text at once" } },
	};
	(void)state;
	CHECK(cases);
}

static void
each_flag_has_a_name(void **state)
{
	(void)state;
	for (unsigned a = 0; a < MIME_FLAG_N; a++) {
		const char *name = mime_flag_name(a);

		assert_true(strlen(name) > 2 && strlen(name) <= 40);
		assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz"
		    "0123456789-"), strlen(name));
		for (unsigned b = 0; b < a; b++)
			assert_string_not_equal(name, mime_flag_name(b));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_before_the_first_and_behind_the_last),
		cmocka_unit_test(two_boundaries),
		cmocka_unit_test(two_content_types),
		cmocka_unit_test(two_transfer_encodings),
		cmocka_unit_test(boundary_as_an_encoded_word),
		cmocka_unit_test(comments_in_the_type),
		cmocka_unit_test(quoted_or_unknown_encodings),
		cmocka_unit_test(base64_with_padding_inside),
		cmocka_unit_test(base64_with_junk_or_cut_off),
		cmocka_unit_test(readings_that_agree_on_a_part_have_it_once),
		cmocka_unit_test(bare_cr_as_a_line_end),
		cmocka_unit_test(nul_in_the_header),
		cmocka_unit_test(bad_content_types),
		cmocka_unit_test(junk_behind_a_delimiter),
		cmocka_unit_test(multiparts_and_mails_in_an_encoding),
		cmocka_unit_test(pieces_of_mails_and_mails_elsewhere),
		cmocka_unit_test(files_inside_a_text),
		cmocka_unit_test(a_multipart_without_boundary),
		cmocka_unit_test(a_multipart_that_is_cut_off),
		cmocka_unit_test(header_lines_that_are_none),
		cmocka_unit_test(each_flag_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
