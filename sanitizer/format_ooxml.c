/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * OOXML: which application a package belongs to. The walk over its parts is
 * opc.c, what passes is in the tables of ooxml_*.c.
 */
#include "format_ooxml.h"

#include <stdio.h>

#include "ooxml.h"
#include "ooxml_excel.h"

/* A row for each application: words in its main type, its kinds. */
static const struct {
	const char	*word;
	const struct opc_kind *kinds;
	const unsigned	*kinds_n;
	enum safe_type	 type;
	enum err	 (*prepare)(struct opc *);	/* or NULL */
} apps[] = {
	{ "wordprocessingml", ooxml_word_kinds, &ooxml_word_kinds_n,
	    SAFE_DOCX, NULL },
	{ "ms-word", ooxml_word_kinds, &ooxml_word_kinds_n, SAFE_DOCX,
	    NULL },
	{ "spreadsheetml", ooxml_excel_kinds, &ooxml_excel_kinds_n,
	    SAFE_XLSX, excel_prepare },
	{ "ms-excel", ooxml_excel_kinds, &ooxml_excel_kinds_n, SAFE_XLSX,
	    excel_prepare },
	{ "presentationml", ooxml_powerpoint_kinds,
	    &ooxml_powerpoint_kinds_n, SAFE_PPTX, NULL },
	{ "ms-powerpoint", ooxml_powerpoint_kinds,
	    &ooxml_powerpoint_kinds_n, SAFE_PPTX, NULL },
};

static enum err
rebuild(struct opc *opc, struct filter *out, struct convert_result *result)
{
	enum err err;

	for (size_t i = 0; i < sizeof(apps) / sizeof(apps[0]); i++) {
		struct span word = span_str(apps[i].word);

		if (span_find_nocase(opc->main_type, word) ==
		    opc->main_type.len)
			continue;
		result->type = apps[i].type;
		if (apps[i].prepare != NULL &&
		    (err = apps[i].prepare(opc)) != OK)
			return err;
		err = opc_rebuild(opc, apps[i].kinds, *apps[i].kinds_n);
		if (err == OK)
			err = opc_write(opc, out);
		return err == OK ? filter_end(out) : err;
	}
	snprintf(opc->why, sizeof(opc->why), "a type that is not made");
	return ERR_POLICY;
}

enum err
format_ooxml(const struct input *in, const struct sanitizer_policy *policy,
    struct filter *out, struct convert_result *result)
{
	struct arena *arena = arena_new(OOXML_ARENA_BYTES_MAX);
	struct opc *opc;
	enum err err = ERR_SYSTEM;

	opc = arena != NULL ? arena_alloc(arena, sizeof(*opc)) : NULL;
	if (opc != NULL) {
		err = opc_open(opc, in, arena, policy, &result->removed);
		if (err == OK)
			err = rebuild(opc, out, result);
		if (err != OK)
			snprintf(result->reason, sizeof(result->reason),
			    "OOXML: %.140s", opc->why[0] != '\0' ?
			    opc->why : err_name(err));
		opc_close(opc);
	}
	result->outcome = OUTCOME_REBUILT;
	arena_free(arena);
	return err;
}
