/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tokens to the syntax tree, driven by the tables of grammar.c.
 *
 * Where a line may end: a statement goes on in lines that begin with a blank
 * (each clause may begin one), a list after a comma, a block between its
 * settings. Anywhere else the end of a line is an error, so that a forgotten
 * word is reported where it is missing. Blocks do not nest: no recursion.
 *
 * After an error the rest of the clause is passed over: to the end of the
 * line in a block, to the end of the statement outside.
 */
#include <string.h>

#include "finding_internal.h"
#include "lexer_internal.h"
#include "parser_internal.h"
#include "value_internal.h"

struct parser {
	struct rules_run *run;
	struct source	*source;
	struct lexer	 lexer;
	struct token	 token;		/* at hand; never a comment or LINE */
	bool		 line_before;	/* it is the first on its line */
	bool		 blank_before;	/* an empty line before it */
	struct token	 line_token;	/* the end of the line before it */
	struct comment	*pending;	/* comments before it */
	struct comment	**pending_last;
	struct comment	*trailing;	/* behind the token before, or NULL */
	struct statement **statements_last;
	const struct clause *first[CL_KIND_N];	/* of the statement at hand */
};

static struct comment *
comment_new(struct parser *p, struct span text, bool blank)
{
	struct comment *comment = run_alloc(p->run, sizeof(*comment));

	if (comment == NULL)
		return NULL;
	comment->text = text;
	comment->blank_before = blank;
	return comment;
}

static void
add_pending(struct parser *p, struct span text, bool blank)
{
	struct comment *comment = comment_new(p, text, blank);

	if (comment == NULL)
		return;
	*p->pending_last = comment;
	p->pending_last = &comment->next;
}

/* To the next token that means something; comments are put by. */
static void
advance(struct parser *p)
{
	unsigned lines = 0;
	struct token token;

	p->line_before = p->blank_before = false;
	for (;;) {
		lexer_next(&p->lexer, &token);
		if (token.kind == TOKEN_LINE) {
			if (lines++ == 0 && !p->line_before)
				p->line_token = token;
			p->line_before = true;
		} else if (token.kind == TOKEN_COMMENT) {
			if (p->line_before || p->token.kind == TOKEN_END)
				add_pending(p, token.text, lines > 1);
			else
				p->trailing = comment_new(p, token.text,
				    false);
			lines = 0;
		} else
			break;
	}
	p->blank_before = lines > 1;
	p->token = token;
	if (p->run->stopped)
		p->token.kind = TOKEN_END;
	if (p->token.kind == TOKEN_END && !p->line_before) {
		p->line_token = p->token;
		p->line_before = true;
	}
}

static struct comment *
take_pending(struct parser *p)
{
	struct comment *comments = p->pending;

	p->pending = NULL;
	p->pending_last = &p->pending;
	return comments;
}

static void
take_trailing(struct parser *p, struct layout *layout)
{
	if (p->trailing != NULL)
		layout->after = p->trailing;
	p->trailing = NULL;
}

static void
layout_before(struct parser *p, struct layout *layout)
{
	layout->line_before = p->line_before;
	layout->blank_before = p->blank_before;
	layout->comments = take_pending(p);
}

static bool
is_literal(const struct parser *p, const struct slot *slot)
{
	return p->token.kind == TOKEN_WORD && !p->line_before &&
	    span_equal(p->token.text, span_str(slot->literal));
}

/* The token at hand, or the end of the line when that came before it. */
static const struct token *
on_line(const struct parser *p)
{
	return p->line_before ? &p->line_token : &p->token;
}

static struct value *
parse_value(struct parser *p, const struct slot *slot, bool may_break)
{
	struct value *value;
	bool unit_follows;

	if (p->line_before && !may_break) {
		value_expected(p->run, slot, &p->line_token);
		return NULL;
	}
	value = run_alloc(p->run, sizeof(*value));
	if (value == NULL)
		return NULL;
	layout_before(p, &value->layout);
	if (!value_parse(p->run, slot, &p->token, value, &unit_follows))
		return NULL;
	advance(p);
	if (unit_follows) {
		if (!value_unit(p->run, on_line(p), value))
			return NULL;
		advance(p);
	}
	take_trailing(p, &value->layout);
	return value;
}

/* One value, or several with commas; NULL: reported. */
static struct value *
parse_list(struct parser *p, const struct slot *slot)
{
	struct value *first = parse_value(p, slot, false), *value = first;

	if (first == NULL || !(slot->flags & SLOT_LIST))
		return first;
	while (p->token.kind == TOKEN_COMMA && !p->line_before) {
		advance(p);
		take_trailing(p, &value->layout);
		value->next = parse_value(p, slot, true);
		if (value->next == NULL)
			return NULL;
		value = value->next;
	}
	return first;
}

static bool
parse_slots(struct parser *p, const struct slot *slots, struct value **values,
    struct layout *layout)
{
	for (unsigned i = 0; slots[i].kind != SLOT_END; i++) {
		const struct slot *slot = &slots[i];
		bool optional = (slot->flags & SLOT_OPTIONAL) != 0;

		if (slot->kind == SLOT_LITERAL) {
			if (is_literal(p, slot)) {
				advance(p);
				take_trailing(p, layout);
			} else if (optional)
				break;
			else {
				value_expected(p->run, slot, on_line(p));
				return false;
			}
			continue;
		}
		if (optional && (p->line_before ||
		    p->token.kind != TOKEN_STRING))
			continue;
		values[i] = parse_list(p, slot);
		if (values[i] == NULL)
			return false;
	}
	return true;
}

/* A literal that could have followed the clause before: "port". */
static void
offer_literals(struct nearest *nearest, const struct clause *before)
{
	if (before == NULL)
		return;
	while (before->next != NULL)
		before = before->next;
	for (unsigned i = 0; before->spec->slots[i].kind != SLOT_END; i++)
		if (before->spec->slots[i].flags & SLOT_OPTIONAL &&
		    before->spec->slots[i].kind == SLOT_LITERAL)
			nearest_offer(nearest,
			    span_str(before->spec->slots[i].literal));
}

static void
unknown_clause(struct parser *p, const struct statement_spec *spec,
    const struct clause_spec *specs, unsigned n, const struct clause *before)
{
	struct nearest nearest;
	const char *hint;

	if (p->token.kind == TOKEN_BAD)
		return;
	if (p->token.kind != TOKEN_WORD) {
		finding_syntax(p->run, p->token.place, NULL,
		    "unexpected '%s' in '%s'",
		    run_quote(p->run, p->token.text), spec->word);
		return;
	}
	nearest_init(&nearest, p->token.text);
	for (unsigned i = 0; i < n; i++)
		nearest_offer(&nearest, span_str(specs[i].word));
	if (!p->line_before)
		offer_literals(&nearest, before);
	hint = nearest_hint(p->run, &nearest);
	if (hint == NULL && n > 0) {
		hint = run_text(p->run, "it knows: %s", specs[0].word);
		for (unsigned i = 1; i < n; i++)
			hint = run_text(p->run, "%s, %s", hint,
			    specs[i].word);
	}
	finding_syntax(p->run, p->token.place, hint, "unknown word '%s' in "
	    "'%s'", run_quote(p->run, p->token.text), spec->word);
}

static void
check_repeated(struct parser *p, const struct clause *clause)
{
	const struct clause *first = p->first[clause->spec->kind];

	if (first == NULL)
		p->first[clause->spec->kind] = clause;
	else if (!(clause->spec->flags & CLAUSE_REPEAT))
		finding_error(p->run, clause->place, run_text(p->run,
		    "the first one is in line %u", first->place.line),
		    "'%s' is given twice", clause->spec->word);
}

/* The clause whose word is at hand; false: reported, the rest is not read. */
static bool
parse_clause(struct parser *p, const struct clause_spec *spec,
    struct clause ***last)
{
	unsigned n = grammar_slots(spec->slots);
	struct clause *clause = run_alloc(p->run, sizeof(*clause) +
	    n * sizeof(clause->values[0]));

	if (clause == NULL)
		return false;
	clause->spec = spec;
	clause->place = p->token.place;
	layout_before(p, &clause->layout);
	advance(p);
	take_trailing(p, &clause->layout);
	if (!parse_slots(p, spec->slots, clause->values, &clause->layout))
		return false;
	check_repeated(p, clause);
	**last = clause;
	*last = &clause->next;
	return true;
}

/*
 * Does a statement begin here? In column 1 each word of a statement does,
 * unless a setting of the open block has the same word ("policy"): then what
 * follows decides, as only the statement has a block.
 */
static bool
begins_statement(const struct parser *p, const struct statement_spec *open)
{
	const struct statement_spec *spec;
	struct lexer ahead = p->lexer;
	struct token name, brace;

	if (p->token.kind != TOKEN_WORD || !p->line_before ||
	    !p->token.at_line_start)
		return false;
	spec = grammar_statement(p->token.text);
	if (spec == NULL || open == NULL || grammar_clause(open->settings,
	    open->settings_n, p->token.text) == NULL)
		return spec != NULL;
	ahead.run = NULL;
	lexer_next(&ahead, &name);
	lexer_next(&ahead, &brace);
	return brace.kind == TOKEN_OPEN;
}

/* After an error in a block: to the next line, or to its end. */
static void
pass_line(struct parser *p)
{
	while (p->token.kind != TOKEN_END && p->token.kind != TOKEN_CLOSE &&
	    !p->line_before)
		advance(p);
}

/* A block in a block is not of the language: over it, to its '}'. */
static void
pass_nested(struct parser *p, const struct statement_spec *open)
{
	while (p->token.kind != TOKEN_END && p->token.kind != TOKEN_CLOSE &&
	    !begins_statement(p, open))
		advance(p);
	if (p->token.kind == TOKEN_CLOSE)
		advance(p);
}

static void
parse_settings(struct parser *p, struct statement *st)
{
	const struct statement_spec *spec = st->spec;
	const struct clause_spec *setting;
	struct clause **last = &st->settings;

	while (p->token.kind != TOKEN_END && p->token.kind != TOKEN_CLOSE) {
		if (begins_statement(p, spec))
			break;
		if (p->line_before)
			st->one_line = false;
		setting = p->token.kind != TOKEN_WORD ? NULL : grammar_clause(
		    spec->settings, spec->settings_n, p->token.text);
		if (setting == NULL)
			unknown_clause(p, spec, spec->settings,
			    spec->settings_n, st->settings);
		else if (parse_clause(p, setting, &last))
			continue;
		st->broken = true;
		if (p->token.kind == TOKEN_OPEN)
			pass_nested(p, spec);
		else if (setting == NULL)
			advance(p);
		pass_line(p);
	}
}

static void
parse_block(struct parser *p, struct statement *st)
{
	struct place open = p->token.place;
	struct layout opened = { 0 };

	if (p->line_before)
		finding_syntax(p->run, p->token.place, run_text(p->run,
		    "put it at the end of the line of '%s'", st->spec->word),
		    "'{' must not begin a line");
	advance(p);
	take_trailing(p, &opened);
	st->open_after = opened.after;
	st->one_line = true;
	parse_settings(p, st);
	if (p->token.kind != TOKEN_CLOSE) {
		if (!p->run->stopped)
			finding_syntax(p->run, open,
			    "close the block with '}'",
			    "this block has no end");
		st->broken = true;
		return;
	}
	if (p->line_before)
		st->one_line = false;
	st->end_comments = take_pending(p);
	if (st->end_comments != NULL)
		st->one_line = false;
	advance(p);
	take_trailing(p, &st->layout);
}

/* May the token at hand belong to the statement that is being read? */
static bool
continues(const struct parser *p, const struct statement_spec *spec)
{
	if (p->token.kind == TOKEN_END || p->token.kind == TOKEN_CLOSE)
		return false;
	if (!p->line_before)
		return true;
	if (p->token.kind == TOKEN_OPEN)
		return spec->settings_n > 0;
	if (p->token.at_line_start)
		return false;
	return p->token.kind != TOKEN_WORD || grammar_clause(spec->clauses,
	    spec->clauses_n, p->token.text) != NULL ||
	    grammar_statement(p->token.text) == NULL;
}

/* After an error outside a block: to the next statement, over a block. */
static void
pass_statement(struct parser *p, bool block)
{
	while (p->token.kind != TOKEN_END) {
		if (p->line_before && p->token.at_line_start &&
		    (!block || begins_statement(p, NULL)) &&
		    p->token.kind != TOKEN_CLOSE)
			break;
		if (p->token.kind == TOKEN_OPEN)
			block = true;
		if (p->token.kind == TOKEN_CLOSE) {
			advance(p);
			if (block || p->line_before)
				break;
			continue;
		}
		advance(p);
	}
	p->trailing = NULL;
}

static bool
is_setting(const struct parser *p, const struct statement_spec *spec)
{
	return p->token.kind == TOKEN_WORD && grammar_clause(spec->settings,
	    spec->settings_n, p->token.text) != NULL;
}

static bool
parse_clauses(struct parser *p, struct statement *st)
{
	const struct statement_spec *spec = st->spec;
	struct clause **last = &st->clauses;

	while (continues(p, spec)) {
		const struct clause_spec *clause;

		if (p->token.kind == TOKEN_OPEN && spec->settings_n > 0)
			return true;
		clause = p->token.kind != TOKEN_WORD ? NULL : grammar_clause(
		    spec->clauses, spec->clauses_n, p->token.text);
		if (clause == NULL && is_setting(p, spec))
			break;
		if (clause == NULL) {
			unknown_clause(p, spec, spec->clauses,
			    spec->clauses_n, st->clauses);
			return false;
		}
		if (!parse_clause(p, clause, &last))
			return false;
	}
	if (spec->settings_n == 0)
		return true;
	finding_syntax(p->run, p->line_before ? p->line_token.place :
	    p->token.place, run_text(p->run, "settings follow: %s ... { ... }",
	    spec->word), "expected '{'");
	return false;
}

static void
check_required(struct parser *p, const struct statement *st,
    const struct clause *clauses, const struct clause_spec *specs, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (!(specs[i].flags & CLAUSE_REQUIRED) ||
		    clause_find(clauses, specs[i].kind) != NULL)
			continue;
		finding_error(p->run, statement_place(st), NULL,
		    "this '%s' has no '%s'", st->spec->word, specs[i].word);
	}
}

static void
parse_statement(struct parser *p, const struct statement_spec *spec)
{
	struct statement *st = run_alloc(p->run, sizeof(*st));

	if (st == NULL)
		return;
	if (++p->run->statements_n > RULES_STATEMENTS_MAX) {
		finding_error(p->run, p->token.place, NULL,
		    "more than %d statements", RULES_STATEMENTS_MAX);
		p->run->stopped = true;
	}
	memset(p->first, 0, sizeof(p->first));
	st->spec = spec;
	st->place = p->token.place;
	st->included = RULES_NONE;
	layout_before(p, &st->layout);
	*p->statements_last = st;
	p->statements_last = &st->next;
	advance(p);
	take_trailing(p, &st->layout);
	if (!parse_slots(p, spec->head, st->head, &st->layout) ||
	    !parse_clauses(p, st)) {
		st->broken = true;
		pass_statement(p, false);
		return;
	}
	if (spec->settings_n > 0)
		parse_block(p, st);
	if (st->broken || p->run->stopped)
		return;
	check_required(p, st, st->clauses, spec->clauses, spec->clauses_n);
	check_required(p, st, st->settings, spec->settings, spec->settings_n);
	if (spec->settings_n > 0 && !p->line_before) {
		finding_syntax(p->run, p->token.place,
		    "begin a new line after '}'", "unexpected '%s'",
		    run_quote(p->run, p->token.text));
		pass_statement(p, false);
	}
}

static void
unknown_statement(struct parser *p)
{
	struct nearest nearest;
	const char *hint;
	bool block;

	if (p->token.kind == TOKEN_WORD) {
		nearest_init(&nearest, p->token.text);
		for (unsigned i = 0; i < ST_KIND_N; i++)
			nearest_offer(&nearest, span_str(grammar[i].word));
		hint = nearest_hint(p->run, &nearest);
		if (hint == NULL) {
			hint = "statements begin with: gateway";
			for (unsigned i = 1; i < ST_KIND_N; i++)
				hint = run_text(p->run, "%s, %s", hint,
				    grammar[i].word);
		}
		finding_syntax(p->run, p->token.place, hint,
		    "unknown statement '%s'",
		    run_quote(p->run, p->token.text));
	} else if (p->token.kind != TOKEN_BAD)
		finding_syntax(p->run, p->token.place, NULL,
		    "expected a statement, found '%s'",
		    run_quote(p->run, p->token.text));
	block = p->token.kind == TOKEN_OPEN;
	advance(p);
	pass_statement(p, block);
}

void
parse_source(struct rules_run *run, uint32_t source)
{
	struct parser parser = { .run = run };
	struct parser *p = &parser;
	const struct statement_spec *spec;

	p->source = &run->sources[source];
	p->pending_last = &p->pending;
	p->statements_last = &p->source->statements;
	p->token.kind = TOKEN_END;	/* nothing is before the first */
	lexer_init(&p->lexer, run, source);
	advance(p);
	p->line_before = true;
	while (p->token.kind != TOKEN_END) {
		spec = p->token.kind == TOKEN_WORD ?
		    grammar_statement(p->token.text) : NULL;
		if (spec == NULL)
			unknown_statement(p);
		else
			parse_statement(p, spec);
	}
	p->source->end_comments = take_pending(p);
}
