/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Facts of a table from a few words: see table_facts.h. */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "table_facts.h"

#define WORDS_MAX	80

static struct address
address(const char *word)
{
	struct address a;

	if (word == NULL || !address_parse(span_str(word), &a))
		errx(2, "no address: %s", word == NULL ? "" : word);
	return a;
}

static uint32_t
number(const char *word)
{
	uint64_t value;

	if (word == NULL || !span_decimal(span_str(word), UINT32_MAX, &value))
		errx(2, "no number: %s", word == NULL ? "" : word);
	return (uint32_t)value;
}

static struct table_range
range(char *word)
{
	struct table_range r;
	char *dash = word == NULL ? NULL : strchr(word, '-');

	if (dash != NULL)
		*dash = '\0';
	r.first = address(word);
	r.last = dash == NULL ? r.first : address(dash + 1);
	return r;
}

static uint32_t
segment(const struct facts *f, const char *name)
{
	for (uint32_t i = 0; i < f->facts.segments_n; i++)
		if (strcmp(f->segments[i].name, name) == 0)
			return i;
	return (uint32_t)atoi(name);	/* one that there is not, for tests */
}

static void
read_segment(struct facts *f, char **words, unsigned n)
{
	uint32_t i = f->facts.segments_n++;
	struct table_segment *s = &f->segments[i];

	s->name = words[1];
	s->interface_name = words[2];
	s->tier = (uint8_t)number(words[3]);
	s->networks = f->networks[i];
	for (unsigned k = 4; k < n; k++) {
		if (strcmp(words[k], "cut") == 0)
			s->cut = true;
		else if (strcmp(words[k], "any") == 0)
			s->any = true;
		else if (!network_parse(span_str(words[k]),
		    &f->networks[i][s->networks_n++]))
			errx(2, "no network: %s", words[k]);
	}
}

static void
read_listener(struct facts *f, char **words, unsigned n)
{
	uint32_t i = f->facts.listeners_n++;

	f->listeners[i] = (struct table_listener){ segment(f, words[1]),
	    address(words[2]), (uint16_t)number(words[3]), f->peers[i],
	    n - 4 };
	for (unsigned k = 4; k < n; k++)
		f->peers[i][k - 4] = range(words[k]);
}

static void
read_manage(struct facts *f, char **words, unsigned n)
{
	struct table_manage *m = &f->manages[f->facts.manages_n++];
	unsigned mac[6];

	m->from = strcmp(words[0], "from") == 0;
	m->segment = segment(f, words[1]);
	m->peer = range(words[2]);
	m->protocol = (uint8_t)number(words[3]);
	m->first = (uint16_t)number(words[4]);
	m->last = (uint16_t)number(words[5]);
	m->uid = TABLE_UID_OTHERS;
	if (n > 6 && !m->from)
		m->uid = number(words[6]);
	if (n > 6 && m->from) {
		m->has_mac = true;
		if (sscanf(words[6], "%x:%x:%x:%x:%x:%x", &mac[0], &mac[1],
		    &mac[2], &mac[3], &mac[4], &mac[5]) != 6)
			errx(2, "no mac: %s", words[6]);
		for (unsigned i = 0; i < 6; i++)
			m->mac[i] = (uint8_t)mac[i];
	}
}

static void
read_line(struct facts *f, char **words, unsigned n)
{
	const char *what = words[0];

	if (strcmp(what, "epoch") == 0 && n == 2)
		f->facts.epoch = number(words[1]);
	else if (strcmp(what, "flowtable") == 0)
		f->facts.flowtable = true;
	else if (strcmp(what, "log") == 0)
		f->facts.log = true;
	else if (strcmp(what, "uid") == 0 && n == 2)
		f->uids[f->facts.uids_n++] = number(words[1]);
	else if (strcmp(what, "segment") == 0 && n >= 4)
		read_segment(f, words, n);
	else if (strcmp(what, "listener") == 0 && n >= 4)
		read_listener(f, words, n);
	else if (strcmp(what, "hop") == 0 && n == 6)
		f->hops[f->facts.hops_n++] = (struct table_hop){
		    number(words[2]), number(words[3]), segment(f, words[1]),
		    address(words[4]), (uint16_t)number(words[5]) };
	else if ((strcmp(what, "from") == 0 || strcmp(what, "to") == 0) &&
	    n >= 6)
		read_manage(f, words, n);
	else
		errx(2, "no fact: %s", what);
}

void
facts_read(struct facts *f, FILE *file)
{
	size_t len = fread(f->text, 1, sizeof(f->text) - 1, file);
	char *line, *rest = f->text;

	f->text[len] = '\0';
	f->facts.segments = f->segments;
	f->facts.listeners = f->listeners;
	f->facts.hops = f->hops;
	f->facts.manages = f->manages;
	f->facts.uids = f->uids;
	while ((line = strsep(&rest, "\n")) != NULL) {
		char *words[WORDS_MAX + 1] = { NULL }, *word;
		unsigned n = 0;

		line[strcspn(line, "#")] = '\0';
		while ((word = strsep(&line, " \t")) != NULL)
			if (*word != '\0' && n < WORDS_MAX)
				words[n++] = word;
		if (n > 0)
			read_line(f, words, n);
	}
}
