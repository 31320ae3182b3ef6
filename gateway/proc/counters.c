/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The counter page: one writer, who adds without locks; readers see each
 * 64-bit value whole. The size of the page is sealed, so that a process that
 * was taken over cannot make the supervisor fault by cutting it short.
 */
#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../base/err.h"
#include "counters.h"

#define FORMATS_AT	(COUNTER_N + COUNTER_ROUTES_MAX * \
	sizeof(struct counter_route) / sizeof(uint64_t))

_Static_assert((FORMATS_AT + COUNTER_FORMATS_N * FORMAT_OUTCOME_N) *
    sizeof(uint64_t) <= COUNTERS_PAGE_BYTES, "counters fit into the page");

static uint64_t *page;

#define GAUGE	1u

static const struct {
	const char	*name;
	unsigned	 flags;
} counters[COUNTER_N] = {
	[COUNTER_SESSIONS] = { "sessions", 0 },
	[COUNTER_SESSIONS_OPEN] = { "sessions-open", GAUGE },
	[COUNTER_SESSIONS_REFUSED] = { "sessions-refused", 0 },
	[COUNTER_MAILS_RECEIVED] = { "mails-received", 0 },
	[COUNTER_MAILS_REJECTED] = { "mails-rejected", 0 },
	[COUNTER_MAILS_DEFERRED_IN] = { "mails-deferred-in", 0 },
	[COUNTER_BYTES_RECEIVED] = { "bytes-received", 0 },
	[COUNTER_SMTP_SMUGGLING] = { "smtp-smuggling", 0 },
	[COUNTER_TIMEOUTS] = { "timeouts", 0 },
	[COUNTER_REJECTED_SENDER] = { "rejected-sender", 0 },
	[COUNTER_REJECTED_RELAY] = { "rejected-relay", 0 },
	[COUNTER_REJECTED_MAILBOX] = { "rejected-mailbox", 0 },
	[COUNTER_REJECTED_UTF8] = { "rejected-utf8", 0 },
	[COUNTER_REJECTED_SIZE] = { "rejected-size", 0 },
	[COUNTER_REJECTED_LOOP] = { "rejected-loop", 0 },
	[COUNTER_REJECTED_SMUGGLING] = { "rejected-smuggling", 0 },
	[COUNTER_REJECTED_POLICY] = { "rejected-policy", 0 },
	[COUNTER_REJECTED_OTHER] = { "rejected-other", 0 },
	[COUNTER_REJECTED_COMMAND] = { "rejected-command", 0 },
	[COUNTER_REJECTED_PEER] = { "rejected-peer", 0 },
	[COUNTER_REJECTED_SESSIONS] = { "rejected-sessions", 0 },
	[COUNTER_COMMITTED] = { "committed", 0 },
	[COUNTER_COMMIT_FAILED] = { "commit-failed", 0 },
	[COUNTER_QUEUED] = { "queued", GAUGE },
	[COUNTER_DEFERRED] = { "deferred", GAUGE },
	[COUNTER_HELD] = { "held", GAUGE },
	[COUNTER_MAILS_DELIVERED] = { "mails-delivered", 0 },
	[COUNTER_MAILS_HELD] = { "mails-held", 0 },
	[COUNTER_MAILS_BOUNCED] = { "mails-bounced", 0 },
	[COUNTER_MAILS_EXPIRED] = { "mails-expired", 0 },
	[COUNTER_MAILS_DROPPED] = { "mails-dropped", 0 },
	[COUNTER_DSN_SENT] = { "dsn-sent", 0 },
	[COUNTER_DSN_SUPPRESSED] = { "dsn-suppressed", 0 },
	[COUNTER_DAMAGED] = { "damaged", 0 },
	[COUNTER_ORIGINALS_ERASED] = { "originals-erased", 0 },
	[COUNTER_VERIFY_NO] = { "verify-no", 0 },
	[COUNTER_MAILS_CONVERTED] = { "mails-converted", 0 },
	[COUNTER_CENSUSES] = { "censuses", 0 },
	[COUNTER_OLDEST_MS] = { "oldest-ms", GAUGE },
	[COUNTER_OLDEST_HELD_MS] = { "oldest-held-ms", GAUGE },
	[COUNTER_SANITIZED] = { "sanitized", 0 },
	[COUNTER_SANITIZE_HOLD] = { "sanitize-hold", 0 },
	[COUNTER_SANITIZE_CRASHED] = { "sanitize-crashed", 0 },
	[COUNTER_SANITIZE_TIMEOUT] = { "sanitize-timeout", 0 },
	[COUNTER_CHILDREN] = { "children", 0 },
	[COUNTER_CHILD_CPU_US] = { "child-cpu-us", 0 },
	[COUNTER_SANITIZE_US] = { "sanitize-us", 0 },
	[COUNTER_SANITIZE_10MS] = { "sanitize-10ms", 0 },
	[COUNTER_SANITIZE_30MS] = { "sanitize-30ms", 0 },
	[COUNTER_SANITIZE_100MS] = { "sanitize-100ms", 0 },
	[COUNTER_SANITIZE_300MS] = { "sanitize-300ms", 0 },
	[COUNTER_SANITIZE_1S] = { "sanitize-1s", 0 },
	[COUNTER_SANITIZE_3S] = { "sanitize-3s", 0 },
	[COUNTER_SANITIZE_10S] = { "sanitize-10s", 0 },
	[COUNTER_SANITIZE_30S] = { "sanitize-30s", 0 },
	[COUNTER_SANITIZE_LONGER] = { "sanitize-longer", 0 },
	[COUNTER_VERIFIED_YES] = { "verified-yes", 0 },
	[COUNTER_VERIFIED_NO] = { "verified-no", 0 },
	[COUNTER_CONNECTIONS] = { "connections", 0 },
	[COUNTER_CONNECTIONS_FAILED] = { "connections-failed", 0 },
	[COUNTER_CONNECTIONS_REUSED] = { "connections-reused", 0 },
	[COUNTER_DELIVERED] = { "delivered", 0 },
	[COUNTER_DELIVERY_DEFERRED] = { "delivery-deferred", 0 },
	[COUNTER_DELIVERY_REFUSED] = { "delivery-refused", 0 },
	[COUNTER_BYTES_DELIVERED] = { "bytes-delivered", 0 },
	[COUNTER_PACKETS_QUEUED] = { "packets-queued", 0 },
	[COUNTER_FLOWS_ALLOWED] = { "flows-allowed", 0 },
	[COUNTER_FLOWS_OPEN] = { "flows-open", 1 },
	[COUNTER_FLOWS_INSPECTED] = { "flows-inspected", 0 },
	[COUNTER_FLOWS_CUT] = { "flows-cut", 0 },
	[COUNTER_FLOWS_ENDED] = { "flows-ended", 0 },
	[COUNTER_REFUSED_RULE] = { "refused-rule", 0 },
	[COUNTER_REFUSED_NO_RULE] = { "refused-no-rule", 0 },
	[COUNTER_REFUSED_SPOOFED] = { "refused-spoofed", 0 },
	[COUNTER_REFUSED_TIERS] = { "refused-tiers", 0 },
	[COUNTER_REFUSED_CUT] = { "refused-cut", 0 },
	[COUNTER_REFUSED_ROUTE] = { "refused-route", 0 },
	[COUNTER_REFUSED_MALFORMED] = { "refused-malformed", 0 },
	[COUNTER_REFUSED_STRAY] = { "refused-stray", 0 },
	[COUNTER_REFUSED_LIMIT] = { "refused-limit", 0 },
	[COUNTER_REFUSED_SOURCE_LIMIT] = { "refused-source-limit", 0 },
	[COUNTER_REFUSED_TABLE_FULL] = { "refused-table-full", 0 },
	[COUNTER_REFUSED_NO_RULES] = { "refused-no-rules", 0 },
	[COUNTER_REFUSED_INSPECT] = { "refused-inspect", 0 },
	[COUNTER_REFUSED_BUSY] = { "refused-busy", 0 },
	[COUNTER_REFUSED_LATE] = { "refused-late", 0 },
	[COUNTER_REFUSED_MAC] = { "refused-mac", 0 },
	[COUNTER_DROPPED_SPOOFED] = { "dropped-spoofed", 0 },
	[COUNTER_DROPPED_OPTIONS] = { "dropped-options", 0 },
	[COUNTER_DROPPED_MISROUTED] = { "dropped-misrouted", 0 },
	[COUNTER_DROPPED_CUT] = { "dropped-cut", 0 },
	[COUNTER_DROPPED_INPUT] = { "dropped-input", 0 },
	[COUNTER_DROPPED_OUTPUT] = { "dropped-output", 0 },
	[COUNTER_DROPPED_INTERFACE] = { "dropped-interface", 0 },
	[COUNTER_DROPPED_PAIR] = { "dropped-pair", 0 },
	[COUNTER_DROPPED_INVALID] = { "dropped-invalid", 0 },
	[COUNTER_DROPPED_RELATED] = { "dropped-related", 0 },
	[COUNTER_DROPPED_NAT] = { "dropped-nat", 0 },
	[COUNTER_DROPPED_FLOW_CUT] = { "dropped-flow-cut", 0 },
	[COUNTER_DROPPED_NO_VERDICT] = { "dropped-no-verdict", 0 },
	[COUNTER_DROPS_HEARD] = { "drops-heard", GAUGE },
	[COUNTER_QUEUE_OVERRUNS] = { "queue-overruns", 0 },
	[COUNTER_EVENTS_LOST] = { "events-lost", 0 },
	[COUNTER_REFUSED_UNSAMPLED] = { "refused-unsampled", 0 },
	[COUNTER_EVIDENCE_LOST] = { "evidence-lost", 0 },
	[COUNTER_SCANS_SEEN] = { "scans-seen", 0 },
	[COUNTER_PACKETS_CAPTURED] = { "packets-captured", 0 },
	[COUNTER_FLOWS_RECORDED] = { "flows-recorded", 0 },
	[COUNTER_SCANS_RECORDED] = { "scans-recorded", 0 },
	[COUNTER_EVIDENCE_UNWRITTEN] = { "evidence-unwritten", 0 },
	[COUNTER_EVIDENCE_ERASED] = { "evidence-erased", 0 },
	[COUNTER_AUDIT_LOST] = { "audit-lost", 0 },
	[COUNTER_AUDIT_OPEN] = { "audit-open", GAUGE },
	[COUNTER_AUDIT_RECORDS] = { "audit-records", 0 },
	[COUNTER_AUDIT_SYNCS] = { "audit-syncs", 0 },
	[COUNTER_AUDIT_REFUSED] = { "audit-refused", 0 },
	[COUNTER_AUDIT_FAILURES] = { "audit-failures", 0 },
	[COUNTER_AUDIT_ERASED] = { "audit-erased", 0 },
	[COUNTER_SYSLOG_WELL] = { "syslog-well", GAUGE },
	[COUNTER_SYSLOG_SENT] = { "syslog-sent", 0 },
	[COUNTER_SYSLOG_BEHIND] = { "syslog-behind", GAUGE },
	[COUNTER_SYSLOG_CONNECTIONS] = { "syslog-connections", 0 },
	[COUNTER_SYSLOG_MISSED] = { "syslog-missed", 0 },
	[COUNTER_IPC_FULL] = { "ipc-full", 0 },
	[COUNTER_UNSANITIZED_DELIVERED] = { "unsanitized-delivered", 0 },
	[COUNTER_AGENTX_OPEN] = { "agentx-open", GAUGE },
	[COUNTER_AGENTX_REFUSED] = { "agentx-refused", 0 },
	[COUNTER_SNMP_REQUESTS] = { "snmp-requests", 0 },
	[COUNTER_SNMP_TRAPS] = { "snmp-traps", 0 },
	[COUNTER_SNMP_STALE] = { "snmp-stale", 0 },
};

const char *
counter_name(enum counter counter)
{
	require((unsigned)counter < COUNTER_N);
	return counters[counter].name;
}

int
counter_is_gauge(enum counter counter)
{
	require((unsigned)counter < COUNTER_N);
	return (counters[counter].flags & GAUGE) != 0;
}

void
counters_attach(int fd)
{
	void *map;

	map = mmap(NULL, COUNTERS_PAGE_BYTES, PROT_READ | PROT_WRITE,
	    MAP_SHARED, fd, 0);
	page = map == MAP_FAILED ? NULL : map;
}

void
counters_detach(void)
{
	if (page != NULL)
		munmap(page, COUNTERS_PAGE_BYTES);
	page = NULL;
}

void
counter_add(enum counter counter, uint64_t n)
{
	require((unsigned)counter < COUNTER_N);
	if (page != NULL)
		__atomic_store_n(&page[counter], page[counter] + n,
		    __ATOMIC_RELAXED);
}

uint64_t
counter_get(enum counter counter)
{
	require((unsigned)counter < COUNTER_N);
	return page == NULL ? 0 : page[counter];
}

void
counter_set(enum counter counter, uint64_t value)
{
	require((unsigned)counter < COUNTER_N);
	if (page != NULL)
		__atomic_store_n(&page[counter], value, __ATOMIC_RELAXED);
}

/* FNV-1a: names of rules that an administrator wrote, nobody's attack. */
uint64_t
counter_route_key(struct span route)
{
	uint64_t hash = 0xcbf29ce484222325u;

	for (size_t i = 0; i < route.len; i++)
		hash = (hash ^ route.ptr[i]) * 0x100000001b3u;
	return hash == 0 ? 1 : hash;
}

const struct counter_route *
counters_route(const uint64_t *map, unsigned i)
{
	require(i < COUNTER_ROUTES_MAX);
	return (const struct counter_route *)(const void *)(map + COUNTER_N) +
	    i;
}

/* Its place, made where there is none yet; NULL: no page, or no room. */
static struct counter_route *
route_place(struct span name)
{
	uint64_t key = counter_route_key(name);
	struct counter_route *routes;

	if (page == NULL)
		return NULL;
	routes = (struct counter_route *)(void *)(page + COUNTER_N);
	for (unsigned i = 0; i < COUNTER_ROUTES_MAX; i++) {
		if (routes[i].key == 0)
			__atomic_store_n(&routes[i].key, key,
			    __ATOMIC_RELEASE);
		if (routes[i].key == key)
			return &routes[i];
	}
	return NULL;
}

void
counter_route_add(struct span name, enum route_counter counter, uint64_t n)
{
	struct counter_route *route = route_place(name);

	require((unsigned)counter < ROUTE_COUNTER_N);
	if (route != NULL)
		__atomic_store_n(&route->values[counter],
		    route->values[counter] + n, __ATOMIC_RELAXED);
}

void
counter_route_set(struct span name, enum route_gauge gauge, uint64_t value)
{
	struct counter_route *route = route_place(name);

	require((unsigned)gauge < ROUTE_GAUGE_N);
	if (route != NULL)
		__atomic_store_n(&route->gauges[gauge], value,
		    __ATOMIC_RELAXED);
}

/* ---- files ---- */

const char *
counter_format_name(unsigned format)
{
	static const char *const names[COUNTER_FORMATS_N] = { "other", "text",
		"html", "mail", "jpeg", "png", "gif", "webp", "bmp", "tiff",
		"heic", "svg", "pdf", "ooxml", "odf", "zip", "cfb", "rtf",
		"archive", "tnef", "smime", "pgp", "calendar", "vcard", "csv",
		"xml", "mht", "active", "media" };

	require(format < COUNTER_FORMATS_N);
	return names[format];
}

const char *
counter_outcome_name(enum format_outcome outcome)
{
	static const char *const names[FORMAT_OUTCOME_N] = { "kept", "rebuilt",
		"rendered", "extracted", "removed", "held", "crashed",
		"timed-out" };

	require((unsigned)outcome < FORMAT_OUTCOME_N);
	return names[outcome];
}

static size_t
format_at(unsigned format, enum format_outcome outcome)
{
	require(format < COUNTER_FORMATS_N);
	require((unsigned)outcome < FORMAT_OUTCOME_N);
	return FORMATS_AT + format * FORMAT_OUTCOME_N + (unsigned)outcome;
}

void
counter_format_add(unsigned format, enum format_outcome outcome, uint64_t n)
{
	size_t at = format_at(format, outcome);

	if (page != NULL)
		__atomic_store_n(&page[at], page[at] + n, __ATOMIC_RELAXED);
}

uint64_t
counters_format(const uint64_t *map, unsigned format,
    enum format_outcome outcome)
{
	return __atomic_load_n(&map[format_at(format, outcome)],
	    __ATOMIC_RELAXED);
}

/* ---- the page ---- */

int
counters_create(void)
{
	int fd;

	fd = memfd_create("sekisho-counters", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd == -1)
		return -1;
	if (ftruncate(fd, COUNTERS_PAGE_BYTES) == -1 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)
	    == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

const uint64_t *
counters_map(int fd)
{
	void *map;

	map = mmap(NULL, COUNTERS_PAGE_BYTES, PROT_READ, MAP_SHARED, fd, 0);
	return map == MAP_FAILED ? NULL : map;
}

void
counters_unmap(const uint64_t *map)
{
	if (map != NULL)
		munmap((void *)(uintptr_t)map, COUNTERS_PAGE_BYTES);
}
