/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One mail in the sending state machine: what the server cannot take is
 * found out before a command is sent (SIZE 1870, 8BITMIME 6152, SMTPUTF8
 * 6531); each recipient gets exactly one result. Addresses are checked again
 * here: what is written between < and > is an address whoever gave it.
 */
#include <inttypes.h>
#include <string.h>

#include "smtp_client_internal.h"
#include "smtp_xtext.h"

/* COUNTED: has a result, but the reply to his RCPT is still to come. */
enum { WAITS = 0, ACCEPTED, HAS_RESULT, COUNTED };

static void
give(struct smtp_client *client, uint32_t i, unsigned class, unsigned code,
    struct span text)
{
	struct smtp_client_outcome outcome = { class, code, text };

	if (client->recipient[i] == HAS_RESULT ||
	    client->recipient[i] == COUNTED)
		return;
	client->recipient[i] = HAS_RESULT;
	client->owner->result(client->arg, i, &outcome);
}

/* The same for all who have none yet. */
static void
give_all(struct smtp_client *client, unsigned class, unsigned code,
    struct span text)
{
	for (uint32_t i = 0; i < client->mail->recipients_n; i++)
		give(client, i, class, code, text);
}

static void
give_all_reply(struct smtp_client *client, unsigned class)
{
	give_all(client, class, client->reader.code,
	    smtp_reply_text(&client->reader));
}

/* Move next on to a recipient with a RCPT to come. False: there is none. */
static bool
find_next(struct smtp_client *client)
{
	while (client->next < client->mail->recipients_n &&
	    client->recipient[client->next] != WAITS &&
	    client->recipient[client->next] != COUNTED)
		client->next++;
	return client->next < client->mail->recipients_n;
}

static enum err
put_notify(struct smtp_client *client, uint8_t notify)
{
	static const char *const names[] = {
		"NEVER", "SUCCESS", "FAILURE", "DELAY"
	};
	const char *before = " NOTIFY=";
	enum err err = OK;

	for (unsigned bit = 0; bit < 4 && err == OK; bit++) {
		if ((notify & 1u << bit) == 0)
			continue;
		err = buf_printf(&client->out, "%s%s", before, names[bit]);
		before = ",";
	}
	return err;
}

static bool
is_ascii(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] >= 0x80)
			return false;
	return true;
}

/* "rfc822;a@b": the type as it is, the rest as xtext */
static enum err
put_orcpt(struct smtp_client *client, struct span orcpt)
{
	struct span type;
	enum err err;

	if (!is_ascii(orcpt) || !span_cut(&orcpt, ';', &type))
		return OK;
	for (size_t i = 0; i < type.len; i++)
		if (!ascii_is_alpha(type.ptr[i]) &&
		    !ascii_is_digit(type.ptr[i]) && type.ptr[i] != '-')
			return OK;
	err = buf_printf(&client->out, " ORCPT=%.*s;", (int)type.len,
	    (const char *)type.ptr);
	return err == OK ? smtp_xtext_encode(orcpt, &client->out) : err;
}

static enum err
put_mail(struct smtp_client *client)
{
	const struct smtp_client_mail *mail = client->mail;
	struct buf *out = &client->out;
	enum err err;

	err = buf_printf(out, "MAIL FROM:<%.*s>", (int)mail->sender.len,
	    (const char *)mail->sender.ptr);
	if (err == OK && client->extensions & SMTP_CLIENT_SIZE)
		err = buf_printf(out, " SIZE=%zu", mail->body.len);
	if (err == OK && mail->eightbit)
		err = buf_add_str(out, " BODY=8BITMIME");
	if (err == OK && client->utf8)
		err = buf_add_str(out, " SMTPUTF8");
	if (err == OK && client->extensions & SMTP_CLIENT_DSN) {
		if (mail->ret != SMTP_RET_DEFAULT)
			err = buf_add_str(out, mail->ret == SMTP_RET_FULL ?
			    " RET=FULL" : " RET=HDRS");
		if (err == OK && mail->envid.len > 0)
			err = buf_add_str(out, " ENVID=");
		if (err == OK)
			err = smtp_xtext_encode(mail->envid, out);
	}
	return err == OK ? buf_add_str(out, "\r\n") : err;
}

static enum err
put_rcpt(struct smtp_client *client, uint32_t i)
{
	const struct smtp_client_recipient *rcpt = &client->mail->recipients[i];
	enum err err;

	err = buf_printf(&client->out, "RCPT TO:<%.*s>",
	    (int)rcpt->address.len, (const char *)rcpt->address.ptr);
	if (err == OK && client->extensions & SMTP_CLIENT_DSN) {
		err = put_notify(client, rcpt->notify);
		if (err == OK && rcpt->orcpt.len > 0)
			err = put_orcpt(client, rcpt->orcpt);
	}
	return err == OK ? buf_add_str(&client->out, "\r\n") : err;
}

static bool
pipelining(const struct smtp_client *client)
{
	return (client->extensions & SMTP_CLIENT_PIPELINING) != 0;
}

/* All of a mail's commands (pipelining), or the first one. */
static enum err
put_commands(struct smtp_client *client)
{
	enum err err = OK;

	client->state = client->dirty ? SMTP_CLIENT_RSET : SMTP_CLIENT_MAIL;
	if (client->dirty)
		err = buf_add_str(&client->out, "RSET\r\n");
	if (!pipelining(client))
		return err == OK && !client->dirty ? put_mail(client) : err;
	if (err == OK)
		err = put_mail(client);
	for (uint32_t i = 0; i < client->mail->recipients_n && err == OK; i++)
		if (client->recipient[i] == WAITS)
			err = put_rcpt(client, i);
	return err == OK ? buf_add_str(&client->out, "DATA\r\n") : err;
}

/* Without pipelining: one command now. */
static void
put_one(struct smtp_client *client, enum err err)
{
	if (err != OK)
		smtp_client_lost(client, "no memory");
}

static bool
check_address(struct span s, bool *utf8)
{
	struct smtp_address address;

	if (!smtp_mailbox_parse(s, &address))
		return false;
	*utf8 = address.utf8;
	return true;
}

/* Results for all whom this server cannot serve. */
static void
check_recipients(struct smtp_client *client)
{
	bool can_utf8 = (client->extensions & SMTP_CLIENT_SMTPUTF8) != 0;

	for (uint32_t i = 0; i < client->mail->recipients_n; i++) {
		bool utf8 = false;

		if (!check_address(client->mail->recipients[i].address,
		    &utf8))
			give(client, i, 5, 0, SPAN("5.1.3 bad address"));
		else if (utf8 && !can_utf8)
			give(client, i, 5, 0, SPAN("5.6.7 the next hop does "
			    "not offer SMTPUTF8 for this address"));
		else if (utf8)
			client->utf8 = true;
	}
}

static void
check_mail(struct smtp_client *client)
{
	const struct smtp_client_mail *mail = client->mail;
	bool utf8 = false;

	if (mail->sender.len > 0 && !check_address(mail->sender, &utf8)) {
		give_all(client, 5, 0, SPAN("5.1.7 bad sender address"));
		return;
	}
	client->utf8 = utf8 || mail->smtputf8;
	if (client->utf8 && !(client->extensions & SMTP_CLIENT_SMTPUTF8))
		give_all(client, 5, 0, SPAN("5.6.7 the next hop does not "
		    "offer SMTPUTF8, which this mail needs"));
	else if (mail->eightbit && !(client->extensions & SMTP_CLIENT_8BITMIME))
		give_all(client, 5, 0, SPAN("5.6.3 the next hop does not "
		    "offer 8BITMIME, which this mail needs"));
	else if (client->size_bytes_max > 0 &&
	    mail->body.len > client->size_bytes_max)
		give_all(client, 5, 0, SPAN("5.3.4 the mail is larger than "
		    "the next hop takes"));
	else
		check_recipients(client);
}

void
smtp_client_mail(struct smtp_client *client,
    const struct smtp_client_mail *mail)
{
	require(client->state == SMTP_CLIENT_READY);
	require(mail->recipients_n > 0 &&
	    mail->recipients_n <= SMTP_RECIPIENTS_MAX);
	client->mail = mail;
	client->next = client->accepted_n = client->replies = 0;
	client->mail_refused = client->utf8 = false;
	memset(client->recipient, WAITS, sizeof(client->recipient));
	check_mail(client);
	if (!find_next(client))
		smtp_client_become_ready(client);
	else if (put_commands(client) != OK)
		smtp_client_lost(client, "no memory");
}

/* All RCPTs have their reply. */
static void
after_recipients(struct smtp_client *client)
{
	if (client->accepted_n == 0 && !pipelining(client)) {
		client->dirty = !client->mail_refused;
		smtp_client_become_ready(client);
		return;
	}
	client->state = SMTP_CLIENT_DATA;
	if (!pipelining(client))
		put_one(client, buf_add_str(&client->out, "DATA\r\n"));
}

/* With pipelining the replies to RCPT come all the same: count them off. */
static void
refuse_mail(struct smtp_client *client, unsigned class)
{
	client->mail_refused = true;
	for (uint32_t i = 0; i < client->mail->recipients_n; i++) {
		if (client->recipient[i] != WAITS)
			continue;
		give(client, i, class, client->reader.code,
		    smtp_reply_text(&client->reader));
		client->recipient[i] = COUNTED;
	}
}

static bool
on_mail(struct smtp_client *client, unsigned class)
{
	if (class == 3)
		return false;
	client->dirty = false;
	if (class != 2) {
		refuse_mail(client, class);
		if (!pipelining(client)) {
			smtp_client_become_ready(client);
			return true;
		}
	}
	client->state = SMTP_CLIENT_RCPT;
	if (!pipelining(client))
		put_one(client, put_rcpt(client, client->next));
	return true;
}

static bool
on_rcpt(struct smtp_client *client, unsigned class)
{
	uint32_t i = client->next;

	if (class == 3)
		return false;
	if (client->recipient[i] == COUNTED)
		client->recipient[i] = HAS_RESULT;
	else if (class == 2) {
		client->recipient[i] = ACCEPTED;
		client->accepted_n++;
	} else {
		/* RFC 5321 4.5.3.1.10: 552 here is a wrong 452 */
		give(client, i, client->reader.code == 552 ? 4 : class,
		    client->reader.code, smtp_reply_text(&client->reader));
	}
	if (!find_next(client))
		after_recipients(client);
	else if (!pipelining(client))
		put_one(client, put_rcpt(client, client->next));
	return true;
}

static bool
on_data(struct smtp_client *client, unsigned class)
{
	struct span body = client->mail->body;

	if (client->reader.code == 354) {
		/* RFC 2920 3.1: nobody is left, yet it goes on: send no text */
		if (client->accepted_n == 0)
			body.len = 0;
		smtp_stuffer_init(&client->stuffer, body);
		client->state = SMTP_CLIENT_TEXT;
		return true;
	}
	if (class < 4)
		return false;
	client->dirty = !client->mail_refused;
	give_all_reply(client, class);
	smtp_client_become_ready(client);
	return true;
}

static bool
on_end(struct smtp_client *client, unsigned class)
{
	if (class == 3)
		return false;
	client->dirty = false;
	if (class == 2 && client->accepted_n > 0)
		client->mails++;
	give_all_reply(client, class);
	smtp_client_become_ready(client);
	return true;
}

bool
smtp_client_mail_reply(struct smtp_client *client, unsigned class)
{
	client->replies++;
	switch ((enum smtp_client_state)client->state) {
	case SMTP_CLIENT_RSET:
		if (class != 2)
			return false;
		client->state = SMTP_CLIENT_MAIL;
		if (!pipelining(client))
			put_one(client, put_mail(client));
		return true;
	case SMTP_CLIENT_MAIL:
		return on_mail(client, class);
	case SMTP_CLIENT_RCPT:
		return on_rcpt(client, class);
	case SMTP_CLIENT_DATA:
		return on_data(client, class);
	case SMTP_CLIENT_END:
		return on_end(client, class);
	case SMTP_CLIENT_GREETING:
	case SMTP_CLIENT_EHLO:
	case SMTP_CLIENT_HELO:
	case SMTP_CLIENT_READY:
	case SMTP_CLIENT_TEXT:
	case SMTP_CLIENT_QUIT:
	case SMTP_CLIENT_CLOSED:
		break;
	}
	return false;
}
