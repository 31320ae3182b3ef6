# SPDX-License-Identifier: GPL-3.0-or-later
"""OpenDocument: never a form that is delivered, looked at all the same."""
import re

from . import markup


def look_content(name, data, found):
    def start(element, attributes):
        if element in ("dde-source", "dde-link", "dde-connection-decl"):
            found.add("dde", name)
        elif element in ("object", "object-ole"):
            found.add("ole-object", name)
        elif element in ("event-listener", "event-listeners", "script"):
            found.add("vba-macro", name, element)
        href = attributes.get("href", "")
        if href and element != "a" and re.match(r"(?i)[a-z]+:|\.\./", href):
            found.add("external-link", name, href)

    try:
        markup.walk(data, start)
    except markup.Refused as e:
        found.add("xml-dtd-entity", name, e)
    except (markup.Error, ValueError) as e:
        found.add("malformed", name, e)


def look(parts, found, inner):
    for name, data in parts.items():
        if re.match(r"(?i)(basic|scripts)/", name):
            found.add("vba-macro", name)
        elif re.match(r"(?i)object", name):
            found.add("ole-object", name)
        elif name == "META-INF/manifest.xml":
            if b"encryption-data" in data:
                found.add("encrypted", name)
        elif name in ("content.xml", "styles.xml"):
            look_content(name, data, found)
        elif not name.endswith((".xml", "/", "mimetype")):
            inner(data, name)
    return "odf"
