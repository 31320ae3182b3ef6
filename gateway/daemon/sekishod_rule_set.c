/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A rule file with what it includes, as bytes of our own: copied once, sealed,
 * then compiled and kept from the same copy, whatever happens to the files.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../base/durable.h"
#include "../base/wire.h"
#include "../proc/sealed.h"
#include "sekishod_generation.h"

void
rule_set_init(struct rule_set *set)
{
	set->n = 0;
	set->bytes = 0;
}

void
rule_set_fini(struct rule_set *set)
{
	for (unsigned i = 0; i < set->n; i++)
		if (set->files[i].fd != -1)
			close(set->files[i].fd);
	rule_set_init(set);
}

/* It becomes a line of the meta file. */
static bool
good_path(struct span path)
{
	if (path.len == 0 || path.len >= GENERATION_PATH_BYTES)
		return false;
	for (size_t i = 0; i < path.len; i++)
		if (path.ptr[i] < 0x20 || path.ptr[i] == 0x7f)
			return false;
	return true;
}

enum err
rule_set_add(struct rule_set *set, struct span path, struct span bytes,
    struct diag *diag)
{
	struct rule_file *file = &set->files[set->n];
	enum err err;

	if (set->n == GENERATION_FILES_MAX)
		return diag_set(diag, ERR_LIMIT, "more than %d rule files",
		    GENERATION_FILES_MAX);
	if (bytes.len > RULE_FILE_BYTES_MAX ||
	    bytes.len > RULE_SET_BYTES_MAX - set->bytes)
		return diag_set(diag, ERR_LIMIT, "the rule files are too long");
	if (!good_path(path))
		return diag_set(diag, ERR_INPUT,
		    "the path of a rule file is empty, too long or has "
		    "control characters");
	file->fd = memfd_create("rules", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (file->fd == -1)
		return diag_system(diag, "make memory file");
	err = write_all(file->fd, bytes, diag);
	if (err == OK && fcntl(file->fd, F_ADD_SEALS, SEALED_SEALS |
	    F_SEAL_SEAL) == -1)
		err = diag_system(diag, "seal memory file");
	if (err != OK) {
		close(file->fd);
		return err;
	}
	memcpy(file->path, path.ptr, path.len);
	file->path[path.len] = '\0';
	file->bytes = bytes.len;
	set->bytes += bytes.len;
	set->n++;
	return OK;
}

enum err
rule_set_add_fd(struct rule_set *set, struct span path, int fd,
    struct diag *diag)
{
	struct buf text;
	enum err err;

	/* a little more, so that one too long is seen to be so */
	buf_init(&text, 2 * (size_t)RULE_FILE_BYTES_MAX);
	err = pread_whole(fd, &text, diag);
	if (err == OK)
		err = rule_set_add(set, path, buf_span(&text), diag);
	buf_fini(&text);
	return err;
}

const struct rule_file *
rule_set_find(const struct rule_set *set, struct span path)
{
	for (unsigned i = 0; i < set->n; i++)
		if (span_equal(span_str(set->files[i].path), path))
			return &set->files[i];
	return NULL;
}

/* Each behind its length, so that two do not run together. */
enum err
rule_set_digest(const struct rule_set *set, uint8_t digest[DIGEST_BYTES],
    struct diag *diag)
{
	struct digest sum;
	enum err err = OK;

	digest_init(&sum);
	for (unsigned i = 0; i < set->n && err == OK; i++) {
		const struct rule_file *file = &set->files[i];
		uint8_t one[DIGEST_BYTES];

		err = digest_fd(file->fd, 0, file->bytes, one, diag);
		digest_add(&sum, (struct span){ one, sizeof(one) });
	}
	digest_end(&sum, digest);
	return err;
}
