/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sekisho metrics: the numbers that SNMP shows, in the text format of
 * Prometheus: one metric per column, texts and indexes of a row as labels.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../gateway/proc/sealed.h"
#include "../gateway/snmp/snapshot.h"
#include "control.h"
#include "options.h"

#define MILLISECONDS	1000	/* of a second */
#define MICROSECONDS	1000000

static const char help_metrics[] =
    "usage: sekisho metrics [--state DIR]\n"
    "\n"
    "All numbers of the gateway as text for Prometheus. For the textfile\n"
    "collector of node_exporter:\n"
    "    sekisho metrics >FILE.tmp && mv FILE.tmp FILE.prom\n"
    "Texts of the gateway as a whole are labels of sekisho_gateway_info.\n"
    "\n"
    "exit status: 0 done, 4 the gateway is not running\n";

/* FromName -> from_name */
static enum err
put_word(struct buf *out, const char *word)
{
	enum err err = OK;

	for (const char *p = word; *p != '\0' && err == OK; p++) {
		uint8_t c = (uint8_t)*p;

		if (p > word && ascii_lower(c) != c)
			err = buf_add_byte(out, '_');
		if (err == OK)
			err = buf_add_byte(out, ascii_lower(c));
	}
	return err;
}

static enum err
put_label(struct buf *out, const char *name, struct span value, bool first)
{
	enum err err = buf_add_str(out, first ? "" : ",");

	if (err == OK)
		err = put_word(out, name);
	if (err == OK)
		err = buf_add_str(out, "=\"");
	for (size_t i = 0; i < value.len && err == OK; i++) {
		uint8_t c = value.ptr[i];

		if (c == '\n')
			err = buf_add_str(out, "\\n");
		else if (c == '"' || c == '\\')
			err = buf_printf(out, "\\%c", c);
		else
			err = buf_add_byte(out, c);
	}
	return err == OK ? buf_add_byte(out, '"') : err;
}

/* Indexes and texts of a row: what it is known by. */
static enum err
put_labels(struct buf *out, const struct snapshot *snapshot, enum mib_id id,
    uint32_t row)
{
	const struct mib_table *table = mib_table(id);
	enum err err = OK;
	bool first = true;
	char number[24];

	for (unsigned i = 0; i < table->columns_n && err == OK; i++) {
		enum mib_type type = table->columns[i].type;
		const struct cell *cell = snapshot_cell(snapshot, id, row, i);

		if (type != MIB_TEXT && type != MIB_INDEX)
			continue;
		if (first)
			err = buf_add_byte(out, '{');
		snprintf(number, sizeof(number), "%llu",
		    (unsigned long long)cell->number);
		if (err == OK)
			err = put_label(out, table->columns[i].name,
			    type == MIB_TEXT ? cell->text : span_str(number),
			    first);
		first = false;
	}
	return err == OK && !first ? buf_add_byte(out, '}') : err;
}

static enum err
put_number(struct buf *out, enum mib_type type, uint64_t number)
{
	switch (type) {
	case MIB_INTEGER:
		return buf_printf(out, " %lld\n", (long long)number);
	case MIB_TICKS:
	case MIB_DATE:
		return buf_printf(out, " %llu.%03llu\n",
		    (unsigned long long)number / 1000,
		    (unsigned long long)number % 1000);
	case MIB_GAUGE32:
	case MIB_COUNTER32:
	case MIB_COUNTER64:
		return buf_printf(out, " %llu\n", (unsigned long long)number);
	case MIB_INDEX:
	case MIB_TEXT:
		break;
	}
	return ERR_INPUT;
}

static enum err
put_name(struct buf *out, const struct mib_table *table,
    const struct mib_column *column)
{
	bool counter = column->type == MIB_COUNTER32 ||
	    column->type == MIB_COUNTER64;
	enum err err = buf_printf(out, "sekisho_%s_", table->name);

	if (err == OK)
		err = put_word(out, column->name);
	return err == OK && counter ? buf_add_str(out, "_total") : err;
}

static enum err
put_column(struct buf *out, const struct snapshot *snapshot, enum mib_id id,
    unsigned i)
{
	const struct mib_table *table = mib_table(id);
	const struct mib_column *column = &table->columns[i];
	bool counter = column->type == MIB_COUNTER32 ||
	    column->type == MIB_COUNTER64;
	enum err err = buf_add_str(out, "# TYPE ");

	if (err == OK)
		err = put_name(out, table, column);
	if (err == OK)
		err = buf_add_str(out, counter ? " counter\n" : " gauge\n");
	for (uint32_t row = 0; row < snapshot->rows[id] && err == OK; row++) {
		err = put_name(out, table, column);
		/* scalars are known by their name alone */
		if (err == OK && table->index_n > 0)
			err = put_labels(out, snapshot, id, row);
		if (err == OK)
			err = put_number(out, column->type, snapshot_cell(
			    snapshot, id, row, i)->number);
	}
	return err;
}

/*
 * Rows that count what is up to a limit, without what the rows before have:
 * as a histogram, whose buckets have all that is smaller, and whose times are
 * in seconds. The last row has no limit. Without rows there is none: a gateway
 * for mail only has no packets to wait for.
 */
static enum err
put_histogram(struct buf *out, const struct snapshot *snapshot,
    enum mib_id id, const char *name, double in_second, uint64_t sum_us)
{
	uint32_t rows = snapshot->rows[id];
	enum err err = rows == 0 ? OK :
	    buf_printf(out, "# TYPE %s histogram\n", name);
	unsigned long long sum = 0;

	for (uint32_t i = 0; i < rows && err == OK; i++) {
		const struct cell *row = snapshot_cell(snapshot, id, i, 0);

		sum += row[2].number;
		if (i + 1 < rows)
			err = buf_printf(out, "%s_bucket{le=\"%g\"} %llu\n",
			    name, (double)row[1].number / in_second, sum);
		else
			err = buf_printf(out, "%s_bucket{le=\"+Inf\"} "
			    "%llu\n", name, sum);
	}
	return err != OK || rows == 0 ? err : buf_printf(out,
	    "%s_sum %llu.%06llu\n%s_count %llu\n", name,
	    (unsigned long long)sum_us / MICROSECONDS,
	    (unsigned long long)sum_us % MICROSECONDS, name, sum);
}

/* A table without the columns that a row is known by. */
static enum err
put_table(struct buf *out, const struct snapshot *snapshot, enum mib_id id)
{
	const struct mib_table *table = mib_table(id);
	enum err err = OK;

	if (id == MIB_SANITIZE_TIMES)
		return put_histogram(out, snapshot, id,
		    "sekisho_sanitize_seconds", MILLISECONDS,
		    snapshot_scalar(snapshot, MIB_SANITIZER, "Microseconds"));
	if (id == MIB_LATENCIES)
		return put_histogram(out, snapshot, id,
		    "sekisho_packet_verdict_seconds", MICROSECONDS,
		    snapshot_scalar(snapshot, MIB_PACKETS,
		    "VerdictMicroseconds"));
	for (unsigned k = 0; k < table->columns_n && err == OK; k++)
		if (table->columns[k].type != MIB_TEXT &&
		    table->columns[k].type != MIB_INDEX)
			err = put_column(out, snapshot, id, k);
	return err;
}

static enum err
put_all(struct buf *out, const struct snapshot *snapshot)
{
	enum err err = buf_add_str(out, "# TYPE sekisho_gateway_info gauge\n"
	    "sekisho_gateway_info");

	if (err == OK)
		err = put_labels(out, snapshot, MIB_GATEWAY, 0);
	if (err == OK)
		err = buf_add_str(out, " 1\n");
	/* the tables of others say nothing that ours do not */
	for (unsigned i = MIB_GATEWAY; i < MIB_N && err == OK; i++)
		err = put_table(out, snapshot, (enum mib_id)i);
	return err;
}

static enum err
read_numbers(int fd, struct buf *out, struct diag *diag)
{
	struct snapshot snapshot;
	struct span bytes;
	enum err err;

	if (fd == -1)
		return diag_set(diag, ERR_INPUT, "the gateway sent none");
	err = sealed_map(fd, SNAPSHOT_BYTES_MAX, &bytes, diag);
	if (err != OK)
		return err;
	err = snapshot_read(&snapshot, bytes);
	if (err == OK) {
		err = put_all(out, &snapshot);
		snapshot_fini(&snapshot);
	}
	sealed_unmap(bytes);
	return err == OK ? OK : diag_set(diag, err,
	    "they are not of this version");
}

int
cmd_metrics(int argc, char **argv)
{
	const struct control_question question = { .verb = CONTROL_METRICS,
	    .fd = -1, .keep_file = true };
	struct control_options options = { .json = false };
	const struct option_row rows[] = {
		{ .name = "state", .text = &options.state },
		{ .name = NULL }
	};
	int status = options_read(argc, argv, help_metrics, rows);
	struct control_answer answer;
	struct diag diag;
	struct buf out;

	if (status != -1)
		return status;
	if (optind < argc)
		return usage_error("metrics", "unexpected '%s'", argv[optind]);
	control_state(&options);
	buf_init(&out, OUTPUT_BYTES_MAX);
	if (!control_get("metrics", &options, &question, &answer)) {
		status = (int)answer.status;
	} else if (read_numbers(answer.file, &out, &diag) != OK) {
		fprintf(stderr, "sekisho metrics: numbers: %s\n", diag.what);
		status = EXIT_SYSTEM;
	} else {
		status = EXIT_DONE;
	}
	control_answer_fini(&answer);
	if (status != EXIT_DONE) {
		buf_fini(&out);
		return status;
	}
	return output(&out, status);
}
