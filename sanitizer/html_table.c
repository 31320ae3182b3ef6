/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tables of the HTML conversion: which ones are data, and their shape in text.
 * A grid is drawn with East-Asian widths, ambiguous characters two columns
 * wide; what does not fit becomes one line per row. Every table is read at
 * most twice more, whatever its shape.
 */
#include <string.h>

#include "../gateway/base/utf8.h"
#include "html_table.h"

#define SCRATCH_BYTES_MAX	(256u * 1024 * 1024)
#define CELL_COLUMNS_MIN	8	/* a cell is not wrapped narrower */
#define WORD_COLUMNS_MAX	40	/* longer ones are not for a grid */
#define ROW_BYTES_MAX		400	/* of a row that becomes one line */
#define ROW_COLUMNS_MAX		100
#define CELL_LINES_MAX		20	/* of a grid */
#define FLAT_LINES_MAX		4	/* of a row on one line */
#define BAR			"│"

struct grid_column {
	size_t		width;
	struct span	rest;		/* of the cell in the row at hand */
	unsigned	span;		/* columns it takes */
	uint32_t	covered;	/* rows a cell above still covers */
};

struct grid {
	struct html_out	 *out;
	struct span	  text;		/* of the region */
	size_t		  skip;		/* bytes of prefix on its lines */
	const struct html_cell *cells;
	size_t		  cells_n;
	unsigned	  columns_n;
	size_t		  lines;	/* of the highest cell */
	bool		  long_word;
	bool		  rules;	/* between all rows */
	bool		  head;		/* the first row is one of heads */
	struct grid_column columns[HTML_GRID_COLUMNS_MAX];
};

void
html_tables_init(struct html_tables *tables, struct html_out *out)
{
	memset(tables, 0, sizeof(*tables));
	tables->out = out;
	buf_init(&tables->cells, HTML_CELLS_MAX * sizeof(struct html_cell));
	buf_init(&tables->scratch, SCRATCH_BYTES_MAX);
}

void
html_tables_fini(struct html_tables *tables)
{
	buf_fini(&tables->cells);
	buf_fini(&tables->scratch);
}

static struct html_table *
innermost(struct html_tables *tables)
{
	return tables->depth == 0 || tables->depth > HTML_TABLE_DEPTH_MAX ?
	    NULL : &tables->open[tables->depth - 1];
}

static struct html_cell *
cells_of(const struct html_tables *tables)
{
	return (struct html_cell *)(void *)tables->cells.ptr;
}

static size_t
cells_n(const struct html_tables *tables)
{
	return tables->cells.len / sizeof(struct html_cell);
}

void
html_table_open(struct html_tables *tables, bool border, bool layout)
{
	struct html_out *out = tables->out;
	struct html_table *table = innermost(tables);

	html_out_marker_flush(out);
	html_out_break(out, 1);
	if (table != NULL) {
		table->nested = true;
		if (!table->cell_open)
			table->layout = true;
	}
	tables->depth++;
	table = innermost(tables);
	if (table == NULL)
		return;
	memset(table, 0, sizeof(*table));
	table->region = out->buf->len;
	table->first = cells_n(tables);
	table->border = border;
	table->layout = layout;
	table->breaks = out->breaks;
	table->begun = out->begun;
	table->line_open = out->line_open;
	table->prefix_len = out->prefix_len;
}

void
html_table_caption(struct html_tables *tables)
{
	struct html_table *table = innermost(tables);

	if (table != NULL)
		table->caption_open = true;
}

void
html_table_caption_end(struct html_tables *tables)
{
	struct html_table *table = innermost(tables);
	struct html_out *out = tables->out;

	html_out_break(out, 1);
	if (table == NULL)
		return;
	table->caption_open = false;
	if (cells_n(tables) != table->first) {
		table->layout = true;
		return;
	}
	table->caption = true;
	table->region = out->buf->len;
	table->breaks = out->breaks;
	table->begun = out->begun;
	table->line_open = out->line_open;
}

void
html_table_row(struct html_tables *tables)
{
	struct html_table *table = innermost(tables);

	if (table == NULL)
		return;
	html_table_cell_end(tables);
	table->rows++;
	table->row_open = true;
}

void
html_table_cell(struct html_tables *tables, bool head, unsigned colspan,
    unsigned rowspan, bool border)
{
	struct html_table *table = innermost(tables);
	struct html_out *out = tables->out;
	struct html_cell cell = { 0 };

	html_out_break(out, 1);
	if (table == NULL)
		return;
	html_table_cell_end(tables);
	if (!table->row_open)
		html_table_row(tables);
	table->cell_open = true;
	table->border |= border;
	table->heads += head;
	cell.start = cell.end = out->buf->len;
	cell.row = table->rows - 1;
	cell.colspan = (uint16_t)(colspan > HTML_GRID_COLUMNS_MAX ?
	    HTML_GRID_COLUMNS_MAX + 1 : colspan);
	cell.rowspan = (uint16_t)(rowspan > UINT16_MAX ? UINT16_MAX : rowspan);
	cell.head = head;
	if (table->layout && tables->cells.len == tables->cells.max)
		return;
	if (buf_add(&tables->cells, (struct span){ (const uint8_t *)&cell,
	    sizeof(cell) }) != OK)
		table->layout = true;
}

void
html_table_cell_end(struct html_tables *tables)
{
	struct html_table *table = innermost(tables);
	size_t n = cells_n(tables);

	if (table == NULL || !table->cell_open)
		return;
	html_out_break(tables->out, 1);
	table->cell_open = false;
	if (n > table->first)
		cells_of(tables)[n - 1].end = tables->out->buf->len;
}

void
html_table_stray(struct html_tables *tables)
{
	struct html_table *table = innermost(tables);

	if (table != NULL && !table->cell_open && !table->caption_open)
		table->layout = true;
}

bool
html_table_is_grid(const struct html_tables *tables)
{
	const struct html_table *table;

	if (tables->depth == 0 || tables->depth > HTML_TABLE_DEPTH_MAX)
		return false;
	table = &tables->open[tables->depth - 1];
	return !table->layout && !table->nested &&
	    (table->border || table->heads > 0);
}

/* The text of a cell without the breaks and the prefix in front of it. */
static struct span
cell_text(struct span text, size_t skip)
{
	size_t at = 0, line = 0;

	for (; at < text.len; at++) {
		if (text.ptr[at] == '\n')
			line = at + 1;
		else if (at - line >= skip)
			break;
		/* the prefix of an empty line may be shorter: go on */
	}
	return span_sub(text, at, text.len);
}

/* Take one line off the text, without the prefix of the next ones. */
static struct span
take_line(struct span *text, size_t skip)
{
	struct span line;
	size_t n = 0;

	span_cut(text, '\n', &line);
	while (n < skip && n < text->len && text->ptr[n] != '\n')
		n++;
	*text = span_sub(*text, n, text->len);
	return line;
}

/*
 * A place of all cells in columns, as browsers do it: a cell takes the next
 * columns that no cell above covers. Calls visit for each; false: too wide.
 */
static bool
place(struct grid *g, bool (*visit)(struct grid *, unsigned, unsigned,
    const struct html_cell *), void (*row_end)(struct grid *, uint32_t))
{
	uint32_t row = 0;
	unsigned column = 0, n;

	for (unsigned i = 0; i < HTML_GRID_COLUMNS_MAX; i++)
		g->columns[i].covered = 0;
	for (size_t i = 0; i <= g->cells_n; i++) {
		const struct html_cell *cell = &g->cells[i];

		while (i == g->cells_n || cell->row > row) {
			if (row_end != NULL)
				row_end(g, row);
			for (n = 0; n < HTML_GRID_COLUMNS_MAX; n++)
				g->columns[n].covered -=
				    g->columns[n].covered > 0;
			column = 0;
			if (i == g->cells_n)
				return true;
			row++;
		}
		while (column < HTML_GRID_COLUMNS_MAX &&
		    g->columns[column].covered > 0)
			column++;
		n = cell->colspan == 0 ? 1 : cell->colspan;
		if (column + n > HTML_GRID_COLUMNS_MAX ||
		    !visit(g, column, n, cell))
			return false;
		for (unsigned c = column; c < column + n; c++)
			g->columns[c].covered = cell->rowspan == 0 ?
			    UINT32_MAX : cell->rowspan;
		column += n;
	}
	return true;
}

static size_t
longest_word(struct span s)
{
	size_t longest = 0, run = 0, n;

	for (; s.len > 0; s = span_sub(s, n, s.len)) {
		uint32_t c = utf8_decode(s, &n);

		if (c == ' ' || c == '\n' || c >= 0x2e80)
			run = 0;
		else if (++run > longest)
			longest = run;
	}
	return longest;
}

static bool
measure(struct grid *g, unsigned column, unsigned n,
    const struct html_cell *cell)
{
	struct span text = cell_text(span_sub(g->text, cell->start,
	    cell->end - cell->start), g->skip), line;
	size_t lines = 0, width;

	if (column + n > g->columns_n)
		g->columns_n = column + n;
	g->long_word |= longest_word(text) > WORD_COLUMNS_MAX;
	g->head &= cell->row > 0 || cell->head;
	while (text.len > 0) {
		line = take_line(&text, g->skip);
		width = utf8_columns(line, true);
		lines++;
		if (n == 1 && width > g->columns[column].width)
			g->columns[column].width = width;
	}
	if (lines > g->lines)
		g->lines = lines;
	return true;
}

/* What n columns have in a row without the bars between them. */
static size_t
span_width(const struct grid *g, unsigned column, unsigned n)
{
	size_t width = 2 * (size_t)(n - 1);

	for (unsigned i = column; i < column + n; i++)
		width += g->columns[i].width;
	return width;
}

/* A second visit: the last column gives room to cells that span several. */
static bool
widen(struct grid *g, unsigned column, unsigned n,
    const struct html_cell *cell)
{
	struct span text = cell_text(span_sub(g->text, cell->start,
	    cell->end - cell->start), g->skip), line;
	size_t width, room;

	while (n > 1 && text.len > 0) {
		line = take_line(&text, g->skip);
		width = utf8_columns(line, true);
		room = span_width(g, column, n);
		if (width > room)
			g->columns[column + n - 1].width += width - room;
	}
	return true;
}

static size_t
grid_width(const struct grid *g, size_t cap)
{
	size_t sum = 2;

	for (unsigned i = 0; i < g->columns_n; i++)
		sum += 2 + (g->columns[i].width > cap ? cap :
		    g->columns[i].width);
	return sum;
}

/* Lines of a grid are two columns wide each: so are the steps of widths. */
static void
make_even(struct grid *g)
{
	for (unsigned i = 0; i < g->columns_n; i++) {
		g->columns[i].width += g->columns[i].width % 2;
		if (g->columns[i].width == 0)
			g->columns[i].width = 2;
	}
}

/* No width above what lets the grid fit. False: it cannot fit. */
static bool
fit(struct grid *g)
{
	size_t cap = HTML_GRID_WIDTH_MAX;

	while (cap >= CELL_COLUMNS_MIN &&
	    grid_width(g, cap) > HTML_GRID_WIDTH_MAX)
		cap -= 2;
	if (cap < CELL_COLUMNS_MIN)
		return false;
	for (unsigned i = 0; i < g->columns_n; i++)
		if (g->columns[i].width > cap) {
			g->columns[i].width = cap;
			g->rules = true;
		}
	return true;
}

/* Characters that do not begin a line (行頭禁則). */
static bool
begins_no_line(uint32_t c)
{
	return c == 0x3001 || c == 0x3002 || c == 0xff0c || c == 0xff0e ||
	    c == 0x300d || c == 0x300f || c == 0x3011 || c == 0xff09 ||
	    c == 0x30fc || c == ')' || c == ',' || c == '.' || c == ']';
}

/*
 * Take as much of the first line as fits: up to a blank, or anywhere between
 * wide characters; a longer word is cut.
 */
static struct span
take_wrapped(struct span *text, size_t width, size_t skip)
{
	struct span line, s;
	size_t used = 0, at = 0, good = 0, n;
	uint32_t c, before = 0;

	s = span_sub(*text, 0, span_find_byte(*text, '\n'));
	while (at < s.len) {
		c = utf8_decode(span_sub(s, at, s.len), &n);
		used += utf8_width(c, true);
		if (at > 0 && !begins_no_line(c) && (before == ' ' ||
		    c >= 0x2e80 || before >= 0x2e80))
			good = at;
		if (used > width)
			break;
		before = c;
		at += n;
	}
	if (at >= s.len)
		return take_line(text, skip);
	if (good > 0)
		at = good;
	else if (at == 0)
		at = n;
	line = span_sub(s, 0, at);
	*text = span_sub(*text, at, text->len);
	while (text->len > 0 && text->ptr[0] == ' ')
		*text = span_sub(*text, 1, text->len);
	while (line.len > 0 && line.ptr[line.len - 1] == ' ')
		line.len--;
	return line;
}

static void
pad(struct html_out *out, size_t width, size_t used)
{
	for (; used < width; used++)
		html_out_append(out, SPAN(" "));
}

static bool
put_cell(struct grid *g, unsigned column, unsigned n,
    const struct html_cell *cell)
{
	struct span text = cell_text(span_sub(g->text, cell->start,
	    cell->end - cell->start), g->skip);

	g->columns[column].rest = text;
	g->columns[column].span = n;
	return true;
}

static void
rule_line(struct grid *g)
{
	struct html_out *out = g->out;

	html_out_break(out, 1);
	for (unsigned i = 0; i < g->columns_n; i++) {
		html_out_word(out, i == 0 ? SPAN("├") : SPAN("┼"));
		for (size_t w = 0; w < g->columns[i].width; w += 2)
			html_out_append(out, SPAN("─"));
	}
	html_out_append(out, SPAN("┤"));
	html_out_break(out, 1);
}

static void
put_row(struct grid *g, uint32_t row)
{
	struct html_out *out = g->out;
	struct grid_column *column;
	struct span line;
	size_t width;
	bool more;

	if (row > 0 && (g->rules || (g->head && row == 1)))
		rule_line(g);
	do {
		more = false;
		html_out_break(out, 1);
		for (unsigned i = 0; i < g->columns_n; i += column->span) {
			column = &g->columns[i];
			width = span_width(g, i, column->span);
			line = take_wrapped(&column->rest, width, g->skip);
			html_out_word(out, SPAN(BAR));
			html_out_append(out, line);
			pad(out, width, utf8_columns(line, true));
			more |= column->rest.len > 0;
		}
		html_out_append(out, SPAN(BAR));
		html_out_break(out, 1);
	} while (more && out->err == OK);
	for (unsigned i = 0; i < HTML_GRID_COLUMNS_MAX; i++) {
		g->columns[i].rest = (struct span){ NULL, 0 };
		g->columns[i].span = 1;
	}
}

/* "a │ b │ c": for rows that would not fit in a grid. */
static void
put_flat(struct grid *g)
{
	struct html_out *out = g->out;
	struct span text;
	uint32_t row = UINT32_MAX;

	for (size_t i = 0; i < g->cells_n; i++) {
		const struct html_cell *cell = &g->cells[i];

		text = cell_text(span_sub(g->text, cell->start,
		    cell->end - cell->start), g->skip);
		if (cell->row != row)
			html_out_break(out, 1);
		else		/* a word: an empty first cell opens no line */
			html_out_word(out, SPAN(" " BAR " "));
		row = cell->row;
		while (text.len > 0) {
			html_out_word(out, take_line(&text, g->skip));
			if (text.len > 0)
				html_out_append(out, SPAN(" "));
		}
	}
	html_out_break(out, 1);
}

/* Measure; false: the cells are better left one below the other. */
static bool
plan(struct grid *g, bool *flat)
{
	g->head = true;
	for (unsigned i = 0; i < HTML_GRID_COLUMNS_MAX; i++)
		g->columns[i].span = 1;
	*flat = !place(g, measure, NULL) || g->long_word;
	if (!*flat) {
		make_even(g);
		*flat = !place(g, widen, NULL);
		make_even(g);
	}
	*flat = *flat || !fit(g);
	g->rules |= g->lines > 1;
	return g->lines <= (*flat ? FLAT_LINES_MAX : CELL_LINES_MAX);
}

static void
draw(struct html_tables *tables, const struct html_table *table)
{
	struct html_out *out = tables->out;
	size_t len = out->buf->len - table->region;
	struct grid g = { .out = out, .skip = table->prefix_len };
	struct html_cell *cells = cells_of(tables) + table->first;
	bool flat;

	buf_clear(&tables->scratch);
	out->err = buf_add(&tables->scratch, span_sub(buf_span(out->buf),
	    table->region, len));
	if (out->err != OK)
		return;
	g.text = buf_span(&tables->scratch);
	for (size_t i = 0; i < g.text.len; i++)
		if (g.text.ptr[i] == '\t')
			tables->scratch.ptr[i] = ' ';
	g.cells = cells;
	g.cells_n = cells_n(tables) - table->first;
	for (size_t i = 0; i < g.cells_n; i++) {
		cells[i].start -= table->region;
		cells[i].end -= table->region;
	}
	if (!plan(&g, &flat))
		return;
	buf_truncate(out->buf, table->region);
	out->breaks = table->breaks;
	out->begun = table->begun;
	out->line_open = table->line_open;
	out->waiting = true;
	html_out_break(out, table->caption ? 1 : 2);
	if (flat)
		put_flat(&g);
	else
		(void)place(&g, put_cell, put_row);
	html_out_break(out, 2);
}

/* The cells of a row on one line when they are short; out gets the row. */
static enum err
join_row(struct buf *out, struct span text, const struct html_cell *cells,
    size_t n, size_t skip)
{
	size_t start = out->len, columns = 0, filled = 0, bytes;
	struct span cell, first = { NULL, 0 };
	enum err err = OK;

	bytes = cells[n - 1].end - cells[0].start;
	for (size_t i = 0; i < n && bytes <= ROW_BYTES_MAX; i++) {
		cell = cell_text(span_sub(text, cells[i].start,
		    cells[i].end - cells[i].start), skip);
		if (span_find_byte(cell, '\n') < cell.len)
			bytes = SIZE_MAX;
		else if (cell.len > 0) {
			columns += utf8_columns(cell, true) + 2;
			if (filled++ == 0)
				first = span_sub(text, cells[i].start,
				    cells[i].end - cells[i].start);
		}
	}
	if (bytes > ROW_BYTES_MAX || columns > ROW_COLUMNS_MAX || filled < 2)
		return buf_add(out, span_sub(text, cells[0].start,
		    cells[n - 1].end - cells[0].start));
	for (size_t i = 0; i < n && err == OK; i++) {
		cell = span_sub(text, cells[i].start,
		    cells[i].end - cells[i].start);
		if (cell.ptr == first.ptr) {
			err = buf_add(out, cell);
			continue;
		}
		cell = cell_text(cell, skip);
		if (cell.len == 0)
			continue;
		if (out->len > start)
			err = buf_add(out, SPAN("  "));
		if (err == OK)
			err = buf_add(out, cell);
	}
	return err;
}

/* A layout: the region is written again with its short rows joined. */
static enum err
join_rows(struct html_tables *tables, const struct html_table *table)
{
	const struct html_cell *cells = cells_of(tables);
	size_t n = cells_n(tables), i = table->first, last, at = table->region;
	struct buf *out = tables->out->buf, *scratch = &tables->scratch;
	struct span text = buf_span(out);
	enum err err = OK;

	buf_clear(scratch);
	while (i < n && err == OK) {
		for (last = i; last + 1 < n &&
		    cells[last + 1].row == cells[i].row; last++)
			;
		err = buf_add(scratch, span_sub(text, at,
		    cells[i].start - at));
		if (err == OK)
			err = join_row(scratch, text, cells + i, last - i + 1,
			    table->prefix_len);
		at = cells[last].end;
		i = last + 1;
	}
	if (err == OK)
		err = buf_add(scratch, span_sub(text, at, text.len));
	if (err != OK)
		return err;
	buf_truncate(out, table->region);
	return buf_add(out, buf_span(scratch));
}

/* Does any row have two cells? Then there may be something to join. */
static bool
has_wide_row(const struct html_tables *tables, const struct html_table *table)
{
	const struct html_cell *cells = cells_of(tables);

	for (size_t i = table->first; i + 1 < cells_n(tables); i++)
		if (cells[i].row == cells[i + 1].row)
			return true;
	return false;
}

static bool
is_data(const struct html_tables *tables, const struct html_table *table)
{
	size_t n = cells_n(tables) - table->first;

	return !table->layout && !table->nested && table->rows >= 2 &&
	    n <= HTML_GRID_CELLS_MAX && (table->border || table->heads > 0) &&
	    has_wide_row(tables, table);
}

void
html_table_close(struct html_tables *tables)
{
	struct html_out *out = tables->out;
	struct html_table *table;

	html_table_cell_end(tables);
	html_out_break(out, 1);
	table = innermost(tables);
	if (tables->depth > 0)
		tables->depth--;
	if (table == NULL)
		return;
	if (out->err == OK && out->buf->len > table->region) {
		if (is_data(tables, table))
			draw(tables, table);
		else if (has_wide_row(tables, table) &&
		    !(table->layout && tables->cells.len ==
		    tables->cells.max))
			out->err = join_rows(tables, table);
	}
	if (out->err == OK)
		buf_truncate(&tables->cells,
		    table->first * sizeof(struct html_cell));
	html_out_break(out, 1);
}
