/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names of files: from what a sender wrote to what is safe to show, to save
 * and to double-click. Which extension fits is the handler's business.
 */
#include "filename.h"

#include <stdio.h>
#include <string.h>

#include "../gateway/base/utf8.h"
#include "clean.h"
#include "detect.h"
#include "word.h"

#define NAME_BYTES_RAW_MAX	(64 * 1024)

enum err
filename_of_part(const struct mime_part *part, struct buf *out)
{
	if (part->name_is_utf8)
		return buf_add(out, part->name);
	return word_decode(part->name, out, NULL);
}

/* NFC, clean, one line, the last component of a path. */
static enum err
tidy(struct span raw, struct buf *out)
{
	struct buf nfc;
	size_t start = out->len, keep = out->len;
	enum err err;

	buf_init(&nfc, 4 * NAME_BYTES_RAW_MAX);
	err = clean_nfc(span_sub(raw, 0, NAME_BYTES_RAW_MAX), &nfc);
	if (err == OK)
		err = clean_text(buf_span(&nfc), CLEAN_HEADER, out, NULL);
	buf_fini(&nfc);
	if (err != OK)
		return err;
	for (size_t i = start; i < out->len; i++)
		if (out->ptr[i] == '/' || out->ptr[i] == '\\')
			keep = i + 1;
	if (keep > start)
		memmove(out->ptr + start, out->ptr + keep, out->len - keep);
	buf_truncate(out, start + out->len - keep);
	for (size_t i = start; i < out->len; i++)
		if (out->ptr[i] < 0x20 || (out->ptr[i] < 0x80 &&
		    strchr(":*?\"<>|", out->ptr[i]) != NULL))
			out->ptr[i] = '_';
	return OK;
}

/* Windows drops dots and blanks at the end, Unix hides what begins with one. */
static struct span
trim_dots(struct span s)
{
	while (s.len > 0 && (s.ptr[s.len - 1] == '.' ||
	    s.ptr[s.len - 1] == ' '))
		s.len--;
	while (s.len > 0 && (s.ptr[0] == '.' || s.ptr[0] == ' '))
		s = span_sub(s, 1, s.len);
	return s;
}

static size_t
last_dot(struct span s)
{
	size_t i = s.len;

	while (i > 0 && s.ptr[i - 1] != '.')
		i--;
	return i == 0 ? s.len : i - 1;
}

/* The name without extensions that stand for a type, dots of inner ones _. */
static struct span
stem_of(struct span name, uint8_t *bytes)
{
	size_t dot = last_dot(name);
	struct span rest;

	if (dot < name.len && file_type_of_extension(span_trim(
	    span_sub(name, dot + 1, name.len))) != NULL)
		name = trim_dots(span_sub(name, 0, dot));
	rest = name;
	while ((dot = last_dot(rest)) < rest.len) {
		if (file_type_of_extension(span_trim(span_sub(rest, dot + 1,
		    rest.len))) != NULL)
			bytes[rest.ptr - bytes + (ptrdiff_t)dot] = '_';
		rest = span_sub(rest, 0, dot);
	}
	return name;
}

/* CON, NUL, COM1 ... are devices in Windows, with any extension. */
static bool
is_reserved(struct span stem)
{
	static const char *const names[] = { "con", "prn", "aux", "nul",
	    "conin$", "conout$", "clock$" };
	struct span first = span_sub(stem, 0, span_find_byte(stem, '.'));

	first = span_trim(first);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_equal_nocase(first, span_str(names[i])))
			return true;
	return first.len == 4 && ascii_is_digit(first.ptr[3]) &&
	    (span_begins_nocase(first, SPAN("com")) ||
	    span_begins_nocase(first, SPAN("lpt")));
}

static struct span
cut(struct span s, size_t max)
{
	if (s.len <= max)
		return s;
	while (max > 0 && (s.ptr[max] & 0xc0) == 0x80)
		max--;
	return trim_dots(span_sub(s, 0, max));
}

enum err
filename_clean(struct span raw, struct span fallback, const char *extension,
    struct buf *out)
{
	struct span stem;
	struct buf name;
	enum err err;

	buf_init(&name, 4 * NAME_BYTES_RAW_MAX);
	if ((err = tidy(raw, &name)) == OK) {
		stem = trim_dots(buf_span(&name));
		stem = stem_of(stem, name.ptr);
		/* room for "_" and the extension */
		stem = cut(stem, FILENAME_BYTES_MAX - 2 - strlen(extension));
		if (stem.len == 0)
			stem = fallback;
		err = buf_printf(out, "%s%.*s.%s", is_reserved(stem) ?
		    "_" : "", (int)stem.len, (const char *)stem.ptr,
		    extension);
	}
	buf_fini(&name);
	return err;
}

enum err
filename_show(struct span raw, struct buf *out)
{
	struct buf name;
	enum err err;

	buf_init(&name, 4 * NAME_BYTES_RAW_MAX);
	if ((err = tidy(raw, &name)) == OK)
		err = buf_add(out, cut(span_trim(buf_span(&name)),
		    FILENAME_BYTES_MAX));
	buf_fini(&name);
	return err;
}

static bool
is_taken(struct span name, const struct span *taken, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (span_equal_nocase(name, taken[i]))
			return true;
	return false;
}

enum err
filename_unique(struct buf *name, const struct span *taken, size_t n)
{
	struct span all = buf_span(name), stem, extension;
	struct buf fresh;
	char number[16];
	enum err err = OK;

	if (!is_taken(all, taken, n))
		return OK;
	stem = span_sub(all, 0, last_dot(all));
	extension = span_sub(all, stem.len, all.len);
	buf_init(&fresh, 2 * FILENAME_BYTES_MAX);
	for (unsigned i = 2; err == OK && i <= n + 2; i++) {
		struct span head;

		snprintf(number, sizeof(number), "(%u)", i);
		head = cut(stem, FILENAME_BYTES_MAX - extension.len -
		    strlen(number));
		buf_clear(&fresh);
		err = buf_printf(&fresh, "%.*s%s%.*s", (int)head.len,
		    (const char *)head.ptr, number, (int)extension.len,
		    (const char *)extension.ptr);
		if (err == OK && !is_taken(buf_span(&fresh), taken, n))
			break;
	}
	if (err == OK) {
		buf_clear(name);
		err = buf_add(name, buf_span(&fresh));
	}
	buf_fini(&fresh);
	return err;
}
