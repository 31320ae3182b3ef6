/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The meta file of a generation: lines "key value" in a fixed order, so that
 * a person can read it without us. What happened comes last, one line each,
 * and then the digest of all lines above: without it a file that is cut at a
 * line, or has another author, would be taken for whole.
 */
#include <stdio.h>
#include <string.h>

#include "sekishod_generation.h"

#define SUM_KEY		"sum "
#define SUM_LINE_BYTES	(sizeof(SUM_KEY) - 1 + DIGEST_HEX_BYTES)

static const char *const act_names[ACT_N] = {
	[ACT_STAGED] = "staged",
	[ACT_APPROVED] = "approved",
	[ACT_TRIAL] = "trial",
	[ACT_CONFIRMED] = "confirmed",
	[ACT_IN_FORCE] = "in-force",
	[ACT_TIMED_OUT] = "timed-out",
	[ACT_RESTARTED] = "restarted",
	[ACT_ROLLED_BACK] = "rolled-back",
	[ACT_WITHDRAWN] = "withdrawn",
};

const char *
generation_act_name(enum generation_act act)
{
	require(act > 0 && act < ACT_N);
	return act_names[act];
}

const struct generation_event *
generation_event(const struct generation *g, enum generation_act act)
{
	for (unsigned i = g->events_n; i > 0; i--)
		if (g->events[i - 1].act == act)
			return &g->events[i - 1];
	return NULL;
}

bool
generation_has(const struct generation *g, enum generation_act act)
{
	return generation_event(g, act) != NULL;
}

/* ---- print ---- */

static enum err
print_files(const struct rule_set *set, struct buf *out)
{
	enum err err = OK;

	for (unsigned i = 0; i < set->n && err == OK; i++)
		err = buf_printf(out, "file %s\n", set->files[i].path);
	return err;
}

static enum err
print_events(const struct generation *g, struct buf *out)
{
	enum err err = OK;

	for (unsigned i = 0; i < g->events_n && err == OK; i++)
		err = buf_printf(out, "event %llu %s %u %s\n",
		    (unsigned long long)g->events[i].time_ms,
		    generation_act_name(g->events[i].act),
		    g->events[i].by.uid, g->events[i].by.name);
	return err;
}

static void
sum_line(struct span lines, char line[SUM_LINE_BYTES + 1])
{
	uint8_t digest[DIGEST_BYTES];
	char hex[DIGEST_HEX_BYTES];

	digest_span(lines, digest);
	digest_hex(digest, hex);
	snprintf(line, SUM_LINE_BYTES + 1, SUM_KEY "%s\n", hex);
}

enum err
generation_meta_print(const struct generation *g, const struct rule_set *set,
    struct buf *out)
{
	char text[DIGEST_HEX_BYTES], image[DIGEST_HEX_BYTES];
	char sum[SUM_LINE_BYTES + 1];
	enum err err;

	require(out->len == 0);
	digest_hex(g->text, text);
	digest_hex(g->image, image);
	err = buf_printf(out, "number %llu\ntime_ms %llu\nbase %llu\n"
	    "confirm_s %llu\nsecond %u\nauthor %u %s\nreason %s\n"
	    "source %s\ntext %s\nimage %s\n",
	    (unsigned long long)g->number, (unsigned long long)g->time_ms,
	    (unsigned long long)g->base, (unsigned long long)g->confirm_s,
	    g->second ? 1u : 0u, g->author.uid, g->author.name, g->reason,
	    g->source, text, image);
	if (err == OK)
		err = print_files(set, out);
	if (err == OK)
		err = print_events(g, out);
	if (err != OK)
		return err;
	sum_line(buf_span(out), sum);
	return buf_add_str(out, sum);
}

/* ---- parse ---- */

struct reader {
	struct span	rest;
	bool		bad;
};

/* The value of the next line, which has this key. */
static struct span
value_of(struct reader *reader, const char *key)
{
	struct span line, word;

	if (!span_cut(&reader->rest, '\n', &line) ||
	    !span_cut(&line, ' ', &word) ||
	    !span_equal(word, span_str(key))) {
		reader->bad = true;
		return (struct span){ NULL, 0 };
	}
	return line;
}

static uint64_t
number_of(struct reader *reader, struct span text, uint64_t max)
{
	uint64_t number = 0;

	if (!span_decimal(text, max, &number))
		reader->bad = true;
	return number;
}

static void
text_of(struct reader *reader, struct span text, char *to, size_t size)
{
	if (text.len >= size) {
		reader->bad = true;
		return;
	}
	if (text.len > 0)
		memcpy(to, text.ptr, text.len);
	to[text.len] = '\0';
}

static void
person_of(struct reader *reader, struct span text, struct person *person)
{
	struct span uid;

	if (!span_cut(&text, ' ', &uid))
		reader->bad = true;
	person->uid = (uint32_t)number_of(reader, uid, UINT32_MAX);
	text_of(reader, text, person->name, sizeof(person->name));
}

static int
nibble(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void
digest_of(struct reader *reader, struct span text,
    uint8_t digest[DIGEST_BYTES])
{
	if (text.len != DIGEST_HEX_BYTES - 1) {
		reader->bad = true;
		return;
	}
	for (unsigned i = 0; i < DIGEST_BYTES; i++) {
		int high = nibble(text.ptr[2 * i]);
		int low = nibble(text.ptr[2 * i + 1]);

		if (high < 0 || low < 0)
			reader->bad = true;
		else
			digest[i] = (uint8_t)(high << 4 | low);
	}
}

static void
event_of(struct reader *reader, struct span text, struct generation *g)
{
	struct generation_event *event;
	struct span time, act;

	if (g->events_n == GENERATION_EVENTS_MAX ||
	    !span_cut(&text, ' ', &time) || !span_cut(&text, ' ', &act)) {
		reader->bad = true;
		return;
	}
	event = &g->events[g->events_n++];
	event->time_ms = number_of(reader, time, UINT64_MAX);
	for (unsigned i = 1; i < ACT_N; i++)
		if (span_equal(act, span_str(act_names[i])))
			event->act = (enum generation_act)i;
	if (event->act == 0)
		reader->bad = true;
	person_of(reader, text, &event->by);
}

static void
file_of(struct reader *reader, struct span path, struct generation *g,
    struct rule_set *set)
{
	if (g->files == GENERATION_FILES_MAX) {
		reader->bad = true;
		return;
	}
	if (set != NULL) {
		struct rule_file *file = &set->files[g->files];

		file->fd = -1;
		file->bytes = 0;
		text_of(reader, path, file->path, sizeof(file->path));
		set->n = g->files + 1;
	}
	g->files++;
}

static void
read_head(struct reader *r, struct generation *g)
{
	g->number = number_of(r, value_of(r, "number"), UINT64_MAX);
	g->time_ms = number_of(r, value_of(r, "time_ms"), UINT64_MAX);
	g->base = number_of(r, value_of(r, "base"), UINT64_MAX);
	g->confirm_s = number_of(r, value_of(r, "confirm_s"), UINT32_MAX);
	g->second = number_of(r, value_of(r, "second"), 1) == 1;
	person_of(r, value_of(r, "author"), &g->author);
	text_of(r, value_of(r, "reason"), g->reason, sizeof(g->reason));
	text_of(r, value_of(r, "source"), g->source, sizeof(g->source));
	digest_of(r, value_of(r, "text"), g->text);
	digest_of(r, value_of(r, "image"), g->image);
}

/* Takes the last line off, which must be right. */
static bool
take_sum(struct span *text)
{
	char sum[SUM_LINE_BYTES + 1];
	struct span last;

	if (text->len < SUM_LINE_BYTES)
		return false;
	last = span_sub(*text, text->len - SUM_LINE_BYTES, text->len);
	*text = span_sub(*text, 0, text->len - SUM_LINE_BYTES);
	sum_line(*text, sum);
	return span_equal(last, span_str(sum));
}

enum err
generation_meta_parse(struct span text, struct generation *g,
    struct rule_set *set, struct diag *diag)
{
	struct reader reader;
	struct span line, key;

	memset(g, 0, sizeof(*g));
	reader.bad = !take_sum(&text);
	reader.rest = text;
	read_head(&reader, g);
	while (!reader.bad && reader.rest.len > 0) {
		if (!span_cut(&reader.rest, '\n', &line) ||
		    !span_cut(&line, ' ', &key))
			reader.bad = true;
		else if (span_equal(key, SPAN("file")) && g->events_n == 0)
			file_of(&reader, line, g, set);
		else if (span_equal(key, SPAN("event")))
			event_of(&reader, line, g);
		else
			reader.bad = true;
	}
	if (reader.bad || g->files == 0 || g->number == 0)
		return diag_set(diag, ERR_INPUT,
		    "the record of a generation is damaged");
	return OK;
}
