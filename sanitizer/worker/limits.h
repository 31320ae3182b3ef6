/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_WORKER_LIMITS_H
#define SEKISHO_WORKER_LIMITS_H

/* Mails at work at once: two per processor, at most this many. */
#define LAUNCHER_JOBS_MAX	32
/* Mails that wait for their turn; more are answered SANITIZE_BUSY. */
#define LAUNCHER_WAITING_MAX	256
/* Children of a zygote at once: a conversion for each mail, and some dying */
#define WORKER_CHILDREN_MAX	(3 * LAUNCHER_JOBS_MAX)

/* Heap that is there for a child before malloc() asks the kernel for more */
#define WORKER_HEAP_BYTES	(256ul * 1024)

/* Wall time of a mail with all its conversions. */
#define JOB_TIMEOUT_MS		30000
/* Files of a mail that are converted, and their output together. */
#define JOB_CONVERSIONS_MAX	500
#define JOB_OUTPUT_BYTES_MAX	(200ul * 1024 * 1024)
#define JOB_REPORT_BYTES_MAX	(4ul * 1024 * 1024)
#define JOB_REASON_BYTES_MAX	512

/*
 * Longer input gets a scratch file for its leaves. (An archive may unpack to
 * two hundred times its size, and a megabyte in any case.)
 */
#define SCRATCH_FROM_BYTES	(4ul * 1024)

/* After MSG_STOP running mails have so long to end. */
#define LAUNCHER_STOP_MS	8000

#endif
