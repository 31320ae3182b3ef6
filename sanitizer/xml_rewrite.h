/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_XML_REWRITE_H
#define SEKISHO_SANITIZER_XML_REWRITE_H

#include "xml_parse.h"
#include "xml_write.h"

/*
 * XML to XML by tables: what a table does not name is left out and counted.
 * Comments and processing instructions never pass; of mc:AlternateContent
 * the first branch whose namespaces we write is taken, else the fallback,
 * and the construct itself is not written.
 */

/* One element of a vocabulary; sorted by name. */
struct xml_name {
	const char	*name;
	bool		 text;		/* character data may stand in it */
	const char	*attributes;	/* "val w:val r:id" */
};
struct xml_names {
	enum xml_ns	 ns;
	const struct xml_name *names;
	size_t		 names_n;
};

enum xml_action {
	XML_AS_NAMED = 0,	/* kept if it is in a vocabulary */
	XML_KEEP,		/* the same, said by a hook */
	XML_UNWRAP,		/* its children are kept, not itself */
	XML_DROP,		/* with all that is in it */
	XML_CAPTURE		/* the same, but its text is in captured */
};

/* What differs from the vocabulary for one element. */
struct xml_rewrite;
struct xml_rule {
	enum xml_ns	 ns;		/* NONE ends a list */
	const char	*name;		/* NULL: every one of ns */
	enum xml_action	 action;
	/*
	 * Where it names relations and none is kept; AS_NAMED: drop it.
	 * DROP: drop it as soon as one of them is not kept.
	 */
	enum xml_action	 orphan;
	const char	*removed;	/* for the report; NULL: the default */
	/* may change *action, values, `drop` of attributes, and rename it */
	enum err	 (*start)(struct xml_rewrite *, struct xml_tag *,
			    enum xml_action *);
	/* before the end tag is written; for captured text, too */
	enum err	 (*end)(struct xml_rewrite *);
};

#define XML_RULE_LISTS	4
struct xml_table {
	enum xml_ns	 root_ns;
	const char	*root;
	/* declared at the root, in this order; NONE ends it */
	const enum xml_ns *namespaces;
	/* NULL ends it */
	const struct xml_names *const *names;
	/* the first rule that fits counts; NULL: no more lists */
	const struct xml_rule *rules[XML_RULE_LISTS];
	/* NULL, or the only children that the root may have; NULL ends it */
	const char *const *children;
	/*
	 * NONE, or one that we do not write, whose branch right under the
	 * root is taken if something of it stays.
	 */
	enum xml_ns	 choice;
};

struct xml_lookup {
	const char	*key;
	enum xml_ns	 ns;
	const struct xml_name *name;	/* NULL: not in the vocabulary */
	const struct xml_rule *rule;	/* NULL: none */
};
struct xml_attribute_lookup {
	const char	*key;
	enum xml_ns	 ns;
	const struct xml_name *of;
	bool		 allowed;
};
struct xml_frame {
	enum xml_ns	 ns;		/* as written */
	const char	*written;
	const struct xml_name *name;
	const struct xml_rule *rule;
	enum xml_action	 action;
	bool		 alternate;	/* mc:AlternateContent */
	bool		 chosen;	/* one of its branches was taken */
	bool		 tried;		/* a branch, taken if it is not empty */
	bool		 keep_empty;	/* a relation without value */
	struct xml_mark	 before;
};

#define XML_LOOKUP_BITS		10
#define XML_LOOKUPS		(1u << XML_LOOKUP_BITS)
#define XML_COUNTS		16
#define XML_CAPTURED_BYTES_MAX	(64 * 1024)
struct xml_rewrite {
	struct xml_parse parse;
	struct xml_write write;
	const struct xml_table *table;
	/*
	 * May this r:id (or r:embed ...) stay in an element of this name? Its
	 * value may be replaced; NULL: none may.
	 */
	bool		 (*relation)(void *ctx, const char *element,
			    struct xml_attribute *);
	void		*ctx;		/* of relation */
	void		*state;		/* of the hooks */
	struct buf	 captured;
	unsigned	 depth;		/* frames in use */
	unsigned	 dropping;	/* depth in what is dropped */
	bool		 capturing;
	bool		 hollow;	/* something essential was left out */
	struct { const char *what; uint64_t n; } counts[XML_COUNTS];
	struct xml_lookup lookups[XML_LOOKUPS];
	struct xml_attribute_lookup attributes[XML_LOOKUPS];
	/* not zeroed at the start: each is when it is entered */
	struct xml_frame frames[XML_DEPTH_MAX];
};

/*
 * Ready to rewrite one part to out: set relation, ctx and state, push the
 * bytes into xml_parse_input(&rw->parse) and end it. The struct is large.
 * ERR_INPUT with parse.why: not well-formed, or another root element.
 */
enum err xml_rewrite_init(struct xml_rewrite *rw,
    const struct xml_table *table, struct buf *out) MUST_CHECK;
void xml_rewrite_fini(struct xml_rewrite *rw);

/* For hooks: count what is left out; what is a literal. */
void xml_rewrite_count(struct xml_rewrite *rw, const char *what);
/* The frame of the element that is i levels up; 0: the innermost. */
const struct xml_frame *xml_rewrite_frame(const struct xml_rewrite *rw,
    unsigned i);
/* For end hooks: take back the element with all that was written in it. */
void xml_rewrite_forget(struct xml_rewrite *rw);
/* Add all counts to a list of report.h under this place. */
enum err xml_rewrite_report(const struct xml_rewrite *rw, struct buf *removed,
    struct span where) MUST_CHECK;

#endif
