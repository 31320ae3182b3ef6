/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What two files say differently outside packets. Each file is compiled
 * without its flows, and what the gateway would read from that image is
 * written down as facts: a thing, a setting, a text of its value with
 * defaults filled in. Equal facts are equal settings.
 */
#include <inttypes.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "diff_internal.h"
#include "image_internal.h"
#include "value_internal.h"

#define FACTS_MAX	8192u
#define FACT_BYTES_MAX	(16u * 1024 * 1024)

struct fact {
	const char	*what;
	const char	*setting;
	const char	*value;
};

struct facts {
	struct arena	*arena;
	const struct rules_image *image;
	struct fact	*at;
	uint32_t	 n;
	struct buf	 text;		/* of the value that is being written */
	enum err	 err;
};

/* ---- writing facts ---- */

static const char *
keep(struct facts *f, struct span text)
{
	char *copy = arena_alloc(f->arena, text.len + 1);

	if (copy == NULL) {
		f->err = ERR_SYSTEM;
		return "";
	}
	if (text.len > 0)
		memcpy(copy, text.ptr, text.len);
	return copy;
}

static void
put(struct facts *f, struct span text)
{
	if (f->err == OK)
		f->err = buf_add(&f->text, text);
}

static void
put_str(struct facts *f, const char *text)
{
	put(f, span_str(text));
}

static void
put_number(struct facts *f, uint64_t number)
{
	if (f->err == OK)
		f->err = buf_printf(&f->text, "%" PRIu64, number);
}

static void
comma(struct facts *f)
{
	if (f->text.len > 0)
		put_str(f, ", ");
}

/* The text so far is the value of a setting. */
static void
fact(struct facts *f, const char *what, const char *setting)
{
	if (f->n == FACTS_MAX)
		f->err = ERR_LIMIT;
	if (f->err != OK)
		return;
	f->at[f->n++] = (struct fact){ what, setting,
	    keep(f, buf_span(&f->text)) };
	buf_clear(&f->text);
}

static const char *
thing(struct facts *f, const char *kind, struct span name)
{
	const char *what;

	buf_clear(&f->text);
	put_str(f, kind);
	put(f, name);
	what = keep(f, buf_span(&f->text));
	buf_clear(&f->text);
	return what;
}

/* ---- addresses ---- */

static int
compare_spans(const void *left, const void *right)
{
	const struct span_of_addresses *a = left, *b = right;

	if (a->low.family != b->low.family)
		return a->low.family < b->low.family ? -1 : 1;
	return memcmp(a->low.bytes, b->low.bytes, 16);
}

/* Does b begin inside a, or right behind it? */
static bool
touches(const struct span_of_addresses *a, const struct span_of_addresses *b)
{
	struct address next = a->high;
	unsigned i = next.family == 4 ? 4 : 16;

	if (a->low.family != b->low.family)
		return false;
	if (memcmp(b->low.bytes, a->high.bytes, 16) <= 0)
		return true;
	while (i-- > 0 && ++next.bytes[i] == 0)
		;
	return address_equal(&next, &b->low);
}

/* As a set: sorted, what touches is one. */
static void
put_spans(struct facts *f, struct span_of_addresses *s, uint32_t count)
{
	uint32_t n = 0;

	if (count > 0)
		qsort(s, count, sizeof(*s), compare_spans);
	for (uint32_t i = 0; i < count; i++) {
		if (n == 0 || !touches(&s[n - 1], &s[i]))
			s[n++] = s[i];
		else if (memcmp(s[i].high.bytes, s[n - 1].high.bytes,
		    16) > 0)
			s[n - 1].high = s[i].high;
	}
	for (uint32_t i = 0; i < n; i++) {
		comma(f);
		if (f->err == OK)
			f->err = describe_span(&f->text, &s[i].low,
			    &s[i].high);
	}
}

static void
put_networks(struct facts *f, struct image_range range)
{
	struct span_of_addresses *s = arena_alloc_array(f->arena,
	    range.count + 1u, sizeof(*s));

	if (s == NULL) {
		f->err = ERR_SYSTEM;
		return;
	}
	for (uint32_t i = 0; i < range.count; i++) {
		const struct image_address *a = image_record(f->image,
		    IMAGE_NETWORKS, range.first + i);
		struct value v = { .form = FORM_NETWORK };

		v.network.address.family = (uint8_t)a->family;
		memcpy(v.network.address.bytes, a->bytes, 16);
		v.network.prefix_len = (uint8_t)a->prefix_len;
		s[i] = value_addresses(&v);
	}
	put_spans(f, s, range.count);
}

/* ---- things ---- */

static void
segment_facts(struct facts *f, uint32_t i)
{
	const struct image_segment *s = image_record(f->image,
	    IMAGE_SEGMENTS, i);
	const char *what = thing(f, "segment ", image_text(f->image,
	    s->name));

	put_number(f, s->tier);
	fact(f, what, "tier");
	put(f, image_text(f->image, s->interface_name));
	fact(f, what, "interface");
	put_networks(f, s->networks);
	if (s->any) {
		comma(f);
		put_str(f, "any");
	}
	fact(f, what, "network");
}

static void
put_domains(struct facts *f, struct image_range range, bool any)
{
	if (any)
		put_str(f, "any");
	for (uint32_t i = 0; i < range.count; i++) {
		const struct image_domain *d = image_record(f->image,
		    IMAGE_DOMAINS, range.first + i);

		comma(f);
		put_str(f, d->subdomains ? "." : "");
		put(f, image_text(f->image, d->name));
	}
}

static void
put_hops(struct facts *f, uint32_t route, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		struct rules_hop hop;
		char text[ADDRESS_TEXT_BYTES];

		rules_route_hop(f->image, route, i, &hop);
		comma(f);
		switch (hop.kind) {
		case RULES_HOP_SMTP:
			address_text(&hop.address, text);
			put_str(f, text);
			put_str(f, " port ");
			put_number(f, hop.port);
			break;
		case RULES_HOP_MAILDIR:
			put_str(f, "maildir ");
			put(f, hop.path);
			break;
		}
	}
}

static void
put_listens(struct facts *f, uint32_t route, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		struct rules_listen listen;
		char text[ADDRESS_TEXT_BYTES];

		rules_route_listen(f->image, route, i, &listen);
		comma(f);
		address_text(&listen.address, text);
		put_str(f, text);
		put_str(f, " port ");
		put_number(f, listen.port);
	}
}

static void
number_fact(struct facts *f, const char *what, const char *setting,
    uint64_t number, const char *unit)
{
	put_number(f, number);
	put_str(f, unit);
	fact(f, what, setting);
}

static void
size_fact(struct facts *f, const char *what, uint64_t bytes)
{
	bool whole = bytes % (1024 * 1024) == 0;

	number_fact(f, what, "size", whole ? bytes / (1024 * 1024) :
	    bytes / 1024, whole ? " MB" : " KB");
}

static void
route_facts(struct facts *f, uint32_t i)
{
	const struct image_route *r = image_record(f->image, IMAGE_ROUTES, i);
	const char *what = thing(f, "mail ", image_text(f->image, r->name));
	struct rules_segment segment;
	struct rules_policy policy;

	rules_segment(f->image, r->from, &segment);
	put(f, segment.name);
	fact(f, what, "from");
	rules_segment(f->image, r->to, &segment);
	put(f, segment.name);
	fact(f, what, "to");
	put_listens(f, i, r->listens.count);
	fact(f, what, "listen");
	if (r->accept_any)
		put_str(f, "any");
	else
		put_networks(f, r->peers);
	fact(f, what, "accept");
	put_domains(f, r->recipients, r->recipients_any);
	fact(f, what, "domains");
	put_domains(f, r->senders, r->senders_any);
	fact(f, what, "sender-domains");
	put_hops(f, i, r->hops.count);
	fact(f, what, "next-hop");
	size_fact(f, what, r->size_bytes_max);
	rules_policy(f->image, r->policy, &policy);
	put(f, policy.name);
	fact(f, what, "policy");
	number_fact(f, what, "greeting-delay", r->greeting_delay_ms, " ms");
	number_fact(f, what, "sessions", r->sessions_max, "");
	number_fact(f, what, "sessions-per-peer", r->sessions_per_peer_max,
	    "");
	number_fact(f, what, "recipients", r->recipients_max, "");
	number_fact(f, what, "retain", r->retain_days, " days");
	number_fact(f, what, "expire", r->expire_s / 3600, " hours");
}

static const char *
method_name(uint8_t method)
{
	switch ((enum rules_method)method) {
	case RULES_METHOD_REMOVE:
		return "remove";
	case RULES_METHOD_REBUILD:
		return "rebuild";
	case RULES_METHOD_IMAGE:
		return "image";
	case RULES_METHOD_TEXT:
		return "text";
	case RULES_METHOD_CONVERT:
		return "convert";
	case RULES_METHOD_EXTRACT:
		return "extract";
	case RULES_METHOD_HOLD:
		return "hold";
	}
	return "";
}

static void
policy_facts(struct facts *f, uint32_t i)
{
	struct rules_policy p;
	const char *what;

	rules_policy(f->image, i, &p);
	what = thing(f, "policy ", p.name);
	put_str(f, p.body_keep ? "keep" : "text");
	fact(f, what, "body");
	put_str(f, p.inspect ? "inspect" : "make safe");
	fact(f, what, "attachments");
	put_str(f, method_name(p.pdf));
	fact(f, what, "pdf");
	put_str(f, method_name(p.image));
	fact(f, what, "image");
	put_str(f, method_name(p.office));
	fact(f, what, "office");
	put_str(f, method_name(p.text));
	fact(f, what, "text");
	put_str(f, method_name(p.archive));
	put_str(f, " depth ");
	put_number(f, p.archive_depth);
	fact(f, what, "archive");
	put_str(f, method_name(p.legacy_office));
	fact(f, what, "legacy-office");
	put_str(f, method_name(p.encrypted));
	fact(f, what, "encrypted");
	put_str(f, method_name(p.other));
	fact(f, what, "other");
	put_str(f, p.links == RULES_LINKS_DEFANG ? "defang" : "show");
	fact(f, what, "links");
	put_str(f, p.notice_english ? "ja, en" : "ja");
	fact(f, what, "notice");
}

/* ---- the gateway itself ---- */

static int
compare_peers(const void *left, const void *right)
{
	const struct rules_peer *a = left, *b = right;
	struct span_of_addresses x = { a->first, a->last };
	struct span_of_addresses y = { b->first, b->last };
	int order = compare_spans(&x, &y);

	return order != 0 ? order : memcmp(a->mac, b->mac, sizeof(a->mac));
}

/* Those with a MAC address are machines of their own: behind the others. */
static void
put_peers(struct facts *f, uint32_t manage, uint32_t n)
{
	struct rules_peer *p = arena_alloc_array(f->arena, n + 1u,
	    sizeof(*p));
	struct span_of_addresses *s = arena_alloc_array(f->arena, n + 1u,
	    sizeof(*s));
	uint32_t spans_n = 0, macs_n = 0;

	if (p == NULL || s == NULL) {
		f->err = ERR_SYSTEM;
		return;
	}
	for (uint32_t k = 0; k < n; k++) {
		rules_manage_peer(f->image, manage, k, &p[macs_n]);
		if (p[macs_n].has_mac)
			macs_n++;
		else
			s[spans_n++] = (struct span_of_addresses){
			    p[macs_n].first, p[macs_n].last };
	}
	put_spans(f, s, spans_n);
	qsort(p, macs_n, sizeof(*p), compare_peers);
	for (uint32_t k = 0; k < macs_n; k++) {
		char text[ADDRESS_TEXT_BYTES];
		const uint8_t *m = p[k].mac;

		if (k > 0 && compare_peers(&p[k - 1], &p[k]) == 0)
			continue;
		comma(f);
		address_text(&p[k].first, text);
		if (f->err == OK)
			f->err = buf_printf(&f->text, "%s mac %02x:%02x:%02x:"
			    "%02x:%02x:%02x", text, m[0], m[1], m[2], m[3],
			    m[4], m[5]);
	}
}

static int
compare_ports(const void *left, const void *right)
{
	const struct rules_port *a = left, *b = right;
	const uint16_t x[] = { a->protocol, a->src_first, a->src_last,
	    a->first, a->last };
	const uint16_t y[] = { b->protocol, b->src_first, b->src_last,
	    b->first, b->last };

	for (unsigned i = 0; i < sizeof(x) / sizeof(x[0]); i++)
		if (x[i] != y[i])
			return x[i] < y[i] ? -1 : 1;
	return 0;
}

static void
put_range(struct facts *f, const char *word, uint16_t first, uint16_t last)
{
	put_str(f, word);
	put_number(f, first);
	if (first == last)
		return;
	put_str(f, "-");
	put_number(f, last);
}

static void
put_port(struct facts *f, const struct rules_port *p)
{
	comma(f);
	switch (p->protocol) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
		put_range(f, p->protocol == IPPROTO_TCP ? "tcp " : "udp ",
		    p->first, p->last);
		if (p->src_first != 0 || p->src_last != UINT16_MAX)
			put_range(f, " source-port ", p->src_first,
			    p->src_last);
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		put_range(f, p->protocol == IPPROTO_ICMP ? "icmp " : "icmp6 ",
		    p->first, p->last);
		break;
	default:
		put_str(f, "protocol ");
		put_number(f, p->protocol);
		break;
	}
}

/* As a set; what touches is one where the rest is the same. */
static void
put_ports(struct facts *f, uint32_t manage, uint32_t count)
{
	struct rules_port *p = arena_alloc_array(f->arena, count, sizeof(*p));
	uint32_t n = 0;

	if (p == NULL) {
		f->err = ERR_SYSTEM;
		return;
	}
	for (uint32_t k = 0; k < count; k++)
		rules_manage_port(f->image, manage, k, &p[k]);
	qsort(p, count, sizeof(*p), compare_ports);
	for (uint32_t k = 0; k < count; k++) {
		struct rules_port *last = n == 0 ? NULL : &p[n - 1];

		if (last == NULL || last->protocol != p[k].protocol ||
		    last->src_first != p[k].src_first ||
		    last->src_last != p[k].src_last ||
		    p[k].first > last->last + 1)
			p[n++] = p[k];
		else if (p[k].last > last->last)
			last->last = p[k].last;
	}
	for (uint32_t k = 0; k < n; k++)
		put_port(f, &p[k]);
}

static void
manage_facts(struct facts *f, uint32_t i)
{
	struct rules_manage m;
	char date[DATE_TEXT_BYTES];
	const char *what;

	rules_manage(f->image, i, &m);
	put_str(f, "manage \"");
	put(f, m.name);
	put_str(f, "\"");
	what = keep(f, buf_span(&f->text));
	buf_clear(&f->text);
	/* both, as a fact that only one file has is not compared */
	put_peers(f, i, m.from ? m.peers : 0);
	fact(f, what, "from");
	put_peers(f, i, m.from ? 0 : m.peers);
	fact(f, what, "to");
	put_ports(f, i, m.services);
	fact(f, what, "service");
	if (m.until != RULES_NONE) {
		date_text(m.until, date);
		put_str(f, date);
	}
	fact(f, what, "until");
}

/* ---- the audit log ---- */

static void
put_masked(struct facts *f, unsigned mask)
{
	static const struct {
		unsigned	 bit;
		const char	*word;
	} words[] = {
		{ RULES_MASK_SENDERS, "senders" },
		{ RULES_MASK_RECIPIENTS, "recipients" },
		{ RULES_MASK_SUBJECTS, "subjects" },
		{ RULES_MASK_NAMES, "names" },
	};

	if (mask == 0)
		put_str(f, "nothing");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if ((mask & words[i].bit) != 0) {
			comma(f);
			put_str(f, words[i].word);
		}
}

static void
audit_facts(struct facts *f)
{
	struct rules_audit audit;

	rules_audit(f->image, &audit);
	if (audit.retain_days == 0) {
		put_str(f, "for ever");
		fact(f, "audit", "retain");
	} else {
		number_fact(f, "audit", "retain", audit.retain_days, " days");
	}
	for (uint32_t i = 0; i < audit.places; i++) {
		struct rules_place place;
		char text[ADDRESS_TEXT_BYTES];

		rules_audit_place(f->image, i, &place);
		comma(f);
		put_str(f, "tcp ");
		address_text(&place.address, text);
		put_str(f, text);
		put_str(f, " port ");
		put_number(f, place.port);
	}
	if (audit.places == 0)
		put_str(f, "none");
	fact(f, "audit", "syslog");
	put_masked(f, audit.mask);
	fact(f, "audit", "mask");
}

/* ---- a file ---- */

/* The image of what is no flow and no proof: small, whatever the rules. */
static enum err
compile_rest(const struct rules_run *run, struct buf *bytes)
{
	struct rules_run rest = *run;

	rest.flows.n = 0;
	for (unsigned k = 0; k < ST_KIND_N; k++)
		if (k != ST_GATEWAY && k != ST_SEGMENT && k != ST_MAIL &&
		    k != ST_MANAGE && k != ST_POLICY && k != ST_AUDIT)
			rest.kinds[k].n = 0;
	return rules_compile(&rest, bytes);
}

static enum err
facts_of(const struct rules_run *run, struct facts *f)
{
	struct rules_image *image = NULL;
	struct diag diag = { 0 };
	struct buf bytes;

	buf_init(&bytes, RULES_IMAGE_BYTES_MAX);
	f->at = arena_alloc_array(f->arena, FACTS_MAX, sizeof(*f->at));
	f->err = f->at == NULL ? ERR_SYSTEM :
	    compile_rest(run, &bytes);
	if (f->err == OK)
		f->err = rules_image_open(buf_span(&bytes), &image, &diag);
	if (f->err == OK) {
		buf_init(&f->text, FACT_BYTES_MAX);
		f->image = image;
		put(f, rules_gateway_name(image));
		fact(f, "gateway", "name");
		for (uint32_t i = 0; i < rules_segments(image); i++)
			segment_facts(f, i);
		for (uint32_t i = 0; i < rules_routes(image); i++)
			route_facts(f, i);
		for (uint32_t i = 0; i < rules_policies(image); i++)
			policy_facts(f, i);
		for (uint32_t i = 0; i < rules_manages(image); i++)
			manage_facts(f, i);
		audit_facts(f);
		buf_fini(&f->text);
	}
	rules_image_close(image);
	buf_fini(&bytes);
	return f->err;
}

/* ---- the difference ---- */

static const struct fact *
find(const struct facts *f, const char *what, const char *setting)
{
	for (uint32_t i = 0; i < f->n; i++)
		if (strcmp(f->at[i].what, what) == 0 && (setting == NULL ||
		    strcmp(f->at[i].setting, setting) == 0))
			return &f->at[i];
	return NULL;
}

static void
add_setting(struct rules_diff *diff, struct rules_setting setting,
    enum err *err)
{
	if (diff->settings_n == DIFF_SETTINGS_MAX)
		*err = ERR_LIMIT;
	else
		diff->settings[diff->settings_n++] = setting;
}

/* Who may reach the gateway is not to be looked up in the file. */
static void
add_details(struct rules_diff *diff, const struct facts *a, uint32_t first,
    bool added, enum err *err)
{
	const char *what = a->at[first].what;

	if (strncmp(what, "manage ", 7) != 0)
		return;
	for (uint32_t i = first; i < a->n && strcmp(a->at[i].what, what) == 0;
	    i++) {
		const char *value = a->at[i].value;

		if (value[0] != '\0')
			add_setting(diff, (struct rules_setting){ what,
			    a->at[i].setting, added ? "" : value,
			    added ? value : "" }, err);
	}
}

/* Things of a that b has not; each once: its facts follow each other. */
static void
add_missing(struct rules_diff *diff, const struct facts *a,
    const struct facts *b, bool added, enum err *err)
{
	for (uint32_t i = 0; i < a->n; i++) {
		const char *what = a->at[i].what;

		if ((i > 0 && strcmp(a->at[i - 1].what, what) == 0) ||
		    find(b, what, NULL) != NULL)
			continue;
		add_setting(diff, (struct rules_setting){ what, NULL,
		    added ? NULL : "there", added ? "there" : NULL }, err);
		add_details(diff, a, i, added, err);
	}
}

enum err
diff_settings(struct rules_diff *diff, const struct rules_run *const runs[2])
{
	struct facts f[2] = { { .arena = diff->arena },
	    { .arena = diff->arena } };
	enum err err = facts_of(runs[0], &f[0]);

	if (err == OK)
		err = facts_of(runs[1], &f[1]);
	diff->settings = arena_alloc_array(diff->arena, DIFF_SETTINGS_MAX,
	    sizeof(*diff->settings));
	if (err != OK || diff->settings == NULL)
		return err != OK ? err : ERR_SYSTEM;
	add_missing(diff, &f[1], &f[0], true, &err);
	add_missing(diff, &f[0], &f[1], false, &err);
	for (uint32_t i = 0; i < f[0].n; i++) {
		const struct fact *a = &f[0].at[i];
		const struct fact *b = find(&f[1], a->what, a->setting);

		if (b != NULL && strcmp(a->value, b->value) != 0)
			add_setting(diff, (struct rules_setting){ a->what,
			    a->setting, a->value, b->value }, &err);
	}
	return err;
}
