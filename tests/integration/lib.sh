# SPDX-License-Identifier: GPL-3.0-or-later
# Shared by the integration tests and the demo: three network namespaces
# (internet, gateway, lgwan) joined by veth pairs, and the real daemons in the
# middle. Sourced by POSIX shells from the root of the tree.
#
#	internet 192.0.2.5 --- 192.0.2.25 gateway 10.20.0.1 --- 10.20.0.25 lgwan

B=${B:-build}
passed=0 failed=0 skipped=0
tag=sk$$
dir=$(mktemp -d "${TMPDIR:-/tmp}/sekisho-test.XXXXXX")
chmod 755 "$dir"
state=$dir/state
gateway_options=--mail-only	# the packet path has its own tests
pids=

ok() {		# DESCRIPTION COMMAND...: the command must succeed
	what=$1
	shift
	if "$@" >"$dir/ok.out" 2>&1; then
		passed=$((passed + 1))
		printf 'ok: %s\n' "$what"	# not echo: \r stays \r
	else
		failed=$((failed + 1))
		printf 'NOT OK: %s\n' "$what"
		sed 's/^/    /' "$dir/ok.out" | tail -n 20
	fi
}

not() {
	! "$@"
}

sanitized() {	# a build with sanitizers (make integration-asan)
	grep -q __asan_init "$B/sekishod"
}

# In such a build: what one of them says is
# a fault, though the process was started again.
no_fault() {
	! grep -sE -A 20 'ERROR: AddressSanitizer|runtime error:' "$dir"/*.log
}

finish() {	# the closing line, and the exit status of the test
	no_fault >/dev/null || ok "no sanitizer has found a fault" no_fault
	echo "$passed passed, $failed failed, $skipped skipped"
	[ $failed -eq 0 ]
}

need_root() {
	if [ "$(id -u)" -ne 0 ]; then
		rm -rf "$dir"
		echo "needs root for network namespaces"
		exit 77
	fi
}

need() {	# PROGRAM...
	for p in "$@"; do
		if ! command -v "$p" >/dev/null; then
			rm -rf "$dir"
			echo "needs $p (tools/deps installs it)"
			exit 77
		fi
	done
}

# nsenter, not "ip netns exec": that one mounts /sys anew, which a chroot cannot
inet() { nsenter --net=/run/netns/$tag-inet "$@"; }
gw() { nsenter --net=/run/netns/$tag-gw "$@"; }
lgwan() { nsenter --net=/run/netns/$tag-lgwan "$@"; }

net_up() {
	for n in inet gw lgwan; do
		ip netns add $tag-$n
		nsenter --net=/run/netns/$tag-$n ip link set lo up
	done
	ip link add ${tag}a netns $tag-inet type veth \
	    peer name eth0 netns $tag-gw
	ip link add ${tag}b netns $tag-lgwan type veth \
	    peer name eth1 netns $tag-gw
	nsenter --net=/run/netns/$tag-inet ip addr add 192.0.2.5/24 dev ${tag}a
	nsenter --net=/run/netns/$tag-inet ip addr add 192.0.2.6/24 dev ${tag}a
	nsenter --net=/run/netns/$tag-gw ip addr add 192.0.2.25/24 dev eth0
	nsenter --net=/run/netns/$tag-gw ip addr add 10.20.0.1/16 dev eth1
	nsenter --net=/run/netns/$tag-lgwan ip addr add 10.20.0.25/16 dev ${tag}b
	nsenter --net=/run/netns/$tag-lgwan ip addr add 10.20.0.26/16 dev ${tag}b
	nsenter --net=/run/netns/$tag-inet ip link set ${tag}a up
	nsenter --net=/run/netns/$tag-lgwan ip link set ${tag}b up
	nsenter --net=/run/netns/$tag-gw ip link set eth0 up
	nsenter --net=/run/netns/$tag-gw ip link set eth1 up
}

# The rule file of the tests; extra lines for the inbound route on stdin.
write_rules() {	# FILE NEXT-HOP-LINE...
	file=$1
	shift
	cat >"$file" <<EOF
gateway "gw1.town.example.lg.jp"

segment lgwan    tier 2 interface eth1 network 10.20.0.0/16
segment internet tier 3 interface eth0 network any

host lgwan-mail  in lgwan    10.20.0.25
host lgwan-mail2 in lgwan    10.20.0.26
host upstream-mx in internet 192.0.2.5

mail inbound from internet to lgwan {
    listen 192.0.2.25 port 25
    accept from upstream-mx
    domains town.example.lg.jp
$(for l in "$@"; do echo "    $l"; done)
    size 20 MB
    policy standard
}
mail outbound from lgwan to internet {
    listen 10.20.0.1 port 25
    accept from lgwan-mail
    sender-domains town.example.lg.jp
    next-hop upstream-mx port 25
    size 20 MB
    policy outgoing
}

policy standard {
    body text
    pdf rebuild  image rebuild  office rebuild  text rebuild  archive rebuild depth 3
    legacy-office convert
    encrypted hold
    other remove
}
policy outgoing { body keep  image rebuild  text rebuild  attachments inspect }
EOF
}

gateway_start() {	# RULES
	# not by the function gw: $! must be sekishod, not a shell around it
	nsenter --net=/run/netns/$tag-gw "$B/sekishod" $gateway_options -f -c "$1" \
	    --state "$state" \
	    >>"$dir/gateway.log" 2>&1 &
	gateway_pid=$!
	pids="$pids $gateway_pid"
	wait_for 10 gateway_listens
}

gateway_listens() {
	gw ss -Hltn 'sport = :25' | grep -q 192.0.2.25:25 &&
	    sekisho status >/dev/null
}

gateway_stop() {
	kill -TERM "$gateway_pid" && wait "$gateway_pid"
}

sekisho() {
	"$B/sekisho" "$@" --state "$state"
}

# A wall clock that can be set while programs run: those that are started with
# LD_PRELOAD=$clock have it, from clock_begin on.
clock=$PWD/$B/tests/helpers/shift_clock.so
clock_begin() {
	truncate -s 4096 "$dir/shift"
	chmod 644 "$dir/shift"
	export SHIFT_MAP="$dir/shift"
	clock_set 0
}
clock_set() {	# SECONDS ahead: in place, as the file is mapped
	printf '%-15s\n' "$1" | dd of="$dir/shift" conv=notrunc 2>/dev/null
}

wait_for() {	# SECONDS COMMAND...
	wait_tries=$(($1 * 10))
	shift
	until "$@"; do
		wait_tries=$((wait_tries - 1))
		[ $wait_tries -gt 0 ] || return 1
		sleep 0.1
	done
}

# A client at 192.0.2.5 of the internet side: items as in smtp_say.c
smtp() {
	inet "$B/tests/helpers/smtp_say" 192.0.2.5 192.0.2.25 25 "$@"
}

# Send a file (its lines end in CRLF): the receipt is in $receipt then.
post() {	# FILE SENDER RECIPIENT...
	post_file=$1 post_from=$2 post_to=
	shift 2
	for r in "$@"; do
		post_to="${post_to}RCPT TO:<$r>\r\n"
		shift
		set -- "$@" "<250"
	done
	smtp "<220" "=EHLO mx.example.jp\r\n" "<250" \
	    "=MAIL FROM:<$post_from>\r\n${post_to}DATA\r\n" "<250" "$@" \
	    "<354" "@$post_file" "=.\r\n" "<250" "=QUIT\r\n" "<221" \
	    >"$dir/post.out" || { cat "$dir/post.out"; return 1; }
	receipt=$(sed -n 's/^250 2.0.0 \([0-9A-Z-]*\) accepted.*/\1/p' \
	    "$dir/post.out")
	[ -n "$receipt" ]
}

# A next hop that leaves what it takes in FOLDER, see smtp_hop.c.
hop_start() {	# NAMESPACE ADDRESS FOLDER [PORT]
	mkdir -p "$3"
	nsenter --net="/run/netns/$tag-$1" "$B/tests/helpers/smtp_hop" "$2" "${4:-25}" \
	    "$3" &
	hop_pid=$!
	pids="$pids $hop_pid"
	wait_for 5 hop_listens "$1" "$2:${4:-25}"
}

hop_listens() {
	nsenter --net="/run/netns/$tag-$1" ss -Hltn | grep -q "$2 "
}

# Lines from the standard input into a file, as they are in a mail.
crlf() {	# FILE
	sed 's/$/\r/' >"$1"
}

# So many mails, at least, are in a hop's folder.
hop_has() {	# FOLDER NUMBER
	[ "$(find "$1" -name '*.eml' ! -name '*-.eml' | wc -l)" -ge "$2" ]
}

maildir_count() {	# MAILDIR NUMBER: at least so many
	[ "$(find "$1/new" -type f 2>/dev/null | wc -l)" -ge "$2" ]
}

# A Postfix of its own: postfix_make DIR NAME ADDRESS MAIN.CF-LINES...
postfix_make() {
	pf=$1 name=$2 address=$3
	shift 3
	mkdir -p "$pf/etc" "$pf/queue" "$pf/data"
	chown postfix "$pf/data"
	cat >"$pf/etc/main.cf" <<EOF
compatibility_level = 3.6
queue_directory = $pf/queue
data_directory = $pf/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = $name
mydestination =
alias_maps =
local_recipient_maps =
inet_interfaces = $address
smtp_bind_address = $address
inet_protocols = ipv4
maillog_file = $pf/log
maillog_file_prefixes = ${TMPDIR:-/tmp}
smtpd_tls_security_level = none
smtp_tls_security_level = none
smtp_dns_support_level = disabled
smtputf8_enable = yes
$(for l in "$@"; do echo "$l"; done)
EOF
	cat >"$pf/etc/master.cf" <<EOF
smtp inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
EOF
	: >"$pf/etc/empty"
}

# A final store: mail of the domain goes to MAILDIR.
postfix_store() {	# DIR ADDRESS MAILDIR
	mkdir -p "$3"
	chown nobody "$3"
	postfix_make "$1" mail.town.example.lg.jp "$2" \
	    "virtual_mailbox_domains = town.example.lg.jp" \
	    "virtual_mailbox_base = /" \
	    "virtual_mailbox_maps = static:$3/" \
	    "virtual_uid_maps = static:$(id -u nobody)" \
	    "virtual_gid_maps = static:$(id -g nobody)" \
	    "smtpd_recipient_restrictions = check_recipient_access inline:{ {nobody@town.example.lg.jp = REJECT no such user} }, permit_mynetworks, reject" \
	    "mynetworks = 10.20.0.0/16"
}

cleanup() {
	set +e
	# by its pid file: "postfix stop" wants a system-wide main.cf, too
	for c in "$dir"/postfix*/queue/pid/master.pid; do
		[ -s "$c" ] && kill -TERM $(cat "$c") 2>/dev/null
	done
	for p in $pids; do
		kill -TERM "$p" 2>/dev/null
	done
	for p in $pids; do
		wait "$p" 2>/dev/null
	done
	for n in inet gw lgwan; do
		ip netns del $tag-$n 2>/dev/null
	done
	if [ -n "${KEEP:-}" ]; then
		echo "kept: $dir"
	else
		rm -rf "$dir"
	fi
}
trap cleanup EXIT
trap 'exit 130' INT TERM
