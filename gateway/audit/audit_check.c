/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audit_check.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/durable.h"
#include "audit_seal.h"

#define WHAT_BYTES	256

/* Of one run over the folder. */
struct walk {
	struct audit_check	*check;
	int			 dir;
	const struct audit_name	*name;
	struct audit_head	 head;		/* of what was read */
	bool			 begun;		/* a record was read */
	uint8_t			 before[DIGEST_BYTES];	/* of the first one */
	bool			 erased;	/* a record explains that */
	struct audit_seal	 signed_head;	/* file[0] 0: none */
	bool			 head_met;
	uint64_t		 line, first;
};

static void PRINTF(3, 4)
finding(struct walk *walk, uint64_t line, const char *fmt, ...)
{
	char what[WHAT_BYTES];
	const struct audit_finding found = { .file = walk->name != NULL ?
	    walk->name->text : AUDIT_HEAD_NAME, .line = line,
	    .seq = walk->head.seq, .what = what };
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	walk->check->findings++;
	if (walk->check->finding != NULL)
		walk->check->finding(walk->check->arg, &found);
}

/* ---- records ---- */

/* A record of what was erased tells the hash behind which the log begins. */
static void
look_for_erased(struct walk *walk, const struct audit_line *line)
{
	size_t at = span_find(line->members, SPAN("\"hash\":\""));
	uint8_t hash[DIGEST_BYTES];

	if (span_equal(line->type, SPAN("erased")) && audit_hex(span_sub(
	    line->members, at + 8, 2 * DIGEST_BYTES), hash) &&
	    memcmp(hash, walk->before, sizeof(hash)) == 0) {
		walk->erased = true;
		walk->check->erased_by = line->seq;
	}
}

static void
begin(struct walk *walk, const struct audit_line *line)
{
	static const uint8_t zeros[DIGEST_BYTES];

	walk->begun = true;
	walk->check->first = line->seq;
	memcpy(walk->before, line->prev, DIGEST_BYTES);
	walk->erased = line->seq == 1 &&
	    memcmp(line->prev, zeros, DIGEST_BYTES) == 0;
	walk->head.seq = line->seq - 1;
	memcpy(walk->head.hash, line->prev, DIGEST_BYTES);
}

static void
check_chain(struct walk *walk, const struct audit_line *line)
{
	uint64_t expected = walk->head.seq + 1;

	if (line->seq > expected)
		finding(walk, walk->line, "records %" PRIu64 " to %" PRIu64
		    " are missing before this line", expected, line->seq - 1);
	else if (line->seq < expected)
		finding(walk, walk->line, "record %" PRIu64 " stands where "
		    "%" PRIu64 " should", line->seq, expected);
	else if (memcmp(line->prev, walk->head.hash, DIGEST_BYTES) != 0)
		finding(walk, walk->line - 1, "record %" PRIu64 " was changed: "
		    "it is not what record %" PRIu64 " was chained to",
		    line->seq - 1, line->seq);
}

static void
check_record(struct walk *walk, struct span text, uint64_t end)
{
	const struct audit_seal *head = &walk->signed_head;
	struct audit_line line;

	walk->line++;
	walk->check->bytes += text.len;
	if (!audit_line_read(span_sub(text, 0, text.len - 1), &line)) {
		finding(walk, walk->line, "not a record");
		return;
	}
	if (!walk->begun)
		begin(walk, &line);
	check_chain(walk, &line);
	if (!walk->erased)
		look_for_erased(walk, &line);
	walk->check->records++;
	walk->check->unsealed++;
	if (walk->first == 0)
		walk->first = line.seq;
	walk->head.seq = line.seq;
	digest_span(text, walk->head.hash);
	if (end != head->bytes || strcmp(head->file, walk->name->text) != 0)
		return;
	walk->head_met = true;
	walk->check->unsealed = 0;
	if (line.seq != head->last.seq || memcmp(walk->head.hash,
	    head->last.hash, DIGEST_BYTES) != 0)
		finding(walk, walk->line, "record %" PRIu64 " is not what "
		    AUDIT_HEAD_NAME " signed", line.seq);
}

/* ---- seals ---- */

static enum err
read_small(int dir, const char *name, struct buf *out, struct diag *diag)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	enum err err;

	buf_clear(out);
	if (fd == -1)
		return errno == ENOENT ? ERR_AGAIN : diag_system(diag, name);
	err = pread_whole(fd, out, diag);
	close(fd);
	return err;
}

/* ERR_AGAIN: there is none, or (told) it is no good. */
static enum err
read_seal(struct walk *walk, const char *name, struct audit_seal *seal,
    struct diag *diag)
{
	struct buf text;
	enum err err;

	buf_init(&text, AUDIT_SEAL_BYTES_MAX);
	err = read_small(walk->dir, name, &text, diag);
	if (err == OK || err == ERR_LIMIT) {
		err = err == OK ? audit_seal_read(buf_span(&text),
		    walk->check->key, seal) : ERR_INPUT;
		if (err == ERR_POLICY)
			finding(walk, 0, "%s is not signed by the key", name);
		else if (err == ERR_INPUT)
			finding(walk, 0, "%s is damaged", name);
		if (err != OK)
			err = ERR_AGAIN;
	}
	buf_fini(&text);
	return err;
}

static enum err
check_seal(struct walk *walk, uint64_t bytes, bool last, struct diag *diag)
{
	char name[AUDIT_NAME_BYTES];
	struct audit_seal seal;
	uint64_t before = walk->check->findings;
	enum err err;

	audit_name_seal(walk->name, name);
	err = read_seal(walk, name, &seal, diag);
	if (err == ERR_AGAIN) {
		if (!last && walk->check->findings == before)
			finding(walk, 0, "%s is missing", name);
		return OK;
	}
	if (err != OK)
		return err;
	walk->check->sealed++;
	walk->check->unsealed = 0;
	if (strcmp(seal.file, walk->name->text) != 0)
		finding(walk, 0, "%s is the seal of another file", name);
	else if (seal.last.seq > walk->head.seq || seal.bytes > bytes)
		finding(walk, 0, "the end was cut off: %s knows records up to "
		    "%" PRIu64 " (%" PRIu64 " bytes)", name, seal.last.seq,
		    seal.bytes);
	else if (seal.bytes != bytes || seal.last.seq != walk->head.seq)
		finding(walk, 0, "written to after it was sealed: %s ends at "
		    "record %" PRIu64, name, seal.last.seq);
	else if (memcmp(seal.last.hash, walk->head.hash, DIGEST_BYTES) != 0)
		finding(walk, walk->line, "record %" PRIu64 " was changed: it "
		    "is not what %s signed", walk->head.seq, name);
	else if (walk->first != 0 && seal.first != walk->first)
		finding(walk, 1, "%s begins at record %" PRIu64, name,
		    seal.first);
	return OK;
}

/* ---- files ---- */

static enum err
check_lines(struct walk *walk, struct audit_reader *reader, bool last,
    struct diag *diag)
{
	struct span line;
	enum err err;

	while ((err = audit_reader_next(reader, &line, diag)) == OK)
		check_record(walk, line, reader->at);
	if (err == ERR_INPUT && last)
		walk->check->torn = true;
	else if (err == ERR_INPUT)
		finding(walk, walk->line + 1, "a line without its end");
	else if (err == ERR_LIMIT)
		finding(walk, walk->line + 1, "a line that is too long; what "
		    "follows in the file was not read");
	return err == ERR_SYSTEM ? err : OK;
}

static enum err
check_file(struct walk *walk, const struct audit_name *name, bool last,
    struct diag *diag)
{
	struct audit_reader reader;
	enum err err;
	int fd;

	walk->name = name;
	walk->line = walk->first = 0;
	fd = openat(walk->dir, name->text, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1)
		return diag_system(diag, name->text);
	audit_reader_init(&reader, fd, 0);
	err = check_lines(walk, &reader, last, diag);
	if (err == OK)
		err = check_seal(walk, reader.at, last, diag);
	audit_reader_fini(&reader);
	walk->check->files++;
	return err;
}

static void
check_ends(struct walk *walk)
{
	const struct audit_seal *head = &walk->signed_head;

	if (walk->begun && !walk->erased)
		finding(walk, 0, "the log begins with record %" PRIu64 ", and "
		    "no record says that those before were erased",
		    walk->check->first);
	walk->name = NULL;
	if (head->file[0] != '\0' && !walk->head_met && head->bytes > 0)
		finding(walk, 0, "the end was cut off: records up to %" PRIu64
		    " of %s were signed, %" PRIu64 " is the last there",
		    head->last.seq, head->file, walk->head.seq);
	else if (head->file[0] == '\0' && walk->begun)
		finding(walk, 0, "missing: whether the end was cut off cannot "
		    "be said");
	walk->check->last = walk->head;
}

static enum err
check_all(struct walk *walk, const struct audit_name *names, size_t n,
    struct diag *diag)
{
	enum err err;

	walk->name = NULL;
	err = read_seal(walk, AUDIT_HEAD_NAME, &walk->signed_head, diag);
	if (err == ERR_AGAIN) {
		memset(&walk->signed_head, 0, sizeof(walk->signed_head));
		err = OK;
	}
	for (size_t i = 0; i < n && err == OK; i++) {
		walk->name = &names[i];
		if (i > 0 && names[i].number != names[i - 1].number + 1)
			finding(walk, 0, "the file numbered %" PRIu64 " before "
			    "it is missing", names[i].number - 1);
		err = check_file(walk, &names[i], i + 1 == n, diag);
	}
	if (err == OK)
		check_ends(walk);
	return err;
}

enum err
audit_check_folder(struct audit_check *check, int dir, struct diag *diag)
{
	struct walk walk = { .check = check, .dir = dir };
	struct buf names;
	enum err err;
	size_t n;

	buf_init(&names, AUDIT_FILES_MAX * sizeof(struct audit_name));
	err = audit_folder_list(dir, &names, &n, diag);
	if (err == OK)
		err = check_all(&walk, (const struct audit_name *)
		    (const void *)names.ptr, n, diag);
	buf_fini(&names);
	return err;
}

enum err
audit_check_end(int dir, const struct audit_name *name, struct audit_head *in,
    uint64_t *first, uint64_t *good, struct diag *diag)
{
	int fd = openat(dir, name->text, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct audit_reader reader;
	struct audit_line line;
	struct span text;
	enum err err;

	if (fd == -1)
		return diag_system(diag, name->text);
	audit_reader_init(&reader, fd, 0);
	*good = *first = 0;
	while ((err = audit_reader_next(&reader, &text, diag)) == OK) {
		if (!audit_line_read(span_sub(text, 0, text.len - 1), &line))
			break;
		if (*first == 0)
			*first = line.seq;
		in->seq = line.seq;
		digest_span(text, in->hash);
		*good = reader.at;
	}
	audit_reader_fini(&reader);
	if (err == ERR_AGAIN || err == ERR_INPUT)
		return OK;		/* the end, or a torn one */
	return err == OK || err == ERR_LIMIT ? diag_set(diag, ERR_INPUT,
	    "%s: not a record at byte %" PRIu64, name->text, *good) : err;
}
