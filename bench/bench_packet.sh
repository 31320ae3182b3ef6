#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Packets between two namespaces, through a third, in turns:
#
#	plain	the kernel forwards; no rule, no connection tracking
#	nft	the kernel's own filter with an equal rule set, stateful
#	floor	every packet through a queue to a program that accepts it
#	ours	sekishod
#	speaks	sekishod, and its rule says what a connection must speak
#
# TCP bulk with 1 and 16 streams (Gbit/s, and seconds of CPU per Gbit of the
# whole machine), 60-byte UDP packets per second, new TCP connections per
# second, and the round trip of the first and of a later packet of a flow.
# RULES: how many rules there are beside the one that lets the load through.
set -u
ROUNDS=${ROUNDS:-5} SECONDS_EACH=${SECONDS_EACH:-2} RULES=${RULES:-10}
WAYS=${WAYS:-plain nft floor ours speaks}
B=${B:-build}
[ "$(id -u)" -eq 0 ] || { echo "needs root"; exit 77; }
for p in iperf3 nft ip; do
	command -v $p >/dev/null || { echo "needs $p: tools/deps bench"; exit 77; }
done
tag=bp$$
dir=$(mktemp -d "${TMPDIR:-/tmp}/sekisho-bench.XXXXXX")
pids=
c() { nsenter --net=/run/netns/$tag-c "$@"; }
g() { nsenter --net=/run/netns/$tag-g "$@"; }
s() { nsenter --net=/run/netns/$tag-s "$@"; }

way_down() {
	for p in $pids; do kill "$p" 2>/dev/null; done
	for p in $pids; do wait "$p" 2>/dev/null; done
	pids=
	for n in c g s; do ip netns del $tag-$n 2>/dev/null; done
	rm -rf "$dir/state"
}
trap 'way_down; rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM

net_up() {
	for n in c g s; do
		ip netns add $tag-$n
		ip -n $tag-$n link set lo up
	done
	ip link add c0 netns $tag-c type veth peer name eth1 netns $tag-g
	ip link add s0 netns $tag-s type veth peer name eth0 netns $tag-g
	ip -n $tag-c addr add 10.20.0.2/16 dev c0
	ip -n $tag-g addr add 10.20.0.1/16 dev eth1
	ip -n $tag-g addr add 192.0.2.1/24 dev eth0
	ip -n $tag-s addr add 192.0.2.2/24 dev s0
	for x in "c c0" "g eth1" "g eth0" "s s0"; do
		ip -n $tag-${x% *} link set "${x#* }" up
	done
	ip -n $tag-c route add default via 10.20.0.1
	ip -n $tag-s route add default via 192.0.2.1
	# enough ports for new connections
	c sh -c 'echo 1024 65535 >/proc/sys/net/ipv4/ip_local_port_range'
}

# Rules that match nothing of the load, before the one that does.
nft_rules() {
	echo "table inet bench {"
	echo " chain f { type filter hook forward priority 0; policy drop;"
	echo "  ct state established,related accept"
	echo "  ct state invalid drop"
	i=0
	while [ $i -lt "$RULES" ]; do
		echo "  ip saddr 10.20.$((i / 200 + 1)).$((i % 200 + 1)) ip daddr 198.51.100.$((i % 200)) tcp dport $((i % 50 + 1000)) accept"
		i=$((i + 1))
	done
	echo "  ip saddr 10.20.0.0/16 ip daddr 192.0.2.2 tcp dport { 5201, 7000 } accept"
	echo "  ip saddr 10.20.0.0/16 ip daddr 192.0.2.2 udp dport { 7000 } accept"
	echo " }"
	echo "}"
}

our_rules() {	# SERVICES of the load
	cat <<END
gateway "gw.bench.example"
segment lgwan    tier 2 interface eth1 network 10.20.0.0/16
segment internet tier 3 interface eth0 network any
host server in internet 192.0.2.2
service bulk tcp 5201
service load tcp 7000 udp 7000
service web  tcp 7000 speaks http
service ping udp 7000
END
	i=0
	while [ $i -lt "$RULES" ]; do
		echo "host h$i in internet 198.51.$((100 + i / 200 % 100)).$((i % 200))"
		echo "host l$i in lgwan 10.20.$((i / 200 + 1)).$((i % 200 + 1))"
		echo "service s$i tcp $((i % 50 + 1000))"
		echo "allow exception \"r$i\" from l$i to h$i service s$i owner \"a\" reason \"b\" approved \"c\" until 2099-01-01"
		i=$((i + 1))
	done
	for i in bulk "$@"; do
		echo "allow exception \"load $i\" from lgwan to server service $i owner \"a\" reason \"b\" approved \"c\" until 2099-01-01"
	done
}

way_up() {	# WAY
	net_up
	case $1 in
	plain)	g sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward' ;;
	nft)	nft_rules >"$dir/nft"
		g nft -f "$dir/nft"
		g sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward' ;;
	floor)	g iptables -t mangle -A FORWARD -j NFQUEUE --queue-num 9
		nsenter --net=/run/netns/$tag-g "$B/bench/packet_floor" 9 &
		pids="$pids $!"
		g sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward' ;;
	ours|speaks)
		case $1 in
		ours)	our_rules load >"$dir/rules" ;;
		speaks)	our_rules web ping >"$dir/rules" ;;
		esac
		nsenter --net=/run/netns/$tag-g "$B/sekishod" -f \
		    -c "$dir/rules" --state "$dir/state" >"$dir/log" 2>&1 &
		pids="$pids $!"
		tries=100
		until "$B/sekisho" status --state "$dir/state" 2>/dev/null |
		    grep -q '^packet *ready'; do
			sleep 0.1
			tries=$((tries - 1))
			[ $tries -gt 0 ] || { cat "$dir/log" >&2; exit 1; }
		done ;;
	esac
	nsenter --net=/run/netns/$tag-s iperf3 -s >/dev/null 2>&1 &
	pids="$pids $!"
	nsenter --net=/run/netns/$tag-s "$B/bench/packet_load" sink 7000 \
	    >"$dir/sink" 2>&1 &
	sink=$!
	sleep 0.3
}

busy() {	# seconds that the processors were not idle
	awk '/^cpu / { print ($2 + $3 + $4 + $7 + $8) / 100 }' /proc/stat
}

value() {	# NAME FILE
	awk -v n="$1" '$1 == n { print $2 }' "$2"
}

bulk() {	# STREAMS: Gbit/s, CPU seconds per Gbit
	before=$(busy)
	c iperf3 -c 192.0.2.2 -P "$1" -t "$SECONDS_EACH" -J >"$dir/iperf" 2>&1
	after=$(busy)
	awk -v b="$before" -v a="$after" '
		/"sum_received"/ { r = 1 }
		r && /"bytes"/ { gsub(/[^0-9]/, "", $2); bytes = $2 }
		r && /"bits_per_second"/ { gsub(/[^0-9.e+]/, "", $2); bps = $2; r = 0 }
		END { if (bytes == 0) print "0 0"; else
			printf "%.2f %.3f\n", bps / 1e9, (a - b) / (bytes * 8 / 1e9) }
	' "$dir/iperf"
}

measure() {	# WAY ROUND
	one=$(bulk 1)
	many=$(bulk 16)
	c "$B/bench/packet_load" ping 192.0.2.2 7000 3000 new >"$dir/new"
	c "$B/bench/packet_load" ping 192.0.2.2 7000 10000 same >"$dir/same"
	c "$B/bench/packet_load" connect 192.0.2.2 7000 "$SECONDS_EACH" 32 \
	    >"$dir/connect"
	c "$B/bench/packet_load" flood 192.0.2.2 7000 "$SECONDS_EACH" \
	    >"$dir/flood"
	sleep 0.3
	kill "$sink"
	wait "$sink"
	# the pings are among what the sink has received
	pps=$(awk -v r="$(value received "$dir/sink")" \
	    -v s="$(value seconds "$dir/flood")" \
	    'BEGIN { printf "%.0f", (r - 13000) / s }')
	cps=$(awk '$1 == "connections" { n = $2 } $1 == "seconds" {
		printf "%.0f", n / $2 }' "$dir/connect")
	printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' \
	    "$2" "$1" ${one% *} ${one#* } ${many% *} ${many#* } "$pps" \
	    "$cps" "$(value p50_us "$dir/new")" "$(value p99_us "$dir/new")" \
	    "$(value p999_us "$dir/new")" "$(value p50_us "$dir/same")" \
	    "$(value p99_us "$dir/same")" "$(value lost "$dir/new")"
}

echo "# rules $RULES, rounds $ROUNDS of $SECONDS_EACH s, kernel $(uname -r)"
head="round\tway\tgbit_1\tcpu_s_per_gbit\tgbit_16\tcpu_s_per_gbit_16\tudp_pps"
head="$head\tconn_s\tfirst_p50_us\tfirst_p99_us\tfirst_p999_us\tlater_p50_us"
printf "$head\tlater_p99_us\tlost\n"
r=0
while [ $r -le "$ROUNDS" ]; do	# the first is a warm-up
	for way in $WAYS; do
		way_up "$way"
		measure "$way" $r >"$dir/line"
		way_down
		[ $r -eq 0 ] || tee -a "$dir/all" <"$dir/line"
	done
	r=$((r + 1))
done
echo "# medians"
for way in $WAYS; do
	printf "median\t%s" "$way"
	for f in 3 4 5 6 7 8 9 10 11 12 13; do
		printf '\t%s' "$(awk -F'\t' -v w="$way" -v f=$f '$2 == w { print $f }' \
		    "$dir/all" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }')"
	done
	echo
done
