/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The format of a spool file: nothing in a file is believed unchecked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../../gateway/spool/spool_file.h"

#define BODY_BYTES	100

static struct buf front;
static struct spool_file made;

static int
make_front(void **state)
{
	struct envelope envelope = {
		.helo = SPAN("mx.example.jp"),
		.peer = { .family = 4, .bytes = { 192, 0, 2, 5 } },
		.protocol = PROTOCOL_ESMTP,
		.sender = SPAN("alice@example.jp"),
		.recipients_n = 2,
		.recipients = { { .address = SPAN("bob@town.example.lg.jp") },
		    { .address = SPAN("carol@town.example.lg.jp") } },
	};
	struct buf encoded;

	(void)state;
	buf_init(&encoded, 4096);
	buf_init(&front, SPOOL_FILE_FRONT_BYTES_MAX);
	assert_int_equal(envelope_encode(&envelope, &encoded), OK);
	memset(&made, 0, sizeof(made));
	made.id = 712345678901;
	made.received_ms = 1795341600000;
	made.kind = SPOOL_MAIL;
	snprintf(made.route, sizeof(made.route), "inbound");
	assert_int_equal(spool_file_front(&made, buf_span(&encoded), &front),
	    OK);
	buf_fini(&encoded);
	return 0;
}

static int
free_front(void **state)
{
	(void)state;
	buf_fini(&front);
	return 0;
}

static enum err
decode(struct spool_file *file)
{
	return spool_file_decode(buf_span(&front), front.len + BODY_BYTES,
	    file, NULL);
}

static void
put_commit(uint64_t body_bytes)
{
	uint8_t piece[SPOOL_FILE_COMMIT_BYTES];
	uint64_t offset = spool_file_put_commit(made.id, made.status_offset,
	    body_bytes, piece);

	memcpy(front.ptr + offset, piece, sizeof(piece));
}

static void
put_status(struct spool_file *file)
{
	uint8_t piece[SPOOL_FILE_STATUS_BYTES];
	uint64_t offset = spool_file_put_status(file, piece);

	memcpy(front.ptr + offset, piece, sizeof(piece));
}

static void
put_slot(struct spool_file *file, uint32_t i)
{
	uint8_t piece[SPOOL_FILE_SLOT_BYTES];
	uint64_t offset = spool_file_put_slot(file, i, piece);

	memcpy(front.ptr + offset, piece, sizeof(piece));
}

static void
a_new_file_reads_back_uncommitted_and_pending(void **state)
{
	static struct spool_file file;

	(void)state;
	assert_int_equal(decode(&file), OK);
	assert_int_equal(file.id, made.id);
	assert_int_equal(file.received_ms, 1795341600000);
	assert_int_equal(file.kind, SPOOL_MAIL);
	assert_string_equal(file.route, "inbound");
	assert_int_equal(file.body_offset, front.len);
	assert_false(file.committed);
	assert_int_equal(file.body_bytes, 0);
	assert_int_equal(spool_file_pending(&file), 2);
	assert_int_equal(file.status.sequence, 0);
	assert_true(span_equal(file.envelope.sender,
	    SPAN("alice@example.jp")));
}

static void
what_is_written_in_place_reads_back(void **state)
{
	static struct spool_file file;

	(void)state;
	put_commit(BODY_BYTES);
	assert_int_equal(decode(&file), OK);
	file.status.attempts = 3;
	file.status.flags = SPOOL_FLAG_DELAY_TOLD;
	file.status.crashes = 1;
	file.status.attempt_ms = 77;
	snprintf(file.status.text, sizeof(file.status.text), "%s",
	    "4.4.1 no connection");
	file.results[1] = (struct spool_result){ .state = SPOOL_REFUSED,
	    .code = 550, .status = { 5, 1, 1 }, .time_ms = 99,
	    .told_id = 4711 };
	file.results[0] = (struct spool_result){ .state = SPOOL_DELIVERED,
	    .maildir = true, .code = 250, .status = { 2, 0, 0 } };
	file.results[1].passed = true;
	put_status(&file);
	put_slot(&file, 0);
	put_slot(&file, 1);
	memset(&file, 0xff, sizeof(file));
	assert_int_equal(decode(&file), OK);
	assert_true(file.committed);
	assert_int_equal(file.body_bytes, BODY_BYTES);
	assert_int_equal(file.status.attempts, 3);
	assert_int_equal(file.status.flags, SPOOL_FLAG_DELAY_TOLD);
	assert_int_equal(file.status.crashes, 1);
	assert_int_equal(file.status.attempt_ms, 77);
	assert_string_equal(file.status.text, "4.4.1 no connection");
	assert_int_equal(file.results[1].state, SPOOL_REFUSED);
	assert_int_equal(file.results[1].code, 550);
	assert_int_equal(file.results[1].status[2], 1);
	assert_int_equal(file.results[1].told_id, 4711);
	assert_true(file.results[0].maildir);
	assert_false(file.results[0].passed);
	assert_true(file.results[1].passed);
	assert_int_equal(spool_file_pending(&file), 0);
}

static void
a_torn_status_leaves_the_one_before_it(void **state)
{
	static struct spool_file file;
	uint64_t at;

	(void)state;
	assert_int_equal(decode(&file), OK);
	file.status.attempts = 1;
	put_status(&file);			/* sequence 1 */
	file.status.attempts = 2;
	put_status(&file);			/* sequence 2 */
	assert_int_equal(decode(&file), OK);
	assert_int_equal(file.status.attempts, 2);
	at = made.status_offset;		/* even ones are here */
	memset(front.ptr + at + 128, 0xaa, 128);
	assert_int_equal(decode(&file), OK);
	assert_int_equal(file.status.attempts, 1);
	memset(front.ptr + at + SPOOL_FILE_STATUS_BYTES + 128, 0xaa, 128);
	assert_int_equal(decode(&file), ERR_INPUT);
}

static void
a_first_status_that_was_torn_counts_as_none(void **state)
{
	static struct spool_file file;

	(void)state;
	memset(front.ptr + made.status_offset + SPOOL_FILE_STATUS_BYTES, 1,
	    64);
	assert_int_equal(decode(&file), OK);
	assert_int_equal(file.status.attempts, 0);
}

/* Beside the status (which has a second copy) every change is damage. */
static void
every_changed_byte_is_damage_or_an_older_status(void **state)
{
	static struct spool_file file, before;
	uint64_t status_end = made.status_offset +
	    2 * SPOOL_FILE_STATUS_BYTES;

	(void)state;
	put_commit(BODY_BYTES);
	assert_int_equal(decode(&before), OK);
	before.results[0] = (struct spool_result){ .state = SPOOL_REFUSED,
	    .code = 550, .told_id = 7 };
	before.results[1] = (struct spool_result){ .state = SPOOL_DELIVERED,
	    .code = 250, .told_id = 8 };
	put_slot(&before, 0);
	put_slot(&before, 1);
	before.status.attempts = 1;
	put_status(&before);
	before.status.attempts = 2;
	put_status(&before);
	for (size_t i = 0; i < front.len; i++) {
		bool in_status = i >= made.status_offset && i < status_end;

		for (unsigned bit = 0; bit < 8; bit++) {
			enum err err;

			front.ptr[i] ^= (uint8_t)(1u << bit);
			err = decode(&file);
			if (in_status) {
				assert_int_equal(err, OK);
				assert_in_range(file.status.attempts, 1, 2);
			} else {
				assert_int_equal(err, ERR_INPUT);
			}
			front.ptr[i] ^= (uint8_t)(1u << bit);
		}
	}
}

static void
a_file_cut_anywhere_is_damaged(void **state)
{
	static struct spool_file file;
	size_t need;

	(void)state;
	put_commit(BODY_BYTES);
	for (size_t len = 0; len < front.len; len++)
		assert_int_equal(spool_file_decode(span_sub(buf_span(&front),
		    0, len), len, &file, NULL), ERR_INPUT);
	for (uint64_t len = front.len; len < front.len + BODY_BYTES; len++)
		assert_int_equal(spool_file_decode(buf_span(&front), len,
		    &file, NULL), ERR_INPUT);
	assert_int_equal(decode(&file), OK);
	assert_int_equal(spool_file_front_bytes(buf_span(&front), &need,
	    NULL), OK);
	assert_int_equal(need, front.len);
}

static void
bytes_behind_the_committed_length_are_not_the_mails(void **state)
{
	static struct spool_file file;

	(void)state;
	put_commit(BODY_BYTES);
	assert_int_equal(spool_file_decode(buf_span(&front), front.len +
	    10 * BODY_BYTES, &file, NULL), OK);
	assert_int_equal(file.body_bytes, BODY_BYTES);
}

/* A piece that is right in itself but belongs to another mail or place. */
static void
a_piece_of_another_mail_is_damage(void **state)
{
	static struct spool_file file;
	uint8_t piece[SPOOL_FILE_COMMIT_BYTES];
	uint64_t offset;

	(void)state;
	offset = spool_file_put_commit(made.id + 1, made.status_offset,
	    BODY_BYTES, piece);
	memcpy(front.ptr + offset, piece, sizeof(piece));
	assert_int_equal(decode(&file), ERR_INPUT);
}

static void
a_commit_longer_than_any_file_is_damage(void **state)
{
	static struct spool_file file;

	(void)state;
	put_commit(UINT64_MAX);
	assert_int_equal(decode(&file), ERR_INPUT);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_front, free_front)
	const struct CMUnitTest tests[] = {
		TEST(a_new_file_reads_back_uncommitted_and_pending),
		TEST(what_is_written_in_place_reads_back),
		TEST(a_torn_status_leaves_the_one_before_it),
		TEST(a_first_status_that_was_torn_counts_as_none),
		TEST(every_changed_byte_is_damage_or_an_older_status),
		TEST(a_file_cut_anywhere_is_damaged),
		TEST(bytes_behind_the_committed_length_are_not_the_mails),
		TEST(a_piece_of_another_mail_is_damage),
		TEST(a_commit_longer_than_any_file_is_damage),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
