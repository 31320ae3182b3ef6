/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_HEADER_ADDRESS_H
#define SEKISHO_SANITIZER_HEADER_ADDRESS_H

#include "../gateway/base/buf.h"

/* Address lists (RFC 5322 3.4, 4.4; RFC 6854), read as people write them. */
#define MAILBOXES_MAX		1000	/* in a field */
#define MAILBOX_NAME_BYTES_MAX	600

/*
 * Read all mailboxes of a raw field value and append MAILBOXES of the safe
 * form, at most max of them, without folding. *dropped counts those that have
 * no address that we could write. Nothing is added when there is none.
 */
enum err address_list(struct span value, unsigned max, struct buf *out,
    unsigned *written, unsigned *dropped) MUST_CHECK;

/* The first mailbox: its shown name (UTF-8, clean) and its address. */
enum err address_first(struct span value, struct buf *name, struct buf *address)
    MUST_CHECK;

/* Append ADDR of the safe form. False (nothing added): it cannot be one. */
bool address_spec(struct span raw, struct buf *out);

#endif
