/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * PowerPoint: which parts of a presentation are kept, and what of
 * PresentationML differs from its vocabulary. What stands on a slide is in
 * ooxml_powerpoint_slide.c.
 */
#include "ooxml_powerpoint.h"

#include <string.h>

#include "ooxml.h"

static bool
is_kind(const struct opc_relation *r, const char *relation)
{
	return r != NULL && r->external.len == 0 &&
	    strcmp(r->kind->relation, relation) == 0;
}

static struct opc_relation *
named(const struct xml_rewrite *rw, const struct xml_tag *tag)
{
	const struct powerpoint_part *state = rw->state;
	struct span id;

	return xml_tag_value(tag, XML_NS_R, "id", &id) ?
	    opc_relation_find(state->part, id) : NULL;
}

/* Lists: what they name is of the kind that they are of. */
static enum err
list_start(struct xml_rewrite *rw, struct xml_tag *tag,
    enum xml_action *action)
{
	static const char *const lists[][2] = {
		{ "sldMasterId", "slideMaster" },
		{ "sldLayoutId", "slideLayout" },
		{ "notesMasterId", "notesMaster" },
		{ "handoutMasterId", "handoutMaster" },
	};

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (strcmp(tag->name, lists[i][0]) == 0 &&
		    !is_kind(named(rw, tag), lists[i][1]))
			*action = XML_DROP;
	return OK;
}

/* The list of slides: each stands there once. */
static enum err
slide_start(struct xml_rewrite *rw, struct xml_tag *tag,
    enum xml_action *action)
{
	const struct powerpoint_part *state = rw->state;
	const struct opc_relation *r = named(rw, tag);

	if (!is_kind(r, "slide") ||
	    state->part->opc->of_entry[r->entry] != NULL)
		*action = XML_DROP;
	return OK;
}

/* Slides of custom shows and of the outline's view. */
static enum err
other_slide_start(struct xml_rewrite *rw, struct xml_tag *tag,
    enum xml_action *action)
{
	struct powerpoint_part *state = rw->state;
	const struct opc_relation *r = named(rw, tag);

	if (is_kind(r, "slide") &&
	    state->part->opc->of_entry[r->entry] != NULL)
		return OK;
	*action = XML_DROP;
	state->torn = true;
	return OK;
}

/* In p:showPr it only names one by a number that may be gone. */
static enum err
show_start(struct xml_rewrite *rw, struct xml_tag *tag,
    enum xml_action *action)
{
	struct powerpoint_part *state = rw->state;
	const struct xml_frame *above = xml_rewrite_frame(rw, 0);

	(void)tag;
	state->torn = false;
	if (above == NULL || strcmp(above->written, "custShowLst") != 0)
		*action = XML_DROP;
	return OK;
}

static enum err
show_end(struct xml_rewrite *rw)
{
	struct powerpoint_part *state = rw->state;

	if (state->torn) {
		xml_rewrite_forget(rw);
		xml_rewrite_count(rw, "custom-show");
	}
	return OK;
}

static enum err
filled_end(struct xml_rewrite *rw)
{
	if (rw->write.open)
		xml_rewrite_forget(rw);
	return OK;
}

/* What we write is transitional, whatever it came as. */
static enum err
presentation_start(struct xml_rewrite *rw, struct xml_tag *tag,
    enum xml_action *action)
{
	(void)rw;
	(void)action;
	for (unsigned i = 0; i < tag->attributes_n; i++)
		if (tag->attributes[i].ns == XML_NS_NONE &&
		    strcmp(tag->attributes[i].name, "conformance") == 0)
			tag->attributes[i].drop = true;
	return OK;
}

#define P(name, action, removed) \
	{ XML_NS_P, name, action, 0, removed, NULL, NULL }
#define HOOKS(name, removed, start, end) \
	{ XML_NS_P, name, 0, 0, removed, start, end }

static const struct xml_rule rules[] = {
	HOOKS("cNvPr", NULL, powerpoint_properties_start, NULL),
	HOOKS("pic", NULL, powerpoint_picture_start, NULL),
	HOOKS("graphicFrame", NULL, powerpoint_frame_start,
	    powerpoint_frame_end),
	{ XML_NS_P, "oleObj", XML_UNWRAP, 0, "ole-object",
	    powerpoint_object_start, powerpoint_object_end },
	P("embed", XML_DROP, "embedded-file"),
	P("link", XML_DROP, "external-link"),
	HOOKS("timing", "animation", powerpoint_timing_start,
	    powerpoint_timing_end),
	HOOKS("spTgt", NULL, powerpoint_target_start, NULL),
	HOOKS("inkTgt", NULL, powerpoint_target_start, NULL),
	HOOKS("bldP", NULL, powerpoint_target_start, NULL),
	HOOKS("bldDgm", NULL, powerpoint_target_start, NULL),
	HOOKS("bldGraphic", NULL, powerpoint_target_start, NULL),
	HOOKS("bldOleChart", NULL, powerpoint_target_start, NULL),
	P("cmd", XML_DROP, "action"),
	P("audio", XML_DROP, "media"),
	P("video", XML_DROP, "media"),
	P("sndAc", XML_DROP, "media"),
	P("sndTgt", XML_DROP, "media"),
	P("controls", XML_DROP, "activex"),
	P("contentPart", XML_DROP, "ink"),
	P("custDataLst", XML_DROP, "custom-xml"),
	P("embeddedFontLst", XML_DROP, "font"),
	P("modifyVerifier", XML_DROP, "protection"),
	P("smartTags", XML_DROP, "smart-tag"),
	P("htmlPubPr", XML_DROP, "external-link"),
	P("webPr", XML_DROP, "metadata"),
	P("photoAlbum", XML_DROP, "metadata"),
	HOOKS("presentation", NULL, presentation_start, NULL),
	HOOKS("sldMasterId", "slide", list_start, NULL),
	HOOKS("sldLayoutId", "slide", list_start, NULL),
	HOOKS("notesMasterId", "slide", list_start, NULL),
	HOOKS("handoutMasterId", "slide", list_start, NULL),
	HOOKS("sldId", "slide", slide_start, NULL),
	HOOKS("custShowLst", NULL, NULL, filled_end),
	HOOKS("custShow", "custom-show", show_start, show_end),
	{ XML_NS_NONE, NULL, 0, 0, NULL, NULL, NULL }
};

/* p:sld is a slide, too: only in these it names one. */
static const struct xml_rule list_rules[] = {
	HOOKS("sld", "link", other_slide_start, NULL),
	{ XML_NS_NONE, NULL, 0, 0, NULL, NULL, NULL }
};

static const enum xml_ns namespaces[] = { XML_NS_P, XML_NS_A, XML_NS_R,
    XML_NS_PIC, XML_NS_C, XML_NS_DGM, XML_NS_LC, XML_NS_NONE };
static const struct xml_names *const names[] = { &ooxml_p, &ooxml_a,
    &ooxml_pic, &ooxml_c, &ooxml_dgm, &ooxml_lc, NULL };

#define TABLE(ns_, root_, ...) { .root_ns = ns_, .root = root_, \
	.namespaces = namespaces, .names = names, .rules = { __VA_ARGS__ } }
#define SLIDES(root_) TABLE(XML_NS_P, root_, rules, ooxml_drawing_rules)

static const struct xml_table presentation = TABLE(XML_NS_P, "presentation",
    list_rules, rules, ooxml_drawing_rules);
static const struct xml_table view = TABLE(XML_NS_P, "viewPr", list_rules,
    rules, ooxml_drawing_rules);
static const struct xml_table properties = SLIDES("presentationPr");
static const struct xml_table slide = SLIDES("sld");
static const struct xml_table layout = SLIDES("sldLayout");
static const struct xml_table master = SLIDES("sldMaster");
static const struct xml_table notes = SLIDES("notes");
static const struct xml_table notes_master = SLIDES("notesMaster");
static const struct xml_table handout_master = SLIDES("handoutMaster");
static const struct xml_table authors = SLIDES("cmAuthorLst");
static const struct xml_table comments = SLIDES("cmLst");
static const struct xml_table table_styles =
    TABLE(XML_NS_A, "tblStyleLst", ooxml_drawing_rules);

/* What leads back, from a part to one that it belongs to: no r:id says so. */
static bool
leads_back(const struct opc_part *part, const struct opc_relation *r)
{
	static const char *const back[][2] = {
		{ "slide", "slideLayout" }, { "slideLayout", "slideMaster" },
		{ "notesSlide", "notesMaster" }, { "notesSlide", "slide" },
	};

	for (size_t i = 0; i < sizeof(back) / sizeof(back[0]); i++)
		if (strcmp(part->kind->relation, back[i][0]) == 0 &&
		    is_kind(r, back[i][1]))
			return strcmp(back[i][1], "slide") != 0 ||
			    part->opc->of_entry[r->entry] != NULL;
	return false;
}

static enum err
open_part(struct opc *opc, struct opc_part *part, struct xml_rewrite *rw)
{
	struct powerpoint_part *state = arena_alloc(opc->arena,
	    sizeof(*state));
	struct xml_attribute a = { .ns = XML_NS_R, .name = "id" };

	if (state == NULL)
		return ERR_LIMIT;
	state->part = part;
	rw->state = state;
	for (unsigned i = 0; i < part->relations_n; i++) {
		if (!leads_back(part, &part->relations[i]))
			continue;
		a.value = part->relations[i].id;
		if (!opc_relation_named(part, "", &a))
			return ERR_LIMIT;
	}
	return OK;
}

#define POWERPOINT	OOXML_TYPE "presentationml."
#define MS		"application/vnd.ms-powerpoint."
#define KIND(relation_, name_, table_, implicit_, single_) \
	{ .relation = relation_, .types = { POWERPOINT relation_ "+xml" }, \
	    .out_type = POWERPOINT relation_ "+xml", \
	    .out_name = "ppt/" name_, .table = &table_, \
	    .implicit = implicit_, .single = single_, .open = open_part }

const struct opc_kind ooxml_powerpoint_kinds[] = {
	{ .relation = "officeDocument", .types = {
	    POWERPOINT "presentation.main+xml", POWERPOINT
	    "slideshow.main+xml", POWERPOINT "template.main+xml",
	    MS "presentation.macroEnabled.main+xml",
	    MS "slideshow.macroEnabled.main+xml",
	    MS "template.macroEnabled.main+xml" },
	    .out_type = POWERPOINT "presentation.main+xml",
	    .out_name = "ppt/presentation.xml", .table = &presentation,
	    .single = true, .open = open_part },
	KIND("presProps", "presProps.xml", properties, true, true),
	KIND("viewProps", "viewProps.xml", view, true, true),
	KIND("tableStyles", "tableStyles.xml", table_styles, true, true),
	KIND("commentAuthors", "commentAuthors.xml", authors, true, true),
	KIND("slide", "slides/slide%u.xml", slide, false, false),
	KIND("slideLayout", "slideLayouts/slideLayout%u.xml", layout, false,
	    false),
	KIND("slideMaster", "slideMasters/slideMaster%u.xml", master, false,
	    false),
	KIND("notesSlide", "notesSlides/notesSlide%u.xml", notes, true,
	    false),
	KIND("notesMaster", "notesMasters/notesMaster%u.xml", notes_master,
	    false, false),
	KIND("handoutMaster", "handoutMasters/handoutMaster%u.xml",
	    handout_master, false, false),
	KIND("comments", "comments/comment%u.xml", comments, true, false),
	OOXML_DRAWING_KINDS("ppt"),
};
const unsigned ooxml_powerpoint_kinds_n =
    sizeof(ooxml_powerpoint_kinds) / sizeof(ooxml_powerpoint_kinds[0]);
