/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sekisho matrix [FILE]: who can reach whom by class, as a table of the
 * terminal, as JSON, or as a picture in a file.
 */
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../gateway/base/durable.h"
#include "../gateway/base/json.h"
#include "../gateway/base/utf8.h"
#include "commands.h"
#include "matrix_picture.h"
#include "options.h"
#include "rules_file.h"

static const char help[] =
    "usage: sekisho matrix [--json] [--svg OUT | --html OUT] [FILE]\n"
    "\n"
    "Who can reach whom: for each two segments the classes of which a packet\n"
    "really is let through by the rule file (default\n"
    RULES_FILE_DEFAULT ", - is standard input), and the mail routes.\n"
    "\n"
    "  --svg OUT    write a picture of it, for a report\n"
    "  --html OUT   write a page with the picture and a table\n"
    "  --json       the same as JSON\n"
    "\n"
    "exit status: 0 done, 3 the file has errors, 4 it cannot be read, or OUT\n"
    "cannot be written\n";

#define CELL_COLUMNS_MAX	60u
#define MATRIX_SEGMENTS_MAX	64u

/* ---- the table ---- */

/* Line `line` of a cell as text; false: it has no more. */
static bool
cell_line(const struct rules_matrix *m, uint32_t from, uint32_t to,
    uint32_t line, char *text, size_t size)
{
	for (uint32_t i = 0; i < rules_matrix_reaches(m); i++) {
		const struct rules_reach *r = rules_matrix_reach(m, i);

		if (r->from != from || r->to != to || line-- > 0)
			continue;
		if (r->class == RULES_CLASS_MAIL)
			snprintf(text, size, "mail %.*s", (int)r->route.len,
			    (const char *)r->route.ptr);
		else
			snprintf(text, size, "%s %u/%u",
			    rules_class_name(r->class), r->rules,
			    r->services_n);
		return true;
	}
	snprintf(text, size, "-");
	return false;
}

static size_t
columns_of(const char *text)
{
	return utf8_columns(span_str(text), false);
}

static void
head_text(const struct rules_matrix *m, uint32_t i, char *text, size_t size)
{
	struct rules_segment s;

	rules_matrix_segment(m, i, &s);
	snprintf(text, size, "%.*s (%u)", (int)s.name.len,
	    (const char *)s.name.ptr, s.tier);
}

static enum err
pad(struct buf *out, const char *text, size_t width)
{
	enum err err = buf_add_str(out, text);

	for (size_t n = columns_of(text); n < width && err == OK; n++)
		err = buf_add_byte(out, ' ');
	return err == OK ? buf_add_str(out, "  ") : err;
}

/* Blanks at the end of a line are cut. */
static enum err
end_line(struct buf *out)
{
	while (out->len > 0 && out->ptr[out->len - 1] == ' ')
		out->len--;
	return buf_add_byte(out, '\n');
}

static size_t
column_width(const struct rules_matrix *m, uint32_t to)
{
	char text[256];
	size_t width;

	head_text(m, to, text, sizeof(text));
	width = columns_of(text);
	for (uint32_t from = 0; from < rules_matrix_segments(m); from++)
		for (uint32_t line = 0; cell_line(m, from, to, line, text,
		    sizeof(text)); line++)
			if (columns_of(text) > width)
				width = columns_of(text);
	return width;
}

static enum err
table_row(const struct rules_matrix *m, uint32_t from, const size_t *widths,
    size_t head_width, struct buf *out)
{
	uint32_t n = rules_matrix_segments(m);
	char text[256];
	bool more = true;
	enum err err = OK;

	for (uint32_t line = 0; more && err == OK; line++) {
		more = false;
		head_text(m, from, text, sizeof(text));
		err = pad(out, line == 0 ? text : "", head_width);
		for (uint32_t to = 0; to < n && err == OK; to++) {
			bool has = cell_line(m, from, to, line, text,
			    sizeof(text));

			err = pad(out, has || line == 0 ? text : "",
			    widths[to]);
			more = more || cell_line(m, from, to, line + 1, text,
			    sizeof(text));
		}
		if (err == OK)
			err = end_line(out);
	}
	return err;
}

/* What the numbers of the table count, and which services they are. */
static enum err
list(const struct rules_matrix *m, struct buf *out)
{
	enum err err = buf_add_str(out, "\nclass rules/services; rows are "
	    "sources, (N) is the tier, - all denied\n");

	for (uint32_t i = 0; i < rules_matrix_reaches(m) && err == OK; i++) {
		const struct rules_reach *r = rules_matrix_reach(m, i);
		struct rules_segment from, to;

		if (r->class == RULES_CLASS_MAIL)
			continue;
		rules_matrix_segment(m, r->from, &from);
		rules_matrix_segment(m, r->to, &to);
		err = buf_printf(out, "%.*s -> %.*s, %s:", (int)from.name.len,
		    (const char *)from.name.ptr, (int)to.name.len,
		    (const char *)to.name.ptr, rules_class_name(r->class));
		for (uint32_t k = 0; k < r->services_n && err == OK; k++)
			err = buf_printf(out, "%s %s", k == 0 ? "" : ",",
			    r->services[k]);
		if (err == OK)
			err = buf_add_byte(out, '\n');
	}
	return err;
}

static enum err
report_text(const struct rules_matrix *m, struct buf *out)
{
	size_t widths[MATRIX_SEGMENTS_MAX], head_width = 9;
	uint32_t n = rules_matrix_segments(m);
	char text[256];
	enum err err;

	for (uint32_t i = 0; i < n && i < MATRIX_SEGMENTS_MAX; i++) {
		widths[i] = column_width(m, i);
		head_text(m, i, text, sizeof(text));
		if (columns_of(text) > head_width)
			head_width = columns_of(text);
	}
	err = pad(out, "from \\ to", head_width);
	for (uint32_t i = 0; i < n && err == OK; i++) {
		head_text(m, i, text, sizeof(text));
		err = pad(out, text, widths[i]);
	}
	if (err == OK)
		err = end_line(out);
	for (uint32_t i = 0; i < n && err == OK; i++)
		err = table_row(m, i, widths, head_width, out);
	return err == OK ? list(m, out) : err;
}

/* ---- JSON ---- */

static void
json_reach(struct json *json, const struct rules_matrix *m,
    const struct rules_reach *r)
{
	struct rules_segment from, to;

	rules_matrix_segment(m, r->from, &from);
	rules_matrix_segment(m, r->to, &to);
	json_object(json, NULL);
	json_string(json, "from", from.name);
	json_string(json, "to", to.name);
	json_str(json, "class", rules_class_name(r->class));
	if (r->class == RULES_CLASS_MAIL)
		json_string(json, "route", r->route);
	else {
		json_u64(json, "rules", r->rules);
		json_array(json, "services");
		for (uint32_t i = 0; i < r->services_n; i++)
			json_str(json, NULL, r->services[i]);
		json_array_end(json);
	}
	json_object_end(json);
}

static enum err
report_json(const struct rules_matrix *m, const char *path, struct buf *out)
{
	struct rules_segment s;
	struct json json;

	json_init(&json, out);
	json_object(&json, NULL);
	json_str(&json, "file", path);
	json_array(&json, "segments");
	for (uint32_t i = 0; i < rules_matrix_segments(m); i++) {
		rules_matrix_segment(m, i, &s);
		json_object(&json, NULL);
		json_string(&json, "name", s.name);
		json_u64(&json, "tier", s.tier);
		json_string(&json, "interface", s.interface_name);
		json_object_end(&json);
	}
	json_array_end(&json);
	json_array(&json, "reaches");
	for (uint32_t i = 0; i < rules_matrix_reaches(m); i++)
		json_reach(&json, m, rules_matrix_reach(m, i));
	json_array_end(&json);
	json_object_end(&json);
	if (json_end(&json) != OK)
		return json.err;
	return buf_add_byte(out, '\n');
}

/* ---- the command ---- */

struct wish {
	bool		 json;
	const char	*svg;
	const char	*html;
};

static int
write_picture(const char *path, struct buf *picture)
{
	struct diag diag = { 0 };
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC |
	    O_NOCTTY, 0666);
	enum err err;

	if (fd == -1)
		err = diag_system(&diag, "open");
	else {
		err = write_all(fd, buf_span(picture), &diag);
		if (close(fd) == -1 && err == OK)
			err = diag_system(&diag, "close");
	}
	buf_fini(picture);
	if (err == OK)
		return EXIT_DONE;
	fprintf(stderr, "sekisho matrix: %s: %s\n", path, diag.what);
	return EXIT_SYSTEM;
}

static int
show(const struct rules_matrix *m, const char *path, const struct wish *wish)
{
	const char *to = wish->svg != NULL ? wish->svg : wish->html;
	struct buf out;
	enum err err;

	buf_init(&out, OUTPUT_BYTES_MAX);
	if (wish->svg != NULL)
		err = matrix_svg(m, path, &out);
	else if (wish->html != NULL)
		err = matrix_html(m, path, &out);
	else
		err = wish->json ? report_json(m, path, &out) :
		    report_text(m, &out);
	if (err != OK) {
		buf_fini(&out);
		fprintf(stderr, "sekisho matrix: the answer is too long\n");
		return EXIT_SYSTEM;
	}
	return to != NULL ? write_picture(to, &out) :
	    output(&out, EXIT_DONE);
}

static int
matrix(const char *path, const struct wish *wish)
{
	struct rules_matrix *m = NULL;
	struct rules_file file;
	struct diag diag = { 0 };
	struct buf findings;
	enum err err = rules_file_open(&file, path, &diag);
	int status;

	if (err == OK && rules_run_errors(file.run) > 0) {
		buf_init(&findings, OUTPUT_BYTES_MAX);
		if (rules_file_findings(&file, &findings) == OK)
			fprintf(stderr, "%.*s", (int)findings.len,
			    (const char *)findings.ptr);
		buf_fini(&findings);
	}
	if (err == OK)
		err = rules_matrix_new(file.run, &m, &diag);
	if (err == OK)
		status = show(m, path, wish);
	else {
		fprintf(stderr, "sekisho matrix: %s: %s\n", path, diag.what);
		status = err == ERR_SYSTEM ? EXIT_SYSTEM : EXIT_REFUSED;
	}
	rules_matrix_free(m);
	rules_file_close(&file);
	return status;
}

int
cmd_matrix(int argc, char **argv)
{
	struct wish wish = { false, NULL, NULL };
	const struct option_row rows[] = {
		{ .name = "json", .flag = &wish.json },
		{ .name = "svg", .text = &wish.svg },
		{ .name = "html", .text = &wish.html },
		{ .name = NULL }
	};
	int status = options_read(argc, argv, help, rows);

	if (status != -1)
		return status;
	if (wish.json + (wish.svg != NULL) + (wish.html != NULL) > 1)
		return usage_error("matrix",
		    "one of --json, --svg and --html");
	if (argc - optind > 1)
		return usage_error("matrix", "one file, not %d",
		    argc - optind);
	return matrix(argc > optind ? argv[optind] : RULES_FILE_DEFAULT,
	    &wish);
}
