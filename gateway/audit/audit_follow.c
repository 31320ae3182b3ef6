/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audit_follow.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

/* ---- a position as text ---- */

bool
audit_position_read(struct span text, struct audit_position *position)
{
	struct span number, offset;

	return span_cut(&text, ' ', &number) && span_cut(&text, ' ', &offset) &&
	    span_ends(text, SPAN("\n")) &&
	    span_decimal(number, UINT64_MAX, &position->number) &&
	    span_decimal(offset, INT64_MAX, &position->offset) &&
	    span_decimal(span_sub(text, 0, text.len - 1), UINT64_MAX,
	    &position->seq);
}

enum err
audit_position_text(const struct audit_position *position, struct buf *out)
{
	return buf_printf(out, "%" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
	    position->number, position->offset, position->seq);
}

/* ---- lines ---- */

void
audit_follow_init(struct audit_follow *follow, int dir,
    const struct audit_position *at)
{
	memset(follow, 0, sizeof(*follow));
	follow->dir = dir;
	follow->at = *at;
}

static void
leave(struct audit_follow *follow)
{
	if (follow->open)
		audit_reader_fini(&follow->reader);
	follow->open = false;
}

void
audit_follow_fini(struct audit_follow *follow)
{
	leave(follow);
}

/* The file of the position, or the next one that there is. */
static enum err
find_file(const struct audit_follow *follow, struct audit_name *name,
    struct diag *diag)
{
	const struct audit_name *all;
	struct buf names;
	enum err err;
	size_t n, i;

	buf_init(&names, AUDIT_FILES_MAX * sizeof(struct audit_name));
	err = audit_folder_list(follow->dir, &names, &n, diag);
	all = (const struct audit_name *)(const void *)names.ptr;
	for (i = 0; err == OK && i < n && all[i].number < follow->at.number; )
		i++;
	if (err == OK && i == n)
		err = ERR_AGAIN;
	else if (err == OK)
		*name = all[i];
	buf_fini(&names);
	return err;
}

static enum err
enter(struct audit_follow *follow, struct diag *diag)
{
	struct audit_name name;
	enum err err = find_file(follow, &name, diag);
	int fd;

	if (err != OK)
		return err;
	if (name.number != follow->at.number) {
		follow->at.number = name.number;
		follow->at.offset = 0;
	}
	fd = openat(follow->dir, name.text, O_RDONLY | O_CLOEXEC |
	    O_NOFOLLOW);
	if (fd == -1)
		return diag_system(diag, name.text);
	audit_reader_init(&follow->reader, fd, follow->at.offset);
	follow->open = true;
	return OK;
}

enum err
audit_follow_next(struct audit_follow *follow, uint64_t last,
    struct span *line, struct diag *diag)
{
	enum err err = OK;

	for (;;) {
		if (!follow->open && (err = enter(follow, diag)) != OK)
			return err;
		err = audit_reader_next(&follow->reader, line, diag);
		if (err == OK)
			break;
		/* a torn or endless line is the end of a file, too */
		if (err == ERR_AGAIN && follow->at.number >= last)
			return err;
		if (err == ERR_SYSTEM || follow->at.number >= last) {
			leave(follow);
			return err == ERR_SYSTEM ? err : ERR_AGAIN;
		}
		leave(follow);
		follow->at.number++;
		follow->at.offset = 0;
	}
	follow->at.offset = follow->reader.at;
	follow->is_record = audit_line_read(span_sub(*line, 0, line->len - 1),
	    &follow->record);
	if (follow->is_record)
		follow->at.seq = follow->record.seq;
	return OK;
}
