/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_HTML_ENTITY_H
#define SEKISHO_SANITIZER_HTML_ENTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "../gateway/base/buf.h"
#include "../gateway/base/span.h"

/*
 * The character reference at the start of s, which begins with '&'. Gives one
 * or two characters (*n) and returns the bytes it took. What is no reference
 * is the character '&' itself, one byte. In an attribute value the rule of
 * WHATWG 13.2.5.73 for names without a semicolon applies.
 */
size_t html_entity(struct span s, bool attribute, uint32_t c[2], unsigned *n);

/* Decode all references of an attribute value, appended to out. */
enum err html_entity_decode(struct span s, struct buf *out) MUST_CHECK;

#endif
