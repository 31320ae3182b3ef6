/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * All tables and columns, as data. One file for all of them: each is but its
 * list of columns, and who adds one sees in one place which numbers are taken.
 * A number that was given once is never given to another meaning.
 */
#include "../base/err.h"
#include "mib.h"

#define ROOT		1, 3, 6, 1, 4, 1, 8072, 9999, 9999, 7354, 1
#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

const unsigned long mib_root[MIB_ROOT_N] = { ROOT };

static const unsigned long
    root_appl[] = { 1, 3, 6, 1, 2, 1, 27, 1, 1 },
    root_mta[] = { 1, 3, 6, 1, 2, 1, 28, 1, 1 },
    root_mta_groups[] = { 1, 3, 6, 1, 2, 1, 28, 2, 1 },
    root_gateway[] = { ROOT, 1 },
    root_processes[] = { ROOT, 2, 1 },
    root_pairs[] = { ROOT, 3, 1 },
    root_refusals[] = { ROOT, 4, 1 },
    root_rules[] = { ROOT, 5, 1 },
    root_mail[] = { ROOT, 6 },
    root_routes[] = { ROOT, 7, 1 },
    root_sanitizer[] = { ROOT, 8 },
    root_packets[] = { ROOT, 9 },
    root_queues[] = { ROOT, 10, 1 },
    root_disks[] = { ROOT, 11, 1 },
    root_agent[] = { ROOT, 12 },
    root_pair_refusals[] = { ROOT, 13, 1 },
    root_drops[] = { ROOT, 14, 1 },
    root_latencies[] = { ROOT, 15, 1 },
    root_parts[] = { ROOT, 20, 1 },
    root_sanitize_times[] = { ROOT, 21, 1 },
    root_rejections[] = { ROOT, 22, 1 },
    root_audit[] = { ROOT, 23 };

/* RFC 2788; what the gateway does not know is left out (no directory). */
static const struct mib_column appl[] = {
	{ 1, MIB_INDEX, "Index" },
	{ 2, MIB_TEXT, "Name" },
	{ 5, MIB_TICKS, "Uptime" },
	{ 6, MIB_INTEGER, "OperStatus" },
	{ 8, MIB_GAUGE32, "InboundAssociations" },
	{ 10, MIB_COUNTER32, "AccumulatedInboundAssociations" },
	{ 11, MIB_COUNTER32, "AccumulatedOutboundAssociations" },
	{ 14, MIB_COUNTER32, "RejectedInboundAssociations" },
	{ 15, MIB_COUNTER32, "FailedOutboundAssociations" },
	{ 16, MIB_TEXT, "Description" },
};

/* RFC 2789; volumes in K octets */
static const struct mib_column mta[] = {
	{ 0, MIB_INDEX, "ApplIndex" },
	{ 1, MIB_COUNTER32, "ReceivedMessages" },
	{ 2, MIB_GAUGE32, "StoredMessages" },
	{ 3, MIB_COUNTER32, "TransmittedMessages" },
	{ 4, MIB_COUNTER32, "ReceivedVolume" },
	{ 6, MIB_COUNTER32, "TransmittedVolume" },
	{ 9, MIB_COUNTER32, "TransmittedRecipients" },
	{ 10, MIB_COUNTER32, "SuccessfulConvertedMessages" },
	{ 11, MIB_COUNTER32, "FailedConvertedMessages" },
	{ 12, MIB_COUNTER32, "LoopsDetected" },
};

static const struct mib_column mta_groups[] = {
	{ 0, MIB_INDEX, "ApplIndex" },
	{ 1, MIB_INDEX, "Index" },
	{ 2, MIB_COUNTER32, "ReceivedMessages" },
	{ 3, MIB_COUNTER32, "RejectedMessages" },
	{ 4, MIB_GAUGE32, "StoredMessages" },
	{ 5, MIB_COUNTER32, "TransmittedMessages" },
	{ 6, MIB_COUNTER32, "ReceivedVolume" },
	{ 12, MIB_INTEGER, "OldestMessageStored" },	/* 0.01 s */
	{ 25, MIB_TEXT, "Name" },
};

static const struct mib_column gateway[] = {
	{ 1, MIB_TEXT, "Name" },
	{ 2, MIB_INTEGER, "State" },
	{ 3, MIB_DATE, "DiscontinuityTime" },
	{ 4, MIB_GAUGE32, "UptimeSeconds" },
	{ 5, MIB_GAUGE32, "Generation" },
	{ 6, MIB_DATE, "GenerationTime" },
	{ 7, MIB_INTEGER, "RulesRefused" },
	{ 8, MIB_GAUGE32, "Rules" },
	{ 9, MIB_COUNTER64, "UnsanitizedDelivered" },
	{ 10, MIB_GAUGE32, "ProcessesDown" },
	{ 11, MIB_INTEGER, "PacketPath" },
	{ 12, MIB_GAUGE32, "Cuts" },
};

static const struct mib_column processes[] = {
	{ 1, MIB_INDEX, "Index" },
	{ 2, MIB_TEXT, "Name" },
	{ 3, MIB_INTEGER, "State" },
	{ 4, MIB_GAUGE32, "Pid" },
	{ 5, MIB_COUNTER64, "Restarts" },
	{ 6, MIB_GAUGE32, "UptimeSeconds" },
};

static const struct mib_column pairs[] = {
	{ 1, MIB_INDEX, "From" },
	{ 2, MIB_INDEX, "To" },
	{ 3, MIB_TEXT, "FromName" },
	{ 4, MIB_TEXT, "ToName" },
	{ 5, MIB_COUNTER64, "Packets" },
	{ 6, MIB_COUNTER64, "Bytes" },
	{ 7, MIB_COUNTER64, "Flows" },
	{ 8, MIB_GAUGE32, "FlowsOpen" },
	{ 9, MIB_COUNTER64, "Refused" },
};

static const struct mib_column refusals[] = {
	{ 1, MIB_INDEX, "Index" },
	{ 2, MIB_TEXT, "Reason" },
	{ 3, MIB_COUNTER64, "Count" },
};

static const struct mib_column rules[] = {
	{ 1, MIB_INDEX, "Index" },
	{ 2, MIB_TEXT, "Name" },
	{ 3, MIB_TEXT, "File" },
	{ 4, MIB_GAUGE32, "Line" },
	{ 5, MIB_INTEGER, "Allow" },
	{ 6, MIB_TEXT, "Class" },
	{ 7, MIB_GAUGE32, "FlowsMax" },
	{ 8, MIB_INTEGER, "DaysLeft" },
	{ 9, MIB_COUNTER64, "Hits" },
	{ 10, MIB_DATE, "LastHit" },
	{ 11, MIB_COUNTER64, "Packets" },
	{ 12, MIB_COUNTER64, "Bytes" },
};

static const struct mib_column mail[] = {
	{ 1, MIB_COUNTER64, "Sessions" },
	{ 2, MIB_GAUGE32, "SessionsOpen" },
	{ 3, MIB_COUNTER64, "SessionsRefused" },
	{ 4, MIB_COUNTER64, "Received" },
	{ 5, MIB_COUNTER64, "Rejected" },
	{ 6, MIB_COUNTER64, "DeferredAtDoor" },
	{ 7, MIB_COUNTER64, "BytesReceived" },
	{ 8, MIB_COUNTER64, "Smuggling" },
	{ 9, MIB_COUNTER64, "Delivered" },
	{ 10, MIB_COUNTER64, "Held" },
	{ 11, MIB_COUNTER64, "Bounced" },
	{ 12, MIB_COUNTER64, "Expired" },
	{ 13, MIB_COUNTER64, "Dropped" },
	{ 14, MIB_COUNTER64, "RecipientsDelivered" },
	{ 15, MIB_COUNTER64, "BytesDelivered" },
	{ 16, MIB_GAUGE32, "Queued" },
	{ 17, MIB_GAUGE32, "Deferred" },
	{ 18, MIB_GAUGE32, "HeldNow" },
	{ 19, MIB_COUNTER64, "Notifications" },
	{ 20, MIB_COUNTER64, "Damaged" },
	{ 21, MIB_COUNTER64, "CommitsRefused" },
	{ 22, MIB_GAUGE32, "OldestSeconds" },
	{ 23, MIB_GAUGE32, "OldestHeldSeconds" },
	{ 24, MIB_COUNTER64, "Converted" },
};

static const struct mib_column routes[] = {
	{ 1, MIB_INDEX, "Index" },
	{ 2, MIB_TEXT, "Name" },
	{ 3, MIB_TEXT, "From" },
	{ 4, MIB_TEXT, "To" },
	{ 5, MIB_COUNTER64, "Received" },
	{ 6, MIB_COUNTER64, "Bytes" },
	{ 7, MIB_COUNTER64, "Delivered" },
	{ 8, MIB_COUNTER64, "Held" },
	{ 9, MIB_COUNTER64, "Bounced" },
	{ 10, MIB_COUNTER64, "Expired" },
	{ 11, MIB_COUNTER64, "Dropped" },
	{ 12, MIB_COUNTER64, "Rejected" },
	{ 13, MIB_GAUGE32, "Queued" },
	{ 14, MIB_GAUGE32, "OldestSeconds" },
};

static const struct mib_column sanitizer[] = {
	{ 1, MIB_COUNTER64, "Sanitized" },
	{ 2, MIB_COUNTER64, "Held" },
	{ 3, MIB_COUNTER64, "Crashed" },
	{ 4, MIB_COUNTER64, "TimedOut" },
	{ 5, MIB_COUNTER64, "Children" },
	{ 6, MIB_COUNTER64, "CpuMicroseconds" },
	{ 7, MIB_COUNTER64, "VerifiedYes" },
	{ 8, MIB_COUNTER64, "VerifiedNo" },
	{ 9, MIB_COUNTER64, "Microseconds" },
};

static const struct mib_column packets[] = {
	{ 1, MIB_COUNTER64, "Asked" },
	{ 2, MIB_COUNTER64, "FlowsAllowed" },
	{ 3, MIB_GAUGE32, "FlowsOpen" },
	{ 4, MIB_COUNTER64, "FlowsInspected" },
	{ 5, MIB_COUNTER64, "FlowsCut" },
	{ 6, MIB_COUNTER64, "FlowsEnded" },
	{ 7, MIB_COUNTER64, "QueueOverruns" },
	{ 8, MIB_COUNTER64, "EventsLost" },
	{ 9, MIB_COUNTER64, "EvidenceLost" },
	{ 10, MIB_COUNTER64, "Scans" },
	{ 11, MIB_COUNTER64, "Refused" },
	{ 12, MIB_COUNTER64, "Verdicts" },
	{ 13, MIB_COUNTER64, "VerdictMicroseconds" },
};

static const struct mib_column queues[] = {
	{ 1, MIB_INDEX, "Number" },
	{ 2, MIB_GAUGE32, "Waiting" },
	{ 3, MIB_COUNTER64, "DroppedFull" },
	{ 4, MIB_COUNTER64, "DroppedSocket" },
};

static const struct mib_column disks[] = {
	{ 1, MIB_INDEX, "Index" },
	{ 2, MIB_TEXT, "Name" },
	{ 3, MIB_GAUGE32, "Mebibytes" },
	{ 4, MIB_GAUGE32, "MebibytesFree" },
	{ 5, MIB_GAUGE32, "PercentUsed" },
	{ 6, MIB_GAUGE32, "FilesFree" },
};

static const struct mib_column agent[] = {
	{ 1, MIB_COUNTER64, "Requests" },
	{ 2, MIB_COUNTER64, "Notifications" },
	{ 3, MIB_COUNTER64, "ConnectsRefused" },
	{ 4, MIB_COUNTER64, "Stale" },
	{ 5, MIB_DATE, "SnapshotTime" },
};

static const struct mib_column pair_refusals[] = {
	{ 1, MIB_INDEX, "From" },
	{ 2, MIB_INDEX, "To" },
	{ 3, MIB_INDEX, "Reason" },
	{ 4, MIB_TEXT, "FromName" },
	{ 5, MIB_TEXT, "ToName" },
	{ 6, MIB_TEXT, "ReasonName" },
	{ 7, MIB_COUNTER64, "Count" },
};

static const struct mib_column drops[] = {
	{ 1, MIB_INDEX, "Segment" },
	{ 2, MIB_INDEX, "Reason" },
	{ 3, MIB_TEXT, "SegmentName" },
	{ 4, MIB_TEXT, "ReasonName" },
	{ 5, MIB_COUNTER64, "Packets" },
	{ 6, MIB_COUNTER64, "Bytes" },
};

static const struct mib_column latencies[] = {
	{ 1, MIB_INDEX, "Index" },
	{ 2, MIB_GAUGE32, "UpToMicroseconds" },
	{ 3, MIB_COUNTER64, "Verdicts" },
};

static const struct mib_column parts[] = {
	{ 1, MIB_INDEX, "FormatNumber" },
	{ 2, MIB_INDEX, "OutcomeNumber" },
	{ 3, MIB_TEXT, "Format" },
	{ 4, MIB_TEXT, "Outcome" },
	{ 5, MIB_COUNTER64, "Count" },
};

/* `sekisho metrics` makes a histogram of it */
static const struct mib_column sanitize_times[] = {
	{ 1, MIB_INDEX, "Bucket" },
	{ 2, MIB_GAUGE32, "UpToMilliseconds" },
	{ 3, MIB_COUNTER64, "Mails" },
};

static const struct mib_column rejections[] = {
	{ 1, MIB_INDEX, "Index" },
	{ 2, MIB_TEXT, "What" },
	{ 3, MIB_TEXT, "Reason" },
	{ 4, MIB_COUNTER64, "Count" },
};

static const struct mib_column audit[] = {
	{ 1, MIB_INTEGER, "Open" },
	{ 2, MIB_TEXT, "WhyClosed" },
	{ 3, MIB_COUNTER64, "Failures" },
	{ 4, MIB_COUNTER64, "Records" },
	{ 5, MIB_COUNTER64, "Syncs" },
	{ 6, MIB_COUNTER64, "Refused" },
	{ 7, MIB_COUNTER64, "Lost" },
	{ 8, MIB_COUNTER64, "FilesErased" },
	{ 9, MIB_GAUGE32, "SyslogReceivers" },
	{ 10, MIB_GAUGE32, "SyslogWell" },
	{ 11, MIB_COUNTER64, "SyslogSent" },
	{ 12, MIB_GAUGE32, "SyslogBehind" },
	{ 13, MIB_COUNTER64, "SyslogMissed" },
};

#define TABLE(name, index_n, split, rows_max) \
	{ #name, root_##name, COUNT(root_##name), index_n, split, rows_max, \
	    name, COUNT(name) }

static const struct mib_table tables[MIB_N] = {
	[MIB_APPL] = TABLE(appl, 1, false, 1),
	[MIB_MTA] = TABLE(mta, 1, true, 1),
	[MIB_MTA_GROUPS] = TABLE(mta_groups, 2, true, MIB_ROUTES_MAX),
	[MIB_GATEWAY] = TABLE(gateway, 0, false, 1),
	[MIB_PROCESSES] = TABLE(processes, 1, false, MIB_PROCESSES_MAX),
	[MIB_PAIRS] = TABLE(pairs, 2, false, MIB_PAIRS_MAX),
	[MIB_REFUSALS] = TABLE(refusals, 1, false, MIB_REASONS_MAX),
	[MIB_RULES] = TABLE(rules, 1, false, MIB_RULES_MAX),
	[MIB_MAIL] = TABLE(mail, 0, false, 1),
	[MIB_ROUTES] = TABLE(routes, 1, false, MIB_ROUTES_MAX),
	[MIB_SANITIZER] = TABLE(sanitizer, 0, false, 1),
	[MIB_PACKETS] = TABLE(packets, 0, false, 1),
	[MIB_QUEUES] = TABLE(queues, 1, false, MIB_QUEUES_MAX),
	[MIB_DISKS] = TABLE(disks, 1, false, MIB_DISKS_MAX),
	[MIB_AGENT] = TABLE(agent, 0, false, 1),
	[MIB_PAIR_REFUSALS] = TABLE(pair_refusals, 3, false,
	    MIB_PAIR_REFUSALS_MAX),
	[MIB_DROPS] = TABLE(drops, 2, false, MIB_DROPS_MAX),
	[MIB_LATENCIES] = TABLE(latencies, 1, false, MIB_LATENCIES_MAX),
	[MIB_PARTS] = TABLE(parts, 2, false, MIB_PARTS_MAX),
	[MIB_SANITIZE_TIMES] = TABLE(sanitize_times, 1, false,
	    MIB_TIMES_MAX),
	[MIB_REJECTIONS] = TABLE(rejections, 1, false, MIB_REASONS_MAX),
	[MIB_AUDIT] = TABLE(audit, 0, false, 1),
};

const struct mib_table *
mib_table(enum mib_id id)
{
	require((unsigned)id < MIB_N);
	return &tables[id];
}
