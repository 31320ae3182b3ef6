/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ZIPs, both profiles. What the strict reader takes and can read whole, our
 * writer writes anew, the strict reader reads as the same, and the verifier
 * takes. The tolerant reader takes it, too, and gives the same bytes.
 */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "../../../gateway/base/arena.h"
#include "../../../gateway/verify/verify_zip.h"
#include "../../../sanitizer/limits.h"
#include "../../../sanitizer/zip.h"

#define ENTRY_BYTES_MAX	(1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum err
ignore(void *arg, struct span s, struct diag *diag)
{
	(void)arg;
	(void)s;
	(void)diag;
	return OK;
}

static enum err
ignore_end(void *arg, struct diag *diag)
{
	(void)arg;
	(void)diag;
	return OK;
}

static bool
verifies(const struct buf *b)
{
	static const struct unzip_reader reader = {
		ignore, ignore, ignore_end
	};
	static struct unzip unzip;

	unzip_init(&unzip, &reader, NULL);
	return unzip_write(&unzip, buf_span(b), NULL) == OK &&
	    unzip_end(&unzip, NULL) == OK;
}

static enum err
read_entry(struct zip *zip, size_t i, struct buf *out)
{
	struct buf_sink sink;

	buf_init(out, ENTRY_BYTES_MAX);
	buf_sink_init(&sink, out);
	return zip_read(zip, i, &sink.filter);
}

/* Right CRCs by the directory, or most changes would end at them. */
static void
mend(uint8_t *p, size_t n)
{
	struct input in = input_span((struct span){ p, n });
	struct arena *arena = arena_new(ARENA_BYTES_MAX);
	struct zip zip;

	if (arena == NULL || zip_open(&zip, &in, ZIP_STRICT, arena) != OK) {
		arena_free(arena);
		return;
	}
	for (size_t i = 0, at = 0; i < zip.entries_n; i++) {
		const struct zip_entry *e = &zip.entries[i];
		struct buf out;
		uLong crc;

		(void)read_entry(&zip, i, &out);
		crc = crc32(0, out.ptr, (uInt)out.len);
		for (at = n >= 46 ? n - 46 : 0; at > 0; at--)
			if (memcmp(p + at, "PK\1\2", 4) == 0 &&
			    e->header == ((uint32_t)p[at + 42] |
			    (uint32_t)p[at + 43] << 8))
				break;
		for (unsigned k = 0; at > 0 && out.len == e->size && k < 4;
		    k++) {
			p[at + 16 + k] = (uint8_t)(crc >> 8 * k);
			p[e->header + 14 + k] = (uint8_t)(crc >> 8 * k);
		}
		buf_fini(&out);
	}
	arena_free(arena);
}

/* Write all that can be read; false: something cannot. */
static bool
rewrite(struct zip *zip, struct buf *to)
{
	struct buf_sink sink;
	struct zip_writer w;
	bool all = true;

	buf_sink_init(&sink, to);
	if (zip_writer_init(&w, &sink.filter) != OK)
		abort();
	for (size_t i = 0; i < zip->entries_n; i++) {
		struct buf out;
		struct input in;
		enum err err = read_entry(zip, i, &out);

		in = input_span(buf_span(&out));
		if (err == OK)
			err = zip_add(&w, zip->entries[i].name, &in,
			    i % 3 == 0);
		all = all && err == OK;
		buf_fini(&out);
	}
	if (zip_finish(&w) != OK)
		abort();
	zip_writer_fini(&w);
	return all;
}

static void
compare(struct zip *a, struct zip *b)
{
	for (size_t i = 0; i < a->entries_n; i++) {
		struct buf x, y;
		long j = zip_find(b, a->entries[i].name);

		if (j < 0 || read_entry(a, i, &x) != OK ||
		    read_entry(b, (size_t)j, &y) != OK || x.len != y.len ||
		    (x.len > 0 && memcmp(x.ptr, y.ptr, x.len) != 0))
			abort();
		buf_fini(&x);
		buf_fini(&y);
	}
}

static void
tolerant(struct span s, struct arena *arena, struct zip *strict)
{
	struct input in = input_span(s);
	struct zip zip;
	enum err err = zip_open(&zip, &in, ZIP_TOLERANT, arena);

	if (err != OK) {
		if (strict != NULL && err != ERR_LIMIT)
			abort();
		return;
	}
	if (strict != NULL)
		compare(strict, &zip);
	for (size_t i = 0; i < zip.entries_n; i++) {
		struct buf out;

		(void)read_entry(&zip, i, &out);
		buf_fini(&out);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(ARENA_BYTES_MAX);
	uint8_t *copy = malloc(size + 1);
	struct input in, again_in;
	struct zip zip, again;
	struct buf anew;
	bool same = false;

	if (arena == NULL || copy == NULL)
		abort();
	memcpy(copy, data, size);
	mend(copy, size);
	in = input_span((struct span){ copy, size });
	buf_init(&anew, 64u * 1024 * 1024);
	if (zip_open(&zip, &in, ZIP_STRICT, arena) == OK &&
	    zip.entries_n > 0 && rewrite(&zip, &anew)) {
		again_in = input_span(buf_span(&anew));
		if (zip_open(&again, &again_in, ZIP_STRICT, arena) != OK ||
		    again.entries_n != zip.entries_n || !verifies(&anew))
			abort();
		compare(&zip, &again);
		same = true;
	}
	tolerant((struct span){ copy, size }, arena, same ? &zip : NULL);
	buf_fini(&anew);
	free(copy);
	arena_free(arena);
	return 0;
}
