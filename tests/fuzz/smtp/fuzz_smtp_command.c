/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any line: parsed or refused; what is parsed holds what smtp_command.h
 * promises, above all that an address can be written into a command.
 */
#include <stddef.h>
#include <stdint.h>

#include "../../../gateway/smtp/smtp_command.h"
#include "../../../gateway/smtp/smtp_xtext.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_address(struct span s)
{
	struct smtp_address address;
	bool quoted = s.len > 0 && s.ptr[0] == '"';

	if (s.len == 0)
		return;
	require(smtp_mailbox_parse(s, &address));
	require(span_equal(address.whole, s));
	require(address.local.len <= SMTP_LOCAL_BYTES_MAX);
	require(address.domain.len <= SMTP_DOMAIN_BYTES_MAX);
	for (size_t i = 0; i < s.len; i++) {
		require(s.ptr[i] >= ' ' && s.ptr[i] != 0x7f);
		require(quoted || (s.ptr[i] != ' ' && s.ptr[i] != '<' &&
		    s.ptr[i] != '>'));
		require(address.utf8 || s.ptr[i] < 0x80);
	}
}

static void
check_text(struct span s, size_t max)
{
	require(s.len <= max);
	for (size_t i = 0; i < s.len; i++)
		require(s.ptr[i] >= ' ' && s.ptr[i] != 0x7f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct smtp_command command;
	const struct smtp_reply *reply;
	struct buf out;

	if (size > SMTP_COMMAND_BYTES_MAX)
		size = SMTP_COMMAND_BYTES_MAX;
	reply = smtp_command_parse((struct span){ data, size }, &command);
	if (reply != NULL) {
		require(reply->code >= 500 && reply->code < 600);
		return 0;
	}
	check_address(command.address.whole);
	check_text(command.envid, SMTP_ENVID_BYTES_MAX);
	check_text(command.orcpt, SMTP_ORCPT_BYTES_MAX);
	check_text(command.hello, SMTP_DOMAIN_BYTES_MAX);
	require(command.notify < 16);
	buf_init(&out, 4 * SMTP_ORCPT_BYTES_MAX);
	require(smtp_xtext_encode(command.orcpt, &out) == OK);
	buf_fini(&out);
	return 0;
}
