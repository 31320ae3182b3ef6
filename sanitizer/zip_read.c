/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The bytes of one entry of a ZIP, by zlib's raw inflate, counted as they
 * come: no header is believed before the end, where all of them must be true.
 */
#include <string.h>

#include <zlib.h>

#include "zip_internal.h"

#define IN_BYTES	(16 * 1024)
#define OUT_BYTES	(32 * 1024)

struct job {
	struct zip	*zip;
	struct zip_entry *entry;
	struct filter	*out;		/* NULL: only measured */
	const struct input *in;
	uint64_t	 produced;
	uint32_t	 crc;
};

static uint64_t
entry_max(const struct zip *zip)
{
	return zip->profile == ZIP_STRICT ? ZIP_PART_BYTES_MAX :
	    ZIP_ENTRY_BYTES_MAX;
}

static uint64_t
sum_max(const struct zip *zip)
{
	return zip->profile == ZIP_STRICT ? ZIP_PARTS_BYTES_MAX :
	    ZIP_ENTRIES_BYTES_MAX;
}

/* Count, then pass on. */
static enum err
give(struct job *job, const uint8_t *bytes, size_t len)
{
	struct zip *zip = job->zip;
	struct zip_entry *e = job->entry;

	job->produced += len;
	job->crc = (uint32_t)crc32(job->crc, bytes, (uInt)len);
	if (job->produced > e->counted) {
		zip->inflated += job->produced - e->counted;
		e->counted = job->produced;
	}
	if (job->produced > entry_max(zip) || zip->inflated > sum_max(zip) ||
	    (job->produced > ZIP_RATIO_FREE_BYTES &&
	    job->produced / ZIP_RATIO_MAX > job->in->len)) {
		(void)zip_refuse_entry(zip, e->name, "too large unpacked");
		return ERR_LIMIT;
	}
	if (job->out == NULL)
		return OK;
	if (job->produced > e->size)
		return zip_refuse_entry(zip, e->name, "longer than promised");
	return filter_write(job->out, (struct span){ bytes, len });
}

static enum err
read_stored(struct job *job)
{
	uint8_t bytes[OUT_BYTES];
	uint64_t at = 0;
	enum err err = OK;

	while (err == OK && at < job->in->len) {
		size_t got;

		err = input_read(job->in, at, bytes, sizeof(bytes), &got);
		if (err != OK || got == 0)
			break;
		err = give(job, bytes, got);
		at += got;
	}
	return err;
}

/* Until the deflated data end; *used: how many bytes of the input they are. */
static enum err
read_deflated(struct job *job, z_stream *z, uint64_t *used)
{
	NOT_ZEROED uint8_t in[IN_BYTES], out[OUT_BYTES];
	uint64_t at = 0;
	enum err err;
	int status = Z_OK;
	size_t got;

	do {
		if (z->avail_in == 0) {
			err = input_read(job->in, at, in, sizeof(in), &got);
			if (err != OK)
				return err;
			z->next_in = in;
			z->avail_in = (uInt)got;
			at += got;
		}
		z->next_out = out;
		z->avail_out = sizeof(out);
		status = inflate(z, Z_NO_FLUSH);
		if (status != Z_OK && status != Z_STREAM_END)
			return zip_refuse_entry(job->zip, job->entry->name,
			    status == Z_BUF_ERROR ? "cut off" :
			    "its compressed data are damaged");
		if (z->avail_out < sizeof(out) && (err = give(job, out,
		    sizeof(out) - z->avail_out)) != OK)
			return err;
	} while (status != Z_STREAM_END);
	*used = at - z->avail_in;
	return OK;
}

static enum err
inflate_entry(struct job *job, uint64_t *used)
{
	z_stream z = { .next_in = Z_NULL };
	enum err err;

	if (inflateInit2(&z, -MAX_WBITS) != Z_OK)
		return zip_refuse(job->zip, ERR_SYSTEM, "ZIP: out of memory");
	err = read_deflated(job, &z, used);
	inflateEnd(&z);
	return err;
}

enum err
zip_read(struct zip *zip, size_t entry, struct filter *out)
{
	struct zip_entry *e = &zip->entries[entry];
	struct input in;
	struct job job = { .zip = zip, .entry = e, .out = out, .in = &in };
	uint64_t used;
	enum err err;

	require(entry < zip->entries_n);
	if (e->encrypted) {
		(void)zip_refuse_entry(zip, e->name, "encrypted");
		return ERR_POLICY;
	}
	if (e->offset == ZIP_NOWHERE || e->offset > zip->in->len ||
	    e->compressed > zip->in->len - e->offset)
		return zip_refuse_entry(zip, e->name, "cut off");
	in = input_sub(zip->in, e->offset, e->compressed);
	used = e->compressed;
	if (e->method == ZIP_STORED)
		err = read_stored(&job);
	else if (e->method == ZIP_DEFLATED)
		err = inflate_entry(&job, &used);
	else
		err = zip_refuse_entry(zip, e->name, "unknown method");
	if (err != OK)
		return err;
	if (used != e->compressed || job.produced != e->size ||
	    job.crc != e->crc)
		return zip_refuse_entry(zip, e->name,
		    "its length or CRC is not as promised");
	return OK;
}

/*
 * Stored bytes of unknown length end at a descriptor that gives just that
 * length, or at the next header.
 */
static enum err
measure_stored(struct zip_reader *r, struct zip_entry *e)
{
	uint8_t p[16];
	uint64_t at = e->offset;
	enum err err;

	for (; (err = zip_bytes(r, at, p, sizeof(p))) == OK; at++) {
		uint32_t signature = zip_get32(p);

		if (signature == ZIP_LOCAL || signature == ZIP_CENTRAL ||
		    signature == ZIP_END)
			break;
		if (signature == ZIP_DESCRIPTOR &&
		    zip_get32(p + 8) == at - e->offset) {
			e->crc = zip_get32(p + 4);
			break;
		}
	}
	if (err == ERR_SYSTEM)
		return err;
	e->compressed = e->size = err != OK ? r->in->len - e->offset :
	    at - e->offset;
	return OK;
}

/*
 * Size, CRC and compressed size of an entry that only its data tell, and a
 * descriptor behind, which zip_read() need not see. Damaged data have no end:
 * then the entry has no data, and the walk goes on behind its header. What
 * is inflated here counts, and is not counted again when it is read.
 */
enum err
zip_measure(struct zip_reader *r, struct zip_entry *e)
{
	struct input in = input_sub(r->in, e->offset, r->in->len - e->offset);
	struct job job = { .zip = r->zip, .entry = e, .in = &in };
	uint64_t used = 0;
	enum err err;

	if (e->encrypted || e->method != ZIP_DEFLATED)
		return measure_stored(r, e);
	err = inflate_entry(&job, &used);
	if (err == ERR_INPUT) {
		e->size = e->compressed = 0;
		return OK;
	}
	if (err != OK)
		return err;
	e->compressed = used;
	e->size = job.produced;
	e->crc = job.crc;
	return OK;
}
