/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Text to the kernel's table, and the rule of the queue. libnftables knows
 * the whole language, but not the targets of xtables, which a kernel without
 * nft_queue needs: that one rule is made by libnftnl.
 */
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/xt_NFQUEUE.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <libnftnl/batch.h>
#include <libnftnl/common.h>
#include <libnftnl/expr.h>
#include <libnftnl/object.h>
#include <libnftnl/rule.h>
#include <nftables/libnftables.h>

#include "../packet/table.h"
#include "sekishod_table.h"

#define BATCH_BYTES	8192
#define SCRATCH		"sekisho-probe"

/* ---- text ---- */

/* The first line of what libnftables says is the one that tells. */
static enum err
run(struct span text, bool dry, struct diag *diag)
{
	struct nft_ctx *ctx = nft_ctx_new(NFT_CTX_DEFAULT);
	char *copy = malloc(text.len + 1);
	const char *said;
	enum err err = OK;

	if (ctx == NULL || copy == NULL) {
		free(copy);
		if (ctx != NULL)
			nft_ctx_free(ctx);
		return diag_set(diag, ERR_SYSTEM, "no memory for nftables");
	}
	memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';
	nft_ctx_set_dry_run(ctx, dry);
	(void)nft_ctx_buffer_error(ctx);
	(void)nft_ctx_buffer_output(ctx);
	if (nft_run_cmd_from_buffer(ctx, copy) != 0) {
		said = nft_ctx_get_error_buffer(ctx);
		err = diag_set(diag, ERR_SYSTEM, "nftables: %.*s",
		    (int)strcspn(said, "\n"), said);
	}
	free(copy);
	nft_ctx_free(ctx);
	return err;
}

enum err
table_check(struct span text, struct diag *diag)
{
	return run(text, true, diag);
}

enum err
table_load(struct span text, struct diag *diag)
{
	return run(text, false, diag);
}

/* Does the kernel take this, in a table of its own that goes again? */
static bool
takes(const char *text)
{
	struct diag diag;
	bool good;

	good = run(span_str(text), false, &diag) == OK;
	(void)run(span_str("add table inet " SCRATCH "\n"
	    "delete table inet " SCRATCH "\n"), false, &diag);
	return good;
}

bool
table_has_flowtable(void)
{
	return takes("add table inet " SCRATCH "\n"
	    "add flowtable inet " SCRATCH " f { hook ingress priority 0 ; }\n"
	    "add chain inet " SCRATCH " c { type filter hook forward priority "
	    "0 ; }\nadd rule inet " SCRATCH " c flow add @f\n");
}

/* ---- the queue ---- */

static enum err
queue_native(unsigned first, unsigned n, struct diag *diag)
{
	char text[256], numbers[32];

	if (n == 1)
		snprintf(numbers, sizeof(numbers), "%u", first);
	else
		snprintf(numbers, sizeof(numbers), "%u-%u", first,
		    first + n - 1);
	snprintf(text, sizeof(text), "flush chain inet " TABLE_NAME " "
	    TABLE_QUEUE_CHAIN "\nadd rule inet " TABLE_NAME " "
	    TABLE_QUEUE_CHAIN " queue %sto %s\n", n == 1 ? "" :
	    "flags fanout ", numbers);
	return run(span_str(text), false, diag);
}

static struct nftnl_rule *
xtables_rule(unsigned first, unsigned n)
{
	struct xt_NFQ_info_v3 *info = calloc(1, sizeof(*info));
	struct nftnl_rule *rule = nftnl_rule_alloc();
	struct nftnl_expr *expr = nftnl_expr_alloc("target");

	if (info == NULL || rule == NULL || expr == NULL) {
		free(info);
		if (expr != NULL)
			nftnl_expr_free(expr);
		if (rule != NULL)
			nftnl_rule_free(rule);
		return NULL;
	}
	info->queuenum = (uint16_t)first;
	info->queues_total = (uint16_t)n;
	info->flags = n > 1 ? NFQ_FLAG_CPU_FANOUT : 0;
	(void)nftnl_expr_set_str(expr, NFTNL_EXPR_TG_NAME, "NFQUEUE");
	nftnl_expr_set_u32(expr, NFTNL_EXPR_TG_REV, 3);
	/* takes info */
	(void)nftnl_expr_set(expr, NFTNL_EXPR_TG_INFO, info, sizeof(*info));
	nftnl_rule_set_u32(rule, NFTNL_RULE_FAMILY, NFPROTO_INET);
	(void)nftnl_rule_set_str(rule, NFTNL_RULE_TABLE, TABLE_NAME);
	(void)nftnl_rule_set_str(rule, NFTNL_RULE_CHAIN, TABLE_QUEUE_CHAIN);
	nftnl_rule_add_expr(rule, expr);
	return rule;
}

/* Send what the batch has, and wait for the one answer that is asked for. */
static enum err
send_batch(struct mnl_nlmsg_batch *batch, struct diag *diag)
{
	struct mnl_socket *s = mnl_socket_open2(NETLINK_NETFILTER,
	    SOCK_CLOEXEC);
	_Alignas(8) uint8_t answer[BATCH_BYTES];
	ssize_t n = -1;
	enum err err = OK;

	if (s != NULL && mnl_socket_bind(s, 0, MNL_SOCKET_AUTOPID) == 0 &&
	    mnl_socket_sendto(s, mnl_nlmsg_batch_head(batch),
	    mnl_nlmsg_batch_size(batch)) != -1)
		n = mnl_socket_recvfrom(s, answer, sizeof(answer));
	if (n == -1 || mnl_cb_run(answer, (size_t)n, 0, 0, NULL, NULL) == -1)
		err = diag_system(diag, "put the rule of the queue in place");
	if (s != NULL)
		(void)mnl_socket_close(s);
	return err;
}

static enum err
queue_xtables(unsigned first, unsigned n, struct diag *diag)
{
	_Alignas(8) char bytes[BATCH_BYTES];
	struct nftnl_rule *rule = xtables_rule(first, n);
	struct mnl_nlmsg_batch *batch;
	struct nlmsghdr *message;
	enum err err;

	batch = mnl_nlmsg_batch_start(bytes, sizeof(bytes));
	if (rule == NULL || batch == NULL) {
		if (rule != NULL)
			nftnl_rule_free(rule);
		if (batch != NULL)
			mnl_nlmsg_batch_stop(batch);
		return diag_set(diag, ERR_SYSTEM, "no memory for a rule");
	}
	nftnl_batch_begin(mnl_nlmsg_batch_current(batch), 1);
	mnl_nlmsg_batch_next(batch);
	message = nftnl_nlmsg_build_hdr(mnl_nlmsg_batch_current(batch),
	    NFT_MSG_NEWRULE, NFPROTO_INET, NLM_F_CREATE | NLM_F_APPEND |
	    NLM_F_ACK, 2);
	nftnl_rule_nlmsg_build_payload(message, rule);
	mnl_nlmsg_batch_next(batch);
	nftnl_batch_end(mnl_nlmsg_batch_current(batch), 3);
	mnl_nlmsg_batch_next(batch);
	err = send_batch(batch, diag);
	mnl_nlmsg_batch_stop(batch);
	nftnl_rule_free(rule);
	return err;
}

enum err
table_queue(unsigned first, unsigned n, bool *native, struct diag *diag)
{
	enum err err;

	*native = takes("add table inet " SCRATCH "\n"
	    "add chain inet " SCRATCH " c\n"
	    "add rule inet " SCRATCH " c queue to 1\n");
	if (*native)
		return queue_native(first, n, diag);
	err = run(span_str("flush chain inet " TABLE_NAME " "
	    TABLE_QUEUE_CHAIN "\n"), false, diag);
	return err != OK ? err : queue_xtables(first, n, diag);
}
