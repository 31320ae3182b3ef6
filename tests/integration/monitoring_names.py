#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""
What the files of tools/monitoring ask for is there.

monitoring_names.py zabbix FILE WALK: OIDs of the template against the MIB,
    and against a walk (snmpbulkwalk -On) where the table has rows.
monitoring_names.py grafana FILE METRICS: metrics of the dashboard.
monitoring_names.py librenms FOLDER WALK: the definition against the MIB and
    its snmprec, that against the MIB, and against a walk.
monitoring_names.py snmprec WALK: makes that snmprec of a walk over a gateway
    with packets (see test_packet_snmp: WALK_TO).
"""
import json
import re
import subprocess
import sys

# of a gateway for mail only
EMPTY = ("sekishoPair", "sekishoQueue", "sekishoDrop", "sekishoLatency")
# metrics that are parts of one (histograms)
PARTS = ("_bucket", "_sum", "_count")



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
    there |= {name + part for name in re.findall(
        r"^# TYPE (\S+) histogram", metrics, re.M) for part in PARTS}
    # without packets there are no verdicts
    if not re.search(r"^sekisho_gateway_packet_path 1$", metrics, re.M):
        there.add("sekisho_packet_verdict_seconds_bucket")
    asked = set()
    for d in everything(document):
        asked.update(re.findall(r"sekisho_[a-z_]+",
                                d.get("expr", "")))
    for metric in sorted(asked - there):
        print(metric, "is not there")
    return asked <= there and len(asked) > 15


# ---- LibreNMS ----

# types of snmprec (snmpsim), and what they are in a MIB
KINDS = {"2": ("INTEGER", "Integer32"), "4": ("OCTET STRING",),
         "4x": ("OCTET STRING",), "66": ("Gauge32", "Unsigned32"),
         "70": ("Counter64",)}
WALKED = {"INTEGER": "2", "STRING": "4", "Hex-STRING": "4x",
          "Gauge32": "66", "Counter64": "70"}
HOST = """\
1.3.6.1.2.1.1.1.0|4|Linux gw1 6.1.0-28-amd64 #1 SMP x86_64
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.8072.3.2.10
1.3.6.1.2.1.1.3.0|67|360000
1.3.6.1.2.1.1.4.0|4|<private>
1.3.6.1.2.1.1.5.0|4|<private>
1.3.6.1.2.1.1.6.0|4|<private>"""


def snmprec(walk):
    lines = []
    walk = re.sub(r"/[^ ]*/rules\b", "/etc/sekisho/sekisho.rules", walk)
    walk = re.sub(r'/[^ "]*/state\b', "/var/lib/sekisho", walk)
    for line in re.sub(r"\n(?!\.1)", " ", walk).splitlines():
        m = re.fullmatch(r'\.([0-9.]+) = (?:([\w-]+): ?)?(.*?) *', line)
        if m is None or "No more variables" in line:
            continue
        kind = WALKED[m[2] or "STRING"]
        value = m[3].strip('"')
        if kind == "4x":
            value = value.replace(" ", "")
        elif kind != "4":
            value = value.split(" ")[0]
        elif not value.isascii():
            kind, value = "4x", value.encode().hex()
        lines.append((m[1], kind, value))
    lines.sort(key=lambda r: [int(a) for a in r[0].split(".")])
    print(HOST)
    for record in lines:
        print("|".join(record))
    return len(lines) > 300


def columns_of(oids):
    """Name and syntax of each, by the MIB."""
    oids = sorted(oids)
    text = subprocess.run(["snmptranslate", "-Td", *oids], check=True,
                          capture_output=True, text=True).stdout
    parts = re.split(r"^(?=[\w-]+::)", text, flags=re.M)[1:]
    found = {}
    for oid, part in zip(oids, parts):
        syntax = re.search(r"^  SYNTAX\s+([A-Za-z0-9]+(?: STRING)?)", part,
                           re.M)
        name = re.match(r"SEKISHO-MIB::(\w+)\n", part)
        found[oid] = (name[1] if name else part.split("\n")[0],
                      syntax[1] if syntax else "none")
    return found


def column_of(oid):
    """Without its index: tables have their columns two below their number."""
    root = "1.3.6.1.4.1.8072.9999.9999.7354.1."
    if not oid.startswith(root):
        return None
    arcs = oid[len(root):].split(".")
    table = len(arcs) > 3 or arcs[-1] != "0"
    return root + ".".join(arcs[:3 if table else 2])


def librenms(folder, walk):
    import yaml     # python3-yaml, of this check alone
    with open(folder + "/os_detection/sekisho.yaml", encoding="utf-8") as f:
        detection = yaml.safe_load(f)
    with open(folder + "/os_discovery/sekisho.yaml", encoding="utf-8") as f:
        discovery = yaml.safe_load(f)
    with open(folder + "/sekisho.snmprec", encoding="utf-8") as f:
        records = [line.rstrip("\n").split("|", 2) for line in f]
    recorded = {r[0]: r for r in records}
    walked = {column_of(o) for o in re.findall(r"^\.([0-9.]+) = ", walk, re.M)}
    good = len(recorded) == len(records)
    asked = {}
    for d in everything(discovery):
        if "num_oid" in d:
            asked[d["num_oid"].lstrip(".").removesuffix(
                ".{{ $index }}")] = d
    kinds = {}
    for oid, kind, _ in records:
        if column_of(oid):
            kinds.setdefault(column_of(oid), set()).add(kind)
    mib = columns_of(set(asked) | set(kinds) | walked - {None})
    names = {name for name, _ in mib.values()}
    for oid, d in asked.items():
        words = re.findall(r"\$(sekisho\w+)", d["descr"])
        if mib[oid][0] != d.get("value", d["oid"]) or oid not in kinds or \
                not set(words) <= names or not oid.startswith(
                    "1.3.6.1.4.1.8072.9999.9999.7354.1."):
            print(oid, mib[oid], "is not what", d, "says")
            good = False
        for state in d.get("states", []):
            good = good and set(state) == {"value", "generic", "graph",
                                           "descr"}
    for oid, seen in kinds.items():
        if any(mib[oid][1] not in KINDS[k] for k in seen):
            print(oid, mib[oid], "has the types", seen)
            good = False
    for oid in sorted(set(asked) - walked):
        print(oid, mib[oid], "is not there")
        good = False
    rule = detection["discovery"][0]
    if recorded["1.3.6.1.2.1.1.2.0"][2] not in [
            o.lstrip(".") for o in rule["sysObjectID"]] or \
            int(recorded[rule["snmpget"]["oid"].lstrip(".")][2]) < 1 or \
            detection["os"] != "sekisho":
        print("it would not be found")
        good = False
    return good and len(asked) > 30 and len(kinds) > 60


def main():
    if sys.argv[1] == "snmprec":
        with open(sys.argv[2], encoding="utf-8") as f:
            return 0 if snmprec(f.read()) else 1
    kind, path, beside = sys.argv[1:]
    if kind == "librenms":
        with open(beside, encoding="utf-8") as f:
            return 0 if librenms(path, f.read()) else 1
    with open(path, encoding="utf-8") as f:
        document = json.load(f)
    with open(beside, encoding="utf-8") as f:
        text = f.read()
    good = {"zabbix": zabbix, "grafana": grafana}[kind](document, text)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
