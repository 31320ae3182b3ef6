/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../../gateway/capture/capture_lines.h"
#include "../../../gateway/capture/capture_packets.h"
#include "../../../gateway/capture/capture_text.h"

#define DAY_MS	86400000ull
#define WALL_MS	1795794059564ull	/* 2026-11-27T15:40:59Z */

static char path[] = "/tmp/sekisho-capture.XXXXXX";
static int dir = -1;

static int
each_file(int (*act)(const char *name, void *arg), void *arg)
{
	DIR *stream = opendir(path);
	const struct dirent *entry;
	int sum = 0;

	while ((entry = readdir(stream)) != NULL)
		if (entry->d_name[0] != '.')
			sum += act(entry->d_name, arg);
	closedir(stream);
	return sum;
}

static int
erase(const char *name, void *arg)
{
	(void)arg;
	return unlinkat(dir, name, 0) == 0;
}

static int
size(const char *name, void *arg)
{
	struct stat st;

	(void)arg;
	assert_int_equal(fstatat(dir, name, &st, 0), 0);
	return (int)st.st_size;
}

static int
is_file(const char *name, void *arg)
{
	return strcmp(name, arg) == 0;
}

static int
folder(void **state)
{
	(void)state;
	if (dir == -1) {
		assert_non_null(mkdtemp(path));
		dir = open(path, O_RDONLY | O_DIRECTORY);
	}
	(void)each_file(erase, NULL);
	return dir == -1;
}

static int
no_folder(void **state)
{
	(void)state;
	(void)each_file(erase, NULL);
	return rmdir(path);
}

static bool
exists(char *name)
{
	return each_file(is_file, name) == 1;
}

static long
packets_in(const char *name)
{
	char file[300], text[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *header;
	const u_char *bytes;
	pcap_t *pcap;
	long n = 0;
	int got;

	snprintf(file, sizeof(file), "%s/%s", path, name);
	pcap = pcap_open_offline(file, text);
	assert_non_null(pcap);
	assert_int_equal(pcap_datalink(pcap), DLT_RAW);
	while ((got = pcap_next_ex(pcap, &header, &bytes)) == 1)
		n++;
	assert_int_equal(got, -2);	/* the end, and nothing torn */
	pcap_close(pcap);
	return n;
}

/* ---- text ---- */

static void
a_packet_is_one_line(void **state)
{
	struct capture_packet packet = { .number = 3, .wall_ms = 12345,
		.reason = "refused-rule", .bytes = 60, .missed = 2,
		.generation = 7, .rule = { true, SPAN("town \"1\".rules"), 19,
		    SPAN("住\n基"), NULL }, .ends = { .in = SPAN("lgwan"),
		    .out = SPAN("internet"), .protocol = 6, .src_port = 1,
		    .dst_port = 443 } };
	struct buf out;

	(void)state;
	buf_init(&out, 10000);
	assert_true(address_parse(SPAN("10.20.1.5"), &packet.ends.src));
	assert_true(address_parse(SPAN("192.0.2.80"), &packet.ends.dst));
	assert_int_equal(capture_packet_text(&packet, &out), OK);
	assert_int_equal(buf_add_byte(&out, 0), OK);
	assert_string_equal((char *)out.ptr, "{\"packet\":3,"
	    "\"time_ms\":12345,\"reason\":\"refused-rule\","
	    "\"rule\":\"town \\\"1\\\".rules:19\",\"name\":\"住\\n基\","
	    "\"in\":\"lgwan\",\"out\":\"internet\",\"protocol\":\"tcp\","
	    "\"src\":\"10.20.1.5\",\"src_port\":1,\"dst\":\"192.0.2.80\","
	    "\"dst_port\":443,\"bytes\":60,\"missed\":2,"
	    "\"generation\":7}\n");
	buf_fini(&out);
}

static void
what_is_not_known_is_left_out(void **state)
{
	struct capture_packet packet = { .number = 1, .reason = "r" };
	struct capture_flow flow = { .start_ms = 10, .end_ms = 5 };
	struct buf out;

	(void)state;
	buf_init(&out, 10000);
	assert_int_equal(capture_packet_text(&packet, &out), OK);
	assert_int_equal(capture_flow_text(&flow, &out), OK);
	assert_int_equal(buf_add_byte(&out, 0), OK);
	assert_string_equal((char *)out.ptr, "{\"packet\":1,\"time_ms\":0,"
	    "\"reason\":\"r\",\"bytes\":0,\"missed\":0}\n"
	    "{\"start_ms\":10,\"end_ms\":5,\"duration_ms\":0}\n");
	buf_fini(&out);
}

static void
a_flow_has_both_ways_and_icmp_its_type(void **state)
{
	struct capture_flow flow = { .start_ms = 5, .end_ms = 25,
		.counted = true, .packets = { 1, 2 },
		.bytes = { 3, UINT64_C(9007199254740993) },
		.cut = "refused-inspect", .ends = { .protocol = 58,
		    .src_port = 99, .dst_port = 128 << 8 },
		.rule = { true, SPAN("f"), 1, SPAN("n"), "exception" } };
	struct buf out;

	(void)state;
	buf_init(&out, 10000);
	assert_true(address_parse(SPAN("2001:db8::1"), &flow.ends.src));
	assert_true(address_parse(SPAN("2001:db8::2"), &flow.ends.dst));
	assert_int_equal(capture_flow_text(&flow, &out), OK);
	assert_int_equal(buf_add_byte(&out, 0), OK);
	assert_string_equal((char *)out.ptr, "{\"start_ms\":5,\"end_ms\":25,"
	    "\"duration_ms\":20,\"rule\":\"f:1\",\"name\":\"n\","
	    "\"class\":\"exception\",\"protocol\":\"icmp6\","
	    "\"src\":\"2001:db8::1\",\"dst\":\"2001:db8::2\",\"type\":128,"
	    "\"code\":0,\"packets_there\":1,\"bytes_there\":3,"
	    "\"packets_back\":2,\"bytes_back\":9007199254740993,"
	    "\"cut\":\"refused-inspect\"}\n");
	buf_fini(&out);
}

static void
a_line_without_room_is_not_begun(void **state)
{
	struct capture_packet packet = { .number = 1, .reason = "r" };
	struct buf out;

	(void)state;
	buf_init(&out, 30);
	assert_int_equal(buf_add_str(&out, "x\n"), OK);
	assert_int_equal(capture_packet_text(&packet, &out), ERR_LIMIT);
	assert_int_equal(out.len, 2);
	buf_fini(&out);
}

/* ---- names ---- */

static void
names_sort_by_time(void **state)
{
	static const char *const names[] = { "flows-20261127.jsonl",
	    "flows-20261127-1.jsonl", "flows-20261127-9.jsonl",
	    "flows-20261127-10.jsonl", "flows-20261128.jsonl",
	    "flows-20261128-2.jsonl" };

	(void)state;
	for (size_t i = 0; i < 6; i++)
		for (size_t k = 0; k < 6; k++) {
			int c = capture_name_compare(names[i], names[k]);

			assert_true(i < k ? c < 0 : i > k ? c > 0 : c == 0);
		}
	assert_int_equal(capture_name_compare("refused-20261127T000000-0.pcap",
	    "refused-20261127T000000-0.jsonl"), 0);
	assert_true(capture_name_compare("refused-20261127T000000-10.pcap",
	    "refused-20261127T000001-0.pcap") < 0);
	assert_false(capture_name_is("refused-passwords", "refused"));
	assert_false(capture_name_is("flows-20261127.jsonl", "refused"));
}

/* ---- packets ---- */

static void
put(struct capture_packets *packets, unsigned n)
{
	static const uint8_t bytes[600] = { 0x45 };
	unsigned erased;

	for (unsigned i = 0; i < n; i++) {
		assert_int_equal(capture_packets_open(packets, WALL_MS,
		    &erased, NULL), OK);
		assert_int_equal(buf_add_str(&packets->index, "{\"a\":1}\n"),
		    OK);
		capture_packets_add(packets, WALL_MS * 1000000,
		    (struct span){ bytes, sizeof(bytes) }, 1500);
	}
}

static void
a_capture_is_readable_after_each_flush(void **state)
{
	struct capture_packets packets;
	uint64_t lost;

	(void)state;
	assert_int_equal(capture_packets_init(&packets, dir, NULL), OK);
	for (long i = 1; i < 20; i++) {
		put(&packets, 1);
		assert_int_equal(capture_packets_flush(&packets, &lost, NULL),
		    OK);
		assert_int_equal(packets_in("refused-20261127T154059-0.pcap"),
		    i);
	}
	capture_packets_fini(&packets);
}

static void
files_turn_and_the_oldest_go(void **state)
{
	struct capture_packets packets;
	uint64_t lost;

	(void)state;
	assert_int_equal(capture_packets_init(&packets, dir, NULL), OK);
	packets.file_bytes_max = 20000;
	packets.total_bytes_max = 100000;
	for (unsigned i = 0; i < 1000; i++) {
		put(&packets, 1);
		assert_int_equal(capture_packets_flush(&packets, &lost, NULL),
		    OK);
		assert_in_range(each_file(size, NULL), 1, 101000);
	}
	/* numbers of one second go on, and the first are gone */
	assert_false(exists((char[]){ "refused-20261127T154059-0.pcap" }));
	assert_true(each_file(size, NULL) > 58000);
	capture_packets_fini(&packets);
}

/* No file may become longer than so much: like a disk that is full. */
static void
full(rlim_t bytes)
{
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes == 0 ? limit.rlim_max : bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void
a_full_disk_takes_back_what_is_not_whole(void **state)
{
	struct capture_packets packets;
	uint64_t lost;
	struct diag diag;

	(void)state;
	assert_int_equal(capture_packets_init(&packets, dir, NULL), OK);
	put(&packets, 3);
	assert_int_equal(capture_packets_flush(&packets, &lost, NULL), OK);
	full(2000);
	put(&packets, 5);
	assert_int_equal(capture_packets_flush(&packets, &lost, &diag),
	    ERR_SYSTEM);
	assert_int_equal(lost, 5);
	assert_int_equal(packets_in("refused-20261127T154059-0.pcap"), 3);
	/* one that never held anything does not stay */
	put(&packets, 5);
	assert_int_equal(capture_packets_flush(&packets, &lost, &diag),
	    ERR_SYSTEM);
	assert_false(exists((char[]){ "refused-20261127T154059-1.pcap" }));
	assert_false(exists((char[]){ "refused-20261127T154059-1.jsonl" }));
	full(0);
	put(&packets, 5);
	assert_int_equal(capture_packets_flush(&packets, &lost, &diag), OK);
	assert_int_equal(packets_in("refused-20261127T154059-2.pcap"), 5);
	capture_packets_fini(&packets);
}

/* ---- lines ---- */

static void
records_go_on_in_the_file_of_the_day(void **state)
{
	struct capture_lines lines;
	unsigned erased;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		capture_lines_init(&lines, dir, "flows");
		assert_int_equal(capture_lines_add(&lines, SPAN("{}\n"),
		    WALL_MS, &erased, NULL), OK);
		capture_lines_close(&lines);
	}
	assert_int_equal(size("flows-20261127.jsonl", NULL), 6);
	assert_int_equal(capture_lines_add(&lines, SPAN("{}\n"),
	    WALL_MS + DAY_MS, &erased, NULL), OK);
	assert_int_equal(size("flows-20261128.jsonl", NULL), 3);
	capture_lines_close(&lines);
}

static void
a_torn_line_does_not_spoil_the_next(void **state)
{
	struct capture_lines lines;
	char text[20] = "";
	unsigned erased;
	int fd = openat(dir, "flows-20261127.jsonl", O_CREAT | O_RDWR, 0600);

	(void)state;
	assert_int_equal(write(fd, "{\"a", 3), 3);
	capture_lines_init(&lines, dir, "flows");
	assert_int_equal(capture_lines_add(&lines, SPAN("{}\n"), WALL_MS,
	    &erased, NULL), OK);
	assert_int_equal(pread(fd, text, 19, 0), 7);
	assert_string_equal(text, "{\"a\n{}\n");
	close(fd);
	capture_lines_close(&lines);
}

static void
records_are_bounded(void **state)
{
	struct capture_lines lines;
	char text[101];
	unsigned erased;

	(void)state;
	memset(text, 'x', 100);
	text[99] = '\n';
	capture_lines_init(&lines, dir, "flows");
	lines.file_bytes_max = 1000;
	lines.total_bytes_max = 5000;
	for (unsigned i = 0; i < 300; i++) {
		assert_int_equal(capture_lines_add(&lines, (struct span){
		    (uint8_t *)text, 100 }, WALL_MS + i * DAY_MS / 50,
		    &erased, NULL), OK);
		assert_in_range(each_file(size, NULL), 1, 5000);
	}
	assert_true(each_file(size, NULL) > 3000);
	capture_lines_close(&lines);
}

static void
half_a_record_is_taken_back(void **state)
{
	struct capture_lines lines;
	struct diag diag;
	unsigned erased;

	(void)state;
	capture_lines_init(&lines, dir, "flows");
	assert_int_equal(capture_lines_add(&lines, SPAN("{1}\n"), WALL_MS,
	    &erased, NULL), OK);
	full(6);
	assert_int_equal(capture_lines_add(&lines, SPAN("{22}\n"), WALL_MS,
	    &erased, &diag), ERR_SYSTEM);
	assert_int_equal(size("flows-20261127.jsonl", NULL), 4);
	full(0);
	assert_int_equal(capture_lines_add(&lines, SPAN("{3}\n"), WALL_MS,
	    &erased, NULL), OK);
	assert_int_equal(size("flows-20261127.jsonl", NULL), 8);
	capture_lines_close(&lines);
}

#define TEST(f)	cmocka_unit_test_setup(f, folder)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_packet_is_one_line),
		TEST(what_is_not_known_is_left_out),
		TEST(a_flow_has_both_ways_and_icmp_its_type),
		TEST(a_line_without_room_is_not_begun),
		TEST(names_sort_by_time),
		TEST(a_capture_is_readable_after_each_flush),
		TEST(files_turn_and_the_oldest_go),
		TEST(a_full_disk_takes_back_what_is_not_whole),
		TEST(records_go_on_in_the_file_of_the_day),
		TEST(a_torn_line_does_not_spoil_the_next),
		TEST(records_are_bounded),
		TEST(half_a_record_is_taken_back),
	};

	return cmocka_run_group_tests(tests, NULL, no_folder);
}
