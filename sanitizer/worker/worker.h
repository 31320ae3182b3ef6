/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_WORKER_WORKER_H
#define SEKISHO_WORKER_WORKER_H

/*
 * One mail, file or conversion in a child of the zygote: reads its order from
 * the channel, does it, sends the result, ends. Never returns.
 */
_Noreturn void worker_child(int channel);

#endif
