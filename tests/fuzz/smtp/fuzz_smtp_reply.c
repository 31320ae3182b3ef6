/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A next hop that says anything: the client must end in ready or closed,
 * give each recipient at most one result, all of them before it is ready
 * again, and never write a command that is not one.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "../../../gateway/smtp/smtp_client.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAILS_MAX	4

struct owner {
	struct smtp_client client;
	unsigned	 mails;
	bool		 under_way;
	bool		 closed;
	bool		 has_result[3];
};

static const struct smtp_client_recipient recipients[] = {
	{ SPAN("c@d"), SPAN("rfc822;c@d"), SMTP_NOTIFY_FAILURE },
	{ SPAN("\xe5\xb1\xb1@d"), SPAN(""), 0 },
	{ SPAN("bad address"), SPAN(""), 0 },
};
static const struct smtp_client_mail mail = {
	.sender = SPAN("a@b"), .envid = SPAN("x y"), .ret = SMTP_RET_FULL,
	.recipients = recipients, .recipients_n = 3,
	.body = SPAN("Subject: x\r\n\r\n.dot\r\n"),
};

static void
on_ready(void *arg)
{
	struct owner *o = arg;

	require(!o->closed);
	for (size_t i = 0; i < 3; i++)
		require(!o->under_way || o->has_result[i]);
	o->under_way = o->mails < MAILS_MAX;
	memset(o->has_result, 0, sizeof(o->has_result));
	if (o->mails++ < MAILS_MAX)
		smtp_client_mail(&o->client, &mail);
	else
		smtp_client_quit(&o->client);
}

static void
on_result(void *arg, uint32_t i, const struct smtp_client_outcome *outcome)
{
	struct owner *o = arg;

	require(o->under_way && !o->closed && i < 3 && !o->has_result[i]);
	require(outcome->class == 2 || outcome->class == 4 ||
	    outcome->class == 5);
	require(outcome->text.len <= SMTP_REPLY_TEXT_BYTES_MAX);
	/* nobody gets this mail by a broken address */
	require(i != 2 || outcome->class == 5 || outcome->class == 4);
	o->has_result[i] = true;
}

static void
on_closed(void *arg, const struct smtp_client_outcome *outcome)
{
	struct owner *o = arg;

	require(!o->closed && outcome->class >= 2 && outcome->class <= 5);
	o->closed = true;
}

static const struct smtp_client_owner calls = {
	on_ready, on_result, on_closed
};

static void
write_some(struct owner *o, size_t step)
{
	struct iovec iov[2];
	size_t n, len = 0;

	n = smtp_client_output(&o->client, iov, 2);
	for (size_t i = 0; i < n; i++) {
		require(iov[i].iov_len > 0);
		len += iov[i].iov_len;
	}
	if (len > 0)
		smtp_client_written(&o->client, len < step ? len : step);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = { data, size };
	struct owner o;
	size_t step;

	if (size == 0)
		return 0;
	step = 1 + data[0] % 64u;
	memset(&o, 0, sizeof(o));
	smtp_client_init(&o.client, SPAN("gw.example"), &calls, &o);
	while (rest.len > 0 && !o.closed) {
		write_some(&o, data[0] & 1 ? step : SIZE_MAX);
		smtp_client_input(&o.client, span_sub(rest, 0, step));
		rest = span_sub(rest, step, rest.len);
		(void)smtp_client_timeout_ms(&o.client);
	}
	smtp_client_lost(&o.client, "end");
	require(o.closed);
	smtp_client_fini(&o.client);
	return 0;
}
