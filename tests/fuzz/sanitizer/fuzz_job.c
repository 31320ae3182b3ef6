/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a child sends its launcher, and the launcher a child: the first byte
 * says which of the tails the rest is to be. What is taken holds what the
 * header promises, and comes back the same when it is written again.
 */
#include <stddef.h>
#include <stdint.h>

/* of the worker, which is in no archive */
#include "../../../sanitizer/worker/job.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
job(struct span s, struct buf *out)
{
	struct job first, again;

	if (job_decode(s, &first) != OK)
		return;
	require(first.form <= JOB_AUTO && first.name.len <= s.len);
	require(job_encode(&first, out) == OK);
	/* a name ends at its first NUL, a flag is any number but 0 */
	require(out->len <= s.len);
	require(job_decode(buf_span(out), &again) == OK);
	require(span_equal(first.name, again.name));
}

static void
convert(struct span s, struct buf *out)
{
	struct sanitizer_policy policy;
	struct convert_order order;

	if (job_convert_decode(s, &order, &policy) != OK)
		return;
	require(order.task < CONVERT_TASK_N && order.kind < PART_KIND_N);
	require(job_convert_encode(&order, &policy, out) == OK);
	require(out->len <= s.len);
}

static void
result(struct span s, struct buf *out)
{
	struct convert_result first = { 0 };

	buf_init(&first.removed, REMOVED_LIST_BYTES_MAX);
	if (job_result_decode(s, &first) == OK) {
		require(first.outcome <= OUTCOME_REMOVED);
		require(first.type < SAFE_TYPE_N);
		require(memchr(first.reason, '\0',
		    sizeof(first.reason)) != NULL);
		require(job_result_encode(&first, out) == OK);
	}
	buf_fini(&first.removed);
}

static void
end(struct span s, struct buf *out)
{
	struct part_tally first, again;
	char text[JOB_REASON_BYTES_MAX + 1] = "";
	struct span reason, other;

	if (job_end_decode(s, &reason, &first) != OK)
		return;
	require(reason.len <= JOB_REASON_BYTES_MAX);
	for (unsigned k = 0; k < PART_KIND_N; k++)
		for (unsigned i = 0; i <= TALLY_HELD; i++)
			require(first.n[k][i] <= (i == 0 ? 0 : TALLY_MAX));
	if (reason.len > 0)
		memcpy(text, reason.ptr, reason.len);
	require(job_end_encode(text, &first, out) == OK);
	require(job_end_decode(buf_span(out), &other, &again) == OK);
	require(memcmp(&first, &again, sizeof(first)) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const tails[])(struct span, struct buf *) = {
		job, convert, result, end
	};
	struct buf out;

	if (size == 0)
		return 0;
	buf_init(&out, 1 << 20);
	tails[data[0] % 4]((struct span){ data + 1, size - 1 }, &out);
	buf_fini(&out);
	return 0;
}
