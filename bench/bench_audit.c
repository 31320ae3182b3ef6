/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The audit log: durable records a second by the size of the group that
 * shares a sync, beside the same bytes appended and synced without chain and
 * JSON (the floor of the disk), in turns; then the check of a long log. TSV:
 * what, group, records/s (median of the rounds, lowest, highest).
 *
 *	bench_audit FOLDER RECORDS
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../gateway/audit/audit_check.h"
#include "../gateway/audit/audit_file.h"
#include "../gateway/base/clock.h"
#include "../gateway/base/durable.h"

#define ROUNDS		5
#define GROUPS_N	4
#define ROUND_NS	1000000000ull

/* A mail's record, as the gateway writes it. */
static const char members[] = "\"receipt\":\"261127-KQY0-A80W\",\"outcome\":"
    "\"delivered\",\"kind\":\"mail\",\"route\":\"inbound\",\"generation\":1,"
    "\"received\":\"2026-11-27T23:00:29+09:00\",\"peer\":\"192.0.2.5\","
    "\"from\":\"a@example.jp\",\"to\":[{\"address\":\"soumu@town.example."
    "lg.jp\",\"result\":\"delivered\"}],\"bytes\":225,\"ms\":3.958,"
    "\"report\":{\"version\":1,\"receipt\":\"261127-KQY0-A80W\",\"outcome\":"
    "\"delivered\",\"policy\":\"standard\",\"generation\":1,\"input\":{"
    "\"bytes\":225,\"sha256\":\"0c2b1f0d5a3c0e5a9d7f3c1b8e6d4a2f0c2b1f0d5a3c"
    "0e5a9d7f3c1b8e6d4a2f\"},\"output\":{\"bytes\":1042,\"sha256\":\"7f3c1b8"
    "e6d4a2f0c2b1f0d5a3c0e5a9d7f3c1b8e6d4a2f0c2b1f0d5a3c0e5a9d\"},\"ms\":2."
    "1,\"flags\":[],\"parts\":[]}";

static void
need(enum err err, const struct diag *diag)
{
	if (err == OK)
		return;
	fprintf(stderr, "bench_audit: %s\n", diag->what);
	exit(1);
}

static double
run_ours(struct audit_file *file, unsigned group)
{
	uint64_t begin = clock_monotonic_ns(), now, n = 0;
	struct diag diag = { .what = "" };

	do {
		for (unsigned i = 0; i < group; i++)
			need(audit_file_add(file, AUDIT_MAIL, clock_wall_ms(),
			    span_str(members)), &diag);
		need(audit_file_sync(file, clock_wall_ms(), &diag), &diag);
		n += group;
	} while ((now = clock_monotonic_ns()) - begin < ROUND_NS);
	return (double)n * 1e9 / (double)(now - begin);
}

static double
run_floor(int fd, unsigned group)
{
	static char bytes[4096 * 1024];
	size_t len = (sizeof(members) + 150) * group;
	uint64_t begin = clock_monotonic_ns(), now, n = 0;
	struct diag diag = { .what = "" };

	do {
		need(write_all(fd, (struct span){ (uint8_t *)bytes, len },
		    &diag), &diag);
		need(durable_sync_file(fd, &diag), &diag);
		n += group;
	} while ((now = clock_monotonic_ns()) - begin < ROUND_NS);
	return (double)n * 1e9 / (double)(now - begin);
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void
print(const char *what, unsigned group, double *rates)
{
	qsort(rates, ROUNDS, sizeof(*rates), compare);
	printf("%s\t%u\t%.0f\t%.0f\t%.0f\n", what, group, rates[ROUNDS / 2],
	    rates[0], rates[ROUNDS - 1]);
}

static void
write_rates(struct audit_file *file, int dir)
{
	static const unsigned groups[GROUPS_N] = { 1, 16, 256, 2048 };
	double ours[ROUNDS], floor[ROUNDS];
	int fd = openat(dir, "floor", O_WRONLY | O_CREAT | O_APPEND, 0600);

	for (unsigned g = 0; g < GROUPS_N; g++) {
		for (unsigned i = 0; i < ROUNDS; i++) {
			floor[i] = run_floor(fd, groups[g]);
			ours[i] = run_ours(file, groups[g]);
		}
		print("append and sync (floor)", groups[g], floor);
		print("audit log", groups[g], ours);
	}
	close(fd);
	(void)unlinkat(dir, "floor", 0);
}

static void
check_rate(int dir, const struct audit_key *key)
{
	struct audit_check check;
	struct diag diag = { .what = "" };
	double rates[ROUNDS];

	for (unsigned i = 0; i < ROUNDS; i++) {
		uint64_t begin = clock_monotonic_ns();

		check = (struct audit_check){ .key = key };
		need(audit_check_folder(&check, dir, &diag), &diag);
		rates[i] = (double)check.bytes * 1e3 /
		    (double)(clock_monotonic_ns() - begin);
	}
	qsort(rates, ROUNDS, sizeof(*rates), compare);
	printf("verify, MB/s (%llu records, %llu MB, %llu findings)\t-\t%.0f"
	    "\t%.0f\t%.0f\n", (unsigned long long)check.records,
	    (unsigned long long)check.bytes / 1000000,
	    (unsigned long long)check.findings, rates[ROUNDS / 2], rates[0],
	    rates[ROUNDS - 1]);
}

int
main(int argc, char **argv)
{
	struct audit_key *key = audit_key_new();
	struct audit_found found;
	struct audit_file file;
	struct diag diag = { .what = "" };
	unsigned long n;
	int dir;

	if (argc != 3 || key == NULL)
		return 2;
	n = strtoul(argv[2], NULL, 10);
	dir = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	audit_file_init(&file, dir, key);
	need(audit_file_open(&file, &found, &diag), &diag);
	write_rates(&file, dir);
	while (file.head.seq < n) {
		for (unsigned i = 0; i < 2048; i++)
			need(audit_file_add(&file, AUDIT_MAIL,
			    clock_wall_ms(), span_str(members)), &diag);
		need(audit_file_sync(&file, clock_wall_ms(), &diag), &diag);
	}
	need(audit_file_sign(&file, clock_wall_ms(), &diag), &diag);
	check_rate(dir, key);
	audit_file_close(&file);
	audit_key_free(key);
	return 0;
}
