#!/bin/sh
# All benches: says on which machine, at which commit and with which
# parameters, then runs each bench_*.sh. B is the build folder. Every bench
# prints its own rounds as TSV; a bench that lacks something exits 77.
set -u
export B="${B:-build}"
echo "# date     $(date -u +%Y-%m-%dT%H:%M:%SZ)"
echo "# commit   $(git rev-parse --short HEAD 2>/dev/null || echo unknown)$(
    [ -z "$(git status --porcelain --untracked-files=no 2>/dev/null)" ] || echo ' (changed)')"
echo "# machine  $(nproc) x $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(
    awk '/^MemTotal/ { printf "%d MB", $2 / 1024 }' /proc/meminfo), $(uname -srm)"
echo "# disk     $(df --output=source,fstype "${BENCH_DIR:-/var/tmp}" | tail -n 1)"
echo "# load     $(cat /proc/loadavg)"
echo "# compiler $(gcc --version | head -n 1)"
echo "# set      $(env | grep -E '^(SETS|SIZES|ACL_SECONDS|CORE|RELAYS|ROUNDS|CONNECTIONS|MAILS_[0-9a-z]*|BENCH_[A-Z]*)=' | tr '\n' ' ')"
status=0
for bench in ${BENCHES:-bench/bench_*.sh}; do
	echo
	echo "# $bench"
	"$bench" || {
		s=$?
		[ $s = 77 ] && echo "$bench: skipped" || status=1
	}
done
exit $status
