/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Archives as attachments: what the new ZIP holds, by the independent reader
 * of the verifier for its shape and our own for its contents; what the report
 * and the notice say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../../gateway/verify/verify_archive.h"
#include "archive_helper.h"
#include "host_here.h"
#include "zip_helper.h"

/* WRAP: zip_finish */

#define BYTES_MAX	(16u * 1024 * 1024)

static unsigned lost_files;	/* new ZIPs that cannot be ended */

enum err __real_zip_finish(struct zip_writer *w);
enum err __wrap_zip_finish(struct zip_writer *w);

enum err
__wrap_zip_finish(struct zip_writer *w)
{
	if (lost_files == 0)
		return __real_zip_finish(w);
	lost_files--;
	return ERR_INPUT;
}

struct run {
	struct sanitizer_job	job;
	struct sanitizer_result	result;
	struct buf		out, report;
};

static void
run_init(struct run *r)
{
	*r = (struct run){ .job = { .id = 1,
	    .gateway = SPAN("gw.example.jp"), .helo = SPAN("h"),
	    .peer = SPAN("192.0.2.1"), .protocol = SPAN("SMTP") } };
	sanitizer_policy_standard(&r->job.policy);
	buf_init(&r->out, BYTES_MAX);
	buf_init(&r->report, BYTES_MAX);
}

static void
run_fini(struct run *r)
{
	buf_fini(&r->out);
	buf_fini(&r->report);
}

static void
sanitize_file(struct run *r, const char *name, struct span archive)
{
	struct input in = input_span(archive);
	struct buf_sink sink;
	struct here here;
	struct diag diag;

	here_init(&here, sanitizer_convert);
	buf_sink_init(&sink, &r->out);
	assert_int_equal(sanitizer_file(&r->job, span_str(name), &in,
	    &here.host, &sink.filter, &r->report, &r->result, &diag), OK);
	here_fini(&here);
}

static bool
says(const struct buf *buf, const char *text)
{
	return span_find(buf_span(buf), span_str(text)) < buf->len;
}

/* It is a ZIP of ours, and this is in it (without the list). */
static void
expect_zip(const struct run *r, const char *wanted)
{
	static struct archive archive;		/* large */
	struct buf text;
	struct diag diag = { .err = OK };
	unsigned flags = 0;
	size_t skip;

	assert_int_equal(r->result.outcome, MAIL_SAFE);
	archive_init(&archive);
	assert_int_equal(archive_write(&archive, buf_span(&r->out), &diag),
	    OK);
	assert_int_equal(archive_end(&archive, &diag), OK);
	assert_int_equal(show(PART_ZIP, buf_span(&r->out), &text, &flags),
	    OK);
	assert_int_equal(flags, 0);
	/* the list comes first: its name, then 64 bytes of it */
	assert_true(span_begins(buf_span(&text), SPAN("無害化結果.txt=")));
	skip = sizeof("無害化結果.txt=") - 1 + 64;
	assert_int_equal(buf_add_byte(&text, 0), OK);
	assert_string_equal((const char *)text.ptr + skip, wanted);
	buf_fini(&text);
}

/* The list in the new ZIP. */
static void
read_list(const struct run *r, struct buf *list)
{
	struct arena *arena = arena_new(ARENA_BYTES_MAX);
	struct input in = input_span(buf_span(&r->out));
	struct buf_sink sink;
	struct zip zip;

	buf_init(list, BYTES_MAX);
	buf_sink_init(&sink, list);
	assert_int_equal(zip_open(&zip, &in, ZIP_TOLERANT, arena), OK);
	assert_int_equal(zip_read(&zip, 0, &sink.filter), OK);
	arena_free(arena);
}

static void
make_zip(struct made *m, const struct spec *specs, size_t n)
{
	begin_zip(m);
	for (size_t i = 0; i < n; i++)
		add_entry(m, &specs[i]);
	end_zip(m, "", "");
}
#define N(array)	(sizeof(array) / sizeof((array)[0]))

static void
a_new_zip_has_the_files_made_safe_and_a_list(void **state)
{
	const struct spec specs[] = {
		{ .name = "a/\x83\x5c\x95\x5c\x8f\x5c.txt", .data = "x" },
		{ .name = "b/\x83\x5c\x95\x5c\x8f\x5c.txt", .data = "y" },
		{ .name = "run.exe", .data = "MZ\x90\3" },
		{ .name = "../out.txt", .data = "z" },
		{ .name = "無害化結果.txt", .data = "forged" },
	};
	struct buf list;
	struct made m;
	struct run r;

	(void)state;
	make_zip(&m, specs, N(specs));
	run_init(&r);
	sanitize_file(&r, "書類.zip", buf_span(&m.bytes));
	expect_zip(&r, " ソ表十.txt=\xef\xbb\xbfx\r\n"
	    " ソ表十(2).txt=\xef\xbb\xbfy\r\n"
	    " 無害化結果(2).txt=\xef\xbb\xbf" "forged\r\n");
	assert_true(says(&r.report, "\"path\":\"1/ソ表十.txt\""));
	assert_true(says(&r.report, "\"path\":\"1/run.exe\""));
	assert_true(says(&r.report, "\"method\":\"zip\",\"out_name\":"
	    "\"書類.zip\",\"out_type\":\"application/zip\""));
	read_list(&r, &list);
	assert_true(says(&list, "削除  run.exe         -  "
	    "                実行プログラム: "
	    "パソコンで動作するおそれがあります\r\n"));
	assert_true(says(&list, "保持  ソ表十.txt      ソ表十(2).txt      "
	    "テキスト\r\n"));
	assert_false(says(&list, "removed"));
	buf_fini(&list);
	run_fini(&r);
	buf_fini(&m.bytes);
}

static void
the_list_is_in_english_too_where_the_policy_says_so(void **state)
{
	const struct spec specs[] = { { .name = "a.txt", .data = "x" },
	    { .name = "b.exe", .data = "MZ\x90\3" } };
	struct buf list;
	struct made m;
	struct run r;

	(void)state;
	make_zip(&m, specs, N(specs));
	run_init(&r);
	r.job.policy.notice_english = true;
	sanitize_file(&r, "a.zip", buf_span(&m.bytes));
	read_list(&r, &list);
	assert_true(says(&list, "削除"));
	assert_true(says(&list, "removed  b.exe     -         program: "
	    "it could run on a computer\r\n"));
	buf_fini(&list);
	run_fini(&r);
	buf_fini(&m.bytes);
}

/* A ZIP of one entry that is in turn the last one; depth times. */
static void
nest(struct buf *bytes, unsigned depth, const char *name)
{
	struct made m;

	for (unsigned i = 0; i < depth; i++) {
		const struct spec spec = { .name = name,
		    .data = (const char *)bytes->ptr, .data_n = bytes->len,
		    .deflate = true };

		make_zip(&m, &spec, 1);
		buf_fini(bytes);
		*bytes = m.bytes;
	}
}

static void
archives_in_archives_lie_flat_as_deep_as_the_policy_says(void **state)
{
	for (unsigned depth = 1; depth <= 5; depth++) {
		struct buf bytes;
		struct run r;

		(void)state;
		buf_init(&bytes, 1024);
		assert_int_equal(buf_add_str(&bytes, "x"), OK);
		nest(&bytes, 1, "a.txt");
		nest(&bytes, depth - 1, "in.zip");
		run_init(&r);
		sanitize_file(&r, "a.zip", buf_span(&bytes));
		if (depth <= r.job.policy.archive_depth)
			expect_zip(&r, " a.txt=\xef\xbb\xbfx\r\n");
		else
			assert_int_equal(r.result.outcome, MAIL_HOLD);
		if (depth == 3)
			assert_true(says(&r.report,
			    "\"path\":\"1/in.zip/in.zip/a.txt\""));
		run_fini(&r);
		buf_fini(&bytes);
	}
}

static void
a_mail_in_an_archive_is_a_text_and_its_files(void **state)
{
	const struct spec specs[] = { { .name = "mail.eml", .data =
	    "From: Taro <a@example.jp>\r\nTo: b@example.jp\r\n"
	    "Subject: Hi\r\nMIME-Version: 1.0\r\n"
	    "Content-Type: multipart/mixed; boundary=x\r\n\r\n"
	    "--x\r\n\r\nbody\r\n"
	    "--x\r\nContent-Disposition: attachment; filename=f.txt\r\n\r\n"
	    "file\r\n"
	    "--x\r\nContent-Disposition: attachment; filename=f.exe\r\n\r\n"
	    "MZ\r\n--x--\r\n" },
	    { .name = "f.txt", .data = "other" } };
	struct made m;
	struct run r;

	(void)state;
	make_zip(&m, specs, N(specs));
	run_init(&r);
	sanitize_file(&r, "a.zip", buf_span(&m.bytes));
	expect_zip(&r, " mail.txt=\xef\xbb\xbf"
	    "From: Taro <a@example.jp>\r\nTo: b@example.jp\r\nSubject: Hi"
	    "\r\n\r\n\xe2 f.txt=\xef\xbb\xbf" "file\r\n"
	    " f(2).txt=\xef\xbb\xbf" "other\r\n");
	assert_true(says(&r.report, "\"path\":\"1/mail.eml.1.2\""));
	run_fini(&r);
	buf_fini(&m.bytes);
}

static void
a_compressed_file_is_called_after_its_archive(void **state)
{
	struct buf gz;
	struct run r;

	(void)state;
	buf_init(&gz, 64 * 1024);
	add_gz(&gz, SPAN("hello"), 1);
	run_init(&r);
	sanitize_file(&r, "記録.txt.gz", buf_span(&gz));
	expect_zip(&r, " 記録.txt=\xef\xbb\xbfhello\r\n");
	run_fini(&r);
	buf_fini(&gz);
}

static void
expect_held(const char *name, struct span bytes, const char *reason)
{
	struct run r;

	run_init(&r);
	sanitize_file(&r, name, bytes);
	assert_int_equal(r.result.outcome, MAIL_HOLD);
	assert_int_equal(r.out.len, 0);
	assert_true(says(&r.report, reason));
	run_fini(&r);
}

static void
what_leaves_nothing_is_removed(void **state)
{
	const struct spec active = { .name = "a.exe", .data = "MZ\x90\3" };
	const struct spec secret = { .name = "a.txt", .data = "x",
	    .flags = 1 };
	const struct spec damaged[] = { { .name = "a.txt", .data = "x",
	    .crc = 1 }, { .name = "b.txt", .data = "y", .crc = 1,
	    .hidden = true } };
	struct made m;

	(void)state;
	make_zip(&m, &active, 1);
	expect_held("a.zip", buf_span(&m.bytes),
	    "nothing in it could be made safe");
	buf_fini(&m.bytes);
	make_zip(&m, &secret, 1);
	expect_held("a.zip", buf_span(&m.bytes),
	    "it is encrypted and cannot be inspected");
	buf_fini(&m.bytes);
	make_zip(&m, damaged, N(damaged));
	expect_held("a.zip", buf_span(&m.bytes),
	    "it is damaged or not of its format");
	buf_fini(&m.bytes);
	expect_held("a.zip", SPAN("PK\3\4garbage"),
	    "it is damaged or not of its format");
}

static void
readings_that_differ_are_both_delivered_and_said(void **state)
{
	const struct spec specs[] = { { .name = "a.txt", .data = "seen" },
	    { .name = "b.txt", .data = "hidden", .hidden = true } };
	struct made m;
	struct run r;

	(void)state;
	make_zip(&m, specs, N(specs));
	run_init(&r);
	sanitize_file(&r, "a.zip", buf_span(&m.bytes));
	expect_zip(&r, " a.txt=\xef\xbb\xbfseen\r\n"
	    " b.txt=\xef\xbb\xbfhidden\r\n");
	assert_true(says(&r.report, "its readings differ"));
	run_fini(&r);
	buf_fini(&m.bytes);
}

static void
add_texts(struct buf *tar, unsigned n)
{
	char name[32];

	buf_init(tar, 4u * 1024 * 1024);
	for (unsigned i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%u.txt", i);
		add_tar(tar, name, '0', "", SPAN("x"));
	}
	end_tar(tar);
}

/* With the archive itself there are as many leaves as there may be. */
static void
files_for_which_there_is_no_room_are_left_out_and_said(void **state)
{
	struct buf tar, list;
	struct run r;

	(void)state;
	add_texts(&tar, LEAVES_MAX + 100);
	run_init(&r);
	r.job.policy.notice_english = true;
	sanitize_file(&r, "a.tar", buf_span(&tar));
	assert_int_equal(r.result.outcome, MAIL_SAFE);
	assert_int_equal(r.result.parts, LEAVES_MAX);
	assert_true(says(&r.report, "\"path\":\"1/498.txt\""));
	assert_false(says(&r.report, "\"path\":\"1/499.txt\""));
	assert_true(says(&r.report, "\"path\":\"1/(+101)\""));
	assert_true(says(&r.report,
	    "there are more files than a mail may have"));
	read_list(&r, &list);
	assert_true(says(&list, "498.txt"));
	assert_true(says(&list, "(+101)"));
	buf_fini(&list);
	run_fini(&r);
	buf_fini(&tar);
}

/* Many entries end the archive, not the mail. */
static void
more_files_than_an_archive_may_have_are_removed(void **state)
{
	struct buf tar;
	struct run r;

	(void)state;
	add_texts(&tar, ARCHIVE_ENTRIES_MAX + 1);
	expect_held("a.tar", buf_span(&tar),
	    "it is too large or nested too deep");
	run_init(&r);
	r.job.policy.archive = METHOD_REMOVE;
	sanitize_file(&r, "a.tar", buf_span(&tar));
	assert_true(says(&r.report, "the policy does not accept it"));
	run_fini(&r);
	buf_fini(&tar);
}

/* All budgets are used up when the new ZIP is to be written. */
static void
nothing_is_kept_of_an_archive_that_is_not_delivered(void **state)
{
	const struct spec specs[] = { { .name = "a.txt", .data = "text" },
	    { .name = "b.txt", .data = "text" } };
	struct made m;
	struct run r;

	(void)state;
	make_zip(&m, specs, N(specs));
	run_init(&r);
	lost_files = 1;
	sanitize_file(&r, "a.zip", buf_span(&m.bytes));
	assert_int_equal(r.result.outcome, MAIL_HOLD);
	assert_false(says(&r.report, "\"kept\""));
	assert_false(says(&r.report, "\"out_name\":\"a.txt\""));
	assert_true(says(&r.report, "it is damaged or not of its format"));
	run_fini(&r);
	buf_fini(&m.bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_zip_has_the_files_made_safe_and_a_list),
		cmocka_unit_test(
		    the_list_is_in_english_too_where_the_policy_says_so),
		cmocka_unit_test(
		    archives_in_archives_lie_flat_as_deep_as_the_policy_says),
		cmocka_unit_test(a_mail_in_an_archive_is_a_text_and_its_files),
		cmocka_unit_test(a_compressed_file_is_called_after_its_archive),
		cmocka_unit_test(what_leaves_nothing_is_removed),
		cmocka_unit_test(
		    readings_that_differ_are_both_delivered_and_said),
		cmocka_unit_test(
		    files_for_which_there_is_no_room_are_left_out_and_said),
		cmocka_unit_test(
		    more_files_than_an_archive_may_have_are_removed),
		cmocka_unit_test(
		    nothing_is_kept_of_an_archive_that_is_not_delivered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
