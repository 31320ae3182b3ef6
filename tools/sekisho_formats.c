/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sekisho formats: the sanitizer's table of handlers, to be read. Nothing is
 * run here, and none of the libraries is linked.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../gateway/base/json.h"
#include "../gateway/base/utf8.h"
#include "../sanitizer/formats.h"
#include "commands.h"
#include "options.h"

#define COMES_COLUMNS	44
#define GOES_COLUMNS	42
#define WORD_COLUMNS	14

static const char help[] =
    "usage: sekisho formats [--json | --markdown]\n"
    "\n"
    "What is made of what: each kind of file, the form that is written for\n"
    "it, the word of a policy that decides, the methods in the order in\n"
    "which they are tried, and the limits behind which a file is refused.\n"
    "\n"
    "  --json       the same as JSON, a row for each kind\n"
    "  --markdown   the table of the README\n"
    "\n"
    "exit status: 0 done, 2 usage, 4 the system failed\n";

static const char *
method_name(enum method method)
{
	switch (method) {
	case METHOD_REMOVE:
		return "remove";
	case METHOD_REBUILD:
		return "rebuild";
	case METHOD_IMAGE:
		return "image";
	case METHOD_TEXT:
		return "text";
	case METHOD_CONVERT:
		return "convert";
	case METHOD_EXTRACT:
		return "extract";
	case METHOD_HOLD:
		return "hold";
	}
	return "";
}

static unsigned
kinds_n(const struct format_row *row)
{
	unsigned n = 1;		/* PART_UNKNOWN is 0, and never the first */

	while (n < FORMATS_KINDS_MAX && row->kinds[n] != PART_UNKNOWN)
		n++;
	return n;
}

/* ---- a table ---- */

static enum err
padded(struct buf *out, const char *text, size_t columns)
{
	size_t width = utf8_columns(span_str(text), true);
	enum err err = buf_add_str(out, text);

	do
		if (err == OK)
			err = buf_add_byte(out, ' ');
	while (++width < columns);
	return err;
}

/* "rebuild pdf-redraw, image pdf-image"; names only of one kind. */
static enum err
put_steps(struct buf *out, const struct format_row *row)
{
	struct format_step step, before = { .name = NULL };
	bool named = kinds_n(row) == 1;
	enum err err = OK;

	if (row->libraries[0] == '\0')
		return buf_add_str(out, "removed\n");
	for (unsigned i = 0; err == OK &&
	    format_step(row->kinds[0], i, &step); before = step, i++) {
		if (i > 0 && !named && before.method == step.method)
			continue;
		err = buf_printf(out, "%s%s%s%s", i > 0 ? ", " : "",
		    method_name(step.method), named ? " " : "",
		    named ? step.name : "");
	}
	/* opened, and each file in it goes its own way */
	if (before.name == NULL && err == OK)
		err = buf_add_str(out, "rebuild");
	return err == OK ? buf_add_byte(out, '\n') : err;
}

/* 1,048,576 */
static enum err
put_number(struct buf *out, uint64_t n)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%" PRIu64, n);
	enum err err = buf_add_byte(out, ' ');

	for (int i = 0; i < len && err == OK; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			err = buf_add_byte(out, ',');
		if (err == OK)
			err = buf_add_byte(out, (uint8_t)digits[i]);
	}
	return err;
}

static enum err
put_limits(struct buf *out, const struct format_row *row)
{
	enum err err = buf_printf(out, "%s\n    read by %s; at most",
	    row->comes, row->libraries);

	for (unsigned i = 0; i < FORMATS_LIMITS_MAX && err == OK &&
	    row->limits[i].what != NULL; i++) {
		if (i > 0)
			err = buf_add_byte(out, ';');
		if (err == OK)
			err = put_number(out, row->limits[i].most);
		if (err == OK)
			err = buf_printf(out, " %s", row->limits[i].what);
	}
	return err == OK ? buf_add_byte(out, '\n') : err;
}

static enum err
report_table(struct buf *out)
{
	const struct format_row *row;
	enum err err;

	if ((err = padded(out, "COMES", COMES_COLUMNS)) == OK &&
	    (err = padded(out, "GOES AS", GOES_COLUMNS)) == OK &&
	    (err = padded(out, "POLICY WORD", WORD_COLUMNS)) == OK)
		err = buf_add_str(out, "METHODS, IN THIS ORDER\n");
	for (unsigned i = 0; err == OK && (row = format_row(i)) != NULL; i++)
		if ((err = padded(out, row->comes, COMES_COLUMNS)) == OK &&
		    (err = padded(out, row->goes, GOES_COLUMNS)) == OK &&
		    (err = padded(out, format_word(row->kinds[0]),
		    WORD_COLUMNS)) == OK)
			err = put_steps(out, row);
	if (err == OK)
		err = buf_add_byte(out, '\n');
	for (unsigned i = 0; err == OK && (row = format_row(i)) != NULL; i++)
		if (row->libraries[0] != '\0')
			err = put_limits(out, row);
	return err;
}

static enum err
report_markdown(struct buf *out)
{
	const struct format_row *row;
	enum err err = buf_add_str(out, "| comes | goes | how |\n"
	    "|---|---|---|\n");

	for (unsigned i = 0; err == OK && (row = format_row(i)) != NULL; i++)
		err = buf_printf(out, "| %s | %s | %s |\n", row->comes,
		    row->goes, row->how);
	return err;
}

/* ---- JSON ---- */

static void
json_steps(struct json *json, enum part_kind kind)
{
	struct format_step step;

	json_array(json, "methods");
	for (unsigned i = 0; format_step(kind, i, &step); i++) {
		json_object(json, NULL);
		json_str(json, "method", method_name(step.method));
		json_str(json, "name", step.name);
		json_str(json, "outcome", part_outcome_name(step.outcome));
		json_object_end(json);
	}
	json_array_end(json);
}

static void
json_kind(struct json *json, const struct format_row *row,
    enum part_kind kind)
{
	json_object(json, NULL);
	json_str(json, "kind", part_kind_name(kind));
	json_str(json, "comes", row->comes);
	json_str(json, "goes", row->goes);
	json_str(json, "policy_word", format_word(kind));
	json_steps(json, kind);
	json_str(json, "libraries", row->libraries);
	json_array(json, "limits");
	for (unsigned i = 0; i < FORMATS_LIMITS_MAX &&
	    row->limits[i].what != NULL; i++) {
		json_object(json, NULL);
		json_str(json, "what", row->limits[i].what);
		json_u64(json, "most", row->limits[i].most);
		json_object_end(json);
	}
	json_array_end(json);
	json_object_end(json);
}

static enum err
report_json(struct buf *out)
{
	const struct format_row *row;
	struct json json;

	json_init(&json, out);
	json_object(&json, NULL);
	json_array(&json, "formats");
	for (unsigned i = 0; (row = format_row(i)) != NULL; i++)
		for (unsigned k = 0; k < kinds_n(row); k++)
			json_kind(&json, row, row->kinds[k]);
	json_array_end(&json);
	json_object_end(&json);
	return json_end(&json) != OK ? json.err : buf_add_byte(out, '\n');
}

int
cmd_formats(int argc, char **argv)
{
	bool json = false, markdown = false;
	const struct option_row rows[] = {
		{ .name = "json", .flag = &json },
		{ .name = "markdown", .flag = &markdown },
		{ .name = NULL }
	};
	struct buf out;
	int status = options_read(argc, argv, help, rows);

	if (status != -1)
		return status;
	if (optind < argc)
		return usage_error(argv[0], "unexpected '%s'", argv[optind]);
	if (json && markdown)
		return usage_error(argv[0], "--json and --markdown are two "
		    "forms of one table");
	buf_init(&out, OUTPUT_BYTES_MAX);
	status = (json ? report_json(&out) : markdown ?
	    report_markdown(&out) : report_table(&out)) == OK ? EXIT_DONE :
	    EXIT_SYSTEM;
	return output(&out, status);
}
