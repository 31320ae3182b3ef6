/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The strict loader: what is not exactly an image is refused. */
#include "helper.h"
#include "../../../rules/image_internal.h"

static char text[65536];

/* The town, with everything that an image can have. */
static struct rules_image *
example(struct buf *bytes)
{
	static const char more[] = "service ssh tcp 22\n"
	    "manage \"a\" from kiosk, lgwan-mail service ssh, rdp\n"
	    "manage \"b\" to upstream-mx, vdi service ssh\n"
	    "manage \"c\" from upstream-mx service ssh\n";
	size_t n = read_whole("rules/examples/town.rules", text,
	    sizeof(text));

	assert_true(n + sizeof(more) <= sizeof(text));
	memcpy(text + n, more, sizeof(more));
	return image_of(text, bytes);
}

static bool
opens(const void *bytes, size_t len)
{
	struct rules_image *image;
	struct diag diag;
	enum err err = rules_image_open((struct span){ bytes, len }, &image,
	    &diag);

	rules_image_close(image);
	return err == OK;
}

static void
the_same_rules_give_the_same_bytes(void **state)
{
	struct buf a, b;

	(void)state;
	rules_image_close(example(&a));
	rules_image_close(example(&b));
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.ptr, b.ptr, a.len);
	buf_fini(&a);
	buf_fini(&b);
}

static void
a_part_or_more_than_an_image_is_refused(void **state)
{
	struct buf bytes;
	uint8_t *copy;

	(void)state;
	rules_image_close(example(&bytes));
	copy = calloc(1, bytes.len + 8);
	assert_non_null(copy);
	memcpy(copy, bytes.ptr, bytes.len);
	assert_true(opens(copy, bytes.len));
	for (size_t len = 0; len < bytes.len; len++)
		assert_false(opens(copy, len));
	assert_false(opens(copy, bytes.len + 8));
	free(copy);
	buf_fini(&bytes);
}

static void
bytes_that_are_not_aligned_are_refused(void **state)
{
	struct buf bytes;
	uint8_t *copy;

	(void)state;
	rules_image_close(example(&bytes));
	copy = malloc(bytes.len + 1);
	assert_non_null(copy);
	memcpy(copy + 1, bytes.ptr, bytes.len);
	assert_false(opens(copy + 1, bytes.len));
	free(copy);
	buf_fini(&bytes);
}

struct edit {
	const char	*what;
	enum image_table_kind kind;
	size_t		 offset;
	uint32_t	 value;
};

#define ROUTE(field)	IMAGE_ROUTES, offsetof(struct image_route, field)
#define SEGMENT(field)	IMAGE_SEGMENTS, offsetof(struct image_segment, field)
#define HOP(field)	IMAGE_HOPS, offsetof(struct image_hop, field)
#define LISTEN(field)	IMAGE_LISTENS, offsetof(struct image_listen, field)
#define MANAGE(field)	IMAGE_MANAGES, offsetof(struct image_manage, field)
#define PEER(field)	IMAGE_PEERS, offsetof(struct image_peer, field)
#define DOMAIN(field)	IMAGE_DOMAINS, offsetof(struct image_domain, field)

static void
assert_refused(const struct edit *edits, size_t n)
{
	struct buf bytes;
	uint8_t *copy;

	rules_image_close(example(&bytes));
	copy = malloc(bytes.len);
	assert_non_null(copy);
	for (size_t i = 0; i < n; i++) {
		const struct image_header *header = (const void *)copy;

		memcpy(copy, bytes.ptr, bytes.len);
		memcpy(copy + header->tables[edits[i].kind].offset +
		    edits[i].offset, &edits[i].value, sizeof(uint32_t));
		if (opens(copy, bytes.len))
			fail_msg("%s was accepted", edits[i].what);
	}
	free(copy);
	buf_fini(&bytes);
}

/* what is wrong, where, and with which number */
static const struct edit numbers[] = {
	{ "tier 0", SEGMENT(tier), 0 },
	{ "tier 4", SEGMENT(tier), 4 },
	{ "any", SEGMENT(any), 2 },
	{ "name out of range", SEGMENT(name.offset), 0xfffffff0 },
	{ "name too long", SEGMENT(name.len), 64 },
	{ "name empty", SEGMENT(name.len), 0 },
	{ "networks first", SEGMENT(networks.first), 1000 },
	{ "networks count", SEGMENT(networks.count), 1000 },
	{ "from", ROUTE(from), 3 },
	{ "from tier 1", ROUTE(from), 0 },
	{ "from is to", ROUTE(from), 1 },
	{ "to", ROUTE(to), 0xffffffff },
	{ "policy", ROUTE(policy), 2 },
	{ "accept any", ROUTE(accept_any), 2 },
	{ "open relay", ROUTE(recipients_any), 1 },
	{ "peers", ROUTE(peers.count), 0xffffffff },
	{ "listens", ROUTE(listens.count), 0 },
	{ "hops", ROUTE(hops.count), 0 },
	{ "hops", ROUTE(hops.first), 0xffffffff },
	{ "recipients", ROUTE(recipients.count), 3 },
	{ "senders", ROUTE(senders.first), 3 },
	{ "size", ROUTE(size_bytes_max), 1023 },
	{ "delay", ROUTE(greeting_delay_ms), 30001 },
	{ "sessions", ROUTE(sessions_max), 0 },
	{ "per peer", ROUTE(sessions_per_peer_max), 1001 },
	{ "recipients", ROUTE(recipients_max), 0 },
	{ "retain", ROUTE(retain_days), 0 },
	{ "expire", ROUTE(expire_s), 3599 },
	{ "family", LISTEN(address.family), 5 },
	{ "a network", LISTEN(address.family), 4 | 24 << 8 },
	{ "port 0", LISTEN(port), 0 },
	{ "port 65536", LISTEN(port), 65536 },
	{ "zero", LISTEN(zero), 1 },
	{ "hop kind 0", HOP(kind), 0 },
	{ "hop kind 3", HOP(kind), 3 },
	{ "no maildir", HOP(kind), RULES_HOP_MAILDIR },
	{ "hop port", HOP(port), 0 },
	{ "subdomains", DOMAIN(subdomains), 2 },
	{ "zero", DOMAIN(zero), 1 },
	{ "methods", IMAGE_POLICIES,
	  offsetof(struct image_policy, pdf), 7 },
	{ "zero", IMAGE_POLICIES,
	  offsetof(struct image_policy, notice_english), 0x100 },
	{ "host bits", IMAGE_NETWORKS, 0, 0x01000a0a },
};

static void
a_wrong_number_in_any_record_is_refused(void **state)
{
	(void)state;
	assert_refused(numbers, sizeof(numbers) / sizeof(numbers[0]));
}

static void
a_wrong_number_about_the_gateway_itself_is_refused(void **state)
{
	static const struct edit edits[] = {
		{ "no name", MANAGE(name.len), 0 },
		{ "file", MANAGE(file.offset), 0xfffffff0 },
		{ "direction", MANAGE(from), 2 },
		{ "zero", MANAGE(zero), 1 },
		{ "no peers", MANAGE(peers.count), 0 },
		{ "peers", MANAGE(peers.count), 6 },
		{ "peers", MANAGE(peers.first), 0xffffffff },
		{ "a network of tier 3 manages", MANAGE(peers.first), 2 },
		{ "MAC address of a target", MANAGE(from), 0 },
		{ "no ports", MANAGE(ports.count), 0 },
		{ "ports", MANAGE(ports.count), 1000 },
		{ "ports", MANAGE(ports.first), 0xffffffff },
		{ "last before first", PEER(last[0]), 0 },
		{ "MAC address of a range", PEER(last[0]), 0xff03140a },
		{ "behind an IPv4 address", PEER(first[4]), 1 },
		{ "behind an IPv4 address", PEER(last[12]), 1 },
		{ "segment", PEER(segment), 3 },
		{ "in another segment", PEER(segment), 0 },
		{ "not in the rest", PEER(segment), 2 },
		{ "family", PEER(family), 5 | 1 << 8 },
		{ "has a MAC address", PEER(family), 4 | 2 << 8 },
		{ "MAC address of nobody", PEER(family), 4 | 2 << 16 },
		{ "zero", PEER(zero), 1 },
	};

	(void)state;
	assert_refused(edits, sizeof(edits) / sizeof(edits[0]));
}

static void
a_wrong_number_about_the_audit_log_is_refused(void **state)
{
#define AUDIT(field)	offsetof(struct image_header, audit.field)
	static const struct {
		const char	*what;
		size_t		 offset;
		uint32_t	 value;
	} edits[] = {
		{ "retain", AUDIT(retain_days), 36601 },
		{ "mask", AUDIT(mask), 16 },
		{ "places", AUDIT(places_n), 3 },
		{ "a place that is nowhere", AUDIT(places_n), 2 },
		{ "a place too many", AUDIT(places_n), 0 },
		{ "zero", AUDIT(zero), 1 },
		{ "port 0", AUDIT(places[0].port), 0 },
		{ "port 65536", AUDIT(places[0].port), 65536 },
		{ "tier 3", AUDIT(places[0].segment), 2 },
		{ "no such segment", AUDIT(places[0].segment), 3 },
		{ "not of this machine", AUDIT(places[0].segment),
		  RULES_NONE },
		{ "loopback in a segment", AUDIT(places[0].address.bytes),
		  127 },
		{ "behind the address", AUDIT(places[0].address.bytes[4]),
		  1 },
		{ "family", AUDIT(places[0].address.family), 5 | 32 << 8 },
		{ "a network", AUDIT(places[0].address.family), 4 | 24 << 8 },
	};
#undef AUDIT
	struct buf bytes;
	uint8_t *copy;

	(void)state;
	rules_image_close(example(&bytes));
	assert_non_null(copy = malloc(bytes.len));
	for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
		memcpy(copy, bytes.ptr, bytes.len);
		memcpy(copy + edits[i].offset, &edits[i].value,
		    sizeof(uint32_t));
		if (opens(copy, bytes.len))
			fail_msg("%s was accepted", edits[i].what);
	}
	free(copy);
	buf_fini(&bytes);
}

/* What eval can be asked about an image, all of it. */
static void
ask_everything(const struct rules_image *image)
{
	struct address a = { .family = 6 }, b = { .family = 4 };

	assert_true(rules_gateway_name(image).len > 0);
	for (uint32_t i = 0; i < rules_segments(image); i++) {
		struct rules_segment s;

		rules_segment(image, i, &s);
		assert_true(s.name.len > 0);
	}
	for (uint32_t i = 0; i < rules_routes(image); i++) {
		struct rules_route r;
		struct rules_hop hop;
		struct rules_listen listen;

		rules_route(image, i, &r);
		for (uint32_t j = 0; j < r.hops; j++)
			rules_route_hop(image, i, j, &hop);
		for (uint32_t j = 0; j < r.listens; j++)
			rules_route_listen(image, i, j, &listen);
		(void)rules_mail_peer(image, i, &a);
		(void)rules_mail_peer(image, i, &b);
		(void)rules_mail_sender(image, i, SPAN("a.example.jp"));
		(void)rules_mail_recipient(image, i, SPAN("a.example.jp"));
		(void)rules_mail_reverse(image, i);
	}
	for (uint32_t i = 0; i < rules_manages(image); i++) {
		struct rules_manage m;
		struct rules_peer peer;
		struct rules_port port;

		rules_manage(image, i, &m);
		assert_true(m.name.len > 0 && m.file.len > 0);
		assert_true(m.peers > 0 && m.services > 0);
		for (uint32_t k = 0; k < m.peers; k++) {
			rules_manage_peer(image, i, k, &peer);
			assert_true(peer.segment < rules_segments(image));
		}
		for (uint32_t k = 0; k < m.services; k++) {
			rules_manage_port(image, i, k, &port);
			assert_true(port.first <= port.last);
		}
	}
	for (uint32_t i = 0; i < rules_policies(image); i++) {
		struct rules_policy p;

		rules_policy(image, i, &p);
		assert_true(p.name.len > 0);
	}
}

static void
any_flipped_bit_is_refused_or_harmless(void **state)
{
	unsigned refused = 0;
	struct buf bytes;
	uint8_t *exact;		/* so that ASan sees one byte too far */

	(void)state;
	rules_image_close(example(&bytes));
	exact = malloc(bytes.len);
	assert_non_null(exact);
	memcpy(exact, bytes.ptr, bytes.len);
	for (size_t at = 0; at < bytes.len * 8; at++) {
		struct rules_image *image;
		struct diag diag;

		exact[at / 8] ^= (uint8_t)(1u << at % 8);
		if (rules_image_open((struct span){ exact, bytes.len },
		    &image, &diag) == OK)
			ask_everything(image);
		else
			refused++;
		rules_image_close(image);
		exact[at / 8] ^= (uint8_t)(1u << at % 8);
	}
	assert_true(refused > bytes.len * 8 / 2);
	free(exact);
	buf_fini(&bytes);
}

static void
an_image_is_prepared_for_packets_once(void **state)
{
	const struct rules_packet p = { .src = { 4, { 10, 20, 0, 25 } },
	    .dst = { 4, { 192, 0, 2, 5 } }, .in = RULES_NONE, .protocol = 6,
	    .src_port = 40000, .dst_port = 443 };
	struct rules_run *run = run_text_of(BASE "allow exception \"a\" from "
	    "lgwan-mail to mx service https owner \"o\" reason \"r\" "
	    "approved \"p\" until 2026-12-23\n");
	struct rules_image *image = NULL;
	struct rules_decision d;
	struct diag diag = { 0 };
	struct buf bytes;

	(void)state;
	buf_init(&bytes, 1 << 20);
	assert_int_equal(rules_compile(run, &bytes), OK);
	assert_int_equal(rules_image_open(buf_span(&bytes), &image, &diag),
	    OK);
	assert_int_equal(rules_segments(image), 3);	/* without it */
	assert_int_equal(rules_image_prepare(image, &diag), OK);
	assert_int_equal(rules_image_prepare(image, &diag), OK);
	rules_decide(image, &p, &d);
	assert_true(d.allow);
	assert_int_equal(rules_segment_of(image, &p.src), 1);
	rules_image_close(image);
	buf_fini(&bytes);
	rules_run_free(run);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_rules_give_the_same_bytes),
		cmocka_unit_test(a_part_or_more_than_an_image_is_refused),
		cmocka_unit_test(bytes_that_are_not_aligned_are_refused),
		cmocka_unit_test(a_wrong_number_in_any_record_is_refused),
		cmocka_unit_test(
		    a_wrong_number_about_the_gateway_itself_is_refused),
		cmocka_unit_test(a_wrong_number_about_the_audit_log_is_refused),
		cmocka_unit_test(any_flipped_bit_is_refused_or_harmless),
		cmocka_unit_test(an_image_is_prepared_for_packets_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
