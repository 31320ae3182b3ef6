/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * crash_spool DIR [STEP]: the daemon's own code, stopped before its k-th
 * system call on files, for every k, while mails of each kind pass: alone and
 * in groups, delivered in part, put off, held, released, rejected, refused.
 *
 * Every change on disk is written down. After the stop the spool folder is
 * built anew as a power cut may leave it: what was synced, and of the rest
 * nothing, all, each change alone, all but each one, and each write cut at a
 * sector. Then the daemon is started on it and must bring each acknowledged
 * mail to its end: none lost, none delivered twice unless the stop fell
 * between the next hop's 250 and the durable record of it, none damaged.
 */
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../gateway/base/clock.h"
#include "../../gateway/base/digest.h"
#include "../../gateway/base/log.h"
#include "../../gateway/base/receipt.h"
#include "../../gateway/proc/role.h"
#include "../../gateway/spool/spool_store.h"
#include "disk.h"
#include "rig.h"

#define MAILS_MAX	64

void __wrap_role_start(enum role_id, int, char **, struct role_start *,
    struct role_state *);
int sekisho_spool_main(int, char **);

void
__wrap_role_start(enum role_id role, int argc, char **argv,
    struct role_start *start, struct role_state *state)
{
	const struct msg_sandbox sandbox = { 0 };
	struct diag diag;

	(void)role;
	(void)argc;
	(void)argv;
	memset(start, 0, sizeof(*start));
	memset(state, 0, sizeof(*state));
	log_init("spool");
	if (ipc_send_now(ROLE_FD_SUPERVISOR, MSG_SANDBOX, &sandbox,
	    (struct span){ NULL, 0 }, NULL, 0, &diag) != OK)
		_exit(4);
}

/* ---- the daemon in a fork ---- */

/*
 * One moment for the whole run, and one of today: a daemon that starts again
 * goes by the real time of draft/ to give no number twice, and does not
 * believe in one that is more than a day ahead of its clock.
 */
static uint64_t wall_ms;

static uint64_t
fixed_wall(void)
{
	return wall_ms;
}

static void
quiet(void)
{
	int null = open("/dev/null", O_WRONLY);

	if (getenv("CRASH_LOG") == NULL && null != -1)
		(void)dup2(null, 2);
	clock_replace(NULL, fixed_wall);
}

static void
run_armed(void)
{
	char *argv[] = { (char *)(uintptr_t)"sekisho-spool", NULL };

	quiet();
	disk_arm();
	(void)sekisho_spool_main(1, argv);
}

static void
run_plain(void)
{
	char *argv[] = { (char *)(uintptr_t)"sekisho-spool", NULL };

	quiet();
	(void)sekisho_spool_main(1, argv);
}

/* ---- what was promised ---- */

enum fate { FATE_DELIVER = 1, FATE_REJECT };

static struct mail {
	uint64_t	id;
	bool		acknowledged;
	enum fate	fate;
	uint32_t	to_n;
	char		to[3][48];	/* those to be delivered */
	bool		bounces;	/* a recipient is refused */
} mails[MAILS_MAX];
static uint32_t mails_n;
static struct mail next;

static struct mail *
mail_find(uint64_t id)
{
	for (uint32_t i = 0; i < mails_n; i++)
		if (mails[i].id == id)
			return &mails[i];
	return NULL;
}

/* The daemon appends nothing here, the receiver does: so we note it. */
static void
on_body(uint64_t id, struct span bytes)
{
	for (uint32_t n = 0; n < shared->nodes_n; n++)
		if (shared->node_id[n] == id)
			op_add(OP_WRITE, n, "", "", UINT64_MAX, bytes);
	mails[mails_n] = next;
	mails[mails_n++].id = id;
}

static void
on_acknowledged(uint64_t id)
{
	mail_find(id)->acknowledged = true;
}

static uint32_t
on_mark(void)
{
	return shared->ops_n;
}

/* ---- the scenario ---- */

static struct rig rig;
static char base[256];

static uint32_t
files_in(const char *dir, const char *folder)
{
	char path[600];
	struct dirent *entry;
	uint32_t n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "%s/spool/%s", dir, folder);
	d = opendir(path);
	while (d != NULL && (entry = readdir(d)) != NULL)
		n += entry->d_name[0] != '.';
	if (d != NULL)
		closedir(d);
	return n;
}

static void
mail_to(const char *body, uint32_t n, const char *const *to, enum fate fate)
{
	static struct envelope envelope;

	memset(&next, 0, sizeof(next));
	next.fate = fate;
	for (uint32_t i = 0; i < n; i++) {
		if (strncmp(to[i], "refuse", 6) == 0)
			next.bounces = true;
		else
			snprintf(next.to[next.to_n++], sizeof(next.to[0]),
			    "%s", to[i]);
	}
	rig_envelope(&envelope, n, to);
	rig_mail(&rig, &envelope, body);
}

static bool
is_answered(const struct rig *r)
{
	return r->outstanding == 0;
}

static void
play_until(bool (*cond)(const struct rig *))
{
	if (!rig_play(&rig, cond, 5000))
		die(4, "the scenario stands still");
}

static void
wait_files(const char *folder, uint32_t n)
{
	for (int i = 0; files_in(rig.dir, folder) != n; i++) {
		if (i == 5000)
			die(4, "no %u files in %s/", (unsigned)n, folder);
		(void)rig_play(&rig, NULL, 1);
	}
}

static const char *const bob[] = { "bob@town.example.lg.jp" };

static void
scenario(void)
{
	static const char *const three[] = { "carol@town.example.lg.jp",
	    "refuse@town.example.lg.jp", "later@town.example.lg.jp" };
	char answer[4096];

	/* one alone; a group, so that one sync serves many */
	mail_to("one\r\n", 1, bob, FATE_DELIVER);
	play_until(is_answered);
	wait_files("queue", 0);
	for (int i = 0; i < 5; i++)
		mail_to("group\r\n", 1, bob, FATE_DELIVER);
	play_until(is_answered);
	wait_files("queue", 0);
	/* delivered in part, refused in part, put off in part */
	mail_to("three\r\n", 3, three, FATE_DELIVER);
	play_until(is_answered);
	wait_files("deferred", 1);
	wait_files("queue", 0);
	(void)rig_ask(&rig, CONTROL_QUEUE_RETRY, 0, answer, sizeof(answer));
	wait_files("queue", 0);
	wait_files("deferred", 1);
	/* held, then released; held, then rejected */
	mail_to("HOLD\r\n", 1, bob, FATE_DELIVER);
	play_until(is_answered);
	wait_files("held", 1);
	(void)rig_ask(&rig, CONTROL_HELD_RELEASE, rig.last_id, answer,
	    sizeof(answer));
	wait_files("held", 0);
	wait_files("queue", 0);
	mail_to("HOLD\r\n", 1, bob, FATE_REJECT);
	play_until(is_answered);
	wait_files("held", 1);
	(void)rig_ask(&rig, CONTROL_HELD_REJECT, rig.last_id, answer,
	    sizeof(answer));
	wait_files("held", 0);
	wait_files("queue", 0);
	/* no next hop, and then one */
	rig.hop_down = true;
	mail_to("down\r\n", 1, bob, FATE_DELIVER);
	play_until(is_answered);
	wait_files("deferred", 2);
	rig.hop_down = false;
	rig.later_ok = true;
	(void)rig_ask(&rig, CONTROL_QUEUE_RETRY, 0, answer, sizeof(answer));
	wait_files("deferred", 0);
	wait_files("queue", 0);
}

/*
 * May this delivery of before the stop be repeated? Only if nothing durable
 * says that it was made: the first change of the mail's file after it.
 */
static bool
may_repeat(const struct rig_delivery *delivery)
{
	for (uint32_t i = delivery->mark; i < shared->ops_n; i++) {
		const struct op *op = &shared->ops[i];

		if ((op->kind == OP_WRITE || op->kind == OP_RENAME) &&
		    shared->node_id[op->node] == delivery->id)
			return !is_durable(i);
	}
	return true;
}

/* ---- after the restart ---- */

static unsigned problems, states, stops;
static uint8_t seen[65536][8];
static uint32_t seen_n;

/* Was this disk, with these promises, tried already? */
static bool
was_seen(const struct rig_delivery *before, uint32_t before_n)
{
	uint8_t sum[DIGEST_BYTES];
	struct digest digest;

	digest_init(&digest);
	for (uint32_t n = 0; n < NODES_MAX; n++) {
		if (replay.path[n][0] == '\0')
			continue;
		digest_add(&digest, span_str(replay.path[n]));
		digest_add(&digest, (struct span){ replay.nodes[n].bytes,
		    replay.nodes[n].len });
	}
	for (uint32_t i = 0; i < before_n; i++) {
		bool again = may_repeat(&before[i]);

		digest_add(&digest, span_str(before[i].to));
		digest_add(&digest, (struct span){
		    (const uint8_t *)&before[i].id, 8 });
		digest_add(&digest, (struct span){ (uint8_t *)&again, 1 });
	}
	for (uint32_t i = 0; i < mails_n; i++) {
		digest_add(&digest, (struct span){
		    (const uint8_t *)&mails[i].id, 8 });
		digest_add(&digest, (struct span){
		    (const uint8_t *)&mails[i].acknowledged, 1 });
	}
	digest_end(&digest, sum);
	for (uint32_t i = 0; i < seen_n; i++)
		if (memcmp(seen[i], sum, 8) == 0)
			return true;
	if (seen_n < 65536)
		memcpy(seen[seen_n++], sum, 8);
	return false;
}

static void
decide_held(void)
{
	char path[600], answer[4096];
	struct dirent *entry;
	uint64_t ids[MAILS_MAX];
	uint32_t n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "%s/spool/held", rig.dir);
	d = opendir(path);
	while (d != NULL && (entry = readdir(d)) != NULL)
		if (n < MAILS_MAX && receipt_parse(span_str(entry->d_name),
		    &ids[n]))
			n++;
	if (d != NULL)
		closedir(d);
	for (uint32_t i = 0; i < n; i++) {
		const struct mail *mail = mail_find(ids[i]);

		(void)rig_ask(&rig, mail != NULL && mail->fate == FATE_REJECT ?
		    CONTROL_HELD_REJECT : CONTROL_HELD_RELEASE, ids[i],
		    answer, sizeof(answer));
	}
}

static bool
comes_to_rest(void)
{
	char answer[4096];

	for (int i = 0; i < 3000; i++) {
		uint32_t deferred = files_in(rig.dir, "deferred");

		if (files_in(rig.dir, "held") > 0)
			decide_held();
		else if (deferred > 0 && files_in(rig.dir, "queue") == 0)
			(void)rig_ask(&rig, CONTROL_QUEUE_RETRY, 0, answer,
			    sizeof(answer));
		else if (deferred == 0 && files_in(rig.dir, "queue") == 0)
			return true;
		(void)rig_play(&rig, NULL, 1);
	}
	return false;
}

static void
problem(const char *what, uint64_t id, const char *to, const char *where)
{
	char receipt[RECEIPT_TEXT_BYTES];

	receipt_text(id, receipt);
	fprintf(stderr, "%s: %s %s: %s\n", where, receipt, to, what);
	problems++;
}

/* Deliveries to one recipient: before the stop, and after the restart. */
static void
check_one(const struct mail *mail, const char *to,
    const struct rig_delivery *before, uint32_t before_n, const char *where)
{
	uint32_t after = rig_count(&rig, mail->id, to), times = 0;
	bool repeat = false;

	for (uint32_t i = 0; i < before_n; i++) {
		if (before[i].id != mail->id || strcmp(before[i].to, to) != 0)
			continue;
		times++;
		repeat = may_repeat(&before[i]);
	}
	if (mail->acknowledged && mail->fate == FATE_DELIVER &&
	    times + after == 0)
		problem("LOST", mail->id, to, where);
	if (times > 1 || after > 1 || (times == 1 && after == 1 && !repeat))
		problem("TWICE", mail->id, to, where);
	if (mail->fate == FATE_REJECT && times + after > 0)
		problem("REJECTED AND DELIVERED", mail->id, to, where);
}

static void
check_all(const struct rig_delivery *before, uint32_t before_n,
    const char *where)
{
	uint32_t bounces = 0, notices = rig_count(&rig, 0, "alice@example.jp");

	for (uint32_t i = 0; i < before_n; i++)
		notices += strcmp(before[i].to, "alice@example.jp") == 0;
	for (uint32_t i = 0; i < mails_n; i++) {
		for (uint32_t k = 0; k < mails[i].to_n; k++)
			check_one(&mails[i], mails[i].to[k], before, before_n,
			    where);
		bounces += mails[i].acknowledged && (mails[i].bounces ||
		    mails[i].fate == FATE_REJECT);
	}
	if (notices < bounces)
		problem("NOTIFICATION LOST", 1, "alice", where);
	if (files_in(rig.dir, "damaged") > 0)
		problem("DAMAGED", 1, "", where);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void
remove_all(const char *dir)
{
	(void)nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void
restart(enum variant variant, uint32_t one, const struct rig_delivery *before,
    uint32_t before_n)
{
	static const char *const texts[] = { "", "none", "all", "alone",
	    "all but", "torn" };
	char dir[300], where[80];
	jmp_buf gone;

	replay_run(variant, one);
	if (was_seen(before, before_n))
		return;
	states++;
	snprintf(where, sizeof(where), "call %u, %s %u",
	    (unsigned)shared->kill_at, texts[variant], (unsigned)one);
	snprintf(dir, sizeof(dir), "%s/after", base);
	replay_build(dir);
	memset(&rig, 0, sizeof(rig));
	rig.entry = run_plain;
	rig.later_ok = true;
	rig_start_as(&rig, dir);
	rig.gone = &gone;
	if (setjmp(gone) != 0)
		problem("DIED AGAIN", 1, "", where);
	else if (!comes_to_rest())
		problem("DOES NOT COME TO REST", 1, "", where);
	else
		check_all(before, before_n, where);
	rig.gone = NULL;
	rig_kill(&rig);
	remove_all(dir);
}

static void
restarts(const struct rig_delivery *before, uint32_t before_n)
{
	restart(NONE, 0, before, before_n);
	restart(ALL, 0, before, before_n);
	for (uint32_t i = 0; i < shared->ops_n; i++) {
		if (!is_change(&shared->ops[i]) || is_durable(i))
			continue;
		restart(ALONE, i, before, before_n);
		restart(BUT_ONE, i, before, before_n);
		if (shared->ops[i].kind == OP_WRITE)
			restart(TORN, i, before, before_n);
	}
}

/* One run, stopped before call k. False: it ended before. */
static bool
stop_at(uint32_t k)
{
	static struct rig_delivery before[256];
	char dir[300];
	jmp_buf gone;
	uint32_t before_n;
	volatile bool stopped = false;
	int status;

	disk_begin(k);
	mails_n = 0;
	snprintf(dir, sizeof(dir), "%s/before", base);
	mkdir(dir, 0700);
	memset(&rig, 0, sizeof(rig));
	rig.entry = run_armed;
	rig.body = on_body;
	rig.acknowledged = on_acknowledged;
	rig.mark = on_mark;
	rig.gone = &gone;
	if (setjmp(gone) == 0) {
		rig_start_as(&rig, dir);
		scenario();
	} else {
		stopped = true;
	}
	rig.gone = NULL;
	before_n = rig.deliveries_n > 256 ? 256 : rig.deliveries_n;
	memcpy(before, rig.deliveries, before_n * sizeof(before[0]));
	if (stopped) {
		(void)waitpid(rig.pid, &status, 0);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != KILLED)
			die(4, "call %u: the daemon died of itself (%d)",
			    (unsigned)k, status);
		rig_close(&rig);
	} else {
		rig_kill(&rig);
	}
	remove_all(dir);
	stops += stopped;
	restarts(before, before_n);
	return stopped;
}

int
main(int argc, char **argv)
{
	uint32_t step = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 1;
	uint32_t first = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 1;

	if (argc < 2 || step == 0)
		return 2;
	snprintf(base, sizeof(base), "%s", argv[1]);
	wall_ms = clock_wall_ms();
	if (!disk_start())
		return 4;
	for (uint32_t k = first; stop_at(k) && problems < 20; k += step)
		;
	printf("%u stops, %u different disks started from, %u problems\n",
	    stops, states, problems);
	printf("%u passed, %u failed\n", problems == 0 ? stops : 0, problems);
	return problems != 0 || stops == 0;
}
