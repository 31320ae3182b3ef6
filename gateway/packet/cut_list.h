/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_PACKET_CUT_LIST_H
#define SEKISHO_PACKET_CUT_LIST_H

#include "../base/buf.h"
#include "../base/err.h"

/*
 * What an administrator has cut (`sekisho cut`), by name: indexes are of one
 * image of the rules, and a cut outlives many. As a file it is text:
 *
 *	sekisho-cuts 1
 *	segment NAME		or "rule NAME"
 *	since_ms 1790000000000
 *	by UID USER
 *	reason TEXT		perhaps empty
 *	sha256 HEX		of all lines before
 *
 * The digest makes one damaged byte of a name a damaged file, and not a cut
 * of something else.
 */
#define CUTS_MAX		128
#define CUT_NAME_BYTES		1025	/* of a rule, with its NUL */
#define CUT_WHO_BYTES		64
#define CUT_REASON_BYTES	1024
#define CUT_LIST_BYTES_MAX	(512u * 1024)

enum cut_kind { CUT_RULE = 1, CUT_SEGMENT };

struct cut {
	enum cut_kind	kind;
	char		name[CUT_NAME_BYTES];
	uint64_t	since_ms;	/* wall */
	uint32_t	uid;
	char		who[CUT_WHO_BYTES];
	char		reason[CUT_REASON_BYTES];
};

struct cut_list {
	struct cut	cuts[CUTS_MAX];	/* in the order of their time */
	unsigned	n;
};

/* "rule", "segment" */
const char *cut_kind_name(enum cut_kind kind);

/* Borrowed until the list changes; NULL: that is not cut. */
const struct cut *cut_list_find(const struct cut_list *list,
    enum cut_kind kind, struct span name);

/* It must not be there. ERR_LIMIT: CUTS_MAX. ERR_INPUT: text with a newline. */
enum err cut_list_add(struct cut_list *list, const struct cut *cut,
    struct diag *diag) MUST_CHECK;
/* It must be there. */
void cut_list_remove(struct cut_list *list, enum cut_kind kind,
    struct span name);

/* The file's text, appended to out. */
enum err cut_list_print(const struct cut_list *list, struct buf *out)
    MUST_CHECK;
/* ERR_INPUT: not exactly what cut_list_print() writes; list is empty then. */
enum err cut_list_parse(struct span text, struct cut_list *list,
    struct diag *diag) MUST_CHECK;

#endif
