/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of flows: what is counted, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../../gateway/packet/packet_flow.h"

#define RULES	8

static int
set_up(void **state)
{
	struct packet_flows *flows = packet_flow_new();
	struct diag diag;

	assert_non_null(flows);
	assert_int_equal(packet_flow_rules(flows, RULES, &diag), OK);
	*state = flows;
	return 0;
}

static int
tear_down(void **state)
{
	packet_flow_free(*state);
	return 0;
}

static struct packet_flow_key
key(uint32_t source, uint32_t n)
{
	struct packet_flow_key k = { .protocol = 6, .dst_port = 443 };

	k.src.family = k.dst.family = 4;
	memcpy(k.src.bytes, &source, sizeof(source));
	memcpy(k.dst.bytes, &n, sizeof(n));
	k.src_port = (uint16_t)(n >> 8);
	return k;
}

static struct packet_flow *
add(struct packet_flows *flows, struct packet_flow_key k, uint32_t rule)
{
	struct packet_flow *flow;

	assert_int_equal(packet_flow_add(flows, &k, FLOW_ALLOWED, rule, 0,
	    &flow), FLOW_TAKEN);
	assert_non_null(flow);
	return flow;
}

static void
a_flow_is_found_by_all_of_its_key(void **state)
{
	struct packet_flows *flows = *state;
	struct packet_flow_key k = key(1, 1), other;
	struct packet_flow *flow = add(flows, k, 0);

	assert_ptr_equal(packet_flow_find(flows, &k), flow);
	for (unsigned i = 0; i < 5; i++) {
		other = k;
		if (i == 0)
			other.src.bytes[3] ^= 1;
		else if (i == 1)
			other.dst.bytes[0] ^= 1;
		else if (i == 2)
			other.src_port++;
		else if (i == 3)
			other.dst_port++;
		else
			other.protocol = 17;
		assert_null(packet_flow_find(flows, &other));
	}
	packet_flow_remove(flows, flow);
	assert_null(packet_flow_find(flows, &k));
	assert_int_equal(packet_flow_n(flows), 0);
}

static void
a_rule_has_no_more_flows_than_its_limit(void **state)
{
	struct packet_flows *flows = *state;
	struct packet_flow *flow[3], *none;
	struct packet_flow_key k = key(9, 9);

	for (uint32_t i = 0; i < 3; i++)
		flow[i] = add(flows, key(i, i), 5);
	assert_int_equal(packet_flow_of_rule(flows, 5), 3);
	assert_int_equal(packet_flow_add(flows, &k, FLOW_ALLOWED, 5, 3,
	    &none), FLOW_RULE_FULL);
	assert_null(none);
	packet_flow_remove(flows, flow[1]);
	assert_int_equal(packet_flow_add(flows, &k, FLOW_ALLOWED, 5, 3,
	    &none), FLOW_TAKEN);
}

static void
a_source_has_no_more_flows_than_the_limit(void **state)
{
	struct packet_flows *flows = *state;
	struct packet_flow_key k = key(7, FLOWS_PER_SOURCE_MAX);
	struct packet_flow *flow, *first = NULL;

	for (uint32_t i = 0; i < FLOWS_PER_SOURCE_MAX; i++) {
		flow = add(flows, key(7, i), 0);
		if (i == 0)
			first = flow;
	}
	assert_int_equal(packet_flow_add(flows, &k, FLOW_ALLOWED, 0, 0,
	    &flow), FLOW_SOURCE_FULL);
	add(flows, key(8, 1), 0);	/* another source is not concerned */
	packet_flow_remove(flows, first);
	add(flows, k, 0);
}

/* Also that all places come back: the table is filled twice. */
static void
a_full_table_refuses_and_recovers(void **state)
{
	struct packet_flows *flows = *state;
	struct packet_flow_key k = key(1u << 30, 1);
	struct packet_flow *flow;

	for (unsigned round = 0; round < 2; round++) {
		for (uint32_t i = 0; i < FLOWS_MAX; i++)
			add(flows, key(i % FLOW_SOURCES_MAX, i), i % RULES);
		assert_int_equal(packet_flow_n(flows), FLOWS_MAX);
		assert_int_equal(packet_flow_add(flows, &k, FLOW_ALLOWED, 0,
		    0, &flow), FLOW_TABLE_FULL);
		for (uint32_t i = 0; i < FLOWS_MAX; i++) {
			flow = packet_flow_at(flows, i);
			assert_non_null(flow);
			packet_flow_remove(flows, flow);
		}
		assert_int_equal(packet_flow_n(flows), 0);
		for (uint32_t i = 0; i < RULES; i++)
			assert_int_equal(packet_flow_of_rule(flows, i), 0);
	}
}

static void
too_many_sources_are_refused(void **state)
{
	struct packet_flows *flows = *state;
	struct packet_flow_key k = key(FLOW_SOURCES_MAX, 0);
	struct packet_flow *flow;

	for (uint32_t i = 0; i < FLOW_SOURCES_MAX; i++)
		add(flows, key(i, i), 0);
	assert_int_equal(packet_flow_add(flows, &k, FLOW_ALLOWED, 0, 0,
	    &flow), FLOW_TABLE_FULL);
	/* the same source, once more: no new place for it */
	k = key(1, 77777);
	add(flows, k, 0);
}

static void
inspected_flows_are_kept_by_age(void **state)
{
	struct packet_flows *flows = *state;
	struct packet_flow *flow[4];

	assert_null(packet_flow_oldest(flows));
	for (uint32_t i = 0; i < 4; i++) {
		flow[i] = add(flows, key(i, i), 0);
		packet_flow_set_state(flows, flow[i], FLOW_INSPECTED);
	}
	assert_ptr_equal(packet_flow_oldest(flows), flow[0]);
	packet_flow_set_state(flows, flow[1], FLOW_ALLOWED);
	packet_flow_remove(flows, flow[0]);
	assert_ptr_equal(packet_flow_oldest(flows), flow[2]);
	packet_flow_set_state(flows, flow[2], FLOW_CUT);
	assert_ptr_equal(packet_flow_oldest(flows), flow[3]);
	packet_flow_set_state(flows, flow[3], FLOW_ALLOWED);
	assert_null(packet_flow_oldest(flows));
}

static void
new_rules_count_anew(void **state)
{
	struct packet_flows *flows = *state;
	struct packet_flow *one = add(flows, key(1, 1), 3);
	struct packet_flow *two = add(flows, key(2, 2), 3);
	struct diag diag;

	assert_int_equal(packet_flow_rules(flows, 100, &diag), OK);
	assert_int_equal(packet_flow_of_rule(flows, 3), 0);
	assert_true(packet_flow_count(flows, one, 99, 1));
	assert_false(packet_flow_count(flows, two, 99, 1));
	assert_int_equal(packet_flow_of_rule(flows, 99), 1);
	packet_flow_remove(flows, two);		/* counted for none */
	assert_int_equal(packet_flow_of_rule(flows, 99), 1);
	packet_flow_remove(flows, one);
	assert_int_equal(packet_flow_of_rule(flows, 99), 0);
}

static void
a_place_that_is_used_again_has_another_serial(void **state)
{
	struct packet_flows *flows = *state;
	struct packet_flow *flow = add(flows, key(1, 1), 0);
	uint32_t index = packet_flow_index(flows, flow);
	uint32_t serial = flow->serial;

	packet_flow_remove(flows, flow);
	assert_null(packet_flow_at(flows, index));
	flow = add(flows, key(2, 2), 0);
	assert_int_equal(packet_flow_index(flows, flow), index);
	assert_int_not_equal(flow->serial, serial);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_flow_is_found_by_all_of_its_key),
		TEST(a_rule_has_no_more_flows_than_its_limit),
		TEST(a_source_has_no_more_flows_than_the_limit),
		TEST(a_full_table_refuses_and_recovers),
		TEST(too_many_sources_are_refused),
		TEST(inspected_flows_are_kept_by_age),
		TEST(new_rules_count_anew),
		TEST(a_place_that_is_used_again_has_another_serial),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
