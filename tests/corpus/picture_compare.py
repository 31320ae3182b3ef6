#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How alike are two pictures, read by a library that is not ours?

	picture_compare.py ORIGINAL RESULT

Prints the mean difference of a channel (0 to 255) on a white ground, or "no"
when Pillow cannot read the original; exit 1 when the sizes differ or the
result has metadata.
"""
import sys
import warnings

from PIL import Image, ImageChops, ImageOps, ImageStat

warnings.simplefilter("ignore")
Image.MAX_IMAGE_PIXELS = None


def flat(path):
    image = Image.open(path)
    image.load()
    image = ImageOps.exif_transpose(image)
    if image.mode in ("I", "I;16", "I;16B", "F"):
        image = image.point(lambda v: v / 256).convert("L")
    image = image.convert("RGBA")
    ground = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(ground, image).convert("RGB")


result = Image.open(sys.argv[2])
result.load()
extra = set(result.info) - {"jfif", "jfif_version", "jfif_unit",
                            "jfif_density", "transparency"}
if extra:
    print("metadata", *sorted(extra))
    sys.exit(1)
try:
    before = flat(sys.argv[1])
except Exception as error:  # what Pillow cannot read we need not compare
    print("no", type(error).__name__)
    sys.exit(0)
after = flat(sys.argv[2])
if before.size != after.size:
    print("size", before.size, after.size)
    sys.exit(1)
print("%.2f" % (sum(ImageStat.Stat(ImageChops.difference(before,
                                                         after)).mean) / 3))
