#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""
Walks that go on and on: snmp_walks.py STOP SHORT COMMAND...

COMMAND is one walk (snmpbulkwalk -On). Until the file STOP is there it is run
again and again: each walk ends in time, its names rise, it has all the names
that the first one had (or, while the file SHORT is there, as the agent is
away then, fewer), and no Counter64 ever goes back. Says how many walks there
were, and what was wrong.
"""
import os
import re
import subprocess
import sys

LINE = re.compile(r"^\.([0-9.]+) = ([A-Za-z0-9]+): (.*)$")


def walk(command):
    """[(name, type, value)], or None where it did not end in time."""
    try:
        out = subprocess.run(command, capture_output=True, text=True,
                             timeout=30, check=False).stdout
    except subprocess.TimeoutExpired:
        return None
    found = []
    for line in out.splitlines():
        match = LINE.match(line)
        if match and "No more variables" not in line:
            found.append((tuple(int(a) for a in match[1].split(".")),
                          match[2], match[3]))
    return found


def main():
    stop, short, *command = sys.argv[1:]
    names, highest, walks, wrong = set(), {}, 0, []
    while not os.path.exists(stop) and not wrong:
        may_be_short = os.path.exists(short)
        found = walk(command)
        may_be_short = may_be_short or os.path.exists(short)
        if found is None:
            wrong.append("a walk without an end")
            break
        walks += 1
        order = [name for name, _, _ in found]
        if order != sorted(set(order)):
            wrong.append("names do not rise")
        if not names:
            names = {n for n, kind, _ in found if kind == "Counter64"}
        lost = names - set(order)
        if lost and not may_be_short:
            wrong.append(f"{len(lost)} names are gone: {min(lost)}")
        for name, kind, value in found:
            if kind != "Counter64":
                continue
            value = int(value.split()[0])     # units behind it
            if value < highest.get(name, 0):
                wrong.append(f"{name} went from {highest[name]} to {value}")
            highest[name] = max(value, highest.get(name, 0))
    print(f"{walks} walks over {len(names)} counters", *wrong, sep="; ")
    return 0 if not wrong and len(names) > 200 else 1


if __name__ == "__main__":
    sys.exit(main())
