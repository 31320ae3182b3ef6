/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The same search where there can be no index: all of the log is read. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "search_index_internal.h"

struct scan {
	const struct search_wish *wish;
	struct buf		 *hits;
	uint64_t		  n;
	struct search_totals	 *totals;
	bool			  has[SEARCH_FIELD_N];	/* of this record */
};

static enum err
take_key(void *arg, struct span key)
{
	struct scan *scan = arg;

	for (unsigned i = 0; i < SEARCH_FIELD_N; i++)
		if (scan->wish->by[i].used && !scan->has[i])
			scan->has[i] = search_range_has(&scan->wish->by[i],
			    key);
	return OK;
}

/* False: the line is not a record. */
static bool
fits(struct scan *scan, struct span text, struct search_hit *hit, bool *fit)
{
	const struct search_sink sink = { take_key, scan };
	struct audit_line line;

	memset(scan->has, 0, sizeof(scan->has));
	if (!audit_line_read(span_sub(text, 0, text.len - 1), &line) ||
	    !search_time_rfc3339(line.time, &hit->time_ms) ||
	    search_keys(&line, &sink) != OK)
		return false;
	hit->seq = line.seq;
	*fit = hit->time_ms >= scan->wish->since_ms &&
	    hit->time_ms < scan->wish->until_ms;
	for (unsigned i = 0; i < SEARCH_FIELD_N; i++)
		*fit = *fit && (scan->has[i] || !scan->wish->by[i].used);
	return true;
}

static enum err
scan_line(struct scan *scan, struct span text, struct search_hit *hit,
    struct diag *diag)
{
	bool fit = false;

	if (!fits(scan, text, hit, &fit)) {
		scan->totals->damaged++;
		return OK;
	}
	if (!fit)
		return OK;
	scan->n++;
	if (scan->hits != NULL && buf_add(scan->hits, (struct span){
	    (const uint8_t *)hit, sizeof(*hit) }) != OK)
		return diag_set(diag, ERR_SYSTEM, "no memory");
	/* keep no more than twice what is asked for */
	if (scan->hits != NULL && scan->wish->limit > 0 && scan->hits->len /
	    sizeof(*hit) >= 2 * (scan->wish->limit + 1))
		search_hits_sort(scan->hits, scan->wish->limit);
	return OK;
}

static enum err
scan_file(struct scan *scan, int dir, const struct audit_name *name, bool last,
    struct diag *diag)
{
	int fd = openat(dir, name->text, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct search_hit hit = { .file = (uint32_t)name->number };
	struct audit_reader reader;
	struct span line;
	enum err err;

	if (fd == -1)
		return diag_system(diag, name->text);
	audit_reader_init(&reader, fd, 0);
	while ((err = audit_reader_next(&reader, &line, diag)) == OK) {
		hit.bytes = (uint32_t)line.len;
		hit.offset = reader.at - line.len;
		if ((err = scan_line(scan, line, &hit, diag)) != OK)
			break;
	}
	audit_reader_fini(&reader);
	/* what is not read behind a line that is too long counts as one */
	if (err == ERR_LIMIT || (err == ERR_INPUT && !last))
		scan->totals->damaged++;
	return err == ERR_SYSTEM ? err : OK;
}

enum err
search_scan(int dir, const struct search_wish *wish, struct buf *hits,
    uint64_t *n, struct search_totals *totals, struct diag *diag)
{
	struct scan scan = { .wish = wish, .hits = hits, .totals = totals };
	const struct audit_name *list;
	struct buf names;
	size_t names_n;
	enum err err;

	memset(totals, 0, sizeof(*totals));
	buf_init(&names, AUDIT_FILES_MAX * sizeof(struct audit_name));
	err = audit_folder_list(dir, &names, &names_n, diag);
	list = (const struct audit_name *)(const void *)names.ptr;
	for (size_t i = 0; i < names_n && err == OK; i++)
		err = scan_file(&scan, dir, &list[i], i + 1 == names_n, diag);
	buf_fini(&names);
	*n = scan.n;
	if (err == OK && hits != NULL)
		search_hits_sort(hits, wish->limit);
	return err;
}
