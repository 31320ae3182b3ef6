/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CRC-32, four bytes at a time. */
#include "verify_crc.h"

static uint32_t crc_table[4][256];

void
crc_prepare(void)
{
	if (crc_table[0][1] != 0)
		return;
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i;

		for (unsigned bit = 0; bit < 8; bit++)
			c = c & 1 ? 0xedb88320u ^ c >> 1 : c >> 1;
		crc_table[0][i] = c;
	}
	for (uint32_t i = 0; i < 256; i++)
		for (unsigned t = 1; t < 4; t++)
			crc_table[t][i] = crc_table[t - 1][i] >> 8 ^
			    crc_table[0][crc_table[t - 1][i] & 255];
}

uint32_t
crc_add(uint32_t c, const uint8_t *p, size_t n)
{
	for (; n >= 4; n -= 4, p += 4) {
		c ^= (uint32_t)p[0] | (uint32_t)p[1] << 8 |
		    (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
		c = crc_table[3][c & 255] ^ crc_table[2][c >> 8 & 255] ^
		    crc_table[1][c >> 16 & 255] ^ crc_table[0][c >> 24];
	}
	while (n-- > 0)
		c = crc_table[0][(c ^ *p++) & 255] ^ c >> 8;
	return c;
}
