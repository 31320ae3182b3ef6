/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Several conversions under way: whoever is done first, mail and report are
 * the same; what each rung of a ladder asks for, and what a failure costs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "../../../gateway/base/wire.h"
#include "../../../sanitizer/limits.h"
#include "../../../sanitizer/transfer.h"
#include "host_here.h"
#include "zip_helper.h"

#define N(a)		(sizeof(a) / sizeof((a)[0]))
#define PARTS		40
#define TASKS_MAX	256

/* What the children were asked for. */
static enum convert_task asked[TASKS_MAX];
static unsigned asked_n;
static enum convert_task broken;	/* fails, for PDF and pictures */
static enum err broken_err;
static uint64_t picture_bytes;		/* beyond its own few */

/* One page of 1 x 1; more to come until the third. */
static enum err
draw_page(uint32_t first, struct filter *out)
{
	struct buf bytes;
	enum err err;

	buf_init(&bytes, 1024);
	assert_int_equal(buf_add_str(&bytes, "SEKISHO-PIXELS 1\n"), OK);
	assert_int_equal(wire_put_u8(&bytes, 1), OK);
	assert_int_equal(wire_put_u32(&bytes, 1), OK);
	assert_int_equal(wire_put_u32(&bytes, 1), OK);
	assert_int_equal(wire_put_u16(&bytes, 100), OK);
	assert_int_equal(buf_add_str(&bytes, "rgb"), OK);
	assert_int_equal(wire_put_u32(&bytes, 0), OK);
	assert_int_equal(wire_put_u8(&bytes, first < 2 ? 2 : 0), OK);
	assert_int_equal(wire_put_u32(&bytes, 1), OK);
	err = filter_write(out, buf_span(&bytes));
	buf_fini(&bytes);
	return err;
}

static enum err
add_zeroes(uint64_t n, struct filter *out)
{
	static const uint8_t zeroes[1024 * 1024];
	enum err err = OK;

	for (; n > 0 && err == OK; n -= sizeof(zeroes))
		err = filter_write(out, (struct span){ zeroes,
		    sizeof(zeroes) });
	return err;
}

/* A new picture says which one it was; each third is broken. */
static enum err
paint(struct span in, struct filter *out, struct convert_result *result)
{
	enum err err;

	if (in.len > 0 && in.ptr[in.len - 1] % 3 == 0)
		return ERR_INPUT;
	result->type = SAFE_JPEG;
	assert_int_equal(removed_add(&result->removed, "exif", 1, in), OK);
	if ((err = filter_write(out, SPAN("NEW "))) == OK &&
	    (err = filter_write(out, in)) == OK)
		err = add_zeroes(picture_bytes, out);
	return err;
}

static enum err
play(const struct convert_order *order, const struct input *in,
    const struct sanitizer_policy *policy, struct filter *out,
    struct convert_result *result)
{
	struct buf bytes;
	enum err err = OK;

	assert_true(asked_n < TASKS_MAX);
	asked[asked_n++] = order->task;
	if (order->task == CONVERT_ENTRIES)
		return sanitizer_convert(order, in, policy, out, result);
	if (order->task == broken)
		return broken_err;
	buf_init(&bytes, 64 * 1024);
	assert_int_equal(input_all(in, &bytes), OK);
	if (order->task == CONVERT_PICTURE) {
		err = paint(buf_span(&bytes), out, result);
	} else if (order->task == CONVERT_PDF_CLEAN) {
		assert_int_equal(removed_add(&result->removed, "javascript",
		    2, SPAN("")), OK);
		err = filter_write(out, SPAN("clean"));
	} else if (order->task == CONVERT_RENDER_PIXELS) {
		assert_true(span_equal(buf_span(&bytes), SPAN("clean")));
		err = draw_page(order->first, out);
	} else if (order->task == CONVERT_PDF_PAGES) {
		err = filter_write(out, SPAN("page,"));
	} else if (order->task == CONVERT_PDF_PIXELS) {
		assert_true(span_equal(buf_span(&bytes),
		    SPAN("page,page,page,")));
		err = filter_write(out, SPAN("%PDF-1.7 pages"));
	} else {
		if (order->task == CONVERT_RENDER_DRAW)
			assert_int_equal(removed_add(&result->removed,
			    "hidden-text-kept", 1, SPAN("")), OK);
		err = filter_write(out, SPAN("%PDF-1.7 "));
		if (err == OK)
			err = filter_write(out, buf_span(&bytes));
	}
	buf_fini(&bytes);
	return err;
}

/* ---- mails ---- */

static void
add(struct buf *mail, const char *text)
{
	assert_int_equal(buf_add_str(mail, text), OK);
}

static void
add_part(struct buf *mail, const char *type, const char *name,
    struct span bytes)
{
	struct base64_encoder encoder;
	struct buf_sink sink;

	assert_int_equal(buf_printf(mail, "--b\r\nContent-Type: %s; name=%s"
	    "\r\nContent-Transfer-Encoding: base64\r\n\r\n", type, name), OK);
	buf_sink_init(&sink, mail);
	base64_encoder_init(&encoder, &sink.filter);
	assert_int_equal(filter_write(&encoder.filter, bytes), OK);
	assert_int_equal(filter_end(&encoder.filter), OK);
	add(mail, "\r\n");
}

static void
begin(struct buf *mail)
{
	buf_init(mail, 1024 * 1024);
	add(mail, "From: a@example.jp\r\nTo: b@example.jp\r\nSubject: x\r\n"
	    "Content-Type: multipart/mixed; boundary=b\r\n\r\n");
}

static void
add_picture(struct buf *mail, unsigned i, const char *name)
{
	uint8_t jpeg[] = { 0xff, 0xd8, 0xff, 0xe0, (uint8_t)('0' + i) };

	add_part(mail, "image/jpeg", name, (struct span){ jpeg,
	    sizeof(jpeg) });
}

/* Pictures, PDFs, texts, archives, mails: more than are under way at once. */
static void
make_mail(struct buf *mail)
{
	static const struct spec specs[] = {
		{ .name = "1.jpg", .data = "\xff\xd8\xff\xe0" "1" },
		{ .name = "3.jpg", .data = "\xff\xd8\xff\xe0" "3" },
		{ .name = "4.jpg", .data = "\xff\xd8\xff\xe0" "4" },
		{ .name = "t.txt", .data = "text" } };
	struct made zip;
	char name[16];

	begin(mail);
	begin_zip(&zip);
	for (size_t i = 0; i < N(specs); i++)
		add_entry(&zip, &specs[i]);
	end_zip(&zip, "", "");
	for (unsigned i = 0; i < PARTS; i++) {
		snprintf(name, sizeof(name), "%u.jpg", i / 4);
		add_picture(mail, i, name);
		if (i % 8 == 1)
			add_part(mail, "application/pdf", "a.pdf",
			    SPAN("%PDF-1.4\nx"));
		if (i % 8 == 2)
			add_part(mail, "application/zip", "a.zip",
			    buf_span(&zip.bytes));
		if (i % 8 == 3)
			add_part(mail, "text/plain", "a.txt", SPAN("text"));
		if (i % 16 == 4)
			add(mail, "--b\r\nContent-Type: message/rfc822\r\n"
			    "\r\nFrom: c@example.jp\r\nSubject: in\r\n"
			    "Content-Type: image/jpeg; name=in.jpg\r\n\r\n"
			    "\xff\xd8\xff\xe0" "1\r\n");
	}
	add(mail, "--b--\r\n");
	buf_fini(&zip.bytes);
}

struct run {
	struct here	here;
	struct buf	out, report;
	enum err	err;
	struct sanitizer_result result;
};

static void
run(struct run *r, const struct buf *mail, enum here_order order,
    unsigned at_once, void (*change)(struct sanitizer_policy *))
{
	struct sanitizer_job job = { .id = 1, .gateway = SPAN("gw.example"),
	    .helo = SPAN("h"), .peer = SPAN("192.0.2.1"),
	    .protocol = SPAN("SMTP") };
	struct input in = input_span(buf_span(mail));
	struct buf_sink sink;
	struct diag diag;
	size_t at, end;

	sanitizer_policy_standard(&job.policy);
	if (change != NULL)
		change(&job.policy);
	asked_n = 0;
	here_init(&r->here, play);
	r->here.order = order;
	r->here.random = at_once;
	r->here.host.at_once = at_once;
	r->here.host.scratch_fd = here_new_file(NULL);
	buf_init(&r->out, 1024u * 1024 * 1024);
	buf_init(&r->report, 1024 * 1024);
	buf_sink_init(&sink, &r->out);
	r->err = sanitizer_mail(&job, &in, &r->here.host, &sink.filter,
	    &r->report, &r->result, &diag);
	assert_int_equal(r->err, OK);
	/* but for the time that it took */
	at = span_find(buf_span(&r->report), SPAN("\"ms\":"));
	assert_true(at < r->report.len);
	for (end = at; r->report.ptr[end] != ','; end++)
		;
	memmove(r->report.ptr + at, r->report.ptr + end,
	    r->report.len - end);
	r->report.len -= end - at;
}

static void
run_fini(struct run *r)
{
	close(r->here.host.scratch_fd);
	here_fini(&r->here);
	buf_fini(&r->out);
	buf_fini(&r->report);
}

static unsigned
count(const struct buf *buf, const char *text)
{
	struct span rest = buf_span(buf);
	unsigned n = 0;
	size_t at;

	while ((at = span_find(rest, span_str(text))) < rest.len) {
		rest = span_sub(rest, at + 1, rest.len);
		n++;
	}
	return n;
}

static void
expect_same(const struct buf *mail)
{
	struct run first, other;

	run(&first, mail, HERE_OLDEST, 1, NULL);	/* one by one */
	assert_in_range(first.here.most, 1, 2);	/* and an archive */
	for (unsigned i = 2; i < CONVERSIONS_AT_ONCE; i++) {
		run(&other, mail, i % 4 == 0 ? HERE_NEWEST : HERE_ANY, i,
		    NULL);
		assert_int_equal(other.result.outcome, first.result.outcome);
		assert_true(span_equal(buf_span(&other.out),
		    buf_span(&first.out)));
		assert_true(span_equal(buf_span(&other.report),
		    buf_span(&first.report)));
		run_fini(&other);
	}
	run_fini(&first);
}

/* ---- tests ---- */

static int
start(void **state)
{
	(void)state;
	broken = 0;
	broken_err = ERR_INPUT;
	picture_bytes = 0;
	return 0;
}

static void
whoever_is_done_first_the_mail_is_the_same(void **state)
{
	struct buf mail;

	(void)state;
	make_mail(&mail);
	expect_same(&mail);
	broken = CONVERT_RENDER_DRAW;
	expect_same(&mail);
	buf_fini(&mail);
}

static void
as_many_are_under_way_as_the_host_says(void **state)
{
	struct buf mail;
	struct run r;

	(void)state;
	make_mail(&mail);
	for (unsigned i = 1; i < CONVERSIONS_AT_ONCE; i += 10) {
		run(&r, &mail, HERE_NEWEST, i, NULL);
		assert_in_range(r.here.most, i - i / 8, i + 1);
		assert_int_equal(r.here.n, 0);
		run_fini(&r);
	}
	buf_fini(&mail);
}

/* What is used up is counted in the order of the mail. */
static void
what_does_not_fit_is_the_last_whoever_was_first(void **state)
{
	struct buf mail;
	struct run r;

	(void)state;
	picture_bytes = 50u * 1024 * 1024;
	begin(&mail);
	for (unsigned i = 1; i <= 8; i++)
		add_picture(&mail, 3 * i + 1, "a.jpg");
	add(&mail, "--b--\r\n");
	for (enum here_order order = HERE_OLDEST; order <= HERE_ANY;
	    order++) {
		run(&r, &mail, order, 20, NULL);
		assert_int_equal(count(&r.report, "\"rebuilt\""), 5);
		assert_int_equal(count(&r.report,
		    "it is too large or nested too deep"), 3);
		assert_true(span_find(buf_span(&r.report),
		    SPAN("too large")) > span_find(buf_span(&r.report),
		    SPAN("a(5).jpg")));
		run_fini(&r);
	}
	buf_fini(&mail);
}

/* A file that is too large keeps out none behind it. */
static void
what_does_not_fit_leaves_its_room_to_others(void **state)
{
	struct buf mail;
	struct run r;

	(void)state;
	picture_bytes = EXPANDED_BYTES_MAX;
	begin(&mail);
	add_picture(&mail, 1, "a.jpg");
	add_part(&mail, "application/pdf", "b.pdf", SPAN("%PDF-1.4\nx"));
	add(&mail, "--b--\r\n");
	run(&r, &mail, HERE_OLDEST, 2, NULL);
	assert_int_equal(count(&r.report, "too large"), 1);
	assert_int_equal(count(&r.report, "\"out_name\":\"b.pdf\""), 1);
	run_fini(&r);
	buf_fini(&mail);
}

/* An archive takes what room there is, but not that of what follows. */
static void
a_full_archive_leaves_room_for_the_rest_of_its_mail(void **state)
{
	struct made zip;
	struct spec spec = { .data = "x" };
	struct buf mail;
	struct run r;
	char name[16];

	(void)state;
	begin_zip(&zip);
	for (unsigned i = 0; i < LEAVES_MAX + 1; i++) {
		snprintf(name, sizeof(name), "%u.txt", i);
		spec.name = name;
		add_entry(&zip, &spec);
	}
	end_zip(&zip, "", "");
	begin(&mail);
	add_part(&mail, "application/zip", "a.zip", buf_span(&zip.bytes));
	add_picture(&mail, 1, "b.jpg");
	add(&mail, "--b--\r\n");
	run(&r, &mail, HERE_OLDEST, 2, NULL);
	assert_int_equal(r.result.outcome, MAIL_SAFE);
	assert_int_equal(count(&r.report, "\"out_name\":\"a.zip\""), 1);
	assert_int_equal(count(&r.report, "\"out_name\":\"b.jpg\""), 1);
	/* the container, the archive and the picture are three */
	assert_int_equal(count(&r.report, "\"path\":\"1.1/"), LEAVES_MAX - 3 +
	    1);
	assert_int_equal(count(&r.report, "\"path\":\"1.1/(+4)\""), 1);
	run_fini(&r);
	buf_fini(&mail);
	buf_fini(&zip.bytes);
}

static void
expect_tasks(const enum convert_task *tasks, unsigned n, const char *method,
    void (*change)(struct sanitizer_policy *))
{
	struct buf mail;
	struct run r;

	begin(&mail);
	add_part(&mail, "application/pdf", "a.pdf", SPAN("%PDF-1.4\nx"));
	add(&mail, "--b--\r\n");
	run(&r, &mail, HERE_OLDEST, 2, change);
	assert_int_equal(asked_n, n);
	assert_memory_equal(asked, tasks, n * sizeof(*tasks));
	assert_int_equal(count(&r.report, method), 1);
	/* by the one that saw it, told once */
	assert_int_equal(count(&r.report, "javascript"), n > 2);
	/* of what was drawn only where the drawing is what is delivered */
	assert_int_equal(count(&r.report, "hidden-text-kept"),
	    strcmp(method, "\"pdf-redraw\"") == 0);
	run_fini(&r);
	buf_fini(&mail);
}

static void
each_step_gets_what_the_one_before_made(void **state)
{
	static const enum convert_task tasks[] = { CONVERT_PDF_CLEAN,
		CONVERT_RENDER_DRAW, CONVERT_PDF_FINISH };

	(void)state;
	expect_tasks(tasks, N(tasks), "\"pdf-redraw\"", NULL);
}

static void
a_rung_that_breaks_goes_on_below_with_the_clean_file(void **state)
{
	static const enum convert_task tasks[] = { CONVERT_PDF_CLEAN,
		CONVERT_RENDER_DRAW,
		CONVERT_RENDER_PIXELS, CONVERT_PDF_PAGES,
		CONVERT_RENDER_PIXELS, CONVERT_PDF_PAGES,
		CONVERT_RENDER_PIXELS, CONVERT_PDF_PAGES,
		CONVERT_PDF_PIXELS };

	(void)state;
	broken = CONVERT_RENDER_DRAW;
	expect_tasks(tasks, N(tasks), "\"pdf-image\"", NULL);
}

static void
pictures(struct sanitizer_policy *policy)
{
	policy->pdf = METHOD_IMAGE;
}

static void
to_the_text_at_last(void **state)
{
	static const enum convert_task short_way[] = { CONVERT_PDF_CLEAN,
		CONVERT_RENDER_PIXELS, CONVERT_RENDER_TEXT };
	static const enum convert_task tasks[] = { CONVERT_PDF_CLEAN,
		CONVERT_RENDER_DRAW, CONVERT_PDF_FINISH,
		CONVERT_RENDER_PIXELS, CONVERT_PDF_PAGES,
		CONVERT_RENDER_PIXELS, CONVERT_PDF_PAGES,
		CONVERT_RENDER_PIXELS, CONVERT_PDF_PAGES,
		CONVERT_PDF_PIXELS };

	(void)state;
	broken = CONVERT_PDF_FINISH;
	expect_tasks(tasks, N(tasks), "\"pdf-image\"", NULL);
	broken = CONVERT_RENDER_PIXELS;
	expect_tasks(short_way, N(short_way), "\"pdf-text\"", pictures);
}

static void
what_failed_is_not_tried_again_on_the_same_bytes(void **state)
{
	/* it may have files attached: it did not say */
	static const enum convert_task tasks[] = { CONVERT_PDF_CLEAN,
		CONVERT_ENTRIES };

	(void)state;
	broken = CONVERT_PDF_CLEAN;
	expect_tasks(tasks, 2, "it is damaged or not of its format", NULL);
	broken_err = ERR_POLICY;
	expect_tasks(tasks, 1, "it is encrypted and cannot be inspected",
	    NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
		    whoever_is_done_first_the_mail_is_the_same, start),
		cmocka_unit_test_setup(
		    as_many_are_under_way_as_the_host_says,
		    start),
		cmocka_unit_test_setup(
		    what_does_not_fit_is_the_last_whoever_was_first, start),
		cmocka_unit_test_setup(
		    what_does_not_fit_leaves_its_room_to_others, start),
		cmocka_unit_test_setup(
		    a_full_archive_leaves_room_for_the_rest_of_its_mail,
		    start),
		cmocka_unit_test_setup(
		    each_step_gets_what_the_one_before_made, start),
		cmocka_unit_test_setup(
		    a_rung_that_breaks_goes_on_below_with_the_clean_file,
		    start),
		cmocka_unit_test_setup(to_the_text_at_last, start),
		cmocka_unit_test_setup(
		    what_failed_is_not_tried_again_on_the_same_bytes, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
