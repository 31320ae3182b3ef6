/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RFB: the versions that both sides may say, and what else comes there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "talk.h"

static void
only_known_versions_pass(void **state)
{
	static const struct talk talks[] = {
		{ "3.8", INSPECT_RFB, true, S("RFB 003.008\n"),
		    S("RFB 003.008\n"), INSPECT_FINE, false },
		{ "3.3 of a 3.8", INSPECT_RFB, true, S("RFB 003.003\n"),
		    S("RFB 003.008\n"), INSPECT_FINE, false },
		{ "Apple", INSPECT_RFB, true, S("RFB 003.889\n"),
		    S("RFB 003.889\n"), INSPECT_FINE, false },
		{ "RealVNC", INSPECT_RFB, true, S("RFB 004.001\n"),
		    S("RFB 005.000\n"), INSPECT_FINE, false },
		{ "more in the same segment", INSPECT_RFB, true,
		    S("RFB 003.008\n\1"), S("RFB 003.008\n"), INSPECT_FINE,
		    false },
		{ "above the server's", INSPECT_RFB, true, S("RFB 003.008\n"),
		    S("RFB 003.003\n"), INSPECT_RFB_VERSION, false },
		{ "a repeater", INSPECT_RFB, true, S("id:1234"),
		    S("RFB 000.000\n"), INSPECT_RFB_VERSION, false },
		{ "no such version", INSPECT_RFB, true, S(""),
		    S("RFB 003.009\n"), INSPECT_RFB_VERSION, false },
		{ "no line end", INSPECT_RFB, true, S(""),
		    S("RFB 003.008\r"), INSPECT_RFB_FORM, false },
		{ "letters", INSPECT_RFB, true, S(""), S("RFB 003.0o8\n"),
		    INSPECT_RFB_FORM, false },
		{ "half a version", INSPECT_RFB, true, S(""), S("RFB 003."),
		    INSPECT_MORE, false },
		{ "SSH", INSPECT_RFB, true, S(""), S("SSH-2.0-x\r\n"),
		    INSPECT_RFB_FORM, false },
		{ "RDP inside", INSPECT_RFB, true,
		    S("\3\0\0\13\6\340\0\0\0\0\0"), S("RFB 003.008\n"),
		    INSPECT_RFB_FORM, false },
		{ "client first", INSPECT_RFB, false, S("RFB 003.008\n"),
		    S("RFB 003.008\n"), INSPECT_CLIENT_FIRST, false },
		{ "RDP instead", INSPECT_RFB, false,
		    S("\3\0\0\13\6\340\0\0\0\0\0"), S(""),
		    INSPECT_CLIENT_FIRST, false },
	};

	(void)state;
	talk_table(talks, sizeof(talks) / sizeof(talks[0]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_known_versions_pass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
