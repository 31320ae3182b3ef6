/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading rule files for check and print: the only place of the tool that
 * opens what an `include` names.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../gateway/base/clock.h"
#include "commands.h"
#include "rules_file.h"

#define READ_BYTES	(64u * 1024)

static enum err
read_fd(int fd, struct buf *text, struct diag *diag)
{
	struct stat st;
	uint8_t *room;
	ssize_t n;
	enum err err;

	if (fstat(fd, &st) == -1)
		return diag_system(diag, "stat");
	if (S_ISDIR(st.st_mode))
		return diag_set(diag, ERR_INPUT, "it is a folder");
	if (S_ISREG(st.st_mode) && st.st_size > RULES_TEXT_BYTES_MAX)
		return diag_set(diag, ERR_LIMIT, "%lld bytes; rules have at "
		    "most %u MB", (long long)st.st_size,
		    RULES_TEXT_BYTES_MAX >> 20);
	for (;;) {
		err = buf_reserve(text, READ_BYTES, &room);
		if (err != OK)
			return diag_set(diag, err, "more than %u MB",
			    RULES_TEXT_BYTES_MAX >> 20);
		n = read(fd, room, READ_BYTES);
		if (n == -1)
			return diag_system(diag, "read");
		if (n == 0)
			return OK;
		text->len += (size_t)n;
	}
}

static enum err
read_file(void *arg, const char *path, struct span *text, struct diag *diag)
{
	struct rules_file *file = arg;
	struct buf *buf;
	enum err err;
	int fd;

	if (file->texts_n == RULES_FILES_MAX)
		return diag_set(diag, ERR_LIMIT, "too many files");
	buf = &file->texts[file->texts_n++];
	buf_init(buf, RULES_TEXT_BYTES_MAX + READ_BYTES);
	fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) :
	    open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd == -1)
		return diag_system(diag, "open");
	err = read_fd(fd, buf, diag);
	close(fd);
	*text = buf_span(buf);
	if (err == OK)
		err = buf_add(&file->paths, (struct span){
		    (const uint8_t *)path, strlen(path) + 1 });
	return err;
}

uint32_t
rules_today(void)
{
	time_t now = (time_t)(clock_wall_ms() / 1000);
	struct tm tm;

	if (localtime_r(&now, &tm) == NULL)
		return 0;
	return (uint32_t)((now + tm.tm_gmtoff) / 86400);
}

enum err
rules_file_open(struct rules_file *file, const char *path, struct diag *diag)
{
	struct span text;
	enum err err;

	memset(file, 0, sizeof(*file));
	buf_init(&file->paths, RULES_FILES_MAX * (size_t)4096);
	file->reader = (struct rules_reader){ read_file, file };
	err = read_file(file, path, &text, diag);
	if (err != OK)
		return err;
	file->run = rules_run_new(strcmp(path, "-") == 0 ? "stdin" : path,
	    text, &file->reader, rules_today());
	if (file->run == NULL)
		return diag_set(diag, ERR_SYSTEM, "out of memory");
	return OK;
}

void
rules_file_close(struct rules_file *file)
{
	rules_run_free(file->run);
	buf_fini(&file->paths);
	for (unsigned i = 0; i < file->texts_n; i++)
		buf_fini(&file->texts[i]);
}

enum err
rules_file_findings(const struct rules_file *file, struct buf *out)
{
	enum err err = OK;

	for (uint32_t i = 0; i < rules_run_findings(file->run) && err == OK;
	    i++)
		err = rules_finding_print(rules_run_finding(file->run, i),
		    out);
	return err;
}

/* Everything that is wrong with the file, to standard error. */
static void
say_findings(const struct rules_file *file)
{
	struct buf text;

	buf_init(&text, OUTPUT_BYTES_MAX);
	if (rules_file_findings(file, &text) == OK)
		fprintf(stderr, "%.*s", (int)text.len,
		    (const char *)text.ptr);
	buf_fini(&text);
}

int
rules_file_image(struct rules_file *file, const char *command,
    const char *path, struct buf *bytes, struct rules_image **image)
{
	struct diag diag = { 0 };
	enum err err = rules_file_open(file, path, &diag);

	*image = NULL;
	if (err == OK && rules_run_errors(file->run) > 0) {
		say_findings(file);
		return EXIT_REFUSED;
	}
	buf_init(bytes, OUTPUT_BYTES_MAX);
	if (err == OK && (err = rules_compile(file->run, bytes)) != OK)
		(void)diag_set(&diag, err, "the compiled rules are too large");
	if (err == OK)
		err = rules_image_open(buf_span(bytes), image, &diag);
	if (err == OK)
		err = rules_image_prepare(*image, &diag);
	if (err == OK)
		return EXIT_DONE;
	rules_image_close(*image);
	buf_fini(bytes);
	fprintf(stderr, "sekisho %s: %s: %s\n", command, path, diag.what);
	return err == ERR_SYSTEM ? EXIT_SYSTEM : EXIT_REFUSED;
}
