/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NTP: lengths, versions and modes of both sides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "talk.h"

struct datagram {
	const char		*name;
	size_t			 len;
	const char		*first;		/* bytes 0 and 1 */
	const char		*tail;		/* length bytes of a field */
	enum inspect_reason	 client;
	enum inspect_reason	 server;
};

static void
each_side_has_its_mode(void **state)
{
	static const struct datagram datagrams[] = {
		{ "client", 48, "\43\0", "", INSPECT_FINE, INSPECT_NTP_MODE },
		{ "client 3", 48, "\33\0", "", INSPECT_FINE,
		    INSPECT_NTP_MODE },
		{ "not synchronized", 48, "\343\20", "", INSPECT_FINE,
		    INSPECT_NTP_MODE },
		{ "server", 48, "\44\2", "", INSPECT_NTP_MODE, INSPECT_FINE },
		{ "symmetric", 48, "\41\0", "", INSPECT_NTP_MODE,
		    INSPECT_NTP_MODE },
		{ "broadcast", 48, "\45\0", "", INSPECT_NTP_MODE,
		    INSPECT_NTP_MODE },
		{ "control", 48, "\46\0", "", INSPECT_NTP_MODE,
		    INSPECT_NTP_MODE },
		{ "monlist", 48, "\47\0", "", INSPECT_NTP_MODE,
		    INSPECT_NTP_MODE },
		{ "version 2", 48, "\23\0", "", INSPECT_NTP_MODE,
		    INSPECT_NTP_MODE },
		{ "version 5", 48, "\53\0", "", INSPECT_NTP_MODE,
		    INSPECT_NTP_MODE },
		{ "stratum 17", 48, "\43\21", "", INSPECT_NTP_MODE,
		    INSPECT_NTP_MODE },
		{ "47 bytes", 47, "\43\0", "", INSPECT_NTP_LENGTH,
		    INSPECT_NTP_LENGTH },
		{ "49 bytes", 49, "\43\0", "", INSPECT_NTP_LENGTH,
		    INSPECT_NTP_LENGTH },
		{ "key alone", 52, "\43\0", "", INSPECT_FINE,
		    INSPECT_NTP_MODE },
		{ "MD5", 68, "\43\0", "", INSPECT_FINE, INSPECT_NTP_MODE },
		{ "SHA-1", 72, "\33\0", "", INSPECT_FINE, INSPECT_NTP_MODE },
		{ "a field", 48 + 28, "\43\0", "\1\4\0\34", INSPECT_FINE,
		    INSPECT_NTP_MODE },
		{ "a field and MD5", 48 + 16 + 20, "\43\0", "\1\4\0\20",
		    INSPECT_FINE, INSPECT_NTP_MODE },
		{ "a field of 12", 48 + 32, "\43\0", "\1\4\0\14",
		    INSPECT_NTP_LENGTH, INSPECT_NTP_LENGTH },
		{ "a field of 18 and MD5", 48 + 38, "\43\0", "\1\4\0\22",
		    INSPECT_NTP_LENGTH, INSPECT_NTP_LENGTH },
		{ "a field of version 3", 48 + 28, "\33\0", "\1\4\0\34",
		    INSPECT_NTP_LENGTH, INSPECT_NTP_MODE },
		{ "a field beyond", 48 + 28, "\43\0", "\1\4\0\40",
		    INSPECT_NTP_LENGTH, INSPECT_NTP_LENGTH },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(datagrams) / sizeof(datagrams[0]); i++)
		for (int server = 0; server < 2; server++) {
			const struct datagram *d = &datagrams[i];
			uint8_t bytes[200] = { 0 };
			struct wire w = wire_open(INSPECT_NTP, true, false);

			bytes[0] = 043;
			assert_int_equal(wire_datagram(&w, INSPECT_CLIENT,
			    (struct span){ bytes, 48 }), INSPECT_PASS);
			memcpy(bytes, d->first, 2);
			memcpy(bytes + 48, d->tail, d->tail[0] == 0 ? 0 : 4);
			wire_datagram(&w, server ? INSPECT_SERVER :
			    INSPECT_CLIENT, (struct span){ bytes, d->len });
			if (w.why != (server ? d->server : d->client))
				fail_msg("%s: %s", d->name,
				    inspect_reason_name(w.why));
			assert_true(w.answer != INSPECT_ALLOW);
			wire_close(&w);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_side_has_its_mode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
