/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Archives other than ZIP to the list of their files, by libarchive. Formats
 * and filters are named one by one: no ZIP, no disc images, nothing that
 * would start a program. What it says about sizes is not believed, what it
 * says about names is taken as bytes wherever it lets us have them.
 */
#include <iconv.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <archive.h>
#include <archive_entry.h>

#include "../gateway/base/utf8.h"
#include "archive_internal.h"
#include "limits.h"

#define WINDOW_BYTES	(64 * 1024)

struct source {
	const struct input	*in;
	uint64_t		 at;
	uint8_t			 bytes[WINDOW_BYTES];
};

struct job {
	struct archive		*archive;
	const struct input	*in;
	struct convert_result	*result;
	struct entries_writer	 writer;
	struct buf		 path, name, bytes;
	unsigned		 headers, entries;
	uint64_t		 unpacked;	/* of all, as counted here */
	int		 filter;	/* a compressed file, or none */
	bool			 rar5_encrypted;
	bool			 broken;	/* not to be asked again */
};

/* ---- warm ---- */

/*
 * libarchive turns UTF-16 names of 7z and RAR into the charset of the locale:
 * with this one nothing is lost, and bytes pass as they are. LZH names go
 * through iconv whatever one does: Latin-1 has a character for each byte, so
 * that no name stops the archive and the bytes can be had back.
 */
#define LATIN1		"ISO-8859-1"
#define LZH_OPTION	"lha:hdrcharset=" LATIN1

static locale_t utf8_locale;
static iconv_t kept[4];

void
archive_read_warm(void)
{
	/* those that archives ask for: LZH by an extended header */
	static const char *const charsets[] = { LATIN1, "CP932", "UTF-16LE",
	    "UTF-16BE" };

	if (utf8_locale != (locale_t)0)
		return;
	utf8_locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	/* stay open: glibc then has their modules for those after us */
	for (size_t i = 0; i < sizeof(charsets) / sizeof(charsets[0]); i++)
		kept[i] = iconv_open("UTF-8", charsets[i]);
	/*
	 * Times of DOS go through mktime(), which looks each time whether the
	 * file of the zone has changed, unless its name is given like this.
	 */
	(void)setenv("TZ", "/etc/localtime", 0);
	tzset();
}

/* ---- the input ---- */

static la_ssize_t
source_read(struct archive *a, void *arg, const void **bytes)
{
	struct source *source = arg;
	size_t got;

	(void)a;
	if (input_read(source->in, source->at, source->bytes,
	    sizeof(source->bytes), &got) != OK)
		return -1;
	source->at += got;
	*bytes = source->bytes;
	return (la_ssize_t)got;
}

static la_int64_t
source_seek(struct archive *a, void *arg, la_int64_t offset, int whence)
{
	struct source *source = arg;
	int64_t len = (int64_t)source->in->len;
	int64_t from = whence == SEEK_CUR ? (int64_t)source->at :
	    whence == SEEK_END ? len : 0;

	(void)a;
	if (offset < -from || offset > len - from)
		return ARCHIVE_FATAL;
	source->at = (uint64_t)(from + offset);
	return from + offset;
}

static la_int64_t
source_skip(struct archive *a, void *arg, la_int64_t request)
{
	struct source *source = arg;
	uint64_t rest = source->in->len - source->at;
	uint64_t step = request < 0 ? 0 : (uint64_t)request;

	(void)a;
	if (step > rest)
		step = rest;
	source->at += step;
	return (la_int64_t)step;
}

/* ARCHIVE_FILTER_NONE: it is not a compressed file. */
static int
filter_of(const struct input *in)
{
	static const struct {
		struct span	magic;
		int		filter;
	} filters[] = {
		{ SPAN("\x1f\x8b"), ARCHIVE_FILTER_GZIP },
		{ SPAN("BZh"), ARCHIVE_FILTER_BZIP2 },
		{ SPAN("\xfd" "7zXZ"), ARCHIVE_FILTER_XZ },
	};
	uint8_t bytes[6];
	struct span s = { bytes, 0 };

	if (input_read(in, 0, bytes, sizeof(bytes), &s.len) != OK)
		return ARCHIVE_FILTER_NONE;
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++)
		if (span_begins(s, filters[i].magic))
			return filters[i].filter;
	return ARCHIVE_FILTER_NONE;
}

static bool
open_archive(struct job *job, struct source *source)
{
	struct archive *a = job->archive;

	/*
	 * One filter at most, chosen by us: libarchive would look for the
	 * next one in what each gives, 25 deep. What is packed twice is an
	 * archive in an archive, and counts as one.
	 */
	if (job->filter != ARCHIVE_FILTER_NONE &&
	    archive_read_append_filter(a, job->filter) != ARCHIVE_OK)
		return false;
	archive_read_support_format_tar(a);
	archive_read_support_format_cab(a);
	archive_read_support_format_rar(a);
	archive_read_support_format_rar5(a);
	archive_read_support_format_7zip(a);
	archive_read_support_format_lha(a);
	if (job->filter != ARCHIVE_FILTER_NONE)
		archive_read_support_format_raw(a);
	(void)archive_read_set_options(a, LZH_OPTION);
	archive_read_set_read_callback(a, source_read);
	archive_read_set_seek_callback(a, source_seek);
	archive_read_set_skip_callback(a, source_skip);
	archive_read_set_callback_data(a, source);
	return archive_read_open1(a) >= ARCHIVE_WARN;
}

/* ---- names ---- */

/* The bytes of a name that was taken for Latin-1; false: it was none. */
static bool
undo_latin1(struct span s, struct buf *path)
{
	while (s.len > 0) {
		size_t len;
		uint32_t c = utf8_decode(s, &len);

		if (c > 0xff || buf_add_byte(path, (uint8_t)c) != OK)
			return false;
		s = span_sub(s, len, s.len);
	}
	return true;
}

/*
 * libarchive has made slashes of backslashes, and one that is the second half
 * of a character was none: no such half is ever a slash.
 */
static void
mend_halves(struct buf *path)
{
	for (size_t i = 0; i + 1 < path->len; i++) {
		uint8_t c = path->ptr[i];

		if (!((c >= 0x81 && c <= 0x9f) || (c >= 0xe0 && c <= 0xfc)))
			continue;
		if (path->ptr[++i] == '/')
			path->ptr[i] = '\\';
	}
}

static enum err
name_of(struct job *job, struct archive_entry *e, bool *odd)
{
	const char *text = archive_entry_pathname(e);
	int format = archive_format(job->archive) & ARCHIVE_FORMAT_BASE_MASK;
	struct span path;

	*odd = false;
	buf_clear(&job->name);
	if (format == ARCHIVE_FORMAT_RAW)
		return OK;		/* called after the archive */
	if (text == NULL)
		text = archive_entry_pathname_utf8(e);
	if (text == NULL)
		return OK;
	path = span_str(text);
	buf_clear(&job->path);
	if (format == ARCHIVE_FORMAT_LHA && undo_latin1(path, &job->path)) {
		mend_halves(&job->path);
		path = buf_span(&job->path);
	}
	return archive_name(path, false, &job->name, odd);
}

/* ---- files ---- */

static enum err
limit(struct job *job, const char *what)
{
	snprintf(job->result->reason, sizeof(job->result->reason),
	    "archive: %s", what);
	return ERR_LIMIT;
}

static enum err
count(struct job *job, size_t len)
{
	job->unpacked += len;
	if (job->unpacked > ARCHIVE_BYTES_MAX)
		return limit(job, "too large when unpacked");
	if (job->unpacked > ARCHIVE_RATIO_FREE_BYTES &&
	    job->unpacked / ARCHIVE_RATIO_MAX > job->in->len)
		return limit(job, "unpacks to too much for its size");
	return OK;
}

/* Some formats say it in words only. */
static bool
is_about_passwords(struct job *job)
{
	const char *why = archive_error_string(job->archive);

	return archive_read_has_encrypted_entries(job->archive) > 0 ||
	    (why != NULL && (strstr(why, "ncrypt") != NULL ||
	    strstr(why, "Crypto") != NULL));
}

/* Reads even what is not kept: what is skipped would not be counted. */
static enum err
unpack(struct job *job, bool keep, unsigned *flags)
{
	static uint8_t bytes[WINDOW_BYTES];	/* one thread, one file */
	enum err err = OK;
	la_ssize_t n;

	buf_clear(&job->bytes);
	while (err == OK && (n = archive_read_data(job->archive, bytes,
	    sizeof(bytes))) != 0) {
		if (n < 0) {
			*flags |= is_about_passwords(job) ?
			    ENTRY_ENCRYPTED : ENTRY_DAMAGED;
			job->broken = n <= ARCHIVE_FATAL;
			break;
		}
		if ((err = count(job, (size_t)n)) != OK || !keep)
			continue;
		err = buf_add(&job->bytes, (struct span){ bytes, (size_t)n });
		if (err == ERR_LIMIT) {
			*flags |= ENTRY_TOO_LARGE;
			keep = false;
			err = OK;
		}
	}
	return err;
}

static enum err
add(struct job *job, unsigned flags)
{
	struct input bytes = input_span(buf_span(&job->bytes));

	job->entries++;
	return entries_add(&job->writer, buf_span(&job->name), flags,
	    flags == 0 ? &bytes : NULL);
}

static bool
is_odd(struct archive_entry *e)
{
	return archive_entry_hardlink(e) != NULL ||
	    archive_entry_symlink(e) != NULL ||
	    (archive_entry_filetype(e) != AE_IFREG &&
	    archive_entry_filetype(e) != 0);
}

static enum err
add_entry(struct job *job, struct archive_entry *e)
{
	unsigned flags = 0;
	bool folder = archive_entry_filetype(e) == AE_IFDIR, odd;
	enum err err;

	if ((err = name_of(job, e, &odd)) != OK)
		return err;
	if (!folder && (odd || is_odd(e)))
		flags |= ENTRY_ODD;
	/* which file of a RAR 5 it is, nobody says: then all of them */
	if (archive_entry_is_encrypted(e) || job->rar5_encrypted)
		flags |= ENTRY_ENCRYPTED;
	else if ((err = unpack(job, flags == 0 && !folder, &flags)) != OK)
		return err;
	return folder ? OK : add(job, flags);
}

/* The rest cannot be read: because of a password, or because of damage. */
static enum err
add_trouble(struct job *job)
{
	const char *why = archive_error_string(job->archive);
	bool encrypted = is_about_passwords(job);

	snprintf(job->result->reason, sizeof(job->result->reason),
	    "archive: %s", why != NULL ? why : "damaged");
	if (!encrypted && job->entries == 0)
		return ERR_INPUT;
	buf_clear(&job->name);
	return add(job, encrypted ? ENTRY_ENCRYPTED : ENTRY_DAMAGED);
}

static enum err
add_all(struct job *job)
{
	struct archive_entry *e;
	enum err err = OK;
	int status;

	while (err == OK) {
		status = archive_read_next_header(job->archive, &e);
		if (status == ARCHIVE_EOF)
			return OK;
		if (status < ARCHIVE_WARN)
			return add_trouble(job);
		/* bytes that nothing has unpacked are no file of an archive */
		if (archive_format(job->archive) == ARCHIVE_FORMAT_RAW &&
		    archive_filter_count(job->archive) < 2)
			return ERR_INPUT;
		if (++job->headers > ARCHIVE_ENTRIES_MAX)
			return limit(job, "too many entries");
		err = add_entry(job, e);
		/* 3.6.2 would follow a null pointer (CAB) */
		if (err == OK && job->broken)
			return add_trouble(job);
	}
	return err;
}

static enum err
read_all(struct job *job, struct source *source, struct filter *out)
{
	enum err err;

	if (!open_archive(job, source)) {
		snprintf(job->result->reason, sizeof(job->result->reason),
		    "archive: of no format that is read");
		return ERR_INPUT;
	}
	if ((err = entries_begin(&job->writer, out)) == OK &&
	    (err = add_all(job)) == OK &&
	    (err = entries_end(&job->writer, 0)) == OK)
		err = filter_end(out);
	return err;
}

enum err
archive_read_entries(const struct input *in,
    const struct sanitizer_policy *policy, struct filter *out,
    struct convert_result *result)
{
	static struct source source;		/* large; one file */
	struct job job = { .in = in, .result = result };
	locale_t before;
	enum err err;

	(void)policy;
	archive_read_warm();
	if ((job.archive = archive_read_new()) == NULL)
		return ERR_SYSTEM;
	source = (struct source){ .in = in };
	job.filter = filter_of(in);
	job.rar5_encrypted = archive_rar5_encrypted(in);
	buf_init(&job.path, ARCHIVE_PATH_BYTES_MAX);
	buf_init(&job.name, ENTRIES_NAME_BYTES_MAX);
	buf_init(&job.bytes, ARCHIVE_ENTRY_BYTES_MAX);
	before = uselocale(utf8_locale);
	err = read_all(&job, &source, out);
	archive_read_free(job.archive);
	uselocale(before);
	result->outcome = OUTCOME_REBUILT;
	buf_fini(&job.path);
	buf_fini(&job.name);
	buf_fini(&job.bytes);
	return err;
}
