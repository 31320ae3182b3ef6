/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_BASE_CLOCK_H
#define SEKISHO_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* Milliseconds that never go back (for timers); nanoseconds for figures. */
uint64_t clock_monotonic_ms(void);
uint64_t clock_monotonic_ns(void);

/* Milliseconds since 1970 UTC (for records and people). */
uint64_t clock_wall_ms(void);

/* Tests put their own clock here; NULL gives the real one back. */
void clock_replace(uint64_t (*monotonic_ms)(void), uint64_t (*wall_ms)(void));

/*
 * "Sun, 22 Nov 2026 19:00:00 +0900" (RFC 5322 3.3) and
 * "2026-11-22T19:00:00+09:00" (RFC 3339) in the machine's zone. len is the
 * room in text, CLOCK_TEXT_BYTES is enough; NUL-terminated.
 */
#define CLOCK_TEXT_BYTES	40
void clock_rfc5322(uint64_t wall_ms, char *text, size_t len);
void clock_rfc3339(uint64_t wall_ms, char *text, size_t len);

#endif
