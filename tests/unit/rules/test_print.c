/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Canonical text: shipped examples are their own, any text that can be
 * printed gives a fixed point with the same meaning, and mutated examples
 * neither crash nor hang. Exact layouts are in tests/golden/rules.
 */
#include <sys/time.h>
#include <unistd.h>

#include "../../../rules/grammar_internal.h"
#include "../../../rules/image_internal.h"
#include "helper.h"

static const char *const examples[] = {
	"rules/examples/town.rules", "rules/examples/demo.rules",
	"rules/examples/alpha-town.rules",
	"rules/examples/beta-dash-town.rules",
	"rules/examples/vdi-town.rules", "rules/examples/union-office.rules",
	"rules/examples/test-bench.rules"
};

#define EXAMPLES_N	(sizeof(examples) / sizeof(examples[0]))
#ifdef __SANITIZE_ADDRESS__
#define MUTATIONS	1000
#else
#define MUTATIONS	10000
#endif
#define ROOM_BYTES	4096	/* what mutations of a text may add */
#define HANG_SECONDS	60	/* of the processor, one example's mutations */

static void
examples_load_and_print_to_themselves(void **state)
{
	static char text[65536];

	(void)state;
	for (size_t i = 0; i < EXAMPLES_N; i++) {
		size_t n = read_whole(examples[i], text, sizeof(text));
		struct rules_run *run = run_text_of(text);
		struct buf out;

		buf_init(&out, 1 << 20);
		print_findings(run);
		assert_int_equal(rules_run_findings(run), 0);
		assert_int_equal(rules_print(run, &out), OK);
		assert_int_equal(out.len, n);
		assert_memory_equal(out.ptr, text, n);
		buf_fini(&out);
		rules_run_free(run);
	}
}

/* Printing moves lines: where a rule stands is no part of its meaning. */
static void
forget_lines(struct buf *image)
{
	const struct image_header *header = (const void *)image->ptr;
	struct image_flow *flows;
	struct image_manage *manages;

	if (image->len == 0)
		return;
	flows = (void *)(image->ptr + header->tables[IMAGE_FLOWS].offset);
	for (uint32_t i = 0; i < header->tables[IMAGE_FLOWS].count; i++)
		flows[i].line = 0;
	manages = (void *)(image->ptr + header->tables[IMAGE_MANAGES].offset);
	for (uint32_t i = 0; i < header->tables[IMAGE_MANAGES].count; i++)
		manages[i].line = 0;
}

/* What is compiled passes the strict loader. */
static void
opens(const struct buf *bytes, enum err compiled)
{
	struct rules_image *image;
	struct diag diag = { 0 };

	if (compiled != OK)
		return;
	assert_int_equal(rules_image_open(buf_span(bytes), &image, &diag), OK);
	rules_image_close(image);
}

/* Same canonical text, same errors, same image. */
static void
same_again(const struct rules_run *run, const struct buf *canonical)
{
	struct rules_run *again = rules_run_new("test.rules",
	    buf_span(canonical), NULL, TODAY);
	struct buf out, image, image_again;
	enum err err;

	assert_non_null(again);
	buf_init(&out, 1 << 22);
	buf_init(&image, 1 << 24);
	buf_init(&image_again, 1 << 24);
	assert_int_equal(rules_print(again, &out), OK);
	if (out.len != canonical->len ||
	    memcmp(out.ptr, canonical->ptr, out.len) != 0)
		fail_msg("not a fixed point:\n%.*s\n---\n%.*s",
		    (int)canonical->len, (const char *)canonical->ptr,
		    (int)out.len, (const char *)out.ptr);
	assert_int_equal(rules_run_errors(again), rules_run_errors(run));
	err = rules_compile(run, &image);
	opens(&image, err);
	assert_int_equal(rules_compile(again, &image_again), err);
	assert_int_equal(image.len, image_again.len);
	forget_lines(&image);
	forget_lines(&image_again);
	if (image.len > 0)
		assert_memory_equal(image.ptr, image_again.ptr, image.len);
	buf_fini(&out);
	buf_fini(&image);
	buf_fini(&image_again);
	rules_run_free(again);
}

/* True when the text could be printed. */
static bool
try_text(struct span text)
{
	struct rules_run *run = rules_run_new("test.rules", text, NULL, TODAY);
	struct buf out, findings;
	bool printed;

	assert_non_null(run);
	buf_init(&out, 1 << 22);
	buf_init(&findings, 1 << 22);
	for (uint32_t i = 0; i < rules_run_findings(run); i++)
		assert_int_equal(rules_finding_print(
		    rules_run_finding(run, i), &findings), OK);
	printed = rules_print(run, &out) == OK;
	if (printed)
		same_again(run, &out);
	else
		assert_true(rules_run_errors(run) > 0);
	buf_fini(&out);
	buf_fini(&findings);
	rules_run_free(run);
	return printed;
}

static uint64_t random_state = 20261122;

static size_t
below(size_t n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return n == 0 ? 0 : (size_t)(random_state % n);
}

/* Bytes that matter here more often than others. */
static char
random_byte(void)
{
	static const char likely[] = "{}\"#,\n\n \t\\-./:019azA\r\xe7\x94\xba";

	return below(4) == 0 ? (char)below(256) :
	    likely[below(sizeof(likely) - 1)];
}

static size_t
line_of(const char *text, size_t n, size_t at, size_t *len)
{
	size_t begin = at, end = at;

	while (begin > 0 && text[begin - 1] != '\n')
		begin--;
	while (end < n && text[end++] != '\n')
		;
	*len = end - begin;
	return begin;
}

/* A word of the grammar: of a statement, a clause or a set. */
static const char *
random_word(void)
{
	const struct statement_spec *spec = &grammar[below(ST_KIND_N)];
	const struct clause_spec *clause;
	const struct word *words;
	size_t i;

	if (spec->clauses_n + spec->settings_n == 0 || below(4) == 0)
		return spec->word;
	i = below(spec->clauses_n + spec->settings_n);
	clause = i < spec->clauses_n ? &spec->clauses[i] :
	    &spec->settings[i - spec->clauses_n];
	words = clause->slots[0].words;
	if (words == NULL || below(2) == 0)
		return clause->word;
	for (i = 0; words[i].text != NULL; i++)
		;
	return words[below(i)].text;
}

/* Replace len bytes at at; there is room for ROOM_BYTES more. */
static size_t
splice(char *text, size_t n, size_t at, size_t len, struct span with)
{
	memmove(text + at + with.len, text + at + len, n - at - len);
	memcpy(text + at, with.ptr, with.len);
	return n - len + with.len;
}

/* As somebody edits: by whole lines and words. */
static size_t
edit(char *text, size_t n)
{
	static uint8_t copy[ROOM_BYTES / 4];
	size_t len, other_len, at = line_of(text, n, below(n), &len);
	size_t other = line_of(text, n, below(n), &other_len);
	struct span line = { copy, len };

	if (len > sizeof(copy))
		return n;
	memcpy(copy, text + at, len);
	switch (below(4)) {
	case 0:			/* a line is gone */
		return splice(text, n, at, len, (struct span){ copy, 0 });
	case 1:			/* it is there twice */
		return splice(text, n, at, 0, line);
	case 2:			/* it stands elsewhere */
		if (other < at) {
			n = splice(text, n, at, len,
			    (struct span){ copy, 0 });
			return splice(text, n, other, 0, line);
		}
		return n;
	default:		/* a word becomes another one */
		while (at < n && text[at] == ' ')
			at++;
		for (len = 0; at + len < n && text[at + len] > ' '; len++)
			;
		return splice(text, n, at, len, span_str(random_word()));
	}
}

static size_t
mutate(char *text, size_t n)
{
	size_t at = below(n), len = 1 + below(24);

	if (below(3) == 0)
		return edit(text, n);
	switch (below(6)) {
	case 0:
		text[at] = random_byte();
		break;
	case 1:			/* remove a piece */
		if (at + len > n)
			len = n - at;
		memmove(text + at, text + at + len, n - at - len);
		return n - len;
	case 2:			/* insert a byte */
		memmove(text + at + 1, text + at, n - at);
		text[at] = random_byte();
		return n + 1;
	case 3:			/* a line is there twice */
	case 4:			/* a piece comes from elsewhere */
		if (at + len <= n)
			memmove(text + below(n - len), text + at, len);
		break;
	default:		/* a comment or line break somewhere */
		memmove(text + at + 4, text + at, n - at);
		memcpy(text + at, below(2) ? " #x\n" : "\n   ", 4);
		return n + 4;
	}
	return n;
}

/* Processor time, as others may use the machine. 0: none */
static void
end_after(time_t seconds)
{
	const struct itimerval time = { .it_value = { .tv_sec = seconds } };

	assert_int_equal(setitimer(ITIMER_PROF, &time, NULL), 0);
}

static void
mutated_examples_neither_crash_nor_hang(void **state)
{
	static char example[65536], text[65536 + ROOM_BYTES];
	unsigned printed = 0;

	(void)state;
	for (size_t i = 0; i < EXAMPLES_N; i++) {
		size_t whole = read_whole(examples[i], example,
		    sizeof(example));

		end_after(HANG_SECONDS);
		for (unsigned m = 0; m < MUTATIONS; m++) {
			size_t n = whole;

			memcpy(text, example, whole);
			for (size_t k = 1 + below(4); k > 0 && n > 0; k--)
				n = mutate(text, n);
			printed += try_text((struct span){
			    (const uint8_t *)text, n });
		}
		end_after(0);
	}
	/* most are broken, but enough are not for the fixed point */
	assert_true(printed > MUTATIONS / 20);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(examples_load_and_print_to_themselves),
		cmocka_unit_test(mutated_examples_neither_crash_nor_hang),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
