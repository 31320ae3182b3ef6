/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SMTP_XTEXT_H
#define SEKISHO_SMTP_XTEXT_H

#include "../base/buf.h"

/*
 * xtext of RFC 3461 4.: printable ASCII, "+" and "=" and all else as +XX.
 * In a transaction with SMTPUTF8 characters beyond ASCII stand as they are
 * (RFC 6533 3.).
 */

/*
 * Decode into out (room bytes). False: not xtext, no room, a control
 * character (it would end up in a status notification), or not UTF-8.
 */
bool smtp_xtext_decode(struct span s, uint8_t *out, size_t room, size_t *len);

enum err smtp_xtext_encode(struct span s, struct buf *out) MUST_CHECK;

#endif
