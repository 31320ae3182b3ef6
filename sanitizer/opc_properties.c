/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * docProps: of the core properties title, created and modified are written
 * anew; who wrote it, for whom and with what is not. app.xml is one of two
 * texts of ours.
 */
#include "opc_internal.h"

#include <string.h>

#define TITLE_BYTES_MAX	1000
#define APPLICATION_BYTES_MAX	32
#define DATE_BYTES	20		/* 2026-11-27T18:45:48Z */

#define APP(name) \
	"<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n" \
	"<Properties xmlns=\"http://schemas.openxmlformats.org/" \
	"officeDocument/2006/extended-properties\"><Application>" name \
	"</Application></Properties>"
const char opc_app_xml[] = APP("Sekisho");
/* LibreOffice believes heights of rows and the like to these programs only */
const char opc_app_microsoft_xml[] = APP("Microsoft Office");

struct properties {
	struct buf	 title, created, modified;
	struct buf	 application;	/* how it begins */
	struct buf	*open;		/* where text goes; or NULL */
	bool		 foreign;	/* in one that is not kept */
	bool		 other;		/* text in it */
	bool		 only_application;	/* of app.xml */
	uint64_t	 others;
};

static enum err
start(void *ctx, struct xml_tag *tag)
{
	struct properties *p = ctx;

	p->open = NULL;
	p->other = false;
	p->foreign = true;
	if (tag->ns == XML_NS_DC && strcmp(tag->name, "title") == 0)
		p->open = &p->title;
	else if (tag->ns == XML_NS_DCTERMS &&
	    strcmp(tag->name, "created") == 0)
		p->open = &p->created;
	else if (tag->ns == XML_NS_DCTERMS &&
	    strcmp(tag->name, "modified") == 0)
		p->open = &p->modified;
	else if (p->only_application &&
	    strcmp(tag->name, "Application") == 0)
		p->open = &p->application;
	return OK;
}

static enum err
end(void *ctx, enum xml_ns ns, const char *name)
{
	struct properties *p = ctx;

	(void)ns;
	(void)name;
	p->others += p->other;
	p->other = false;
	p->open = NULL;
	return OK;
}

static enum err
text(void *ctx, struct span s)
{
	struct properties *p = ctx;

	if (p->open != NULL)
		/* what is beyond the limit is not kept */
		(void)!buf_add(p->open, span_sub(s, 0,
		    p->open->max - p->open->len));
	else if (p->foreign && span_trim(s).len > 0)
		p->other = true;
	return OK;
}

static const struct xml_events events = { start, end, text };

static enum err
read_properties(struct opc *opc, size_t entry, struct properties *p)
{
	/* the relations of the package are being read with the other one */
	struct xml_parse *parse = arena_alloc(opc->arena, sizeof(*parse));
	enum err err;

	if (parse == NULL)
		return ERR_LIMIT;
	if ((err = xml_parse_init(parse, &events, p)) == OK)
		err = opc_parse(opc, entry, parse);
	xml_parse_fini(parse);
	if (err == OK && p->others > 0)
		err = removed_add(opc->removed, "metadata", p->others,
		    opc->zip.entries[entry].name);
	return err;
}

enum err
opc_app(struct opc *opc, size_t entry)
{
	struct properties p = { .only_application = true };
	enum err err;

	buf_init(&p.application, APPLICATION_BYTES_MAX);
	err = read_properties(opc, entry, &p);
	opc->microsoft = span_begins_nocase(buf_span(&p.application),
	    SPAN("Microsoft"));
	buf_fini(&p.application);
	return err;
}

/* W3CDTF to the second, in UTC; nothing else is written. */
static bool
is_date(struct span s)
{
	static const char form[] = "0000-00-00T00:00:00Z";

	if (s.len != DATE_BYTES)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (form[i] == '0' ? !ascii_is_digit(s.ptr[i]) :
		    s.ptr[i] != (uint8_t)form[i])
			return false;
	return true;
}

static enum err
put_date(struct buf *out, const char *name, struct span date)
{
	if (!is_date(date))
		return OK;
	return buf_printf(out, "<dcterms:%s xsi:type=\"dcterms:W3CDTF\">"
	    "%.*s</dcterms:%s>", name, (int)date.len,
	    (const char *)date.ptr, name);
}

static enum err
put_core(struct opc *opc, const struct properties *p)
{
	bool empty = p->title.len == 0 && !is_date(buf_span(&p->created)) &&
	    !is_date(buf_span(&p->modified));
	struct xml_write w;
	enum err err;

	err = xml_write_declaration(&w, &opc->core);
	if (err == OK)
		err = buf_printf(&opc->core, "<cp:coreProperties "
		    "xmlns:cp=\"%s\" xmlns:dc=\"%s\" xmlns:dcterms=\"%s\" "
		    "xmlns:xsi=\"http://www.w3.org/2001/"
		    "XMLSchema-instance\"%s", xml_ns_uri(XML_NS_CORE),
		    xml_ns_uri(XML_NS_DC), xml_ns_uri(XML_NS_DCTERMS),
		    empty ? "/>" : ">");
	if (empty)
		return err;
	if (err == OK && p->title.len > 0)
		err = xml_write_element(&w, XML_NS_DC, "title",
		    buf_span(&p->title));
	if (err == OK)
		err = put_date(&opc->core, "created", buf_span(&p->created));
	if (err == OK)
		err = put_date(&opc->core, "modified",
		    buf_span(&p->modified));
	if (err == OK)
		err = buf_add_str(&opc->core, "</cp:coreProperties>");
	return err;
}

/* No half character at the end, and none that is not for XML. */
static void
trim_title(struct buf *title)
{
	size_t n = title->len;

	while (title->len == TITLE_BYTES_MAX && n > 0 &&
	    (title->ptr[n - 1] & 0xc0) == 0x80)
		n--;
	if (title->len == TITLE_BYTES_MAX && n > 0)
		n--;
	buf_truncate(title, n);
}

enum err
opc_core(struct opc *opc, size_t entry)
{
	struct properties p = { 0 };
	enum err err = OK;

	buf_init(&p.title, TITLE_BYTES_MAX);
	buf_init(&p.created, DATE_BYTES + 1);
	buf_init(&p.modified, DATE_BYTES + 1);
	if (entry != SIZE_MAX)
		err = read_properties(opc, entry, &p);
	trim_title(&p.title);
	if (err == OK)
		err = put_core(opc, &p);
	buf_fini(&p.title);
	buf_fini(&p.created);
	buf_fini(&p.modified);
	return err;
}
