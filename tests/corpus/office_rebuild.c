/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One office document through its converter, without a sandbox:
 *
 *	office_rebuild [-t] [-n TIMES] IN OUT
 *
 * -t makes text of it. What was removed goes to standard output, one kind a
 * line; -n repeats and prints the mean of the milliseconds to standard error.
 * Exit 0: rebuilt, 1: refused, the reason on standard error, 2: usage, 3: a
 * limit.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../../sanitizer/format_ooxml.h"
#include "../../sanitizer/report.h"

#define BYTES_MAX	(512u * 1024 * 1024)

static enum err
read_file(const char *path, struct buf *bytes)
{
	FILE *f = fopen(path, "rb");
	uint8_t *room;
	size_t n;

	if (f == NULL)
		return ERR_SYSTEM;
	do {
		if (buf_reserve(bytes, 65536, &room) != OK)
			break;
		n = fread(room, 1, 65536, f);
		bytes->len += n;
	} while (n > 0);
	fclose(f);
	return OK;
}

static double
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static enum err
run(bool text, const struct buf *bytes, struct buf *out,
    struct convert_result *result)
{
	struct input in = input_span(buf_span(bytes));
	struct buf_sink sink;

	buf_fini(&result->removed);
	buf_init(&result->removed, REMOVED_BYTES_MAX);
	buf_clear(out);
	buf_sink_init(&sink, out);
	return text ? format_ooxml_text(&in, NULL, &sink.filter, result) :
	    format_ooxml(&in, NULL, &sink.filter, result);
}

static void
show(struct span list)
{
	struct removed_item item;

	while (removed_next(&list, &item))
		printf("%.*s\t%" PRIu64 "\t%.*s\n", (int)item.what.len,
		    (const char *)item.what.ptr, item.count,
		    (int)item.where.len, (const char *)item.where.ptr);
}

int
main(int argc, char **argv)
{
	struct convert_result result = { 0 };
	struct buf bytes, out;
	unsigned long times = 1;
	bool text = false;
	enum err err = OK;
	double start;
	FILE *f;
	int c;

	while ((c = getopt(argc, argv, "tn:")) != -1) {
		if (c == 't')
			text = true;
		else if (c == 'n')
			times = strtoul(optarg, NULL, 10);
		else
			return 2;
	}
	buf_init(&bytes, BYTES_MAX);
	buf_init(&out, BYTES_MAX);
	if (argc - optind != 2 || read_file(argv[optind], &bytes) != OK)
		return 2;
	start = now_ms();
	for (unsigned long i = 0; i < times && err == OK; i++)
		err = run(text, &bytes, &out, &result);
	if (times > 1)
		fprintf(stderr, "%.3f ms\n",
		    (now_ms() - start) / (double)times);
	show(buf_span(&result.removed));
	if (err != OK) {
		fprintf(stderr, "%s: %s\n", err_name(err), result.reason);
		return err == ERR_LIMIT ? 3 : 1;
	}
	if ((f = fopen(argv[optind + 1], "wb")) == NULL ||
	    fwrite(out.ptr, 1, out.len, f) != out.len || fclose(f) != 0)
		return 2;
	buf_fini(&result.removed);
	buf_fini(&bytes);
	buf_fini(&out);
	return 0;
}
