/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_HTML_FILE_H
#define SEKISHO_SANITIZER_HTML_FILE_H

#include "html_text.h"
#include "sanitizer.h"

#define HTML_FILE_BYTES_MAX	(16 * 1024 * 1024)
#define HTML_FILE_TEXT_BYTES_MAX (48 * 1024 * 1024)

/*
 * HTML in any charset to text (UTF-8, LF), appended: label is what the mail
 * declares, else what the page says, else guessed. ERR_LIMIT: too long.
 */
enum err html_to_text(const struct input *in, struct span label,
    const struct sanitizer_policy *policy, struct buf *out,
    struct html_result *result) MUST_CHECK;

/* The same for an attachment: a text of the safe form with its BOM. */
enum err html_file(const struct input *in, struct span label,
    const struct sanitizer_policy *policy, struct filter *out,
    struct buf *removed) MUST_CHECK;

/* Add what was found to a list of removed things (report.h). */
enum err html_removed(const struct html_result *result, struct buf *removed)
    MUST_CHECK;

#endif
