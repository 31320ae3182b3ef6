/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Peak memory of each process below a root, children that come and go
 * included: looks at /proc every millisecond until it gets SIGTERM, then
 * prints TSV: what, the most of RssAnon + RssShmem (what is its own), of
 * RssFile (programs and libraries, shared with others), in KB.
 *
 *	watch_memory PID
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../gateway/base/log.h"

#define PIDS_MAX	4096
#define KINDS_MAX	32
#define STATUS_BYTES	8192

struct process {
	pid_t		pid, parent;
	char		name[32];	/* program and its first argument */
	unsigned long	own, file;
};

struct kind {
	char		name[48];
	unsigned long	own, file;
};

static struct process processes[PIDS_MAX];
static size_t processes_n;
static struct kind kinds[KINDS_MAX];
static size_t kinds_n;
static volatile sig_atomic_t stop;

static void
on_signal(int number)
{
	(void)number;
	stop = 1;
}

static size_t
read_proc(pid_t pid, const char *file, char bytes[STATUS_BYTES])
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return 0;
	n = read(fd, bytes, STATUS_BYTES - 1);
	close(fd);
	bytes[n > 0 ? n : 0] = '\0';
	return n > 0 ? (size_t)n : 0;
}

static unsigned long
number(const char *status, const char *field)
{
	const char *at = strstr(status, field);

	return at == NULL ? 0 : strtoul(at + strlen(field), NULL, 10);
}

/*
 * "sekisho-worker image": the second word tells the zygotes apart. One that
 * is about to end has none any more.
 */
static void
read_name(struct process *p)
{
	char line[STATUS_BYTES];
	size_t n = read_proc(p->pid, "cmdline", line), first;

	p->name[0] = '\0';
	if (n == 0)
		return;
	first = strlen(line);
	snprintf(p->name, sizeof(p->name), "%.18s %.10s", strrchr(line, '/') !=
	    NULL ? strrchr(line, '/') + 1 : line,
	    first + 1 < n && line[first + 1] != '-' ? line + first + 1 : "");
}

static void
look(void)
{
	char status[STATUS_BYTES];
	struct dirent *entry;
	DIR *dir = opendir("/proc");

	processes_n = 0;
	while (dir != NULL && (entry = readdir(dir)) != NULL &&
	    processes_n < PIDS_MAX) {
		struct process *p = &processes[processes_n];

		p->pid = (pid_t)strtoul(entry->d_name, NULL, 10);
		if (p->pid == 0 || read_proc(p->pid, "status", status) == 0)
			continue;
		p->parent = (pid_t)number(status, "\nPPid:");
		p->own = number(status, "\nRssAnon:") +
		    number(status, "\nRssShmem:");
		p->file = number(status, "\nRssFile:");
		processes_n++;
	}
	if (dir != NULL)
		closedir(dir);
}

static struct process *
find(pid_t pid)
{
	for (size_t i = 0; i < processes_n; i++)
		if (processes[i].pid == pid)
			return &processes[i];
	return NULL;
}

static bool
is_below(const struct process *p, pid_t root)
{
	for (unsigned i = 0; p != NULL && i < 8; i++) {
		if (p->pid == root)
			return true;
		p = find(p->parent);
	}
	return false;
}

static void
keep(const char *name, const struct process *p)
{
	struct kind *kind = kinds;

	while (kind < kinds + kinds_n && strcmp(kind->name, name) != 0)
		kind++;
	if (kind == kinds + KINDS_MAX)
		return;
	if (kind == kinds + kinds_n)
		snprintf(kinds[kinds_n++].name, sizeof(kind->name), "%s",
		    name);
	if (p->own > kind->own)
		kind->own = p->own;
	if (p->file > kind->file)
		kind->file = p->file;
}

static void
note(pid_t root)
{
	char name[48];

	for (size_t i = 0; i < processes_n; i++) {
		struct process *p = &processes[i], *parent;

		if (!is_below(p, root) || p->own + p->file == 0)
			continue;
		read_name(p);
		if (p->name[0] == '\0')
			continue;
		parent = find(p->parent);
		if (parent != NULL)
			read_name(parent);
		snprintf(name, sizeof(name), "%s%s", p->name, parent != NULL &&
		    strcmp(parent->name, p->name) == 0 ? " child" : "");
		keep(name, p);
	}
}

int
main(int argc, char **argv)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	pid_t root;

	log_init("watch_memory");
	if (argc != 2)
		die(2, "usage: watch_memory PID");
	root = (pid_t)strtol(argv[1], NULL, 10);
	(void)signal(SIGTERM, on_signal);
	while (!stop) {
		look();
		note(root);
		(void)nanosleep(&pause, NULL);
	}
	printf("process\town_kb\tfile_kb\n");
	for (size_t i = 0; i < kinds_n; i++)
		printf("%s\t%lu\t%lu\n", kinds[i].name, kinds[i].own,
		    kinds[i].file);
	return 0;
}
