/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_OOXML_EXCEL_H
#define SEKISHO_SANITIZER_OOXML_EXCEL_H

#include "formula.h"
#include "opc.h"

/*
 * Workbooks. excel_prepare() looks at what must be known before the first
 * byte is written: which sheets stay and where they come to stand, and which
 * pivot tables have their data in the workbook. The hooks of
 * ooxml_excel_book.c, _sheet.c, _validation.c, _extension.c, _note.c and
 * _control.c stand in the tables of ooxml_excel.c.
 */
#define EXCEL_PLACES_MAX	16	/* cells that the report names */
#define EXCEL_SHARED_MAX	(1u << 20)	/* shared formulas of a sheet */
#define EXCEL_GONE_MAX		16	/* names looked for in formulas */
#define EXCEL_NAME_BYTES_MAX	1024	/* Excel: 255 characters */
#define EXCEL_CELL_BYTES_MAX	16	/* "XFD1048576" */

struct excel_sheet {
	struct span	 name;
	size_t		 entry;
	unsigned	 index;		/* among those that stay */
	bool		 kept;
	bool		 hidden;
};

/* Comments of a part, in its order; from 0. */
struct excel_note {
	uint32_t	 row, column;
	struct excel_note *next;
};
struct excel_notes {
	const struct opc_part *comments;
	size_t		 vml_entry;	/* SIZE_MAX: not named yet */
	struct excel_note *first, *last;
	struct excel_notes *next;
};

struct excel {
	struct opc	*opc;
	struct excel_sheet *sheets;
	unsigned	 sheets_n;
	unsigned	 sheets_seen;	/* while it is written */
	unsigned	 gone_n;
	bool		 from_1904;	/* its dates */
	unsigned	 shown;		/* this one must not be hidden */
	unsigned	 places;	/* that were named */
	struct excel_notes *notes;
	unsigned	 note_blocks;	/* of shape ids, 1024 each */
	uint8_t		*shared;	/* bits: formulas that stay */
	bool		 shared_used;	/* one of them was set */
	struct excel_control *controls;
	unsigned	 controls_n;
	struct excel_box *boxes;	/* of comments, in their order */
	unsigned	 boxes_n;
};

/* One of x14:dataValidation, until all of it is known. */
#define EXCEL_VALIDATION_VALUES	12
struct excel_validation {
	struct span	 values[EXCEL_VALIDATION_VALUES];
	struct span	 formulas[2];
	struct span	 places;
};

/* A rule whose other half is an extension. */
#define EXCEL_ID_BYTES	38		/* "{...}" */
struct excel_id {
	char		 id[EXCEL_ID_BYTES + 1];
	struct excel_id	*next;
};

/* Where the box of a comment is, by its sheet's VML. */
#define EXCEL_BOXES_MAX		4096
struct excel_box {
	size_t		 entry;		/* of the VML */
	uint32_t	 row, column;	/* of the cell */
	/* from column, by pixels, row, pixels; to the same */
	uint32_t	 anchor[8];
	bool		 placed, visible;
};

/* A box of a form, by its sheet's VML. */
#define EXCEL_CONTROLS_MAX	2000
enum excel_sign { EXCEL_NO_SIGN = 0, EXCEL_BOX, EXCEL_CIRCLE, EXCEL_WORDS };
struct excel_control {
	size_t		 entry;		/* of the VML */
	uint32_t	 id;		/* of the shape */
	enum excel_sign	 sign;
	bool		 set;
	struct excel_control *next;
};

/* rw->state of the hooks. */
struct excel_part {
	struct excel	*excel;
	struct opc_part	*part;
	struct excel_notes *notes;	/* of a part of comments */
	char		 cell[EXCEL_CELL_BYTES_MAX];
	bool		 refused;	/* of a rule or validation */
	bool		 anchored;	/* an anchor has its object */
	/* of a control's shape: UTF-8 that is still to write, or NULL */
	const char	*sign;
	bool		 worded;	/* the shape has its words */
	bool		 unseen;	/* the shape is not to be shown */
	/* of the formula or name that is captured */
	char		 type[12];
	char		 ref[2 * EXCEL_CELL_BYTES_MAX];
	char		 inputs[2][EXCEL_CELL_BYTES_MAX];
	uint32_t	 shared;	/* EXCEL_SHARED_MAX: none */
	bool		 two, by_row, always, array;
	char		 name[EXCEL_NAME_BYTES_MAX];
	size_t		 name_len;
	unsigned	 local;		/* UINT_MAX: of the whole book */
	bool		 hidden;
	/* of validations that are moved */
	struct excel_validation validation;
	size_t		 data_end;	/* of the sheet's cells */
	size_t		 from, place;
	bool		 moved;
	bool		 theirs;	/* there are others already */
	/* of extensions */
	unsigned	 seen;		/* bits: those that there were */
	bool		 extended;	/* <extLst> of the sheet is written */
	bool		 begun;		/* by the <ext> that is open */
	bool		 placed;	/* a rule has its place */
	bool		 torn;		/* what belongs to all of them went */
	unsigned	 stayed;	/* rules of a format, sparklines */
	char		 id[EXCEL_ID_BYTES + 1];
	struct excel_id	 *ids;		/* of rules that stayed */
};

enum err excel_prepare(struct opc *opc) MUST_CHECK;
enum err excel_read_vml(struct excel *excel) MUST_CHECK;
/* The sheets alone, for those who read them. */
enum err excel_read_sheets(struct opc *opc, struct excel *excel) MUST_CHECK;
enum err excel_part_open(struct opc *opc, struct opc_part *part,
    struct xml_rewrite *rw) MUST_CHECK;

/* The column and row of "B12", from 0; false: it is no cell. */
bool excel_cell(struct span ref, uint32_t *column, uint32_t *row);

/*
 * May it stay? Beside formula_check(): it names no sheet that went. False:
 * counted, with its cell if cell is not empty.
 */
bool excel_formula(struct xml_rewrite *rw, struct span text,
    const char *cell);

/* Is an attribute "1" or "true"? */
bool excel_flag(const struct xml_tag *tag, const char *name);
void excel_drop(struct xml_tag *tag, const char *name);

/* Hooks. */
#define EXCEL_START(name) enum err name(struct xml_rewrite *rw, \
	struct xml_tag *tag, enum xml_action *action)
#define EXCEL_END(name) enum err name(struct xml_rewrite *rw)

EXCEL_START(excel_sheet_start);
EXCEL_START(excel_view_start);
EXCEL_START(excel_name_start);
EXCEL_END(excel_name_end);
EXCEL_START(excel_book_start);
EXCEL_START(excel_cache_start);
EXCEL_START(excel_cache_field_start);
EXCEL_START(excel_table_start);
EXCEL_END(excel_filled_end);	/* goes if nothing is in it */

EXCEL_START(excel_cell_start);
EXCEL_START(excel_formula_start);
EXCEL_END(excel_formula_end);
EXCEL_START(excel_rule_start);
EXCEL_END(excel_rule_end);
EXCEL_END(excel_rule_formula_end);
EXCEL_START(excel_limit_start);
EXCEL_START(excel_column_start);
EXCEL_END(excel_column_end);
EXCEL_START(excel_link_start);

EXCEL_END(excel_data_end);
EXCEL_START(excel_counted_start);
EXCEL_START(excel_validations_start);
EXCEL_END(excel_validations_end);
EXCEL_START(excel_validation_start);
EXCEL_END(excel_validation_end);
EXCEL_END(excel_validation_text_end);

EXCEL_START(excel_extensions_start);
EXCEL_END(excel_extensions_end);
EXCEL_START(excel_extension_start);
EXCEL_END(excel_extension_end);
EXCEL_START(excel_format_start);	/* x14:cfRule */
EXCEL_END(excel_format_end);		/* and cfRule, x14:sparkline */
EXCEL_END(excel_format_id_end);
EXCEL_START(excel_formats_start);	/* what has some of these */
EXCEL_END(excel_formats_end);
EXCEL_START(excel_sparkline_start);
EXCEL_END(excel_extension_text_end);	/* xm:f, xm:sqref */

EXCEL_START(excel_properties_start);
EXCEL_START(excel_words_start);
EXCEL_END(excel_words_end);
EXCEL_END(excel_body_end);
EXCEL_END(excel_shape_end);

EXCEL_START(excel_note_start);
EXCEL_START(excel_legacy_start);
EXCEL_START(excel_anchor_start);
EXCEL_END(excel_anchor_end);
EXCEL_END(excel_object_end);
EXCEL_END(excel_frame_end);

/* The drawing of a sheet's comments, from the comments. */
enum err excel_vml(struct opc *opc, struct opc_part *part) MUST_CHECK;

/* Dates, where a workbook becomes text. */
#define EXCEL_FORMATS_MAX	1024
#define EXCEL_STYLES_MAX	65536
#define EXCEL_DATE_BYTES_MAX	32
struct excel_dates {
	bool		*is_date;	/* of each style: EXCEL_STYLES_MAX */
	unsigned	 styles_n;
};
/* By the part of styles; styles beyond the maximum are numbers. */
enum err excel_dates_read(struct opc *opc, size_t entry,
    struct excel_dates *dates) MUST_CHECK;
/* "yyyy/m/d" is one, "0.00" is not. */
bool excel_format_is_date(struct span code);
/* "42133.5" as "2015-05-09 12:00"; false: it is no date. */
bool excel_date(struct span number, bool from_1904,
    char out[EXCEL_DATE_BYTES_MAX]);

/* The text of all sheets; out was made with buf_init(). */
enum err excel_text(struct opc *opc, struct buf *out) MUST_CHECK;

#endif
