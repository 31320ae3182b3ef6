/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A run: read a file and what it includes, unfold it to one list of
 * statements in file order, have it checked, and hand out the findings.
 */
#include <stdlib.h>
#include <string.h>

#include "../gateway/base/utf8.h"
#include "finding_internal.h"
#include "parser_internal.h"
#include "prove_internal.h"
#include "run_internal.h"

/* Where in the text a byte is, for findings before there are tokens. */
static struct place
place_at(const struct source *source, uint32_t index, size_t offset)
{
	struct place place = { index, 1, (uint32_t)offset, 1 };

	for (size_t i = 0; i < offset; i++)
		place.line += source->text.ptr[i] == '\n';
	return place;
}

/* False: reported, nothing of it is parsed. */
static bool
text_usable(struct rules_run *run, uint32_t index, struct place from)
{
	struct source *source = &run->sources[index];
	size_t bad;

	run->text_bytes += source->text.len;
	if (run->text_bytes > RULES_TEXT_BYTES_MAX) {
		source->text.len = 0;
		finding_syntax(run, from, "split the rules over several "
		    "gateways, or use networks instead of single addresses",
		    "the rules are larger than %u MB",
		    RULES_TEXT_BYTES_MAX >> 20);
		run->stopped = true;
		return false;
	}
	bad = utf8_check(source->text);
	if (bad == source->text.len)
		return true;
	finding_syntax(run, place_at(source, index, bad),
	    "save the file as UTF-8 (it may be Shift_JIS now)",
	    "the file is not valid UTF-8: byte 0x%02x", source->text.ptr[bad]);
	return false;
}

static struct source *
source_new(struct rules_run *run, const char *file, struct span text)
{
	struct source *source = &run->sources[run->sources_n++];

	source->file = file;
	source->text = text;
	return source;
}

/* path, seen from the folder of file; NULL: out of memory. */
static const char *
resolve_path(struct rules_run *run, const char *file, struct span path)
{
	const char *slash = strrchr(file, '/');
	size_t dir = slash == NULL || path.ptr[0] == '/' ? 0 :
	    (size_t)(slash - file) + 1;
	char *resolved = run_alloc(run, dir + path.len + 1);

	if (resolved == NULL)
		return NULL;
	memcpy(resolved, file, dir);
	memcpy(resolved + dir, path.ptr, path.len);
	return resolved;
}

/* Parse the file of an include statement; its source becomes `included`. */
static void
include(struct rules_run *run, struct statement *st, unsigned depth)
{
	const struct value *value = st->head[0];
	const char *path;
	struct span text;
	struct diag diag = { 0 };

	path = resolve_path(run, run->sources[st->place.source].file,
	    value->text);
	if (path == NULL)
		return;
	for (uint32_t i = 0; i < run->sources_n; i++) {
		if (strcmp(run->sources[i].file, path) != 0)
			continue;
		finding_error(run, value->place, NULL,
		    run->sources[i].active ? "'%s' includes itself" :
		    "'%s' is included already", path);
		return;
	}
	if (depth > RULES_DEPTH_MAX || run->sources_n == RULES_SOURCES_MAX) {
		finding_error(run, value->place, NULL, depth > RULES_DEPTH_MAX ?
		    "more than %d files deep in includes" :
		    "more than %d files", depth > RULES_DEPTH_MAX ?
		    RULES_DEPTH_MAX : RULES_SOURCES_MAX);
		return;
	}
	if (run->reader == NULL) {
		finding_error(run, value->place, NULL,
		    "'include' is not possible here");
		return;
	}
	if (run->reader->read(run->reader->arg, path, &text, &diag) != OK) {
		finding_error(run, value->place, NULL, "cannot read '%s': %s",
		    path, diag.what);
		return;
	}
	st->included = run->sources_n;
	source_new(run, path, text);
	if (text_usable(run, st->included, value->place))
		parse_source(run, st->included);
}

static void
statements_add(struct rules_run *run, struct statements *to,
    struct statement *st)
{
	struct statement **at;
	uint32_t max = to->max == 0 ? 64 : to->max * 2;

	if (to->n == to->max) {
		at = run_alloc_array(run, max, sizeof(*at));
		if (at == NULL)
			return;
		if (to->n > 0)
			memcpy(at, to->at, to->n * sizeof(*at));
		to->at = at;
		to->max = max;
	}
	to->at[to->n++] = st;
}

static void
unfold(struct rules_run *run, struct statement *st)
{
	enum statement_kind kind = st->spec->kind;

	st->sequence = run->all.n;
	st->index = run->kinds[kind].n;
	statements_add(run, &run->all, st);
	statements_add(run, &run->kinds[kind], st);
	if (kind == ST_ALLOW || kind == ST_DENY)
		statements_add(run, &run->flows, st);
}

/*
 * Follow the includes, depth first, with a stack of RULES_DEPTH_MAX + 1
 * statement pointers, and unfold the statements.
 */
static void
read_all(struct rules_run *run)
{
	struct statement *stack[RULES_DEPTH_MAX + 1];
	uint32_t sources[RULES_DEPTH_MAX + 1] = { 0 };
	unsigned depth = 0;

	stack[0] = run->sources[0].statements;
	run->sources[0].active = true;
	for (;;) {
		struct statement *st = stack[depth];

		if (st == NULL) {
			run->sources[sources[depth]].active = false;
			if (depth-- == 0)
				break;
			continue;
		}
		stack[depth] = st->next;
		unfold(run, st);
		if (st->spec->kind != ST_INCLUDE || st->broken ||
		    run->stopped)
			continue;
		include(run, st, depth + 1);
		if (st->included == RULES_NONE)
			continue;
		depth++;
		sources[depth] = st->included;
		stack[depth] = run->sources[st->included].statements;
		run->sources[st->included].active = true;
	}
}

static struct rules_run *
run_new(const char *file, struct span text, const struct rules_reader *reader,
    uint32_t today, bool renewed)
{
	const struct place start = { 0, 1, 0, 1 };
	struct arena *arena = arena_new(RULES_MEMORY_BYTES_MAX);
	struct rules_run *run;

	if (arena == NULL)
		return NULL;
	run = arena_alloc(arena, sizeof(*run));
	if (run == NULL) {
		arena_free(arena);
		return NULL;
	}
	run->arena = arena;
	run->reader = reader;
	run->today = today;
	run->renewed = renewed;
	source_new(run, run_text(run, "%s", file), text);
	if (text_usable(run, 0, start))
		parse_source(run, 0);
	read_all(run);
	if (!run->stopped)
		check_run(run);
	if (!run->stopped && run->errors == 0)
		check_meaning(run);
	if (run->no_memory) {
		run->syntax_errors++;
		run->no_memory = false;
		run->too_many = false;
		finding_error(run, start, NULL,
		    "the rules need more memory than there is");
	}
	findings_sort(run);
	return run;
}

struct rules_run *
rules_run_new(const char *file, struct span text,
    const struct rules_reader *reader, uint32_t today)
{
	return run_new(file, text, reader, today, false);
}

struct rules_run *
rules_run_renew(const char *file, struct span text,
    const struct rules_reader *reader, uint32_t today)
{
	return run_new(file, text, reader, today, true);
}

void
rules_run_free(struct rules_run *run)
{
	if (run != NULL)
		arena_free(run->arena);
}

uint32_t
rules_run_errors(const struct rules_run *run)
{
	return run->errors;
}

bool
rules_run_broken(const struct rules_run *run)
{
	return run->syntax_errors > 0;
}

uint32_t
rules_run_findings(const struct rules_run *run)
{
	return run->findings_n;
}

const struct rules_finding *
rules_run_finding(const struct rules_run *run, uint32_t i)
{
	require(i < run->findings_n);
	return &run->findings[i];
}
