# SPDX-License-Identifier: GPL-3.0-or-later
"""A document as it came beside its safe form: words, pages, cells."""
