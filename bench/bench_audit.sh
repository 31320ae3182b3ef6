#!/bin/sh
# The audit log alone: durable records a second beside the disk's own rate,
# and its check beside sha256sum of the same bytes. Then what it costs the
# relay: the same mails through it with the log and with one that only says
# yes (audit_yes.c), in turns; the ratio is what is left of the throughput.
#
#	B=build bench/bench_audit.sh
# Environment: RECORDS 500000 of the log that is checked, BENCH_DIR as in
# bench_mail.sh: where the log is written; ROUNDS 7 of the relay (0: none).
set -eu
B=${B:-build}
RECORDS=${RECORDS:-500000}
dir=$(mktemp -d "${BENCH_DIR:-/var/tmp}/sekisho-bench.XXXXXX")
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM
mkdir "$dir/audit"
printf 'what\tgroup\trecords/s\tlowest\thighest\n'
"$B/bench/bench_audit" "$dir/audit" "$RECORDS"
now_ms() { date +%s%N | cut -c 1-13; }
for i in 1 2 3; do
	t=$(now_ms)
	cat "$dir"/audit/audit-*.log | sha256sum >/dev/null
	echo $(($(now_ms) - t))
done | sort -n | sed -n 2p | awk -v bytes="$(cat "$dir"/audit/audit-*.log |
    wc -c)" '{ printf "sha256sum of the same, MB/s\t-\t%.0f\n", bytes / 1000 / $1 }'
[ "${ROUNDS:-7}" = 0 ] || [ "$(id -u)" != 0 ] ||
    RELAYS='silent sekisho' SIZES=${SIZES:-4k} ROUNDS=${ROUNDS:-7} \
    bench/bench_mail.sh
