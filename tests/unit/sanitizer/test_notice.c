/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a reader is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../../sanitizer/notice.h"
#include "../../../sanitizer/report.h"

static struct sanitizer_job job;
static struct notice notice;
static struct buf out;

static int
start(void **state)
{
	(void)state;
	memset(&job, 0, sizeof(job));
	job.id = 0x2812c6c8000001ull;
	sanitizer_policy_standard(&job.policy);
	notice = (struct notice){ .job = &job };
	buf_init(&out, 65536);
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	buf_fini(&out);
	return 0;
}

static bool
says(const char *text)
{
	buf_clear(&out);
	assert_int_equal(notice_write(&notice, &out), OK);
	return span_find(buf_span(&out), span_str(text)) < out.len;
}

static void
a_clean_mail_has_one_line(void **state)
{
	(void)state;
	assert_true(says("【無害化済み】受付番号 "));
	assert_int_equal(span_find_byte(buf_span(&out), '\n'), out.len - 2);
}

static void
a_kept_clean_body_has_none(void **state)
{
	(void)state;
	job.policy.body_keep = true;
	says("");
	assert_int_equal(out.len, 0);
	notice.html = true;
	assert_true(says("テキストに直しました"));
}

static void
a_removed_file_is_named_with_its_reason(void **state)
{
	struct notice_item item = { .name = SPAN("見積書.xlsm"),
	    .type = file_type_find("xlsm"), .outcome = OUTCOME_REMOVED,
	    .reason = NOTICE_FORMAT, .bytes = 24 * 1024 };

	(void)state;
	notice.items = &item;
	assert_true(says("・「見積書.xlsm」(24 KB)は削除しました。"
	    "種類:Excelブック(マクロ付き)。"
	    "理由:この形式は安全な形に変換できません。\n"));
	assert_true(says("原本が必要なときは"));
}

static void
an_archive_tells_what_is_in_it_no_more(void **state)
{
	struct notice_item kept = { .name = SPAN("a.txt"),
	    .type = file_type_find("text"), .outcome = OUTCOME_KEPT };
	struct notice_item gone = { .name = SPAN("b.exe"), .next = &kept,
	    .type = file_type_find("exe"), .outcome = OUTCOME_REMOVED,
	    .reason = NOTICE_ACTIVE, .bytes = 5 };
	struct notice_item item = { .name = SPAN("書類.zip"),
	    .out_name = SPAN("書類.zip"), .type = file_type_find("zip"),
	    .outcome = OUTCOME_REBUILT, .is_archive = true, .inside = &gone,
	    .bytes = 1024 };

	(void)state;
	notice.items = &item;
	assert_true(says("・「書類.zip」(1 KB)は中のファイル1件を無害化し、"
	    "新しいZIP書庫に入れました。1件は削除しました。"
	    "一覧は書庫の中の「無害化結果.txt」にあります。\n"
	    "  ・「b.exe」(5 B)は削除しました。種類:実行プログラム。"));
	assert_false(says("a.txt"));
	item.differs = true;
	assert_true(says("この書庫は作りが不正で"));
}

static void
an_encrypted_archive_names_twenty_of_its_files(void **state)
{
	static struct notice_item files[23];
	struct notice_item item = { .name = SPAN("書類.zip"),
	    .type = file_type_find("zip"), .outcome = OUTCOME_REMOVED,
	    .reason = NOTICE_ENCRYPTED, .inside = files };

	(void)state;
	for (size_t i = 0; i < 23; i++) {
		files[i] = (struct notice_item){ .name = SPAN("内訳.xlsx"),
		    .type = file_type_find("unknown"),
		    .next = i < 22 ? &files[i + 1] : NULL };
		if (i == 20)
			files[i].name = SPAN("late.xlsx");
	}
	notice.items = &item;
	assert_true(says("中身を確認できません。\n  ・「内訳.xlsx」\n"));
	assert_true(says("「内訳.xlsx」\n  ・ほか3件\n"));
	assert_false(says("late.xlsx"));
}

static void
a_pdf_tells_where_it_leads_and_who_claims_to_have_signed(void **state)
{
	struct notice_item item = { .name = SPAN("a.pdf"), .bytes = 1024,
	    .out_name = SPAN("a.pdf"), .type = file_type_find("pdf"),
	    .outcome = OUTCOME_REBUILT, .files = 2 };
	struct buf list;

	(void)state;
	buf_init(&list, REMOVED_BYTES_MAX);
	assert_int_equal(removed_add(&list, "signature", 1, SPAN("page 1")),
	    OK);
	assert_int_equal(removed_add(&list, "signer", 1, SPAN("山田」b")),
	    OK);
	assert_int_equal(removed_add(&list, "link-kept", 3,
	    SPAN("a.example")), OK);
	assert_int_equal(removed_add(&list, "link-kept", 1,
	    SPAN("b.example")), OK);
	assert_int_equal(removed_add(&list, "form-value", 1, SPAN("c: d")),
	    OK);
	item.removed = buf_span(&list);
	notice.items = &item;
	assert_true(says("・「a.pdf」(1 KB)は安全な形に作り直しました。"
	    "除いたもの:電子署名。"
	    "中に添付されていたファイル2件は取り出して、別に無害化しました。"
	    "作り直したため電子署名は無効になりました。"
	    "リンクの行き先:「a.example」(3)、「b.example」。"
	    "署名者と称する名前(未確認):「山田』b」。"
	    "表示できなかった入力欄の値:「c: d」。\n"));
	item.outcome = OUTCOME_EXTRACTED;
	assert_true(says("電子署名は無効になりました。"));
	buf_fini(&list);
}

/* Or he would speak with our voice. */
static void
a_sender_cannot_close_our_quotation_marks(void **state)
{
	struct notice_item item = {
	    .name = SPAN("a.exe」は安全です。「b"), .out_name = SPAN("a」\".txt"),
	    .type = file_type_find("exe"), .outcome = OUTCOME_REMOVED,
	    .reason = NOTICE_ACTIVE, .bytes = 10 };

	(void)state;
	notice.items = &item;
	assert_true(says("・「a.exe』は安全です。『b」(10 B)は削除しました。"));
	item.type = file_type_find("text");
	item.outcome = OUTCOME_KEPT;
	item.renamed = true;
	job.policy.notice_english = true;
	assert_true(says("名前を「a』\".txt」に変えました。\n"));
	assert_true(says(" Now called \"a』'.txt\".\n"));
	notice.items = NULL;
	notice.sender_shown = SPAN("x」と「y@z\"");
	notice.sender_real = SPAN("e@e.example");
	assert_true(says("表示名「x』と『y@z\"」と実際のアドレス e@e.example "));
	assert_true(says("shows \"x』と『y@z'\" but is e@e.example.\n"));
}

static void
a_long_name_is_cut_between_characters(void **state)
{
	char name[400];

	(void)state;
	name[0] = 'a';
	for (size_t i = 1; i + 3 <= sizeof(name); i += 3)
		memcpy(name + i, "あ", 3);
	notice.sender_shown = (struct span){ (uint8_t *)name, 397 };
	notice.sender_real = SPAN("e@e.example");
	/* 1 + 79 * 3 = 238 of at most 240 bytes */
	memcpy(name + 238, "…」", 7);
	assert_true(says(name));
}

static void
each_reason_has_words_in_both_languages(void **state)
{
	(void)state;
	job.policy.notice_english = true;
	for (int r = NOTICE_FORMAT; r < NOTICE_REASON_N; r++) {
		struct notice_item item = { .name = SPAN("a"),
		    .type = file_type_find("pdf"),
		    .outcome = OUTCOME_REMOVED,
		    .reason = (enum notice_reason)r };

		notice.items = &item;
		assert_true(strlen(notice_reason_text(item.reason)) > 10);
		assert_true(says(notice_reason_text(item.reason)));
		assert_false(says("理由:。"));
	}
}

static void
english_follows_only_by_policy(void **state)
{
	(void)state;
	notice.html = true;
	assert_false(says("Made safe by"));
	job.policy.notice_english = true;
	assert_true(says("[Made safe by the mail gateway] Receipt "));
	assert_true(says("本文(HTML形式)"));
}

static void
hidden_text_is_shown_in_samples(void **state)
{
	struct buf list;

	(void)state;
	buf_init(&list, REMOVED_BYTES_MAX);
	assert_int_equal(removed_add(&list, "hidden-text", 5, SPAN("")), OK);
	for (int i = 0; i < 5; i++) {
		char text[32];

		snprintf(text, sizeof(text), "sample%d", i);
		assert_int_equal(removed_add(&list, "hidden-sample", 1,
		    span_str(text)), OK);
	}
	notice.removed = buf_span(&list);
	assert_true(says("本文に5か所ありました"));
	assert_true(says("  「sample2」\n"));
	assert_false(says("sample3"));
	buf_fini(&list);
}

static void
warnings_carry_their_count(void **state)
{
	struct buf list;

	(void)state;
	buf_init(&list, REMOVED_BYTES_MAX);
	assert_int_equal(removed_add(&list, "lying-link", 2, SPAN("")), OK);
	notice.removed = buf_span(&list);
	assert_true(says("【注意】表示と実際の行き先が異なるリンクが2か所"));
	buf_fini(&list);
}

static void
very_many_attachments_are_summed_up(void **state)
{
	static struct notice_item items[100];

	(void)state;
	for (int i = 0; i < 100; i++)
		items[i] = (struct notice_item){ .name = SPAN("a"),
		    .type = file_type_find("pdf"), .reason = NOTICE_FORMAT,
		    .outcome = OUTCOME_REMOVED,
		    .next = i < 99 ? &items[i + 1] : NULL };
	notice.items = items;
	assert_true(says("・ほか40件\n"));
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, start, stop)
	const struct CMUnitTest tests[] = {
		T(a_pdf_tells_where_it_leads_and_who_claims_to_have_signed),
		T(a_clean_mail_has_one_line),
		T(a_kept_clean_body_has_none),
		T(a_removed_file_is_named_with_its_reason),
		T(an_archive_tells_what_is_in_it_no_more),
		T(an_encrypted_archive_names_twenty_of_its_files),
		T(a_sender_cannot_close_our_quotation_marks),
		T(a_long_name_is_cut_between_characters),
		T(each_reason_has_words_in_both_languages),
		T(english_follows_only_by_policy),
		T(hidden_text_is_shown_in_samples),
		T(warnings_carry_their_count),
		T(very_many_attachments_are_summed_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
