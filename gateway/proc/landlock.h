/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_PROC_LANDLOCK_H
#define SEKISHO_PROC_LANDLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "../base/err.h"

/*
 * Private to proc. From now on: no file but beneath the folders, no TCP
 * connect but to the ports, no TCP bind, no abstract unix socket and no
 * signal to a process outside; as much of it as the kernel's ABI knows.
 * read_only: what is beneath the folders can be read, no more.
 * *abi gets what was used, 0 when the kernel has none (that is OK).
 * Needs no_new_privs.
 */
enum err landlock_enter(const int *folders, unsigned folders_n,
    bool read_only, const uint16_t *ports, unsigned ports_n, int *abi,
    struct diag *diag) MUST_CHECK;

#endif
