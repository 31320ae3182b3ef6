/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The vocabularies of the office formats as tables of data.
 */
#include "ooxml.h"

#include "ooxml_drawing_table.h"
#include "ooxml_excel_table.h"
#include "ooxml_extension_table.h"
#include "ooxml_powerpoint_table.h"
#include "ooxml_vml_table.h"
#include "ooxml_word_table.h"

#define NAMES(prefix, number) \
	const struct xml_names ooxml_##prefix = { number, names_##prefix, \
	    sizeof(names_##prefix) / sizeof(names_##prefix[0]) }

NAMES(w, XML_NS_W);
NAMES(m, XML_NS_M);
NAMES(wp, XML_NS_WP);
NAMES(wp14, XML_NS_WP14);
NAMES(wps, XML_NS_WPS);
NAMES(wpg, XML_NS_WPG);
NAMES(wpc, XML_NS_WPC);
NAMES(a, XML_NS_A);
NAMES(pic, XML_NS_PIC);
NAMES(c, XML_NS_C);
NAMES(cdr, XML_NS_CDR);
NAMES(dgm, XML_NS_DGM);
NAMES(dsp, XML_NS_DSP);
NAMES(lc, XML_NS_LC);
NAMES(xdr, XML_NS_XDR);
NAMES(v, XML_NS_V);
NAMES(o, XML_NS_O);
NAMES(w10, XML_NS_W10);
NAMES(xvml, XML_NS_XVML);
NAMES(pvml, XML_NS_PVML);
NAMES(x, XML_NS_X);
NAMES(x14, XML_NS_X14);
NAMES(xm, XML_NS_XM);
NAMES(w14, XML_NS_W14);
NAMES(cs, XML_NS_CS);
NAMES(p, XML_NS_P);
