/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pictures of a package: each to JPEG or PNG over its pixels, by what its
 * bytes are, never by its name. What cannot be drawn becomes a grey field
 * (opc_box.c), so that the page keeps its layout and the reader sees that
 * something was. Metafiles are not drawn: they are programs for a graphics
 * library, and no reader of them that we know holds against hostile ones.
 */
#include "opc_internal.h"

#include <stdio.h>
#include <string.h>

#include "image.h"

#define PICTURE_BYTES_MAX	(100u * 1024 * 1024)

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
		err = removed_add(opc->removed,
		    opc_is_metafile(buf_span(&bytes)) ? "emf" : "picture", 1,
		    part->name);
		buf_sink_init(&sink, &part->out);
		if (err == OK)
			err = opc_box(opc, buf_span(&bytes), &sink.filter);
		type = SAFE_PNG;
	}
	part->out_type = type == SAFE_JPEG ? "image/jpeg" : "image/png";
	snprintf(part->out_name + n, sizeof(part->out_name) - n, ".%s",
	    type == SAFE_JPEG ? "jpeg" : "png");
	buf_fini(&bytes);
	return err;
}
