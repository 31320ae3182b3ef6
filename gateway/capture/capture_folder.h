/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_CAPTURE_FOLDER_H
#define SEKISHO_CAPTURE_FOLDER_H

#include <stdbool.h>

#include "../base/err.h"
#include "limits.h"

/*
 * The folder of evidence. Its files are of a family and have the time of
 * their beginning (UTC) in their name, so that names sort by time:
 *
 *	refused-YYYYmmddTHHMMSS-N.pcap, .jsonl	packets, and their index
 *	flows-YYYYmmdd.jsonl, -N.jsonl		flows that ended
 *	alarms-YYYYmmdd.jsonl, -N.jsonl		scans
 *
 * What stands before the first dot is the stem; files of one stem go together.
 */

/* Is it a name of this family, as ours are? */
bool capture_name_is(const char *name, const char *family);

/* Order of time; 0: of one stem. Both are names, or stems, of one family. */
int capture_name_compare(const char *a, const char *b);

/* A stem for number n of a family. daily: with the day alone. */
void capture_name_make(char stem[CAPTURE_NAME_BYTES], const char *family,
    uint64_t wall_ms, bool daily, unsigned n);

/*
 * Erase the oldest of a family until there is room for so many bytes more in
 * total_max. keep: a stem that stays, or NULL. *erased is how many went.
 */
enum err capture_folder_trim(int dir, const char *family, uint64_t room,
    uint64_t total_max, const char *keep, unsigned *erased,
    struct diag *diag) MUST_CHECK;

#endif
