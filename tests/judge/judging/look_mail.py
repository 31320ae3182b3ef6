# SPDX-License-Identifier: GPL-3.0-or-later
"""Mails inside an archive or delivered alone: every leaf."""
import email
import email.policy

from . import look_text


def look(data, found, inner):
    mail = email.message_from_bytes(data)
    for number, part in enumerate(mail.walk()):
        if part.is_multipart():
            continue
        kind = part.get_content_type()
        if kind in ("text/html", "message/partial", "message/external-body"):
            found.add("mail-part", number, kind)
        body = part.get_payload(decode=True) or b""
        if part.get_filename():
            inner(body, part.get_filename())
        else:
            look_text.look(body, "text", f"part {number}", found)
