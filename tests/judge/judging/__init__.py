# SPDX-License-Identifier: GPL-3.0-or-later
"""A second opinion on files that were made safe.

Nothing here knows the product's code, its grammar of safe forms or its
tables: formats are walked by Python's own readers, by pikepdf, qpdf, exiftool,
file and 7z, and every thing that a safe file must not hold is named.
"""
