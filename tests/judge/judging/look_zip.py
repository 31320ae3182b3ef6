# SPDX-License-Identifier: GPL-3.0-or-later
"""ZIP: the frame by our own reading, the entries by zipfile."""
import io
import stat
import struct
import zipfile
import zlib

from . import look_odf, look_ooxml
from .finding import ENTRY_BYTES_MAX, PROGRAM

END = b"PK\5\6"


def has_end(data):
    """An end record whose directory is really there, anywhere."""
    at = data.rfind(END)
    if at < 0 or len(data) - at < 22:
        return False
    size, = struct.unpack_from("<I", data, at + 12)
    return data[at - size:at - size + 4] == b"PK\1\2" if size <= at else False


def look_frame(data, found):
    at = data.rfind(END)
    if at < 0 or len(data) - at < 22:
        found.add("malformed", "", "no end record")
        return
    number, _, _, _, size, offset, comment = struct.unpack_from(
        "<HHHHIIH", data, at + 4)
    if comment:
        found.add("zip-comment", at, f"{comment} bytes")
    if at + 22 + comment != len(data):
        found.add("trailing-bytes", at + 22 + comment,
                  f"{len(data) - at - 22 - comment} bytes")
    if number:
        found.add("malformed", at, "several disks")
    start = at - size
    if offset != 0xffffffff and offset != start:
        if data[start:start + 4] == b"PK\1\2" and offset < start:
            found.add("prefix-bytes", 0, f"{start - offset} bytes")
        elif data[start:start + 4] != b"PK\1\2":
            found.add("malformed", at, "directory is not where it should be")
    if not data.startswith((b"PK\3\4", b"PK\5\6")):
        found.add("prefix-bytes", 0, "no local header at the start")


def local_end(data, info):
    """Where the bytes of an entry end, or None."""
    at = info.header_offset
    if data[at:at + 4] != b"PK\3\4" or at + 30 > len(data):
        return None
    flags, = struct.unpack_from("<H", data, at + 6)
    name, extra = struct.unpack_from("<HH", data, at + 26)
    end = at + 30 + name + extra + info.compress_size
    if flags & 8:
        end += 16 if data[end:end + 4] == b"PK\7\x08" else 12
    return end


def look_spans(data, infos, found):
    at = 0
    for info in sorted(infos, key=lambda i: i.header_offset):
        end = local_end(data, info)
        if end is None:
            found.add("malformed", info.filename, "no local header")
            return
        if info.header_offset < at:
            found.add("overlapping-entries", info.filename)
        elif info.header_offset > at and at:
            found.add("hidden-bytes", at,
                      f"{info.header_offset - at} between entries")
        at = max(at, end)


def look_entry(info, found):
    name = info.filename
    if info.flag_bits & 1 or info.compress_type == 99:
        found.add("encrypted", name)
    if stat.S_ISLNK(info.external_attr >> 16):
        found.add("symlink", name)
    if name.startswith(("/", "\\")) or ".." in name.replace(
            "\\", "/").split("/") or ":" in name:
        found.add("absolute-path", name)
    if PROGRAM.search(name):
        found.add("executable-inside", name)
    if info.compress_type not in (0, 8, 99):
        found.add("unusual-method", name, info.compress_type)
    if info.file_size > ENTRY_BYTES_MAX or (info.file_size > 1 << 20 and
                                            info.file_size > 500 *
                                            max(1, info.compress_size)):
        found.add("bomb", name, f"{info.file_size} bytes")


def read_entry(archive, info, found):
    if info.is_dir() or (info.flag_bits & 1 and not found.password):
        return None
    try:
        password = (found.password or "").encode() or None
        with archive.open(info, pwd=password) as f:
            data = f.read(min(ENTRY_BYTES_MAX, found.bytes_left) + 1)
        if len(data) > min(ENTRY_BYTES_MAX, found.bytes_left):
            found.add("bomb", info.filename)
            return None
        return data
    except (zipfile.BadZipFile, NotImplementedError, EOFError, zlib.error,
            RuntimeError, OSError, ValueError) as e:
        found.add("malformed", info.filename, e)
        return None


def look(data, found, inner):
    look_frame(data, found)
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, NotImplementedError, ValueError,
            OSError) as e:
        found.add("malformed", "", e)
        return "zip"
    infos = archive.infolist()
    names = [i.filename.lower() for i in infos]
    for name in {n for n in names if names.count(n) > 1} \
            if len(names) < 3000 else ():
        found.add("duplicate-names", name)
    look_spans(data, infos, found)
    for info in infos:
        look_entry(info, found)
    if sum(i.file_size for i in infos) > 4 * ENTRY_BYTES_MAX:
        found.add("bomb", "", "sum of the entries")
        return "zip"
    parts = {}
    for info in infos:
        part = read_entry(archive, info, found)
        if part is not None:
            found.bytes_left -= len(part)
            parts[info.filename] = part
    if "[content_types].xml" in names:
        return look_ooxml.look(parts, found, inner)
    if "mimetype" in names or "META-INF/manifest.xml" in parts:
        return look_odf.look(parts, found, inner)
    for name, part in parts.items():
        inner(part, name)
    return "zip"
