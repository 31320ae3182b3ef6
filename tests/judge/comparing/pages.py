# SPDX-License-Identifier: GPL-3.0-or-later
"""Words and drawn pages of two PDFs, by poppler's programs."""
import collections
import re
import subprocess

from PIL import Image, ImageChops, ImageFilter, ImageStat

SECONDS = 120
DPI = 60
PAGES_MAX = 20


def run(command):
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=SECONDS,
                              check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def text_of(path, pdf, tmp):
    if path.suffix.lower() in (".txt", ".csv"):
        for charset in ("utf-8-sig", "cp932"):
            try:
                return path.read_bytes().decode(charset)
            except UnicodeError:
                pass
        return ""
    if pdf is None or not run(["pdftotext", "-q", pdf, tmp / "text"]):
        return ""
    return (tmp / "text").read_text(encoding="utf-8", errors="replace")


def words(text):
    """Words of Latin letters and digits, single characters of others."""
    return collections.Counter(re.findall(
        r"[0-9A-Za-z\u00c0-\u024f]+|[^\W\d_]", text))


def draw(pdf, folder):
    folder.mkdir(exist_ok=True)
    if pdf is not None:
        run(["pdftoppm", "-cropbox", "-r", str(DPI), "-gray", "-l",
             str(PAGES_MAX), pdf, folder / "p"])
    return sorted(folder.glob("p-*.pgm"))


def mean(picture):
    return ImageStat.Stat(picture).mean[0] / 255


def page_difference(a, b):
    """(grey, ink), both 0 to 1."""
    with Image.open(a) as left, Image.open(b) as right:
        if left.size != right.size:
            right = right.resize(left.size)
        grey = mean(ImageChops.difference(left, right))
        # a shift of half a pixel is none
        left, right = (p.filter(ImageFilter.GaussianBlur(1))
                       for p in (left, right))
        drawn = 1 - mean(ImageChops.darker(left, right))
        moved = mean(ImageChops.difference(left, right))
    return grey, moved / drawn if drawn > 0.0005 else 0.0


def compare(before, after):
    """Of drawn pages: means of (grey, ink), and which page is the worst."""
    if not before or not after:
        return None
    grey, ink = [], []
    for i in range(max(len(before), len(after))):
        one = page_difference(before[i], after[i]) \
            if i < min(len(before), len(after)) else (1.0, 1.0)
        grey.append(one[0])
        ink.append(one[1])
    return sum(grey) / len(grey), sum(ink) / len(ink), ink.index(max(ink))


def beside(before, after, number, out):
    """The page of both in one picture."""
    sides = []
    for pages in (before, after):
        if number < len(pages):
            with Image.open(pages[number]) as page:
                sides.append(page.convert("L"))
        else:
            sides.append(Image.new("L", (200, 200), 128))
    whole = Image.new("L", (sum(s.width for s in sides) + 8,
                            max(s.height for s in sides)), 64)
    whole.paste(sides[0], (0, 0))
    whole.paste(sides[1], (sides[0].width + 8, 0))
    whole.save(out)
