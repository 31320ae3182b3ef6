#!/usr/bin/env python3
"""Archives for test_archive: make_archives.py FOLDER; names are Japanese."""
import io
import os
import struct
import sys
import tarfile
import zipfile
import zlib


def png():
    def chunk(kind, data):
        return (struct.pack(">I", len(data)) + kind + data +
                struct.pack(">I", zlib.crc32(kind + data)))
    rows = b"".join(b"\0" + b"\x10\x80\xf0" * 8 for _ in range(8))
    head = struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) +
            chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


class Old(zipfile.ZipInfo):
    """A name as bytes of CP932, without the flag of UTF-8."""

    def _encodeFilenameFlags(self):
        return self.filename.encode("cp932"), 0


def main(folder):
    def path(name):
        return os.path.join(folder, name)

    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("下/写真.png", png())
        z.writestr("下/議事録.txt", "会議の記録\n")
    with zipfile.ZipFile(path("nested.zip"), "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("資料/内訳.txt", "一行目\n")
        z.writestr("資料/内側.zip", inner.getvalue())
        z.writestr("動く.exe", b"MZ\x90\0")
    with zipfile.ZipFile(path("old.zip"), "w") as z:
        z.writestr(Old("表/ソ表十.txt"), "a")
        z.writestr(Old("能力.txt"), "b")
    with tarfile.open(path("links.tar"), "w") as t:
        for name, kind, link in (("link", tarfile.SYMTYPE, "/etc/passwd"),
                                 ("hard", tarfile.LNKTYPE, "link"),
                                 ("fifo", tarfile.FIFOTYPE, "")):
            info = tarfile.TarInfo(name)
            info.type = kind
            info.linkname = link
            t.addfile(info)
        for name in ("../up.txt", "/root.txt", "良い.txt"):
            info = tarfile.TarInfo(name)
            info.size = 2
            t.addfile(info, io.BytesIO(b"ok"))
    # sixteen in each of five layers: 42.zip, but for its size
    data = b"0" * (16 * 1024 * 1024)
    name = "0.txt"
    for _ in range(5):
        layer = io.BytesIO()
        with zipfile.ZipFile(layer, "w", zipfile.ZIP_DEFLATED) as z:
            for i in range(16):
                z.writestr("%d%s" % (i, name), data)
        data = layer.getvalue()
        name = ".zip"
    with open(path("layers.zip"), "wb") as f:
        f.write(data)
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    piece = b"A" * (1024 * 1024)
    with open(path("long.gz"), "wb") as f:
        for _ in range(1024):
            f.write(packer.compress(piece))
        f.write(packer.flush())


main(sys.argv[1])
