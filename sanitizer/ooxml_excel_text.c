/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The text of a workbook: its sheets one after another, a row a line, a TAB
 * between cells. Numbers stand there as the cells hold them.
 */
#include <string.h>

#include "ooxml_excel.h"
#include "opc_internal.h"

#define STRINGS_BYTES_MAX	(64u * 1024 * 1024)
#define STRINGS_MAX		(4u * 1024 * 1024)
#define GAP_MAX			8	/* empty cells in a row that show */
#define VALUE_BYTES_MAX		(256u * 1024)

struct reader {
	struct opc	*opc;
	struct buf	*out;
	struct buf	 strings;	/* one after another */
	struct buf	 ends;		/* uint32_t of each */
	size_t		 strings_entry;	/* SIZE_MAX: there are none */
	size_t		 styles_entry;
	struct excel_dates dates;
	bool		 from_1904;
	bool		 date;		/* the cell's style is of one */
	struct buf	 value;		/* of a cell */
	unsigned	 in_text;	/* depth in what is read */
	unsigned	 in_phonetic;
	bool		 by_number;	/* the value is that of a string */
	uint32_t	 column;	/* of the cell */
	uint32_t	 next;		/* where the row has come to */
	bool		 line;		/* something is in it */
};

static bool
is_text(const char *name)
{
	return strcmp(name, "t") == 0 || strcmp(name, "v") == 0;
}

static enum err
string_start(void *ctx, struct xml_tag *tag)
{
	struct reader *r = ctx;

	if (tag->ns == XML_NS_X && strcmp(tag->name, "rPh") == 0)
		r->in_phonetic++;
	else if (tag->ns == XML_NS_X && strcmp(tag->name, "t") == 0)
		r->in_text++;
	return OK;
}

static enum err
string_end(void *ctx, enum xml_ns ns, const char *name)
{
	struct reader *r = ctx;
	uint32_t end = (uint32_t)r->strings.len;

	if (ns != XML_NS_X)
		return OK;
	if (strcmp(name, "rPh") == 0)
		r->in_phonetic--;
	else if (strcmp(name, "t") == 0)
		r->in_text--;
	else if (strcmp(name, "si") == 0)
		return buf_add(&r->ends, (struct span){
		    (const uint8_t *)&end, sizeof(end) });
	return OK;
}

static enum err
string_text(void *ctx, struct span text)
{
	struct reader *r = ctx;

	return r->in_text > 0 && r->in_phonetic == 0 ?
	    buf_add(&r->strings, text) : OK;
}

static struct span
string_of(const struct reader *r, struct span number)
{
	uint32_t from = 0, to;
	uint64_t i;

	if (!span_decimal(span_trim(number), STRINGS_MAX, &i) ||
	    (i + 1) * sizeof(to) > r->ends.len)
		return SPAN("");
	memcpy(&to, r->ends.ptr + i * sizeof(to), sizeof(to));
	if (i > 0)
		memcpy(&from, r->ends.ptr + (i - 1) * sizeof(from),
		    sizeof(from));
	return span_sub(buf_span(&r->strings), from, to - from);
}

/* A number with the style of a date. */
static bool
holds_date(const struct reader *r, const struct xml_tag *tag)
{
	struct span value;
	uint64_t style;

	if (xml_tag_value(tag, XML_NS_NONE, "t", &value) &&
	    !span_equal(value, SPAN("n")))
		return false;
	return xml_tag_value(tag, XML_NS_NONE, "s", &value) &&
	    span_decimal(value, EXCEL_STYLES_MAX, &style) &&
	    style < r->dates.styles_n && r->dates.is_date[style];
}

static enum err
cell_start(void *ctx, struct xml_tag *tag)
{
	struct reader *r = ctx;
	struct span value;
	uint32_t row;

	if (tag->ns != XML_NS_X)
		return OK;
	if (strcmp(tag->name, "row") == 0) {
		r->next = 0;
		r->line = false;
	} else if (strcmp(tag->name, "c") == 0) {
		buf_clear(&r->value);
		r->by_number = xml_tag_value(tag, XML_NS_NONE, "t",
		    &value) && span_equal(value, SPAN("s"));
		r->date = holds_date(r, tag);
		if (!xml_tag_value(tag, XML_NS_NONE, "r", &value) ||
		    !excel_cell(value, &r->column, &row))
			r->column = r->next;
	} else if (strcmp(tag->name, "rPh") == 0)
		r->in_phonetic++;
	else if (is_text(tag->name))
		r->in_text++;
	return OK;
}

/* Line ends in a cell would end its row. */
static enum err
put_value(struct reader *r, struct span text)
{
	enum err err = OK;
	size_t from = 0;

	for (size_t i = 0; i < text.len && err == OK; i++) {
		if (text.ptr[i] != '\n' && text.ptr[i] != '\r' &&
		    text.ptr[i] != '\t')
			continue;
		err = buf_add(r->out, span_sub(text, from, i - from));
		if (err == OK)
			err = buf_add_byte(r->out, ' ');
		from = i + 1;
	}
	return err != OK ? err : buf_add(r->out, span_sub(text, from,
	    text.len));
}

static enum err
put_cell(struct reader *r)
{
	struct span text = buf_span(&r->value);
	char date[EXCEL_DATE_BYTES_MAX];
	uint32_t gap;
	enum err err = OK;

	if (r->by_number)
		text = string_of(r, text);
	else if (r->date && excel_date(text, r->from_1904, date))
		text = span_str(date);
	if (text.len == 0)
		return OK;
	gap = r->column > r->next ? r->column - r->next : 0;
	if (gap > GAP_MAX)
		gap = GAP_MAX;
	gap += r->line;
	while (gap-- > 0 && err == OK)
		err = buf_add_byte(r->out, '\t');
	r->line = true;
	r->next = r->column + 1;
	return err == OK ? put_value(r, text) : err;
}

static enum err
cell_end(void *ctx, enum xml_ns ns, const char *name)
{
	struct reader *r = ctx;

	if (ns != XML_NS_X)
		return OK;
	if (strcmp(name, "row") == 0 && r->line)
		return buf_add_byte(r->out, '\n');
	if (strcmp(name, "c") == 0)
		return put_cell(r);
	if (strcmp(name, "rPh") == 0)
		r->in_phonetic--;
	else if (is_text(name))
		r->in_text--;
	return OK;
}

static enum err
cell_text(void *ctx, struct span text)
{
	struct reader *r = ctx;

	return r->in_text > 0 && r->in_phonetic == 0 ?
	    buf_add(&r->value, text) : OK;
}

static enum err
strings_link(struct opc *opc, void *ctx, const struct opc_link *link)
{
	struct reader *r = ctx;
	size_t entry;

	if (link->external || !link->base_known ||
	    !opc_resolve(opc, opc->zip.entries[opc->main_entry].name,
	    link->target, &entry))
		return OK;
	if (span_equal(link->type, SPAN("sharedStrings")))
		r->strings_entry = entry;
	else if (span_equal(link->type, SPAN("styles")))
		r->styles_entry = entry;
	return OK;
}

static enum err
parse(struct reader *r, size_t entry, const struct xml_events *events)
{
	struct xml_parse *p = &r->opc->rewrite->parse;
	enum err err;

	r->in_text = r->in_phonetic = 0;
	if ((err = xml_parse_init(p, events, r)) == OK)
		err = opc_parse(r->opc, entry, p);
	xml_parse_fini(p);
	return err;
}

static enum err
read_sheets(struct reader *r, const struct excel *excel)
{
	static const struct xml_events cells = { cell_start, cell_end,
	    cell_text };
	enum err err = OK;

	for (unsigned i = 0; i < excel->sheets_n && err == OK; i++) {
		const struct excel_sheet *sheet = &excel->sheets[i];

		if (!sheet->kept)
			continue;
		if (r->out->len > 0)
			err = buf_add_byte(r->out, '\n');
		if (err == OK && (err = buf_add_byte(r->out, '[')) == OK &&
		    (err = put_value(r, sheet->name)) == OK &&
		    (err = buf_add_str(r->out, "]\n")) == OK)
			err = parse(r, sheet->entry, &cells);
	}
	return err;
}

enum err
excel_text(struct opc *opc, struct buf *out)
{
	static const struct xml_events strings = { string_start, string_end,
	    string_text };
	struct reader r = { .opc = opc, .out = out,
	    .strings_entry = SIZE_MAX, .styles_entry = SIZE_MAX };
	struct excel *excel = arena_alloc(opc->arena, sizeof(*excel));
	enum err err;

	r.dates.is_date = arena_alloc_array(opc->arena, EXCEL_STYLES_MAX,
	    sizeof(bool));
	if (excel == NULL || r.dates.is_date == NULL)
		return ERR_LIMIT;
	buf_init(&r.strings, STRINGS_BYTES_MAX);
	buf_init(&r.ends, STRINGS_MAX * sizeof(uint32_t));
	buf_init(&r.value, VALUE_BYTES_MAX);
	if ((err = excel_read_sheets(opc, excel)) == OK)
		err = opc_read_relations(opc,
		    opc->zip.entries[opc->main_entry].name, strings_link,
		    &r);
	r.from_1904 = excel->from_1904;
	if (err == OK && r.styles_entry != SIZE_MAX)
		err = excel_dates_read(opc, r.styles_entry, &r.dates);
	if (err == OK && r.strings_entry != SIZE_MAX)
		err = parse(&r, r.strings_entry, &strings);
	if (err == OK)
		err = read_sheets(&r, excel);
	buf_fini(&r.strings);
	buf_fini(&r.ends);
	buf_fini(&r.value);
	return err;
}
