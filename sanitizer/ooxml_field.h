/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_OOXML_FIELD_H
#define SEKISHO_SANITIZER_OOXML_FIELD_H

#include "opc.h"

/*
 * Fields of Word: w:fldSimple, and those that w:fldChar elements make over
 * several runs. The instruction is put together first and written, in one
 * piece, where the field's result begins; what may not pass leaves nothing
 * but its result. Of nested fields those in a result are written.
 */
#define FIELD_DEPTH_MAX			64
#define FIELD_INSTRUCTION_BYTES_MAX	(64 * 1024)

struct field {
	bool		 instruction;	/* its result has not begun */
	bool		 refused;
	bool		 written;
	size_t		 from;		/* of its instruction */
	struct span	 begin;		/* the w:fldChar, as it is written */
};
struct field_state {
	struct arena	*arena;
	struct field	 fields[FIELD_DEPTH_MAX];
	unsigned	 depth;
	unsigned	 instructions;	/* how many of them are in theirs */
	struct buf	 text;
	bool		 begin_open;	/* a w:fldChar of type begin */
};
void field_init(struct field_state *state, struct arena *arena);
void field_fini(struct field_state *state);

/* May this instruction pass? *written is then how; what: else its name. */
bool field_allowed(struct span instruction, struct arena *arena,
    struct span *written, const char **what);

/* Hooks; rw->state is a struct field_state. */
enum err field_simple_start(struct xml_rewrite *rw, struct xml_tag *tag,
    enum xml_action *action);
enum err field_char_start(struct xml_rewrite *rw, struct xml_tag *tag,
    enum xml_action *action);
enum err field_char_end(struct xml_rewrite *rw);
enum err field_instruction_end(struct xml_rewrite *rw);
enum err field_paragraph_end(struct xml_rewrite *rw);
/* Of what is seen: it is not while an instruction is open. */
enum err field_content_start(struct xml_rewrite *rw, struct xml_tag *tag,
    enum xml_action *action);

#endif
