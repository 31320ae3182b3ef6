/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A log, and its index with bytes changed: the first byte says what is
 * searched for, then come places (four bytes) and what is flipped there (one).
 * A search finds what reading all of the log finds, or says that it made the
 * index anew. With the highest bit of the first byte the pages get their sums
 * again, as no disk would do it: then what is found may be wrong, but is a
 * record of the log all the same, or nothing.
 */
#include <stddef.h>
#include <stdint.h>

#include "../../unit/search/trial.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct trial trial;
static struct buf index_bytes, hits, line;

static void
at_the_end(void)
{
	buf_fini(&index_bytes);
	buf_fini(&hits);
	buf_fini(&line);
	trial_end(&trial);
}

static void
change(const uint8_t *data, size_t size, bool seal)
{
	for (; size >= 5; data += 5, size -= 5) {
		size_t at = (size_t)data[0] << 24 | (size_t)data[1] << 16 |
		    (size_t)data[2] << 8 | data[3];

		index_bytes.ptr[at % index_bytes.len] ^= data[4];
	}
	for (size_t at = 0; seal && at < index_bytes.len;
	    at += SEARCH_PAGE_BYTES)
		search_page_seal(index_bytes.ptr + at, at);
}

/* No hit is anything but a record, as it stands in the log. */
static void
read_hits(void)
{
	const struct search_hit *hit = (const void *)hits.ptr;
	size_t n = hits.len / sizeof(*hit);
	struct search_log log;
	struct audit_line record;

	require(search_log_open(&log, trial.dir, NULL) == OK);
	for (size_t i = 0; i < n; i++)
		if (search_log_read(&log, &hit[i], &line, NULL) == OK)
			require(audit_line_read(span_sub(buf_span(&line), 0,
			    line.len - 1), &record));
	search_log_close(&log);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool seal;
	size_t wish;
	enum err err;

	if (size < 6)
		return 0;
	if (trial.good.len == 0) {
		trial_begin(&trial);
		buf_init(&index_bytes, 1 << 24);
		buf_init(&hits, 1 << 28);
		buf_init(&line, AUDIT_LINE_BYTES_MAX + 1);
		atexit(at_the_end);
	}
	seal = (data[0] & 0x80) != 0;
	wish = data[0] % TRIAL_WISHES;
	buf_clear(&index_bytes);
	require(buf_add(&index_bytes, buf_span(&trial.good)) == OK);
	change(data + 1, size - 1, seal);
	trial_put(&trial, buf_span(&index_bytes));
	err = trial_search(&trial, &trial.wishes[wish], &hits);
	if (!seal)
		require(err == OK && trial_is_right(&trial, wish, &hits));
	else if (err == OK)
		read_hits();
	return 0;
}
