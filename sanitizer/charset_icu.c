/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ICU converters for the charset filter. Each is opened once and kept: a
 * worker child inherits them from its zygote and opens nothing any more. ICU
 * is told to take its data from its own library, never from files.
 */
#include <unicode/ucnv.h>
#include <unicode/ucnv_cb.h>
#include <unicode/ucnv_err.h>
#include <unicode/udata.h>
#include <unicode/unorm2.h>

#include "../gateway/base/utf8.h"
#include "charset_internal.h"

#define UNITS		1024

static struct {
	UConverter	*converter;
	bool		 busy;
} cache[CHARSET_N];

static void
no_files(void)
{
	static bool done;
	UErrorCode status = U_ZERO_ERROR;

	if (!done)
		udata_setFileAccess(UDATA_NO_FILES, &status);
	done = true;
}

static UConverter *
open_converter(const struct charset *charset)
{
	UErrorCode status = U_ZERO_ERROR;
	UConverter *converter;

	no_files();
	converter = ucnv_open(charset->icu, &status);
	return U_FAILURE(status) ? NULL : converter;
}

void
charset_icu_warm(void)
{
	UErrorCode status = U_ZERO_ERROR;
	UChar units[8];

	for (size_t i = 0; i < CHARSET_N; i++) {
		if (charset_table[i].icu == NULL)
			continue;
		if (cache[i].converter == NULL)
			cache[i].converter = open_converter(&charset_table[i]);
		if (cache[i].converter != NULL)
			ucnv_toUChars(cache[i].converter, units, 8, "a", 1,
			    &status);
		status = U_ZERO_ERROR;
	}
	(void)unorm2_getNFCInstance(&status);
}

/* In place of what ICU cannot read: U+FFFD, counted. */
static void
count_bad(const void *context, UConverterToUnicodeArgs *args,
    const char *bytes, int32_t len, UConverterCallbackReason reason,
    UErrorCode *status)
{
	/* only memory of ours is behind the const of ICU's type */
	struct charset_filter *f = *(struct charset_filter *const *)context;
	static const UChar replacement = 0xfffd;

	(void)bytes;
	(void)len;
	if (reason > UCNV_IRREGULAR)
		return;
	f->result.bad++;
	*status = U_ZERO_ERROR;
	ucnv_cbToUWriteUChars(args, &replacement, 1, 0, status);
}

enum err
charset_icu_open(struct charset_filter *f, const struct charset *charset)
{
	size_t i = (size_t)(charset - charset_table);

	if (cache[i].converter == NULL)
		cache[i].converter = open_converter(charset);
	if (cache[i].converter == NULL)
		return ERR_SYSTEM;
	if (cache[i].busy)
		f->converter = open_converter(charset);
	else
		f->converter = cache[i].converter;
	if (f->converter == NULL)
		return ERR_SYSTEM;
	if (f->converter == cache[i].converter)
		cache[i].busy = true;
	ucnv_resetToUnicode(f->converter);
	return OK;
}

void
charset_icu_close(struct charset_filter *f)
{
	if (f->converter == NULL)
		return;
	for (size_t i = 0; i < CHARSET_N; i++)
		if (cache[i].converter == f->converter) {
			cache[i].busy = false;
			f->converter = NULL;
			return;
		}
	ucnv_close(f->converter);
	f->converter = NULL;
}

/* UTF-16 to UTF-8; a pair may be cut in two by the end of units. */
static enum err
put_units(struct charset_filter *f, const UChar *units, size_t n)
{
	uint8_t out[UNITS * 3 + 4];
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		uint32_t c = units[i];

		if (c >= 0xd800 && c <= 0xdbff) {
			f->high = (uint16_t)c;
			continue;
		}
		if (c >= 0xdc00 && c <= 0xdfff)
			c = f->high == 0 ? 0xfffd : 0x10000 +
			    ((f->high - 0xd800u) << 10) + (c - 0xdc00);
		f->high = 0;
		if ((c >= 0xe000 && c <= 0xf8ff) || c >= 0xf0000)
			f->result.private_use++;
		len += utf8_encode(c, out + len);
	}
	return charset_put(f, (struct span){ out, len });
}

enum err
charset_icu_push(struct charset_filter *f, struct span s, bool final)
{
	const char *from = s.len == 0 ? "" : (const char *)s.ptr;
	const char *end = from + s.len;
	UConverterToUCallback old;
	const void *old_context;
	UErrorCode status;
	UChar units[UNITS];
	UChar *to;
	enum err err = OK;

	status = U_ZERO_ERROR;
	ucnv_setToUCallBack(f->converter, count_bad, &f, &old, &old_context,
	    &status);
	do {
		status = U_ZERO_ERROR;
		to = units;
		ucnv_toUnicode(f->converter, &to, units + UNITS, &from, end,
		    NULL, final, &status);
		if (U_FAILURE(status) && status != U_BUFFER_OVERFLOW_ERROR)
			return ERR_INPUT;	/* the callback leaves none */
		err = put_units(f, units, (size_t)(to - units));
	} while (err == OK && status == U_BUFFER_OVERFLOW_ERROR);
	return err;
}

/* Through the cache like any other: it may be busy with another text. */
enum err
charset_icu_one(struct charset_filter *f, enum charset_id id, struct span s)
{
	struct UConverter *converter = f->converter;
	enum err err;

	f->converter = NULL;
	err = charset_icu_open(f, &charset_table[id]);
	if (err == OK)
		err = charset_icu_push(f, s, true);
	charset_icu_close(f);
	f->converter = converter;
	return err;
}
