/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Places of rules and segments: by their names, whoever asks, in any order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../../gateway/proc/packet_counts.h"

static struct packet_counts *counts;
static const struct packet_counts *reader;
static struct counts_names writer_names, reader_names;

static int
set_up(void **state)
{
	int fd = packet_counts_create();

	(void)state;
	counts = packet_counts_map(fd);
	reader = packet_counts_map_read(fd);
	close(fd);
	return counts == NULL || reader == NULL ? -1 : 0;
}

static int
tear_down(void **state)
{
	(void)state;
	munmap(counts, sizeof(*counts));
	munmap((void *)(uintptr_t)reader, sizeof(*reader));
	return 0;
}

static void
the_file_cannot_be_cut_short(void **state)
{
	int fd = packet_counts_create();

	(void)state;
	assert_int_equal(ftruncate(fd, 0), -1);
	close(fd);
	assert_null(packet_counts_map(STDIN_FILENO));
}

static void
a_rule_keeps_its_place_when_others_come_before_it(void **state)
{
	uint32_t a, b, c;

	(void)state;
	counts_names_begin(&writer_names);
	a = counts_rule_take(counts, &writer_names, SPAN("VDI"));
	b = counts_rule_take(counts, &writer_names, SPAN("転送"));
	assert_int_not_equal(a, b);
	counts_add(&counts->rules[b].hits, 7);
	counts_names_begin(&writer_names);
	c = counts_rule_take(counts, &writer_names, SPAN("新しい"));
	assert_int_equal(counts_rule_take(counts, &writer_names,
	    SPAN("転送")), b);
	assert_int_equal(counts_rule_take(counts, &writer_names,
	    SPAN("VDI")), a);
	counts_names_begin(&reader_names);
	assert_int_equal(counts_rule_find(reader, &reader_names,
	    SPAN("新しい")), c);
	assert_int_equal(counts_get(&reader->rules[counts_rule_find(reader,
	    &reader_names, SPAN("転送"))].hits), 7);
	assert_int_equal(counts_rule_find(reader, &reader_names,
	    SPAN("never")), COUNTS_NONE);
}

static void
rules_of_one_name_are_told_apart_by_their_order(void **state)
{
	uint32_t first[3];

	(void)state;
	counts_names_begin(&writer_names);
	for (unsigned i = 0; i < 3; i++)
		first[i] = counts_rule_take(counts, &writer_names,
		    SPAN("same"));
	assert_int_not_equal(first[0], first[1]);
	assert_int_not_equal(first[1], first[2]);
	assert_int_not_equal(first[0], first[2]);
	counts_names_begin(&reader_names);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(counts_rule_find(reader, &reader_names,
		    SPAN("same")), first[i]);
	/* the last ones share a place: looking for one has an end */
	for (unsigned i = 3; i < 2 * COUNTS_SAME_NAME_MAX; i++)
		assert_int_not_equal(counts_rule_take(counts, &writer_names,
		    SPAN("same")), COUNTS_NONE);
}

static void
names_have_an_end(void **state)
{
	char name[32];
	uint32_t before = (uint32_t)counts->rules_taken, n = before;

	(void)state;
	counts_names_begin(&writer_names);
	for (uint32_t i = 0; i < COUNTS_RULES; i++) {
		int len = snprintf(name, sizeof(name), "rule %u", i);

		if (counts_rule_take(counts, &writer_names, (struct span){
		    (const uint8_t *)name, (size_t)len }) != COUNTS_NONE)
			n++;
	}
	assert_int_equal(n, COUNTS_RULES_TAKEN_MAX);
	/* those of before have theirs */
	counts_names_begin(&reader_names);
	assert_int_equal(counts_get(&reader->rules[counts_rule_find(reader,
	    &reader_names, SPAN("転送"))].hits), 7);
}

static void
a_segment_that_went_makes_room(void **state)
{
	char text[COUNTS_SEGMENTS][16];
	struct span names[COUNTS_SEGMENTS], last;
	uint32_t at;

	(void)state;
	assert_int_equal(counts_segment_find(reader, SPAN("lgwan")), 0);
	for (uint32_t i = 1; i < COUNTS_SEGMENTS; i++) {
		names[i].len = (size_t)snprintf(text[i], sizeof(text[i]),
		    "s%u", i);
		names[i].ptr = (const uint8_t *)text[i];
		at = counts_segment_take(counts, names[i], &names[i], 1);
		assert_int_equal(at, i);
		counts_add(&counts->pairs[at][0].flows, 1);
		counts_add(&counts->pairs[0][at].flows, 1);
	}
	last = SPAN("lgwan");
	/* all are in use */
	assert_int_equal(counts_segment_take(counts, last, names + 1,
	    COUNTS_SEGMENTS - 1), 0);
	/* all but s5 */
	names[5] = names[6];
	assert_int_equal(counts_segment_take(counts, last, names + 1,
	    COUNTS_SEGMENTS - 1), 5);
	assert_int_equal(counts_segment_find(reader, last), 5);
	assert_int_equal(counts_segment_find(reader, SPAN("s5")), 0);
	assert_int_equal(reader->pairs[5][0].flows, 0);
	assert_int_equal(reader->pairs[0][5].flows, 0);
	assert_int_equal(reader->pairs[6][0].flows, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_file_cannot_be_cut_short),
		cmocka_unit_test(
		    a_rule_keeps_its_place_when_others_come_before_it),
		cmocka_unit_test(
		    rules_of_one_name_are_told_apart_by_their_order),
		cmocka_unit_test(names_have_an_end),
		cmocka_unit_test(a_segment_that_went_makes_room),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
