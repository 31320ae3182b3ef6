#!/bin/sh
# A start with 100,000 mails in the queue: the first delivery comes at once.
set -eu
b=${B:-build}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$b/tests/helpers/drive_spool" "$b/sekisho-spool" "$dir" start 100000 2000
