/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_XML_PARSE_H
#define SEKISHO_SANITIZER_XML_PARSE_H

#include "xml_namespace.h"
#include "xml_scan.h"

/*
 * XML as events, by libxml2's push parser behind xml_scan.h. No entities but
 * the five, no document type, nothing is loaded, nothing is recovered.
 */
struct xml_attribute {
	enum xml_ns	 ns;		/* NONE: without prefix */
	const char	*name;		/* as in xml_tag */
	struct span	 value;		/* UTF-8, references resolved */
	bool		 drop;		/* for hooks of xml_rewrite.h */
};
struct xml_tag {
	enum xml_ns	 ns;
	/* local name; equal names have equal pointers during one parse */
	const char	*name;
	struct xml_attribute *attributes;
	unsigned	 attributes_n;
};

struct xml_parse;
struct xml_events {
	enum err (*start)(void *ctx, struct xml_tag *tag);
	enum err (*end)(void *ctx, enum xml_ns ns, const char *name);
	enum err (*text)(void *ctx, struct span text);
};

#define XML_NS_SLOTS	64
struct xml_binding {
	const char	*prefix;
	enum xml_ns	 ns;
	unsigned	 depth;
};
struct xml_parse {
	struct filter	 sink;		/* behind scan */
	struct xml_scan	 scan;
	const struct xml_events *events;
	void		*ctx;
	void		*libxml;	/* xmlParserCtxt */
	enum err	 err;
	char		 why[120];	/* of the error */
	unsigned	 depth;
	uint64_t	 elements;
	unsigned	 bindings_n;
	struct { const void *uri; enum xml_ns ns; } slots[XML_NS_SLOTS];
	/* from here on written before it is read: not zeroed */
	struct xml_binding bindings[XML_BINDINGS_MAX];
	struct xml_attribute attributes[XML_TAG_EQUALS_MAX];
};

/*
 * Make a parser; bytes are written to xml_parse_input() in any split and its
 * end() says that it was all. An error of an event ends it. ERR_INPUT: not
 * well-formed, see why. xml_parse_fini() in any case.
 */
enum err xml_parse_init(struct xml_parse *p, const struct xml_events *events,
    void *ctx) MUST_CHECK;
void xml_parse_fini(struct xml_parse *p);
struct filter *xml_parse_input(struct xml_parse *p);

/* What a prefix in the content of an attribute stands for, at this place. */
enum xml_ns xml_parse_prefix(const struct xml_parse *p, struct span prefix);

/* The value of an attribute; false if the tag has none. */
bool xml_tag_value(const struct xml_tag *tag, enum xml_ns ns,
    const char *name, struct span *value);

/* Touch what libxml2 sets up at first use: for zygotes. */
void xml_parse_warm(void);

#endif
