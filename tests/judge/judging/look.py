# SPDX-License-Identifier: GPL-3.0-or-later
"""What a file is, by its bytes, and who looks at it."""
import re
import subprocess
import tempfile

from . import (look_archive, look_cfb, look_mail, look_ooxml, look_pdf,
               look_picture, look_text, look_zip)
from .finding import DEPTH_MAX, TOOL_SECONDS

# what may be delivered, under one extension each
EXTENSIONS = {"text": "txt", "csv": "csv", "jpeg": "jpg", "png": "png",
              "pdf": "pdf", "docx": "docx", "xlsx": "xlsx", "pptx": "pptx",
              "zip": "zip", "mail": "eml"}
MAGIC = [
    (b"\xff\xd8\xff", "jpeg"), (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF8", "picture"), (b"BM", "picture"), (b"II*\0", "picture"),
    (b"MM\0*", "picture"), (b"\0\0\1\0", "picture"),
    (b"\xd7\xcd\xc6\x9a", "picture"), (b"8BPS", "picture"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "cfb"), (b"{\\rt", "rtf"),
    (b"MZ", "program"), (b"\x7fELF", "program"),
    (b"7z\xbc\xaf\x27\x1c", "archive"), (b"Rar!", "archive"),
    (b"\x1f\x8b", "archive"), (b"MSCF", "archive"), (b"BZh", "archive"),
    (b"\xfd7zXZ", "archive"), (b"`\xea", "archive"), (b"xar!", "archive"),
    (b"\x28\xb5\x2f\xfd", "archive"), (b"\x1f\x9d", "archive"),
]
PDF_WITHIN = 1024


def kind_of(data, name):
    """name decides among texts only."""
    for magic, kind in MAGIC:
        if data.startswith(magic):
            if kind == "picture" or b"%PDF-" not in data[:PDF_WITHIN]:
                return kind
    suffix = name.lower().rpartition(".")[2]
    if b"%PDF" in data[:PDF_WITHIN] and (suffix not in ("txt", "csv") or
                                         re.search(rb"obj|trailer", data)):
        return "pdf"
    if suffix == "pdf" and re.search(rb"\d\s+\d+\s*obj|trailer", data):
        return "pdf"
    if data.startswith(b"PK") or look_zip.has_end(data):
        return "zip"
    if data[2:5] == b"-lh" or data[257:262] == b"ustar" or \
            look_archive.is_tar(data):
        return "archive"
    if data[:12] == b"\0\0\0\x0cjP  \r\n" or data[4:8] == b"ftyp" or \
            data[8:12] == b"WEBP":
        return "picture"
    if b"\0" in data[:4096] and data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        return "binary"
    if suffix in ("csv", "tsv"):
        return "csv"
    head = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if suffix == "eml" or (suffix not in ("txt", "html") and re.match(
            rb"(?i)(received|from|return-path|mime-version|message-id): ",
            head)):
        return "mail"
    if suffix == "txt":
        return "text"
    if head.startswith(b"ID;"):
        return "slk"
    if head.startswith(b"<?xml") or head.startswith(b"<pkg:"):
        return "xml"
    if re.match(rb"(?i)<(!doctype html|html|head|body)", head):
        return "html"
    return "text"


def judge_bytes(data, name, found, depth=0, top=True):
    """Fill found; the kind of file is the answer."""
    kind = kind_of(data, name)
    if depth > DEPTH_MAX:
        found.add("too-deep", name)
        return kind

    def inner(part, part_name):
        return judge_inner(part, part_name, found, depth)

    if kind == "zip":
        kind = look_zip.look(data, found, inner)
    elif kind == "pdf":
        look_pdf.look(data, found)
    elif kind in ("jpeg", "png", "picture"):
        look_picture.look(data, kind, name, found)
    elif kind == "cfb":
        kind = look_cfb.look(data, found, inner)
    elif kind == "archive":
        look_archive.look(data, name, found)
    elif kind == "mail":
        look_mail.look(data, found, inner)
    elif kind == "program":
        found.add("executable-inside" if depth else "program", name)
    elif kind == "xml":
        look_ooxml.look_flat(data, found, inner)
    else:
        look_text.look(data, kind, name, found)
    if top and not name.endswith("." + EXTENSIONS.get(kind, " ")):
        found.add("unexpected-type", name, kind)
    if found.signatures:
        scan(data, found)
    return kind


def scan(data, found):
    """clamscan with the caller's own signatures."""
    with tempfile.NamedTemporaryFile() as f:
        f.write(data)
        f.flush()
        run = subprocess.run(
            ["clamscan", "--no-summary", "-d", found.signatures, f.name],
            stdin=subprocess.DEVNULL, capture_output=True,
            timeout=TOOL_SECONDS, check=False)
    for line in run.stdout.decode("utf-8", "replace").splitlines():
        if line.endswith(" FOUND"):
            found.add("eicar" if "eicar" in line.lower() else "virus", "",
                      line.rpartition(": ")[2])


def judge_inner(data, name, found, depth):
    found.bytes_left -= len(data)
    if found.bytes_left < 0:
        found.add("bomb", name, "too much inside")
        return "unread"
    before = found.prefix
    found.prefix = before + name + "!"
    kind = judge_bytes(data, name, found, depth + 1, False)
    found.prefix = before
    return kind
