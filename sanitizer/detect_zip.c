/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a ZIP file holds, by the names in its central directory (APPNOTE 4.3)
 * or, where there is none, by its local headers. Only to name the file and to
 * see encryption: nothing is unpacked here, and a lie in it gains nothing.
 */
#include <string.h>

#include "detect_internal.h"

#define TAIL_BYTES	(65535 + 22)
#define DIRECTORY_BYTES	(256 * 1024)
#define ENTRIES_MAX	5000

struct zip_view {
	bool	types, mimetype, manifest;	/* [Content_Types].xml ... */
	bool	word, excel, power, macros, binary;
	bool	encrypted;
};

static uint32_t
get(const uint8_t *p, unsigned n)
{
	uint32_t v = 0;

	for (unsigned i = 0; i < n; i++)
		v |= (uint32_t)p[i] << 8 * i;
	return v;
}

static void
see_entry(struct zip_view *v, struct span name, uint32_t flags,
    uint32_t method)
{
	/* bit 0: encrypted, 6: strong, 13: masked directory; 99: AES */
	if (flags & (1u | 1u << 6 | 1u << 13) || method == 99)
		v->encrypted = true;
	v->types |= span_equal_nocase(name, SPAN("[Content_Types].xml"));
	v->mimetype |= span_equal(name, SPAN("mimetype"));
	v->manifest |= span_equal_nocase(name, SPAN("META-INF/MANIFEST.MF"));
	v->word |= span_begins_nocase(name, SPAN("word/"));
	v->excel |= span_begins_nocase(name, SPAN("xl/"));
	v->power |= span_begins_nocase(name, SPAN("ppt/"));
	v->macros |= span_ends_nocase(name, SPAN("vbaProject.bin")) ||
	    span_find_nocase(name, SPAN("macrosheets/")) < name.len;
	v->binary |= span_equal_nocase(name, SPAN("xl/workbook.bin"));
}

static void
see_directory(struct zip_view *v, struct span s)
{
	for (unsigned n = 0; n < ENTRIES_MAX && s.len >= 46 &&
	    memcmp(s.ptr, "PK\1\2", 4) == 0; n++) {
		size_t name = get(s.ptr + 28, 2);
		size_t rest = get(s.ptr + 30, 2) + get(s.ptr + 32, 2);

		see_entry(v, span_sub(s, 46, name), get(s.ptr + 8, 2),
		    get(s.ptr + 10, 2));
		s = span_sub(s, 46 + name + rest, s.len);
	}
}

/* Local headers as far as their sizes are given and the bytes reach. */
static void
see_local(struct zip_view *v, struct span s)
{
	for (unsigned n = 0; n < ENTRIES_MAX && s.len >= 30 &&
	    memcmp(s.ptr, "PK\3\4", 4) == 0; n++) {
		size_t name = get(s.ptr + 26, 2);
		size_t rest = get(s.ptr + 28, 2) + (size_t)get(s.ptr + 18, 4);

		see_entry(v, span_sub(s, 30, name), get(s.ptr + 6, 2),
		    get(s.ptr + 8, 2));
		s = span_sub(s, 30 + name + rest, s.len);
	}
}

/* Offset of the central directory by the last end record, or in->len. */
static uint64_t
find_directory(const struct input *in, uint8_t *tail)
{
	uint64_t start = in->len > TAIL_BYTES ? in->len - TAIL_BYTES : 0;
	size_t got;

	if (input_read(in, start, tail, TAIL_BYTES, &got) != OK)
		return in->len;
	for (size_t i = got >= 22 ? got - 22 + 1 : 0; i > 0; i--) {
		const uint8_t *p = tail + i - 1;

		if (memcmp(p, "PK\5\6", 4) == 0) {
			uint64_t end = start + i - 1;
			uint64_t size = get(p + 12, 4);

			return size <= end ? end - size : in->len;
		}
	}
	return in->len;
}

static const char *
label_of(const struct zip_view *v)
{
	if (v->types && v->word)
		return v->macros ? "docm" : "docx";
	if (v->types && v->excel)
		return v->binary ? "xlsb" : v->macros ? "xlsm" : "xlsx";
	if (v->types && v->power)
		return v->macros ? "pptm" : "pptx";
	if (v->types)
		return "ooxml";
	if (v->mimetype)
		return "odf";
	return v->manifest ? "jar" : "zip";
}

const char *
detect_zip(const struct input *in, bool *encrypted)
{
	static uint8_t bytes[DIRECTORY_BYTES];	/* one thread, one file */
	struct zip_view v = { 0 };
	uint64_t directory;
	size_t got;

	directory = find_directory(in, bytes);
	if (input_read(in, directory, bytes, sizeof(bytes), &got) == OK)
		see_directory(&v, (struct span){ bytes, got });
	if (input_read(in, 0, bytes, sizeof(bytes), &got) == OK)
		see_local(&v, (struct span){ bytes, got });
	*encrypted = v.encrypted;
	return label_of(&v);
}
