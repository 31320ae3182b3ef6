/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The peers of a sekisho-spool under test, in one process and one poll loop.
 * They do what they are told and write down what they saw.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../gateway/audit/audit_record.h"
#include "../../gateway/base/clock.h"
#include "../../gateway/base/digest.h"
#include "../../gateway/base/durable.h"
#include "../../gateway/base/log.h"
#include "../../gateway/proc/counters.h"
#include "../../gateway/proc/delivery_result.h"
#include "../../gateway/proc/role.h"
#include "../../gateway/proc/row.h"
#include "../../gateway/proc/sealed.h"
#include "../../rules/rules.h"
#include "../../gateway/verify/verify.h"
#include "rig.h"

#define NOTHING	((struct span){ NULL, 0 })

static const char rules_text[] =
	"gateway \"gw.town.example.lg.jp\"\n"
	"segment lgwan tier 2 interface eth1 network 10.20.0.0/16\n"
	"segment internet tier 3 interface eth0 network any\n"
	"host inner in lgwan 10.20.0.25\n"
	"host spare in lgwan 10.20.0.26\n"
	"host outer in internet 192.0.2.5\n"
	"policy standard { body text }\n"
	"mail inbound from internet to lgwan {\n"
	"    listen 192.0.2.25 port 25\n"
	"    accept from outer\n"
	"    domains town.example.lg.jp\n"
	"    next-hop inner port 25\n"
	"    next-hop spare port 25\n"
	"    policy standard\n"
	"}\n"
	"mail outbound from lgwan to internet {\n"
	"    listen 10.20.0.1 port 25\n"
	"    accept from inner\n"
	"    sender-domains town.example.lg.jp\n"
	"    next-hop outer port 25\n"
	"    policy standard\n"
	"}\n";

static struct rig *playing;		/* whose daemon may be gone */

static void
must(enum err err, const struct diag *diag, const char *what)
{
	if (err != OK && playing != NULL && playing->gone != NULL)
		longjmp(*playing->gone, 1);
	if (err != OK)
		die(4, "rig: %s: %s", what, diag->what);
}

static int
sealed_bytes(struct span bytes)
{
	int fd = memfd_create("rig", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct diag diag = { .what = "memfd" };

	if (fd == -1)
		die(4, "rig: memfd");
	must(write_all(fd, bytes, &diag), &diag, "memfd");
	if (fcntl(fd, F_ADD_SEALS, SEALED_SEALS) == -1)
		die(4, "rig: seal");
	return fd;
}

static int
rules_image(struct span text)
{
	struct rules_run *run = rules_run_new("test.rules", text, NULL,
	    20000);
	struct buf image;
	int fd;

	buf_init(&image, 1 << 20);
	for (uint32_t i = 0; i < rules_run_findings(run); i++) {
		const struct rules_finding *f = rules_run_finding(run, i);

		if (f->severity == RULES_ERROR)
			fprintf(stderr, "%s:%u: %s\n", f->file,
			    (unsigned)f->line, f->text);
	}
	if (rules_compile(run, &image) != OK)
		die(4, "rig: rules");
	fd = sealed_bytes(buf_span(&image));
	buf_fini(&image);
	rules_run_free(run);
	return fd;
}

static void
send_to(int fd, enum msg_kind kind, const void *fixed, struct span tail,
    const int *fds, unsigned fds_n)
{
	struct diag diag = { .what = "" };

	must(ipc_send_now(fd, kind, fixed, tail, fds, fds_n, &diag), &diag,
	    "send");
}

static void
expect(int fd, enum msg_kind kind)
{
	static _Alignas(16) uint8_t bytes[MSG_BYTES_MAX];
	struct ipc_message message;
	struct diag diag;

	must(ipc_receive_now(fd, ROLE_SUPERVISOR, ROLE_SPOOL, bytes, &message,
	    10000, &diag), &diag, "wait for the spool");
	if (message.kind != kind)
		die(4, "rig: unexpected message %d", (int)message.kind);
}

static int
peer(struct rig *rig, enum role_id role, uint32_t segment)
{
	const struct msg_peer new = { .role = role, .segment = segment };
	struct diag diag;
	int fds[2];

	must(ipc_pair(fds, &diag), &diag, "pair");
	send_to(rig->supervisor, MSG_PEER, &new, NOTHING, &fds[1], 1);
	close(fds[1]);
	return fds[0];
}

static void
child(const struct rig *rig, int channel)
{
	int counters = counters_create();
	int dir = open(rig->dir, O_RDONLY | O_DIRECTORY);
	int a = fcntl(channel, F_DUPFD, 20), b = fcntl(counters, F_DUPFD, 20);
	int c = fcntl(dir, F_DUPFD, 20);

	if (a == -1 || b == -1 || c == -1 || dup2(a, ROLE_FD_SUPERVISOR) ==
	    -1 || dup2(b, ROLE_FD_COUNTERS) == -1 ||
	    dup2(c, ROLE_FD_FOLDER) == -1)
		_exit(4);
	if (rig->entry != NULL) {
		(void)close_range(ROLE_FD_FOLDERS_FIRST, ~0u, 0);
		rig->entry();
		_exit(0);
	}
	execl(rig->program, "sekisho-spool", "", "-", "0", "0", "",
	    (char *)NULL);
	_exit(4);
}

void
rig_start(struct rig *rig, const char *program, const char *dir)
{
	memset(rig, 0, sizeof(*rig));
	rig->program = program;
	rig_start_as(rig, dir);
}

void
rig_start_as(struct rig *rig, const char *dir)
{
	const struct msg_rules generation = { .generation =
	    rig->generation = 1 };
	struct diag diag;
	char path[600];
	int fds[2], image;

	rig->deliveries = calloc(RIG_DELIVERIES_MAX,
	    sizeof(*rig->deliveries));
	if (rig->deliveries == NULL)
		die(4, "rig: memory");
	snprintf(rig->dir, sizeof(rig->dir), "%s", dir);
	snprintf(path, sizeof(path), "%s/spool", dir);
	if (mkdir(path, 0700) == -1 && errno != EEXIST)
		die(4, "rig: %s", path);
	playing = NULL;
	must(ipc_pair(fds, &diag), &diag, "pair");
	fflush(stdout);
	rig->pid = fork();
	if (rig->pid == 0)
		child(rig, fds[1]);
	close(fds[1]);
	rig->supervisor = fds[0];
	rig->receive = rig->sanitize = rig->verify = rig->audit = -1;
	rig->deliver[0] = rig->deliver[1] = -1;
	playing = rig;
	expect(rig->supervisor, MSG_SANDBOX);
	image = rules_image(span_str(rules_text));
	send_to(rig->supervisor, MSG_RULES, &generation, NOTHING, &image, 1);
	close(image);
	rig->audit = peer(rig, ROLE_AUDIT, UINT32_MAX);
	rig_audit_state(rig, true);
	expect(rig->supervisor, MSG_READY);
	rig->receive = peer(rig, ROLE_RECEIVE, RIG_INTERNET);
	rig->deliver[RIG_LGWAN] = peer(rig, ROLE_DELIVER, RIG_LGWAN);
	rig->deliver[RIG_INTERNET] = peer(rig, ROLE_DELIVER, RIG_INTERNET);
	rig->sanitize = peer(rig, ROLE_SANITIZE, UINT32_MAX);
	rig->verify = peer(rig, ROLE_VERIFY, UINT32_MAX);
}

void
rig_close(struct rig *rig)
{
	const int fds[] = { rig->supervisor, rig->receive, rig->sanitize,
	    rig->verify, rig->deliver[0], rig->deliver[1], rig->audit };

	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] != -1)
			close(fds[i]);
	free(rig->deliveries);
	rig->deliveries = NULL;
}

int
rig_stop(struct rig *rig)
{
	const struct msg_empty empty = { 0 };
	uint64_t end = clock_monotonic_ms() + 10000;
	int status = -1;

	send_to(rig->supervisor, MSG_STOP, &empty, NOTHING, NULL, 0);
	while (waitpid(rig->pid, &status, WNOHANG) == 0 &&
	    clock_monotonic_ms() < end)
		(void)rig_play(rig, NULL, 20);
	rig_close(rig);
	return status;
}

void
rig_kill(struct rig *rig)
{
	kill(rig->pid, SIGKILL);
	waitpid(rig->pid, NULL, 0);
	rig_close(rig);
}

void
rig_reload(struct rig *rig, bool with_inbound)
{
	const struct msg_rules generation = { .generation =
	    ++rig->generation };
	struct span text = span_str(rules_text), inbound;
	struct buf other;
	size_t at, end;
	int image;

	buf_init(&other, sizeof(rules_text));
	at = span_find(text, SPAN("mail inbound"));
	inbound = span_sub(text, at, text.len);
	end = at + span_find(inbound, SPAN("}\n")) + 2;
	if (buf_add(&other, span_sub(text, 0, at)) != OK ||
	    buf_add(&other, span_sub(text, end, text.len)) != OK)
		die(4, "rig: rules");
	image = rules_image(with_inbound ? text : buf_span(&other));
	send_to(rig->supervisor, MSG_RULES, &generation, NOTHING, &image, 1);
	close(image);
	buf_fini(&other);
	expect(rig->supervisor, MSG_READY);
}

void
rig_sanitizer_dies(struct rig *rig)
{
	close(rig->sanitize);
	rig->sanitize = peer(rig, ROLE_SANITIZE, UINT32_MAX);
}

/* ---- the receiver ---- */

void
rig_envelope(struct envelope *envelope, uint32_t recipients_n,
    const char *const *to)
{
	memset(envelope, 0, sizeof(*envelope));
	envelope->helo = SPAN("mx.example.jp");
	envelope->peer = (struct address){ 4, { 192, 0, 2, 5 } };
	envelope->protocol = PROTOCOL_ESMTP;
	envelope->sender = SPAN("alice@example.jp");
	envelope->recipients_n = recipients_n;
	for (uint32_t i = 0; i < recipients_n; i++)
		envelope->recipients[i].address = span_str(to[i]);
}

void
rig_mail(struct rig *rig, const struct envelope *envelope, const char *body)
{
	struct msg_draft_new new = { .session = 1, .body_bytes = 100,
	    .route = 0, .generation = rig->generation };
	struct buf buf;

	snprintf(rig->mail, sizeof(rig->mail), "%s", body);
	buf_init(&buf, MSG_TAIL_BYTES_MAX);
	if (envelope_encode(envelope, &buf) != OK)
		die(4, "rig: envelope");
	send_to(rig->receive, MSG_DRAFT_NEW, &new, buf_span(&buf), NULL, 0);
	buf_fini(&buf);
	rig->outstanding++;
}

static void
on_draft(struct rig *rig, struct ipc_message *message)
{
	const struct msg_draft *draft = message->fixed;
	struct msg_draft_commit commit = { .session = draft->session,
	    .id = draft->id, .body_bytes = strlen(rig->mail) };
	struct diag diag;

	rig->drafts++;
	rig->last_status = (enum err)draft->status;
	if (draft->status != OK) {
		rig->refused++;
		rig->outstanding--;
		return;
	}
	must(write_all(message->fds[0], span_str(rig->mail), &diag), &diag,
	    "write draft");
	if (rig->body != NULL)
		rig->body(draft->id, span_str(rig->mail));
	send_to(rig->receive, MSG_DRAFT_COMMIT, &commit, NOTHING, NULL, 0);
}

static void
on_committed(struct rig *rig, const struct msg_committed *committed)
{
	rig->last_status = (enum err)committed->status;
	rig->last_id = committed->id;
	rig->outstanding--;
	if (committed->status == OK && rig->acknowledged != NULL)
		rig->acknowledged(committed->id);
	if (committed->status == OK)
		rig->committed++;
	else
		rig->refused++;
}

/* ---- sanitizer and verifier ---- */

static void
on_sanitize(struct rig *rig, struct ipc_message *message)
{
	const struct msg_sanitize *job = message->fixed;
	struct msg_sanitized answer = { .id = job->id };
	static const char report[] = "{\"version\":1}";
	uint8_t body[4096];
	struct diag diag;
	size_t got = 0;
	bool released = (job->flags & SANITIZE_RELEASE) != 0;
	struct span span;
	int fds[2];

	rig->sanitized++;
	rig->released += released;
	if (rig->silent)
		return;
	must(pread_all(message->fds[0], body, job->body_bytes < sizeof(body) ?
	    (size_t)job->body_bytes : sizeof(body), job->body_offset, &got,
	    &diag), &diag, "read original");
	span = (struct span){ body, got };
	answer.outcome = SANITIZE_SAFE;
	if (!released && span_begins(span, SPAN("HOLD")))
		answer.outcome = SANITIZE_HOLD;
	else if (!released && span_begins(span, SPAN("FAIL")))
		answer.outcome = SANITIZE_FAILED;
	else if (!released && span_begins(span, SPAN("CRASH")))
		answer.outcome = SANITIZE_CRASHED;
	if (answer.outcome != SANITIZE_SAFE) {
		send_to(rig->sanitize, MSG_SANITIZED, &answer,
		    SPAN("for a test"), NULL, 0);
		return;
	}
	answer.safe_bytes = got;
	answer.report_bytes = sizeof(report) - 1;
	fds[0] = sealed_bytes(span);
	fds[1] = sealed_bytes(span_str(report));
	send_to(rig->sanitize, MSG_SANITIZED, &answer, NOTHING, fds, 2);
	close(fds[0]);
	close(fds[1]);
}

static void
on_verify(struct rig *rig, struct ipc_message *message)
{
	const struct msg_verify *job = message->fixed;
	struct msg_verified answer = { .id = job->id, .bytes = job->bytes,
	    .yes = 1 };
	size_t got = 0;
	struct diag diag;

	must(digest_fd(message->fds[0], 0, job->bytes, answer.sha256, &diag),
	    &diag, "digest");
	if (job->form == VERIFY_DSN) {
		static struct verify_result result;

		/* ours must be exactly what the real verifier accepts */
		verify_dsn(message->fds[0], job->bytes, &result);
		if (!result.yes)
			die(4, "rig: notification refused at %llu: %s",
			    (unsigned long long)result.offset, result.reason);
		rig->dsn_verified++;
		must(pread_all(message->fds[0], rig->dsn,
		    sizeof(rig->dsn) - 1, 0, &got, &diag), &diag, "read dsn");
		rig->dsn[got] = '\0';
	} else {
		char start[4] = "";

		must(pread_all(message->fds[0], start, 3, 0, &got, &diag),
		    &diag, "read safe mail");
		if (strncmp(start, "LIE", 3) == 0) {
			answer.yes = 0;
			answer.offset = 7;
		}
	}
	send_to(rig->verify, MSG_VERIFIED, &answer, answer.yes == 1 ? NOTHING :
	    SPAN("not a safe form"), NULL, 0);
}

/* ---- the deliverers ---- */

static void
deliver_one(struct rig *rig, uint32_t segment, uint64_t id, bool null_sender,
    struct span to, struct delivery_result *result)
{
	struct rig_delivery *delivery;

	if (span_begins(to, SPAN("refuse"))) {
		*result = (struct delivery_result){ DELIVERY_REFUSED, 550,
		    SPAN("5.1.1 no such user") };
		return;
	}
	if (span_begins(to, SPAN("later")) && !rig->later_ok) {
		*result = (struct delivery_result){ DELIVERY_LATER, 450,
		    SPAN("4.2.1 try again") };
		return;
	}
	*result = (struct delivery_result){ DELIVERY_DONE, 250,
	    SPAN("2.0.0 ok") };
	if (rig->deliveries_n == RIG_DELIVERIES_MAX)
		die(4, "rig: too many deliveries");
	delivery = &rig->deliveries[rig->deliveries_n++];
	delivery->id = id;
	delivery->segment = segment;
	delivery->null_sender = null_sender;
	delivery->mark = rig->mark != NULL ? rig->mark() : 0;
	snprintf(delivery->to, sizeof(delivery->to), "%.*s", (int)to.len,
	    (const char *)to.ptr);
}

static void
on_deliver(struct rig *rig, uint32_t segment, struct ipc_message *message)
{
	const struct msg_deliver *job = message->fixed;
	struct msg_delivered answer = { .id = job->id, .job = job->job };
	static struct envelope envelope;
	struct delivery_result result;
	uint8_t sha256[32];
	struct diag diag = { .what = "" };
	struct buf out;

	must(digest_fd(message->fds[0], 0, job->bytes, sha256, &diag), &diag,
	    "digest");
	if (memcmp(sha256, job->sha256, 32) != 0)
		die(4, "rig: another digest than the verifier's");
	must(envelope_decode(message->tail, &envelope), &diag, "envelope");
	rig->transactions++;
	if (envelope.recipients_n > rig->largest)
		rig->largest = envelope.recipients_n;
	answer.results = envelope.recipients_n;
	answer.hop_failed = rig->hop_down;
	answer.dsn_passed = rig->dsn_passed;
	buf_init(&out, MSG_TAIL_BYTES_MAX);
	for (uint32_t i = 0; i < envelope.recipients_n; i++) {
		if (rig->hop_down)
			result = (struct delivery_result){ DELIVERY_LATER, 0,
			    SPAN("4.4.1 no connection") };
		else
			deliver_one(rig, segment, job->id,
			    envelope.sender.len == 0,
			    envelope.recipients[i].address, &result);
		must(delivery_result_put(&out, &result), &diag, "result");
	}
	send_to(rig->deliver[segment], MSG_DELIVERED, &answer, buf_span(&out),
	    NULL, 0);
	buf_fini(&out);
}

/* ---- the audit log ---- */

static void
on_audit(struct rig *rig, const struct ipc_message *message)
{
	const struct msg_audit *record = message->fixed;
	const struct msg_audited answer = { .token = record->token,
	    .status = rig->audit_closed ? ERR_SYSTEM : OK };

	if (!audit_members_are_good(message->tail))
		die(4, "rig: a record that is no JSON: %.*s",
		    (int)message->tail.len, (const char *)message->tail.ptr);
	rig->audited += !rig->audit_closed;
	if (record->token != 0)
		send_to(rig->audit, MSG_AUDITED, &answer, NOTHING, NULL, 0);
}

void
rig_audit_state(struct rig *rig, bool open)
{
	const struct msg_audit_state state = { .open = open };

	rig->audit_closed = !open;
	send_to(rig->audit, MSG_AUDIT_STATE, &state, open ? NOTHING :
	    SPAN("No space left on device"), NULL, 0);
}

/* ---- the loop ---- */

static void
dispatch(struct rig *rig, int which, struct ipc_message *message)
{
	switch (message->kind) {
	case MSG_DRAFT:
		on_draft(rig, message);
		break;
	case MSG_COMMITTED:
		on_committed(rig, message->fixed);
		break;
	case MSG_SANITIZE:
		on_sanitize(rig, message);
		break;
	case MSG_VERIFY:
		on_verify(rig, message);
		break;
	case MSG_DELIVER:
		on_deliver(rig, which == 3 ? RIG_LGWAN : RIG_INTERNET,
		    message);
		break;
	case MSG_AUDIT:
		on_audit(rig, message);
		break;
	default:
		die(4, "rig: message %d", (int)message->kind);
	}
	for (unsigned i = 0; i < message->fds_n; i++)
		if (message->fds[i] != -1)
			close(message->fds[i]);
}

bool
rig_play(struct rig *rig, bool (*cond)(const struct rig *),
    unsigned timeout_ms)
{
	static _Alignas(16) uint8_t bytes[MSG_BYTES_MAX];
	const enum role_id selves[6] = { ROLE_RECEIVE, ROLE_SANITIZE,
	    ROLE_VERIFY, ROLE_DELIVER, ROLE_DELIVER, ROLE_AUDIT };
	uint64_t end = clock_monotonic_ms() + timeout_ms;

	while (cond == NULL || !cond(rig)) {
		struct pollfd fds[6] = { { .fd = rig->receive },
		    { .fd = rig->sanitize }, { .fd = rig->verify },
		    { .fd = rig->deliver[0] }, { .fd = rig->deliver[1] },
		    { .fd = rig->audit } };
		uint64_t now = clock_monotonic_ms();

		if (now >= end)
			return false;
		for (int i = 0; i < 6; i++)
			fds[i].events = POLLIN;
		if (poll(fds, 6, (int)(end - now)) <= 0)
			continue;
		for (int i = 0; i < 6; i++) {
			struct ipc_message message;
			struct diag diag;

			if ((fds[i].revents & (POLLIN | POLLHUP)) == 0)
				continue;
			if (ipc_receive_now(fds[i].fd, selves[i], ROLE_SPOOL,
			    bytes, &message, 10, &diag) == OK)
				dispatch(rig, i, &message);
			else if (rig->gone != NULL)
				longjmp(*rig->gone, 1);
			else if (cond == NULL)
				return false;	/* it stopped */
		}
	}
	return true;
}

uint32_t
rig_count(const struct rig *rig, uint64_t id, const char *to)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < rig->deliveries_n; i++)
		n += (id == 0 || rig->deliveries[i].id == id) && (to == NULL ||
		    strcmp(rig->deliveries[i].to, to) == 0);
	return n;
}

/* ---- the administrator ---- */

static void
row_print(struct ipc_message *message, struct buf *out)
{
	struct row_reader reader;
	struct span name, value;
	bool number;

	row_reader_init(&reader, message->fixed, message->tail);
	while (row_next(&reader, &name, &value, &number))
		if (buf_printf(out, "%.*s=%.*s ", (int)name.len,
		    (const char *)name.ptr, (int)value.len,
		    (const char *)value.ptr) != OK)
			die(4, "rig: answer too long");
	if (buf_add_str(out, "\n") != OK)
		die(4, "rig: answer too long");
}

static void
file_print(struct ipc_message *message, struct buf *out)
{
	const struct msg_control_file *file = message->fixed;
	uint8_t bytes[4096];
	size_t got = 0;
	struct diag diag;

	must(pread_all(message->fds[0], bytes, file->bytes < sizeof(bytes) ?
	    (size_t)file->bytes : sizeof(bytes), file->offset, &got, &diag),
	    &diag, "original");
	if (buf_printf(out, "file:%.*s\n", (int)got, (const char *)bytes) !=
	    OK)
		die(4, "rig: answer too long");
}

uint32_t
rig_ask(struct rig *rig, enum control_verb verb, uint64_t id, char *answer,
    size_t answer_len)
{
	static _Alignas(16) uint8_t bytes[MSG_BYTES_MAX];
	const struct msg_control control = { .verb = verb, .id = id };
	struct ipc_message message;
	uint32_t status = UINT32_MAX;
	struct diag diag;
	struct buf out;
	int fds[2];

	must(ipc_pair(fds, &diag), &diag, "pair");
	send_to(rig->supervisor, MSG_CONTROL_PASS, &control, NOTHING, &fds[1],
	    1);
	close(fds[1]);
	buf_init(&out, 64 << 20);
	while (status == UINT32_MAX) {
		must(ipc_receive_now(fds[0], ROLE_TOOL, ROLE_SPOOL, bytes,
		    &message, 20000, &diag), &diag, "answer");
		if (message.kind == MSG_ROW)
			row_print(&message, &out);
		else if (message.kind == MSG_CONTROL_FILE)
			file_print(&message, &out);
		else
			status = ((const struct msg_control_end *)
			    message.fixed)->exit_status;
		if (message.kind == MSG_CONTROL_END && message.tail.len > 0 &&
		    buf_add(&out, message.tail) != OK)
			die(4, "rig: answer too long");
		for (unsigned i = 0; i < message.fds_n; i++)
			close(message.fds[i]);
	}
	snprintf(answer, answer_len, "%.*s", (int)out.len,
	    out.ptr == NULL ? "" : (const char *)out.ptr);
	buf_fini(&out);
	close(fds[0]);
	return status;
}
