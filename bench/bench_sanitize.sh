#!/bin/sh
# The sanitizer's parts, each alone: MB/s of base64, MIME parse, HTML to text
# (beside lynx, w3m and html2text on the same page, as far as they are
# installed), text, JPEG and whole mails. Then one mail of 50 MB through the
# whole relay: how long it takes, and the peak memory of each process.
#
#	B=build bench/bench_sanitize.sh
# Environment: ROUNDS 5 (of the peers and of the large mail), BENCH_DIR as in
# bench_mail.sh. The last part needs no root; it is left out when its ports
# are taken.
set -eu
B=${B:-build}
ROUNDS=${ROUNDS:-5}
SOURCE_IP=127.0.0.1 SINK_IP=127.2.0.1 PORT=2727 SINK_PORT=2528
dir=${BENCH_DIR:-/var/tmp}
dir=$(mktemp -d "$dir/sekisho-bench.XXXXXX")
chmod 755 "$dir"
sink_pid= watch_pid= sekisho_pid=

stop_all() {
	for pid in $sink_pid $watch_pid $sekisho_pid; do
		kill "$pid" 2>/dev/null || :
		wait "$pid" 2>/dev/null || :
	done
	rm -rf "$dir"
}
trap stop_all EXIT
trap 'exit 1' INT TERM

mkdir "$dir/mails"
"$B/bench/make_mails" "$dir/mails"
"$B/bench/bench_sanitize" "$dir/mails"

# now_ms, then a program's time for the page, start included
now_ms() { date +%s%N | cut -c 1-13; }
page() {
	name=$1
	shift
	command -v "$1" >/dev/null || {
		echo "html-text by $name: not installed, left out"
		return
	}
	times=
	for i in $(seq "$ROUNDS"); do
		t=$(now_ms)
		"$@" >"$dir/page.txt" 2>/dev/null
		times="$times $(($(now_ms) - t))"
	done
	echo "$times" | tr ' ' '\n' | grep . | sort -n | awk -v name="$name" \
	    -v bytes="$(stat -c %s "$dir/mails/page.html")" '
	{ t[NR] = $1 } END { m = t[int((NR + 1) / 2)]
	  printf "html-text by %s\t%d\t%.1f\t%.1f\t%.1f\t%.3f\n", name, bytes,
	      bytes / 1000 / m, bytes / 1000 / t[NR], bytes / 1000 / t[1], m }'
}
page lynx lynx -dump -force_html -assume_charset=utf-8 -display_charset=utf-8 \
    "$dir/mails/page.html"
page w3m w3m -dump -T text/html -I UTF-8 -O UTF-8 "$dir/mails/page.html"
page html2text html2text -utf8 "$dir/mails/page.html"

# ---- one large mail ----
mkdir -m 755 "$dir/state"
cat >"$dir/bench.rules" <<-END
gateway "gw1.bench.example"

segment lgwan    tier 2 interface lo network 127.2.0.0/16
segment internet tier 3 interface lo network any

host sink   in lgwan    $SINK_IP
host source in internet $SOURCE_IP

mail inbound from internet to lgwan {
    listen $SOURCE_IP port $PORT
    accept from source
    domains bench.example
    next-hop sink port $SINK_PORT
    size 60 MB
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
listens() { grep -qi ":$(printf %04X "$1") .* 0A " /proc/net/tcp; }
if listens $PORT || listens $SINK_PORT; then
	echo "bench_sanitize: ports $PORT or $SINK_PORT are taken" >&2
	exit 77
fi
"$B/sekishod" --mail-only -c "$dir/bench.rules" -f --state "$dir/state" \
    2>"$dir/sekishod.log" &
sekisho_pid=$!
i=0
until listens $PORT; do
	i=$((i + 1))
	[ $i -le 100 ] || { tail "$dir/sekishod.log" >&2; exit 4; }
	sleep 0.1
done
"$B/bench/watch_memory" $sekisho_pid >"$dir/memory" &
watch_pid=$!
echo
printf 'mail of\tround\tms from the first byte in to the last one out\n'
for round in $(seq "$ROUNDS"); do
	rm -f "$dir/sink.txt"
	"$B/bench/smtp_sink" -l $SINK_IP -p $SINK_PORT -n 1 \
	    -r "$dir/sink.txt" &
	sink_pid=$!
	sleep 0.3
	"$B/bench/smtp_source" -l $SOURCE_IP -p $PORT -c 1 -n 1 \
	    "$dir/mails/50m.eml" >"$dir/source.txt"
	i=0
	until [ -e "$dir/sink.txt" ]; do
		i=$((i + 1))
		if [ $i -gt 300 ]; then
			echo "bench_sanitize: the mail does not come out" >&2
			tail "$dir/sekishod.log" >&2
			exit 1
		fi
		sleep 0.1
	done
	kill $sink_pid
	wait $sink_pid || :
	sink_pid=
	awk -v bytes="$(stat -c %s "$dir/mails/50m.eml")" -v round="$round" '
	FILENAME ~ /source/ && $1 == "first_ns" { first = $2 }
	FILENAME ~ /sink/ && $1 == "last_ns" { last = $2 }
	END { printf "%d\t%d\t%.0f\n", bytes, round,
	    (last - first) / 1e6 }' "$dir/source.txt" "$dir/sink.txt"
done
kill $watch_pid
wait $watch_pid || :
watch_pid=
echo
echo "# own: RssAnon + RssShmem, file: RssFile; ceiling 64 MB, goal 32 MB"
cat "$dir/memory"
