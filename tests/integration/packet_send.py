# SPDX-License-Identifier: GPL-3.0-or-later
"""Many flows from one address: a UDP datagram of each source port, raw, so
that no socket is needed for each.

    packet_send.py SOURCE DESTINATION PORT FIRST N
        ports FIRST, FIRST + 1, ...; beyond 65535 the next destination port
"""
import socket
import struct
import sys
import time

PORTS = 65536
AT_ONCE = 64            # then a pause: a network card's queue is short
PAUSE_S = 0.001


def main(source, destination, port, first, n):
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    raw.bind((source, 0))
    src, dst = socket.inet_aton(source), socket.inet_aton(destination)
    for i in range(n):
        number = first + i
        packet = struct.pack(
            "!BBHHHBBH4s4sHHHH4s", 0x45, 0, 32, 0, 0, 64,
            socket.IPPROTO_UDP, 0, src, dst, number % PORTS,
            port + number // PORTS, 12, 0, b"many")
        raw.sendto(packet, (destination, 0))
        if i % AT_ONCE == AT_ONCE - 1:
            time.sleep(PAUSE_S)
    print(n, "sent")


main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6]))
