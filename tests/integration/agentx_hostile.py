#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""
An AgentX master that is broken or taken over: agentx_hostile.py SOCKET. It
answers for 20 seconds with good frames, then with frames that were changed,
cut, or made up, and says how many connections and sessions there were.
"""
import os
import random
import socket
import struct
import sys
import time

SECONDS = 20
RESPONSE, GET, GETNEXT, GETBULK = 18, 5, 6, 7
MIB = (1, 3, 6, 1, 4, 1, 8072, 9999, 9999, 7354, 1)


def frame(kind, session, packet, payload, length=None):
    return struct.pack("!BBBBIIII", 1, kind, 0x10, 0, session, 7, packet,
                       len(payload) if length is None else length) + payload


def oid(arcs, include=0):
    return struct.pack("!BBBB", len(arcs), 0, include, 0) + b"".join(
        struct.pack("!I", a) for a in arcs)


def made_up(rng):
    """A request, right or nearly so."""
    wide = tuple(rng.choice((0, 1, 2 ** 32 - 1, rng.randrange(300)))
                 for _ in range(rng.randrange(140)))
    ranges = b"".join(oid(rng.choice((MIB, MIB[:4], wide, ())), 1) +
                      oid(rng.choice((MIB, (2,), wide, ())))
                      for _ in range(rng.randrange(1, 40)))
    kind = rng.choice((GET, GETNEXT, GETBULK, rng.randrange(256)))
    if kind == GETBULK:
        ranges = struct.pack("!HH", rng.randrange(3),
                             rng.choice((1, 100, 65535))) + ranges
    data = bytearray(frame(kind, rng.choice((1, 99)), rng.randrange(9),
                           ranges, rng.choice((None,) * 60 + (0, 3, 2 ** 31 - 8,
                                                          2 ** 32 - 1))))
    for _ in range(rng.choice((0, 0, 1, 3, 20))):
        # the frame stays one mostly: else the stream stands still
        at = rng.randrange(len(data))
        if 16 <= at < 20 and rng.random() < 0.9:
            continue
        data[at] = rng.randrange(256)
    if rng.random() < 0.02:
        del data[rng.randrange(len(data)):]
    return bytes(data)


def serve(connection, rng, until):
    """True: a session was opened."""
    opened = False
    connection.settimeout(3)
    try:
        while time.monotonic() < until:
            head = connection.recv(20, socket.MSG_WAITALL)
            if len(head) < 20:
                return opened
            kind, flags = head[1], head[2]
            order = "!" if flags & 0x10 else "<"
            packet, length = struct.unpack(order + "II", head[12:20])
            connection.recv(length, socket.MSG_WAITALL)
            if rng.random() < 0.02:
                connection.sendall(os.urandom(rng.randrange(2000)))
                return opened
            if kind != RESPONSE:
                opened = opened or kind == 1
                connection.sendall(frame(
                    RESPONSE, 1, packet, struct.pack(
                        "!IHH", 100, rng.choice((0,) * 30 + (256, 999)), 0)))
            if opened and rng.random() < 0.2:
                for _ in range(rng.randrange(1, 20)):
                    connection.sendall(made_up(rng))
    except OSError:
        pass
    return opened


def main():
    rng = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 2741)
    until = time.monotonic() + SECONDS
    connections = sessions = 0
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(sys.argv[1])
    listener.listen(4)
    listener.settimeout(1)
    while time.monotonic() < until:
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            continue
        connections += 1
        with connection:
            sessions += serve(connection, rng,
                              min(until, time.monotonic() + 4))
    print(f"{connections} connections, {sessions} sessions")


if __name__ == "__main__":
    main()
