/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Limits of a gateway that is soon full. Included before all else. */
#ifndef SEKISHO_TESTS_SMALL_LIMITS_H
#define SEKISHO_TESTS_SMALL_LIMITS_H

#include "../../gateway/daemon/limits.h"
#include "../../gateway/packet/limits.h"

#undef FLOWS_MAX
#define FLOWS_MAX		256
#undef FLOWS_PER_SOURCE_MAX
#define FLOWS_PER_SOURCE_MAX	100
#undef PACKET_SWEEP_MS
#define PACKET_SWEEP_MS		2000
#undef PACKET_REFUSALS_MAX
#define PACKET_REFUSALS_MAX	32
#undef PACKET_REFUSALS_MS
#define PACKET_REFUSALS_MS	3000
#undef PACKET_FLOW_LASTS_MS
#define PACKET_FLOW_LASTS_MS	3000
#undef PACKET_FLOW_LOOKS
#define PACKET_FLOW_LOOKS	2

#endif
