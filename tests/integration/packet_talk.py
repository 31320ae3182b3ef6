# SPDX-License-Identifier: GPL-3.0-or-later
"""UDP of which each datagram is known: who counts packets can be checked.

    packet_talk.py echo ADDRESS PORT
    packet_talk.py flows SOURCE ADDRESS PORT FLOWS DATAGRAMS BYTES
        so many flows, in each so many datagrams of so many bytes, and each of
        them comes back; the flows end one after the other
"""
import socket
import sys

WAIT_S = 5


def echo(address, port):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((address, int(port)))
    while True:
        data, peer = s.recvfrom(65536)
        s.sendto(data, peer)


def flows(source, address, port, n, datagrams, size):
    for _ in range(int(n)):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.settimeout(WAIT_S)
        s.bind((source, 0))
        s.connect((address, int(port)))
        for i in range(int(datagrams)):
            data = bytes([i % 256]) * int(size)
            s.send(data)
            if s.recv(65536) != data:
                sys.exit("another datagram came back")
        s.close()


{"echo": echo, "flows": flows}[sys.argv[1]](*sys.argv[2:])
