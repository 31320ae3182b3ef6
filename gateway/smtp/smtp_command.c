/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Commands: verb, path, parameters (RFC 5321 4.1, SIZE 1870, 8BITMIME 6152,
 * SMTPUTF8 6531, DSN 3461, CHUNKING 3030). One reply for each way to be
 * wrong. Whether a command fits the state is left to smtp_server.
 */
#include <string.h>

#include "smtp_command.h"
#include "smtp_xtext.h"

static const struct smtp_reply
    reply_unknown	= { 500, "5.5.1 Command not known" },
    reply_bytes		= { 500, "5.5.2 Characters that no command may have" },
    reply_other		= { 502, "5.5.1 Command not offered" },
    reply_foreign	= { 521, "5.5.1 This is a mail server; closing" },
    reply_argument	= { 501, "5.5.4 Wrong or missing argument" },
    reply_no_argument	= { 501, "5.5.4 This command takes no argument" },
    reply_sender	= { 501, "5.1.7 Bad sender address syntax" },
    reply_recipient	= { 501, "5.1.3 Bad recipient address syntax" },
    reply_parameter	= { 555, "5.5.4 Parameter not known" },
    reply_value		= { 501, "5.5.4 Bad parameter value" },
    reply_twice		= { 501, "5.5.4 Parameter given twice" };

static const struct {
	const char	*name;
	enum smtp_verb	 verb;
} verbs[] = {
	{ "MAIL", SMTP_MAIL }, { "RCPT", SMTP_RCPT }, { "DATA", SMTP_DATA },
	{ "BDAT", SMTP_BDAT }, { "EHLO", SMTP_EHLO }, { "HELO", SMTP_HELO },
	{ "RSET", SMTP_RSET }, { "NOOP", SMTP_NOOP }, { "QUIT", SMTP_QUIT },
	{ "VRFY", SMTP_VRFY }, { "EXPN", SMTP_EXPN }, { "HELP", SMTP_HELP },
	{ "STARTTLS", SMTP_OTHER }, { "AUTH", SMTP_OTHER },
	{ "ETRN", SMTP_OTHER }, { "TURN", SMTP_OTHER },
	{ "BURL", SMTP_OTHER }, { "SEND", SMTP_OTHER },
	{ "SOML", SMTP_OTHER }, { "SAML", SMTP_OTHER },
	{ "GET", SMTP_FOREIGN }, { "POST", SMTP_FOREIGN },
	{ "PUT", SMTP_FOREIGN }, { "HEAD", SMTP_FOREIGN },
	{ "OPTIONS", SMTP_FOREIGN }, { "CONNECT", SMTP_FOREIGN },
};

/* Parameters: one bit each, to find what is given twice. */
enum parameter {
	PARAMETER_SIZE = 0, PARAMETER_BODY, PARAMETER_SMTPUTF8, PARAMETER_RET,
	PARAMETER_ENVID, PARAMETER_AUTH, PARAMETER_NOTIFY, PARAMETER_ORCPT
};

static const struct {
	const char	*name;
	enum parameter	 parameter;
	enum smtp_verb	 verb;
	bool		 value;		/* must it have one? */
} parameters[] = {
	{ "SIZE", PARAMETER_SIZE, SMTP_MAIL, true },
	{ "BODY", PARAMETER_BODY, SMTP_MAIL, true },
	{ "SMTPUTF8", PARAMETER_SMTPUTF8, SMTP_MAIL, false },
	{ "RET", PARAMETER_RET, SMTP_MAIL, true },
	{ "ENVID", PARAMETER_ENVID, SMTP_MAIL, true },
	{ "AUTH", PARAMETER_AUTH, SMTP_MAIL, true },
	{ "NOTIFY", PARAMETER_NOTIFY, SMTP_RCPT, true },
	{ "ORCPT", PARAMETER_ORCPT, SMTP_RCPT, true },
};

static void
trim_blanks(struct span *s)
{
	while (s->len > 0 && (s->ptr[0] == ' ' || s->ptr[0] == '\t'))
		*s = span_sub(*s, 1, s->len);
	while (s->len > 0 && (s->ptr[s->len - 1] == ' ' ||
	    s->ptr[s->len - 1] == '\t'))
		s->len--;
}

/* NUL and other controls, and CR and LF in case a caller let them through */
static bool
has_controls(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((s.ptr[i] < ' ' && s.ptr[i] != '\t') || s.ptr[i] == 0x7f)
			return true;
	return false;
}

static bool
parse_notify(struct span value, uint8_t *notify)
{
	struct span word;
	bool more = true;

	while (more) {
		uint8_t bit;

		more = span_cut(&value, ',', &word);
		if (span_equal_nocase(word, SPAN("NEVER")))
			bit = SMTP_NOTIFY_NEVER;
		else if (span_equal_nocase(word, SPAN("SUCCESS")))
			bit = SMTP_NOTIFY_SUCCESS;
		else if (span_equal_nocase(word, SPAN("FAILURE")))
			bit = SMTP_NOTIFY_FAILURE;
		else if (span_equal_nocase(word, SPAN("DELAY")))
			bit = SMTP_NOTIFY_DELAY;
		else
			return false;
		*notify |= bit;
	}
	/* RFC 3461 4.1: NEVER stands alone */
	return (*notify & SMTP_NOTIFY_NEVER) == 0 ||
	    *notify == SMTP_NOTIFY_NEVER;
}

/* ORCPT=rfc822;xtext: the type stays in front of the decoded address. */
static bool
parse_orcpt(struct span value, struct smtp_command *command)
{
	struct span type, rest = value;
	size_t len;

	if (value.len > SMTP_ORCPT_BYTES_MAX ||
	    !span_cut(&rest, ';', &type) || type.len == 0 || rest.len == 0)
		return false;
	for (size_t i = 0; i < type.len; i++)
		if (!ascii_is_alpha(type.ptr[i]) &&
		    !ascii_is_digit(type.ptr[i]) && type.ptr[i] != '-')
			return false;
	memcpy(command->decoded, type.ptr, type.len);
	command->decoded[type.len] = ';';
	if (!smtp_xtext_decode(rest, command->decoded + type.len + 1,
	    sizeof(command->decoded) - type.len - 1, &len))
		return false;
	command->orcpt = (struct span){ command->decoded, type.len + 1 + len };
	for (size_t i = 0; i < command->orcpt.len; i++)
		if (command->orcpt.ptr[i] >= 0x80)
			command->orcpt_utf8 = true;
	return true;
}

static bool
parse_envid(struct span value, struct smtp_command *command)
{
	size_t len;

	if (!smtp_xtext_decode(value, command->decoded,
	    SMTP_ENVID_BYTES_MAX, &len))
		return false;
	command->envid = (struct span){ command->decoded, len };
	for (size_t i = 0; i < len; i++)
		if (command->decoded[i] >= 0x80)
			return false;	/* RFC 3461 4.4: printable ASCII */
	return true;
}

static bool
parse_value(enum parameter parameter, struct span value,
    struct smtp_command *command)
{
	switch (parameter) {
	case PARAMETER_SIZE:
		return span_decimal(value, UINT64_MAX, &command->size_bytes);
	case PARAMETER_BODY:
		command->eightbit = span_equal_nocase(value, SPAN("8BITMIME"));
		return command->eightbit ||
		    span_equal_nocase(value, SPAN("7BIT"));
	case PARAMETER_SMTPUTF8:
		command->smtputf8 = true;
		return true;
	case PARAMETER_RET:
		command->ret = span_equal_nocase(value, SPAN("FULL")) ?
		    SMTP_RET_FULL : SMTP_RET_HDRS;
		return command->ret == SMTP_RET_FULL ||
		    span_equal_nocase(value, SPAN("HDRS"));
	case PARAMETER_ENVID:
		return parse_envid(value, command);
	case PARAMETER_AUTH:
		return true;	/* RFC 4954 5.: may be given, is not trusted */
	case PARAMETER_NOTIFY:
		return parse_notify(value, &command->notify);
	case PARAMETER_ORCPT:
		return parse_orcpt(value, command);
	}
	return false;
}

static const struct smtp_reply *
parse_parameter(struct span word, struct smtp_command *command,
    unsigned *seen)
{
	struct span name, value = word;
	bool has_value = span_cut(&value, '=', &name);

	for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]);
	    i++) {
		unsigned bit = 1u << parameters[i].parameter;

		if (parameters[i].verb != command->verb ||
		    !span_equal_nocase(name, span_str(parameters[i].name)))
			continue;
		if (*seen & bit)
			return &reply_twice;
		*seen |= bit;
		if (has_value != parameters[i].value ||
		    (has_value && value.len == 0) ||
		    !parse_value(parameters[i].parameter, value, command))
			return &reply_value;
		return NULL;
	}
	return &reply_parameter;
}

/* "FROM:<...> PARAMETER ..." and "TO:<...> ..." */
static const struct smtp_reply *
parse_path(struct span rest, struct smtp_command *command)
{
	struct span word = command->verb == SMTP_MAIL ? SPAN("FROM:") :
	    SPAN("TO:");
	const struct smtp_reply *reply, *bad;
	unsigned seen = 0;

	bad = command->verb == SMTP_MAIL ? &reply_sender : &reply_recipient;
	if (!span_begins_nocase(rest, word))
		return &reply_argument;
	rest = span_sub(rest, word.len, rest.len);
	trim_blanks(&rest);	/* "FROM: <": wrong, and common */
	if (!smtp_path_take(&rest, &command->address))
		return bad;
	if (command->verb == SMTP_RCPT && command->address.whole.len == 0)
		return bad;
	if (rest.len > 0 && rest.ptr[0] != ' ')
		return bad;
	trim_blanks(&rest);
	while (rest.len > 0) {
		span_cut(&rest, ' ', &word);
		trim_blanks(&rest);
		reply = parse_parameter(word, command, &seen);
		if (reply != NULL)
			return reply;
	}
	return NULL;
}

static const struct smtp_reply *
parse_bdat(struct span rest, struct smtp_command *command)
{
	struct span number;

	command->last = span_cut(&rest, ' ', &number);
	trim_blanks(&rest);
	if (!span_decimal(number, UINT64_MAX, &command->size_bytes) ||
	    (command->last && !span_equal_nocase(rest, SPAN("LAST"))))
		return &reply_argument;
	return NULL;
}

static const struct smtp_reply *
parse_hello(struct span rest, struct smtp_command *command)
{
	span_cut(&rest, ' ', &command->hello);
	return smtp_hello_check(command->hello) ? NULL : &reply_argument;
}

static enum smtp_verb
find_verb(struct span word)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (span_equal_nocase(word, span_str(verbs[i].name)))
			return verbs[i].verb;
	return SMTP_UNKNOWN;
}

static const struct smtp_reply *
parse_argument(struct span rest, struct smtp_command *command)
{
	switch (command->verb) {
	case SMTP_EHLO:
	case SMTP_HELO:
		return parse_hello(rest, command);
	case SMTP_MAIL:
	case SMTP_RCPT:
		return parse_path(rest, command);
	case SMTP_BDAT:
		return parse_bdat(rest, command);
	case SMTP_DATA:
	case SMTP_RSET:
	case SMTP_QUIT:
		return rest.len == 0 ? NULL : &reply_no_argument;
	case SMTP_VRFY:
		return rest.len > 0 ? NULL : &reply_argument;
	case SMTP_NOOP:
	case SMTP_HELP:
		return NULL;
	case SMTP_EXPN:
	case SMTP_OTHER:
		return &reply_other;
	case SMTP_FOREIGN:
		return &reply_foreign;
	case SMTP_UNKNOWN:
		break;
	}
	return &reply_unknown;
}

const struct smtp_reply *
smtp_command_parse(struct span line, struct smtp_command *command)
{
	struct span word;

	/* decoded is left as it is: it is large, and written before read */
	memset(command, 0, offsetof(struct smtp_command, decoded));
	command->verb = SMTP_UNKNOWN;
	if (has_controls(line))
		return &reply_bytes;
	span_cut(&line, ' ', &word);
	trim_blanks(&line);
	command->verb = find_verb(word);
	return parse_argument(line, command);
}
