/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files of evidence, read from the state folder: their names in order of
 * time, their lines as fields. A line is one flat JSON object, as
 * gateway/capture writes them; one that was torn by a crash is passed over.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../gateway/base/durable.h"
#include "../gateway/base/utf8.h"
#include "capture.h"

/* ---- the folder ---- */

static int
by_time(const void *a, const void *b)
{
	return capture_name_compare(a, b);
}

int
capture_open(const char *state)
{
	int dir = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd = dir == -1 ? -1 : openat(dir, "captures", O_RDONLY |
	    O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	if (fd == -1)
		fprintf(stderr, "sekisho capture: %s/captures: %s%s\n", state,
		    strerror(errno), errno == EACCES ? " (ask root)" :
		    errno == ENOENT ? " (no gateway with a packet path has "
		    "this state folder)" : "");
	if (dir != -1)
		close(dir);
	return fd;
}

bool
capture_names(int dir, const char *family, struct capture_names *names)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd == -1 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	size_t len;

	names->n = 0;
	if (stream == NULL) {
		fprintf(stderr, "sekisho capture: %s\n", strerror(errno));
		if (fd != -1)
			close(fd);
		return false;
	}
	while ((entry = readdir(stream)) != NULL &&
	    names->n < CAPTURE_NAMES_MAX) {
		len = strcspn(entry->d_name, ".");
		if (!capture_name_is(entry->d_name, family) ||
		    strcmp(entry->d_name + len, ".jsonl") != 0)
			continue;
		snprintf(names->stems[names->n++], CAPTURE_NAME_BYTES,
		    "%.*s", (int)len, entry->d_name);
	}
	closedir(stream);
	qsort(names->stems, names->n, sizeof(names->stems[0]), by_time);
	return true;
}

enum err
capture_read(int dir, const char *stem, struct buf *text)
{
	char name[CAPTURE_NAME_BYTES + 8];
	struct stat st;
	uint8_t *room;
	size_t got = 0;
	enum err err = OK;
	int fd;

	snprintf(name, sizeof(name), "%s.jsonl", stem);
	buf_clear(text);
	fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1 || fstat(fd, &st) == -1)
		err = ERR_SYSTEM;
	if (err == OK)
		err = buf_reserve(text, (size_t)st.st_size + 1, &room);
	if (err == OK)
		err = pread_all(fd, room, (size_t)st.st_size, 0, &got, NULL);
	if (err == OK)
		text->len += got;
	if (fd != -1)
		close(fd);
	return err;
}

/* ---- a line ---- */

static bool
skip(struct span *s, uint8_t c)
{
	if (s->len == 0 || s->ptr[0] != c)
		return false;
	*s = span_sub(*s, 1, s->len);
	return true;
}

static bool
take_hex(struct span *s, uint32_t *value)
{
	*value = 0;
	if (s->len < 4)
		return false;
	for (unsigned i = 0; i < 4; i++) {
		uint8_t c = ascii_lower(s->ptr[i]);
		bool letter = c >= 'a' && c <= 'f';

		if (!letter && !ascii_is_digit(c))
			return false;
		*value = *value << 4 | (uint32_t)(letter ? c - 'a' + 10 :
		    c - '0');
	}
	*s = span_sub(*s, 4, s->len);
	return *value < 0xd800 || *value > 0xdfff;
}

/* What stands behind a backslash. */
static bool
take_escape(struct span *s, struct buf *out)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	uint8_t c, bytes[4];
	size_t len;
	const char *at;
	uint32_t value;

	if (s->len == 0)
		return false;
	c = s->ptr[0];
	*s = span_sub(*s, 1, s->len);
	if (c == 'u') {
		if (!take_hex(s, &value) || value == 0)
			return false;
		len = utf8_encode(value, bytes);
		return buf_add(out, (struct span){ bytes, len }) == OK;
	}
	at = strchr(from, c);
	return buf_add_byte(out, at != NULL && c != 0 ? (uint8_t)
	    to[at - from] : c) == OK;
}

static bool
take_string(struct span *s, struct buf *out)
{
	buf_clear(out);
	if (!skip(s, '"'))
		return false;
	while (s->len > 0 && s->ptr[0] != '"') {
		uint8_t c = s->ptr[0];

		*s = span_sub(*s, 1, s->len);
		if (c == '\\' ? !take_escape(s, out) :
		    buf_add_byte(out, c) != OK)
			return false;
	}
	return skip(s, '"');
}

static bool
take_value(struct span *s, struct buf *out, bool *number)
{
	*number = s->len > 0 && ascii_is_digit(s->ptr[0]);
	if (!*number)
		return take_string(s, out);
	buf_clear(out);
	while (s->len > 0 && ascii_is_digit(s->ptr[0])) {
		if (buf_add_byte(out, s->ptr[0]) != OK)
			return false;
		*s = span_sub(*s, 1, s->len);
	}
	return true;
}

bool
capture_line(struct span line, struct capture_line *fields)
{
	struct capture_field *f;
	bool number;

	fields->n = 0;
	buf_clear(&fields->bytes);
	if (!skip(&line, '{'))
		return false;
	do {
		if (fields->n == CAPTURE_FIELDS_MAX)
			return false;
		f = &fields->fields[fields->n++];
		if (!take_string(&line, &fields->part) ||
		    fields->part.len >= sizeof(f->name) || !skip(&line, ':'))
			return false;
		memcpy(f->name, fields->part.ptr, fields->part.len);
		f->name[fields->part.len] = '\0';
		if (!take_value(&line, &fields->part, &number))
			return false;
		f->number = number;
		f->at = fields->bytes.len;
		f->len = fields->part.len;
		if (buf_add(&fields->bytes, buf_span(&fields->part)) != OK)
			return false;
	} while (skip(&line, ','));
	return skip(&line, '}') && line.len == 0;
}

struct span
capture_field(const struct capture_line *fields, const char *name)
{
	for (unsigned i = 0; i < fields->n; i++)
		if (strcmp(fields->fields[i].name, name) == 0)
			return span_sub(buf_span(&fields->bytes),
			    fields->fields[i].at, fields->fields[i].len);
	return (struct span){ NULL, 0 };
}
