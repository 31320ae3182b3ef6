/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The envelope codec: what goes in comes out, and nothing else gets in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../../gateway/spool/spool_record.h"

static struct envelope
sample(void)
{
	struct envelope envelope = {
		.helo = SPAN("mx.example.jp"),
		.peer = { .family = 4, .bytes = { 192, 0, 2, 5 } },
		.peer_port = 40025,
		.protocol = PROTOCOL_ESMTP,
		.body = BODY_8BITMIME,
		.ret = RET_HDRS,
		.envid = SPAN("QQ314159"),
		.sender = SPAN("alice@example.jp"),
		.recipients_n = 2,
		.recipients = {
			{ SPAN("bob@town.example.lg.jp"),
			    SPAN("rfc822;bob@example.org"), NOTIFY_SUCCESS |
			    NOTIFY_FAILURE },
			{ SPAN("\xe5\xb1\xb1@town.example.lg.jp"), { NULL, 0 },
			    NOTIFY_NEVER },
		},
	};
	return envelope;
}

static void
an_envelope_comes_back_as_it_was(void **state)
{
	struct envelope in = sample(), out;
	struct buf buf;

	(void)state;
	buf_init(&buf, 4096);
	assert_int_equal(envelope_encode(&in, &buf), OK);
	assert_int_equal(envelope_decode(buf_span(&buf), &out), OK);
	assert_true(span_equal(out.helo, in.helo));
	assert_true(address_equal(&out.peer, &in.peer));
	assert_int_equal(out.peer_port, 40025);
	assert_int_equal(out.protocol, PROTOCOL_ESMTP);
	assert_int_equal(out.body, BODY_8BITMIME);
	assert_int_equal(out.smtputf8, 0);
	assert_int_equal(out.ret, RET_HDRS);
	assert_true(span_equal(out.envid, in.envid));
	assert_true(span_equal(out.sender, in.sender));
	assert_int_equal(out.recipients_n, 2);
	for (int i = 0; i < 2; i++) {
		assert_true(span_equal(out.recipients[i].address,
		    in.recipients[i].address));
		assert_true(span_equal(out.recipients[i].orcpt,
		    in.recipients[i].orcpt));
		assert_int_equal(out.recipients[i].notify,
		    in.recipients[i].notify);
	}
	buf_fini(&buf);
}

static void
the_null_sender_is_an_envelope(void **state)
{
	struct envelope in = sample(), out;
	struct buf buf;

	(void)state;
	buf_init(&buf, 4096);
	in.sender = (struct span){ NULL, 0 };
	assert_int_equal(envelope_encode(&in, &buf), OK);
	assert_int_equal(envelope_decode(buf_span(&buf), &out), OK);
	assert_int_equal(out.sender.len, 0);
	buf_fini(&buf);
}

/* Each row breaks one rule. */
static void
break_it(struct envelope *envelope, int how)
{
	static uint8_t many[600];

	memset(many, 'a', sizeof(many));
	switch (how) {
	case 0: envelope->recipients_n = 0; break;
	case 1: envelope->recipients_n = ENVELOPE_RECIPIENTS_MAX + 1; break;
	case 2: envelope->sender = (struct span){ many, 321 }; break;
	case 3: envelope->helo = (struct span){ many, 256 }; break;
	case 4: envelope->envid = (struct span){ many, 129 }; break;
	case 5: envelope->recipients[0].orcpt = (struct span){ many, 513 };
		break;
	case 6: envelope->recipients[1].address = (struct span){ NULL, 0 };
		break;
	case 7: envelope->sender = SPAN("a\r\nRCPT TO:<b>@c"); break;
	case 8: envelope->recipients[0].address = SPAN("a\0@c"); break;
	case 9: envelope->recipients[0].notify = NOTIFY_NEVER | NOTIFY_DELAY;
		break;
	case 10: envelope->recipients[0].notify = 16; break;
	case 11: envelope->protocol = 0; break;
	case 12: envelope->protocol = 4; break;
	case 13: envelope->body = 2; break;
	case 14: envelope->smtputf8 = 2; break;
	case 15: envelope->ret = 3; break;
	case 16: envelope->peer.family = 5; break;
	case 17: envelope->peer.bytes[9] = 1; break;
	case 18: envelope->helo = SPAN("a\x7f"); break;
	}
}

static void
what_breaks_a_limit_is_not_encoded(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 64 * 1024);
	for (int how = 0; how < 19; how++) {
		struct envelope envelope = sample();

		break_it(&envelope, how);
		assert_int_equal(envelope_encode(&envelope, &buf), ERR_LIMIT);
		assert_int_equal(buf.len, 0);
	}
	buf_fini(&buf);
}

static void
a_full_buffer_is_a_limit_and_leaves_nothing(void **state)
{
	struct envelope envelope = sample();
	struct buf buf;

	(void)state;
	for (size_t max = 0; max < 100; max++) {
		buf_init(&buf, max);
		assert_int_equal(envelope_encode(&envelope, &buf), ERR_LIMIT);
		assert_int_equal(buf.len, 0);
		buf_fini(&buf);
	}
}

static void
a_cut_or_longer_encoding_is_refused(void **state)
{
	struct envelope in = sample(), out;
	struct buf buf;

	(void)state;
	buf_init(&buf, 4096);
	assert_int_equal(envelope_encode(&in, &buf), OK);
	for (size_t len = 0; len < buf.len; len++)
		assert_int_equal(envelope_decode(
		    span_sub(buf_span(&buf), 0, len), &out), ERR_INPUT);
	assert_int_equal(buf_add_byte(&buf, 0), OK);
	assert_int_equal(envelope_decode(buf_span(&buf), &out), ERR_INPUT);
	buf_fini(&buf);
}

/* What decodes encodes to the same bytes: there is one form of each. */
static void
any_changed_byte_is_refused_or_another_envelope(void **state)
{
	struct envelope in = sample(), out;
	struct buf buf, again;

	(void)state;
	buf_init(&buf, 4096);
	buf_init(&again, 4096);
	assert_int_equal(envelope_encode(&in, &buf), OK);
	for (size_t i = 0; i < buf.len; i++) {
		for (unsigned v = 0; v < 256; v++) {
			uint8_t was = buf.ptr[i];

			buf.ptr[i] = (uint8_t)v;
			if (envelope_decode(buf_span(&buf), &out) == OK) {
				buf_clear(&again);
				assert_int_equal(envelope_encode(&out, &again),
				    OK);
				assert_true(span_equal(buf_span(&buf),
				    buf_span(&again)));
			}
			buf.ptr[i] = was;
		}
	}
	buf_fini(&again);
	buf_fini(&buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_envelope_comes_back_as_it_was),
		cmocka_unit_test(the_null_sender_is_an_envelope),
		cmocka_unit_test(what_breaks_a_limit_is_not_encoded),
		cmocka_unit_test(a_full_buffer_is_a_limit_and_leaves_nothing),
		cmocka_unit_test(a_cut_or_longer_encoding_is_refused),
		cmocka_unit_test(
		    any_changed_byte_is_refused_or_another_envelope),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
