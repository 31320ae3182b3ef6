/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_BASE_FILTER_H
#define SEKISHO_BASE_FILTER_H

#include "err.h"
#include "span.h"

/*
 * A push filter. It is the first member of the filter's own struct. Input in
 * any split gives the same output; end() flushes and passes end() on; after
 * an error nothing more is called. Look-ahead is inside the filter, bounded.
 */
struct filter {
	enum err	(*write)(struct filter *, struct span);
	enum err	(*end)(struct filter *);
	struct filter	*next;		/* borrowed; NULL in a sink */
};

static inline enum err MUST_CHECK
filter_write(struct filter *f, struct span s)
{
	return f->write(f, s);
}

static inline enum err MUST_CHECK
filter_end(struct filter *f)
{
	return f->end(f);
}

#endif
