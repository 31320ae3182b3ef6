/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_RULES_AST_INTERNAL_H
#define SEKISHO_RULES_AST_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "../gateway/base/address.h"
#include "../gateway/base/arena.h"
#include "grammar_internal.h"
#include "limits.h"
#include "rules.h"

/*
 * The syntax tree, in the run's arena. It keeps what a person put beside the
 * meaning: comments, blank lines between statements, and line breaks where
 * the grammar lets one choose, so that a printed file is still his own.
 */

/* A piece of a source text. Lines count from 1, offsets are bytes. */
struct place {
	uint32_t	source;
	uint32_t	line;
	uint32_t	offset;
	uint32_t	len;
};

struct comment {
	struct comment	*next;
	struct span	 text;		/* from '#' on */
	bool		 blank_before;
};

/* What stands before and behind a statement, clause or list element. */
struct layout {
	struct comment	*comments;	/* on lines of their own, before it */
	struct comment	*after;		/* on the same line, or NULL */
	bool		 line_before;	/* begins a new line */
	bool		 blank_before;	/* an empty line stands before it */
};

enum value_form {
	FORM_WORD,		/* of a set: number */
	FORM_NAME,		/* refers to (or is) a name: statement */
	FORM_ANY,
	FORM_STRING,		/* text, decoded */
	FORM_ADDRESS,		/* network, of full length */
	FORM_NETWORK,
	FORM_RANGE,		/* network.address to last */
	FORM_MAC,
	FORM_PORTS,		/* number to last_number */
	FORM_NUMBER,		/* number as written, unit */
	FORM_DATE,		/* number: days since 1970 */
	FORM_MAILDIR
};

struct statement;

/*
 * A file of 10,000 rules has 50,000 of them, which are walked through again
 * and again: what no form has together is in one place.
 */
struct value {
	struct value	*next;		/* in a list */
	const struct slot *slot;
	struct place	 place;
	struct layout	 layout;
	enum value_form	 form;
	uint8_t		 unit;		/* index in the number's units */
	struct span	 text;		/* as written; strings: decoded */
	struct statement *statement;	/* NULL: unknown name */
	union {
		struct {		/* ADDRESS, NETWORK, RANGE */
			struct network	 network;
			const struct address *last;	/* of a RANGE */
		};
		struct {		/* WORD, PORTS, NUMBER, DATE */
			uint64_t	 number;
			uint64_t	 last_number;
		};
		uint8_t	mac[6];		/* MAC */
	};
};

struct clause {
	struct clause	*next;
	const struct clause_spec *spec;
	struct place	 place;		/* of its word */
	struct layout	 layout;
	struct value	*values[];	/* by slot of spec; NULL: absent */
};

struct statement {
	struct statement *next;		/* in its source */
	const struct statement_spec *spec;
	struct place	 place;		/* of its word */
	struct layout	 layout;
	struct value	*head[HEAD_SLOTS_MAX];
	struct clause	*clauses;
	struct clause	*settings;
	struct comment	*open_after;	/* behind '{', or NULL */
	struct comment	*end_comments;	/* before '}' */
	bool		 one_line;	/* the block is on one line */
	bool		 broken;	/* a syntax error is in it */
	bool		 used;		/* policy: a route names it */
	uint32_t	 index;		/* among its kind, in file order */
	uint32_t	 sequence;	/* among all statements */
	uint32_t	 included;	/* include: the source, or RULES_NONE */
};

/* A growing array, in the run's arena. */
struct statements {
	struct statement **at;
	uint32_t	 n;
	uint32_t	 max;
};

struct source {
	const char	*file;		/* NUL-terminated */
	struct span	 text;
	struct statement *statements;
	struct comment	*end_comments;
	bool		 active;	/* being read: includes of it loop */
};

struct name {
	struct span	 text;
	struct statement *statement;
};

enum name_table_kind {
	NAMES_PARTIES,		/* segments and hosts */
	NAMES_SERVICES,
	NAMES_POLICIES,
	NAMES_ROUTES,
	NAMES_N
};

/* Sorted by text, then by sequence; the first of a text is found by slots. */
struct name_table {
	struct name	*names;
	uint32_t	 n;
	uint32_t	*slots;		/* by hash: index + 1 */
	uint32_t	 slots_n;	/* a power of two */
};

/* Addresses from low to high, of one family. */
struct span_of_addresses {
	struct address	 low;
	struct address	 high;
};

struct segment_network {
	struct statement *segment;
	struct span_of_addresses span;
	uint8_t		 prefix_len;
};

struct rules_run {
	struct arena	*arena;
	const struct rules_reader *reader;
	uint32_t	 today;
	bool		 renewed;	/* rules_run_renew() */

	struct source	 sources[RULES_SOURCES_MAX];
	uint32_t	 sources_n;
	uint64_t	 text_bytes;
	uint32_t	 statements_n;
	bool		 no_memory;
	bool		 stopped;	/* a limit: read no further */
	uint32_t	 syntax_errors;

	struct rules_finding findings[RULES_FINDINGS_MAX + 1];
	uint32_t	 order[RULES_FINDINGS_MAX + 1];	/* source of each */
	uint32_t	 findings_n;
	uint32_t	 errors;
	bool		 too_many;

	/*
	 * Statements, includes unfolded, in file order: all, those of a kind,
	 * and `allow` with `deny`. Who wants one kind does not touch others:
	 * in a large file each costs a miss of the cache.
	 */
	struct statements all;
	struct statements kinds[ST_KIND_N];
	struct statements flows;
	struct name_table names[NAMES_N];
	struct segment_network *networks;
	uint32_t	 networks_n;
	struct statement *any_segment;	/* the one with `network any` */
};

/* Zeroed memory of the run; NULL sets run->no_memory and run->stopped. */
void *run_alloc(struct rules_run *run, size_t len) MUST_CHECK;
void *run_alloc_array(struct rules_run *run, size_t n, size_t size)
    MUST_CHECK;

/* The first clause (setting) of a kind, or NULL; the next one of its kind. */
const struct clause *clause_find(const struct clause *clauses,
    enum clause_kind kind);
const struct clause *clause_next(const struct clause *clause);
/* The value of slot i of the first clause of a kind, or NULL. */
const struct value *clause_value(const struct clause *clauses,
    enum clause_kind kind, unsigned i);
/* number times its unit, or otherwise when value is NULL. */
uint64_t value_scaled(const struct value *value, uint64_t otherwise);
/* The name or label of a statement, or the empty span. */
struct span statement_name(const struct statement *st);
struct place statement_place(const struct statement *st);

#endif
