/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The rule that gives packets to the queues. The kernel's own expression is
 * tried first; where it was not built in, the target NFQUEUE of xtables does
 * the same, which the nft language cannot say. The rule that was there is
 * replaced in one transaction, or stays when it is the same: no packet is
 * lost meanwhile.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/xt_NFQUEUE.h>
#include <libmnl/libmnl.h>
#include <libnftnl/common.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>

#include "sekishod_table_internal.h"

#define TARGET_REVISION		3
#define BATCH_BYTES		8192
/* xtables wants its data in whole words */
#define TARGET_BYTES	((sizeof(struct xt_NFQ_info_v3) + 7) & ~(size_t)7)

static enum err
describe_expr(struct buf *out, struct nftnl_expr *expr)
{
	const char *name = nftnl_expr_get_str(expr, NFTNL_EXPR_NAME);
	struct xt_NFQ_info_v3 info;
	const void *data;
	uint32_t len;

	if (strcmp(name, "queue") == 0)
		return buf_printf(out, "queue %u %u %u",
		    nftnl_expr_get_u16(expr, NFTNL_EXPR_QUEUE_NUM),
		    nftnl_expr_get_u16(expr, NFTNL_EXPR_QUEUE_TOTAL),
		    nftnl_expr_get_u16(expr, NFTNL_EXPR_QUEUE_FLAGS));
	if (strcmp(name, "target") == 0) {
		data = nftnl_expr_get(expr, NFTNL_EXPR_TG_INFO, &len);
		if (data != NULL && len >= sizeof(info) &&
		    strcmp(nftnl_expr_get_str(expr, NFTNL_EXPR_TG_NAME),
		    "NFQUEUE") == 0) {
			memcpy(&info, data, sizeof(info));
			return buf_printf(out, "target %u %u %u",
			    info.queuenum, info.queues_total, info.flags);
		}
	}
	return buf_printf(out, "%s?", name);
}

static enum err
on_rule(void *arg, const struct nlmsghdr *message)
{
	struct nftnl_rule *rule = nftnl_rule_alloc();
	struct nftnl_expr_iter *iter = NULL;
	struct nftnl_expr *expr;
	struct buf *out = arg;
	enum err err = OK;

	if (rule == NULL)
		return ERR_SYSTEM;
	if (nftnl_rule_nlmsg_parse(message, rule) == 0 &&
	    strcmp(nftnl_rule_get_str(rule, NFTNL_RULE_TABLE),
	    TABLE_NAME) == 0 &&
	    strcmp(nftnl_rule_get_str(rule, NFTNL_RULE_CHAIN),
	    TABLE_QUEUE_CHAIN) == 0) {
		iter = nftnl_expr_iter_create(rule);
		if (iter == NULL)
			err = ERR_SYSTEM;
		while (err == OK && (expr = nftnl_expr_iter_next(iter)) !=
		    NULL)
			err = describe_expr(out, expr);
		if (err == OK)
			err = buf_add_byte(out, '\n');
		if (iter != NULL)
			nftnl_expr_iter_destroy(iter);
	}
	nftnl_rule_free(rule);
	return err;
}

enum err
table_queue_text(struct buf *out, struct diag *diag)
{
	return table_dump(NFT_MSG_GETRULE, on_rule, out, diag);
}

static struct nftnl_expr *
expr_native(uint16_t first, uint16_t n)
{
	struct nftnl_expr *expr = nftnl_expr_alloc("queue");

	if (expr == NULL)
		return NULL;
	nftnl_expr_set_u16(expr, NFTNL_EXPR_QUEUE_NUM, first);
	nftnl_expr_set_u16(expr, NFTNL_EXPR_QUEUE_TOTAL, n);
	nftnl_expr_set_u16(expr, NFTNL_EXPR_QUEUE_FLAGS, 0);
	return expr;
}

/*
 * libnftnl 1.2 keeps the pointer to the data and frees it with the
 * expression, which gcc's analyzer cannot know.
 */
#pragma GCC diagnostic push
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#endif
static struct nftnl_expr *
expr_target(uint16_t first, uint16_t n)
{
	struct nftnl_expr *expr = nftnl_expr_alloc("target");
	struct xt_NFQ_info_v3 *info;

	if (expr == NULL)
		return NULL;
	/* start-up: the expression takes it */
	info = calloc(1, TARGET_BYTES);
	if (info == NULL) {
		nftnl_expr_free(expr);
		return NULL;
	}
	info->queuenum = first;
	info->queues_total = n;
	nftnl_expr_set_str(expr, NFTNL_EXPR_TG_NAME, "NFQUEUE");
	nftnl_expr_set_u32(expr, NFTNL_EXPR_TG_REV, TARGET_REVISION);
	nftnl_expr_set(expr, NFTNL_EXPR_TG_INFO, info, TARGET_BYTES);
	return expr;
}
#pragma GCC diagnostic pop

static struct nftnl_rule *
rule_of_chain(void)
{
	struct nftnl_rule *rule = nftnl_rule_alloc();

	if (rule == NULL)
		return NULL;
	nftnl_rule_set_str(rule, NFTNL_RULE_TABLE, TABLE_NAME);
	nftnl_rule_set_str(rule, NFTNL_RULE_CHAIN, TABLE_QUEUE_CHAIN);
	nftnl_rule_set_u32(rule, NFTNL_RULE_FAMILY, NFPROTO_INET);
	return rule;
}

/* Empty the chain, add the rule; both or nothing. 0, or an errno. */
static int
send_batch(struct mnl_socket *socket, struct nftnl_rule *all,
    struct nftnl_rule *rule)
{
	_Alignas(struct nlmsghdr) char bytes[BATCH_BYTES];
	_Alignas(struct nlmsghdr) char answer[BATCH_BYTES];
	struct mnl_nlmsg_batch *batch;
	const struct nlmsghdr *message;
	struct nlmsghdr *header;
	ssize_t n;
	int len;

	/* start-up: of libmnl, a few words */
	batch = mnl_nlmsg_batch_start(bytes, sizeof(bytes));
	if (batch == NULL)
		return ENOMEM;
	nftnl_batch_begin(mnl_nlmsg_batch_current(batch), 1);
	(void)mnl_nlmsg_batch_next(batch);
	header = nftnl_nlmsg_build_hdr(mnl_nlmsg_batch_current(batch),
	    NFT_MSG_DELRULE, NFPROTO_INET, 0, 2);
	nftnl_rule_nlmsg_build_payload(header, all);
	(void)mnl_nlmsg_batch_next(batch);
	header = nftnl_nlmsg_build_hdr(mnl_nlmsg_batch_current(batch),
	    NFT_MSG_NEWRULE, NFPROTO_INET,
	    NLM_F_APPEND | NLM_F_CREATE | NLM_F_ACK, 3);
	nftnl_rule_nlmsg_build_payload(header, rule);
	(void)mnl_nlmsg_batch_next(batch);
	nftnl_batch_end(mnl_nlmsg_batch_current(batch), 4);
	(void)mnl_nlmsg_batch_next(batch);
	n = mnl_socket_sendto(socket, mnl_nlmsg_batch_head(batch),
	    mnl_nlmsg_batch_size(batch));
	mnl_nlmsg_batch_stop(batch);
	if (n == -1)
		return errno;
	/* the answer is there when sendto returns: error or acknowledgement */
	n = mnl_socket_recvfrom(socket, answer, sizeof(answer));
	if (n == -1)
		return errno;
	message = (const struct nlmsghdr *)(const void *)answer;
	len = (int)n;
	for (; mnl_nlmsg_ok(message, len);
	    message = mnl_nlmsg_next(message, &len)) {
		const struct nlmsgerr *error;

		if (message->nlmsg_type != NLMSG_ERROR)
			continue;
		error = mnl_nlmsg_get_payload(message);
		return -error->error;
	}
	return EPROTO;
}

/* 0, or an errno. Takes expr. */
static int
put_rule_take(struct nftnl_expr *expr)
{
	struct nftnl_rule *all = rule_of_chain(), *rule = rule_of_chain();
	struct mnl_socket *socket;
	int errnum = ENOMEM;

	if (all != NULL && rule != NULL && expr != NULL) {
		nftnl_rule_add_expr(rule, expr);
		expr = NULL;
		socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
		if (socket == NULL) {
			errnum = errno;
		} else {
			if (mnl_socket_bind(socket, 0,
			    MNL_SOCKET_AUTOPID) == -1)
				errnum = errno;
			else
				errnum = send_batch(socket, all, rule);
			(void)mnl_socket_close(socket);
		}
	}
	if (expr != NULL)
		nftnl_expr_free(expr);
	if (all != NULL)
		nftnl_rule_free(all);
	if (rule != NULL)
		nftnl_rule_free(rule);
	return errnum;
}

/* Is the rule in the kernel this one already? */
static enum err
already(uint16_t first, uint16_t n, bool *is, bool *native,
    struct diag *diag)
{
	struct buf now, wanted;
	enum err err;

	buf_init(&now, BATCH_BYTES);
	buf_init(&wanted, BATCH_BYTES);
	*is = *native = false;
	err = table_queue_text(&now, diag);
	if (err == OK)
		err = buf_printf(&wanted, "queue %u %u 0\n", first, n);
	if (err == OK && span_equal(buf_span(&now), buf_span(&wanted)))
		*is = *native = true;
	buf_clear(&wanted);
	if (err == OK)
		err = buf_printf(&wanted, "target %u %u 0\n", first, n);
	if (err == OK && span_equal(buf_span(&now), buf_span(&wanted)))
		*is = true;
	buf_fini(&now);
	buf_fini(&wanted);
	return err;
}

enum err
table_queue_rule(uint16_t first, uint16_t n, bool *native,
    struct diag *diag)
{
	bool is, is_native;
	int errnum;
	enum err err;

	require(n > 0 && first <= UINT16_MAX - (n - 1));
	err = already(first, n, &is, &is_native, diag);
	if (err != OK)
		return err;
	if (!is) {
		is_native = true;
		errnum = put_rule_take(expr_native(first, n));
		/* what the kernel says when it knows no such expression */
		if (errnum == ENOENT || errnum == EOPNOTSUPP) {
			is_native = false;
			errnum = put_rule_take(expr_target(first, n));
		}
		if (errnum != 0) {
			errno = errnum;
			return diag_system(diag, "rule of the queue");
		}
	}
	if (native != NULL)
		*native = is_native;
	return OK;
}
