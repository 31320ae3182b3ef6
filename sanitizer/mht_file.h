/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_MHT_FILE_H
#define SEKISHO_SANITIZER_MHT_FILE_H

#include "sanitizer.h"

/*
 * A web page that was saved as a mail (RFC 2557) to the text of its first
 * part that is HTML, or else of its first text. The other parts are counted
 * in removed as "embedded-part" by their type; what the page hides, as by
 * html_file(). Ends out. ERR_INPUT: there is no such part. ERR_LIMIT: one of
 * the MIME parser or of HTML.
 */
enum err mht_file(const struct input *in,
    const struct sanitizer_policy *policy, struct filter *out,
    struct buf *removed) MUST_CHECK;

#endif
