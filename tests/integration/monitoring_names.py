#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""
What the files of tools/monitoring ask for is there.

monitoring_names.py zabbix FILE WALK: OIDs of the template against the MIB,
    and against a walk (snmpbulkwalk -On) where the table has rows.
monitoring_names.py grafana FILE METRICS: metrics of the dashboard.
"""
import json
import re
import subprocess
import sys

EMPTY = ("sekishoPair", "sekishoQueue")   # of a gateway for mail only


def everything(value):
    """All dicts in it."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from everything(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from everything(inner)


def zabbix(document, walked):
    walked = {line.split(" ")[0].lstrip(".") for line in walked.splitlines()}
    dicts = list(everything(document))
    uuids = [d["uuid"] for d in dicts if "uuid" in d]
    keys = [d["key"] for d in dicts if "key" in d]
    good = len(set(uuids)) == len(uuids) and len(set(keys)) == len(keys)
    for uuid in uuids:
        good = good and re.fullmatch(
            "[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}", uuid) is not None
    # triggers ask for items that there are
    for d in dicts:
        for key in re.findall(r"/Sekisho by SNMP/([^)]*?)(?=[,)])",
                              d.get("expression", "")):
            if key not in keys:
                print("no item of a trigger:", key)
                good = False
    oids = set()
    for d in dicts:
        for oid in re.findall(r"1\.3\.6[0-9.]*[0-9]", d.get("snmp_oid", "")):
            oids.add(oid)
    names = subprocess.run(["snmptranslate", "-Os", *sorted(oids)],
                           check=True, capture_output=True, text=True)
    for oid, name in zip(sorted(oids), names.stdout.split()):
        there = oid in walked or any(w.startswith(oid + ".") for w in walked)
        if not re.fullmatch(r"sekisho[A-Za-z]+(\.0)?", name) or not (
                there or name.startswith(EMPTY)):
            print(oid, name, "is not there")
            good = False
    return good and len(oids) > 50


def grafana(document, metrics):
    there = set(re.findall(r"^# TYPE (\S+)", metrics, re.M))
    for name in re.findall(r"^# TYPE (\S+) histogram", metrics, re.M):
        there.update(name + end for end in ("_bucket", "_sum", "_count"))
    asked = set()
    for d in everything(document):
        asked.update(re.findall(r"sekisho_[a-z_]+",
                                d.get("expr", "")))
    for metric in sorted(asked - there):
        print(metric, "is not there")
    return asked <= there and len(asked) > 15


def main():
    kind, path, beside = sys.argv[1:]
    with open(path, encoding="utf-8") as f:
        document = json.load(f)
    with open(beside, encoding="utf-8") as f:
        text = f.read()
    good = {"zabbix": zabbix, "grafana": grafana}[kind](document, text)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
