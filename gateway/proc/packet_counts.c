/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The memory file of what sekisho-packet counts. Rules are in a table of open
 * addressing by the hash of their names; nobody is ever taken out of it, as a
 * reader might stand at that place.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/err.h"
#include "packet_counts.h"

_Static_assert((COUNTS_RULES & (COUNTS_RULES - 1)) == 0, "a power of 2");

int
packet_counts_create(void)
{
	int fd = memfd_create("sekisho-packet-counts", MFD_CLOEXEC |
	    MFD_ALLOW_SEALING);

	if (fd == -1)
		return -1;
	if (ftruncate(fd, (off_t)sizeof(struct packet_counts)) == -1 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW |
	    F_SEAL_SEAL) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

static void *
map(int fd, int protection)
{
	struct stat st;
	void *bytes;

	if (fstat(fd, &st) == -1 || st.st_size !=
	    (off_t)sizeof(struct packet_counts))
		return NULL;
	bytes = mmap(NULL, sizeof(struct packet_counts), protection,
	    MAP_SHARED, fd, 0);
	return bytes == MAP_FAILED ? NULL : bytes;
}

struct packet_counts *
packet_counts_map(int fd)
{
	return map(fd, PROT_READ | PROT_WRITE);
}

const struct packet_counts *
packet_counts_map_read(int fd)
{
	return map(fd, PROT_READ);
}

/* ---- rules ---- */

void
counts_names_begin(struct counts_names *names)
{
	names->round++;
	if (names->round == 0) {	/* it has wrapped */
		memset(names->seen, 0, sizeof(names->seen));
		names->round = 1;
	}
}

/* FNV-1a is weak in its low bits, which are the place. */
static uint64_t
mix(uint64_t key)
{
	key = (key ^ key >> 31) * 0x9e3779b97f4a7c15u;
	key ^= key >> 29;
	return key == 0 ? 1 : key;
}

/* Where the key is, or would be. */
static uint32_t
place(const struct packet_counts *counts, uint64_t key)
{
	uint32_t at = (uint32_t)key & (COUNTS_RULES - 1);
	uint64_t there;

	/* a quarter is always free, if the writer is who it should be */
	for (uint32_t i = 0; i < COUNTS_RULES; i++) {
		there = counts_get(&counts->rules[at].key);
		if (there == 0 || there == key)
			break;
		at = (at + 1) & (COUNTS_RULES - 1);
	}
	return at;
}

uint32_t
counts_rule_find(const struct packet_counts *counts,
    struct counts_names *names, struct span name)
{
	uint64_t key = counter_route_key(name);
	uint32_t at = COUNTS_NONE;

	for (unsigned i = 0; i < COUNTS_SAME_NAME_MAX; i++) {
		key = mix(key);
		at = place(counts, key);
		if (counts_get(&counts->rules[at].key) != key)
			return COUNTS_NONE;
		if (names->seen[at] != names->round)
			break;
	}
	names->seen[at] = names->round;
	return at;
}

uint32_t
counts_rule_take(struct packet_counts *counts, struct counts_names *names,
    struct span name)
{
	uint64_t key = counter_route_key(name);
	uint32_t at = COUNTS_NONE;

	for (unsigned i = 0; i < COUNTS_SAME_NAME_MAX; i++) {
		key = mix(key);
		at = place(counts, key);
		if (counts->rules[at].key == 0) {
			if (counts->rules_taken >= COUNTS_RULES_TAKEN_MAX)
				return COUNTS_NONE;
			counts_add(&counts->rules_taken, 1);
			counts_set(&counts->rules[at].key, key);
		}
		if (names->seen[at] != names->round)
			break;
	}
	names->seen[at] = names->round;
	return at;
}

/* ---- segments ---- */

uint32_t
counts_segment_find(const struct packet_counts *counts, struct span name)
{
	uint64_t key = counter_route_key(name);

	for (uint32_t i = 1; i < COUNTS_SEGMENTS; i++)
		if (counts_get(&counts->segments[i]) == key)
			return i;
	return 0;
}

static bool
in_use(uint64_t key, const struct span *names, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (counter_route_key(names[i]) == key)
			return true;
	return false;
}

uint32_t
counts_segment_take(struct packet_counts *counts, struct span name,
    const struct span *names, uint32_t n)
{
	uint32_t at = counts_segment_find(counts, name), i;

	for (i = 1; at == 0 && i < COUNTS_SEGMENTS; i++)
		if (counts->segments[i] == 0)
			at = i;
	for (i = 1; at == 0 && i < COUNTS_SEGMENTS; i++)
		if (!in_use(counts->segments[i], names, n))
			at = i;
	if (at == 0)
		return 0;
	if (counts->segments[at] == counter_route_key(name))
		return at;
	/* nobody's, or that of a segment that went: its numbers go, too */
	counts_set(&counts->segments[at], 0);
	memset(counts->pairs[at], 0, sizeof(counts->pairs[at]));
	for (i = 0; i < COUNTS_SEGMENTS; i++)
		memset(&counts->pairs[i][at], 0, sizeof(counts->pairs[i][at]));
	counts_set(&counts->segments[at], counter_route_key(name));
	return at;
}
