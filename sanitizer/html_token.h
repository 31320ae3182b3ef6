/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_HTML_TOKEN_H
#define SEKISHO_SANITIZER_HTML_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "../gateway/base/span.h"

/*
 * Elements that mean something to a text, in the order of their names.
 *	B	block: begins and ends a line
 *	P	block with an empty line around it
 *	V	void: has no end tag
 *	S	special (WHATWG 13.2.4.2): an end tag of another kind does not
 *		reach over it
 *	F	formatting (13.2.4.3)
 *	K	its start closes an open <p>
 *	R	its content is raw text up to its end tag
 */
#define HTML_TAG_B	0x01
#define HTML_TAG_P	0x02
#define HTML_TAG_V	0x04
#define HTML_TAG_S	0x08
#define HTML_TAG_F	0x10
#define HTML_TAG_K	0x20
#define HTML_TAG_R	0x40
#define HTML_TAG_BLOCK	(HTML_TAG_B | HTML_TAG_S | HTML_TAG_K)
#define HTML_TAG_PARA	(HTML_TAG_P | HTML_TAG_S | HTML_TAG_K)

#define HTML_TAGS(X) \
	X(A, "a", HTML_TAG_F) \
	X(ADDRESS, "address", HTML_TAG_BLOCK) \
	X(APPLET, "applet", HTML_TAG_S) \
	X(AREA, "area", HTML_TAG_V) \
	X(ARTICLE, "article", HTML_TAG_BLOCK) \
	X(ASIDE, "aside", HTML_TAG_BLOCK) \
	X(AUDIO, "audio", 0) \
	X(B, "b", HTML_TAG_F) \
	X(BASE, "base", HTML_TAG_V) \
	X(BASEFONT, "basefont", HTML_TAG_V) \
	X(BGSOUND, "bgsound", HTML_TAG_V) \
	X(BIG, "big", HTML_TAG_F) \
	X(BLOCKQUOTE, "blockquote", HTML_TAG_PARA) \
	X(BODY, "body", HTML_TAG_B | HTML_TAG_S) \
	X(BR, "br", HTML_TAG_V) \
	X(BUTTON, "button", HTML_TAG_S) \
	X(CANVAS, "canvas", 0) \
	X(CAPTION, "caption", HTML_TAG_B | HTML_TAG_S) \
	X(CENTER, "center", HTML_TAG_BLOCK) \
	X(CODE, "code", HTML_TAG_F) \
	X(COL, "col", HTML_TAG_V) \
	X(COLGROUP, "colgroup", HTML_TAG_S) \
	X(DATALIST, "datalist", 0) \
	X(DD, "dd", HTML_TAG_BLOCK) \
	X(DEL, "del", 0) \
	X(DETAILS, "details", HTML_TAG_BLOCK) \
	X(DIALOG, "dialog", HTML_TAG_BLOCK) \
	X(DIR, "dir", HTML_TAG_PARA) \
	X(DIV, "div", HTML_TAG_BLOCK) \
	X(DL, "dl", HTML_TAG_PARA) \
	X(DT, "dt", HTML_TAG_BLOCK) \
	X(EM, "em", HTML_TAG_F) \
	X(EMBED, "embed", HTML_TAG_V) \
	X(FIELDSET, "fieldset", HTML_TAG_BLOCK) \
	X(FIGCAPTION, "figcaption", HTML_TAG_BLOCK) \
	X(FIGURE, "figure", HTML_TAG_PARA) \
	X(FONT, "font", HTML_TAG_F) \
	X(FOOTER, "footer", HTML_TAG_BLOCK) \
	X(FORM, "form", HTML_TAG_BLOCK) \
	X(FRAME, "frame", HTML_TAG_V) \
	X(FRAMESET, "frameset", HTML_TAG_S) \
	X(H1, "h1", HTML_TAG_PARA) \
	X(H2, "h2", HTML_TAG_PARA) \
	X(H3, "h3", HTML_TAG_PARA) \
	X(H4, "h4", HTML_TAG_PARA) \
	X(H5, "h5", HTML_TAG_PARA) \
	X(H6, "h6", HTML_TAG_PARA) \
	X(HEAD, "head", HTML_TAG_S) \
	X(HEADER, "header", HTML_TAG_BLOCK) \
	X(HGROUP, "hgroup", HTML_TAG_BLOCK) \
	X(HR, "hr", HTML_TAG_V | HTML_TAG_K) \
	X(HTML, "html", HTML_TAG_S) \
	X(I, "i", HTML_TAG_F) \
	X(IFRAME, "iframe", HTML_TAG_R) \
	X(IMAGE, "image", HTML_TAG_V) \
	X(IMG, "img", HTML_TAG_V) \
	X(INPUT, "input", HTML_TAG_V) \
	X(KEYGEN, "keygen", HTML_TAG_V) \
	X(LEGEND, "legend", HTML_TAG_B) \
	X(LI, "li", HTML_TAG_BLOCK) \
	X(LINK, "link", HTML_TAG_V) \
	X(LISTING, "listing", HTML_TAG_PARA) \
	X(MAIN, "main", HTML_TAG_BLOCK) \
	X(MARQUEE, "marquee", HTML_TAG_B | HTML_TAG_S) \
	X(MATH, "math", 0) \
	X(MENU, "menu", HTML_TAG_PARA) \
	X(META, "meta", HTML_TAG_V) \
	X(NAV, "nav", HTML_TAG_BLOCK) \
	X(NOBR, "nobr", HTML_TAG_F) \
	X(NOEMBED, "noembed", HTML_TAG_R) \
	X(NOFRAMES, "noframes", HTML_TAG_R) \
	X(OBJECT, "object", HTML_TAG_S) \
	X(OL, "ol", HTML_TAG_PARA) \
	X(OPTGROUP, "optgroup", 0) \
	X(OPTION, "option", 0) \
	X(P, "p", HTML_TAG_PARA) \
	X(PARAM, "param", HTML_TAG_V) \
	X(PLAINTEXT, "plaintext", HTML_TAG_PARA) \
	X(PRE, "pre", HTML_TAG_PARA) \
	X(Q, "q", 0) \
	X(RB, "rb", 0) \
	X(RP, "rp", 0) \
	X(RT, "rt", 0) \
	X(RTC, "rtc", 0) \
	X(RUBY, "ruby", 0) \
	X(S, "s", HTML_TAG_F) \
	X(SCRIPT, "script", HTML_TAG_R) \
	X(SEARCH, "search", HTML_TAG_BLOCK) \
	X(SECTION, "section", HTML_TAG_BLOCK) \
	X(SELECT, "select", HTML_TAG_S) \
	X(SMALL, "small", HTML_TAG_F) \
	X(SOURCE, "source", HTML_TAG_V) \
	X(SPAN, "span", 0) \
	X(STRIKE, "strike", HTML_TAG_F) \
	X(STRONG, "strong", HTML_TAG_F) \
	X(STYLE, "style", HTML_TAG_R) \
	X(SUMMARY, "summary", HTML_TAG_BLOCK) \
	X(SVG, "svg", 0) \
	X(TABLE, "table", HTML_TAG_B | HTML_TAG_S) \
	X(TBODY, "tbody", HTML_TAG_S) \
	X(TD, "td", HTML_TAG_B | HTML_TAG_S) \
	X(TEMPLATE, "template", HTML_TAG_S) \
	X(TEXTAREA, "textarea", HTML_TAG_R) \
	X(TFOOT, "tfoot", HTML_TAG_S) \
	X(TH, "th", HTML_TAG_B | HTML_TAG_S) \
	X(THEAD, "thead", HTML_TAG_S) \
	X(TITLE, "title", HTML_TAG_R) \
	X(TR, "tr", HTML_TAG_B | HTML_TAG_S) \
	X(TRACK, "track", HTML_TAG_V) \
	X(TT, "tt", HTML_TAG_F) \
	X(U, "u", HTML_TAG_F) \
	X(UL, "ul", HTML_TAG_PARA) \
	X(VIDEO, "video", 0) \
	X(WBR, "wbr", HTML_TAG_V) \
	X(XML, "xml", 0) \
	X(XMP, "xmp", HTML_TAG_R | HTML_TAG_PARA)

enum html_tag {
	TAG_OTHER = 0,
#define X(id, name, flags) TAG_##id,
	HTML_TAGS(X)
#undef X
	TAG_N
};

/* Attributes that are looked at, in the order of their names. */
#define HTML_ATTRIBUTES(X) \
	X(ACTION, "action") \
	X(ALT, "alt") \
	X(BACKGROUND, "background") \
	X(BGCOLOR, "bgcolor") \
	X(BORDER, "border") \
	X(CHARSET, "charset") \
	X(CLASS, "class") \
	X(COLOR, "color") \
	X(COLSPAN, "colspan") \
	X(CONTENT, "content") \
	X(FACE, "face") \
	X(HEIGHT, "height") \
	X(HIDDEN, "hidden") \
	X(HREF, "href") \
	X(HTTP_EQUIV, "http-equiv") \
	X(ID, "id") \
	X(OPEN, "open") \
	X(REL, "rel") \
	X(REVERSED, "reversed") \
	X(ROLE, "role") \
	X(ROWSPAN, "rowspan") \
	X(SIZE, "size") \
	X(SRC, "src") \
	X(START, "start") \
	X(STYLE, "style") \
	X(TEXT, "text") \
	X(TYPE, "type") \
	X(VALUE, "value") \
	X(WIDTH, "width")

enum html_attribute {
#define X(id, name) ATTR_##id,
	HTML_ATTRIBUTES(X)
#undef X
	ATTR_N
};

enum html_token_kind {
	TOKEN_END = 0,		/* of the input */
	TOKEN_TEXT,		/* references are not decoded yet */
	TOKEN_RAW,		/* content of an R element, all of it */
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_COMMENT
};

struct html_token {
	enum html_token_kind kind;
	enum html_tag	 tag;
	bool		 self_closing;
	unsigned	 handlers;	/* attributes that begin with "on" */
	struct span	 text;		/* text, or inside of a comment */
	struct span	 name;		/* of a tag, as written */
	uint32_t	 set;		/* bits 1 << enum html_attribute */
	struct span	 attr[ATTR_N];	/* valid where set, not decoded */
};

struct html_tokenizer {
	struct span	 html;
	size_t		 at;
	enum html_tag	 raw;		/* open R element, or TAG_OTHER */
	bool		 plaintext;
	bool		 foreign;	/* inside svg or math: the caller sets
					 * it; no raw text, CDATA is text */
};

void html_tokenizer_init(struct html_tokenizer *tokenizer, struct span html);

/*
 * The next token; spans point into the input. An end tag of a raw text
 * element comes as its own token. Linear over all calls.
 */
void html_token_next(struct html_tokenizer *tokenizer,
    struct html_token *token);

/* By name, any case; TAG_OTHER when it is not in the list. */
enum html_tag html_tag_find(struct span name);
/* HTML_TAG_* */
unsigned html_tag_flags(enum html_tag tag);

static inline bool
html_has(const struct html_token *token, enum html_attribute attribute)
{
	return (token->set >> attribute & 1) != 0;
}

static inline bool
html_is_blank(uint8_t c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

#endif
