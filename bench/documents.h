/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_BENCH_DOCUMENTS_H
#define SEKISHO_BENCH_DOCUMENTS_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * bench_documents in pieces: what is measured of one run (documents_run.c),
 * our own ways (documents_ours.c), the floor (documents_floor.c), the table
 * (documents_table.c), and bench_documents.c, which goes through the files.
 */

/* ---- one run ---- */

/* Shared with a child: what it says of itself. */
struct said {
	bool		ok;
	double		ms, cpu_ms;	/* without start and set-up */
	uint64_t	bytes_out;
	unsigned	pages;
};
struct outcome {
	bool		ok;
	bool		late;		/* ended at the limit */
	double		ms;		/* elapsed */
	double		cpu_ms;		/* of all processes */
	double		peak_mb;	/* of the largest process */
	struct said	said;
};

/* Start and end of what said counts. */
void said_start(struct said *said);
void said_end(struct said *said);

/* A function of ours in a child of its own; outcome.ms is what it said. */
typedef void inside_fn(void *arg, struct said *said);
void run_inside(inside_fn *work, void *arg, double limit_s,
    struct outcome *outcome);
/*
 * A script of sh with $1.. from arguments (NULL ends them); ok: status 0.
 * one_core: on the first processor only.
 */
void run_script(const char *script, const char *const *arguments,
    bool one_core, double limit_s, struct outcome *outcome);

/* ---- what is measured ---- */

enum {
	ON_OFFICE = 1,
	ON_PDF = 2,
	ON_PICTURE = 4,
	ON_ZIP = 8,
	ON_ARCHIVE = 16,	/* of other kinds */
	ON_TABLE = 32
};

struct format {
	const char	*name;
	const char	*extensions;	/* of the corpus: " docx docm " */
	const char	*file;		/* or one that was made */
	unsigned	 on;
	int		 task;		/* enum convert_task; 0: whole file */
	const char	*method;	/* in our report */
	unsigned	 policy;	/* 0 rebuild, 1 image */
	bool		 floor;		/* floor_run() has one */
};
struct document {
	char		 path[PATH_MAX];
	uint64_t	 bytes;
	unsigned	 pages;
};

/* What of ours runs on a document: argument of the functions below. */
struct ours {
	const struct format *format;
	struct document	*documents;	/* ours_choose() */
	unsigned	 documents_n, wanted;
	bool		*chosen;	/* shared */
	const char	*path;
	const char	*program;	/* sekisho-sanitize */
};
extern const char ours_rules[];		/* policies rebuild and image */
inside_fn ours_convert;			/* the conversion, no sandbox */
inside_fn ours_running;			/* sekisho-sanitize, already there */
/*
 * Which documents we make safe by the format's method, evenly by size: sets
 * chosen of `wanted` documents (sorted by size), or of fewer.
 */
inside_fn ours_choose;

/* The same bytes decoded and encoded by the library alone; arg: path. */
inside_fn floor_run;

/* ---- the table ---- */

#define FILES_MAX	64
#define ROUNDS_MAX	15
enum who {
	WHO_CONVERT,
	WHO_FLOOR,
	WHO_RUNNING,
	WHO_PROGRAM,
	WHO_ONE_CORE,
	WHO_PEERS,		/* the first of them */
	WHO_N = WHO_PEERS + 8
};
struct sample {
	struct outcome	 rounds[ROUNDS_MAX];
	unsigned	 rounds_n;
};
struct table {
	const struct format *format;
	const char	*names[WHO_N];	/* NULL: not in this table */
	struct document	 documents[FILES_MAX];
	unsigned	 documents_n;
	struct sample	 samples[WHO_N][FILES_MAX];
};
enum form { FORM_TABLE, FORM_TSV };
void table_begin(enum form form);
void table_print(const struct table *table, enum form form);
/* What the goals say of this table: kept, and printed at the end. */
void table_goals(const struct table *table);
void table_end(void);

#endif
