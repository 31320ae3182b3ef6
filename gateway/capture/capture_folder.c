/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names of the files of evidence, and which of them go when there are too
 * many. The folder is read anew each time: there are few files, and it is
 * done only when one begins.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../base/span.h"
#include "capture_folder.h"

struct sum {
	uint64_t	bytes;
	unsigned	files;
	char		oldest[CAPTURE_NAME_BYTES];	/* "": there is none */
};

static size_t
stem_len(const char *name)
{
	return strcspn(name, ".");
}

bool
capture_name_is(const char *name, const char *family)
{
	size_t len = strlen(family);

	return strlen(name) < CAPTURE_NAME_BYTES &&
	    strncmp(name, family, len) == 0 && name[len] == '-' &&
	    (ascii_is_digit((uint8_t)name[len + 1]));
}

/* Digits are numbers: -9 is before -10. */
int
capture_name_compare(const char *a, const char *b)
{
	const char *a_end = a + stem_len(a), *b_end = b + stem_len(b);

	while (a < a_end && b < b_end) {
		size_t a_n = strspn(a, "0123456789");
		size_t b_n = strspn(b, "0123456789");
		int c;

		if (a_n != b_n && a_n > 0 && b_n > 0)
			return a_n < b_n ? -1 : 1;
		if (a_n == 0 || b_n == 0)
			a_n = 1;
		c = memcmp(a, b, a_n);
		if (c != 0)
			return c;
		a += a_n;
		b += a_n;
	}
	return a < a_end ? 1 : b < b_end ? -1 : 0;
}

void
capture_name_make(char stem[CAPTURE_NAME_BYTES], const char *family,
    uint64_t wall_ms, bool daily, unsigned n)
{
	time_t seconds = (time_t)(wall_ms / 1000);
	char when[24];
	struct tm tm;

	if (gmtime_r(&seconds, &tm) == NULL)
		memset(&tm, 0, sizeof(tm));
	(void)strftime(when, sizeof(when), daily ? "%Y%m%d" :
	    "%Y%m%dT%H%M%S", &tm);
	if (daily && n == 0)
		snprintf(stem, CAPTURE_NAME_BYTES, "%s-%s", family, when);
	else
		snprintf(stem, CAPTURE_NAME_BYTES, "%s-%s-%u", family, when,
		    n);
}

static DIR *
open_again(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd == -1 ? NULL : fdopendir(fd);

	if (stream == NULL && fd != -1)
		close(fd);
	return stream;
}

static bool
is_kept(const char *name, const char *keep)
{
	return keep != NULL && capture_name_compare(name, keep) == 0;
}

static enum err
sum_up(int dir, const char *family, const char *keep, struct sum *sum,
    struct diag *diag)
{
	DIR *stream = open_again(dir);
	const struct dirent *entry;
	struct stat st;

	memset(sum, 0, sizeof(*sum));
	if (stream == NULL)
		return diag_system(diag, "read the folder of captures");
	while ((entry = readdir(stream)) != NULL) {
		const char *name = entry->d_name;

		if (!capture_name_is(name, family) || fstatat(dir, name, &st,
		    AT_SYMLINK_NOFOLLOW) == -1)
			continue;
		sum->bytes += (uint64_t)st.st_size;
		sum->files++;
		if (!is_kept(name, keep) && (sum->oldest[0] == '\0' ||
		    capture_name_compare(name, sum->oldest) < 0))
			snprintf(sum->oldest, sizeof(sum->oldest), "%.*s",
			    (int)stem_len(name), name);
	}
	closedir(stream);
	return OK;
}

/* All files of a stem. */
static enum err
erase(int dir, const char *family, const char *stem, unsigned *erased,
    struct diag *diag)
{
	DIR *stream = open_again(dir);
	const struct dirent *entry;
	enum err err = OK;

	if (stream == NULL)
		return diag_system(diag, "read the folder of captures");
	while (err == OK && (entry = readdir(stream)) != NULL) {
		if (!capture_name_is(entry->d_name, family) ||
		    capture_name_compare(entry->d_name, stem) != 0)
			continue;
		if (unlinkat(dir, entry->d_name, 0) == -1)
			err = diag_system(diag, "erase an old capture");
		else
			(*erased)++;
	}
	closedir(stream);
	return err;
}

enum err
capture_folder_trim(int dir, const char *family, uint64_t room,
    uint64_t total_max, const char *keep, unsigned *erased,
    struct diag *diag)
{
	struct sum sum;
	enum err err;

	*erased = 0;
	for (unsigned i = 0; i <= CAPTURE_FILES_MAX * 2; i++) {
		err = sum_up(dir, family, keep, &sum, diag);
		if (err != OK || sum.oldest[0] == '\0' ||
		    (sum.bytes + room <= total_max &&
		    sum.files < CAPTURE_FILES_MAX))
			return err;
		err = erase(dir, family, sum.oldest, erased, diag);
		if (err != OK)
			return err;
	}
	return OK;
}
