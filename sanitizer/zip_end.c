/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The end records of a ZIP (APPNOTE 4.3.14 to 4.3.16): where the central
 * directory is. Readers differ in which record they take and in what they
 * believe of it; strict archives have one record that says one thing.
 */
#include <string.h>

#include "zip_internal.h"

#define TAIL_BYTES	(UINT16_MAX + ZIP_END_BYTES)

/*
 * ZIP64 records stand right before the end record, where a writer makes them
 * always (Apache POI does, for large sheets). They must repeat what the end
 * record says, or say what it has no room for.
 */
static enum err
end64(struct zip_reader *r, const uint8_t *end)
{
	uint8_t p[ZIP_END64_BYTES + ZIP_LOCATOR64_BYTES];
	uint64_t at;

	if (r->end < sizeof(p) ||
	    zip_bytes(r, r->end - sizeof(p), p, sizeof(p)) != OK ||
	    zip_get32(p + ZIP_END64_BYTES) != ZIP_LOCATOR64)
		return OK;
	at = r->end - sizeof(p);
	if (zip_get32(p) != ZIP_END64 ||
	    zip_get64(p + 4) != ZIP_END64_BYTES - 12 ||
	    zip_get64(p + ZIP_END64_BYTES + 8) + r->shift != at ||
	    zip_get32(p + ZIP_END64_BYTES + 4) != 0 ||
	    zip_get32(p + ZIP_END64_BYTES + 16) > 1 ||
	    zip_get32(p + 16) != 0 || zip_get32(p + 20) != 0 ||
	    zip_get64(p + 24) != zip_get64(p + 32))
		return ERR_INPUT;
	if ((zip_get16(end + 10) != UINT16_MAX &&
	    zip_get64(p + 32) != r->promised) ||
	    (zip_get32(end + 12) != ZIP_SATURATED &&
	    zip_get64(p + 40) != r->directory_n) ||
	    (zip_get32(end + 16) != ZIP_SATURATED &&
	    zip_get64(p + 48) != r->directory))
		return ERR_INPUT;
	r->promised = zip_get64(p + 32);
	r->directory_n = zip_get64(p + 40);
	r->directory = zip_get64(p + 48);
	r->end = at;
	return OK;
}

/* Is a directory, or its lack where there are no entries, at this place? */
static bool
is_directory(struct zip_reader *r, uint64_t at)
{
	uint8_t p[4];

	if (r->promised == 0)
		return at == r->end;
	return zip_bytes(r, at, p, sizeof(p)) == OK &&
	    zip_get32(p) == ZIP_CENTRAL;
}

/*
 * Some readers go back from the end record by the directory's length, others
 * go where the offset leads, which differs when bytes stand before.
 */
static void
place_directory(struct zip_reader *r)
{
	uint64_t told = r->directory, back;

	r->directory_ok = false;
	if (r->directory_n <= r->end) {
		back = r->end - r->directory_n;
		if (is_directory(r, back) && back >= told) {
			r->shift = back - told;
			r->directory = back;
			r->directory_ok = true;
			r->zip->conflict |= back != told &&
			    is_directory(r, told);
			return;
		}
	}
	if (r->promised > 0 && told < r->end && is_directory(r, told)) {
		if (r->directory_n > r->end - told)
			r->directory_n = r->end - told;
		r->directory_ok = true;
		r->zip->conflict = true;
	}
}

static enum err
strict_end(struct zip_reader *r, const uint8_t *p)
{
	if (zip_get16(p + 4) != 0 || zip_get16(p + 6) != 0 ||
	    zip_get16(p + 8) != zip_get16(p + 10))
		return zip_refuse(r->zip, ERR_INPUT,
		    "ZIP: one of several volumes");
	if (end64(r, p) != OK)
		return zip_refuse(r->zip, ERR_INPUT,
		    "ZIP: the ZIP64 records say something else");
	if (r->directory_n > r->end || r->directory != r->end - r->directory_n)
		return zip_refuse(r->zip, ERR_INPUT,
		    "ZIP: the directory does not end at the end record");
	r->directory_ok = true;
	return OK;
}

/* One candidate; tolerant: directory_ok says whether it was one. */
static enum err
take_end(struct zip_reader *r, uint64_t at, const uint8_t *p)
{
	r->end = at;
	r->shift = 0;
	r->promised = zip_get16(p + 10);
	r->directory_n = zip_get32(p + 12);
	r->directory = zip_get32(p + 16);
	if (r->strict)
		return strict_end(r, p);
	if (end64(r, p) != OK)
		r->zip->conflict = true;
	place_directory(r);
	return OK;
}

enum err
zip_find_end(struct zip_reader *r)
{
	uint64_t start = r->in->len > TAIL_BYTES ? r->in->len - TAIL_BYTES : 0;
	size_t len = (size_t)(r->in->len - start);
	uint8_t *tail = arena_alloc(r->arena, len);
	const uint8_t *p;
	bool found = false;
	enum err err;
	size_t got, left;

	if (tail == NULL)
		return zip_refuse(r->zip, ERR_LIMIT, "ZIP: out of memory");
	err = input_read(r->in, start, tail, len, &got);
	if (err != OK)
		return zip_refuse(r->zip, err, "ZIP: cannot be read");
	left = got;
	for (size_t i; (p = memrchr(tail, 'P', left)) != NULL; left = i) {
		bool fits;

		i = (size_t)(p - tail);
		if (got - i < ZIP_END_BYTES || zip_get32(p) != ZIP_END)
			continue;
		fits = zip_get16(p + 20) == got - i - ZIP_END_BYTES;
		if (r->strict && !found && !fits)
			return zip_refuse(r->zip, ERR_INPUT,
			    "ZIP: bytes behind the end record");
		if (found && fits) {
			r->zip->conflict = true;
			return !r->strict ? OK : zip_refuse(r->zip, ERR_INPUT,
			    "ZIP: two end records");
		}
		if (found)
			continue;
		if ((err = take_end(r, start + i, p)) != OK)
			return err;
		found = r->directory_ok;
	}
	if (!found && r->strict)
		return zip_refuse(r->zip, ERR_INPUT, "ZIP: no end record");
	return OK;
}
