/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_IMITATION_H
#define SEKISHO_SANITIZER_IMITATION_H

#include <stdbool.h>

#include "../gateway/base/buf.h"

/*
 * Append the text of a sender (clean, lines end in LF or CRLF). A line that
 * reads like the heading of our notice gets words before it that say who
 * wrote it; quoted lines ("> ...") show that by themselves. english: mails
 * have an English notice, too. Marked text stays as it is. Linear time.
 */
enum err imitation_mark(struct span text, bool english, struct buf *out)
    MUST_CHECK;

#endif
