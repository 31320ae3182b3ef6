/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_PROC_SECCOMP_H
#define SEKISHO_PROC_SECCOMP_H

#include <stdbool.h>

#include "../base/err.h"
#include "msg.h"

/*
 * Private to proc: role.c is the way in. Both need no_new_privs. After
 * seccomp_enter() a call that the role's table does not have ends the
 * process (SIGSYS); only looking for files gets ENOENT instead.
 * files: deliver has Maildirs, so that it may open, rename and sync.
 */
enum err seccomp_enter(enum role_id role, bool files, struct diag *diag)
    MUST_CHECK;

/*
 * Compile the stricter filter of a role's children once (some 0.3 ms),
 * before seccomp_enter(); a child then installs it with one system call.
 */
enum err seccomp_child_prepare(enum role_id role, struct diag *diag)
    MUST_CHECK;
enum err seccomp_child_enter(enum role_id role, struct diag *diag)
    MUST_CHECK;

#endif
