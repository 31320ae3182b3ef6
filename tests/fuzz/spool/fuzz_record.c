/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The envelope decoder: whatever decodes keeps its limits and encodes to the
 * same bytes again.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "../../../gateway/spool/spool_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct envelope envelope;
	const struct span bytes = { data, size };
	struct buf again;

	if (envelope_decode(bytes, &envelope) != OK)
		return 0;
	buf_init(&again, size);
	if (envelope_encode(&envelope, &again) != OK ||
	    !span_equal(bytes, buf_span(&again)))
		abort();
	buf_fini(&again);
	return 0;
}
