/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rule text becomes an image in a short-lived process that has given
 * everything up: it cannot even open the rule files, it asks for them by
 * path and gets a sealed copy: the same that is kept with the generation.
 * Findings and image come back in memory files, which are sealed before
 * anyone looks at them. The loader of the image trusts none of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/durable.h"
#include "../base/log.h"
#include "../proc/sealed.h"
#include "sekishod_internal.h"

#define NONE		((struct span){ NULL, 0 })
#define CHILD_OK	0
#define CHILD_FINDINGS	1	/* errors in the text */
#define CHILD_TROUBLE	2	/* in the machine */

/* ---- the child ---- */

struct compile {
	int		channel;
	int		findings;
	int		image;
	uint32_t	today;
	bool		renewed;	/* they are in force already */
	struct buf	texts[FILES_MAX];
	unsigned	texts_n;
	uint8_t		bytes[MSG_BYTES_MAX];
};

static enum err
ask_for_file(void *arg, const char *path, struct span *text,
    struct diag *diag)
{
	struct compile *compile = arg;
	struct msg_empty ask = { 0 };
	struct msg_included answer;
	struct ipc_message message;
	struct buf *buf;
	enum err err;

	if (compile->texts_n == FILES_MAX)
		return diag_set(diag, ERR_LIMIT, "too many files");
	err = ipc_send_now(compile->channel, MSG_INCLUDE, &ask,
	    span_str(path), NULL, 0, diag);
	if (err == OK)
		err = ipc_receive_now(compile->channel, ROLE_COMPILE,
		    ROLE_SUPERVISOR, compile->bytes, &message, 0, diag);
	if (err != OK)
		return err;
	memcpy(&answer, message.fixed, sizeof(answer));
	if (message.fds_n == 0) {
		errno = (int)answer.errnum;
		return diag_system(diag, "open");
	}
	buf = &compile->texts[compile->texts_n++];
	buf_init(buf, FILE_BYTES_MAX);
	err = pread_whole(message.fds[0], buf, diag);
	close(message.fds[0]);
	*text = buf_span(buf);
	return err;
}

static int
compile_text(struct compile *compile, const char *path, struct span text)
{
	const struct rules_reader reader = { ask_for_file, compile };
	struct buf findings, image;
	struct rules_run *run;
	struct diag diag;
	enum err err = OK;

	run = compile->renewed ?
	    rules_run_renew(path, text, &reader, compile->today) :
	    rules_run_new(path, text, &reader, compile->today);
	if (run == NULL)
		return CHILD_TROUBLE;
	buf_init(&findings, FINDINGS_BYTES_MAX);
	buf_init(&image, IMAGE_BYTES_MAX);
	for (uint32_t i = 0; i < rules_run_findings(run) && err == OK; i++)
		err = rules_finding_print(rules_run_finding(run, i),
		    &findings);
	/* more than fits: those that are there will do */
	if (write_all(compile->findings, buf_span(&findings), &diag) != OK)
		return CHILD_TROUBLE;
	if (rules_run_errors(run) > 0)
		return CHILD_FINDINGS;
	err = rules_compile(run, &image);
	if (err == OK)
		err = write_all(compile->image, buf_span(&image), &diag);
	return err == OK ? CHILD_OK : CHILD_TROUBLE;	/* exit() frees */
}

static void
child(struct compile *compile, const struct gateway *gateway,
    const char *path)
{
	const struct account *account = &gateway->accounts[ROLE_COMPILE];
	const int keep[] = { compile->channel, compile->findings,
	    compile->image };
	const struct role_options options = { .uid = account->uid,
	    .gid = account->gid, .chroot_dir = gateway->empty_path };
	struct role_state state;
	struct diag diag;
	struct span text;
	enum err err;

	log_init("compile");
	role_close_others(keep, 3);
	if (role_enter(ROLE_COMPILE, &options, &state, &diag) != OK)
		die(CHILD_TROUBLE, "%s", diag.what);
	err = ask_for_file(compile, path, &text, &diag);
	if (err != OK) {
		dprintf(compile->findings, "%s: error: %s\n", path,
		    diag.what);
		_exit(CHILD_FINDINGS);
	}
	_exit(compile_text(compile, path, text));
}

/* ---- the supervisor ---- */

static int
memory_file(const char *name)
{
	return memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

/* Only plain files: a fifo could stop us, a device do worse. */
static int
open_rules(const char *path)
{
	struct stat st;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)) {
		close(fd);
		errno = EINVAL;
		return -1;
	}
	return fd;
}

/* What the child may have: a set that is there, or one read from disk. */
struct source {
	struct rule_set	*set;
	bool		 disk;
};

/* From disk into the set. NULL: errno says why. */
static const struct rule_file *
take_file(struct rule_set *set, struct span tail)
{
	char path[CONFIG_PATH_BYTES] = "";
	struct diag diag;
	enum err err;
	int fd;

	errno = ENAMETOOLONG;
	if (tail.len >= sizeof(path) ||
	    span_find_byte(tail, '\0') != tail.len)
		return NULL;
	memcpy(path, tail.ptr, tail.len);
	fd = open_rules(path);
	if (fd == -1)
		return NULL;
	err = rule_set_add_fd(set, tail, fd, &diag);
	close(fd);
	errno = err == ERR_SYSTEM ? diag.errnum : err == ERR_LIMIT ? EFBIG :
	    EINVAL;
	return err == OK ? &set->files[set->n - 1] : NULL;
}

static enum err
answer(int channel, struct source *source, const struct ipc_message *message,
    struct diag *diag)
{
	const struct rule_file *file = rule_set_find(source->set,
	    message->tail);
	struct msg_included included = { 0 };

	errno = ENOENT;
	if (file == NULL && source->disk)
		file = take_file(source->set, message->tail);
	if (file == NULL)
		included.errnum = (uint32_t)errno;
	return ipc_send_now(channel, MSG_INCLUDED, &included, NONE,
	    file != NULL ? &file->fd : NULL, file != NULL ? 1 : 0, diag);
}

/* Hand out files until the child has ended; then its exit status. */
static enum err
serve(int channel, struct source *source, pid_t pid, int *status,
    struct diag *diag)
{
	static uint8_t bytes[MSG_BYTES_MAX];
	uint64_t due_ms = clock_monotonic_ms() + COMPILE_MS, now;
	struct ipc_message message;
	enum err err = OK;

	while (err == OK) {
		now = clock_monotonic_ms();
		err = ipc_receive_now(channel, ROLE_SUPERVISOR, ROLE_COMPILE,
		    bytes, &message, now < due_ms ? (unsigned)(due_ms - now) :
		    1, diag);
		if (err == OK)
			err = answer(channel, source, &message, diag);
	}
	if (err != ERR_SYSTEM)		/* not just the end of the channel */
		kill(pid, SIGKILL);
	while (waitpid(pid, status, 0) == -1)
		if (errno != EINTR)
			return diag_system(diag, "wait for rule compiler");
	if (err == ERR_AGAIN)
		return diag_set(diag, ERR_LIMIT,
		    "the rules take longer than %d s to compile",
		    COMPILE_MS / 1000);
	return OK;
}

/* What is shown to a terminal: no controls but line ends and tabs. */
static enum err
take_findings(int fd, struct buf *findings, struct diag *diag)
{
	uint8_t *room;
	size_t got;
	enum err err;

	buf_clear(findings);
	err = buf_reserve(findings, FINDINGS_BYTES_MAX, &room);
	if (err != OK)
		return diag_set(diag, err, "memory for findings");
	err = pread_all(fd, room, FINDINGS_BYTES_MAX, 0, &got, diag);
	if (err != OK)
		return err;
	for (size_t i = 0; i < got; i++)
		if ((room[i] < 0x20 && room[i] != '\n' && room[i] != '\t') ||
		    room[i] == 0x7f)
			room[i] = '?';
	findings->len += got;
	return OK;
}

static enum err
take_image(int fd, struct config *config, struct diag *diag)
{
	enum err err;

	if (fcntl(fd, F_ADD_SEALS, SEALED_SEALS | F_SEAL_SEAL) == -1)
		return diag_system(diag, "seal rules");
	err = sealed_map(fd, IMAGE_BYTES_MAX, &config->bytes, diag);
	if (err == OK)
		err = rules_image_open(config->bytes, &config->image, diag);
	if (err != OK) {
		sealed_unmap(config->bytes);
		config->bytes = NONE;
		return err;
	}
	config->fd = fd;
	config->loaded_ms = clock_wall_ms();
	digest_span(config->bytes, config->digest);
	return OK;
}

void
config_close(struct config *config)
{
	if (config->image == NULL)
		return;
	rules_image_close(config->image);
	sealed_unmap(config->bytes);
	close(config->fd);
	memset(config, 0, sizeof(*config));
	config->fd = -1;
}

uint32_t
compile_today(void)
{
	time_t now = (time_t)(clock_wall_ms() / 1000);
	struct tm tm = { 0 };

	localtime_r(&now, &tm);
	return (uint32_t)((now + tm.tm_gmtoff) / 86400);
}

static enum err
judge(int status, int image, struct config *config, struct diag *diag)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == CHILD_FINDINGS)
		return diag_set(diag, ERR_INPUT, "the rules have errors");
	if (WIFSIGNALED(status))
		return diag_set(diag, ERR_SYSTEM,
		    "the rule compiler ended by signal %d", WTERMSIG(status));
	if (WEXITSTATUS(status) != CHILD_OK)
		return diag_set(diag, ERR_SYSTEM,
		    "the rule compiler could not do its work");
	return take_image(image, config, diag);
}

enum err
compile_rules(struct gateway *gateway, struct rule_set *set,
    struct config *config, struct diag *diag)
{
	static struct compile compile;	/* 64 KiB of it are the message */
	struct source source = { set, set->n == 0 };
	const char *path = source.disk ? gateway->rules_path :
	    set->files[0].path;
	enum err err = OK;
	int pair[2] = { -1, -1 }, status = 0;
	pid_t pid = -1;

	memset(config, 0, sizeof(*config));
	config->fd = -1;
	buf_clear(&gateway->findings);
	compile.findings = memory_file("findings");
	compile.image = memory_file("rules");
	compile.today = compile_today();
	compile.renewed = set->renewed;
	if (compile.findings == -1 || compile.image == -1)
		err = diag_system(diag, "make memory file");
	if (err == OK)
		err = ipc_pair(pair, diag);
	if (err == OK && (pid = fork()) == -1)
		err = diag_system(diag, "start rule compiler");
	if (pid == 0) {
		compile.channel = pair[1];
		child(&compile, gateway, path);
	}
	if (pair[1] != -1)
		close(pair[1]);
	if (err == OK)
		err = serve(pair[0], &source, pid, &status, diag);
	if (err == OK)
		err = take_findings(compile.findings, &gateway->findings,
		    diag);
	if (err == OK)
		err = judge(status, compile.image, config, diag);
	if (err == OK)
		err = rule_set_digest(set, config->text, diag);
	if (err != OK && config->image != NULL) {
		config_close(config);
		compile.image = -1;
	}
	if (pair[0] != -1)
		close(pair[0]);
	if (compile.findings != -1)
		close(compile.findings);
	if (compile.image != -1 && config->image == NULL)
		close(compile.image);
	return err;
}
