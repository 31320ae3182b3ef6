/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any flow of any protocol, packet by packet. The input: protocol, flags (1:
 * UDP, 2: names are listed), then packets: a byte of direction and flags, two
 * bytes of offset, two of length, the bytes. What must hold:
 *
 * - a byte of a direction passes only when the bytes so far in order, shown
 *   alone, pass as well, and ALLOW comes after both directions;
 * - what came in order has the same decision in any other split;
 * - other bytes at a place that was seen never pass;
 * - all buffers are back at the end.
 */
#include <stdlib.h>
#include <string.h>

#include "../../../gateway/inspect/inspect.h"

#define STREAM_MAX	20000u
#define ISN		0xffffff00u
#define PACKETS_MAX	64u	/* below INSPECT_HELD_MAX */
#define HEAD_MAX	16u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The bytes of a direction, as the first sender of each said them. */
struct stream {
	uint8_t	bytes[STREAM_MAX];
	size_t	len;
};

struct input {
	enum inspect_protocol	protocol;
	bool			udp;
	bool			listed;
	struct span		rest;
};

static bool
allowed(void *arg, struct span name)
{
	(void)arg;
	require(name.len > 0 && name.len <= INSPECT_NAME_BYTES_MAX);
	for (size_t i = 0; i < name.len; i++)
		require(name.ptr[i] == ascii_lower(name.ptr[i]));
	return name.len % 2 == 0;
}

static struct inspect_flow *
begin(struct inspect *inspect, const struct input *in)
{
	struct inspect_ask ask = { in->protocol, in->udp, in->listed, allowed,
		NULL };
	struct inspect_segment syn = { .seq = ISN - 1, .syn = true };
	struct inspect_flow *flow = inspect_open(inspect, &ask);
	enum inspect_reason why;

	require(flow != NULL);
	for (int d = 0; d < 2 && !in->udp; d++) {
		enum inspect_answer answer = inspect_tcp(inspect, flow,
		    (enum inspect_direction)d, &syn, &why);

		require(answer == (inspect_checks(in->protocol, false) ?
		    INSPECT_PASS : INSPECT_CUT));
	}
	return flow;
}

static void
check_reason(enum inspect_answer answer, enum inspect_reason why)
{
	require(why < INSPECT_REASON_N);
	require((answer == INSPECT_HOLD) == (why == INSPECT_MORE));
	require((answer == INSPECT_PASS || answer == INSPECT_ALLOW) ==
	    (why == INSPECT_FINE));
}

/* One packet out of the input; false: no more. */
static bool
next_packet(struct input *in, uint8_t *flags, uint16_t *offset,
    struct span *payload)
{
	size_t len;

	if (in->rest.len < 5)
		return false;
	*flags = in->rest.ptr[0];
	*offset = (uint16_t)(in->rest.ptr[1] << 8 | in->rest.ptr[2]);
	len = (size_t)(in->rest.ptr[3] << 8 | in->rest.ptr[4]);
	*payload = span_sub(in->rest, 5, len);
	in->rest = span_sub(in->rest, 5 + payload->len,
	    in->rest.len - 5 - payload->len);
	return true;
}

/* What a segment added to its direction. */
struct turn {
	enum inspect_direction	direction;
	size_t			at;
	size_t			len;
};

struct end {
	enum inspect_answer	answer;
	enum inspect_reason	why;
};

/* The pool of replay(); both of its buffers are filled with something else. */
static struct inspect *
fresh(void)
{
	static struct inspect *inspect;
	static uint8_t other[INSPECT_SSH_LINES_BYTES_MAX];
	const struct input ssh = { .protocol = INSPECT_SSH };
	struct inspect_segment s = { .seq = ISN,
		.payload = { other, sizeof(other) } };
	struct inspect_flow *flow;
	enum inspect_reason why;

	if (inspect == NULL)
		inspect = inspect_new(1, 2);
	require(inspect != NULL);
	memset(other, 0xff, sizeof(other));
	flow = begin(inspect, &ssh);
	require(inspect_tcp(inspect, flow, INSPECT_SERVER, &s, &why) ==
	    INSPECT_HOLD);
	require(inspect_tcp(inspect, flow, INSPECT_CLIENT, &s, &why) ==
	    INSPECT_CUT);
	inspect_close(inspect, flow);
	return inspect;
}

/*
 * How does it end when nothing else comes, each turn in so many pieces, the
 * first of them of at most head bytes?
 */
static struct end
replay(const struct input *in, const struct stream streams[2],
    const struct turn *turns, size_t n, size_t pieces, size_t head)
{
	/* whose bytes behind those of the flow are not its own of before */
	struct inspect *inspect = fresh();
	struct inspect_flow *flow = begin(inspect, in);
	struct end end = { INSPECT_HOLD, INSPECT_MORE };
	bool done = false;

	for (size_t i = 0; i < n && !done; i++) {
		const struct turn *t = &turns[i];
		size_t step = t->len / pieces + 1;

		if (step > head)
			step = head;
		for (size_t at = 0; at < t->len && !done;
		    at += step, step = t->len / pieces + 1) {
			struct inspect_segment s = {
				.seq = (uint32_t)(ISN + t->at + at),
				.payload = { streams[t->direction].bytes +
				    t->at + at, t->len - at < step ?
				    t->len - at : step } };

			end.answer = inspect_tcp(inspect, flow, t->direction,
			    &s, &end.why);
			check_reason(end.answer, end.why);
			done = end.answer == INSPECT_CUT ||
			    end.answer == INSPECT_ALLOW;
		}
	}
	inspect_close(inspect, flow);
	return end;
}

static bool
same_end(struct end a, struct end b)
{
	return a.answer == b.answer && a.why == b.why;
}

/* A side passes for the first time: by its bytes in order alone. */
static void
check_pass(const struct input *in, const struct stream streams[2],
    const struct turn *turns, size_t n, bool counted)
{
	require(counted);
	require(replay(in, streams, turns, n, 1,
	    STREAM_MAX).answer == INSPECT_PASS);
}

/* A segment out of what the input says; SYN, FIN and URG are rare. */
static struct inspect_segment
segment_of(uint8_t flags, uint32_t at, struct span payload)
{
	return (struct inspect_segment){ .seq = ISN + at,
		.syn = (flags & 0x30) == 0x30, .fin = (flags & 0xc0) == 0xc0,
		.urgent = (flags & 0x0c) == 0x0c, .payload = payload };
}

/* What is new and in order: only that decides. False: nothing is. */
static bool
add(struct stream *s, uint32_t at, struct span payload, struct turn *turn)
{
	size_t old = s->len - at;

	if (at > s->len || payload.len <= old)
		return false;
	memcpy(s->bytes + s->len, payload.ptr + old, payload.len - old);
	turn->at = s->len;
	turn->len = payload.len - old;
	s->len += payload.len - old;
	return true;
}

/* Does it repeat what was said before, and differently? */
static bool
contradicts(const struct stream *s, uint32_t at, struct span payload)
{
	size_t end = at + payload.len < s->len ? at + payload.len : s->len;

	if (end > INSPECT_BYTES_MAX)
		end = INSPECT_BYTES_MAX;
	return at < end && memcmp(s->bytes + at, payload.ptr, end - at) != 0;
}

static void
fuzz_tcp(struct inspect *inspect, struct input *in)
{
	static struct stream streams[2];
	struct turn turns[PACKETS_MAX];
	struct inspect_flow *flow = begin(inspect, in);
	struct end now, last = { INSPECT_HOLD, INSPECT_MORE };
	bool plain = true, good[2] = { false, false }, done = false;
	size_t n = 0;
	uint8_t flags;
	uint16_t offset;
	struct span payload;

	streams[0].len = streams[1].len = 0;
	while (!done && n < PACKETS_MAX &&
	    next_packet(in, &flags, &offset, &payload)) {
		enum inspect_direction d = flags & 1 ? INSPECT_SERVER :
		    INSPECT_CLIENT;
		struct stream *s = &streams[d];
		/* in order, unless the input says otherwise */
		uint32_t at = flags & 2 ? offset : (uint32_t)s->len;
		struct inspect_segment segment = segment_of(flags, at,
		    payload);
		bool counted = false;

		if ((payload.len == 0 && !segment.syn && !segment.fin) ||
		    at + payload.len > STREAM_MAX)
			continue;
		now.answer = inspect_tcp(inspect, flow, d, &segment,
		    &now.why);
		check_reason(now.answer, now.why);
		if (contradicts(s, at, payload))
			require(now.answer == INSPECT_CUT ||
			    now.answer == INSPECT_DROP);
		/* PASS would let what is held go */
		if (segment.syn && s->len > 0)
			require(now.answer != INSPECT_PASS);
		plain = plain && now.answer != INSPECT_DROP && !segment.syn &&
		    !segment.fin && !segment.urgent && !(flags & 2);
		if (now.answer != INSPECT_DROP && !segment.syn)
			counted = add(s, at, payload, &turns[n]);
		if (counted) {
			turns[n++].direction = d;
			last = now;
		}
		if (now.answer == INSPECT_PASS && payload.len > 0 && !good[d]) {
			check_pass(in, streams, turns, n, counted);
			good[d] = true;
		}
		require(now.answer != INSPECT_HOLD || !good[d]);
		require(now.answer != INSPECT_ALLOW || good[!d]);
		done = now.answer == INSPECT_ALLOW ||
		    now.answer == INSPECT_CUT;
	}
	inspect_close(inspect, flow);
	/* a flow that was allowed is so from its bytes in order alone */
	if (n == 0 || !(plain || last.answer == INSPECT_ALLOW))
		return;
	for (size_t pieces = 1; n * pieces < INSPECT_HELD_MAX; pieces *= 2)
		require(same_end(replay(in, streams, turns, n, pieces,
		    STREAM_MAX), last));
	for (size_t head = 1; head <= HEAD_MAX; head++)
		require(same_end(replay(in, streams, turns, n, 1, head),
		    last));
}

static void
fuzz_udp(struct inspect *inspect, struct input *in)
{
	struct inspect_flow *flow = begin(inspect, in);
	bool client = false;
	uint8_t flags;
	uint16_t offset;
	struct span payload;

	while (next_packet(in, &flags, &offset, &payload)) {
		enum inspect_direction d = flags & 1 ? INSPECT_SERVER :
		    INSPECT_CLIENT;
		enum inspect_reason why;
		enum inspect_answer answer = inspect_udp(inspect, flow, d,
		    payload, &why);

		check_reason(answer, why);
		require(answer != INSPECT_HOLD);
		client = client || (d == INSPECT_CLIENT &&
		    answer == INSPECT_PASS);
		if (answer != INSPECT_CUT)
			require(client);
		if (answer == INSPECT_ALLOW)
			require(in->protocol == INSPECT_BLAST);
	}
	inspect_close(inspect, flow);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct inspect *inspect;
	struct input in;

	if (inspect == NULL)
		inspect = inspect_new(1, 2);
	require(inspect != NULL);
	if (size < 2)
		return 0;
	in = (struct input){ (enum inspect_protocol)(data[0] %
	    INSPECT_PROTOCOL_N), data[1] & 1, data[1] & 2,
	    { data + 2, size - 2 } };
	if (in.udp)
		fuzz_udp(inspect, &in);
	else
		fuzz_tcp(inspect, &in);
	require(inspect_flows_used(inspect) == 0);
	require(inspect_buffers_used(inspect) == 0);
	return 0;
}
