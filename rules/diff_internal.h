/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_RULES_DIFF_INTERNAL_H
#define SEKISHO_RULES_DIFF_INTERNAL_H

#include "describe_internal.h"
#include "merge_internal.h"

/* Settings that differ and are listed. */
#define DIFF_SETTINGS_MAX	1000u

struct rules_diff {
	struct space	*space;
	struct meanings	*meanings;
	struct describer *describer;
	struct arena	*arena;
	struct arena	*texts;		/* of the region last asked for */
	struct merge	 merge;
	uint32_t	 count[RULES_CHANGES];
	bool		 complete;
	struct rules_setting *settings;
	uint32_t	 settings_n;
};

/* What differs outside packets. ERR_LIMIT: DIFF_SETTINGS_MAX. */
enum err diff_settings(struct rules_diff *diff,
    const struct rules_run *const runs[2]) MUST_CHECK;

#endif
