# SPDX-License-Identifier: GPL-3.0-or-later
# Shared by the tests of SNMP: a real snmpd and snmptrapd on loopback, as
# tools/monitoring has them, and the tools of net-snmp with names of our MIB.
# Sourced behind lib.sh.
# shellcheck disable=SC2154 # of lib.sh

port=$((20000 + $$ % 10000))
agent=127.0.0.1:$((port + 10000))
traps=127.0.0.1:$((port + 20000))
mibs=$(pwd)/gateway/snmp/mibs
export MIBDIRS="$mibs:/usr/share/snmp/mibs" MIBS=SEKISHO-MIB
export SNMP_PERSISTENT_DIR="$dir/snmp" SNMPCONFPATH="$dir/snmp"
mkdir -p "$dir/snmp"

# as tools/monitoring recommends it, but for places and secrets
secret="-v3 -l authPriv -u monitor -a SHA-256 -A sekisho-auth-1 -x AES -X sekisho-priv-1"
{
	echo "agentAddress udp:$agent"
	sed -e "s|/var/agentx/master|$dir/agentx|" -e "s|MONITORING:162|$traps|" \
	    -e 's/CHANGE-THIS-AUTH/sekisho-auth-1/' \
	    -e 's/CHANGE-THIS-PRIV/sekisho-priv-1/' tools/monitoring/snmpd.conf
} >"$dir/snmpd.conf"
cat >"$dir/snmptrapd.conf" <<EOF
createUser monitor SHA-256 sekisho-auth-1 AES sekisho-priv-1
authUser log monitor priv
EOF

snmpd_start() {
	snmpd -f -Lf "$dir/snmpd.log" -C -c "$dir/snmpd.conf" \
	    -p "$dir/snmpd.pid" &
	snmpd_pid=$!
	pids="$pids $snmpd_pid"
}

# shellcheck disable=SC2086 # a list of words is meant
walk() { snmpwalk $secret -t 2 -r 3 "$agent" "$@"; }
# shellcheck disable=SC2086
bulk() { snmpbulkwalk $secret -t 2 -r 3 -Cr40 "$agent" "$@"; }
# shellcheck disable=SC2086
get() { snmpget $secret -t 2 -r 3 -Oqv "$agent" "$@"; }
# shellcheck disable=SC2086
table() { snmptable $secret -t 2 -r 3 -Cf , "$agent" "$@"; }

answers() { [ "$(get sekishoGatewayState.0 2>/dev/null)" = running ]; }
number() { get "$1" | tr -cd 0-9-; }
is() { [ "$(number "$1")" = "$2" ]; }		# OBJECT NUMBER
name_row() {	# PROCESS: its index
	walk -Oqs sekishoProcessName |
	    sed -n "s/^sekishoProcessName\.\([0-9]*\) \"*$1\"*\$/\1/p"
}
process_is() {	# PROCESS STATE RESTARTS
	i=$(name_row "$1")
	[ "$(get "sekishoProcessState.$i")" = "$2" ] &&
	    is "sekishoProcessRestarts.$i" "$3"
}
kill_process() {	# PROCESS
	victim=$(number "sekishoProcessPid.$(name_row "$1")")
	[ "${victim:-0}" -gt 1 ] && kill -9 "$victim"
}
trap_came() {	# NOTIFICATION SUBJECT STATE
	grep "$1" "$dir/traps" | grep "$2" | grep -q "$3"
}
mail() {	# swaks arguments
	swaks --server "127.0.0.1:$port" --helo mx.example.jp \
	    --from someone@example.jp "$@"
}
traps_start() {
	snmptrapd -f -Lf "$dir/traps" -C -c "$dir/snmptrapd.conf" \
	    -p "$dir/snmptrapd.pid" "udp:$traps" &
	pids="$pids $!"
}
