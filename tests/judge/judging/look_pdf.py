# SPDX-License-Identifier: GPL-3.0-or-later
"""PDF by pikepdf: every object that the file has, used or not."""
import io
import re
import subprocess
import tempfile

import pikepdf

from .finding import GOOD_LINK, TOOL_SECONDS

ACTIONS = {
    "/JavaScript": "javascript", "/Launch": "launch", "/GoToR": "goto-remote",
    "/GoToE": "goto-remote", "/SubmitForm": "form-action",
    "/ResetForm": "form-action", "/ImportData": "form-action",
    "/Rendition": "multimedia", "/Movie": "multimedia",
    "/Sound": "multimedia", "/Hide": "action", "/Named": "action",
    "/SetOCGState": "action", "/Trans": "action", "/GoTo3DView": "action",
    "/RichMediaExecute": "multimedia", "/Thread": "action",
}
KEYS = {
    "/OpenAction": "open-action", "/AA": "additional-actions",
    "/JS": "javascript", "/JavaScript": "javascript",
    "/EmbeddedFiles": "embedded-file", "/EF": "embedded-file",
    "/AF": "embedded-file", "/XFA": "xfa", "/RichMediaContent": "multimedia",
    "/AcroForm": "form", "/PieceInfo": "metadata", "/Metadata": "metadata",
    "/Collection": "embedded-file", "/Perms": "signature",
    "/OPI": "external-stream", "/Ref": "external-stream",
    "/FFilter": "external-stream",
}
SUBTYPES = {
    "/RichMedia": "multimedia", "/Screen": "multimedia",
    "/Movie": "multimedia", "/Sound": "multimedia", "/3D": "multimedia",
    "/FileAttachment": "embedded-file", "/PS": "postscript",
}
INFO_GOOD = {"/Title", "/CreationDate", "/ModDate", "/Producer"}
NODES_MAX = 2000000


class Walk:
    def __init__(self, found):
        self.found = found
        self.nodes = 0

    def dictionary(self, d, where, stream):
        for key, value in d.items():
            if key in KEYS and not (key == "/Metadata" and value is None):
                # an /AF or /JS under another sense still is what it is
                self.found.add(KEYS[key], where, key)
            if key == "/F" and stream:
                self.found.add("external-stream", where, "/F of a stream")
        if d.get("/Type") == "/EmbeddedFile":
            self.found.add("embedded-file", where, "a stream")
        kind = d.get("/S")
        if isinstance(kind, pikepdf.Name) and str(kind) in ACTIONS and \
                self.is_action(d, str(kind)):
            self.found.add(ACTIONS[str(kind)], where, kind)
        if "/URI" in d:
            self.link(d["/URI"], where, kind == "/URI")
        subtype = d.get("/Subtype")
        if isinstance(subtype, pikepdf.Name) and str(subtype) in SUBTYPES \
                and ("/Rect" in d or "/Type" not in d or stream):
            self.found.add(SUBTYPES[str(subtype)], where, subtype)

    @staticmethod
    def is_action(d, kind):
        """Some of these words stand under /S in other dictionaries, too."""
        if kind in ("/Trans", "/Named", "/Hide", "/Thread", "/Movie",
                    "/Sound"):
            return d.get("/Type") == "/Action" or "/N" in d or "/T" in d or \
                "/Trans" in d or "/Sound" in d
        return True

    def link(self, uri, where, action):
        if isinstance(uri, pikepdf.Dictionary) and not action:
            self.found.add("uri-base", where)
            return
        text = str(uri) if isinstance(uri, pikepdf.String) else "no text"
        self.found.note("uri", where, text)
        if not GOOD_LINK.match(text.strip()):
            self.found.add("dangerous-link", where, text)

    def one(self, top, where):
        """A numbered object and the direct ones inside of it."""
        todo = [(top, 0)]
        while todo:
            node, depth = todo.pop()
            self.nodes += 1
            if self.nodes > NODES_MAX or depth > 200:
                self.found.add("too-deep", where)
                return
            if isinstance(node, (pikepdf.Dictionary, pikepdf.Stream)):
                is_stream = isinstance(node, pikepdf.Stream)
                self.dictionary(node, where, is_stream)
                keys = node.keys()
                values = [node.get(k) for k in keys]
            elif isinstance(node, pikepdf.Array):
                values = list(node)
            else:
                continue
            todo += [(v, depth + 1) for v in values
                     if isinstance(v, pikepdf.Object) and not v.is_indirect]


def look_frame(data, found):
    at = data.find(b"%PDF")
    if at > 0:
        found.add("prefix-bytes", 0, f"{at} bytes")
    if at < 0:
        found.add("malformed", "", "no header")
    end = data.rfind(b"%%EOF")
    if end < 0:
        found.add("malformed", "", "no end")
    elif len(data) - end - 5 > 2 or data[end + 5:].strip(b"\r\n"):
        found.add("trailing-bytes", end + 5, f"{len(data) - end - 5} bytes")
    if data.count(b"%%EOF") > 1:
        found.add("revisions", "", data.count(b"%%EOF"))
    for magic, kind in ((b"PK\3\4", "polyglot-zip"), (b"PK\5\6",
                                                      "polyglot-zip")):
        if magic in data:
            found.add(kind, data.find(magic))
    if data.startswith(b"MZ") or re.search(
            rb"This program (cannot|must) be run", data):
        found.add("polyglot-exe", 0)


def look_info(pdf, found):
    info = pdf.trailer.get("/Info")
    if isinstance(info, pikepdf.Dictionary):
        for key, value in info.items():
            if key not in INFO_GOOD and str(value):
                found.add("metadata", "/Info", f"{key} {str(value)[:60]}")


def look_raw(data, found):
    """Where no reader gets in: names as they stand."""
    plain = re.sub(rb"#([0-9A-Fa-f]{2})",
                   lambda m: bytes([int(m[1], 16)]), data)
    words = {**ACTIONS, **KEYS, "/RichMedia": "multimedia"}
    for name, kind in words.items():
        if re.search(re.escape(name.encode()) + rb"[\s/(<\[\d]", plain):
            found.add(kind, "bytes", name)
    if re.search(rb"/URI\s*\(", plain):
        found.note("uri", "bytes")


def look_check(data, found):
    """qpdf's own opinion of the structure."""
    with tempfile.NamedTemporaryFile(suffix=".pdf") as f:
        f.write(data)
        f.flush()
        try:
            run = subprocess.run(
                ["qpdf", "--check", f.name], stdin=subprocess.DEVNULL,
                capture_output=True, timeout=TOOL_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            found.add("malformed", "", "qpdf takes too long")
            return
    if run.returncode != 0:
        lines = run.stderr.decode("utf-8", "replace").splitlines() or [""]
        found.add("malformed", "", lines[0].rpartition(f.name)[2])


def look(data, found):
    look_frame(data, found)
    look_check(data, found)
    try:
        pdf = pikepdf.open(io.BytesIO(data), suppress_warnings=True,
                           password=found.password or "")
    except pikepdf.PasswordError:
        found.add("encrypted", "", "user password")
        look_raw(data, found)
        return
    except (pikepdf.PdfError, ValueError, RuntimeError, OverflowError) as e:
        found.add("malformed", "", e)
        look_raw(data, found)
        return
    with pdf:
        if pdf.is_encrypted:
            found.add("encrypted", "", "empty password")
        walk = Walk(found)
        try:
            look_info(pdf, found)
            walk.one(pdf.trailer, "trailer")
            for number, node in enumerate(pdf.objects):
                walk.one(node, f"object {number + 1}")
        except (pikepdf.PdfError, ValueError, RuntimeError,
                OverflowError) as e:
            found.add("malformed", "", e)
            look_raw(data, found)
