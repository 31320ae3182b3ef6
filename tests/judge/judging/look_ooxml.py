# SPDX-License-Identifier: GPL-3.0-or-later
"""Office Open XML, and its flat forms: parts, relationships, elements."""
import base64
import re

from . import markup
from .finding import GOOD_LINK, check_link

# by the name of a part
PARTS = [
    (r"vbaproject|vbadata", "vba-macro"),
    (r"(macro|intlmacro|dialog)sheets?/", "xlm-macro"),
    (r"activex/", "activex"), (r"ctrlprops?/", "form-control"),
    (r"externallinks/", "external-link"), (r"customui/", "custom-ui"),
    (r"webextension", "web-extension"), (r"printersettings", "metadata"),
    (r"customxml/", "custom-xml"), (r"docprops/thumbnail", "metadata"),
    (r"docprops/custom", "metadata"), (r"_xmlsignatures/", "signature"),
    (r"connections\.xml|querytables?/", "external-data"),
    (r"\.(wav|mp3|mp4|m4a|avi|wmv|mov|mpg|wma|au|aiff?)$", "media"),
    (r"\.(odttf|fntdata|ttf|otf)$", "embedded-font"),
    (r"attachedtoolbars", "vba-macro"),
]
# by the last word of a relationship's type
RELATIONS = {
    "oleobject": "ole-object", "package": "embedded-package",
    "vbaproject": "vba-macro", "control": "activex",
    "activexcontrolbinary": "activex", "afchunk": "alt-chunk",
    "xlmacrosheet": "xlm-macro", "xlintlmacrosheet": "xlm-macro",
    "externallink": "external-link", "frame": "frame",
    "subdocument": "sub-document", "attachedtemplate": "template",
    "media": "media", "audio": "media", "video": "media",
    "connections": "external-data", "querytable": "external-data",
    "customxml": "custom-xml", "printersettings": "metadata",
    "extensibility": "custom-ui", "mailmergesource": "external-data",
}
ELEMENTS = {
    "altChunk": "alt-chunk", "OLEObject": "ole-object",
    "oleObj": "ole-object", "oleObject": "ole-object", "oleLink": "ole-link",
    "ddeLink": "dde", "control": "activex", "attachedTemplate": "template",
    "mailMerge": "external-data", "subDoc": "sub-document",
    "frame": None, "saveThroughXslt": "template", "docVar": "metadata",
    "rsid": "metadata", "queryTable": "external-data", "videoFile": "media",
    "audioFile": "media", "wavAudioFile": "media", "snd": "media",
    "externalReference": "external-link", "externalData": "external-data",
    "contentPart": "content-part", "cmd": "ppaction-program",
    "binData": None, "webPublishItem": "external-data",
}
FIELD_GOOD = re.compile(
    r"(?i)^\s*(PAGE|NUMPAGES|SECTIONPAGES|SECTION|TOC|TC|XE|INDEX|REF|PAGEREF|"
    r"NOTEREF|SEQ|STYLEREF|LISTNUM|DATE|TIME|CREATEDATE|SAVEDATE|EQ|SYMBOL|"
    r"ADVANCE|FORMTEXT|FORMCHECKBOX|FORMDROPDOWN|=.*)(\s|\\|$)")
FIELD_LINK = re.compile(
    r'(?i)^\s*HYPERLINK\s+(\\[lmnot]\s*|"(https?://|mailto:)|https?://|'
    r'mailto:)')
FIELD_DDE = re.compile(r"(?i)\bDDE(AUTO)?\b")
DDE_FORMULA = re.compile(r"(?i)^[^\"]*\w[\w.]*\s*\|")
CALLS = re.compile(
    r"(?i)(^|[^A-Z0-9_.])(WEBSERVICE|FILTERXML|RTD|CALL|REGISTER(\.ID)?|EXEC|"
    r"EVALUATE|SQL\.REQUEST|DDE|DDEINITIATE|IMAGE|PY)\s*\(")
EXTERNAL_NAME = re.compile(r"\[\d+\]|\[[^\]]*\.xl|^'?(\\\\|[a-z]:\\|file:)",
                           re.I)
CORE_GOOD = {"title", "created", "modified", "coreProperties"}
APP_GOOD = {"Properties", "Application", "Pages"}


class Part:
    """Elements of one XML part."""

    def __init__(self, found, where):
        self.found, self.where = found, where
        self.path = []
        self.fields = []	# open fields of Word, [instruction, result?]
        self.text = []
        self.binary = []

    def start(self, name, attributes):
        self.path.append(name)
        if len(self.path) > 400:
            raise markup.Refused("too deep")
        if name in ("f", "definedName", "formula1", "formula2", "formula",
                    "instrText", "delInstrText", "binData", "binaryData",
                    "Data"):
            self.text = []
        if ELEMENTS.get(name):
            self.found.add(ELEMENTS[name], self.where, name)
        for key, value in attributes.items():
            self.attribute(name, key, value, attributes)
        if name == "fldSimple":
            self.field(attributes.get("instr", ""))
        if name == "fldChar":
            self.field_mark(attributes.get("fldCharType"))
        if name == "sheet" and attributes.get("state") == "veryHidden":
            self.found.add("very-hidden-sheet", self.where)
        if name == "Formula" or attributes.get("Formula"):
            self.formula(attributes.get("Formula", "").lstrip("="))
        if name == "macro" or (name == "definedName" and (
                attributes.get("xlm") == "1" or
                re.search("(?i)auto_(open|close|activate)",
                          attributes.get("name", "")))):
            self.found.add("xlm-macro", self.where, name)

    def attribute(self, name, key, value, all_of):
        if key == "action" and value.startswith("ppaction://") and \
                re.match(r"ppaction://(program|macro|ole|media)", value):
            self.found.add("ppaction-program", self.where, value)
        elif key == "macro" and value and name in ("sp", "pic", "cxnSp",
                                                   "graphicFrame"):
            self.found.add("macro-call", self.where, value)
        elif key == "macroName" and value:
            self.found.add("vba-macro", self.where, value)
        elif key in ("src", "href", "dest") and value and \
                name in ("imagedata", "fill", "stroke", "shape", "rect",
                         "hlink", "group", "oval", "line"):
            check_link(self.found, value, self.where, "external-image"
                       if name != "hlink" else "dangerous-link")
            if name != "hlink" and GOOD_LINK.match(value):
                self.found.add("external-image", self.where, value)
        elif key in ("ddeService", "ddeTopic", "dde-application"):
            self.found.add("dde", self.where, value)
        elif key == "instr" and name != "fldSimple":
            self.field(value)
        elif key.startswith("rsid"):
            self.found.add("metadata", self.where, "rsid")
        elif key == "presentProgId" or (key == "progId" and
                                        value.startswith("Forms.")):
            self.found.add("activex", self.where, value)

    def characters(self, text):
        self.text.append(text)

    def end(self, name):
        self.path.pop()
        text = "".join(self.text)
        if name in ("instrText", "delInstrText"):
            if self.fields:
                self.fields[-1][0] += text
            else:
                self.field(text)
        elif name in ("f", "definedName", "formula1", "formula2", "formula"):
            self.formula(text)
        elif name in ("binData", "binaryData"):
            self.binary.append(text)
        if name in ("f", "definedName", "instrText", "delInstrText",
                    "binData", "binaryData"):
            self.text = []

    def field_mark(self, mark):
        if mark == "begin":
            if self.fields and not self.fields[-1][1]:
                # a field that makes an instruction of another one
                self.fields[-1][2] = True
            self.fields.append(["", False, False])
        elif mark in ("separate", "end") and self.fields:
            if not self.fields[-1][1]:
                self.field(self.fields[-1][0], self.fields[-1][2])
                self.fields[-1][1] = True
            if mark == "end":
                self.fields.pop()

    def field(self, instruction, nested=False):
        words = instruction.strip()
        if FIELD_DDE.search(words.replace('"', "")) or \
                FIELD_DDE.search(re.sub(r"\s", "", words)[:8]):
            self.found.add("dde", self.where, words)
        elif re.match(r"(?i)\s*HYPERLINK", words):
            if not FIELD_LINK.match(words):
                self.found.add("dangerous-link", self.where, words)
        elif words and not FIELD_GOOD.match(words):
            self.found.add("field", self.where, words)
        elif nested and words:
            self.found.add("field", self.where, "made by another: " + words)

    def formula(self, text):
        bare = re.sub(r'"[^"]*"', '""', text)
        if DDE_FORMULA.match(bare) and "|" in bare:
            self.found.add("dde", self.where, text)
        if EXTERNAL_NAME.search(bare):
            self.found.add("external-link", self.where, text)
        if CALLS.search(bare):
            self.found.add("formula-call", self.where, text)
        if re.search(r"(?i)(^|[^A-Z])HYPERLINK\s*\(", bare):
            self.found.add("formula-call", self.where, text)


def look_xml(data, where, found):
    part = Part(found, where)
    try:
        markup.walk(data, part.start, part.characters, part.end)
    except markup.Refused as e:
        found.add("xml-dtd-entity", where, e)
        return None
    except (markup.Error, ValueError, LookupError) as e:
        found.add("malformed", where, e)
        return None
    return part


def look_relations(data, where, found):
    def start(name, a):
        if name != "Relationship":
            return
        kind = a.get("Type", "").rpartition("/")[2]
        target = a.get("Target", "")
        if a.get("TargetMode", "").lower() == "external":
            if kind != "hyperlink" or not GOOD_LINK.match(target):
                found.add(f"external-relationship({kind})", where, target)
        elif kind.lower() in RELATIONS:
            found.add(RELATIONS[kind.lower()], where, target)
        elif kind == "hyperlink":
            check_link(found, target, where)
        elif re.match(r"(?i)(https?|file|ftp|\\\\):?", target):
            found.add(f"external-relationship({kind})", where, target)

    try:
        markup.walk(data, start)
    except markup.Refused as e:
        found.add("xml-dtd-entity", where, e)
    except (markup.Error, ValueError) as e:
        found.add("malformed", where, e)


def look_properties(data, good, where, found):
    seen = []

    def start(name, _):
        seen.append(name)

    def text(s):
        if s.strip() and seen and seen[-1] not in good:
            found.add("metadata", where, f"{seen[-1]}: {s}")

    try:
        markup.walk(data, start, text)
    except (markup.Refused, markup.Error, ValueError) as e:
        found.add("malformed", where, e)


def look_types(data, found):
    main = []

    def start(_, a):
        kind = a.get("ContentType", "").lower()
        if "macroenabled" in kind or "vbaproject" in kind:
            found.add("macro-type", "[Content_Types].xml", kind)
        if kind.endswith(".main+xml"):
            main.append(kind)

    try:
        markup.walk(data, start)
    except (markup.Refused, markup.Error, ValueError) as e:
        found.add("malformed", "[Content_Types].xml", e)
    for kind in main:
        for word, name in (("wordprocessingml", "docx"), ("word.", "docx"),
                           ("spreadsheetml", "xlsx"), ("excel.", "xlsx"),
                           ("presentationml", "pptx"),
                           ("powerpoint.", "pptx")):
            if word in kind:
                return name
    return "ooxml"


def look_part(name, data, found, inner):
    lower = name.lower()
    for pattern, kind in PARTS:
        if re.search(pattern, lower):
            found.add(kind, name)
    if lower.endswith(".rels"):
        look_relations(data, name, found)
    elif lower.endswith("docprops/core.xml"):
        look_properties(data, CORE_GOOD, name, found)
    elif lower.endswith("docprops/app.xml"):
        look_properties(data, APP_GOOD, name, found)
    elif lower.endswith((".xml", ".vml")):
        look_xml(data, name, found)
    elif re.search(r"\.(png|jpe?g|gif|bmp|tiff?|wmf|emf|wdp|svg)$", lower):
        inner(data, name)
    elif "embeddings/" in lower:
        kind = inner(data, name)
        found.add("embedded-package" if kind in (
            "docx", "xlsx", "pptx", "ooxml", "zip") else "ole-object", name)
    elif lower.endswith(".bin"):
        if re.search(r"xl/(worksheets/|workbook|sharedstrings|styles)",
                     lower):
            look_binary(data, name, found)
        elif not re.search("vbaproject|printersettings", lower):
            found.add("binary-part", name)
    elif not lower.endswith("/"):
        inner(data, name)


def look_binary(data, name, found):
    """Parts of .xlsb; only what is text in them."""
    found.add("binary-part", name)
    text = data.decode("utf-16-le", "replace")
    if re.search(r"(?i)auto_(open|close)", text):
        found.add("xlm-macro", name)


def look(parts, found, inner):
    kind = "ooxml"
    for name, data in parts.items():
        if name.lower() == "[content_types].xml":
            kind = look_types(data, found)
        else:
            look_part(name, data, found, inner)
        if re.search(r"(?i)externallinks/.*\.bin$", name) and \
                re.search(rb"(?i)[\x00-\x04]\x00", data[:200]):
            text = data.decode("utf-16-le", "replace") + \
                data[1:].decode("utf-16-le", "replace")
            if re.search(r"(?i)cmd|msexcel|dde|winword", text):
                found.add("dde", name)
    return kind


def look_flat(data, found, inner):
    """Word and Excel 2003 XML, flat OPC, and any other XML."""
    part = look_xml(data, "", found)
    if part is None:
        return
    for text in part.binary:
        try:
            blob = base64.b64decode(text)
        except ValueError:
            continue
        found.add("ole-object", "binData", f"{len(blob)} bytes")
        inner(blob, "binData")
