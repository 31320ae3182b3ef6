/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sekisho check [--json] [FILE]: parse, resolve, prove and compile a rule
 * file, say everything that is wrong with it or does nothing, load nothing.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "../gateway/base/json.h"
#include "commands.h"
#include "options.h"
#include "rules_file.h"

static const char help[] =
    "usage: sekisho check [--json] [FILE]\n"
    "\n"
    "Check a rule file (default " RULES_FILE_DEFAULT ", - is standard\n"
    "input) and all that it includes, without loading it. All errors and\n"
    "warnings are shown, each with its place.\n"
    "\n"
    "exit status: 0 the file would load, 3 it has errors, 4 it cannot be "
    "read\n";

static void
json_finding(struct json *json, const struct rules_finding *f)
{
	json_object(json, NULL);
	json_str(json, "severity", f->severity == RULES_ERROR ? "error" :
	    "warning");
	json_str(json, "file", f->file);
	json_u64(json, "line", f->line);
	json_u64(json, "column", f->column);
	json_u64(json, "width", f->width);
	json_str(json, "text", f->text);
	if (f->hint != NULL)
		json_str(json, "hint", f->hint);
	json_object_end(json);
}

static enum err
report_json(const struct rules_file *file, const char *path, struct buf *out)
{
	struct json json;

	json_init(&json, out);
	json_object(&json, NULL);
	json_str(&json, "file", path);
	json_bool(&json, "valid", rules_run_errors(file->run) == 0);
	json_u64(&json, "errors", rules_run_errors(file->run));
	json_bool(&json, "complete", !rules_run_broken(file->run));
	json_array(&json, "findings");
	for (uint32_t i = 0; i < rules_run_findings(file->run); i++)
		json_finding(&json, rules_run_finding(file->run, i));
	json_array_end(&json);
	json_object_end(&json);
	if (json_end(&json) != OK)
		return json.err;
	return buf_add_byte(out, '\n');
}

static uint32_t
warnings(const struct rules_run *run)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < rules_run_findings(run); i++)
		n += rules_run_finding(run, i)->severity == RULES_WARNING;
	return n;
}

static enum err
report_text(const struct rules_file *file, const char *path, struct buf *out)
{
	uint32_t errors = rules_run_errors(file->run);
	uint32_t n = warnings(file->run);
	enum err err = rules_file_findings(file, out);

	if (err != OK)
		return err;
	if (errors == 0 && n == 0)
		return buf_printf(out, "%s: no errors\n", path);
	return buf_printf(out, "%s: %u error%s, %u warning%s%s\n", path,
	    errors, errors == 1 ? "" : "s", n, n == 1 ? "" : "s",
	    rules_run_broken(file->run) ? "; more may be found once "
	    "these are mended" : "");
}

/* What the gateway would do with it: the image must be writable, readable. */
static enum err
try_image(const struct rules_file *file, struct diag *diag)
{
	struct rules_image *view = NULL;
	struct buf image;
	enum err err;

	buf_init(&image, OUTPUT_BYTES_MAX);
	err = rules_compile(file->run, &image);
	if (err != OK)
		diag_set(diag, err, "the compiled rules are too large");
	else
		err = rules_image_open(buf_span(&image), &view, diag);
	rules_image_close(view);
	buf_fini(&image);
	return err;
}

static int
check(const char *path, bool json)
{
	struct rules_file file;
	struct diag diag = { 0 };
	struct buf out;
	enum err err = rules_file_open(&file, path, &diag);
	int status = EXIT_DONE;

	if (err == OK && rules_run_errors(file.run) == 0)
		err = try_image(&file, &diag);
	else if (err == OK)
		status = EXIT_REFUSED;
	if (err == OK)
		rules_run_analyse(file.run);
	if (err != OK) {
		fprintf(stderr, "sekisho check: %s: %s\n", path, diag.what);
		rules_file_close(&file);
		return err == ERR_SYSTEM ? EXIT_SYSTEM : EXIT_REFUSED;
	}
	buf_init(&out, OUTPUT_BYTES_MAX);
	err = json ? report_json(&file, path, &out) :
	    report_text(&file, path, &out);
	rules_file_close(&file);
	return output(&out, err == OK ? status : EXIT_SYSTEM);
}

int
cmd_check(int argc, char **argv)
{
	bool json = false;
	const struct option_row rows[] = {
		{ .name = "json", .flag = &json },
		{ .name = NULL }
	};
	int status = options_read(argc, argv, help, rows);

	if (status != -1)
		return status;
	if (argc - optind > 1)
		return usage_error("check", "one file, not %d", argc - optind);
	return check(argc > optind ? argv[optind] : RULES_FILE_DEFAULT, json);
}
