/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the kernel has of the table: chains, sets, counters. Read message by
 * message; libnftnl knows their attributes. And flows that must be forgotten.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <libmnl/libmnl.h>
#include <libnftnl/chain.h>
#include <libnftnl/common.h>
#include <libnftnl/flowtable.h>
#include <libnftnl/object.h>
#include <libnftnl/set.h>
#include <libnftnl/table.h>

#include "sekishod_table_internal.h"

#define RECEIVE_BYTES	32768	/* a dump's messages are smaller */
#define REQUEST_BYTES	256
#define DUMP_SEQUENCE	1

struct dump {
	table_message_fn *fn;
	void		*arg;
	enum err	 err;
};

static int
on_message(const struct nlmsghdr *message, void *arg)
{
	struct dump *dump = arg;

	if (dump->err == OK)
		dump->err = dump->fn(dump->arg, message);
	return MNL_CB_OK;
}

static enum err
dump_read(struct mnl_socket *socket, struct dump *dump, bool *again,
    struct diag *diag)
{
	_Alignas(struct nlmsghdr) char bytes[RECEIVE_BYTES];
	ssize_t n;
	int rc;

	do {
		n = mnl_socket_recvfrom(socket, bytes, sizeof(bytes));
		if (n == -1 && errno == EINTR && !*again) {
			*again = true;	/* the ruleset changed under us */
			return OK;
		}
		if (n == -1)
			return diag_system(diag, "read the table");
		rc = mnl_cb_run(bytes, (size_t)n, DUMP_SEQUENCE,
		    mnl_socket_get_portid(socket), on_message, dump);
	} while (rc > MNL_CB_STOP);
	if (rc == MNL_CB_ERROR && errno == EINTR && !*again) {
		*again = true;
		return OK;
	}
	if (rc == MNL_CB_ERROR)
		return diag_system(diag, "read the table");
	return dump->err;
}

enum err
table_dump(uint16_t message_type, table_message_fn *fn, void *arg,
    struct diag *diag)
{
	_Alignas(struct nlmsghdr) char bytes[REQUEST_BYTES];
	struct dump dump = { fn, arg, OK };
	struct mnl_socket *socket;
	struct nlmsghdr *request;
	bool interrupted = false;
	enum err err = OK;

	socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	if (socket == NULL)
		return diag_system(diag, "open netlink");
	if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) == -1) {
		err = diag_system(diag, "bind netlink");
	} else {
		request = nftnl_nlmsg_build_hdr(bytes, message_type,
		    NFPROTO_INET, NLM_F_DUMP, DUMP_SEQUENCE);
		if (mnl_socket_sendto(socket, request,
		    request->nlmsg_len) == -1)
			err = diag_system(diag, "ask for the table");
		else
			err = dump_read(socket, &dump, &interrupted, diag);
	}
	(void)mnl_socket_close(socket);
	if (err == OK && interrupted)
		return diag_set(diag, ERR_AGAIN,
		    "the tables were changed by somebody meanwhile");
	return err;
}

/* ---- flows ---- */

static enum err
flush_conntrack(struct mnl_socket *socket, struct diag *diag)
{
	_Alignas(struct nlmsghdr) char bytes[REQUEST_BYTES];
	struct nlmsghdr *request = mnl_nlmsg_put_header(bytes);
	struct nfgenmsg *family;
	ssize_t n;

	request->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 |
	    IPCTNL_MSG_CT_DELETE;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	request->nlmsg_seq = DUMP_SEQUENCE;
	family = mnl_nlmsg_put_extra_header(request, sizeof(*family));
	family->nfgen_family = AF_UNSPEC;
	family->version = NFNETLINK_V0;
	family->res_id = 0;
	if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) == -1 ||
	    mnl_socket_sendto(socket, request, request->nlmsg_len) == -1)
		return diag_system(diag, "ask conntrack to forget");
	n = mnl_socket_recvfrom(socket, bytes, sizeof(bytes));
	if (n == -1 || mnl_cb_run(bytes, (size_t)n, DUMP_SEQUENCE,
	    mnl_socket_get_portid(socket), NULL, NULL) == MNL_CB_ERROR)
		return diag_system(diag, "conntrack does not forget");
	return OK;
}

enum err
table_flows_forget(struct diag *diag)
{
	struct mnl_socket *socket = mnl_socket_open2(NETLINK_NETFILTER,
	    SOCK_CLOEXEC);
	enum err err;

	if (socket == NULL)
		return diag_system(diag, "open netlink");
	err = flush_conntrack(socket, diag);
	(void)mnl_socket_close(socket);
	return err;
}

/* ---- is there a table ---- */

static enum err
on_table(void *arg, const struct nlmsghdr *message)
{
	struct nftnl_table *table = nftnl_table_alloc();
	bool *there = arg;

	if (table == NULL)
		return ERR_SYSTEM;
	if (nftnl_table_nlmsg_parse(message, table) == 0 &&
	    strcmp(nftnl_table_get_str(table, NFTNL_TABLE_NAME),
	    TABLE_NAME) == 0)
		*there = true;
	nftnl_table_free(table);
	return OK;
}

enum err
table_there(struct diag *diag)
{
	bool there = false;
	enum err err = table_dump(NFT_MSG_GETTABLE, on_table, &there, diag);

	if (err == OK && !there)
		return diag_set(diag, ERR_POLICY, "there is no table "
		    TABLE_NAME " in the kernel");
	return err;
}

/* ---- what must go before the text ---- */

struct clearing {
	struct span	 text;
	struct buf	*commands;
	const char	*verb;		/* "flush", "delete" */
};

static bool
ours(const char *table)
{
	return table != NULL && strcmp(table, TABLE_NAME) == 0;
}

static enum err
on_chain(void *arg, const struct nlmsghdr *message)
{
	struct clearing *c = arg;
	struct nftnl_chain *chain = nftnl_chain_alloc();
	bool flush = strcmp(c->verb, "flush") == 0;
	enum err err = OK;
	const char *name;

	if (chain == NULL)
		return ERR_SYSTEM;
	if (nftnl_chain_nlmsg_parse(message, chain) == 0 &&
	    ours(nftnl_chain_get_str(chain, NFTNL_CHAIN_TABLE))) {
		name = nftnl_chain_get_str(chain, NFTNL_CHAIN_NAME);
		/* hooks stay: between two of them packets would be lost */
		if (strcmp(name, TABLE_QUEUE_CHAIN) != 0 && (flush ||
		    !nftnl_chain_is_set(chain, NFTNL_CHAIN_HOOKNUM)))
			err = buf_printf(c->commands, "%s chain inet "
			    TABLE_NAME " %s\n", c->verb, name);
	}
	nftnl_chain_free(chain);
	return err;
}

static enum err
on_set(void *arg, const struct nlmsghdr *message)
{
	struct clearing *c = arg;
	struct nftnl_set *set = nftnl_set_alloc();
	enum err err = OK;
	uint32_t flags;

	if (set == NULL)
		return ERR_SYSTEM;
	if (nftnl_set_nlmsg_parse(message, set) == 0 &&
	    ours(nftnl_set_get_str(set, NFTNL_SET_TABLE))) {
		flags = nftnl_set_get_u32(set, NFTNL_SET_FLAGS);
		/* one without a name goes with its rule */
		if ((flags & NFT_SET_ANONYMOUS) == 0)
			err = buf_printf(c->commands, "delete %s inet "
			    TABLE_NAME " %s\n",
			    flags & (NFT_SET_MAP | NFT_SET_OBJECT) ? "map" :
			    "set", nftnl_set_get_str(set, NFTNL_SET_NAME));
	}
	nftnl_set_free(set);
	return err;
}

static enum err
on_flowtable(void *arg, const struct nlmsghdr *message)
{
	struct clearing *c = arg;
	struct nftnl_flowtable *flowtable = nftnl_flowtable_alloc();
	enum err err = OK;

	if (flowtable == NULL)
		return ERR_SYSTEM;
	/* with it go its flows: they are of an epoch that has passed */
	if (nftnl_flowtable_nlmsg_parse(message, flowtable) == 0 &&
	    ours(nftnl_flowtable_get_str(flowtable, NFTNL_FLOWTABLE_TABLE)))
		err = buf_printf(c->commands, "delete flowtable inet "
		    TABLE_NAME " %s\n", nftnl_flowtable_get_str(flowtable,
		    NFTNL_FLOWTABLE_NAME));
	nftnl_flowtable_free(flowtable);
	return err;
}

static enum err
on_object(void *arg, const struct nlmsghdr *message)
{
	struct clearing *c = arg;
	struct nftnl_obj *object = nftnl_obj_alloc();
	char line[512];
	enum err err = OK;
	const char *name;

	if (object == NULL)
		return ERR_SYSTEM;
	if (nftnl_obj_nlmsg_parse(message, object) == 0 &&
	    ours(nftnl_obj_get_str(object, NFTNL_OBJ_TABLE)) &&
	    nftnl_obj_get_u32(object, NFTNL_OBJ_TYPE) ==
	    NFT_OBJECT_COUNTER) {
		name = nftnl_obj_get_str(object, NFTNL_OBJ_NAME);
		snprintf(line, sizeof(line), "\n\tcounter %s {\n", name);
		if (span_find(c->text, span_str(line)) == c->text.len)
			err = buf_printf(c->commands, "delete counter inet "
			    TABLE_NAME " %s\n", name);
	}
	nftnl_obj_free(object);
	return err;
}

enum err
table_clear_way(struct span text, struct buf *commands, struct diag *diag)
{
	struct clearing c = { text, commands, "flush" };
	enum err err;

	/* rules hold sets and counters, elements of maps hold chains */
	err = table_dump(NFT_MSG_GETCHAIN, on_chain, &c, diag);
	c.verb = "delete";
	if (err == OK)
		err = table_dump(NFT_MSG_GETSET, on_set, &c, diag);
	if (err == OK)
		err = table_dump(NFT_MSG_GETCHAIN, on_chain, &c, diag);
	if (err == OK)
		err = table_dump(NFT_MSG_GETFLOWTABLE, on_flowtable, &c,
		    diag);
	if (err == OK)
		err = table_dump(NFT_MSG_GETOBJ, on_object, &c, diag);
	if (err != OK && err != ERR_SYSTEM && err != ERR_AGAIN)
		return diag_set(diag, err, "what is in the kernel: too much");
	return err;
}

/* ---- counters ---- */

struct counting {
	table_counter_fn *fn;
	void		*arg;
};

static enum err
on_counter(void *arg, const struct nlmsghdr *message)
{
	struct counting *c = arg;
	struct nftnl_obj *object = nftnl_obj_alloc();

	if (object == NULL)
		return ERR_SYSTEM;
	if (nftnl_obj_nlmsg_parse(message, object) == 0 &&
	    ours(nftnl_obj_get_str(object, NFTNL_OBJ_TABLE)) &&
	    nftnl_obj_get_u32(object, NFTNL_OBJ_TYPE) == NFT_OBJECT_COUNTER)
		c->fn(c->arg, nftnl_obj_get_str(object, NFTNL_OBJ_NAME),
		    nftnl_obj_get_u64(object, NFTNL_OBJ_CTR_PKTS),
		    nftnl_obj_get_u64(object, NFTNL_OBJ_CTR_BYTES));
	nftnl_obj_free(object);
	return OK;
}

enum err
table_counters(table_counter_fn *fn, void *arg, struct diag *diag)
{
	struct counting c = { fn, arg };

	return table_dump(NFT_MSG_GETOBJ, on_counter, &c, diag);
}
