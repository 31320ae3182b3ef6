#!/bin/sh
# The generations of the rules stopped at every system call on files, and
# every disk that a power cut may leave then.
set -eu
b=${B:-build}
dir=$(mktemp -d -p "$([ -w /dev/shm ] && echo /dev/shm || echo /tmp)")
trap 'rm -rf "$dir"' EXIT
"$b/tests/helpers/crash_generation" "$dir"
