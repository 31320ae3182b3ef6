#!/bin/sh
# sekisho log search over a log of RECORDS: how long the index takes and how
# large it is, an update by 1,000 records, and searches (whole processes, ms)
# beside grep over the same log and a scan of the same rows by SQLite.
#
#	B=build bench/bench_search.sh
# Environment: RECORDS 1000000 (documented figures: 10000000, 10 GB of disk),
# ROUNDS 21 of a search (the peers 3), BENCH_DIR as in bench_mail.sh.
set -eu
B=${B:-build}
RECORDS=${RECORDS:-1000000}
ROUNDS=${ROUNDS:-21}
dir=$(mktemp -d "${BENCH_DIR:-/var/tmp}/sekisho-bench.XXXXXX")
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM
log=$dir/audit
mkdir "$log"
now_ms() { date +%s%N | cut -c 1-13; }
make_log() { "$B/bench/bench_search" make "$log" "$1" "$dir/rows"; }
search() { "$B/sekisho" log search "$@" "$log"; }

make_log "$RECORDS"
bytes=$(cat "$log"/audit-*.log | wc -c)
echo "# $RECORDS records, $((bytes / RECORDS)) bytes each, $(ls "$log"/*.log | wc -l) files"
printf 'what\tresult\n'
t=$(now_ms)
search --rebuild --count --type admin >/dev/null 2>&1
t=$(($(now_ms) - t))
printf 'the index is made, s\t%d.%03d\n' $((t / 1000)) $((t % 1000))
printf 'records/s\t%d\n' $((RECORDS * 1000 / t))
printf 'index, bytes a record\t%d\n' $(($(stat -c %s "$log-index/index.db") / RECORDS))
for i in 1 2 3; do
	make_log 1000
	t=$(now_ms)
	search --count --type admin >/dev/null
	echo $(($(now_ms) - t))
done | sort -n | sed -n 2p |
    awk '{ printf "update by 1,000 records and a search, ms\t%s\n", $1 }'

echo
printf 'search\trecords\tmedian ms\tlowest\thighest\n'
measure() {	# OPTION...
	n=$(search "$@" | wc -l)
	[ "$n" -gt 1 ] || n=$(search "$@" --count || :)
	printf '%s\t%s\t' "$*" "$n"
	"$B/bench/bench_search" time "$ROUNDS" "$B/sekisho" log search "$@" "$log"
}
sender=user12@company12.example.jp
receipt=$(awk -F '\t' -v n=$((RECORDS / 2)) 'NR >= n && $3 != "" { print $3; exit }' "$dir/rows")
day=$(date -d '-100 days' +%F)
measure --receipt "$receipt"
measure --sender "$sender"
measure --sender @company12.example.jp
measure --sender "$sender" --outcome delivered --since "$day"
measure --recipient staff700@town.example.lg.jp --since "$day" --until "$day"
measure --address 10.20.0.9 --limit 20
measure --address 10.20.0.0/24 --count
measure --rule town.rules:30 --since "$day" --until "$day"
measure --recipient 'staff7*' --count
measure --type mail --limit 20
measure --type mail --outcome delivered --count

echo
printf 'peer\trecords\tmedian ms\tlowest\thighest\n'
cat "$log"/*.log >/dev/null
printf 'grep -F of the sender\t%s\t' "$(cat "$log"/*.log | grep -cF "\"from\":\"$sender\"")"
"$B/bench/bench_search" time 3 sh -c "cat '$log'/*.log | LC_ALL=C grep -F '\"from\":\"$sender\"'"
if command -v sqlite3 >/dev/null; then
	sqlite3 "$dir/rows.db" 'CREATE TABLE t(seq, type, receipt, sender, recipient, address, outcome)' \
	    '.mode tabs' ".import $dir/rows t"
	ask="SELECT seq FROM t WHERE sender='$sender'"
	printf 'sqlite3, scan of seven columns\t%s\t' "$(sqlite3 "$dir/rows.db" "$ask" | wc -l)"
	"$B/bench/bench_search" time 3 sqlite3 "$dir/rows.db" "$ask"
fi
