/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_DETECT_INTERNAL_H
#define SEKISHO_SANITIZER_DETECT_INTERNAL_H

#include "detect.h"

/* Containers: the label by their table of contents, never NULL. */
const char *detect_zip(const struct input *in, bool *encrypted);
const char *detect_cfb(const struct input *in);
/* Text: the label by how it begins ("html", "vcf", ...), "text" otherwise. */
const char *detect_text(struct span head);
/* Are these bytes a text at all (few controls, no NUL; or UTF-16)? */
bool detect_is_text(struct span head);

#endif
