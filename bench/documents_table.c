/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of the bench of documents: of each file the median of its rounds;
 * over the files their sum, the median and the 99th percentile. Comparisons
 * are over the files that both sides have done.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "documents.h"

#define GOALS_MAX	40

struct row {
	unsigned	files, failures;
	double		bytes, ms_sum, ms_p50, ms_p99, cpu_p50, peak_mb;
	double		cpu_sum, pages, bytes_out;
	bool		late;		/* some were ended at the limit */
};

static char goals[GOALS_MAX][120];
static unsigned goals_n;

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
percentile(double *values, unsigned n, unsigned percent)
{
	if (n == 0)
		return 0;
	qsort(values, n, sizeof(*values), by_size);
	if (percent == 50 && n % 2 == 0)
		return (values[n / 2 - 1] + values[n / 2]) / 2;
	return values[(n * percent + 99) / 100 - 1];
}

/* A file counts where none of its rounds failed; one at the limit counts. */
static bool
was_done(const struct sample *s)
{
	for (unsigned i = 0; i < s->rounds_n; i++)
		if (!s->rounds[i].ok && !s->rounds[i].late)
			return false;
	return s->rounds_n > 0;
}

static double
median(const struct sample *s, bool cpu)
{
	double values[ROUNDS_MAX];

	for (unsigned i = 0; i < s->rounds_n; i++)
		values[i] = cpu ? s->rounds[i].cpu_ms : s->rounds[i].ms;
	return percentile(values, s->rounds_n, 50);
}

static void
sum_up(const struct table *t, enum who who, struct row *row)
{
	double ms[FILES_MAX], cpu[FILES_MAX];

	*row = (struct row){ 0 };
	for (unsigned i = 0; i < t->documents_n; i++) {
		const struct sample *s = &t->samples[who][i];
		unsigned n = row->files;

		if (!was_done(s)) {
			row->failures += s->rounds_n > 0;
			continue;
		}
		ms[n] = median(s, false);
		cpu[n] = median(s, true);
		row->ms_sum += ms[n];
		row->cpu_sum += cpu[n];
		row->bytes += (double)t->documents[i].bytes;
		row->pages += t->documents[i].pages;
		row->bytes_out += (double)s->rounds[0].said.bytes_out;
		for (unsigned r = 0; r < s->rounds_n; r++) {
			row->late |= s->rounds[r].late;
			if (s->rounds[r].peak_mb > row->peak_mb)
				row->peak_mb = s->rounds[r].peak_mb;
		}
		row->files++;
	}
	row->ms_p50 = percentile(ms, row->files, 50);
	row->ms_p99 = percentile(ms, row->files, 99);
	row->cpu_p50 = percentile(cpu, row->files, 50);
}

/*
 * How many times as long a takes as b, over the same files; 0: none. What
 * runs in one process of ours is compared by its processor time, which other
 * work on the machine disturbs less.
 */
static double
times(const struct table *t, enum who a, enum who b, bool *at_least)
{
	bool cpu = a == WHO_CONVERT && b == WHO_FLOOR;
	double sum_a = 0, sum_b = 0;

	*at_least = false;
	if (t->names[a] == NULL || t->names[b] == NULL)
		return 0;
	for (unsigned i = 0; i < t->documents_n; i++) {
		const struct sample *x = &t->samples[a][i];
		const struct sample *y = &t->samples[b][i];

		if (!was_done(x) || !was_done(y))
			continue;
		sum_a += median(x, cpu);
		sum_b += median(y, cpu);
		*at_least |= x->rounds[0].late;
	}
	return sum_b > 0 ? sum_a / sum_b : 0;
}

/* With what a row is compared. */
static enum who
beside(enum who who)
{
	switch (who) {
	case WHO_CONVERT:
		return WHO_FLOOR;
	case WHO_RUNNING:
	case WHO_FLOOR:
		return WHO_N;
	case WHO_PROGRAM:
		return WHO_ONE_CORE;
	default:
		return WHO_PROGRAM;
	}
}

static void
remark(const struct table *t, enum who who, const struct row *row,
    char *text, size_t size)
{
	static const char *const of[] = { [WHO_FLOOR] = "the floor",
		[WHO_ONE_CORE] = "one core", [WHO_PROGRAM] = "ours" };
	enum who other = beside(who);
	bool at_least = false;
	double x = other == WHO_N ? 0 : times(t, who, other, &at_least);
	int n = 0;

	text[0] = '\0';
	if (x > 0)
		n = snprintf(text, size, "%s%.*f x %s", at_least ?
		    "over " : "", x < 10 ? 2 : 1, x, of[other]);
	if (who != WHO_RUNNING || row->pages == 0 || row->ms_sum == 0)
		return;
	snprintf(text + n, size - (size_t)n, "%s%.1f pages/s, %.0f KB a page",
	    n > 0 ? ", " : "", row->pages * 1000 / row->ms_sum,
	    row->bytes_out / 1000 / row->pages);
}

void
table_begin(enum form form)
{
	if (form == FORM_TSV) {
		printf("format\twho\tfiles\tfailed\tbytes\tfiles_per_s\t"
		    "mb_per_s\tms_p50\tms_p99\tcpu_ms_p50\tpeak_mb\tpages\t"
		    "bytes_out\tlate\ttimes\tof\n");
		return;
	}
	printf("%-23s %-24s %5s %6s %9s %9s %9s %9s %9s %8s  %s\n", "format",
	    "who", "files", "failed", "files/s", "MB/s", "ms p50", "ms p99",
	    "CPU ms", "peak MB", "beside");
}

void
table_print(const struct table *t, enum form form)
{
	char text[120];
	struct row row;
	bool at_least;

	for (enum who who = 0; who < WHO_N; who++) {
		enum who other = beside(who);

		if (t->names[who] == NULL)
			continue;
		sum_up(t, who, &row);
		if (form == FORM_TSV) {
			printf("%s\t%s\t%u\t%u\t%.0f\t%.2f\t%.2f\t%.2f\t%.2f\t"
			    "%.2f\t%.1f\t%.0f\t%.0f\t%d\t%.3f\t%s\n",
			    t->format->name, t->names[who], row.files,
			    row.failures, row.bytes, row.ms_sum > 0 ?
			    row.files * 1000 / row.ms_sum : 0, row.ms_sum > 0 ?
			    row.bytes / 1000 / row.ms_sum : 0, row.ms_p50,
			    row.ms_p99, row.cpu_p50, row.peak_mb, row.pages,
			    row.bytes_out, row.late, other == WHO_N ? 0 :
			    times(t, who, other, &at_least), other == WHO_N ||
			    t->names[other] == NULL ? "" : t->names[other]);
			continue;
		}
		remark(t, who, &row, text, sizeof(text));
		if (row.files == 0)
			printf("%-23s %-24s %5u %6u\n", t->format->name,
			    t->names[who], row.files, row.failures);
		else
			printf("%-23s %-24s %5u %6u %9.1f %9.2f %9.1f %9.1f "
			    "%9.1f %8.1f  %s\n", t->format->name,
			    t->names[who], row.files, row.failures,
			    row.files * 1000 / row.ms_sum,
			    row.bytes / 1000 / row.ms_sum, row.ms_p50,
			    row.ms_p99, row.cpu_p50, row.peak_mb, text);
	}
	fflush(stdout);
}

/* ---- goals ---- */

/* open: more than was measured, and that is not enough to say. */
static void
goal(const struct table *t, const char *what, double have, bool more,
    bool most, double bar)
{
	bool met = most ? have <= bar : have >= bar;

	if (have <= 0 || goals_n == GOALS_MAX)
		return;
	snprintf(goals[goals_n++], sizeof(goals[0]),
	    "%-7s %-23s %-26s %5s %9.2f, goal %s %g",
	    met ? "met" : more ? "open" : "MISSED", t->format->name, what,
	    more ? "over" : "", have, most ? "at most" : "at least", bar);
}

/* a must take so many times as long as b. */
static void
goal_times(const struct table *t, const char *what, enum who a, enum who b,
    double bar)
{
	bool at_least;
	double have = times(t, a, b, &at_least);

	goal(t, what, have, at_least, false, bar);
}

void
table_goals(const struct table *t)
{
	unsigned on = t->format->on;
	enum who mat2 = WHO_PEERS;
	bool at_least;
	struct row row;

	sum_up(t, WHO_RUNNING, &row);
	if (on & ON_OFFICE)
		goal(t, "conversion / floor", times(t, WHO_CONVERT,
		    WHO_FLOOR, &at_least), false, true, 1.5);
	if (on & (ON_OFFICE | ON_PDF) && t->format->policy == 0) {
		goal_times(t, "mat2 / sekisho sanitize", mat2, WHO_PROGRAM,
		    20);
		goal_times(t, "mat2 / sanitizer running", mat2, WHO_RUNNING,
		    20);
	}
	if (on & ON_PDF && t->format->policy == 0 && row.ms_sum > 0)
		goal(t, "pages/s", row.pages * 1000 / row.ms_sum, false,
		    false, 60);
	if (on & ON_PDF && t->format->policy == 1 && row.cpu_sum > 0) {
		goal(t, "pages/s of one core", row.pages * 1000 /
		    row.cpu_sum, false, false, 40);
		goal(t, "KB a page", row.bytes_out / 1000 / row.pages,
		    false, true, 120);
	}
	if (on & ON_PICTURE && t->format->file != NULL) {
		sum_up(t, WHO_CONVERT, &row);
		goal(t, "conversion, ms of CPU", row.cpu_p50, false, true,
		    200);
	}
	goal_times(t, "one core / all cores", WHO_ONE_CORE, WHO_PROGRAM, 1.5);
}

void
table_end(void)
{
	for (unsigned i = 0; i < goals_n; i++)
		printf("# %s\n", goals[i]);
}
