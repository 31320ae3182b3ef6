/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The word lists of the editors' syntax files beside the grammar, both ways:
 * a word that one of the two does not know is an error. In both files a list
 * has a kind, the beginning of its name: the variable s:clauses_name in vim,
 * the comment "clauses" in the TextMate grammar.
 */
#include "helper.h"
#include "../../../rules/grammar_internal.h"

#define VIM	"rules/editor/vim/syntax/sekisho.vim"
#define TEXTMATE "rules/editor/vscode/syntaxes/sekisho.tmLanguage.json"

enum word_kind {
	WORD_STATEMENT,
	WORD_CLAUSE,
	WORD_SETTING,
	WORD_LITERAL,		/* "port" */
	WORD_OF_SET,		/* "rebuild" */
	WORD_UNIT,
	WORD_SPECIAL,		/* in place of a name or an address */
	WORD_KIND_N
};

static const char *const kind_names[WORD_KIND_N] = {
	"statements", "clauses", "settings", "literals", "words", "units",
	"special"
};

#define WORDS_MAX	128
#define WORD_BYTES_MAX	32

struct word_list {
	char		 words[WORDS_MAX][WORD_BYTES_MAX];
	unsigned	 n;
};

struct vocabulary {
	struct word_list lists[WORD_KIND_N];
};

static bool
list_has(const struct word_list *list, const char *word)
{
	for (unsigned i = 0; i < list->n; i++)
		if (strcmp(list->words[i], word) == 0)
			return true;
	return false;
}

static void
list_add(struct word_list *list, const char *word, size_t len)
{
	char *copy = list->words[list->n];

	assert_in_range(list->n, 0, WORDS_MAX - 1);
	assert_in_range(len, 1, WORD_BYTES_MAX - 1);
	memcpy(copy, word, len);
	copy[len] = '\0';
	if (!list_has(list, copy))
		list->n++;
}

static void
add_text(struct word_list *list, const char *word)
{
	list_add(list, word, strlen(word));
}

/* ---- what the grammar says ---- */

static void
add_slots(struct vocabulary *v, const struct slot *slots)
{
	for (; slots->kind != SLOT_END; slots++) {
		if (slots->kind == SLOT_LITERAL)
			add_text(&v->lists[WORD_LITERAL], slots->literal);
		for (const struct word *w = slots->words; w != NULL &&
		    w->text != NULL; w++)
			add_text(&v->lists[WORD_OF_SET], w->text);
		for (unsigned i = 0; slots->number != NULL && i < UNITS_MAX &&
		    slots->number->units[i].text != NULL; i++)
			add_text(&v->lists[WORD_UNIT],
			    slots->number->units[i].text);
	}
}

static void
add_clauses(struct vocabulary *v, enum word_kind kind,
    const struct clause_spec *clauses, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		add_text(&v->lists[kind], clauses[i].word);
		add_slots(v, clauses[i].slots);
	}
}

static void
add_grammar(struct vocabulary *v)
{
	for (unsigned i = 0; i < ST_KIND_N; i++) {
		add_text(&v->lists[WORD_STATEMENT], grammar[i].word);
		add_slots(v, grammar[i].head);
		add_clauses(v, WORD_CLAUSE, grammar[i].clauses,
		    grammar[i].clauses_n);
		add_clauses(v, WORD_SETTING, grammar[i].settings,
		    grammar[i].settings_n);
	}
	/* of value.c: no table has them */
	add_text(&v->lists[WORD_SPECIAL], "any");
	add_text(&v->lists[WORD_SPECIAL], "maildir");
}

/* ---- what the editors say ---- */

static bool
is_word_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '-';
}

/* The list whose kind the text begins with. */
static struct word_list *
list_of(struct vocabulary *v, const char *name)
{
	for (unsigned k = 0; k < WORD_KIND_N; k++)
		if (strncmp(name, kind_names[k], strlen(kind_names[k])) == 0)
			return &v->lists[k];
	return NULL;
}

static const char *
add_word(struct word_list *list, const char *at)
{
	const char *end = at;

	while (is_word_byte(*end))
		end++;
	list_add(list, at, (size_t)(end - at));
	return end;
}

/* let s:clauses_name = split('in from ' . 'to'), over several lines. */
static void
add_vim(struct vocabulary *v, const char *text)
{
	static const char start[] = "\nlet s:", split[] = " = split(";
	const char *at = text;

	while ((at = strstr(at, start)) != NULL) {
		struct word_list *list = list_of(v, at += strlen(start));
		bool quoted = false;

		at += strcspn(at, " ");
		if (strncmp(at, split, strlen(split)) != 0)
			continue;
		assert_non_null(list);
		for (at += strlen(split); *at != ')'; ) {
			assert_true(*at != '\0');
			if (*at == '\'')
				quoted = !quoted;
			if (quoted && is_word_byte(*at))
				at = add_word(list, at);
			else
				at++;
		}
	}
}

/* "comment": "clauses", "match": "(?<!...)(in|from|to)\\s+..." */
static void
add_textmate(struct vocabulary *v, const char *text)
{
	static const char comment[] = "\"comment\": \"";
	static const char match[] = "\"match\": \"";
	const char *at = text;

	while ((at = strstr(at, comment)) != NULL) {
		struct word_list *list = list_of(v, at += strlen(comment));

		if (list == NULL)
			continue;
		at = strstr(at, match);
		assert_non_null(at);
		for (at += strlen(match); *at != '(' || !is_word_byte(at[1]);
		    at++)
			assert_true(*at != '\0' && *at != '\n');
		do
			at = add_word(list, at + 1);
		while (*at == '|');
		assert_int_equal(*at, ')');
	}
}

/* ---- both ways ---- */

static unsigned
missing(const struct vocabulary *in, const struct vocabulary *of,
    const char *who)
{
	unsigned n = 0;

	for (unsigned k = 0; k < WORD_KIND_N; k++)
		for (unsigned i = 0; i < of->lists[k].n; i++) {
			const char *word = of->lists[k].words[i];

			if (list_has(&in->lists[k], word))
				continue;
			print_message("%s has no '%s' in its %s\n", who, word,
			    kind_names[k]);
			n++;
		}
	return n;
}

static void
compare(const char *path, void (*add)(struct vocabulary *, const char *))
{
	static char text[65536];
	static struct vocabulary ours, editor;

	ours = editor = (struct vocabulary){ 0 };
	add_grammar(&ours);
	read_whole(path, text, sizeof(text));
	add(&editor, text);
	for (unsigned k = 0; k < WORD_KIND_N; k++)
		assert_true(ours.lists[k].n > 1);
	assert_int_equal(missing(&editor, &ours, path) +
	    missing(&ours, &editor, "the grammar"), 0);
}

static void
vim_knows_the_words_of_the_grammar_and_no_others(void **state)
{
	(void)state;
	compare(VIM, add_vim);
}

static void
vs_code_knows_the_words_of_the_grammar_and_no_others(void **state)
{
	(void)state;
	compare(TEXTMATE, add_textmate);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    vim_knows_the_words_of_the_grammar_and_no_others),
		cmocka_unit_test(
		    vs_code_knows_the_words_of_the_grammar_and_no_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
