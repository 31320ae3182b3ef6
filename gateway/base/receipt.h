/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_BASE_RECEIPT_H
#define SEKISHO_BASE_RECEIPT_H

#include <stdbool.h>
#include <stdint.h>

#include "span.h"

/*
 * A mail's number. One number, two spellings: `id` inside, and the receipt
 * that the reader, the log, the tool and the phone call use:
 * "261122-K7M2-9QXC": date (UTC), seven characters and a check character
 * out of 0-9 A-Z without I L O U. Lower case and missing dashes are read too.
 *
 * id = day << 35 | tick, day since 1970, tick = ms of the day << 8 | n.
 * Sorting ids sorts by time. 0 is never an id.
 */
#define RECEIPT_TEXT_BYTES	17	/* with its NUL */

/*
 * The next id: of this moment, and greater than last (the greatest id given
 * out before; 0 at first), even when the clock was set back.
 */
uint64_t receipt_next(uint64_t last, uint64_t wall_ms);

void receipt_text(uint64_t id, char text[RECEIPT_TEXT_BYTES]);

/* False: not a receipt, or the check character does not fit. */
bool receipt_parse(struct span text, uint64_t *id);

/* The wall time in the id, in ms since 1970. */
uint64_t receipt_time_ms(uint64_t id);

#endif
