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
#include "pixels.h"
#include "report.h"
#include "store.h"

/* The bytes between two steps: a file that a child left, or in the store. */
struct between {
	int			 fd;
	uint64_t		 bytes;
	struct store_sink	 sink;
	bool			 sunk;
};

static void
between_init(struct between *b)
{
	*b = (struct between){ .fd = -1 };
}

static void
between_fini(struct between *b)
{
	if (b->fd != -1)
		close(b->fd);
	if (b->sunk)
		store_sink_fini(&b->sink);
	between_init(b);
}

static struct input
between_input(const struct between *b)
{
	return b->fd == -1 ? b->sink.result : input_fd(b->fd, 0, b->bytes);
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

/* A step that is not the last one; what it makes is in b. */
static enum err
first_step(const struct handler_input *input, enum convert_task task,
    uint32_t first, const struct input *in, struct between *b,
    struct convert_result *result)
{
	enum err err;

	if (input->host->scratch != NULL) {
		err = step(input, task, first, in, NULL, result);
		if (err == OK) {
			b->fd = result->fd;
			b->bytes = result->bytes;
		}
		return err;
	}
	store_sink_init(&b->sink, input->store);
	b->sunk = true;
	err = step(input, task, first, in, &b->sink.filter, result);
	return err == OK && !b->sink.hashed ? filter_end(&b->sink.filter) :
	    err;
}

/*
 * A step whose list of removed things is of no interest; to b, or to out
 * where b is NULL.
 */
static enum err
quiet_step(const struct handler_input *input, enum convert_task task,
    uint32_t first, const struct input *in, struct between *b,
    struct filter *out, struct convert_result *result)
{
	struct convert_result own = { 0 };
	enum err err;

	buf_init(&own.removed, REMOVED_BYTES_MAX);
	err = b != NULL ? first_step(input, task, first, in, b, &own) :
	    step(input, task, first, in, out, &own);
	buf_fini(&own.removed);
	result->outcome = own.outcome;
	result->type = own.type;
	if (own.pages > 0)
		result->pages = own.pages;
	return err;
}

enum err
format_pdf_redraw(const struct handler_input *input, struct filter *out,
    struct convert_result *result)
{
	struct between clean, drawn;
	struct input in;
	enum err err;

	between_init(&clean);
	between_init(&drawn);
	err = first_step(input, CONVERT_PDF_CLEAN, 0, input->in, &clean,
	    result);
	if (err == OK) {
		in = between_input(&clean);
		/* which tells of text that cannot be seen */
		err = first_step(input, CONVERT_RENDER_DRAW, 0, &in, &drawn,
		    result);
	}
	if (err == OK) {
		in = between_input(&drawn);
		err = quiet_step(input, CONVERT_PDF_FINISH, 0, &in, NULL,
		    out, result);
	}
	between_fini(&clean);
	between_fini(&drawn);
	return err;
}

/* ---- pictures of pages ---- */

/* The lists of encoded pages, one behind the other in a file. */
struct lists {
	struct filter	filter;
	int		fd;
	uint64_t	bytes;
};

static enum err
lists_write(struct filter *f, struct span s)
{
	struct lists *lists = (struct lists *)f;

	if (s.len > EXPANDED_BYTES_MAX - lists->bytes)
		return ERR_LIMIT;
	lists->bytes += s.len;
	return write_all(lists->fd, s, NULL);
}

static enum err
lists_end(struct filter *f)
{
	(void)f;
	return OK;
}

/*
 * From page first on, as many as one stream holds: to the document when they
 * are all of it, else to the end of the lists.
 */
static enum err
some_pages(const struct handler_input *input, const struct input *clean,
    uint32_t *first, bool *more, struct lists *lists, struct filter *out,
    struct convert_result *result)
{
	struct between pixels;
	struct input in;
	uint32_t pages;
	enum err err;

	between_init(&pixels);
	err = quiet_step(input, CONVERT_RENDER_PIXELS, *first, clean,
	    &pixels, NULL, result);
	in = between_input(&pixels);
	if (err == OK)
		err = pixels_count(&in, &pages, more);
	if (err == OK && *first == 0 && !*more)
		err = quiet_step(input, CONVERT_PDF_PIXELS, 0, &in, NULL,
		    out, result);
	else if (err == OK && lists->fd == -1)
		err = ERR_LIMIT;
	else if (err == OK)
		err = quiet_step(input, CONVERT_PDF_PAGES, 0, &in, NULL,
		    &lists->filter, result);
	if (err == OK && (*first += pages) > PIXELS_PAGES_MAX)
		err = ERR_LIMIT;
	between_fini(&pixels);
	return err;
}

/* The pages, some at a time: the pixels of all would not fit anywhere. */
static enum err
image(const struct handler_input *input, const struct input *clean,
    struct filter *out, struct convert_result *result)
{
	struct lists lists = { .filter = { lists_write, lists_end, NULL },
		.fd = -1 };
	struct input in;
	uint32_t first = 0;
	bool more = true;
	enum err err = OK;

	if (input->host->scratch != NULL &&
	    (lists.fd = input->host->scratch(input->host)) == -1)
		return ERR_SYSTEM;
	while (more && err == OK)
		err = some_pages(input, clean, &first, &more, &lists, out,
		    result);
	if (err == OK && lists.bytes > 0) {
		in = input_fd(lists.fd, 0, lists.bytes);
		err = quiet_step(input, CONVERT_PDF_PIXELS, 0, &in, NULL,
		    out, result);
	}
	if (lists.fd != -1)
		close(lists.fd);
	return err;
}

enum err
format_pdf_image(const struct handler_input *input, struct filter *out,
    struct convert_result *result)
{
	struct between clean;
	struct input in;
	enum err err;

	between_init(&clean);
	err = first_step(input, CONVERT_PDF_CLEAN, 0, input->in, &clean,
	    result);
	if (err == OK) {
		in = between_input(&clean);
		err = image(input, &in, out, result);
	}
	between_fini(&clean);
	return err;
}

/* ---- text, and SVG ---- */

enum err
format_pdf_text(const struct handler_input *input, struct filter *out,
    struct convert_result *result)
{
	struct between clean, raw;
	struct text_result text;
	struct input in;
	enum err err;

	between_init(&clean);
	between_init(&raw);
	err = first_step(input, CONVERT_PDF_CLEAN, 0, input->in, &clean,
	    result);
	if (err == OK) {
		in = between_input(&clean);
		err = quiet_step(input, CONVERT_RENDER_TEXT, 0, &in, &raw,
		    NULL, result);
	}
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

	between_init(&pixels);
	err = quiet_step(input, CONVERT_RENDER_PIXELS, 0, input->in, &pixels,
	    NULL, result);
	if (err == OK) {
		in = between_input(&pixels);
		err = quiet_step(input, CONVERT_PIXELS_PICTURE, 0, &in, NULL,
		    out, result);
	}
	between_fini(&pixels);
	return err;
}
