/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_VERIFY_OPC_H
#define SEKISHO_VERIFY_OPC_H

#include "verify_jpeg.h"
#include "verify_opc_part.h"
#include "verify_png.h"
#include "verify_zip.h"

/*
 * An office document (OPC, ECMA-376 part 2) pushed in any split, in the shape
 * of sanitizer/ooxml.h: entries in order, content types and relations from
 * lists, each part what it is said to be and reached by a relation, each
 * element and attribute in a list, fields and formulas of harmless words,
 * pictures in our form. Written from the tables of the standard and of
 * nothing else.
 */
enum opc_form { OPC_DOCX = 1, OPC_XLSX, OPC_PPTX };

#define VERIFY_OPC_PARTS_MAX	2000
#define VERIFY_OPC_NAME_MAX	128
#define VERIFY_OPC_TARGETS_MAX	20000

struct opc_entry {
	char		 name[VERIFY_OPC_NAME_MAX];
	uint8_t		 type;		/* of the table of content types */
	bool		 seen;
};

struct opc {
	enum opc_form	 form;
	struct unzip	 zip;
	unsigned	 entries;	/* begun */
	char		 name[VERIFY_OPC_NAME_MAX];	/* at hand */
	enum { OPC_XML, OPC_JPEG, OPC_PNG } content;
	union {
		struct jpeg	jpeg;
		struct png	png;
	} picture;
	struct opc_part	 part;
	/* [Content_Types].xml */
	unsigned	 types_step;
	unsigned	 parts_n;
	struct opc_entry parts[VERIFY_OPC_PARTS_MAX];
	/* entries that there are, and those that relations lead to */
	uint64_t	 there[VERIFY_OPC_PARTS_MAX];
	unsigned	 there_n;
	uint64_t	 targets[VERIFY_OPC_TARGETS_MAX];
	unsigned	 targets_n;
	/* where each relation leads: enum opc_leads */
	uint8_t		 leads[VERIFY_OPC_TARGETS_MAX];
	unsigned	 leads_n;
	/* parts with relations: their names, how many, and their first */
	struct { uint64_t name; uint32_t n, first; bool there; }
			 owners[VERIFY_OPC_PARTS_MAX];
	unsigned	 owners_n;
};

/* Large (some megabytes): static storage. */
void opc_reader_init(struct opc *opc, enum opc_form form);
enum err opc_reader_write(struct opc *opc, struct span bytes, struct diag *diag)
    MUST_CHECK;
enum err opc_reader_end(struct opc *opc, struct diag *diag) MUST_CHECK;

#endif
