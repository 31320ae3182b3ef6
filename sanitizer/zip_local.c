/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The local view of an archive (ZIP_TOLERANT): what a reader sees that walks
 * from byte 0 over local headers and never looks at the directory. It is
 * merged into the entries of the directory: where both say the same there is
 * one entry, else there are two, and the archive is in conflict.
 *
 * Headers are looked for in what no entry covers, byte by byte, so that
 * prefixes, gaps and second archives are seen. Nothing is looked at twice.
 */
#include <string.h>

#include "zip_internal.h"

struct walk {
	struct zip_reader *r;
	uint64_t	 at;
	size_t		 central_n;	/* entries of the directory */
	size_t		 next;		/* in by_header, not yet passed */
	unsigned	 false_headers;
};

/* Go on to the next signature of a local header; *found: there is one. */
static enum err
seek(struct walk *w, bool *found)
{
	struct zip_reader *r = w->r;
	uint8_t p[ZIP_LOCAL_BYTES];
	enum err err;

	*found = false;
	while (r->in->len >= ZIP_LOCAL_BYTES &&
	    w->at <= r->in->len - ZIP_LOCAL_BYTES) {
		const uint8_t *start, *hit;
		size_t n;

		/* makes the window reach from here on */
		if ((err = zip_bytes(r, w->at, p, sizeof(p))) != OK)
			return err;
		start = r->window + (w->at - r->window_at);
		n = r->window_n - (size_t)(w->at - r->window_at);
		hit = memmem(start, n, "PK\3\4", 4);
		if (hit != NULL) {
			w->at += (uint64_t)(hit - start);
			*found = true;
			return OK;
		}
		w->at += n - 3;
	}
	return OK;
}

/* Does it look like a header, or like four bytes of something else? */
static bool
is_plausible(const struct zip_reader *r, const uint8_t *p, uint64_t at)
{
	struct zip_header h;

	zip_header_local(&h, p);
	return h.name_n > 0 && h.name_n <= ZIP_NAME_BYTES_MAX &&
	    h.needs <= 63 && h.method <= ZIP_AES &&
	    h.name_n + h.extra_n <= r->in->len - at - ZIP_LOCAL_BYTES;
}

static bool
is_ascii(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] >= 0x80)
			return false;
	return true;
}

static bool
agree(const struct zip_entry *central, const struct zip_entry *local,
    bool descriptor)
{
	return span_equal(central->name, local->name) &&
	    central->method == local->method &&
	    (central->utf8 == local->utf8 || is_ascii(local->name)) &&
	    central->encrypted == local->encrypted &&
	    (central->crc == local->crc || (descriptor && local->crc == 0)) &&
	    (central->compressed == local->compressed ||
	    (descriptor && local->compressed == 0)) &&
	    (central->size == local->size || (descriptor && local->size == 0));
}

/* The first entry of the directory that has its header here and agrees. */
static struct zip_entry *
find_central(struct walk *w, const struct zip_entry *local, bool descriptor)
{
	struct zip *zip = w->r->zip;
	struct zip_entry *same = NULL;

	while (w->next < w->central_n) {
		struct zip_entry *e =
		    &zip->entries[w->r->by_header[w->next]];

		if (e->header > local->header)
			break;
		w->next++;
		if (e->header == local->header && same == NULL &&
		    agree(e, local, descriptor))
			same = e;
	}
	return same;
}

static enum err
add_local(struct walk *w, const struct zip_entry *e)
{
	struct zip_reader *r = w->r;
	struct zip *zip = r->zip;
	struct zip_entry *own;

	zip->conflict = true;
	if (zip->entries_n == r->entries_max)
		return zip_refuse(zip, ERR_LIMIT, "ZIP: more than %zu entries",
		    r->entries_max);
	own = &zip->entries[zip->entries_n];
	*own = *e;
	if (!arena_dup(r->arena, e->name, &own->name) ||
	    !arena_dup(r->arena, e->unicode, &own->unicode))
		return zip_refuse(zip, ERR_LIMIT, "ZIP: out of memory");
	zip->entries_n++;
	return OK;
}

/* A local header that looks like one: an entry, and where to go on. */
static enum err
take_header(struct walk *w)
{
	struct zip_reader *r = w->r;
	struct zip_header h;
	struct zip_entry e, *same;
	bool extra_ok, descriptor;
	enum err err = zip_local_read(r, w->at, &h, &extra_ok);

	if (err != OK)
		return err;
	zip_entry_fill(&e, &h);
	e.view = ZIP_VIEW_LOCAL;
	e.offset = w->at + ZIP_LOCAL_BYTES + h.name_n + h.extra_n;
	descriptor = (h.flags & ZIP_FLAG_DESCRIPTOR) != 0;
	same = find_central(w, &e, descriptor);
	if (same != NULL) {
		same->view |= ZIP_VIEW_LOCAL;
		e = *same;
		e.offset = same->offset;
	} else {
		if (descriptor && e.compressed == 0 &&
		    (err = zip_measure(r, &e)) != OK)
			return err;
		if ((err = add_local(w, &e)) != OK)
			return err;
	}
	w->at = e.compressed > r->in->len - e.offset ? r->in->len :
	    e.offset + e.compressed;
	return OK;
}

static enum err
walk(struct walk *w)
{
	struct zip_reader *r = w->r;
	uint8_t p[ZIP_LOCAL_BYTES];
	bool found;
	enum err err;

	while ((err = seek(w, &found)) == OK && found) {
		err = zip_bytes(r, w->at, p, sizeof(p));
		if (err == ERR_INPUT)
			return OK;		/* cut off in the header */
		if (err == OK && is_plausible(r, p, w->at))
			err = take_header(w);
		else if (++w->false_headers > ZIP_FALSE_HEADERS_MAX)
			err = zip_refuse(r->zip, ERR_LIMIT,
			    "ZIP: too many pieces of headers");
		else
			w->at++;
		if (err != OK)
			return err;
	}
	return err;
}

/* Where the data of an entry of the directory are: behind its header. */
static enum err
place_central(struct zip_reader *r, struct zip_entry *e)
{
	uint8_t p[ZIP_LOCAL_BYTES];
	uint64_t offset;
	enum err err = zip_bytes(r, e->header, p, sizeof(p));

	if (err == ERR_SYSTEM)
		return err;
	if (err != OK || zip_get32(p) != ZIP_LOCAL)
		return OK;
	offset = e->header + ZIP_LOCAL_BYTES + zip_get16(p + 26) +
	    zip_get16(p + 28);
	if (offset <= r->in->len)
		e->offset = offset;
	return OK;
}

enum err
zip_local_view(struct zip_reader *r)
{
	struct zip *zip = r->zip;
	struct walk w = { .r = r, .central_n = zip->entries_n };
	enum err err = OK;

	zip_sort_headers(r);
	for (size_t i = 0; i < w.central_n && err == OK; i++)
		err = place_central(r, &zip->entries[r->by_header[i]]);
	if (err == OK)
		err = walk(&w);
	if (err == ERR_SYSTEM)
		return zip_refuse(zip, err, "ZIP: cannot be read");
	if (err != OK)
		return err;
	for (size_t i = 0; i < w.central_n; i++)
		if (zip->entries[i].view != (ZIP_VIEW_CENTRAL |
		    ZIP_VIEW_LOCAL))
			zip->conflict = true;
	if (zip->entries_n == 0 && !r->directory_ok)
		return zip_refuse(zip, ERR_INPUT, "ZIP: nothing is in it");
	return OK;
}
