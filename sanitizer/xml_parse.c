/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * libxml2's SAX2 push parser, tied down: no callback of it but the five that
 * make events. Names and namespaces come interned, which the users of the
 * events build their caches on.
 */
#include "xml_parse.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/parserInternals.h>

static void
stop_on(struct xml_parse *p, enum err err, const char *why)
{
	if (err == OK || p->err != OK)
		return;
	p->err = err;
	if (why != NULL && p->why[0] == '\0')
		snprintf(p->why, sizeof(p->why), "%s", why);
	xmlStopParser(p->libxml);
}

static enum xml_ns
namespace(struct xml_parse *p, const xmlChar *uri)
{
	size_t slot = ((uintptr_t)uri >> 4) % XML_NS_SLOTS;

	if (uri == NULL)
		return XML_NS_NONE;
	if (p->slots[slot].uri != uri) {
		p->slots[slot].uri = uri;
		p->slots[slot].ns = xml_ns_find((const char *)uri);
	}
	return p->slots[slot].ns;
}

static bool
bind(struct xml_parse *p, int n, const xmlChar **namespaces)
{
	for (int i = 0; i < n; i++) {
		if (p->bindings_n == XML_BINDINGS_MAX)
			return false;
		p->bindings[p->bindings_n++] = (struct xml_binding){
			(const char *)namespaces[2 * i],
			namespace(p, namespaces[2 * i + 1]), p->depth };
	}
	return true;
}

static void
on_start(void *ctx, const xmlChar *name, const xmlChar *prefix,
    const xmlChar *uri, int namespaces_n, const xmlChar **namespaces,
    int attributes_n, int defaulted, const xmlChar **attributes)
{
	struct xml_parse *p = ctx;
	struct xml_tag tag;

	(void)prefix;
	(void)defaulted;	/* only of a document type */
	if (p->err != OK)
		return;
	if (++p->depth > XML_DEPTH_MAX ||
	    attributes_n > XML_TAG_EQUALS_MAX ||
	    !bind(p, namespaces_n, namespaces)) {
		stop_on(p, ERR_LIMIT, "XML nested too deep or too wide");
		return;
	}
	p->elements++;
	tag.ns = namespace(p, uri);
	tag.name = (const char *)name;
	tag.attributes = p->attributes;
	tag.attributes_n = (unsigned)attributes_n;
	for (int i = 0; i < attributes_n; i++, attributes += 5)
		p->attributes[i] = (struct xml_attribute){
			namespace(p, attributes[2]),
			(const char *)attributes[0],
			{ attributes[3],
			    (size_t)(attributes[4] - attributes[3]) },
			false };
	stop_on(p, p->events->start(p->ctx, &tag), NULL);
}

static void
on_end(void *ctx, const xmlChar *name, const xmlChar *prefix,
    const xmlChar *uri)
{
	struct xml_parse *p = ctx;

	(void)prefix;
	if (p->err != OK)
		return;
	stop_on(p, p->events->end(p->ctx, namespace(p, uri),
	    (const char *)name), NULL);
	while (p->bindings_n > 0 &&
	    p->bindings[p->bindings_n - 1].depth >= p->depth)
		p->bindings_n--;
	p->depth--;
}

static void
on_text(void *ctx, const xmlChar *text, int len)
{
	struct xml_parse *p = ctx;

	if (p->err == OK && len > 0)
		stop_on(p, p->events->text(p->ctx,
		    (struct span){ text, (size_t)len }), NULL);
}

static void
on_doctype(void *ctx, const xmlChar *name, const xmlChar *external,
    const xmlChar *system)
{
	(void)name;
	(void)external;
	(void)system;
	stop_on(ctx, ERR_INPUT, "document type declaration");
}

static void
on_reference(void *ctx, const xmlChar *name)
{
	(void)name;
	stop_on(ctx, ERR_INPUT, "entity reference");
}

static void
on_message(void *ctx, const char *format, ...)
{
	(void)ctx;
	(void)format;
}

static enum err
feed(struct xml_parse *p, struct span bytes, bool last)
{
	xmlParserCtxt *libxml = p->libxml;

	do {
		size_t n = bytes.len > INT_MAX / 2 ? INT_MAX / 2 : bytes.len;

		xmlParseChunk(libxml, (const char *)bytes.ptr, (int)n,
		    last && n == bytes.len);
		if (p->err == OK &&
		    (!libxml->wellFormed || !libxml->nsWellFormed)) {
			p->err = ERR_INPUT;
			snprintf(p->why, sizeof(p->why),
			    "XML: error %d in line %d", libxml->errNo,
			    libxml->input != NULL ? libxml->input->line : 0);
		}
		bytes = span_sub(bytes, n, bytes.len);
	} while (p->err == OK && bytes.len > 0);
	return p->err;
}

static enum err
sink_write(struct filter *f, struct span bytes)
{
	return feed((struct xml_parse *)f, bytes, false);
}

static enum err
sink_end(struct filter *f)
{
	struct xml_parse *p = (struct xml_parse *)f;
	enum err err = feed(p, SPAN(""), true);

	if (err == OK && (p->depth != 0 || p->elements == 0)) {
		snprintf(p->why, sizeof(p->why), "XML is cut off");
		err = ERR_INPUT;
	}
	return err;
}

enum err
xml_parse_init(struct xml_parse *p, const struct xml_events *events,
    void *ctx)
{
	xmlSAXHandler sax = {
		.internalSubset = on_doctype,
		.externalSubset = on_doctype,
		.reference = on_reference,
		.characters = on_text,
		.ignorableWhitespace = on_text,
		.cdataBlock = on_text,
		.warning = on_message,
		.error = on_message,
		.fatalError = on_message,
		.initialized = XML_SAX2_MAGIC,
		.startElementNs = on_start,
		.endElementNs = on_end,
	};
	xmlParserCtxt *libxml;

	memset((char *)p + offsetof(struct xml_parse, events), 0,
	    offsetof(struct xml_parse, bindings) -
	    offsetof(struct xml_parse, events));
	p->sink = (struct filter){ sink_write, sink_end, NULL };
	xml_scan_init(&p->scan, &p->sink);
	p->events = events;
	p->ctx = ctx;
	libxml = xmlCreatePushParserCtxt(&sax, p, NULL, 0, NULL);
	if (libxml == NULL)
		return ERR_SYSTEM;
	p->libxml = libxml;
	/* NOENT: &amp; and the like come as characters, in values too */
	xmlCtxtUseOptions(libxml, XML_PARSE_NONET | XML_PARSE_NOENT |
	    XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_IGNORE_ENC);
	return OK;
}

void
xml_parse_fini(struct xml_parse *p)
{
	xmlParserCtxt *libxml = p->libxml;

	if (libxml != NULL) {
		if (libxml->myDoc != NULL)
			xmlFreeDoc(libxml->myDoc);
		xmlFreeParserCtxt(libxml);
	}
	p->libxml = NULL;
}

struct filter *
xml_parse_input(struct xml_parse *p)
{
	return &p->scan.filter;
}

enum xml_ns
xml_parse_prefix(const struct xml_parse *p, struct span prefix)
{
	for (unsigned i = p->bindings_n; i-- > 0; ) {
		const char *known = p->bindings[i].prefix;

		if (known != NULL && span_equal(prefix, span_str(known)))
			return p->bindings[i].ns;
	}
	return XML_NS_UNKNOWN;
}

bool
xml_tag_value(const struct xml_tag *tag, enum xml_ns ns, const char *name,
    struct span *value)
{
	for (unsigned i = 0; i < tag->attributes_n; i++) {
		const struct xml_attribute *a = &tag->attributes[i];

		if (a->ns == ns && !a->drop && strcmp(a->name, name) == 0) {
			*value = a->value;
			return true;
		}
	}
	*value = (struct span){ NULL, 0 };
	return false;
}

void
xml_parse_warm(void)
{
	xmlInitParser();
}
