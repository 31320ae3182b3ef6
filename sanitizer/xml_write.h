/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_XML_WRITE_H
#define SEKISHO_SANITIZER_XML_WRITE_H

#include "../gateway/base/buf.h"
#include "xml_namespace.h"

/*
 * The one way in which we write XML; ooxml.h, "shape", has the grammar.
 * Names come from our own tables, values and text are UTF-8 as the parser
 * gave them. Errors are those of buf_add().
 */
struct xml_write {
	struct buf	*out;
	bool		 open;		/* the last tag has no '>' yet */
};
/* A place to which what was written can be taken back. */
struct xml_mark {
	size_t		 len;
	bool		 open;
};

/* The XML declaration. */
enum err xml_write_declaration(struct xml_write *w, struct buf *out)
    MUST_CHECK;
enum err xml_write_begin(struct xml_write *w, enum xml_ns ns,
    const char *name) MUST_CHECK;
/* xmlns:prefix="uri", behind begin. */
enum err xml_write_namespace(struct xml_write *w, enum xml_ns ns) MUST_CHECK;
enum err xml_write_attribute(struct xml_write *w, enum xml_ns ns,
    const char *name, struct span value) MUST_CHECK;
enum err xml_write_text(struct xml_write *w, struct span text) MUST_CHECK;
/* An element without content ends with "/>". */
enum err xml_write_end(struct xml_write *w, enum xml_ns ns,
    const char *name) MUST_CHECK;
/* begin, text and end of an element without attributes. */
enum err xml_write_element(struct xml_write *w, enum xml_ns ns,
    const char *name, struct span text) MUST_CHECK;

/* What was written with this writer before. */
enum err xml_write_again(struct xml_write *w, struct span xml) MUST_CHECK;

struct xml_mark xml_write_mark(const struct xml_write *w);
void xml_write_back(struct xml_write *w, struct xml_mark mark);

#endif
