/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SEARCH_LIMITS_H
#define SEKISHO_SEARCH_LIMITS_H

/* A key is cut there, in the index and in what is asked alike. */
#define SEARCH_KEY_BYTES_MAX	512
/* Of one record: the gateway writes some 700 recipients at most. */
#define SEARCH_KEYS_MAX		20000

/* One transaction: whichever is reached first. */
#define SEARCH_BATCH_RECORDS	200000u
#define SEARCH_BATCH_TERMS	500000u
#define SEARCH_BATCH_PAIRS	4000000u
#define SEARCH_SLOTS		(1u << 20)	/* > terms + a record's */

#define SEARCH_PAGE_BYTES	4096
#define SEARCH_SUM_BYTES	8	/* at the end of each page */
#define SEARCH_BLOCK_DOCS	512u	/* records of a row of places */
#define SEARCH_CHUNK_BYTES	1900u	/* of a row of postings: two a page */
#define SEARCH_PROBES_MAX	4096u	/* then a list is read whole */
#define SEARCH_DOCS_MAX		0xfffffff0u
#define SEARCH_TERMS_MAX	0x7ffffff0u
#define SEARCH_BYTES_MAX	(16ull * 1024 * 1024 * 1024)	/* of a buf */

#define SEARCH_LOCK_MS		50		/* how often it is tried */
#define SEARCH_LOCK_TRIES	(10u * 60 * 20)	/* ten minutes */
#define SEARCH_TELL_BYTES	(64ull * 1024 * 1024)	/* that takes a while */

#endif
