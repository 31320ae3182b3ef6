/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A ClassBench filter set as a rule file of ours, or (-c) as a ClassBench
 * filter set again; -n makes one of another size of it first.
 *
 *	classbench_rules [-c] [-n RULES] SET
 *
 * One segment `net` that is every address, one `host` for each prefix, one
 * `service` for each combination of protocol and ports, and one rule a line,
 * which is an `allow local` or a `deny` by a fixed hash of its number, from
 * 0: ClassBench has no verdicts. Addresses, ports and protocol are kept, TCP
 * flags are not. A rule about port 0 alone is left out: our language has that
 * in ranges only. A protocol wildcard with ports is tcp and udp.
 *
 * How -n makes more rules of a set: copies, each with the upper 8 bits of all
 * addresses xor-ed by a constant of the copy (as far as a prefix has them),
 * which keeps lengths, nesting and pairs; the copies of a rule stand together.
 * Fewer: at even distances.
 */
#include <stdlib.h>
#include <unistd.h>

#include "../gateway/base/log.h"
#include "filter_set.h"

int
main(int argc, char **argv)
{
	struct filter_set set, scaled;
	unsigned long n = 0;
	bool classbench = false;
	int option;

	log_init("classbench_rules");
	while ((option = getopt(argc, argv, "cn:")) != -1)
		switch (option) {
		case 'c':
			classbench = true;
			break;
		case 'n':
			n = strtoul(optarg, NULL, 10);
			if (n > 0 && n <= UINT32_MAX)
				break;
			/* fallthrough */
		default:
			die(2, "usage: classbench_rules [-c] [-n RULES] SET");
		}
	if (argc - optind != 1)
		die(2, "usage: classbench_rules [-c] [-n RULES] SET");
	filter_set_read(&set, argv[optind]);
	if (n > 0) {
		filter_set_scale(&set, (uint32_t)n, &scaled);
		filter_set_fini(&set);
		set = scaled;
	}
	if (classbench)
		filter_set_write(&set, stdout);
	else
		filter_set_write_rules(&set, stdout);
	filter_set_fini(&set);
	if (fflush(stdout) != 0 || ferror(stdout))
		die(4, "cannot write");
	return 0;
}
