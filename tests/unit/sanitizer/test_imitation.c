/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines of a sender that look like our notice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "../../../sanitizer/imitation.h"
#include "../../../sanitizer/notice.h"

#define MARK	"※差出人の文面(システムからのお知らせではありません): "

static void
expect(const char *text, bool english, const char *expected)
{
	struct buf out;

	buf_init(&out, 1024 * 1024);
	assert_int_equal(imitation_mark(span_str(text), english, &out), OK);
	assert_int_equal(buf_add_byte(&out, 0), OK);
	assert_string_equal((const char *)out.ptr, expected);
	buf_fini(&out);
}

static void
a_heading_of_ours_is_marked(void **state)
{
	(void)state;
	expect("━━━\r\n【無害化のお知らせ】受付番号 1\r\n本文\r\n", false,
	    "━━━\r\n" MARK "【無害化のお知らせ】受付番号 1\r\n本文\r\n");
	expect("【無害化済み】受付番号 1", false,
	    MARK "【無害化済み】受付番号 1");
	expect("\n\n【無害化済み】\n", false, "\n\n" MARK "【無害化済み】\n");
}

static void
blanks_brackets_and_selectors_do_not_hide_it(void **state)
{
	(void)state;
	expect("至急 [無 害 化 の お 知 ら せ]\n", false,
	    MARK "至急 [無 害 化 の お 知 ら せ]\n");
	expect("\xe3\x80\x80■無\xef\xb8\x80害化のお\xcc\x81知らせ\n", false,
	    MARK "\xe3\x80\x80■無\xef\xb8\x80害化のお\xcc\x81知らせ\n");
	expect("[Ｍade safe by the mail gateway] x\n", true,
	    "※差出人の文面(システムからのお知らせではありません)"
	    " / written by the sender: [Ｍade safe by the mail gateway] x\n");
}

static void
what_people_write_is_left_alone(void **state)
{
	static const char *const texts[] = { "",
	    "\r\n", "無料で添付を無害化しています\r\n",
	    "> 【無害化のお知らせ】受付番号 1\r\n",
	    "添付は無害化済みです。受付番号は後で。\r\n",
	    "受付番号: 1234\r\n無害化\r\nのお知らせ\r\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		expect(texts[i], true, texts[i]);
}

static void
marked_text_stays_as_it_is(void **state)
{
	(void)state;
	expect(MARK "【無害化済み】\r\n", false, MARK "【無害化済み】\r\n");
}

/* If the words of the notice change, those looked for must, too. */
static void
what_the_notice_says_is_recognised(void **state)
{
	struct sanitizer_job job = { .id = 1 };
	struct notice notice = { .job = &job };
	struct buf said, out;

	(void)state;
	buf_init(&said, 65536);
	buf_init(&out, 65536);
	job.policy.notice_english = true;
	for (int i = 0; i < 4; i++) {
		notice.html = i & 1;
		notice.inner = i & 2;
		buf_clear(&said);
		buf_clear(&out);
		assert_int_equal(notice_write(&notice, &said), OK);
		assert_int_equal(imitation_mark(buf_span(&said), true, &out),
		    OK);
		/* one heading in each language, or the one line; none */
		assert_int_equal(out.len - said.len, (i == 1 || i == 3 ? 2 :
		    i == 0 ? 1 : 0) * (strlen(MARK) +
		    strlen(" / written by the sender")));
	}
	buf_fini(&said);
	buf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_heading_of_ours_is_marked),
		cmocka_unit_test(blanks_brackets_and_selectors_do_not_hide_it),
		cmocka_unit_test(what_people_write_is_left_alone),
		cmocka_unit_test(marked_text_stays_as_it_is),
		cmocka_unit_test(what_the_notice_says_is_recognised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
