/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a process gives up before it reads the first hostile byte, in one
 * visible order, and the start-up code that all daemons share. Nothing here
 * can be taken back. The tables of system calls are in seccomp.c, the rules
 * about files and ports in landlock.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/log.h"
#include "../base/span.h"
#include "counters.h"
#include "ipc.h"
#include "landlock.h"
#include "limits.h"
#include "role.h"
#include "seccomp.h"

#ifdef __SANITIZE_ADDRESS__
/* The leak check of the sanitizer needs ptrace and a helper process. */
static int entered;
int __lsan_is_turned_off(void);
int
__lsan_is_turned_off(void)
{
	return entered;
}
#endif

/* memory: address space, 0 for no limit; one that forks has processes. */
static const struct role_row {
	const char	*name;
	const char	*program;
	rlim_t		 files;
	rlim_t		 memory;
	bool		 forks;
	unsigned	 capability;	/* the one it keeps; 0: none */
	bool		 fonts;		/* reads in folders of the system */
} rows[ROLE_N] = {
	[ROLE_SUPERVISOR] = { "supervisor", "sekishod", 0, 0, true },
	[ROLE_RECEIVE] = { "receive", "sekisho-receive",
	    ROLE_FILES_DAEMON, 0, false },
	[ROLE_SPOOL] = { "spool", "sekisho-spool",
	    ROLE_FILES_DAEMON, 0, false },
	[ROLE_SANITIZE] = { "sanitize", "sekisho-sanitize",
	    ROLE_FILES_PARENT, 0, false },
	[ROLE_WORKER] = { "worker", "sekisho-worker",
	    ROLE_FILES_PARENT, ROLE_MEMORY_BYTES, true },
	[ROLE_VERIFY] = { "verify", "sekisho-verify",
	    ROLE_FILES_PARENT, ROLE_MEMORY_BYTES, true },
	[ROLE_DELIVER] = { "deliver", "sekisho-deliver",
	    ROLE_FILES_DAEMON, 0, false },
	/* each verdict asks for it anew */
	[ROLE_PACKET] = { "packet", "sekisho-packet",
	    ROLE_FILES_CHILD, 0, false, CAP_NET_ADMIN },
	[ROLE_INSPECT] = { "inspect", "sekisho-inspect",
	    ROLE_FILES_CHILD, 0, false },
	[ROLE_CAPTURE] = { "capture", "sekisho-capture",
	    ROLE_FILES_CHILD, 0, false },
	[ROLE_COMPILE] = { "compile", "sekishod",
	    ROLE_FILES_CHILD, ROLE_MEMORY_BYTES, false },
	[ROLE_RENDER] = { "render", "sekisho-render",
	    ROLE_FILES_PARENT, ROLE_RENDER_MEMORY_BYTES, true, 0, true },
	[ROLE_AUDIT] = { "audit", "sekisho-audit",
	    ROLE_FILES_CHILD, 0, false },
	[ROLE_SNMP] = { "snmp", "sekisho-snmp",
	    ROLE_FILES_CHILD, ROLE_MEMORY_BYTES, false },
	[ROLE_TOOL] = { "tool", "sekisho", 0, 0, true },
};

const char *
role_name(enum role_id role)
{
	require((unsigned)role < ROLE_N && rows[role].name != NULL);
	return rows[role].name;
}

const char *
role_program(enum role_id role)
{
	require((unsigned)role < ROLE_N && rows[role].program != NULL);
	return rows[role].program;
}

/*
 * Lower a limit, or raise it where we may: as an ordinary user, or as a root
 * without CAP_SYS_RESOURCE, we live with what there is.
 */
static enum err
limit(int resource, rlim_t most, struct diag *diag)
{
	struct rlimit now, wanted = { most, most };

	if (prlimit(0, resource, &wanted, NULL) == 0)
		return OK;
	if (prlimit(0, resource, NULL, &now) == -1)
		return diag_system(diag, "read limit");
	wanted.rlim_cur = wanted.rlim_max = now.rlim_max < most ?
	    now.rlim_max : most;
	if (prlimit(0, resource, &wanted, NULL) == -1)
		return diag_system(diag, "set limit");
	return OK;
}

static enum err
enter_limits(const struct role_row *row, struct diag *diag)
{
	enum err err;

	err = limit(RLIMIT_CORE, 0, diag);
	if (err == OK)
		err = limit(RLIMIT_NOFILE, row->files, diag);
	if (err == OK && !row->forks)
		err = limit(RLIMIT_NPROC, 0, diag);
#ifndef __SANITIZE_ADDRESS__	/* its shadow is 16 TB of address space */
	if (err == OK && row->memory > 0)
		err = limit(RLIMIT_AS, row->memory, diag);
#endif
	return err;
}

static enum err
enter_chroot(const char *dir, struct role_state *state, struct diag *diag)
{
	if (dir == NULL || geteuid() != 0)
		return OK;
	if (chroot(dir) == -1 || chdir("/") == -1)
		return diag_system(diag, "chroot");
	state->chrooted = true;
	return OK;
}

/* While it is still root: later it may not. */
static enum err
drop_bounding(struct diag *diag)
{
	if (geteuid() != 0)
		return OK;
	for (unsigned long cap = 0; cap < 64; cap++)
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == -1 &&
		    errno != EINVAL)	/* the kernel has no such one */
			return diag_system(diag, "drop capability bound");
	return OK;
}

static enum err
enter_ids(uid_t uid, gid_t gid, bool keep, struct role_state *state,
    struct diag *diag)
{
	if (geteuid() != 0 || uid == 0)
		return OK;
	if (keep && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == -1)
		return diag_system(diag, "keep a capability");
	if (setgroups(0, NULL) == -1)
		return diag_system(diag, "drop groups");
	if (setresgid(gid, gid, gid) == -1)
		return diag_system(diag, "change group");
	if (setresuid(uid, uid, uid) == -1)
		return diag_system(diag, "change user");
	if (setresuid(0, 0, 0) != -1 || setresgid(0, 0, 0) != -1)
		return diag_set(diag, ERR_SYSTEM, "could become root again");
	state->ids_dropped = true;
	return OK;
}

static enum err
drop_capabilities(unsigned keep, struct diag *diag)
{
	struct __user_cap_header_struct header = {
		_LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct left[2] = { { 0, 0, 0 }, { 0, 0, 0 } };

	require(keep < 32);
	if (keep != 0)
		left[0].permitted = left[0].effective = 1u << keep;
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (syscall(SYS_capset, &header, left) == -1)
		return diag_system(diag, "drop capabilities");
	/* no one of the same user may look into us */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		return diag_system(diag, "set not dumpable");
	return OK;
}

enum err
role_enter(enum role_id role, const struct role_options *options,
    struct role_state *state, struct diag *diag)
{
	const struct role_row *row;
	enum err err;

	require((unsigned)role < ROLE_N && rows[role].files > 0);
	row = &rows[role];
	memset(state, 0, sizeof(*state));
	err = enter_limits(row, diag);
	if (err == OK)
		/* in an empty folder there are no fonts */
		err = enter_chroot(row->fonts ? NULL : options->chroot_dir,
		    state, diag);
	if (err == OK)
		err = drop_bounding(diag);
	if (err == OK)
		err = enter_ids(options->uid, options->gid,
		    row->capability != 0, state, diag);
	if (err == OK)
		err = drop_capabilities(row->capability, diag);
	if (err == OK && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		err = diag_system(diag, "set no_new_privs");
	if (err == OK)
		err = landlock_enter(options->folders, options->folders_n,
		    row->fonts, options->ports, options->ports_n,
		    &state->landlock_abi, diag);
	if (err == OK)
		/* without Landlock it reads no file: embedded fonts only */
		err = seccomp_enter(role, options->folders_n > 0 &&
		    (!row->fonts || state->landlock_abi > 0), diag);
	if (err == OK)
		state->seccomp = true;
#ifdef __SANITIZE_ADDRESS__
	entered = 1;
#endif
	return err;
}

enum err
role_child_prepare(enum role_id role, struct diag *diag)
{
	return seccomp_child_prepare(role, diag);
}

pid_t
role_fork_child(int *pidfd)
{
	*pidfd = -1;
	/* one thread and no fork handlers: glibc's fork() does no more */
	return (pid_t)syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, NULL, pidfd,
	    NULL, NULL);
}

void
role_kill_child(int pidfd)
{
	(void)syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
}

void
role_close_others(const int *keep, unsigned keep_n)
{
	unsigned from = STDERR_FILENO + 1, next;

	require(keep_n <= ROLE_KEEP_MAX);
	for (;;) {
		next = UINT32_MAX;
		for (unsigned i = 0; i < keep_n; i++)
			if (keep[i] >= (int)from && (unsigned)keep[i] < next)
				next = (unsigned)keep[i];
		if (next > from)
			(void)close_range(from, next - 1, 0);
		if (next == UINT32_MAX)
			return;
		from = next + 1;
	}
}

/* The limits are plain calls: reading the old ones first would double them.
 * Their hard values are below what the parent has. */
enum err
role_enter_child(enum role_id role, struct diag *diag)
{
	static const struct {
		int		resource;
		struct rlimit	limit;
	} limits[] = {
		{ RLIMIT_CPU, { ROLE_CHILD_CPU_S, ROLE_CHILD_CPU_S + 1 } },
		{ RLIMIT_NPROC, { 0, 0 } },
		{ RLIMIT_NOFILE, { ROLE_FILES_FORKED, ROLE_FILES_FORKED } },
		{ RLIMIT_FSIZE, { ROLE_CHILD_FILE_BYTES,
		    ROLE_CHILD_FILE_BYTES } },
	};

	counters_detach();
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		if (prlimit(0, limits[i].resource, &limits[i].limit, NULL) ==
		    -1)
			return diag_system(diag, "set limit");
	/* the limit of processes does not bind root */
	return getuid() == 0 ? seccomp_child_enter(role, diag) : OK;
}

static uint32_t
number(const char *text, const char *what)
{
	uint64_t value;

	if (!span_decimal(span_str(text), UINT32_MAX, &value))
		die(2, "bad %s: %s", what, text);
	return (uint32_t)value;
}

/* "25,10025" */
static void
parse_ports(const char *text, struct role_options *options)
{
	static uint16_t ports[ROLE_PORTS_MAX];
	struct span rest = span_str(text), one;
	uint64_t port;
	bool more = rest.len > 0;

	options->ports = ports;
	while (more) {
		more = span_cut(&rest, ',', &one);
		if (!span_decimal(one, UINT16_MAX, &port) ||
		    options->ports_n == ROLE_PORTS_MAX)
			die(2, "bad ports: %s", text);
		ports[options->ports_n++] = (uint16_t)port;
	}
}

/* Those of them that there are. */
static void
find_fonts(int *folders, struct role_options *options)
{
	static const char *const paths[] = { "/usr/share/fonts",
	    "/usr/share/poppler", "/usr/share/fontconfig", "/etc/fonts",
	    "/var/cache/fontconfig" };

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		int fd = open(paths[i], O_PATH | O_DIRECTORY | O_CLOEXEC);

		if (fd != -1)
			folders[options->folders_n++] = fd;
	}
}

/*
 * What Landlock shall leave open. The spool gets the state folder, but works
 * in one folder of it only.
 */
static void
find_folders(enum role_id role, struct role_start *start)
{
	static int folders[ROLE_FOLDERS_MAX];
	struct role_options *options = &start->options;

	options->folders = folders;
	if (role == ROLE_SPOOL) {
		folders[0] = openat(ROLE_FD_FOLDER, "spool",
		    O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		if (folders[0] == -1)
			die(4, "open state folder: %s", strerror(errno));
		options->folders_n = 1;
		return;
	}
	if (role == ROLE_RENDER) {
		find_fonts(folders, options);
		return;
	}
	if (start->folders_n > ROLE_FOLDERS_MAX)
		die(2, "too many folders: %u", start->folders_n);
	for (unsigned i = 0; i < start->folders_n; i++)
		folders[i] = ROLE_FD_FOLDERS_FIRST + (int)i;
	options->folders_n = start->folders_n;
}

static void
parse_arguments(int argc, char **argv, struct role_start *start)
{
	memset(start, 0, sizeof(*start));
	start->segment_name = argc > 1 ? argv[1] : "";
	start->segment = UINT32_MAX;
	if (argc > 2 && argv[2][0] != '\0' && argv[2][0] != '-')
		start->segment = number(argv[2], "segment");
	if (argc > 3)
		start->options.uid = number(argv[3], "user");
	if (argc > 4)
		start->options.gid = number(argv[4], "group");
	if (argc > 5 && argv[5][0] != '\0')
		start->options.chroot_dir = argv[5];
	if (argc > 6)
		start->folders_n = number(argv[6], "folders");
	if (argc > 7)
		parse_ports(argv[7], &start->options);
}

/*
 * Descriptors come from the supervisor and all others are closed over exec;
 * this makes sure of it. What the program itself has opened by now (its loop,
 * the channels of the launcher) is known by being close-on-exec.
 */
static void
close_inherited(enum role_id role, unsigned folders_n)
{
	int first = ROLE_FD_FOLDERS_FIRST + (int)folders_n;
	int flags;

	for (int fd = ROLE_FD_FOLDER; fd < ROLE_INHERITED_MAX; fd++) {
		if (fd == ROLE_FD_FOLDER ? role == ROLE_SPOOL : fd < first)
			continue;
		flags = fcntl(fd, F_GETFD);
		if (flags != -1 && (flags & FD_CLOEXEC) == 0)
			(void)close(fd);
	}
}

static void
report_state(const struct role_state *state)
{
	struct msg_sandbox sandbox = {
		.ids_dropped = state->ids_dropped,
		.chrooted = state->chrooted,
		.seccomp = state->seccomp,
		.landlock_abi = (uint32_t)state->landlock_abi,
	};
	struct diag diag;

	if (ipc_send_now(ROLE_FD_SUPERVISOR, MSG_SANDBOX, &sandbox,
	    (struct span){ NULL, 0 }, NULL, 0, &diag) != OK)
		die(4, "%s", diag.what);
}

void
role_start(enum role_id role, int argc, char **argv,
    struct role_start *start, struct role_state *state)
{
	char name[64], now[CLOCK_TEXT_BYTES];
	struct diag diag;

	log_init(role_name(role));
	parse_arguments(argc, argv, start);
	if (start->segment_name[0] != '\0') {
		snprintf(name, sizeof(name), "%s@%s", role_name(role),
		    start->segment_name);
		log_init(name);
	}
	umask(077);
	/* who writes to a peer that is gone gets an error */
	(void)signal(SIGPIPE, SIG_IGN);
	close_inherited(role, start->folders_n);
	find_folders(role, start);
	counters_attach(ROLE_FD_COUNTERS);
	/* glibc reads the zone once, at the first use */
	clock_rfc3339(clock_wall_ms(), now, sizeof(now));
	if ((role == ROLE_WORKER || role == ROLE_VERIFY ||
	    role == ROLE_RENDER) && role_child_prepare(role, &diag) != OK)
		die(4, "%s", diag.what);
	if (role_enter(role, &start->options, state, &diag) != OK)
		die(4, "%s", diag.what);
	if (role != ROLE_WORKER && role != ROLE_RENDER)
		report_state(state);
}
