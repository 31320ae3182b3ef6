# SPDX-License-Identifier: GPL-3.0-or-later
"""Archives other than ZIP: what 7z lists; never a form that is delivered."""
import io
import subprocess
import tarfile
import tempfile

from .finding import PROGRAM, TOOL_SECONDS


def is_tar(data):
    """The old form without a magic: the sum of its first header fits."""
    if len(data) < 512:
        return False
    try:
        said = int(data[148:156].strip(b" \0"), 8)
    except ValueError:
        return False
    return said == sum(data[:148]) + 8 * 32 + sum(data[156:512]) and said > 256


def look_tar(data, found):
    try:
        with tarfile.open(fileobj=io.BytesIO(data)) as tar:
            for member in tar:
                if member.issym() or member.islnk():
                    found.add("link", member.name, member.linkname)
                if member.name.startswith("/") or \
                        ".." in member.name.split("/"):
                    found.add("absolute-path", member.name)
                if PROGRAM.search(member.name):
                    found.add("executable-inside", member.name)
    except (tarfile.TarError, OSError, EOFError, ValueError) as e:
        found.add("malformed", "", e)


def listing(data):
    with tempfile.NamedTemporaryFile(suffix=".bin") as f:
        f.write(data)
        f.flush()
        try:
            done = subprocess.run(["7z", "l", "-slt", "-p", f.name],
                                  capture_output=True, check=False,
                                  stdin=subprocess.DEVNULL,
                                  timeout=TOOL_SECONDS)
        except subprocess.TimeoutExpired:
            return ""
    return (done.stdout + done.stderr).decode("utf-8", "replace")


def look(data, name, found):
    out = listing(data)
    path, inside = "", False
    for line in out.splitlines():
        key, _, value = line.partition(" = ")
        inside = inside or line.startswith("----------")
        if key == "Path" and inside:
            path = value
            if PROGRAM.search(value):
                found.add("executable-inside", value)
        elif key == "Encrypted" and value.strip() == "+":
            found.add("encrypted", path)
        elif key in ("Symbolic Link", "Hard Link") and value.strip():
            found.add("link", path, value)
    if "Wrong password" in out or "encrypted archive" in out:
        found.add("encrypted", name)
    if "ERROR" in out or "Can not open" in out:
        found.add("malformed", name, "7z cannot read it")
    if data[257:262] == b"ustar" or is_tar(data):
        look_tar(data, found)
