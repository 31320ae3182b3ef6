/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_TESTS_HOST_HERE_H
#define SEKISHO_TESTS_HOST_HERE_H

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../../gateway/base/durable.h"
#include "../../../sanitizer/report.h"
#include "../../../sanitizer/sanitizer.h"

/*
 * A host without children: a conversion is done in this process as soon as
 * it is begun, and comes back when it is asked for: the oldest one first, the
 * newest, or any.
 */
typedef enum err here_convert_fn(const struct convert_order *,
    const struct input *, const struct sanitizer_policy *, struct filter *,
    struct convert_result *);

enum here_order { HERE_OLDEST, HERE_NEWEST, HERE_ANY };

struct here {
	struct sanitizer_host	host;		/* first */
	here_convert_fn		*convert;
	enum here_order		order;
	unsigned		random;
	unsigned		n, most;	/* not yet asked for */
	struct conversion	done[CONVERSIONS_AT_ONCE];
};

struct here_file {
	struct filter	filter;
	int		fd;
	uint64_t	bytes;
};

static enum err
here_write(struct filter *f, struct span s)
{
	struct here_file *file = (struct here_file *)f;

	file->bytes += s.len;
	return write_all(file->fd, s, NULL);
}

static enum err
here_end(struct filter *f)
{
	(void)f;
	return OK;
}

static int
here_new_file(struct sanitizer_host *host)
{
	(void)host;
	return memfd_create("here", MFD_CLOEXEC);
}

static enum err
here_start(struct sanitizer_host *host, uint32_t ticket,
    const struct convert_order *order, const struct input *in, bool whole,
    const struct sanitizer_policy *policy)
{
	struct here *here = (struct here *)host;
	struct conversion *done = &here->done[here->n++];
	struct here_file file = { .filter = { here_write, here_end, NULL },
		.fd = here_new_file(host) };

	(void)whole;
	require(here->n <= host->at_once + 1 && file.fd != -1);
	if (here->n > here->most)
		here->most = here->n;
	*done = (struct conversion){ .ticket = ticket, .fd = -1 };
	buf_init(&done->result.removed, REMOVED_BYTES_MAX);
	done->err = here->convert(order, in, policy, &file.filter,
	    &done->result);
	if (done->err == OK) {
		done->fd = file.fd;
		done->bytes = file.bytes;
	} else {
		close(file.fd);
	}
	return OK;
}

static enum err
here_wait(struct sanitizer_host *host, struct conversion *done)
{
	struct here *here = (struct here *)host;
	unsigned i = 0;

	require(here->n > 0);		/* or it would wait for ever */
	here->random = here->random * 1103515245 + 12345;
	if (here->order == HERE_NEWEST)
		i = here->n - 1;
	else if (here->order == HERE_ANY)
		i = (here->random >> 16) % here->n;
	buf_fini(&done->result.removed);
	*done = here->done[i];
	here->n--;
	memmove(&here->done[i], &here->done[i + 1],
	    (here->n - i) * sizeof(here->done[0]));
	return OK;
}

static inline void
here_init(struct here *here, here_convert_fn *convert)
{
	*here = (struct here){ .host = { .scratch_fd = -1,
	    .at_once = CONVERSIONS_AT_ONCE - 1,
	    .start = here_start, .wait = here_wait, .file = here_new_file },
	    .convert = convert };
}

static inline void
here_fini(struct here *here)
{
	for (; here->n > 0; here->n--) {
		struct conversion *done = &here->done[here->n - 1];

		if (done->fd != -1)
			close(done->fd);
		buf_fini(&done->result.removed);
	}
}

#endif
