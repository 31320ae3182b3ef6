#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A walk over all that SNMP shows, with 1,000 rules: real snmpd, snmpbulkwalk
# and snmpwalk on loopback. TSV: what, round, values, ms; then the median.
set -eu
cd "$(dirname "$0")/.."
. tests/integration/lib.sh
need snmpd snmpbulkwalk snmpwalk

rounds=${ROUNDS:-7}
port=$((20000 + $$ % 10000))
agent=127.0.0.1:$((port + 10000))
root=.1.3.6.1.4.1.8072.9999.9999.7354
export MIBS='' SNMP_PERSISTENT_DIR="$dir/snmp"
mkdir "$dir/snmp"
cat >"$dir/snmpd.conf" <<EOF
agentAddress udp:$agent
master agentx
agentXSocket $dir/agentx
rocommunity bench 127.0.0.1
EOF
{
	cat <<EOF
gateway "gw1.town.example.lg.jp"
segment lgwan    tier 2 interface eth1 network 10.20.0.0/16
segment internet tier 3 interface eth0 network any
service rdp tcp 3389 speaks rdp
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

ask() { "$@" -v2c -c bench -On "$agent" $root 2>/dev/null; }
there() { [ "$(ask snmpbulkwalk -Cr40 | wc -l)" -gt 7000 ]; }
wait_for 20 there || { cat "$dir/gateway.log"; exit 4; }

walks() {	# NAME COMMAND...
	name=$1
	shift
	i=0
	while [ $i -lt "$rounds" ]; do
		begun=$(date +%s%N)
		ask "$@" >"$dir/out"
		ms=$((($(date +%s%N) - begun) / 1000000))
		i=$((i + 1))
		printf '%s\t%d\t%d\t%d\n' "$name" $i \
		    "$(wc -l <"$dir/out")" $ms
		echo $ms >>"$dir/ms.$name"
	done
	sort -n "$dir/ms.$name" | awk -v n="$name" '{ v[NR] = $1 } END {
	    printf "# %s: median %d ms, %d to %d\n", n, v[int((NR + 1) / 2)],
	    v[1], v[NR] }'
}
printf 'what\tround\tvalues\tms\n'
walks bulkwalk snmpbulkwalk -Cr40
walks walk snmpwalk
