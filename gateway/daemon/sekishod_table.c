/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table by libnftables: text goes in as one transaction, and a listing
 * comes out. What the text cannot say, since it depends on what the kernel
 * has, is put before it by sekishod_table_netlink.c.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <nftables/libnftables.h>

#include "sekishod_table_internal.h"

#define COMMANDS_BYTES_MAX	(2 * (size_t)TABLE_BYTES_MAX)
#define QUEUE_TEXT_BYTES_MAX	4096

static enum err
context_new(struct nft_ctx **context, struct diag *diag)
{
	*context = nft_ctx_new(NFT_CTX_DEFAULT);
	if (*context == NULL || nft_ctx_buffer_error(*context) != 0 ||
	    nft_ctx_buffer_output(*context) != 0) {
		if (*context != NULL)
			nft_ctx_free(*context);
		return diag_set(diag, ERR_SYSTEM, "nftables: no memory");
	}
	/* no names of users and services: a listing is read by programs */
	nft_ctx_output_set_flags(*context, NFT_CTX_OUTPUT_STATELESS |
	    NFT_CTX_OUTPUT_NUMERIC_ALL);
	return OK;
}

/* The first line of what libnftables says. */
static enum err
refused(struct nft_ctx *context, const char *what, struct diag *diag)
{
	struct span line, all = span_str(nft_ctx_get_error_buffer(context));

	(void)span_cut(&all, '\n', &line);
	return diag_set(diag, ERR_INPUT, "%s: %.*s", what, (int)line.len,
	    (const char *)line.ptr);
}

static enum err
run(struct span text, bool dry, struct diag *diag)
{
	struct nft_ctx *context = NULL;
	struct buf commands;
	enum err err;

	buf_init(&commands, COMMANDS_BYTES_MAX);
	err = table_clear_way(text, &commands, diag);
	if (err == OK) {
		err = buf_add(&commands, text);
		if (err == OK)
			err = buf_add_byte(&commands, '\0');
		if (err != OK)
			(void)diag_set(diag, err, "nftables: text too long");
	}
	if (err == OK)
		err = context_new(&context, diag);
	if (err == OK) {
		nft_ctx_set_dry_run(context, dry);
		if (nft_run_cmd_from_buffer(context,
		    (const char *)commands.ptr) != 0)
			err = refused(context, "nftables", diag);
		nft_ctx_free(context);
	}
	buf_fini(&commands);
	return err;
}

enum err
table_check(struct span text, struct diag *diag)
{
	return run(text, true, diag);
}

enum err
table_load(struct span text, struct diag *diag)
{
	return run(text, false, diag);
}

enum err
table_unload(struct diag *diag)
{
	struct nft_ctx *context;
	enum err err = table_there(diag);

	if (err == ERR_POLICY)
		return OK;
	if (err == OK)
		err = context_new(&context, diag);
	if (err != OK)
		return err;
	if (nft_run_cmd_from_buffer(context, "delete table inet "
	    TABLE_NAME "\n") != 0)
		err = refused(context, "nftables", diag);
	nft_ctx_free(context);
	return err;
}

/*
 * Of a target of xtables the listing has no more than the name, and
 * libxtables complains of the family `inet` on the standard error, which
 * nothing but this can turn off. We have one thread.
 */
static int
list_quietly(struct nft_ctx *context)
{
	int saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	int rc;

	if (saved != -1 && null != -1)
		(void)dup2(null, STDERR_FILENO);
	rc = nft_run_cmd_from_buffer(context, "list table inet " TABLE_NAME
	    "\n");
	if (saved != -1 && null != -1)
		(void)dup2(saved, STDERR_FILENO);
	if (saved != -1)
		close(saved);
	if (null != -1)
		close(null);
	return rc;
}

enum err
table_digest(uint8_t digest[DIGEST_BYTES], struct diag *diag)
{
	struct nft_ctx *context;
	struct buf queue;
	struct digest state;
	enum err err = table_there(diag);

	if (err != OK)
		return err;
	err = context_new(&context, diag);
	if (err != OK)
		return err;
	buf_init(&queue, QUEUE_TEXT_BYTES_MAX);
	err = table_queue_text(&queue, diag);
	if (err == OK && list_quietly(context) != 0)
		err = refused(context, "nftables", diag);
	if (err == OK) {
		digest_init(&state);
		digest_add(&state,
		    span_str(nft_ctx_get_output_buffer(context)));
		digest_add(&state, buf_span(&queue));
		digest_end(&state, digest);
	}
	buf_fini(&queue);
	nft_ctx_free(context);
	return err;
}

/* A flow table with nothing around it, and a rule that would use it. */
static enum err
flowtable_text(const struct table_facts *facts, struct buf *out)
{
	const char *before = "{ ";
	enum err err = buf_add_str(out, "table inet " TABLE_NAME "-probe {\n"
	    "flowtable fast {\nhook ingress priority filter\ndevices = ");

	for (uint32_t i = 0; i < facts->segments_n && err == OK; i++) {
		if (facts->segments[i].cut)
			continue;
		err = buf_printf(out, "%s\"%s\"", before,
		    facts->segments[i].interface_name);
		before = ", ";
	}
	if (err == OK && before[0] == '{')
		return ERR_POLICY;	/* no device */
	if (err == OK)
		err = buf_add_str(out, " }\ncounter\n}\nchain forward {\n"
		    "type filter hook forward priority filter\n"
		    "flow add @fast\n}\n}\n");
	if (err == OK)
		err = buf_add_byte(out, '\0');
	return err;
}

/* The kernel is asked, and takes all of it back. */
static bool
would_take(const char *text)
{
	struct nft_ctx *context;
	bool has;

	if (context_new(&context, NULL) != OK)
		return false;
	nft_ctx_set_dry_run(context, true);
	has = nft_run_cmd_from_buffer(context, text) == 0;
	nft_ctx_free(context);
	return has;
}

bool
table_has_flowtable(const struct table_facts *facts)
{
	struct buf text;
	bool has;

	buf_init(&text, TABLE_BYTES_MAX);
	has = flowtable_text(facts, &text) == OK &&
	    would_take((const char *)text.ptr);
	buf_fini(&text);
	return has;
}

bool
table_has_log(void)
{
	return would_take("table inet " TABLE_NAME "-probe {\nchain probe {\n"
	    "limit rate 1/second burst 5 packets "
	    "log prefix \"sekisho\" group 1 snaplen 64\n}\n}\n");
}
