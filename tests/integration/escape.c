/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Takes the place of each role, and of the children of two of them, and
 * tries what a role that was taken over would try. Each act runs in its own
 * process: enter the role, act, tell. An act that the role needs must work,
 * every other one must be refused, by an error or by SIGSYS.
 *
 *	escape FOLDER [UID]	FOLDER: an empty one; UID: become it first
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../gateway/proc/counters.h"
#include "../../gateway/proc/role.h"
#include "escape.h"

#define DROP_UID	64599

struct escape_setup setup;

static int landlock_abi;
static bool as_root;
static int passed, failed_n, weak;

static void
must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "set-up: %s: %s\n", what, strerror(errno));
	exit(4);
}

static uint16_t
listener(void)
{
	struct sockaddr_in at = loopback(0);
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	must(fd != -1 && bind(fd, (struct sockaddr *)&at, len) == 0 &&
	    listen(fd, 64) == 0 &&
	    getsockname(fd, (struct sockaddr *)&at, &len) == 0, "listen");
	return ntohs(at.sin_port);
}

static void
start_foreign(void)
{
	setup.foreign = fork();
	must(setup.foreign != -1, "fork");
	if (setup.foreign == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		for (;;)
			pause();
	}
}

/* Everything that a leak could leave within a role's reach. */
static void
prepare(const char *folder)
{
	char path[600];
	int fd;

	snprintf(setup.outside, sizeof(setup.outside), "%s/outside", folder);
	snprintf(setup.chroot_dir, sizeof(setup.chroot_dir), "%s/empty",
	    folder);
	fd = open(setup.outside, O_CREAT | O_WRONLY | O_CLOEXEC, 0666);
	must(fd != -1 && fchmod(fd, 0666) == 0, "file");
	close(fd);
	must(mkdir(setup.chroot_dir, 0755) == 0 || errno == EEXIST, "chroot");
	snprintf(path, sizeof(path), "%s/own", folder);
	must(mkdir(path, 0777) == 0 || errno == EEXIST, "folder");
	must(chmod(path, 0777) == 0, "folder");
	setup.folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	must(setup.folder != -1, "folder");
	setup.draft = openat(setup.folder, "append", O_CREAT | O_WRONLY |
	    O_APPEND | O_CLOEXEC, 0666);
	must(setup.draft != -1, "draft");
	setup.memfd = memfd_create("m", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	must(setup.memfd != -1 && ftruncate(setup.memfd, 8192) == 0, "memfd");
	must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
	    setup.pair) == 0, "pair");
	must(pipe2(setup.pipe, O_CLOEXEC) == 0, "pipe");
	setup.udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	setup.program = open("/bin/true", O_RDONLY | O_CLOEXEC);
	must(setup.udp != -1 && setup.program != -1, "descriptors");
	setup.port_allowed = listener();
	setup.port_other = listener();
	start_foreign();
}

static void
enter(enum role_id role, bool child)
{
	struct role_options options = {
		.uid = as_root ? DROP_UID : 0, .gid = as_root ? DROP_UID : 0,
		.chroot_dir = setup.chroot_dir };
	struct role_state state;
	struct diag diag;
	int counters = counters_create();

	counters_attach(counters);
	if (role == ROLE_SPOOL || role == ROLE_DELIVER ||
	    role == ROLE_CAPTURE || role == ROLE_RENDER ||
	    role == ROLE_AUDIT) {
		options.folders = &setup.folder;
		options.folders_n = 1;
	}
	if (role == ROLE_DELIVER) {
		options.ports = &setup.port_allowed;
		options.ports_n = 1;
	}
	if (child && role_child_prepare(role, &diag) != OK)
		_exit(98);
	if (role_enter(role, &options, &state, &diag) != OK) {
		fprintf(stderr, "%s: %s: %s\n", role_name(role), diag.what,
		    strerror(diag.errnum));
		_exit(98);
	}
	if (state.ids_dropped != as_root || state.chrooted !=
	    (as_root && role != ROLE_RENDER))
		_exit(98);
}

/* The act itself; for a child in a child, whose end is told as one's own. */
static void
act_as(enum role_id role, bool child, const struct act *act)
{
	struct diag diag;
	int pidfd, status;
	pid_t pid;

	enter(role, child);
	if (!child)
		_exit(act->run() == -1 ? 1 : 0);
	pid = role_fork_child(&pidfd);
	if (pid == -1)
		_exit(97);
	if (pid == 0) {
		if (role_enter_child(role, &diag) != OK)
			_exit(98);
		_exit(act->run() == -1 ? 1 : 0);
	}
	if (waitpid(pid, &status, 0) != pid)
		_exit(97);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) :
	    WTERMSIG(status) == SIGSYS ? 1 : 96);
}

/* 0: done; 1: refused by an error; else something that should not be. */
static void
one(enum role_id role, bool child, const struct act *act)
{
	uint32_t bit = child ? 1u << (16 + role) : 1u << role;
	bool done, refused, landlock;
	int status;
	pid_t pid = fork();

	must(pid != -1, "fork");
	if (pid == 0)
		act_as(role, child, act);
	must(waitpid(pid, &status, 0) == pid, "wait");
	done = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	refused = (WIFEXITED(status) && WEXITSTATUS(status) == 1) ||
	    (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
	landlock = (act->landlock_roles & bit) != 0 &&
	    landlock_abi < act->landlock_abi;
	if ((act->needed & bit) != 0 ? done : refused) {
		passed++;
	} else if ((done || refused) && (act->either & bit) != 0) {
		passed++;
	} else if (done && landlock) {
		weak++;
		printf("weak: %s%s: %s: this kernel's Landlock (ABI %d) "
		    "does not refuse it\n", role_name(role),
		    child ? " child" : "", act->name, landlock_abi);
	} else {
		failed_n++;
		printf("FAILED: %s%s: %s: %s (status %x)\n", role_name(role),
		    child ? " child" : "", act->name,
		    done ? "was not refused" : "should have worked",
		    (unsigned)status);
	}
	if (kill(setup.foreign, 0) == -1 ||
	    waitpid(setup.foreign, &status, WNOHANG) == setup.foreign)
		start_foreign();	/* it was killed: told above */
}

int
main(int argc, char **argv)
{
	static const enum role_id roles[] = { ROLE_RECEIVE, ROLE_SPOOL,
	    ROLE_SANITIZE, ROLE_WORKER, ROLE_VERIFY, ROLE_DELIVER,
	    ROLE_COMPILE, ROLE_PACKET, ROLE_INSPECT, ROLE_CAPTURE,
	    ROLE_RENDER, ROLE_AUDIT, ROLE_SNMP };
	static const enum role_id children[] = { ROLE_WORKER, ROLE_VERIFY,
	    ROLE_RENDER };
	uid_t uid;

	setvbuf(stdout, NULL, _IONBF, 0);
	if (argc < 2)
		return 2;
	if (argc > 2) {
		uid = (uid_t)atol(argv[2]);
		must(setgroups(0, NULL) == 0 && setresgid(uid, uid, uid) == 0
		    && setresuid(uid, uid, uid) == 0, "change user");
	}
	as_root = geteuid() == 0;
	landlock_abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, 1);
	if (landlock_abi < 0)
		landlock_abi = 0;
	prepare(argv[1]);
	for (size_t a = 0; a < acts_n; a++) {
		for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
			/* it keeps a capability, which only root can give */
			if (roles[i] != ROLE_PACKET || as_root)
				one(roles[i], false, &acts[a]);
		for (size_t i = 0; i < 3; i++)
			one(children[i], true, &acts[a]);
	}
	kill(setup.foreign, SIGKILL);
	printf("%d passed, %d failed, %d weak\n", passed, failed_n, weak);
	return failed_n == 0 ? 0 : 1;
}
