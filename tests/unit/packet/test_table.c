/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What holds for any table: its words are closed in themselves, and what no
 * rule can join is not there. The text as a whole is in tests/golden/table.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../../gateway/packet/mark.h"
#include "../../../gateway/packet/table.h"

#define SEGMENTS	3
#define NAME		"abcdefghijklmnopqrstuvwxyz-0123456789_" \
			"ABCDEFGHIJKLMNOPQRSTUVWX"

static struct network networks[SEGMENTS][8];
static struct table_segment segments[SEGMENTS];
static struct table_facts facts;

static int
set_up(void **state)
{
	static const char *const names[] = { NAME "0", NAME "1", NAME "2" };
	static const char *const interfaces[] = { "eth0", "eth1", "eth2" };
	char text[ADDRESS_TEXT_BYTES];

	(void)state;
	for (unsigned i = 0; i < SEGMENTS; i++) {
		segments[i] = (struct table_segment){ .name = names[i],
		    .interface_name = interfaces[i], .tier = (uint8_t)(i + 1),
		    .any = i == 2, .networks = networks[i],
		    .networks_n = i == 2 ? 0 : 8 };
		for (unsigned k = 0; k < 8; k++) {
			snprintf(text, sizeof(text), "10.%u.%u.0/24", i, k);
			assert_true(network_parse(span_str(text),
			    &networks[i][k]));
		}
	}
	facts = (struct table_facts){ .epoch = 1, .segments = segments,
	    .segments_n = SEGMENTS };
	return 0;
}

/* The table, with a NUL behind it. */
static const char *
text_of(struct buf *out)
{
	struct diag diag;

	buf_init(out, TABLE_BYTES_MAX);
	assert_int_equal(table_write(&facts, out, &diag), OK);
	assert_int_equal(buf_add_byte(out, 0), OK);
	return (const char *)out->ptr;
}

/* Each word behind `before` must be declared as "\t<kind> WORD {". */
static void
all_declared(const char *text, const char *before, const char *kind)
{
	char word[256], line[300];
	unsigned n = 0;

	for (const char *at = text; (at = strstr(at, before)) != NULL;) {
		at += strlen(before);
		snprintf(word, sizeof(word), "%.*s",
		    (int)strcspn(at, " ,\n\""), at);
		if (strcmp(word, "iifname") == 0 ||
		    strcmp(word, "oifname") == 0)
			continue;	/* by a map */
		snprintf(line, sizeof(line), "\n\t%s %s {\n", kind, word);
		if (strstr(text, line) == NULL)
			print_error("%s %s is not there\n", kind, word);
		assert_non_null(strstr(text, line));
		n++;
	}
	assert_true(n > 0);
}

static void
what_is_named_is_there(void **state)
{
	struct buf out;
	const char *text = text_of(&out);

	(void)state;
	all_declared(text, "goto ", "chain");
	all_declared(text, "jump ", "chain");
	all_declared(text, "counter name ", "counter");
	all_declared(text, " : \"", "counter");
	all_declared(text, "vmap @", "map");
	all_declared(text, "iifname map @", "map");
	all_declared(text, "saddr @", "set");
	buf_fini(&out);
}

static void
every_hook_drops_what_no_rule_takes(void **state)
{
	struct buf out;
	const char *text = text_of(&out);
	unsigned hooks = 0;

	(void)state;
	for (const char *at = text; (at = strstr(at, " hook ")) != NULL;
	    at++, hooks++)
		assert_memory_equal(at + strcspn(at, ";"), "; policy drop;\n",
		    15);
	assert_int_equal(hooks, 5);
	buf_fini(&out);
}

static void
tiers_1_and_3_are_not_joined_whatever_the_order(void **state)
{
	struct buf out;
	const char *text;

	(void)state;
	for (unsigned turn = 0; turn < 2; turn++) {
		text = text_of(&out);
		assert_null(strstr(text, "\"eth0\" . \"eth2\""));
		assert_null(strstr(text, "\"eth2\" . \"eth0\""));
		assert_non_null(strstr(text, "\"eth0\" . \"eth1\""));
		assert_non_null(strstr(text, "\"eth2\" . \"eth1\""));
		segments[0].tier = 3;
		segments[2].tier = 1;
		buf_fini(&out);
	}
}

static void
a_segment_that_is_cut_is_in_no_pair(void **state)
{
	struct buf out;
	const char *text;

	(void)state;
	segments[1].cut = true;
	text = text_of(&out);
	assert_null(strstr(text, "\"eth1\" . \""));
	assert_null(strstr(text, "\" . \"eth1\""));
	buf_fini(&out);
}

/* The end of the line that begins with what is at. */
static size_t
line(const char *at)
{
	return strcspn(at, "\n");
}

static void
what_is_logged_was_dropped_and_is_limited(void **state)
{
	struct buf out;
	const char *text, *chain = NULL;
	unsigned logs = 0;

	(void)state;
	facts.log = true;
	text = text_of(&out);
	for (const char *at = text; *at != '\0'; at += line(at) + 1) {
		const char *log = strstr(at, " log ");
		const char *limit = strstr(at, " limit rate ");

		if (strncmp(at, "\tchain ", 7) == 0)
			chain = at;
		if (log == NULL || log >= at + line(at))
			continue;
		logs++;
		assert_non_null(chain);
		assert_memory_equal(chain, "\tchain drop.", 12);
		assert_true(limit != NULL && limit < log);
	}
	/* 6 of all and 6 of each segment, interface, output */
	assert_int_equal(logs, 6 * SEGMENTS + 6 * SEGMENTS + 2);
	buf_fini(&out);
}

static void
without_a_log_in_the_kernel_there_is_none(void **state)
{
	struct buf out;

	(void)state;
	assert_null(strstr(text_of(&out), " log "));
	buf_fini(&out);
}

static void
the_queue_is_left_to_the_loader(void **state)
{
	struct buf out;
	const char *text = text_of(&out);

	(void)state;
	assert_non_null(strstr(text, "\tchain " TABLE_QUEUE_CHAIN " {\n\t}\n"));
	assert_null(strstr(text, "bypass"));
	buf_fini(&out);
}

static void
same_facts_give_the_same_bytes(void **state)
{
	struct buf one, two;

	(void)state;
	text_of(&one);
	text_of(&two);
	assert_true(span_equal(buf_span(&one), buf_span(&two)));
	buf_fini(&one);
	buf_fini(&two);
}

static void
a_buffer_that_is_full_is_a_limit(void **state)
{
	struct diag diag;
	struct buf out;
	size_t whole;

	(void)state;
	text_of(&out);
	whole = out.len - 1;
	buf_fini(&out);
	for (size_t max = 0; max < whole; max += 97) {
		buf_init(&out, max);
		assert_int_equal(table_write(&facts, &out, &diag), ERR_LIMIT);
		buf_fini(&out);
	}
	buf_init(&out, whole);
	assert_int_equal(table_write(&facts, &out, &diag), OK);
	buf_fini(&out);
}

static void
every_epoch_is_told_from_the_one_before(void **state)
{
	char wanted[64];
	struct buf out;

	(void)state;
	for (uint32_t epoch = 1; epoch < MARK_EPOCH_N; epoch += 73) {
		facts.epoch = epoch;
		snprintf(wanted, sizeof(wanted),
		    "ct mark and 0xfff00000 == 0x%08x iifname",
		    mark_make(MARK_ALLOW, epoch, 0));
		assert_non_null(strstr(text_of(&out), wanted));
		buf_fini(&out);
	}
}

static void
too_many_segments_are_a_limit(void **state)
{
	struct diag diag;
	struct buf out;

	(void)state;
	facts.segments_n = TABLE_SEGMENTS_MAX + 1;
	buf_init(&out, TABLE_BYTES_MAX);
	assert_int_equal(table_write(&facts, &out, &diag), ERR_LIMIT);
	assert_int_equal(out.len, 0);
	buf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_is_named_is_there, set_up),
		cmocka_unit_test_setup(every_hook_drops_what_no_rule_takes,
		    set_up),
		cmocka_unit_test_setup(
		    tiers_1_and_3_are_not_joined_whatever_the_order, set_up),
		cmocka_unit_test_setup(a_segment_that_is_cut_is_in_no_pair,
		    set_up),
		cmocka_unit_test_setup(
		    what_is_logged_was_dropped_and_is_limited, set_up),
		cmocka_unit_test_setup(
		    without_a_log_in_the_kernel_there_is_none, set_up),
		cmocka_unit_test_setup(the_queue_is_left_to_the_loader,
		    set_up),
		cmocka_unit_test_setup(same_facts_give_the_same_bytes,
		    set_up),
		cmocka_unit_test_setup(a_buffer_that_is_full_is_a_limit,
		    set_up),
		cmocka_unit_test_setup(
		    every_epoch_is_told_from_the_one_before, set_up),
		cmocka_unit_test_setup(too_many_segments_are_a_limit, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
