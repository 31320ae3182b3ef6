# SPDX-License-Identifier: GPL-3.0-or-later
"""XML by expat, entities refused: a stream of starts, texts and ends."""
import xml.parsers.expat


class Refused(Exception):
    pass


def local(name):
    return name.rpartition("}")[2]


def walk(data, start, text=None, end=None):
    """start(name, attributes), both names without their namespace.

    Raises Refused for a document type, ExpatError for what is no XML.
    """
    def on_doctype(*_):
        raise Refused("document type")

    def on_start(name, attributes):
        start(local(name), {local(k): v for k, v in attributes.items()})

    parser = xml.parsers.expat.ParserCreate(namespace_separator="}")
    parser.StartDoctypeDeclHandler = on_doctype
    parser.EntityDeclHandler = on_doctype
    parser.StartElementHandler = on_start
    parser.buffer_text = True
    if text:
        parser.CharacterDataHandler = text
    if end:
        parser.EndElementHandler = lambda name: end(local(name))
    parser.Parse(data, True)


Error = xml.parsers.expat.ExpatError
