/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_PROC_IPC_H
#define SEKISHO_PROC_IPC_H

#include "../base/buf.h"
#include "loop.h"
#include "msg.h"

/*
 * One end of a SEQPACKET pair between two of our processes. A message is a
 * struct msg_header, the fixed struct of its kind, and for some kinds a tail
 * of bytes; with it travel descriptors. The list of kinds is msg.h; a message
 * that the list does not allow on this channel ends the process (die): the
 * other side is broken or taken over, and the supervisor starts it anew.
 */
struct ipc_channel;

struct ipc_message {
	enum msg_kind	 kind;
	const void	*fixed;		/* sizeof the struct of the kind;
					 * aligned for it (ipc_receive_now:
					 * as the caller's bytes are) */
	struct span	 tail;
	int		 fds[MSG_FDS_MAX];	/* -1 where there is none */
	unsigned	 fds_n;
};

/*
 * message: the handler takes a descriptor by setting fds[i] to -1; the others
 * are closed when it returns. Bytes are valid until it returns.
 * closed: the peer is gone; the handler calls ipc_close(). Both borrow arg.
 * invalid: for the supervisor only, who must outlive a bad child: called
 * instead of die(); the handler calls ipc_close(). NULL: die.
 */
struct ipc_handler {
	void	(*message)(void *arg, struct ipc_channel *,
		    struct ipc_message *);
	void	(*closed)(void *arg, struct ipc_channel *);
	void	*arg;
	void	(*invalid)(void *arg, struct ipc_channel *, const char *why);
};

/*
 * A connected pair, close-on-exec, nonblocking, with a send buffer that is
 * large enough for the longest message.
 */
enum err ipc_pair(int fds[2], struct diag *diag) MUST_CHECK;

/*
 * Takes fd (a SOCK_SEQPACKET socket), makes it nonblocking and watches it.
 * self and peer say which rows of msg.h are allowed; handler is copied.
 * NULL: IPC_CHANNELS_MAX or the loop's limit reached; fd is closed then.
 */
struct ipc_channel *ipc_open(struct loop *loop, int fd, enum role_id self,
    enum role_id peer, const struct ipc_handler *handler);
void ipc_close(struct ipc_channel *channel);	/* NULL is allowed */

/*
 * Send one message; fixed has the size that msg.h gives for the kind. The
 * descriptors stay the caller's. When the socket is full the message waits in
 * the channel (descriptors duplicated), up to IPC_WAITING_MAX messages:
 * ERR_AGAIN beyond that, nothing was queued. ERR_SYSTEM: the peer is gone.
 */
enum err ipc_send(struct ipc_channel *channel, enum msg_kind kind,
    const void *fixed, struct span tail, const int *fds, unsigned fds_n)
    MUST_CHECK;

/* How many messages wait because the socket is full; lost by ipc_close(). */
unsigned ipc_waiting(const struct ipc_channel *channel);
/*
 * For a process that ends: send what waits, for at most ms milliseconds. A
 * channel of NULL has nothing. false: some of it is lost.
 */
bool ipc_finish(struct ipc_channel *channel, unsigned ms);

/*
 * Blocking forms for start-up code, children and the command line tool;
 * timeout 0: forever. Descriptors of a received message belong to the caller.
 * ERR_AGAIN: timeout. ERR_SYSTEM: the peer is gone (errnum 0: closed).
 * ERR_INPUT: not a message that the list allows here.
 */
enum err ipc_send_now(int fd, enum msg_kind kind, const void *fixed,
    struct span tail, const int *fds, unsigned fds_n, struct diag *diag)
    MUST_CHECK;
enum err ipc_receive_now(int fd, enum role_id self, enum role_id peer,
    uint8_t bytes[MSG_BYTES_MAX], struct ipc_message *message,
    unsigned timeout_ms, struct diag *diag) MUST_CHECK;

#endif
