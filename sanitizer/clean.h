/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_CLEAN_H
#define SEKISHO_SANITIZER_CLEAN_H

#include <stdbool.h>

#include "../gateway/base/buf.h"

/*
 * Takes the invisible out of texts, so that what a person sees is what there
 * is. What comes out holds nothing but CHAR of the safe form (mime_write.h
 * section 5). Kept: a variation selector (U+FE00-FE0F, E0100-E01EF) behind
 * what it can select a form of, private use, ZWJ between emoji. Nothing is
 * normalised here.
 */
enum clean_mode {
	/* One line: each run of CR, LF, TAB becomes one space. */
	CLEAN_HEADER = 0,
	/* TAB stays; CRLF, CR, LF, U+2028, U+2029, VT, FF become CRLF. */
	CLEAN_TEXT
};

/* Characters taken out, by class; for the report. */
struct clean_counts {
	uint64_t	controls;	/* C0, C1, DEL, interlinear 1D173.. */
	uint64_t	bidi;		/* 200E 200F 061C 202A-E 2066-F */
	uint64_t	zero_width;	/* 200B-D 2060-5 FEFF 034F 180E VS */
	uint64_t	soft_hyphens;	/* 00AD */
	uint64_t	tags;		/* E0000-E007F */
	uint64_t	bad;		/* not UTF-8, non-character: now FFFD */
	uint64_t	private_use;	/* kept */
};
void clean_counts_add(struct clean_counts *sum, const struct clean_counts *c);
/* All that was taken out or replaced (private_use is not among them). */
uint64_t clean_counts_removed(const struct clean_counts *c);

/* A filter from UTF-8 (strict or not) to clean UTF-8. Any split. */
struct clean_filter {
	struct filter		filter;
	enum clean_mode		mode;
	struct clean_counts	counts;
	unsigned		held_len;	/* start of a character */
	uint8_t			held[4];
	bool			cr;		/* CR was the last byte */
	bool			blank;		/* header: a space is owed */
	bool			joiner;		/* ZWJ held back */
	uint32_t		last;		/* character before */
	unsigned		out_len;
	uint8_t			out[4096];
};
void clean_filter_init(struct clean_filter *clean, enum clean_mode mode,
    struct filter *next);

/* The same in one go, appended to out; counts may be NULL and are added to. */
enum err clean_text(struct span text, enum clean_mode mode, struct buf *out,
    struct clean_counts *counts) MUST_CHECK;

/*
 * Unicode NFC, appended. For file names only, never for what people wrote.
 * Bad UTF-8 becomes U+FFFD.
 */
enum err clean_nfc(struct span text, struct buf *out) MUST_CHECK;

/* Is c an emoji base, i.e. may ZWJ stand beside it (the table of 5.)? */
bool clean_joins(uint32_t c);

#endif
