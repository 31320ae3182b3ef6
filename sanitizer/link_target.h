/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_LINK_TARGET_H
#define SEKISHO_SANITIZER_LINK_TARGET_H

#include <stdbool.h>

#include "../gateway/base/span.h"

/*
 * Where a link of a document that we write may lead: http, https, mailto. The
 * target as it is written, in printable ASCII, goes to out; false: it may not
 * stay. A target in the same document ("#place") is the caller's.
 */
#define LINK_TARGET_BYTES_MAX	2048
bool link_target(struct span target, char out[LINK_TARGET_BYTES_MAX],
    size_t *len);
/* The same letters, whatever they lead to. */
bool link_target_escape(struct span target, char out[LINK_TARGET_BYTES_MAX],
    size_t *len);

#endif
