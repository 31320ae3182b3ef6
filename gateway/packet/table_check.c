/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Are the facts such that a table can be written of them? Names become words
 * of the nft language, so what could be read as something else is refused;
 * whether the rules are wise was checked by the compiler of the rules.
 */
#include <string.h>

#include "mark.h"
#include "table_internal.h"

#define INTERFACE_BYTES_MAX	15	/* IFNAMSIZ without its NUL */

static bool
word_of(const char *word, const char *also, size_t bytes_max)
{
	size_t len = strlen(word);

	for (size_t i = 0; i < len; i++) {
		uint8_t c = (uint8_t)word[i];

		if (!ascii_is_alpha(c) && !ascii_is_digit(c) &&
		    strchr(also, c) == NULL)
			return false;
	}
	return len > 0 && len <= bytes_max;
}

static bool
address_good(const struct address *a)
{
	return a->family == 4 || a->family == 6;
}

static bool
range_good(const struct table_range *r)
{
	return address_good(&r->first) && r->first.family == r->last.family &&
	    memcmp(r->first.bytes, r->last.bytes, sizeof(r->first.bytes)) <= 0;
}

static enum err
check_segment(const struct table_facts *facts, uint32_t i, struct diag *diag)
{
	const struct table_segment *s = &facts->segments[i];

	if (!word_of(s->name, "-_", TABLE_NAME_BYTES_MAX))
		return diag_set(diag, ERR_INPUT,
		    "segment %u has no name for nft", i);
	if (s->tier < 1 || s->tier > 3)
		return diag_set(diag, ERR_INPUT, "segment %s: no tier: %u",
		    s->name, s->tier);
	/* a star at the end would be a pattern */
	if (!word_of(s->interface_name, "-_.:", INTERFACE_BYTES_MAX) ||
	    strcmp(s->interface_name, "lo") == 0)
		return diag_set(diag, ERR_INPUT,
		    "segment %s: no interface of a gateway: %.15s", s->name,
		    s->interface_name);
	for (uint32_t k = 0; k < i; k++) {
		if (strcmp(facts->segments[k].name, s->name) == 0)
			return diag_set(diag, ERR_INPUT,
			    "two segments of the name %s", s->name);
		if (strcmp(facts->segments[k].interface_name,
		    s->interface_name) == 0)
			return diag_set(diag, ERR_INPUT,
			    "segments %s and %s share an interface",
			    facts->segments[k].name, s->name);
	}
	for (uint32_t k = 0; k < s->networks_n; k++) {
		const struct network *n = &s->networks[k];

		if (!address_good(&n->address) || n->prefix_len >
		    (n->address.family == 4 ? 32 : 128))
			return diag_set(diag, ERR_INPUT,
			    "segment %s: network %u is none", s->name, k);
	}
	return OK;
}

static enum err
check_manage(const struct table_facts *facts, const struct table_manage *m,
    struct diag *diag)
{
	bool icmp = m->protocol == 1 || m->protocol == 58;

	if (m->segment >= facts->segments_n || !range_good(&m->peer) ||
	    m->first > m->last || (icmp && m->last > 255) ||
	    (m->has_mac && !m->from))
		return diag_set(diag, ERR_INPUT, "manage: not one of %s",
		    m->from ? "from" : "to");
	if ((m->protocol == 1 && m->peer.first.family != 4) ||
	    (m->protocol == 58 && m->peer.first.family != 6))
		return diag_set(diag, ERR_INPUT,
		    "manage: icmp of the other family");
	return OK;
}

static enum err
check_listener(const struct table_facts *facts,
    const struct table_listener *l, struct diag *diag)
{
	bool good = l->segment < facts->segments_n &&
	    address_good(&l->address);

	for (uint32_t i = 0; i < l->peers_n && good; i++)
		good = range_good(&l->peers[i]);
	return good ? OK : diag_set(diag, ERR_INPUT,
	    "a listener or its peers are none");
}

enum err
table_facts_check(const struct table_facts *facts, struct diag *diag)
{
	enum err err = OK;

	if (facts->segments_n > TABLE_SEGMENTS_MAX)
		return diag_set(diag, ERR_LIMIT, "too many segments");
	if (facts->epoch == 0 || facts->epoch >= MARK_EPOCH_N)
		return diag_set(diag, ERR_INPUT, "no epoch: %u", facts->epoch);
	for (uint32_t i = 0; i < facts->segments_n && err == OK; i++)
		err = check_segment(facts, i, diag);
	for (uint32_t i = 0; i < facts->listeners_n && err == OK; i++)
		err = check_listener(facts, &facts->listeners[i], diag);
	for (uint32_t i = 0; i < facts->hops_n && err == OK; i++)
		if (facts->hops[i].segment >= facts->segments_n ||
		    !address_good(&facts->hops[i].address))
			err = diag_set(diag, ERR_INPUT,
			    "next hop %u is none", i);
	for (uint32_t i = 0; i < facts->manages_n && err == OK; i++)
		err = check_manage(facts, &facts->manages[i], diag);
	return err;
}
