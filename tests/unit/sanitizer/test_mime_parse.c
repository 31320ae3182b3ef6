/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tree of a mail: structure, names, limits, and windows over a file.
 */
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "mime_helper.h"

#define MIXED	"Content-Type: multipart/mixed; boundary=bbb\n\n"

static void
a_plain_mail_is_one_leaf(void **state)
{
	struct mail m;

	(void)state;
	mail_parse(&m, "From: a@b\r\nSubject: one\r\n two\r\n\r\nbody\r\n");
	assert_int_equal(m.tree.parts, 1);
	assert_int_equal(m.tree.leaves, 1);
	assert_int_equal(m.tree.flags, 0);
	assert_true(m.tree.root->leaf);
	assert_true(span_equal(m.tree.root->type, SPAN("text/plain")));
	assert_true(span_equal(mime_field_find(m.tree.root,
	    SPAN("SUBJECT"))->value, SPAN("one two")));
	assert_null(mime_field_find(m.tree.root, SPAN("to")));
	assert_true(decodes_to(m.tree.root, "body\r\n"));
	mail_fini(&m);
}

static void
nested_multiparts_have_paths(void **state)
{
	struct mail m;
	const struct mime_part *part;

	(void)state;
	mail_parse(&m, MIXED "--bbb\n"
	    "Content-Type: multipart/alternative; boundary=ccc\n\n"
	    "--ccc\n\none\n--ccc\nContent-Type: TEXT/HTML; Charset=\"UTF-8\"\n"
	    "\ntwo\n--ccc--\n\n--bbb\nContent-Type: image/png\n"
	    "Content-Transfer-Encoding: Base64\n\nQ2F0\n--bbb--\n");
	assert_int_equal(m.tree.parts, 5);
	assert_int_equal(m.tree.leaves, 3);
	assert_int_equal(m.tree.flags, 0);
	part = part_at(m.tree.root, "1.1.2");
	assert_non_null(part);
	assert_true(span_equal(part->type, SPAN("text/html")));
	assert_true(span_equal(part->charset, SPAN("UTF-8")));
	assert_true(decodes_to(part, "two"));
	assert_int_equal(part->depth, 2);
	part = part_at(m.tree.root, "1.2");
	assert_int_equal(part->encoding, ENCODING_BASE64);
	assert_true(decodes_to(part, "Cat"));
	assert_false(part_at(m.tree.root, "1.1")->leaf);
	mail_fini(&m);
}

static void
a_mail_inside_is_parsed(void **state)
{
	struct mail m;
	const struct mime_part *part;

	(void)state;
	mail_parse(&m, MIXED "--bbb\nContent-Type: message/rfc822\n\n"
	    "From: inner\nContent-Type: text/html\n\n<p>\n--bbb--\n");
	part = part_at(m.tree.root, "1.1");
	assert_true(span_equal(part->type, SPAN("message/rfc822")));
	assert_false(part->leaf);
	part = part_at(m.tree.root, "1.1.1");
	assert_true(span_equal(mime_field_find(part, SPAN("from"))->value,
	    SPAN("inner")));
	assert_true(decodes_to(part, "<p>"));
	assert_int_equal(m.tree.leaves, 1);
	mail_fini(&m);
}

static void
parts_of_a_digest_are_mails(void **state)
{
	struct mail m;

	(void)state;
	mail_parse(&m, "Content-Type: multipart/digest; boundary=bbb\n\n"
	    "--bbb\n\nSubject: inner\n\none\n--bbb--\n");
	assert_true(span_equal(m.tree.root->children->type,
	    SPAN("message/rfc822")));
	assert_true(decodes_to(part_at(m.tree.root, "1.1.1"), "one"));
	mail_fini(&m);
}

struct name_case {
	const char	*fields;
	const char	*name;
	bool		 is_utf8;
	bool		 attachment;
};

static void
names_are_found(void **state)
{
	static const struct name_case cases[] = {
		{ "Content-Disposition: attachment; filename=\"a b.txt\"\n",
		    "a b.txt", false, true },
		{ "Content-Disposition: attachment; filename=a b.txt\n",
		    "a b.txt", false, true },
		{ "Content-Disposition: attachment; filename=a(1).txt\n",
		    "a(1).txt", false, true },
		{ "Content-Type: text/plain; name=\"=?utf-8?B?6Zai?=.txt\"\n",
		    "=?utf-8?B?6Zai?=.txt", false, false },
		{ "Content-Type: text/plain; name=no.txt\n"
		    "Content-Disposition: attachment;\n"
		    " filename*0*=utf-8''%E9%96;\n filename*1*=%A2.txt\n",
		    "関.txt", true, true },
		{ "Content-Disposition: inline; filename=a\n", "a", false,
		    false },
		{ "Content-Disposition: \"attachment\"; filename=a\n", "a",
		    false, true },
		{ "Content-Disposition: attachment; filename=\"a\\\"b\"\n",
		    "a\"b", false, true },
		{ "Content-Disposition: attachment; filename=\"a;b\"\n", "a;b",
		    false, true },
		{ "Content-Disposition: attachment; filename=\n", "", false,
		    true },
		{ "Content-Disposition: attachment\n", "", false, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[300];
		struct mail m;

		snprintf(text, sizeof(text), "%s\nx", cases[i].fields);
		mail_parse(&m, text);
		if (!span_equal(m.tree.root->name, span_str(cases[i].name)))
			fail_msg("%s gives \"%.*s\"", cases[i].fields,
			    (int)m.tree.root->name.len,
			    (const char *)m.tree.root->name.ptr);
		assert_int_equal(m.tree.root->name_is_utf8, cases[i].is_utf8);
		assert_int_equal(m.tree.root->attachment,
		    cases[i].attachment);
		mail_fini(&m);
	}
}

static void
parameters_of_texts_and_ids_are_found(void **state)
{
	struct mail m;

	(void)state;
	mail_parse(&m, "Content-Type: text/plain; charset=iso-2022-jp "
	    "(Japanese);\n format=Flowed; delsp=YES\n"
	    "Content-ID: <img1@example>\n\nx");
	assert_true(span_equal(m.tree.root->charset, SPAN("iso-2022-jp")));
	assert_true(m.tree.root->format_flowed);
	assert_true(m.tree.root->delsp);
	assert_true(span_equal(m.tree.root->content_id,
	    SPAN("img1@example")));
	mail_fini(&m);
}

static void
what_stands_before_a_mail_is_left_out(void **state)
{
	static const struct {
		const char	*text;
		uint32_t	 flags;
	} cases[] = {
		{ "From a@b Thu Jan  1 00:00:00 2026\nSubject: x\n\none", 0 },
		{ ">From a@b Thu Jan  1 00:00:00 2026\nSubject: x\n\none", 0 },
		{ "\r\n\r\nSubject: x\n\none", F(MIME_BAD_HEADER) },
		{ "  Subject: x\n\none", F(MIME_BAD_HEADER) },
		{ "\xef\xbb\xbfSubject: x\n\none", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mail m;

		mail_parse(&m, cases[i].text);
		assert_int_equal(m.tree.flags, cases[i].flags);
		assert_non_null(mime_field_find(m.tree.root,
		    SPAN("subject")));
		assert_true(decodes_to(m.tree.root, "one"));
		mail_fini(&m);
	}
}

static void
a_text_without_header_is_all_body(void **state)
{
	static const char *const texts[] = { "", "x", "one two\nthree\n",
		"\n\nNote: this is text\n" };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct mail m;

		mail_parse(&m, texts[i]);
		assert_null(m.tree.root->fields);
		assert_true(m.tree.root->leaf);
		mail_fini(&m);
	}
}

/* n times the piece behind a head. */
static char *
repeat(const char *head, const char *piece, size_t n, size_t *len)
{
	size_t h = strlen(head), p = strlen(piece);
	char *text = malloc(h + n * p + 1);

	assert_non_null(text);
	memcpy(text, head, h);
	for (size_t i = 0; i < n; i++)
		memcpy(text + h + i * p, piece, p);
	*len = h + n * p;
	text[*len] = '\0';
	return text;
}

struct limit_case {
	const char	*head;
	const char	*piece;
	size_t		 good;		/* so many are */
	size_t		 bad;
	const char	*tail;
};

static enum err
parse_repeated(const struct limit_case *c, size_t n)
{
	size_t len;
	char *front = repeat(c->head, c->piece, n, &len);
	char *text = repeat(front, c->tail, 1, &len);
	struct mail m;

	mail_parse_span(&m, (struct span){ (uint8_t *)text, len });
	if (m.err != OK)
		assert_string_not_equal(m.diag.what, "");
	mail_fini(&m);
	free(front);
	free(text);
	return m.err;
}

static void
limits_are_errors(void **state)
{
	static const struct limit_case cases[] = {
		/* parts, fields, bytes of a field, of a header */
		{ MIXED, "--bbb\n\nx\n", MIME_PARTS_MAX - 1, MIME_PARTS_MAX,
		    "--bbb--\n" },
		{ "", "X: y\n", MIME_FIELDS_MAX, MIME_FIELDS_MAX + 1,
		    "\nx" },
		{ "X:", "y", MIME_FIELD_BYTES_MAX - 2, MIME_FIELD_BYTES_MAX,
		    "\n\nx" },
		{ "", "X: 0123456789012345678901234567890123456789012345678901"
		    "23456789012345678901234567890123456789012345678901234567"
		    "89012345678901234567890123456789012345678901234567890123"
		    "45678901234567890123456789012345678901234567890123456789"
		    "01234567890123456789012345678901234567890123456789012345"
		    "6789012345\n", 800, 999, "\nx" },
		/* parameters, sections, boundary */
		{ "Content-Type: text/plain", "; a=b", MIME_PARAMETERS_MAX,
		    MIME_PARAMETERS_MAX + 1, "\n\nx" },
		{ "Content-Type: multipart/mixed; boundary=", "b",
		    MIME_BOUNDARY_BYTES_MAX, MIME_BOUNDARY_BYTES_MAX + 1,
		    "\n\nx" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (parse_repeated(&cases[i], cases[i].good) != OK)
			fail_msg("case %zu: %zu are too many", i,
			    cases[i].good);
		if (parse_repeated(&cases[i], cases[i].bad) != ERR_LIMIT)
			fail_msg("case %zu: %zu are not too many", i,
			    cases[i].bad);
	}
}

static void
depth_is_limited(void **state)
{
	static const struct limit_case mails = { "",
		"Content-Type: message/rfc822\n\n", MIME_DEPTH_MAX,
		MIME_DEPTH_MAX + 1, "Subject: x\n\none" };

	(void)state;
	assert_int_equal(parse_repeated(&mails, mails.good), OK);
	assert_int_equal(parse_repeated(&mails, mails.bad), ERR_LIMIT);
	assert_int_equal(parse_repeated(&mails, 100000), ERR_LIMIT);
}

static void
sections_beyond_the_limit_are_an_error(void **state)
{
	struct mail m;

	(void)state;
	mail_parse_span(&m, SPAN("Content-Disposition: attachment; "
	    "filename*100=a\n\nx"));
	assert_int_equal(m.err, ERR_LIMIT);
	mail_fini(&m);
}

/* What takes other parsers minutes: an answer at once, whatever it is. */
static void
attacks_on_time_are_answered_at_once(void **state)
{
	static const struct limit_case cases[] = {
		{ "Content-Type: text/plain", "; a1*0=x", 60000, 0, "\n\nx" },
		{ MIXED, "--bbb\n\n\n", 200000, 0, "--bbb--\n" },
		{ "", "X: y\n", 400000, 0, "\nx" },
		{ MIXED, "-", 4000000, 0, "\n" },
		{ MIXED, "\n--", 2000000, 0, "\n" },
		{ MIXED, "\n--bb", 1000000, 0, "\n" },
		{ MIXED, "a-", 4000000, 0, "\n" },
		{ "Subject: x\n\n", "begin 644 a\n", 500000, 0, "\n" },
		{ "Subject: x\n\n", "begin 644 a\n\n#0V%T\n", 400000, 0, "" },
		{ "Subject: x\r", "a\r ", 80000, 0, "\r\n\r\n" },
		{ "Content-Type: ", "(", 30000, 0, "\n\nx" },
		{ "Content-Type: ", "\"", 30000, 0, "\n\nx" },
		{ "Content-Type: ", "boundary", 4000, 0, "\n\nx" },
		{ "Content-Type: multipart/a", ";boundary=", 60, 0, "\n\nx" },
		{ "Subject: x\n\n", "Content-Type: a\n\n", 100000, 0, "" },
		{ "", "Content-Type: multipart/mixed; boundary=a\n\n--a\n",
		    50000, 0, "" },
		{ "Content-Transfer-Encoding: base64\n\n", "QQ==", 2000000, 0,
		    "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		clock_t start = clock();

		(void)parse_repeated(&cases[i], cases[i].good);
		if ((clock() - start) / CLOCKS_PER_SEC >= 4)
			fail_msg("case %zu is slow", i);
	}
}

/* Two readings in each level: 2^16 of them are not tried. */
static void
readings_do_not_explode(void **state)
{
	size_t len;
	char *text;
	struct mail m;

	(void)state;
	text = repeat("", "Content-Type: text/plain\n"
	    "Content-Type: message/rfc822\n"
	    "Content-Type: message/news\n"
	    "Content-Transfer-Encoding: \"7bit\"\n\n", 14, &len);
	mail_parse_span(&m, (struct span){ (uint8_t *)text, len });
	assert_true(m.err == OK || m.err == ERR_LIMIT);
	assert_true(m.tree.parts <= MIME_PARTS_MAX);
	mail_fini(&m);
	free(text);
}

/* The same bytes by a descriptor, at an offset in it. */
static enum err
parse_file(const char *text, size_t len, struct arena *arena,
    struct input *in, struct mime_tree *tree, int *fd)
{
	struct diag diag;

	*fd = memfd_create("mail", MFD_CLOEXEC);
	assert_int_not_equal(*fd, -1);
	assert_int_equal(write(*fd, "before", 6), 6);
	assert_int_equal(write(*fd, text, len), len);
	*in = input_fd(*fd, 6, len);
	return mime_parse(in, arena, tree, &diag);
}

#define WINDOW	(256 * 1024 + 8 * 1024)

static void
delimiters_at_the_edge_of_a_window_are_found(void **state)
{
	static const char head[] = MIXED "--bbb\n\n";
	static const char tail[] = "\r\n--bbb\r\n\r\ntwo\r\n--bbb--\r\n";
	char *text = malloc(2 * WINDOW);

	(void)state;
	assert_non_null(text);
	for (size_t shift = 0; shift < 40; shift++) {
		size_t first = WINDOW - sizeof(head) - 30 + shift;
		struct arena *arena = arena_new(ARENA_BYTES_MAX);
		struct mime_tree tree;
		struct input in;
		int fd;

		memcpy(text, head, sizeof(head) - 1);
		memset(text + sizeof(head) - 1, 'a', first);
		memcpy(text + sizeof(head) - 1 + first, tail,
		    sizeof(tail) - 1);
		assert_int_equal(parse_file(text, sizeof(head) - 1 + first +
		    sizeof(tail) - 1, arena, &in, &tree, &fd), OK);
		assert_int_equal(tree.parts, 3);
		assert_int_equal(tree.flags, 0);
		assert_int_equal(tree.root->children->body_bytes, first);
		assert_true(decodes_to(tree.root->children->next, "two"));
		close(fd);
		arena_free(arena);
	}
	free(text);
}

static void
a_large_mail_takes_little_memory(void **state)
{
	static const char head[] = MIXED "--bbb\n"
	    "Content-Transfer-Encoding: base64\n\n";
	size_t n = 20 * 1024 * 1024, at = sizeof(head) - 1;
	char *text = malloc(n);
	struct arena *arena = arena_new(ARENA_BYTES_MAX);
	struct mime_tree tree;
	struct input in;
	int fd;

	(void)state;
	assert_non_null(text);
	memcpy(text, head, at);
	memset(text + at, 'A', n - at);
	for (; at + 78 < n; at += 78)
		memcpy(text + at + 76, "\r\n", 2);
	assert_int_equal(parse_file(text, n, arena, &in, &tree, &fd), OK);
	assert_int_equal(tree.leaves, 1);
	assert_true(arena_used(arena) < 1024 * 1024);
	close(fd);
	arena_free(arena);
	free(text);
}

static void
a_file_that_becomes_shorter_is_no_disaster(void **state)
{
	size_t len;
	char *text = repeat(MIXED "--bbb\n\n", "0123456789\n", 100000, &len);
	struct arena *arena = arena_new(ARENA_BYTES_MAX);
	struct mime_tree tree;
	struct input in;
	struct diag diag;
	int fd = memfd_create("mail", MFD_CLOEXEC);

	(void)state;
	assert_int_equal(write(fd, text, 500000), 500000);
	in = input_fd(fd, 0, len);
	assert_int_equal(mime_parse(&in, arena, &tree, &diag), OK);
	close(fd);
	/* and one that cannot be read at all */
	in = input_fd(fd, 0, len);
	assert_int_equal(mime_parse(&in, arena, &tree, &diag), ERR_SYSTEM);
	arena_free(arena);
	free(text);
}

static void
inputs_are_clamped(void **state)
{
	struct input in = input_span(SPAN("0123456789")), sub;
	uint8_t bytes[8];
	size_t got;

	(void)state;
	sub = input_sub(&in, 8, 10);
	assert_int_equal(sub.len, 2);
	assert_int_equal(input_read(&sub, 1, bytes, 8, &got), OK);
	assert_int_equal(got, 1);
	assert_int_equal(bytes[0], '9');
	assert_int_equal(input_read(&sub, 2, bytes, 8, &got), OK);
	assert_int_equal(got, 0);
	sub = input_sub(&in, 11, 1);
	assert_int_equal(sub.len, 0);
	in = input_span((struct span){ NULL, 0 });
	sub = input_sub(&in, 5, 5);
	assert_int_equal(sub.len, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_mail_is_one_leaf),
		cmocka_unit_test(nested_multiparts_have_paths),
		cmocka_unit_test(a_mail_inside_is_parsed),
		cmocka_unit_test(parts_of_a_digest_are_mails),
		cmocka_unit_test(names_are_found),
		cmocka_unit_test(parameters_of_texts_and_ids_are_found),
		cmocka_unit_test(what_stands_before_a_mail_is_left_out),
		cmocka_unit_test(a_text_without_header_is_all_body),
		cmocka_unit_test(limits_are_errors),
		cmocka_unit_test(depth_is_limited),
		cmocka_unit_test(sections_beyond_the_limit_are_an_error),
		cmocka_unit_test(attacks_on_time_are_answered_at_once),
		cmocka_unit_test(readings_do_not_explode),
		cmocka_unit_test(delimiters_at_the_edge_of_a_window_are_found),
		cmocka_unit_test(a_large_mail_takes_little_memory),
		cmocka_unit_test(a_file_that_becomes_shorter_is_no_disaster),
		cmocka_unit_test(inputs_are_clamped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
