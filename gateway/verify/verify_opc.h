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
#define VERIFY_OPC_RELATIONS_MAX 20000
#define VERIFY_OPC_SLOTS	4096	/* a power of two, over PARTS_MAX */

/*
 * A name that a content type, a relation or an entry of the archive has said:
 * in the end each of them has been said by all of these, by its bytes.
 */
struct opc_entry {
	char		 name[VERIFY_OPC_NAME_MAX];
	uint8_t		 type;		/* of the table of content types */
	bool		 typed;		/* pictures have none of their own */
	bool		 there;		/* an entry is called so */
	bool		 led_to;	/* a relation leads to it */
	uint32_t	 relations, first;	/* that it has; 0: none */
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
	/* names: those with a content type first, in their order */
	struct opc_entry names[VERIFY_OPC_PARTS_MAX];
	unsigned	 names_n, typed_n;
	uint16_t	 slots[VERIFY_OPC_SLOTS];	/* index + 1 */
	/* the one whose relations are read; NULL: the package's */
	struct opc_entry *owner;
	uint32_t	 root_relations;
	/* where each relation leads: enum opc_leads */
	uint8_t		 leads[VERIFY_OPC_RELATIONS_MAX];
	unsigned	 leads_n;
};

/* Large (some megabytes): static storage. */
void opc_reader_init(struct opc *opc, enum opc_form form);
enum err opc_reader_write(struct opc *opc, struct span bytes, struct diag *diag)
    MUST_CHECK;
enum err opc_reader_end(struct opc *opc, struct diag *diag) MUST_CHECK;

#endif
