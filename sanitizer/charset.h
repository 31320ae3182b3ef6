/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_CHARSET_H
#define SEKISHO_SANITIZER_CHARSET_H

#include <stdbool.h>

#include "../gateway/base/buf.h"

/*
 * From any charset that mail comes in to UTF-8, over ICU behind our own table
 * of labels (cdr.md section 2). A label that is unknown, absent or plainly
 * wrong (us-ascii with 8-bit bytes) is guessed from the bytes: UTF-8 when it
 * is valid, ISO-2022-JP by its escapes, CP932 or EUC-JP by score, otherwise
 * windows-1252. Bytes are never lost in silence: malformed input becomes
 * U+FFFD and is counted. The output is not cleaned: see clean.h.
 */
struct charset_result {
	const char	*name;		/* static: "iso-2022-jp", "utf-8" */
	bool		 guessed;	/* the label did not decide */
	bool		 utf7;
	uint64_t	 bad;		/* U+FFFD written */
	uint64_t	 private_use;	/* 外字, kept */
};

/*
 * Open what is needed before rights are dropped: after it no decoding opens a
 * file (ICU is told to use the data in its library only).
 */
void charset_warm(void);

/* Decode all of bytes, appended to out. label: any case, may be empty. result
 * may be NULL. ERR_LIMIT from out. */
enum err charset_decode(struct span label, struct span bytes, struct buf *out,
    struct charset_result *result) MUST_CHECK;

/* Is the label in our table? */
bool charset_known(struct span label);

/*
 * The same as a filter for long bodies. One that must guess holds back up to
 * CHARSET_GUESS_BYTES from the first byte that is not plain ASCII.
 * charset_filter_fini() after end() or an error; result is valid after end().
 */
#define CHARSET_GUESS_BYTES	(64 * 1024)
struct charset;
struct UConverter;
struct charset_filter {
	struct filter		 filter;
	struct charset_result	 result;
	const struct charset	*wanted;	/* by the label, or NULL */
	const struct charset	*charset;	/* NULL: not decided yet */
	struct UConverter	*converter;
	struct buf		 held;		/* until it is decided */
	uint8_t			 pending[8];	/* begun character, escape */
	unsigned		 pending_len;
	unsigned		 set;		/* ISO-2022: what is in G0 */
	bool			 shifted;	/* ISO-2022: SO */
	bool			 begun;		/* something was put out */
	uint16_t		 high;		/* surrogate of a pair */
};
void charset_filter_init(struct charset_filter *filter, struct span label,
    struct filter *next);
void charset_filter_fini(struct charset_filter *filter);

#endif
