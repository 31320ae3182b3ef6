/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sekisho show: a generation of the rules, its text, and how it differs by
 * meaning from another one. The gateway sends the files as it keeps them;
 * they are put together, or compared, here.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "../gateway/base/durable.h"
#include "control.h"
#include "diff_show.h"
#include "options.h"
#include "rules_file.h"

#define PACKED_BYTES_MAX	(129u * 1024 * 1024)

static const char help[] =
    "usage: sekisho show GENERATION [-o FILE]\n"
    "       sekisho show GENERATION --diff [--all] [OTHER]\n"
    "options: --json, --state DIR\n"
    "\n"
    "A generation of the rules: what happened to it, and its text.\n"
    "\n"
    "  -o FILE   only the text, to FILE, which must not exist; - is\n"
    "            standard output\n"
    "  --diff    what it allows and denies otherwise than the generation\n"
    "            that was in force when it was made, or than OTHER; as\n"
    "            'sekisho diff', with today's date\n"
    "  --all     every region, not the first 100 of each kind\n"
    "\n"
    "exit status: 0 done, 1 no such generation, 2 usage, 4 the system "
    "failed;\n"
    "with --diff: 0 the same meaning, 1 they differ, 3 there is no such\n"
    "generation, or none before it\n";

struct wish {
	struct control_options control;
	bool		 diff;
	bool		 all;
	uint64_t	 number;
	uint64_t	 other;		/* 0: the one before */
};

/* The files that came with the answer, into file. */
static enum err
unpack(const struct control_answer *answer, struct rules_file *file,
    struct diag *diag)
{
	struct buf packed;
	uint8_t *room;
	size_t got = 0;
	enum err err;

	memset(file, 0, sizeof(*file));
	buf_init(&packed, PACKED_BYTES_MAX);
	if (answer->where.bytes > PACKED_BYTES_MAX)
		return diag_set(diag, ERR_LIMIT, "the rules are too long");
	err = buf_reserve(&packed, (size_t)answer->where.bytes, &room);
	if (err != OK)
		err = diag_set(diag, err, "out of memory");
	if (err == OK)
		err = pread_all(answer->file, room, (size_t)
		    answer->where.bytes, answer->where.offset, &got, diag);
	if (err == OK) {
		packed.len = got;
		err = rules_unpack(file, buf_span(&packed), diag);
	}
	buf_fini(&packed);
	return err;
}

/* EXIT_DONE: both are there. Fini and close after every return. */
static int
get(const struct wish *wish, uint64_t number, struct control_answer *answer,
    struct rules_file *file)
{
	const struct control_question question = { .verb = CONTROL_SHOW,
	    .id = number, .fd = -1, .keep_file = true };
	struct diag diag = { 0 };

	memset(file, 0, sizeof(*file));
	if (!control_get("show", &wish->control, &question, answer))
		return (int)answer->status;
	if (answer->status != EXIT_DONE) {
		control_message("show", answer, 0);
		return (int)answer->status;
	}
	if (answer->file != -1 && unpack(answer, file, &diag) == OK)
		return EXIT_DONE;
	fprintf(stderr, "sekisho show: generation %llu: %s\n",
	    (unsigned long long)number, answer->file == -1 ?
	    "no text came with it" : diag.what);
	return EXIT_SYSTEM;
}

/* ---- one of them ---- */

/* The texts one after the other, each below a comment that names it. */
static enum err
join(const struct rules_file *file, struct buf *out)
{
	struct span paths = buf_span(&file->paths), path;
	enum err err = OK;

	for (unsigned i = 0; i < file->texts_n && err == OK &&
	    span_cut(&paths, '\0', &path); i++) {
		err = buf_printf(out, "%s# ---- %.*s ----\n", i > 0 ? "\n" :
		    "", (int)path.len, (const char *)path.ptr);
		if (err == OK)
			err = buf_add(out, buf_span(&file->texts[i]));
	}
	return err;
}

static enum err
show_json(const struct control_answer *answer, const struct rules_file *file,
    struct buf *out)
{
	struct span paths = buf_span(&file->paths), path;
	struct json json;
	bool good;

	json_init(&json, out);
	json_object(&json, NULL);
	good = control_json_rows(&json, buf_span(&answer->rows));
	json_array(&json, "files");
	for (unsigned i = 0; i < file->texts_n &&
	    span_cut(&paths, '\0', &path); i++) {
		json_object(&json, NULL);
		json_string(&json, "path", path);
		json_string(&json, "text", buf_span(&file->texts[i]));
		json_object_end(&json);
	}
	json_array_end(&json);
	json_object_end(&json);
	if (json_end(&json) != OK)
		return json.err;
	return good ? buf_add_byte(out, '\n') : ERR_INPUT;
}

static int
save(const char *path, struct buf *text)
{
	struct diag diag = { 0 };
	enum err err = control_save(path, buf_span(text), &diag);

	buf_fini(text);
	if (err == OK)
		return EXIT_DONE;
	fprintf(stderr, "sekisho show: %s\n", diag.what);
	return err == ERR_POLICY ? EXIT_REFUSED : EXIT_SYSTEM;
}

static int
show_one(const struct wish *wish)
{
	struct control_answer answer;
	struct rules_file file;
	struct buf out;
	enum err err = OK;
	int status = get(wish, wish->number, &answer, &file);

	buf_init(&out, OUTPUT_BYTES_MAX);
	if (status == EXIT_DONE && wish->control.json &&
	    wish->control.out == NULL)
		err = show_json(&answer, &file, &out);
	else if (status == EXIT_DONE) {
		if (wish->control.out == NULL)
			err = control_show(buf_span(&answer.rows), true, &out);
		if (err == OK)
			err = join(&file, &out);
	}
	rules_file_close(&file);
	control_answer_fini(&answer);
	if (status == EXIT_DONE && err == OK)
		return wish->control.out != NULL ?
		    save(wish->control.out, &out) : output(&out, EXIT_DONE);
	buf_fini(&out);
	if (err == OK)
		return status;
	fprintf(stderr, "sekisho show: the answer is damaged or too large\n");
	return EXIT_SYSTEM;
}

/* ---- two of them ---- */

/* A difference is 1 here: "there is none" must be something else. */
static int
get_run(const struct wish *wish, uint64_t number, struct rules_file *file,
    uint64_t *base)
{
	struct control_answer answer;
	struct diag diag = { 0 };
	struct buf findings;
	int status = get(wish, number, &answer, file);

	if (status == EXIT_DONE && !control_number(buf_span(&answer.rows),
	    "base", base))
		*base = 0;
	control_answer_fini(&answer);
	if (status != EXIT_DONE)
		return status == EXIT_NO ? EXIT_REFUSED : status;
	if (rules_pack_run(file, &diag) != OK) {
		fprintf(stderr, "sekisho show: %s\n", diag.what);
		return EXIT_SYSTEM;
	}
	if (rules_run_errors(file->run) == 0)
		return EXIT_DONE;
	buf_init(&findings, OUTPUT_BYTES_MAX);
	if (rules_file_findings(file, &findings) == OK)
		fprintf(stderr, "%.*s", (int)findings.len,
		    (const char *)findings.ptr);
	buf_fini(&findings);
	fprintf(stderr, "sekisho show: generation %llu has errors today\n",
	    (unsigned long long)number);
	return EXIT_REFUSED;
}

static int
show_diff(const struct wish *wish)
{
	struct rules_file files[2] = { 0 };	/* before, after */
	uint64_t base = 0, before, none;
	char names[2][32];
	int status = get_run(wish, wish->number, &files[1], &base);

	before = wish->other != 0 ? wish->other : base;
	if (status == EXIT_DONE && before == 0) {
		fprintf(stderr, "sekisho show: nothing was in force before "
		    "generation %llu\n", (unsigned long long)wish->number);
		status = EXIT_REFUSED;
	}
	if (status == EXIT_DONE)
		status = get_run(wish, before, &files[0], &none);
	snprintf(names[0], sizeof(names[0]), "generation %llu",
	    (unsigned long long)before);
	snprintf(names[1], sizeof(names[1]), "generation %llu",
	    (unsigned long long)wish->number);
	if (status == EXIT_DONE)
		status = diff_report("show", (const struct rules_run *const
		    []){ files[0].run, files[1].run }, (const char *const []){
		    names[0], names[1] }, wish->all ? UINT32_MAX :
		    DIFF_REGIONS_SHOWN, wish->control.json);
	rules_file_close(&files[0]);
	rules_file_close(&files[1]);
	return status;
}

/* ---- the command ---- */

static bool
number(const char *text, uint64_t *value)
{
	if (span_decimal(span_str(text), UINT32_MAX, value) && *value > 0)
		return true;
	usage_error("show", "'%s' is not a generation", text);
	return false;
}

int
cmd_show(int argc, char **argv)
{
	struct wish wish = { 0 };
	const struct option_row rows[] = {
		{ .name = "diff", .flag = &wish.diff },
		{ .name = "all", .flag = &wish.all },
		{ .name = "output", .letter = 'o',
		    .text = &wish.control.out },
		{ .name = "json", .flag = &wish.control.json },
		{ .name = "state", .text = &wish.control.state },
		{ .name = NULL }
	};
	int status = options_read(argc, argv, help, rows);

	if (status != -1)
		return status;
	control_state(&wish.control);
	if (optind == argc)
		return usage_error("show", "which generation is missing");
	if (!number(argv[optind++], &wish.number))
		return EXIT_USAGE;
	if (optind < argc && wish.diff && !number(argv[optind++],
	    &wish.other))
		return EXIT_USAGE;
	if (optind < argc)
		return usage_error("show", "unexpected '%s'", argv[optind]);
	if (wish.diff ? wish.control.out != NULL : wish.all)
		return usage_error("show", wish.diff ?
		    "--diff writes no file: without -o" :
		    "--all is for --diff");
	return wish.diff ? show_diff(&wish) : show_one(&wish);
}
