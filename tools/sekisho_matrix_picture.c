/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The picture of `sekisho matrix`: a grid of segments, grouped by tier, with
 * a chip for each class in a cell. Colours are told apart on a copier, too:
 * each class has its own letter. Sizes are in pixels of the SVG. How wide a
 * text is depends on a font that we do not know: a column is taken as wide as
 * in the widest that is usual, DejaVu Sans.
 */
#include <string.h>

#include "../gateway/base/utf8.h"
#include "matrix_picture.h"

#define MARGIN		24u
#define LABEL_WIDTH	190u
#define HEAD_HEIGHT	58u
#define TOP		96u
#define CHIP_HEIGHT	40u
#define CHIP_GAP	6u
#define CELL_PAD	8u
#define CELL_WIDTH_MIN	244u	/* "画面転送 screen-transfer" in bold */
#define CELL_WIDTH_MAX	330u
#define COLUMN		7u	/* of small text; CJK have two */
#define NAME_COLUMN	10u	/* of the name of a segment */
#define LEGEND_ROW	24u
#define SEGMENTS_MAX	64u
#define PICTURE_WIDTH_MIN 760u

static const struct class_look {
	const char	*ja;
	const char	*mark;
	const char	*fill;
	const char	*line;
	const char	*what;
} looks[] = {
	[RULES_CLASS_SCREEN_TRANSFER] = { "画面転送", "画", "#dbe9fb",
	    "#1f5fa8", "tier 2 → tier 3, a screen protocol" },
	[RULES_CLASS_SPECIFIED] = { "特定通信", "特", "#ecdff7", "#6b2fa0",
	    "tier 1 ↔ tier 2, one machine to one machine" },
	[RULES_CLASS_EXCEPTION] = { "例外", "例", "#fde6cc", "#b35900",
	    "tier 2 ↔ tier 3, approved, with an end date" },
	[RULES_CLASS_LOCAL] = { "同一層内", "同", "#e6e9ec", "#4a5560",
	    "two segments of one tier" },
	[RULES_CLASS_MAIL] = { "メール無害化", "メ", "#d5f0e3", "#11704a",
	    "the gateway's own relay: sanitized mail" },
};

static const char *const tiers[] = { "", "第1層 マイナンバー利用事務系",
    "第2層 LGWAN接続系", "第3層 インターネット接続系" };
static const char *const tier_fills[] = { "#ffffff", "#f9d9d6", "#fdf1c9",
    "#dcebf7" };

struct picture {
	const struct rules_matrix *matrix;
	struct buf	*out;
	enum err	 err;
	uint32_t	 order[SEGMENTS_MAX];	/* by tier, then as written */
	uint32_t	 n;
	uint32_t	 cell_width;
	uint32_t	 heights[SEGMENTS_MAX];	/* of rows */
};

const char *
matrix_class_ja(enum rules_class class)
{
	return looks[class].ja;
}

/* ---- text ---- */

static void
put(struct picture *p, const char *text)
{
	if (p->err == OK)
		p->err = buf_add_str(p->out, text);
}

#define PUTF(p, ...) do { \
	if ((p)->err == OK) \
		(p)->err = buf_printf((p)->out, __VA_ARGS__); \
} while (0)

/* As character data or the value of an attribute; XML 1.0 2.2, 2.4. */
static void
escape(struct picture *p, struct span text)
{
	for (size_t i = 0, len; i < text.len && p->err == OK; i += len) {
		struct span rest = span_sub(text, i, text.len);
		uint32_t c = utf8_decode(rest, &len);

		if (c == UTF8_BAD || (c < 0x20 && c != '\t') || c == 0xfffe ||
		    c == 0xffff)
			put(p, "\xef\xbf\xbd");
		else if (c == '&')
			put(p, "&amp;");
		else if (c == '<')
			put(p, "&lt;");
		else if (c == '>')
			put(p, "&gt;");
		else if (c == '"')
			put(p, "&quot;");
		else if (c == '\'')
			put(p, "&#39;");
		else
			p->err = buf_add(p->out, span_sub(rest, 0, len));
	}
}

/* The characters of text that fit in columns; *cut when some did not. */
static struct span
fit(struct span text, size_t columns, bool *cut)
{
	size_t used = 0, i = 0, len;

	*cut = false;
	if (utf8_columns(text, false) <= columns)
		return text;
	*cut = true;
	while (i < text.len) {
		struct span rest = span_sub(text, i, text.len);
		uint32_t c = utf8_decode(rest, &len);
		unsigned width = c == UTF8_BAD ? 1 : utf8_width(c, false);

		if (used + width + 1 > columns)
			break;
		used += width;
		i += len;
	}
	return span_sub(text, 0, i);
}

static void
put_fit(struct picture *p, struct span text, size_t columns)
{
	bool cut;

	escape(p, fit(text, columns, &cut));
	if (cut)
		put(p, "…");
}

/* ---- layout ---- */

static unsigned
tier_of(const struct picture *p, uint32_t i)
{
	struct rules_segment segment;

	rules_matrix_segment(p->matrix, i, &segment);
	return segment.tier <= 3 ? segment.tier : 0;
}

static void
order_segments(struct picture *p)
{
	for (unsigned tier = 0; tier <= 3; tier++)
		for (uint32_t i = 0; i < rules_matrix_segments(p->matrix) &&
		    p->n < SEGMENTS_MAX; i++)
			if (tier_of(p, i) == tier)
				p->order[p->n++] = i;
}

static uint32_t
chips_in(const struct picture *p, uint32_t from, uint32_t to)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < rules_matrix_reaches(p->matrix); i++) {
		const struct rules_reach *r = rules_matrix_reach(p->matrix,
		    i);

		n += r->from == from && r->to == to;
	}
	return n;
}

static size_t
services_columns(const struct rules_reach *r)
{
	size_t columns = 12;

	for (uint32_t i = 0; i < r->services_n; i++)
		columns += 2 + utf8_columns(span_str(r->services[i]), false);
	return columns;
}

static void
measure(struct picture *p)
{
	size_t columns = 22;

	for (uint32_t i = 0; i < rules_matrix_reaches(p->matrix); i++) {
		const struct rules_reach *r = rules_matrix_reach(p->matrix,
		    i);
		size_t own = services_columns(r);

		if (own > columns)
			columns = own;
	}
	for (uint32_t i = 0; i < p->n; i++) {
		struct rules_segment s;

		rules_matrix_segment(p->matrix, p->order[i], &s);
		if (utf8_columns(s.name, false) * NAME_COLUMN / COLUMN + 1 >
		    columns)
			columns = utf8_columns(s.name, false) *
			    NAME_COLUMN / COLUMN + 1;
	}
	columns = columns * COLUMN + 2 * CELL_PAD + 12;
	p->cell_width = columns < CELL_WIDTH_MIN ? CELL_WIDTH_MIN :
	    columns > CELL_WIDTH_MAX ? CELL_WIDTH_MAX : (uint32_t)columns;
	for (uint32_t f = 0; f < p->n; f++) {
		uint32_t most = 1;

		for (uint32_t t = 0; t < p->n; t++) {
			uint32_t n = chips_in(p, p->order[f], p->order[t]);

			if (n > most)
				most = n;
		}
		p->heights[f] = 2 * CELL_PAD + most * CHIP_HEIGHT +
		    (most - 1) * CHIP_GAP;
	}
}

static uint32_t
width(const struct picture *p)
{
	uint32_t w = 2 * MARGIN + LABEL_WIDTH + p->n * p->cell_width;

	return w < PICTURE_WIDTH_MIN ? PICTURE_WIDTH_MIN : w;
}

static uint32_t
grid_bottom(const struct picture *p)
{
	uint32_t y = TOP + HEAD_HEIGHT;

	for (uint32_t i = 0; i < p->n; i++)
		y += p->heights[i];
	return y;
}

#define LEGEND_ROWS	9u

static uint32_t
height(const struct picture *p)
{
	return grid_bottom(p) + 28 + LEGEND_ROWS * LEGEND_ROW + MARGIN;
}

/* ---- pieces ---- */

static void
text_at(struct picture *p, uint32_t x, uint32_t y, const char *class,
    const char *text)
{
	PUTF(p, "<text x=\"%u\" y=\"%u\" class=\"%s\">", x, y, class);
	escape(p, span_str(text));
	put(p, "</text>\n");
}

static void
rect(struct picture *p, uint32_t x, uint32_t y, uint32_t w, uint32_t h,
    const char *fill, const char *line)
{
	PUTF(p, "<rect x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\" "
	    "fill=\"%s\" stroke=\"%s\"/>\n", x, y, w, h, fill, line);
}

/* Name, tier and interface of a segment, in a box of its tier's colour. */
static void
segment_box(struct picture *p, uint32_t i, uint32_t x, uint32_t y,
    uint32_t w, uint32_t h)
{
	struct rules_segment s;

	rules_matrix_segment(p->matrix, i, &s);
	rect(p, x, y, w, h, tier_fills[tier_of(p, i)], "#6b7280");
	PUTF(p, "<text x=\"%u\" y=\"%u\" class=\"name\">", x + 10, y + 22);
	put_fit(p, s.name, (w - 20) / NAME_COLUMN);
	put(p, "</text>\n");
	PUTF(p, "<text x=\"%u\" y=\"%u\" class=\"small\">", x + 10, y + 39);
	PUTF(p, "第%u層 tier %u", s.tier, s.tier);
	if (s.interface_name.len > 0) {
		put(p, " · ");
		put_fit(p, s.interface_name, 15);
	}
	put(p, "</text>\n");
}

static void
mark_box(struct picture *p, enum rules_class class, uint32_t x, uint32_t y)
{
	const struct class_look *look = &looks[class];

	PUTF(p, "<rect x=\"%u\" y=\"%u\" width=\"18\" height=\"18\" rx=\"3\" "
	    "fill=\"%s\"/>\n<text x=\"%u\" y=\"%u\" class=\"mark\">%s"
	    "</text>\n", x, y, look->line, x + 9, y + 13, look->mark);
}

static void
put_services(struct picture *p, const struct rules_reach *r, size_t columns)
{
	size_t used = 0;

	for (uint32_t i = 0; i < r->services_n; i++) {
		struct span name = span_str(r->services[i]);
		size_t own = utf8_columns(name, false) + (i > 0 ? 2 : 0);

		if (used + own + (i + 1 < r->services_n ? 4 : 0) > columns) {
			if (i == 0)
				put_fit(p, name, columns > 4 ? columns - 4 :
				    1);
			if (r->services_n - i - (i == 0) > 0)
				PUTF(p, " +%u", r->services_n - i -
				    (i == 0));
			return;
		}
		put(p, i > 0 ? ", " : "");
		escape(p, name);
		used += own;
	}
}

static void
chip(struct picture *p, const struct rules_reach *r, uint32_t x, uint32_t y)
{
	const struct class_look *look = &looks[r->class];
	uint32_t w = p->cell_width - 2 * CELL_PAD;
	size_t columns = (w - 12) / COLUMN;

	PUTF(p, "<rect x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\" rx=\"5\" "
	    "fill=\"%s\" stroke=\"%s\" stroke-width=\"1.4\"/>\n", x, y, w,
	    CHIP_HEIGHT, look->fill, look->line);
	mark_box(p, r->class, x + 5, y + 4);
	PUTF(p, "<text x=\"%u\" y=\"%u\" class=\"chip\">%s %s</text>\n",
	    x + 28, y + 17, look->ja, rules_class_name(r->class));
	PUTF(p, "<text x=\"%u\" y=\"%u\" class=\"small\">", x + 6, y + 33);
	if (r->class == RULES_CLASS_MAIL) {
		put(p, "経路 route ");
		put_fit(p, r->route, columns - 11);
	} else {
		PUTF(p, "規則 %u · ", r->rules);
		put_services(p, r, columns > 12 ? columns - 9 : 3);
	}
	put(p, "</text>\n");
}

static void
empty_cell(struct picture *p, uint32_t from, uint32_t to, uint32_t x,
    uint32_t y, uint32_t h)
{
	unsigned a = tier_of(p, from), b = tier_of(p, to);
	const char *text = "—";

	if (from == to)
		text = "同一セグメント";
	else if (a + b == 4 && a != b)
		text = "通信不可 never";
	PUTF(p, "<text x=\"%u\" y=\"%u\" class=\"none\">%s</text>\n",
	    x + p->cell_width / 2, y + h / 2 + 4, text);
}

static void
cell(struct picture *p, uint32_t from, uint32_t to, uint32_t x, uint32_t y,
    uint32_t h)
{
	unsigned a = tier_of(p, from), b = tier_of(p, to);
	uint32_t at = y + CELL_PAD;
	bool never = a + b == 4 && a != b;

	rect(p, x, y, p->cell_width, h, never ? "url(#never)" :
	    from == to ? "#f1f2f4" : "#ffffff", "#9aa1ab");
	if (chips_in(p, from, to) == 0)
		empty_cell(p, from, to, x, y, h);
	for (uint32_t i = 0; i < rules_matrix_reaches(p->matrix); i++) {
		const struct rules_reach *r = rules_matrix_reach(p->matrix,
		    i);

		if (r->from != from || r->to != to)
			continue;
		chip(p, r, x + CELL_PAD, at);
		at += CHIP_HEIGHT + CHIP_GAP;
	}
}

static void
grid(struct picture *p)
{
	uint32_t x = MARGIN + LABEL_WIDTH, y = TOP + HEAD_HEIGHT;

	rect(p, MARGIN, TOP, LABEL_WIDTH, HEAD_HEIGHT, "#ffffff", "#6b7280");
	text_at(p, MARGIN + 10, TOP + 48, "small", "送信元 from ↓");
	text_at(p, MARGIN + LABEL_WIDTH - 82, TOP + 18, "small",
	    "宛先 to →");
	for (uint32_t t = 0; t < p->n; t++)
		segment_box(p, p->order[t], x + t * p->cell_width, TOP,
		    p->cell_width, HEAD_HEIGHT);
	for (uint32_t f = 0; f < p->n; f++) {
		segment_box(p, p->order[f], MARGIN, y, LABEL_WIDTH,
		    p->heights[f]);
		for (uint32_t t = 0; t < p->n; t++)
			cell(p, p->order[f], p->order[t],
			    x + t * p->cell_width, y, p->heights[f]);
		y += p->heights[f];
	}
	/* a thick line where a tier ends */
	for (uint32_t i = 1; i < p->n; i++)
		if (tier_of(p, p->order[i]) != tier_of(p, p->order[i - 1])) {
			uint32_t at = TOP + HEAD_HEIGHT;

			for (uint32_t k = 0; k < i; k++)
				at += p->heights[k];
			PUTF(p, "<path d=\"M%u %uV%uM%u %uH%u\" "
			    "stroke=\"#1f2937\" stroke-width=\"2.2\"/>\n",
			    x + i * p->cell_width, TOP, y, MARGIN, at,
			    x + p->n * p->cell_width);
		}
}

static void
legend(struct picture *p)
{
	uint32_t y = grid_bottom(p) + 28, x = MARGIN;

	text_at(p, x, y, "name", "凡例 Legend");
	for (unsigned c = 0; c <= RULES_CLASS_MAIL; c++) {
		y += LEGEND_ROW;
		mark_box(p, (enum rules_class)c, x, y - 14);
		PUTF(p, "<text x=\"%u\" y=\"%u\" class=\"legend\">%s %s — %s"
		    "</text>\n", x + 26, y, looks[c].ja,
		    rules_class_name((enum rules_class)c), looks[c].what);
	}
	y += LEGEND_ROW;
	for (unsigned t = 1; t <= 3; t++) {
		uint32_t at = x + (t - 1) * 244;

		rect(p, at, y - 14, 18, 18, tier_fills[t], "#6b7280");
		text_at(p, at + 26, y, "legend", tiers[t]);
	}
	y += LEGEND_ROW;
	text_at(p, x, y, "small", "規則 N: 実際に通信を許可する規則の数、"
	    "続いてサービス名。「—」はすべて拒否。");
	text_at(p, x, y + 18, "small", "The number of rules that really let "
	    "packets through, then their services;");
	text_at(p, x, y + 36, "small", "— means all denied. Mail passes by "
	    "the relay only.");
}

static void
picture(struct picture *p, const char *title)
{
	PUTF(p, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" "
	    "height=\"%u\" viewBox=\"0 0 %u %u\" lang=\"ja\">\n", width(p),
	    height(p), width(p), height(p));
	put(p, "<title>通信許可マトリクス Who can reach whom</title>\n"
	    "<defs><pattern id=\"never\" width=\"9\" height=\"9\" "
	    "patternUnits=\"userSpaceOnUse\">"
	    "<rect width=\"9\" height=\"9\" fill=\"#f3f4f6\"/>"
	    "<path d=\"M0 9L9 0\" stroke=\"#cbd0d7\"/></pattern>\n"
	    "<style>text{font-family:'Noto Sans CJK JP','Noto Sans JP',"
	    "'Yu Gothic','Hiragino Sans','IPAGothic',sans-serif;"
	    "fill:#111827}.title{font-size:22px;font-weight:bold}"
	    ".name{font-size:15px;font-weight:bold}.legend{font-size:13px}"
	    ".small{font-size:12px;fill:#374151}"
	    ".chip{font-size:12px;font-weight:bold}"
	    ".mark{font-size:12px;fill:#ffffff;text-anchor:middle}"
	    ".none{font-size:12px;fill:#6b7280;text-anchor:middle}</style>"
	    "</defs>\n");
	rect(p, 0, 0, width(p), height(p), "#ffffff", "none");
	text_at(p, MARGIN, 44, "title", "通信許可マトリクス "
	    "Who can reach whom");
	PUTF(p, "<text x=\"%u\" y=\"70\" class=\"small\">", MARGIN);
	put_fit(p, span_str(title), (width(p) - 2 * MARGIN) / COLUMN);
	put(p, "</text>\n");
	grid(p);
	legend(p);
	put(p, "</svg>\n");
}

static void
prepare(struct picture *p)
{
	order_segments(p);
	measure(p);
}

enum err
matrix_svg(const struct rules_matrix *matrix, const char *title,
    struct buf *out)
{
	struct picture p = { .matrix = matrix, .out = out };

	prepare(&p);
	put(&p, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	picture(&p, title);
	return p.err;
}

/* ---- the page ---- */

static void
table_row(struct picture *p, const struct rules_reach *r)
{
	struct rules_segment from, to;

	rules_matrix_segment(p->matrix, r->from, &from);
	rules_matrix_segment(p->matrix, r->to, &to);
	put(p, "<tr><td>");
	escape(p, from.name);
	PUTF(p, "</td><td>第%u層</td><td>", from.tier);
	escape(p, to.name);
	PUTF(p, "</td><td>第%u層</td><td>%s %s</td>", to.tier,
	    looks[r->class].ja, rules_class_name(r->class));
	PUTF(p, "<td class=\"number\">%u</td><td>", r->rules);
	if (r->class == RULES_CLASS_MAIL) {
		put(p, "経路 route ");
		escape(p, r->route);
	}
	for (uint32_t i = 0; i < r->services_n; i++) {
		put(p, i > 0 ? ", " : "");
		escape(p, span_str(r->services[i]));
	}
	put(p, "</td></tr>\n");
}

enum err
matrix_html(const struct rules_matrix *matrix, const char *title,
    struct buf *out)
{
	struct picture p = { .matrix = matrix, .out = out };

	prepare(&p);
	put(&p, "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\""
	    " lang=\"ja\">\n<head>\n<meta charset=\"UTF-8\"/>\n"
	    "<meta http-equiv=\"Content-Security-Policy\" "
	    "content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n"
	    "<title>通信許可マトリクス Who can reach whom: ");
	escape(&p, span_str(title));
	put(&p, "</title>\n<style>body{margin:1em;font-family:"
	    "'Noto Sans CJK JP','Noto Sans JP','Yu Gothic',"
	    "'Hiragino Sans','IPAGothic',sans-serif;color:#111827}"
	    "svg{max-width:100%;height:auto}"
	    "table{border-collapse:collapse;margin-top:1em;font-size:14px}"
	    "th,td{border:1px solid #9aa1ab;padding:3px 8px;text-align:left;"
	    "vertical-align:top}th{background:#eef0f3}"
	    ".number{text-align:right}tr{break-inside:avoid}"
	    "@page{size:A4 landscape;margin:12mm}</style>\n</head>\n"
	    "<body>\n");
	picture(&p, title);
	put(&p, "<table>\n<thead><tr><th>送信元 from</th><th>層</th>"
	    "<th>宛先 to</th><th>層</th><th>種別 class</th>"
	    "<th>規則数 rules</th><th>サービス services</th></tr></thead>\n"
	    "<tbody>\n");
	for (uint32_t i = 0; i < rules_matrix_reaches(matrix); i++)
		table_row(&p, rules_matrix_reach(matrix, i));
	put(&p, "</tbody>\n</table>\n</body>\n</html>\n");
	return p.err;
}
