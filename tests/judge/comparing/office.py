# SPDX-License-Identifier: GPL-3.0-or-later
"""PDF of office documents by LibreOffice, many by one process: its start is
most of the time. What was made is kept by the digest of the document."""
import hashlib
import pathlib
import shutil
import subprocess
import tempfile

BATCH = 24
SECONDS_START = 40
SECONDS_FILE = 20


class Office:
    """folder: where the PDFs are kept. An empty one: no PDF can be made."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    def kept(self, path):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        return self.folder / f"{digest[:32]}{path.suffix.lower()}.pdf"

    def pdf(self, path):
        """The file itself if it is one; None: LibreOffice does not open it."""
        if path.suffix.lower() == ".pdf":
            return path
        made = self.kept(path)
        return made if made.exists() and made.stat().st_size else None

    def prepare(self, paths):
        todo = {}
        for path in paths:
            if path.suffix.lower() != ".pdf" and \
                    not self.kept(path).exists():
                todo[self.kept(path)] = path
        todo = sorted(todo.items())
        while todo:
            batch, todo = todo[:BATCH], todo[BATCH:]
            left = self.convert(batch)
            # the first without a result is the one that stopped it
            if len(left) == len(batch) or len(left) > 1:
                again = self.convert(left[:1])
                if again:
                    left[0][0].touch()
                todo = left[1:] + todo
            else:
                for made, _ in left:
                    made.touch()

    def convert(self, batch):
        """Those of (kept, path) that were not made."""
        with tempfile.TemporaryDirectory() as name:
            tmp = pathlib.Path(name)
            (tmp / "in").mkdir()
            files = []
            for made, path in batch:
                files.append(tmp / "in" / made.with_suffix("").name)
                shutil.copyfile(path, files[-1])
            try:
                subprocess.run(
                    ["soffice", f"-env:UserInstallation=file://{tmp}/profile",
                     "--headless", "--convert-to", "pdf", "--outdir",
                     tmp / "pdf"] + files, stdin=subprocess.DEVNULL,
                    capture_output=True, check=False,
                    timeout=SECONDS_START + SECONDS_FILE * len(batch))
            except subprocess.TimeoutExpired:
                pass
            left = []
            for (made, path), file in zip(batch, files):
                pdf = tmp / "pdf" / (file.stem + ".pdf")
                if pdf.exists():
                    shutil.copyfile(pdf, made)
                else:
                    left.append((made, path))
        return left
