/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_HEADER_DATE_H
#define SEKISHO_SANITIZER_HEADER_DATE_H

#include <stdbool.h>

#include "../gateway/base/span.h"

/*
 * Read a date of a mail (RFC 5322 3.3, 4.3 and what is common besides: names
 * of zones, no seconds, two digits of year, asctime order) and write DATE of
 * the safe form, NUL-terminated. The zone stays, the day of the week is
 * reckoned anew. False: no such moment, or outside 1900-9999.
 */
#define HEADER_DATE_BYTES	32
bool header_date(struct span value, char text[HEADER_DATE_BYTES]);

#endif
