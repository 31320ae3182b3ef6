# SPDX-License-Identifier: GPL-3.0-or-later
"""What was found in one file, and how much is looked at."""
import re

KIND_MAX = 20	# of one kind, the rest says nothing new
DEPTH_MAX = 5
ENTRY_BYTES_MAX = 64 << 20
TOTAL_BYTES_MAX = 256 << 20
TOOL_SECONDS = 60

# "#Sheet2!A1": a place in the document itself
GOOD_LINK = re.compile(r"(?i)^(https?://|mailto:|#[^\\|]*$)")
# programs, by the name of an entry
PROGRAM = re.compile(
    r"(?i)\.(exe|scr|com|pif|cpl|dll|ocx|sys|msi|msp|jar|class|js|jse|vbs|vbe|"
    r"wsf|wsh|hta|ps1|bat|cmd|lnk|url|scf|inf|reg|chm|iqy|slk|sh)$")


class Findings:
    """kind is a short word, where a part or an offset, detail free text."""

    def __init__(self):
        self.items = []
        self.notes = []
        self.password = None
        self.signatures = None	# a database for clamscan
        self.bytes_left = TOTAL_BYTES_MAX
        self.prefix = ""

    def add(self, kind, where="", detail=""):
        item = {"kind": kind, "where": self.prefix + str(where)[:200],
                "detail": str(detail)[:200]}
        self.keep(self.items, item)

    def note(self, kind, where="", detail=""):
        """What a safe file may hold, but somebody may want to know."""
        item = {"kind": kind, "where": self.prefix + str(where)[:200],
                "detail": str(detail)[:200]}
        self.keep(self.notes, item)

    @staticmethod
    def keep(items, item):
        of_kind = sum(i["kind"] == item["kind"] for i in items)
        if of_kind < KIND_MAX and item not in items:
            items.append(item)


def check_link(found, target, where, kind="dangerous-link"):
    target = target.strip()
    if target and not target.startswith("#") and not GOOD_LINK.match(target):
        found.add(kind, where, target)
