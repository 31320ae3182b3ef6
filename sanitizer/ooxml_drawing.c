/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What Word, Excel and PowerPoint draw with: DrawingML, charts, diagrams and
 * VML, and the parts of their own that these have.
 */
#include "ooxml.h"

#include <stdio.h>
#include <string.h>

#include "formula.h"

/* A jump within the show: only these, they are told apart by readers. */
static bool
is_jump(struct span action)
{
	static const char *const jumps[] = { "firstslide", "lastslide",
	    "nextslide", "previousslide", "lastslideviewed", "endshow" };
	struct span prefix = SPAN("ppaction://hlinkshowjump?jump=");

	if (!span_begins(action, prefix))
		return false;
	action = span_sub(action, prefix.len, action.len);
	for (size_t i = 0; i < sizeof(jumps) / sizeof(jumps[0]); i++)
		if (span_equal(action, span_str(jumps[i])))
			return true;
	return false;
}

/* Does it lead where its action says: to a slide that is there, or out? */
static bool
leads_there(const struct xml_rewrite *rw, const struct xml_tag *tag,
    bool to_slide)
{
	const struct opc_part *part = rw->ctx;
	const struct opc_relation *r;
	struct span id;

	if (rw->relation != opc_relation_named)
		return true;
	if (!xml_tag_value(tag, XML_NS_R, "id", &id) ||
	    (r = opc_relation_find(part, id)) == NULL)
		return false;
	if (!to_slide)
		return r->external.len > 0;
	return r->external.len == 0 &&
	    strcmp(r->kind->relation, "slide") == 0 &&
	    part->opc->of_entry[r->entry] != NULL;
}

/*
 * Links of shapes: to what opc_link_target() lets pass, to another slide, or
 * a jump within the show. All other actions start something.
 */
static enum err
link_start(struct xml_rewrite *rw, struct xml_tag *tag,
    enum xml_action *action)
{
	struct span value = SPAN("");
	bool to_slide;

	*action = XML_AS_NAMED;
	(void)xml_tag_value(tag, XML_NS_NONE, "action", &value);
	if (is_jump(value)) {
		/* it needs no relation, but the attribute */
		for (unsigned i = 0; i < tag->attributes_n; i++)
			if (tag->attributes[i].ns == XML_NS_R)
				tag->attributes[i].value = SPAN("");
		*action = XML_KEEP;
		return OK;
	}
	to_slide = span_equal(value, SPAN("ppaction://hlinksldjump"));
	if ((value.len > 0 && !to_slide) || !leads_there(rw, tag, to_slide))
		*action = XML_DROP;
	return OK;
}

/* A style of VML names lengths and places; what may load or run goes. */
static enum err
vml_start(struct xml_rewrite *rw, struct xml_tag *tag,
    enum xml_action *action)
{
	static const char *const bad[] = { "url", "behavior", "expression",
	    "import", "script", "\\", "/*" };

	(void)action;
	for (unsigned i = 0; i < tag->attributes_n; i++) {
		struct xml_attribute *a = &tag->attributes[i];

		if (a->ns != XML_NS_NONE || strcmp(a->name, "style") != 0)
			continue;
		for (size_t b = 0; b < sizeof(bad) / sizeof(bad[0]); b++)
			a->drop |= span_find_nocase(a->value,
			    span_str(bad[b])) < a->value.len;
		if (a->drop)
			xml_rewrite_count(rw, "script");
	}
	return OK;
}

/* What a drawing holds, by the name that we write it with. */
static enum err
data_start(struct xml_rewrite *rw, struct xml_tag *tag,
    enum xml_action *action)
{
	static const enum xml_ns known[] = { XML_NS_PIC, XML_NS_C, XML_NS_A,
	    XML_NS_DGM, XML_NS_LC, XML_NS_WPS, XML_NS_WPG, XML_NS_WPC };
	struct span table =
	    SPAN("http://schemas.openxmlformats.org/drawingml/2006/table");

	(void)rw;
	*action = XML_AS_NAMED;
	for (unsigned i = 0; i < tag->attributes_n; i++) {
		struct xml_attribute *a = &tag->attributes[i];
		char uri[128];
		enum xml_ns ns;

		if (a->ns != XML_NS_NONE || strcmp(a->name, "uri") != 0)
			continue;
		snprintf(uri, sizeof(uri), "%.*s", (int)(a->value.len < 127 ?
		    a->value.len : 127), (const char *)a->value.ptr);
		ns = xml_ns_find(uri);
		a->drop = true;
		for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++)
			if (known[k] == ns) {
				a->value = span_str(xml_ns_uri(ns));
				a->drop = false;
			}
		/* tables are of DrawingML itself */
		if (span_ends(a->value, SPAN("/drawingml/table")))
			a->value = table;
		if (span_equal(a->value, table))
			a->drop = false;
	}
	return OK;
}

/* Arithmetic of a shape's points. */
static bool
is_guide(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!ascii_is_alpha(s.ptr[i]) && !ascii_is_digit(s.ptr[i]) &&
		    (s.ptr[i] == '\0' ||
		    strchr(" _#@+*/?:.-", s.ptr[i]) == NULL))
			return false;
	return true;
}

static enum err
guide_start(struct xml_rewrite *rw, struct xml_tag *tag,
    enum xml_action *action)
{
	struct span value;

	(void)rw;
	*action = XML_AS_NAMED;
	if ((xml_tag_value(tag, XML_NS_NONE, "fmla", &value) ||
	    xml_tag_value(tag, XML_NS_NONE, "eqn", &value)) &&
	    !is_guide(value))
		*action = XML_DROP;
	return OK;
}

static enum err
data_end(struct xml_rewrite *rw)
{
	if (rw->write.open)
		rw->hollow = true;
	return OK;
}

#define DIAGRAM_URI "http://schemas.microsoft.com/office/drawing/2008/diagram"

/*
 * Of the extensions of a diagram's data only the one that names its drawing,
 * by a relation of the part that shows the diagram.
 */
static enum err
diagram_start(struct xml_rewrite *rw, struct xml_tag *tag,
    enum xml_action *action)
{
	struct span uri;

	*action = XML_DROP;
	if (strcmp(rw->table->root, "dataModel") != 0)
		*action = XML_AS_NAMED;		/* a:ext is a size as well */
	else if (strcmp(tag->name, "extLst") == 0 && rw->depth == 1)
		*action = XML_UNWRAP;
	else if (strcmp(tag->name, "ext") == 0 &&
	    !xml_tag_value(tag, XML_NS_NONE, "uri", &uri))
		*action = XML_AS_NAMED;
	else if (strcmp(tag->name, "ext") == 0 && rw->depth == 2 &&
	    span_equal(uri, SPAN(DIAGRAM_URI)))
		*action = XML_UNWRAP;
	return OK;
}

static enum err
write_model(struct xml_write *w, struct span id)
{
	enum err err;

	if ((err = xml_write_begin(w, XML_NS_DGM, "extLst")) == OK &&
	    (err = xml_write_begin(w, XML_NS_A, "ext")) == OK &&
	    (err = xml_write_attribute(w, XML_NS_NONE, "uri",
	    SPAN(DIAGRAM_URI))) == OK &&
	    (err = xml_write_begin(w, XML_NS_DSP, "dataModelExt")) == OK &&
	    (err = xml_write_attribute(w, XML_NS_NONE, "relId", id)) == OK &&
	    (err = xml_write_attribute(w, XML_NS_NONE, "minVer",
	    span_str(xml_ns_uri(XML_NS_DGM)))) == OK &&
	    (err = xml_write_end(w, XML_NS_DSP, "dataModelExt")) == OK &&
	    (err = xml_write_end(w, XML_NS_A, "ext")) == OK)
		err = xml_write_end(w, XML_NS_DGM, "extLst");
	return err;
}

static enum err
model_start(struct xml_rewrite *rw, struct xml_tag *tag,
    enum xml_action *action)
{
	const struct opc_part *part = rw->ctx;
	const struct opc_relation *r = NULL;
	struct span id;
	char number[16];

	*action = XML_DROP;
	if (rw->relation != opc_relation_named || rw->depth != 3 ||
	    strcmp(rw->table->root, "dataModel") != 0)
		return OK;
	if (part->from != NULL && xml_tag_value(tag, XML_NS_NONE, "relId",
	    &id))
		r = opc_relation_find(part->from, id);
	if (r == NULL || r->target == NULL || r->number == 0 ||
	    strcmp(r->kind->relation, "diagramDrawing") != 0)
		return OK;
	*action = XML_CAPTURE;		/* it is written here */
	snprintf(number, sizeof(number), "rId%u", r->number);
	return write_model(&rw->write, span_str(number));
}

/* What a series shows stays in its cache if the formula may not pass. */
static enum err
chart_formula_end(struct xml_rewrite *rw)
{
	struct span text = buf_span(&rw->captured);
	struct formula_result result;

	if (formula_check(text, &result) != FORMULA_FINE) {
		xml_rewrite_count(rw, formula_verdict_name(result.verdict));
		text = SPAN("#REF!");	/* as Excel writes what is lost */
	}
	return xml_write_element(&rw->write, XML_NS_C, "f", text);
}

/* A shape that shows the text of a cell. */
enum err
ooxml_text_link_start(struct xml_rewrite *rw, struct xml_tag *tag,
    enum xml_action *action)
{
	struct formula_result result;

	*action = XML_AS_NAMED;
	for (unsigned i = 0; i < tag->attributes_n; i++) {
		struct xml_attribute *a = &tag->attributes[i];
		struct span text = a->value;

		if (a->ns != XML_NS_NONE || strcmp(a->name, "textlink") != 0)
			continue;
		if (text.len > 0 && text.ptr[0] == '=')
			text = span_sub(text, 1, text.len);
		if (formula_check(text, &result) == FORMULA_FINE)
			continue;
		a->drop = true;
		xml_rewrite_count(rw, formula_verdict_name(result.verdict));
	}
	return OK;
}

const struct xml_rule ooxml_drawing_rules[] = {
	{ XML_NS_A, "hlinkClick", 0, 0, "link", link_start, NULL },
	{ XML_NS_A, "hlinkHover", 0, 0, "link", link_start, NULL },
	{ XML_NS_A, "hlinkMouseOver", XML_DROP, 0, "link", NULL, NULL },
	{ XML_NS_A, "graphicData", 0, 0, NULL, data_start, data_end },
	{ XML_NS_A, "gd", 0, 0, NULL, guide_start, NULL },
	{ XML_NS_A, "blip", 0, 0, "picture", NULL, NULL },
	{ XML_NS_A, "audioCd", XML_DROP, 0, "media", NULL, NULL },
	{ XML_NS_A, "audioFile", XML_DROP, 0, "media", NULL, NULL },
	{ XML_NS_A, "videoFile", XML_DROP, 0, "media", NULL, NULL },
	{ XML_NS_A, "quickTimeFile", XML_DROP, 0, "media", NULL, NULL },
	{ XML_NS_A, "wavAudioFile", XML_DROP, 0, "media", NULL, NULL },
	{ XML_NS_A, "snd", XML_DROP, 0, "media", NULL, NULL },
	{ XML_NS_C, "externalData", XML_DROP, 0, "embedded-file", NULL,
	    NULL },
	{ XML_NS_C, "f", XML_CAPTURE, 0, NULL, NULL, chart_formula_end },
	{ XML_NS_CDR, "sp", 0, 0, NULL, ooxml_text_link_start, NULL },
	{ XML_NS_O, "OLEObject", XML_DROP, 0, "ole-object", NULL, NULL },
	{ XML_NS_V, "imagedata", 0, 0, "picture", NULL, NULL },
	{ XML_NS_V, "fill", 0, XML_KEEP, NULL, NULL, NULL },
	{ XML_NS_V, "stroke", 0, XML_KEEP, NULL, NULL, NULL },
	{ XML_NS_V, "f", 0, 0, NULL, guide_start, NULL },
	{ XML_NS_V, NULL, 0, 0, NULL, vml_start, NULL },
	{ XML_NS_A, "ext", 0, 0, NULL, diagram_start, NULL },
	{ XML_NS_DGM, "extLst", 0, 0, NULL, diagram_start, NULL },
	{ XML_NS_DSP, "dataModelExt", 0, 0, NULL, model_start, NULL },
	{ XML_NS_DGM, "shape", 0, XML_KEEP, NULL, NULL, NULL },
	{ XML_NS_DGM, "relIds", 0, XML_DROP, NULL, NULL, NULL },
	{ XML_NS_O, "signatureline", XML_DROP, 0, "signature", NULL, NULL },
	{ XML_NS_NONE, NULL, 0, 0, NULL, NULL, NULL }
};

static const enum xml_ns namespaces_a[] = { XML_NS_A, XML_NS_R,
    XML_NS_NONE };
static const enum xml_ns namespaces_c[] = { XML_NS_C, XML_NS_A, XML_NS_R,
    XML_NS_NONE };
static const enum xml_ns namespaces_shapes[] = { XML_NS_C, XML_NS_CDR,
    XML_NS_A, XML_NS_R, XML_NS_NONE };
static const enum xml_ns namespaces_cs[] = { XML_NS_CS, XML_NS_A,
    XML_NS_NONE };
static const enum xml_ns namespaces_dgm[] = { XML_NS_DGM, XML_NS_A, XML_NS_R,
    XML_NS_NONE };
static const enum xml_ns namespaces_model[] = { XML_NS_DGM, XML_NS_A,
    XML_NS_R, XML_NS_DSP, XML_NS_NONE };
static const enum xml_ns namespaces_dsp[] = { XML_NS_DSP, XML_NS_DGM,
    XML_NS_A, XML_NS_R, XML_NS_NONE };

static const struct xml_names *const names_a[] = { &ooxml_a, NULL };
static const struct xml_names *const names_c[] = { &ooxml_c, &ooxml_a,
    NULL };
static const struct xml_names *const names_shapes[] = { &ooxml_c, &ooxml_cdr,
    &ooxml_a, NULL };
static const struct xml_names *const names_cs[] = { &ooxml_cs, &ooxml_a,
    NULL };
static const struct xml_names *const names_dgm[] = { &ooxml_dgm, &ooxml_a,
    &ooxml_pic, NULL };
static const struct xml_names *const names_model[] = { &ooxml_dgm, &ooxml_a,
    &ooxml_pic, NULL };
static const struct xml_names *const names_dsp[] = { &ooxml_dsp, &ooxml_dgm,
    &ooxml_a, NULL };

#define TABLE(ns_, root_, of) { .root_ns = ns_, .root = root_, \
	.namespaces = namespaces_##of, .names = names_##of, \
	.rules = { ooxml_drawing_rules } }

const struct xml_table ooxml_theme_table = TABLE(XML_NS_A, "theme", a);
const struct xml_table ooxml_theme_override_table =
    TABLE(XML_NS_A, "themeOverride", a);
const struct xml_table ooxml_chart_table =
    TABLE(XML_NS_C, "chartSpace", c);
const struct xml_table ooxml_chart_shapes_table =
    TABLE(XML_NS_C, "userShapes", shapes);
const struct xml_table ooxml_chart_style_table =
    TABLE(XML_NS_CS, "chartStyle", cs);
const struct xml_table ooxml_chart_color_table =
    TABLE(XML_NS_CS, "colorStyle", cs);
const struct xml_table ooxml_diagram_data_table =
    TABLE(XML_NS_DGM, "dataModel", model);
const struct xml_table ooxml_diagram_layout_table =
    TABLE(XML_NS_DGM, "layoutDef", dgm);
const struct xml_table ooxml_diagram_style_table =
    TABLE(XML_NS_DGM, "styleDef", dgm);
const struct xml_table ooxml_diagram_colors_table =
    TABLE(XML_NS_DGM, "colorsDef", dgm);
const struct xml_table ooxml_diagram_drawing_table =
    TABLE(XML_NS_DSP, "drawing", dsp);
