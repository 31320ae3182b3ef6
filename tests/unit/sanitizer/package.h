/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_TEST_PACKAGE_H
#define SEKISHO_TEST_PACKAGE_H

/*
 * Packages of parts that a test writes down, and what became of them. The
 * content types are put together from the parts' types.
 */
#include <stdbool.h>
#include <string.h>

#include "../../../sanitizer/format_ooxml.h"
#include "../../../sanitizer/report.h"
#include "../../../sanitizer/zip.h"

#define PACKAGE_BYTES_MAX	(16u * 1024 * 1024)
#define PACKAGE_RELATIONS \
	"http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
#define PACKAGE_WORD "application/vnd.openxmlformats-officedocument." \
	"wordprocessingml."

struct package_part {
	const char	*name;		/* NULL ends a list */
	const char	*type;		/* NULL: by its extension */
	const char	*text;
	size_t		 len;		/* 0: of the text */
};

static inline enum err
package_types(const struct package_part *parts, struct buf *out)
{
	enum err err;

	err = buf_add_str(out, "<Types xmlns=\"http://schemas."
	    "openxmlformats.org/package/2006/content-types\">"
	    "<Default Extension=\"png\" ContentType=\"image/png\"/>"
	    "<Default Extension=\"emf\" ContentType=\"image/x-emf\"/>"
	    "<Default Extension=\"bin\" ContentType=\"application/x\"/>"
	    "<Default Extension=\"rels\" ContentType=\"application/vnd."
	    "openxmlformats-package.relationships+xml\"/>"
	    "<Default Extension=\"xml\" ContentType=\"application/xml\"/>");
	for (; err == OK && parts->name != NULL; parts++)
		if (parts->type != NULL)
			err = buf_printf(out, "<Override PartName=\"/%s\" "
			    "ContentType=\"%s\"/>", parts->name,
			    parts->type);
	return err == OK ? buf_add_str(out, "</Types>") : err;
}

/* out was made with buf_init(). */
static inline enum err
package_make(const struct package_part *parts, struct buf *out)
{
	struct zip_writer zip;
	struct buf_sink sink;
	struct buf types;
	struct input in;
	enum err err;

	buf_init(&types, 65536);
	buf_sink_init(&sink, out);
	if ((err = zip_writer_init(&zip, &sink.filter)) != OK)
		return err;
	err = package_types(parts, &types);
	in = input_span(buf_span(&types));
	if (err == OK)
		err = zip_add(&zip, SPAN("[Content_Types].xml"), &in, false);
	for (; err == OK && parts->name != NULL; parts++) {
		in = input_span((struct span){
			(const uint8_t *)parts->text, parts->len > 0 ?
			parts->len : strlen(parts->text) });
		err = zip_add(&zip, span_str(parts->name), &in, false);
	}
	if (err == OK)
		err = zip_finish(&zip);
	zip_writer_fini(&zip);
	buf_fini(&types);
	return err;
}

/* One part of a package, appended to out; ERR_INPUT: it has none. */
static inline enum err
package_part(struct span package, const char *name, struct buf *out)
{
	struct arena *arena = arena_new(8u * 1024 * 1024);
	struct input in = input_span(package);
	struct buf_sink sink;
	struct zip zip;
	enum err err;
	long entry;

	buf_sink_init(&sink, out);
	err = zip_open(&zip, &in, ZIP_STRICT, arena);
	if (err == OK) {
		entry = zip_find(&zip, span_str(name));
		err = entry < 0 ? ERR_INPUT :
		    zip_read(&zip, (size_t)entry, &sink.filter);
	}
	arena_free(arena);
	return err;
}

#endif
