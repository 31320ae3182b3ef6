/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_VERIFY_CRC_H
#define SEKISHO_VERIFY_CRC_H

#include <stddef.h>
#include <stdint.h>

/*
 * CRC-32 of ISO 3309, of PNG and ZIP: begin with CRC_START, the value of all
 * bytes added is c ^ CRC_START. crc_prepare() makes the table, once.
 */
#define CRC_START	0xffffffffu

void crc_prepare(void);
uint32_t crc_add(uint32_t c, const uint8_t *p, size_t n);

#endif
