/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_RULES_LEXER_INTERNAL_H
#define SEKISHO_RULES_LEXER_INTERNAL_H

#include "ast_internal.h"

enum token_kind {
	TOKEN_END,
	TOKEN_LINE,		/* end of a line */
	TOKEN_WORD,
	TOKEN_STRING,		/* with its quotes */
	TOKEN_OPEN,		/* { */
	TOKEN_CLOSE,		/* } */
	TOKEN_COMMA,
	TOKEN_COMMENT,		/* from # on, without blanks at its end */
	TOKEN_BAD		/* reported already */
};

struct token {
	enum token_kind	kind;
	struct span	text;
	struct place	place;
	bool		at_line_start;	/* nothing, not even a blank, before */
};

/* A copy of a lexer with run = NULL looks ahead and reports nothing. */
struct lexer {
	struct rules_run *run;
	struct span	 text;		/* valid UTF-8 */
	size_t		 at;
	uint32_t	 source;
	uint32_t	 line;
	size_t		 line_start;
	bool		 line_checked;
};

void lexer_init(struct lexer *lexer, struct rules_run *run, uint32_t source);
void lexer_next(struct lexer *lexer, struct token *token);

#endif
