/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * HTML to text: each test gives pages and the exact text that has to come
 * out. Whole mails are in tests/golden/html.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "../../../sanitizer/html_text.h"

#define OUT_BYTES_MAX	(64u * 1024 * 1024)

struct page {
	const char	*html;
	const char	*text;
};

static struct html_result result;

static void
convert(struct span html, bool defang, struct buf *out)
{
	struct html_options options = { .links_defang = defang };

	buf_init(out, OUT_BYTES_MAX);
	assert_int_equal(html_text(html, &options, out, &result), OK);
}

static void
check(const char *html, const char *text)
{
	struct buf out;

	convert(span_str(html), false, &out);
	assert_int_equal(buf_add_byte(&out, '\0'), OK);
	assert_string_equal((const char *)out.ptr, text);
	buf_fini(&out);
}

static void
check_all(const struct page *pages, size_t n)
{
	for (size_t i = 0; i < n; i++)
		check(pages[i].html, pages[i].text);
}

#define CHECK_ALL(pages) check_all(pages, sizeof(pages) / sizeof(pages[0]))

static void
blanks_are_folded_and_lines_break_where_blocks_do(void **state)
{
	static const struct page pages[] = {
		{ "", "" },
		{ " \n ", "" },
		{ "a  b\n\tc ", "a b c\n" },
		{ "<div>a</div><div>b</div>", "a\nb\n" },
		{ "<p>a</p><p>b</p>", "a\n\nb\n" },
		{ "a<br>b<br><br>c", "a\nb\n\nc\n" },
		{ "<div>a</div><div><br></div><div>b</div>", "a\n\nb\n" },
		{ "a<br><br><br><br><br>b", "a\n\n\nb\n" },
		{ "a<span> b</span> <b> c</b>", "a b c\n" },
		{ "a&nbsp;&nbsp;b", "a  b\n" },
		{ "<p>a<p>&nbsp;<p>b", "a\n\n\nb\n" },
		{ "x<hr>y", "x\n────────────────────\ny\n" },
		{ "\xef\xbb\xbf" "a", "a\n" },
		{ "a<!-- b -->c<!---->d<!-->e<!-- --!>f", "acdef\n" },
		{ "a<!DOCTYPE x>b<?php c?>d</ e>f", "abdf\n" },
		{ "1 < 2 & 3 > 2", "1 < 2 & 3 > 2\n" },
		{ "a<title>t</title><script>s<b></script>b", "ab\n" },
		{ "<span style=display:block>a</span>b", "a\nb\n" },
		{ "<li style=display:inline>a<li style=display:inline>b",
		    "・ab\n" },
	};

	(void)state;
	CHECK_ALL(pages);
}

static void
paragraphs_of_office_mails_stay_close(void **state)
{
	static const struct page pages[] = {
		{ "<style>p.MsoNormal, li.MsoNormal {margin:0mm;"
		    "margin-bottom:.0001pt;}</style>"
		    "<p class=MsoNormal>a<o:p></o:p></p>"
		    "<p class=MsoNormal><o:p>&nbsp;</o:p></p>"
		    "<p class=MsoNormal>b</p>", "a\n\nb\n" },
		{ "<p style='margin:0'>a</p><p style='margin:0'>b</p>",
		    "a\nb\n" },
		{ "<!--[if gte mso 9]><xml><o:x>96</o:x></xml><![endif]-->a",
		    "a\n" },
		{ "<![if !supportLists]><span style='font-family:Symbol'>"
		    "<span style='mso-list:Ignore'>·<span style='font:7.0pt "
		    "\"Times New Roman\"'>&nbsp; </span></span></span>"
		    "<![endif]>item", "・ item\n" },
		{ "ok <span style='font-family:Wingdings'>J</span>",
		    "ok ☺\n" },
	};

	(void)state;
	CHECK_ALL(pages);
	assert_int_equal(result.hidden, 0);
}

static void
character_references_are_decoded(void **state)
{
	static const struct page pages[] = {
		{ "&lt;b&gt; &amp;amp; &quot;", "<b> &amp; \"\n" },
		{ "&copy &eacute;&Eacute &notit; &notin; &hellip;",
		    "© éÉ ¬it; ∉ …\n" },
		{ "&#65;&#x42;&#X43 &#0;&#xD800;&#x110000;",
		    "ABC \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\n" },
		{ "&#128;&#150;", "€–\n" },
		{ "&CounterClockwiseContourIntegral;&NotEqualTilde;",
		    "∳≂̸\n" },
		{ "& &; &#; &#x; &nosuch; &a",
		    "& &; &#; &#x; &nosuch; &a\n" },
		{ "<img src=cid:a alt='&lt;x&gt;'>", "[画像: <x>]\n" },
		{ "<a href='http://a.jp/?a=1&amp;copy=2&copy=3'>x</a>",
		    "x <http://a.jp/?a=1&copy=2&copy=3>\n" },
	};

	(void)state;
	CHECK_ALL(pages);
}

static void
invisible_characters_are_left_out_and_counted(void **state)
{
	(void)state;
	check("a\u202e\u200b\u00ad\ufeffb&#x202E;c\U000e0041", "abc\n");
	assert_int_equal(result.invisible, 6);
	check("\U0001f468\u200d\U0001f469 a\u200db",
	    "\U0001f468\u200d\U0001f469 ab\n");
	assert_int_equal(result.invisible, 1);
	check("a\x01" "b&#1;c&#127;", "abc\n");
	assert_int_equal(result.invisible, 3);
	check("葛\U000e0100城 ☺\ufe0f", "葛\U000e0100城 ☺\ufe0f\n");
	assert_int_equal(result.invisible, 0);
}

struct hidden {
	const char	*html;
	enum html_hidden why;
};

/* The nine of the specification, then more ways to the same. */
static const struct hidden hidden_cases[] = {
	{ "<div style='display:none'>HID</div>", HIDDEN_DISPLAY },
	{ "<style>.x{display:none}</style><p class='y x'>HID</p>",
	    HIDDEN_DISPLAY },
	{ "<span style='font-size:0'>HID</span>", HIDDEN_FONT_SIZE },
	{ "<span style='color:#fff'>HID</span>", HIDDEN_COLOR },
	{ "<p hidden>HID</p>", HIDDEN_ATTRIBUTE },
	{ "<p style='visibility:hidden'>HID</p>", HIDDEN_VISIBILITY },
	{ "<p style='opacity:0'>HID</p>", HIDDEN_OPACITY },
	{ "<p style='position:absolute;left:-9999px'>HID</p>",
	    HIDDEN_OFF_SCREEN },
	{ "<p style='max-height:0;overflow:hidden'>HID</p>",
	    HIDDEN_BOX },
	{ "<p style='mso-hide:all'>HID</p>", HIDDEN_MSO },
	{ "<!--[if mso]><p>HID</p><![endif]-->", HIDDEN_MSO },
	{ "<p style='d\\69splay:none'>HID</p>", HIDDEN_DISPLAY },
	{ "<p style='display/**/:/**/none'>HID</p>", HIDDEN_DISPLAY },
	{ "<p style='display&#58;none'>HID</p>", HIDDEN_DISPLAY },
	{ "<p style='DISPLAY : NONE !important;display:block'>HID</p>",
	    HIDDEN_DISPLAY },
	{ "<style>#i{display:none}</style><p id=i>HID</p>",
	    HIDDEN_DISPLAY },
	{ "<style>@media screen{q,p.x{display:none}}</style>"
	    "<p class=x>HID</p>", HIDDEN_DISPLAY },
	{ "<style>.\\78 {display:none}</style><p class=x>HID</p>",
	    HIDDEN_DISPLAY },
	{ "<p class=x>HID</p><style>.x{display:none}</style>",
	    HIDDEN_DISPLAY },
	{ "<p style='font-size:.1em'>HID</p>", HIDDEN_FONT_SIZE },
	{ "<div style='font-size:10%'><p style='font-size:1em'>HID</p>"
	    "</div>", HIDDEN_FONT_SIZE },
	{ "<p style='font:1px/2 serif'>HID</p>", HIDDEN_FONT_SIZE },
	{ "<font color=white>HID</font>", HIDDEN_COLOR },
	{ "<font color=white><p>HID</p></font>", HIDDEN_COLOR },
	{ "<p><font color=white><p>HID</p></font>", HIDDEN_COLOR },
	{ "<p style='color:transparent'>HID</p>", HIDDEN_COLOR },
	{ "<p style='color:rgba(0,0,0,.02)'>HID</p>", HIDDEN_COLOR },
	{ "<table bgcolor='#336699'><tr><td><font color=#346698>HID"
	    "</font></td></tr></table>", HIDDEN_COLOR },
	{ "<p style='background:navy;color:rgb(0,0,128)'>HID</p>",
	    HIDDEN_COLOR },
	{ "<p style='color:hsl(0,0%,99%)'>HID</p>", HIDDEN_COLOR },
	{ "<p style='text-indent:-40em'>HID</p>", HIDDEN_OFF_SCREEN },
	{ "<p style='position:absolute;clip:rect(0,0,0,0)'>HID</p>",
	    HIDDEN_OFF_SCREEN },
	{ "<p style='transform:rotate(1deg) scale( 0 )'>HID</p>",
	    HIDDEN_OFF_SCREEN },
	{ "<p style='transform:translate(0, -99em)'>HID</p>",
	    HIDDEN_OFF_SCREEN },
	{ "<p style='scale:.01;clip:rect(0,9px,9px,0)'>HID</p>",
	    HIDDEN_OFF_SCREEN },
	{ "<p style='filter:blur(1px) opacity(5%)'>HID</p>",
	    HIDDEN_OFF_SCREEN },
	{ "<p style='margin-left:-999px'>HID</p>",
	    HIDDEN_OFF_SCREEN },
	{ "<p style='zoom:1%'>HID</p>", HIDDEN_OFF_SCREEN },
	{ "<p style='content-visibility:hidden'>HID</p>",
	    HIDDEN_OFF_SCREEN },
	{ "<b><div style='display:none'>H</b>ID</div>",
	    HIDDEN_DISPLAY },
	{ "<template>HID</template>", HIDDEN_DISPLAY },
	{ "<dialog>HID</dialog>", HIDDEN_DISPLAY },
	{ "<x-y style='display:none'>HID</x-y>", HIDDEN_DISPLAY },
};

#define HIDDEN_CASES_N	(sizeof(hidden_cases) / sizeof(hidden_cases[0]))

static void
hidden_text_is_left_out_and_listed(void **state)
{
	char page[1024];

	(void)state;
	for (size_t i = 0; i < HIDDEN_CASES_N; i++) {
		struct buf out;

		snprintf(page, sizeof(page), "<div>seen</div>%s<p>too</p>",
		    hidden_cases[i].html);
		convert(span_str(page), false, &out);
		assert_true(span_begins(buf_span(&out), SPAN("seen\n")));
		assert_true(span_ends(buf_span(&out), SPAN("too\n")));
		if (span_find(buf_span(&out), SPAN("I")) < out.len)
			print_error("%s\n", page);
		assert_int_equal(span_find(buf_span(&out), SPAN("I")),
		    out.len);
		if (result.hidden != 1 || result.samples_n != 1)
			print_error("%s\n", page);
		assert_int_equal(result.hidden, 1);
		assert_int_equal(result.samples_n, 1);
		assert_string_equal(result.samples[0].text, "HID");
		assert_int_equal(result.samples[0].why, hidden_cases[i].why);
		buf_fini(&out);
	}
}

static void
what_only_looks_hidden_stays(void **state)
{
	static const struct page pages[] = {
		{ "<td style='font-size:0'><p style='font-size:14px'>a</p>",
		    "a\n" },
		{ "<p style='visibility:hidden'><b style='visibility:visible'>"
		    "a</b></p>", "a\n" },
		{ "<div bgcolor=black><font color=white>a</font></div>",
		    "a\n" },
		{ "<p style='color:#fff;background:#c00'>a</p>", "a\n" },
		{ "<p style='color:#fff;background:url(x)'>a</p>", "a\n" },
		{ "<table background=x><td style='color:#fff'>a</table>",
		    "a\n" },
		{ "<font color=white><a href=#>a</a></font>", "a\n" },
		{ "<p style='max-height:0'>a</p>", "a\n" },
		{ "<p style='overflow:hidden'>a</p>", "a\n" },
		{ "<p style='opacity:.5;left:-20px'>a</p>", "a\n" },
		{ "<p style='transform:translate(-50%,-50%) scale(.9)'>a</p>",
		    "a\n" },
		{ "<p style='zoom:1;scale:none;filter:opacity(.9) blur(0);"
		    "margin-left:-300px;content-visibility:auto'>a</p>",
		    "a\n" },
		{ "<style>@media (max-width:600px){.x{display:none}}"
		    "@media print{.x{display:none}} .y .x{display:none}"
		    "</style><p class=x>a</p>", "a\n" },
		{ "<style>.x{display:none}</style><p class=x "
		    "style='display:block!important'>a</p>", "a\n" },
		{ "<p style='background-image:url(a;display:none)'>a</p>",
		    "a\n" },
		{ "<div style=display:none></div>a", "a\n" },
		{ "<div style=display:none>&zwnj;&nbsp;&#8203;</div>a",
		    "a\n" },
		{ "<!--[if !mso]><!-->a<!--<![endif]-->", "a\n" },
		{ "<![if !mso]>a<![endif]>", "a\n" },
		{ "<dialog open>a</dialog>", "a\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		check(pages[i].html, pages[i].text);
		assert_int_equal(result.hidden, 0);
	}
}

static void
of_a_button_and_its_double_for_outlook_one_stays(void **state)
{
	(void)state;
	check("<!--[if mso]><v:roundrect href='http://a.jp/'>Go</v:roundrect>"
	    "<![endif]--><a href='http://a.jp/' style='mso-hide:all'>Go</a>",
	    "Go <http://a.jp/>\n");
	assert_int_equal(result.hidden, 1);
}

static void
samples_are_bounded(void **state)
{
	struct buf page;
	struct buf out;

	(void)state;
	buf_init(&page, 1 << 20);
	for (unsigned i = 0; i < 50; i++) {
		assert_int_equal(buf_add_str(&page, "<p hidden>"), OK);
		for (unsigned k = 0; k < 100; k++)
			assert_int_equal(buf_add_str(&page, "漢"), OK);
		assert_int_equal(buf_add_str(&page, "</p>"), OK);
	}
	convert(buf_span(&page), false, &out);
	assert_int_equal(result.hidden, 50);
	assert_int_equal(result.samples_n, HTML_SAMPLES_MAX);
	for (unsigned i = 0; i < HTML_SAMPLES_MAX; i++)
		assert_int_equal(strlen(result.samples[i].text),
		    3 * HTML_SAMPLE_CHARACTERS_MAX);
	buf_fini(&page);
	buf_fini(&out);
}

static void
lists_have_markers_and_indent(void **state)
{
	static const struct page pages[] = {
		{ "<ul><li>a<li>b<ul><li>c</ul><li>d</ul>",
		    "・a\n・b\n  ・c\n・d\n" },
		{ "<ol start=9><li>a<br>b<li>c</ol>",
		    "9. a\n   b\n10. c\n" },
		{ "<ol type=a><li>x<li value=28>y</ol>", "a. x\nab. y\n" },
		{ "<ol type=I><li>x<li>y<li value=399>z<li>o</ol>",
		    "I. x\nII. y\nCCCXCIX. z\n400. o\n" },
		{ "<ol reversed start=3><li>x<li>y</ol>", "3. x\n2. y\n" },
		{ "<ol reversed><li>x<li>y</ol>", "・x\n・y\n" },
		{ "<ul><li>a</li><ul><li>b</li></ul></ul>",
		    "・a\n  ・b\n" },
		{ "<ul><li></li><li>a</li></ul>", "・a\n" },
		{ "<dl><dt>a<dd>b<dt>c<dd>d</dl>", "a\n    b\nc\n    d\n" },
		{ "<li>loose", "・loose\n" },
	};

	(void)state;
	CHECK_ALL(pages);
}

static void
quotes_are_marked_on_every_line(void **state)
{
	static const struct page pages[] = {
		{ "x<blockquote type=cite>a<br>b<p>c</p></blockquote>y",
		    "x\n\n> a\n> b\n>\n> c\n\ny\n" },
		{ "<blockquote>a<blockquote>b</blockquote></blockquote>",
		    "> a\n>\n> > b\n" },
		{ "<blockquote style='margin:0 0 0 40px;border:none'>a"
		    "</blockquote>", "    a\n" },
		{ "<blockquote class=gmail_quote style='border-left:1px solid "
		    "#ccc'><ul><li>a<li>b</ul></blockquote>",
		    "> ・a\n> ・b\n" },
		{ "<q>a</q>", "「a」\n" },
	};

	(void)state;
	CHECK_ALL(pages);
}

static void
preformatted_text_keeps_its_blanks(void **state)
{
	static const struct page pages[] = {
		{ "<pre>\na  b\n\n\n\n c\n</pre>d", "a  b\n\n\n\n c\n\nd\n" },
		{ "<div style='white-space:pre-wrap'>a\n  b</div>c",
		    "a\n  b\nc\n" },
		{ "<pre>a\tb</pre>", "a\tb\n" },
		{ "<plaintext><b>x", "<b>x\n" },
	};

	(void)state;
	CHECK_ALL(pages);
}

static void
ruby_headings_and_deletions_read_well(void **state)
{
	static const struct page pages[] = {
		{ "<ruby>漢字<rt>かんじ</rt></ruby>です", "漢字(かんじ)です\n" },
		{ "<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp>字<rp>(</rp>"
		    "<rt>じ</rt><rp>)</rp></ruby>", "漢(かん)字(じ)\n" },
		{ "<ruby>漢<rt>かん<rp></ruby>字", "漢(かん)字\n" },
		{ "a<h1>お知らせ</h1>b", "a\n\nお知らせ\n━━━━\n\nb\n" },
		{ "<h2>見出し二</h2>b", "見出し二\n────\n\nb\n" },
		{ "<h4>a</h4>b", "a\n\nb\n" },
		{ "期限は<s>5日</s>6日", "期限は[取消線: 5日]6日\n" },
		{ "a<del></del>b", "ab\n" },
	};

	(void)state;
	CHECK_ALL(pages);
}

static void
data_tables_are_grids(void **state)
{
	static const struct page pages[] = {
		{ "<table border=1><tr><th>品名<th>数<tr><td>りんご<td>3"
		    "</table>",
		    "│品名  │数│\n├───┼─┤\n│りんご│3 │\n" },
		{ "a<table border=1><tr><td>①<td>b<tr><td>c<td>d</table>e",
		    "a\n\n│①│b │\n│c │d │\n\ne\n" },
		{ "<table border=1><tr><td rowspan=2>a<td>b<tr><td>c</table>",
		    "│a │b │\n│  │c │\n" },
		{ "<table border=1><tr><td colspan=2>wide one<tr><td>b<td>c"
		    "</table>", "│wide one│\n│b │c   │\n" },
		{ "<table border=1><tr><td>a<br>b<td>c<tr><td>d<td>e</table>",
		    "│a │c │\n│b │  │\n├─┼─┤\n│d │e │\n" },
		{ "<table><caption>表1</caption><tr><th>a<td>b<tr><th>c<td>d"
		    "</table>", "表1\n│a │b │\n│c │d │\n" },
		{ "<table><tr><td style='border:solid 1px'>a<td>b<tr><td>c"
		    "<td>d</table>", "│a │b │\n│c │d │\n" },
		{ "<blockquote><table border=1><tr><td>a<td>b<tr><td>c<td>d"
		    "</table></blockquote>", "> │a │b │\n> │c │d │\n" },
		{ "<table border=1><tr><td>a<td>b</tr><tr style='display:none'>"
		    "<td>x<td>y</tr><tr><td>c<td>d</table>",
		    "│a │b │\n│c │d │\n" },
	};

	(void)state;
	CHECK_ALL(pages);
}

static void
layout_tables_are_flat(void **state)
{
	static const struct page pages[] = {
		{ "<table><tr><td>a<tr><td>b</table>", "a\nb\n" },
		{ "<table><tr><td>電話<td>03-1234<tr><td>内線<td>5</table>",
		    "電話  03-1234\n内線  5\n" },
		{ "<table border=1><tr><td>a<td><table><tr><td>b</table>"
		    "<tr><td>c<td>d</table>", "a  b\nc  d\n" },
		{ "<table border=1 role=presentation><tr><td>a<td>b<tr><td>c"
		    "<td>d</table>", "a  b\nc  d\n" },
		{ "<table><tr><td>a<br>b<td>c</table>", "a\nb\nc\n" },
		{ "<table border=1><tr><td>a<td>b<tr>stray<td>c<td>d</table>",
		    "a  b\nstray\nc  d\n" },
		{ "<td>a</td><tr>b", "ab\n" },
	};

	(void)state;
	CHECK_ALL(pages);
}

static void
links_show_where_they_go(void **state)
{
	static const struct page pages[] = {
		{ "<a href='http://a.example.jp/x'>市</a>です",
		    "市 <http://a.example.jp/x>です\n" },
		{ "<a href='https://www.example.jp/'>www.example.jp</a>",
		    "www.example.jp\n" },
		{ "<a href='https://example.jp/'>https://example.jp</a>",
		    "https://example.jp\n" },
		{ "<a href='mailto:a@example.jp'>a@example.jp</a>",
		    "a@example.jp\n" },
		{ "<a href='mailto:a@example.jp?bcc=b@c.jp'>a@example.jp</a>",
		    "a@example.jp <mailto:a@example.jp?bcc=b@c.jp>\n" },
		{ "<a href='tel:0312345678'>03-1234-5678</a>",
		    "03-1234-5678\n" },
		{ "<a href='#x'>a</a><a href=''>b</a><a>c</a>"
		    "<a href='/d'>d</a>", "abcd\n" },
		{ "<base href='https://e.jp/a/b?c'><a href=d>x</a> "
		    "<a href=/d>y</a> <a href=//f.jp>z</a>",
		    "x <https://e.jp/a/d> y <https://e.jp/d> "
		    "z <https://f.jp>\n" },
		{ "<a href='http://e.jp/\"&lt;&#10;x y'>t</a>",
		    "t <http://e.jp/%22%3Cx%20y>\n" },
		{ "<a href='HTTP:\\\\E.JP\\a\\b'>t</a>",
		    "t <http://e.jp/a/b>\n" },
		{ "<a href='http://xn--wgv71a119e.jp/'>t</a>",
		    "t <http://xn--wgv71a119e.jp/ (日本語.jp)>\n" },
		{ "<a href='http://日本語。ｊｐ/'>t</a>",
		    "t <http://xn--wgv71a119e.jp/ (日本語.jp)>\n" },
		{ "<a href='http://e.jp/'><img src='http://e.jp/b.gif'></a>",
		    "[画像リンク] <http://e.jp/>\n" },
		{ "<map><area href='http://e.jp/' alt='地図'></map>",
		    "[画像リンク: 地図] <http://e.jp/>\n" },
		{ "<a href='http://e.jp/1'>a<a href='http://e.jp/2'>b</a>",
		    "a <http://e.jp/1>b <http://e.jp/2>\n" },
		{ "<a href='http://e.jp/'><p>a</p></a><p>b</p>",
		    "a <http://e.jp/>\n\nb\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		check(pages[i].html, pages[i].text);
		assert_int_equal(result.links_lying, 0);
		assert_int_equal(result.links_dangerous, 0);
	}
}

static void
links_that_lie_are_told(void **state)
{
	static const struct { const char *html, *shown, *real; } cases[] = {
		{ "<a href='http://evil.example/'>"
		    "https://www.city.example.lg.jp/</a>",
		    "www.city.example.lg.jp", "evil.example" },
		{ "<a href='http://evil.example/'>www.a.co.jp</a>",
		    "www.a.co.jp", "evil.example" },
		{ "<a href='http://b.co.jp/'>詳細は(a.co.jp)へ</a>",
		    "a.co.jp", "b.co.jp" },
		{ "<a href='http://b.example.jp/'>ｗｗｗ．ａ．ｃｏｍ</a>",
		    "www.a.com", "b.example.jp" },
		{ "<a href='mailto:x@evil.com'>staff@city.chiyoda.lg.jp</a>",
		    "city.chiyoda.lg.jp", "evil.com" },
		{ "<a href='https://a.jp@evil.com/'>https://a.jp/</a>",
		    "a.jp", "evil.com" },
		{ "<a href='http://a.jp.evil.com/'>a.jp</a>", "a.jp",
		    "a.jp.evil.com" },
		{ "<a href='http://evil.github.io/'>good.github.io</a>",
		    "good.github.io", "evil.github.io" },
		{ "<a href='ht&#10;tp:evil.com'><b>a</b>.jp</a>", "a.jp",
		    "evil.com" },
		{ "<a href='http://192.0.2.1/'>https://a.jp/</a>", "a.jp",
		    "192.0.2.1" },
		{ "<a href='http://%65vil.com/'>www.a.jp</a>", "www.a.jp",
		    "evil.com" },
	};
	char expected[400];
	struct buf out;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		convert(span_str(cases[i].html), false, &out);
		snprintf(expected, sizeof(expected),
		    "【注意: 表示 %s / 実際の行き先 %s】", cases[i].shown,
		    cases[i].real);
		if (span_find(buf_span(&out), span_str(expected)) == out.len)
			print_error("%s\n%.*s\n", cases[i].html,
			    (int)out.len, (const char *)out.ptr);
		assert_true(span_find(buf_span(&out), span_str(expected)) <
		    out.len);
		assert_int_equal(result.links_lying, 1);
		buf_fini(&out);
	}
}

static void
links_that_tell_the_truth_are_not_accused(void **state)
{
	static const char *const pages[] = {
		"<a href='https://www.city.x.lg.jp/a'>city.x.lg.jp</a>",
		"<a href='http://a.jp/'>readme.md と Node.js 3.14 e.g.</a>",
		"<a href='http://mail.a.co.jp/'>www.a.co.jp/index.html</a>",
		"<a href='https://A.JP:8443/x'>http://a.jp/b.com</a>",
		"<a href='http://日本語.jp/'>http://xn--wgv71a119e.jp/</a>",
		"<a href='mailto:a@b.jp'>a@b.jp</a>",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		struct buf out;

		convert(span_str(pages[i]), false, &out);
		if (result.links_lying != 0)
			print_error("%s\n", pages[i]);
		assert_int_equal(result.links_lying, 0);
		buf_fini(&out);
	}
}

static void
dangerous_links_are_removed_and_marked(void **state)
{
	static const struct page pages[] = {
		{ "<a href='javascript:alert(1)'>x</a>",
		    "x [危険なリンクを除去]\n" },
		{ "<a href=' &#1;java&#9;script:x'>x</a>",
		    "x [危険なリンクを除去]\n" },
		{ "<a href='data:text/html,x'>x</a>",
		    "x [危険なリンクを除去]\n" },
		{ "<a href='VBScript:x'>x</a>", "x [危険なリンクを除去]\n" },
		{ "<a href='file://server/x'>x</a>",
		    "x [危険なリンクを除去]\n" },
		{ "<a href='\\\\server\\x'>x</a>",
		    "x [危険なリンクを除去]\n" },
		{ "<a href='ms-word:ofe|u|http://a.jp'>x</a>",
		    "x [危険なリンクを除去]\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		check(pages[i].html, pages[i].text);
		assert_int_equal(result.links_dangerous, 1);
	}
	check("<a href='http://user:pw@192.0.2.7/'>x</a>",
	    "x <http://user:pw@192.0.2.7/>【注意: 「@」より前は行き先では"
	    "ありません / 実際の行き先 192.0.2.7】"
	    "【注意: 行き先がIPアドレスです】\n");
	check("<a href='http://0x7f.1/'>x</a>",
	    "x <http://0x7f.1/>【注意: 行き先がIPアドレスです】\n");
}

static void
defanged_links_are_dead(void **state)
{
	struct buf out;

	(void)state;
	convert(SPAN("http://a.jp <a href='https://b.jp/'>x</a> ftp://c"),
	    true, &out);
	assert_int_equal(buf_add_byte(&out, '\0'), OK);
	assert_string_equal((const char *)out.ptr,
	    "hxxp://a.jp x <hxxps://b.jp/> ftp://c\n");
	buf_fini(&out);
}

static void
images_forms_and_active_content_are_replaced(void **state)
{
	(void)state;
	check("<img src='http://a.jp/p.gif' width=1 height=1>"
	    "<img src=cid:1 alt=' 市 章 '><img src=cid:2>"
	    "<img src='http://a.jp/x.png' alt=''>"
	    "<img src='http://a.jp/y.png' alt=写真>",
	    "[画像: 市 章][画像][画像: 写真]\n");
	assert_int_equal(result.images, 5);
	assert_int_equal(result.images_tiny, 1);
	assert_int_equal(result.images_remote, 2);
	check("a<form action='http://evil.example/x'>名前<input name=a>"
	    "<select><option>x</select><textarea>t</textarea>"
	    "<button>送信</button></form>b",
	    "a\n【入力フォーム(送信先 evil.example)を除去】\n名前\nb\n");
	assert_int_equal(result.forms, 1);
	assert_int_equal(result.fields, 4);
	check("<script>a</script><iframe>b</iframe><object>c</object>"
	    "<embed><svg><text>d</text></svg><video>e</video>"
	    "<meta http-equiv=refresh content='0;url=http://a.jp'>"
	    "<p onclick=x ONLOAD=y>f", "c\n\nf\n");
	assert_int_equal(result.active, 7);
	assert_int_equal(result.handlers, 2);
}

static void
tricks_of_the_tokenizer_do_not_hide_text(void **state)
{
	static const struct page pages[] = {
		{ "<script><!--<script></script>a--></script>b", "b\n" },
		{ "<script><!-- </script>b", "b\n" },
		{ "<svg><style></svg>a", "a\n" },
		{ "<svg><p>a", "a\n" },
		{ "<svg/>a", "a\n" },
		{ "<svg><![CDATA[</svg>x]]>y</svg>a", "a\n" },
		{ "<a title='>'>b</a>", "b\n" },
		{ "<p a=\"b'>x\">c", "c\n" },
		{ "<p =x>a", "a\n" },
		{ "<p/class=x/style='display:none'/>a", "a\n" },
		{ "<p/class='x'/style='display:none'/>a", "" },
		{ "<p style='x' style='display:none'>a", "a\n" },
		{ "</p>a</br>b", "a\nb\n" },
		{ "a<p style='display:none", "a\n" },
		{ "<noscript>a</noscript>", "a\n" },
		{ "<p style='border:\fnone;margin:\f'>a", "a\n" },
	};

	(void)state;
	CHECK_ALL(pages);
}

static void
only_utf8_is_taken_and_limits_hold(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 100);
	assert_int_equal(html_text(SPAN("a\xff"), NULL, &out, &result),
	    ERR_INPUT);
	assert_int_equal(html_text(SPAN("<p>aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaa"), NULL, &out, &result), ERR_LIMIT);
	buf_fini(&out);
}

static void
repeat(struct buf *page, const char *text, unsigned n)
{
	while (n-- > 0)
		assert_int_equal(buf_add_str(page, text), OK);
}

static void
no_page_takes_more_than_linear_time(void **state)
{
	static const struct { const char *start, *again; unsigned n; } cases[] =
	{
		{ "", "<div>", 100000 }, { "", "<div>x", 100000 },
		{ "<p ", "a=1 style=x ", 100000 }, { "", "<ul><li>", 50000 },
		{ "", "<table border=1><tr><td>a<td>b<tr><td>", 30000 },
		{ "<table border=1>", "<tr><td>a<td>b", 50000 },
		{ "<table border=1><tr>", "<td colspan=1000 rowspan=9999>a",
		    30000 },
		{ "", "<b style=color:red><p>", 30000 },
		{ "", "<!--[if mso]> a", 100000 }, { "", "&amp", 200000 },
		{ "<script>", "<!--<script>", 100000 }, { "", "<svg>", 100000 },
		{ "<style>", ".a{display:none}", 100000 },
		{ "", "<a href=http://a.jp/>a.jp", 30000 },
		{ "", "</b></p></td></table>", 50000 }, { "", "<", 500000 },
		{ "<ruby>", "<rt>x", 100000 }, { "", "<s>x", 100000 },
		{ "", "x<style>a{color:red}</style>", 50000 },
		{ "<a href='http://", "%41", 300000 },
	};
	struct timespec before, after;
	struct buf page, out;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_init(&page, 1 << 24);
		repeat(&page, cases[i].start, 1);
		repeat(&page, cases[i].again, cases[i].n);
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
		convert(buf_span(&page), false, &out);
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
		/* takes 5-30 ms; quadratic ones took minutes */
		assert_true(after.tv_sec - before.tv_sec < 5);
		buf_fini(&page);
		buf_fini(&out);
	}
}

static void
deep_elements_lose_structure_but_no_text(void **state)
{
	struct buf page, out;

	(void)state;
	buf_init(&page, 1 << 20);
	repeat(&page, "<div>", 1000);
	repeat(&page, "a<p style=display:none>HID</p><table><tr><td>b"
	    "</table>", 1);
	repeat(&page, "</div>", 1000);
	repeat(&page, "c", 1);
	convert(buf_span(&page), false, &out);
	assert_int_equal(buf_add_byte(&out, '\0'), OK);
	assert_string_equal((const char *)out.ptr, "a\nb\nc\n");
	assert_int_equal(result.hidden, 1);
	buf_fini(&page);
	buf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    blanks_are_folded_and_lines_break_where_blocks_do),
		cmocka_unit_test(paragraphs_of_office_mails_stay_close),
		cmocka_unit_test(character_references_are_decoded),
		cmocka_unit_test(
		    invisible_characters_are_left_out_and_counted),
		cmocka_unit_test(hidden_text_is_left_out_and_listed),
		cmocka_unit_test(what_only_looks_hidden_stays),
		cmocka_unit_test(
		    of_a_button_and_its_double_for_outlook_one_stays),
		cmocka_unit_test(samples_are_bounded),
		cmocka_unit_test(lists_have_markers_and_indent),
		cmocka_unit_test(quotes_are_marked_on_every_line),
		cmocka_unit_test(preformatted_text_keeps_its_blanks),
		cmocka_unit_test(ruby_headings_and_deletions_read_well),
		cmocka_unit_test(data_tables_are_grids),
		cmocka_unit_test(layout_tables_are_flat),
		cmocka_unit_test(links_show_where_they_go),
		cmocka_unit_test(links_that_lie_are_told),
		cmocka_unit_test(links_that_tell_the_truth_are_not_accused),
		cmocka_unit_test(dangerous_links_are_removed_and_marked),
		cmocka_unit_test(defanged_links_are_dead),
		cmocka_unit_test(
		    images_forms_and_active_content_are_replaced),
		cmocka_unit_test(tricks_of_the_tokenizer_do_not_hide_text),
		cmocka_unit_test(only_utf8_is_taken_and_limits_hold),
		cmocka_unit_test(no_page_takes_more_than_linear_time),
		cmocka_unit_test(deep_elements_lose_structure_but_no_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
