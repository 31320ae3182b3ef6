/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_HTML_TABLE_H
#define SEKISHO_SANITIZER_HTML_TABLE_H

#include "html_out.h"

/*
 * Tables. The cells of an open table are written one below the other, as a
 * layout reads; when the table closes and proves to be one of data, its part
 * of the text is drawn again as a grid. Rows of a layout whose cells are all
 * short become one line.
 */
struct html_cell {
	size_t		start, end;	/* in the text */
	uint32_t	row;
	uint16_t	colspan, rowspan;
	bool		head;
};

struct html_table {
	size_t		region;		/* the text of the table from here */
	size_t		first;		/* cell */
	uint32_t	rows;
	uint32_t	heads;
	bool		border;		/* of table or cells */
	bool		nested;		/* another table is in it */
	bool		layout;		/* role=presentation, stray, too big */
	bool		caption_open;
	bool		caption;	/* there was one before the cells */
	bool		row_open;
	bool		cell_open;
	/* of the writer, when the table began */
	unsigned	breaks;
	bool		begun;
	bool		line_open;
	size_t		prefix_len;
};

struct html_tables {
	struct html_out	*out;
	struct buf	 cells;		/* struct html_cell */
	struct buf	 scratch;
	struct html_table open[HTML_TABLE_DEPTH_MAX];
	unsigned	 depth;		/* may be above the maximum */
};

void html_tables_init(struct html_tables *tables, struct html_out *out);
void html_tables_fini(struct html_tables *tables);

void html_table_open(struct html_tables *tables, bool border, bool layout);
void html_table_caption(struct html_tables *tables);
void html_table_caption_end(struct html_tables *tables);
void html_table_row(struct html_tables *tables);
void html_table_cell(struct html_tables *tables, bool head, unsigned colspan,
    unsigned rowspan, bool border);
void html_table_cell_end(struct html_tables *tables);
void html_table_close(struct html_tables *tables);
/* Text that is in no cell came: a grid would lose its place. */
void html_table_stray(struct html_tables *tables);
/* Is the innermost table one that may become a grid, as far as one knows? */
bool html_table_is_grid(const struct html_tables *tables);

#endif
