/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SPOOL_STORE_INTERNAL_H
#define SEKISHO_SPOOL_STORE_INTERNAL_H

#include "spool_store.h"

#define STORE_DAYS_OPEN_MAX	4
#define DAY_TEXT_BYTES		16	/* "2026-11-22" */

/* A folder of one day under original/ or report/, kept open. */
struct store_day {
	uint32_t	day;		/* since 1970 */
	int		fd;		/* -1: free */
	bool		dirty;
	uint64_t	used;		/* the least one is closed first */
};

struct store_commit {
	uint64_t	id;
	uint64_t	cookie;
	int		fd;
	enum err	err;
	struct diag	diag;
};

struct spool_store {
	int		 folders[SPOOL_STATE_N];
	int		 report;
	bool		 dirty[SPOOL_STATE_N];
	struct store_day days[STORE_DAYS_OPEN_MAX];
	struct store_day report_days[STORE_DAYS_OPEN_MAX];
	uint64_t	 days_used;
	uint64_t	 last_id;
	uint64_t	 space_ms;	/* when space was asked, monotonic */
	uint64_t	 space_bytes;	/* what may still be taken */
	uint32_t	 commits_n;
	struct store_commit commits[SPOOL_BATCH_MAX];
	struct store_commit told[SPOOL_BATCH_MAX];
	uint32_t	 records_n;
	int		 records[SPOOL_BATCH_MAX];
	struct buf	 front;		/* of a new file */
};

/* The day's folder under parent, made and opened; borrowed. -1: see diag. */
int store_day_folder(struct spool_store *store, struct store_day *days,
    int parent, uint32_t day, struct store_day **entry, struct diag *diag);
void store_day_close(struct spool_store *store, struct store_day *days,
    uint32_t day);
uint32_t store_day_of(uint64_t id);
void store_day_text(uint32_t day, char text[DAY_TEXT_BYTES]);
bool store_day_parse(const char *text, uint32_t *day);

/* Move any entry of a folder to damaged/, under a name that is free there. */
enum err store_set_aside(struct spool_store *store, int folder,
    const char *name, struct diag *diag) MUST_CHECK;

#endif
