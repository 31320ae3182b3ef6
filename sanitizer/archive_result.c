/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The text file in a new ZIP that says what became of each file of the old
 * archive: a table in columns, first in Japanese, by policy in English too.
 */
#include "../gateway/base/receipt.h"
#include "../gateway/base/utf8.h"
#include "clean.h"
#include "sanitize_internal.h"

#define TEXT_BYTES_MAX	(4u * 1024 * 1024)
#define COLUMN_MAX	48	/* longer names push their line only */

enum column { RESULT, OLD_NAME, NEW_NAME, COLUMNS };

struct table {
	struct buf	*out;
	bool		 english;
	size_t		 width[COLUMNS];
};

static const char *
result_word(const struct notice_item *item, bool english)
{
	if (item->is_archive)
		return english ? "unpacked" : "展開";
	switch (item->outcome) {
	case OUTCOME_KEPT:
		return english ? "kept" : "保持";
	case OUTCOME_REBUILT:
		return english ? "rebuilt" : "再作成";
	case OUTCOME_RENDERED:
		return english ? "as picture" : "画像化";
	case OUTCOME_EXTRACTED:
		return english ? "as text" : "文字のみ";
	case OUTCOME_REMOVED:
		break;
	}
	return english ? "removed" : "削除";
}

static struct span
cell(const struct table *t, const struct notice_item *item, enum column c)
{
	if (c == RESULT)
		return span_str(result_word(item, t->english));
	if (c == OLD_NAME)
		return item->name.len > 0 ? item->name : t->english ?
		    SPAN("(no name)") : SPAN("(名前なし)");
	return item->out_name.len > 0 ? item->out_name : SPAN("-");
}

static struct span
head(const struct table *t, enum column c)
{
	static const char *const ja[] = { "結果", "元の名前",
	    "新しい名前" };
	static const char *const en[] = { "result", "old name", "new name" };

	return span_str(t->english ? en[c] : ja[c]);
}

static void
widen(struct table *t, enum column c, struct span s)
{
	size_t n = utf8_columns(s, true);

	if (n > t->width[c])
		t->width[c] = n > COLUMN_MAX ? COLUMN_MAX : n;
}

static enum err
put_cell(struct table *t, enum column c, struct span s)
{
	enum err err = buf_add(t->out, s);

	for (size_t n = utf8_columns(s, true); err == OK &&
	    n < t->width[c] + 2; n++)
		err = buf_add_byte(t->out, ' ');
	return err;
}

static enum err
put_reason(struct table *t, const struct notice_item *item)
{
	enum err err = OK;

	if (item->outcome == OUTCOME_REMOVED)
		err = buf_printf(t->out, "%s: %s", t->english ?
		    item->type->en : item->type->ja,
		    notice_reason_words(item->reason, t->english));
	else if (!item->is_mail && !item->is_archive)
		err = buf_add_str(t->out, t->english ? item->type->en :
		    item->type->ja);
	if (err == OK && item->disguised)
		err = buf_add_str(t->out, t->english ?
		    " (its name pretends another kind)" :
		    "(名前で種類を偽っています)");
	if (err == OK && item->is_mail)
		err = buf_add_str(t->out, t->english ?
		    "mail: its attachments stand beside it" :
		    "メール: 添付ファイルは並べて入れました");
	return err == OK ? buf_add_byte(t->out, '\n') : err;
}

static enum err
put_rows(struct table *t, const struct notice_item *items)
{
	enum err err = OK;

	for (const struct notice_item *i = items; i != NULL && err == OK;
	    i = i->next) {
		for (enum column c = 0; c < COLUMNS && err == OK; c++)
			err = put_cell(t, c, cell(t, i, c));
		if (err == OK)
			err = put_reason(t, i);
	}
	return err;
}

static enum err
put_table(struct table *t, const struct notice_item *items)
{
	enum err err = OK;
	size_t all = 0;

	for (enum column c = 0; c < COLUMNS; c++) {
		t->width[c] = 0;
		widen(t, c, head(t, c));
		for (const struct notice_item *i = items; i != NULL;
		    i = i->next)
			widen(t, c, cell(t, i, c));
		all += t->width[c] + 2;
	}
	for (enum column c = 0; c < COLUMNS && err == OK; c++)
		err = put_cell(t, c, head(t, c));
	if (err == OK)
		err = buf_add_str(t->out, t->english ?
		    "kind, why it was removed\n" : "種類・削除した理由\n");
	for (all += 20; all > 0 && err == OK; all--)
		err = buf_add_byte(t->out, '-');
	if (err == OK)
		err = buf_add_byte(t->out, '\n');
	return err == OK ? put_rows(t, items) : err;
}

static enum err
put_title(struct table *t, struct span archive, const char *receipt)
{
	enum err err = buf_add_str(t->out, t->english ?
	    "Made safe by the mail gateway: " : "【無害化結果】");

	if (err == OK)
		err = buf_add(t->out, archive);
	return err != OK ? err : buf_printf(t->out, t->english ?
	    "\nReceipt %s. Each file of the archive was made anew, or left "
	    "out.\n\n" : "\n受付番号 %s\n"
	    "元の書庫のファイルを1つずつ作り直しました。"
	    "作り直せないものは入れていません。\n\n", receipt);
}

enum err
archive_result(struct compose *c, struct span archive,
    const struct notice_item *items, struct input *text)
{
	char receipt[RECEIPT_TEXT_BYTES];
	struct buf all, clean;
	struct table t = { .out = &all };
	struct span copy;
	enum err err;

	receipt_text(c->job->id, receipt);
	buf_init(&all, TEXT_BYTES_MAX);
	buf_init(&clean, TEXT_BYTES_MAX);
	if ((err = put_title(&t, archive, receipt)) == OK)
		err = put_table(&t, items);
	if (err == OK && c->job->policy.notice_english) {
		t.english = true;
		if ((err = buf_add_byte(&all, '\n')) == OK &&
		    (err = put_title(&t, archive, receipt)) == OK)
			err = put_table(&t, items);
	}
	if (err == OK && (err = buf_add_str(&clean, "\xef\xbb\xbf")) == OK)
		err = clean_text(buf_span(&all), CLEAN_TEXT, &clean, NULL);
	if (err == OK && !arena_dup(c->arena, buf_span(&clean), &copy))
		err = ERR_LIMIT;
	if (err == OK)
		*text = input_span(copy);
	buf_fini(&all);
	buf_fini(&clean);
	return err;
}
