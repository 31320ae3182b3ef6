/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * PDFs with files attached to them: where the files go, what the report and
 * the notice say. For a renderer stands here one that draws what it gets.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../../sanitizer/limits.h"
#include "archive_helper.h"
#include "host_here.h"
#include "pdf_helper.h"
#include "zip_helper.h"

#define BYTES_MAX	(16u * 1024 * 1024)

struct run {
	struct sanitizer_job	job;
	struct sanitizer_result	result;
	struct buf		out, report;
};

static enum err
convert_here(const struct convert_order *order, const struct input *in,
    const struct sanitizer_policy *policy, struct filter *out,
    struct convert_result *result)
{
	enum err err;

	if (order->task == CONVERT_RENDER_DRAW)
		err = input_push(in, out);
	else
		err = sanitizer_convert(order, in, policy, out, result);
	/* not ended by these */
	if (err == OK && (order->task == CONVERT_RENDER_DRAW ||
	    order->task == CONVERT_PDF_CLEAN))
		err = filter_end(out);
	return err;
}

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

static bool
says(const struct buf *buf, const char *text)
{
	return span_find(buf_span(buf), span_str(text)) < buf->len;
}

static unsigned
count(const struct buf *buf, const char *text)
{
	struct span s = buf_span(buf);
	unsigned n = 0;
	size_t at;

	for (; (at = span_find(s, span_str(text))) < s.len; n++)
		s = span_sub(s, at + 1, s.len);
	return n;
}

struct file {
	const char	*name;
	struct span	 bytes;
};

/* A page with these attached; at most 10. */
static void
make_pdf(struct buf *pdf, const struct file *files, size_t n)
{
	struct buf catalog, streams[10];
	struct span objects[13];

	assert_true(n <= 10);
	buf_init(&catalog, 4096);
	assert_int_equal(buf_add_str(&catalog, "<</Type/Catalog/Pages 2 0 R"
	    "/Names<</EmbeddedFiles<</Names["), OK);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(buf_printf(&catalog, "(%zu)<</Type/Filespec"
		    "/F(%s)/EF<</F %zu 0 R>>>>", i, files[i].name, i + 4),
		    OK);
		buf_init(&streams[i], BYTES_MAX);
		assert_int_equal(buf_printf(&streams[i], "<</Length %zu>>\n"
		    "stream\n", files[i].bytes.len), OK);
		assert_int_equal(buf_add(&streams[i], files[i].bytes), OK);
		assert_int_equal(buf_add_str(&streams[i], "\nendstream"), OK);
		objects[3 + i] = buf_span(&streams[i]);
	}
	assert_int_equal(buf_add_str(&catalog, "]>>>>>>"), OK);
	objects[0] = buf_span(&catalog);
	objects[1] = SPAN("<</Type/Pages/Count 1/Kids[3 0 R]>>");
	objects[2] = SPAN("<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]"
	    "/Resources<<>>>>");
	pdf_build_spans(pdf, "", objects, n + 3);
	for (size_t i = 0; i < n; i++)
		buf_fini(&streams[i]);
	buf_fini(&catalog);
}

static void
sanitize(struct run *r, const char *name, struct span bytes)
{
	struct input in = input_span(bytes);
	struct buf_sink sink;
	struct diag diag;
	struct here here;

	here_init(&here, convert_here);
	buf_sink_init(&sink, &r->out);
	assert_int_equal((name != NULL ? sanitizer_file(&r->job,
	    span_str(name), &in, &here.host, &sink.filter, &r->report,
	    &r->result, &diag) : sanitizer_mail(&r->job, &in, &here.host,
	    &sink.filter, &r->report, &r->result, &diag)), OK);
	here_fini(&here);
}

/* A mail with the PDF as its second part. */
static void
sanitize_mail_with(struct run *r, struct span pdf)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmn"
	    "opqrstuvwxyz0123456789+/";
	struct buf mail;

	buf_init(&mail, BYTES_MAX);
	assert_int_equal(buf_add_str(&mail, "From: a@example.jp\r\n"
	    "Content-Type: multipart/mixed; boundary=x\r\n\r\n"
	    "--x\r\n\r\nbody\r\n--x\r\nContent-Type: application/pdf\r\n"
	    "Content-Disposition: attachment; filename=a.pdf\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\n"), OK);
	for (size_t i = 0; i < pdf.len; i += 3) {
		size_t n = pdf.len - i < 3 ? pdf.len - i : 3;
		uint32_t v = (uint32_t)pdf.ptr[i] << 16;
		char four[5] = "====";

		v |= n > 1 ? (uint32_t)pdf.ptr[i + 1] << 8 : 0;
		v |= n > 2 ? pdf.ptr[i + 2] : 0;
		for (size_t k = 0; k <= n; k++)
			four[k] = digits[v >> (18 - 6 * k) & 63];
		assert_int_equal(buf_printf(&mail, "%s%s", four,
		    i / 3 % 19 == 18 ? "\r\n" : ""), OK);
	}
	assert_int_equal(buf_add_str(&mail, "\r\n--x--\r\n"), OK);
	sanitize(r, NULL, buf_span(&mail));
	buf_fini(&mail);
}

static void
its_files_become_attachments_of_the_mail(void **state)
{
	static const struct file files[] = { { "memo.txt", SPAN("one") },
	    { "memo.txt", SPAN("two") }, { "x/run.exe", SPAN("MZ\x90\3") } };
	struct buf pdf;
	struct run r;

	(void)state;
	make_pdf(&pdf, files, 3);
	run_init(&r);
	sanitize_mail_with(&r, buf_span(&pdf));
	assert_int_equal(r.result.outcome, MAIL_SAFE);
	assert_true(says(&r.report, "{\"path\":\"1.2/memo.txt\",\"name\":"
	    "\"a.pdf/memo.txt\",\"declared\":\"\",\"detected\":\"text\","
	    "\"outcome\":\"kept\",\"method\":\"text\",\"out_name\":"
	    "\"memo.txt\""));
	assert_true(says(&r.report, "\"out_name\":\"memo(2).txt\""));
	assert_true(says(&r.report, "{\"path\":\"1.2/run.exe\",\"name\":"
	    "\"a.pdf/run.exe\",\"declared\":\"\",\"detected\":\"exe\","
	    "\"outcome\":\"removed\""));
	/* text, the PDF, two files */
	assert_int_equal(count(&r.out, "\r\nContent-Type: "), 1 + 4);
	run_fini(&r);
	buf_fini(&pdf);
}

static void
in_an_archive_they_stand_beside_it(void **state)
{
	static const struct file files[] = { { "memo.txt", SPAN("one") } };
	struct buf pdf, text;
	unsigned flags;
	struct made m;
	struct run r;

	(void)state;
	make_pdf(&pdf, files, 1);
	begin_zip(&m);
	add_entry(&m, &(struct spec){ .name = "memo.txt", .data = "other" });
	add_entry(&m, &(struct spec){ .name = "a.pdf",
	    .data = (const char *)pdf.ptr, .data_n = pdf.len });
	end_zip(&m, "", "");
	run_init(&r);
	sanitize(&r, "a.zip", buf_span(&m.bytes));
	assert_int_equal(r.result.outcome, MAIL_SAFE);
	assert_int_equal(show(PART_ZIP, buf_span(&r.out), &text, &flags), OK);
	assert_true(says(&text, " memo.txt=\xef\xbb\xbfother\r\n a.pdf="));
	assert_true(says(&text, " memo(2).txt=\xef\xbb\xbfone\r\n"));
	assert_true(says(&r.report, "\"path\":\"1/a.pdf/memo.txt\",\"name\":"
	    "\"a.pdf/memo.txt\""));
	buf_fini(&text);
	run_fini(&r);
	buf_fini(&m.bytes);
	buf_fini(&pdf);
}

static void
alone_it_comes_without_them_and_the_report_says_so(void **state)
{
	static const struct file files[] = { { "memo.txt", SPAN("one") } };
	struct buf pdf;
	struct run r;

	(void)state;
	make_pdf(&pdf, files, 1);
	run_init(&r);
	sanitize(&r, "a.pdf", buf_span(&pdf));
	assert_int_equal(r.result.outcome, MAIL_SAFE);
	assert_true(says(&r.out, "%PDF-1.5"));
	assert_false(says(&r.report, "memo"));
	assert_true(says(&r.report, "{\"what\":\"embedded-file\",\"count\":1,"
	    "\"where\":\"document\"}"));
	assert_true(says(&r.report, "\"reason\":\"files attached to it come "
	    "out in a mail or an archive only\""));
	run_fini(&r);
	buf_fini(&pdf);
}

static void
pdfs_in_pdfs_end_at_the_depth_of_all_nesting(void **state)
{
	struct buf pdf, outer;
	struct run r;

	(void)state;
	make_pdf(&pdf, &(struct file){ "end.txt", SPAN("x") }, 1);
	for (unsigned i = 0; i < NESTING_DEPTH_MAX + 2; i++) {
		make_pdf(&outer, &(struct file){ "in.pdf", buf_span(&pdf) },
		    1);
		buf_fini(&pdf);
		pdf = outer;
	}
	run_init(&r);
	sanitize_mail_with(&r, buf_span(&pdf));
	assert_int_equal(r.result.outcome, MAIL_SAFE);
	/* itself and one for each level */
	assert_int_equal(count(&r.report, "\"method\":\"pdf-redraw\""),
	    1 + NESTING_DEPTH_MAX);
	assert_int_equal(count(&r.report, "end.txt"), 0);
	run_fini(&r);
	buf_fini(&pdf);
}

static void
more_files_than_a_mail_may_have_stay_out(void **state)
{
	static struct file files[10];
	struct buf inner, pdf;
	struct run r;

	(void)state;
	/* ten of ten each, and each ten of those: beyond LEAVES_MAX */
	for (size_t i = 0; i < 10; i++)
		files[i] = (struct file){ "a.txt", SPAN("x") };
	make_pdf(&pdf, files, 10);
	for (unsigned depth = 0; depth < 2; depth++) {
		for (size_t i = 0; i < 10; i++)
			files[i] = (struct file){ "b.pdf", buf_span(&pdf) };
		make_pdf(&inner, files, 10);
		buf_fini(&pdf);
		pdf = inner;
	}
	run_init(&r);
	sanitize_mail_with(&r, buf_span(&pdf));
	assert_int_equal(r.result.outcome, MAIL_SAFE);
	assert_true(r.result.parts <= LEAVES_MAX);
	assert_true(r.result.parts > LEAVES_MAX / 2);
	run_fini(&r);
	buf_fini(&pdf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(its_files_become_attachments_of_the_mail),
		cmocka_unit_test(in_an_archive_they_stand_beside_it),
		cmocka_unit_test(
		    alone_it_comes_without_them_and_the_report_says_so),
		cmocka_unit_test(pdfs_in_pdfs_end_at_the_depth_of_all_nesting),
		cmocka_unit_test(more_files_than_a_mail_may_have_stay_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
