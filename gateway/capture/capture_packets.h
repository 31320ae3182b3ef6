/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_CAPTURE_PACKETS_H
#define SEKISHO_CAPTURE_PACKETS_H

#include "../base/buf.h"
#include "capture_folder.h"

/*
 * Packets in files of libpcap (raw IP), each with an index of one line a
 * packet beside it. What capture_packets_flush() has written is readable
 * whatever happens then; the index never names a packet that is not there.
 */
struct capture_packets {
	int		 dir;		/* borrowed */
	uint64_t	 file_bytes_max;	/* with its index */
	uint64_t	 total_bytes_max;
	struct buf	 index;		/* lines of the batch; the caller's */
	uint64_t	 packets;	/* in the file that is open */
	/* private */
	void		*pcap;
	void		*dump;		/* NULL: none is open */
	int		 index_fd;
	uint64_t	 flushed;	/* packets; bytes of both files */
	uint64_t	 pcap_bytes;
	uint64_t	 index_bytes;
	char		 stem[CAPTURE_NAME_BYTES];
	uint64_t	 second;	/* of the stem; next number in it */
	unsigned	 number;
};

/* Opens nothing yet. ERR_SYSTEM: no memory. */
enum err capture_packets_init(struct capture_packets *packets, int dir,
    struct diag *diag) MUST_CHECK;
void capture_packets_fini(struct capture_packets *packets);

/*
 * Make sure that a file is open that has room. The next packet is number
 * packets->packets + 1 of it; *erased: old files that went.
 */
enum err capture_packets_open(struct capture_packets *packets,
    uint64_t wall_ms, unsigned *erased, struct diag *diag) MUST_CHECK;

/* After open; its line goes into packets->index. len: of the whole packet. */
void capture_packets_add(struct capture_packets *packets, uint64_t wall_ns,
    struct span bytes, uint32_t len);

/*
 * Write what was added. On error all of that is taken back, *lost is how
 * many packets it was, and the file is closed.
 */
enum err capture_packets_flush(struct capture_packets *packets,
    uint64_t *lost, struct diag *diag) MUST_CHECK;

#endif
