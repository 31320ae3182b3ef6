/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rules as bytes between the tool and the gateway: a rule file with all it
 * includes, so that neither opens a path for the other.
 */
#include <string.h>

#include "../gateway/base/wire.h"
#include "rules_file.h"

enum err
rules_pack(const struct rules_file *file, struct buf *out, struct diag *diag)
{
	struct span paths = buf_span(&file->paths), path;
	enum err err = wire_put_u32(out, file->texts_n);

	for (unsigned i = 0; i < file->texts_n && err == OK; i++) {
		if (!span_cut(&paths, '\0', &path))
			err = ERR_INPUT;
		if (err == OK)
			err = wire_put_bytes(out, span_equal(path,
			    SPAN("-")) ? SPAN("stdin") : path);
		if (err == OK)
			err = wire_put_bytes(out, buf_span(&file->texts[i]));
	}
	return err == OK ? OK : diag_set(diag, err,
	    "the rule files are too long");
}

static enum err
take_file(struct rules_file *file, struct span path, struct span text)
{
	struct buf *buf = &file->texts[file->texts_n++];
	enum err err;

	buf_init(buf, RULES_TEXT_BYTES_MAX);
	err = buf_add(buf, text);
	if (err == OK)
		err = buf_add(&file->paths, path);
	return err == OK ? buf_add_byte(&file->paths, '\0') : err;
}

enum err
rules_unpack(struct rules_file *file, struct span packed, struct diag *diag)
{
	struct wire_reader reader;
	struct span path, text;
	enum err err = OK;
	uint32_t n;

	memset(file, 0, sizeof(*file));
	buf_init(&file->paths, RULES_FILES_MAX * (size_t)4096);
	wire_reader_init(&reader, packed);
	n = wire_get_u32(&reader);
	if (n == 0 || n > RULES_FILES_MAX)
		reader.bad = true;
	for (uint32_t i = 0; i < n && err == OK && !reader.bad; i++) {
		path = wire_get_bytes(&reader, 4096);
		text = wire_get_bytes(&reader, RULES_TEXT_BYTES_MAX);
		if (!reader.bad)
			err = take_file(file, path, text);
	}
	if (err != OK)
		return diag_set(diag, err, "the rules are too long");
	return wire_reader_done(&reader) ? OK : diag_set(diag, ERR_INPUT,
	    "the rules that came are damaged");
}

/* Of those that came: nothing is opened. */
static enum err
find(void *arg, const char *path, struct span *text, struct diag *diag)
{
	const struct rules_file *file = arg;
	struct span paths = buf_span(&file->paths), one;

	for (unsigned i = 0; i < file->texts_n &&
	    span_cut(&paths, '\0', &one); i++)
		if (span_equal(one, span_str(path))) {
			*text = buf_span(&file->texts[i]);
			return OK;
		}
	return diag_set(diag, ERR_SYSTEM, "it is not of this generation");
}

enum err
rules_pack_run(struct rules_file *file, struct diag *diag)
{
	file->reader = (struct rules_reader){ find, file };
	file->run = rules_run_renew((const char *)file->paths.ptr,
	    buf_span(&file->texts[0]), &file->reader, rules_today());
	return file->run != NULL ? OK : diag_set(diag, ERR_SYSTEM,
	    "out of memory");
}
