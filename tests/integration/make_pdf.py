# make_pdf.py FOLDER: text.pdf, whose text a drawing by cairo loses, scan.pdf,
# whose picture it would copy, and fax.tiff of two pages.
import struct
import sys

folder = sys.argv[1]


def write_pdf(name, objects):
    out, at = b'%PDF-1.5\n', []
    for i, value in enumerate(objects):
        at.append(len(out))
        out += b'%d 0 obj\n%s\nendobj\n' % (i + 1, value)
    xref = len(out)
    out += b'xref\n0 %d\n0000000000 65535 f \n' % (len(objects) + 1)
    out += b''.join(b'%010d 00000 n \n' % a for a in at)
    out += b'trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n' % (
        len(objects) + 1, xref)
    with open(folder + '/' + name, 'wb') as f:
        f.write(out)


def stream(entries, data):
    return b'<<%s/Length %d>>\nstream\n%s\nendstream' % (
        entries, len(data), data)


HEAD = [b'<</Type/Catalog/Pages 2 0 R>>',
        b'<</Type/Pages/Count 1/Kids[3 0 R]>>']
FONT = b'<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>'

# A grid as a scan has pixels, with the words of a reader of characters.
grid = b' '.join(b'%d 100 m %d 140 l S' % (x, x) for x in range(20, 180, 4))
content = b'\n'.join([
    b'BT /F 18 Tf 20 260 Td (FILLED) Tj ET',
    b'BT /F 18 Tf 1 Tr 20 220 Td (STROKED) Tj ET',
    b'0.5 w ' + grid,
    b'BT /F 18 Tf 3 Tr 20 110 Td (SCANNED) Tj ET',
    b'BT /F 18 Tf 0 Tr 1 g 20 60 Td (WHITE) Tj ET',
    b'BT /F 18 Tf 3 Tr 20 20 Td (NOWHERE) Tj ET'])
write_pdf('text.pdf', HEAD + [
    b'<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 300]/Contents 4 0 R'
    b'/Resources<</Font<</F 5 0 R>>>>/Annots[6 0 R]>>',
    stream(b'', content), FONT,
    b'<</Type/Annot/Subtype/Widget/FT/Tx/Rect[20 160 180 190]'
    b'/AP<</N 7 0 R>>>>',
    stream(b'/Type/XObject/Subtype/Form/BBox[0 0 160 30]'
           b'/Resources<</Font<</F 5 0 R>>>>',
           b'BT /F 18 Tf 2 8 Td (FIELD) Tj ET')])

# Eight rows that are like the white one before, and the end (ITU-T T.6)
FAX = b'\xff\x00\x10\x01'
write_pdf('scan.pdf', HEAD + [
    b'<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 300]/Contents 4 0 R'
    b'/Resources<</XObject<</I 5 0 R>>>>>>',
    stream(b'', b'1 0 0 rg 0 0 200 300 re f q 100 0 0 100 50 50 cm /I Do Q'),
    stream(b'/Type/XObject/Subtype/Image/Width 8/Height 8/BitsPerComponent 1'
           b'/ColorSpace/DeviceGray/Filter/CCITTFaxDecode'
           b'/DecodeParms<</K -1/Columns 8/Rows 8>>', FAX)])


def directory(at, more):
    """256 at 254: SubfileType; 4: group 4; 0: white is 0."""
    entries = [(254, 4, 2), (256, 4, 8), (257, 4, 8), (258, 3, 1),
               (259, 3, 4), (262, 3, 0), (273, 4, 8), (277, 3, 1),
               (278, 4, 8), (279, 4, len(FAX))]
    out = struct.pack('<H', len(entries))
    for tag, kind, value in entries:
        out += struct.pack('<HHII', tag, kind, 1, value)
    return out + struct.pack('<I', at + len(out) + 4 if more else 0)


tiff = b'II*\0' + struct.pack('<I', 8 + len(FAX)) + FAX
tiff += directory(len(tiff), True)
tiff += directory(len(tiff), False)
with open(folder + '/fax.tiff', 'wb') as f:
    f.write(tiff)
