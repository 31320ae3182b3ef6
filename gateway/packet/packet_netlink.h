/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_PACKET_NETLINK_H
#define SEKISHO_PACKET_NETLINK_H

#include <stdbool.h>

#include <libmnl/libmnl.h>

/*
 * Is there a whole message in what is left of a datagram? libmnl 1.0.4 takes
 * the length for a signed number: one of 2 GB and more passes mnl_nlmsg_ok()
 * and leads behind the end.
 */
static inline bool
packet_netlink_ok(const struct nlmsghdr *message, int left)
{
	return mnl_nlmsg_ok(message, left) &&
	    message->nlmsg_len <= (uint32_t)left;
}

/*
 * Does the attribute end where the message does, or before? libmnl rounds the
 * end of the message up to four bytes.
 */
static inline bool
packet_netlink_inside(const struct nlmsghdr *message,
    const struct nlattr *attr)
{
	return (const uint8_t *)attr + attr->nla_len <=
	    (const uint8_t *)message + message->nlmsg_len;
}

/* All of them? NULL: it is not there. */
static inline bool
packet_netlink_all_inside(const struct nlmsghdr *message,
    const struct nlattr *const *attrs, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (attrs[i] != NULL && !packet_netlink_inside(message,
		    attrs[i]))
			return false;
	return true;
}

#endif
