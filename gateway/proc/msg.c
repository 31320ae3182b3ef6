/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of all messages: who may send which kind to whom, how long it is
 * and how many descriptors it brings. ipc.c refuses everything else. What a
 * message means, and whether it fits the state, is the handler's business.
 */
#include "msg.h"

#define SUP	(1u << ROLE_SUPERVISOR)
#define RCV	(1u << ROLE_RECEIVE)
#define SPL	(1u << ROLE_SPOOL)
#define SAN	(1u << ROLE_SANITIZE)
#define WRK	(1u << ROLE_WORKER)
#define VRF	(1u << ROLE_VERIFY)
#define DLV	(1u << ROLE_DELIVER)
#define TOOL	(1u << ROLE_TOOL)
#define CMP	(1u << ROLE_COMPILE)
#define PKT	(1u << ROLE_PACKET)
#define INS	(1u << ROLE_INSPECT)
#define CAP	(1u << ROLE_CAPTURE)
#define AUD	(1u << ROLE_AUDIT)
#define SNM	(1u << ROLE_SNMP)
#define ROLES	(RCV | SPL | SAN | VRF | DLV | PKT | INS | CAP | AUD | SNM)

#define TAIL	MSG_TAIL_BYTES_MAX
#define REASON	4096

#define ROW(kind, text, from, to, fixed, tail, fds_min, fds_max) \
	[kind] = { text, from, to, (uint32_t)sizeof(struct fixed), tail, \
	    fds_min, fds_max }

/*
 * TOOL stands beside the spool and the supervisor where `sekisho sanitize`
 * drives the sanitizer and the verifier without a daemon.
 */
static const struct msg_type types[MSG_KIND_N] = {
	ROW(MSG_RULES, "rules", SUP | TOOL, ROLES, msg_rules, REASON,
	    1, 1),
	ROW(MSG_LISTENER, "listener", SUP, RCV, msg_listener, 0, 1, 1),
	ROW(MSG_PEER, "peer", SUP | TOOL, ROLES, msg_peer, 0, 1, 1),
	ROW(MSG_STOP, "stop", SUP | TOOL, ROLES, msg_empty, 0, 0, 0),
	ROW(MSG_SANDBOX, "sandbox", ROLES, SUP | TOOL, msg_sandbox, 0, 0, 0),
	ROW(MSG_READY, "ready", ROLES, SUP | TOOL, msg_empty, 0, 0, 0),
	ROW(MSG_EPOCH, "epoch", PKT, SUP, msg_epoch, 0, 0, 0),
	ROW(MSG_INSPECT, "inspect", PKT, INS, msg_inspect, TAIL, 0, 0),
	ROW(MSG_INSPECT_END, "inspect-end", PKT, INS, msg_inspect_end, 0, 0,
	    0),
	ROW(MSG_INSPECTED, "inspected", INS, PKT, msg_inspected, 0, 0, 0),
	ROW(MSG_REFUSED, "refused", PKT, CAP, msg_refused,
	    REFUSED_TAIL_BYTES_MAX, 0, 0),
	ROW(MSG_REFUSALS, "refusals", PKT, CAP, msg_refusals, 0, 0, 0),
	ROW(MSG_FLOW_BEGUN, "flow-begun", PKT, CAP, msg_flow_ended, 0, 0, 0),
	ROW(MSG_FLOW_ENDED, "flow-ended", PKT, CAP, msg_flow_ended, 0, 0, 0),
	ROW(MSG_SCAN, "scan", PKT, CAP, msg_scan, 0, 0, 0),
	ROW(MSG_DRAFT_NEW, "draft-new", RCV, SPL, msg_draft_new, TAIL, 0, 0),
	ROW(MSG_DRAFT_COMMIT, "draft-commit", RCV, SPL, msg_draft_commit, 0,
	    0, 0),
	ROW(MSG_DRAFT_DROP, "draft-drop", RCV, SPL, msg_draft_drop, 0, 0, 0),
	ROW(MSG_REJECTED, "rejected", RCV, SPL, msg_rejected, TAIL, 0, 0),
	ROW(MSG_DRAFT, "draft", SPL, RCV, msg_draft, 0, 0, 1),
	ROW(MSG_COMMITTED, "committed", SPL, RCV, msg_committed, 0, 0, 0),
	ROW(MSG_SANITIZE, "sanitize", SPL | TOOL, SAN, msg_sanitize, TAIL,
	    1, 1),
	ROW(MSG_SANITIZED, "sanitized", SAN, SPL | TOOL, msg_sanitized,
	    REASON, 0, 2),
	ROW(MSG_VERIFY, "verify", SPL | TOOL, VRF, msg_verify, 0, 1, 1),
	ROW(MSG_VERIFIED, "verified", VRF, SPL | TOOL, msg_verified, REASON,
	    0, 0),
	ROW(MSG_DELIVER, "deliver", SPL, DLV, msg_deliver, TAIL, 1, 1),
	ROW(MSG_DELIVERED, "delivered", DLV, SPL, msg_delivered, TAIL, 0, 0),
	ROW(MSG_JOB, "job", SAN | TOOL, WRK, msg_job, 0, 1, 1),
	ROW(MSG_JOB_KILL, "job-kill", SAN | TOOL, WRK, msg_job, 0, 0, 0),
	ROW(MSG_JOB_EXIT, "job-exit", WRK, SAN | TOOL, msg_job_exit, 0, 0, 0),
	ROW(MSG_JOB_MAIL, "job-mail", SAN | TOOL, WRK, msg_job_input, TAIL,
	    1, 1),
	ROW(MSG_JOB_FILE, "job-file", SAN | TOOL, WRK, msg_job_input, TAIL,
	    1, 1),
	ROW(MSG_JOB_CONVERT, "job-convert", WRK, SAN | TOOL, msg_job_convert,
	    TAIL, 1, 1),
	ROW(MSG_JOB_CONVERTED, "job-converted", SAN | TOOL, WRK,
	    msg_job_result, TAIL, 0, 1),
	ROW(MSG_JOB_DONE, "job-done", WRK, SAN | TOOL, msg_job_result, TAIL,
	    0, 2),
	ROW(MSG_INCLUDE, "include", CMP, SUP, msg_empty, REASON, 0, 0),
	ROW(MSG_INCLUDED, "included", SUP, CMP, msg_included, 0, 0, 1),
	ROW(MSG_CONTROL, "control", TOOL, SUP, msg_control, REASON, 0, 1),
	ROW(MSG_CONTROL_PASS, "control-pass", SUP, SPL, msg_control, REASON,
	    1, 1),
	ROW(MSG_AUDIT_KEY, "audit-key", SUP, AUD, msg_audit_key, 0, 0, 0),
	ROW(MSG_AUDIT_POLICY, "audit-policy", SUP, AUD, msg_audit_policy,
	    REASON, 0, 0),
	ROW(MSG_AUDIT, "audit", SUP | SPL | CAP, AUD, msg_audit, TAIL, 0, 1),
	ROW(MSG_AUDITED, "audited", AUD, SUP | SPL, msg_audited, 0, 0, 0),
	ROW(MSG_AUDIT_STATE, "audit-state", AUD, SUP | SPL, msg_audit_state,
	    REASON, 0, 0),
	ROW(MSG_ROW, "row", SUP | SPL, TOOL, msg_row, TAIL, 0, 0),
	ROW(MSG_CONTROL_FILE, "control-file", SUP | SPL, TOOL,
	    msg_control_file, 0, 1, 1),
	ROW(MSG_CONTROL_END, "control-end", SUP | SPL, TOOL, msg_control_end,
	    TAIL, 0, 0),
	ROW(MSG_SNAPSHOT_ASK, "snapshot-ask", SNM, SUP, msg_empty, 0, 0, 0),
	ROW(MSG_SNAPSHOT, "snapshot", SUP, SNM, msg_empty, 0, 0, 1),
	ROW(MSG_AGENTX_ASK, "agentx-ask", SNM, SUP, msg_empty, 0, 0, 0),
	ROW(MSG_AGENTX, "agentx", SUP, SNM, msg_empty, 0, 0, 1),
	ROW(MSG_WATCHED, "watched", SNM, SUP, msg_empty, REASON, 0, 0),
	ROW(MSG_WATCHED_BEFORE, "watched-before", SUP, SNM, msg_empty, REASON,
	    0, 0),
	ROW(MSG_PLACE_STATE, "place-state", AUD, SUP, msg_place_state, 0, 0,
	    0),
	ROW(MSG_PLACE_ASK, "place-ask", AUD, SUP, msg_place, 0, 0, 0),
	ROW(MSG_PLACE, "place", SUP, AUD, msg_place, 0, 0, 1),
};

#define FITS(fixed) \
	_Static_assert(sizeof(struct fixed) <= MSG_FIXED_BYTES_MAX, #fixed)
FITS(msg_deliver);
FITS(msg_verified);
FITS(msg_sandbox);
FITS(msg_audit_policy);

const struct msg_type *
msg_type(uint32_t kind)
{
	if (kind >= MSG_KIND_N || types[kind].name == NULL)
		return NULL;
	return &types[kind];
}
