/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The image evaluator against the plainest of first-match evaluators, which
 * reads the ClassBench file itself and walks the rules one by one; nothing of
 * rules/ or bench/ is in it. What a rule decides it reads from the rule file.
 *
 *	classbench_match SET RULES PACKETS
 *
 * A third of the packets is random, a third is random inside a random rule,
 * a third has one field at an end of such a rule, or one beyond it. Rules about
 * port 0 alone are walked past: our language does not have them.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../gateway/base/log.h"
#include "../../rules/rules.h"

#define RULES_MAX	20000u
#define TEXT_MAX	(16u << 20)
#define TODAY		20779u	/* 2026-11-22; no rule has a date */
#define CHUNK_MAX	67u	/* of rules_decide_many(): no round number */
#define SHOWN_MAX	5u

/* Source, destination, ports, protocol: everything is a range. */
enum field { SRC, DST, SRC_PORT, DST_PORT, PROTOCOL, FIELDS };

struct rule {
	uint32_t	low[FIELDS];
	uint32_t	high[FIELDS];
};

static struct rule rules[RULES_MAX];
static int verdicts[RULES_MAX];		/* 1 allow, 0 deny, -1 not written */
static uint32_t rules_n;
static uint64_t state = 20261122;

static uint32_t
random_up_to(uint32_t high)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(((state >> 32) * ((uint64_t)high + 1)) >> 32);
}

/* ---- the naive evaluator ---- */

static void
read_prefix(const char *text, uint32_t *low, uint32_t *high)
{
	char *at = (char *)(uintptr_t)text;
	uint32_t address = 0;
	unsigned long len;

	for (unsigned i = 0; i < 4; i++, at++)
		address = address << 8 | (uint32_t)strtoul(at, &at, 10);
	len = strtoul(at, NULL, 10);
	*low = len == 0 ? 0 : address >> (32 - len) << (32 - len);
	*high = *low + (uint32_t)((1ull << (32 - len)) - 1);
}

static void
read_range(const char *text, uint32_t *low, uint32_t *high)
{
	char *end;

	*low = (uint32_t)strtoul(text, &end, 10);
	if (strncmp(end, " : ", 3) != 0)
		die(4, "ports: %s", text);
	*high = (uint32_t)strtoul(end + 3, NULL, 10);
}

static void
read_set(const char *path)
{
	FILE *f = fopen(path, "re");
	char line[256];

	if (f == NULL)
		die(4, "%s: cannot be read", path);
	while (fgets(line, sizeof(line), f) != NULL && rules_n < RULES_MAX) {
		struct rule *r = &rules[rules_n++];
		char *rest = line + 1, *word[6];

		for (unsigned i = 0; i < 6; i++)
			if ((word[i] = strsep(&rest, "\t")) == NULL)
				die(4, "%s: %s", path, line);
		read_prefix(word[0], &r->low[SRC], &r->high[SRC]);
		read_prefix(word[1], &r->low[DST], &r->high[DST]);
		read_range(word[2], &r->low[SRC_PORT], &r->high[SRC_PORT]);
		read_range(word[3], &r->low[DST_PORT], &r->high[DST_PORT]);
		r->low[PROTOCOL] = (uint32_t)strtoul(word[4], NULL, 16);
		r->high[PROTOCOL] = r->low[PROTOCOL];
		if (strstr(word[4], "/0x00") != NULL) {
			r->low[PROTOCOL] = 0;
			r->high[PROTOCOL] = 255;
		}
	}
	fclose(f);
}

static uint32_t
first_match(const uint32_t packet[FIELDS])
{
	for (uint32_t i = 0; i < rules_n; i++) {
		const struct rule *r = &rules[i];
		unsigned k = verdicts[i] == -1 ? FIELDS + 1 : 0;

		while (k < FIELDS && packet[k] - r->low[k] <=
		    r->high[k] - r->low[k])
			k++;
		if (k == FIELDS)
			return i;
	}
	return RULES_NONE;
}

/* ---- packets ---- */

static bool
has_ports(uint32_t protocol)
{
	return protocol == 6 || protocol == 17;
}

static void
random_packet(uint32_t packet[FIELDS])
{
	static const uint32_t usual[] = { 6, 17, 1, 47 };

	packet[SRC] = random_up_to(UINT32_MAX);
	packet[DST] = random_up_to(UINT32_MAX);
	packet[SRC_PORT] = random_up_to(UINT16_MAX);
	packet[DST_PORT] = random_up_to(UINT16_MAX);
	packet[PROTOCOL] = random_up_to(3) == 0 ? random_up_to(255) :
	    usual[random_up_to(3)];
}

static void
packet_inside(const struct rule *r, uint32_t packet[FIELDS])
{
	for (unsigned k = 0; k < FIELDS; k++)
		packet[k] = r->low[k] + random_up_to(r->high[k] - r->low[k]);
	if (r->low[PROTOCOL] != r->high[PROTOCOL] && random_up_to(1) == 0)
		packet[PROTOCOL] = random_up_to(1) == 0 ? 6 : 17;
}

/* One field at an end, or beyond it, where there is something beyond. */
static void
packet_at_edge(const struct rule *r, uint32_t packet[FIELDS])
{
	static const uint32_t highest[FIELDS] = { UINT32_MAX, UINT32_MAX,
	    UINT16_MAX, UINT16_MAX, UINT8_MAX };
	uint32_t k = random_up_to(FIELDS - 1);

	packet_inside(r, packet);
	switch (random_up_to(3)) {
	case 0:
		packet[k] = r->low[k];
		break;
	case 1:
		packet[k] = r->high[k];
		break;
	case 2:
		packet[k] = r->low[k] - (r->low[k] > 0);
		break;
	case 3:
		packet[k] = r->high[k] + (r->high[k] < highest[k]);
		break;
	}
}

static void
next_packet(uint64_t i, uint32_t packet[FIELDS])
{
	const struct rule *r = &rules[random_up_to(rules_n - 1)];

	if (i % 3 == 0)
		random_packet(packet);
	else if (i % 3 == 1)
		packet_inside(r, packet);
	else
		packet_at_edge(r, packet);
	if (!has_ports(packet[PROTOCOL])) {
		packet[SRC_PORT] = 0;
		packet[DST_PORT] = packet[PROTOCOL] == 1 ?
		    packet[DST_PORT] & 255 : 0;
	}
}

static void
to_rules_packet(const uint32_t packet[FIELDS], struct rules_packet *p)
{
	memset(p, 0, sizeof(*p));
	p->src.family = p->dst.family = 4;
	for (unsigned i = 0; i < 4; i++) {
		p->src.bytes[i] = (uint8_t)(packet[SRC] >> (24 - 8 * i));
		p->dst.bytes[i] = (uint8_t)(packet[DST] >> (24 - 8 * i));
	}
	p->in = RULES_NONE;
	p->protocol = (uint8_t)packet[PROTOCOL];
	p->src_port = (uint16_t)packet[SRC_PORT];
	p->dst_port = (uint16_t)packet[DST_PORT];
}

/* ---- the evaluator under test ---- */

/* The number in the name of a rule: "r17". */
static uint32_t
rule_number(const char *name)
{
	char *end;
	unsigned long n = strtoul(name + 1, &end, 10);

	if (name[0] != 'r' || *end != '"' || n >= rules_n)
		die(4, "the rule file has a rule \"%.10s", name);
	return (uint32_t)n;
}

static void
read_verdicts(char *text)
{
	for (uint32_t i = 0; i < rules_n; i++)
		verdicts[i] = -1;
	for (char *line = text; line != NULL && *line != '\0'; ) {
		char *next = strchr(line, '\n');

		if (strncmp(line, "allow local \"", 13) == 0)
			verdicts[rule_number(line + 13)] = 1;
		else if (strncmp(line, "deny \"", 6) == 0)
			verdicts[rule_number(line + 6)] = 0;
		line = next == NULL ? NULL : next + 1;
	}
	for (uint32_t i = 0; i < rules_n; i++)
		if (verdicts[i] == -1 && rules[i].high[DST_PORT] != 0)
			die(4, "the rule file has no rule \"r%u\"", i);
}

static struct rules_image *
compile(const char *path)
{
	static char text[TEXT_MAX];
	static struct buf bytes;	/* the image is a view on it */
	struct rules_image *image = NULL;
	struct rules_run *run;
	struct diag diag = { 0 };
	FILE *f = fopen(path, "re");
	size_t n;

	if (f == NULL || (n = fread(text, 1, sizeof(text) - 1, f)) == 0 ||
	    !feof(f))
		die(4, "%s: cannot be read", path);
	fclose(f);
	read_verdicts(text);
	run = rules_run_new(path, (struct span){ (uint8_t *)text, n }, NULL,
	    TODAY);
	buf_init(&bytes, (size_t)1 << 30);
	if (run == NULL || rules_run_errors(run) > 0 ||
	    rules_compile(run, &bytes) != OK)
		die(1, "%s: does not compile", path);
	rules_run_free(run);
	if (rules_image_open(buf_span(&bytes), &image, &diag) != OK ||
	    rules_image_prepare(image, &diag) != OK)
		die(1, "%s: our own image: %s", path, diag.what);
	return image;
}

static bool
agrees(const struct rules_image *image, uint32_t expected,
    const struct rules_decision *d)
{
	struct rules_flow flow;
	char name[16];

	if (expected == RULES_NONE)
		return !d->allow && d->rule == RULES_NONE &&
		    d->reason == RULES_NO_RULE;
	if (d->rule >= rules_flows(image) || d->reason != RULES_BY_RULE ||
	    d->allow != (verdicts[expected] == 1))
		return false;
	rules_flow(image, d->rule, &flow);
	snprintf(name, sizeof(name), "r%u", expected);
	return span_equal(flow.name, span_str(name)) &&
	    flow.allow == d->allow;
}

static void
show(const uint32_t p[FIELDS], uint32_t expected,
    const struct rules_decision *d)
{
	printf("%08x -> %08x ports %u -> %u protocol %u: the walk says r%d, "
	    "the image rule %d, reason %d, %s\n", p[SRC], p[DST], p[SRC_PORT],
	    p[DST_PORT], p[PROTOCOL], (int)expected, (int)d->rule,
	    (int)d->reason, d->allow ? "allow" : "deny");
}

static uint64_t
compare(const struct rules_image *image, uint64_t packets)
{
	uint64_t wrong = 0, matched = 0, allowed = 0;

	for (uint64_t i = 0; i < packets; ) {
		uint32_t p[CHUNK_MAX][FIELDS];
		struct rules_packet facts[CHUNK_MAX];
		struct rules_decision many[CHUNK_MAX], one;
		uint32_t n = 1 + random_up_to(CHUNK_MAX - 1);

		if (n > packets - i)
			n = (uint32_t)(packets - i);
		for (uint32_t k = 0; k < n; k++) {
			next_packet(i + k, p[k]);
			to_rules_packet(p[k], &facts[k]);
		}
		rules_decide_many(image, facts, n, many);
		for (uint32_t k = 0; k < n; k++) {
			uint32_t expected = first_match(p[k]);

			rules_decide(image, &facts[k], &one);
			matched += expected != RULES_NONE;
			allowed += one.allow;
			if (agrees(image, expected, &one) &&
			    agrees(image, expected, &many[k]))
				continue;
			if (wrong++ < SHOWN_MAX)
				show(p[k], expected, &one);
		}
		i += n;
	}
	printf("%u rules, %llu packets, %llu matched a rule, %llu allowed, "
	    "%llu wrong\n", rules_n, (unsigned long long)packets,
	    (unsigned long long)matched, (unsigned long long)allowed,
	    (unsigned long long)wrong);
	/* a test that only saw one kind of answer saw nothing */
	return wrong + (matched == 0) + (allowed == 0) + (allowed == matched);
}

int
main(int argc, char **argv)
{
	struct rules_image *image;

	log_init("classbench_match");
	if (argc != 4)
		die(2, "usage: classbench_match SET RULES PACKETS");
	read_set(argv[1]);
	if (rules_n == 0)
		die(4, "%s: no rules", argv[1]);
	image = compile(argv[2]);
	return compare(image, strtoull(argv[3], NULL, 10)) != 0;
}
