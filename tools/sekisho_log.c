/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sekisho log: the audit log. It reads the files and does not ask the
 * gateway; with a copy of the folder and of the public key it works on any
 * other machine.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../gateway/audit/audit_check.h"
#include "../gateway/base/durable.h"
#include "../gateway/base/json.h"
#include "control.h"
#include "log_show.h"
#include "options.h"

#define FINDINGS_SHOWN	20
#define LAST_DEFAULT	20
#define LAST_MAX	1000000
#define PATH_BYTES	4096
#define KEY_BYTES_MAX	4096

static const char help[] =
    "usage: sekisho log verify [--key FILE] [--json] [--state DIR] [FOLDER]\n"
    "       sekisho log tail [-f] [--last N] [--json] [--state DIR] "
    "[FOLDER]\n"
    "       sekisho log mask [--name] [--subject] [--state DIR] TEXT\n"
    "       sekisho log search BY... [--limit N] [--count] [--json]\n"
    "             [--index FILE] [--rebuild] [--state DIR] [FOLDER]\n"
    "\n"
    "The audit log: what became of each mail, flows, rules, what\n"
    "administrators did, starts and crashes. FOLDER is STATE/audit.\n"
    "\n"
    "  verify     is every record as it was written, and is the end there?\n"
    "             Names the first one that is not.\n"
    "  --key FILE the public key that seals must be of (default:\n"
    "             audit.pub beside FOLDER; who checks should have his own\n"
    "             copy, as who can change the log can change that file)\n"
    "  tail       the newest records, a line each\n"
    "  --last N   that many (20)\n"
    "  -f --follow  and those to come, until interrupted\n"
    "  --json     records as they stand; of verify the result\n"
    "  search     the records that fit all of these, by time:\n"
    "  --receipt R   of this mail\n"
    "  --sender A, --recipient A   a mail address; @example.jp: of this\n"
    "             domain; info@*: that begin so\n"
    "  --address IP  the peer or an end of a flow; also a network\n"
    "  --rule R   file:line, a name or a route; town.rules:* begins so\n"
    "  --outcome O   what became of it: outcome, act, event or reason\n"
    "  --type T   start, mail, flow and others, see sekisho-audit(5)\n"
    "  --since T --until T   from T on, before T: 2026-11-27 (until: with\n"
    "             that day) or 2026-11-27T09:00:00+09:00\n"
    "  --limit N  no more than the newest N\n"
    "  --count    only how many they are\n"
    "  --index FILE  the index by which they are found (default: in\n"
    "             FOLDER-index; it is brought up to date by each search)\n"
    "  --rebuild  make the index anew first\n"
    "  mask       what records have in place of an address when names are\n"
    "             masked (audit in sekisho.rules(5)); the key is for root\n"
    "  --name, --subject  TEXT is the name of a file, or a subject\n"
    "\n"
    "exit status: 0 done, whole, or found, 1 not whole, or nothing found,\n"
    "2 usage, 3 no such folder or key, or not an index, 4 the system failed\n";

struct wish {
	struct control_options control;
	bool		 follow, name, subject;
	const char	*key, *last_text;
	uint64_t	 last;
	struct log_search search;
	char		 folder[PATH_BYTES], key_path[PATH_BYTES];
};

static int
trouble(const char *what, const char *why, int status)
{
	fprintf(stderr, "sekisho log: %s: %s\n", what, why);
	return status;
}

/* ---- verify ---- */

struct verdict {
	bool		 json;
	unsigned	 shown;
	struct json	 list;
	struct buf	 buf;
};

static void
on_finding(void *arg, const struct audit_finding *finding)
{
	struct verdict *verdict = arg;

	if (verdict->shown++ >= FINDINGS_SHOWN)
		return;
	if (verdict->json) {
		json_object(&verdict->list, NULL);
		json_str(&verdict->list, "file", finding->file);
		json_u64(&verdict->list, "line", finding->line);
		json_u64(&verdict->list, "record", finding->seq);
		json_str(&verdict->list, "what", finding->what);
		json_object_end(&verdict->list);
	} else if (finding->line > 0) {
		printf("%s:%" PRIu64 ": %s\n", finding->file, finding->line,
		    finding->what);
	} else {
		printf("%s: %s\n", finding->file, finding->what);
	}
}

/* NULL and an exit status: there is none. */
static struct audit_key *
open_key(const struct wish *wish, int *status)
{
	const char *path = wish->key != NULL ? wish->key : wish->key_path;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct audit_key *key = NULL;
	struct buf text;

	*status = EXIT_REFUSED;
	if (fd == -1) {
		(void)trouble(path, strerror(errno), 0);
		return NULL;
	}
	buf_init(&text, KEY_BYTES_MAX);
	if (pread_whole(fd, &text, NULL) == OK)
		key = audit_key_read(buf_span(&text));
	if (key == NULL)
		(void)trouble(path, "is not an Ed25519 key in PEM", 0);
	buf_fini(&text);
	close(fd);
	return key;
}

static void
show_totals(const struct audit_check *check)
{
	if (check->records == 0)
		printf("no records\n");
	else
		printf("records %" PRIu64 " to %" PRIu64 " in %" PRIu64
		    " files (%" PRIu64 " sealed), %" PRIu64 " bytes\n",
		    check->first, check->last.seq, check->files,
		    check->sealed, check->bytes);
	if (check->erased_by > 0)
		printf("those before were erased when their time was over, "
		    "as record %" PRIu64 " proves\n", check->erased_by);
	if (check->unsealed > 0)
		printf("%" PRIu64 " records are newer than the last "
		    "signature\n", check->unsealed);
	if (check->torn)
		printf("the last line is not finished: it is just being "
		    "written, or the power went\n");
	if (check->findings > FINDINGS_SHOWN)
		printf("and %" PRIu64 " findings more\n",
		    check->findings - FINDINGS_SHOWN);
	printf("%s\n", check->findings == 0 ? "the log is whole" :
	    "THE LOG IS NOT WHOLE");
}

static enum err
show_json(struct verdict *verdict, const struct audit_check *check)
{
	struct json *json = &verdict->list;

	json_array_end(json);
	json_bool(json, "whole", check->findings == 0);
	json_u64(json, "count", check->findings);
	json_u64(json, "first", check->first);
	json_u64(json, "last", check->last.seq);
	if (check->erased_by > 0)
		json_u64(json, "erased_by", check->erased_by);
	json_u64(json, "records", check->records);
	json_u64(json, "files", check->files);
	json_u64(json, "sealed", check->sealed);
	json_u64(json, "unsigned", check->unsealed);
	json_u64(json, "bytes", check->bytes);
	json_bool(json, "torn", check->torn);
	json_object_end(json);
	return json_end(json) != OK ? json->err :
	    buf_add_byte(&verdict->buf, '\n');
}

static int
verify(const struct wish *wish, int dir)
{
	struct verdict verdict = { .json = wish->control.json };
	struct audit_check check = { .finding = on_finding, .arg = &verdict };
	struct audit_key *key;
	struct diag diag = { .what = "" };
	int status;
	enum err err;

	if ((key = open_key(wish, &status)) == NULL)
		return status;
	check.key = key;
	buf_init(&verdict.buf, OUTPUT_BYTES_MAX);
	json_init(&verdict.list, &verdict.buf);
	json_object(&verdict.list, NULL);
	json_array(&verdict.list, "findings");
	err = audit_check_folder(&check, dir, &diag);
	audit_key_free(key);
	status = check.findings == 0 ? EXIT_DONE : EXIT_NO;
	if (err == OK && verdict.json)
		err = show_json(&verdict, &check);
	else if (err == OK)
		show_totals(&check);
	if (err != OK)
		status = trouble(diag.what, diag.errnum != 0 ?
		    strerror(diag.errnum) : err_name(err), EXIT_SYSTEM);
	if (verdict.json && err == OK)
		return output(&verdict.buf, status);
	buf_fini(&verdict.buf);
	return status;
}

/* ---- the command ---- */

static int
tail(const struct wish *wish, int dir)
{
	const struct log_tail how = { .dir = dir, .last = wish->last,
		.json = wish->control.json, .follow = wish->follow };
	struct diag diag = { .what = "" };

	if (log_tail(&how, &diag) == OK)
		return EXIT_DONE;
	return trouble(diag.what, diag.errnum != 0 ? strerror(diag.errnum) :
	    err_name(diag.err), EXIT_SYSTEM);
}

static int
arguments(int argc, char **argv, struct wish *wish)
{
	struct log_search *search = &wish->search;
	const struct option_row rows[] = {
		{ .name = "receipt", .text = &search->by[SEARCH_BY_RECEIPT] },
		{ .name = "sender", .text = &search->by[SEARCH_BY_SENDER] },
		{ .name = "recipient",
		    .text = &search->by[SEARCH_BY_RECIPIENT] },
		{ .name = "address", .text = &search->by[SEARCH_BY_ADDRESS] },
		{ .name = "rule", .text = &search->by[SEARCH_BY_RULE] },
		{ .name = "outcome", .text = &search->by[SEARCH_BY_OUTCOME] },
		{ .name = "type", .text = &search->by[SEARCH_BY_TYPE] },
		{ .name = "since", .text = &search->since },
		{ .name = "until", .text = &search->until },
		{ .name = "limit", .text = &search->limit },
		{ .name = "count", .flag = &search->count },
		{ .name = "index", .text = &search->index },
		{ .name = "rebuild", .flag = &search->rebuild },
		{ .name = "follow", .letter = 'f', .flag = &wish->follow },
		{ .name = "key", .text = &wish->key },
		{ .name = "name", .flag = &wish->name },
		{ .name = "subject", .flag = &wish->subject },
		{ .name = "last", .text = &wish->last_text },
		{ .name = "json", .flag = &wish->control.json },
		{ .name = "state", .text = &wish->control.state },
		{ .name = NULL }
	};
	int status = options_read(argc, argv, help, rows);

	if (status != -1)
		return status;
	if (optind == argc)
		return usage_error(argv[0], "verify, tail, search or mask?");
	if (argc - optind > 2)
		return usage_error(argv[0], "unexpected '%s'",
		    argv[optind + 2]);
	wish->last = LAST_DEFAULT;
	if (wish->last_text != NULL && !span_decimal(span_str(
	    wish->last_text), LAST_MAX, &wish->last))
		return usage_error(argv[0], "--last wants a number up to %d",
		    LAST_MAX);
	control_state(&wish->control);
	snprintf(wish->folder, sizeof(wish->folder), "%s/audit",
	    wish->control.state);
	if (argc - optind == 2)
		snprintf(wish->folder, sizeof(wish->folder), "%s",
		    argv[optind + 1]);
	snprintf(wish->key_path, sizeof(wish->key_path), "%.4000s/../audit.pub",
	    wish->folder);
	return -1;
}

int
cmd_log(int argc, char **argv)
{
	struct wish wish = { .key = NULL };
	struct search_wish by;
	int status = arguments(argc, argv, &wish), dir;
	const char *verb;

	if (status != -1)
		return status;
	verb = argv[optind];
	if (strcmp(verb, "mask") == 0)
		return optind + 1 < argc ? log_mask(wish.control.state,
		    argv[optind + 1], wish.name, wish.subject) :
		    usage_error(argv[0], "whom to mask is missing");
	if (strcmp(verb, "verify") != 0 && strcmp(verb, "tail") != 0 &&
	    strcmp(verb, "search") != 0)
		return usage_error(argv[0], "unknown '%s': verify, tail, "
		    "search or mask?", verb);
	if (verb[0] == 's') {
		status = log_search_wish(&wish.search, &by);
		if (status != -1)
			return status;
	} else if (log_search_used(&wish.search)) {
		return usage_error(argv[0], "an option of search with %s",
		    verb);
	}
	dir = open(wish.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir == -1)
		return trouble(wish.folder, strerror(errno), EXIT_REFUSED);
	wish.search.dir = dir;
	wish.search.folder = wish.folder;
	wish.search.json = wish.control.json;
	status = verb[0] == 'v' ? verify(&wish, dir) : verb[0] == 't' ?
	    tail(&wish, dir) : log_search(&wish.search, &by);
	close(dir);
	return status;
}
