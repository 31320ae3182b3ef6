/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_TOOLS_RULES_FILE_H
#define SEKISHO_TOOLS_RULES_FILE_H

#include "../rules/rules.h"

/*
 * A rule file with its includes, read and checked. The bytes of all files
 * live as long as this. A file is looked at by its size before it is read.
 */
#define RULES_FILES_MAX	64

struct rules_file {
	struct rules_run *run;
	struct buf	 texts[RULES_FILES_MAX];
	struct buf	 paths;		/* of the texts, each with its NUL */
	unsigned	 texts_n;
	uint64_t	 bytes;
	struct rules_reader reader;
};

/*
 * "-" is standard input. ERR_SYSTEM: cannot be read; ERR_LIMIT: too large;
 * see diag. rules_file_close() is needed after every return.
 */
enum err rules_file_open(struct rules_file *file, const char *path,
    struct diag *diag) MUST_CHECK;
void rules_file_close(struct rules_file *file);

/*
 * Read the rules at path and compile them: EXIT_DONE, with a view on *bytes
 * in *image (close it, then buf_fini(bytes)); on trouble it is said on
 * standard error in the name of the command, and the exit status returned.
 * rules_file_close() is needed after every return.
 */
int rules_file_image(struct rules_file *file, const char *command,
    const char *path, struct buf *bytes, struct rules_image **image)
    MUST_CHECK;

/*
 * sekisho_rules_pack.c: the bytes in which rules go to the gateway and come
 * back from it: how many files, path and text of each. What is unpacked has no
 * run until rules_pack_run(), which takes it as the gateway does on a new day:
 * what a rule that has ended leaves unproved is a warning.
 */
enum err rules_pack(const struct rules_file *file, struct buf *out,
    struct diag *diag) MUST_CHECK;
enum err rules_unpack(struct rules_file *file, struct span packed,
    struct diag *diag) MUST_CHECK;
enum err rules_pack_run(struct rules_file *file, struct diag *diag)
    MUST_CHECK;
/* Days since 1970 in the administrator's calendar: the local zone. */
uint32_t rules_today(void);

/* Errors and warnings as people read them. */
enum err rules_file_findings(const struct rules_file *file, struct buf *out)
    MUST_CHECK;

#endif
