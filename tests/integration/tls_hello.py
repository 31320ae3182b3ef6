# SPDX-License-Identifier: GPL-3.0-or-later
"""ClientHellos, byte by byte, and a server that keeps what arrives.

    tls_hello.py say SOURCE ADDRESS PORT KIND [NAME]
        one line: port=N answer|reset|closed|silence
    tls_hello.py serve ADDRESS PORT FILE
        what arrives, in hexadecimal, a line for each connection; the answer
        is an alert of TLS

KIND is a list with commas: name (a server name), ech (an encrypted hello, as
RFC 9849 5), grease (one that is made up, 6.2), inner (the mark of the hello
inside), draft (the number of a draft), first (it stands before the name),
pieces (a segment for each 64 bytes: what is held is not acknowledged, so that
TCP sends no more than ten), records (a record for each 16 bytes).
"""
import os
import socket
import struct
import sys
import time

ALERT = bytes.fromhex("15030300020228")
WAIT_S = 5
RECORD, SEGMENT = 16, 64
ECH, ECH_DRAFT = 0xfe0d, 0xfe0a


def vector(size, body):
    return len(body).to_bytes(size, "big") + body


def extension(number, body):
    return struct.pack("!H", number) + vector(2, body)


def server_name(name):
    return extension(0, vector(2, b"\0" + vector(2, name.encode())))


def encrypted(number, payload):
    # outer; HKDF-SHA256, AES-128-GCM; a configuration; a key; the payload
    return extension(number, b"\0" + struct.pack("!HHB", 1, 1, 7) +
                     vector(2, os.urandom(32)) + vector(2, payload))


def hidden(kinds):
    if "ech" in kinds:
        # no telling from outside: as long as a hello with a name in it is
        return encrypted(ECH, os.urandom(239))
    if "grease" in kinds:
        return encrypted(ECH, os.urandom(144))
    if "inner" in kinds:
        return extension(ECH, b"\1")
    if "draft" in kinds:
        return encrypted(ECH_DRAFT, os.urandom(144))
    return b""


def hello(kinds, name):
    share = vector(2, struct.pack("!H", 0x1d) + vector(2, os.urandom(32)))
    named = server_name(name) if "name" in kinds else b""
    two = hidden(kinds) + named if "first" in kinds else named + hidden(kinds)
    extensions = two + \
        extension(0x0a, vector(2, b"\0\x1d")) + \
        extension(0x0d, vector(2, bytes.fromhex("040308040401"))) + \
        extension(0x2b, vector(1, b"\3\4")) + extension(0x33, share)
    body = b"\3\3" + os.urandom(32) + vector(1, os.urandom(32)) + \
        vector(2, bytes.fromhex("130113021303")) + vector(1, b"\0") + \
        vector(2, extensions)
    message = b"\1" + vector(3, body)
    size = RECORD if "records" in kinds else len(message)
    return b"".join(b"\x16\3\1" + vector(2, message[i:i + size])
                    for i in range(0, len(message), size))


def say(source, address, port, kinds, name=""):
    kinds = kinds.split(",")
    client = socket.create_connection((address, int(port)), WAIT_S,
                                      (source, 0))
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    data = hello(kinds, name)
    how = "silence"
    try:
        if "pieces" in kinds:
            for i in range(0, len(data), SEGMENT):
                client.send(data[i:i + SEGMENT])
                time.sleep(0.005)
        else:
            client.sendall(data)
        how = "answer" if client.recv(100) else "closed"
    except (ConnectionResetError, BrokenPipeError):
        how = "reset"
    except TimeoutError:
        pass
    print(f"port={client.getsockname()[1]} {how} {data.hex()}")


def serve(address, port, file):
    server = socket.create_server((address, int(port)))
    while True:
        client, _ = server.accept()
        client.settimeout(2 * WAIT_S)
        got = b""
        try:
            while True:
                more = client.recv(4096)
                if not more:
                    break
                got += more
                # whole: no other record is on its way
                client.settimeout(0.3)
        except TimeoutError:
            if got:
                client.sendall(ALERT)
        except ConnectionResetError:
            pass
        client.close()
        with open(file, "a") as out:
            out.write(got.hex() + "\n")


{"say": say, "serve": serve}[sys.argv[1]](*sys.argv[2:])
