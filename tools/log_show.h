/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_TOOLS_LOG_SHOW_H
#define SEKISHO_TOOLS_LOG_SHOW_H

#include <stdbool.h>

#include "../gateway/audit/audit_folder.h"
#include "../gateway/search/search_wish.h"

/* sekisho_log_show.c: records of the audit log for a terminal. */

/* One record as "time type name=value ...", with a newline. */
enum err log_line(struct span line, struct buf *out) MUST_CHECK;

struct log_tail {
	int		dir;
	uint64_t	last;		/* so many records */
	bool		json;		/* as they stand */
	bool		follow;		/* go on for ever */
};
/* To standard output. */
enum err log_tail(const struct log_tail *how, struct diag *diag) MUST_CHECK;

/*
 * sekisho log mask: print what a text becomes in records that are masked; an
 * address, or the name of a file, or a subject. The exit status.
 */
int log_mask(const char *state, const char *text, bool name, bool subject);
/* sekisho_log_search.c: records by what they say. As the options are. */
struct log_search {
	int		 dir;
	const char	*folder;
	const char	*by[SEARCH_FIELD_N], *since, *until;	/* NULL: any */
	const char	*limit, *index;
	bool		 rebuild, count, json;
};
/* Is an option of a search given? */
bool log_search_used(const struct log_search *how);
/* -1: what is asked for is understood. Else the exit status, it was said. */
int log_search_wish(const struct log_search *how, struct search_wish *wish);
/* To standard output; the exit status. */
int log_search(const struct log_search *how, const struct search_wish *wish);

#endif
