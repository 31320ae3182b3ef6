#!/bin/sh
# Our relay (sanitizing, durable, sandboxed) against Postfix as a plain relay
# with nothing to sanitize: the same mails from the same source into the same
# sink, in turns, ROUNDS rounds after a warm-up. Prints TSV, one line a round,
# then a table of medians. Needs root and Debian's postfix package (its
# service may be stopped; a private instance runs under a temporary folder).
#
#	B=build bench/bench_mail.sh
# RELAYS may have "silent", too: ours with audit_yes in the place of
# sekisho-audit, so that what the audit log costs can be seen. The ratio is to
# the first of RELAYS.
# Environment: SIZES "4k 100k 5m 5m-text", RELAYS "postfix sekisho", ROUNDS 5,
# CONNECTIONS 20, MAILS_4k 4000, MAILS_100k 1500, MAILS_5m 100,
# BENCH_DIR (a folder on the disk to be measured; default under /var/tmp).
set -eu
B=${B:-build}
SIZES=${SIZES:-4k 100k 5m 5m-text}
RELAYS=${RELAYS:-postfix sekisho}
ROUNDS=${ROUNDS:-5}
CONNECTIONS=${CONNECTIONS:-20}
SOURCE_IP=127.0.0.1 SINK_IP=127.2.0.1
POSTFIX_PORT=2625 SEKISHO_PORT=2725 SILENT_PORT=2726 SINK_PORT=2526
case " $RELAYS " in
*" postfix "*)
	postfix=$(PATH=$PATH:/usr/sbin command -v postfix) || {
		echo "bench_mail: Debian's postfix package is missing" >&2
		exit 77
	} ;;
esac
[ "$(id -u)" = 0 ] || { echo "bench_mail: needs root" >&2; exit 77; }
# Two at a time would measure each other, and use the same ports.
exec 9>"${TMPDIR:-/tmp}/sekisho-bench-mail.lock"
flock -n 9 || {
	echo "bench_mail: another one is running, waiting for it" >&2
	flock 9
}
dir=${BENCH_DIR:-/var/tmp}
dir=$(mktemp -d "$dir/sekisho-bench.XXXXXX")
chmod 755 "$dir"
sink_pid= postfix_pid= sekisho_pid= silent_pid= postfix_started= main_cf_made=

stop_all() {
	[ -z "$sink_pid" ] || kill "$sink_pid" 2>/dev/null || :
	[ -z "$postfix_started" ] ||
	    "$postfix" -c "$dir/postfix/etc" stop >/dev/null 2>&1 || :
	for p in $sekisho_pid $silent_pid; do
		kill "$p" 2>/dev/null || :
		wait "$p" 2>/dev/null || :
	done
	[ -z "$main_cf_made" ] || rm -f /etc/postfix/main.cf
	[ -n "${KEEP:-}" ] || rm -rf "$dir"
}
trap stop_all EXIT
trap 'exit 1' INT TERM

# Debian's daemons want a default main.cf to exist, even beside -c.
start_postfix() {
	mkdir -p "$dir/postfix/etc" "$dir/postfix/queue" "$dir/postfix/data"
	chown postfix "$dir/postfix/data"
	[ -e /etc/postfix/main.cf ] || {
		echo "compatibility_level = 3.6" >/etc/postfix/main.cf
		main_cf_made=1
	}
	cat >"$dir/postfix/etc/main.cf" <<-END
	compatibility_level = 3.6
	queue_directory = $dir/postfix/queue
	data_directory = $dir/postfix/data
	myhostname = postfix.bench.example
	mydestination =
	local_transport = error:none
	alias_maps =
	inet_interfaces = $SOURCE_IP
	inet_protocols = ipv4
	mynetworks = 127.0.0.0/8
	relay_domains = bench.example
	relayhost = [$SINK_IP]:$SINK_PORT
	smtp_dns_support_level = disabled
	smtpd_client_restrictions =
	smtpd_relay_restrictions = permit_mynetworks, reject
	smtpd_peername_lookup = no
	smtpd_client_connection_count_limit = 0
	smtpd_tls_security_level = none
	smtp_tls_security_level = none
	message_size_limit = 31457280
	default_process_limit = 100
	default_destination_concurrency_limit = 40
	initial_destination_concurrency = 40
	smtp_connection_cache_destinations = [$SINK_IP]:$SINK_PORT
	in_flow_delay = 0
	maillog_file = $dir/postfix/log
	maillog_file_prefixes = $dir
	END
	cat >"$dir/postfix/etc/master.cf" <<-END
	$SOURCE_IP:$POSTFIX_PORT inet n - n - - smtpd
	cleanup unix n - n - 0 cleanup
	qmgr unix n - n 300 1 qmgr
	rewrite unix - - n - - trivial-rewrite
	bounce unix - - n - 0 bounce
	defer unix - - n - 0 bounce
	trace unix - - n - 0 bounce
	verify unix - - n - 1 verify
	flush unix n - n 1000? 0 flush
	proxymap unix - - n - - proxymap
	smtp unix - - n - - smtp
	relay unix - - n - - smtp
	showq unix n - n - - showq
	error unix - - n - - error
	retry unix - - n - - error
	anvil unix - - n - 1 anvil
	scache unix - - n - 1 scache
	postlog unix-dgram n - n - 1 postlogd
	END
	"$postfix" -c "$dir/postfix/etc" start >"$dir/postfix/start" 2>&1 9>&- ||
	    { cat "$dir/postfix/start" >&2; exit 4; }
	postfix_started=1
	postfix_pid=$(tr -d ' ' <"$dir/postfix/queue/pid/master.pid")
}

start_sekisho() {
	start_ours sekisho $SEKISHO_PORT "$B"
	sekisho_pid=$ours_pid
}

start_silent() {
	mkdir -m 755 "$dir/programs"
	ln -s "$(realpath "$B")"/sekisho-* "$dir/programs"
	cp "$B/sekishod" "$dir/programs"
	rm "$dir/programs/sekisho-audit"
	cp "$B/bench/audit_yes" "$dir/programs/sekisho-audit"
	start_ours silent $SILENT_PORT "$dir/programs"
	silent_pid=$ours_pid
}

start_ours() {	# NAME PORT PROGRAMS
	mkdir -m 755 "$dir/$1.state"
	cat >"$dir/$1.rules" <<-END
	gateway "gw1.bench.example"

	segment lgwan    tier 2 interface lo network 127.2.0.0/16
	segment internet tier 3 interface lo network any

	host sink   in lgwan    $SINK_IP
	host source in internet $SOURCE_IP

	mail inbound from internet to lgwan {
	    listen $SOURCE_IP port $2
	    accept from source
	    domains bench.example
	    next-hop sink port $SINK_PORT
	    size 30 MB
	    policy standard
	}
	policy standard {
	    body text
	    pdf rebuild  image rebuild  office rebuild  text rebuild
	    archive rebuild depth 3
	    legacy-office convert
	    encrypted hold
	    other remove
	}
	END
	"$3/sekishod" --mail-only -c "$dir/$1.rules" -f \
	    --state "$dir/$1.state" 2>"$dir/$1.log" 9>&- &
	ours_pid=$!
	i=0
	until grep -qi ":$(printf %04X $2) .* 0A " /proc/net/tcp; do
		i=$((i + 1))
		if [ $i -gt 100 ] || ! kill -0 "$ours_pid"; then
			tail "$dir/$1.log" >&2
			exit 4
		fi
		sleep 0.1
	done
	kill -0 "$ours_pid" || { tail "$dir/$1.log" >&2; exit 4; }
}

# CPU ms so far of a process and all below it; what has died is in cutime.
tree_ms() {
	cat /proc/[0-9]*/stat 2>/dev/null | awk -v root="$1" -v hz="$(getconf CLK_TCK)" '
	{ pid = $1; sub(/^.*\) /, ""); parent[pid] = $2
	  ticks[pid] = $12 + $13 + $14 + $15 }
	END { for (p in parent) {
		for (q = p; q != root && q in parent && q > 1; q = parent[q]) ;
		if (q == root) sum += ticks[p]
	      }
	      printf "%d\n", sum * 1000 / hz }'
}

field() { awk -v n="$2" '$1 == n { print $2 }' "$1"; }

# one_run RELAY MAILS FILE...: a TSV line of figures
one_run() {
	relay=$1 mails=$2
	shift 2
	case $relay in
	postfix) port=$POSTFIX_PORT root=$postfix_pid ;;
	sekisho) port=$SEKISHO_PORT root=$sekisho_pid ;;
	silent) port=$SILENT_PORT root=$silent_pid ;;
	esac
	rm -f "$dir/sink.txt"
	"$B/bench/smtp_sink" -l $SINK_IP -p $SINK_PORT -n "$mails" \
	    -r "$dir/sink.txt" -o "$dir/$relay.first-mail" &
	sink_pid=$!
	sleep 0.3
	before=$(tree_ms "$root")
	"$B/bench/smtp_source" -l $SOURCE_IP -p $port -c "$CONNECTIONS" \
	    -n "$mails" "$@" >"$dir/source.txt" || {
		cat "$dir/source.txt" >&2
		echo "bench_mail: the source failed with $relay" >&2
		exit 1
	}
	i=0
	until [ -e "$dir/sink.txt" ]; do
		i=$((i + 1))
		[ $i -le 1200 ] || {
			kill "$sink_pid"; wait "$sink_pid" || :
			cat "$dir/sink.txt" >&2
			echo "bench_mail: $relay did not deliver all" >&2
			exit 1
		}
		sleep 0.1
	done
	sleep 0.3
	after=$(tree_ms "$root")
	kill "$sink_pid"
	wait "$sink_pid" || :
	sink_pid=
	[ "$(field "$dir/sink.txt" mails)" = "$mails" ] ||
	    echo "bench_mail: $relay delivered a mail twice" >&2
	awk -v n="$mails" -v cpu=$((after - before)) \
	    -v first="$(field "$dir/source.txt" first_ns)" \
	    -v taken="$(field "$dir/source.txt" last_ns)" \
	    -v last="$(field "$dir/sink.txt" last_ns)" \
	    -v p50="$(field "$dir/source.txt" latency_p50_ms)" \
	    -v p99="$(field "$dir/source.txt" latency_p99_ms)" 'BEGIN {
		printf "%.1f\t%.1f\t%.2f\t%s\t%s\n", n * 1e9 / (last - first),
		    n * 1e9 / (taken - first), cpu / n, p50, p99 }'
}

files_of() {
	case $1 in
	4k) echo "$dir/mails/4k-utf8.eml $dir/mails/4k-jis.eml" ;;
	*) echo "$dir/mails/$1.eml" ;;
	esac
}

mkdir "$dir/mails"
"$B/bench/make_mails" "$dir/mails"
for relay in $RELAYS; do
	start_$relay
done
tsv=${TSV:-$dir/bench_mail.tsv}
printf 'size\tround\trelay\tdelivered/s\taccepted/s\tcpu_ms/mail\tp50_ms\tp99_ms\n' |
    tee "$tsv"
for size in $SIZES; do
	case $size in
	4k) n=${MAILS_4k:-4000} ;;
	100k) n=${MAILS_100k:-1500} ;;
	5m*) n=${MAILS_5m:-100} ;;
	esac
	for relay in $RELAYS; do
		one_run "$relay" $((n / 2)) $(files_of $size) >/dev/null
	done
	round=1
	while [ $round -le "$ROUNDS" ]; do
		for relay in $RELAYS; do
			line=$(one_run "$relay" "$n" $(files_of $size))
			printf '%s\t%s\t%s\t%s\n' $size $round "$relay" "$line" |
			    tee -a "$tsv"
		done
		round=$((round + 1))
	done
done

# medians, lowest and highest round, ratio of the delivered mails per second
awk -F '\t' -v relays="$RELAYS" '
function sorted(list, a, n, i, j, t) {
	n = split(list, a, " ")
	for (i = 2; i <= n; i++)
		for (j = i; j > 1 && a[j - 1] + 0 > a[j] + 0; j--) {
			t = a[j]; a[j] = a[j - 1]; a[j - 1] = t
		}
	low = a[1]; high = a[n]
	return n % 2 ? a[(n + 1) / 2] : (a[n / 2] + a[n / 2 + 1]) / 2
}
NR > 1 { k = $1 SUBSEP $3; if (!($1 in seen)) { seen[$1] = 1; order[++m] = $1 }
	rate[k] = rate[k] " " $4; cpu[k] = cpu[k] " " $6; p99[k] = p99[k] " " $8 }
END {
	printf "\n%-6s %-8s %12s %19s %12s %10s %6s\n", "mail", "relay",
	    "delivered/s", "(low-high)", "cpu ms/mail", "p99 ms", "ratio"
	for (i = 1; i <= m; i++) {
		base = 0
		relays_n = split(relays, relay, " ")
		for (j = 1; j <= relays_n; j++) {
			r = relay[j]; k = order[i] SUBSEP r
			if (!(k in rate)) continue
			median = sorted(rate[k]); spread = low "-" high
			if (j == 1) base = median
			printf "%-6s %-8s %12.1f %19s %12.2f %10.1f %6s\n",
			    order[i], r, median, spread, sorted(cpu[k]),
			    sorted(p99[k]),
			    base && j != 1 ? sprintf("%.2f", median / base) : "-"
		}
	}
}' "$tsv"
