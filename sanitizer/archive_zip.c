/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A ZIP to the list of its files. Which entries there are, and in which of
 * the two readings of the archive, is the business of zip.c; here they are
 * unpacked, one after another, into memory.
 */
#include <stdio.h>

#include "archive_internal.h"
#include "limits.h"
#include "zip.h"

struct job {
	struct zip		zip;
	struct entries_writer	writer;
	struct buf		name, bytes;
};

static enum err
name_of(struct job *job, const struct zip_entry *e, bool *odd)
{
	buf_clear(&job->name);
	if (e->unicode.len > 0)
		return archive_name(e->unicode, true, &job->name, odd);
	return archive_name(e->name, e->utf8, &job->name, odd);
}

/* The bytes of an entry, or the flag that says why they are not there. */
static enum err
unpack(struct job *job, size_t i, unsigned *flags)
{
	struct buf_sink sink;
	enum err err;

	buf_clear(&job->bytes);
	buf_sink_init(&sink, &job->bytes);
	err = zip_read(&job->zip, i, &sink.filter);
	if (err == ERR_LIMIT && job->zip.inflated <= ZIP_ENTRIES_BYTES_MAX) {
		*flags |= ENTRY_TOO_LARGE;
		return OK;
	}
	if (err == ERR_INPUT) {
		*flags |= ENTRY_DAMAGED;
		return OK;
	}
	return err;
}

static enum err
add_entry(struct job *job, size_t i)
{
	const struct zip_entry *e = &job->zip.entries[i];
	struct input bytes;
	unsigned flags = 0;
	bool odd;
	enum err err;

	if ((err = name_of(job, e, &odd)) != OK)
		return err;
	if (odd || e->link)
		flags |= ENTRY_ODD;
	if (e->encrypted)
		flags |= ENTRY_ENCRYPTED;
	if (flags == 0 && (err = unpack(job, i, &flags)) != OK)
		return err;
	bytes = input_span(buf_span(&job->bytes));
	return entries_add(&job->writer, buf_span(&job->name), flags,
	    flags == 0 ? &bytes : NULL);
}

/* A folder has no bytes; what calls itself one and has some is a file. */
static bool
is_folder(const struct zip_entry *e)
{
	return e->folder && e->size == 0 && e->compressed <= 2;
}

static enum err
add_all(struct job *job)
{
	enum err err = OK;

	for (size_t i = 0; i < job->zip.entries_n && err == OK; i++)
		if (!is_folder(&job->zip.entries[i]))
			err = add_entry(job, i);
	return err;
}

enum err
archive_zip_entries(const struct input *in,
    const struct sanitizer_policy *policy, struct filter *out,
    struct convert_result *result)
{
	struct arena *arena = arena_new(ARENA_BYTES_MAX);
	struct job job = { 0 };
	enum err err;

	(void)policy;
	if (arena == NULL)
		return ERR_SYSTEM;
	buf_init(&job.name, ENTRIES_NAME_BYTES_MAX);
	buf_init(&job.bytes, ZIP_ENTRY_BYTES_MAX);
	if ((err = zip_open(&job.zip, in, ZIP_TOLERANT, arena)) == OK &&
	    (err = entries_begin(&job.writer, out)) == OK &&
	    (err = add_all(&job)) == OK &&
	    (err = entries_end(&job.writer, job.zip.conflict ?
	    ENTRIES_CONFLICT : 0)) == OK)
		err = filter_end(out);
	if (err != OK)
		snprintf(result->reason, sizeof(result->reason), "%s",
		    job.zip.why);
	result->outcome = OUTCOME_REBUILT;
	buf_fini(&job.name);
	buf_fini(&job.bytes);
	arena_free(arena);
	return err;
}
