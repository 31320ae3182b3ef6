/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The grammar of the rules language as tables, and look-up in them. There is
 * no code of a statement here: what statements mean is in check_*.c.
 */
#include "../gateway/base/err.h"
#include "grammar_internal.h"
#include "limits.h"
#include "rules.h"

#define KB	1024u
#define MB	(1024u * 1024u)
#define DAY_S	86400u

static const struct word words_tier[] = {
	{ "1", 1 }, { "2", 2 }, { "3", 3 }, { NULL, 0 }
};
static const struct word words_class[] = {
	{ "screen-transfer", RULES_CLASS_SCREEN_TRANSFER },
	{ "specified", RULES_CLASS_SPECIFIED },
	{ "exception", RULES_CLASS_EXCEPTION },
	{ "local", RULES_CLASS_LOCAL },
	{ NULL, 0 }
};
static const struct word words_only[] = {
	{ "mail", RULES_CLASS_MAIL },
	{ "screen-transfer", RULES_CLASS_SCREEN_TRANSFER },
	{ "specified", RULES_CLASS_SPECIFIED },
	{ "exception", RULES_CLASS_EXCEPTION },
	{ "local", RULES_CLASS_LOCAL },
	{ NULL, 0 }
};
static const struct word words_speaks[] = {
	{ "tls", SPEAKS_TLS }, { "http", SPEAKS_HTTP },
	{ "ssh", SPEAKS_SSH }, { "dns", SPEAKS_DNS },
	{ "smtp", SPEAKS_SMTP }, { "ntp", SPEAKS_NTP },
	{ "rdp", SPEAKS_RDP }, { "rfb", SPEAKS_RFB },
	{ "pcoip", SPEAKS_PCOIP }, { "ica", SPEAKS_ICA },
	{ "blast", SPEAKS_BLAST },
	{ NULL, 0 }
};
/* What people call it who know the product, not its protocol. */
static const struct word_speaker speakers[] = {
	{ "vnc", "rfb", "VNC" }, { "https", "tls", "HTTPS" },
	{ "ssl", "tls", "SSL" }, { "mstsc", "rdp", "Remote Desktop" },
	{ "remote-desktop", "rdp", "Remote Desktop" },
	{ "rds", "rdp", "Remote Desktop" }, { "citrix", "ica", "Citrix" },
	{ "hdx", "ica", "Citrix HDX" }, { "vmware", "blast", "VMware" },
	{ "horizon", "blast", "Horizon" }, { "teradici", "pcoip", "Teradici" },
	{ "sftp", "ssh", "SFTP" },
};
static const struct word words_verdict[] = {
	{ "deny", 0 }, { "allow", 1 }, { NULL, 0 }
};
static const struct word words_protocol[] = {
	{ "tcp", PROTOCOL_TCP }, { "udp", PROTOCOL_UDP },
	{ "icmp", PROTOCOL_ICMP }, { "icmp6", PROTOCOL_ICMP6 },
	{ NULL, 0 }
};
/* RFC 792 and RFC 4443: the numbers of the two families differ. */
static const struct word words_icmp[] = {
	{ "echo-request", 8 }, { "echo-reply", 0 }, { "unreachable", 3 },
	{ "time-exceeded", 11 }, { NULL, 0 }
};
static const struct word words_icmp6[] = {
	{ "echo-request", 128 }, { "echo-reply", 129 }, { "unreachable", 1 },
	{ "too-big", 2 }, { "time-exceeded", 3 }, { NULL, 0 }
};
/* Of `expect`, for both: the number is that of its protocol, see there. */
static const struct word words_type[] = {
	{ "echo-request", 0 }, { "echo-reply", 0 }, { "unreachable", 0 },
	{ "too-big", 0 }, { "time-exceeded", 0 }, { NULL, 0 }
};
static const struct word words_body[] = {
	{ "text", 0 }, { "keep", 1 }, { NULL, 0 }
};
static const struct word words_inspect[] = { { "inspect", 1 }, { NULL, 0 } };
static const struct word words_notice[] = {
	{ "ja", 0 }, { "en", 1 }, { NULL, 0 }
};
static const struct word words_links[] = {
	{ "show", RULES_LINKS_SHOW }, { "defang", RULES_LINKS_DEFANG },
	{ NULL, 0 }
};

static const struct word words_mask[] = {
	{ "senders", RULES_MASK_SENDERS },
	{ "recipients", RULES_MASK_RECIPIENTS },
	{ "subjects", RULES_MASK_SUBJECTS }, { "names", RULES_MASK_NAMES },
	{ NULL, 0 }
};

/* What can be done with each class of file; the first one is the usual. */
static const struct word methods_document[] = {
	{ "rebuild", RULES_METHOD_REBUILD }, { "image", RULES_METHOD_IMAGE },
	{ "text", RULES_METHOD_TEXT }, { "hold", RULES_METHOD_HOLD },
	{ "remove", RULES_METHOD_REMOVE }, { NULL, 0 }
};
static const struct word methods_simple[] = {
	{ "rebuild", RULES_METHOD_REBUILD }, { "hold", RULES_METHOD_HOLD },
	{ "remove", RULES_METHOD_REMOVE }, { NULL, 0 }
};
static const struct word methods_archive[] = {
	{ "rebuild", RULES_METHOD_REBUILD },
	{ "extract", RULES_METHOD_EXTRACT }, { "hold", RULES_METHOD_HOLD },
	{ "remove", RULES_METHOD_REMOVE }, { NULL, 0 }
};
static const struct word methods_legacy[] = {
	{ "convert", RULES_METHOD_CONVERT }, { "image", RULES_METHOD_IMAGE },
	{ "text", RULES_METHOD_TEXT }, { "hold", RULES_METHOD_HOLD },
	{ "remove", RULES_METHOD_REMOVE }, { NULL, 0 }
};
static const struct word methods_closed[] = {
	{ "remove", RULES_METHOD_REMOVE }, { "hold", RULES_METHOD_HOLD },
	{ NULL, 0 }
};

static const struct number_spec number_flows = {
	"a number of flows, such as '200 flows'", "from 1 to 1000000 flows",
	1, 1000000, { { "flows", 1 } }
};
static const struct number_spec number_size = {
	"a size with its unit, such as '20 MB'", "from 1 KB to 512 MB",
	RULES_SIZE_MIN, RULES_SIZE_MAX, { { "MB", MB }, { "KB", KB } }
};
static const struct number_spec number_delay = {
	"a time with its unit, such as '2 s'", "from 0 to 30 s",
	0, RULES_GREETING_MS_MAX, { { "s", 1000 }, { "ms", 1 } }
};
static const struct number_spec number_sessions = {
	"a number, such as '1000'", "from 1 to 8000", 1, RULES_SESSIONS_MAX,
	{ { NULL, 0 } }
};
static const struct number_spec number_recipients = {
	"a number, such as '50'", "from 1 to 100", 1, RULES_RECIPIENTS_MAX,
	{ { NULL, 0 } }
};
static const struct number_spec number_retain = {
	"a time with its unit, such as '30 days'", "from 1 to 3650 days",
	1, RULES_RETAIN_DAYS_MAX, { { "days", 1 } }
};
/* Longer rather than shorter: what is asked for is kept at least. */
static const struct number_spec number_keep = {
	"a time with its unit, such as '3 years'", "from 1 day to 100 years",
	1, RULES_KEEP_DAYS_MAX, { { "years", 366 }, { "months", 31 },
	{ "days", 1 } }
};
static const struct number_spec number_expire = {
	"a time with its unit, such as '5 days'", "from 1 hour to 30 days",
	RULES_EXPIRE_S_MIN, RULES_EXPIRE_S_MAX,
	{ { "days", DAY_S }, { "hours", 3600 } }
};
static const struct number_spec number_depth = {
	"a depth, such as '3'", "from 1 to 8", 1, RULES_ARCHIVE_DEPTH_MAX,
	{ { NULL, 0 } }
};

#define N_OF(table)	(sizeof(table) / sizeof(table[0]))
#define ONE(k)		{ { .kind = (k) } }
#define LIST(k)		{ { .kind = (k), .flags = SLOT_LIST } }
#define WORDS(set)	{ { .kind = SLOT_WORD, .words = (set) } }
#define NUMBER(spec)	{ { .kind = SLOT_NUMBER, .number = &(spec) } }
#define ICMP(set) \
	{ { .kind = SLOT_ICMP, .flags = SLOT_LIST, .words = (set) } }
#define LITERAL(w, f)	{ .kind = SLOT_LITERAL, .flags = (f), .literal = (w) }

static const struct clause_spec clauses_segment[] = {
	{ CL_TIER, "tier", CLAUSE_REQUIRED | CLAUSE_TAB, WORDS(words_tier) },
	{ CL_INTERFACE, "interface", CLAUSE_REQUIRED | CLAUSE_TAB,
	    ONE(SLOT_INTERFACE) },
	{ CL_NETWORK, "network", CLAUSE_REQUIRED | CLAUSE_TAB,
	    LIST(SLOT_NETWORK) },
};
static const struct clause_spec clauses_host[] = {
	{ CL_IN, "in", CLAUSE_REQUIRED | CLAUSE_TAB, {
	    { .kind = SLOT_SEGMENT },
	    { .kind = SLOT_RANGE, .flags = SLOT_LIST | SLOT_TAB } } },
	{ CL_MAC, "mac", 0, ONE(SLOT_MAC) },
};
static const struct clause_spec clauses_service[] = {
	{ CL_TCP, "tcp", CLAUSE_TAB, LIST(SLOT_PORTS) },
	{ CL_UDP, "udp", CLAUSE_TAB, LIST(SLOT_PORTS) },
	{ CL_ICMP, "icmp", CLAUSE_TAB, ICMP(words_icmp) },
	{ CL_ICMP6, "icmp6", CLAUSE_TAB, ICMP(words_icmp6) },
	{ CL_PROTOCOL, "protocol", CLAUSE_TAB, LIST(SLOT_PROTOCOL) },
	{ CL_SOURCE_PORT, "source-port", CLAUSE_TAB, LIST(SLOT_PORTS) },
	{ CL_SPEAKS, "speaks", CLAUSE_TAB, {
	    { .kind = SLOT_WORD, .words = words_speaks },
	    { .kind = SLOT_STRING, .flags = SLOT_LIST | SLOT_OPTIONAL } } },
};

#define FROM_TO \
	{ CL_FROM, "from", CLAUSE_REQUIRED, LIST(SLOT_PARTY) }, \
	{ CL_TO, "to", CLAUSE_REQUIRED, LIST(SLOT_PARTY) }

static const struct clause_spec clauses_allow[] = {
	FROM_TO,
	{ CL_SERVICE, "service", CLAUSE_REQUIRED, LIST(SLOT_SERVICE) },
	{ CL_LIMIT, "limit", 0, NUMBER(number_flows) },
	{ CL_OWNER, "owner", 0, ONE(SLOT_STRING) },
	{ CL_PURPOSE, "purpose", 0, ONE(SLOT_STRING) },
	{ CL_REASON, "reason", 0, ONE(SLOT_STRING) },
	{ CL_APPROVED, "approved", 0, ONE(SLOT_STRING) },
	{ CL_UNTIL, "until", 0, ONE(SLOT_DATE) },
};
static const struct clause_spec clauses_deny[] = {
	FROM_TO,
	{ CL_SERVICE, "service", 0, LIST(SLOT_SERVICE) },
};
/* One of from and to: check_manage.c. */
static const struct clause_spec clauses_manage[] = {
	{ CL_FROM, "from", 0, LIST(SLOT_PARTY) },
	{ CL_TO, "to", 0, LIST(SLOT_PARTY) },
	{ CL_SERVICE, "service", CLAUSE_REQUIRED, LIST(SLOT_SERVICE) },
	{ CL_OWNER, "owner", 0, ONE(SLOT_STRING) },
	{ CL_UNTIL, "until", 0, ONE(SLOT_DATE) },
};
static const struct clause_spec clauses_mail[] = {
	{ CL_FROM, "from", CLAUSE_REQUIRED, ONE(SLOT_SEGMENT) },
	{ CL_TO, "to", CLAUSE_REQUIRED, ONE(SLOT_SEGMENT) },
};
static const struct clause_spec settings_mail[] = {
	{ CL_LISTEN, "listen", CLAUSE_REQUIRED | CLAUSE_REPEAT, {
	    { .kind = SLOT_ADDRESS }, LITERAL("port", SLOT_OPTIONAL),
	    { .kind = SLOT_PORT } } },
	{ CL_ACCEPT, "accept", CLAUSE_REQUIRED | CLAUSE_REPEAT, {
	    LITERAL("from", 0),
	    { .kind = SLOT_PEER, .flags = SLOT_LIST } } },
	{ CL_DOMAINS, "domains", CLAUSE_REPEAT, LIST(SLOT_DOMAIN) },
	{ CL_SENDER_DOMAINS, "sender-domains", CLAUSE_REPEAT,
	    LIST(SLOT_DOMAIN) },
	{ CL_NEXT_HOP, "next-hop", CLAUSE_REQUIRED | CLAUSE_REPEAT, {
	    { .kind = SLOT_HOP },
	    { .kind = SLOT_STRING, .flags = SLOT_OPTIONAL },
	    LITERAL("port", SLOT_OPTIONAL), { .kind = SLOT_PORT } } },
	{ CL_SIZE, "size", 0, NUMBER(number_size) },
	{ CL_POLICY, "policy", CLAUSE_REQUIRED, ONE(SLOT_POLICY) },
	{ CL_GREETING_DELAY, "greeting-delay", 0, NUMBER(number_delay) },
	{ CL_SESSIONS, "sessions", 0, NUMBER(number_sessions) },
	{ CL_SESSIONS_PER_PEER, "sessions-per-peer", 0,
	    NUMBER(number_sessions) },
	{ CL_RECIPIENTS, "recipients", 0, NUMBER(number_recipients) },
	{ CL_RETAIN, "retain", 0, NUMBER(number_retain) },
	{ CL_EXPIRE, "expire", 0, NUMBER(number_expire) },
};
static const struct clause_spec settings_policy[] = {
	{ CL_BODY, "body", 0, WORDS(words_body) },
	{ CL_ATTACHMENTS, "attachments", 0, WORDS(words_inspect) },
	{ CL_PDF, "pdf", 0, WORDS(methods_document) },
	{ CL_IMAGE, "image", 0, WORDS(methods_simple) },
	{ CL_OFFICE, "office", 0, WORDS(methods_document) },
	{ CL_TEXT, "text", 0, WORDS(methods_simple) },
	{ CL_ARCHIVE, "archive", 0, {
	    { .kind = SLOT_WORD, .words = methods_archive },
	    LITERAL("depth", SLOT_OPTIONAL),
	    { .kind = SLOT_NUMBER, .number = &number_depth } } },
	{ CL_LEGACY_OFFICE, "legacy-office", 0, WORDS(methods_legacy) },
	{ CL_ENCRYPTED, "encrypted", 0, WORDS(methods_closed) },
	{ CL_OTHER, "other", 0, WORDS(methods_closed) },
	{ CL_NOTICE, "notice", 0, {
	    { .kind = SLOT_WORD, .flags = SLOT_LIST,
	      .words = words_notice } } },
	{ CL_LINKS, "links", 0, WORDS(words_links) },
};
static const struct clause_spec settings_audit[] = {
	{ CL_RETAIN, "retain", 0, NUMBER(number_keep) },
	{ CL_SYSLOG, "syslog", CLAUSE_REPEAT, {
	    LITERAL("tcp", 0), { .kind = SLOT_ADDRESS },
	    LITERAL("port", SLOT_OPTIONAL), { .kind = SLOT_PORT } } },
	{ CL_MASK, "mask", 0, {
	    { .kind = SLOT_WORD, .flags = SLOT_LIST, .words = words_mask } } },
};
static const struct clause_spec clauses_never[] = {
	{ CL_FROM, "from", CLAUSE_REQUIRED | CLAUSE_TAB, LIST(SLOT_PARTY) },
	{ CL_TO, "to", CLAUSE_REQUIRED, LIST(SLOT_PARTY) },
	{ CL_SERVICE, "service", 0, LIST(SLOT_SERVICE) },
};
static const struct clause_spec clauses_must[] = {
	{ CL_FROM, "from", CLAUSE_REQUIRED | CLAUSE_TAB, LIST(SLOT_PARTY) },
	{ CL_TO, "to", CLAUSE_REQUIRED, LIST(SLOT_PARTY) },
	{ CL_SERVICE, "service", CLAUSE_REQUIRED, LIST(SLOT_SERVICE) },
};
static const struct clause_spec clauses_only[] = {
	{ CL_BETWEEN, "between", CLAUSE_REQUIRED, {
	    { .kind = SLOT_PARTY }, LITERAL("and", 0),
	    { .kind = SLOT_PARTY } } },
};

#define END_POINT { { .kind = SLOT_ADDRESS }, \
	LITERAL("port", SLOT_OPTIONAL), { .kind = SLOT_PORT } }

static const struct clause_spec clauses_expect[] = {
	{ CL_FROM, "from", CLAUSE_REQUIRED, END_POINT },
	{ CL_TO, "to", CLAUSE_REQUIRED, END_POINT },
	{ CL_TYPE, "type", 0, {
	    { .kind = SLOT_ICMP, .words = words_type } } },
	{ CL_IN, "in", 0, ONE(SLOT_SEGMENT) },
	{ CL_MAC, "mac", 0, ONE(SLOT_MAC) },
};

#define CLAUSES(table)	.clauses = (table), .clauses_n = N_OF(table)
#define SETTINGS(table)	.settings = (table), .settings_n = N_OF(table)

const struct statement_spec grammar[ST_KIND_N] = {
	[ST_GATEWAY] = { ST_GATEWAY, "gateway", GROUP_NONE,
	    ONE(SLOT_STRING), NULL, 0, NULL, 0 },
	[ST_INCLUDE] = { ST_INCLUDE, "include", GROUP_NONE,
	    ONE(SLOT_STRING), NULL, 0, NULL, 0 },
	[ST_SEGMENT] = { ST_SEGMENT, "segment", GROUP_SEGMENT,
	    ONE(SLOT_NAME), CLAUSES(clauses_segment), NULL, 0 },
	[ST_HOST] = { ST_HOST, "host", GROUP_HOST,
	    ONE(SLOT_NAME), CLAUSES(clauses_host), NULL, 0 },
	[ST_SERVICE] = { ST_SERVICE, "service", GROUP_SERVICE,
	    ONE(SLOT_NAME), CLAUSES(clauses_service), NULL, 0 },
	[ST_ALLOW] = { ST_ALLOW, "allow", GROUP_NONE, {
	    { .kind = SLOT_WORD, .words = words_class },
	    { .kind = SLOT_STRING } }, CLAUSES(clauses_allow), NULL, 0 },
	[ST_DENY] = { ST_DENY, "deny", GROUP_NONE,
	    ONE(SLOT_STRING), CLAUSES(clauses_deny), NULL, 0 },
	[ST_MANAGE] = { ST_MANAGE, "manage", GROUP_NONE,
	    ONE(SLOT_STRING), CLAUSES(clauses_manage), NULL, 0 },
	[ST_MAIL] = { ST_MAIL, "mail", GROUP_NONE,
	    ONE(SLOT_NAME), CLAUSES(clauses_mail), SETTINGS(settings_mail) },
	[ST_POLICY] = { ST_POLICY, "policy", GROUP_NONE,
	    ONE(SLOT_NAME), NULL, 0, SETTINGS(settings_policy) },
	[ST_AUDIT] = { ST_AUDIT, "audit", GROUP_NONE,
	    { { .kind = SLOT_END } }, NULL, 0, SETTINGS(settings_audit) },
	[ST_NEVER] = { ST_NEVER, "never", GROUP_PROOF,
	    { { .kind = SLOT_END } }, CLAUSES(clauses_never), NULL, 0 },
	[ST_ONLY] = { ST_ONLY, "only", GROUP_PROOF, {
	    { .kind = SLOT_WORD, .flags = SLOT_LIST | SLOT_TAB,
	      .words = words_only } }, CLAUSES(clauses_only), NULL, 0 },
	[ST_MUST] = { ST_MUST, "must", GROUP_PROOF,
	    { { .kind = SLOT_END } }, CLAUSES(clauses_must), NULL, 0 },
	[ST_EXPECT] = { ST_EXPECT, "expect", GROUP_EXPECT, {
	    { .kind = SLOT_WORD, .words = words_verdict },
	    { .kind = SLOT_WORD, .flags = SLOT_TAB,
	      .words = words_protocol } }, CLAUSES(clauses_expect), NULL, 0 },
};

const struct statement_spec *
grammar_statement(struct span word)
{
	for (unsigned i = 0; i < ST_KIND_N; i++)
		if (span_equal(word, span_str(grammar[i].word)))
			return &grammar[i];
	return NULL;
}

const struct clause_spec *
grammar_clause(const struct clause_spec *specs, unsigned n, struct span word)
{
	for (unsigned i = 0; i < n; i++)
		if (span_equal(word, span_str(specs[i].word)))
			return &specs[i];
	return NULL;
}

unsigned
grammar_slots(const struct slot *slots)
{
	unsigned n = 0;

	while (slots[n].kind != SLOT_END)
		n++;
	return n;
}

bool
grammar_word(const struct word *words, struct span word, uint8_t *value)
{
	for (; words->text != NULL; words++)
		if (span_equal(word, span_str(words->text))) {
			*value = words->value;
			return true;
		}
	return false;
}

const struct word *
grammar_type_words(bool icmp6)
{
	return icmp6 ? words_icmp6 : words_icmp;
}

const struct word_speaker *
grammar_speaker(const struct word *words, struct span word)
{
	for (size_t i = 0; words == words_speaks && i < N_OF(speakers); i++)
		if (span_equal_nocase(word, span_str(speakers[i].text)))
			return &speakers[i];
	return NULL;
}

const char *
grammar_word_text(const struct word *words, uint8_t value)
{
	for (; words->text != NULL; words++)
		if (words->value == value)
			return words->text;
	return NULL;
}
