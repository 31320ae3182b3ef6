/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_NOTICE_REMOVED_H
#define SEKISHO_SANITIZER_NOTICE_REMOVED_H

#include "report.h"

/*
 * What was taken out of a document, in words for its reader, one after
 * another: "マクロ、外部へのリンク(2)". Kinds that only administrators care
 * for are left to the report; nothing is written if there are no others.
 */
enum err notice_removed(struct span list, bool english, struct buf *out)
    MUST_CHECK;

#endif
