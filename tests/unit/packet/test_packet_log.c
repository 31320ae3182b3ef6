/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the kernel logs: whose it is, why, how long it was; and how many are
 * lost, which the numbers of the messages tell.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "../../../gateway/packet/packet_log.c"

/* WRAP: recvmmsg mnl_socket_get_fd */
int __wrap_recvmmsg(int fd, struct mmsghdr *messages, unsigned n, int flags,
    struct timespec *timeout);
int __wrap_mnl_socket_get_fd(const struct mnl_socket *socket);

static struct packet_log state_log;
static struct packet_log_packet got;
static uint8_t got_bytes[LOG_DATAGRAM_BYTES];
static unsigned got_n;
/* what the kernel says next */
static _Alignas(8) uint8_t said[LOG_DATAGRAM_BYTES];
static size_t said_len;
static int said_errno;

int
__wrap_mnl_socket_get_fd(const struct mnl_socket *socket)
{
	(void)socket;
	return 0;
}

int
__wrap_recvmmsg(int fd, struct mmsghdr *messages, unsigned n, int flags,
    struct timespec *timeout)
{
	(void)fd;
	(void)flags;
	(void)timeout;
	assert_int_equal(n, LOG_BATCH);
	if (said_errno != 0) {
		errno = said_errno;
		return -1;
	}
	assert_true(said_len <= messages[0].msg_hdr.msg_iov->iov_len);
	memcpy(messages[0].msg_hdr.msg_iov->iov_base, said, said_len);
	messages[0].msg_len = (unsigned)said_len;
	return 1;
}

static void
on_packet(void *arg, const struct packet_log_packet *packet)
{
	(void)arg;
	got = *packet;
	assert_true(packet->bytes.len <= sizeof(got_bytes));
	memcpy(got_bytes, packet->bytes.ptr, packet->bytes.len);
	got_n++;
}

static int
set_up(void **state)
{
	(void)state;
	memset(&state_log, 0, sizeof(state_log));
	state_log.handler.packet = on_packet;
	got_n = 0;
	said_len = 0;
	said_errno = 0;
	return 0;
}

/* One more message behind those that are said. */
static void
say(uint32_t number, const char *prefix, const void *bytes, size_t len)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(said + said_len);

	message->nlmsg_type = TYPE(NFULNL_MSG_PACKET);
	(void)mnl_nlmsg_put_extra_header(message, sizeof(struct nfgenmsg));
	mnl_attr_put_u32(message, NFULA_SEQ, htonl(number));
	mnl_attr_put_u32(message, NFULA_IFINDEX_INDEV, htonl(7));
	mnl_attr_put_u32(message, NFULA_IFINDEX_OUTDEV, htonl(8));
	if (prefix != NULL)
		mnl_attr_put_strz(message, NFULA_PREFIX, prefix);
	if (len > 0)
		mnl_attr_put(message, NFULA_PAYLOAD, len, bytes);
	said_len += (message->nlmsg_len + 3) & ~3u;
}

static uint64_t
receive(void)
{
	struct diag diag;
	uint64_t lost;

	assert_int_equal(packet_log_receive(&state_log, &lost, &diag), OK);
	said_len = 0;
	return lost;
}

static void
a_packet_comes_with_its_reason_and_interfaces(void **state)
{
	(void)state;
	say(0, DROP_PREFIX "pair", "packet", 6);
	assert_int_equal(receive(), 0);
	assert_int_equal(got_n, 1);
	assert_int_equal(got.why, DROP_PAIR);
	assert_int_equal(got.in, 7);
	assert_int_equal(got.out, 8);
	assert_int_equal(got.len, 6);
	assert_memory_equal(got_bytes, "packet", 6);
}

static void
each_word_is_read_back(void **state)
{
	char prefix[PREFIX_BYTES_MAX];

	(void)state;
	for (unsigned i = 0; i < DROP_N; i++) {
		snprintf(prefix, sizeof(prefix), DROP_PREFIX "%s",
		    drop_word((enum drop)i));
		say(i, prefix, "x", 1);
		assert_int_equal(receive(), 0);
		assert_int_equal(got.why, i);
	}
	assert_int_equal(got_n, DROP_N);
}

static void
what_is_not_of_our_table_is_lost(void **state)
{
	static const char *const prefixes[] = { "pair", DROP_PREFIX,
	    DROP_PREFIX "pai", DROP_PREFIX "pairs", "", "SEKISHO pair" };
	unsigned n = sizeof(prefixes) / sizeof(prefixes[0]);

	(void)state;
	for (unsigned i = 0; i < n; i++)
		say(i, prefixes[i], "packet", 6);
	say(n, NULL, "packet", 6);
	say(n + 1, DROP_PREFIX "pair", NULL, 0);
	assert_int_equal(receive(), n + 2);
	assert_int_equal(got_n, 0);
}

/* version, length: where they are in IPv4 and IPv6 */
static void
a_packet_that_was_cut_off_says_its_length(void **state)
{
	uint8_t bytes[LOG_COPY_BYTES] = { 0x45, 0, 1400 >> 8, 1400 & 0xff };

	(void)state;
	say(0, DROP_PREFIX "input", bytes, sizeof(bytes));
	(void)receive();
	assert_int_equal(got.len, 1400);
	bytes[0] = 0x60;
	bytes[4] = 1400 >> 8;
	bytes[5] = 1400 & 0xff;
	say(1, DROP_PREFIX "input", bytes, sizeof(bytes));
	(void)receive();
	assert_int_equal(got.len, 1440);
	/* less than there is: it lies */
	bytes[4] = bytes[5] = 0;
	say(2, DROP_PREFIX "input", bytes, sizeof(bytes));
	(void)receive();
	assert_int_equal(got.len, LOG_COPY_BYTES);
	/* all of it is here */
	say(3, DROP_PREFIX "input", bytes, 100);
	(void)receive();
	assert_int_equal(got.len, 100);
}

static void
a_gap_in_the_numbers_is_what_was_lost(void **state)
{
	(void)state;
	say(UINT32_MAX - 1, DROP_PREFIX "input", "x", 1);
	say(UINT32_MAX, DROP_PREFIX "input", "x", 1);
	say(4, DROP_PREFIX "input", "x", 1);
	assert_int_equal(receive(), 4);
	assert_int_equal(got_n, 3);
}

static void
the_first_of_all_is_number_0(void **state)
{
	(void)state;
	say(3, DROP_PREFIX "input", "x", 1);
	assert_int_equal(receive(), 3);
}

static void
no_room_in_the_socket_is_counted_once(void **state)
{
	(void)state;
	say(0, DROP_PREFIX "input", "x", 1);
	assert_int_equal(receive(), 0);
	said_errno = ENOBUFS;
	assert_int_equal(receive(), 1);
	said_errno = 0;
	say(11, DROP_PREFIX "input", "x", 1);
	assert_int_equal(receive(), 9);
	say(12, DROP_PREFIX "input", "x", 1);
	assert_int_equal(receive(), 0);
}

static void
nothing_there_is_no_trouble_and_an_error_is(void **state)
{
	struct diag diag;
	uint64_t lost;

	(void)state;
	said_errno = EAGAIN;
	assert_int_equal(receive(), 0);
	said_errno = EBADF;
	assert_int_equal(packet_log_receive(&state_log, &lost, &diag),
	    ERR_SYSTEM);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
		    a_packet_comes_with_its_reason_and_interfaces, set_up),
		cmocka_unit_test_setup(each_word_is_read_back, set_up),
		cmocka_unit_test_setup(what_is_not_of_our_table_is_lost,
		    set_up),
		cmocka_unit_test_setup(
		    a_packet_that_was_cut_off_says_its_length, set_up),
		cmocka_unit_test_setup(a_gap_in_the_numbers_is_what_was_lost,
		    set_up),
		cmocka_unit_test_setup(the_first_of_all_is_number_0, set_up),
		cmocka_unit_test_setup(no_room_in_the_socket_is_counted_once,
		    set_up),
		cmocka_unit_test_setup(
		    nothing_there_is_no_trouble_and_an_error_is, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
