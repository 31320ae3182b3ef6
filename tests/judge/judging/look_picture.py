# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures: frames by our own reading, metadata by exiftool, kind by file."""
import io
import json
import struct
import subprocess
import tempfile
import warnings
import zlib

import PIL
from PIL import Image

from .finding import TOOL_SECONDS

# what exiftool says of any picture, from its pixels' headers
GROUPS_GOOD = {"ExifTool", "System", "File", "Composite", "JFIF", "SourceFile"}
PNG_GOOD = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
PNG_FIELDS = {"ImageWidth", "ImageHeight", "BitDepth", "ColorType",
              "Compression", "Filter", "Interlace", "Palette", "Transparency"}
SIDE_MAX = 30000
PIXELS_MAX = 100000000


def look_png(data, found):
    at = 8
    while at + 12 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + size
        if end > len(data):
            break
        if zlib.crc32(data[at + 4:at + 8 + size]) != struct.unpack_from(
                ">I", data, end - 4)[0]:
            found.add("malformed", at, "CRC")
        if kind not in PNG_GOOD:
            found.add("metadata", at, "chunk " + kind.decode("latin-1"))
        at = end
        if kind == b"IEND":
            if at != len(data):
                found.add("trailing-bytes", at, f"{len(data) - at} bytes")
            return
    found.add("malformed", at, "no IEND")


def look_jpeg(data, found):
    """Markers up to EOI; inside a scan only RSTn and stuffed FF 00."""
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xff:
            found.add("malformed", at, "no marker")
            return
        marker = data[at + 1]
        if marker == 0xff:
            at += 1
            continue
        if marker == 0xd9:
            break
        if 0xd0 <= marker <= 0xd8 or marker == 1:
            at += 2
            continue
        size, = struct.unpack_from(">H", data, at + 2)
        if marker == 0xfe or (0xe0 <= marker <= 0xef and
                              data[at + 4:at + 9] not in (b"JFIF\0",
                                                          b"Adobe")):
            found.add("metadata", at, f"marker {marker:02x}")
        at += 2 + size
        while marker == 0xda and at + 1 < len(data) and not (
                data[at] == 0xff and data[at + 1] != 0 and
                not 0xd0 <= data[at + 1] <= 0xd7):
            step = data.find(b"\xff", at + 1)
            at = step if step >= 0 else len(data)
    if data[at:at + 2] != b"\xff\xd9":
        found.add("malformed", at, "no EOI")
    elif at + 2 != len(data):
        found.add("trailing-bytes", at + 2, f"{len(data) - at - 2} bytes")


def run(command, data, suffix):
    with tempfile.NamedTemporaryFile(suffix=suffix) as f:
        f.write(data)
        f.flush()
        try:
            done = subprocess.run(command + [f.name], capture_output=True,
                                  stdin=subprocess.DEVNULL,
                                  timeout=TOOL_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return ""
        return done.stdout.decode("utf-8", "replace")


def look_metadata(data, kind, suffix, found):
    out = run(["exiftool", "-j", "-G1", "-a", "-u", "-s"], data, suffix)
    try:
        tags = json.loads(out)[0] if out else {}
    except ValueError:
        tags = {}
    for key, value in tags.items():
        group, _, tag = key.rpartition(":")
        if tag in ("Error", "Warning"):
            found.add("malformed", "exiftool", value)
        elif tag == "Comment":
            found.add("metadata", "exiftool", f"{tag}: {value}")
        elif group.startswith("PNG") and tag in PNG_FIELDS:
            continue
        elif kind != "picture" and group not in GROUPS_GOOD and \
                group != "Adobe" and group:
            found.add("metadata", "exiftool", f"{group}:{tag}: {value}")
    try:
        width = int(tags.get("File:ImageWidth", tags.get("PNG:ImageWidth",
                                                         0)))
        height = int(tags.get("File:ImageHeight", tags.get("PNG:ImageHeight",
                                                           0)))
    except (TypeError, ValueError):
        return
    if width > SIDE_MAX or abs(height) > SIDE_MAX or \
            width * abs(height) > PIXELS_MAX:
        found.add("huge-dimensions", "exiftool", f"{width}x{height}")


def look_pixels(data, found):
    """Does Pillow come to the end of it?"""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            Image.open(io.BytesIO(data)).load()
    except (Image.DecompressionBombWarning, Image.DecompressionBombError,
            MemoryError) as e:
        found.add("huge-dimensions", "Pillow", e)
    except (OSError, ValueError, SyntaxError, IndexError, TypeError,
            struct.error, OverflowError, PIL.UnidentifiedImageError) as e:
        found.add("malformed", "Pillow", e)


def look(data, kind, name, found):
    look_pixels(data, found)
    suffix = "." + (name.rpartition(".")[2] or "bin")[:8]
    if kind == "png":
        look_png(data, found)
    elif kind == "jpeg":
        look_jpeg(data, found)
    look_metadata(data, kind, suffix if suffix.isascii() and
                  suffix[1:].isalnum() else ".bin", found)
    said = run(["file", "-b", "--mime-type"], data, ".bin").strip()
    if kind in ("png", "jpeg") and said != "image/" + kind:
        found.add("malformed", "file", said)
    for magic in (b"PK\5\6", b"%PDF-1"):
        if magic in data:
            found.add("polyglot", data.find(magic))
