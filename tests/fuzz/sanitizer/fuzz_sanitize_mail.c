/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A whole mail through the sanitizer, without children: whatever comes in,
 * what goes out is ASCII in lines and a safe form for the verifier, too, the
 * report is there, and a second run, with conversions that come back in any
 * order, does the same again.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../../gateway/base/durable.h"
#include "../../../gateway/verify/verify.h"
#include "../../unit/sanitizer/host_here.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Archives are taken apart; all else has fuzzers of its own. */
static enum err
convert(const struct convert_order *order, const struct input *in,
    const struct sanitizer_policy *policy, struct filter *out,
    struct convert_result *result)
{
	return order->task == CONVERT_ENTRIES ?
	    sanitizer_convert(order, in, policy, out, result) : ERR_INPUT;
}

static enum err
run(struct span mail, unsigned at_once, struct buf *out)
{
	struct sanitizer_job job = { .id = 0x2895836ee8000ull,
	    .received_ms = 1795309200000ull,
	    .gateway = SPAN("gw1.town.example.lg.jp"),
	    .helo = SPAN("mx.example"), .peer = SPAN("192.0.2.5"),
	    .protocol = SPAN("ESMTP") };
	struct sanitizer_result result;
	struct input in = input_span(mail);
	struct buf_sink sink;
	struct here here;
	struct buf report;
	struct diag diag;
	enum err err;

	here_init(&here, convert);
	here.host.at_once = at_once;
	here.order = at_once > 1 ? HERE_ANY : HERE_OLDEST;
	sanitizer_policy_standard(&job.policy);
	buf_init(&report, 4 * 1024 * 1024);
	buf_sink_init(&sink, out);
	err = sanitizer_mail(&job, &in, &here.host, &sink.filter, &report,
	    &result, &diag);
	here_fini(&here);
	if (err == OK)
		require(report.len > 0 && result.out_bytes == out->len);
	buf_fini(&report);
	return err;
}

static void
check(struct span out)
{
	size_t line = 0;

	require(span_begins(out, SPAN("Received: from mx.example")));
	require(span_ends(out, SPAN("\r\n")));
	for (size_t i = 0; i < out.len; i++, line++) {
		if (out.ptr[i] == '\r') {
			require(i + 1 < out.len && out.ptr[i + 1] == '\n');
			require(line <= 998);
			i++;
			line = SIZE_MAX;
			continue;
		}
		require(out.ptr[i] >= 0x20 && out.ptr[i] <= 0x7e);
	}
}

/* What the other program says of it. */
static void
ask_the_verifier(struct span out)
{
	struct verify_result result;
	int fd = memfd_create("safe", MFD_CLOEXEC);

	require(fd != -1 && pwrite_all(fd, out, 0, NULL) == OK);
	verify_mail(fd, out.len, &result);
	close(fd);
	if (!result.yes)
		fprintf(stderr, "verifier: %s\n", result.reason);
	require(result.yes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf first, second;
	enum err err;

	buf_init(&first, 64 * 1024 * 1024);
	buf_init(&second, 64 * 1024 * 1024);
	err = run((struct span){ data, size }, 1, &first);
	require(err == OK || err == ERR_LIMIT);
	if (err == OK) {
		check(buf_span(&first));
		ask_the_verifier(buf_span(&first));
		require(run((struct span){ data, size }, 5, &second) == OK);
		require(span_equal(buf_span(&first), buf_span(&second)));
	}
	buf_fini(&first);
	buf_fini(&second);
	return 0;
}
