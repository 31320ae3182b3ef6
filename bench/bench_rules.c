/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Packet decisions a second of one core's time: ours in batches and one by one,
 * DPDK's librte_acl and a plain scan of an array, on the same packets, in
 * rounds that take turns. Before that they must agree on every packet. Also
 * how long our text takes to become an image, and how large that is.
 *
 *	bench_rules [-l CORE] [-r ROUNDS] [-t SECONDS] [-A WHY] SET RULES NAME
 *
 * SET is a ClassBench filter set, RULES the same by classbench_rules, NAME
 * stands in the first column. -t: the alarm ends the program when librte_acl
 * takes longer to build. -A WHY: without librte_acl, for this reason.
 * TSV: NAME, rules, traffic or "-", what, median, lowest, highest, note.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../gateway/base/clock.h"
#include "../gateway/base/durable.h"
#include "../gateway/base/log.h"
#include "../rules/rules.h"
#include "rules_bench.h"

#define ROUNDS_MAX	99u
#define ROUND_NS	(150u * 1000 * 1000)
#define TRY_NS		(40u * 1000 * 1000)
#define TRIES		5u
#define ALGORITHMS_MAX	8u
#define LINEAR_CHECKED	(1u << 16)	/* it is slow with 100,000 rules */
#define SLOW_COMPILE_MS	4000
#define TODAY		20779u		/* 2026-11-22; no rule has a date */

static const char *name;
static unsigned rounds = 7, core, acl_seconds;
static struct filter_set set;
static uint64_t sum;		/* of results, so that none is left out */

static struct linear *linear;
static struct acl *acl;
static unsigned acl_best;	/* its fastest algorithm here */
static struct rules_image *image;

/* One traffic in the forms that the contenders read. */
static struct packet packets[PACKETS];
static struct rules_packet ours[PACKETS];
static struct tuple tuples[PACKETS];
static const uint8_t *pointers[PACKETS];

static void
print_row(const char *traffic, const char *what, const double *values,
    unsigned n, const char *note)
{
	printf("%s\t%u\t%s\t%s\t%.3f\t%.3f\t%.3f\t%s\n", name, set.n, traffic,
	    what, values[n / 2], values[0], values[n - 1], note);
	fflush(stdout);
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* ---- contenders: each decides n packets; the sum keeps it honest ---- */

static void
batch_many(unsigned first, unsigned n)
{
	struct rules_decision decisions[BATCH];

	rules_decide_many(image, &ours[first], n, decisions);
	sum += decisions[0].rule + decisions[n - 1].rule;
}

static void
batch_single(unsigned first, unsigned n)
{
	struct rules_decision decision;

	for (unsigned i = first; i < first + n; i++) {
		rules_decide(image, &ours[i], &decision);
		sum += decision.rule;
	}
}

static void
batch_acl(unsigned first, unsigned n)
{
	uint32_t rules[BATCH];

	if (!acl_classify(acl, acl_best, &pointers[first], rules, n))
		die(4, "librte_acl: %s", acl_algorithm(acl_best));
	sum += rules[0] + rules[n - 1];
}

static void
batch_linear(unsigned first, unsigned n)
{
	for (unsigned i = first; i < first + n; i++)
		sum += linear_classify(linear, &tuples[i]);
}

static struct contender {
	const char	*what;
	void		(*batch)(unsigned first, unsigned n);
	unsigned	 size;		/* of a batch */
	unsigned	 stride;	/* batches between looks at the clock */
	bool		 off;
	unsigned	 at;		/* the next packet */
	double		 rates[ROUNDS_MAX];	/* million a second */
} contenders[] = {
	{ "ours, batches of 256", batch_many, BATCH, 8, false, 0, { 0 } },
	{ "ours, batches of 32", batch_many, BATCH_SMALL, 64, false, 0,
	    { 0 } },
	{ "ours, one by one", batch_single, BATCH_SMALL, 64, false, 0, { 0 } },
	{ "librte_acl, batches of 256", batch_acl, BATCH, 8, false, 0, { 0 } },
	{ "librte_acl, batches of 32", batch_acl, BATCH_SMALL, 64, false, 0,
	    { 0 } },
	{ "linear scan", batch_linear, BATCH_SMALL, 1, false, 0, { 0 } },
};

#define CONTENDERS	(sizeof(contenders) / sizeof(contenders[0]))

static void
switch_off(void (*batch)(unsigned, unsigned), bool off)
{
	for (size_t i = 0; i < CONTENDERS; i++)
		if (contenders[i].batch == batch)
			contenders[i].off = off;
}

/* Of this thread: what others do on the core meanwhile does not count. */
static uint64_t
cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static double
run(struct contender *c, uint64_t ns)
{
	uint64_t start = cpu_ns(), now;
	uint64_t done = 0;

	do {
		for (unsigned i = 0; i < c->stride; i++) {
			c->batch(c->at, c->size);
			c->at = (c->at + c->size) % PACKETS;
		}
		done += c->stride * c->size;
		now = cpu_ns();
	} while (now - start < ns);
	return (double)done * 1000 / (double)(now - start);
}

/* ---- traffic and agreement ---- */

static void
address_of(uint32_t value, struct address *address)
{
	memset(address, 0, sizeof(*address));
	address->family = 4;
	value = htonl(value);
	memcpy(address->bytes, &value, 4);
}

static void
convert_packets(void)
{
	for (uint32_t i = 0; i < PACKETS; i++) {
		const struct packet *p = &packets[i];
		struct rules_packet *o = &ours[i];
		struct tuple *t = &tuples[i];

		memset(o, 0, sizeof(*o));
		address_of(p->src, &o->src);
		address_of(p->dst, &o->dst);
		o->in = RULES_NONE;
		o->protocol = t->protocol = p->protocol;
		o->src_port = p->src_port;
		o->dst_port = p->dst_port;
		t->src = htonl(p->src);
		t->dst = htonl(p->dst);
		t->src_port = htons(p->src_port);
		t->dst_port = htons(p->dst_port);
		pointers[i] = (const uint8_t *)t;
	}
}

/* What ours says as the others do: number from 1, 0 is none. */
static uint32_t
our_rule(const struct rules_decision *d)
{
	if (d->rule == RULES_NONE)
		return d->allow || d->reason != RULES_NO_RULE ? UINT32_MAX : 0;
	if (d->reason != RULES_BY_RULE || d->allow != filter_allows(d->rule))
		return UINT32_MAX;
	return d->rule + 1;
}

static void
check_agreement(const char *traffic)
{
	uint32_t differences = 0, compared = 0, none = 0, first = PACKETS;
	struct rules_decision many[BATCH], one;
	uint32_t acl_rules[BATCH];

	for (uint32_t i = 0; i < PACKETS; i++) {
		uint32_t n = 0, answers[4];

		if (i % BATCH == 0 && image != NULL)
			rules_decide_many(image, &ours[i], BATCH, many);
		if (i % BATCH == 0 && acl != NULL &&
		    !acl_classify(acl, acl_best, &pointers[i], acl_rules,
		    BATCH))
			die(4, "librte_acl");
		if (image != NULL) {
			rules_decide(image, &ours[i], &one);
			answers[n++] = our_rule(&one);
			answers[n++] = our_rule(&many[i % BATCH]);
		}
		if (acl != NULL)
			answers[n++] = acl_rules[i % BATCH];
		if (i < LINEAR_CHECKED)
			answers[n++] = linear_classify(linear, &tuples[i]);
		for (uint32_t k = 1; k < n; k++) {
			compared++;
			if (answers[k] == answers[0])
				continue;
			differences++;
			if (first == PACKETS)
				first = i;
		}
		none += n > 0 && answers[0] == 0;
	}
	printf("%s\t%u\t%s\tdisagreements\t%u\t%u\t%u\tof %u answers; %u of "
	    "%u packets matched no rule\n", name, set.n, traffic, differences,
	    differences, differences, compared, none, PACKETS);
	if (differences > 0)
		log_warn("%s: first disagreement: packet %u: %08x %08x %u %u "
		    "%u", name, first, packets[first].src, packets[first].dst,
		    packets[first].src_port, packets[first].dst_port,
		    packets[first].protocol);
}

/*
 * As DPDK's documentation advises: which is fastest is tried out, in turns
 * after a round that warms up, and the best median counts.
 */
static void
choose_algorithm(void)
{
	static struct contender trials[ALGORITHMS_MAX];
	uint32_t rules[BATCH];
	double best = 0;
	unsigned best_i = 0, n = 0;

	for (; n < ALGORITHMS_MAX && acl_algorithm(n) != NULL; n++)
		trials[n] = (struct contender){ "", batch_acl, BATCH, 8,
		    !acl_classify(acl, n, pointers, rules, BATCH), 0, { 0 } };
	for (unsigned try = 0; try <= TRIES; try++)
		for (acl_best = 0; acl_best < n; acl_best++)
			if (!trials[acl_best].off)
				trials[acl_best].rates[try == 0 ? 0 : try - 1]
				    = run(&trials[acl_best], TRY_NS);
	for (unsigned i = 0; i < n; i++) {
		qsort(trials[i].rates, TRIES, sizeof(double), by_size);
		if (trials[i].rates[TRIES / 2] > best) {
			best = trials[i].rates[TRIES / 2];
			best_i = i;
		}
	}
	acl_best = best_i;
}

static void
compare(const char *traffic,
    void (*make)(const struct filter_set *, struct packet *))
{
	make(&set, packets);
	convert_packets();
	if (acl != NULL)
		choose_algorithm();
	check_agreement(traffic);
	for (unsigned round = 0; round <= rounds; round++)
		for (size_t i = 0; i < CONTENDERS; i++) {
			struct contender *c = &contenders[i];

			/* the first round warms up, the next replaces it */
			if (!c->off)
				c->rates[round == 0 ? 0 : round - 1] =
				    run(c, ROUND_NS);
		}
	for (size_t i = 0; i < CONTENDERS; i++) {
		struct contender *c = &contenders[i];

		if (c->off)
			continue;
		qsort(c->rates, rounds, sizeof(double), by_size);
		print_row(traffic, c->what, c->rates, rounds,
		    c->batch == batch_acl ? acl_algorithm(acl_best) :
		    "million/s");
	}
}

/* ---- text to image ---- */

static void
read_file(const char *path, struct buf *bytes)
{
	struct stat st;
	struct diag diag;
	uint8_t *room;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd == -1 || fstat(fd, &st) == -1)
		die(4, "%s: %s", path, strerror(errno));
	buf_init(bytes, (size_t)st.st_size + 1);
	if (buf_reserve(bytes, (size_t)st.st_size, &room) != OK ||
	    pread_all(fd, room, (size_t)st.st_size, 0, &bytes->len, &diag) !=
	    OK)
		die(4, "%s: cannot be read", path);
	close(fd);
}

static void
say_refused(const char *path, const struct rules_run *refused)
{
	struct buf text;

	buf_init(&text, 65536);
	if (rules_run_findings(refused) > 0 && rules_finding_print(
	    rules_run_finding(refused, 0), &text) == OK)
		log_warn("%s: ours refuses the rules: %.*s", path,
		    (int)text.len, (const char *)text.ptr);
	buf_fini(&text);
}

/* Times; *bytes holds the image afterwards. False: the rules are refused. */
static bool
compile(const char *path, struct span text, struct buf *bytes)
{
	double parse_ms[ROUNDS_MAX], compile_ms[ROUNDS_MAX];
	unsigned n = 0;

	buf_init(bytes, (size_t)1 << 30);
	do {
		uint64_t start = clock_monotonic_ns(), parsed, compiled;
		struct rules_run *run = rules_run_new(path, text, NULL, TODAY);
		enum err err;

		if (run == NULL)
			die(4, "memory");
		parsed = clock_monotonic_ns();
		buf_clear(bytes);
		err = rules_compile(run, bytes);
		compiled = clock_monotonic_ns();
		if (err != OK) {
			say_refused(path, run);
			log_warn("%s: compile: %s", path, err_name(err));
			rules_run_free(run);
			return false;
		}
		rules_run_free(run);
		parse_ms[n] = (double)(parsed - start) / 1e6;
		compile_ms[n] = (double)(compiled - parsed) / 1e6;
	} while (compile_ms[n] < SLOW_COMPILE_MS && ++n < rounds);
	n = n == 0 ? 1 : n;
	qsort(parse_ms, n, sizeof(double), by_size);
	qsort(compile_ms, n, sizeof(double), by_size);
	print_row("-", "ours, parse and check", parse_ms, n, "ms");
	print_row("-", "ours, compile", compile_ms, n, "ms");
	return true;
}

static void
print_size(const char *what, size_t bytes, const char *note)
{
	double size = (double)bytes / 1000;

	print_row("-", what, &size, 1, note);
}

static void
open_ours(const char *path)
{
	static struct buf text, bytes;	/* the image is a view on it */
	struct diag diag = { 0 };

	read_file(path, &text);
	switch_off(batch_many, true);
	switch_off(batch_single, true);
	if (!compile(path, buf_span(&text), &bytes))
		return;
	if (rules_image_open(buf_span(&bytes), &image, &diag) != OK ||
	    rules_image_prepare(image, &diag) != OK)
		die(3, "%s: our own image: %s", path, diag.what);
	if (rules_flows(image) != set.n)
		die(3, "%s: %u rules of %u", path, rules_flows(image), set.n);
	switch_off(batch_many, false);
	switch_off(batch_single, false);
	print_size("ours, size of the image", bytes.len, "kB");
}

static void
open_acl(const char *why)
{
	uint64_t start = clock_monotonic_ns();
	double ms;

	alarm(acl_seconds);
	if (why == NULL)
		acl = acl_new(&set, core, &why);
	alarm(0);
	switch_off(batch_acl, acl == NULL);
	if (acl == NULL) {
		log_warn("%s: librte_acl: %s", name, why);
		print_size("librte_acl, not built", 0, why);
		return;
	}
	ms = (double)(clock_monotonic_ns() - start) / 1e6;
	print_row("-", "librte_acl, build", &ms, 1, "ms");
	print_size("librte_acl, size", acl_bytes(acl), "kB");
}

/* The highest core that we may use: the first ones serve interrupts. */
static void
pin(bool chosen)
{
	cpu_set_t cpus;

	if (!chosen && sched_getaffinity(0, sizeof(cpus), &cpus) == 0)
		for (unsigned i = 0; i < CPU_SETSIZE; i++)
			if (CPU_ISSET(i, &cpus))
				core = i;
	CPU_ZERO(&cpus);
	CPU_SET(core, &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus) == -1)
		die(2, "core %u: %s", core, strerror(errno));
}

int
main(int argc, char **argv)
{
	static const char usage[] =
	    "usage: bench_rules [-l CORE] [-r ROUNDS] [-t SECONDS] [-A WHY] "
	    "SET RULES NAME";
	const char *why = NULL;
	bool chosen = false;
	int option;

	log_init("bench_rules");
	while ((option = getopt(argc, argv, "l:r:t:A:")) != -1)
		switch (option) {
		case 'l':
			core = (unsigned)strtoul(optarg, NULL, 10);
			chosen = true;
			break;
		case 'r':
			rounds = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 't':
			acl_seconds = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'A':
			why = optarg;
			break;
		default:
			die(2, usage);
		}
	if (argc - optind != 3 || rounds == 0 || rounds > ROUNDS_MAX)
		die(2, usage);
	name = argv[optind + 2];
	pin(chosen);
	filter_set_read(&set, argv[optind]);
	linear = linear_new(&set);
	open_ours(argv[optind + 1]);
	print_size("linear scan, size", linear_bytes(linear), "kB");
	open_acl(why);
	compare("uniform", traffic_uniform);
	compare("skewed", traffic_skewed);
	return sum == 0;
}
