/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of charset labels and the filter from any of them to UTF-8. The
 * conversion is ICU's, behind names of our own: a label from a mail never
 * reaches ICU. Japanese charsets are first turned into CP932 bytes (in
 * charset_japanese.c), so that all of them give the same characters, those
 * that Windows shows: U+FF5E, not U+301C.
 */
#include <string.h>

#include "../gateway/base/utf8.h"
#include "charset_internal.h"

/* In the order of enum charset_id; the rest is found by label only. */
const struct charset charset_table[CHARSET_N] = {
	[ID_UTF8] = { "utf-8", CHARSET_UTF8, NULL },
	[ID_CP932] = { "shift_jis", CHARSET_ICU, "ibm-943_P15A-2003" },
	[ID_JIS] = { "iso-2022-jp", CHARSET_JIS, "ibm-943_P15A-2003" },
	[ID_EUC] = { "euc-jp", CHARSET_EUC, "ibm-943_P15A-2003" },
	[ID_UTF16] = { "utf-16", CHARSET_UTF16, NULL },
	[ID_UTF16LE] = { "utf-16le", CHARSET_ICU, "UTF-16LE" },
	[ID_UTF16BE] = { "utf-16be", CHARSET_ICU, "UTF-16BE" },
	[ID_UTF32LE] = { "utf-32le", CHARSET_ICU, "UTF-32LE" },
	[ID_UTF32BE] = { "utf-32be", CHARSET_ICU, "UTF-32BE" },
	[ID_LATIN1] = { "windows-1252", CHARSET_ICU, "ibm-5348_P100-1997" },
	[ID_EUC_ICU] = { "jis-x-0212", CHARSET_ICU, "euc-jp-2007" },
	[ID_GB] = { "gb18030", CHARSET_ICU, "gb18030" },
	[ID_KOREAN] = { "euc-kr", CHARSET_ICU, "windows-949-2000" },
	[ID_UTF7] = { "utf-7", CHARSET_ICU, "UTF-7" },
	[ID_OTHER] = { "big5", CHARSET_ICU, "windows-950-2000" },
	{ "big5-hkscs", CHARSET_ICU, "ibm-1375_P100-2008" },
	{ "iso-2022-kr", CHARSET_ICU, "ISO_2022,locale=ko,version=0" },
	{ "hz-gb-2312", CHARSET_ICU, "HZ" },
	{ "windows-1250", CHARSET_ICU, "windows-1250" },
	{ "windows-1251", CHARSET_ICU, "windows-1251" },
	{ "windows-1253", CHARSET_ICU, "windows-1253" },
	{ "windows-1254", CHARSET_ICU, "windows-1254" },
	{ "windows-1255", CHARSET_ICU, "windows-1255" },
	{ "windows-1256", CHARSET_ICU, "windows-1256" },
	{ "windows-1257", CHARSET_ICU, "windows-1257" },
	{ "windows-1258", CHARSET_ICU, "windows-1258" },
	{ "windows-874", CHARSET_ICU, "windows-874-2000" },
	{ "iso-8859-2", CHARSET_ICU, "iso-8859-2" },
	{ "iso-8859-3", CHARSET_ICU, "iso-8859-3" },
	{ "iso-8859-4", CHARSET_ICU, "iso-8859-4" },
	{ "iso-8859-5", CHARSET_ICU, "iso-8859-5" },
	{ "iso-8859-6", CHARSET_ICU, "iso-8859-6" },
	{ "iso-8859-7", CHARSET_ICU, "iso-8859-7" },
	{ "iso-8859-8", CHARSET_ICU, "iso-8859-8" },
	{ "iso-8859-10", CHARSET_ICU, "iso-8859_10-1998" },
	{ "iso-8859-13", CHARSET_ICU, "iso-8859-13" },
	{ "iso-8859-14", CHARSET_ICU, "iso-8859_14-1998" },
	{ "iso-8859-15", CHARSET_ICU, "iso-8859-15" },
	{ "koi8-r", CHARSET_ICU, "koi8-r" },
	{ "koi8-u", CHARSET_ICU, "koi8-u" },
};

/* Other spellings; a label of the table itself needs no line here. */
static const struct {
	const char	*label;
	const char	*name;
} aliases[] = {
	{ "utf8", "utf-8" }, { "unicode-1-1-utf-8", "utf-8" },
	{ "x-utf-8", "utf-8" }, { "utf-8n", "utf-8" },
	{ "cp65001", "utf-8" }, { "csutf8", "utf-8" },
	{ "sjis", "shift_jis" }, { "x-sjis", "shift_jis" },
	{ "shift-jis", "shift_jis" }, { "x-shift-jis", "shift_jis" },
	{ "x-shift_jis", "shift_jis" }, { "shiftjis", "shift_jis" },
	{ "ms_kanji", "shift_jis" }, { "ms932", "shift_jis" },
	{ "cp932", "shift_jis" }, { "windows-31j", "shift_jis" },
	{ "windows-932", "shift_jis" }, { "ms-kanji", "shift_jis" },
	{ "csshiftjis", "shift_jis" }, { "cswindows31j", "shift_jis" },
	{ "x-ms-cp932", "shift_jis" }, { "ibm-943", "shift_jis" },
	{ "jis", "iso-2022-jp" }, { "x-iso-2022-jp", "iso-2022-jp" },
	{ "cp50220", "iso-2022-jp" }, { "cp50221", "iso-2022-jp" },
	{ "cp50222", "iso-2022-jp" }, { "csiso2022jp", "iso-2022-jp" },
	{ "x-windows-iso2022jp", "iso-2022-jp" }, { "iso2022jp",
	"iso-2022-jp" }, { "iso2022-jp", "iso-2022-jp" },
	{ "x-euc-jp", "euc-jp" }, { "eucjp", "euc-jp" },
	{ "eucjp-ms", "euc-jp" }, { "eucjp-win", "euc-jp" },
	{ "eucjpms", "euc-jp" }, { "cp51932", "euc-jp" },
	{ "cseucpkdfmtjapanese", "euc-jp" }, { "x-euc", "euc-jp" },
	{ "x-eucjp", "euc-jp" }, { "ujis", "euc-jp" },
	{ "unicode", "utf-16" }, { "ucs-2", "utf-16" },
	{ "iso-10646-ucs-2", "utf-16" }, { "utf16", "utf-16" },
	{ "unicodefffe", "utf-16be" }, { "utf-32", "utf-32be" },
	{ "ucs-4", "utf-32be" }, { "unicode-1-1-utf-7", "utf-7" },
	{ "x-unicode-1-1-utf-7", "utf-7" }, { "utf7", "utf-7" },
	{ "csunicode11utf7", "utf-7" }, { "unicode-2-0-utf-7", "utf-7" },
	{ "iso-8859-1", "windows-1252" }, { "iso8859-1", "windows-1252" },
	{ "iso_8859-1", "windows-1252" }, { "latin1", "windows-1252" },
	{ "latin-1", "windows-1252" }, { "iso-latin-1", "windows-1252" },
	{ "cp1252", "windows-1252" }, { "l1", "windows-1252" },
	{ "iso88591", "windows-1252" }, { "x-ansi", "windows-1252" },
	{ "iso-8859-9", "windows-1254" }, { "latin5", "windows-1254" },
	{ "iso-8859-11", "windows-874" }, { "tis-620", "windows-874" },
	{ "cp874", "windows-874" }, { "iso-8859-8-i", "iso-8859-8" },
	{ "latin2", "iso-8859-2" }, { "latin9", "iso-8859-15" },
	{ "latin-9", "iso-8859-15" },
	{ "iso8859-2", "iso-8859-2" }, { "iso8859-15", "iso-8859-15" },
	{ "cp1250", "windows-1250" }, { "cp1251", "windows-1251" },
	{ "cp1253", "windows-1253" }, { "cp1254", "windows-1254" },
	{ "cp1255", "windows-1255" }, { "cp1256", "windows-1256" },
	{ "cp1257", "windows-1257" }, { "cp1258", "windows-1258" },
	{ "koi8", "koi8-r" }, { "koi", "koi8-r" }, { "koi8-ru", "koi8-u" },
	{ "gb2312", "gb18030" }, { "gbk", "gb18030" }, { "cp936", "gb18030" },
	{ "gb_2312-80", "gb18030" }, { "x-gbk", "gb18030" },
	{ "euc-cn", "gb18030" }, { "chinesesimplified", "gb18030" },
	{ "csgb2312", "gb18030" }, { "ms936", "gb18030" },
	{ "hz", "hz-gb-2312" }, { "cp950", "big5" }, { "big-5", "big5" },
	{ "x-x-big5", "big5" }, { "cn-big5", "big5" },
	{ "csbig5", "big5" }, { "windows-950", "big5" },
	{ "ks_c_5601-1987", "euc-kr" }, { "ks_c_5601", "euc-kr" },
	{ "ksc5601", "euc-kr" }, { "ksc_5601", "euc-kr" },
	{ "cp949", "euc-kr" }, { "windows-949", "euc-kr" },
	{ "uhc", "euc-kr" }, { "korean", "euc-kr" }, { "euckr", "euc-kr" },
};

static const struct charset *
find_name(struct span label)
{
	for (size_t i = 0; i < CHARSET_N; i++)
		if (span_equal_nocase(label, span_str(charset_table[i].name)))
			return &charset_table[i];
	return NULL;
}

const struct charset *
charset_find(struct span label)
{
	const struct charset *charset;

	label = span_trim(label);
	if (label.len >= 2 && (label.ptr[0] == '"' || label.ptr[0] == '\'') &&
	    label.ptr[label.len - 1] == label.ptr[0])
		label = span_trim(span_sub(label, 1, label.len - 2));
	if (label.len == 0)
		return NULL;
	charset = find_name(label);
	if (charset != NULL)
		return charset;
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (span_equal_nocase(label, span_str(aliases[i].label)))
			return find_name(span_str(aliases[i].name));
	/* iso-2022-jp-1, -2, -3, -ms, -2004: our decoder knows all sets */
	if (span_begins_nocase(label, SPAN("iso-2022-jp")))
		return &charset_table[ID_JIS];
	return NULL;
}

bool
charset_known(struct span label)
{
	return charset_find(label) != NULL ||
	    span_equal_nocase(span_trim(label), SPAN("us-ascii"));
}

void
charset_warm(void)
{
	charset_icu_warm();
}

enum err
charset_put(struct charset_filter *f, struct span s)
{
	if (s.len == 0)
		return OK;
	if (!f->begun && span_begins(s, SPAN("\xef\xbb\xbf")))
		s = span_sub(s, 3, s.len);
	f->begun = true;
	return s.len == 0 ? OK : filter_write(f->filter.next, s);
}

/* Whole good characters at the start of s; counts private use. */
static size_t
good_run(struct charset_filter *f, struct span s)
{
	size_t at = 0, n;
	uint32_t c;

	while (at < s.len) {
		if (s.ptr[at] < 0x80) {
			at++;
			continue;
		}
		c = utf8_decode(span_sub(s, at, s.len), &n);
		if (c == UTF8_BAD)
			break;
		if ((c >= 0xe000 && c <= 0xf8ff) || c >= 0xf0000)
			f->result.private_use++;
		at += n;
	}
	return at;
}

static enum err
put_bad(struct charset_filter *f)
{
	f->result.bad++;
	return charset_put(f, SPAN("\xef\xbf\xbd"));
}

/* The character that began in the write before. */
static enum err
utf8_pending(struct charset_filter *f, struct span *s, bool final)
{
	struct span held = { f->pending, 0 };
	enum err err = OK;
	size_t n;

	while (err == OK && f->pending_len > 0) {
		held.len = f->pending_len;
		if (utf8_incomplete(held) && s->len > 0) {
			f->pending[f->pending_len++] = s->ptr[0];
			*s = span_sub(*s, 1, s->len);
			continue;
		}
		if (utf8_incomplete(held) && !final)
			break;
		n = good_run(f, held);
		if (n > 0)
			err = charset_put(f, span_sub(held, 0, n));
		else {
			err = put_bad(f);
			n = 1;
		}
		f->pending_len -= (unsigned)n;
		memmove(f->pending, f->pending + n, f->pending_len);
	}
	return err;
}

static enum err
utf8_push(struct charset_filter *f, struct span s, bool final)
{
	enum err err = utf8_pending(f, &s, final);
	size_t n;

	while (err == OK && s.len > 0) {
		n = good_run(f, s);
		if (n > 0)
			err = charset_put(f, span_sub(s, 0, n));
		s = span_sub(s, n, s.len);
		if (err != OK || s.len == 0)
			break;
		if (!final && s.len < 4 && utf8_incomplete(s)) {
			memcpy(f->pending, s.ptr, s.len);
			f->pending_len = (unsigned)s.len;
			break;
		}
		err = put_bad(f);
		s = span_sub(s, 1, s.len);
	}
	return err;
}

static enum err
decode(struct charset_filter *f, struct span s, bool final)
{
	switch (f->charset->kind) {
	case CHARSET_UTF8:
		return utf8_push(f, s, final);
	case CHARSET_JIS:
	case CHARSET_EUC:
		return charset_japanese_push(f, s, final);
	case CHARSET_ICU:
	case CHARSET_UTF16:	/* decided as LE or BE before */
		break;
	}
	return charset_icu_push(f, s, final);
}

static enum err
begin(struct charset_filter *f, const struct charset *charset)
{
	f->charset = charset;
	f->result.name = charset->name;
	f->result.utf7 = charset == &charset_table[ID_UTF7];
	return charset->icu == NULL ? OK : charset_icu_open(f, charset);
}

static bool
is_plain(uint8_t c)
{
	return c < 0x7f && c != 0 && c != 0x1b && c != 0x0e && c != 0x0f;
}

static size_t
plain_run(struct span s)
{
	size_t n = 0;

	while (n < s.len && is_plain(s.ptr[n]))
		n++;
	return n;
}

static enum err
decide(struct charset_filter *f, bool final)
{
	struct span held = buf_span(&f->held);
	const struct charset *charset;
	enum err err;

	if (f->wanted != NULL)
		charset = charset_guess_utf16(held);
	else {
		charset = charset_guess(held, final);
		f->result.guessed = true;
	}
	err = begin(f, charset);
	if (err == OK)
		err = decode(f, held, final);
	buf_fini(&f->held);
	return err;
}

/*
 * Not decided yet. Plain ASCII passes, but for the first four bytes, which
 * may be a BOM or the zeroes of UTF-16; from the first other byte on all is
 * held until there is enough to judge.
 */
static enum err
hold(struct charset_filter *f, struct span s)
{
	enum err err = OK;
	size_t n;

	if (!f->begun && f->held.len < 4) {
		n = 4 - f->held.len < s.len ? 4 - f->held.len : s.len;
		err = buf_add(&f->held, span_sub(s, 0, n));
		s = span_sub(s, n, s.len);
		if (err != OK || f->held.len < 4)
			return err;
		if (f->wanted == NULL && plain_run(buf_span(&f->held)) == 4) {
			err = charset_put(f, buf_span(&f->held));
			buf_clear(&f->held);
		}
	}
	if (err == OK && f->begun && f->held.len == 0) {
		n = plain_run(s);
		err = charset_put(f, span_sub(s, 0, n));
		s = span_sub(s, n, s.len);
	}
	n = CHARSET_GUESS_BYTES - f->held.len;
	if (n > s.len)
		n = s.len;
	if (err == OK)
		err = buf_add(&f->held, span_sub(s, 0, n));
	if (err != OK || f->held.len < CHARSET_GUESS_BYTES)
		return err;
	err = decide(f, false);
	return err != OK ? err : decode(f, span_sub(s, n, s.len), false);
}

static enum err
charset_write(struct filter *filter, struct span s)
{
	struct charset_filter *f = (struct charset_filter *)filter;

	if (s.len == 0)
		return OK;
	return f->charset != NULL ? decode(f, s, false) : hold(f, s);
}

static enum err
charset_end(struct filter *filter)
{
	struct charset_filter *f = (struct charset_filter *)filter;
	struct span held = buf_span(&f->held);
	enum err err = OK;

	if (f->charset != NULL)
		err = decode(f, (struct span){ NULL, 0 }, true);
	else if (f->wanted == NULL && plain_run(held) == held.len)
		err = charset_put(f, held);
	else
		err = decide(f, true);
	return err != OK ? err : filter_end(filter->next);
}

void
charset_filter_init(struct charset_filter *f, struct span label,
    struct filter *next)
{
	memset(f, 0, sizeof(*f));
	f->filter = (struct filter){ charset_write, charset_end, next };
	f->wanted = charset_find(label);
	f->result.name = "us-ascii";
	buf_init(&f->held, CHARSET_GUESS_BYTES);
	if (f->wanted != NULL && f->wanted->kind != CHARSET_UTF16 &&
	    begin(f, f->wanted) != OK)
		f->charset = f->wanted = NULL;	/* as if it were unknown */
}

void
charset_filter_fini(struct charset_filter *f)
{
	charset_icu_close(f);
	buf_fini(&f->held);
}

enum err
charset_decode(struct span label, struct span bytes, struct buf *out,
    struct charset_result *result)
{
	struct charset_filter f;
	struct buf_sink sink;
	enum err err;

	buf_sink_init(&sink, out);
	charset_filter_init(&f, label, &sink.filter);
	err = filter_write(&f.filter, bytes);
	if (err == OK)
		err = filter_end(&f.filter);
	charset_filter_fini(&f);
	if (result != NULL)
		*result = f.result;
	return err;
}
