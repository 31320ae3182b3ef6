/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pictures of a package: each to JPEG or PNG over its pixels, by what its
 * bytes are, never by its name. What cannot be drawn becomes a grey field,
 * so that the page keeps its layout and the reader sees that something was.
 */
#include "opc_internal.h"

#include <stdio.h>
#include <string.h>

#include "image.h"

#define PICTURE_BYTES_MAX	(100u * 1024 * 1024)

/* 8 x 8 pixels of one grey, in the form that format_png() writes. */
static const uint8_t grey[] = {
	0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00,
	0x0d, 0x49, 0x48, 0x44, 0x52, 0x00, 0x00, 0x00, 0x08, 0x00, 0x00,
	0x00, 0x08, 0x08, 0x00, 0x00, 0x00, 0x00, 0xe1, 0x64, 0xe1, 0x57,
	0x00, 0x00, 0x00, 0x11, 0x49, 0x44, 0x41, 0x54, 0x08, 0x5b, 0x63,
	0x3c, 0xc0, 0x00, 0x01, 0x4c, 0x50, 0x9a, 0x4c, 0x06, 0x00, 0x37,
	0xc8, 0x00, 0xd0, 0x62, 0xda, 0xc4, 0xae, 0x00, 0x00, 0x00, 0x00,
	0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
};

static bool
is_metafile(struct span s)
{
	return (s.len > 44 && span_begins(s, SPAN("\x01\0\0\0")) &&
	    memcmp(s.ptr + 40, " EMF", 4) == 0) ||
	    span_begins(s, SPAN("\xd7\xcd\xc6\x9a")) ||
	    span_begins(s, SPAN("\x01\0\x09\0\0\x03")) ||
	    span_begins(s, SPAN("\x02\0\x09\0\0\x03"));
}

/* What a picture lost, under the name of its part. */
static enum err
take_removed(struct opc *opc, const struct opc_part *part, struct span list)
{
	struct removed_item item;
	char what[REMOVED_TEXT_BYTES_MAX + 1];
	enum err err = OK;

	while (err == OK && removed_next(&list, &item)) {
		snprintf(what, sizeof(what), "%.*s", (int)item.what.len,
		    (const char *)item.what.ptr);
		err = removed_add(opc->removed, what, item.count,
		    part->name);
	}
	return err;
}

static enum err
convert(struct opc *opc, struct opc_part *part, struct span bytes,
    enum safe_type *type)
{
	struct convert_result result = { 0 };
	struct input in = input_span(bytes);
	struct buf_sink sink;
	enum err err;

	buf_init(&result.removed, REMOVED_BYTES_MAX);
	buf_sink_init(&sink, &part->out);
	err = picture_convert(&in, &sink.filter, &result);
	*type = result.type;
	if (err == OK)
		err = take_removed(opc, part, buf_span(&result.removed));
	buf_fini(&result.removed);
	return err;
}

enum err
opc_picture(struct opc *opc, struct opc_part *part)
{
	enum safe_type type = SAFE_NONE;
	struct buf bytes;
	struct buf_sink sink;
	size_t n = strlen(part->out_name);
	enum err err;

	buf_init(&bytes, PICTURE_BYTES_MAX);
	buf_sink_init(&sink, &bytes);
	err = zip_read(&opc->zip, part->entry, &sink.filter);
	if (err == OK)
		err = convert(opc, part, buf_span(&bytes), &type);
	if (err != OK && err != ERR_SYSTEM) {
		buf_clear(&part->out);
		err = removed_add(opc->removed, is_metafile(buf_span(&bytes))
		    ? "emf" : "picture", 1, part->name);
		if (err == OK)
			err = buf_add(&part->out, (struct span){ grey,
			    sizeof(grey) });
		type = SAFE_PNG;
	}
	part->out_type = type == SAFE_JPEG ? "image/jpeg" : "image/png";
	snprintf(part->out_name + n, sizeof(part->out_name) - n, ".%s",
	    type == SAFE_JPEG ? "jpeg" : "png");
	buf_fini(&bytes);
	return err;
}
