/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * libpcap writes through stdio, whose buffer is flushed after each batch. On
 * a full disk it may stop in the midst of a packet: both files are then cut
 * to what was whole, and closed, as nobody knows what the buffer still has.
 */
#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/durable.h"
#include "capture_packets.h"

#define FAMILY	"refused"
#define NAMES_MAX	1000	/* in one second */

enum err
capture_packets_init(struct capture_packets *packets, int dir,
    struct diag *diag)
{
	memset(packets, 0, sizeof(*packets));
	packets->dir = dir;
	packets->index_fd = -1;
	packets->file_bytes_max = CAPTURE_FILE_BYTES_MAX;
	packets->total_bytes_max = CAPTURE_TOTAL_BYTES_MAX;
	buf_init(&packets->index, CAPTURE_BATCH_BYTES_MAX);
	packets->pcap = pcap_open_dead(DLT_RAW, CAPTURE_PACKET_BYTES);
	if (packets->pcap == NULL)
		return diag_system(diag, "memory for a capture");
	return OK;
}

static void
close_files(struct capture_packets *packets)
{
	if (packets->dump != NULL)
		pcap_dump_close(packets->dump);
	if (packets->index_fd != -1)
		close(packets->index_fd);
	packets->dump = NULL;
	packets->index_fd = -1;
}

void
capture_packets_fini(struct capture_packets *packets)
{
	close_files(packets);
	buf_fini(&packets->index);
	if (packets->pcap != NULL)
		pcap_close(packets->pcap);
	packets->pcap = NULL;
}

static void
make_name(const struct capture_packets *packets, const char *what,
    char name[CAPTURE_NAME_BYTES + 8])
{
	snprintf(name, CAPTURE_NAME_BYTES + 8, "%s.%s", packets->stem, what);
}

/*
 * The pcap file of a new stem; -1: see errno. A number is not used again, so
 * that names stay in the order of time when the first are erased.
 */
static int
create(struct capture_packets *packets, uint64_t wall_ms)
{
	char name[CAPTURE_NAME_BYTES + 8];
	int fd = -1;

	if (packets->second != wall_ms / 1000)
		packets->number = 0;
	packets->second = wall_ms / 1000;
	for (unsigned n = 0; n < NAMES_MAX; n++) {
		capture_name_make(packets->stem, FAMILY, wall_ms, false,
		    packets->number++);
		make_name(packets, "pcap", name);
		fd = openat(packets->dir, name, O_WRONLY | O_CREAT | O_EXCL |
		    O_CLOEXEC | O_NOFOLLOW, 0600);
		if (fd != -1 || errno != EEXIST)
			break;
	}
	return fd;
}

static void
cut_file(const struct capture_packets *packets, const char *what,
    uint64_t bytes)
{
	char name[CAPTURE_NAME_BYTES + 8];
	int fd;

	make_name(packets, what, name);
	if (packets->flushed == 0) {
		(void)unlinkat(packets->dir, name, 0);
		return;
	}
	fd = openat(packets->dir, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1)
		return;
	(void)!ftruncate(fd, (off_t)bytes);
	close(fd);
}

/* Both files are as after the last flush that went well, and closed. */
static void
give_up(struct capture_packets *packets)
{
	close_files(packets);
	cut_file(packets, "pcap", packets->pcap_bytes);
	cut_file(packets, "jsonl", packets->index_bytes);
	buf_clear(&packets->index);
	packets->packets = packets->flushed = 0;
}

static enum err
begin(struct capture_packets *packets, uint64_t wall_ms, struct diag *diag)
{
	char name[CAPTURE_NAME_BYTES + 8];
	int fd = create(packets, wall_ms);
	FILE *file = fd == -1 ? NULL : fdopen(fd, "w");

	packets->packets = packets->flushed = 0;
	packets->pcap_bytes = packets->index_bytes = 0;
	if (file == NULL) {
		(void)diag_system(diag, "begin a capture file");
		if (fd != -1)
			close(fd);
		return ERR_SYSTEM;
	}
	packets->dump = pcap_dump_fopen(packets->pcap, file);
	if (packets->dump == NULL) {
		(void)diag_system(diag, "begin a capture file");
		(void)fclose(file);
		give_up(packets);
		return ERR_SYSTEM;
	}
	make_name(packets, "jsonl", name);
	packets->index_fd = openat(packets->dir, name, O_WRONLY | O_CREAT |
	    O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (packets->index_fd == -1) {
		(void)diag_system(diag, "begin an index");
		give_up(packets);
		return ERR_SYSTEM;
	}
	return OK;
}

enum err
capture_packets_open(struct capture_packets *packets, uint64_t wall_ms,
    unsigned *erased, struct diag *diag)
{
	enum err err;

	*erased = 0;
	/* it is full, and nothing of it is still to be written */
	if (packets->dump != NULL && packets->packets == packets->flushed &&
	    packets->pcap_bytes + packets->index_bytes >=
	    packets->file_bytes_max) {
		(void)fdatasync(fileno(pcap_dump_file(packets->dump)));
		(void)fdatasync(packets->index_fd);
		close_files(packets);
	}
	if (packets->dump != NULL)
		return OK;
	err = capture_folder_trim(packets->dir, FAMILY,
	    packets->file_bytes_max, packets->total_bytes_max, NULL, erased,
	    diag);
	return err == OK ? begin(packets, wall_ms, diag) : err;
}

void
capture_packets_add(struct capture_packets *packets, uint64_t wall_ns,
    struct span bytes, uint32_t len)
{
	struct pcap_pkthdr header = {
		.ts = { (time_t)(wall_ns / 1000000000),
		    (suseconds_t)(wall_ns / 1000 % 1000000) },
		.len = len < bytes.len ? (uint32_t)bytes.len : len };
	static const uint8_t nothing;

	bytes = span_sub(bytes, 0, CAPTURE_PACKET_BYTES);
	header.caplen = (uint32_t)bytes.len;
	pcap_dump(packets->dump, &header, bytes.len > 0 ? bytes.ptr :
	    &nothing);
	packets->packets++;
}

enum err
capture_packets_flush(struct capture_packets *packets, uint64_t *lost,
    struct diag *diag)
{
	struct span lines = buf_span(&packets->index);
	struct stat st;
	FILE *file;
	enum err err = OK;

	*lost = packets->packets - packets->flushed;
	if (packets->dump == NULL || *lost == 0)
		return OK;
	file = pcap_dump_file(packets->dump);
	if (pcap_dump_flush(packets->dump) == -1 || ferror(file) ||
	    fstat(fileno(file), &st) == -1)
		err = diag_system(diag, "write a capture file");
	else
		err = write_all(packets->index_fd, lines, diag);
	if (err != OK) {
		give_up(packets);
		return err;
	}
	packets->pcap_bytes = (uint64_t)st.st_size;
	packets->index_bytes += lines.len;
	packets->flushed = packets->packets;
	buf_clear(&packets->index);
	*lost = 0;
	return OK;
}
