/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the checks find. Exact messages of many more cases are in
 * tests/golden/rules; here is what needs a date, a reader or a count.
 */
#include "helper.h"
#include "../../../rules/limits.h"

static void
one_finding(const char *text, enum rules_severity severity,
    const char *expected)
{
	struct rules_run *run = run_text_of(text);

	if (rules_run_findings(run) != 1)
		print_findings(run);
	assert_int_equal(rules_run_findings(run), 1);
	assert_int_equal(rules_run_finding(run, 0)->severity, severity);
	assert_string_equal(rules_run_finding(run, 0)->text, expected);
	assert_int_equal(rules_run_errors(run), severity == RULES_ERROR);
	rules_run_free(run);
}

static void
no_finding(const char *text)
{
	struct rules_run *run = run_text_of(text);

	print_findings(run);
	assert_int_equal(rules_run_findings(run), 0);
	rules_run_free(run);
}

#define EXCEPTION(until) BASE \
	"allow exception \"a\" from lgwan to mx service https owner \"o\" " \
	"reason \"r\" approved \"p\" until " until "\n"

static void
an_approval_is_looked_at_by_todays_date(void **state)
{
	(void)state;
	no_finding(EXCEPTION("2026-12-23"));
	one_finding(EXCEPTION("2026-12-22"), RULES_WARNING,
	    "this rule ends on 2026-12-22");
	one_finding(EXCEPTION("2026-11-22"), RULES_WARNING,
	    "this rule ends on 2026-11-22");
	one_finding(EXCEPTION("2026-11-21"), RULES_WARNING,
	    "this rule ended on 2026-11-21 and is off");
	one_finding(EXCEPTION("2000-01-01"), RULES_WARNING,
	    "this rule ended on 2000-01-01 and is off");
}

#define ROUTE(from, to, listen, accept, hop) BASE \
	"host juki in mynumber 10.10.0.9\n" \
	"policy p { body text }\n" \
	"mail m from " from " to " to " {\n" \
	"    listen " listen "\n    accept from " accept "\n" \
	"    domains town.example.lg.jp\n    next-hop " hop "\n" \
	"    policy p\n}\n"

static void
mail_passes_between_tier_2_and_3_only(void **state)
{
	(void)state;
	no_finding(ROUTE("internet", "lgwan", "192.0.2.25", "mx",
	    "lgwan-mail"));
	no_finding(ROUTE("lgwan", "internet", "10.20.0.1", "lgwan-mail",
	    "mx"));
	one_finding(ROUTE("internet", "mynumber", "192.0.2.25", "mx", "juki"),
	    RULES_ERROR, "mail between tier 3 and tier 1 is never allowed");
	one_finding(ROUTE("mynumber", "internet", "10.10.0.1", "juki", "mx"),
	    RULES_ERROR, "mail between tier 1 and tier 3 is never allowed");
	one_finding(ROUTE("mynumber", "lgwan", "10.10.0.1", "juki",
	    "lgwan-mail"), RULES_ERROR,
	    "mail between tier 1 and tier 2 is not allowed");
	one_finding(ROUTE("lgwan", "mynumber", "10.20.0.1", "lgwan-mail",
	    "juki"), RULES_ERROR,
	    "mail between tier 2 and tier 1 is not allowed");
}

static void
an_address_belongs_to_the_narrowest_network(void **state)
{
	(void)state;
	one_finding(ROUTE("internet", "lgwan", "10.20.0.1", "mx",
	    "lgwan-mail"), RULES_ERROR,
	    "the listen address is not in segment 'internet'");
	one_finding(ROUTE("internet", "lgwan", "192.0.2.25", "10.20.0.9",
	    "lgwan-mail"), RULES_ERROR,
	    "the peer is not in segment 'internet'");
	one_finding(ROUTE("internet", "lgwan", "192.0.2.25", "10.0.0.0/8",
	    "lgwan-mail"), RULES_ERROR,
	    "the peer is not in segment 'internet'");
	one_finding(ROUTE("internet", "lgwan", "192.0.2.25", "mx",
	    "10.21.0.1"), RULES_ERROR,
	    "the next hop is not in segment 'lgwan'");
	no_finding(ROUTE("internet", "lgwan", "192.0.2.25", "11.0.0.0/8",
	    "10.20.255.255"));
}

struct files {
	unsigned	reads;
	const char	*last;
};

static enum err
read_numbered(void *arg, const char *path, struct span *text,
    struct diag *diag)
{
	static char texts[16][64];
	struct files *files = arg;
	unsigned n = files->reads++;

	if (strstr(path, "none") != NULL)
		return diag_set(diag, ERR_SYSTEM, "not there");
	assert_true(n < 16);
	files->last = path;
	snprintf(texts[n], sizeof(texts[n]), "include \"d/%u\"\n", n);
	*text = span_str(texts[n]);
	return OK;
}

static void
includes_are_followed_to_a_depth_and_seen_from_their_folder(void **state)
{
	struct files files = { 0, NULL };
	struct rules_reader reader = { read_numbered, &files };
	struct rules_run *run;
	const struct rules_finding *f;

	(void)state;
	run = rules_run_new("/etc/x/a.rules", SPAN("include \"i\"\n"), &reader,
	    TODAY);
	assert_int_equal(files.reads, RULES_DEPTH_MAX);
	assert_string_equal(files.last, "/etc/x/d/d/d/d/d/d/d/6");
	f = rules_run_finding(run, rules_run_findings(run) - 1);
	assert_string_equal(f->text, "more than 8 files deep in includes");
	rules_run_free(run);

	run = rules_run_new("a.rules", SPAN("include \"none\"\n"), &reader,
	    TODAY);
	f = rules_run_finding(run, rules_run_findings(run) - 1);
	assert_string_equal(f->text, "cannot read 'none': not there");
	rules_run_free(run);

	run = rules_run_new("a.rules", SPAN("include \"b\"\n"), NULL, TODAY);
	f = rules_run_finding(run, rules_run_findings(run) - 1);
	assert_string_equal(f->text, "'include' is not possible here");
	rules_run_free(run);
}

static enum err
read_large(void *arg, const char *path, struct span *text, struct diag *diag)
{
	(void)path;
	(void)diag;
	*text = *(struct span *)arg;
	return OK;
}

static void
text_beyond_32_mb_is_refused_with_all_includes_counted(void **state)
{
	size_t half = RULES_TEXT_BYTES_MAX / 2;
	char *large = calloc(1, 2 * half + 1);
	struct span text = { (const uint8_t *)large, half };
	struct rules_reader reader = { read_large, &text };
	struct rules_run *run;

	(void)state;
	assert_non_null(large);
	memset(large, '\n', 2 * half + 1);
	run = rules_run_new("a", SPAN("include \"b\"\ninclude \"c\"\n"),
	    &reader, TODAY);
	assert_int_equal(rules_run_errors(run), 1);
	assert_string_equal(rules_run_finding(run, 0)->text,
	    "the rules are larger than 32 MB");
	assert_int_equal(rules_run_finding(run, 0)->line, 2);
	rules_run_free(run);
	run = rules_run_new("a", (struct span){ (const uint8_t *)large,
	    2 * half + 1 }, NULL, TODAY);
	assert_string_equal(rules_run_finding(run, 0)->text,
	    "the rules are larger than 32 MB");
	rules_run_free(run);
	free(large);
}

static void
counts_have_limits(void **state)
{
	static char text[8192];
	struct rules_run *run;
	size_t n = 0;
	bool seen = false;

	(void)state;
	for (unsigned i = 0; i <= RULES_POLICIES_MAX; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
		    "policy p%u { body text }\n", i);
	run = run_text_of(text);
	for (uint32_t i = 0; i < rules_run_findings(run); i++)
		seen = seen || strcmp(rules_run_finding(run, i)->text,
		    "more than 64 of 'policy'") == 0;
	assert_true(seen);
	rules_run_free(run);
}

static void
a_file_with_errors_is_not_compiled(void **state)
{
	struct rules_run *run = run_text_of(BASE "host a in x 1.2.3.4\n");
	struct buf out;

	(void)state;
	buf_init(&out, 1 << 20);
	assert_int_equal(rules_compile(run, &out), ERR_INPUT);
	assert_int_equal(out.len, 0);
	assert_int_equal(rules_print(run, &out), OK);
	rules_run_free(run);
	run = run_text_of(BASE "host a in lgwan\n");
	assert_int_equal(rules_print(run, &out), ERR_INPUT);
	rules_run_free(run);
	buf_fini(&out);
}

/* Names that all begin at one slot of a table of so many. */
#define CROWD	200u
#define SLOTS	512u

static bool
begins_at_slot_0(const char *name)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (; *name != '\0'; name++)
		h = (h ^ (uint8_t)*name) * 0x100000001b3u;
	return ((h ^ h >> 32) & (SLOTS - 1)) == 0;
}

static void
names_chosen_to_meet_are_found(void **state)
{
	struct buf text;
	struct rules_run *run;
	uint32_t n = 0;
	char name[16] = "";

	(void)state;
	buf_init(&text, 1 << 20);
	assert_int_equal(buf_add_str(&text, BASE), OK);
	for (uint32_t i = 0; n < CROWD; i++) {
		snprintf(name, sizeof(name), "n%u", i);
		if (!begins_at_slot_0(name))
			continue;
		n++;
		/* the last one is not defined */
		if (n < CROWD)
			assert_int_equal(buf_printf(&text, "host %s in lgwan "
			    "10.20.1.%u\n", name, n), OK);
		assert_int_equal(buf_printf(&text, "deny \"d\" from %s to "
		    "any\n", name), OK);
	}
	assert_int_equal(buf_add_byte(&text, '\0'), OK);
	run = run_text_of((const char *)text.ptr);
	assert_int_equal(rules_run_errors(run), 1);
	assert_int_equal(rules_run_findings(run), 1);
	assert_non_null(strstr(rules_run_finding(run, 0)->text, name));
	rules_run_free(run);
	buf_fini(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_approval_is_looked_at_by_todays_date),
		cmocka_unit_test(mail_passes_between_tier_2_and_3_only),
		cmocka_unit_test(an_address_belongs_to_the_narrowest_network),
		cmocka_unit_test(
		    includes_are_followed_to_a_depth_and_seen_from_their_folder
		    ),
		cmocka_unit_test(
		    text_beyond_32_mb_is_refused_with_all_includes_counted),
		cmocka_unit_test(counts_have_limits),
		cmocka_unit_test(names_chosen_to_meet_are_found),
		cmocka_unit_test(a_file_with_errors_is_not_compiled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
