/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_CAPTURE_LINES_H
#define SEKISHO_CAPTURE_LINES_H

#include "../base/span.h"
#include "capture_folder.h"

/* Records as lines of text, in files of a day, bounded (capture_folder.h). */
struct capture_lines {
	const char	*family;
	int		 dir;		/* borrowed */
	uint64_t	 file_bytes_max;
	uint64_t	 total_bytes_max;
	/* private */
	int		 fd;		/* -1: none is open */
	uint64_t	 bytes;
	char		 stem[CAPTURE_NAME_BYTES];
	uint64_t	 day;
	unsigned	 number;
};

void capture_lines_init(struct capture_lines *lines, int dir,
    const char *family);
void capture_lines_close(struct capture_lines *lines);

/*
 * Write whole lines behind what is there: all of them, or nothing on error.
 * *erased: old files that went for it.
 */
enum err capture_lines_add(struct capture_lines *lines, struct span text,
    uint64_t wall_ms, unsigned *erased, struct diag *diag) MUST_CHECK;

#endif
