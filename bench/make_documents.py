#!/usr/bin/python3
"""Documents of the bench: make_documents.py FOLDER, after make_pages.

  sheet.xlsx        a sheet of 30 MB of XML as office programs write it
  twenty.zip        20 documents: letters, tables, PDFs, photos
  small/...         a letter, a table, a picture, a CSV, a ZIP: what is
                    measured where no corpus is at hand

The same bytes on each machine with the same Python and zlib.
"""
import random
import struct
import sys
import zipfile
import zlib

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/"
TYPE = "application/vnd.openxmlformats-officedocument."
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
WORDS = ["総務課", "通知", "住民", "令和", "について", "報告", "年度", "点検",
         "施設", "実施", "結果", "お知らせ", "町民会館"]
EPOCH = (2026, 4, 1, 0, 0, 0)

folder = sys.argv[1]
draw = random.Random(7)


def add(archive, name, data):
    info = zipfile.ZipInfo(name, EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.flag_bits |= 0x800
    archive.writestr(info, data)


def package(path, kind, main, main_type, parts, relations):
    types = "".join('<Override PartName="/%s" ContentType="%s%s+xml"/>' %
                    (name, TYPE, type_) for name, type_, _ in parts)
    with zipfile.ZipFile(path, "w") as archive:
        add(archive, "[Content_Types].xml", HEAD +
            '<Types xmlns="%scontent-types"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.'
            'relationships+xml"/><Override PartName="/%s" '
            'ContentType="%s%s+xml"/>%s</Types>' %
            (PACKAGE, main[0], TYPE, main_type, types))
        add(archive, "_rels/.rels", HEAD +
            '<Relationships xmlns="%srelationships"><Relationship Id="rId1" '
            'Type="%s/officeDocument" Target="%s"/></Relationships>' %
            (PACKAGE, OFFICE, main[0]))
        add(archive, main[0], main[1])
        add(archive, "%s/_rels/%s.rels" % (kind, main[0].split("/")[1]),
            HEAD + '<Relationships xmlns="%srelationships">' % PACKAGE +
            "".join('<Relationship Id="rId%d" Type="%s/%s" Target="%s"/>' %
                    (i + 1, OFFICE, relation, target)
                    for i, (relation, target) in enumerate(relations)) +
            "</Relationships>")
        for name, _, data in parts:
            add(archive, name, data)


def workbook(path, rows):
    lines = []
    for r in range(1, rows + 1):
        cells = ['<c r="A%d" t="s"><v>%d</v></c>' % (r, draw.randrange(500))]
        for c in "BCDE":
            cells.append('<c r="%s%d" s="%d"><v>%.2f</v></c>' %
                         (c, r, draw.randint(0, 1), draw.random() * 1e5))
        cells.append('<c r="F%d"><f>SUM(B%d:E%d)</f><v>%.2f</v></c>' %
                     (r, r, r, draw.random() * 4e5))
        lines.append('<row r="%d" spans="1:6">%s</row>' % (r, "".join(cells)))
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    book = (HEAD + '<workbook %s xmlns:r="%s"><sheets><sheet name="一覧" '
            'sheetId="1" r:id="rId1"/></sheets></workbook>' % (space, OFFICE))
    strings = HEAD + '<sst %s count="%d" uniqueCount="500">%s</sst>' % (
        space, rows, "".join("<si><t>%s</t></si>" % sentence(6)
                             for _ in range(500)))
    styles = (HEAD + '<styleSheet %s><fonts count="1"><font><sz val="11"/>'
              '<name val="Calibri"/></font></fonts><fills count="1"><fill>'
              '<patternFill patternType="none"/></fill></fills><borders '
              'count="1"><border><left/><right/><top/><bottom/><diagonal/>'
              '</border></borders><cellStyleXfs count="1"><xf numFmtId="0" '
              'fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs '
              'count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" '
              'xfId="0"/><xf numFmtId="4" fontId="0" fillId="0" borderId="0" '
              'xfId="0" applyNumberFormat="1"/></cellXfs></styleSheet>' %
              space)
    sheet = HEAD + '<worksheet %s><sheetData>%s</sheetData></worksheet>' % (
        space, "".join(lines))
    package(path, "xl", ("xl/workbook.xml", book), "spreadsheetml.sheet.main",
            [("xl/worksheets/sheet1.xml", "spreadsheetml.worksheet", sheet),
             ("xl/sharedStrings.xml", "spreadsheetml.sharedStrings", strings),
             ("xl/styles.xml", "spreadsheetml.styles", styles)],
            [("worksheet", "worksheets/sheet1.xml"),
             ("sharedStrings", "sharedStrings.xml"),
             ("styles", "styles.xml")])
    return len(sheet)


def sentence(n):
    return "".join(draw.choice(WORDS) for _ in range(n))


def letter(path, paragraphs):
    space = ('xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/'
             '2006/main"')
    body = "".join(
        '<w:p w:rsidR="00%06X"><w:pPr><w:spacing w:after="120"/><w:rPr>'
        '<w:sz w:val="21"/></w:rPr></w:pPr><w:r><w:rPr><w:rFonts '
        'w:hint="eastAsia"/><w:sz w:val="21"/></w:rPr><w:t>%s</w:t></w:r>'
        '<w:r><w:rPr><w:b/></w:rPr><w:t xml:space="preserve"> %s</w:t></w:r>'
        '</w:p>' % (draw.randrange(1 << 24), sentence(20), sentence(8))
        for _ in range(paragraphs))
    document = HEAD + ('<w:document %s><w:body>%s<w:sectPr><w:pgSz '
                       'w:w="11906" w:h="16838"/></w:sectPr></w:body>'
                       '</w:document>' % (space, body))
    package(path, "word", ("word/document.xml", document),
            "wordprocessingml.document.main", [], [])


def picture(path, width, height):
    """As a screen looks: flat boxes and some text-like noise."""
    rows = []
    for y in range(height):
        row = bytearray()
        for x in range(0, width, 8):
            shade = (x // 160 * 37 + y // 90 * 53) % 256
            ink = y % 18 < 11 and x % 160 > 20 and (x * 7 + y * 13) % 5 == 0
            row += bytes([30, 30, 30] if ink else [shade, 255 - shade, 240]
                         ) * 8
        rows.append(b"\0" + bytes(row[:3 * width]))

    def chunk(name, data):
        return (struct.pack(">I", len(data)) + name + data +
                struct.pack(">I", zlib.crc32(name + data)))
    with open(path, "wb") as f:
        f.write(b"\x89PNG\r\n\x1a\n" +
                chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0,
                                           0, 0)) +
                chunk(b"IDAT", zlib.compress(b"".join(rows), 6)) +
                chunk(b"IEND", b""))


def read(name):
    with open("%s/%s" % (folder, name), "rb") as f:
        return f.read()


size = workbook(folder + "/sheet.xlsx", 116000)
if not 29e6 < size < 33e6:
    sys.exit("make_documents: the sheet has %d bytes" % size)
letter(folder + "/small/letter.docx", 300)
workbook(folder + "/small/table.xlsx", 2000)
picture(folder + "/small/screen.png", 1280, 720)
with open(folder + "/small/table.csv", "w", encoding="utf-8") as f:
    for i in range(20000):
        f.write("%d,%s,%d,2026-12-%02d\r\n" %
                (i, sentence(2), draw.randrange(100000), i % 28 + 1))
with zipfile.ZipFile(folder + "/small/papers.zip", "w") as z:
    add(z, "letter.docx", read("small/letter.docx"))
    add(z, "table.csv", read("small/table.csv"))
with zipfile.ZipFile(folder + "/twenty.zip", "w") as z:
    for i in range(20):
        name, make = (("letter%02d.docx" % i, letter),
                      ("table%02d.xlsx" % i, workbook),
                      ("pages%02d.pdf" % i, None),
                      ("photo%02d.jpg" % i, None))[i % 4]
        if make is None:
            add(z, name, read("small/pages.pdf" if i % 4 == 2 else
                              "small/photo.jpg"))
        else:
            make(folder + "/one", 800 if make is letter else 6000)
            add(z, name, read("one"))
