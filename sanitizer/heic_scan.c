/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Boxes of ISO 14496-12, as deep as the properties of items lie: four levels,
 * each a loop of its own function. Lengths are clamped to the box around.
 */
#include "heic_scan.h"

#define BOXES_MAX	10000

struct box {
	struct span	type;
	struct span	body;
};

static uint64_t
get(struct span s, size_t at, unsigned n)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < n; i++)
		value = value << 8 | (at + i < s.len ? s.ptr[at + i] : 0);
	return value;
}

/* Take the first box off s; false at the end, or when it is damaged. */
static bool
next_box(struct span *s, struct box *box)
{
	uint64_t len = get(*s, 0, 4);
	size_t head = 8;

	if (s->len < 8)
		return false;
	if (len == 1) {
		len = get(*s, 8, 8);
		head = 16;
	} else if (len == 0)
		len = s->len;
	if (len < head || len > s->len)
		return false;
	box->type = span_sub(*s, 4, 4);
	box->body = span_sub(*s, head, (size_t)len - head);
	*s = span_sub(*s, (size_t)len, s->len);
	return true;
}

static enum err
item(struct span body, unsigned *pictures, struct convert_result *result)
{
	size_t at = body.len > 0 && body.ptr[0] == 3 ? 10 : 8;
	struct span type = span_sub(body, at, 4);

	if (span_equal(type, SPAN("Exif")))
		return removed_add(&result->removed, "exif", 1, SPAN("HEIF"));
	if (span_equal(type, SPAN("mime")))
		return removed_add(&result->removed, "xmp", 1, SPAN("HEIF"));
	if (span_equal(type, SPAN("hvc1")))
		++*pictures;
	if (span_equal(type, SPAN("av01")))
		return image_error(result, ERR_POLICY,
		    "HEIF: AVIF is not supported");
	if (span_equal(type, SPAN("iovl")))
		return image_error(result, ERR_POLICY,
		    "HEIF: pictures over each other are not supported");
	return OK;
}

static enum err
items(struct span s, unsigned *pictures, struct convert_result *result)
{
	struct box box;
	enum err err = OK;

	s = span_sub(s, s.len > 0 && s.ptr[0] == 0 ? 6 : 8, s.len);
	for (unsigned n = 0; n < BOXES_MAX && err == OK &&
	    next_box(&s, &box); n++)
		if (span_equal(box.type, SPAN("infe")))
			err = item(box.body, pictures, result);
	return err;
}

static enum err
properties(struct span s, uint64_t file_bytes, struct convert_result *result)
{
	struct box outer, box;
	uint64_t w, h;
	enum err err = OK;

	if (!next_box(&s, &outer) || !span_equal(outer.type, SPAN("ipco")))
		return image_error(result, ERR_INPUT, "HEIF: no properties");
	s = outer.body;
	for (unsigned n = 0; n < BOXES_MAX && err == OK &&
	    next_box(&s, &box); n++) {
		if (span_equal(box.type, SPAN("ispe"))) {
			w = get(box.body, 4, 4);
			h = get(box.body, 8, 4);
			err = image_check_size(w, h, w * h * 3, file_bytes,
			    result);
		} else if (span_equal(box.type, SPAN("colr")) &&
		    (span_begins(box.body, SPAN("prof")) ||
		    span_begins(box.body, SPAN("rICC"))))
			err = removed_add(&result->removed, "icc", 1,
			    SPAN("HEIF"));
	}
	return err;
}

static enum err
meta(struct span s, uint64_t file_bytes, struct convert_result *result)
{
	unsigned pictures = 0, found = 0;
	struct box box;
	enum err err = OK;

	s = span_sub(s, 4, s.len);
	for (unsigned n = 0; n < BOXES_MAX && err == OK &&
	    next_box(&s, &box); n++) {
		if (span_equal(box.type, SPAN("iinf"))) {
			err = items(box.body, &pictures, result);
			found |= 1;
		} else if (span_equal(box.type, SPAN("iprp"))) {
			err = properties(box.body, file_bytes, result);
			found |= 2;
		}
	}
	if (err == OK && (found != 3 || pictures == 0))
		err = image_error(result, ERR_INPUT,
		    "HEIF: no picture coded in HEVC");
	return err;
}

enum err
heic_scan(struct span file, struct convert_result *result)
{
	struct span s = file;
	unsigned metas = 0;
	struct box box;
	enum err err = OK;

	for (unsigned n = 0; n < BOXES_MAX && err == OK &&
	    next_box(&s, &box); n++) {
		if (span_equal(box.type, SPAN("meta"))) {
			err = metas++ == 0 ? meta(box.body, file.len, result) :
			    image_error(result, ERR_INPUT,
			    "HEIF: described twice");
		} else if (span_equal(box.type, SPAN("moov")))
			err = removed_add(&result->removed, "animation", 1,
			    SPAN("HEIF"));
	}
	if (err == OK && metas == 0)
		err = image_error(result, ERR_INPUT, "HEIF: no description");
	if (err == OK && s.len > 0)
		err = removed_add(&result->removed, "trailing-bytes", s.len,
		    SPAN("HEIF"));
	return err;
}
