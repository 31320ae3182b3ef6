/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Each page of the index ends in a sum of its bytes and its place, looked at
 * whenever SQLite reads there: a bit that flipped on the disk would else hide
 * records without a word, in a page of inner nodes a whole range of them. It
 * is a file system between SQLite and its own one, which passes on all but
 * the reads and writes of the index itself. Pages that are whole and old (a
 * write that the disk lost) are not found so.
 */
#include <string.h>

#include "../base/hash.h"
#include "search_index_internal.h"

#define RESERVED_AT	20	/* in the header: bytes left free in a page */

struct page_file {
	sqlite3_file	 base;		/* first; the real one is behind */
};

static sqlite3_vfs *real_vfs;

static sqlite3_file *
real_file(sqlite3_file *file)
{
	return (sqlite3_file *)((struct page_file *)file + 1);
}

/* ---- sums ---- */

static uint64_t
sum_of(const uint8_t *page, uint64_t offset)
{
	uint64_t words[(SEARCH_PAGE_BYTES - SEARCH_SUM_BYTES) / 8];
	const uint64_t seed[2] = { offset, 0 };

	memcpy(words, page, sizeof(words));
	return hash_words(seed, words, sizeof(words) / 8);
}

void
search_page_seal(uint8_t *page, uint64_t offset)
{
	uint64_t sum = sum_of(page, offset);

	memcpy(page + SEARCH_PAGE_BYTES - SEARCH_SUM_BYTES, &sum,
	    SEARCH_SUM_BYTES);
}

static bool
is_whole(const uint8_t *page, uint64_t offset)
{
	uint64_t sum = sum_of(page, offset);

	return memcmp(page + SEARCH_PAGE_BYTES - SEARCH_SUM_BYTES, &sum,
	    SEARCH_SUM_BYTES) == 0;
}

/* ---- reading and writing ---- */

/* Behind the end of the file are zeros, and SQLite is told. */
static int
read_page(sqlite3_file *file, uint8_t *page, sqlite3_int64 offset)
{
	sqlite3_file *real = real_file(file);
	sqlite3_int64 size;
	int rc = real->pMethods->xRead(real, page, SEARCH_PAGE_BYTES, offset);

	if (rc == SQLITE_IOERR_SHORT_READ)
		return real->pMethods->xFileSize(real, &size) == SQLITE_OK &&
		    size <= offset ? rc : SQLITE_IOERR_DATA;
	if (rc == SQLITE_OK && !is_whole(page, (uint64_t)offset))
		return SQLITE_IOERR_DATA;
	return rc;
}

/* Of a page SQLite may want a part: all of it is looked at. */
static int
page_read(sqlite3_file *file, void *out, int n, sqlite3_int64 offset)
{
	uint8_t page[SEARCH_PAGE_BYTES], *to = out;
	int rc = SQLITE_OK;

	while (n > 0 && rc == SQLITE_OK) {
		int at = (int)(offset % SEARCH_PAGE_BYTES);
		int some = (int)SEARCH_PAGE_BYTES - at;

		some = some < n ? some : n;
		rc = read_page(file, page, offset - at);
		if (rc == SQLITE_OK || rc == SQLITE_IOERR_SHORT_READ)
			memcpy(to, page + at, (size_t)some);
		to += some;
		offset += some;
		n -= some;
	}
	if (rc == SQLITE_IOERR_SHORT_READ)
		memset(to, 0, (size_t)n);
	return rc;
}

static int
page_write(sqlite3_file *file, const void *bytes, int n, sqlite3_int64 offset)
{
	sqlite3_file *real = real_file(file);
	uint8_t page[SEARCH_PAGE_BYTES];

	/* whole pages, and in them room for the sum, or nothing */
	if (n != SEARCH_PAGE_BYTES || offset % SEARCH_PAGE_BYTES != 0 ||
	    (offset == 0 && ((const uint8_t *)bytes)[RESERVED_AT] !=
	    SEARCH_SUM_BYTES))
		return SQLITE_IOERR_WRITE;
	memcpy(page, bytes, sizeof(page));
	search_page_seal(page, (uint64_t)offset);
	return real->pMethods->xWrite(real, page, n, offset);
}

/* ---- passed on ---- */

static int
page_close(sqlite3_file *file)
{
	return real_file(file)->pMethods->xClose(real_file(file));
}

static int
page_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	return real_file(file)->pMethods->xTruncate(real_file(file), size);
}

static int
page_sync(sqlite3_file *file, int flags)
{
	return real_file(file)->pMethods->xSync(real_file(file), flags);
}

static int
page_file_size(sqlite3_file *file, sqlite3_int64 *size)
{
	return real_file(file)->pMethods->xFileSize(real_file(file), size);
}

static int
page_lock(sqlite3_file *file, int how)
{
	return real_file(file)->pMethods->xLock(real_file(file), how);
}

static int
page_unlock(sqlite3_file *file, int how)
{
	return real_file(file)->pMethods->xUnlock(real_file(file), how);
}

static int
page_reserved_lock(sqlite3_file *file, int *is)
{
	return real_file(file)->pMethods->xCheckReservedLock(real_file(file),
	    is);
}

static int
page_control(sqlite3_file *file, int op, void *arg)
{
	return real_file(file)->pMethods->xFileControl(real_file(file), op,
	    arg);
}

static int
page_sector_size(sqlite3_file *file)
{
	return real_file(file)->pMethods->xSectorSize(real_file(file));
}

static int
page_device(sqlite3_file *file)
{
	return real_file(file)->pMethods->xDeviceCharacteristics(
	    real_file(file));
}

/* Version 1: nothing is mapped, so that all is read here. */
static const sqlite3_io_methods methods = {
	.iVersion = 1,
	.xClose = page_close,
	.xRead = page_read,
	.xWrite = page_write,
	.xTruncate = page_truncate,
	.xSync = page_sync,
	.xFileSize = page_file_size,
	.xLock = page_lock,
	.xUnlock = page_unlock,
	.xCheckReservedLock = page_reserved_lock,
	.xFileControl = page_control,
	.xSectorSize = page_sector_size,
	.xDeviceCharacteristics = page_device,
};

/* The journal has sums of SQLite's own. */
static int
page_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file,
    int flags, int *out_flags)
{
	int rc;

	(void)vfs;
	if ((flags & SQLITE_OPEN_MAIN_DB) == 0)
		return real_vfs->xOpen(real_vfs, name, file, flags, out_flags);
	rc = real_vfs->xOpen(real_vfs, name, real_file(file), flags,
	    out_flags);
	file->pMethods = rc == SQLITE_OK ? &methods : NULL;
	return rc;
}

/*
 * The other functions of a file system are those of the real one: they have no
 * use for which one they are called for.
 */
int
search_page_open(const char *path, sqlite3 **db)
{
	static sqlite3_vfs vfs;
	int reserve = SEARCH_SUM_BYTES;
	int rc = SQLITE_OK;

	if (real_vfs == NULL) {
		real_vfs = sqlite3_vfs_find("unix");
		if (real_vfs == NULL)
			return SQLITE_ERROR;
		vfs = *real_vfs;
		vfs.zName = "sekisho-index";
		vfs.szOsFile = (int)sizeof(struct page_file) +
		    real_vfs->szOsFile;
		vfs.xOpen = page_open;
		rc = sqlite3_vfs_register(&vfs, 0);
	}
	if (rc == SQLITE_OK)
		rc = sqlite3_open_v2(path, db, SQLITE_OPEN_READWRITE |
		    SQLITE_OPEN_NOMUTEX, vfs.zName);
	if (rc == SQLITE_OK)
		rc = sqlite3_file_control(*db, "main",
		    SQLITE_FCNTL_RESERVE_BYTES, &reserve);
	return rc;
}
