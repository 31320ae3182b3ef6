/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The syntax tree: memory of the run and look-up in the tree. */
#include "../gateway/base/checked.h"
#include "ast_internal.h"

void *
run_alloc(struct rules_run *run, size_t len)
{
	void *ptr = arena_alloc(run->arena, len);

	if (ptr == NULL) {
		run->no_memory = true;
		run->stopped = true;
	}
	return ptr;
}

void *
run_alloc_array(struct rules_run *run, size_t n, size_t size)
{
	size_t len;

	if (!size_mul(n == 0 ? 1 : n, size, &len)) {
		run->no_memory = true;
		run->stopped = true;
		return NULL;
	}
	return run_alloc(run, len);
}

const struct clause *
clause_find(const struct clause *clauses, enum clause_kind kind)
{
	for (; clauses != NULL; clauses = clauses->next)
		if (clauses->spec->kind == kind)
			return clauses;
	return NULL;
}

const struct clause *
clause_next(const struct clause *clause)
{
	return clause_find(clause->next, clause->spec->kind);
}

const struct value *
clause_value(const struct clause *clauses, enum clause_kind kind, unsigned i)
{
	const struct clause *clause = clause_find(clauses, kind);

	return clause == NULL ? NULL : clause->values[i];
}

uint64_t
value_scaled(const struct value *value, uint64_t otherwise)
{
	const struct number_spec *spec;

	if (value == NULL)
		return otherwise;
	spec = value->slot->number;
	if (spec->units[0].text == NULL)
		return value->number;
	return value->number * spec->units[value->unit].factor;
}

/* The first head slot that names it: the class of `allow` is before that. */
static const struct value *
name_value(const struct statement *st)
{
	for (unsigned i = 0; i < HEAD_SLOTS_MAX; i++)
		if (st->head[i] != NULL && (st->head[i]->form == FORM_NAME ||
		    st->head[i]->form == FORM_STRING))
			return st->head[i];
	return NULL;
}

struct span
statement_name(const struct statement *st)
{
	const struct value *value = name_value(st);

	return value == NULL ? (struct span){ NULL, 0 } : value->text;
}

struct place
statement_place(const struct statement *st)
{
	const struct value *value = name_value(st);

	return value == NULL ? st->place : value->place;
}
