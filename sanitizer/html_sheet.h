/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_HTML_SHEET_H
#define SEKISHO_SANITIZER_HTML_SHEET_H

#include "html_style.h"

/*
 * The rules of all <style> elements of a page. Equal selectors are one rule.
 * The caller owns the struct; html_sheet_fini() frees.
 */
struct html_sheet {
	struct buf	rules;		/* struct rule */
	struct buf	names;		/* bytes of their names */
	struct buf	index;		/* uint32_t: open addressing */
	struct buf	scratch;	/* a sheet without escapes */
	size_t		rules_n;
	size_t		index_n;	/* power of 2 */
	uint8_t		tags[TAG_N];	/* 1: there is a rule for the tag */
	bool		classes, ids;	/* there are rules for any */
};

void html_sheet_init(struct html_sheet *sheet);
void html_sheet_fini(struct html_sheet *sheet);

/*
 * Add the content of a <style>. Rules under @media count when the medium is
 * a screen and no condition is asked. ERR_LIMIT: HTML_RULES_MAX.
 */
enum err html_sheet_add(struct html_sheet *sheet, struct span css) MUST_CHECK;

/*
 * The cascade for an element: tag rules, class rules, id rules, in this order.
 * classes and id are the attributes' values. Merged into style.
 */
void html_sheet_apply(const struct html_sheet *sheet, enum html_tag tag,
    struct span classes, struct span id, struct html_style *style);

#endif
