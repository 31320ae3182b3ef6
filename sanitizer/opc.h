/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_OPC_H
#define SEKISHO_SANITIZER_OPC_H

#include "report.h"
#include "xml_rewrite.h"
#include "zip.h"

/*
 * Packages of ECMA-376 part 2: parts are found from _rels/.rels on along
 * relations that a table of kinds knows, each is made anew, and a new package
 * is written. What is not reached is not in the result. Both sides of a
 * relation must fit: its type and the content type of its target.
 */
enum opc_class {
	OPC_XML,		/* rewritten by a table */
	OPC_PICTURE		/* decoded and encoded anew */
};
struct opc;
struct opc_part;
struct picture_writer;

#define OPC_TYPES_MAX	6
struct opc_kind {
	const char	*relation;	/* last segment of its type */
	/* content types it comes as; the last may be a prefix ("image/") */
	const char	*types[OPC_TYPES_MAX];
	const char	*out_type;
	const char	*out_name;	/* "word/header%u.xml", or without %u */
	const struct xml_table *table;
	enum opc_class	 class;
	/* kept although no attribute of the source names it (styles) */
	bool		 implicit;
	/* only one in a package; another one is refused */
	bool		 single;
	/* written as the relation's type; NULL: transitional base + segment */
	const char	*relation_type;
	/*
	 * Before and after a part is pushed, for rw->state of its hooks, or
	 * NULL; close also where the part turns out bad.
	 */
	enum err	 (*open)(struct opc *, struct opc_part *,
			    struct xml_rewrite *);
	enum err	 (*close)(struct opc *, struct opc_part *,
			    struct xml_rewrite *);
	/* the part is made without a look at its bytes; or NULL */
	enum err	 (*make)(struct opc *, struct opc_part *);
};

struct opc_relation {
	struct span	 id;
	struct opc_part	*target;	/* NULL: external */
	struct span	 external;	/* the URI as it is written */
	const struct opc_kind *kind;	/* of the target; not yet a part */
	size_t		 entry;
	unsigned	 number;	/* rIdN as written; 0: not named yet */
	char		 written[16];	/* that */
};

#define OPC_NAME_BYTES	64
struct opc_part {
	struct opc	*opc;
	struct span	 name;		/* in the input */
	size_t		 entry;		/* in the archive */
	const struct opc_part *from;	/* that led to it; NULL: main */
	const struct opc_kind *kind;
	const char	*out_type;
	char		 out_name[OPC_NAME_BYTES];
	struct opc_relation *relations;	/* in their order */
	unsigned	 relations_n;
	uint32_t	*slots;		/* hash of ids: index + 1 */
	unsigned	 slots_n;
	unsigned	 last_number;
	struct buf	 out;
};

struct opc_type {
	struct span	 key;		/* extension or part name */
	struct span	 type;
};

struct opc {
	struct zip	 zip;
	struct arena	*arena;
	const struct sanitizer_policy *policy;
	struct buf	*removed;
	const struct opc_kind *kinds;
	unsigned	 kinds_n;
	void		*state;		/* of the app's hooks */
	struct opc_type	*defaults, *overrides;
	unsigned	 defaults_n, overrides_n;
	struct opc_part	**of_entry;	/* NULL: not reached */
	bool		*known;		/* entries that need no mention */
	bool		*refused;	/* entries that no relation reaches */
	struct opc_part	*parts[OOXML_PARTS_MAX];
	unsigned	 parts_n;
	unsigned	 relations_n;	/* of all parts */
	uint64_t	 out_bytes;
	struct xml_rewrite *rewrite;	/* used for one part after another */
	size_t		 main_entry;
	struct span	 main_type;
	size_t		 core_entry;	/* SIZE_MAX: none */
	struct buf	 core;		/* docProps/core.xml as written */
	struct picture_writer *box_writer;	/* NULL: no box yet */
	bool		 microsoft;	/* app.xml says that they wrote it */
	char		 why[160];
};

/*
 * Read the archive, the content types and the root relations; main_entry and
 * main_type are set. ERR_INPUT, ERR_LIMIT: see why. opc_close() in any case.
 */
enum err opc_open(struct opc *opc, const struct input *in,
    struct arena *arena, const struct sanitizer_policy *policy,
    struct buf *removed) MUST_CHECK;
void opc_close(struct opc *opc);

/* Rewrite all that is reached from the main part, by these kinds. */
enum err opc_rebuild(struct opc *opc, const struct opc_kind *kinds,
    unsigned kinds_n) MUST_CHECK;

/* Write the new package; out is not ended. */
enum err opc_write(struct opc *opc, struct filter *out) MUST_CHECK;

/* Say in opc->why what is wrong, if nothing is said yet; returns err. */
enum err opc_error(struct opc *opc, enum err err, struct span where,
    const char *why);

/* The content type of an entry; empty: none. */
struct span opc_type_of(const struct opc *opc, struct span name);

/* Push the bytes of an entry into a parser of XML; opc->why on errors. */
enum err opc_parse(struct opc *opc, size_t entry, struct xml_parse *parse)
    MUST_CHECK;

/*
 * The attribute's relation of this part (ctx) is named; its value becomes the
 * new id. False: there is none that is kept, or none that an element of this
 * name may have: links alone lead out, and pictures are pictures.
 */
bool opc_relation_named(void *ctx, const char *element,
    struct xml_attribute *attribute);
/* The relation of an id, or NULL. */
struct opc_relation *opc_relation_find(const struct opc_part *part,
    struct span id);
/* A bookmark, cell or sheet: no other file, program or address. */
bool opc_is_place(struct span s);
/* http, https, mailto or a place in this document; as it is written. */
bool opc_link_target(struct span target, struct arena *arena,
    struct span *written);

#endif
