/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Links and forms in the text: the true target behind the words, a warning
 * where the words name another place, and a note where something was removed.
 * How a target is read is html_link.c.
 */
#include "html_internal.h"

void
html_anchor_open(struct html_walk *w)
{
	if (w->link_open)
		html_anchor_close(w);
	if (!html_has(&w->token, ATTR_HREF) ||
	    html_hidden_here(w) != HIDDEN_NOT || html_top(w)->drop)
		return;
	buf_clear(&w->href);
	w->err = buf_add(&w->href, html_value(w, ATTR_HREF));
	w->link_open = true;
	w->link_depth = w->depth;
	w->link_image = false;
	html_out_link_start(&w->out);
}

static void
append(struct html_walk *w, const char *text)
{
	html_out_append(&w->out, span_str(text));
}

static void
warn_lying(struct html_walk *w, struct span shown)
{
	w->result->links_lying++;
	append(w, "【注意: 表示 ");
	html_out_append(&w->out, shown);
	append(w, " / 実際の行き先 ");
	html_out_append(&w->out, buf_span(&w->link.host));
	append(w, "】");
}

/* Behind the text of the link, which is already written. */
static void
write_target(struct html_walk *w, struct span text)
{
	struct span shown;
	bool lying = html_link_is_lying(&w->link, text, &shown);

	if (lying || !html_link_is_shown(&w->link, text)) {
		append(w, " <");
		html_out_append(&w->out, buf_span(&w->link.url));
		append(w, ">");
	}
	if (lying)
		warn_lying(w, shown);
	if (w->link.userinfo) {
		append(w, "【注意: 「@」より前は行き先ではありません / "
		    "実際の行き先 ");
		html_out_append(&w->out, buf_span(&w->link.host));
		append(w, "】");
	}
	if (w->link.address)
		append(w, "【注意: 行き先がIPアドレスです】");
}

static void
target(struct html_walk *w, size_t start)
{
	struct span text;

	if (start == SIZE_MAX || start > w->out.buf->len) {
		if (!w->link_image || w->link.kind == TARGET_NONE)
			return;
		start = w->out.buf->len;
		html_out_word(&w->out, SPAN("[画像リンク]"));
	}
	text = span_sub(buf_span(w->out.buf), start, SIZE_MAX);
	switch (w->link.kind) {
	case TARGET_NONE:
		return;
	case TARGET_DANGEROUS:
		append(w, " [危険なリンクを除去]");
		return;
	case TARGET_WEB:
	case TARGET_MAIL:
	case TARGET_PHONE:
		write_target(w, text);
		return;
	}
}

void
html_anchor_close(struct html_walk *w)
{
	size_t start = html_out_link_stop(&w->out);

	if (!w->link_open)
		return;
	w->link_open = false;
	if (w->err == OK)
		w->err = html_link_parse(&w->link, buf_span(&w->href),
		    buf_span(&w->base));
	if (w->err != OK)
		return;
	w->result->links += w->link.kind != TARGET_NONE;
	w->result->links_dangerous += w->link.kind == TARGET_DANGEROUS;
	target(w, start);
	w->link_image = false;
}

/* A place of an image map: a link whose text is its alt. */
void
html_anchor_area(struct html_walk *w)
{
	struct span alt = html_plain(w, ATTR_ALT);

	if (w->link_open)
		html_anchor_close(w);
	if (!html_has(&w->token, ATTR_HREF))
		return;
	html_out_break(&w->out, 1);
	html_anchor_open(w);
	if (alt.len > 0) {
		html_out_word(&w->out, SPAN("[画像リンク: "));
		html_out_text(&w->out, alt, false);
		w->out.spaces = 0;
		html_out_word(&w->out, SPAN("]"));
	} else
		w->link_image = true;
	html_anchor_close(w);
	html_out_break(&w->out, 1);
}

void
html_form_open(struct html_walk *w)
{
	struct html_out *out = &w->out;

	w->result->forms++;
	if (html_hidden_here(w) != HIDDEN_NOT)
		return;
	w->err = html_link_parse(&w->link, span_trim(html_value(w,
	    ATTR_ACTION)), buf_span(&w->base));
	if (w->err != OK)
		return;
	html_table_stray(&w->tables);
	html_out_break(out, 1);
	html_out_word(out, SPAN("【入力フォーム"));
	if (w->link.host.len > 0) {
		append(w, "(送信先 ");
		html_out_append(out, buf_span(&w->link.host));
		append(w, ")");
	}
	append(w, "を除去】");
	html_out_break(out, 1);
}
