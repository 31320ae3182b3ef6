/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ZIP: the central directory and the table of names. Where the directory is
 * comes from zip_end.c; that it is the whole truth is checked in
 * zip_strict.c, or looked for in zip_local.c.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "zip_internal.h"

enum err
zip_refuse(struct zip *zip, enum err err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(zip->why, sizeof(zip->why), fmt, ap);
	va_end(ap);
	return err;
}

enum err
zip_refuse_entry(struct zip *zip, struct span name, const char *why)
{
	char shown[64];
	size_t n = 0;

	for (size_t i = 0; i < name.len && n + 1 < sizeof(shown); i++)
		shown[n++] = name.ptr[i] >= 0x20 && name.ptr[i] < 0x7f ?
		    (char)name.ptr[i] : '?';
	shown[n] = '\0';
	return zip_refuse(zip, ERR_INPUT, "ZIP: %s: \"%s\"", why, shown);
}

enum err
zip_bytes(struct zip_reader *r, uint64_t at, void *bytes, size_t len)
{
	enum err err;

	if (at > r->in->len || len > r->in->len - at)
		return ERR_INPUT;
	if (len > ZIP_WINDOW_BYTES) {
		size_t got;

		err = input_read(r->in, at, bytes, len, &got);
		return err != OK ? err : got == len ? OK : ERR_INPUT;
	}
	if (at < r->window_at || at - r->window_at > r->window_n ||
	    r->window_n - (at - r->window_at) < len) {
		err = input_read(r->in, at, r->window, ZIP_WINDOW_BYTES,
		    &r->window_n);
		r->window_at = at;
		if (err != OK)
			return err;
		if (r->window_n < len)
			return ERR_INPUT;
	}
	memcpy(bytes, r->window + (at - r->window_at), len);
	return OK;
}

/* One record of the directory; *rest moves behind it. */
static enum err
central_record(struct zip_reader *r, struct span *rest, struct zip_header *h)
{
	struct zip *zip = r->zip;
	struct span s = *rest;
	size_t all;

	if (s.len < ZIP_CENTRAL_BYTES || zip_get32(s.ptr) != ZIP_CENTRAL)
		return zip_refuse(zip, ERR_INPUT,
		    "ZIP: the central directory is damaged");
	zip_header_central(h, s.ptr);
	all = ZIP_CENTRAL_BYTES + h->name_n + h->extra_n + h->comment_n;
	if (all > s.len)
		return zip_refuse(zip, ERR_INPUT,
		    "ZIP: the central directory is cut off");
	h->name = span_sub(s, ZIP_CENTRAL_BYTES, h->name_n);
	if (!zip_header_extra(h, span_sub(s, ZIP_CENTRAL_BYTES + h->name_n,
	    h->extra_n), true) && r->strict)
		return zip_refuse_entry(zip, h->name, "bad extra field");
	*rest = span_sub(s, all, s.len);
	return OK;
}

/* Tolerant: what is damaged ends the directory, and the views differ. */
static enum err
read_records(struct zip_reader *r, struct span rest)
{
	struct zip *zip = r->zip;
	uint64_t claimed = 0;
	enum err err = OK;

	while (rest.len > 0) {
		struct zip_header h;

		if (zip->entries_n == r->entries_max)
			return zip_refuse(zip, ERR_LIMIT,
			    "ZIP: more than %zu entries", r->entries_max);
		err = central_record(r, &rest, &h);
		if (err == OK && r->strict) {
			err = zip_strict_entry(zip, &h);
			claimed += h.size;	/* each is below 2^28 */
			if (err == OK && claimed > ZIP_PARTS_BYTES_MAX)
				return zip_refuse(zip, ERR_LIMIT,
				    "ZIP: too large when unpacked");
		}
		if (err != OK)
			break;
		h.header += r->shift;
		zip_entry_fill(&zip->entries[zip->entries_n], &h);
		zip->entries[zip->entries_n++].view = ZIP_VIEW_CENTRAL;
	}
	if (err == OK && zip->entries_n != r->promised)
		err = zip_refuse(zip, ERR_INPUT,
		    "ZIP: the number of entries is wrong");
	if (err != OK && !r->strict) {
		zip->conflict = true;
		err = OK;
	}
	return err;
}

static enum err
read_directory(struct zip_reader *r)
{
	uint8_t *bytes;
	enum err err;

	if (!r->directory_ok)
		return OK;
	if (r->directory_n > ZIP_DIRECTORY_BYTES_MAX)
		return zip_refuse(r->zip, ERR_LIMIT,
		    "ZIP: the central directory is too large");
	bytes = arena_alloc(r->arena, (size_t)r->directory_n);
	if (bytes == NULL)
		return zip_refuse(r->zip, ERR_LIMIT, "ZIP: out of memory");
	err = zip_bytes(r, r->directory, bytes, (size_t)r->directory_n);
	if (err != OK)
		return zip_refuse(r->zip, err, "ZIP: cannot be read");
	return read_records(r, (struct span){ bytes,
	    (size_t)r->directory_n });
}

/* A file and a folder of one name are the same name. */
static struct span
bare_name(struct span name)
{
	if (name.len > 0 && name.ptr[name.len - 1] == '/')
		name.len--;
	return name;
}

static int
compare_folded(struct span a, struct span b)
{
	size_t n = a.len < b.len ? a.len : b.len;

	for (size_t i = 0; i < n; i++) {
		uint8_t x = ascii_lower(a.ptr[i]), y = ascii_lower(b.ptr[i]);

		if (x != y)
			return x < y ? -1 : 1;
	}
	return a.len < b.len ? -1 : a.len > b.len;
}

static int
by_name(const void *a, const void *b, void *zip)
{
	const struct zip_entry *e = ((const struct zip *)zip)->entries;
	uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
	int order = compare_folded(bare_name(e[i].name), bare_name(e[j].name));

	return order != 0 ? order : i < j ? -1 : i > j;
}

/* Sorted rather than hashed: nobody can choose names that make it slow. */
static enum err
sort_names(struct zip_reader *r)
{
	struct zip *zip = r->zip;

	zip->by_name = arena_alloc_array(r->arena, zip->entries_n,
	    sizeof(*zip->by_name));
	if (zip->by_name == NULL)
		return zip_refuse(zip, ERR_LIMIT, "ZIP: out of memory");
	for (size_t i = 0; i < zip->entries_n; i++)
		zip->by_name[i] = (uint32_t)i;
	qsort_r(zip->by_name, zip->entries_n, sizeof(*zip->by_name), by_name,
	    zip);
	for (size_t i = 1; r->strict && i < zip->entries_n; i++) {
		struct span name = zip->entries[zip->by_name[i]].name;

		if (compare_folded(bare_name(name), bare_name(
		    zip->entries[zip->by_name[i - 1]].name)) == 0)
			return zip_refuse_entry(zip, name, "two of one name");
	}
	return OK;
}

static enum err
read_all(struct zip_reader *r)
{
	enum err err;

	if ((err = zip_find_end(r)) != OK || (err = read_directory(r)) != OK)
		return err;
	err = r->strict ? zip_strict_layout(r) : zip_local_view(r);
	return err != OK ? err : sort_names(r);
}

enum err
zip_open(struct zip *zip, const struct input *in, enum zip_profile profile,
    struct arena *arena)
{
	struct zip_reader r = {
		.zip = zip, .in = in, .arena = arena,
		.strict = profile == ZIP_STRICT,
		.entries_max = profile == ZIP_STRICT ? ZIP_PARTS_MAX :
		    ZIP_ENTRIES_MAX,
	};

	memset(zip, 0, sizeof(*zip));
	zip->in = in;
	zip->profile = profile;
	zip->entries = arena_alloc_array(arena, r.entries_max,
	    sizeof(*zip->entries));
	r.by_header = arena_alloc_array(arena, r.entries_max,
	    sizeof(*r.by_header));
	r.window = arena_alloc(arena, ZIP_WINDOW_BYTES);
	r.names = arena_alloc(arena, 2 * (UINT16_MAX + 1));
	if (zip->entries == NULL || r.by_header == NULL || r.window == NULL ||
	    r.names == NULL)
		return zip_refuse(zip, ERR_LIMIT, "ZIP: out of memory");
	return read_all(&r);
}

long
zip_find(const struct zip *zip, struct span name)
{
	size_t low = 0, high = zip->entries_n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct zip_entry *e =
		    &zip->entries[zip->by_name[middle]];

		if (compare_folded(bare_name(e->name), bare_name(name)) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < zip->entries_n; low++) {
		const struct zip_entry *e = &zip->entries[zip->by_name[low]];

		if (span_equal_nocase(e->name, name))
			return (long)zip->by_name[low];
		if (compare_folded(bare_name(e->name), bare_name(name)) != 0)
			break;
	}
	return -1;
}
