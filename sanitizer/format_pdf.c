/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The ways of a PDF: cleaned, then drawn and written anew; or drawn as pixels
 * and written as pictures; or its text. What lies between two steps is in a
 * file of the host's, or in the store where there is none.
 */
#include <unistd.h>

#include "../gateway/base/durable.h"
#include "format_pdf.h"
#include "format_text.h"
#include "limits.h"
#include "pdf_link.h"
#include "pixels.h"
#include "report.h"
#include "store.h"

/* The bytes between two steps. */
struct between {
	struct filter		 filter;
	int			 fd;
	uint64_t		 bytes;
	struct store_sink	 sink;		/* without a file */
	bool			 sunk;
};

static enum err
between_write(struct filter *f, struct span s)
{
	struct between *b = (struct between *)f;

	if (b->fd == -1)
		return filter_write(&b->sink.filter, s);
	if (s.len > EXPANDED_BYTES_MAX - b->bytes)
		return ERR_LIMIT;
	b->bytes += s.len;
	return write_all(b->fd, s, NULL);
}

static enum err
between_end(struct filter *f)
{
	struct between *b = (struct between *)f;

	return b->fd == -1 && !b->sink.hashed ?
	    filter_end(&b->sink.filter) : OK;
}

static void
between_init(struct between *b, const struct handler_input *input)
{
	*b = (struct between){ .filter = { between_write, between_end, NULL },
		.fd = -1 };
	if (input->host->scratch != NULL)
		b->fd = input->host->scratch(input->host);
	if (b->fd == -1) {
		store_sink_init(&b->sink, input->store);
		b->sunk = true;
	}
}

static void
between_fini(struct between *b)
{
	if (b->fd != -1)
		close(b->fd);
	if (b->sunk)
		store_sink_fini(&b->sink);
	b->fd = -1;
	b->sunk = false;
}

static struct input
between_input(const struct between *b)
{
	return b->fd == -1 ? b->sink.result : input_fd(b->fd, 0, b->bytes);
}

/* What was cleaned, in its two parts: the PDF, and what stands before it. */
static enum err
split_clean(const struct between *b, struct input *pdf, struct input *lists,
    struct pdf_lists_head *head)
{
	struct input in = between_input(b);
	enum err err = pdf_lists_read(&in, head);

	*pdf = input_sub(&in, head->pdf, in.len);
	*lists = input_sub(&in, 0, head->pdf);
	return err;
}

/* In a form of the document that has neither links nor bookmarks. */
static enum err
lose_lists(struct convert_result *result, const struct pdf_lists_head *head)
{
	struct buf list;
	enum err err;

	if (head->links_n == 0 && head->marks_n == 0)
		return OK;
	buf_init(&list, REMOVED_BYTES_MAX);
	err = removed_add_list(&list, buf_span(&result->removed),
	    "link-kept");
	buf_fini(&result->removed);
	result->removed = list;
	if (err == OK && head->links_n > 0)
		err = removed_add(&result->removed, "link", head->links_n,
		    SPAN("document"));
	return err == OK && head->marks_n > 0 ? removed_add(&result->removed,
	    "bookmarks", 1, SPAN("document")) : err;
}

static enum err
step(const struct handler_input *input, enum convert_task task,
    uint32_t first, const struct input *in, struct filter *out,
    struct convert_result *result)
{
	const struct convert_order order = { .task = task,
		.kind = input->kind, .first = first };

	return input->host->convert(input->host, &order, in, input->policy,
	    out, result);
}

/* A step whose list of removed things is of no interest. */
static enum err
quiet_step(const struct handler_input *input, enum convert_task task,
    uint32_t first, const struct input *in, struct filter *out,
    struct convert_result *result)
{
	struct convert_result own = { 0 };
	enum err err;

	buf_init(&own.removed, REMOVED_BYTES_MAX);
	err = step(input, task, first, in, out, &own);
	buf_fini(&own.removed);
	result->outcome = own.outcome;
	result->type = own.type;
	return err;
}

enum err
format_pdf_redraw(const struct handler_input *input, struct filter *out,
    struct convert_result *result)
{
	struct between clean, drawn;
	struct input in, lists;
	struct pdf_lists_head head;
	enum err err;

	between_init(&clean, input);
	between_init(&drawn, input);
	/* what no page shows goes around the renderer, before its drawing */
	if ((err = step(input, CONVERT_PDF_CLEAN, 0, input->in,
	    &clean.filter, result)) == OK &&
	    (err = split_clean(&clean, &in, &lists, &head)) == OK &&
	    (err = input_push(&lists, &drawn.filter)) == OK)
		err = quiet_step(input, CONVERT_RENDER_DRAW, 0, &in,
		    &drawn.filter, result);
	if (err == OK) {
		in = between_input(&drawn);
		err = quiet_step(input, CONVERT_PDF_FINISH, 0, &in, out,
		    result);
	}
	between_fini(&clean);
	between_fini(&drawn);
	return err;
}

/* What the encoder says of a stream: how many pages, are there more. */
static enum err
count_pages(const struct input *in, uint32_t *first, bool *more)
{
	struct pixels_reader r;
	bool page;
	uint32_t words;
	enum err err;

	if ((err = pixels_open(&r, in)) != OK)
		return err;
	while ((err = pixels_next(&r, &page)) == OK && page) {
		r.at += (uint64_t)r.width * r.height * 3;
		if ((err = pixels_words(&r, &words)) != OK)
			return err;
		while (words-- > 0 && err == OK) {
			struct pixels_word word;

			err = pixels_word(&r, &word);
		}
		if (err != OK)
			return err;
	}
	*first += r.pages;
	*more = r.more;
	return *first > PIXELS_PAGES_MAX ? ERR_LIMIT : err;
}

/* From page *first on, as many as one stream holds, as encoded pages. */
static enum err
some_pages(const struct handler_input *input, const struct input *clean,
    uint32_t *first, bool *more, struct between *pages,
    struct convert_result *result)
{
	struct between pixels;
	struct input in;
	enum err err;

	between_init(&pixels, input);
	err = quiet_step(input, CONVERT_RENDER_PIXELS, *first, clean,
	    &pixels.filter, result);
	if (err == OK) {
		in = between_input(&pixels);
		if ((err = count_pages(&in, first, more)) == OK)
			err = quiet_step(input, CONVERT_PDF_PAGES, 0, &in,
			    &pages->filter, result);
	}
	between_fini(&pixels);
	return err;
}

/* The pages, some at a time: the pixels of all would not fit anywhere. */
static enum err
image(const struct handler_input *input, const struct input *clean,
    struct filter *out, struct convert_result *result)
{
	struct between pages;
	struct input in;
	uint32_t first = 0;
	bool more = true;
	enum err err = OK;

	between_init(&pages, input);
	/* only a file takes one list behind the other */
	while (more && err == OK) {
		err = some_pages(input, clean, &first, &more, &pages,
		    result);
		if (err == OK && more && pages.fd == -1)
			err = ERR_LIMIT;
	}
	if (err == OK) {
		in = between_input(&pages);
		err = quiet_step(input, CONVERT_PDF_PIXELS, 0, &in, out,
		    result);
	}
	between_fini(&pages);
	return err;
}

enum err
format_pdf_image(const struct handler_input *input, struct filter *out,
    struct convert_result *result)
{
	struct between clean;
	struct input in, lists;
	struct pdf_lists_head head;
	enum err err;

	between_init(&clean, input);
	if ((err = step(input, CONVERT_PDF_CLEAN, 0, input->in,
	    &clean.filter, result)) == OK &&
	    (err = split_clean(&clean, &in, &lists, &head)) == OK &&
	    (err = image(input, &in, out, result)) == OK)
		err = lose_lists(result, &head);
	between_fini(&clean);
	return err;
}

enum err
format_pdf_text(const struct handler_input *input, struct filter *out,
    struct convert_result *result)
{
	struct between clean, raw;
	struct text_result text;
	struct input in, lists;
	struct pdf_lists_head head;
	enum err err;

	between_init(&clean, input);
	between_init(&raw, input);
	if ((err = step(input, CONVERT_PDF_CLEAN, 0, input->in,
	    &clean.filter, result)) == OK &&
	    (err = split_clean(&clean, &in, &lists, &head)) == OK &&
	    (err = quiet_step(input, CONVERT_RENDER_TEXT, 0, &in,
	    &raw.filter, result)) == OK)
		err = lose_lists(result, &head);
	if (err == OK) {
		in = between_input(&raw);
		err = format_text(&in, SPAN("utf-8"), out, &text);
	}
	if (err == OK && clean_counts_removed(&text.counts) > 0)
		err = removed_add(&result->removed, "invisible-characters",
		    clean_counts_removed(&text.counts), SPAN(""));
	between_fini(&clean);
	between_fini(&raw);
	return err;
}

enum err
format_svg(const struct handler_input *input, struct filter *out,
    struct convert_result *result)
{
	struct between pixels;
	struct input in;
	enum err err;

	between_init(&pixels, input);
	err = quiet_step(input, CONVERT_RENDER_PIXELS, 0, input->in,
	    &pixels.filter, result);
	if (err == OK) {
		in = between_input(&pixels);
		err = quiet_step(input, CONVERT_PIXELS_PICTURE, 0, &in, out,
		    result);
	}
	between_fini(&pixels);
	return err;
}
