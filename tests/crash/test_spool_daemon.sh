#!/bin/sh
# The real sekisho-spool between peers that a driver plays.
set -eu
b=${B:-build}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$b/tests/helpers/drive_spool" "$b/sekisho-spool" "$dir"
