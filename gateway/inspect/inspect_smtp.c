/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SMTP (RFC 5321): the server's greeting, then the client's first command. A
 * client that does not wait for the greeting (3.1, 4.3.1: it has to) is cut
 * and not held: it is a robot, or something else altogether.
 */
#include "inspect_internal.h"

struct verb {
	const char	*name;
	bool		 argument;
};

/*
 * Text of a line up to CR LF, of at most max bytes with these: ASCII without
 * controls but HT (RFC 5321 4.2, textstring). *line is set when FINE.
 */
static enum inspect_reason
read_line(struct span *rest, size_t max, enum inspect_reason bad,
    struct span *line)
{
	for (size_t i = 0; i < rest->len; i++) {
		uint8_t c = rest->ptr[i];

		if (i == max)
			return bad;
		if (i > 0 && rest->ptr[i - 1] == '\r') {
			if (c != '\n')
				return bad;
			*line = span_sub(*rest, 0, i - 1);
			*rest = span_sub(*rest, i + 1, rest->len - i - 1);
			return INSPECT_FINE;
		}
		if (c != '\r' && c != '\t' && (c < 0x20 || c > 0x7e))
			return bad;
	}
	return rest->len >= max ? bad : INSPECT_MORE;
}

/*
 * RFC 5321 4.2, 4.3.1: 220, or 554 (nobody is served here), or 421 (not now);
 * all lines of it have the same code, and all but the last a hyphen.
 */
static enum inspect_reason
judge_greeting(struct span rest)
{
	static const struct span codes[] = {
		{ (const uint8_t *)"220", 3 },
		{ (const uint8_t *)"421", 3 },
		{ (const uint8_t *)"554", 3 },
	};
	struct span code = { NULL, 0 }, line;

	for (unsigned n = 0; n < INSPECT_SMTP_LINES_MAX; n++) {
		struct span head = span_sub(rest, 0, 3);
		enum inspect_reason why;
		size_t i = 0;

		while (n == 0 && i < 3 && !span_begins(codes[i], head))
			i++;
		if (i == 3 || (n > 0 && !span_begins(code, head)))
			return INSPECT_SMTP_GREETING;
		if (head.len < 3)
			return INSPECT_MORE;
		code = head;
		if (rest.len > 3 && rest.ptr[3] != ' ' && rest.ptr[3] != '-' &&
		    rest.ptr[3] != '\r')
			return INSPECT_SMTP_GREETING;
		why = read_line(&rest, INSPECT_SMTP_REPLY_MAX,
		    INSPECT_SMTP_GREETING, &line);
		if (why != INSPECT_FINE)
			return why;
		if (line.len == 3 || line.ptr[3] == ' ')
			return INSPECT_FINE;
	}
	return INSPECT_SMTP_GREETING;
}

/*
 * RFC 5321 4.1.4: a session begins with EHLO or HELO; NOOP, HELP, EXPN, VRFY,
 * RSET and QUIT may come before. EXPN and VRFY first are a search for
 * addresses, and left out. Verbs have no case (2.4).
 */
static enum inspect_reason
judge_command(struct span rest)
{
	static const struct verb verbs[] = {
		{ "EHLO", true }, { "HELO", true }, { "NOOP", false },
		{ "HELP", false }, { "RSET", false }, { "QUIT", false },
	};
	const size_t n = sizeof(verbs) / sizeof(verbs[0]);
	struct span verb = span_sub(rest, 0, 4), line, argument;
	enum inspect_reason why;
	size_t i = 0;

	while (i < n && !span_begins_nocase(span_str(verbs[i].name), verb))
		i++;
	if (i == n || (rest.len > 4 && rest.ptr[4] != ' ' &&
	    (rest.ptr[4] != '\r' || verbs[i].argument)))
		return INSPECT_SMTP_COMMAND;
	why = read_line(&rest, INSPECT_SMTP_COMMAND_MAX, INSPECT_SMTP_COMMAND,
	    &line);
	if (why != INSPECT_FINE)
		return why;
	argument = span_trim(span_sub(line, 4, line.len));
	return verbs[i].argument && argument.len == 0 ? INSPECT_SMTP_COMMAND :
	    INSPECT_FINE;
}

enum inspect_reason
inspect_smtp_judge(struct inspect *inspect, struct inspect_flow *flow,
    enum inspect_direction direction, struct span bytes)
{
	(void)inspect;
	(void)flow;
	return direction == INSPECT_SERVER ? judge_greeting(bytes) :
	    judge_command(bytes);
}
