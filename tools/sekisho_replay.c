/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sekisho replay [--json] [--top N] [FILE] CAPTURE: what the rules say about
 * each flow of a capture. This file has the options and libpcap; flows are in
 * sekisho_replay_flows.c, the report in sekisho_replay_show.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands.h"
#include "options.h"
#include "replay.h"
#include "rules_file.h"

#define TOP_DEFAULT	10u
#define TOP_MAX		1000000u
#define TROUBLE_BYTES	(PCAP_ERRBUF_SIZE + 128)

static const char help[] =
    "usage: sekisho replay [--json] [--top N] [FILE] CAPTURE\n"
    "\n"
    "Decide each flow of a capture (pcap or pcapng; - is standard input) by\n"
    "the rules of FILE (default " RULES_FILE_DEFAULT "), and show\n"
    "flows, totals by rule, and what was refused most often. Nothing is\n"
    "sent. A flow is decided by its first packet, as from the segment of\n"
    "its source address, and with the MAC address where the link has one.\n"
    "\n"
    "  --top N   so many of the refused servers and ports (default 10)\n"
    "\n"
    "exit status: 0 the whole capture was read, 3 it cannot be read, or\n"
    "only a part of it (which is shown), or the rules have errors, 4 the\n"
    "system failed\n";

struct options {
	const char	*rules;
	const char	*capture;
	bool		 json;
	uint32_t	 top;
};

static const struct link_type {
	int		dlt;
	enum packet_link link;
} link_types[] = {
	{ DLT_EN10MB, PACKET_LINK_ETHERNET },
	{ DLT_RAW, PACKET_LINK_RAW },
	{ DLT_IPV4, PACKET_LINK_RAW },
	{ DLT_IPV6, PACKET_LINK_RAW },
	{ DLT_LINUX_SLL, PACKET_LINK_SLL },
	{ DLT_LINUX_SLL2, PACKET_LINK_SLL2 },
	{ DLT_NULL, PACKET_LINK_NULL },
	{ DLT_LOOP, PACKET_LINK_NULL },
	{ DLT_PPP, PACKET_LINK_PPP },
	{ DLT_PPP_SERIAL, PACKET_LINK_PPP },
};

static bool
find_link(int dlt, enum packet_link *link)
{
	for (size_t i = 0; i < sizeof(link_types) / sizeof(link_types[0]);
	    i++)
		if (link_types[i].dlt == dlt) {
			*link = link_types[i].link;
			return true;
		}
	return false;
}

static const char *
link_name(int dlt)
{
	const char *name = pcap_datalink_val_to_name(dlt);

	return name == NULL ? "unknown" : name;
}

/* All packets; what was read before trouble stays. */
static void
read_packets(struct replay *replay, pcap_t *pcap, enum packet_link link,
    char trouble[TROUBLE_BYTES])
{
	struct pcap_pkthdr *header;
	const u_char *bytes;
	int result;

	while ((result = pcap_next_ex(pcap, &header, &bytes)) == 1)
		replay_packet(replay, link, (struct span){ bytes,
		    header->caplen }, header->len > header->caplen ?
		    header->len : header->caplen);
	if (result == PCAP_ERROR_BREAK)
		return;
	snprintf(trouble, TROUBLE_BYTES, "packet %llu: %s",
	    (unsigned long long)replay->packets + 1, pcap_geterr(pcap));
	replay->trouble = trouble;
}

/* Takes the stream. trouble gets why nothing, or not all, could be read. */
static void
read_capture(struct replay *replay, FILE *stream,
    char trouble[TROUBLE_BYTES])
{
	char text[PCAP_ERRBUF_SIZE] = "";
	enum packet_link link;
	pcap_t *pcap = pcap_fopen_offline(stream, text);
	int dlt;

	if (pcap == NULL) {
		snprintf(trouble, TROUBLE_BYTES, "not a capture: %s", text);
		replay->trouble = trouble;
		fclose(stream);
		return;
	}
	dlt = pcap_datalink(pcap);
	replay->link_name = link_name(dlt);
	if (find_link(dlt, &link))
		read_packets(replay, pcap, link, trouble);
	else {
		snprintf(trouble, TROUBLE_BYTES, "link type %d (%s) is not "
		    "understood here", dlt, link_name(dlt));
		replay->trouble = trouble;
	}
	pcap_close(pcap);
}

static FILE *
open_capture(const char *path)
{
	int fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) :
	    open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat st;
	FILE *stream = NULL;

	if (fd == -1)
		return NULL;
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
		errno = EISDIR;
	else
		stream = fdopen(fd, "rb");
	if (stream == NULL)
		close(fd);
	return stream;
}

/* Reading, deciding, writing: what happens in the sandbox. */
static int
run(const struct options *o, const struct rules_image *image, FILE *stream)
{
	static char trouble[TROUBLE_BYTES];
	struct replay replay;
	struct diag diag = { 0 };
	struct buf out;
	enum err err = replay_init(&replay, image);
	int status = EXIT_DONE;

	if (err == OK)
		err = replay_sandbox(&diag);
	else
		(void)diag_set(&diag, err, "out of memory");
	if (err != OK) {
		fprintf(stderr, "sekisho replay: %s\n", diag.what);
		fclose(stream);
		replay_fini(&replay);
		return EXIT_SYSTEM;
	}
	read_capture(&replay, stream, trouble);
	replay_decide(&replay);
	buf_init(&out, OUTPUT_BYTES_MAX);
	if (o->json)
		err = replay_json(&replay, o->capture, o->top, &out);
	else if (replay.packets > 0)
		err = replay_text(&replay, o->top, &out);
	if (err != OK)
		fprintf(stderr, "sekisho replay: the report is too large\n");
	status = output(&out, err == OK ? EXIT_DONE : EXIT_SYSTEM);
	if (replay.trouble != NULL) {
		fprintf(stderr, "sekisho replay: %s: %s\n", o->capture,
		    replay.trouble);
		if (status == EXIT_DONE)
			status = EXIT_REFUSED;
	} else if (replay.packets == 0)
		fprintf(stderr, "sekisho replay: %s: holds no packets\n",
		    o->capture);
	replay_fini(&replay);
	return status;
}

static int
replay_with(const struct options *o, struct rules_file *file)
{
	struct rules_image *image;
	struct diag diag = { 0 };
	struct buf bytes;
	FILE *stream;
	int status = rules_file_image(file, "replay", o->rules, &bytes,
	    &image);

	if (status != EXIT_DONE)
		return status;
	stream = open_capture(o->capture);
	if (stream == NULL) {
		(void)diag_system(&diag, "open");
		fprintf(stderr, "sekisho replay: %s: %s\n", o->capture,
		    diag.what);
		status = EXIT_SYSTEM;
	} else
		status = run(o, image, stream);
	rules_image_close(image);
	buf_fini(&bytes);
	return status;
}

static bool
parse_top(const char *text, uint32_t *top)
{
	uint64_t n;

	if (!span_decimal(span_str(text), TOP_MAX, &n))
		return false;
	*top = (uint32_t)n;
	return true;
}

int
cmd_replay(int argc, char **argv)
{
	static struct rules_file file;
	struct options o = { RULES_FILE_DEFAULT, NULL, false, TOP_DEFAULT };
	const char *top = NULL;
	const struct option_row rows[] = {
		{ .name = "json", .flag = &o.json },
		{ .name = "top", .text = &top },
		{ .name = NULL }
	};
	int status = options_read(argc, argv, help, rows);

	if (status != -1)
		return status;
	if (top != NULL && !parse_top(top, &o.top))
		return usage_error("replay", "--top needs a number, not '%s'",
		    top);
	if (argc - optind < 1)
		return usage_error("replay", "the capture is missing");
	if (argc - optind > 2)
		return usage_error("replay", "a rule file and a capture, not "
		    "%d files", argc - optind);
	if (argc - optind == 2)
		o.rules = argv[optind++];
	o.capture = argv[optind];
	if (strcmp(o.rules, "-") == 0 && strcmp(o.capture, "-") == 0)
		return usage_error("replay", "the rules and the capture "
		    "cannot both be standard input");
	status = replay_with(&o, &file);
	rules_file_close(&file);
	return status;
}
