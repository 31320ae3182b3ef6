/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sekisho capture: what the gateway keeps of refused packets, flows and
 * scans. It reads the files in the state folder and does not ask the gateway:
 * evidence is there after it has stopped, too.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../gateway/base/wire.h"
#include "../gateway/proc/row.h"
#include "capture.h"
#include "control.h"
#include "options.h"

#define LAST_DEFAULT	100
#define LAST_MAX	1000000

static const char help[] =
    "usage: sekisho capture list [--json] [--state DIR]\n"
    "       sekisho capture show [FILE] [--last N] [--json] [--state DIR]\n"
    "       sekisho capture flows [--last N] [--json] [--state DIR]\n"
    "       sekisho capture alarms [--last N] [--json] [--state DIR]\n"
    "\n"
    "What the packet path keeps: a sample of the packets that it refused,\n"
    "as capture files with an index, each flow that ended, and alarms of\n"
    "scans from inside.\n"
    "\n"
    "  list    the capture files (tcpdump reads them)\n"
    "  show    refused packets: rule, reason, addresses; of FILE, or all\n"
    "  flows   flows that ended: bytes both ways, rule\n"
    "  alarms  scans\n"
    "  --last N   that many lines, the newest (100)\n"
    "\n"
    "exit status: 0 done, 1 there is no such file, 4 the folder cannot be\n"
    "read: only root can\n";

struct options {
	bool		 json;
	const char	*state;
	uint64_t	 last;
};

struct reading {
	int		 dir;
	struct capture_names names;
	struct buf	 text;
	struct capture_line line;
	struct row	 row;
	struct buf	 rows;
};

/* ---- rows ---- */

static enum err
put_row(struct reading *r)
{
	enum err err = wire_put_u64(&r->rows, row_fixed(&r->row).number);

	return err == OK ? wire_put_bytes(&r->rows, buf_span(&r->row.buf)) :
	    err;
}

static void
copy(struct reading *r, const char *name)
{
	struct span value = capture_field(&r->line, name);
	uint64_t number;

	if (span_decimal(value, UINT64_MAX, &number))
		row_number(&r->row, name, number);
	else
		row_text(&r->row, name, value);
}

/* "10.20.1.5:443", "[2001:db8::1]:443", "10.20.1.5" */
static void
copy_end(struct reading *r, const char *name, const char *port_name)
{
	struct span address = capture_field(&r->line, name);
	struct span port = capture_field(&r->line, port_name);
	bool six = span_find_byte(address, ':') < address.len;
	char text[80];

	snprintf(text, sizeof(text), six && port.len > 0 ? "[%.*s]%s%.*s" :
	    "%.*s%s%.*s", (int)address.len, (const char *)address.ptr,
	    port.len > 0 ? ":" : "", (int)port.len, (const char *)port.ptr);
	row_str(&r->row, name, text);
}

static void
row_refused(struct reading *r)
{
	copy(r, "time_ms");
	copy_end(r, "src", "src_port");
	copy_end(r, "dst", "dst_port");
	copy(r, "protocol");
	copy(r, "reason");
	copy(r, "missed");
	copy(r, "rule");
	copy(r, "name");
}

static void
row_flow(struct reading *r)
{
	struct span ms = capture_field(&r->line, "duration_ms");
	uint64_t n = 0;

	copy(r, "start_ms");
	(void)span_decimal(ms, UINT64_MAX, &n);
	row_number(&r->row, "duration_s", (n + 999) / 1000);
	copy_end(r, "src", "src_port");
	copy_end(r, "dst", "dst_port");
	copy(r, "protocol");
	copy(r, "bytes_there");
	copy(r, "bytes_back");
	copy(r, "cut");
	copy(r, "rule");
	copy(r, "name");
}

static void
row_alarm(struct reading *r)
{
	copy(r, "time_ms");
	copy(r, "alarm");
	copy(r, "in");
	copy(r, "src");
	copy(r, "targets");
	copy(r, "window_ms");
}

static void
row_all(struct reading *r)
{
	for (unsigned i = 0; i < r->line.n; i++)
		copy(r, r->line.fields[i].name);
}

/* ---- lines of files ---- */

static uint64_t
count_lines(struct span text)
{
	uint64_t n = 0;

	for (size_t i = 0; i < text.len; i++)
		n += text.ptr[i] == '\n';
	return n;
}

/* Those behind the first `before`; it is counted down. */
static enum err
take_lines(struct reading *r, uint64_t *before,
    void (*make)(struct reading *))
{
	struct span rest = buf_span(&r->text), line;
	enum err err = OK;

	/* what has no newline is still being written */
	while (err == OK && span_cut(&rest, '\n', &line)) {
		if (*before > 0) {
			(*before)--;
			continue;
		}
		if (!capture_line(line, &r->line))
			continue;
		row_clear(&r->row);
		make(r);
		err = put_row(r);
	}
	return err;
}

static enum err
read_all(struct reading *r, uint64_t last, void (*make)(struct reading *))
{
	uint64_t lines = 0, before;
	enum err err = OK;

	for (unsigned i = 0; i < r->names.n; i++)
		if (capture_read(r->dir, r->names.stems[i], &r->text) == OK)
			lines += count_lines(buf_span(&r->text));
	before = lines > last ? lines - last : 0;
	for (unsigned i = 0; i < r->names.n && err == OK; i++)
		if (capture_read(r->dir, r->names.stems[i], &r->text) == OK)
			err = take_lines(r, &before, make);
	return err;
}

/* ---- list ---- */

/* The time of the first or last whole line. */
static void
put_time(struct reading *r, const char *name, bool last)
{
	struct span rest = buf_span(&r->text), line;
	uint64_t ms = 0, one;

	while (span_cut(&rest, '\n', &line)) {
		if (!capture_line(line, &r->line) || !span_decimal(
		    capture_field(&r->line, "time_ms"), UINT64_MAX, &one))
			continue;
		ms = one;
		if (!last)
			break;
	}
	row_number(&r->row, name, ms);
}

static enum err
read_list(struct reading *r)
{
	char name[CAPTURE_NAME_BYTES + 8];
	enum err err = OK;
	struct stat st;

	for (unsigned i = 0; i < r->names.n && err == OK; i++) {
		snprintf(name, sizeof(name), "%s.pcap", r->names.stems[i]);
		if (fstatat(r->dir, name, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
		    capture_read(r->dir, r->names.stems[i], &r->text) != OK)
			continue;
		row_clear(&r->row);
		row_str(&r->row, "file", name);
		put_time(r, "first_ms", false);
		put_time(r, "last_ms", true);
		row_number(&r->row, "packets",
		    count_lines(buf_span(&r->text)));
		row_number(&r->row, "bytes", (uint64_t)st.st_size);
		err = put_row(r);
	}
	return err;
}

/* ---- the command ---- */

static int
parse(int argc, char **argv, struct options *options)
{
	struct control_options control = { .json = false };
	const char *last = NULL;
	const struct option_row rows[] = {
		{ .name = "last", .letter = 'n', .text = &last },
		{ .name = "json", .flag = &control.json },
		{ .name = "state", .text = &control.state },
		{ .name = NULL }
	};
	int status = options_read(argc, argv, help, rows);

	if (status != -1)
		return status;
	*options = (struct options){ .last = LAST_DEFAULT };
	if (last != NULL && !span_decimal(span_str(last), LAST_MAX,
	    &options->last))
		return usage_error("capture", "'%s' is not a number up to %d",
		    last, LAST_MAX);
	control_state(&control);
	options->json = control.json;
	options->state = control.state;
	return -1;
}

/* Keep the one that was asked for. */
static bool
choose(struct reading *r, const char *file)
{
	const char *slash = strrchr(file, '/');
	const char *name = slash == NULL ? file : slash + 1;

	for (unsigned i = 0; i < r->names.n; i++)
		if (capture_name_compare(r->names.stems[i], name) == 0) {
			memmove(r->names.stems[0], r->names.stems[i],
			    CAPTURE_NAME_BYTES);
			r->names.n = 1;
			return true;
		}
	fprintf(stderr, "sekisho capture: there is no '%s'\n", file);
	return false;
}

static int
show(struct reading *r, enum err err, bool json)
{
	struct buf out;

	buf_init(&out, OUTPUT_BYTES_MAX);
	if (err == OK)
		err = json ? control_json(buf_span(&r->rows),
		    (struct span){ NULL, 0 }, &out) :
		    control_show(buf_span(&r->rows), false, &out);
	if (err != OK) {
		fprintf(stderr, "sekisho capture: %s\n", err_name(err));
		buf_fini(&out);
		return EXIT_SYSTEM;
	}
	return output(&out, EXIT_DONE);
}

static int
run(struct reading *r, const char *what, const char *file,
    const struct options *options)
{
	bool flows = strcmp(what, "flows") == 0;
	bool alarms = strcmp(what, "alarms") == 0;
	enum err err;

	if (!capture_names(r->dir, flows ? "flows" : alarms ? "alarms" :
	    "refused", &r->names))
		return EXIT_SYSTEM;
	if (file != NULL && !choose(r, file))
		return EXIT_NO;
	if (strcmp(what, "list") == 0)
		err = read_list(r);
	else
		err = read_all(r, options->last, options->json ? row_all :
		    flows ? row_flow : alarms ? row_alarm : row_refused);
	return show(r, err, options->json);
}

int
cmd_capture(int argc, char **argv)
{
	static struct reading r;
	struct options options;
	const char *what, *file = NULL;
	int status = parse(argc, argv, &options);

	if (status != -1)
		return status;
	what = optind < argc ? argv[optind++] : "";
	if (strcmp(what, "list") != 0 && strcmp(what, "show") != 0 &&
	    strcmp(what, "flows") != 0 && strcmp(what, "alarms") != 0)
		return usage_error("capture", "list, show, flows or alarms?");
	if (optind < argc && strcmp(what, "show") == 0)
		file = argv[optind++];
	if (optind < argc)
		return usage_error("capture", "unexpected '%s'",
		    argv[optind]);
	r.dir = capture_open(options.state);
	if (r.dir == -1)
		return EXIT_SYSTEM;
	buf_init(&r.text, CAPTURE_READ_BYTES_MAX);
	buf_init(&r.line.bytes, CAPTURE_LINE_BYTES_MAX);
	buf_init(&r.line.part, CAPTURE_LINE_BYTES_MAX);
	buf_init(&r.rows, CONTROL_ROWS_BYTES_MAX);
	row_init(&r.row);
	status = run(&r, what, file, &options);
	row_fini(&r.row);
	buf_fini(&r.rows);
	buf_fini(&r.line.part);
	buf_fini(&r.line.bytes);
	buf_fini(&r.text);
	close(r.dir);
	return status;
}
