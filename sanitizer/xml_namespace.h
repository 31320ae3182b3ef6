/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_XML_NAMESPACE_H
#define SEKISHO_SANITIZER_XML_NAMESPACE_H

/*
 * The XML namespaces that we know, as numbers. Each has one prefix and one
 * URI that we write; the strict forms of ISO/IEC 29500 are read as the
 * transitional ones, which are written.
 */
enum xml_ns {
	XML_NS_NONE = 0,
	XML_NS_UNKNOWN,
	XML_NS_XML,
	XML_NS_MC,		/* markup compatibility: never written */
	XML_NS_TYPES,		/* [Content_Types].xml */
	XML_NS_RELATIONS,	/* _rels */
	XML_NS_CORE, XML_NS_DC, XML_NS_DCTERMS,		/* docProps */
	XML_NS_R,		/* r:id and the like */
	XML_NS_W, XML_NS_M, XML_NS_WP, XML_NS_WP14,
	XML_NS_WPS, XML_NS_WPG, XML_NS_WPC,
	XML_NS_A, XML_NS_PIC, XML_NS_C, XML_NS_CDR, XML_NS_DGM, XML_NS_DSP,
	XML_NS_LC, XML_NS_XDR,
	XML_NS_V, XML_NS_O, XML_NS_W10, XML_NS_XVML, XML_NS_PVML,
	XML_NS_X,		/* SpreadsheetML: the default namespace */
	XML_NS_X14, XML_NS_XM,	/* extensions of it */
	XML_NS_W14,		/* of WordprocessingML */
	XML_NS_CS,		/* styles of charts */
	XML_NS_A14,		/* of DrawingML: read, never written */
	XML_NS_P,
	XML_NS_N
};

/* Of a namespace name; UNKNOWN if it is none of ours, NONE if NULL. */
enum xml_ns xml_ns_find(const char *uri);
/* "w"; empty for the namespace that is written without a prefix. */
const char *xml_ns_prefix(enum xml_ns ns);
/* What xmlns:w="..." is written with. */
const char *xml_ns_uri(enum xml_ns ns);

#endif
