/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_CHARSET_INTERNAL_H
#define SEKISHO_SANITIZER_CHARSET_INTERNAL_H

#include "charset.h"

enum charset_kind {
	CHARSET_UTF8,
	CHARSET_ICU,	/* as it is, by ICU */
	CHARSET_JIS,	/* ISO-2022-JP: to CP932 bytes, then by ICU */
	CHARSET_EUC,	/* EUC-JP: likewise */
	CHARSET_UTF16	/* of unknown byte order */
};

/* Indexes of the table in charset.c that code names. */
enum charset_id {
	ID_UTF8 = 0, ID_CP932, ID_JIS, ID_EUC, ID_UTF16, ID_UTF16LE,
	ID_UTF16BE, ID_UTF32LE, ID_UTF32BE, ID_LATIN1, ID_EUC_ICU, ID_GB,
	ID_KOREAN, ID_UTF7, ID_OTHER, CHARSET_N = ID_OTHER + 26
};

struct charset {
	const char		*name;
	enum charset_kind	 kind;
	const char		*icu;	/* NULL: needs no converter */
};
extern const struct charset charset_table[CHARSET_N];

/* The charset of a label, or NULL when there is none or it says nothing. */
const struct charset *charset_find(struct span label);

/* charset_guess.c: from a sample; final: nothing comes behind it. */
const struct charset *charset_guess(struct span sample, bool final);
/* UTF-16 with a BOM or by where its zeroes are; BE (RFC 2781) in doubt. */
const struct charset *charset_guess_utf16(struct span sample);

/* charset_icu.c */
void charset_icu_warm(void);
/* A converter for the filter, out of the cache or new; counts into it. */
enum err charset_icu_open(struct charset_filter *f,
    const struct charset *charset) MUST_CHECK;
void charset_icu_close(struct charset_filter *f);
enum err charset_icu_push(struct charset_filter *f, struct span s, bool final)
    MUST_CHECK;
/* One character of another charset (in some bytes) into the stream. */
enum err charset_icu_one(struct charset_filter *f, enum charset_id id,
    struct span s) MUST_CHECK;
/* UTF-8 to the next filter, without a BOM at the start of all. */
enum err charset_put(struct charset_filter *f, struct span utf8) MUST_CHECK;

/* charset_japanese.c */
enum err charset_japanese_push(struct charset_filter *f, struct span s,
    bool final) MUST_CHECK;

#endif
