# SPDX-License-Identifier: GPL-3.0-or-later
"""Two workbooks, cell by cell, as openpyxl reads them."""
import warnings

import openpyxl

CELLS_MAX = 300000
STYLES = ("number_format", "font", "fill", "border", "alignment",
          "protection")


def load(path):
    """None: openpyxl does not read it (it reads less than Excel does)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return openpyxl.load_workbook(path, data_only=True)
        except Exception:  # it raises what it likes
            return None


def plain(style):
    """What openpyxl's stand-in for a style stands for."""
    return [getattr(style, f) for f in style.__elements__ +
            style.__attrs__] if hasattr(style, "__attrs__") else style


def same_style(a, b, known):
    key = tuple(a._style), tuple(b._style)
    if key not in known:
        known[key] = all(plain(getattr(a, s)) == plain(getattr(b, s))
                         for s in STYLES)
    return known[key]


def compare(original, safe):
    """
    (equal values, values, equal styles, cells, the first that differs), or
    None where there is nothing to compare.
    """
    before, after = load(original), load(safe)
    if before is None or not before.worksheets:
        return None
    values = values_same = styles_same = cells = 0
    first, known = "", {}
    for sheet in before.worksheets:
        other = after[sheet.title] if after and \
            sheet.title in after.sheetnames else None
        others = getattr(other, "_cells", {})
        for place, cell in getattr(sheet, "_cells", {}).items():
            if cells >= CELLS_MAX:
                break
            cells += 1
            twin = others.get(place)
            style = twin is not None and same_style(cell, twin, known)
            styles_same += style
            value = True
            if cell.value is not None:
                values += 1
                value = twin is not None and (
                    twin.value == cell.value or cell.value != cell.value)
                values_same += value
            if not (style and value) and not first:
                first = f"{sheet.title}!{cell.coordinate}"
    return (values_same, values, styles_same, cells, first) if cells else None
