#!/bin/sh
# Documents made safe, per format: files/s, MB/s, ms, processor time and peak
# memory of our conversion alone, of a running sekisho-sanitize, and of the
# program `sekisho sanitize`; beside them the floor (the same bytes inflated
# and deflated, or decoded and encoded, by the library alone) and, where they
# are installed, mat2, qpdf, LibreOffice, ImageMagick, vips and 7z.
#
#	B=build bench/bench_documents.sh [--tsv]
#
# What is measured, by its name in the table:
#   conversion alone     the library's code in a child of the bench, without
#                        sandbox; set-up and start of the child not counted
#   floor                the same, for the library alone
#   sanitizer, running   an order to a sekisho-sanitize that is there, until
#                        the answer: sandbox, both children, sekisho-render.
#                        This is what a mail in the gateway costs. Processor
#                        time is that of the children.
#   sekisho sanitize     the whole program from its start to its end
#   others               whole programs, their start counted as well: fair
#                        beside `sekisho sanitize`
# peak MB: of the largest process, which is sekisho-render after its start in
# most rows of ours; what a conversion takes is in the row of it alone.
# "beside": how many times as long as the row named there, over the files
# that both have done (conversion and floor by processor time, the others by
# elapsed time); "over": the peer was ended at the limit.
#
# Environment: BENCH_CORPUS (default ../shared/corpus; left out if it is not
# there), BENCH_FILES files per format, evenly by size (4), ROUNDS (3),
# BENCH_LIMIT seconds for a peer and file (12), BENCH_FORMAT (all; the start
# of a name in the table), BENCH_DIR (/var/tmp). BENCH_FILES=1 is a quick
# look: one round, and peers have 3 s. On a quiet machine of two processors
# the whole takes about five minutes, the quick look one.
set -eu
B=${B:-build}
corpus=${BENCH_CORPUS:-../shared/corpus}
files=${BENCH_FILES:-4}
rounds=3 limit=12
[ "$files" != 1 ] || rounds=1 limit=3
tsv=
case ${1:-} in
'')	;;
--tsv)	tsv=-t ;;
*)	echo "usage: bench/bench_documents.sh [--tsv]" >&2; exit 2 ;;
esac
dir=${BENCH_DIR:-/var/tmp}
dir=$(mktemp -d "$dir/sekisho-bench.XXXXXX")
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM
mkdir "$dir/made" "$dir/made/small" "$dir/work"
"$B/bench/make_pages" "$dir/made"
python3 bench/make_documents.py "$dir/made"
if [ ! -d "$corpus" ]; then
	echo "# no corpus at $corpus: only files that were made"
	corpus=
fi
echo "# files ${files}, rounds ${ROUNDS:-$rounds}, limit ${BENCH_LIMIT:-$limit} s"
"$B/bench/bench_documents" ${tsv:+$tsv} -b "$B" -m "$dir/made" \
    -w "$dir/work" ${corpus:+-c "$corpus"} -n "$files" \
    -r "${ROUNDS:-$rounds}" -l "${BENCH_LIMIT:-$limit}" \
    ${BENCH_FORMAT:+-f "$BENCH_FORMAT"}
