#!/usr/bin/env python3
"""list_zip.py FILE [NAME]: the names in a ZIP as Python reads them, or the
text of one entry. Every name must be UTF-8 by its flag, every CRC right."""
import sys
import zipfile

with zipfile.ZipFile(sys.argv[1]) as z:
    assert z.testzip() is None
    if len(sys.argv) > 2:
        sys.stdout.write(z.read(sys.argv[2]).decode("utf-8-sig"))
    else:
        for info in z.infolist():
            ascii_only = all(ord(c) < 128 for c in info.filename)
            assert ascii_only or info.flag_bits & 0x800, info.filename
            print(info.filename)
