#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""office_judge.py REBUILD OUT-DIR FILE...: Word documents through the program
REBUILD (office_rebuild). Each is refused, or comes out as a document that
python-docx opens, with the words of the original, without what must not be in
it, and which rebuilds again with nothing left to remove. Prints a line for
each that fails and the sum; results are left in OUT-DIR."""
import os
import re
import subprocess
import sys
import time
import zipfile
from collections import Counter

import docx
import lxml.etree

W = ('{http://schemas.openxmlformats.org/wordprocessingml/2006/main}',
     '{http://purl.oclc.org/ooxml/wordprocessingml/main}')
MC = '{http://schemas.openxmlformats.org/markup-compatibility/2006}'
TEXTS = re.compile(
    r'word/(document|header\d*|footer\d*|footnotes|endnotes|comments)\.xml$')
FORBIDDEN = re.compile(
    rb'<w:instrText[^>]*>[^<]*(DDE|INCLUDE|"\s*file:|IMPORT)|<w:instrText[^>]*>'
    rb'\s*(LINK|EMBED|QUOTE|MACROBUTTON|AUTOTEXT|IF|MERGEFIELD)|<o:OLEObject|'
    rb'oleObject|vbaProject|attachedTemplate|altChunk|<w:control|<w:subDoc|'
    rb'Target="file|customXml|<mc:|mc:Ignorable|<!--|<!DOCTYPE|<!\[CDATA|'
    rb'<\?(?!xml version)|w:rsid|activeX|href=')
LINKS = re.compile(rb'Target="(?!http://|https://|mailto:|#)[^"]*" '
                   rb'TargetMode="External"', re.I)
KINDS = {'/docProps/', '/word/', '/_rels/', '/[Content_Types].xml'}


def words(path):
    """The words of a document, of one branch where it has alternatives."""
    out = []
    with zipfile.ZipFile(path) as package:
        for name in sorted(package.namelist()):
            if not TEXTS.match(name):
                continue
            root = lxml.etree.fromstring(package.read(name))
            for fork in root.iter(MC + 'AlternateContent'):
                for branch in list(fork)[1:]:
                    fork.remove(branch)
            for paragraph in root.iter(W[0] + 'p', W[1] + 'p'):
                out += ''.join(t.text or '' for t in paragraph.iter(
                    W[0] + 't', W[1] + 't')).split()
    return Counter(out)


def run(program, path, out):
    start = time.monotonic()
    done = subprocess.run([program, path, out], capture_output=True,
                          timeout=60, check=False)
    return done, time.monotonic() - start


def parts(path):
    """What is not a picture: those lose a little each time."""
    with zipfile.ZipFile(path) as package:
        return [(name, package.read(name)) for name in package.namelist()
                if '/media/' not in name]


def judge(program, path, out):
    """None: refused; else what is wrong."""
    wrong = []
    done, seconds = run(program, path, out)
    if seconds > 10:
        wrong.append('took %.1f s' % seconds)
    if done.returncode == 1:
        return wrong or None
    if done.returncode != 0:
        return ['exit %d: %s' % (done.returncode, done.stderr[:200])]
    docx.Document(out)
    before, after = words(path), words(out)
    lost = sum((before - after).values()) + sum((after - before).values())
    if lost * 100 > sum(before.values()):
        wrong.append('%d of %d words differ' % (lost, sum(before.values())))
    for name, data in parts(out):
        found = FORBIDDEN.search(data) or LINKS.search(data)
        if found:
            wrong.append('%s has %r' % (name, found.group()[-60:]))
        if not any(('/' + name).startswith(kind) for kind in KINDS):
            wrong.append('a part %s' % name)
    again, _ = run(program, out, out + '.again')
    if again.returncode != 0 or again.stdout:
        wrong.append('again: %r %r' % (again.stdout[:100],
                                       again.stderr[:100]))
    elif parts(out) != parts(out + '.again'):
        wrong.append('not the same a second time')
    if os.path.exists(out + '.again'):
        os.unlink(out + '.again')
    return wrong


def main():
    program, folder, files = sys.argv[1], sys.argv[2], sys.argv[3:]
    rebuilt = refused = failed = 0
    for number, path in enumerate(files):
        out = os.path.join(folder, '%d.docx' % number)
        try:
            wrong = judge(program, path, out)
        except Exception as error:  # of whatever reads it: it must not
            wrong = [repr(error)[:200]]
        if wrong is None:
            refused += 1
        elif wrong:
            failed += 1
            print('--- %s: %s' % (path, '; '.join(wrong)))
        else:
            rebuilt += 1
    print('rebuilt %d, refused %d' % (rebuilt, refused))
    print('%d passed, %d failed' % (rebuilt + refused, failed))
    return 1 if failed or not rebuilt else 0


if __name__ == '__main__':
    sys.exit(main())
