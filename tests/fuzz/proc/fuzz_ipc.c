/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a process that was taken over could send: any bytes, with any number
 * of descriptors, to any role. A message that is accepted must be one of the
 * table, and its row, if it is one, readable.
 */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../../gateway/proc/ipc.h"
#include "../../../gateway/proc/row.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
send_raw(int fd, const uint8_t *data, size_t size, unsigned fds_n)
{
	_Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(8 * sizeof(int))]
	    = { 0 };
	struct iovec iov = { (void *)(uintptr_t)data, size };
	struct msghdr hdr = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *cmsg;
	int fds[8] = { 0 };

	if (fds_n > 0) {
		hdr.msg_control = control;
		hdr.msg_controllen = CMSG_SPACE(fds_n * sizeof(int));
		cmsg = CMSG_FIRSTHDR(&hdr);
		require(cmsg != NULL);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(fds_n * sizeof(int));
		memcpy(CMSG_DATA(cmsg), fds, fds_n * sizeof(int));
	}
	require(sendmsg(fd, &hdr, MSG_NOSIGNAL) == (ssize_t)size);
}

static void
look_at(const struct ipc_message *message, enum role_id self,
    enum role_id peer)
{
	const struct msg_type *type = msg_type(message->kind);
	struct row_reader reader;
	struct span name, value;
	struct msg_row fixed;
	bool number;

	require(type != NULL);
	require((type->from >> peer & 1) == 1);
	require((type->to >> self & 1) == 1);
	require(message->tail.len <= type->tail_bytes_max);
	require(message->fds_n >= type->fds_min);
	require(message->fds_n <= type->fds_max);
	if (message->kind != MSG_ROW || row_check(message->tail) != OK)
		return;
	memcpy(&fixed, message->fixed, sizeof(fixed));
	row_reader_init(&reader, &fixed, message->tail);
	while (row_next(&reader, &name, &value, &number))
		require(value.ptr[value.len] == '\0');
	require(reader.rest.len == 0);
}

/* Bytes 0 to 2: receiver, sender, number of descriptors; then the message. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static _Alignas(8) uint8_t bytes[MSG_BYTES_MAX];
	struct ipc_message message;
	enum role_id self, peer;
	struct diag diag;
	int pair[2];

	if (size < 4 || size > MSG_BYTES_MAX)
		return 0;
	self = (enum role_id)(data[0] % (ROLE_N - 1) + 1);
	peer = (enum role_id)(data[1] % (ROLE_N - 1) + 1);
	require(ipc_pair(pair, &diag) == OK);
	send_raw(pair[1], data + 3, size - 3, data[2] % 9u);
	if (ipc_receive_now(pair[0], self, peer, bytes, &message, 1000,
	    &diag) == OK) {
		look_at(&message, self, peer);
		for (unsigned i = 0; i < message.fds_n; i++)
			close(message.fds[i]);
	}
	close(pair[0]);
	close(pair[1]);
	return 0;
}
