/* SPDX-License-Identifier: GPL-3.0-or-later */
/* In the place of rules_acl.c where DPDK is not installed. */
#include "rules_bench.h"

struct acl *
acl_new(const struct filter_set *set, unsigned core, const char **why)
{
	(void)set;
	(void)core;
	*why = "not installed: tools/deps bench";
	return NULL;
}

size_t
acl_bytes(const struct acl *acl)
{
	(void)acl;
	return 0;
}

const char *
acl_algorithm(unsigned i)
{
	(void)i;
	return NULL;
}

bool
acl_classify(const struct acl *acl, unsigned algorithm,
    const uint8_t **tuples, uint32_t *rules, uint32_t n)
{
	(void)acl;
	(void)algorithm;
	(void)tuples;
	(void)rules;
	(void)n;
	return false;
}
