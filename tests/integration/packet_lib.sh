# SPDX-License-Identifier: GPL-3.0-or-later
# Shared by the tests of the packet path and tools/demo-vnc: three segments
# and the gateway between them, each a network namespace, and real programs
# on both sides. Sourced by POSIX shells from the root of the tree; needs root.
#
#	mynumber 10.10.0.9 --- eth2 10.10.0.1 \
#	lgwan    10.20.1.5 --- eth1 10.20.0.1 gateway 192.0.2.25 eth0 --- internet
#	2001:db8:20::5    2001:db8:20::1      2001:db8:ff::25    192.0.2.66 ...
#
# PACKET_MODE=plain puts a router that lets everything through in the place
# of the gateway: what is allowed must work there as well, and every check
# that something is shut must fail (see shut). Without a packet path to test
# this says whether the tests are right.

. tests/integration/lib.sh

mode=${PACKET_MODE:-gateway}
helpers=$B/tests/helpers
mynumber() { nsenter --net=/run/netns/$tag-mynumber "$@"; }

need_packet_path() {
	if [ "$mode" = gateway ] && [ ! -x "$B/sekisho-packet" ]; then
		rm -rf "$dir"
		echo "needs a gateway with a packet path (or PACKET_MODE=plain)"
		exit 77
	fi
}

# A segment's namespace, its one interface eth0 and the gateway's ethN.
segment_up() {	# NAMESPACE ethN MAC GATEWAY-MAC
	ip netns add "$tag-$1"
	nsenter --net="/run/netns/$tag-$1" ip link set lo up
	ip link add eth0 netns "$tag-$1" address "$3" type veth \
	    peer name "$2" netns "$tag-gw" address "$4"
	nsenter --net="/run/netns/$tag-$1" ip link set eth0 up
	gw ip link set "$2" up
}

addresses() {	# NAMESPACE DEVICE ADDRESS/LENGTH...
	addresses_ns=$1 addresses_dev=$2
	shift 2
	for a in "$@"; do
		case $a in
		*:*)	set -- nodad ;;
		*)	set -- ;;
		esac
		nsenter --net="/run/netns/$tag-$addresses_ns" \
		    ip addr add "$a" dev "$addresses_dev" "$@"
	done
}

net_up() {
	ip netns add $tag-gw
	gw ip link set lo up
	segment_up inet eth0 02:00:5e:20:00:05 02:00:5e:00:00:00
	segment_up lgwan eth1 02:00:5e:10:00:07 02:00:5e:00:00:01
	segment_up mynumber eth2 02:00:5e:10:00:09 02:00:5e:00:00:02
	addresses gw eth0 192.0.2.25/24 2001:db8:ff::25/64
	addresses gw eth1 10.20.0.1/16 2001:db8:20::1/48
	addresses gw eth2 10.10.0.1/16
	# .6 and 10.20.9.9 are those whom no rule knows
	addresses inet eth0 192.0.2.5/24 192.0.2.6/24 192.0.2.53/24 \
	    192.0.2.66/24 192.0.2.67/24 192.0.2.80/24 192.0.2.81/24 \
	    192.0.2.90/24 2001:db8:ff::6/64 2001:db8:ff::53/64 \
	    2001:db8:ff::66/64 2001:db8:ff::80/64
	addresses lgwan eth0 10.20.1.5/16 10.20.1.66/16 10.20.0.25/16 \
	    10.20.3.7/16 10.20.9.9/16 2001:db8:20::5/48 2001:db8:20::99/48
	addresses mynumber eth0 10.10.0.9/16 10.10.0.8/16
	inet ip route add default via 192.0.2.25 src 192.0.2.6
	inet ip -6 route add default via 2001:db8:ff::25
	lgwan ip route add default via 10.20.0.1 src 10.20.1.5
	lgwan ip -6 route add default via 2001:db8:20::1 src 2001:db8:20::5
	# flows that will be cut have an address of their own on both sides,
	# so that a sniffer can tell them
	for a in 192.0.2.67 192.0.2.81; do
		lgwan ip route add $a via 10.20.0.1 src 10.20.1.66
	done
	lgwan ip route add 10.10.0.0/16 via 10.20.0.1 src 10.20.3.7
	mynumber ip route add default via 10.10.0.1 src 10.10.0.9
	gw ip route add default via 192.0.2.1
}

# The rule file of these tests. Dates are a good way off: nothing warns.
write_rules() {	# FILE
	until=$(date -d '+300 days' +%F)
	cat >"$1" <<END
gateway "gw1.town.example.lg.jp"

segment mynumber tier 1 interface eth2 network 10.10.0.0/16
segment lgwan    tier 2 interface eth1 network 10.20.0.0/16, 2001:db8:20::/48
segment internet tier 3 interface eth0 network any

host desk       in lgwan    10.20.1.0/24, 2001:db8:20::5
host lgwan-mail in lgwan    10.20.0.25
host kiosk      in lgwan    10.20.3.7 mac 02:00:5e:10:00:07
host juki       in mynumber 10.10.0.9 mac 02:00:5e:10:00:09
host vdi        in internet 192.0.2.64/28, 2001:db8:ff::60/124
host web        in internet 192.0.2.80-192.0.2.81, 2001:db8:ff::80
host resolver   in internet 192.0.2.53, 2001:db8:ff::53
host mx         in internet 192.0.2.5
host store      in internet 192.0.2.90

service rdp   tcp 3389      speaks rdp
service vnc   tcp 5900-5999 speaks rfb
service https tcp 443       speaks tls "pitsari.example.go.jp", "*.eltax.lta.go.jp"
service http  tcp 80        speaks http
service ssh   tcp 22        speaks ssh
service dns   udp 53 tcp 53 speaks dns
service smtp  tcp 25        speaks smtp
service bulk  tcp 5201, 5300-5309 udp 5201, 5300-5309
service nats  tcp 4222
service ping  icmp echo-request
service ping6 icmp6 echo-request

allow screen-transfer "VDI" from desk to vdi service rdp, vnc limit 200 flows

allow specified "住基連携" from kiosk to juki service nats
    owner "税務課" purpose "証明書コンビニ交付" approved "CISO 2026-11-20 No.14" until $until

allow exception "電子申告" from desk to web service https, http
    owner "税務課" reason "試験" approved "CISO 2026-11-20 No.15" until $until
allow exception "保守" from desk to web, vdi service ssh
    owner "情報課" reason "試験" approved "CISO 2026-11-20 No.16" until $until
allow exception "名前解決" from desk to resolver service dns
    owner "情報課" reason "試験" approved "CISO 2026-11-20 No.17" until $until
allow exception "送信" from desk to mx service smtp
    owner "情報課" reason "試験" approved "CISO 2026-11-20 No.18" until $until
allow exception "転送" from desk to store service bulk, ping
    owner "情報課" reason "試験" approved "CISO 2026-11-20 No.19" until $until
allow exception "疎通" from desk to vdi, web service ping6
    owner "情報課" reason "試験" approved "CISO 2026-11-20 No.20" until $until

mail inbound from internet to lgwan {
    listen 192.0.2.25 port 25
    accept from mx
    domains town.example.lg.jp
    next-hop lgwan-mail port 25
    policy standard
}
policy standard { body text  image rebuild  other remove }

never from internet to mynumber
never from internet to lgwan
never from mynumber to any
only  specified between lgwan and mynumber
must  from desk to vdi service rdp, vnc
must  from kiosk to juki service nats
expect deny  tcp from 198.51.100.7 to 10.20.0.25 port 445
expect allow tcp from 10.20.1.5 to 192.0.2.66 port 5901
END
}

# Everything through: what the tests are tried on, never the gateway.
plain_forward() {
	gw sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward &&
	    echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
}

gateway_start() {	# RULES
	# not by the function gw: $! must be sekishod, not a shell around it
	nsenter --net=/run/netns/$tag-gw "${programs:-$B}/sekishod" -f -c "$1" \
	    --state "$state" >>"$dir/gateway.log" 2>&1 &
	gateway_pid=$!
	pids="$pids $gateway_pid"
	wait_for 15 gateway_ready
}

gateway_ready() {
	gateway_listens >/dev/null 2>&1 &&
	    pgrep -P "$gateway_pid" -f '(^|/)sekisho-packet( |$)' >/dev/null
}

net_open() {	# RULES: the gateway, or what stands in for it
	case $mode in
	gateway) gateway_start "$1" ;;
	plain)	plain_forward ;;
	esac
}

# A check that something does not pass. Where everything passes it must fail,
# or it would not see a gateway that is open.
shut() {	# DESCRIPTION COMMAND...
	shut_what=$1
	shift
	case $mode in
	gateway) ok "$shut_what" "$@" ;;
	plain)	ok "(must fail without a gateway) $shut_what" not "$@" ;;
	esac
}

# Start a service and wait until it listens. $served is its process.
serve() {	# NAMESPACE tcp|udp ADDRESS PORT NAME COMMAND...
	serve_ns=$1 serve_kind=$2 serve_address=$3 serve_port=$4 serve_name=$5
	shift 5
	nsenter --net="/run/netns/$tag-$serve_ns" "$@" \
	    >"$dir/$serve_name.log" 2>&1 </dev/null &
	served=$!
	pids="$pids $served"
	if ! wait_for 15 listens "$serve_ns" "$serve_kind" \
	    "$serve_address" "$serve_port"; then
		echo "$serve_name does not listen:"
		tail -n 20 "$dir/$serve_name.log"
		return 1
	fi
}

listens() {	# NAMESPACE tcp|udp ADDRESS PORT
	nsenter --net="/run/netns/$tag-$1" ss -Hln "--$2" \
	    "sport = :$4" 2>/dev/null | awk '{ print $4 }' |
	    grep -Fqx -e "$3:$4" -e "[$3]:$4" -e "*:$4" -e "0.0.0.0:$4"
}

# A client with a limit of its time. It is waited for, so that a signal to
# the test is heard at once.
client() {	# SECONDS NAMESPACE COMMAND...
	client_s=$1 client_ns=$2
	shift 2
	timeout -k 2 "$client_s" nsenter --net="/run/netns/$tag-$client_ns" \
	    "$@" </dev/null &
	wait $!
}

stop() {	# PID
	kill -TERM "$1" 2>/dev/null
	wait "$1" 2>/dev/null || :
}

# A sniffer on a segment's own interface: what is there really arrived.
sniff() {	# NAMESPACE NAME [FILTER]
	nsenter --net="/run/netns/$tag-$1" tcpdump -i eth0 -Q in -n -U -s 200 \
	    --immediate-mode -B 16384 -Z root -w "$dir/$2.pcap" "${3:-}" \
	    2>"$dir/$2.tcpdump" >/dev/null </dev/null &
	pids="$pids $!"
	eval "sniffer_$2=$!"
	wait_for 10 grep -qs 'listening on' "$dir/$2.tcpdump"
}

sniff_stop() {	# NAME: and whether it saw all there was
	eval "sniff_pid=\$sniffer_$1"
	sleep 0.3
	kill -INT "$sniff_pid" 2>/dev/null
	wait "$sniff_pid" 2>/dev/null || :
	grep -q '^0 packets dropped by kernel' "$dir/$1.tcpdump"
}

seen() {	# NAME FILTER: number of packets
	tcpdump -n -r "$dir/$1.pcap" "$2" 2>/dev/null | wc -l
}

# Nothing of the filter arrived where NAME listened; what did is shown.
none_seen() {	# NAME FILTER
	tcpdump -n -r "$dir/$1.pcap" "$2" 2>/dev/null >"$dir/none_seen.out"
	head -n 5 "$dir/none_seen.out"
	[ ! -s "$dir/none_seen.out" ] && [ -s "$dir/$1.pcap" ]
}

some_seen() {	# NAME FILTER
	[ "$(seen "$1" "$2")" -gt 0 ]
}

# Segments with payload, for a filter of tcpdump (IPv4).
payload='(ip[2:2] - ((ip[0] & 0xf) << 2) - ((tcp[12] & 0xf0) >> 2) != 0)'

# A scan that finds nothing: no port open, none closed, all filtered.
scan_finds_nothing() {	# NAMESPACE NMAP-ARGUMENTS...
	scan_ns=$1
	shift
	client 120 "$scan_ns" nmap -n -Pn --disable-arp-ping -T4 \
	    --min-rate 1000 --max-retries 1 -oX "$dir/scan.xml" "$@" \
	    >"$dir/scan.out" 2>&1 || { cat "$dir/scan.out"; return 1; }
	cat "$dir/scan.out"
	grep -q 'state="\(open|\)\{0,1\}filtered"' "$dir/scan.xml" &&
	    ! grep -q 'state="\(open\|closed\|unfiltered\)"' "$dir/scan.xml"
}

# An X server of its own display number, without or with a VNC port.
# $display and $served afterwards.
screen_start() {	# NAMESPACE NAME WIDTHxHEIGHT [PORT]
	rm -f "$dir/$2.display"
	nsenter --net="/run/netns/$tag-$1" Xtigervnc -displayfd 3 -noreset \
	    -geometry "$3" -depth 24 -SecurityTypes None -AlwaysShared \
	    -nolisten tcp -localhost=0 -rfbport "${4:--1}" \
	    -BlacklistThreshold 100000 \
	    3>"$dir/$2.display" >"$dir/$2.log" 2>&1 </dev/null &
	served=$!
	pids="$pids $served"
	if ! wait_for 15 test -s "$dir/$2.display"; then
		tail -n 20 "$dir/$2.log"
		return 1
	fi
	display=:$(cat "$dir/$2.display")
}

# Everybody in our namespaces goes, by the namespace's name; then these.
cleanup() {
	set +e
	for p in $pids; do
		kill -TERM "$p" 2>/dev/null
	done
	sleep 0.3
	for n in inet gw lgwan mynumber; do
		for p in $(ip netns pids $tag-$n 2>/dev/null); do
			kill -KILL "$p" 2>/dev/null
		done
	done
	for p in $pids; do
		wait "$p" 2>/dev/null
	done
	for n in inet gw lgwan mynumber; do
		ip netns del $tag-$n 2>/dev/null
	done
	if [ -n "${KEEP:-}" ]; then
		echo "kept: $dir"
	else
		rm -rf "$dir"
	fi
}
trap 'exit 130' HUP
