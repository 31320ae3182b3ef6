/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What our ZIP reader sees in a file, for other readers to compare with.
 *
 *	zip_dump strict|tolerant FILE	a line for each entry: view bits,
 *		folder, name and unicode name in hexadecimal, error, bytes,
 *		SHA-256; exit 1 and a reason when it is refused
 *	zip_dump copy FILE >OUT		all entries (strict) written anew;
 *		the verifier has to take it
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../gateway/base/arena.h"
#include "../../gateway/base/digest.h"
#include "../../gateway/verify/verify_zip.h"
#include "../../sanitizer/limits.h"
#include "../../sanitizer/zip.h"

struct hash {
	struct filter	filter;
	struct digest	digest;
	uint64_t	bytes;
};

static enum err
hash_write(struct filter *f, struct span s)
{
	struct hash *hash = (struct hash *)f;

	digest_add(&hash->digest, s);
	hash->bytes += s.len;
	return OK;
}

static enum err
any(void *arg, struct span s, struct diag *diag)
{
	(void)arg;
	(void)s;
	(void)diag;
	return OK;
}

static enum err
any_end(void *arg, struct diag *diag)
{
	(void)arg;
	(void)diag;
	return OK;
}

static enum err
verify(struct span s, struct zip *zip)
{
	static const struct unzip_reader reader = { any, any, any_end };
	static struct unzip unzip;
	struct diag diag = { .err = OK };
	enum err err;

	unzip_init(&unzip, &reader, NULL);
	err = unzip_write(&unzip, s, &diag);
	if (err == OK)
		err = unzip_end(&unzip, &diag);
	if (err != OK)
		snprintf(zip->why, sizeof(zip->why), "verifier: %.100s",
		    diag.what);
	return err;
}

static void
print_hex(const char *before, struct span s)
{
	fputs(before, stdout);
	for (size_t i = 0; i < s.len; i++)
		printf("%02x", s.ptr[i]);
}

static void
dump(struct zip *zip, size_t i)
{
	struct hash hash = { .filter = { .write = hash_write } };
	const struct zip_entry *e = &zip->entries[i];
	uint8_t sha256[DIGEST_BYTES];
	enum err err;

	digest_init(&hash.digest);
	err = zip_read(zip, i, &hash.filter);
	digest_end(&hash.digest, sha256);
	printf("entry %u %d", e->view, e->folder);
	print_hex(" n", e->name);
	print_hex(" u", e->unicode);
	printf(" %s %llu ", err_name(err), (unsigned long long)hash.bytes);
	print_hex("", (struct span){ sha256, sizeof(sha256) });
	putchar('\n');
}

static enum err
copy(struct zip *zip)
{
	struct zip_writer w;
	struct buf_sink all;
	struct buf out;
	enum err err;

	buf_init(&out, ZIP_PARTS_BYTES_MAX);
	buf_sink_init(&all, &out);
	err = zip_writer_init(&w, &all.filter);
	for (size_t i = 0; err == OK && i < zip->entries_n; i++) {
		struct buf bytes;
		struct buf_sink sink;
		struct input in;

		if (zip->entries[i].folder)
			continue;
		buf_init(&bytes, ZIP_PART_BYTES_MAX);
		buf_sink_init(&sink, &bytes);
		err = zip_read(zip, i, &sink.filter);
		in = input_span(buf_span(&bytes));
		if (err == OK)
			err = zip_add(&w, zip->entries[i].name, &in, false);
		buf_fini(&bytes);
	}
	if (err == OK)
		err = zip_finish(&w);
	zip_writer_fini(&w);
	if (err == OK && out.len > 22)	/* an empty one is never sent */
		err = verify(buf_span(&out), zip);
	if (err == OK && fwrite(out.ptr, 1, out.len, stdout) != out.len)
		err = ERR_SYSTEM;
	buf_fini(&out);
	return err;
}

int
main(int argc, char **argv)
{
	struct arena *arena = arena_new(ARENA_BYTES_MAX);
	struct zip zip;
	struct input in;
	struct stat st;
	enum err err;
	int fd;

	if (argc != 3 || arena == NULL ||
	    (fd = open(argv[2], O_RDONLY)) == -1 || fstat(fd, &st) == -1) {
		fprintf(stderr, "usage: zip_dump strict|tolerant|copy FILE\n");
		return 2;
	}
	in = input_fd(fd, 0, (uint64_t)st.st_size);
	err = zip_open(&zip, &in, strcmp(argv[1], "tolerant") == 0 ?
	    ZIP_TOLERANT : ZIP_STRICT, arena);
	if (err == OK && strcmp(argv[1], "copy") == 0)
		err = copy(&zip);
	else if (err == OK) {
		printf("conflict %d\n", zip.conflict);
		for (size_t i = 0; i < zip.entries_n; i++)
			dump(&zip, i);
	}
	if (err != OK)
		fprintf(stderr, "%s: %s\n", err_name(err), zip.why);
	arena_free(arena);
	close(fd);
	return err != OK;
}
