/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sekisho log mask: a known name, as it stands in records that are masked. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../gateway/audit/audit_mask.h"
#include "../gateway/base/durable.h"
#include "commands.h"
#include "log_show.h"

#define PATH_BYTES	4096

/* -1, or the exit status. */
static int
read_key(const char *path, struct audit_mask *mask)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct buf text;
	bool good;

	if (fd == -1) {
		fprintf(stderr, "sekisho log: %s: %s%s\n", path,
		    strerror(errno), errno == EACCES ? "; it is for root" :
		    "");
		return EXIT_REFUSED;
	}
	buf_init(&text, 1024);
	good = pread_whole(fd, &text, NULL) == OK &&
	    audit_hex(span_trim(buf_span(&text)), mask->key);
	buf_fini(&text);
	close(fd);
	if (good)
		return -1;
	fprintf(stderr, "sekisho log: %s: not 64 hexadecimal digits\n", path);
	return EXIT_REFUSED;
}

int
log_mask(const char *state, const char *text, bool name, bool subject)
{
	struct span plain = span_str(text);
	struct audit_mask mask = { .what = 0 };
	char path[PATH_BYTES];
	struct buf out;
	enum err err;
	int status;

	snprintf(path, sizeof(path), "%.4000s/audit.mask", state);
	if ((status = read_key(path, &mask)) != -1)
		return status;
	buf_init(&out, OUTPUT_BYTES_MAX);
	err = name ? audit_mask_name(&mask, plain, &out) : subject ?
	    audit_mask_subject(&mask, plain, &out) :
	    audit_mask_address(&mask, plain, &out);
	explicit_bzero(&mask, sizeof(mask));
	if (err == OK)
		err = buf_add_byte(&out, '\n');
	if (err == OK)
		return output(&out, EXIT_DONE);
	buf_fini(&out);
	fprintf(stderr, "sekisho log: %s\n", err_name(err));
	return EXIT_SYSTEM;
}
