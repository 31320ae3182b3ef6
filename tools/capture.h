/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_TOOLS_CAPTURE_H
#define SEKISHO_TOOLS_CAPTURE_H

#include <stdbool.h>

#include "../gateway/base/buf.h"
#include "../gateway/capture/capture_folder.h"

/* sekisho_capture_read.c: the files of evidence in a state folder. */
#define CAPTURE_NAMES_MAX	4096
#define CAPTURE_FIELDS_MAX	32
#define CAPTURE_READ_BYTES_MAX	(64u * 1024 * 1024)

/* Stems, in order of time. */
struct capture_names {
	char		stems[CAPTURE_NAMES_MAX][CAPTURE_NAME_BYTES];
	unsigned	n;
};

struct capture_field {
	char	name[32];
	bool	number;
	size_t	at, len;	/* in bytes of the line */
};

struct capture_line {
	struct capture_field fields[CAPTURE_FIELDS_MAX];
	unsigned	n;
	struct buf	bytes;	/* values; the caller's init and fini */
	struct buf	part;
};

/* The folder of captures, or -1: it was said why not. */
int capture_open(const char *state);
/* Those of a family that have lines. False: it was said why not. */
bool capture_names(int dir, const char *family, struct capture_names *names);
/* All lines of one. ERR_SYSTEM: see errno; it may just have been erased. */
enum err capture_read(int dir, const char *stem, struct buf *text) MUST_CHECK;
/* False: not a whole line of ours. */
bool capture_line(struct span line, struct capture_line *fields);
/* Empty: there is none. Valid until the next line. */
struct span capture_field(const struct capture_line *fields,
    const char *name);

#endif
