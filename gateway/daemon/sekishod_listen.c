/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Listening sockets: opened here, as the receivers cannot make any, and kept
 * open, so that a receiver that is started anew loses no client. Also the
 * control socket. Who is accepted is the business of those who accept.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "sekishod_internal.h"

#define LISTEN_BACKLOG	1024
#ifndef IPV6_FREEBIND		/* not in the headers of Debian 12 */
#define IPV6_FREEBIND	78
#endif

static int
open_listener(const struct address *address, uint16_t port)
{
	struct sockaddr_storage to;
	socklen_t len = address_to_sockaddr(address, port, &to);
	int on = 1, saved;
	int fd;

	fd = socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0);
	if (fd == -1)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	/* the address may come later: a link that is down at boot */
	(void)setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &on, sizeof(on));
	if (to.ss_family == AF_INET6) {
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on,
		    sizeof(on));
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_FREEBIND, &on,
		    sizeof(on));
	}
	if (bind(fd, (struct sockaddr *)&to, len) == -1 ||
	    listen(fd, LISTEN_BACKLOG) == -1) {
		saved = errno;
		close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

static struct listener *
find(struct gateway *gateway, const struct address *address, uint16_t port)
{
	for (unsigned i = 0; i < gateway->listeners_n; i++)
		if (gateway->listeners[i].port == port &&
		    address_equal(&gateway->listeners[i].address, address))
			return &gateway->listeners[i];
	return NULL;
}

int
listener_find(const struct gateway *gateway, const struct address *address,
    uint16_t port)
{
	struct listener *listener = find(
	    (struct gateway *)(uintptr_t)gateway, address, port);

	return listener == NULL ? -1 : listener->fd;
}

static enum err
want(struct gateway *gateway, const struct rules_listen *listen_on,
    struct diag *diag)
{
	struct listener *listener;
	char text[ADDRESS_TEXT_BYTES], what[DIAG_WHAT_BYTES_MAX];
	int fd, errnum;

	listener = find(gateway, &listen_on->address, listen_on->port);
	if (listener != NULL) {
		listener->wanted = true;
		return OK;
	}
	if (gateway->listeners_n == LISTENERS_MAX)
		return diag_set(diag, ERR_LIMIT, "too many listeners");
	fd = open_listener(&listen_on->address, listen_on->port);
	if (fd == -1) {
		errnum = errno;
		address_text(&listen_on->address, text);
		snprintf(what, sizeof(what), "listen on %s port %u", text,
		    listen_on->port);
		errno = errnum;
		return diag_system(diag, what);
	}
	gateway->listeners[gateway->listeners_n++] = (struct listener){
	    listen_on->address, listen_on->port, fd, true };
	return OK;
}

enum err
listeners_open(struct gateway *gateway, const struct rules_image *image,
    struct diag *diag)
{
	enum err err = OK;

	for (unsigned i = 0; i < gateway->listeners_n; i++)
		gateway->listeners[i].wanted = false;
	for (uint32_t i = 0; i < rules_routes(image) && err == OK; i++) {
		struct rules_route route;

		rules_route(image, i, &route);
		for (uint32_t k = 0; k < route.listens && err == OK; k++) {
			struct rules_listen listen_on;

			rules_route_listen(image, i, k, &listen_on);
			err = want(gateway, &listen_on, diag);
		}
	}
	return err;
}

void
listeners_commit(struct gateway *gateway)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < gateway->listeners_n; i++) {
		if (gateway->listeners[i].wanted)
			gateway->listeners[kept++] = gateway->listeners[i];
		else
			close(gateway->listeners[i].fd);
	}
	gateway->listeners_n = kept;
}

/* Back to what the rules in force have. */
void
listeners_rollback(struct gateway *gateway)
{
	struct diag diag;

	if (gateway->config.image == NULL ||
	    listeners_open(gateway, gateway->config.image, &diag) == OK)
		listeners_commit(gateway);
}

/* By the descriptor of the folder: a path of any length will do. */
int
control_open(struct gateway *gateway, struct diag *diag)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	mode_t mask;
	int fd, rc;

	snprintf(to.sun_path, sizeof(to.sun_path), "/proc/self/fd/%d/control",
	    gateway->state_dir);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0);
	if (fd == -1) {
		(void)diag_system(diag, "make control socket");
		return -1;
	}
	/* a left-over: the state folder is locked by us */
	if (unlinkat(gateway->state_dir, "control", 0) == -1 &&
	    errno != ENOENT)
		goto bad;
	mask = umask(0117);
	rc = bind(fd, (struct sockaddr *)&to, sizeof(to));
	umask(mask);
	if (rc == -1)
		goto bad;
	if (gateway->control_gid != (gid_t)-1 && geteuid() == 0 &&
	    fchownat(gateway->state_dir, "control", 0, gateway->control_gid,
	    AT_SYMLINK_NOFOLLOW) == -1)
		goto bad;
	if (listen(fd, CLIENTS_MAX) == -1)
		goto bad;
	return fd;
bad:
	(void)diag_system(diag, "bind control socket");
	close(fd);
	return -1;
}
