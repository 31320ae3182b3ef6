/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Channels: what the table allows arrives whole and in order, all else ends
 * the receiver; descriptors never leak; a full socket makes messages wait.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../../gateway/proc/ipc.h"
#include "../../../gateway/proc/limits.h"

#define NONE	((struct span){ NULL, 0 })

static struct loop *loop;
static int raw;				/* the other end */
static struct ipc_channel *channel;

static struct {
	unsigned	messages;
	unsigned	closed;
	unsigned	invalid;
	uint64_t	last;
	size_t		tail_len;
	bool		take;
	bool		close_at_once;
	int		taken;
} seen;

static void
on_message(void *arg, struct ipc_channel *ch, struct ipc_message *message)
{
	const struct msg_draft_drop *drop = message->fixed;

	assert_ptr_equal(arg, &seen);
	seen.messages++;
	seen.last = drop->session;
	seen.tail_len = message->tail.len;
	for (size_t i = 0; i < message->tail.len; i++)
		assert_int_equal(message->tail.ptr[i], (uint8_t)i);
	if (seen.take && message->fds_n > 0) {
		seen.taken = message->fds[0];
		message->fds[0] = -1;
	}
	if (seen.close_at_once) {
		ipc_close(ch);
		channel = NULL;
	}
}

static void
on_closed(void *arg, struct ipc_channel *ch)
{
	(void)arg;
	seen.closed++;
	ipc_close(ch);
	channel = NULL;
}

static void
on_invalid(void *arg, struct ipc_channel *ch, const char *why)
{
	(void)arg;
	assert_non_null(why);
	seen.invalid++;
	ipc_close(ch);
	channel = NULL;
}

static void
stop_after_round(void *arg)
{
	(void)arg;
	loop_stop(loop);
}

static void
one_round(void)
{
	struct diag diag;

	assert_int_equal(loop_run(loop, &diag), OK);
}

static void
open_as(enum role_id self, enum role_id peer, bool survive)
{
	struct ipc_handler handler = { on_message, on_closed, &seen,
	    survive ? on_invalid : NULL };
	struct diag diag;
	int fds[2];

	memset(&seen, 0, sizeof(seen));
	loop = loop_new(8, 8);
	loop_on_round(loop, stop_after_round, NULL);
	assert_int_equal(ipc_pair(fds, &diag), OK);
	raw = fds[1];
	channel = ipc_open(loop, fds[0], self, peer, &handler);
	assert_non_null(channel);
}

static void
close_all(void)
{
	ipc_close(channel);
	close(raw);
	loop_free(loop);
}

static unsigned
open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned n = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n;
}

/* Past the checks of ipc_send(): what a broken peer could send. */
static void
send_raw(uint32_t kind, size_t fixed, uint32_t tail_said, size_t tail_sent,
    unsigned fds_n)
{
	static uint8_t bytes[MSG_BYTES_MAX + 4096];
	struct msg_header header = { kind, tail_said };
	_Alignas(struct cmsghdr) uint8_t control[256] = { 0 };
	struct iovec iov = { bytes, sizeof(header) + fixed + tail_sent };
	struct msghdr hdr = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *cmsg;

	for (size_t i = 0; i < tail_sent; i++)
		bytes[sizeof(header) + fixed + i] = (uint8_t)i;
	memcpy(bytes, &header, sizeof(header));
	if (fds_n > 0) {
		int fds[8] = { 0 };

		hdr.msg_control = control;
		hdr.msg_controllen = CMSG_SPACE(fds_n * sizeof(int));
		cmsg = CMSG_FIRSTHDR(&hdr);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(fds_n * sizeof(int));
		memcpy(CMSG_DATA(cmsg), fds, fds_n * sizeof(int));
	}
	assert_int_equal(sendmsg(raw, &hdr, MSG_NOSIGNAL), iov.iov_len);
}

static void
a_message_arrives_with_its_tail_and_descriptor(void **state)
{
	struct msg_sanitize fixed = { .id = 42 };
	static uint8_t tail[MSG_TAIL_BYTES_MAX];
	struct diag diag;
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)state;
	for (size_t i = 0; i < sizeof(tail); i++)
		tail[i] = (uint8_t)i;
	open_as(ROLE_SANITIZE, ROLE_SPOOL, false);
	seen.take = true;
	assert_int_equal(ipc_send_now(raw, MSG_SANITIZE, &fixed,
	    (struct span){ tail, sizeof(tail) }, &fd, 1, &diag), OK);
	one_round();
	assert_int_equal(seen.messages, 1);
	assert_int_equal(seen.last, 42);
	assert_int_equal(seen.tail_len, sizeof(tail));
	assert_int_equal(fcntl(seen.taken, F_GETFD), FD_CLOEXEC);
	close(seen.taken);
	close(fd);
	close_all();
}

static void
a_descriptor_that_nobody_takes_is_closed(void **state)
{
	struct msg_sanitize fixed = { .id = 1 };
	struct diag diag;
	int fd = 0;
	unsigned before;

	(void)state;
	open_as(ROLE_SANITIZE, ROLE_SPOOL, false);
	before = open_descriptors();
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(ipc_send_now(raw, MSG_SANITIZE, &fixed, NONE,
		    &fd, 1, &diag), OK);
	one_round();
	assert_int_equal(seen.messages, 5);
	assert_int_equal(open_descriptors(), before);
	close_all();
}

static void
descriptors_behind_a_channel_that_closes_are_closed_too(void **state)
{
	struct msg_sanitize fixed = { .id = 1 };
	struct diag diag;
	int fd = 0;
	unsigned before;

	(void)state;
	open_as(ROLE_SANITIZE, ROLE_SPOOL, false);
	seen.close_at_once = true;
	before = open_descriptors();
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(ipc_send_now(raw, MSG_SANITIZE, &fixed, NONE,
		    &fd, 1, &diag), OK);
	one_round();
	assert_int_equal(seen.messages, 1);
	assert_int_equal(open_descriptors(), before - 1);
	close_all();
}

static void
many_messages_are_read_in_one_wake_up(void **state)
{
	struct msg_draft_drop fixed = { 0 };
	struct diag diag;

	(void)state;
	open_as(ROLE_SPOOL, ROLE_RECEIVE, false);
	for (unsigned i = 1; i <= IPC_ROUND_MAX + 3; i++) {
		fixed.session = i;
		assert_int_equal(ipc_send_now(raw, MSG_DRAFT_DROP, &fixed,
		    NONE, NULL, 0, &diag), OK);
	}
	one_round();
	assert_int_equal(seen.messages, IPC_ROUND_MAX);
	one_round();
	assert_int_equal(seen.messages, IPC_ROUND_MAX + 3);
	assert_int_equal(seen.last, IPC_ROUND_MAX + 3);
	close_all();
}

static void
what_was_sent_before_closing_is_read_first(void **state)
{
	struct msg_draft_drop fixed = { .session = 9 };
	struct diag diag;

	(void)state;
	open_as(ROLE_SPOOL, ROLE_RECEIVE, false);
	assert_int_equal(ipc_send_now(raw, MSG_DRAFT_DROP, &fixed, NONE,
	    NULL, 0, &diag), OK);
	close(raw);
	one_round();
	if (seen.closed == 0)
		one_round();
	assert_int_equal(seen.messages, 1);
	assert_int_equal(seen.closed, 1);
	raw = -1;
	close_all();
}

static const struct {
	const char	*name;
	uint32_t	 kind;
	size_t		 fixed;
	uint32_t	 tail_said;
	size_t		 tail_sent;
	unsigned	 fds;
} bad[] = {
	{ "kind 0", 0, 8, 0, 0, 0 },
	{ "unknown kind", MSG_KIND_N, 8, 0, 0, 0 },
	{ "huge kind", UINT32_MAX, 8, 0, 0, 0 },
	{ "kind of another sender", MSG_COMMITTED, 24, 0, 0, 0 },
	{ "kind to another receiver", MSG_VERIFIED, sizeof(struct
	    msg_verified), 0, 0, 0 },
	{ "fixed part too short", MSG_DRAFT_DROP, 15, 0, 0, 0 },
	{ "fixed part too long", MSG_DRAFT_DROP, 17, 0, 0, 0 },
	{ "nothing but a header", MSG_DRAFT_DROP, 0, 0, 0, 0 },
	{ "tail where none is allowed", MSG_DRAFT_DROP, 16, 1, 1, 0 },
	{ "less tail than said", MSG_DRAFT_NEW, 24, 10, 9, 0 },
	{ "more tail than said", MSG_DRAFT_NEW, 24, 10, 11, 0 },
	{ "tail over the limit", MSG_DRAFT_NEW, 24, MSG_TAIL_BYTES_MAX + 1,
	    MSG_TAIL_BYTES_MAX + 1, 0 },
	{ "more than fits", MSG_DRAFT_NEW, 24, MSG_TAIL_BYTES_MAX,
	    MSG_TAIL_BYTES_MAX + 600, 0 },
	{ "tail length that wraps", MSG_DRAFT_NEW, 24, UINT32_MAX, 7, 0 },
	{ "a descriptor too many", MSG_DRAFT_DROP, 16, 0, 0, 1 },
	{ "more descriptors than any has", MSG_DRAFT_DROP, 16, 0, 0, 8 },
};

static void
a_message_that_the_table_does_not_have_closes_the_channel(void **state)
{
	unsigned before;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		open_as(ROLE_SPOOL, ROLE_RECEIVE, true);
		before = open_descriptors();
		send_raw(bad[i].kind, bad[i].fixed, bad[i].tail_said,
		    bad[i].tail_sent, bad[i].fds);
		one_round();
		if (seen.invalid != 1 || seen.messages != 0)
			fail_msg("not refused: %s", bad[i].name);
		assert_int_equal(open_descriptors(), before - 1);
		close_all();
	}
}

static void
a_missing_descriptor_closes_the_channel(void **state)
{
	(void)state;
	open_as(ROLE_SANITIZE, ROLE_SPOOL, true);
	send_raw(MSG_SANITIZE, sizeof(struct msg_sanitize), 0, 0, 0);
	one_round();
	assert_int_equal(seen.invalid, 1);
	close_all();
}

static void
without_a_handler_for_it_a_bad_message_ends_the_process(void **state)
{
	pid_t pid;
	int status;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		pid = fork();
		assert_int_not_equal(pid, -1);
		if (pid == 0) {
			close(STDERR_FILENO);
			open_as(ROLE_SPOOL, ROLE_RECEIVE, false);
			send_raw(bad[i].kind, bad[i].fixed, bad[i].tail_said,
			    bad[i].tail_sent, bad[i].fds);
			one_round();
			_exit(0);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 4)
			fail_msg("status %x: %s", status, bad[i].name);
	}
}

static void
messages_wait_in_order_while_the_socket_is_full(void **state)
{
	static uint8_t tail[32 * 1024], bytes[MSG_BYTES_MAX];
	struct ipc_message message;
	struct msg_sanitize fixed = { 0 };
	struct diag diag;
	uint64_t sent = 0, got = 0;
	int fd = 0;
	unsigned before;
	enum err err;

	(void)state;
	open_as(ROLE_SPOOL, ROLE_SANITIZE, false);
	before = open_descriptors();
	for (;;) {
		fixed.id = sent;
		err = ipc_send(channel, MSG_SANITIZE, &fixed,
		    (struct span){ tail, sizeof(tail) }, &fd, 1);
		if (err != OK)
			break;
		sent++;
		assert_true(sent < 10000);
	}
	assert_int_equal(err, ERR_AGAIN);
	assert_true(sent > IPC_WAITING_MAX);
	/* one descriptor for each that waits */
	assert_int_equal(open_descriptors(), before + IPC_WAITING_MAX);
	while (got < sent) {
		if (ipc_receive_now(raw, ROLE_SANITIZE, ROLE_SPOOL, bytes,
		    &message, 1, &diag) == OK) {
			memcpy(&fixed, message.fixed, sizeof(fixed));
			assert_int_equal(fixed.id, got);
			assert_int_equal(message.fds_n, 1);
			close(message.fds[0]);
			got++;
		} else {
			one_round();
		}
	}
	assert_int_equal(open_descriptors(), before);
	/* and now it goes straight again */
	assert_int_equal(ipc_send(channel, MSG_SANITIZE, &fixed, NONE, &fd,
	    1), OK);
	assert_int_equal(ipc_receive_now(raw, ROLE_SANITIZE, ROLE_SPOOL,
	    bytes, &message, 1000, &diag), OK);
	close(message.fds[0]);
	close_all();
}

static void
who_ends_sends_what_waits_as_far_as_it_is_read(void **state)
{
	static uint8_t tail[32 * 1024], bytes[MSG_BYTES_MAX];
	struct msg_sanitize fixed = { 0 };
	struct ipc_message message;
	struct diag diag;
	uint64_t sent = 0, got = 0;
	int fd = 0, status;
	pid_t pid;

	(void)state;
	open_as(ROLE_SPOOL, ROLE_SANITIZE, false);
	assert_true(ipc_finish(NULL, 1));
	assert_true(ipc_finish(channel, 1));	/* nothing waits */
	do
		fixed.id = sent++;
	while (ipc_send(channel, MSG_SANITIZE, &fixed,
	    (struct span){ tail, sizeof(tail) }, &fd, 1) == OK);
	sent--;
	assert_false(ipc_finish(channel, 20));	/* nobody reads */
	assert_int_equal(ipc_waiting(channel), IPC_WAITING_MAX);
	pid = fork();
	if (pid == 0)
		_exit(ipc_finish(channel, 60000) ? 0 : 1);
	while (got < sent) {
		assert_int_equal(ipc_receive_now(raw, ROLE_SANITIZE,
		    ROLE_SPOOL, bytes, &message, 60000, &diag), OK);
		memcpy(&fixed, message.fixed, sizeof(fixed));
		assert_int_equal(fixed.id, got++);
		close(message.fds[0]);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	close(raw);
	raw = -1;
	assert_false(ipc_finish(channel, 60000));	/* gone: at once */
	close_all();
}

static void
closing_a_channel_closes_the_descriptors_that_wait(void **state)
{
	static uint8_t tail[32 * 1024];
	struct msg_sanitize fixed = { 0 };
	int fd = 0;
	unsigned before;

	(void)state;
	open_as(ROLE_SPOOL, ROLE_SANITIZE, false);
	before = open_descriptors();
	while (ipc_send(channel, MSG_SANITIZE, &fixed,
	    (struct span){ tail, sizeof(tail) }, &fd, 1) == OK)
		;
	ipc_close(channel);
	channel = NULL;
	assert_int_equal(open_descriptors(), before - 1);
	close_all();
}

static void
sending_to_a_peer_that_is_gone_is_an_error(void **state)
{
	struct msg_empty fixed = { 0 };
	struct diag diag;
	int fd;

	(void)state;
	open_as(ROLE_SPOOL, ROLE_SUPERVISOR, false);
	fd = raw;
	close(raw);
	raw = -1;
	assert_int_equal(ipc_send(channel, MSG_READY, &fixed, NONE, NULL, 0),
	    ERR_SYSTEM);
	assert_int_equal(ipc_send_now(fd, MSG_READY, &fixed, NONE, NULL, 0,
	    &diag), ERR_SYSTEM);
	close_all();
}

static void
receiving_tells_a_timeout_from_a_closed_peer(void **state)
{
	static uint8_t bytes[MSG_BYTES_MAX];
	struct ipc_message message;
	struct diag diag;

	(void)state;
	open_as(ROLE_SPOOL, ROLE_RECEIVE, false);
	assert_int_equal(ipc_receive_now(raw, ROLE_RECEIVE, ROLE_SPOOL, bytes,
	    &message, 5, &diag), ERR_AGAIN);
	ipc_close(channel);
	channel = NULL;
	assert_int_equal(ipc_receive_now(raw, ROLE_RECEIVE, ROLE_SPOOL, bytes,
	    &message, 0, &diag), ERR_SYSTEM);
	close_all();
}

static void
every_row_of_the_table_fits_the_limits(void **state)
{
	(void)state;
	for (uint32_t kind = 1; kind < MSG_KIND_N; kind++) {
		const struct msg_type *type = msg_type(kind);

		assert_non_null(type);
		assert_true(type->fixed_bytes > 0);
		assert_true(type->fixed_bytes <= MSG_FIXED_BYTES_MAX);
		assert_true(type->tail_bytes_max <= MSG_TAIL_BYTES_MAX);
		assert_true(type->fds_max <= MSG_FDS_MAX);
		assert_true(type->fds_min <= type->fds_max);
		assert_int_equal(type->from & type->to, 0);
	}
	assert_null(msg_type(0));
	assert_null(msg_type(MSG_KIND_N));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_message_arrives_with_its_tail_and_descriptor),
		cmocka_unit_test(a_descriptor_that_nobody_takes_is_closed),
		cmocka_unit_test(
		    descriptors_behind_a_channel_that_closes_are_closed_too),
		cmocka_unit_test(many_messages_are_read_in_one_wake_up),
		cmocka_unit_test(what_was_sent_before_closing_is_read_first),
		cmocka_unit_test(
		    a_message_that_the_table_does_not_have_closes_the_channel),
		cmocka_unit_test(a_missing_descriptor_closes_the_channel),
		cmocka_unit_test(
		    without_a_handler_for_it_a_bad_message_ends_the_process),
		cmocka_unit_test(
		    messages_wait_in_order_while_the_socket_is_full),
		cmocka_unit_test(
		    closing_a_channel_closes_the_descriptors_that_wait),
		cmocka_unit_test(
		    who_ends_sends_what_waits_as_far_as_it_is_read),
		cmocka_unit_test(sending_to_a_peer_that_is_gone_is_an_error),
		cmocka_unit_test(receiving_tells_a_timeout_from_a_closed_peer),
		cmocka_unit_test(every_row_of_the_table_fits_the_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
