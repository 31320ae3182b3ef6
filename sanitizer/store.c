/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Keeps the bytes of leaves between decoding and writing. One sink is open
 * at a time that spills: the file is filled from front to back.
 */
#include "store.h"

#include "../gateway/base/durable.h"
#include "limits.h"

#define SPILL_BYTES	(256 * 1024)	/* a write of this size at a time */

void
store_init(struct store *store, struct arena *arena, int fd,
    uint64_t total_max)
{
	*store = (struct store){ .arena = arena, .fd = fd,
	    .total_max = total_max };
}

/* Append what is buffered to the file. */
static enum err
spill(struct store_sink *sink)
{
	enum err err;

	if (!sink->spilled) {
		sink->offset = sink->store->used;
		sink->spilled = true;
	}
	err = pwrite_all(sink->store->fd, buf_span(&sink->buf),
	    sink->store->used, NULL);
	sink->store->used += sink->buf.len;
	buf_clear(&sink->buf);
	return err;
}

static enum err
sink_write(struct filter *f, struct span s)
{
	struct store_sink *sink = (struct store_sink *)f;
	struct store *store = sink->store;
	enum err err = OK;

	if (s.len > store->total_max - store->total)
		return ERR_LIMIT;
	store->total += s.len;
	sink->bytes += s.len;
	digest_add(&sink->digest, s);
	if (store->fd == -1)
		return buf_add(&sink->buf, s);
	while (s.len > 0 && err == OK) {
		struct span head = span_sub(s, 0,
		    SPILL_BYTES - sink->buf.len);

		if ((err = buf_add(&sink->buf, head)) == OK &&
		    sink->buf.len == SPILL_BYTES)
			err = spill(sink);
		s = span_sub(s, head.len, s.len);
	}
	return err;
}

static enum err
sink_end(struct filter *f)
{
	struct store_sink *sink = (struct store_sink *)f;
	struct span copy;
	enum err err = OK;

	digest_end(&sink->digest, sink->sha256);
	sink->hashed = true;
	if (sink->store->fd != -1 &&
	    (sink->spilled || sink->buf.len > STORE_MEMORY_BYTES)) {
		err = spill(sink);
		sink->result = input_fd(sink->store->fd, sink->offset,
		    sink->bytes);
		return err;
	}
	if (!arena_dup(sink->store->arena, buf_span(&sink->buf), &copy))
		return ERR_LIMIT;
	sink->result = input_span(copy);
	return OK;
}

void
store_sink_init(struct store_sink *sink, struct store *store)
{
	*sink = (struct store_sink){
		.filter = { sink_write, sink_end, NULL }, .store = store };
	buf_init(&sink->buf, store->fd == -1 ? EXPANDED_BYTES_MAX :
	    SPILL_BYTES);
	digest_init(&sink->digest);
}

void
store_sink_fini(struct store_sink *sink)
{
	struct store *store = sink->store;

	if (!sink->hashed)
		digest_fini(&sink->digest);
	if (!sink->hashed && sink->bytes <= store->total_max - store->lost) {
		store->lost += sink->bytes;
		store->total -= sink->bytes;
		if (sink->spilled)
			store->used = sink->offset;
	}
	buf_fini(&sink->buf);
}
