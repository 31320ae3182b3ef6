/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SEQPACKET messages with descriptors between two of our processes. Every
 * message is held against the table of msg.c before a handler sees it; what
 * it means is the handler's business. Many messages are fetched by one call:
 * a mail costs about ten of them. Bytes of a message that does not fit the
 * socket wait in the channel, in order, up to a limit.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/log.h"
#include "counters.h"
#include "ipc.h"
#include "limits.h"

#define CONTROL_BYTES	CMSG_SPACE(MSG_FDS_MAX * sizeof(int))

struct waiting {
	struct buf	 bytes;		/* header, fixed, tail */
	int		 fds[MSG_FDS_MAX];
	unsigned	 fds_n;
};

struct ipc_channel {
	struct loop_watch	 watch;		/* first: see ready() */
	struct loop		*loop;
	struct ipc_handler	 handler;
	enum role_id		 self;
	enum role_id		 peer;
	uint32_t		 generation;	/* counts its users */
	bool			 open;
	unsigned		 waiting_first;
	unsigned		 waiting_n;
	struct waiting		 waiting[IPC_WAITING_MAX];
};

/* A fetched message, before it is checked. */
struct slot {
	uint8_t		bytes[MSG_BYTES_MAX];
	_Alignas(struct cmsghdr) uint8_t control[CONTROL_BYTES];
};

/* One thread: the slots are shared by all channels. Untouched pages of both
 * tables cost nothing. */
static struct ipc_channel channels[IPC_CHANNELS_MAX];
static _Alignas(16) struct slot slots[IPC_BATCH_MAX];

static void
close_fds(int *fds, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (fds[i] != -1)
			close(fds[i]);
		fds[i] = -1;
	}
}

enum err
ipc_pair(int fds[2], struct diag *diag)
{
	int size = IPC_SNDBUF_BYTES;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0, fds) == -1)
		return diag_system(diag, "make channel");
	/* best effort: the usual default of 208 KiB is enough for one */
	for (int i = 0; i < 2; i++)
		(void)setsockopt(fds[i], SOL_SOCKET, SO_SNDBUF, &size,
		    sizeof(size));
	return OK;
}

/*
 * Take the descriptors out of a message first, whatever else is wrong with
 * it, so that none leaks. NULL: all well; else what is wrong.
 */
static const char *
parse(struct msghdr *hdr, uint8_t *bytes, size_t len, enum role_id self,
    enum role_id peer, struct ipc_message *message)
{
	const struct msg_type *type;
	struct msg_header header;
	struct cmsghdr *cmsg;
	bool foreign = false;

	memset(message, 0, sizeof(*message));
	for (unsigned i = 0; i < MSG_FDS_MAX; i++)
		message->fds[i] = -1;
	for (cmsg = CMSG_FIRSTHDR(hdr); cmsg != NULL;
	    cmsg = CMSG_NXTHDR(hdr, cmsg)) {
		size_t n = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (cmsg->cmsg_level != SOL_SOCKET ||
		    cmsg->cmsg_type != SCM_RIGHTS ||
		    n > MSG_FDS_MAX - message->fds_n) {
			foreign = true;
			break;
		}
		memcpy(message->fds + message->fds_n, CMSG_DATA(cmsg),
		    n * sizeof(int));
		message->fds_n += (unsigned)n;
	}
	if (foreign || (hdr->msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
		return "cut short, or with foreign control data";
	if (len < sizeof(header))
		return "shorter than its header";
	memcpy(&header, bytes, sizeof(header));
	type = msg_type(header.kind);
	if (type == NULL)
		return "of an unknown kind";
	if ((type->from & 1u << peer) == 0 || (type->to & 1u << self) == 0)
		return "that the peer may not send";
	if (header.tail_len > type->tail_bytes_max ||
	    len != sizeof(header) + type->fixed_bytes + header.tail_len)
		return "of a wrong size";
	if (message->fds_n < type->fds_min || message->fds_n > type->fds_max)
		return "with a wrong number of descriptors";
	message->kind = (enum msg_kind)header.kind;
	message->fixed = bytes + sizeof(header);
	message->tail = (struct span){ header.tail_len > 0 ? bytes +
	    sizeof(header) + type->fixed_bytes : NULL, header.tail_len };
	return NULL;
}

/* The peer is broken or taken over. */
static void
invalid(struct ipc_channel *channel, const char *why)
{
	if (channel->handler.invalid == NULL)
		die(4, "channel to role %d: a message %s",
		    (int)channel->peer, why);
	loop_watch_remove(channel->loop, &channel->watch);
	channel->handler.invalid(channel->handler.arg, channel, why);
}

/* false: the channel was closed, or its slot is already someone else's. */
static bool
handle(struct ipc_channel *channel, struct ipc_message *message)
{
	uint32_t generation = channel->generation;

	channel->handler.message(channel->handler.arg, channel, message);
	close_fds(message->fds, message->fds_n);
	return channel->open && channel->generation == generation;
}

static void
closed(struct ipc_channel *channel)
{
	loop_watch_remove(channel->loop, &channel->watch);
	channel->handler.closed(channel->handler.arg, channel);
}

/* -1: no more reading now; else how many messages were handled. */
static int
read_batch(struct ipc_channel *channel)
{
	struct mmsghdr headers[IPC_BATCH_MAX];
	struct iovec iov[IPC_BATCH_MAX];
	struct ipc_message message;
	const char *why;
	bool alive = true, end = false;
	int n;

	for (unsigned i = 0; i < IPC_BATCH_MAX; i++) {
		iov[i] = (struct iovec){ slots[i].bytes, MSG_BYTES_MAX };
		headers[i] = (struct mmsghdr){ .msg_hdr = {
			.msg_iov = &iov[i], .msg_iovlen = 1,
			.msg_control = slots[i].control,
			.msg_controllen = CONTROL_BYTES } };
	}
	n = recvmmsg(channel->watch.fd, headers, IPC_BATCH_MAX,
	    MSG_DONTWAIT | MSG_CMSG_CLOEXEC, NULL);
	if (n == -1) {
		if (errno == EAGAIN || errno == EINTR)
			return -1;
		closed(channel);
		return -1;
	}
	for (int i = 0; i < n; i++) {
		/* the peer has closed its end; or sent nothing, the same */
		if (alive && headers[i].msg_len == 0)
			end = true;
		why = parse(&headers[i].msg_hdr, slots[i].bytes,
		    headers[i].msg_len, channel->self, channel->peer,
		    &message);
		if (!alive || end) {
			close_fds(message.fds, message.fds_n);
		} else if (why != NULL) {
			close_fds(message.fds, message.fds_n);
			invalid(channel, why);
			alive = false;
		} else {
			alive = handle(channel, &message);
		}
	}
	if (!alive)
		return -1;
	if (end)
		closed(channel);
	return end || n < IPC_BATCH_MAX ? -1 : n;
}

static ssize_t
send_bytes(int fd, const struct iovec *iov, size_t iov_n, const int *fds,
    unsigned fds_n)
{
	_Alignas(struct cmsghdr) uint8_t control[CONTROL_BYTES] = { 0 };
	struct msghdr hdr = { .msg_iov = (struct iovec *)(uintptr_t)iov,
	    .msg_iovlen = iov_n };
	struct cmsghdr *cmsg;
	ssize_t n;

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
	do
		n = sendmsg(fd, &hdr, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n == -1 && errno == EINTR);
	return n;
}

static void
waiting_drop(struct ipc_channel *channel)
{
	struct waiting *waiting = &channel->waiting[channel->waiting_first];

	close_fds(waiting->fds, waiting->fds_n);
	buf_fini(&waiting->bytes);
	channel->waiting_first = (channel->waiting_first + 1) %
	    IPC_WAITING_MAX;
	channel->waiting_n--;
}

static void
flush(struct ipc_channel *channel)
{
	struct waiting *waiting;
	struct iovec iov;

	while (channel->waiting_n > 0) {
		waiting = &channel->waiting[channel->waiting_first];
		iov = (struct iovec){ waiting->bytes.ptr, waiting->bytes.len };
		if (send_bytes(channel->watch.fd, &iov, 1, waiting->fds,
		    waiting->fds_n) == -1)
			return;	/* full, or gone: then reading tells it */
		waiting_drop(channel);
	}
	loop_watch_events(channel->loop, &channel->watch, EPOLLIN);
}

static void
ready(struct loop_watch *watch, uint32_t events)
{
	struct ipc_channel *channel = (struct ipc_channel *)watch;
	int total = 0, n;

	if ((events & EPOLLOUT) != 0)
		flush(channel);
	if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0)
		return;
	do {
		n = read_batch(channel);
		total += n;
	} while (n > 0 && total < IPC_ROUND_MAX);
}

static bool
make_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags == -1)
		return false;
	return (flags & O_NONBLOCK) != 0 ||
	    fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0;
}

struct ipc_channel *
ipc_open(struct loop *loop, int fd, enum role_id self, enum role_id peer,
    const struct ipc_handler *handler)
{
	struct ipc_channel *channel = NULL;

	for (unsigned i = 0; i < IPC_CHANNELS_MAX && channel == NULL; i++)
		if (!channels[i].open)
			channel = &channels[i];
	if (channel == NULL || !make_nonblocking(fd)) {
		close(fd);
		return NULL;
	}
	channel->watch = (struct loop_watch){ .fd = fd, .ready = ready };
	if (loop_watch_add(loop, &channel->watch, EPOLLIN) != OK) {
		close(fd);
		return NULL;
	}
	channel->loop = loop;
	channel->handler = *handler;
	channel->self = self;
	channel->peer = peer;
	channel->generation++;
	channel->open = true;
	channel->waiting_first = channel->waiting_n = 0;
	return channel;
}

void
ipc_close(struct ipc_channel *channel)
{
	if (channel == NULL)
		return;
	require(channel->open);
	loop_watch_remove(channel->loop, &channel->watch);
	close(channel->watch.fd);
	while (channel->waiting_n > 0)
		waiting_drop(channel);
	channel->open = false;
	channel->generation++;
}

/* What the caller sends is of his own making: a wrong one is our bug. */
static unsigned
compose(struct msg_header *header, struct iovec iov[3], enum msg_kind kind,
    const void *fixed, struct span tail, unsigned fds_n)
{
	const struct msg_type *type = msg_type(kind);

	require(type != NULL);
	require(tail.len <= type->tail_bytes_max);
	require(fds_n >= type->fds_min && fds_n <= type->fds_max);
	*header = (struct msg_header){ kind, (uint32_t)tail.len };
	iov[0] = (struct iovec){ header, sizeof(*header) };
	iov[1] = (struct iovec){ (void *)(uintptr_t)fixed, type->fixed_bytes };
	iov[2] = (struct iovec){ (void *)(uintptr_t)tail.ptr, tail.len };
	return tail.len > 0 ? 3 : 2;
}

static enum err
wait_in_channel(struct ipc_channel *channel, const struct iovec *iov,
    unsigned iov_n, const int *fds, unsigned fds_n)
{
	unsigned i = (channel->waiting_first + channel->waiting_n) %
	    IPC_WAITING_MAX;
	struct waiting *waiting = &channel->waiting[i];
	enum err err = OK;

	if (channel->waiting_n == IPC_WAITING_MAX) {
		counter_add(COUNTER_IPC_FULL, 1);
		return ERR_AGAIN;
	}
	buf_init(&waiting->bytes, MSG_BYTES_MAX);
	waiting->fds_n = 0;
	for (unsigned k = 0; k < iov_n && err == OK; k++)
		err = buf_add(&waiting->bytes,
		    (struct span){ iov[k].iov_base, iov[k].iov_len });
	for (unsigned k = 0; k < fds_n && err == OK; k++) {
		int fd = fcntl(fds[k], F_DUPFD_CLOEXEC, 0);

		if (fd == -1)
			err = ERR_AGAIN;
		else
			waiting->fds[waiting->fds_n++] = fd;
	}
	if (err != OK) {
		close_fds(waiting->fds, waiting->fds_n);
		buf_fini(&waiting->bytes);
		return ERR_AGAIN;
	}
	channel->waiting_n++;
	loop_watch_events(channel->loop, &channel->watch, EPOLLIN | EPOLLOUT);
	return OK;
}

enum err
ipc_send(struct ipc_channel *channel, enum msg_kind kind, const void *fixed,
    struct span tail, const int *fds, unsigned fds_n)
{
	const struct msg_type *type = msg_type(kind);
	struct msg_header header;
	struct iovec iov[3];
	unsigned iov_n;

	require(channel->open && type != NULL);
	require((type->from & 1u << channel->self) != 0 &&
	    (type->to & 1u << channel->peer) != 0);
	iov_n = compose(&header, iov, kind, fixed, tail, fds_n);
	if (channel->waiting_n == 0) {
		if (send_bytes(channel->watch.fd, iov, iov_n, fds, fds_n) !=
		    -1)
			return OK;
		if (errno == ETOOMANYREFS || errno == ENOBUFS ||
		    errno == ENOMEM) {
			counter_add(COUNTER_IPC_FULL, 1);
			return ERR_AGAIN;
		}
		if (errno != EAGAIN)
			return ERR_SYSTEM;
	}
	return wait_in_channel(channel, iov, iov_n, fds, fds_n);
}

unsigned
ipc_waiting(const struct ipc_channel *channel)
{
	return channel->waiting_n;
}

/* Wait for events until due_ms (0: forever). ERR_AGAIN: it is over. */
static enum err
wait_for(int fd, short events, uint64_t due_ms, struct diag *diag)
{
	struct pollfd poll_fd = { .fd = fd, .events = events };
	uint64_t now;
	int left = -1;

	if (due_ms != 0) {
		now = clock_monotonic_ms();
		if (now >= due_ms)
			return diag_set(diag, ERR_AGAIN, "no answer in time");
		left = due_ms - now > 3600000 ? 3600000 : (int)(due_ms - now);
	}
	if (poll(&poll_fd, 1, left) == -1 && errno != EINTR)
		return diag_system(diag, "wait for message");
	return OK;
}

bool
ipc_finish(struct ipc_channel *channel, unsigned ms)
{
	uint64_t due_ms = clock_monotonic_ms() + ms;
	struct diag diag;

	while (channel != NULL && channel->waiting_n > 0) {
		unsigned before = channel->waiting_n;

		flush(channel);
		/* writable and yet nothing sent: the peer is gone */
		if (channel->waiting_n == before && (errno != EAGAIN ||
		    wait_for(channel->watch.fd, POLLOUT, due_ms, &diag) != OK))
			return false;
	}
	return true;
}

enum err
ipc_send_now(int fd, enum msg_kind kind, const void *fixed,
    struct span tail, const int *fds, unsigned fds_n, struct diag *diag)
{
	struct msg_header header;
	struct iovec iov[3];
	unsigned iov_n;
	enum err err;

	iov_n = compose(&header, iov, kind, fixed, tail, fds_n);
	while (send_bytes(fd, iov, iov_n, fds, fds_n) == -1) {
		if (errno != EAGAIN)
			return diag_system(diag, "send message");
		err = wait_for(fd, POLLOUT, 0, diag);
		if (err != OK)
			return err;
	}
	return OK;
}

enum err
ipc_receive_now(int fd, enum role_id self, enum role_id peer,
    uint8_t bytes[MSG_BYTES_MAX], struct ipc_message *message,
    unsigned timeout_ms, struct diag *diag)
{
	_Alignas(struct cmsghdr) uint8_t control[CONTROL_BYTES];
	struct iovec iov = { bytes, MSG_BYTES_MAX };
	struct msghdr hdr = { .msg_iov = &iov, .msg_iovlen = 1,
	    .msg_control = control, .msg_controllen = sizeof(control) };
	uint64_t due_ms = timeout_ms == 0 ? 0 :
	    clock_monotonic_ms() + timeout_ms;
	const char *why;
	enum err err;
	ssize_t n;

	while ((n = recvmsg(fd, &hdr, MSG_DONTWAIT | MSG_CMSG_CLOEXEC)) ==
	    -1) {
		if (errno != EAGAIN && errno != EINTR)
			return diag_system(diag, "receive message");
		err = wait_for(fd, POLLIN, due_ms, diag);
		if (err != OK)
			return err;
	}
	if (n == 0) {
		errno = 0;
		return diag_system(diag, "channel closed");
	}
	why = parse(&hdr, bytes, (size_t)n, self, peer, message);
	if (why != NULL) {
		close_fds(message->fds, message->fds_n);
		return diag_set(diag, ERR_INPUT, "a message %s", why);
	}
	return OK;
}
