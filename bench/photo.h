/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_BENCH_PHOTO_H
#define SEKISHO_BENCH_PHOTO_H

#include <stddef.h>
#include <stdint.h>

/* Random numbers from a fixed seed: the same bytes on each machine. */
uint32_t photo_random(void);

/* A JPEG with the spectrum of a photo, by libjpeg; to be freed. */
unsigned char *photo_jpeg(int width, int height, int quality, int grain,
    size_t *len);

#endif
