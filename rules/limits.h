/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_RULES_LIMITS_H
#define SEKISHO_RULES_LIMITS_H

/* Text (RULES_TEXT_BYTES_MAX, its size, is in rules.h). */
#define RULES_SOURCES_MAX	64			/* files of one run */
#define RULES_DEPTH_MAX		8			/* include in include */
#define RULES_LINE_BYTES_MAX	4096
#define RULES_STRING_BYTES_MAX	1024
#define RULES_NAME_BYTES_MAX	63
#define RULES_DOMAIN_BYTES_MAX	253	/* RFC 1035 2.3.4, as text */
#define RULES_LABEL_BYTES_MAX	63
#define RULES_PATH_BYTES_MAX	1000
#define RULES_INTERFACE_BYTES_MAX 15	/* IFNAMSIZ without its NUL */
#define RULES_MEMORY_BYTES_MAX	(384u * 1024 * 1024)

/* Statements. */
#define RULES_STATEMENTS_MAX	500000
#define RULES_SEGMENTS_MAX	64
#define RULES_NETWORKS_MAX	1024	/* of all segments */
#define RULES_HOSTS_MAX		262144
#define RULES_ADDRESSES_MAX	524288	/* of all hosts */
#define RULES_ROUTES_MAX	64
#define RULES_POLICIES_MAX	64

/* Per mail route. */
#define RULES_LISTENS_MAX	16
#define RULES_HOPS_MAX		16
#define RULES_PEERS_MAX		1024
#define RULES_DOMAINS_MAX	10000

/* Of `manage`: addresses as ranges, and ranges of ports, of one of them. */
#define RULES_MANAGES_MAX	128
#define RULES_MANAGE_PEERS_MAX	512
#define RULES_MANAGE_PORTS_MAX	1024

/* Messages. */
#define RULES_QUOTE_BYTES_MAX	60	/* of a word of the file */
#define RULES_SHOW_BYTES_MAX	300	/* of a source line */
#define RULES_HINT_NAMES_MAX	10000	/* compared for "did you mean" */
#define RULES_TAB_COLUMNS	8

/* Ranges and defaults of the words of a mail block. */
#define RULES_SIZE_MIN		1024u
#define RULES_SIZE_MAX		(512u * 1024 * 1024)
#define RULES_SIZE_DEFAULT	(20u * 1024 * 1024)
#define RULES_GREETING_MS_MAX	30000u
#define RULES_SESSIONS_MAX	8000u	/* as receive has places for */
#define RULES_SESSIONS_DEFAULT	1000u
#define RULES_PER_PEER_DEFAULT	100u
#define RULES_RECIPIENTS_MAX	100u	/* as an envelope has room for */
#define RULES_RECIPIENTS_DEFAULT 100u	/* RFC 5321 4.5.3.1.8 */
#define RULES_RETAIN_DAYS_MAX	3650u
#define RULES_RETAIN_DAYS_DEFAULT 30u
#define RULES_EXPIRE_S_MIN	3600u
#define RULES_EXPIRE_S_MAX	(30u * 86400)
#define RULES_EXPIRE_S_DEFAULT	(5u * 86400)	/* RFC 5321 4.5.4.1 */
#define RULES_PORT_DEFAULT	25

/* Of `audit`; less than a year is warned of. */
#define RULES_KEEP_DAYS_MAX	36600u
#define RULES_KEEP_DAYS_USUAL	365u
#define RULES_SYSLOG_PORT_DEFAULT 601	/* RFC 3195 9.2 */

#define RULES_ARCHIVE_DEPTH_MAX	8u
#define RULES_ARCHIVE_DEPTH_DEFAULT 3u

/* A rule that ends within so many days gets a warning. */
#define RULES_EXPIRY_WARNING_DAYS 30u

/* The compiled form. */
#define RULES_IMAGE_BYTES_MAX	(512u * 1024 * 1024)
#define RULES_TABLE_BYTES_MAX	(1024u * 1024 * 1024)	/* one, in work */

/* The space of decisions. */
#define RULES_CLASSES_MAX	1000000u	/* of addresses, per axis */
#define RULES_CELLS_MAX		1000000u	/* protocols x ports x ports */

/* Questions of the analysis and the proofs about the space. */
#define REGION_DEPTH_MAX	512u		/* cells that wait */
#define REGION_LISTS_MAX	4000000u	/* rules in their lists */
#define REGION_LISTS_DEPTH	64u		/* whole ones that fit */
#define REGION_SLABS_MAX	8192u
#define REGION_WORK_MAX		50000000u	/* rules looked at, per one */
#define REGION_REDUCE_MAX	100u		/* tries of a shorter list */
#define REGION_MEMORY_BYTES_MAX	(256u * 1024 * 1024)

/* The analysis: a message is for a person, who reads a few of a kind. */
#define ANALYSE_SHOWN_MAX	15u	/* of each kind of finding */
#define ANALYSE_NAMED_MAX	5u	/* other rules in one */
#define ANALYSE_CONFLICTS_MAX	10000u	/* counted; then "at least" */
#define ANALYSE_STEPS_MAX	20000000u	/* pairs of addresses */
#define ANALYSE_WORK_MAX	1000000000u

#endif
