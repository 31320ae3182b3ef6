/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_TESTS_VERIFY_JUDGES_H
#define SEKISHO_TESTS_VERIFY_JUDGES_H

#include <stddef.h>

/*
 * What is unsafe in a finished mail, or NULL; by GMime, GLib, libpng and
 * libjpeg. g_mime_init() comes first.
 */
const char *judge_mail(const void *bytes, size_t len);

#endif
