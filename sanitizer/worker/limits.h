/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_WORKER_LIMITS_H
#define SEKISHO_WORKER_LIMITS_H

/* Mails, and conversions, at work at once: each two per processor, at most
 * this many. */
#define LAUNCHER_JOBS_MAX	32
/* Mails that wait for their turn; more are answered SANITIZE_BUSY. */
#define LAUNCHER_WAITING_MAX	256
/* Children of a zygote at once. */
#define WORKER_CHILDREN_MAX	LAUNCHER_JOBS_MAX

/* Heap that is there for a child before malloc() asks the kernel for more */
#define WORKER_HEAP_BYTES	(256ul * 1024)

/* Wall time of a mail with all its conversions. */
#define JOB_TIMEOUT_MS		30000
/* Wall time of one of them: a child that hangs is not the end of its mail. */
#define CONVERSION_TIMEOUT_MS	20000
/* Bytes of one output, of a mail or of a conversion: a little more than all
 * the files of an archive may have (EXPANDED_BYTES_MAX). */
#define JOB_OUTPUT_BYTES_MAX	(304ul * 1024 * 1024)
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
