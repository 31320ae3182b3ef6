/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Archives of all kinds to the list of their files: whatever the bytes are,
 * there is no list or a whole one, of no more files and bytes than allowed.
 * Checksums of RAR headers are mended, or no change would get past them.
 */
#include <setjmp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zlib.h>

#include "../../../sanitizer/archive_read.h"
#include "../../../sanitizer/entries.h"
#include "../../../sanitizer/limits.h"
#include "../../../sanitizer/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__asan_default_options(void);
int __lsan_is_turned_off(void);

/* libarchive asks for what a header says; a child does not get that either. */
const char *
__asan_default_options(void)
{
	return "allocator_may_return_null=1:max_allocation_size_mb=400";
}

/*
 * libarchive ends the process where memory for a name is out. For a child
 * that is an end like any other; here the next input is taken, and what was
 * not freed does not count.
 */
static jmp_buf next_input;
static volatile bool inside, gave_up;

void
exit(int status)
{
	if (!inside)
		_exit(status);
	gave_up = true;
	longjmp(next_input, 1);
}

int
__lsan_is_turned_off(void)
{
	return gave_up;
}

static void
check_list(struct span list)
{
	struct input in = input_span(list);
	struct entries_reader r;
	struct entry entry;
	uint64_t bytes = 0;
	unsigned n = 0, flags;
	bool more = true;

	if (entries_open(&r, &in) != OK)
		abort();
	while (more) {
		if (entries_next(&r, &entry, &more, &flags) != OK)
			abort();
		bytes += more ? entry.bytes.len : 0;
		if (n++ > ARCHIVE_ENTRIES_MAX + 1 ||
		    entry.bytes.len > ARCHIVE_ENTRY_BYTES_MAX ||
		    bytes > ARCHIVE_BYTES_MAX)
			abort();
	}
}

static uint64_t
vint(const uint8_t *p, size_t len, size_t *used)
{
	uint64_t v = 0;

	for (*used = 0; *used < len && *used < 9; ) {
		v |= (uint64_t)(p[*used] & 0x7f) << 7 * *used;
		if ((p[(*used)++] & 0x80) == 0)
			break;
	}
	return v;
}

/* RAR 5: the first headers, as far as their lengths make sense. */
static void
mend_rar5(uint8_t *p, size_t size)
{
	size_t at = 8, used;

	for (unsigned n = 0; n < 4 && at + 8 < size; n++) {
		uint64_t len = vint(p + at + 4, size - at - 4, &used);
		uLong crc;

		if (len > size - at - 4 - used)
			return;
		crc = crc32(0, p + at + 4, (uInt)(used + len));
		for (unsigned i = 0; i < 4; i++)
			p[at + i] = (uint8_t)(crc >> 8 * i);
		at += 4 + used + (size_t)len;
	}
}

static void
mend_rar4(uint8_t *p, size_t size)
{
	size_t at = 7;

	for (unsigned n = 0; n < 4 && at + 7 < size; n++) {
		size_t len = (size_t)p[at + 5] | (size_t)p[at + 6] << 8;
		uLong crc;

		if (len < 7 || len > size - at)
			return;
		crc = crc32(0, p + at + 2, (uInt)len - 2);
		p[at] = (uint8_t)crc;
		p[at + 1] = (uint8_t)(crc >> 8);
		at += len;
	}
}

static void
run(enum part_kind kind, const struct input *in)
{
	struct convert_order order = { .task = CONVERT_ENTRIES,
	    .kind = kind };
	struct convert_result result = { 0 };
	struct sanitizer_policy policy;
	struct buf list;
	struct buf_sink sink;

	sanitizer_policy_standard(&policy);
	buf_init(&list, EXPANDED_BYTES_MAX + 4u * 1024 * 1024);
	buf_init(&result.removed, REMOVED_BYTES_MAX);
	buf_sink_init(&sink, &list);
	if (sanitizer_convert(&order, in, &policy, &sink.filter, &result) ==
	    OK)
		check_list(buf_span(&list));
	buf_fini(&result.removed);
	buf_fini(&list);
}

static enum part_kind
mend(uint8_t *bytes, size_t size)
{
	if (size > 8 && memcmp(bytes, "Rar!\x1a\7\1", 8) == 0)
		mend_rar5(bytes, size);
	else if (size > 7 && memcmp(bytes, "Rar!\x1a\7", 7) == 0)
		mend_rar4(bytes, size);
	return size > 2 && memcmp(bytes, "PK", 2) == 0 ? PART_ZIP :
	    PART_ARCHIVE;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t copy[1024 * 1024];
	struct input in = input_span((struct span){ copy, size });

	if (size > sizeof(copy))
		return 0;
	memcpy(copy, data, size);
	inside = true;
	if (setjmp(next_input) == 0)
		run(mend(copy, size), &in);
	inside = false;
	return 0;
}
