/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The notice block: one line for each thing that a reader must know, in the
 * words of an office, in Japanese and by policy in English. Figures for
 * machines are in the X-Sekisho field and in the report.
 */
#include "notice.h"

#include <stdio.h>

#include "../gateway/base/receipt.h"
#include "notice_removed.h"
#include "report.h"

#define RULE	"━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━\n"
#define SAMPLES_SHOWN	3
#define ITEMS_SHOWN	60
#define INSIDE_SHOWN	20
#define QUOTED_BYTES_MAX	240	/* of what a sender wrote, in a line */

static const struct {
	const char *ja, *en;
} reasons[NOTICE_REASON_N] = {
	[NOTICE_NONE] = { "", "" },
	[NOTICE_FORMAT] = { "この形式は安全な形に変換できません",
	    "no handler makes this format safe" },
	[NOTICE_ACTIVE] = { "パソコンで動作するおそれがあります",
	    "it could run on a computer" },
	[NOTICE_POLICY] = { "受け取らない設定です",
	    "the policy does not accept it" },
	[NOTICE_ENCRYPTED] = { "暗号化(パスワードなど)されていて中身を確認できません",
	    "it is encrypted and cannot be inspected" },
	[NOTICE_BROKEN] = { "壊れているか、正しい形式ではありません",
	    "it is damaged or not of its format" },
	[NOTICE_LIMIT] = { "大きさや入れ子の深さが上限を超えています",
	    "it is too large or nested too deep" },
	[NOTICE_SIGNATURE] = {
	    "メールを作り直したため電子署名は無効になります",
	    "signatures are void once a mail is made anew" },
	[NOTICE_PARTIAL] = { "分割されたメールや外部の参照は受け取れません",
	    "partial mails and external references are not accepted" },
	[NOTICE_ODD] = {
	    "リンクか特殊なファイル、または書庫の外を指す名前です",
	    "a link, a device or a name that leads out of the archive" },
	[NOTICE_EMPTY] = { "安全な形にできるファイルが中にありません",
	    "nothing in it could be made safe" },
	[NOTICE_MANY] = { "1通のメールで扱えるファイル数を超えています",
	    "there are more files than a mail may have" },
};

const char *
notice_reason_text(enum notice_reason reason)
{
	return reasons[reason].en;
}

const char *
notice_reason_words(enum notice_reason reason, bool english)
{
	return english ? reasons[reason].en : reasons[reason].ja;
}

struct writer {
	const struct notice	*notice;
	struct buf		*out;
	bool			 english;
	char			 receipt[RECEIPT_TEXT_BYTES];
};

/* A macro, so that the compiler still checks both formats. */
#define SAY(w, ja, en)	((w)->english ? (en) : (ja))

static void
size_text(uint64_t bytes, char *text, size_t len)
{
	if (bytes < 1024)
		snprintf(text, len, "%llu B", (unsigned long long)bytes);
	else if (bytes < 1024 * 1024)
		snprintf(text, len, "%llu KB",
		    (unsigned long long)(bytes + 512) / 1024);
	else
		snprintf(text, len, "%llu.%llu MB",
		    (unsigned long long)bytes / (1024 * 1024),
		    (unsigned long long)bytes * 10 / (1024 * 1024) % 10);
}

static enum err
add_line(struct writer *w, const char *ja, const char *en)
{
	return buf_printf(w->out, "%s\n", SAY(w, ja, en));
}

/*
 * Words of the sender between our quotation marks, which he must not close:
 * a file called "a.exe」は安全です。「b" would speak with our voice.
 */
static enum err
add_quoted(struct writer *w, struct span s)
{
	bool whole = s.len <= QUOTED_BYTES_MAX;
	enum err err = buf_add_str(w->out, SAY(w, "「", "\""));
	size_t len;

	if (!whole)
		for (s.len = QUOTED_BYTES_MAX;
		    (s.ptr[s.len] & 0xc0) == 0x80; s.len--)
			;
	for (; s.len > 0 && err == OK; s = span_sub(s, len, s.len)) {
		len = 1;
		if (span_begins(s, SPAN("「")) || span_begins(s, SPAN("」"))) {
			len = 3;
			err = buf_add_str(w->out, s.ptr[2] == 0x8c ?
			    "『" : "』");
		} else if (s.ptr[0] == '"' && w->english) {
			err = buf_add_byte(w->out, '\'');
		} else {
			err = buf_add_byte(w->out, s.ptr[0]);
		}
	}
	return err != OK ? err : buf_add_str(w->out, whole ?
	    SAY(w, "」", "\"") : SAY(w, "…」", "...\""));
}

/* ---- attachments ---- */

/* "「見積書.xlsm」(24 KB)" */
static enum err
add_name(struct writer *w, const struct notice_item *item)
{
	char size[32];
	enum err err;

	struct span name = item->name.len > 0 ? item->name : item->out_name;

	size_text(item->bytes, size, sizeof(size));
	if (name.len == 0)
		err = buf_printf(w->out, "%s(%s)", SAY(w,
		    "・名前のない添付", "- unnamed attachment "), size);
	else if ((err = buf_add_str(w->out, SAY(w, "・", "- "))) == OK &&
	    (err = add_quoted(w, name)) == OK)
		err = buf_printf(w->out, w->english ? " (%s)" : "(%s)",
		    size);
	return err;
}

static enum err
add_removed(struct writer *w, const struct notice_item *item)
{
	return buf_printf(w->out, SAY(w,
	    "は削除しました。種類:%s。理由:%s。\n",
	    " was removed: %s; %s.\n"),
	    SAY(w, item->type->ja, item->type->en),
	    SAY(w, reasons[item->reason].ja, reasons[item->reason].en));
}

/* What a person put into a picture without knowing; not its colours. */
static bool
lost_metadata(const struct notice_item *item)
{
	static const char *const kinds[] = { "exif", "xmp", "iptc", "comment",
	    "thumbnail", "text" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (removed_count(item->removed, kinds[i]) > 0)
			return true;
	return false;
}

static enum err
add_table(struct writer *w, const struct notice_item *item)
{
	uint64_t formulas = removed_count(item->removed, "formula");
	enum err err;

	err = buf_add_str(w->out, SAY(w,
	    "は表として作り直しました。", " was written anew as a table."));
	if (err == OK && formulas > 0)
		err = buf_printf(w->out, SAY(w,
		    "計算式として働くセル%llu個は先頭に「'」を付けて文字にしました。",
		    " %llu cells that would be calculated now begin with '."),
		    (unsigned long long)formulas);
	return err;
}

/* Words of this kind in a list, each once and in our quotation marks. */
static enum err
add_words(struct writer *w, struct span list, const char *what)
{
	struct removed_item item;
	bool first = true;
	enum err err = OK;

	while (err == OK && removed_next(&list, &item)) {
		if (!span_equal(item.what, span_str(what)))
			continue;
		if (!first)
			err = buf_add_str(w->out, SAY(w, "、", ", "));
		first = false;
		if (err == OK)
			err = add_quoted(w, item.where);
		if (err == OK && item.count > 1)
			err = buf_printf(w->out, "(%llu)",
			    (unsigned long long)item.count);
	}
	return err;
}

/* Of a PDF: what was in it, where it leads, who is said to have signed it. */
static enum err
add_pdf(struct writer *w, const struct notice_item *item)
{
	static const struct { const char *what, *ja, *en; } rows[] = {
		{ "link-kept", "リンクの行き先:", " Its links lead to: " },
		{ "signer", "署名者と称する名前(未確認):",
		    " Who claims to have signed (not verified): " },
		{ "form-value", "表示できなかった入力欄の値:",
		    " Values of fields that could not be drawn: " },
	};
	enum err err = OK;

	if (item->files > 0)
		err = buf_printf(w->out, SAY(w,
		    "中に添付されていたファイル%u件は取り出して、"
		    "別に無害化しました。",
		    " %u file(s) attached to it were taken out and made safe "
		    "by themselves."), item->files);
	if (err == OK && removed_count(item->removed, "form-field") > 0)
		err = buf_add_str(w->out, SAY(w,
		    "入力欄には書き込めなくなりました。",
		    " Its forms cannot be filled in any more."));
	if (err == OK && removed_count(item->removed, "signature") > 0)
		err = buf_add_str(w->out, SAY(w,
		    "作り直したため電子署名は無効になりました。",
		    " Its signatures are void, as it was made anew."));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && err == OK;
	    i++) {
		if (removed_count(item->removed, rows[i].what) == 0)
			continue;
		err = buf_add_str(w->out, SAY(w, rows[i].ja, rows[i].en));
		if (err == OK)
			err = add_words(w, item->removed, rows[i].what);
		if (err == OK)
			err = buf_add_str(w->out, SAY(w, "。", "."));
	}
	return err;
}

/* A document: made anew, or as pictures, and without what. */
static enum err
add_document(struct writer *w, const struct notice_item *item)
{
	size_t len;
	enum err err;

	if (item->outcome == OUTCOME_RENDERED)
		err = buf_add_str(w->out, SAY(w,
		    "は各ページを画像にして作り直しました。",
		    " was written anew, each page as a picture."));
	else
		err = buf_add_str(w->out, SAY(w,
		    "は安全な形に作り直しました。",
		    " was written anew in a safe form."));
	len = w->out->len;
	if (err == OK)
		err = buf_add_str(w->out, SAY(w, "除いたもの:",
		    " Left out: "));
	if (err == OK) {
		size_t words = w->out->len;

		err = notice_removed(item->removed, w->english, w->out);
		if (err == OK && w->out->len == words)
			buf_truncate(w->out, len);
		else if (err == OK)
			err = buf_add_str(w->out, SAY(w, "。", "."));
	}
	return err == OK ? add_pdf(w, item) : err;
}

static enum err
add_extracted(struct writer *w, const struct notice_item *item)
{
	enum err err = buf_printf(w->out, SAY(w,
	    "は文字だけを取り出しました。種類:%s。",
	    " was reduced to its text (%s)."),
	    SAY(w, item->type->ja, item->type->en));

	return err == OK ? add_pdf(w, item) : err;
}

static bool
is_document(enum part_kind kind)
{
	return kind == PART_PDF || kind == PART_OOXML;
}

static enum err
add_archive(struct writer *w, const struct notice_item *item)
{
	unsigned made = 0, removed = 0;
	enum err err;

	if (item->out_name.len == 0)
		return buf_add_str(w->out, SAY(w,
		    "は書庫です。中のファイルを取り出しました。",
		    " is an archive; its files were taken out."));
	for (const struct notice_item *i = item->inside; i != NULL;
	    i = i->next) {
		made += !i->is_archive && i->outcome != OUTCOME_REMOVED;
		if (i->outcome == OUTCOME_REMOVED)
			removed += i->more > 0 ? i->more : 1;
	}
	err = buf_printf(w->out, SAY(w,
	    "は中のファイル%u件を無害化し、新しいZIP書庫に入れました。",
	    " holds %u file(s), made safe and put into a new ZIP."), made);
	if (err == OK && removed > 0)
		err = buf_printf(w->out, SAY(w, "%u件は削除しました。",
		    " %u removed."), removed);
	return err == OK ? buf_add_str(w->out, SAY(w,
	    "一覧は書庫の中の「無害化結果.txt」にあります。",
	    " The list is in it as \"無害化結果.txt\".")) : err;
}

static enum err
add_made_safe(struct writer *w, const struct notice_item *item)
{
	enum err err = OK;

	if (item->is_archive)
		err = add_archive(w, item);
	else if (item->is_mail)
		err = buf_add_str(w->out, SAY(w,
		    "は添付されたメールです。同じように無害化しました。",
		    " is a mail; it was made safe, too."));
	else if (item->type->kind == PART_TEXT)
		err = buf_add_str(w->out, SAY(w,
		    "はテキストとして作り直しました。",
		    " was written anew as text."));
	else if (item->outcome == OUTCOME_EXTRACTED)
		err = add_extracted(w, item);
	else if (item->type->kind == PART_CSV)
		err = add_table(w, item);
	else if (is_document(item->type->kind))
		err = add_document(w, item);
	else
		err = buf_add_str(w->out, SAY(w,
		    "は画像を作り直しました。",
		    " was rebuilt as a new picture."));
	if (err == OK && removed_count(item->removed, "gps") > 0)
		err = buf_add_str(w->out, SAY(w,
		    "撮影場所(位置情報)などの付加情報は除きました。",
		    " The location and other metadata are gone."));
	else if (err == OK && !is_document(item->type->kind) &&
	    lost_metadata(item))
		err = buf_add_str(w->out, SAY(w,
		    "撮影日時などの付加情報は除きました。",
		    " Metadata such as the date is gone."));
	if (err == OK && removed_count(item->removed, "animation") > 0)
		err = buf_add_str(w->out, SAY(w,
		    "動きのある画像は最初の1枚だけになりました。",
		    " Only the first picture of an animation is left."));
	if (err == OK && item->renamed &&
	    (err = buf_add_str(w->out, SAY(w, "名前を", " Now called "))) ==
	    OK && (err = add_quoted(w, item->out_name)) == OK)
		err = buf_add_str(w->out, SAY(w, "に変えました。", "."));
	return err == OK ? buf_add_byte(w->out, '\n') : err;
}

static enum err add_inside(struct writer *w, const struct notice_item *item);

static enum err
add_item(struct writer *w, const struct notice_item *item)
{
	enum err err;

	if ((err = add_name(w, item)) != OK)
		return err;
	err = item->outcome == OUTCOME_REMOVED ? add_removed(w, item) :
	    add_made_safe(w, item);
	if (err == OK && item->differs)
		err = add_line(w,
		    "  【注意】この書庫は作りが不正で、ソフトにより中身が"
		    "変わります。すべての読み方で無害化しました。",
		    "  WARNING: it is malformed and reads differently in "
		    "different programs; every reading was made safe.");
	if (err == OK && item->disguised)
		err = add_line(w,
		    "  【注意】このファイルは名前で種類を偽っています(偽装)。",
		    "  WARNING: its name pretends to be another kind of file.");
	return err == OK ? add_inside(w, item) : err;
}

/*
 * Of an archive that is delivered: what is not in it any more. Of one that is
 * not: what was. (Items inside have none inside: archives lie flat.)
 */
static enum err
add_inside(struct writer *w, const struct notice_item *item)
{
	unsigned n = 0;
	enum err err = OK;

	for (const struct notice_item *i = item->inside; i != NULL &&
	    err == OK; i = i->next) {
		if (i->outcome != 0 && i->outcome != OUTCOME_REMOVED &&
		    !i->disguised)
			continue;
		if (n++ >= INSIDE_SHOWN)
			continue;
		if ((err = buf_add_str(w->out, "  ")) != OK)
			break;
		if (i->outcome != 0)
			err = add_item(w, i);
		else if ((err = buf_add_str(w->out, SAY(w, "・", "- "))) ==
		    OK && (err = add_quoted(w, i->name)) == OK)
			err = buf_add_byte(w->out, '\n');
	}
	if (err == OK && n > INSIDE_SHOWN)
		err = buf_printf(w->out, SAY(w, "  ・ほか%u件\n",
		    "  - and %u more\n"), n - INSIDE_SHOWN);
	return err;
}

static enum err
add_items(struct writer *w)
{
	unsigned n = 0;
	enum err err = OK;

	for (const struct notice_item *item = w->notice->items;
	    item != NULL && err == OK; item = item->next)
		if (n++ < ITEMS_SHOWN)
			err = add_item(w, item);
	if (err == OK && n > ITEMS_SHOWN)
		err = buf_printf(w->out, SAY(w, "・ほか%u件\n",
		    "- and %u more\n"), n - ITEMS_SHOWN);
	return err;
}

/* ---- body and header ---- */

static enum err
add_samples(struct writer *w)
{
	struct span list = w->notice->removed;
	struct removed_item item;
	unsigned n = 0;
	enum err err = OK;

	while (err == OK && n < SAMPLES_SHOWN && removed_next(&list, &item))
		if (span_equal(item.what, SPAN("hidden-sample"))) {
			err = buf_add_str(w->out, SAY(w, "  ", "    "));
			if (err == OK)
				err = add_quoted(w, item.where);
			if (err == OK)
				err = buf_add_byte(w->out, '\n');
			n++;
		}
	return err;
}

static const struct count_line {
	const char *what, *ja, *en;
} count_lines[] = {
	{ "lying-link",
	    "【注意】表示と実際の行き先が異なるリンクが#か所あります。"
	    "本文の【注意】をご確認ください。\n",
	    "WARNING: # link(s) lead elsewhere than they show.\n" },
	{ "dangerous-link", "・危険なリンクを#か所除きました。\n",
	    "- # dangerous link(s) removed.\n" },
	{ "form", "【注意】入力フォームを#か所除きました。"
	    "メールでパスワードなどを求められても入力しないでください。\n",
	    "WARNING: # form(s) removed; never enter a password.\n" },
	{ "active-content",
	    "・本文に埋め込まれたプログラムなどを#か所除きました。\n",
	    "- # embedded program(s) or frame(s) removed.\n" },
	{ "remote-image",
	    "・外部から読み込む画像を#か所除きました。\n",
	    "- # remote picture(s) removed.\n" },
	{ "header-address",
	    "・宛先などのうち、読み取れないアドレスを#件省きました。\n",
	    "- # unreadable address(es) left out of the header.\n" },
	{ "inline-file",
	    "・本文の中に埋め込まれていたファイルを#件取り出しました。\n",
	    "- # file(s) taken out of the text.\n" },
	{ "bad-characters",
	    "・読み取れない文字が#字ありました(「\xef\xbf\xbd」で示します)。\n",
	    "- # character(s) could not be read (shown as "
	    "\xef\xbf\xbd).\n" },
};

/* The text with the number in the place of its #. */
static enum err
add_number(struct writer *w, const char *text, uint64_t n)
{
	struct span rest = span_str(text), head;
	enum err err;

	(void)span_cut(&rest, '#', &head);
	if ((err = buf_add(w->out, head)) == OK)
		err = buf_printf(w->out, "%llu", (unsigned long long)n);
	return err == OK ? buf_add(w->out, rest) : err;
}

static enum err
add_counts(struct writer *w)
{
	struct span list = w->notice->removed;
	uint64_t hidden = removed_count(list, "hidden-text"), n;
	enum err err = OK;

	if (hidden > 0) {
		err = buf_printf(w->out, SAY(w,
		    "【注意】画面に見えない文字が本文に%lluか所ありました"
		    "(非表示のため除いた文字)。\n",
		    "WARNING: %llu invisible text(s) left out of the body.\n"),
		    (unsigned long long)hidden);
		if (err == OK)
			err = add_samples(w);
	}
	for (size_t i = 0; i < sizeof(count_lines) / sizeof(count_lines[0]) &&
	    err == OK; i++)
		if ((n = removed_count(list, count_lines[i].what)) > 0)
			err = add_number(w, SAY(w, count_lines[i].ja,
			    count_lines[i].en), n);
	return err;
}

static enum err
add_sender(struct writer *w)
{
	const struct notice *n = w->notice;
	enum err err;

	if (n->sender_real.len == 0)
		return OK;
	err = buf_add_str(w->out, SAY(w, "【注意】差出人の表示名",
	    "WARNING: the sender shows "));
	if (err == OK)
		err = add_quoted(w, n->sender_shown);
	return err != OK ? err : buf_printf(w->out, SAY(w,
	    "と実際のアドレス %.*s が異なります。\n", " but is %.*s.\n"),
	    (int)n->sender_real.len, (const char *)n->sender_real.ptr);
}

static enum err
add_mail_lines(struct writer *w)
{
	const struct notice *n = w->notice;
	enum err err = OK;

	if (n->held)
		err = add_line(w,
		    "【注意】このメールは一度保留され、管理者が確認して配信"
		    "しました。",
		    "WARNING: this mail was held and released by an "
		    "administrator.");
	if (err == OK && n->unreadable)
		err = add_line(w,
		    "・このメールは上限を超えるか壊れていて、中身を取り出せ"
		    "ませんでした。",
		    "- The mail could not be taken apart: too large or "
		    "broken.");
	if (err == OK && n->ambiguous)
		err = add_line(w,
		    "【注意】このメールは作りが不正で、メールソフトにより"
		    "見え方が変わります。すべての読み方で無害化しました。",
		    "WARNING: the mail is malformed and reads differently in "
		    "different programs; every reading was made safe.");
	if (err == OK && n->html && n->both)
		err = add_line(w,
		    "・本文はテキスト版とHTML版で内容が異なるため、両方を"
		    "載せました。",
		    "- The text and the HTML version differ; both are shown.");
	else if (err == OK && n->html)
		err = add_line(w, "・本文(HTML形式)をテキストに直しました。",
		    "- The body was HTML and is now text.");
	return err;
}

static bool
any_removed(const struct notice *n)
{
	for (const struct notice_item *i = n->items; i != NULL; i = i->next)
		if (i->outcome == OUTCOME_REMOVED)
			return true;
	return n->unreadable;
}

/* Is there anything beyond "made safe"? */
static bool
has_news(const struct notice *n)
{
	return n->held || n->ambiguous || n->unreadable || n->html ||
	    n->items != NULL || n->removed.len > 0 || n->sender_real.len > 0;
}

static enum err
add_block(struct writer *w)
{
	enum err err = OK;

	if (!w->notice->inner)
		err = buf_printf(w->out, SAY(w,
		    "【無害化のお知らせ】受付番号 %s\n",
		    "[Made safe by the mail gateway] Receipt %s\n"),
		    w->receipt);
	else
		err = add_line(w, "【無害化のお知らせ】(添付メール)",
		    "[Made safe by the mail gateway]");
	if (err == OK)
		err = add_mail_lines(w);
	if (err == OK)
		err = add_sender(w);
	if (err == OK)
		err = add_counts(w);
	if (err == OK)
		err = add_items(w);
	if (err == OK && any_removed(w->notice) && !w->notice->inner)
		err = add_line(w,
		    "削除したものの原本が必要なときは、受付番号をシステム"
		    "管理者へお知らせください。",
		    "If you need an original, tell your administrator the "
		    "receipt number.");
	return err;
}

enum err
notice_write(const struct notice *notice, struct buf *out)
{
	struct writer w = { .notice = notice, .out = out };
	enum err err;

	if (!has_news(notice)) {
		if (notice->job->policy.body_keep || notice->inner)
			return OK;
		receipt_text(notice->job->id, w.receipt);
		return buf_printf(out, "【無害化済み】受付番号 %s%s\n\n",
		    w.receipt, notice->job->policy.notice_english ?
		    " / Made safe by the mail gateway" : "");
	}
	receipt_text(notice->job->id, w.receipt);
	err = buf_add_str(out, RULE);
	if (err == OK)
		err = add_block(&w);
	if (err == OK && notice->job->policy.notice_english) {
		w.english = true;
		if ((err = buf_add_byte(out, '\n')) == OK)
			err = add_block(&w);
	}
	return err == OK ? buf_add_str(out, RULE "\n") : err;
}
