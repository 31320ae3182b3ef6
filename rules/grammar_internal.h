/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_RULES_GRAMMAR_INTERNAL_H
#define SEKISHO_RULES_GRAMMAR_INTERNAL_H

#include <stddef.h>
#include <stdint.h>

#include "../gateway/base/span.h"

/*
 * The grammar as tables (grammar.c). A statement is a word, a head of slots,
 * clauses in any order, and for some a block of settings, which have the form
 * of clauses. A clause is a word and its slots. Parser, printer and checks of
 * form all read these tables; sekisho.rules(5) shows them as EBNF.
 */
enum statement_kind {
	ST_GATEWAY,
	ST_INCLUDE,
	ST_SEGMENT,
	ST_HOST,
	ST_SERVICE,
	ST_ALLOW,
	ST_DENY,
	ST_MANAGE,
	ST_MAIL,
	ST_POLICY,
	ST_AUDIT,
	ST_NEVER,
	ST_ONLY,
	ST_MUST,
	ST_EXPECT,
	ST_KIND_N
};

enum clause_kind {
	CL_TIER,
	CL_INTERFACE,
	CL_NETWORK,
	CL_IN,
	CL_MAC,
	CL_TCP,
	CL_UDP,
	CL_ICMP,
	CL_ICMP6,
	CL_PROTOCOL,
	CL_SOURCE_PORT,
	CL_SPEAKS,
	CL_FROM,
	CL_TO,
	CL_SERVICE,
	CL_LIMIT,
	CL_OWNER,
	CL_PURPOSE,
	CL_REASON,
	CL_APPROVED,
	CL_UNTIL,
	CL_BETWEEN,
	CL_TYPE,
	/* settings of mail */
	CL_LISTEN,
	CL_ACCEPT,
	CL_DOMAINS,
	CL_SENDER_DOMAINS,
	CL_NEXT_HOP,
	CL_SIZE,
	CL_POLICY,
	CL_GREETING_DELAY,
	CL_SESSIONS,
	CL_SESSIONS_PER_PEER,
	CL_RECIPIENTS,
	CL_RETAIN,
	CL_EXPIRE,
	/* settings of policy */
	CL_BODY,
	CL_ATTACHMENTS,
	CL_PDF,
	CL_IMAGE,
	CL_OFFICE,
	CL_TEXT,
	CL_ARCHIVE,
	CL_LEGACY_OFFICE,
	CL_ENCRYPTED,
	CL_OTHER,
	CL_NOTICE,
	CL_LINKS,
	/* settings of audit, which has retain, too */
	CL_SYSLOG,
	CL_MASK,
	CL_KIND_N
};

enum slot_kind {
	SLOT_END,		/* behind the last slot of a table */
	SLOT_LITERAL,		/* a word of the grammar: "port" */
	SLOT_WORD,		/* one of a set of words */
	SLOT_NAME,		/* the name that the statement defines */
	SLOT_STRING,
	SLOT_SEGMENT,		/* name of a segment */
	SLOT_PARTY,		/* name of a segment or host, or any */
	SLOT_PEER,		/* the same, or an address or network */
	SLOT_SERVICE,
	SLOT_POLICY,
	SLOT_HOP,		/* host, address or the word maildir */
	SLOT_ADDRESS,
	SLOT_NETWORK,		/* address, network or any */
	SLOT_RANGE,		/* address, network or first-last */
	SLOT_MAC,
	SLOT_PORT,
	SLOT_PORTS,		/* port or first-last; 0 only as the first */
	SLOT_ICMP,		/* type: number or name; a list has ranges */
	SLOT_PROTOCOL,		/* IP protocol: number or first-last */
	SLOT_NUMBER,		/* with a unit where the table has units */
	SLOT_DATE,
	SLOT_DOMAIN,
	SLOT_INTERFACE
};

#define SLOT_LIST	1u	/* several, with commas */
/*
 * May be absent; when a literal is absent, so is all that follows it.
 */
#define SLOT_OPTIONAL	2u
#define SLOT_TAB	4u	/* print: a column starts here */

struct word {
	const char	*text;	/* NULL ends a set */
	uint8_t		 value;
};

/* A word that is none of the set, but of a product that speaks one of it. */
struct word_speaker {
	const char	*text;
	const char	*word;		/* of the set */
	const char	*product;
};

struct unit {
	const char	*text;
	uint64_t	 factor;
};

#define UNITS_MAX	3

struct number_spec {
	const char	*what;	/* "a size with its unit, as '20 MB'" */
	const char	*range;	/* "from 1 KB to 512 MB" */
	uint64_t	 min;	/* of the number times the factor */
	uint64_t	 max;
	struct unit	 units[UNITS_MAX];	/* none: a bare number */
};

struct slot {
	enum slot_kind	 kind;
	uint8_t		 flags;
	const char	*literal;
	const struct word *words;
	const struct number_spec *number;
};

#define SLOTS_MAX	4	/* of a clause */
#define HEAD_SLOTS_MAX	2	/* of a statement */

#define CLAUSE_REQUIRED	1u
#define CLAUSE_REPEAT	2u
#define CLAUSE_TAB	4u	/* print: a column starts here */

struct clause_spec {
	enum clause_kind kind;
	const char	*word;
	uint8_t		 flags;
	struct slot	 slots[SLOTS_MAX + 1];
};

/* Statements of one group that follow each other are printed in columns. */
enum print_group {
	GROUP_NONE,
	GROUP_SEGMENT,
	GROUP_HOST,
	GROUP_SERVICE,
	GROUP_PROOF,
	GROUP_EXPECT
};

struct statement_spec {
	enum statement_kind kind;
	const char	*word;
	enum print_group group;
	struct slot	 head[HEAD_SLOTS_MAX + 1];
	const struct clause_spec *clauses;
	unsigned	 clauses_n;
	const struct clause_spec *settings;	/* of the block */
	unsigned	 settings_n;		/* 0: no block */
};

extern const struct statement_spec grammar[ST_KIND_N];

enum protocol { PROTOCOL_TCP, PROTOCOL_UDP, PROTOCOL_ICMP, PROTOCOL_ICMP6 };

enum speaks {
	SPEAKS_TLS,
	SPEAKS_HTTP,
	SPEAKS_SSH,
	SPEAKS_DNS,
	SPEAKS_SMTP,
	SPEAKS_NTP,
	SPEAKS_RDP,		/* from here on: screen protocols */
	SPEAKS_RFB,
	SPEAKS_PCOIP,
	SPEAKS_ICA,
	SPEAKS_BLAST
};

/* The statement or clause of a word, or NULL. */
const struct statement_spec *grammar_statement(struct span word);
const struct clause_spec *grammar_clause(const struct clause_spec *specs,
    unsigned n, struct span word);
/* How many slots a table has. */
unsigned grammar_slots(const struct slot *slots);
/* True and *value when the word is in the set. */
bool grammar_word(const struct word *words, struct span word, uint8_t *value);
/* The types of ICMP, or of ICMPv6. */
const struct word *grammar_type_words(bool icmp6);
const char *grammar_word_text(const struct word *words, uint8_t value);
/* The product that the word names instead of its protocol, or NULL. */
const struct word_speaker *grammar_speaker(const struct word *words,
    struct span word);

#endif
