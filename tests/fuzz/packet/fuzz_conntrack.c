/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Messages of ctnetlink: whatever their attributes say, an entry that is
 * handed on has two addresses of one family, and nothing is read beyond.
 */
#include "../../../gateway/packet/packet_conntrack.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
entry(void *arg, const struct packet_conntrack_entry *e)
{
	(void)arg;
	require(e->key.src.family == 4 || e->key.src.family == 6);
	require(e->key.dst.family == 4 || e->key.dst.family == 6);
}

static void
end(void *arg, bool whole)
{
	(void)arg;
	(void)whole;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct packet_conntrack c;
	const struct nlmsghdr *message;
	uint8_t *copy = len > 0 ? malloc(len) : NULL;
	int left = (int)len;

	if (copy == NULL)
		return 0;
	memcpy(copy, data, len);
	c.handler = (struct packet_conntrack_handler){ entry, entry, end,
		NULL };
	c.dump = 1;
	message = (const void *)copy;
	for (; packet_netlink_ok(message, left);
	    message = mnl_nlmsg_next(message, &left))
		take_message(&c, message);
	free(copy);
	return 0;
}
