/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The part of `sekisho status` about what was loaded, and whether it is still
 * what is there: the text on the disk, the image in memory, the table in the
 * kernel, each against its digest. Then cuts, and tunables.
 */
#include <string.h>

#include "../proc/row.h"
#include "sekishod_internal.h"

struct answer {
	struct client	*client;
	struct row	*row;
	uint32_t	*rows;
	struct buf	*trouble;
	bool		 alive;
};

static void
add_trouble(struct answer *answer, const char *what)
{
	/* full: the rest is in the rows */
	if (buf_printf(answer->trouble, "%s\n", what) != OK)
		return;
}

/* ---- disk and memory ---- */

static const char *
disk_state(const struct gateway *gateway)
{
	const struct config *config = &gateway->config;
	static struct rule_set set;
	static struct generation g;
	struct diag diag;
	enum err err;

	err = generation_read(&gateway->generations, config->generation, &g,
	    &diag);
	if (err == OK) {
		/* compares the files with the digest of the generation */
		err = generation_files(&gateway->generations, &g, &set,
		    &diag);
		rule_set_fini(&set);
	}
	if (err == ERR_SYSTEM)
		return "unreadable";
	return err == OK && memcmp(g.text, config->text, sizeof(g.text)) ==
	    0 ? "unchanged" : "changed";
}

static const char *
memory_state(const struct config *config)
{
	uint8_t digest[DIGEST_BYTES];

	digest_span(config->bytes, digest);
	return memcmp(digest, config->digest, sizeof(digest)) == 0 ?
	    "unchanged" : "changed";
}

static void
put_rules(struct answer *answer)
{
	const struct gateway *gateway = answer->client->gateway;
	const char *disk = disk_state(gateway);
	const char *memory = memory_state(&gateway->config);

	row_str(answer->row, "rules_on_disk", disk);
	row_str(answer->row, "image_in_memory", memory);
	if (strcmp(disk, "unchanged") != 0)
		add_trouble(answer, "the rules in force are not on the disk "
		    "as they were written: a restart would not find them");
	if (strcmp(memory, "unchanged") != 0)
		add_trouble(answer, "the image of the rules has changed in "
		    "memory: restart the gateway, and suspect the machine");
}

/* ---- kernel ---- */

static const char *
table_name(enum packet_table table)
{
	switch (table) {
	case TABLE_SAME:
		return "unchanged";
	case TABLE_CHANGED:
		return "changed";
	case TABLE_GONE:
		return "gone";
	case TABLE_UNKNOWN:
		break;
	}
	return "unknown";
}

/* Rows of one kind behind each other; the one of the table comes later. */
static void
on_wrong(void *arg, const char *name, const char *is, const char *wanted,
    bool bad)
{
	struct answer *answer = arg;

	if (!answer->alive)
		return;
	row_clear(answer->row);
	row_str(answer->row, "tunable", name);
	row_str(answer->row, "is", is);
	row_str(answer->row, "wanted", wanted);
	row_str(answer->row, "bad", bad ? "yes" : "no");
	answer->alive = control_row(answer->client, answer->row);
	(*answer->rows)++;
}

static void
put_kernel(struct answer *answer, const struct packet_look *look)
{
	const struct gateway *gateway = answer->client->gateway;
	struct row *row = answer->row;
	char hex[DIGEST_HEX_BYTES];
	bool heard = control_counter(gateway, COUNTER_DROPS_HEARD) > 0;

	digest_hex(gateway->table_digest, hex);
	row_str(row, "table", table_name(look->table));
	row_str(row, "table_sha256", hex);
	row_str(row, "queue_by", gateway->queue_native ? "nftables" :
	    "xtables");
	row_str(row, "flow_table", gateway->table_fast ? "yes" : "no");
	row_str(row, "drop_evidence", gateway->table_log && heard ? "yes" :
	    "no");
	row_str(row, "forwarding", look->forwards ? "yes" : "no");
	row_number(row, "epoch", gateway->table_epoch);
	row_number(row, "cuts", gateway->cuts.n);
	if (packet_pending(gateway))
		row_str(row, "pending", "the table of new rules or cuts");
	if (look->table == TABLE_CHANGED)
		add_trouble(answer, "somebody has changed the table in the "
		    "kernel: 'sekisho reload' does not mend it, a restart of "
		    "sekishod does");
	else if (look->table == TABLE_GONE)
		add_trouble(answer, "the table in the kernel is gone: "
		    "NOTHING IS FILTERED; restart sekishod");
	else if (look->table == TABLE_UNKNOWN)
		add_trouble(answer, "the table in the kernel cannot be read");
	if (gateway->table_log && !heard)
		add_trouble(answer, "sekisho-packet does not hear what the "
		    "kernel drops: it leaves no evidence");
	if (!look->tuned)
		add_trouble(answer, "tunables of the kernel are not as a "
		    "gateway needs them");
}

bool
control_packet_rows(struct client *client, struct row *row, uint32_t *rows,
    struct buf *trouble)
{
	const struct gateway *gateway = client->gateway;
	struct answer answer = { client, row, rows, trouble, true };
	struct packet_look look = { .wrong = on_wrong, .arg = &answer };

	if (!gateway->mail_only)
		packet_look(gateway, &look);
	if (!answer.alive)
		return false;
	row_clear(row);
	row_str(row, "packets", gateway->mail_only ? "left alone" :
	    "filtered");
	put_rules(&answer);
	if (!gateway->mail_only)
		put_kernel(&answer, &look);
	if (!control_row(client, row))
		return false;
	(*rows)++;
	return control_cut_rows(client, row, rows);
}
