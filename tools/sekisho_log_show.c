/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The newest records of the audit log, and those that come. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../gateway/base/durable.h"
#include "../gateway/base/utf8.h"
#include "commands.h"
#include "log_show.h"

#define VALUE_COLUMNS	60
#define TYPE_COLUMNS	8
#define OBJECT_BYTES_MAX 1024	/* longer ones are not for a line */
#define FOLLOW_MS	200
#define SHOWN_BYTES_MAX	(1024u * 1024)

/* A string's inside for a terminal: escapes of controls stay as they are. */
static enum err
put_string(struct span s, struct buf *out)
{
	size_t columns = 0, n;
	enum err err = OK;

	while (s.len > 0 && err == OK) {
		if (s.ptr[0] == '\\' && s.len > 1 && (s.ptr[1] == '"' ||
		    s.ptr[1] == '\\' || s.ptr[1] == '/'))
			s = span_sub(s, 1, s.len);
		columns += utf8_width(utf8_decode(s, &n), true);
		if (columns > VALUE_COLUMNS)
			return buf_add_str(out, "...");
		err = buf_add(out, span_sub(s, 0, n));
		s = span_sub(s, n, s.len);
	}
	return err;
}

/* "[{"address":"a","result":"delivered"}]" as "a" and how many more. */
static enum err
put_list(struct span value, struct buf *out)
{
	size_t at = span_find(value, SPAN("\"address\":\""));
	struct span first = span_sub(value, at + 11, value.len);
	size_t n = 0;
	enum err err;

	if (at == value.len)
		return buf_printf(out, "(%zu bytes)", value.len);
	err = put_string(span_sub(first, 0, span_find_byte(first, '"')), out);
	while ((at = span_find(value, SPAN("\"address\":\""))) < value.len) {
		value = span_sub(value, at + 11, value.len);
		n++;
	}
	return err == OK && n > 1 ? buf_printf(out, "(+%zu)", n - 1) : err;
}

/* "{"proto":"tcp","dport":80}" as {proto=tcp dport=80}. False: not so plain. */
static bool
put_object(struct span value, struct buf *out, enum err *err)
{
	struct span members = span_sub(value, 1, value.len - 2);
	struct span key, inside;
	char before = '{';

	if (value.len > OBJECT_BYTES_MAX ||
	    span_find_byte(members, '{') < members.len ||
	    span_find_byte(members, '[') < members.len)
		return false;
	while (*err == OK && audit_member_next(&members, &key, &inside)) {
		*err = buf_printf(out, "%c%.*s=", before, (int)key.len,
		    (const char *)key.ptr);
		if (*err == OK && inside.ptr[0] == '"')
			*err = put_string(span_sub(inside, 1, inside.len - 2),
			    out);
		else if (*err == OK)
			*err = buf_add(out, inside);
		before = ' ';
	}
	if (*err == OK)
		*err = buf_add_str(out, before == '{' ? "{}" : "}");
	return true;
}

static enum err
put_value(struct span value, struct buf *out)
{
	enum err err = OK;

	switch (value.ptr[0]) {
	case '"':
		return put_string(span_sub(value, 1, value.len - 2), out);
	case '{':
		return put_object(value, out, &err) ? err :
		    put_list(value, out);
	case '[':
		return put_list(value, out);
	default:
		return buf_add(out, value);
	}
}

enum err
log_line(struct span text, struct buf *out)
{
	struct audit_line line;
	struct span key, value;
	enum err err;

	if (!audit_line_read(text, &line) ||
	    !audit_members_are_good(line.members))
		return buf_printf(out, "NOT A RECORD (%zu bytes)\n",
		    text.len);
	err = buf_printf(out, "%.*s %-*.*s", (int)line.time.len,
	    (const char *)line.time.ptr, TYPE_COLUMNS, (int)line.type.len,
	    (const char *)line.type.ptr);
	while (err == OK && audit_member_next(&line.members, &key, &value)) {
		err = buf_printf(out, " %.*s=", (int)key.len,
		    (const char *)key.ptr);
		if (err == OK)
			err = put_value(value, out);
	}
	return err == OK ? buf_add_byte(out, '\n') : err;
}

/* ---- where to begin ---- */

static uint64_t
lines_behind(struct audit_reader *reader, struct diag *diag)
{
	struct span line;
	uint64_t n = 0;

	while (audit_reader_next(reader, &line, diag) == OK)
		n++;
	return n;
}

static enum err
open_file(int dir, const struct audit_name *name, struct audit_reader *reader,
    struct diag *diag)
{
	int fd = openat(dir, name->text, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd == -1)
		return diag_system(diag, name->text);
	audit_reader_init(reader, fd, 0);
	return OK;
}

/* The file in which the last ones begin, and how many lines of it to pass. */
static enum err
find_begin(int dir, const struct audit_name *names, size_t n, uint64_t last,
    size_t *file, uint64_t *pass, struct diag *diag)
{
	struct audit_reader reader;
	uint64_t have = 0;
	enum err err;

	for (*file = n, *pass = 0; *file > 0 && have < last; ) {
		err = open_file(dir, &names[--*file], &reader, diag);
		if (err != OK)
			return err;
		have += lines_behind(&reader, diag);
		audit_reader_fini(&reader);
	}
	if (have > last)
		*pass = have - last;
	return OK;
}

/* ---- show ---- */

static enum err
show(const struct log_tail *how, struct span line, struct buf *out,
    struct diag *diag)
{
	enum err err;

	buf_clear(out);
	if (how->json)
		return write_all(STDOUT_FILENO, line, diag);
	err = log_line(span_sub(line, 0, line.len - 1), out);
	return err != OK ? diag_set(diag, err, "a record is too long") :
	    write_all(STDOUT_FILENO, buf_span(out), diag);
}

/* To its present end. */
static enum err
show_file(const struct log_tail *how, struct audit_reader *reader,
    uint64_t pass, struct buf *out, struct diag *diag)
{
	struct span line;
	enum err err;

	while ((err = audit_reader_next(reader, &line, diag)) == OK) {
		if (pass > 0) {
			pass--;
			continue;
		}
		if ((err = show(how, line, out, diag)) != OK)
			return err;
	}
	/* a line that is just being written */
	return err == ERR_AGAIN || err == ERR_INPUT ? OK : err;
}

/* The name of the file behind this one. False: there is none yet. */
static bool
next_name(int dir, uint64_t number, struct audit_name *next)
{
	const struct audit_name *names;
	struct buf list;
	bool found = false;
	size_t n;

	buf_init(&list, AUDIT_FILES_MAX * sizeof(*next));
	if (audit_folder_list(dir, &list, &n, NULL) == OK) {
		names = (const struct audit_name *)(const void *)list.ptr;
		for (size_t i = 0; i < n && !found; i++)
			if (names[i].number > number) {
				*next = names[i];
				found = true;
			}
	}
	buf_fini(&list);
	return found;
}

static enum err
follow(const struct log_tail *how, struct audit_name name,
    struct audit_reader *reader, struct buf *out, struct diag *diag)
{
	const struct timespec pause = { 0, FOLLOW_MS * 1000000L };
	struct audit_name next;
	enum err err = OK;

	while (err == OK) {
		bool ended = next_name(how->dir, name.number, &next);

		/* what came until the next one was begun is there now */
		err = show_file(how, reader, 0, out, diag);
		if (err == OK && ended) {
			audit_reader_fini(reader);
			name = next;
			err = open_file(how->dir, &name, reader, diag);
			if (err != OK)
				return err;
		} else if (err == OK) {
			nanosleep(&pause, NULL);
		}
	}
	audit_reader_fini(reader);
	return err;
}

static enum err
tail_files(const struct log_tail *how, const struct audit_name *names,
    size_t n, struct buf *out, struct diag *diag)
{
	struct audit_reader reader;
	uint64_t pass;
	size_t i;
	enum err err;

	err = find_begin(how->dir, names, n, how->last, &i, &pass, diag);
	if (err == OK && how->follow && i == n && n > 0) {
		i--;		/* --last 0: to its end, unseen */
		pass = UINT64_MAX;
	}
	for (; i < n && err == OK; i++, pass = 0) {
		err = open_file(how->dir, &names[i], &reader, diag);
		if (err == OK)
			err = show_file(how, &reader, pass, out, diag);
		if (err == OK && how->follow && i + 1 == n)
			return follow(how, names[i], &reader, out, diag);
		audit_reader_fini(&reader);
	}
	return err;
}

enum err
log_tail(const struct log_tail *how, struct diag *diag)
{
	struct buf names, out;
	enum err err;
	size_t n;

	buf_init(&names, AUDIT_FILES_MAX * sizeof(struct audit_name));
	buf_init(&out, SHOWN_BYTES_MAX);
	err = audit_folder_list(how->dir, &names, &n, diag);
	if (err == OK)
		err = tail_files(how, (const struct audit_name *)
		    (const void *)names.ptr, n, &out, diag);
	buf_fini(&names);
	buf_fini(&out);
	return err;
}
