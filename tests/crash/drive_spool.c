/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * drive_spool PROGRAM DIR: what the real sekisho-spool does with mails, from
 * the draft to the end, between peers that we play. Prints one line per
 * behaviour and "N passed, N failed" at last.
 * drive_spool PROGRAM DIR bench N PARALLEL: mails per second of it alone.
 * drive_spool PROGRAM DIR start N DRAIN: how long until the first delivery
 * with N mails queued, and until DRAIN of them are delivered.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../gateway/base/clock.h"
#include "../../gateway/base/log.h"
#include "../../gateway/base/receipt.h"
#include "../../gateway/spool/spool_file.h"
#include "rig.h"

static unsigned passed, failed;
static struct rig rig;
static const char *program, *base;
static unsigned dirs;

#define CHECK(cond)	check((cond), #cond, __LINE__)

static void
check(bool good, const char *cond, int line)
{
	if (good)
		return;
	fprintf(stderr, "line %d: not so: %s\n", line, cond);
	failed++;
}

static void
begin(void)
{
	char dir[300];

	snprintf(dir, sizeof(dir), "%s/%u", base, dirs++);
	mkdir(dir, 0700);
	rig_start(&rig, program, dir);
}

static uint32_t
files_in(const char *folder)
{
	char path[600];
	struct dirent *entry;
	uint32_t n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/spool/%s", rig.dir, folder);
	dir = opendir(path);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		char below[256];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(below, sizeof(below), "%s/%.60s", folder,
		    entry->d_name);
		n += entry->d_type == DT_DIR ? files_in(below) : 1;
	}
	if (dir != NULL)
		closedir(dir);
	return n;
}

static void
mail_to(const char *body, uint32_t n, const char *const *to)
{
	static struct envelope envelope;

	rig_envelope(&envelope, n, to);
	rig_mail(&rig, &envelope, body);
}

static bool
is_answered(const struct rig *r)
{
	return r->outstanding == 0;
}

static bool
is_delivered_1(const struct rig *r)
{
	return r->deliveries_n >= 1;
}

static bool
is_delivered_2(const struct rig *r)
{
	return r->deliveries_n >= 2;
}

static const char *const bob[] = { "bob@town.example.lg.jp" };

/* As the store would write them, but without its syncs. */
static void
fill_queue(const char *dir, uint32_t n, const char *to, uint64_t age_ms)
{
	const char *const recipients[] = { to };
	static struct spool_file file;
	uint8_t piece[SPOOL_FILE_COMMIT_BYTES];
	static struct envelope envelope;
	uint64_t id = 0, now = clock_wall_ms();
	struct buf encoded, front;

	rig_envelope(&envelope, 1, recipients);
	buf_init(&encoded, 4096);
	buf_init(&front, SPOOL_FILE_FRONT_BYTES_MAX);
	if (envelope_encode(&envelope, &encoded) != OK)
		die(4, "envelope");
	for (uint32_t i = 0; i < n; i++) {
		char path[600], receipt[RECEIPT_TEXT_BYTES];
		uint64_t offset;
		int fd;

		memset(&file, 0, offsetof(struct spool_file, results));
		file.id = id = receipt_next(id, now - 3600000);
		file.received_ms = now - age_ms;
		file.kind = SPOOL_MAIL;
		snprintf(file.route, sizeof(file.route), "inbound");
		buf_clear(&front);
		if (spool_file_front(&file, buf_span(&encoded), &front) != OK)
			die(4, "front");
		offset = spool_file_put_commit(id, file.status_offset, 5,
		    piece);
		memcpy(front.ptr + offset, piece, sizeof(piece));
		receipt_text(id, receipt);
		snprintf(path, sizeof(path), "%s/spool/queue/%s", dir,
		    receipt);
		if (buf_add(&front, SPAN("body\n")) != OK)
			die(4, "body");
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
		if (fd == -1 || write(fd, front.ptr, front.len) !=
		    (ssize_t)front.len)
			die(4, "%s", path);
		close(fd);
	}
	buf_fini(&front);
	buf_fini(&encoded);
}

/* ---- behaviours ---- */

static void
a_mail_is_delivered_and_its_original_kept(void)
{
	char answer[4096];

	mail_to("hello\r\n", 1, bob);
	CHECK(rig_play(&rig, is_delivered_1, 5000));
	CHECK(rig.committed == 1);
	(void)rig_play(&rig, NULL, 100);
	CHECK(files_in("queue") == 0);
	CHECK(files_in("original") == 1);
	CHECK(files_in("report") == 1);
	CHECK(rig_ask(&rig, CONTROL_ORIGINAL_GET, rig.last_id, answer,
	    sizeof(answer)) == 0);
	CHECK(strstr(answer, "file:hello\r\n") != NULL);
	CHECK(rig_ask(&rig, CONTROL_QUEUE_SHOW, 12345, answer,
	    sizeof(answer)) == 1);
}

static void
what_the_rules_refuse_gets_no_draft(void)
{
	const char *const other[] = { "bob@elsewhere.example" };

	mail_to("hello\r\n", 1, other);
	CHECK(rig_play(&rig, is_answered, 5000));
	CHECK(rig.last_status == ERR_POLICY);
	CHECK(files_in("draft") == 0);
}

static void
a_held_mail_is_released_in_its_safe_form(void)
{
	char answer[4096];
	uint64_t id;

	mail_to("HOLD me\r\n", 1, bob);
	CHECK(rig_play(&rig, is_answered, 5000));
	(void)rig_play(&rig, NULL, 200);
	id = rig.last_id;
	CHECK(files_in("held") == 1);
	CHECK(rig_ask(&rig, CONTROL_HELD_LIST, 0, answer, sizeof(answer)) ==
	    0);
	CHECK(strstr(answer, "reason=for a test") != NULL);
	CHECK(rig_ask(&rig, CONTROL_QUEUE_DROP, id, answer, sizeof(answer)) ==
	    3);
	CHECK(rig_ask(&rig, CONTROL_HELD_RELEASE, id, answer,
	    sizeof(answer)) == 0);
	CHECK(rig_play(&rig, is_delivered_1, 5000));
	CHECK(rig.released == 1);
	(void)rig_play(&rig, NULL, 100);
	CHECK(files_in("held") == 0 && files_in("original") == 1);
}

static void
a_rejected_mail_goes_back_as_a_notification(void)
{
	char answer[4096];

	mail_to("HOLD me\r\n", 1, bob);
	CHECK(rig_play(&rig, is_answered, 5000));
	(void)rig_play(&rig, NULL, 200);
	CHECK(rig_ask(&rig, CONTROL_HELD_REJECT, rig.last_id, answer,
	    sizeof(answer)) == 0);
	CHECK(rig_play(&rig, is_delivered_1, 5000));
	CHECK(rig.deliveries_n == 1 && rig.deliveries[0].null_sender);
	CHECK(rig.deliveries[0].segment == RIG_INTERNET);
	CHECK(strcmp(rig.deliveries[0].to, "alice@example.jp") == 0);
	CHECK(rig.dsn_verified == 1);
	CHECK(strstr(rig.dsn, "Action: failed\r\nStatus: 5.7.1\r\n") != NULL);
	(void)rig_play(&rig, NULL, 100);
	CHECK(files_in("held") == 0 && files_in("original") == 2);
}

static void
each_recipient_has_its_own_result(void)
{
	const char *const to[] = { "bob@town.example.lg.jp",
	    "refuse@town.example.lg.jp", "later@town.example.lg.jp" };
	char answer[8192];
	uint64_t id;

	mail_to("hello\r\n", 3, to);
	CHECK(rig_play(&rig, is_delivered_2, 5000));	/* bob, and the DSN */
	(void)rig_play(&rig, NULL, 200);
	id = rig.last_id;
	CHECK(rig_count(&rig, id, bob[0]) == 1);
	CHECK(rig_count(&rig, 0, "alice@example.jp") == 1);
	CHECK(strstr(rig.dsn, "refuse@town.example.lg.jp") != NULL);
	CHECK(strstr(rig.dsn, "later@") == NULL);
	CHECK(files_in("deferred") == 1);
	CHECK(rig_ask(&rig, CONTROL_QUEUE_SHOW, id, answer, sizeof(answer)) ==
	    0);
	CHECK(strstr(answer, "state=deferred ") != NULL);
	CHECK(strstr(answer, "state=delivered code=250") != NULL);
	CHECK(strstr(answer, "state=refused code=550 status=5.1.1") != NULL);
	CHECK(strstr(answer, "state=pending") != NULL);
	CHECK(rig_ask(&rig, CONTROL_QUEUE_RETRY, id, answer,
	    sizeof(answer)) == 0);
	(void)rig_play(&rig, NULL, 300);
	CHECK(rig.largest == 3 && rig.transactions == 3);
	CHECK(rig_count(&rig, id, bob[0]) == 1);
	CHECK(rig_count(&rig, 0, "alice@example.jp") == 1);
	CHECK(rig_ask(&rig, CONTROL_QUEUE_DROP, id, answer, sizeof(answer)) ==
	    0);
	(void)rig_play(&rig, NULL, 100);	/* its record first */
	CHECK(files_in("deferred") == 0);
}

static void
each_outcome_is_recorded_before_the_mail_moves_on(void)
{
	rig.audit_closed = true;	/* it says so only when asked */
	mail_to("hello\r\n", 1, bob);
	CHECK(rig_play(&rig, is_delivered_1, 5000));
	(void)rig_play(&rig, NULL, 300);
	CHECK(rig.audited == 0);
	CHECK(files_in("original") == 0);
	rig.audit_closed = false;
	/* its results say that nothing is left but the record */
	for (int k = 0; k < 80 && files_in("original") == 0; k++)
		(void)rig_play(&rig, NULL, 100);
	CHECK(files_in("original") == 1 && files_in("deferred") == 0);
	CHECK(rig.audited == 1 && rig.deliveries_n == 1);
	mail_to("HOLD\r\n", 1, bob);
	(void)rig_play(&rig, NULL, 200);
	CHECK(rig.audited == 2 && files_in("held") == 1);
}

static void
a_closed_log_closes_the_queue(void)
{
	char answer[4096];
	uint64_t id;

	mail_to("HOLD\r\n", 1, bob);
	(void)rig_play(&rig, NULL, 200);
	id = rig.last_id;
	CHECK(files_in("held") == 1);
	rig.hop_down = true;
	mail_to("hello\r\n", 1, bob);
	(void)rig_play(&rig, NULL, 300);
	CHECK(files_in("deferred") == 1);
	rig.hop_down = false;
	rig_audit_state(&rig, false);
	(void)rig_play(&rig, NULL, 100);
	/* nothing is taken, nothing is begun, nobody decides */
	mail_to("hello\r\n", 1, bob);
	CHECK(rig_play(&rig, is_answered, 5000));
	CHECK(rig.refused == 1 && rig.last_status == ERR_SYSTEM);
	CHECK(rig_ask(&rig, CONTROL_HELD_RELEASE, id, answer,
	    sizeof(answer)) == 4);
	CHECK(rig_ask(&rig, CONTROL_ORIGINAL_GET, id, answer,
	    sizeof(answer)) == 4);
	CHECK(rig_ask(&rig, CONTROL_QUEUE_RETRY, 0, answer,
	    sizeof(answer)) == 0);
	(void)rig_play(&rig, NULL, 500);
	CHECK(rig.sanitized == 2 && rig.deliveries_n == 0);
	CHECK(files_in("held") == 1);
	rig_audit_state(&rig, true);
	CHECK(rig_play(&rig, is_delivered_1, 5000));
	CHECK(rig_ask(&rig, CONTROL_HELD_RELEASE, id, answer,
	    sizeof(answer)) == 0);
	CHECK(rig_play(&rig, is_delivered_2, 5000));
}

static void
a_hop_that_is_down_puts_the_mail_off(void)
{
	char answer[4096];

	rig.hop_down = true;
	mail_to("hello\r\n", 1, bob);
	CHECK(rig_play(&rig, is_answered, 5000));
	(void)rig_play(&rig, NULL, 300);
	CHECK(rig.transactions == 2);		/* both hops */
	CHECK(files_in("deferred") == 1);
	mail_to("hello\r\n", 1, bob);
	(void)rig_play(&rig, NULL, 300);
	CHECK(rig.sanitized == 1);		/* not in vain */
	CHECK(files_in("deferred") == 2);
	rig.hop_down = false;
	CHECK(rig_ask(&rig, CONTROL_QUEUE_RETRY, 0, answer, sizeof(answer)) ==
	    0);
	CHECK(rig_play(&rig, is_delivered_2, 5000));
}

static void
a_sanitizer_that_dies_delays_a_mail_and_three_times_holds_it(void)
{
	rig.silent = true;
	mail_to("hello\r\n", 1, bob);
	(void)rig_play(&rig, NULL, 200);
	CHECK(rig.sanitized == 1);
	rig_sanitizer_dies(&rig);
	rig.silent = false;
	CHECK(rig_play(&rig, is_delivered_1, 8000));
	rig.silent = true;
	mail_to("hello\r\n", 1, bob);
	for (uint32_t i = 0; i < 3; i++) {
		uint32_t seen = rig.sanitized;

		for (int k = 0; k < 50 && rig.sanitized == seen; k++)
			(void)rig_play(&rig, NULL, 100);
		CHECK(rig.sanitized == seen + 1);
		rig_sanitizer_dies(&rig);
	}
	(void)rig_play(&rig, NULL, 200);
	CHECK(files_in("held") == 1);
}

static void
what_the_verifier_refuses_is_held(void)
{
	char answer[4096];

	mail_to("LIE\r\n", 1, bob);
	CHECK(rig_play(&rig, is_answered, 5000));
	(void)rig_play(&rig, NULL, 200);
	CHECK(rig.deliveries_n == 0 && files_in("held") == 1);
	CHECK(rig_ask(&rig, CONTROL_HELD_SHOW, rig.last_id, answer,
	    sizeof(answer)) == 0);
	CHECK(strstr(answer, "verifier refused at offset 7: not a safe form")
	    != NULL);
}

static void
a_crash_of_the_child_holds_and_the_next_is_served(void)
{
	mail_to("CRASH\r\n", 1, bob);
	CHECK(rig_play(&rig, is_answered, 5000));
	(void)rig_play(&rig, NULL, 100);
	mail_to("hello\r\n", 1, bob);
	CHECK(rig_play(&rig, is_delivered_1, 5000));
	CHECK(files_in("held") == 1);
}

static void
many_recipients_are_several_transactions(void)
{
	static char names[100][40];
	const char *to[100];

	for (int i = 0; i < 100; i++) {
		snprintf(names[i], sizeof(names[i]),
		    "u%d@town.example.lg.jp", i);
		to[i] = names[i];
	}
	mail_to("hello\r\n", 100, to);
	for (int i = 0; i < 50 && rig.deliveries_n < 100; i++)
		(void)rig_play(&rig, NULL, 100);
	CHECK(rig.deliveries_n == 100);
	CHECK(rig.transactions == 2 && rig.largest == 50);
	for (int i = 0; i < 100; i++)
		CHECK(rig_count(&rig, 0, to[i]) == 1);
}

static bool
is_committed_300(const struct rig *r)
{
	return r->committed >= 300;
}

static void
a_killed_spool_loses_nothing_that_it_acknowledged(void)
{
	char dir[512], answer[65536];
	uint32_t before, after;

	rig.silent = true;
	for (int i = 0; i < 300; i++)
		mail_to("hello\r\n", 1, bob);
	CHECK(rig_play(&rig, is_committed_300, 10000));
	CHECK(rig_ask(&rig, CONTROL_QUEUE_LIST, 0, answer, sizeof(answer)) ==
	    0);
	snprintf(dir, sizeof(dir), "%s", rig.dir);
	before = files_in("queue") + files_in("deferred");
	CHECK(before == 300);
	rig_kill(&rig);
	rig_start(&rig, program, dir);
	for (int i = 0; i < 100 && rig.deliveries_n < 300; i++)
		(void)rig_play(&rig, NULL, 100);
	CHECK(rig.deliveries_n == 300);
	(void)rig_play(&rig, NULL, 100);
	after = files_in("queue") + files_in("deferred");
	CHECK(after == 0 && files_in("original") == 300);
}

static void
a_damaged_file_is_set_aside_and_blocks_nothing(void)
{
	char path[700], dir[512], receipt[RECEIPT_TEXT_BYTES];
	FILE *f;

	snprintf(dir, sizeof(dir), "%s", rig.dir);
	rig_kill(&rig);
	receipt_text(receipt_next(0, clock_wall_ms()), receipt);
	snprintf(path, sizeof(path), "%s/spool/queue/%s", dir, receipt);
	f = fopen(path, "w");
	fputs("garbage", f);
	fclose(f);
	snprintf(path, sizeof(path), "%s/spool/queue/some file", dir);
	f = fopen(path, "w");
	fputs("garbage", f);
	fclose(f);
	rig_start(&rig, program, dir);
	mail_to("hello\r\n", 1, bob);
	CHECK(rig_play(&rig, is_delivered_1, 5000));
	(void)rig_play(&rig, NULL, 100);
	CHECK(files_in("damaged") == 2);
	CHECK(files_in("queue") == 0);
}

/* A mail that came in so long ago is in the queue at the start. */
static void
begin_with_old(const char *to, uint64_t age_ms)
{
	char dir[512];

	snprintf(dir, sizeof(dir), "%s", rig.dir);
	rig_kill(&rig);
	fill_queue(dir, 1, to, age_ms);
	rig_start(&rig, program, dir);
}

static void
a_mail_too_old_expires_and_its_sender_is_told(void)
{
	begin_with_old("later@town.example.lg.jp", UINT64_C(6) * 86400000);
	CHECK(rig_play(&rig, is_delivered_1, 5000));
	CHECK(rig.sanitized == 0);
	CHECK(strstr(rig.dsn, "Action: failed\r\nStatus: 5.4.7\r\n") != NULL);
	(void)rig_play(&rig, NULL, 100);
	CHECK(files_in("queue") + files_in("deferred") == 0);
	CHECK(files_in("original") == 2);
}

static void
a_late_mail_warns_its_sender_once(void)
{
	char answer[4096];

	begin_with_old("later@town.example.lg.jp", UINT64_C(5) * 3600000);
	CHECK(rig_play(&rig, is_delivered_1, 5000));
	CHECK(strstr(rig.dsn, "Action: delayed\r\nStatus: 4.4.1\r\n"
	    "Will-Retry-Until: ") != NULL);
	for (int i = 0; i < 3; i++) {
		(void)rig_play(&rig, NULL, 100);
		CHECK(rig_ask(&rig, CONTROL_QUEUE_RETRY, 0, answer,
		    sizeof(answer)) == 0);
	}
	(void)rig_play(&rig, NULL, 100);
	CHECK(rig.deliveries_n == 1 && rig.transactions >= 4);
	CHECK(files_in("deferred") == 1);
}

static void
notify_decides_who_is_told(void)
{
	const char *const to[] = { "bob@town.example.lg.jp",
	    "refuse@town.example.lg.jp" };
	static struct envelope envelope;

	/* failure unwanted, success wanted */
	rig_envelope(&envelope, 2, to);
	envelope.recipients[0].notify = NOTIFY_SUCCESS;
	envelope.recipients[1].notify = NOTIFY_NEVER;
	rig_mail(&rig, &envelope, "hello\r\n");
	CHECK(rig_play(&rig, is_delivered_2, 5000));
	(void)rig_play(&rig, NULL, 100);
	CHECK(rig.dsn_verified == 1);
	CHECK(strstr(rig.dsn, "Action: relayed\r\nStatus: 2.0.0\r\n") != NULL);
	CHECK(strstr(rig.dsn, "refuse@") == NULL);
	/* the next hop was asked to tell, so we don't */
	rig.dsn_passed = true;
	rig_envelope(&envelope, 1, to);
	envelope.recipients[0].notify = NOTIFY_SUCCESS;
	rig_mail(&rig, &envelope, "hello\r\n");
	CHECK(rig_play(&rig, is_answered, 5000));
	(void)rig_play(&rig, NULL, 200);
	CHECK(rig_count(&rig, rig.last_id, to[0]) == 1);
	CHECK(rig.dsn_verified == 1);
	/* nobody to tell */
	rig_envelope(&envelope, 1, to + 1);
	envelope.sender = (struct span){ NULL, 0 };
	rig_mail(&rig, &envelope, "hello\r\n");
	CHECK(rig_play(&rig, is_answered, 5000));
	(void)rig_play(&rig, NULL, 200);
	CHECK(rig.dsn_verified == 1);
	CHECK(files_in("queue") + files_in("deferred") == 0);
}

static void
new_rules_hold_what_has_no_route_any_more(void)
{
	char answer[4096];

	rig.hop_down = true;
	mail_to("hello\r\n", 1, bob);
	CHECK(rig_play(&rig, is_answered, 5000));
	(void)rig_play(&rig, NULL, 200);
	rig_reload(&rig, true);
	CHECK(files_in("deferred") == 1);
	rig_reload(&rig, false);
	CHECK(rig_ask(&rig, CONTROL_QUEUE_RETRY, 0, answer, sizeof(answer)) ==
	    0);
	(void)rig_play(&rig, NULL, 200);
	CHECK(files_in("held") == 1);
	CHECK(rig_ask(&rig, CONTROL_HELD_LIST, 0, answer, sizeof(answer)) ==
	    0);
	CHECK(strstr(answer, "reason=its route is not in the rules") != NULL);
	rig.hop_down = false;
	rig_reload(&rig, true);
	CHECK(rig_ask(&rig, CONTROL_HELD_RELEASE, rig.last_id, answer,
	    sizeof(answer)) == 0);
	CHECK(rig_play(&rig, is_delivered_1, 5000));
}

static void
new_rules_while_mails_are_under_way_lose_none(void)
{
	for (int i = 0; i < 200; i++) {
		mail_to("hello\r\n", 1, bob);
		if (i % 20 == 10)
			rig_reload(&rig, true);
		(void)rig_play(&rig, NULL, 1);
	}
	for (int i = 0; i < 100 && rig.deliveries_n < 200; i++)
		(void)rig_play(&rig, NULL, 100);
	CHECK(rig.deliveries_n == 200 && rig.committed == 200);
	(void)rig_play(&rig, NULL, 100);
	CHECK(files_in("queue") + files_in("deferred") == 0);
}

static void
a_list_longer_than_the_socket_holds_comes_whole(void)
{
	static char answer[4 << 20];
	uint32_t rows = 0;

	rig.silent = true;
	for (int i = 0; i < 2000; i++) {
		mail_to("hello\r\n", 1, bob);
		if (i % 100 == 99)
			CHECK(rig_play(&rig, is_answered, 5000));
	}
	CHECK(rig_ask(&rig, CONTROL_QUEUE_LIST, 0, answer, sizeof(answer)) ==
	    0);
	for (const char *p = answer; (p = strstr(p, "receipt=")) != NULL; p++)
		rows++;
	CHECK(rows == 2000);
}

static void
run(void (*behaviour)(void), const char *name, bool stops)
{
	unsigned before = failed;
	int status = 0;

	begin();
	behaviour();
	if (stops)
		status = rig_stop(&rig);
	else
		rig_kill(&rig);
	CHECK(status == 0);
	printf("%s: %s\n", failed == before ? "ok" : "FAILED", name);
	if (failed == before)
		passed++;
}
#define RUN(f)	run(f, #f, true)

static int
bench(uint32_t n, uint32_t parallel)
{
	static char body[4000];
	struct rusage usage;
	uint32_t sent = 0;
	uint64_t start;
	double s;

	memset(body, 'a', sizeof(body) - 1);
	begin();
	start = clock_monotonic_ns();
	while (rig.deliveries_n < n) {
		while (sent < n && rig.outstanding < parallel) {
			mail_to(body, 1, bob);
			sent++;
		}
		(void)rig_play(&rig, NULL, 1);
	}
	s = (double)(clock_monotonic_ns() - start) / 1e9;
	CHECK(rig_stop(&rig) == 0);
	getrusage(RUSAGE_CHILDREN, &usage);
	printf("%u mails, %u in parallel: %.0f mails/s, spool %.3f ms CPU a "
	    "mail (%.3f user)\n", n, parallel, n / s,
	    (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 / n
	    + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) /
	    1e3 / n, (double)usage.ru_utime.tv_sec * 1e3 / n +
	    (double)usage.ru_utime.tv_usec / 1e3 / n);
	return failed != 0;
}

static int
start(uint32_t n, uint32_t drain)
{
	char dir[300], queue[320];
	uint64_t from, first, then;
	uint32_t left;

	snprintf(dir, sizeof(dir), "%s/start", base);
	mkdir(dir, 0700);
	snprintf(queue, sizeof(queue), "%s/spool", dir);
	mkdir(queue, 0700);
	snprintf(queue, sizeof(queue), "%s/spool/queue", dir);
	mkdir(queue, 0700);
	fill_queue(dir, n, bob[0], 0);
	from = clock_monotonic_ms();
	rig_start(&rig, program, dir);
	CHECK(rig_play(&rig, is_delivered_1, 30000));
	first = clock_monotonic_ms() - from;
	left = files_in("queue");
	/* work, not time: it did not go through the queue to begin */
	CHECK(left + 1000 >= n);
	while (rig.deliveries_n < drain &&
	    clock_monotonic_ms() - from < 300000)
		(void)rig_play(&rig, NULL, 50);
	then = clock_monotonic_ms() - from;
	CHECK(rig.deliveries_n >= drain);
	CHECK(rig_stop(&rig) == 0);
	printf("%u mails queued: first delivery after %llu ms with %u still "
	    "in queue/; %u delivered after %llu ms\n", n,
	    (unsigned long long)first, left, drain, (unsigned long long)then);
	printf("%u passed, %u failed\n", failed == 0, failed);
	return failed != 0;
}

int
main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	program = argv[1];
	base = argv[2];
	if (argc == 6 && strcmp(argv[3], "bench") == 0)
		return bench((uint32_t)strtoul(argv[4], NULL, 10),
		    (uint32_t)strtoul(argv[5], NULL, 10));
	if (argc == 6 && strcmp(argv[3], "start") == 0)
		return start((uint32_t)strtoul(argv[4], NULL, 10),
		    (uint32_t)strtoul(argv[5], NULL, 10));
	RUN(a_mail_is_delivered_and_its_original_kept);
	RUN(what_the_rules_refuse_gets_no_draft);
	RUN(a_held_mail_is_released_in_its_safe_form);
	RUN(a_rejected_mail_goes_back_as_a_notification);
	RUN(each_recipient_has_its_own_result);
	RUN(a_hop_that_is_down_puts_the_mail_off);
	RUN(each_outcome_is_recorded_before_the_mail_moves_on);
	RUN(a_closed_log_closes_the_queue);
	RUN(a_sanitizer_that_dies_delays_a_mail_and_three_times_holds_it);
	RUN(what_the_verifier_refuses_is_held);
	RUN(a_crash_of_the_child_holds_and_the_next_is_served);
	RUN(many_recipients_are_several_transactions);
	RUN(a_killed_spool_loses_nothing_that_it_acknowledged);
	RUN(a_mail_too_old_expires_and_its_sender_is_told);
	RUN(a_late_mail_warns_its_sender_once);
	RUN(notify_decides_who_is_told);
	RUN(new_rules_hold_what_has_no_route_any_more);
	RUN(new_rules_while_mails_are_under_way_lose_none);
	RUN(a_list_longer_than_the_socket_holds_comes_whole);
	RUN(a_damaged_file_is_set_aside_and_blocks_nothing);
	printf("%u passed, %u failed\n", passed, failed);
	return failed != 0;
}
