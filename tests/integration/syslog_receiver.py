#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A receiver of syslog over TCP, strict to the octet, or a hostile one.

    syslog_receiver.py ADDRESS PORT FILE [MODE]

take   (default) each message must be framed by the count of its octets
       (RFC 6587 3.4.1) and be one of RFC 5424 as sekisho-audit(5) says: what
       stands behind the byte order mark goes to FILE, a line each; what is
       wrong as a line that begins with BAD
mute   takes connections and reads nothing
close  takes connections and closes them at once
reset  reads a little, then resets the connection
talk   says things without end, and reads nothing
"""
import hashlib
import json
import re
import socket
import struct
import sys

HEAD = re.compile(
    rb'<(\d{1,3})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}'
    rb'(?:Z|[+-]\d\d:\d\d)) ([!-~]{1,255}) sekisho (\d+) ([a-z]+) '
    rb'\[sekisho@8072\.9999\.9999 seq="(\d+)" hash="([0-9a-f]{64})"\] '
    rb'\xef\xbb\xbf')
SEVERITIES = {b'crash': 3, b'log': 3, b'engine': 4, b'clock': 4,
              b'refused': 4, b'scan': 4, b'mail': 6, b'flow': 6}


def trouble(message):
    """What is wrong with it; None: nothing."""
    head = HEAD.match(message)
    if head is None:
        return 'head'
    pri, time, _, _, kind, seq, digest = head.groups()
    if int(pri) != 13 * 8 + SEVERITIES.get(kind, 5):
        return 'priority'
    text = message[head.end():]
    try:
        record = json.loads(text.decode('utf-8'))
    except ValueError:
        return 'text'
    if (record['seq'] != int(seq) or record['type'] != kind.decode() or
            record['time'] != time.decode()):
        return 'head and text differ'
    if hashlib.sha256(text + b'\n').hexdigest() != digest.decode():
        return 'hash'
    return None


def take(peer, out):
    data = b''
    while True:
        got = peer.recv(65536)
        if not got:
            if data:
                out.write(b'CUT %d\n' % len(data))
            return
        data += got
        while True:
            count = re.match(rb'([1-9]\d{0,7}) ', data)
            if count is None:
                if not re.fullmatch(rb'|[1-9]\d{0,7}', data):
                    out.write(b'BAD framing %r\n' % data[:40])
                    return
                break
            end = count.end() + int(count.group(1))
            if len(data) < end:
                break
            message = data[count.end():end]
            data = data[end:]
            bad = trouble(message)
            if bad is not None:
                out.write(b'BAD %s %r\n' % (bad.encode(), message[:200]))
            else:
                out.write(message[HEAD.match(message).end():] + b'\n')
        out.flush()


def main():
    address, port, path = sys.argv[1:4]
    mode = sys.argv[4] if len(sys.argv) > 4 else 'take'
    family = socket.AF_INET6 if ':' in address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if mode == 'mute':
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    listener.bind((address, int(port)))
    listener.listen(8)
    kept = []
    with open(path, 'ab') as out:
        while True:
            peer, _ = listener.accept()
            out.write(b'CONNECTED\n')
            out.flush()
            try:
                if mode == 'take':
                    take(peer, out)
                elif mode == 'reset':
                    peer.recv(2000)
                    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                    struct.pack('ii', 1, 0))
                elif mode == 'talk':
                    while True:
                        peer.sendall(b'\x00nonsense\n' * 1000)
                elif mode == 'mute':
                    kept.append(peer)
                    continue
            except OSError:
                pass
            out.flush()
            peer.close()


main()
