# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts: tables, RTF, SYLK, HTML, and plain ones."""
import csv
import io
import re

from .look_ooxml import FIELD_DDE

BLANKS = " \u00a0\u1680\u202f\u205f\u3000" + "".join(
    chr(c) for c in range(0x2000, 0x200b))
NUMBER = re.compile(r"^[-+－＋]([-0-9０-９.,()% \u3000，．％－]|(?<=[0-9])[eE]"
                    r"(?=[-+]?[0-9])|(?<=[eE])[+])*$")
HIDDEN = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff"
                    "\U000e0000-\U000e007f]")


def decode(data):
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    for charset in ("utf-8-sig", "cp932"):
        try:
            return data.decode(charset)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def look_cell(cell, where, found):
    first = cell.lstrip(BLANKS)[:1]
    if not first or first not in "=+-@\t\r\n＝＋－＠":
        return
    if first in "+-＋－" and NUMBER.match(cell.lstrip(BLANKS)):
        return
    found.add("formula", where, cell)
    if re.search(r"\w\s*\|", cell):
        found.add("dde", where, cell)


def look_csv(text, found):
    csv.field_size_limit(1 << 30)
    if text.startswith("ID"):
        found.add("sylk", "", "begins with ID")
    for delimiter in ",\t;":
        reader = csv.reader(io.StringIO(text, newline=""),
                            delimiter=delimiter)
        try:
            for y, row in enumerate(reader):
                for x, cell in enumerate(row):
                    # only the comma splits what is written with commas
                    if delimiter == "," or not text.startswith('"'):
                        look_cell(cell, f"row {y + 1} column {x + 1}", found)
        except csv.Error as e:
            found.add("malformed", "", e)


def look_rtf(text, found):
    for pattern, kind in ((r"\\objdata|\\objemb", "ole-object"),
                          (r"\\object\b", "ole-object"),
                          (r"\\objlink|\\objautlink|\\objupdate",
                           "ole-link"),
                          (r"\\\*\\template", "template"),
                          (r"\\fldinst", None)):
        for match in re.finditer(pattern, text):
            if kind:
                found.add(kind, match.start())
            elif FIELD_DDE.search(text[match.end():match.end() + 200]):
                found.add("dde", match.start())


def look(data, kind, name, found):
    text = decode(data)
    controls = sum(data.count(bytes([c])) for c in range(32)
                   if c not in (9, 10, 13, 27))
    if kind in ("text", "csv") and data[:2] not in (b"\xff\xfe",
                                                    b"\xfe\xff") and \
            controls * 100 > len(data):
        found.add("binary-text", name, f"{controls} controls")
    if kind == "csv":
        look_csv(text, found)
    elif kind == "rtf":
        look_rtf(text, found)
    elif kind == "slk":
        if re.search(r"(?m)^(NN;.*;E|O;.*E)|\bEXEC\(|\bRUN\(|auto_open",
                     text, re.I):
            found.add("xlm-macro", name)
    elif kind == "html" and re.search(r"(?i)<script|<iframe|\son\w+=", text):
        found.add("script", name)
    if kind in ("text", "csv") and HIDDEN.search(text.lstrip("\ufeff")):
        found.add("invisible-characters", name)
    if b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR" in data:
        found.add("eicar", name)
