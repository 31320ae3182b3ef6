# SPDX-License-Identifier: GPL-3.0-or-later
"""Compound files (old Office): directory and streams by our own reading.

Never a form that is delivered, so this serves to know what lies inside a
document that came in, and in objects that another file embeds.
"""
import re
import struct

from .look_ooxml import FIELD_DDE

FREE = 0xfffffffa
CHAIN_MAX = 1 << 20


class Compound:
    def __init__(self, data):
        self.data = data
        self.sector = 1 << struct.unpack_from("<H", data, 30)[0]
        self.mini = 1 << struct.unpack_from("<H", data, 32)[0]
        if self.sector not in (512, 4096) or self.mini != 64:
            raise ValueError("sector size")
        first_dir, = struct.unpack_from("<I", data, 48)
        self.cutoff, mini_fat, _, difat, _ = struct.unpack_from("<5I", data,
                                                                56)
        self.fat = []
        table = list(struct.unpack_from("<109I", data, 76))
        for _ in range(1000):
            if difat >= FREE:
                break
            more = struct.unpack(f"<{self.sector // 4}I", self.at(difat))
            table += more[:-1]
            difat = more[-1]
        for number in table:
            if number < FREE:
                self.fat += struct.unpack(f"<{self.sector // 4}I",
                                          self.at(number).ljust(self.sector,
                                                                b"\xff"))
        raw = self.chain(mini_fat)
        self.mini_fat = struct.unpack(f"<{len(raw) // 4}I", raw)
        self.entries = self.directory(self.chain(first_dir))

    def at(self, number):
        start = (number + 1) * self.sector
        return self.data[start:start + self.sector]

    def chain(self, number):
        out, seen = [], 0
        while number < FREE and number < len(self.fat) and seen < CHAIN_MAX:
            out.append(self.at(number))
            number = self.fat[number]
            seen += 1
            if seen > len(self.fat):
                break
        return b"".join(out)

    @staticmethod
    def directory(raw):
        entries = []
        for at in range(0, len(raw) - 127, 128):
            size, kind = struct.unpack_from("<HB", raw, at + 64)
            start, = struct.unpack_from("<I", raw, at + 116)
            length, = struct.unpack_from("<I", raw, at + 120)
            if kind in (1, 2, 5) and 2 <= size <= 64:
                name = raw[at:at + size - 2].decode("utf-16-le", "replace")
                entries.append((name, kind, start, length))
        return entries

    def stream(self, name):
        for entry, kind, start, length in self.entries:
            if kind != 2 or entry.lower() != name.lower():
                continue
            if length >= self.cutoff:
                return self.chain(start)[:length]
            root = next((e for e in self.entries if e[1] == 5), None)
            small = self.chain(root[2]) if root else b""
            out, steps = [], 0
            while start < len(self.mini_fat) and steps <= len(self.mini_fat):
                out.append(small[start * 64:start * 64 + 64])
                start = self.mini_fat[start]
                steps += 1
            return b"".join(out)[:length]
        return None


def look_names(c, found):
    names = [e[0] for e in c.entries]
    for name in names:
        lower = name.lower()
        if lower in ("_vba_project_cur", "_vba_project", "vba") or \
                lower == "macros":
            found.add("vba-macro", name)
        elif lower == "objectpool" or re.match(r"MBD[0-9A-F]{8}", name):
            found.add("ole-object", name)
        elif lower == "\x01ole10native" or lower == "\x01ole":
            found.add("ole-package" if "native" in lower else "ole-object",
                      name)
        elif lower in ("encryptedpackage", "encryptedsummary"):
            found.add("encrypted", name)
        elif lower in ("package", "contents", "\x01compobj"):
            found.note("embedded", name)


def look_workbook(data, found):
    """BIFF records: type, length, bytes."""
    at = 0
    while at + 4 <= len(data):
        kind, size = struct.unpack_from("<HH", data, at)
        body = data[at + 4:at + 4 + size]
        if kind == 0x2f:
            found.add("encrypted", "FILEPASS")
            return
        if kind == 0x85 and size > 6 and body[5] in (1, 6):
            found.add("xlm-macro" if body[5] == 1 else "vba-macro",
                      "BOUNDSHEET")
        elif kind == 0x809 and size >= 4 and struct.unpack_from(
                "<H", body, 2)[0] == 0x40:
            found.add("xlm-macro", "BOF")
        elif kind == 0x1ae and size > 4:
            look_supbook(body, found)
        elif kind in (0x16, 0x17) and size > 4 and body[1:2] in (b"\1",
                                                                 b"\2"):
            found.add("external-link", "EXTERNSHEET")
        elif kind == 0x5d and size >= 6 and struct.unpack_from(
                "<H", body, 4)[0] == 8 and b"\x07\0" in body:
            found.note("picture-object", "OBJ")
        at += 4 + size


def look_supbook(body, found):
    length, = struct.unpack_from("<H", body, 2)
    if length in (0x0401, 0x3a01):	# this workbook, add-ins
        return
    text = body[5:].decode("latin-1" if body[4:5] == b"\0" else "utf-16-le",
                           "replace")
    if "\x03" in text:
        found.add("dde", "SUPBOOK", text[:60])
    found.add("external-link", "SUPBOOK", text[:60])


def look_word(data, found):
    flags, = struct.unpack_from("<H", data, 10)
    if flags & 0x100:
        found.add("encrypted", "FIB")
        return
    for text in (data.decode("latin-1"), data.decode("utf-16-le", "replace"),
                 data[1:].decode("utf-16-le", "replace")):
        for match in re.finditer("\x13([^\x13\x14\x15]{1,300})", text):
            code = match[1].strip()
            if FIELD_DDE.search(code):
                found.add("dde", match.start(), code)
            elif re.match(r"(?i)INCLUDE(TEXT|PICTURE)|LINK|IMPORT|DATABASE",
                          code):
                found.add("include-field", match.start(), code)
            elif re.match(r"(?i)EMBED", code):
                found.add("ole-object", match.start(), code)


def look_slides(data, found):
    """Records of PowerPoint: version and instance, type, length."""
    at = 0
    while at + 8 <= len(data):
        head, kind, size = struct.unpack_from("<HHI", data, at)
        if kind in (0x1011, 0xfcc, 0xfee, 0xfce, 0xfd1):
            found.add("ole-object" if kind != 0xfee else "activex",
                      f"record {kind:04x}")
        elif kind == 0x400 and size >= 8 and any(data[at + 12:at + 16]):
            found.add("vba-macro", "VBAInfoAtom")
        elif kind == 0x2f14:
            found.add("encrypted", "CryptSession10")
        elif kind in (0x1006, 0x1007, 0x100f, 0x1010):
            found.add("media", f"record {kind:04x}")
        at += 8 if head & 15 == 15 else 8 + size


def look(data, found, inner):
    try:
        c = Compound(data)
    except (struct.error, ValueError, MemoryError) as e:
        found.add("malformed", "", e)
        # names of storages stand there in the clear
        if "_VBA_PROJECT".encode("utf-16-le") in data:
            found.add("vba-macro", "bytes")
        return "cfb"
    look_names(c, found)
    for name, reader in (("Workbook", look_workbook), ("Book", look_workbook),
                         ("WordDocument", look_word),
                         ("PowerPoint Document", look_slides)):
        stream = c.stream(name)
        if stream:
            try:
                reader(stream, found)
            except struct.error as e:
                found.add("malformed", name, e)
    user = c.stream("Current User")
    if user and user[12:16] == b"\xdf\xc4\xd1\xf3":
        found.add("encrypted", "Current User")
    package = c.stream("Package") or c.stream("CONTENTS")
    if package:
        inner(package, "package")
    if not c.entries:
        found.add("malformed", "", "no directory")
    return "cfb"
