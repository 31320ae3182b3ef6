/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A next hop that is a Maildir: written into tmp/, synced, renamed into
 * new/, the folder synced. Exactly the verified bytes, nothing added. Meant
 * for a first try and for small sites; it blocks for the disk.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/durable.h"
#include "../base/log.h"
#include "../proc/role.h"
#include "deliver_internal.h"

#define FOLDERS_MAX	64
#define NAME_BYTES	(SMTP_DOMAIN_BYTES_MAX + 80)
#define NAME_TRIES	100

struct folder {
	char	path[1024];
	int	tmp;		/* -1: not opened yet */
	int	new;
};

static struct folder folders[FOLDERS_MAX];
static unsigned folders_n;

void
maildir_init(const struct rules_image *image)
{
	for (uint32_t i = 0; i < rules_routes(image); i++) {
		struct rules_route route;

		rules_route(image, i, &route);
		for (uint32_t k = 0; k < route.hops; k++) {
			struct rules_hop hop;

			rules_route_hop(image, i, k, &hop);
			if (route.to != deliver.segment ||
			    hop.kind != RULES_HOP_MAILDIR)
				continue;
			if (folders_n == FOLDERS_MAX ||
			    hop.path.len >= sizeof(folders[0].path))
				die(4, "too many Maildirs, or too long paths");
			snprintf(folders[folders_n].path,
			    sizeof(folders[0].path), "%.*s",
			    (int)hop.path.len, (const char *)hop.path.ptr);
			folders[folders_n].tmp = folders[folders_n].new = -1;
			folders_n++;
		}
	}
	if (folders_n > deliver.folders_n)
		die(4, "%u Maildirs, but %u folders", folders_n,
		    deliver.folders_n);
}

static int
open_sub(int dir, const char *name)
{
	if (mkdirat(dir, name, 0700) == -1 && errno != EEXIST)
		return -1;
	return openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC |
	    O_NOFOLLOW);
}

static enum err
folder_open(struct folder *folder, struct diag *diag)
{
	int dir = ROLE_FD_FOLDERS_FIRST + (int)(folder - folders);
	int cur;

	if (folder->new != -1)
		return OK;
	cur = open_sub(dir, "cur");
	if (cur == -1)
		return diag_system(diag, "open Maildir");
	close(cur);
	if (folder->tmp == -1)
		folder->tmp = open_sub(dir, "tmp");
	if (folder->tmp == -1)
		return diag_system(diag, "open Maildir");
	folder->new = open_sub(dir, "new");
	if (folder->new == -1)
		return diag_system(diag, "open Maildir");
	return durable_sync_dir(dir, diag);
}

/* https://cr.yp.to/proto/maildir.html: time, what is unique here, host. */
static int
create(const struct folder *folder, char name[NAME_BYTES])
{
	static uint64_t counter;
	uint64_t now = clock_wall_ms();
	int fd = -1;

	for (int i = 0; i < NAME_TRIES && fd == -1; i++) {
		snprintf(name, NAME_BYTES, "%llu.M%lluP%dQ%llu.%s",
		    (unsigned long long)(now / 1000),
		    (unsigned long long)(now % 1000 * 1000), (int)getpid(),
		    (unsigned long long)++counter, deliver.name);
		fd = openat(folder->tmp, name, O_WRONLY | O_CREAT | O_EXCL |
		    O_CLOEXEC | O_NOFOLLOW, 0600);
		if (fd == -1 && errno != EEXIST)
			break;
	}
	return fd;
}

static enum err
write_mail(struct folder *folder, struct span body, struct diag *diag)
{
	char name[NAME_BYTES];
	enum err err;
	int fd;

	err = folder_open(folder, diag);
	if (err != OK)
		return err;
	fd = create(folder, name);
	if (fd == -1)
		return diag_system(diag, "create mail in tmp/");
	err = write_all(fd, body, diag);
	if (err == OK)
		err = durable_sync_file(fd, diag);
	close(fd);
	if (err == OK)
		err = durable_rename(folder->tmp, name, folder->new, name,
		    diag);
	if (err != OK) {
		if (unlinkat(folder->tmp, name, 0) == -1)
			log_warn("a file is left in tmp/: %s", name);
		return err;
	}
	return durable_sync_dir(folder->new, diag);
}

static struct folder *
find_folder(struct span path)
{
	for (unsigned i = 0; i < folders_n; i++)
		if (span_equal(path, span_str(folders[i].path)))
			return &folders[i];
	return NULL;
}

void
maildir_deliver(struct span path, struct job *job)
{
	struct folder *folder = find_folder(path);
	char text[DIAG_WHAT_BYTES_MAX + 16];
	struct diag diag;

	if (folder == NULL) {
		/* new in the rules: needs a restart with its descriptor */
		job->hop_failed = true;
		job_result_all(job, DELIVERY_LATER, 0,
		    SPAN("4.3.5 this Maildir was not given to us"));
	} else if (write_mail(folder, job_body(job), &diag) == OK) {
		job_result_all(job, DELIVERY_DONE, 0,
		    SPAN("2.1.5 written to the Maildir"));
	} else {
		log_warn("Maildir %s: %s", folder->path, diag.what);
		snprintf(text, sizeof(text), "4.2.0 %s", diag.what);
		job->hop_failed = true;
		job_result_all(job, DELIVERY_LATER, 0, span_str(text));
	}
	job_done(job);
}
