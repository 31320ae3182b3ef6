/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A log as a year of a town leaves it, by the gateway's own writer: mails with
 * their reports, flows, a few others; and the time of a command.
 *
 *	bench_search make FOLDER RECORDS [TABLE]   more records behind those
 *	    that are there, ending now; TABLE gets what they are found by, too
 *	bench_search time ROUNDS COMMAND...   ms: median, lowest, highest
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../gateway/audit/audit_file.h"
#include "../gateway/base/clock.h"
#include "../gateway/base/receipt.h"

#define YEAR_MS		(365ull * 86400 * 1000)
#define GROUP		2048
#define ROUNDS_MAX	1000
#define SENDERS		400000u
#define DOMAINS		20000u
#define STAFF		800u
#define HOSTS		2000u
#define RULES		200u

static uint64_t seed = 88172645463325252ull;
static uint64_t last_receipt;
static FILE *table;

static uint32_t
chance(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)((seed >> 11) % n);
}

/* Few are met often, many rarely. */
static uint32_t
uneven(uint32_t n)
{
	return chance(chance(n) + 1);
}

static void
need(enum err err, const struct diag *diag)
{
	if (err == OK)
		return;
	fprintf(stderr, "bench_search: %s %s\n", err_name(err), diag->what);
	exit(1);
}

static void
row(uint64_t seq, const char *type, const char *receipt, const char *from,
    const char *to, const char *address, const char *outcome)
{
	if (table != NULL)
		fprintf(table, "%" PRIu64 "\t%s\t%s\t%s\t%s\t%s\t%s\n", seq,
		    type, receipt, from, to, address, outcome);
}

static int
mail(char *text, size_t len, uint64_t seq, uint64_t wall_ms)
{
	static const char *const outcomes[] = { "held", "bounced", "expired",
		"delivered" };
	const char *outcome = outcomes[chance(50) < 3 ? chance(3) : 3];
	char receipt[RECEIPT_TEXT_BYTES], from[64], to[64], peer[16];
	char time[CLOCK_TEXT_BYTES], hash[2][17];
	uint32_t sender = uneven(SENDERS);

	last_receipt = receipt_next(last_receipt, wall_ms - chance(3000));
	receipt_text(last_receipt, receipt);
	clock_rfc3339(receipt_time_ms(last_receipt), time, sizeof(time));
	snprintf(from, sizeof(from), "user%u@company%u.example.jp", sender,
	    sender % DOMAINS);
	snprintf(to, sizeof(to), "staff%u@town.example.lg.jp", uneven(STAFF));
	snprintf(peer, sizeof(peer), "192.0.2.%u", 5 + chance(2));
	for (unsigned i = 0; i < 2; i++)
		snprintf(hash[i], sizeof(hash[i]), "%08x%08x",
		    chance(UINT32_MAX), chance(UINT32_MAX));
	row(seq, "mail", receipt, from, to, peer, outcome);
	return snprintf(text, len, "\"receipt\":\"%s\",\"outcome\":\"%s\","
	    "\"kind\":\"mail\",\"route\":\"inbound\",\"generation\":%u,"
	    "\"received\":\"%s\",\"peer\":\"%s\",\"from\":\"%s\","
	    "\"to\":[{\"address\":\"%s\",\"result\":\"%s\"}],\"bytes\":%u,"
	    "\"ms\":%u.%03u,\"report\":{\"version\":1,\"receipt\":\"%s\","
	    "\"outcome\":\"%s\",\"policy\":\"standard\",\"generation\":1,"
	    "\"input\":{\"bytes\":%u,\"sha256\":\"%s%s%s%s\"},\"output\":{"
	    "\"bytes\":%u,\"sha256\":\"%s%s%s%s\"},\"ms\":%u.1,\"flags\":[],"
	    "\"parts\":[{\"path\":\"1\",\"type\":\"text/plain\",\"action\":"
	    "\"rebuilt\",\"removed\":[]}]}", receipt, outcome, 1 + chance(9),
	    time, peer, from, to, outcome, chance(4000000), chance(90),
	    chance(1000), receipt, outcome, chance(4000000), hash[0], hash[1],
	    hash[0], hash[1], chance(4000000), hash[1], hash[0], hash[1],
	    hash[0], chance(90));
}

static int
flow(char *text, size_t len, uint64_t seq, uint64_t wall_ms)
{
	uint32_t host = uneven(HOSTS), rule = uneven(RULES);
	char src[24], dst[24];

	snprintf(src, sizeof(src), "10.20.%u.%u", host / 250,
	    1 + host % 250);
	snprintf(dst, sizeof(dst), "198.51.%u.%u", uneven(256), uneven(256));
	row(seq, "flow", "", "", "", src, "");
	return snprintf(text, len, "\"flow\":{\"start_ms\":%" PRIu64
	    ",\"end_ms\":%" PRIu64 ",\"duration_ms\":%u,\"rule\":"
	    "\"town.rules:%u\",\"name\":\"rule-%u\",\"class\":\"web\","
	    "\"in\":\"eth1\",\"out\":\"eth0\",\"protocol\":\"tcp\",\"src\":"
	    "\"%s\",\"src_port\":%u,\"dst\":\"%s\",\"dst_port\":443,"
	    "\"packets_there\":%u,\"bytes_there\":%u,\"packets_back\":%u,"
	    "\"bytes_back\":%u,\"generation\":1}", wall_ms - 900, wall_ms,
	    900u, 20 + rule, rule, src, 1024 + chance(60000), dst,
	    chance(1000), chance(100000), chance(1000), chance(1000000));
}

static int
other(char *text, size_t len, uint64_t seq)
{
	row(seq, "admin", "", "", "", "", "cut");
	return snprintf(text, len, "\"act\":\"cut\",\"kind\":\"segment\","
	    "\"name\":\"internet\",\"by\":\"root\",\"uid\":0,\"reason\":"
	    "\"trial %u\"", chance(1000));
}

static int
make(const char *folder, uint64_t n)
{
	struct audit_key *key = audit_key_new();
	uint64_t now = clock_wall_ms(), begin = now - YEAR_MS, ms = 0;
	struct audit_found found;
	struct audit_file file;
	struct diag diag = { .what = "" };
	char text[4096];

	audit_file_init(&file, open(folder, O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC), key);
	need(audit_file_open(&file, &found, &diag), &diag);
	if (file.head.seq > 0)
		begin = now;		/* only a little more */
	seed += file.head.seq;
	for (uint64_t i = 0; i < n; i++) {
		uint64_t seq = file.next.seq + 1;
		uint32_t kind = chance(1000);
		int len;

		ms = begin + (now - begin) / n * i;
		len = kind < 600 ? mail(text, sizeof(text), seq, ms) :
		    kind < 999 ? flow(text, sizeof(text), seq, ms) :
		    other(text, sizeof(text), seq);
		need(audit_file_add(&file, kind < 600 ? AUDIT_MAIL :
		    kind < 999 ? AUDIT_FLOW : AUDIT_ADMIN, ms, (struct span){
		    (uint8_t *)text, (size_t)len }), &diag);
		if (i % GROUP == GROUP - 1 || i + 1 == n)
			need(audit_file_sync(&file, ms, &diag), &diag);
	}
	need(audit_file_sign(&file, ms, &diag), &diag);
	audit_file_close(&file);
	audit_key_free(key);
	return 0;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int
measure(unsigned rounds, char **argv)
{
	static double ms[ROUNDS_MAX];
	int status = 0;

	for (unsigned i = 0; i < rounds; i++) {
		uint64_t begin = clock_monotonic_ns();
		pid_t pid = fork();

		if (pid == 0) {
			int null = open("/dev/null", O_WRONLY);

			(void)dup2(null, STDOUT_FILENO);
			execvp(argv[0], argv);
			_exit(127);
		}
		if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) ||
		    WEXITSTATUS(status) > 1)
			return 1;
		ms[i] = (double)(clock_monotonic_ns() - begin) / 1e6;
	}
	qsort(ms, rounds, sizeof(*ms), compare);
	printf("%.1f\t%.1f\t%.1f\n", ms[rounds / 2], ms[0], ms[rounds - 1]);
	return 0;
}

int
main(int argc, char **argv)
{
	unsigned long n = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;

	if (argc >= 4 && strcmp(argv[1], "time") == 0 && n > 0 &&
	    n <= ROUNDS_MAX)
		return measure((unsigned)n, argv + 3);
	if (argc < 4 || strcmp(argv[1], "make") != 0)
		return 2;
	if (argc > 4)
		table = fopen(argv[4], "a");
	return make(argv[2], strtoull(argv[3], NULL, 10)) != 0 ||
	    (table != NULL && fclose(table) != 0);
}
