/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The supervisor: reads the rules, opens the listeners, starts the processes
 * that do the work and starts them again when they end. It reads nothing
 * hostile: rule text is parsed by a child, mails never come here.
 *
 *	sekishod -c FILE [-f] [--state DIR] [--second-approver] [--mail-only]
 *	    [--agentx[=SOCKET]]
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/durable.h"
#include "../base/log.h"
#include "sekishod_internal.h"

#define STATE_DEFAULT	"/var/lib/sekisho"
#define AGENTX_DEFAULT	"/var/agentx/master"
#define FILES_WANTED	65536
#define STAGES		4	/* of a stop */

static const char usage_text[] =
    "usage: sekishod -c FILE [-f] [--state DIR] [--second-approver]\n"
    "           [--mail-only] [--agentx[=SOCKET]]\n"
    "  -c FILE      the rules, see sekisho.rules(5)\n"
    "  -f           stay in the foreground, log to standard error\n"
    "  --state DIR  where mails are kept; default SEKISHO_STATE or "
    STATE_DEFAULT "\n"
    "  --second-approver  new rules need a second person's approval\n"
    "  --mail-only  relay mail, but leave packets and the kernel's tables "
    "alone\n"
    "  --agentx     answer snmpd at its socket, default " AGENTX_DEFAULT "\n";

static struct gateway gateway;		/* one, and large */

/* ---- telling who waits for us ---- */

/* sd_notify(3) without its library: a datagram to $NOTIFY_SOCKET. */
void
notify(const char *text)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	size_t len;
	int fd;

	if (path == NULL || (path[0] != '/' && path[0] != '@'))
		return;
	len = strlen(path);
	if (len >= sizeof(to.sun_path))
		return;
	memcpy(to.sun_path, path, len);
	if (path[0] == '@')
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return;
	if (sendto(fd, text, strlen(text), MSG_NOSIGNAL,
	    (const struct sockaddr *)&to, (socklen_t)(offsetof(
	    struct sockaddr_un, sun_path) + len)) == -1)
		log_warn("cannot tell the service manager: %s",
		    strerror(errno));
	close(fd);
}

/* In the background from now on: the log goes to a file of the state. */
static void
let_parent_go(void)
{
	int null, file;
	uint8_t ok = 0;

	if (gateway.parent_pipe == -1)
		return;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	file = openat(gateway.state_dir, "sekishod.log", O_WRONLY | O_CREAT |
	    O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (null == -1 || file == -1)
		die(EXIT_SYSTEM, "cannot open the log: %s", strerror(errno));
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(file, STDERR_FILENO);
	if (chdir("/") == -1)
		log_warn("cannot leave the folder that we were started in");
	close(null);
	close(file);
	if (write(gateway.parent_pipe, &ok, 1) == -1)
		log_warn("who started us is gone");
	close(gateway.parent_pipe);
	gateway.parent_pipe = -1;
}

void
gateway_check_ready(struct gateway *g)
{
	if (g->was_ready)
		return;
	for (unsigned i = 0; i < PROCESSES_MAX; i++)
		if (g->processes[i].used &&
		    g->processes[i].state != PROCESS_READY)
			return;
	g->was_ready = true;
	log_info("all processes are ready");
	notify("READY=1\nSTATUS=all processes are ready");
}

/* ---- stop ---- */

/*
 * No new mail first. Then the spool, while those it works with still live:
 * what the next hop has taken is noted, so that it is not sent twice. Then
 * the rest, the audit log last.
 */
static unsigned
stage_of(enum role_id role)
{
	return role == ROLE_RECEIVE ? 1 : role == ROLE_SPOOL ? 2 :
	    role == ROLE_AUDIT ? STAGES : 3;
}

static bool
any_lives(const struct gateway *g, unsigned stage)
{
	for (unsigned i = 0; i < PROCESSES_MAX; i++)
		if (g->processes[i].used && g->processes[i].pid > 0 &&
		    stage_of(g->processes[i].role) == stage)
			return true;
	return false;
}

static void
stop_stage(struct gateway *g, unsigned stage)
{
	for (unsigned i = 0; i < PROCESSES_MAX; i++) {
		struct process *process = &g->processes[i];

		if (!process->used || stage_of(process->role) != stage)
			continue;
		process->again = false;
		process_stop(process);
	}
}

static void
tell_audit(struct gateway *g, enum audit_type type)
{
	struct audit_text text;

	audit_begin(&text);
	json_str(&text.json, "process", "sekishod");
	json_i64(&text.json, "pid", getpid());
	json_str(&text.json, "state", g->state_path);
	json_bool(&text.json, "mail_only", g->mail_only);
	audit_end(g, type, &text);
}

void
gateway_stop(struct gateway *g)
{
	if (g->stopping > 0)
		return;
	tell_audit(g, AUDIT_STOP);
	log_info("stopping");
	notify("STOPPING=1");
	g->stopping = 1;
	stop_stage(g, 1);
	gateway_check_stopped(g);
}

void
gateway_check_stopped(struct gateway *g)
{
	while (g->stopping > 0 && !any_lives(g, g->stopping)) {
		if (g->stopping == STAGES) {
			loop_stop(g->loop);
			return;
		}
		stop_stage(g, ++g->stopping);
	}
}

/* ---- signals ---- */

static void
reap(struct gateway *g)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		process_ended(g, pid, status);
}

static void
on_hangup(struct gateway *g, uid_t uid)
{
	struct person by;
	char text[96];
	struct span why;
	struct diag diag;

	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%llu",
	    (unsigned long long)(clock_monotonic_ns() / 1000));
	notify(text);
	person_set(&by, uid);
	if (reload(g, &by, &diag) != OK) {
		why = reload_headline(g);
		log_alarm("the new rules were refused, the old ones stay "
		    "(see sekisho status): %.*s", (int)why.len,
		    (const char *)why.ptr);
	}
	notify("READY=1");
}

static void
on_signal(struct loop_watch *watch, uint32_t events)
{
	struct gateway *g = (struct gateway *)watch;
	struct signalfd_siginfo info;

	(void)events;
	while (read(watch->fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			reap(g);
		else if (info.ssi_signo == SIGHUP && g->stopping == 0)
			on_hangup(g, info.ssi_uid);
		else if (info.ssi_signo != SIGHUP)
			gateway_stop(g);
	}
}

static void
watch_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	gateway.signals.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	gateway.signals.ready = on_signal;
	if (gateway.signals.fd == -1 || loop_watch_add(gateway.loop,
	    &gateway.signals, EPOLLIN) != OK)
		die(EXIT_SYSTEM, "cannot watch signals: %s", strerror(errno));
}

/* ---- start ---- */

/*
 * What starting a role takes, and no more: other users, chroot, ports below
 * 1024, the owners of folders, limits above the usual, the kernel's table. A
 * started role begins with these and gives them up.
 */
static void
keep_few_capabilities(void)
{
	static const unsigned keep[] = { CAP_CHOWN, CAP_DAC_OVERRIDE,
	    CAP_FOWNER, CAP_KILL, CAP_SETGID, CAP_SETUID, CAP_SETPCAP,
	    CAP_NET_BIND_SERVICE, CAP_SYS_CHROOT, CAP_SYS_RESOURCE,
	    CAP_NET_ADMIN };
	struct __user_cap_header_struct header = {
		_LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct have[2];
	uint64_t mask = 0;

	if (geteuid() != 0)
		return;
	for (size_t i = 0; i < sizeof(keep) / sizeof(keep[0]); i++)
		if (keep[i] != CAP_NET_ADMIN || !gateway.mail_only)
			mask |= 1ull << keep[i];
	for (unsigned cap = 0; cap < 64; cap++)
		if ((mask >> cap & 1) == 0 && prctl(PR_CAPBSET_DROP,
		    (unsigned long)cap, 0, 0, 0) == -1 && errno != EINVAL)
			die(EXIT_SYSTEM, "drop capability bound: %s",
			    strerror(errno));
	if (syscall(SYS_capget, &header, have) == -1)
		die(EXIT_SYSTEM, "read capabilities: %s", strerror(errno));
	for (unsigned i = 0; i < 2; i++) {
		uint32_t part = (uint32_t)(mask >> (32 * i));

		have[i].permitted &= part;
		have[i].effective = have[i].permitted;
		have[i].inheritable = 0;
	}
	if (syscall(SYS_capset, &header, have) == -1)
		die(EXIT_SYSTEM, "drop capabilities: %s", strerror(errno));
}

/* Beside us (as built), or where `make install` puts them beside sbin. */
static void
find_programs(void)
{
	static const char *const places[] = { "", "/../libexec/sekisho" };
	char path[CONFIG_PATH_BYTES], *slash;
	char probe[CONFIG_PATH_BYTES + 64];
	ssize_t n;

	n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	if (n <= 0)
		die(EXIT_SYSTEM, "cannot find ourselves: %s",
		    strerror(errno));
	path[n] = '\0';
	slash = strrchr(path, '/');
	if (slash != NULL)
		*slash = '\0';
	for (size_t i = 0; i < 2; i++) {
		if ((size_t)snprintf(gateway.programs_path,
		    sizeof(gateway.programs_path), "%s%s", path, places[i]) >=
		    sizeof(gateway.programs_path))
			continue;
		snprintf(probe, sizeof(probe), "%s/%s",
		    gateway.programs_path, role_program(ROLE_RECEIVE));
		if (access(probe, X_OK) == 0)
			return;
	}
	die(EXIT_SYSTEM, "cannot find %s in %s or %s%s",
	    role_program(ROLE_RECEIVE), path, path, places[1]);
}

static void
raise_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return;
	if (geteuid() == 0 && limit.rlim_max < FILES_WANTED)
		limit.rlim_max = FILES_WANTED;
	limit.rlim_cur = limit.rlim_max < FILES_WANTED ? limit.rlim_max :
	    FILES_WANTED;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

/* The parent waits for our word, and gives our exit status if none comes. */
static void
go_to_background(void)
{
	int fds[2], status;
	uint8_t byte;
	pid_t pid;

	gateway.parent_pipe = -1;
	if (pipe2(fds, O_CLOEXEC) == -1 || (pid = fork()) == -1)
		die(EXIT_SYSTEM, "cannot go to the background: %s",
		    strerror(errno));
	if (pid == 0) {
		close(fds[0]);
		gateway.parent_pipe = fds[1];
		setsid();
		return;
	}
	close(fds[1]);
	if (read(fds[0], &byte, 1) == 1)
		exit(0);
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			exit(EXIT_SYSTEM);
	exit(WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_SYSTEM);
}

static void
first_rules(void)
{
	struct diag diag;
	enum err err = reload_start(&gateway, &diag);

	if (gateway.findings.len > 0 && write_all(STDERR_FILENO,
	    buf_span(&gateway.findings), NULL) != OK)
		exit(EXIT_SYSTEM);
	if (err == OK)
		return;
	if (err == ERR_INPUT)
		die(EXIT_REFUSED, "%s: %s", gateway.rules_path, diag.what);
	die(EXIT_SYSTEM, "%s", diag.what);
}

static void
set_path(char *to, const char *path, const char *what)
{
	if (strlen(path) >= CONFIG_PATH_BYTES)
		die(EXIT_USAGE, "path of %s too long", what);
	memcpy(to, path, strlen(path) + 1);
}

static void
set_agentx(const char *path)
{
	if (path[0] != '/' || strlen(path) >= AGENTX_PATH_BYTES)
		die(EXIT_USAGE, "--agentx: not the absolute path of a "
		    "socket: %s", path);
	memcpy(gateway.agentx_path, path, strlen(path) + 1);
}

static void
set_rules_path(const char *path)
{
	char full[CONFIG_PATH_BYTES];

	if (realpath(path, full) == NULL)
		die(EXIT_REFUSED, "%s: %s", path, strerror(errno));
	set_path(gateway.rules_path, full, "rules");
}

static void
set_up(void)
{
	struct diag diag;
	enum err err;

	umask(077);
	raise_files();
	find_programs();
	state_accounts(&gateway);
	buf_init(&gateway.findings, FINDINGS_BYTES_MAX + 1);
	buf_init(&gateway.reload_error, FINDINGS_BYTES_MAX + 1);
	gateway.config.fd = gateway.fallback.fd = -1;
	gateway.generations.dir = -1;
	gateway.started_ms = clock_wall_ms();
	err = state_open(&gateway, &diag);
	if (err != OK)
		die(EXIT_SYSTEM, "%s: %s", gateway.state_path, diag.what);
	keep_few_capabilities();
	/* a watch per process and client, and our own; a timer per process,
	 * one for a trial of rules, for the end of rules, two for the table,
	 * one for the log's folder */
	gateway.loop = loop_new(PROCESSES_MAX + CLIENTS_MAX + 5,
	    PROCESSES_MAX + 6);
	if (gateway.loop == NULL)
		die(EXIT_SYSTEM, "out of memory");
	watch_signals();
	if (geteuid() != 0)
		log_warn("not started by root: all processes share one user "
		    "and have no chroot; seccomp and Landlock still hold");
	else if (gateway.fallback_used)
		log_warn("some users sekisho-* do not exist; user ids from "
		    "%d on are used instead", FALLBACK_UID);
}

int
main(int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "state", required_argument, NULL, 's' },
		{ "second-approver", no_argument, NULL, '2' },
		{ "mail-only", no_argument, NULL, 'm' },
		{ "agentx", optional_argument, NULL, 'x' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	const char *rules = NULL, *state = getenv("SEKISHO_STATE");
	bool foreground = false;
	struct diag diag;
	int option;

	log_init("sekishod");
	while ((option = getopt_long(argc, argv, "c:fh", long_options,
	    NULL)) != -1)
		switch (option) {
		case 'c':
			rules = optarg;
			break;
		case 'f':
			foreground = true;
			break;
		case 's':
			state = optarg;
			break;
		case '2':
			gateway.second_approver = true;
			break;
		case 'm':
			gateway.mail_only = true;
			break;
		case 'x':
			set_agentx(optarg == NULL ? AGENTX_DEFAULT : optarg);
			break;
		case 'h':
			fputs(usage_text, stdout);
			return 0;
		default:
			fputs(usage_text, stderr);
			return EXIT_USAGE;
		}
	if (rules == NULL || optind < argc) {
		fputs(usage_text, stderr);
		return EXIT_USAGE;
	}
	if (state == NULL || state[0] == '\0')
		state = STATE_DEFAULT;
	set_path(gateway.state_path, state, "state");
	set_rules_path(rules);
	gateway.parent_pipe = -1;
	if (!foreground)
		go_to_background();
	set_up();
	packet_start(&gateway);
	audit_start(&gateway);
	tell_audit(&gateway, AUDIT_START);
	first_rules();
	control_start(&gateway);
	day_start(&gateway);
	let_parent_go();
	gateway_check_ready(&gateway);
	if (loop_run(gateway.loop, &diag) != OK)
		die(EXIT_SYSTEM, "%s", diag.what);
	(void)unlinkat(gateway.state_dir, "control", 0);
	log_info("stopped");
	return 0;
}
