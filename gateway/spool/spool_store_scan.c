/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading the spool's folders: names and what they say, folders of days,
 * setting aside what does not belong, and the erasing of originals and
 * reports that were kept long enough. All in steps of bounded work.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../base/durable.h"
#include "../base/receipt.h"
#include "spool_store_internal.h"

#define DAY_S		86400
#define DAY_MS		UINT64_C(86400000)
#define DUE_DIGITS	16
#define ASIDE_TRIES_MAX	1000

/* ---- names ---- */

void
spool_name_text(const struct spool_name *name, char text[SPOOL_NAME_BYTES])
{
	char receipt[RECEIPT_TEXT_BYTES];

	receipt_text(name->id, receipt);
	if (name->state == SPOOL_DEFERRED)
		snprintf(text, SPOOL_NAME_BYTES, "%016" PRIx64 "-%s",
		    name->due_ms, receipt);
	else
		snprintf(text, SPOOL_NAME_BYTES, "%s", receipt);
}

/* Only the one spelling that spool_name_text() makes. */
bool
spool_name_parse(enum spool_state state, const char *text,
    struct spool_name *name)
{
	char again[SPOOL_NAME_BYTES];
	struct span rest = span_str(text);

	*name = (struct spool_name){ .state = state };
	if (rest.len >= SPOOL_NAME_BYTES)
		return false;
	if (state == SPOOL_DEFERRED) {
		if (rest.len <= DUE_DIGITS || text[DUE_DIGITS] != '-')
			return false;
		for (int i = 0; i < DUE_DIGITS; i++) {
			uint8_t c = rest.ptr[i];

			if (!ascii_is_digit(c) && (c < 'a' || c > 'f'))
				return false;
			name->due_ms = name->due_ms << 4 | (uint64_t)
			    (ascii_is_digit(c) ? c - '0' : c - 'a' + 10);
		}
		rest = span_sub(rest, DUE_DIGITS + 1, rest.len);
	}
	if (!receipt_parse(rest, &name->id))
		return false;
	spool_name_text(name, again);
	return strcmp(again, text) == 0;
}

/* ---- days ---- */

uint32_t
store_day_of(uint64_t id)
{
	return (uint32_t)(receipt_time_ms(id) / DAY_MS);
}

void
store_day_text(uint32_t day, char text[DAY_TEXT_BYTES])
{
	time_t t = (time_t)day * DAY_S;
	struct tm tm = { 0 };

	gmtime_r(&t, &tm);
	snprintf(text, DAY_TEXT_BYTES, "%04u-%02u-%02u",
	    (unsigned)(tm.tm_year + 1900) % 10000,
	    (unsigned)(tm.tm_mon + 1) % 100, (unsigned)tm.tm_mday % 100);
}

bool
store_day_parse(const char *text, uint32_t *day)
{
	char again[DAY_TEXT_BYTES];
	struct span s = span_str(text), year, month;
	uint64_t y, m, d;
	struct tm tm = { 0 };
	time_t t;

	if (s.len != 10 || !span_cut(&s, '-', &year) ||
	    !span_cut(&s, '-', &month) || !span_decimal(year, 9999, &y) ||
	    !span_decimal(month, 12, &m) || !span_decimal(s, 31, &d) ||
	    y < 1970 || m < 1 || d < 1)
		return false;
	tm.tm_year = (int)y - 1900;
	tm.tm_mon = (int)m - 1;
	tm.tm_mday = (int)d;
	t = timegm(&tm);
	if (t < 0)
		return false;
	*day = (uint32_t)(t / DAY_S);
	store_day_text(*day, again);
	return strcmp(again, text) == 0;
}

static void
day_forget(struct store_day *entry)
{
	/* a failed sync here means a rename that may be lost: tried again */
	if (entry->dirty)
		(void)fsync(entry->fd);
	close(entry->fd);
	entry->fd = -1;
	entry->dirty = false;
}

void
store_day_close(struct spool_store *store, struct store_day *days,
    uint32_t day)
{
	(void)store;
	for (int i = 0; i < STORE_DAYS_OPEN_MAX; i++)
		if (days[i].fd != -1 && days[i].day == day)
			day_forget(&days[i]);
}

int
store_day_folder(struct spool_store *store, struct store_day *days,
    int parent, uint32_t day, struct store_day **entry, struct diag *diag)
{
	struct store_day *least = &days[0];
	char text[DAY_TEXT_BYTES];
	bool made;

	store->days_used++;
	for (int i = 0; i < STORE_DAYS_OPEN_MAX; i++) {
		if (days[i].fd != -1 && days[i].day == day) {
			days[i].used = store->days_used;
			*entry = &days[i];
			return days[i].fd;
		}
		if (days[i].fd == -1 || (least->fd != -1 &&
		    days[i].used < least->used))
			least = &days[i];
	}
	if (least->fd != -1)
		day_forget(least);
	store_day_text(day, text);
	made = mkdirat(parent, text, 0700) == 0;
	if (!made && errno != EEXIST) {
		diag_system(diag, "make folder of the day");
		return -1;
	}
	least->fd = openat(parent, text, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC);
	if (least->fd == -1) {
		diag_system(diag, "open folder of the day");
		return -1;
	}
	if (made && durable_sync_dir(parent, diag) != OK) {
		day_forget(least);
		return -1;
	}
	least->day = day;
	least->used = store->days_used;
	*entry = least;
	return least->fd;
}

/* ---- setting aside ---- */

enum err
store_set_aside(struct spool_store *store, int folder, const char *name,
    struct diag *diag)
{
	int damaged = store->folders[SPOOL_DAMAGED];
	char to[NAME_MAX + 1];
	enum err err;

	for (unsigned i = 0; i < ASIDE_TRIES_MAX; i++) {
		/* a name of full length loses its end, never the file */
		if (i == 0)
			snprintf(to, sizeof(to), "%.240s", name);
		else
			snprintf(to, sizeof(to), "%.240s.%u", name, i);
		err = durable_rename(folder, name, damaged, to, diag);
		if (err == OK)
			store->dirty[SPOOL_DAMAGED] = true;
		if (err != ERR_INPUT)
			return err;
	}
	return diag_set(diag, ERR_LIMIT, "no free name in damaged/");
}

/* ---- reading a folder ---- */

static DIR *
folder_read(int parent, const char *name, struct diag *diag)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);

	if (dir == NULL) {
		diag_system(diag, "read folder");
		if (fd != -1)
			close(fd);
	}
	return dir;
}

/* NULL with errno 0: the end. "." and ".." are left out. */
static struct dirent *
entry_next(DIR *dir)
{
	struct dirent *entry;

	do {
		errno = 0;
		entry = readdir(dir);
	} while (entry != NULL && (strcmp(entry->d_name, ".") == 0 ||
	    strcmp(entry->d_name, "..") == 0));
	return entry;
}

enum err
spool_scan_open(struct spool_store *store, enum spool_state state,
    struct spool_scan *scan, struct diag *diag)
{
	require(state != SPOOL_ORIGINAL && state != SPOOL_DAMAGED);
	*scan = (struct spool_scan){ .state = state };
	scan->dir = folder_read(store->folders[state], ".", diag);
	return scan->dir == NULL ? ERR_SYSTEM : OK;
}

void
spool_scan_close(struct spool_scan *scan)
{
	if (scan->dir != NULL)
		closedir(scan->dir);
	scan->dir = NULL;
}

static enum err
strange_entry(struct spool_store *store, struct spool_scan *scan,
    const char *name, struct diag *diag)
{
	if (scan->state == SPOOL_DRAFT) {
		/* reports that were being written end up here */
		(void)unlinkat(store->folders[SPOOL_DRAFT], name, 0);
		return OK;
	}
	scan->strange++;
	return store_set_aside(store, store->folders[scan->state], name, diag);
}

enum err
spool_scan_next(struct spool_store *store, struct spool_scan *scan,
    uint32_t names_max, void (*found)(void *arg, const struct spool_name *),
    void *arg, bool *end, struct diag *diag)
{
	struct spool_name name;
	struct dirent *entry;
	enum err err = OK;

	*end = false;
	for (uint32_t i = 0; i < names_max && err == OK; i++) {
		entry = entry_next(scan->dir);
		if (entry == NULL) {
			*end = true;
			return errno == 0 ? OK :
			    diag_system(diag, "read folder");
		}
		if (!spool_name_parse(scan->state, entry->d_name, &name)) {
			err = strange_entry(store, scan, entry->d_name, diag);
			continue;
		}
		/* so that a clock set back gives no number twice */
		if (name.id > store->last_id)
			store->last_id = name.id;
		found(arg, &name);
	}
	return err;
}

/* ---- retention ---- */

void
spool_sweep_close(struct spool_sweep *sweep)
{
	if (sweep->files != NULL)
		closedir(sweep->files);
	if (sweep->days != NULL)
		closedir(sweep->days);
	sweep->files = sweep->days = NULL;
}

/* The route that a file names, without trusting anything else in it. */
static bool
route_of(int folder, const char *name, struct spool_mail *mail)
{
	uint8_t header[SPOOL_FILE_FRONT_BYTES_MAX];
	size_t got = 0, need;
	struct stat st;
	bool good;
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
	    O_CLOEXEC);

	if (fd == -1)
		return false;
	good = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    pread_all(fd, header, sizeof(header), 0, &got, NULL) == OK &&
	    spool_file_front_bytes((struct span){ header, got }, &need,
	    NULL) == OK && need <= got &&
	    spool_file_decode((struct span){ header, need },
	    (uint64_t)st.st_size, &mail->file, NULL) == OK;
	close(fd);
	return good;
}

static void
sweep_file(struct spool_sweep *sweep, const char *name,
    const struct spool_retention *retention, uint32_t age)
{
	struct spool_mail mail;
	int folder = dirfd(sweep->files);
	uint32_t days = retention->days_max;

	if (!sweep->reports && age <= retention->days_max &&
	    route_of(folder, name, &mail))
		days = retention->retain_days(retention->arg,
		    mail.file.route);
	if (age <= days || unlinkat(folder, name, 0) == -1)
		return;
	if (sweep->reports)
		sweep->reports_erased++;
	else
		sweep->erased++;
}

/* Open the next folder of a day that is old enough. False: there is none. */
static bool
sweep_next_day(struct spool_sweep *sweep, uint32_t today, uint32_t days_min)
{
	struct dirent *entry;

	while ((entry = entry_next(sweep->days)) != NULL) {
		if (!store_day_parse(entry->d_name, &sweep->day) ||
		    sweep->day >= today || today - sweep->day <= days_min)
			continue;
		snprintf(sweep->day_name, sizeof(sweep->day_name), "%.15s",
		    entry->d_name);
		sweep->files = folder_read(dirfd(sweep->days),
		    sweep->day_name, NULL);
		if (sweep->files != NULL)
			return true;
	}
	return false;
}

static void
sweep_end_day(struct spool_store *store, struct spool_sweep *sweep)
{
	closedir(sweep->files);
	sweep->files = NULL;
	store_day_close(store, sweep->reports ? store->report_days :
	    store->days, sweep->day);
	/* refused while something is left in it, which is right */
	(void)unlinkat(dirfd(sweep->days), sweep->day_name, AT_REMOVEDIR);
}

enum err
spool_sweep_step(struct spool_store *store, struct spool_sweep *sweep,
    const struct spool_retention *retention, uint64_t now_ms, bool *end,
    struct diag *diag)
{
	uint32_t today = (uint32_t)(now_ms / DAY_MS);
	uint32_t days_min = sweep->reports ? retention->days_max :
	    retention->days_min;
	struct dirent *entry;

	*end = false;
	if (sweep->days == NULL) {
		sweep->days = folder_read(sweep->reports ? store->report :
		    store->folders[SPOOL_ORIGINAL], ".", diag);
		if (sweep->days == NULL)
			return ERR_SYSTEM;
	}
	for (uint32_t i = 0; i < SPOOL_SWEEP_FILES_MAX; i++) {
		if (sweep->files == NULL &&
		    !sweep_next_day(sweep, today, days_min)) {
			spool_sweep_close(sweep);
			*end = sweep->reports;
			sweep->reports = !sweep->reports;
			return OK;
		}
		entry = entry_next(sweep->files);
		if (entry == NULL)
			sweep_end_day(store, sweep);
		else
			sweep_file(sweep, entry->d_name, retention,
			    today - sweep->day);
	}
	return OK;
}
