/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sekisho top: the gateway gives sums, two of its answers give rates. How
 * tables fit Japanese names is sekisho_control_show.c's.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "../gateway/base/clock.h"
#include "../gateway/base/durable.h"
#include "../gateway/base/wire.h"
#include "../gateway/proc/row.h"
#include "control.h"
#include "options.h"

#define REFRESH_MS	2000
#define ONCE_MS		1000
#define FIELDS_MAX	8
#define LINES_MIN	10

static const char help_top[] =
    "usage: sekisho top [--once] [--json] [--state DIR]\n"
    "\n"
    "Flows that live, in all and of each rule; packets and bytes a second of\n"
    "each rule and each pair of segments; queues; what the kernel dropped\n"
    "and what was refused, by reason. Anew every 2 seconds, until Ctrl-C.\n"
    "\n"
    "--once   one second's rates, then end\n"
    "\n"
    "A rate is of one second. Rates of a rule are of flows that live: what a\n"
    "flow that ended did in its last seconds is in those of its pair alone.\n"
    "flows_earlier had no packet since rules or cuts changed; they are not in\n"
    "the numbers of the rules.\n"
    "\n"
    "exit status: 0 done, 3 it is a gateway for mail only, 4 the gateway is\n"
    "not running\n";

struct field {
	struct span	name;
	struct span	value;
	bool		number;
};

struct line {
	struct field	fields[FIELDS_MAX];
	unsigned	n;
};

struct arguments {
	struct control_options control;
	bool		once;
};

/* ---- rows ---- */

static bool
next_line(struct wire_reader *reader, struct line *line)
{
	struct row_reader fields;
	struct msg_row fixed;
	struct span tail;

	line->n = 0;
	if (reader->rest.len == 0)
		return false;
	fixed.number = wire_get_u64(reader);
	tail = wire_get_bytes(reader, MSG_TAIL_BYTES_MAX);
	if (reader->bad || row_check(tail) != OK)
		return false;
	row_reader_init(&fields, &fixed, tail);
	while (line->n < FIELDS_MAX && row_next(&fields,
	    &line->fields[line->n].name, &line->fields[line->n].value,
	    &line->fields[line->n].number))
		line->n++;
	return line->n > 0;
}

static uint64_t
number_of(const struct line *line, struct span name)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < line->n; i++)
		if (span_equal(line->fields[i].name, name) &&
		    span_decimal(line->fields[i].value, UINT64_MAX, &value))
			return value;
	return 0;
}

/* Is it known by this field? Other numbers change. */
static bool
is_name(const struct field *field)
{
	return !field->number || span_equal(field->name, SPAN("queue"));
}

static bool
same(const struct line *a, const struct line *b)
{
	if (a->n != b->n)
		return false;
	for (unsigned i = 0; i < a->n; i++) {
		if (!span_equal(a->fields[i].name, b->fields[i].name))
			return false;
		if (is_name(&a->fields[i]) && !span_equal(
		    a->fields[i].value, b->fields[i].value))
			return false;
	}
	return true;
}

static struct line
find(struct span rows, const struct line *wanted)
{
	struct wire_reader reader;
	struct line line;

	wire_reader_init(&reader, rows);
	while (next_line(&reader, &line))
		if (same(&line, wanted))
			return line;
	return (struct line){ .n = 0 };
}

/* ---- rates ---- */

/* Sums of flows that live become less when one ends: that is no rate. */
static uint64_t
per_s(const struct line *now, const struct line *before, struct span name,
    uint64_t ns)
{
	uint64_t a = number_of(before, name), b = number_of(now, name);

	return b <= a || ns == 0 ? 0 : (uint64_t)((double)(b - a) * 1e9 /
	    (double)ns + 0.5);
}

struct rates {
	struct span	 before;	/* rows */
	uint64_t	 ns;
	struct buf	*out;		/* rows */
};

static void
copy_fields(const struct line *line, struct span but, struct row *row)
{
	for (unsigned i = 0; i < line->n; i++) {
		const struct field *f = &line->fields[i];
		char name[32];
		uint64_t value;

		if (f->name.len >= sizeof(name) || span_equal(f->name, but))
			continue;
		memcpy(name, f->name.ptr, f->name.len);
		name[f->name.len] = '\0';
		if (f->number && span_decimal(f->value, UINT64_MAX, &value))
			row_number(row, name, value);
		else
			row_text(row, name, f->value);
	}
}

static enum err
put_line(struct rates *rates, const struct line *now, struct row *row)
{
	static const struct { const char *sum, *rate; } kinds[] = {
		{ "flows_allowed", "new_flow_rate" },
		{ "packets_queued", "queued_rate" },
		{ "packets", "packet_rate" },
		{ "bytes", "byte_rate" },
		{ "total", "rate" },
		{ "dropped_full", "drop_rate" },
	};
	struct line before = find(rates->before, now);
	enum err err;

	row_clear(row);
	copy_fields(now, SPAN("at_ns"), row);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct span sum = span_str(kinds[i].sum);

		for (unsigned k = 0; k < now->n; k++)
			if (span_equal(now->fields[k].name, sum))
				row_number(row, kinds[i].rate,
				    per_s(now, &before, sum, rates->ns));
	}
	err = wire_put_u64(rates->out, row->number);
	return err == OK ? wire_put_bytes(rates->out, buf_span(&row->buf)) :
	    err;
}

static uint64_t
time_of(struct span rows)
{
	struct wire_reader reader;
	struct line line;

	wire_reader_init(&reader, rows);
	return next_line(&reader, &line) ? number_of(&line, SPAN("at_ns")) :
	    0;
}

static enum err
put_rates(struct span before, struct span now, struct buf *out)
{
	struct rates rates = { before, time_of(now) - time_of(before), out };
	struct wire_reader reader;
	struct line line;
	struct row row;
	enum err err = OK;

	row_init(&row);
	wire_reader_init(&reader, now);
	while (err == OK && next_line(&reader, &line))
		err = put_line(&rates, &line, &row);
	row_fini(&row);
	return err == OK && reader.bad ? ERR_INPUT : err;
}

/* ---- screen ---- */

/* As many lines as there are, so that the head does not scroll away. */
static void
cut_to_screen(struct buf *text)
{
	struct winsize size = { 0 };
	unsigned lines = 0;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == -1 ||
	    size.ws_row < LINES_MIN)
		return;
	for (size_t i = 0; i < text->len; i++)
		if (text->ptr[i] == '\n' && ++lines + 1 == size.ws_row) {
			buf_truncate(text, i + 1);
			return;
		}
}

/* The first row is of the whole; the others are tables, even of one row. */
static enum err
show_rows(struct span rows, struct buf *out)
{
	struct wire_reader reader;
	struct line line;
	size_t first;
	enum err err;

	wire_reader_init(&reader, rows);
	(void)next_line(&reader, &line);
	first = rows.len - reader.rest.len;
	err = control_show(span_sub(rows, 0, first), true, out);
	return err == OK ? control_show(span_sub(rows, first, rows.len),
	    false, out) : err;
}

static enum err
show(const struct arguments *a, struct span rows)
{
	bool screen = !a->once && !a->control.json && isatty(STDOUT_FILENO);
	const struct span none = { NULL, 0 };
	struct buf text;
	struct diag diag;
	enum err err;

	buf_init(&text, OUTPUT_BYTES_MAX);
	err = a->control.json ? control_json(rows, none, &text) :
	    show_rows(rows, &text);
	if (screen)
		cut_to_screen(&text);
	else if (err == OK && !a->once && !a->control.json)
		err = buf_add_byte(&text, '\n');
	if (err == OK && screen)
		err = write_all(STDOUT_FILENO, SPAN("\033[H\033[2J"), &diag);
	if (err == OK)
		err = write_all(STDOUT_FILENO, buf_span(&text), &diag);
	buf_fini(&text);
	return err;
}

static void
sleep_ms(unsigned ms)
{
	const struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

	(void)nanosleep(&t, NULL);
}

static int
run(const struct arguments *a)
{
	struct buf before, now, rates;
	int status;

	buf_init(&before, CONTROL_ROWS_BYTES_MAX);
	buf_init(&now, CONTROL_ROWS_BYTES_MAX);
	buf_init(&rates, CONTROL_ROWS_BYTES_MAX);
	status = control_collect("top", &a->control, CONTROL_TOP, &before);
	while (status == EXIT_DONE) {
		struct buf swap = before;

		/* something to see at once, and better rates later */
		sleep_ms(a->once || rates.cap == 0 ? ONCE_MS : REFRESH_MS);
		buf_clear(&now);
		buf_clear(&rates);
		status = control_collect("top", &a->control, CONTROL_TOP,
		    &now);
		if (status == EXIT_DONE && (put_rates(buf_span(&before),
		    buf_span(&now), &rates) != OK ||
		    show(a, buf_span(&rates)) != OK))
			status = EXIT_SYSTEM;
		if (a->once)
			break;
		before = now;
		now = swap;
	}
	buf_fini(&before);
	buf_fini(&now);
	buf_fini(&rates);
	return status;
}

int
cmd_top(int argc, char **argv)
{
	struct arguments a = { .once = false };
	const struct option_row rows[] = {
		{ .name = "once", .flag = &a.once },
		{ .name = "json", .flag = &a.control.json },
		{ .name = "state", .text = &a.control.state },
		{ .name = NULL }
	};
	int status = options_read(argc, argv, help_top, rows);

	if (status != -1)
		return status;
	if (optind < argc)
		return usage_error("top", "unexpected '%s'", argv[optind]);
	control_state(&a.control);
	return run(&a);
}
