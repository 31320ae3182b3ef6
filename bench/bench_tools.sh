#!/bin/sh
# How fast the bench's own source and sink are without a relay between them:
# what a relay is measured with must be several times faster than the relay.
set -eu
B=${B:-build} ROUNDS=${ROUNDS:-5} CONNECTIONS=${CONNECTIONS:-20} PORT=2527
dir=$(mktemp -d)
sink_pid=
trap '[ -z "$sink_pid" ] || kill "$sink_pid" 2>/dev/null; rm -rf "$dir"' EXIT
"$B/bench/make_mails" "$dir"
printf 'mail\tround\tmails/s\tMB/s\n'
for mail in 4k-utf8:50000 100k:10000 5m:300; do
	n=${mail#*:}
	round=1
	while [ $round -le "$ROUNDS" ]; do
		"$B/bench/smtp_sink" -p $PORT -n "$n" -r "$dir/sink" &
		sink_pid=$!
		sleep 0.2
		"$B/bench/smtp_source" -p $PORT -c "$CONNECTIONS" -n "$n" \
		    "$dir/${mail%:*}.eml" >"$dir/source"
		kill $sink_pid
		wait $sink_pid || :
		sink_pid=
		grep -q "^mails $n$" "$dir/sink"
		awk -v m="${mail%:*}" -v r=$round '{ v[$1] = $2 } END {
		    printf "%s\t%d\t%s\t%s\n", m, r, v["mails_per_s"],
		    v["mb_per_s"] }' "$dir/source"
		round=$((round + 1))
	done
done
