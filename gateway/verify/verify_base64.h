/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_VERIFY_BASE64_H
#define SEKISHO_VERIFY_BASE64_H

#include "verify_lines.h"

/*
 * Canonical base64 (RFC 4648 section 4): whole quanta of four, at least one,
 * padding where it is due, unused bits zero. out has room for 3 bytes a
 * quantum; *len gets what was written. False: it is anything else.
 */
bool base64_decode(struct span text, uint8_t *out, size_t *len) MUST_CHECK;

/* Who gets the decoded bytes, in any split. */
struct base64_sink {
	enum err	(*write)(void *arg, struct span bytes,
			    struct diag *diag);
	void		*arg;
};

/*
 * Lines of base64 up to one that cannot be base64: empty, beginning with
 * "-", or the end of the file. All but the last have 76 characters.
 */
enum err base64_lines(struct lines *lines, const struct base64_sink *sink,
    struct diag *diag) MUST_CHECK;

#endif
