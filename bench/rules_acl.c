/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * DPDK's librte_acl as the peer of our evaluator: one context, one category,
 * the fields of an IPv4 5-tuple as DPDK's l3fwd-acl has them, priorities
 * falling in file order. It runs without huge pages and without devices.
 */
#include <stdlib.h>
#include <string.h>

#include <rte_acl.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_malloc.h>

#include "../gateway/base/log.h"
#include "rules_bench.h"

#define FIELDS		5

RTE_ACL_RULE_DEF(acl_rule, FIELDS);

struct acl {
	struct rte_acl_ctx *context;
	size_t		 bytes;
};

static const struct rte_acl_field_def fields[FIELDS] = {
	{ RTE_ACL_FIELD_TYPE_BITMASK, 1, 0, 0,
	    offsetof(struct tuple, protocol) },
	{ RTE_ACL_FIELD_TYPE_MASK, 4, 1, 1, offsetof(struct tuple, src) },
	{ RTE_ACL_FIELD_TYPE_MASK, 4, 2, 2, offsetof(struct tuple, dst) },
	{ RTE_ACL_FIELD_TYPE_RANGE, 2, 3, 3,
	    offsetof(struct tuple, src_port) },
	{ RTE_ACL_FIELD_TYPE_RANGE, 2, 4, 3,
	    offsetof(struct tuple, dst_port) },
};

static const struct algorithm {
	const char	*name;
	enum rte_acl_classify_alg id;
} algorithms[] = {
	{ "scalar", RTE_ACL_CLASSIFY_SCALAR },
	{ "sse", RTE_ACL_CLASSIFY_SSE },
	{ "avx2", RTE_ACL_CLASSIFY_AVX2 },
	{ "avx512x16", RTE_ACL_CLASSIFY_AVX512X16 },
	{ "avx512x32", RTE_ACL_CLASSIFY_AVX512X32 },
};

#define ALGORITHMS	(sizeof(algorithms) / sizeof(algorithms[0]))

static void
start_dpdk(unsigned core)
{
	static char *words[] = { "bench_rules", "--no-huge", "--no-shconf",
	    "--no-pci", "--no-telemetry", "-m", "4096", "-l", NULL,
	    "--log-level=lib.eal:error", "--force-max-simd-bitwidth=512" };
	char text[16];

	snprintf(text, sizeof(text), "%u", core);
	words[8] = text;
	if (rte_eal_init(sizeof(words) / sizeof(words[0]), words) < 0)
		die(4, "DPDK does not start: %s", rte_strerror(rte_errno));
}

static void
rule_of(const struct filter_rule *f, uint32_t number, struct acl_rule *rule)
{
	memset(rule, 0, sizeof(*rule));
	rule->data.category_mask = 1;
	rule->data.priority = (int32_t)(RTE_ACL_MAX_PRIORITY - number);
	rule->data.userdata = number + 1;	/* 0 is "no match" */
	rule->field[0].value.u8 = f->protocol;
	rule->field[0].mask_range.u8 = f->protocol_any ? 0 : 0xff;
	rule->field[1].value.u32 = f->src.address;
	rule->field[1].mask_range.u32 = f->src.len;
	rule->field[2].value.u32 = f->dst.address;
	rule->field[2].mask_range.u32 = f->dst.len;
	rule->field[3].value.u16 = f->src_port.low;
	rule->field[3].mask_range.u16 = f->src_port.high;
	rule->field[4].value.u16 = f->dst_port.low;
	rule->field[4].mask_range.u16 = f->dst_port.high;
}

static size_t
heap_bytes(void)
{
	struct rte_malloc_socket_stats stats = { 0 };

	rte_malloc_get_socket_stats(0, &stats);
	return stats.heap_allocsz_bytes;
}

static int
build(struct rte_acl_ctx *context, const struct filter_set *set)
{
	struct rte_acl_config config = { .num_categories = 1,
	    .num_fields = FIELDS };
	struct acl_rule rule;
	int err = 0;

	for (uint32_t i = 0; i < set->n && err == 0; i++) {
		rule_of(&set->filters[i], i, &rule);
		err = rte_acl_add_rules(context, (struct rte_acl_rule *)&rule,
		    1);
	}
	memcpy(config.defs, fields, sizeof(fields));
	return err != 0 ? err : rte_acl_build(context, &config);
}

struct acl *
acl_new(const struct filter_set *set, unsigned core, const char **why)
{
	struct rte_acl_param param = { .name = "bench", .socket_id = 0,
	    .rule_size = RTE_ACL_RULE_SZ(FIELDS), .max_rule_num = set->n };
	struct acl *acl = calloc(1, sizeof(*acl));
	size_t before;
	int err;

	if (acl == NULL)
		die(4, "memory");
	start_dpdk(core);
	acl->context = rte_acl_create(&param);
	if (acl->context == NULL)
		die(4, "rte_acl_create: %s", rte_strerror(rte_errno));
	before = heap_bytes();
	err = build(acl->context, set);
	if (err != 0) {
		*why = rte_strerror(-err);
		rte_acl_free(acl->context);
		free(acl);
		return NULL;
	}
	acl->bytes = heap_bytes() - before;
	return acl;
}

size_t
acl_bytes(const struct acl *acl)
{
	return acl->bytes;
}

const char *
acl_algorithm(unsigned i)
{
	return i < ALGORITHMS ? algorithms[i].name : NULL;
}

bool
acl_classify(const struct acl *acl, unsigned algorithm,
    const uint8_t **tuples, uint32_t *rules, uint32_t n)
{
	return rte_acl_classify_alg(acl->context, tuples, rules, n, 1,
	    algorithms[algorithm].id) == 0;
}
