/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The floor of office files and archives: an archive read strictly, written
 * anew and verified, in this process, without a sandbox; beside them zlib
 * alone in memory, at several levels. TSV: what, bytes unpacked, MB/s of them
 * (median of the rounds, lowest, highest), bytes packed.
 *
 *	bench_zip FILE.zip
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "../gateway/base/arena.h"
#include "../gateway/base/clock.h"
#include "../gateway/verify/verify_zip.h"
#include "../sanitizer/limits.h"
#include "../sanitizer/zip.h"

#define ROUNDS		7
#define ENTRIES_MAX	100

static struct arena *arena;
static struct buf file, entries[ENTRIES_MAX], written, packed[ENTRIES_MAX];
static struct input in;
static struct zip zip;
static uint64_t unpacked;
static int level;

static void
need(bool is_true, const char *what)
{
	if (is_true)
		return;
	fprintf(stderr, "bench_zip: %s: %s\n", what, zip.why);
	exit(1);
}

static enum err
count_write(struct filter *f, struct span s)
{
	(void)f;
	(void)s;
	return OK;
}

static struct filter count = { count_write, NULL, NULL };

static size_t
run_read(void)
{
	for (size_t i = 0; i < zip.entries_n; i++)
		need(zip_read(&zip, i, &count) == OK, "read");
	return file.len;
}

static size_t
run_write(void)
{
	struct buf_sink sink;
	struct zip_writer w;

	buf_clear(&written);
	buf_sink_init(&sink, &written);
	need(zip_writer_init(&w, &sink.filter) == OK, "write");
	for (size_t i = 0; i < zip.entries_n; i++) {
		struct input bytes = input_span(buf_span(&entries[i]));

		need(zip_add(&w, zip.entries[i].name, &bytes, false) == OK,
		    "add");
	}
	need(zip_finish(&w) == OK, "finish");
	zip_writer_fini(&w);
	return written.len;
}

static enum err
verify_bytes(void *arg, struct span s, struct diag *diag)
{
	(void)arg;
	(void)s;
	(void)diag;
	return OK;
}

static enum err
verify_entry_end(void *arg, struct diag *diag)
{
	(void)arg;
	(void)diag;
	return OK;
}

static size_t
run_verify(void)
{
	static const struct unzip_reader reader = {
		verify_bytes, verify_bytes, verify_entry_end
	};
	static struct unzip unzip;

	unzip_init(&unzip, &reader, NULL);
	need(unzip_write(&unzip, buf_span(&written), NULL) == OK &&
	    unzip_end(&unzip, NULL) == OK, "verify");
	return written.len;
}

static size_t
run_deflate(void)
{
	size_t sum = 0;

	for (size_t i = 0; i < zip.entries_n; i++) {
		uLong room = compressBound(entries[i].len) + 64;
		z_stream z = { .next_in = entries[i].ptr };
		uint8_t *to;

		buf_clear(&packed[i]);
		need(buf_reserve(&packed[i], room, &to) == OK &&
		    deflateInit2(&z, level, Z_DEFLATED, -15, 8, 0) == Z_OK,
		    "deflate");
		z.avail_in = (uInt)entries[i].len;
		z.next_out = to;
		z.avail_out = (uInt)room;
		need(deflate(&z, Z_FINISH) == Z_STREAM_END, "deflate");
		packed[i].len = z.total_out;
		sum += z.total_out;
		deflateEnd(&z);
	}
	return sum;
}

static size_t
run_inflate(void)
{
	static uint8_t out[32 * 1024];
	size_t sum = 0;

	for (size_t i = 0; i < zip.entries_n; i++) {
		z_stream z = { .next_in = packed[i].ptr };
		int status;

		need(inflateInit2(&z, -15) == Z_OK, "inflate");
		z.avail_in = (uInt)packed[i].len;
		do {
			z.next_out = out;
			z.avail_out = sizeof(out);
			status = inflate(&z, Z_NO_FLUSH);
		} while (status == Z_OK);
		need(status == Z_STREAM_END, "inflate");
		sum += packed[i].len;
		inflateEnd(&z);
	}
	return sum;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void
measure(const char *what, size_t (*run)(void))
{
	double rate[ROUNDS];
	size_t bytes = run();	/* warm */

	for (unsigned i = 0; i < ROUNDS; i++) {
		uint64_t start = clock_monotonic_ns();

		(void)run();
		rate[i] = (double)unpacked * 1000 /
		    (double)(clock_monotonic_ns() - start);
	}
	qsort(rate, ROUNDS, sizeof(*rate), compare);
	printf("%s\t%llu\t%.0f\t%.0f\t%.0f\t%zu\n", what,
	    (unsigned long long)unpacked, rate[ROUNDS / 2], rate[0],
	    rate[ROUNDS - 1], bytes);
}

static void
load(const char *path)
{
	struct stat st;
	uint8_t *to;
	int fd = open(path, O_RDONLY);

	buf_init(&file, 1u << 30);
	need(fd != -1 && fstat(fd, &st) == 0 && buf_reserve(&file,
	    (size_t)st.st_size, &to) == OK &&
	    read(fd, to, (size_t)st.st_size) == st.st_size, path);
	file.len = (size_t)st.st_size;
	close(fd);
	in = input_span(buf_span(&file));
	arena = arena_new(ARENA_BYTES_MAX);
	need(arena != NULL && zip_open(&zip, &in, ZIP_STRICT, arena) == OK &&
	    zip.entries_n <= ENTRIES_MAX, path);
	buf_init(&written, 1u << 30);
	for (size_t i = 0; i < zip.entries_n; i++) {
		struct buf_sink sink;

		buf_init(&entries[i], 1u << 30);
		buf_init(&packed[i], 1u << 30);
		buf_sink_init(&sink, &entries[i]);
		need(zip_read(&zip, i, &sink.filter) == OK, path);
		unpacked += entries[i].len;
	}
}

int
main(int argc, char **argv)
{
	char name[32];

	if (argc != 2) {
		fprintf(stderr, "usage: bench_zip FILE.zip\n");
		return 2;
	}
	load(argv[1]);
	printf("what\tbytes\tMB/s\tlowest\thighest\tpacked\n");
	measure("zip_read", run_read);
	measure("zip_add", run_write);
	measure("verify_zip", run_verify);
	for (level = 1; level <= 9; level++) {
		snprintf(name, sizeof(name), "zlib deflate %d", level);
		measure(name, run_deflate);
	}
	level = 6;
	(void)run_deflate();
	measure("zlib inflate", run_inflate);
	arena_free(arena);
	return 0;
}
