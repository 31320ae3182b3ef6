/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_VERIFY_OPC_PART_H
#define SEKISHO_VERIFY_OPC_PART_H

#include "verify_xml.h"

/*
 * The XML of one part of an office document: its root, its names, what its
 * fields and formulas say, and which relations it names.
 */
struct opc_name {
	const char	*name;
	const char	*attributes;	/* "*" before them: text may stand */
};

/* Namespaces that may be declared; NULL: not in the list. */
struct opc_space {
	const char	*prefix;
	const char	*uri;
	const struct opc_name *names;
	size_t		 names_n;
};
const struct opc_space *opc_space_find(struct span prefix, struct span uri);
const struct opc_name *opc_name_find(const struct opc_space *space,
    struct span name);
bool opc_name_has(const struct opc_name *name, struct span attribute);

#define VERIFY_FORMULA_MAX	(64 * 1024)
#define VERIFY_VALUE_MAX	(64 * 1024)	/* of an attribute */
#define VERIFY_WRITTEN_MAX	(256 * 1024)	/* that, with references */
#define VERIFY_FIELDS_MAX	64
#define VERIFY_SPACES_MAX	32

/* What a relation leads to, and so who may name it. */
enum opc_leads { OPC_TO_PART = 0, OPC_TO_SLIDE, OPC_TO_PICTURE, OPC_OUT };

struct opc_part {
	struct xml	 xml;
	const char	*root;		/* its name as it must be written */
	uint32_t	 relations;	/* rId1 to this may be named */
	/* where each leads, rId1 first; NULL: not known */
	const uint8_t	*leads;
	bool		 named;		/* any was */
	/* its elements, with more looked at by whoever reads the package */
	const struct xml_reader *more;
	void		*more_arg;
	/* state */
	unsigned	 depth;
	const struct opc_space *spaces[VERIFY_SPACES_MAX];
	unsigned	 spaces_n;
	bool		 text[VERIFY_XML_DEPTH_MAX];	/* may stand there */
	enum { OPC_NO_WORDS = 0, OPC_FORMULA, OPC_INSTRUCTION,
		OPC_IDENTIFIER } words;
	size_t		 words_len;
	uint8_t		 written[VERIFY_FORMULA_MAX];
	uint8_t		 plain[VERIFY_WRITTEN_MAX];
	unsigned	 fields;
	bool		 in_code[VERIFY_FIELDS_MAX];
	size_t		 code_len;
	uint8_t		 code[VERIFY_FORMULA_MAX];
};

/* Large: static storage. more may be NULL. */
void opc_part_init(struct opc_part *part, const char *root,
    uint32_t relations, const struct xml_reader *more, void *more_arg);
enum err opc_part_write(struct opc_part *part, struct span bytes,
    struct diag *diag) MUST_CHECK;
enum err opc_part_end(const struct opc_part *part, struct diag *diag)
    MUST_CHECK;

/* May a field have this code; may a cell have this formula? */
bool opc_field_is_fine(struct span code);
bool opc_formula_is_fine(struct span formula);
/*
 * May an attribute say this? value: without references. Each has a class: no
 * control characters where nothing else is said.
 */
bool opc_value_is_fine(struct span element, struct span attribute,
    struct span value);
/* "{78C0D931-6437-407D-A8EE-F0AAD7539E65}", any of this form */
bool opc_identifier_is_fine(struct span s);
/* A link: http, https, mailto, or into the document. */
bool opc_link_is_fine(struct span target);

#endif
