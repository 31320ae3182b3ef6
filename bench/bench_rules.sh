#!/bin/sh
# Packet decisions: ours beside DPDK's librte_acl and a plain scan, on
# ClassBench sets of 100 to 100,000 rules (see bench_rules.c), then how long
# check, explain and diff of 10,000 rules take as whole processes. TSV, then
# the rates as a table.
#
#	B=build bench/bench_rules.sh
# Environment: SETS "acl1 fw1 ipc1", SIZES "100 1k 10k 100k", ROUNDS 7, CORE
# (default: the last), ACL_SECONDS 180 (how long librte_acl may take with a
# set), SEKISHO_CORPUS. Needs the corpus; tools/deps bench installs DPDK.
set -eu
B=${B:-build}
SETS=${SETS:-acl1 fw1 ipc1} SIZES=${SIZES:-100 1k 10k 100k}
ROUNDS=${ROUNDS:-7} ACL_SECONDS=${ACL_SECONDS:-180}
corpus=${SEKISHO_CORPUS:-../shared/corpus}/rules/classbench
if [ ! -d "$corpus" ]; then
	echo "bench_rules: no ClassBench sets in $corpus" >&2
	exit 77
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM

# As ClassBench and as ours: 1k and 10k are files, the others made from them.
make_set() {	# SET SIZE
	case $2 in
	100)	from=$corpus/$1_1k count="-n 100" ;;
	100k)	from=$corpus/$1_10k count="-n 100000" ;;
	*)	from=$corpus/$1_$2 count= ;;
	esac
	# shellcheck disable=SC2086 # two words or none are meant
	"$B/bench/classbench_rules" -c $count "$from" >"$dir/$1_$2"
	"$B/bench/classbench_rules" "$dir/$1_$2" >"$dir/$1_$2.rules"
}

compare() {	# SET SIZE; librte_acl may be too slow or too large for a set
	# shellcheck disable=SC2086 # two words or none are meant
	set -- "$1_$2" "$dir/$1_$2" ${CORE:+-l $CORE} -r "$ROUNDS"
	name=$1 set=$2
	shift 2
	status=0
	timeout $((ACL_SECONDS + 120)) "$B/bench/bench_rules" "$@" \
	    -t "$ACL_SECONDS" "$set" "$set.rules" "$name" >"$dir/out" ||
	    status=$?
	[ $status -eq 0 ] || "$B/bench/bench_rules" "$@" \
	    -A "ended the program with status $status" "$set" "$set.rules" \
	    "$name" >"$dir/out"
	cat "$dir/out"
	cat "$dir/out" >>"$dir/all"
}

# Milliseconds of a process with its start, ROUNDS times: median and ends.
# Its exit status may be 1, a difference; more is an error.
process() {	# SET WHAT COMMAND...
	name=$1 what=$2
	shift 2
	: >"$dir/times"
	i=0
	while [ $i -le "$ROUNDS" ]; do
		t=$(date +%s%N)
		status=0
		"$@" >"$dir/process" 2>&1 </dev/null || status=$?
		t=$(($(date +%s%N) - t))
		if [ $status -gt 1 ]; then
			echo "bench_rules: $what: exit $status" >&2
			head -n 5 "$dir/process" >&2
			return 0
		fi
		[ $i -eq 0 ] || echo $t >>"$dir/times"	# the first warms up
		i=$((i + 1))
	done
	sort -n "$dir/times" | awk -v name="$name" -v what="$what" -v rules="$(
	    grep -cE '^(allow|deny)' "$dir/$name.rules")" '
	{ t[NR] = $1 / 1e6 } END { printf "%s\t%d\t-\t%s\t%.1f\t%.1f\t%.1f\t" \
	    "ms\n", name, rules, what, t[int((NR + 1) / 2)], t[1], t[NR] }'
}

knows() { "$B/sekisho" "$1" --help >/dev/null 2>&1; }

# As 10 changes by an administrator: verdicts turned, rules taken away.
changed() {
	awk '/^(allow|deny)/ && ++n % 1999 == 0 { next }
	     /^deny/ && n % 2003 == 0 { sub(/^deny/, "allow local")
		if ($0 !~ /service/) $0 = $0 " service s0" }
	     { print }' "$1"
}

processes() {	# SET
	set=$dir/$1_10k.rules
	process "$1_10k" "sekisho check" "$B/sekisho" check "$set"
	if knows explain; then
		process "$1_10k" "sekisho explain" "$B/sekisho" explain \
		    "$set" tcp from 192.0.2.1:40000 to 198.51.100.7 port 443
	fi
	if knows diff; then
		changed "$set" >"$dir/changed"
		process "$1_10k" "sekisho diff" "$B/sekisho" diff "$set" \
		    "$dir/changed"
		process "$1_10k" "sekisho diff, the same" "$B/sekisho" diff \
		    "$set" "$set"
	fi
}

: >"$dir/all"
printf '# rounds %s of 150 ms of CPU time after one to warm up; ' \
    "$ROUNDS"
printf '262144 packets a traffic; skewed: Zipf 1.0 over 65536 flows\n'
printf 'set\trules\ttraffic\twhat\tmedian\tlowest\thighest\tnote\n'
for size in $SIZES; do
	for set in $SETS; do
		make_set "$set" "$size"
		compare "$set" "$size"
	done
done
case " $SIZES " in
*" 10k "*)
	for set in $SETS; do
		processes "$set"
	done ;;
esac

echo
awk -F '\t' '
BEGIN {
	row = "%-10s %6s %-8s %8s %8s %8s %8s %8s %8s %7s %7s %8s %9s %9s\n"
	printf row, "million/s", "rules", "traffic", "ours,256", "ours, 32",
	    "ours, 1", "acl, 256", "acl, 32", "linear", "256", "32",
	    "disagree", "ours, kB", "acl, kB"
}
function cell(what, traffic, digits,	key) {
	key = $1 SUBSEP traffic SUBSEP what
	if (!(key in v))
		return "-"
	return sprintf("%." digits "f", v[key])
}
function ratio(size,	ours, acl) {
	ours = v[$1, $3, "ours, batches of " size]
	acl = v[$1, $3, "librte_acl, batches of " size]
	return acl > 0 ? sprintf("%.2f", ours / acl) : "-"
}
{ v[$1, $3, $4] = $5 }
$4 == "linear scan" {
	printf row, $1, $2, $3, cell("ours, batches of 256", $3, 2),
	    cell("ours, batches of 32", $3, 2),
	    cell("ours, one by one", $3, 2),
	    cell("librte_acl, batches of 256", $3, 2),
	    cell("librte_acl, batches of 32", $3, 2),
	    cell("linear scan", $3, 3), ratio(256), ratio(32),
	    cell("disagreements", $3, 0),
	    cell("ours, size of the image", "-", 0),
	    cell("librte_acl, size", "-", 0)
	bad += v[$1, $3, "disagreements"]
}
END { exit bad > 0 }' "$dir/all"
