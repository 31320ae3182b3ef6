/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Canonical text of the file that the run began with; its includes stay
 * `include` lines. Words and values have one spelling, blanks are ours;
 * comments, empty lines and the choice of lines are the writer's.
 *
 * Statements of one kind that follow each other stand in columns, and so do
 * the comments behind them. Each such group is formatted three times into the
 * same place: to measure the columns, to find the column of the comments, to
 * stay. That keeps one piece of code for all three.
 */
#include "../gateway/base/utf8.h"
#include "ast_internal.h"
#include "value_internal.h"

#define COLUMNS_MAX	8
/* Wider cells (lines with comments) do not push the others to the right. */
#define CELL_WIDTH_MAX	64
#define COMMENT_COLUMN_MAX 100
#define INDENT		4
#define INDENT_LIST	8

enum pass { PASS_COLUMNS, PASS_COMMENTS, PASS_KEEP };

struct printer {
	struct buf	*out;
	enum err	 err;
	enum pass	 pass;
	size_t		 line_at;	/* where the line begins in out */
	size_t		 cell_at;	/* where the column begins */
	unsigned	 column;
	bool		 columns;	/* still in the first line */
	size_t		 widths[COLUMNS_MAX];
	size_t		 comment_column;
};

static void
put(struct printer *p, struct span s)
{
	if (p->err == OK)
		p->err = buf_add(p->out, s);
}

static void
put_str(struct printer *p, const char *s)
{
	put(p, span_str(s));
}

static void
put_blanks(struct printer *p, size_t n)
{
	while (n-- > 0)
		put(p, SPAN(" "));
}

static size_t
columns_since(const struct printer *p, size_t at)
{
	return utf8_columns(span_sub(buf_span(p->out), at, p->out->len),
	    false);
}

static void
end_line(struct printer *p)
{
	put(p, SPAN("\n"));
	p->line_at = p->out->len;
	p->columns = false;
}

/* The blank between two words, or the blanks up to the next column. */
static void
gap(struct printer *p, bool tab)
{
	size_t width;

	if (tab && p->columns && p->column < COLUMNS_MAX) {
		width = columns_since(p, p->cell_at);
		if (p->pass == PASS_COLUMNS && width <= CELL_WIDTH_MAX &&
		    width > p->widths[p->column])
			p->widths[p->column] = width;
		if (p->pass != PASS_COLUMNS && width < p->widths[p->column])
			put_blanks(p, p->widths[p->column] - width);
		p->column++;
		put(p, SPAN(" "));
		p->cell_at = p->out->len;
	} else
		put(p, SPAN(" "));
}

static void
put_after(struct printer *p, const struct comment *comment)
{
	size_t width = columns_since(p, p->line_at) + 2;

	if (comment == NULL)
		return;
	if (p->pass == PASS_COMMENTS && width <= COMMENT_COLUMN_MAX &&
	    width > p->comment_column)
		p->comment_column = width;
	if (p->pass == PASS_KEEP && width < p->comment_column)
		put_blanks(p, p->comment_column - width);
	put_str(p, "  ");
	put(p, comment->text);
}

/* Behind a brace there is nothing to align with. */
static void
put_after_brace(struct printer *p, const struct comment *comment)
{
	if (comment == NULL)
		return;
	put_str(p, "  ");
	put(p, comment->text);
}

static void
put_comments(struct printer *p, const struct comment *comment, size_t indent,
    bool blanks)
{
	bool first = true;

	for (; comment != NULL; comment = comment->next, first = false) {
		if (comment->blank_before && (blanks || (!first && indent !=
		    INDENT_LIST)))
			end_line(p);
		put_blanks(p, indent);
		put(p, comment->text);
		end_line(p);
	}
}

static void
put_values(struct printer *p, const struct value *value)
{
	for (; value != NULL; value = value->next) {
		if (p->err == OK)
			p->err = value_print(value, p->out);
		if (value->next != NULL)
			put(p, SPAN(","));
		put_after(p, value->layout.after);
		if (value->next == NULL)
			break;
		if (value->next->layout.line_before) {
			end_line(p);
			put_comments(p, value->next->layout.comments,
			    INDENT_LIST, false);
			put_blanks(p, INDENT_LIST);
		} else
			gap(p, false);
	}
}

static void
put_slots(struct printer *p, const struct slot *slots,
    struct value *const *values)
{
	for (unsigned i = 0; slots[i].kind != SLOT_END; i++) {
		bool optional = (slots[i].flags & SLOT_OPTIONAL) != 0;

		if (slots[i].kind == SLOT_LITERAL) {
			if (optional && values[i + 1] == NULL)
				break;
			gap(p, false);
			put_str(p, slots[i].literal);
		} else if (values[i] != NULL) {
			gap(p, (slots[i].flags & SLOT_TAB) != 0);
			put_values(p, values[i]);
		}
	}
}

static void
put_clause(struct printer *p, const struct clause *clause)
{
	put_str(p, clause->spec->word);
	put_slots(p, clause->spec->slots, clause->values);
}

/* Settings from one to before `end`, each at the line it was given on. */
static void
put_settings(struct printer *p, const struct clause *first,
    const struct clause *end)
{
	const struct clause *clause;

	for (clause = first; clause != end; clause = clause->next) {
		if (clause != first && clause->layout.line_before)
			end_line(p);
		else if (clause != first)
			put_str(p, "  ");
		if (clause == first || clause->layout.line_before)
			put_blanks(p, INDENT);
		put_clause(p, clause);
	}
	end_line(p);
}

static void
put_block(struct printer *p, const struct statement *st)
{
	const struct clause *clause = st->settings, *end;
	enum pass pass = p->pass;
	size_t comment_column = p->comment_column;

	for (bool first = true; clause != NULL; clause = end, first = false) {
		size_t at;

		for (end = clause->next; end != NULL; end = end->next)
			if (end->layout.blank_before ||
			    end->layout.comments != NULL)
				break;
		put_comments(p, clause->layout.comments, INDENT, !first);
		if (clause->layout.blank_before &&
		    (!first || clause->layout.comments != NULL))
			end_line(p);
		at = p->out->len;
		p->comment_column = 0;
		p->pass = PASS_COMMENTS;
		put_settings(p, clause, end);
		if (p->err != OK)
			return;
		buf_truncate(p->out, at);
		p->line_at = at;
		p->pass = PASS_KEEP;
		put_settings(p, clause, end);
	}
	p->pass = pass;
	p->comment_column = comment_column;
	put_comments(p, st->end_comments, INDENT, st->settings != NULL);
}

static void
put_braces(struct printer *p, const struct statement *st)
{
	if (st->one_line) {
		put_str(p, " {");
		for (const struct clause *c = st->settings; c != NULL;
		    c = c->next) {
			put_str(p, c == st->settings ? " " : "  ");
			put_clause(p, c);
		}
		put_str(p, " }");
	} else {
		put_str(p, " {");
		put_after_brace(p, st->open_after);
		end_line(p);
		put_block(p, st);
		put_str(p, "}");
	}
}

static void
put_statement(struct printer *p, const struct statement *st)
{
	p->line_at = p->cell_at = p->out->len;
	p->column = 0;
	p->columns = st->spec->group != GROUP_NONE;
	put_str(p, st->spec->word);
	if (st->spec->settings_n == 0)
		put_after(p, st->layout.after);
	put_slots(p, st->spec->head, st->head);
	for (const struct clause *c = st->clauses; c != NULL; c = c->next) {
		if (c->layout.line_before) {
			end_line(p);
			put_comments(p, c->layout.comments, INDENT, false);
			put_blanks(p, INDENT);
		} else
			gap(p, (c->spec->flags & CLAUSE_TAB) != 0);
		put_clause(p, c);
	}
	if (st->spec->settings_n > 0) {
		put_braces(p, st);
		put_after_brace(p, st->layout.after);
	}
	end_line(p);
}

static void
put_group(struct printer *p, const struct statement *first,
    const struct statement *end)
{
	static const enum pass passes[] = {
		PASS_COLUMNS, PASS_COMMENTS, PASS_KEEP
	};
	size_t at = p->out->len;

	for (unsigned i = 0; i < COLUMNS_MAX; i++)
		p->widths[i] = 0;
	p->comment_column = 0;
	for (unsigned i = 0; i < 3 && p->err == OK; i++) {
		buf_truncate(p->out, at);
		p->pass = passes[i];
		for (const struct statement *st = first; st != end;
		    st = st->next)
			put_statement(p, st);
	}
}

/* The first statement behind st that does not stand in its columns. */
static const struct statement *
group_end(const struct statement *st)
{
	const struct statement *end = st->next;

	if (st->spec->group == GROUP_NONE)
		return end;
	while (end != NULL && end->spec->group == st->spec->group &&
	    !end->layout.blank_before && end->layout.comments == NULL)
		end = end->next;
	return end;
}

enum err
rules_print(const struct rules_run *run, struct buf *out)
{
	const struct source *source = &run->sources[0];
	const struct statement *st = source->statements, *end;
	struct printer printer = { .out = out };
	size_t start = out->len;

	if (run->syntax_errors > 0)
		return ERR_INPUT;
	for (; st != NULL && printer.err == OK; st = end) {
		bool first = out->len == start;

		put_comments(&printer, st->layout.comments, 0, !first);
		if (st->layout.blank_before && out->len > start)
			end_line(&printer);
		end = group_end(st);
		put_group(&printer, st, end);
	}
	put_comments(&printer, source->end_comments, 0, out->len > start);
	return printer.err;
}
