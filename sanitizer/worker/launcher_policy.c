/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From the policies of the rules to what the sanitizer knows: the two speak
 * of the same things, but neither includes the other.
 */
#include <string.h>

#include "launcher.h"

static enum method
method(uint8_t m)
{
	switch ((enum rules_method)m) {
	case RULES_METHOD_REMOVE:
		return METHOD_REMOVE;
	case RULES_METHOD_REBUILD:
		return METHOD_REBUILD;
	case RULES_METHOD_IMAGE:
		return METHOD_IMAGE;
	case RULES_METHOD_TEXT:
		return METHOD_TEXT;
	case RULES_METHOD_CONVERT:
		return METHOD_CONVERT;
	case RULES_METHOD_EXTRACT:
		return METHOD_EXTRACT;
	case RULES_METHOD_HOLD:
		return METHOD_HOLD;
	}
	return METHOD_REMOVE;
}

bool
policy_find(uint32_t index, struct sanitizer_policy *policy)
{
	struct rules_policy rules;
	size_t len;

	if (launcher.image == NULL || index >= rules_policies(launcher.image))
		return false;
	rules_policy(launcher.image, index, &rules);
	memset(policy, 0, sizeof(*policy));
	len = rules.name.len < sizeof(policy->name) ? rules.name.len :
	    sizeof(policy->name) - 1;
	if (len > 0)
		memcpy(policy->name, rules.name.ptr, len);
	policy->body_keep = rules.body_keep != 0;
	policy->notice_english = rules.notice_english != 0;
	policy->links_defang = rules.links == RULES_LINKS_DEFANG;
	policy->pdf = method(rules.pdf);
	policy->image = method(rules.image);
	policy->office = method(rules.office);
	policy->text = method(rules.text);
	policy->archive = method(rules.archive);
	policy->legacy_office = method(rules.legacy_office);
	policy->encrypted = method(rules.encrypted);
	policy->other = method(rules.other);
	policy->archive_depth = rules.archive_depth;
	return true;
}

bool
policy_of_route(uint32_t route, struct sanitizer_policy *policy)
{
	struct rules_route rules;

	if (launcher.image == NULL || route >= rules_routes(launcher.image))
		return false;
	rules_route(launcher.image, route, &rules);
	return policy_find(rules.policy, policy);
}
