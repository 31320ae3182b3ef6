/* SPDX-License-Identifier: GPL-3.0-or-later */
/* buf, arena, wire, checked sizes, durable files, digest, address, err. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../../gateway/base/address.h"
#include "../../../gateway/base/arena.h"
#include "../../../gateway/base/checked.h"
#include "../../../gateway/base/digest.h"
#include "../../../gateway/base/durable.h"
#include "../../../gateway/base/wire.h"

/* WRAP: fdatasync */
int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd);
static int sync_errno;

int
__wrap_fdatasync(int fd)
{
	if (sync_errno == 0)
		return __real_fdatasync(fd);
	errno = sync_errno;
	return -1;
}

static void
a_buf_stops_at_its_max_and_keeps_what_it_has(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 5);
	assert_int_equal(buf_add(&buf, SPAN("abc")), OK);
	assert_int_equal(buf_add(&buf, SPAN("def")), ERR_LIMIT);
	assert_int_equal(buf_printf(&buf, "%d", 123), ERR_LIMIT);
	assert_int_equal(buf_printf(&buf, "%d", 12), OK);
	assert_true(span_equal(buf_span(&buf), SPAN("abc12")));
	buf_consume(&buf, 2);
	assert_true(span_equal(buf_span(&buf), SPAN("c12")));
	buf_fini(&buf);
	buf_init(&buf, SIZE_MAX);	/* no maximum at all */
	assert_int_equal(buf_printf(&buf, "%s", "x"), OK);
	assert_int_equal(buf.len, 1);
	assert_true(buf.max == SIZE_MAX);
	buf_fini(&buf);
}

static void
an_arena_gives_zeroed_memory_up_to_its_cap(void **state)
{
	struct arena *arena = arena_new(100000);
	uint8_t *a = arena_alloc(arena, 10), *b;

	(void)state;
	assert_non_null(a);
	memset(a, 0xff, 10);
	b = arena_alloc(arena, 50000);
	assert_non_null(b);
	for (size_t i = 0; i < 50000; i++)
		assert_int_equal(b[i], 0);
	assert_null(arena_alloc(arena, 60000));
	assert_null(arena_alloc(arena, SIZE_MAX));
	assert_null(arena_alloc_array(arena, SIZE_MAX / 2, 4));
	arena_free(arena);
}

/* Large ones are not cleared by us: they must be fresh, whatever was before. */
static void
large_memory_of_an_arena_is_zeroed_beside_used_memory(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 3; round++) {
		struct arena *arena = arena_new(4 * 1024 * 1024);

		for (unsigned i = 0; i < 40; i++) {
			size_t len = i % 4 == 3 ? 10 : 33000 + 20000 * (i % 4);
			uint8_t *p = arena_alloc(arena, len);

			assert_non_null(p);
			for (size_t at = 0; at < len; at++)
				assert_int_equal(p[at], 0);
			memset(p, 0xff, len);
		}
		arena_free(arena);
	}
}

static void
wire_numbers_and_strings_come_back(void **state)
{
	struct buf buf;
	struct wire_reader r;

	(void)state;
	buf_init(&buf, 100);
	assert_int_equal(wire_put_u8(&buf, 1), OK);
	assert_int_equal(wire_put_u16(&buf, 0x1234), OK);
	assert_int_equal(wire_put_u32(&buf, 0xdeadbeef), OK);
	assert_int_equal(wire_put_u64(&buf, UINT64_MAX - 1), OK);
	assert_int_equal(wire_put_bytes(&buf, SPAN("hello")), OK);
	wire_reader_init(&r, buf_span(&buf));
	assert_int_equal(wire_get_u8(&r), 1);
	assert_int_equal(wire_get_u16(&r), 0x1234);
	assert_int_equal(wire_get_u32(&r), 0xdeadbeef);
	assert_false(wire_reader_done(&r));
	assert_int_equal(wire_get_u64(&r), UINT64_MAX - 1);
	assert_true(span_equal(wire_get_bytes(&r, 5), SPAN("hello")));
	assert_true(wire_reader_done(&r));
	buf_fini(&buf);
}

static void
a_wire_reader_goes_bad_at_every_cut(void **state)
{
	struct buf buf;
	struct wire_reader r;

	(void)state;
	buf_init(&buf, 100);
	assert_int_equal(wire_put_u32(&buf, 7), OK);
	assert_int_equal(wire_put_bytes(&buf, SPAN("hello")), OK);
	for (size_t len = 0; len < buf.len; len++) {
		wire_reader_init(&r, span_sub(buf_span(&buf), 0, len));
		wire_get_u32(&r);
		wire_get_bytes(&r, 100);
		assert_false(wire_reader_done(&r));
		assert_int_equal(wire_get_u64(&r), 0);
	}
	wire_reader_init(&r, buf_span(&buf));
	wire_get_u32(&r);
	assert_int_equal(wire_get_bytes(&r, 4).len, 0);
	assert_false(wire_reader_done(&r));
	buf_fini(&buf);
}

static void
sizes_do_not_wrap(void **state)
{
	size_t n;
	uint64_t u;

	(void)state;
	assert_false(size_add(SIZE_MAX, 1, &n));
	assert_false(size_mul(SIZE_MAX / 2, 3, &n));
	assert_true(size_mul(3, 4, &n));
	assert_int_equal(n, 12);
	assert_false(u64_add(UINT64_MAX, 1, &u));
	assert_false(u64_mul(UINT64_MAX, 2, &u));
}

static void
a_failed_sync_leaves_the_old_file(void **state)
{
	char dir[] = "/tmp/sekisho-base-XXXXXX";
	uint8_t b[8];
	size_t got;
	int d, fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	d = open(dir, O_RDONLY | O_DIRECTORY);
	assert_int_equal(durable_replace(d, "f", SPAN("old"), 0600, NULL), OK);
	sync_errno = EIO;
	assert_int_equal(durable_replace(d, "f", SPAN("new!"), 0600, NULL),
	    ERR_SYSTEM);
	sync_errno = 0;
	fd = openat(d, "f", O_RDONLY);
	assert_int_equal(pread_all(fd, b, sizeof(b), 0, &got, NULL), OK);
	assert_int_equal(got, 3);
	assert_memory_equal(b, "old", 3);
	assert_int_equal(faccessat(d, "f.new", F_OK, 0), -1);
	assert_int_equal(durable_replace(d, "g", SPAN("x"), 0600, NULL), OK);
	assert_int_equal(durable_rename(d, "g", d, "f", NULL), ERR_INPUT);
	unlinkat(d, "f", 0);
	unlinkat(d, "g", 0);
	close(fd);
	close(d);
	rmdir(dir);
}

static void
a_digest_is_sha256(void **state)
{
	uint8_t out[DIGEST_BYTES];
	char hex[DIGEST_HEX_BYTES];

	(void)state;
	digest_span(SPAN("abc"), out);	/* FIPS 180-4, example */
	digest_hex(out, hex);
	assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad");
}

static void
addresses_are_read_and_compared(void **state)
{
	struct network n;
	struct address a;
	struct sockaddr_storage ss;
	char text[ADDRESS_TEXT_BYTES];
	uint16_t port;

	(void)state;
	assert_true(network_parse(SPAN("10.20.0.0/16"), &n));
	assert_true(address_parse(SPAN("10.20.255.1"), &a));
	assert_true(network_contains(&n, &a));
	assert_true(address_parse(SPAN("10.21.0.0"), &a));
	assert_false(network_contains(&n, &a));
	assert_false(network_parse(SPAN("10.20.0.1/16"), &n));
	assert_false(network_parse(SPAN("10.20.0.0/33"), &n));
	assert_false(network_parse(SPAN("2001:db8:20::/42"), &n));
	assert_true(network_parse(SPAN("2001:db8:20::/48"), &n));
	network_text(&n, text);
	assert_string_equal(text, "2001:db8:20::/48");
	assert_true(address_parse(SPAN("2001:db8:20::7"), &a));
	assert_true(network_contains(&n, &a));
	assert_false(address_parse(SPAN("1.2.3"), &a));
	assert_false(address_parse(SPAN("localhost"), &a));
	assert_true(address_parse(SPAN("::ffff:192.0.2.1"), &a));
	address_to_sockaddr(&a, 25, &ss);
	assert_true(address_from_sockaddr((struct sockaddr *)&ss, &a, &port));
	address_text(&a, text);
	assert_string_equal(text, "192.0.2.1");
	assert_int_equal(port, 25);
}

static void
a_diag_says_what_and_why(void **state)
{
	struct diag diag;

	(void)state;
	errno = ENOSPC;
	assert_int_equal(diag_system(&diag, "sync draft"), ERR_SYSTEM);
	assert_int_equal(diag.errnum, ENOSPC);
	assert_string_equal(diag.what, "sync draft: No space left on device");
	assert_int_equal(diag_set(&diag, ERR_LIMIT, "%d parts", 501),
	    ERR_LIMIT);
	assert_string_equal(diag.what, "501 parts");
	assert_string_equal(err_name(ERR_POLICY), "policy");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_buf_stops_at_its_max_and_keeps_what_it_has),
		cmocka_unit_test(an_arena_gives_zeroed_memory_up_to_its_cap),
		cmocka_unit_test(
		    large_memory_of_an_arena_is_zeroed_beside_used_memory),
		cmocka_unit_test(wire_numbers_and_strings_come_back),
		cmocka_unit_test(a_wire_reader_goes_bad_at_every_cut),
		cmocka_unit_test(sizes_do_not_wrap),
		cmocka_unit_test(a_failed_sync_leaves_the_old_file),
		cmocka_unit_test(a_digest_is_sha256),
		cmocka_unit_test(addresses_are_read_and_compared),
		cmocka_unit_test(a_diag_says_what_and_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
