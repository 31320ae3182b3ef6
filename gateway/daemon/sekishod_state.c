/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Users and folders: who the processes become, the state folder with its
 * lock, the Maildirs of a deliver. What is in the spool folder is the
 * spool's; here it only gets the right owner.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/durable.h"
#include "../base/log.h"
#include "sekishod_internal.h"

#define CHOWN_DEPTH_MAX		4	/* spool/original/DAY/RECEIPT */

static const struct {
	enum role_id	 role;
	const char	*user;
} users[] = {
	{ ROLE_RECEIVE, "sekisho-receive" },
	{ ROLE_SPOOL, "sekisho-spool" },
	{ ROLE_SANITIZE, "sekisho-sanitize" },
	{ ROLE_VERIFY, "sekisho-verify" },
	{ ROLE_DELIVER, "sekisho-deliver" },
	{ ROLE_COMPILE, "sekisho-compile" },
	{ ROLE_PACKET, "sekisho-packet" },
	{ ROLE_INSPECT, "sekisho-inspect" },
	{ ROLE_CAPTURE, "sekisho-capture" },
	{ ROLE_AUDIT, "sekisho-audit" },
	{ ROLE_SNMP, "sekisho-snmp" },
};

void
state_accounts(struct gateway *gateway)
{
	const struct passwd *user;
	const struct group *group = getgrnam("sekisho");

	gateway->control_gid = group != NULL ? group->gr_gid : (gid_t)-1;
	if (geteuid() != 0)
		return;
	for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
		struct account *account = &gateway->accounts[users[i].role];

		user = getpwnam(users[i].user);
		if (user != NULL && user->pw_uid != 0) {
			account->uid = user->pw_uid;
			account->gid = user->pw_gid;
		} else {
			account->uid = (uid_t)(FALLBACK_UID + i);
			account->gid = (gid_t)(FALLBACK_UID + i);
			gateway->fallback_used = true;
		}
	}
}

/* Give a folder, and what is in it, to its owner. No link is followed. */
static enum err
chown_tree(int parent, const char *name, const struct account *account,
    unsigned depth, struct diag *diag)
{
	struct dirent *entry;
	struct stat st;
	enum err err = OK;
	DIR *dir;
	int fd;

	if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
	    fchownat(parent, name, account->uid, account->gid,
	    AT_SYMLINK_NOFOLLOW) == -1)
		return diag_system(diag, "change owner in spool folder");
	if (!S_ISDIR(st.st_mode) || depth == 0)
		return OK;
	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC);
	dir = fd == -1 ? NULL : fdopendir(fd);
	if (dir == NULL) {
		if (fd != -1)
			close(fd);
		return diag_system(diag, "change owner in spool folder");
	}
	while (err == OK && (entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			err = chown_tree(fd, entry->d_name, account,
			    depth - 1, diag);
	closedir(dir);
	return err;
}

static enum err
make_folder(int dir, const char *name, mode_t mode,
    const struct account *account, struct diag *diag)
{
	struct stat st;

	if (mkdirat(dir, name, mode) == -1 && errno != EEXIST)
		return diag_system(diag, "make folder in state folder");
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return diag_system(diag, "look at folder in state folder");
	if (!S_ISDIR(st.st_mode))
		return diag_set(diag, ERR_POLICY,
		    "%s in the state folder is not a folder", name);
	if (geteuid() == 0 && st.st_uid != account->uid)
		return chown_tree(dir, name, account, CHOWN_DEPTH_MAX, diag);
	if (st.st_uid != geteuid() && geteuid() != 0)
		return diag_set(diag, ERR_POLICY, "%s in the state folder "
		    "belongs to another user (%u)", name, st.st_uid);
	return OK;
}

/*
 * The spool holds the lock too (it gets this descriptor): no second gateway
 * can start while a spool of the first is still at work.
 */
static enum err
lock_state(int dir, struct diag *diag)
{
	const struct timespec pause = { 0, 100 * 1000 * 1000 };
	uint64_t due_ms = clock_monotonic_ms() + STOP_MS;

	while (flock(dir, LOCK_EX | LOCK_NB) == -1) {
		if (errno != EWOULDBLOCK)
			return diag_system(diag, "lock state folder");
		if (clock_monotonic_ms() > due_ms)
			return diag_set(diag, ERR_POLICY,
			    "another gateway uses this state folder");
		nanosleep(&pause, NULL);
	}
	return OK;
}

enum err
state_open(struct gateway *gateway, struct diag *diag)
{
	const struct account self = { geteuid(), getegid() };
	char path[CONFIG_PATH_BYTES];
	struct stat st;
	enum err err;

	if (mkdir(gateway->state_path, 0755) == -1 && errno != EEXIST)
		return diag_system(diag, "make state folder");
	if (realpath(gateway->state_path, path) == NULL)
		return diag_system(diag, "find state folder");
	memcpy(gateway->state_path, path, sizeof(path));
	if (snprintf(gateway->empty_path, sizeof(gateway->empty_path),
	    "%s/empty", path) >= (int)sizeof(gateway->empty_path))
		return diag_set(diag, ERR_LIMIT, "path of state too long");
	gateway->state_dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (gateway->state_dir == -1 || fstat(gateway->state_dir, &st) == -1)
		return diag_system(diag, "open state folder");
	if (st.st_uid != geteuid())
		return diag_set(diag, ERR_POLICY,
		    "the state folder belongs to another user (%u)",
		    st.st_uid);
	/* /tmp, most likely: it must neither be used nor changed */
	if ((st.st_mode & S_IWOTH) != 0)
		return diag_set(diag, ERR_POLICY,
		    "everybody may write into the state folder");
	/* the spool passes through, nobody else writes */
	if (fchmod(gateway->state_dir, 0755) == -1)
		return diag_system(diag, "set mode of state folder");
	err = lock_state(gateway->state_dir, diag);
	if (err == OK)
		err = make_folder(gateway->state_dir, "spool", 0700,
		    geteuid() == 0 ? &gateway->accounts[ROLE_SPOOL] : &self,
		    diag);
	if (err == OK)
		err = make_folder(gateway->state_dir, "generations", 0700,
		    &self, diag);
	if (err == OK)
		err = make_folder(gateway->state_dir, "empty", 0555, &self,
		    diag);
	return err;
}

/* A folder for the deliver: made if missing, given to it if it is ours. */
static int
open_folder(int parent, const char *name, const struct account *account)
{
	bool made = mkdirat(parent, name, 0700) == 0;
	struct stat st;
	int fd;

	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1 || fstat(fd, &st) == -1)
		goto bad;
	if (geteuid() == 0 && (made || st.st_uid == 0) &&
	    fchown(fd, account->uid, account->gid) == -1)
		goto bad;
	return fd;
bad:
	if (fd != -1)
		close(fd);
	return -1;
}

static enum err
open_maildir(struct process *process, const struct account *account,
    const char *path, struct diag *diag)
{
	static const char *const parts[] = { "tmp", "new", "cur" };
	char what[DIAG_WHAT_BYTES_MAX];
	int fd, part, errnum;

	if (process->folders_n == ROLE_FOLDERS_MAX)
		return diag_set(diag, ERR_LIMIT, "too many Maildirs");
	fd = open_folder(AT_FDCWD, path, account);
	if (fd == -1) {
		errnum = errno;
		snprintf(what, sizeof(what), "open Maildir %s%s", path,
		    errnum == ENOENT ? " (make the folder above it first)" :
		    "");
		errno = errnum;
		return diag_system(diag, what);
	}
	process->folders[process->folders_n++] = fd;
	for (size_t i = 0; i < 3; i++) {
		part = open_folder(fd, parts[i], account);
		if (part == -1)
			return diag_system(diag, "open folder of Maildir");
		close(part);
	}
	return OK;
}

static enum err
add_port(struct process *process, uint16_t port, struct diag *diag)
{
	char text[8];
	size_t len = strlen(process->ports);

	snprintf(text, sizeof(text), "%u", port);
	for (const char *p = process->ports; *p != '\0';) {
		size_t n = strcspn(p, ",");

		if (n == strlen(text) && strncmp(p, text, n) == 0)
			return OK;
		p += n;
		if (*p == ',')
			p++;
	}
	if (len + strlen(text) + 2 > sizeof(process->ports))
		return diag_set(diag, ERR_LIMIT, "too many ports");
	snprintf(process->ports + len, sizeof(process->ports) - len, "%s%s",
	    len > 0 ? "," : "", text);
	return OK;
}

enum err
state_reach(const struct gateway *gateway, const struct rules_image *image,
    uint32_t segment, struct process *process, struct diag *diag)
{
	struct digest digest;
	enum err err = OK;

	digest_init(&digest);
	for (uint32_t i = 0; i < rules_routes(image) && err == OK; i++) {
		struct rules_route route;

		rules_route(image, i, &route);
		if (route.to != segment)
			continue;
		for (uint32_t k = 0; k < route.hops && err == OK; k++) {
			struct rules_hop hop;

			rules_route_hop(image, i, k, &hop);
			if (hop.kind == RULES_HOP_SMTP) {
				err = add_port(process, hop.port, diag);
				continue;
			}
			err = open_maildir(process,
			    &gateway->accounts[ROLE_DELIVER],
			    (const char *)hop.path.ptr, diag);
			/* with its NUL, so that two do not run together */
			digest_add(&digest, (struct span){ hop.path.ptr,
			    hop.path.len + 1 });
		}
	}
	digest_add(&digest, span_str(process->ports));
	digest_end(&digest, process->reach);
	if (err != OK)
		state_reach_close(process);
	return err;
}

/*
 * The folder belongs to the process alone, whoever made it; root reads it for
 * the tool.
 */
enum err
state_folder(const struct gateway *gateway, const char *name,
    struct process *process, struct diag *diag)
{
	enum err err = make_folder(gateway->state_dir, name, 0700,
	    &gateway->accounts[process->role], diag);

	if (err != OK)
		return err;
	process->folders[0] = openat(gateway->state_dir, name,
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (process->folders[0] == -1)
		return diag_system(diag, name);
	process->folders_n = 1;
	if (fchmod(process->folders[0], 0700) == -1) {
		err = diag_system(diag, name);
		state_reach_close(process);
	}
	return err;
}

void
state_reach_close(struct process *process)
{
	for (unsigned i = 0; i < process->folders_n; i++)
		close(process->folders[i]);
	process->folders_n = 0;
}
