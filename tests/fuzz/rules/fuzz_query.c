/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any line as a query: refused with a place that can be shown, or a packet
 * whose decision can be explained. explain itself aborts when a rule that was
 * passed over matches by its words.
 */
#include <stddef.h>
#include <stdint.h>

#include "../../../rules/rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char rules[] =
    "gateway \"gw.example\"\n"
    "segment one tier 1 interface a network 10.10.0.0/16\n"
    "segment two tier 2 interface b network 10.20.0.0/16, 2001:db8::/32\n"
    "segment big tier 3 interface c network any\n"
    "host box in two 10.20.3.7 mac 02:00:5e:10:00:07\n"
    "host juki in one 10.10.0.9 mac 02:00:5e:10:00:09\n"
    "host away in big 192.0.2.64/28, 2001:db9::1\n"
    "service rdp tcp 3389 udp 3389 speaks rdp\n"
    "service ntp udp 123 source-port 123, 1024-65535\n"
    "service ping icmp 0, 8 icmp6 echo-request\n"
    "service ipsec protocol 50, 51\n"
    "deny \"no\" from box to any service ipsec, ping\n"
    "allow screen-transfer \"v\" from two to away service rdp\n"
    "allow specified \"s\" from box to juki service ntp owner \"a\" purpose "
    "\"b\" approved \"c\" until 2099-01-01\n"
    "allow exception \"old\" from big to two service ntp, rdp owner \"a\" "
    "reason \"b\" approved \"c\" until 2020-01-01\n"
    "allow exception \"x\" from two, box to big, away service ntp, ping, "
    "ipsec owner \"a\" reason \"b\" approved \"c\" until 2099-01-01\n";

/* The image is made once; a run gives memory away with each explanation. */
static const struct rules_image *
image_of(const struct rules_run *run)
{
	static struct rules_image *image;
	static struct buf bytes;

	if (image == NULL) {
		buf_init(&bytes, 64u * 1024 * 1024);
		require(rules_compile(run, &bytes) == OK);
		require(rules_image_open(buf_span(&bytes), &image, NULL) ==
		    OK);
		require(rules_image_prepare(image, NULL) == OK);
	}
	return image;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint32_t today = 20800;	/* in 2026 */
	struct rules_run *run = rules_run_new("fuzz", (struct span){
	    (const uint8_t *)rules, sizeof(rules) - 1 }, NULL, today);
	struct rules_query_trouble trouble;
	struct rules_decision decision;
	struct rules_packet packet;
	struct rules_why why;
	struct buf out;

	require(run != NULL && rules_run_errors(run) == 0);
	buf_init(&out, 64u * 1024);
	if (rules_query(run, (struct span){ data, size }, &packet,
	    &trouble) != OK) {
		require(trouble.text[0] != '\0');
		require(rules_finding_print(&trouble.finding, &out) == OK);
	} else {
		rules_decide(image_of(run), &packet, &decision);
		require(rules_explain(run, &packet, &decision, &why) == OK);
		require(!decision.allow || why.decided);
		for (uint32_t i = 0; i < why.near_n; i++)
			require(why.near[i].reasons_n > 0 &&
			    rules_finding_print(&why.near[i].finding, &out) ==
			    OK);
	}
	buf_fini(&out);
	rules_run_free(run);
	return 0;
}
