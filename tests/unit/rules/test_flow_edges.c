/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rules to ranges of destinations that begin and end at, before and behind
 * each edge of a leaf and a mid of the tables (flow_build.c): every address
 * of them is a class of its own, so that an edge that is off by one decides
 * wrongly on an address. Each rule has a port of its own: none hides another.
 */
#include <stdbool.h>

#include "../../../rules/image_internal.h"
#include "helper.h"

#define MACHINES	3200u		/* classes: more than three mids */
#define STARTS_LEAF	33u		/* one more than a leaf has */
#define STARTS_MID	33u		/* around the end of the first mid */
#define SOURCES		3u
#define PORT		1000u		/* of rule 0 */
#define FILLERS		900u
#define FILLER_PORTS	3200u
#define TEXT_BYTES	(1u << 20)

static const uint32_t lengths[] = { 1, 2, 31, 32, 33, 64, 65, 1023, 1024,
	1025, 2048, 2049 };

#define LENGTHS		(sizeof(lengths) / sizeof(lengths[0]))
#define RULES		((STARTS_LEAF + STARTS_MID) * LENGTHS)

static char text[TEXT_BYTES];
static size_t text_len;

static void PRINTF(1, 2)
say(const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text + text_len, sizeof(text) - text_len, fmt, ap);
	va_end(ap);
	assert_true(n >= 0 && (size_t)n < sizeof(text) - text_len);
	text_len += (size_t)n;
}

/* There are a few classes before machine 0. */
static uint32_t
start_of(uint32_t rule)
{
	uint32_t i = rule / LENGTHS;

	return i < STARTS_LEAF ? 1 + i : 1000 + i - STARTS_LEAF;
}

static uint32_t
end_of(uint32_t rule)
{
	return start_of(rule) + lengths[rule % LENGTHS];
}

/* Machine i is 10.2.0.0 + i. */
static void
say_all(void)
{
	text_len = 0;
	say("gateway \"gw1.town.example.lg.jp\"\n"
	    "segment left tier 2 interface eth0 network 10.1.0.0/16\n"
	    "segment right tier 2 interface eth1 network 10.2.0.0/16\n");
	for (uint32_t i = 0; i < SOURCES; i++)
		say("host a%u in left 10.1.0.%u\n", i, i);
	for (uint32_t i = 0; i < MACHINES; i++)
		say("host m%u in right 10.2.%u.%u\n", i, i >> 8, i & 255);
	for (uint32_t i = 0; i < RULES; i++) {
		uint32_t first = start_of(i), last = end_of(i) - 1;

		if (last > first)
			say("host g%u in right 10.2.%u.%u-10.2.%u.%u\n", i,
			    first >> 8, first & 255, last >> 8, last & 255);
		say("service s%u tcp %u\n", i, PORT + i);
		say("allow local \"r%u\" from a%u to %c%u service s%u\n", i,
		    i % SOURCES, last > first ? 'g' : 'm', last > first ? i :
		    first, i);
	}
	/* what no rule names is not a class */
	say("service each udp 53\n");
	for (uint32_t i = 0; i < MACHINES; i++)
		say("allow local \"each%u\" from a0 to m%u service each\n", i,
		    i);
}

/*
 * So many long lists, each of them different, that the lists of mids do not
 * move into the leaves: 20 rules to all machines, and one to each of some.
 */
static void
say_fillers(void)
{
	for (uint32_t i = 0; i < FILLER_PORTS; i++)
		say("service f%u udp %u\n", i, 1 + i);
	for (uint32_t i = 0; i < 20; i++)
		say("allow local \"all%u\" from a%u to right service f%u\n",
		    i, i % SOURCES, i);
	for (uint32_t i = 20; i < 20 + FILLERS; i++)
		for (uint32_t k = 0; k < SOURCES; k++)
			say("allow local \"m%u %u\" from a%u to m%u service "
			    "f%u\n", i, k, k, i, i);
}

static void
check_one(const struct rules_image *image, uint32_t rule, uint32_t source,
    uint32_t machine)
{
	struct rules_packet p = { .src = { 4, { 10, 1, 0, (uint8_t)source } },
	    .dst = { 4, { 10, 2, (uint8_t)(machine >> 8), (uint8_t)machine } },
	    .in = RULES_NONE, .protocol = 6, .src_port = 40000,
	    .dst_port = (uint16_t)(PORT + rule) };
	bool inside = source == rule % SOURCES && machine >= start_of(rule) &&
	    machine < end_of(rule);
	struct rules_decision one, many;

	rules_decide(image, &p, &one);
	rules_decide_many(image, &p, 1, &many);
	assert_int_equal(one.rule, inside ? rule : RULES_NONE);
	assert_int_equal(one.allow, inside);
	assert_int_equal(many.rule, one.rule);
	assert_int_equal(many.allow, one.allow);
}

static void
check_edges(const struct rules_image *image)
{
	for (uint32_t i = 0; i < RULES; i++)
		for (uint32_t s = 0; s < SOURCES; s++) {
			check_one(image, i, s, start_of(i) - 1);
			check_one(image, i, s, start_of(i));
			check_one(image, i, s, end_of(i) - 1);
			check_one(image, i, s, end_of(i));
		}
}

static void
a_rule_ends_where_its_range_ends(void **state)
{
	struct rules_image *image;
	struct buf bytes;

	(void)state;
	say_all();
	image = image_of(text, &bytes);
	assert_true(image->flow.one_list);
	assert_true(image->flow.dst_n4 > MACHINES);
	check_edges(image);
	rules_image_close(image);
	buf_fini(&bytes);
}

static void
so_it_does_where_lists_stay_above_leaves(void **state)
{
	struct rules_image *image;
	struct buf bytes;

	(void)state;
	say_all();
	say_fillers();
	image = image_of(text, &bytes);
	assert_false(image->flow.one_list);
	check_edges(image);
	rules_image_close(image);
	buf_fini(&bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rule_ends_where_its_range_ends),
		cmocka_unit_test(so_it_does_where_lists_stay_above_leaves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
