/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names for counters and logs, and sentences for people. */
#include "inspect.h"

static const struct {
	const char	*name;
	const char	*text;
} reasons[INSPECT_REASON_N] = {
	[INSPECT_FINE] = { "fine", "it is the protocol" },
	[INSPECT_MORE] = { "more", "more bytes are needed" },
	[INSPECT_UNCHECKED] = { "unchecked",
	    "this protocol cannot be checked on this transport" },
	[INSPECT_CLIENT_FIRST] = { "client-first",
	    "the client spoke before the server's greeting" },
	[INSPECT_SERVER_FIRST] = { "server-first",
	    "the server spoke before the client" },
	[INSPECT_TOO_LONG] = { "too-long",
	    "not clear after as many bytes as are looked at" },
	[INSPECT_PIECES] = { "pieces",
	    "not clear after as many packets as are held" },
	[INSPECT_ENDED] = { "ended", "it ended before it was clear" },
	[INSPECT_NO_BUFFER] = { "no-buffer", "all buffers are in use" },
	[INSPECT_MIDWAY] = { "midway", "data of a flow without its beginning" },
	[INSPECT_SYN_DATA] = { "syn-data", "data in a SYN" },
	[INSPECT_SYN_AGAIN] = { "syn-again", "a SYN in a flow with data" },
	[INSPECT_URGENT] = { "urgent", "urgent data" },
	[INSPECT_ORDER] = { "order", "a segment out of order" },
	[INSPECT_AGAIN] = { "again", "a segment that is held, sent again" },
	[INSPECT_KEEPALIVE] = { "keepalive", "a byte of a keep-alive" },
	[INSPECT_OVERLAP] = { "overlap", "sent again with other bytes" },
	[INSPECT_AFTER_END] = { "after-end", "data behind the end" },
	[INSPECT_TLS_RECORD] = { "tls-record",
	    "no record of a TLS handshake" },
	[INSPECT_TLS_MESSAGE] = { "tls-message",
	    "not the message that TLS begins with" },
	[INSPECT_TLS_HELLO] = { "tls-hello", "a TLS hello is malformed" },
	[INSPECT_TLS_EXTENSION] = { "tls-extension",
	    "the extensions of a TLS hello are malformed" },
	[INSPECT_TLS_NAME] = { "tls-name",
	    "the server name in TLS is no DNS name" },
	[INSPECT_TLS_NAME_ADDRESS] = { "tls-name-address",
	    "the server name in TLS is an address" },
	[INSPECT_TLS_NO_NAME] = { "tls-no-name",
	    "no server name in TLS, and the rule lists names" },
	[INSPECT_TLS_ENCRYPTED] = { "tls-encrypted",
	    "the TLS hello is encrypted, and the rule lists names" },
	[INSPECT_TLS_NOT_LISTED] = { "tls-not-listed",
	    "the rule does not list the server name in TLS" },
	[INSPECT_HTTP_METHOD] = { "http-method", "no method of HTTP" },
	[INSPECT_HTTP_CONNECT] = { "http-connect",
	    "a tunnel by the HTTP method CONNECT" },
	[INSPECT_HTTP_2] = { "http-2", "HTTP/2 without TLS" },
	[INSPECT_HTTP_TARGET] = { "http-target",
	    "the target of the HTTP request is malformed" },
	[INSPECT_HTTP_VERSION] = { "http-version",
	    "neither HTTP/1.0 nor HTTP/1.1" },
	[INSPECT_HTTP_STATUS] = { "http-status",
	    "the status line of HTTP is malformed" },
	[INSPECT_HTTP_UPGRADE] = { "http-upgrade",
	    "the HTTP server changes to another protocol" },
	[INSPECT_SSH_BANNER] = { "ssh-banner",
	    "the version line of SSH is malformed" },
	[INSPECT_SSH_LINES] = { "ssh-lines",
	    "too many lines before the server's version line of SSH" },
	[INSPECT_DNS_HEADER] = { "dns-header",
	    "the header of the DNS message is not allowed" },
	[INSPECT_DNS_QUESTION] = { "dns-question",
	    "the question of the DNS message is malformed" },
	[INSPECT_DNS_RECORD] = { "dns-record",
	    "bytes behind the question of the DNS query" },
	[INSPECT_DNS_ID] = { "dns-id", "a DNS answer that nobody asked for" },
	[INSPECT_SMTP_GREETING] = { "smtp-greeting",
	    "no greeting of an SMTP server" },
	[INSPECT_SMTP_COMMAND] = { "smtp-command",
	    "no command that an SMTP client begins with" },
	[INSPECT_NTP_LENGTH] = { "ntp-length",
	    "the length of the NTP message is wrong" },
	[INSPECT_NTP_MODE] = { "ntp-mode",
	    "not a version and mode of NTP between client and server" },
	[INSPECT_RDP_TPKT] = { "rdp-tpkt", "no TPKT that RDP begins with" },
	[INSPECT_RDP_X224] = { "rdp-x224",
	    "no X.224 connection request or confirm" },
	[INSPECT_RDP_COOKIE] = { "rdp-cookie",
	    "the cookie or routing token of RDP is malformed" },
	[INSPECT_RDP_NEGOTIATION] = { "rdp-negotiation",
	    "the negotiation of RDP is malformed" },
	[INSPECT_RFB_FORM] = { "rfb-form", "no version of RFB" },
	[INSPECT_RFB_VERSION] = { "rfb-version",
	    "a version of RFB that is not known, or not offered" },
	[INSPECT_ICA_BANNER] = { "ica-banner",
	    "neither ICA nor its session reliability" },
};

const char *
inspect_reason_name(enum inspect_reason reason)
{
	return reason < INSPECT_REASON_N ? reasons[reason].name : "?";
}

const char *
inspect_reason_text(enum inspect_reason reason)
{
	return reason < INSPECT_REASON_N ? reasons[reason].text : "?";
}

const char *
inspect_answer_name(enum inspect_answer answer)
{
	switch (answer) {
	case INSPECT_HOLD:
		return "hold";
	case INSPECT_PASS:
		return "pass";
	case INSPECT_ALLOW:
		return "allow";
	case INSPECT_DROP:
		return "drop";
	case INSPECT_CUT:
		return "cut";
	}
	return "?";
}
