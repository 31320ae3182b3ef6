/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ICA and its session reliability: what little is known of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "talk.h"

#define ICA	S("\177\177ICA\0")
#define CGP	S("\32" "CGP/01\0")

static void
both_sides_say_the_same_word(void **state)
{
	static const struct talk talks[] = {
		{ "ICA", INSPECT_ICA, true, ICA, ICA, INSPECT_FINE, false },
		{ "reliable", INSPECT_ICA, false, CGP, CGP, INSPECT_FINE,
		    false },
		{ "mixed", INSPECT_ICA, true, CGP, ICA, INSPECT_ICA_BANNER,
		    false },
		{ "half", INSPECT_ICA, true, ICA, S("\177\177IC"),
		    INSPECT_MORE, false },
		{ "RFB", INSPECT_ICA, true, S(""), S("RFB 003.008\n"),
		    INSPECT_ICA_BANNER, false },
	};

	(void)state;
	talk_table(talks, sizeof(talks) / sizeof(talks[0]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_sides_say_the_same_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
