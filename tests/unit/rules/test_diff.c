/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The difference of two files beside the evaluator: every point of a small
 * space is asked of both images; it must be in exactly one region if the
 * answers differ and in none else.
 */
#include "../../../rules/diff_internal.h"
#include "helper.h"

#define ROUNDS	600u
#define TEXT_BYTES 8192u

static uint64_t random_state = 88172645463325252u;

static uint32_t
random_below(uint32_t n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)(random_state >> 33) % n;
}

static const char head[] =
    "gateway \"gw1.town.example.lg.jp\"\n"
    "segment mynumber tier 1 interface eth2 network 10.10.0.0/16\n"
    "segment lgwan tier 2 interface eth1 network 10.20.0.0/24, "
    "2001:db8:20::/48\n"
    "segment city tier 2 interface eth3 network 10.30.0.0/24\n"
    "segment internet tier 3 interface eth0 network any\n"
    "host a in lgwan 10.20.0.8/29\n"
    "host b in lgwan 10.20.0.10-10.20.0.20, 10.20.0.40\n"
    "host kiosk in lgwan 10.20.0.12 mac 02:00:5e:10:00:07\n"
    "host clerk in lgwan 10.20.0.99 mac 02:00:5e:10:00:08\n"
    "host juki in mynumber 10.10.0.9 mac 02:00:5e:10:00:09\n"
    "host c in city 10.30.0.7\n"
    "host v in internet 192.0.2.64/28, 2001:db8:99::1\n"
    "host w in internet 192.0.2.70\n"
    "service rdp tcp 3389 speaks rdp\n"
    "service vnc tcp 5900-5999 speaks rfb\n"
    "service both tcp 3389, 5950 udp 3389 speaks rdp\n";

static const char *const webs[] = {
	"service web tcp 443 speaks tls \"*.example.jp\", \"one.example\"\n",
	"service web tcp 443 speaks tls \"one.example\", \"*.EXAMPLE.jp\"\n",
	"service web tcp 443-444 speaks tls \"one.example\"\n",
	"service web tcp 443 udp 443 source-port 1024-65535 speaks tls\n",
};
static const char *const kiosks[] = { "kiosk", "clerk" };
static const char *const inner[] = { "lgwan", "a", "b", "kiosk", "a, clerk",
    "city, a", "lgwan, city" };
static const char *const outer[] = { "internet", "v", "w", "v, w" };
static const char *const screens[] = { "rdp", "vnc", "rdp, vnc", "both",
    "both, vnc" };
static const char *const any[] = { "any", "lgwan", "b", "internet", "v",
    "kiosk", "city, a" };
static const char *const ends[] = { "2030-01-01", "2031-01-01",
    "2020-01-01" };

#define PICK(list)	list[random_below(sizeof(list) / sizeof(list[0]))]

static void
random_rule(char *line, size_t size)
{
	switch (random_below(6)) {
	case 0:
		snprintf(line, size, "deny \"d\" from %s to %s\n", PICK(any),
		    PICK(any));
		break;
	case 1:
		snprintf(line, size, "deny \"d\" from %s to %s service %s\n",
		    PICK(any), PICK(any), PICK(screens));
		break;
	case 2:
		snprintf(line, size, "allow screen-transfer \"s\" from %s to "
		    "%s service %s%s\n", PICK(inner), PICK(outer),
		    PICK(screens), random_below(3) ? "" : " limit 9 flows");
		break;
	case 3:
		snprintf(line, size, "allow exception \"e\" from %s to %s "
		    "service web, rdp owner \"o\" reason \"r\" approved "
		    "\"a\" until %s\n", PICK(inner), PICK(outer),
		    PICK(ends));
		break;
	case 4:
		snprintf(line, size, "allow local \"l\" from %s to c, city "
		    "service %s\n", PICK(inner), PICK(screens));
		break;
	default:
		snprintf(line, size, "allow specified \"k\" from %s to juki "
		    "service web owner \"o\" purpose \"r\" approved \"a\" "
		    "until %s\n", PICK(kiosks), PICK(ends));
		break;
	}
}

#define RULES_MAX 12u

struct rules_text {
	char		line[RULES_MAX][256];
	uint32_t	n;
	char		text[TEXT_BYTES];
};

static void
write_text(struct rules_text *t, const char *web)
{
	size_t at = (size_t)snprintf(t->text, sizeof(t->text), "%s%s", head,
	    web);

	for (uint32_t i = 0; i < t->n; i++)
		at += (size_t)snprintf(t->text + at, sizeof(t->text) - at,
		    "%s", t->line[i]);
	assert_true(at < sizeof(t->text));
}

/* A few changes, as a person makes them. */
static void
mutate(struct rules_text *t)
{
	for (uint32_t k = random_below(4); k > 0 && t->n > 1; k--) {
		uint32_t i = random_below(t->n), j = random_below(t->n);
		char line[256];

		switch (random_below(3)) {
		case 0:
			memcpy(line, t->line[i], sizeof(line));
			memcpy(t->line[i], t->line[j], sizeof(line));
			memcpy(t->line[j], line, sizeof(line));
			break;
		case 1:
			random_rule(t->line[i], sizeof(t->line[i]));
			break;
		default:
			memmove(t->line[i], t->line[i + 1],
			    (t->n - 1 - i) * sizeof(t->line[0]));
			t->n--;
			break;
		}
	}
}

struct side {
	struct rules_run *run;
	struct rules_image *image;
	struct buf	 bytes;
};

static void
open_side(struct side *side, const char *text)
{
	struct diag diag = { 0 };

	side->run = run_text_of(text);
	if (rules_run_errors(side->run) > 0)
		print_findings(side->run);
	buf_init(&side->bytes, 1u << 28);
	assert_int_equal(rules_compile(side->run, &side->bytes), OK);
	assert_int_equal(rules_image_open(buf_span(&side->bytes),
	    &side->image, &diag), OK);
	assert_int_equal(rules_image_prepare(side->image, &diag), OK);
}

static void
close_side(struct side *side)
{
	rules_image_close(side->image);
	buf_fini(&side->bytes);
	rules_run_free(side->run);
}

/* All that the gateway would do with a packet, as one text. */
static void
answer(const struct side *side, const struct rules_packet *p, char text[256],
    bool *allow)
{
	static const char *const names[] = { "one.example", "x.example.jp",
	    "example.jp", "other" };
	struct rules_decision d;
	struct rules_flow flow;
	int at;

	rules_decide(side->image, p, &d);
	*allow = d.allow;
	snprintf(text, 256, "deny");
	if (!d.allow)
		return;
	rules_flow(side->image, d.rule, &flow);
	at = snprintf(text, 256, "%d %u %u %d ", flow.class, flow.flows_max,
	    flow.until, rules_flow_speaks(side->image, d.rule, p));
	for (unsigned i = 0; i < 4; i++)
		at += snprintf(text + at, 256 - (size_t)at, "%d",
		    rules_flow_server(side->image, d.rule, p,
		    span_str(names[i])));
	if (flow.to_mac_set)
		snprintf(text + at, 256 - (size_t)at, " %d", flow.to_mac[5]);
}

static bool
has(const struct ranges *ranges, uint32_t class)
{
	for (uint32_t i = 0; i < ranges->n; i++)
		if (class >= ranges->at[i].first && class < ranges->at[i].end)
			return true;
	return false;
}

static uint32_t
regions_with(const struct rules_diff *diff, const struct point *p,
    const struct region **found)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < diff->merge.regions_n; i++) {
		const struct region *r = &diff->merge.regions[i];

		if (has(&r->src, p->src) && has(&r->dst, p->dst) &&
		    diff->merge.sets[r->services][p->service / 64] >>
		    p->service % 64 & 1) {
			*found = r;
			n++;
		}
	}
	return n;
}

static uint32_t
check_point(const struct rules_diff *diff, const struct side side[2],
    const struct point *point)
{
	const struct region *r = NULL;
	struct rules_packet p;
	char text[2][256];
	bool allow[2];
	uint32_t n = regions_with(diff, point, &r);

	space_packet(diff->space, point, &p);
	for (unsigned s = 0; s < 2; s++) {
		struct rules_decision d;

		answer(&side[s], &p, text[s], &allow[s]);
		rules_decide(side[s].image, &p, &d);
		if (n == 1 && d.rule != r->rule[s])
			fail_msg("the deciding rule is %u, not %u", d.rule,
			    r->rule[s]);
	}
	if (n != (strcmp(text[0], text[1]) != 0))
		fail_msg("in %u regions: '%s' and '%s'", n, text[0], text[1]);
	if (n == 1) {
		assert_int_equal(allow[0], r->outcome[0] != OUTCOME_DENY);
		assert_int_equal(allow[1], r->outcome[1] != OUTCOME_DENY);
	}
	return n;
}

/* Returns how many points differ. */
static uint32_t
check_all(struct rules_diff *diff, const struct side side[2])
{
	struct space *s = diff->space;
	uint32_t differ = 0;
	struct point p;

	for (p.src = 0; p.src < s->src.n; p.src++)
		for (p.dst = 0; p.dst < s->dst.n; p.dst++) {
			if ((p.src < s->src.n4) != (p.dst < s->dst.n4))
				continue;
			for (p.service = 0; p.service < s->services_n;
			    p.service++)
				differ += check_point(diff, side, &p);
		}
	return differ;
}

/* ---- the matrix of the file after ---- */

#define SEGMENTS 4u
#define CLASSES	 4u
#define SERVICES 4u

struct expected {
	bool	rules[SEGMENTS][SEGMENTS][CLASSES][RULES_MAX];
	bool	services[SEGMENTS][SEGMENTS][CLASSES][SERVICES];
};

static void
expect_point(struct expected *e, struct space *space,
    const struct side *side, const struct point *point)
{
	const struct flow_rule *rule;
	struct rules_packet p;
	struct rules_decision d;
	uint32_t from, to;

	space_packet(space, point, &p);
	rules_decide(side->image, &p, &d);
	if (!d.allow)
		return;
	from = rules_segment_of(side->image, &p.src);
	to = rules_segment_of(side->image, &p.dst);
	rule = &space->rules[1].rules[d.rule];
	assert_true(from < SEGMENTS && to < SEGMENTS);
	e->rules[from][to][rule->class][d.rule] = true;
	for (const struct value *v = clause_value(rule->st->clauses,
	    CL_SERVICE, 0); v != NULL; v = v->next) {
		struct value one = *v;

		one.next = NULL;
		if (set_has(space, space_set(space, &one), point->service))
			e->services[from][to][rule->class]
			    [v->statement->index] = true;
	}
}

static uint32_t
count(const bool *set, uint32_t n)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < n; i++)
		sum += set[i];
	return sum;
}

static void
compare_matrix(const struct expected *e, const struct rules_matrix *m)
{
	uint32_t at = 0;

	for (uint32_t i = 0; i < SEGMENTS * SEGMENTS * CLASSES; i++) {
		uint32_t f = i / CLASSES / SEGMENTS, c = i % CLASSES;
		uint32_t t = i / CLASSES % SEGMENTS;
		uint32_t n = count(e->rules[f][t][c], RULES_MAX);
		const struct rules_reach *r;

		if (n == 0)
			continue;
		assert_true(at < rules_matrix_reaches(m));
		r = rules_matrix_reach(m, at++);
		assert_int_equal(r->from, f);
		assert_int_equal(r->to, t);
		assert_int_equal(r->class, c);
		assert_int_equal(r->rules, n);
		assert_int_equal(r->services_n, count(e->services[f][t][c],
		    SERVICES));
	}
	assert_int_equal(at, rules_matrix_reaches(m));
}

static void
check_matrix(struct rules_diff *diff, const struct side *side)
{
	static struct expected e;
	struct space *s = diff->space;
	struct rules_matrix *m;
	struct diag diag = { 0 };
	struct point p;

	memset(&e, 0, sizeof(e));
	for (p.src = 0; p.src < s->src.n; p.src++)
		for (p.dst = 0; p.dst < s->dst.n; p.dst++)
			for (p.service = 0; p.service < s->services_n &&
			    (p.src < s->src.n4) == (p.dst < s->dst.n4);
			    p.service++)
				expect_point(&e, s, side, &p);
	assert_int_equal(rules_matrix_new(side->run, &m, &diag), OK);
	compare_matrix(&e, m);
	rules_matrix_free(m);
}

static void
check_examples(struct rules_diff *diff, const struct side side[2])
{
	for (uint32_t i = 0; i < rules_diff_regions(diff); i++) {
		struct rules_region r;
		char text[2][256];
		bool allow;

		assert_int_equal(rules_diff_region(diff, i, &r), OK);
		for (unsigned s = 0; s < 2; s++)
			answer(&side[s], &r.packet, text[s], &allow);
		assert_string_not_equal(text[0], text[1]);
		assert_true(r.src.text[0] != '\0' && r.dst.text[0] != '\0' &&
		    r.service.text[0] != '\0');
		assert_true(r.src.items_n > 0 && r.dst.items_n > 0 &&
		    r.service.items_n > 0);
	}
}

static void
a_point_differs_iff_it_is_in_one_region(void **state)
{
	static struct rules_text before, after;
	uint32_t differ = 0, same = 0;

	(void)state;
	for (uint32_t round = 0; round < ROUNDS; round++) {
		const char *web = PICK(webs);
		struct side side[2];
		struct rules_diff *diff;
		struct diag diag = { 0 };
		uint32_t n;

		before.n = 1 + random_below(RULES_MAX);
		for (uint32_t i = 0; i < before.n; i++)
			random_rule(before.line[i], sizeof(before.line[i]));
		after = before;
		mutate(&after);
		write_text(&before, web);
		write_text(&after, random_below(4) ? web : PICK(webs));
		open_side(&side[0], before.text);
		open_side(&side[1], after.text);
		assert_int_equal(rules_diff_new(side[0].run, side[1].run,
		    &diff, &diag), OK);
		assert_true(rules_diff_complete(diff));
		n = check_all(diff, side);
		assert_int_equal(n > 0, rules_diff_regions(diff) > 0);
		assert_int_equal(rules_diff_settings(diff), 0);
		check_examples(diff, side);
		if (round % 4 == 0)
			check_matrix(diff, &side[1]);
		differ += n > 0;
		same += n == 0;
		rules_diff_free(diff);
		close_side(&side[0]);
		close_side(&side[1]);
	}
	/* both kinds were there */
	assert_true(differ > ROUNDS / 4 && same > ROUNDS / 10);
}

/* ---- regions ---- */

static struct rules_diff *
diff_of(const char *before, const char *after, struct rules_run *runs[2])
{
	struct rules_diff *diff;
	struct diag diag = { 0 };

	runs[0] = run_text_of(before);
	runs[1] = run_text_of(after);
	assert_int_equal(rules_diff_new(runs[0], runs[1], &diff, &diag), OK);
	return diff;
}

static void
diff_end(struct rules_diff *diff, struct rules_run *runs[2])
{
	rules_diff_free(diff);
	rules_run_free(runs[0]);
	rules_run_free(runs[1]);
}

#define TOWN \
	BASE \
	"service rdp tcp 3389 speaks rdp\n" \
	"service vnc tcp 5900-5999 speaks rfb\n" \
	"host pc in lgwan 10.20.1.1\n" \
	"host hole in lgwan 10.20.1.5\n"

static const struct {
	const char	*before;
	const char	*after;
	const char	*src;
	const char	*dst;
	const char	*service;
} words[] = {
	{ "", "allow screen-transfer \"s\" from lgwan to mx service rdp\n",
	    "lgwan", "mx (192.0.2.5)", "rdp (tcp 3389)" },
	{ "", "allow screen-transfer \"s\" from pc, lgwan-mail to internet "
	    "service rdp, vnc\n", "lgwan-mail, pc", "internet",
	    "rdp (tcp 3389)" },	/* vnc speaks otherwise: a region more */
	{ "", "deny \"d\" from hole to any\nallow screen-transfer \"s\" from "
	    "lgwan to mx service rdp\n", "lgwan except hole",
	    "mx (192.0.2.5)", "rdp (tcp 3389)" },
};

static void
a_region_is_said_in_the_words_of_the_file(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		char before[4096], after[4096];
		struct rules_run *runs[2];
		struct rules_region r;
		struct rules_diff *diff;

		snprintf(before, sizeof(before), TOWN "%s", words[i].before);
		snprintf(after, sizeof(after), TOWN "%s", words[i].after);
		diff = diff_of(before, after, runs);
		assert_int_equal(rules_diff_count(diff,
		    RULES_BECOMES_ALLOWED), rules_diff_regions(diff));
		assert_int_equal(rules_diff_region(diff, 0, &r), OK);
		assert_string_equal(r.src.text, words[i].src);
		assert_string_equal(r.dst.text, words[i].dst);
		assert_string_equal(r.service.text, words[i].service);
		diff_end(diff, runs);
	}
}

#define MAIL(more, policy) BASE \
	"mail inbound from internet to lgwan {\n" \
	"    listen 192.0.2.25 port 25\n" \
	"    accept from mx\n" \
	"    domains town.example.lg.jp\n" \
	"    next-hop lgwan-mail port 25\n" more \
	"    policy standard\n}\n" \
	"policy standard { body text  " policy " }\n"

static void
a_setting_that_is_the_default_is_no_difference(void **state)
{
	struct rules_run *runs[2];
	struct rules_diff *diff = diff_of(MAIL("", "pdf remove"),
	    MAIL("    size 20 MB\n", "other remove"), runs);

	(void)state;
	assert_int_equal(rules_diff_settings(diff), 0);
	diff_end(diff, runs);
}

static void
settings_differ_one_by_one(void **state)
{
	struct rules_run *runs[2];
	struct rules_diff *diff = diff_of(MAIL("    size 10 MB\n", ""),
	    MAIL("    size 2 MB\n", "pdf rebuild"), runs);
	const struct rules_setting *s;

	(void)state;
	assert_int_equal(rules_diff_settings(diff), 2);
	s = rules_diff_setting(diff, 0);
	assert_string_equal(s->what, "mail inbound");
	assert_string_equal(s->setting, "size");
	assert_string_equal(s->before, "10 MB");
	assert_string_equal(s->after, "2 MB");
	s = rules_diff_setting(diff, 1);
	assert_string_equal(s->what, "policy standard");
	assert_string_equal(s->setting, "pdf");
	assert_string_equal(s->before, "remove");
	assert_string_equal(s->after, "rebuild");
	diff_end(diff, runs);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_point_differs_iff_it_is_in_one_region),
		cmocka_unit_test(a_region_is_said_in_the_words_of_the_file),
		cmocka_unit_test(
		    a_setting_that_is_the_default_is_no_difference),
		cmocka_unit_test(settings_differ_one_by_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
