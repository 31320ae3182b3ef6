/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One XML part: its names against the lists, its references against the
 * relations that it has, and the words that Word and Excel act on.
 */
#include <string.h>

#include "verify_opc_part.h"

#define NONE	((struct span){ (const uint8_t *)"", 0 })

static enum err
no(struct diag *diag, const char *why, struct span what)
{
	return diag_set(diag, ERR_INPUT, "%s: %.*s", why,
	    (int)(what.len < 60 ? what.len : 60), (const char *)what.ptr);
}

static void
split(struct span name, struct span *prefix, struct span *local)
{
	size_t colon = span_find(name, SPAN(":"));

	*prefix = colon < name.len ? span_sub(name, 0, colon) : NONE;
	*local = colon < name.len ? span_sub(name, colon + 1, name.len -
	    colon - 1) : name;
}

static const struct opc_space *
space_of(const struct opc_part *p, struct span prefix)
{
	for (unsigned i = 0; i < p->spaces_n; i++)
		if (span_equal(prefix, span_str(p->spaces[i]->prefix)))
			return p->spaces[i];
	return NULL;
}

/* xmlns="..." or xmlns:p="..." ? */
static bool
is_declaration(struct span name, struct span *prefix)
{
	*prefix = NONE;
	if (span_equal(name, SPAN("xmlns")))
		return true;
	if (!span_begins(name, SPAN("xmlns:")))
		return false;
	*prefix = span_sub(name, 6, name.len - 6);
	return true;
}

/* The declarations of the root, before its attributes; *n: how many. */
static enum err
declare(struct opc_part *p, const struct xml_attr *attrs, size_t attrs_n,
    size_t *n, struct diag *diag)
{
	struct span prefix;

	for (*n = 0; *n < attrs_n && is_declaration(attrs[*n].name, &prefix);
	    (*n)++) {
		const struct opc_space *space = opc_space_find(prefix,
		    attrs[*n].value);

		if (space == NULL || p->spaces_n == VERIFY_SPACES_MAX)
			return no(diag, "a namespace that is not to be",
			    attrs[*n].value);
		p->spaces[p->spaces_n++] = space;
	}
	return OK;
}

/* ---- values ---- */

static bool
is_one_of(struct span name, const char *const *list)
{
	for (; *list != NULL; list++)
		if (span_equal(name, span_str(*list)))
			return true;
	return false;
}

/*
 * Only a link leads out of the document, and it leads to nothing in it but a
 * slide; what is drawn as a picture is one.
 */
static bool
may_lead(struct span element, enum opc_leads to)
{
	static const char *const links[] = { "w:hyperlink", "hyperlink",
	    "a:hlinkClick", "a:hlinkHover", NULL };
	static const char *const pictures[] = { "a:blip", "v:imagedata",
	    "v:fill", "v:stroke", "picture", "dgm:shape", NULL };

	if (is_one_of(element, links))
		return to == OPC_OUT || to == OPC_TO_SLIDE;
	if (is_one_of(element, pictures))
		return to == OPC_TO_PICTURE;
	return to != OPC_OUT;
}

/* rId1 to rIdN, or "" of a link that is a jump */
static bool
is_relation(struct opc_part *p, struct span element, struct span value)
{
	uint64_t number;

	if (value.len == 0)
		return span_equal(element, SPAN("a:hlinkClick")) ||
		    span_equal(element, SPAN("a:hlinkHover"));
	p->named = true;
	return span_begins(value, SPAN("rId")) && value.len > 3 &&
	    value.ptr[3] != '0' && span_decimal(span_sub(value, 3,
	    value.len - 3), UINT32_MAX, &number) && number >= 1 &&
	    number <= p->relations && (p->leads == NULL ||
	    may_lead(element, (enum opc_leads)p->leads[number - 1]));
}

static struct span
value_of(const struct xml_attr *attrs, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (span_equal(attrs[i].name, span_str(name)))
			return attrs[i].value;
	return NONE;
}

/*
 * A link of a shape: a jump within the show needs no relation, a jump to a
 * slide has the slide's, and all others lead out.
 */
static bool
link_is_fine(const struct opc_part *p, const struct xml_attr *attrs,
    size_t n)
{
	struct span action = value_of(attrs, n, "action");
	struct span id = value_of(attrs, n, "r:id");
	enum opc_leads to;
	uint64_t number;

	if (span_begins(action, SPAN("ppaction://hlinkshowjump")))
		return id.len == 0;
	if (id.len < 4 || p->leads == NULL ||
	    !span_decimal(span_sub(id, 3, id.len), p->relations, &number) ||
	    number == 0)
		return id.len > 0;	/* is_relation() has the last word */
	to = (enum opc_leads)p->leads[number - 1];
	return to == (action.len > 0 ? OPC_TO_SLIDE : OPC_OUT);
}

static enum err
check_value(struct opc_part *p, struct span element,
    const struct xml_attr *a, struct diag *diag)
{
	struct span prefix, local, plain;

	split(a->name, &prefix, &local);
	if (span_equal(prefix, SPAN("r")) || span_equal(a->name,
	    SPAN("o:relid")))
		return is_relation(p, element, a->value) ? OK :
		    no(diag, "a relation that there is not", a->value);
	if (a->value.len > sizeof(p->plain))
		return no(diag, "too long", a->name);
	plain = (struct span){ p->plain, xml_plain(a->value, p->plain) };
	return opc_value_is_fine(element, a->name, plain) ? OK :
	    diag_set(diag, ERR_INPUT, "a value that is not to be: %.*s of "
	    "%.*s: %.*s", (int)(a->name.len < 40 ? a->name.len : 40),
	    (const char *)a->name.ptr, (int)(element.len < 40 ?
	    element.len : 40), (const char *)element.ptr,
	    (int)(a->value.len < 60 ? a->value.len : 60),
	    (const char *)a->value.ptr);
}

/* ---- fields ---- */

static enum err
end_code(struct opc_part *p, struct diag *diag)
{
	struct span code = { p->code, p->code_len };

	if (!p->in_code[p->fields - 1])
		return OK;
	p->in_code[p->fields - 1] = false;
	p->code_len = 0;
	return opc_field_is_fine(code) ? OK :
	    no(diag, "a field that is not to be", code);
}

/* An instruction is plain text: no field stands in it. */
static enum err
field_char(struct opc_part *p, struct span type, struct diag *diag)
{
	if (span_equal(type, SPAN("begin"))) {
		if (p->fields == VERIFY_FIELDS_MAX)
			return no(diag, "fields nested too deep", NONE);
		if (p->fields > 0 && p->in_code[p->fields - 1])
			return no(diag, "a field in an instruction", NONE);
		p->in_code[p->fields++] = true;
		p->code_len = 0;
		return OK;
	}
	if (p->fields == 0)
		return no(diag, "a field without beginning", type);
	if (span_equal(type, SPAN("separate")))
		return end_code(p, diag);
	if (span_equal(type, SPAN("end"))) {
		enum err err = end_code(p, diag);

		p->fields--;
		return err;
	}
	return no(diag, "a field's character that is none", type);
}

/* Elements whose text is a formula or part of an instruction. */
static int
words_of(struct span name)
{
	static const char *const formulas[] = { "f", "formula", "formula1",
	    "formula2", "oldFormula", "definedName",
	    "calculatedColumnFormula", "totalsRowFormula", "c:f",
	    "xm:f" };

	if (span_equal(name, SPAN("w:instrText")) || span_equal(name,
	    SPAN("w:delInstrText")))
		return OPC_INSTRUCTION;
	if (span_equal(name, SPAN("x14:id")))
		return OPC_IDENTIFIER;
	for (size_t i = 0; i < sizeof(formulas) / sizeof(formulas[0]); i++)
		if (span_equal(name, span_str(formulas[i])))
			return OPC_FORMULA;
	return OPC_NO_WORDS;
}

static enum err
end_words(struct opc_part *p, struct diag *diag)
{
	struct span words = { p->plain, xml_plain((struct span){ p->written,
	    p->words_len }, p->plain) };
	int kind = p->words;

	p->words = OPC_NO_WORDS;
	p->words_len = 0;
	if (kind == OPC_IDENTIFIER)
		return opc_identifier_is_fine(words) ? OK :
		    no(diag, "an identifier that is none", words);
	if (kind == OPC_FORMULA)
		return opc_formula_is_fine(words) ? OK :
		    no(diag, "a formula that is not to be", words);
	if (p->fields == 0 || !p->in_code[p->fields - 1])
		return no(diag, "an instruction without field", words);
	if (words.len > sizeof(p->code) - p->code_len)
		return no(diag, "an instruction too long", NONE);
	memcpy(p->code + p->code_len, words.ptr, words.len);
	p->code_len += words.len;
	return OK;
}

/* ---- elements ---- */

static enum err
check_attrs(struct opc_part *p, struct span name,
    const struct opc_name *known, const struct xml_attr *attrs, size_t n,
    struct diag *diag)
{
	struct span prefix, local;
	enum err err = OK;

	for (size_t i = 0; i < n && err == OK; i++) {
		split(attrs[i].name, &prefix, &local);
		if (!opc_name_has(known, attrs[i].name))
			return no(diag, "an attribute that is not to be",
			    attrs[i].name);
		if (prefix.len > 0 && !span_equal(prefix, SPAN("xml")) &&
		    space_of(p, prefix) == NULL)
			return no(diag, "a prefix that is not declared",
			    prefix);
		err = check_value(p, name, &attrs[i], diag);
	}
	if (err == OK && (span_equal(name, SPAN("a:hlinkClick")) ||
	    span_equal(name, SPAN("a:hlinkHover"))) &&
	    !link_is_fine(p, attrs, n))
		return no(diag, "a relation that does not fit its action",
		    name);
	return err;
}

/* Extensions stand where they belong, and nowhere else. */
static bool
parent_fits(const struct opc_part *p, struct span name)
{
	struct span above = p->depth == 0 ? NONE : (struct span){
	    p->xml.names[p->depth - 1], p->xml.name_len[p->depth - 1] };

	if (span_equal(name, SPAN("extLst")))
		return span_equal(above, SPAN("cfRule")) || (p->depth == 1 &&
		    span_equal(above, SPAN("worksheet")));
	if (span_equal(name, SPAN("ext")))
		return span_equal(above, SPAN("extLst"));
	if (span_equal(above, SPAN("ext")))
		return span_begins(name, SPAN("x14:"));
	if (span_begins(name, SPAN("x14:")))
		return span_begins(above, SPAN("x14:"));
	if (span_begins(name, SPAN("xm:")))
		return span_begins(above, SPAN("x14:"));
	if (span_equal(name, SPAN("dgm:extLst")))
		return p->depth == 1 &&
		    span_equal(above, SPAN("dgm:dataModel"));
	if (span_equal(above, SPAN("dgm:extLst")))
		return span_equal(name, SPAN("a:ext"));
	if (span_equal(above, SPAN("a:ext")) || span_equal(name,
	    SPAN("dsp:dataModelExt")))
		return span_equal(name, SPAN("dsp:dataModelExt")) &&
		    span_equal(above, SPAN("a:ext")) && p->depth == 3;
	if (span_begins(name, SPAN("w14:")))
		return span_equal(above, SPAN("w:sdtPr")) ||
		    span_equal(above, SPAN("w14:checkbox"));
	return true;
}

static const struct opc_name vml_root = { "xml", "" };

static enum err
on_start(void *arg, struct span name, const struct xml_attr *attrs, size_t n,
    struct diag *diag)
{
	struct opc_part *p = arg;
	const struct opc_space *space;
	const struct opc_name *known;
	struct span prefix, local;
	size_t first = 0;
	enum err err = OK;

	if (p->depth == 0) {
		if (!span_equal(name, span_str(p->root)))
			return no(diag, "another root", name);
		err = declare(p, attrs, n, &first, diag);
	}
	if (err != OK)
		return err;
	if (p->words != OPC_NO_WORDS)
		return no(diag, "an element in words", name);
	split(name, &prefix, &local);
	space = space_of(p, prefix);
	/* the root of a sheet's VML is of no namespace */
	known = p->depth == 0 && span_equal(name, SPAN("xml")) ? &vml_root :
	    space == NULL ? NULL : opc_name_find(space, local);
	if (known == NULL || !parent_fits(p, name))
		return no(diag, "an element that is not to be", name);
	err = check_attrs(p, name, known, attrs + first, n - first, diag);
	if (err != OK)
		return err;
	p->text[p->depth++] = known->attributes[0] == '*';
	p->words = words_of(name);
	if (span_equal(name, SPAN("w:fldChar")))
		err = field_char(p, value_of(attrs, n, "w:fldCharType"),
		    diag);
	if (err == OK && p->more != NULL)
		err = p->more->start(p->more_arg, name, attrs, n, diag);
	return err;
}

static enum err
on_text(void *arg, struct span text, struct diag *diag)
{
	struct opc_part *p = arg;

	if (!p->text[p->depth - 1])
		return no(diag, "text where there is none", text);
	if (p->words != OPC_NO_WORDS) {
		if (text.len > sizeof(p->written) - p->words_len)
			return no(diag, "words too long", NONE);
		memcpy(p->written + p->words_len, text.ptr, text.len);
		p->words_len += text.len;
	}
	return p->more != NULL ? p->more->text(p->more_arg, text, diag) : OK;
}

static enum err
on_end(void *arg, struct span name, struct diag *diag)
{
	struct opc_part *p = arg;
	enum err err = OK;

	p->depth--;
	if (p->words != OPC_NO_WORDS)
		err = end_words(p, diag);
	if (err == OK && p->more != NULL)
		err = p->more->end(p->more_arg, name, diag);
	return err;
}

static const struct xml_reader reader = { on_start, on_text, on_end };

void
opc_part_init(struct opc_part *p, const char *root, uint32_t relations,
    const struct xml_reader *more, void *more_arg)
{
	xml_init(&p->xml, &reader, p);
	p->root = root;
	p->relations = relations;
	p->leads = NULL;
	p->named = false;
	p->more = more;
	p->more_arg = more_arg;
	p->depth = p->spaces_n = p->fields = 0;
	p->words = OPC_NO_WORDS;
	p->words_len = p->code_len = 0;
}

enum err
opc_part_write(struct opc_part *p, struct span bytes, struct diag *diag)
{
	return xml_write(&p->xml, bytes, diag);
}

enum err
opc_part_end(const struct opc_part *p, struct diag *diag)
{
	return xml_end(&p->xml, diag);
}
