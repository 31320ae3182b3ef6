#!/bin/sh
# ZIP: our reader, writer and verifier beside zlib alone, then 7z and Python's
# zlib on the same bytes: a sheet as office programs write it, and a text.
set -eu
B=${B:-build}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 - "$dir" <<'EOF'
import random, sys, time, zipfile, zlib
random.seed(7)
rows = []
for r in range(1, 60001):
    cells = ['<c r="A%d" t="s"><v>%d</v></c>' % (r, r)]
    for c in "BCDE":
        cells.append('<c r="%s%d" s="%d"><v>%.2f</v></c>' %
                     (c, r, random.randint(1, 5), random.random() * 1e5))
    rows.append('<row r="%d" spans="1:5">%s</row>' % (r, "".join(cells)))
words = ["総務課", "通知", "住民", "令和", "について", "報告", "年度"]
text = "".join(random.choice(words) + random.choice("、。\n ")
               for _ in range(300000))
xml = ('<?xml version="1.0"?><worksheet><sheetData>' + "".join(rows) +
       "</sheetData></worksheet>").encode()
parts = [("xl/worksheets/sheet1.xml", xml), ("text.txt", text.encode())]
with zipfile.ZipFile(sys.argv[1] + "/a.zip", "w", zipfile.ZIP_DEFLATED) as z:
    for name, data in parts:
        z.writestr(name, data)
        with open(sys.argv[1] + "/" + name.replace("/", "_"), "wb") as f:
            f.write(data)
size = sum(len(d) for _, d in parts)
for what in ("deflate 6", "inflate"):
    best = 1e9
    packed = [zlib.compress(d, 6) for _, d in parts]
    for _ in range(5):
        start = time.monotonic()
        for (_, d), p in zip(parts, packed):
            zlib.compress(d, 6) if what != "inflate" else zlib.decompress(p)
        best = min(best, time.monotonic() - start)
    print("python %s\t%d\t%.0f\tbest of 5" % (what, size, size / best / 1e6))
EOF
"$B/bench/bench_zip" "$dir/a.zip"
command -v 7z >/dev/null || exit 0
size=$(cat "$dir"/*.xml "$dir"/*.txt | wc -c)
clock() {	# NAME COMMAND: MB/s with the start of the program, best of 3
	best=
	name=$1
	shift
	for round in 1 2 3; do
		rm -f "$dir/7.zip"
		start=$(date +%s%N)
		"$@" >/dev/null
		took=$(($(date +%s%N) - start))
		[ -n "$best" ] && [ $took -ge "$best" ] || best=$took
	done
	printf '%s\t%d\t%d\tbest of 3\n' "$name" "$size" \
	    $((size * 1000 / best))
}
clock "7z a -mx=5 -mmt=1" 7z a -bd -mx=5 -mmt=1 "$dir/7.zip" \
    "$dir/xl_worksheets_sheet1.xml" "$dir/text.txt"
clock "7z t" 7z t -bd -mmt=1 "$dir/a.zip"
