/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_TOOLS_REPORT_SHOW_H
#define SEKISHO_TOOLS_REPORT_SHOW_H

#include "../gateway/base/buf.h"

/*
 * A report (design.md section 6), as our own sanitizer writes it, in a form
 * for people, appended. ERR_INPUT: not such a report.
 */
enum err report_show(struct span json, struct buf *out) MUST_CHECK;

#endif
