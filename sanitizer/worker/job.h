/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_WORKER_JOB_H
#define SEKISHO_WORKER_JOB_H

#include "../sanitizer.h"

/*
 * What launcher and children write into the tails of MSG_JOB_*: the job of a
 * mail or file, the order for a conversion, and its result. Both ends are of
 * one build, but what a child sends is hostile all the same.
 */
#define JOB_NAME_BYTES_MAX	1024
#define JOB_TEXT_BYTES_MAX	512
#define JOB_BYTES_MAX		8192

enum job_form { JOB_MAIL = 0, JOB_FILE, JOB_AUTO /* as it looks */ };

struct job {
	struct sanitizer_job	job;	/* spans are borrowed */
	enum job_form		form;
	struct span		name;	/* of the file */
	unsigned		at_once; /* conversions, see sanitizer.h */
};

enum err job_encode(const struct job *job, struct buf *out) MUST_CHECK;
/* ERR_INPUT: not an encoded job. Spans point into bytes. */
enum err job_decode(struct span bytes, struct job *job) MUST_CHECK;

/* The order for a conversion. */
enum err job_convert_encode(const struct convert_order *order,
    const struct sanitizer_policy *policy, struct buf *out) MUST_CHECK;
enum err job_convert_decode(struct span bytes, struct convert_order *order,
    struct sanitizer_policy *policy) MUST_CHECK;

/* Its result: outcome, type, removed list, reason. */
enum err job_result_encode(const struct convert_result *result,
    struct buf *out) MUST_CHECK;
/* removed must be an empty buf with a maximum. */
enum err job_result_decode(struct span bytes, struct convert_result *result)
    MUST_CHECK;

/*
 * What a mail's child has to say when it is done: why it is held (or failed),
 * and what became of its parts (NULL: nothing). Decoding takes the empty span
 * for neither.
 */
enum err job_end_encode(const char *reason, const struct part_tally *tally,
    struct buf *out) MUST_CHECK;
enum err job_end_decode(struct span bytes, struct span *reason,
    struct part_tally *tally) MUST_CHECK;

#endif
