#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A walk over all that SNMP shows, with 1,000 rules: real snmpd, snmpbulkwalk
# and snmpwalk on loopback. Beside it, in the same rounds, a walk over a table
# of snmpd's own of about as many values (IF-MIB's ifTable of 510 interfaces),
# which needs no second process. Then mails through the relay, with walks
# going on and without, in turns. TSV, then medians and ratios. Needs root: it
# works in a network namespace of its own.
set -eu
[ "$(id -u)" = 0 ] || { echo "bench_snmp: needs root" >&2; exit 77; }
[ -n "${SNMP_INSIDE:-}" ] || exec env SNMP_INSIDE=1 unshare -n "$0" "$@"
cd "$(dirname "$0")/.."
. tests/integration/lib.sh
need snmpd snmpbulkwalk snmpwalk ip

rounds=${ROUNDS:-11}
mails=${MAILS_snmp:-1500}
agent=127.0.0.1:16161
root=.1.3.6.1.4.1.8072.9999.9999.7354
peer=.1.3.6.1.2.1.2.2
export MIBS='' SNMP_PERSISTENT_DIR="$dir/snmp"
mkdir "$dir/snmp"
ip link set lo up
seq 255 | sed 's/.*/link add a& type veth peer name b&/' | ip -batch -
cat >"$dir/snmpd.conf" <<EOF
agentAddress udp:$agent
master agentx
agentXSocket $dir/agentx
rocommunity bench 127.0.0.1
EOF
{
	cat <<EOF
gateway "gw1.town.example.lg.jp"
segment lgwan    tier 2 interface lo network 127.2.0.0/16
segment internet tier 3 interface lo network any
host sink   in lgwan    127.2.0.1
host source in internet 127.0.0.1
service rdp tcp 3389 speaks rdp
mail inbound from internet to lgwan {
    listen 127.0.0.1 port 2725
    accept from source
    domains bench.example
    next-hop sink port 2526
    policy standard
}
policy standard { body text  image rebuild  other remove }
EOF
	seq 1000 | awk '{ print "host h" $1 " in internet 198.51." \
	    int($1 / 250) "." $1 % 250 + 1
	    print "allow screen-transfer \"VDI " $1 "\" from lgwan to h" $1 \
	    " service rdp" }'
} >"$dir/rules"
snmpd -f -Lf "$dir/snmpd.log" -C -c "$dir/snmpd.conf" -p "$dir/pid" &
pids="$pids $!"
"$B/sekishod" --mail-only --agentx="$dir/agentx" -f -c "$dir/rules" \
    --state "$state" >"$dir/gateway.log" 2>&1 &
pids="$pids $!"

ask() {		# TREE COMMAND...
	ask_tree=$1
	shift
	"$@" -v2c -c bench -t 5 -On "$agent" "$ask_tree" 2>/dev/null
}
there() { [ "$(ask $root snmpbulkwalk -Cr40 | wc -l)" -gt 11000 ]; }
wait_for 20 there || { cat "$dir/gateway.log"; exit 4; }

# ---- walks ----

one_walk() {	# NAME ROUND TREE COMMAND...
	name=$1 round=$2
	shift 2
	begun=$(date +%s%N)
	ask "$@" >"$dir/out"
	us=$((($(date +%s%N) - begun) / 1000))
	echo "$us $(wc -l <"$dir/out")" >>"$dir/us.$name"
	printf '%s\t%d\t%d\t%d.%03d\n' "$name" "$round" \
	    "$(wc -l <"$dir/out")" $((us / 1000)) $((us % 1000))
}
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
printf 'what\tround\tvalues\tms\n'
ask $peer snmpbulkwalk -Cr40 >/dev/null		# warm-up
for i in $(seq "$rounds"); do
	one_walk bulkwalk "$i" $root snmpbulkwalk -Cr40
	one_walk bulkwalk-ifTable "$i" $peer snmpbulkwalk -Cr40
	one_walk walk "$i" $root snmpwalk
	one_walk walk-ifTable "$i" $peer snmpwalk
done
for name in bulkwalk bulkwalk-ifTable walk walk-ifTable; do
	sort -n "$dir/us.$name" | awk -v n="$name" '{ v[NR] = $1; k = $2 } END {
	    m = v[int((NR + 1) / 2)]
	    printf "# %s: median %.0f ms, %.0f to %.0f, %.1f us a value\n", n,
	    m / 1000, v[1] / 1000, v[NR] / 1000, m / k
	    print m / k >"'"$dir"'/value." n }'
done
for name in bulkwalk walk; do
	echo "# $name: ratio to snmpd's own table, by value:" "$(cat \
	    "$dir/value.$name" "$dir/value.$name-ifTable" | tr '\n' ' ' |
	    awk '{ printf "%.2f", $1 / $2 }')"
done

# ---- what they cost the relay ----

for p in smtp_source smtp_sink make_mails; do
	[ -x "$B/bench/$p" ] || { echo "bench_snmp: no $p: no mails"; exit 0; }
done
mkdir "$dir/mails"
"$B/bench/make_mails" "$dir/mails"
field() { awk -v n="$2" '$1 == n { print $2 }' "$1"; }
walk_on() {	# a bulk walk each second, until $dir/walking goes
	while [ -e "$dir/walking" ]; do
		ask $root snmpbulkwalk -Cr40 >/dev/null || :
		sleep 1
	done
}
one_relay() {	# NAME ROUND
	rm -f "$dir/sink.txt"
	"$B/bench/smtp_sink" -l 127.2.0.1 -p 2526 -n "$mails" \
	    -r "$dir/sink.txt" &
	sink=$!
	pids="$pids $sink"
	sleep 0.3
	[ "$1" = relay ] || { touch "$dir/walking"; walk_on & }
	walker=$!
	"$B/bench/smtp_source" -l 127.0.0.1 -p 2725 -c 20 -n "$mails" \
	    "$dir/mails/4k-utf8.eml" "$dir/mails/4k-jis.eml" >"$dir/source.txt"
	wait_for 60 test -e "$dir/sink.txt"
	rm -f "$dir/walking"
	[ "$1" = relay ] || wait "$walker"
	kill "$sink"
	wait "$sink" || :
	rate=$(awk -v n="$mails" -v a="$(field "$dir/source.txt" first_ns)" \
	    -v b="$(field "$dir/sink.txt" last_ns)" \
	    'BEGIN { printf "%.1f", n * 1e9 / (b - a) }')
	echo "$rate" >>"$dir/rate.$1"
	printf '%s\t%d\t%d\t%s\n' "$1" "$2" "$mails" "$rate"
}
printf 'what\tround\tmails\tmails/s\n'
for i in $(seq $(((rounds + 1) / 2))); do
	one_relay relay "$i"
	one_relay relay-and-walks "$i"
done
echo "# relay: median $(median <"$dir/rate.relay") mails/s; with a walk each" \
    "second $(median <"$dir/rate.relay-and-walks"); ratio" "$(
    { median <"$dir/rate.relay-and-walks"; median <"$dir/rate.relay"; } |
    tr '\n' ' ' | awk '{ printf "%.3f", $1 / $2 }')"
