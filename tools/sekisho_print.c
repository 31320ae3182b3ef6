/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sekisho print [FILE]: the canonical text of a rule file. Comments, empty
 * lines and the choice of lines stay; blanks and spelling become ours.
 */
#include <getopt.h>
#include <stdio.h>

#include "commands.h"
#include "options.h"
#include "rules_file.h"

static const char help[] =
    "usage: sekisho print [FILE]\n"
    "\n"
    "Print a rule file (default " RULES_FILE_DEFAULT ", - is standard\n"
    "input) in its canonical form; what it includes stays an include line.\n"
    "Errors of meaning do not matter here, errors of form do.\n"
    "\n"
    "exit status: 0 printed, 3 it cannot be parsed, 4 it cannot be read\n";

static int
print(const char *path)
{
	struct rules_file file;
	struct diag diag = { 0 };
	struct buf out, findings;
	enum err err = rules_file_open(&file, path, &diag);
	int status = EXIT_DONE;

	if (err != OK) {
		fprintf(stderr, "sekisho print: %s: %s\n", path, diag.what);
		rules_file_close(&file);
		return err == ERR_SYSTEM ? EXIT_SYSTEM : EXIT_REFUSED;
	}
	buf_init(&out, OUTPUT_BYTES_MAX);
	buf_init(&findings, OUTPUT_BYTES_MAX);
	err = rules_print(file.run, &out);
	if (err == ERR_INPUT) {
		buf_clear(&out);
		status = EXIT_REFUSED;
		err = rules_file_findings(&file, &findings);
		fprintf(stderr, "%.*s", (int)findings.len,
		    (const char *)findings.ptr);
	}
	buf_fini(&findings);
	rules_file_close(&file);
	return output(&out, err == OK ? status : EXIT_SYSTEM);
}

int
cmd_print(int argc, char **argv)
{
	const struct option_row rows[] = { { .name = NULL } };
	int status = options_read(argc, argv, help, rows);

	if (status != -1)
		return status;
	if (argc - optind > 1)
		return usage_error("print", "one file, not %d", argc - optind);
	return print(argc > optind ? argv[optind] : RULES_FILE_DEFAULT);
}
