/* SPDX-License-Identifier: GPL-3.0-or-later */
/* AgentX without the library: what is answered, and what is left to it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "../../../gateway/base/wire.h"
#include "../../../gateway/snmp/agentx.h"
#include "numbers.h"

static struct snapshot snapshot;
static struct buf bytes, pdu, out;

static int
set_up(void **state)
{
	const struct numbers numbers = { .rows = { [MIB_PAIRS] = 3,
		[MIB_RULES] = 5, [MIB_PAIR_REFUSALS] = 4 } };

	(void)state;
	numbers_write(&numbers, &bytes);
	buf_init(&pdu, AGENTX_BYTES_MAX);
	buf_init(&out, AGENTX_BYTES_MAX);
	return snapshot_read(&snapshot, buf_span(&bytes)) == OK ? 0 : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	snapshot_fini(&snapshot);
	buf_fini(&bytes);
	buf_fini(&pdu);
	buf_fini(&out);
	return 0;
}

static void
begin(uint8_t kind, uint8_t flags)
{
	const uint8_t head[AGENTX_HEADER_BYTES] = { 1, kind, flags, 0,
		1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };

	buf_clear(&pdu);
	assert_int_equal(buf_add(&pdu, (struct span){ head, sizeof(head) }),
	    OK);
}

static void
add_name(const unsigned long *arcs, size_t n, bool include)
{
	assert_int_equal(wire_put_u32(&pdu, (uint32_t)n | (include ?
	    0x10000 : 0)), OK);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(wire_put_u32(&pdu, (uint32_t)arcs[i]), OK);
}

static void
end(void)
{
	size_t len = pdu.len - AGENTX_HEADER_BYTES;

	for (unsigned i = 0; i < 4; i++)
		pdu.ptr[16 + i] = (uint8_t)(len >> (8 * i));
}

/* The type, name and number of an answer of one value. */
static uint16_t
read_answer(unsigned long *name, size_t *name_n, uint64_t *number)
{
	struct wire_reader r;
	uint16_t type;
	uint32_t n;

	assert_true(out.len >= 32);
	assert_int_equal(out.ptr[0], 1);
	assert_int_equal(out.ptr[1], 18);
	/* session, transaction, packet: as they were asked */
	assert_memory_equal(out.ptr + 4, pdu.ptr + 4, 12);
	wire_reader_init(&r, span_sub(buf_span(&out), 16, out.len));
	assert_int_equal(wire_get_u32(&r), out.len - AGENTX_HEADER_BYTES);
	assert_int_equal(wire_get_u64(&r), 0);
	type = (uint16_t)wire_get_u32(&r);
	n = wire_get_u32(&r);
	assert_true(n < MIB_NAME_MAX);
	for (uint32_t i = 0; i < n; i++)
		name[i] = wire_get_u32(&r);
	*name_n = n;
	*number = 0;
	if (type == 70)
		*number = wire_get_u64(&r);
	else if (type == 2 || type == 65 || type == 66)
		*number = wire_get_u32(&r);
	else if (type == 4)
		(void)wire_get_u32(&r);
	assert_true(type == 4 || wire_reader_done(&r));
	assert_int_equal(out.len % 4, 0);
	return type;
}

/* What the MIB calls a type that we answer ourselves; 0: the library's. */
static uint16_t
expected_type(enum mib_type type)
{
	return type == MIB_COUNTER64 ? 70 : type == MIB_COUNTER32 ? 65 :
	    type == MIB_GAUGE32 ? 66 : type == MIB_INTEGER ? 2 :
	    type == MIB_TEXT || type == MIB_DATE ? 4 : 0;
}

static void
a_walk_is_that_of_the_mib(void **state)
{
	unsigned long at[MIB_NAME_MAX] = { 1 }, next[MIB_NAME_MAX],
	    name[MIB_NAME_MAX];
	size_t at_n = 1, next_n, name_n, used;
	struct mib_value value;
	uint64_t number;
	unsigned n = 0;

	(void)state;
	while (mib_next(&snapshot, at, at_n, next, &next_n, &value)) {
		uint16_t type = expected_type(value.type);

		begin(6, 0);
		add_name(at, at_n, false);
		add_name(NULL, 0, false);
		end();
		assert_int_equal(agentx_answer(&snapshot, buf_span(&pdu),
		    &used, &out), type != 0);
		if (type != 0) {
			assert_int_equal(used, pdu.len);
			assert_int_equal(read_answer(name, &name_n, &number),
			    type);
			assert_int_equal(mib_compare(name, name_n, next,
			    next_n), 0);
			if (type == 70)
				assert_int_equal(number, value.number);
			n++;
		}
		memcpy(at, next, sizeof(at));
		at_n = next_n;
	}
	assert_true(n > 150);
	begin(6, 0);
	add_name(at, at_n, false);
	add_name(NULL, 0, false);
	end();
	assert_true(agentx_answer(&snapshot, buf_span(&pdu), &used, &out));
	assert_int_equal(read_answer(name, &name_n, &number), 130);
	assert_int_equal(mib_compare(name, name_n, at, at_n), 0);
}

static void
what_is_behind_the_range_is_not_told(void **state)
{
	unsigned long from[MIB_ROOT_N + 1], to[MIB_ROOT_N + 1],
	    name[MIB_NAME_MAX];
	size_t name_n, used;
	uint64_t number;

	(void)state;
	memcpy(from, mib_root, sizeof(mib_root));
	memcpy(to, mib_root, sizeof(mib_root));
	from[MIB_ROOT_N] = 1;
	to[MIB_ROOT_N] = 1;		/* the scalars of it are behind */
	begin(6, 0);
	add_name(from, MIB_ROOT_N + 1, true);
	add_name(to, MIB_ROOT_N + 1, false);
	end();
	assert_true(agentx_answer(&snapshot, buf_span(&pdu), &used, &out));
	assert_int_equal(read_answer(name, &name_n, &number), 130);
}

static void
a_value_is_got_or_there_is_none(void **state)
{
	unsigned long name[MIB_NAME_MAX], got[MIB_NAME_MAX];
	size_t got_n, used;
	uint64_t number;

	(void)state;
	memcpy(name, mib_root, sizeof(mib_root));
	name[MIB_ROOT_N] = 1;
	name[MIB_ROOT_N + 1] = 2;	/* sekishoGatewayState */
	for (unsigned i = 0; i < 2; i++) {
		name[MIB_ROOT_N + 2] = i;
		begin(5, 0);
		add_name(name, MIB_ROOT_N + 3, false);
		add_name(NULL, 0, false);
		end();
		assert_true(agentx_answer(&snapshot, buf_span(&pdu), &used,
		    &out));
		assert_int_equal(read_answer(got, &got_n, &number),
		    i == 0 ? 2 : 129);
		assert_int_equal(mib_compare(got, got_n, name,
		    MIB_ROOT_N + 3), 0);
	}
}

static void
what_is_not_plain_is_left_to_the_library(void **state)
{
	static const struct { uint8_t kind, flags; } cases[] = {
		{ 1, 0 }, { 7, 0 }, { 13, 0 }, { 18, 0 }, { 6, 0x08 },
		{ 6, 0x10 }, { 5, 0x18 } };
	size_t used;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin(cases[i].kind, cases[i].flags);
		add_name(mib_root, MIB_ROOT_N, false);
		add_name(NULL, 0, false);
		end();
		assert_false(agentx_answer(&snapshot, buf_span(&pdu), &used,
		    &out));
	}
	/* not whole, at any length; and one that lies about its names */
	begin(6, 0);
	add_name(mib_root, MIB_ROOT_N, false);
	add_name(NULL, 0, false);
	end();
	for (size_t n = 0; n < pdu.len; n++)
		assert_false(agentx_answer(&snapshot, span_sub(
		    buf_span(&pdu), 0, n), &used, &out));
	assert_true(agentx_answer(&snapshot, buf_span(&pdu), &used, &out));
	pdu.ptr[AGENTX_HEADER_BYTES]++;
	assert_false(agentx_answer(&snapshot, buf_span(&pdu), &used, &out));
}

static void
the_library_is_known_to_be_between_two(void **state)
{
	struct agentx_frame frame = { 0 };

	(void)state;
	begin(6, 0);
	add_name(mib_root, MIB_ROOT_N, false);
	end();
	for (unsigned step = 1; step < 2 * pdu.len; step++) {
		size_t at = 0, total = 2 * pdu.len;

		while (at < total) {
			size_t n = total - at < step ? total - at : step;

			for (size_t i = at; i < at + n; i++)
				agentx_pass(&frame, span_sub(buf_span(&pdu),
				    i % pdu.len, 1));
			at += n;
			assert_int_equal(agentx_between(&frame),
			    at % pdu.len == 0);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_walk_is_that_of_the_mib),
		cmocka_unit_test(what_is_behind_the_range_is_not_told),
		cmocka_unit_test(a_value_is_got_or_there_is_none),
		cmocka_unit_test(what_is_not_plain_is_left_to_the_library),
		cmocka_unit_test(the_library_is_known_to_be_between_two),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
