/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_BASE_HASH_H
#define SEKISHO_BASE_HASH_H

#include <stdint.h>

/* A keyed hash of so many words; the seed comes from getrandom(2). */
uint64_t hash_words(const uint64_t seed[2], const uint64_t *words,
    unsigned n);

#endif
