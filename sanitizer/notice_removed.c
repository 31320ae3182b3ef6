/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The words of the report and what they mean for who reads the document. Of
 * metadata and of how files are built nobody needs to hear.
 */
#include "notice_removed.h"

static const struct {
	const char	*what, *ja, *en;
} words[] = {
	{ "macro", "マクロ", "macros" },
	{ "ole-object", "埋め込みオブジェクト", "embedded objects" },
	{ "activex", "ActiveXの部品", "ActiveX controls" },
	{ "form-control", "フォームの部品(文字で表示)",
	    "form controls (shown as text)" },
	{ "embedded-file", "埋め込みファイル", "embedded files" },
	{ "external-link", "外部へのリンク", "links to the outside" },
	{ "external-file", "外部ファイルの参照", "references to files" },
	{ "template", "外部のひな形", "an external template" },
	{ "dde", "他のプログラムを動かす式", "calls of other programs" },
	{ "dde-field", "他のプログラムを動かすフィールド",
	    "fields that call programs" },
	{ "field", "許可されていないフィールド", "fields" },
	{ "function", "許可されていない関数の計算式",
	    "formulas with functions that are not allowed" },
	{ "formula", "読めない計算式", "formulas that are not understood" },
	{ "very-hidden-sheet", "完全に隠されたシートの設定",
	    "the hiding of a sheet" },
	{ "javascript", "JavaScript", "JavaScript" },
	{ "action", "自動で動く指定", "actions" },
	{ "launch", "プログラムの起動", "the start of programs" },
	{ "xfa", "XFAフォーム", "an XFA form" },
	{ "form-field", "入力欄", "form fields" },
	{ "hidden-text", "見えない文字", "text that cannot be seen" },
	{ "signature", "電子署名", "signatures" },
	{ "rich-media", "動画や音声", "video and sound" },
	{ "media", "動画や音声", "video and sound" },
	{ "link", "リンク", "links" },
	{ "uri-not-allowed", "許可されていないリンク",
	    "links to where none may lead" },
	{ "bookmarks", "しおり", "bookmarks" },
	{ "annotation", "注釈", "annotations" },
	{ "chart", "新しい形式のグラフ", "charts of a new kind" },
	{ "comment", "コメント", "comments" },
	{ "animation", "アニメーション", "animations" },
	{ "slicer", "スライサー", "slicers" },
	{ "pivot-table", "ピボットテーブル", "pivot tables" },
	{ "emf", "図(EMF/WMF、灰色で表示)",
	    "drawings (EMF/WMF, shown grey)" },
	{ "picture", "読めない画像(灰色で表示)",
	    "pictures that cannot be read (shown grey)" },
	{ "filter", "画像効果(ぼかし・影など)",
	    "effects of a drawing (blur, shadow)" },
	{ "pages", "2ページ目以降", "pages after the first" },
	{ "damaged-page", "読めないページ", "pages that cannot be read" },
};

enum err
notice_removed(struct span list, bool english, struct buf *out)
{
	size_t before = out->len;
	enum err err = OK;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]) && err == OK;
	    i++) {
		uint64_t n = removed_count(list, words[i].what);

		if (n == 0)
			continue;
		if (out->len > before)
			err = buf_add_str(out, english ? ", " : "、");
		if (err == OK)
			err = buf_add_str(out, english ? words[i].en :
			    words[i].ja);
		if (err == OK && n > 1)
			err = buf_printf(out, "(%llu)",
			    (unsigned long long)n);
	}
	return err;
}
