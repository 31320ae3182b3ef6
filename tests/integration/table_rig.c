/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The functions of the table for shell scripts, with facts from the standard
 * input (table_facts.h):
 *	table_rig print|check|load|digest|counters|unload|flowtable|log
 *	table_rig queue FIRST N
 *	table_rig tunables look|set MAX
 * Exit: 0, or 3 for input that is refused, 4 for the system; the reason goes
 * to the standard error.
 */
#include <err.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../gateway/daemon/sekishod_table.h"
#include "table_facts.h"

static struct facts facts;

static int
result(enum err err, const struct diag *diag)
{
	if (err == OK)
		return 0;
	fprintf(stderr, "%s: %s%s%s\n", err_name(err), diag->what,
	    diag->errnum == 0 ? "" : ": ",
	    diag->errnum == 0 ? "" : strerror(diag->errnum));
	return err == ERR_SYSTEM ? 4 : 3;
}

static int
text(const char *what)
{
	struct diag diag = { 0 };
	struct buf out;
	enum err err;

	facts_read(&facts, stdin);
	buf_init(&out, TABLE_BYTES_MAX);
	err = table_write(&facts.facts, &out, &diag);
	if (err == OK && strcmp(what, "print") == 0)
		fwrite(out.ptr, 1, out.len, stdout);
	else if (err == OK && strcmp(what, "check") == 0)
		err = table_check(buf_span(&out), &diag);
	else if (err == OK)
		err = table_load(buf_span(&out), &diag);
	buf_fini(&out);
	return result(err, &diag);
}

static void
counter(void *arg, const char *name, uint64_t packets, uint64_t bytes)
{
	(void)arg;
	printf("%s %" PRIu64 " %" PRIu64 "\n", name, packets, bytes);
}

static void
tunable(void *arg, const struct table_tunable *line)
{
	static const char *const results[] = { "was", "set", "wrong",
	    "missing" };

	(void)arg;
	printf("%s%s %s wanted %s was %s is %s%s%s\n",
	    line->bad ? "bad: " : "", results[line->result], line->name,
	    line->wanted, line->was, line->is,
	    line->errnum == 0 ? "" : ": ",
	    line->errnum == 0 ? "" : strerror(line->errnum));
}

static int
digest(void)
{
	uint8_t bytes[DIGEST_BYTES];
	char hex[DIGEST_HEX_BYTES];
	struct diag diag = { 0 };
	enum err err = table_digest(bytes, &diag);

	if (err == OK) {
		digest_hex(bytes, hex);
		puts(hex);
	}
	return result(err, &diag);
}

int
main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	struct diag diag = { 0 };
	bool native = false;
	enum err err;

	if (strcmp(what, "print") == 0 || strcmp(what, "check") == 0 ||
	    strcmp(what, "load") == 0)
		return text(what);
	if (strcmp(what, "digest") == 0)
		return digest();
	if (strcmp(what, "counters") == 0)
		return result(table_counters(counter, NULL, &diag), &diag);
	if (strcmp(what, "unload") == 0)
		return result(table_unload(&diag), &diag);
	if (strcmp(what, "flowtable") == 0) {
		facts_read(&facts, stdin);
		puts(table_has_flowtable(&facts.facts) ? "yes" : "no");
		return 0;
	}
	if (strcmp(what, "log") == 0) {
		puts(table_has_log() ? "yes" : "no");
		return 0;
	}
	if (strcmp(what, "queue") == 0 && argc == 4) {
		err = table_queue_rule((uint16_t)atoi(argv[2]),
		    (uint16_t)atoi(argv[3]), &native, &diag);
		if (err == OK)
			puts(native ? "native" : "target");
		return result(err, &diag);
	}
	if (strcmp(what, "tunables") == 0 && argc == 4) {
		facts_read(&facts, stdin);
		return result(table_tunables(&facts.facts,
		    (uint32_t)atoi(argv[3]), strcmp(argv[2], "set") == 0,
		    tunable, NULL, &diag), &diag);
	}
	errx(2, "see the source for how it is called");
}
