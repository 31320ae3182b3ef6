/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The operators that streams of a PDF may hold, and what each takes.
 */
#include <stdio.h>
#include <string.h>

#include "verify_pdf_content.h"

/*
 * Operands: n number, N name, s string, a array, d dictionary; "*": numbers,
 * then maybe a name.
 */
struct operator {
	const char	*name, *operands;
};

static const struct operator content_operators[] = {
	{ "c", "nnnnnn" }, { "l", "nn" }, { "m", "nn" }, { "h", "" },
	{ "TJ", "a" }, { "Tj", "s" }, { "Tf", "Nn" }, { "Tm", "nnnnnn" },
	{ "Td", "nn" }, { "cm", "nnnnnn" }, { "q", "" }, { "Q", "" },
	{ "BT", "" }, { "ET", "" }, { "f", "" }, { "re", "nnnn" },
	{ "rg", "nnn" }, { "gs", "N" }, { "Do", "N" }, { "n", "" },
	{ "W", "" }, { "S", "" }, { "w", "n" }, { "B", "" }, { "B*", "" },
	{ "CS", "N" }, { "F", "" }, { "G", "n" }, { "J", "n" },
	{ "K", "nnnn" }, { "M", "n" }, { "RG", "nnn" }, { "SC", "*" },
	{ "SCN", "*" }, { "T*", "" }, { "TD", "nn" }, { "TL", "n" },
	{ "Tc", "n" }, { "Tr", "n" }, { "Ts", "n" }, { "Tw", "n" },
	{ "Tz", "n" }, { "W*", "" }, { "b", "" }, { "b*", "" },
	{ "cs", "N" }, { "d", "an" }, { "d0", "nn" }, { "d1", "nnnnnn" },
	{ "f*", "" }, { "g", "n" }, { "i", "n" }, { "j", "n" },
	{ "k", "nnnn" }, { "ri", "N" }, { "s", "" }, { "sc", "*" },
	{ "scn", "*" }, { "sh", "N" }, { "v", "nnnn" }, { "y", "nnnn" },
	{ "'", "s" }, { "\"", "nns" }, { "EMC", "" },
};

/* ToUnicode as cairo and we write it. */
static const struct operator cmap_operators[] = {
	{ "findresource", "NN" }, { "begin", "" }, { "begin", "n" },
	{ "dict", "n" }, { "begincmap", "" }, { "def", "Nd" },
	{ "def", "NN" }, { "def", "Nn" }, { "def", "Ns" },
	{ "begincodespacerange", "n" }, { "endcodespacerange", NULL },
	{ "beginbfchar", "n" }, { "endbfchar", NULL },
	{ "beginbfrange", "n" }, { "endbfrange", NULL },
	{ "endcmap", "" }, { "CMapName", "" }, { "currentdict", "" },
	{ "defineresource", "N" }, { "pop", "" }, { "end", "" },
};

static const char function_operators[] = " abs add atan ceiling cos cvi cvr "
    "div exp floor idiv ln log mod mul neg round sin sqrt sub truncate and "
    "bitshift eq false ge gt le lt ne not or true xor if ifelse copy dup "
    "exch index pop roll ";

static bool
operands_fit(const struct pdf_content *c, const char *want)
{
	if (want == NULL)
		return true;
	if (want[0] == '*')
		return c->operands > 0 && strspn(c->operand, "n") + 1 >=
		    c->operands && strchr("nN", c->operand[c->operands - 1])
		    != NULL;
	return strcmp(c->operand, want) == 0;
}

bool
pdf_content_operator(const struct pdf_content *c)
{
	const struct operator *list = content_operators;
	size_t n = sizeof(content_operators) / sizeof(*content_operators);
	char name[PDF_TOKEN_BYTES_MAX + 3];

	if (c->dialect == DIALECT_FUNCTION) {
		snprintf(name, sizeof(name), " %s ", c->token);
		return c->braces > 0 &&
		    strstr(function_operators, name) != NULL;
	}
	if (c->dialect == DIALECT_CMAP) {
		list = cmap_operators;
		n = sizeof(cmap_operators) / sizeof(*cmap_operators);
	}
	for (size_t i = 0; i < n; i++)
		if (list[i].name[0] == c->token[0] &&	/* most are not */
		    strcmp(list[i].name, c->token) == 0 &&
		    operands_fit(c, list[i].operands))
			return true;
	return false;
}
