# SPDX-License-Identifier: GPL-3.0-or-later
"""Captures as frames on both sides of the gateway, and what came through.

    packet_replay.py send FOLDER INSIDE-NETNS OUTSIDE-NETNS
        every frame three times: where its sender belongs, then all of them
        outside, then all inside; a line: sent=N ip=N files=N
    packet_replay.py queries CAPTURE SEGMENT OTHER
        of what a sniffer saw that had come from SEGMENT: for each packet two
        queries for `sekisho explain FILE -`, of its flow there and back

Written for test_packet_corpus: its addresses and networks.
"""
import ctypes
import ipaddress
import os
import socket
import struct
import sys
import time

ETHERNET, RAW_LINKS = 1, (101, 228, 229)
INSIDE = [ipaddress.ip_network(n) for n in (
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fd00::/8")]
# host, gateway
MACS = {"inside": ("02005e100007", "02005e000001"),
        "outside": ("02005e200005", "02005e000000")}
OWN = [ipaddress.ip_address(a) for a in
       ("10.20.0.1", "192.0.2.25", "2001:db8:ff::25", "fd00:20::1")]
PROTOCOLS = {socket.IPPROTO_TCP: "tcp", socket.IPPROTO_UDP: "udp",
             socket.IPPROTO_ICMP: "icmp", socket.IPPROTO_ICMPV6: "icmp6"}
AT_ONCE, PAUSE_S = 32, 0.002


def frames(name):
    """Of a capture in the old format: link, bytes; as far as it goes."""
    data = open(name, "rb").read()
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") \
        else ">"
    if len(data) < 24 or data[:4] == b"\n\r\r\n":
        return
    link = struct.unpack(order + "I", data[20:24])[0] & 0xffff
    at = 24
    while at + 16 <= len(data):
        size = struct.unpack(order + "I", data[at + 8:at + 12])[0]
        yield link, data[at + 16:at + 16 + size]
        at += 16 + size


def as_ethernet(link, data):
    """Type and all that follows; None: not of Ethernet, and not IP."""
    if link == ETHERNET and len(data) > 14:
        return data[12:]
    if link in RAW_LINKS and data:
        kind = b"\x86\xdd" if data[0] >> 4 == 6 else b"\x08\x00"
        return kind + data
    return None


def ends(packet):
    """Source, destination, protocol, payload, fragment; None: no IP."""
    if packet[:2] == b"\x08\x00" and len(packet) >= 22:
        ip = packet[2:]
        size = (ip[0] & 15) * 4
        where = struct.unpack("!H", ip[6:8])[0] & 0x1fff
        return (ipaddress.ip_address(ip[12:16]),
                ipaddress.ip_address(ip[16:20]), ip[9], ip[size:], where > 0)
    if packet[:2] == b"\x86\xdd" and len(packet) >= 42:
        ip = packet[2:]
        kind, rest, late = ip[6], ip[40:], False
        while kind in (0, 43, 44, 60) and len(rest) >= 8:
            late = late or kind == 44 and \
                struct.unpack("!H", rest[2:4])[0] >> 3 > 0
            kind, rest = rest[0], rest[8 if kind == 44 else
                                       rest[1] * 8 + 8:]
        return (ipaddress.ip_address(ip[8:24]),
                ipaddress.ip_address(ip[24:40]), kind, rest, late)
    return None


def socket_in(netns):
    libc = ctypes.CDLL(None, use_errno=True)
    fd = os.open(netns, os.O_RDONLY)
    if libc.setns(fd, 0) != 0:
        sys.exit("setns: " + os.strerror(ctypes.get_errno()))
    os.close(fd)
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    s.bind(("eth0", 0))
    return s


def send(folder, inside, outside):
    sockets = {"inside": socket_in(inside), "outside": socket_in(outside)}
    names = sorted(os.path.join(d, f) for d, _, files in os.walk(folder)
                   for f in files if f.endswith(".pcap"))
    sent = ip = 0
    for where in ("own", "outside", "inside"):
        for name in names:
            for frame in frames(name):
                packet = as_ethernet(*frame)
                if packet is None:
                    continue
                said = ends(packet)
                side = where
                if where == "own":
                    side = "inside" if said is not None and any(
                        said[0] in n for n in INSIDE) else "outside"
                host, gateway = map(bytes.fromhex, MACS[side])
                try:
                    sockets[side].send(gateway + host + packet)
                except OSError:         # longer than this network has it
                    continue
                sent += 1
                ip += said is not None
                if sent % AT_ONCE == 0:
                    time.sleep(PAUSE_S)
    print(f"sent={sent} ip={ip} files={len(names)}")


def query(kind, src, src_port, dst, dst_port, segment):
    if kind.startswith("icmp"):
        return f"{kind} from {src} to {dst} type {dst_port} in {segment}"
    return f"{kind} from {src}:{src_port} to {dst} port {dst_port} " \
        f"in {segment}" if src.version == 4 else \
        f"{kind} from [{src}]:{src_port} to {dst} port {dst_port} in {segment}"


NEIGHBOURS = (b"\x87", b"\x8f")  # types of ICMPv6
# types that tell of a packet: unreachable, too big, time, a bad header
ERRORS = {socket.IPPROTO_ICMP: bytes((3, 11, 12)),
          socket.IPPROTO_ICMPV6: bytes((1, 2, 3, 4))}
ANSWERS = {"icmp": {0: 8}, "icmp6": {129: 128}}


def queries(capture, segment, other):
    for frame in frames(capture):
        said = ends(frame[1][12:])
        if said is None or said[0] in OWN or said[0].is_link_local:
            continue
        src, dst, number, payload, late = said
        if late:
            continue            # the gateway puts them together, and apart
        if src.is_unspecified and payload[:1] in NEIGHBOURS:
            continue            # the gateway's own, of its addresses
        kind = PROTOCOLS.get(number)
        if payload[:1] in ERRORS.get(number, b"") and len(payload) > 8:
            # about a packet of a flow, which is quoted
            quoted = ends((b"\x08\x00" if src.version == 4 else
                           b"\x86\xdd") + payload[8:])
            if quoted is not None:
                src, dst, number, payload, late = quoted
                segment_of, other_of = other, segment
                kind = PROTOCOLS.get(number)
        else:
            segment_of, other_of = segment, other
        if kind is None or len(payload) < 4:
            # no rule allows such a thing: one that is denied
            print(f"tcp from {src} to {dst} port 1 in {other}\n" * 2, end="")
            continue
        a, b = struct.unpack("!HH", payload[:4])
        if kind.startswith("icmp"):
            a, b = 0, payload[0]
            back = ANSWERS[kind].get(b, 255)
        else:
            back = a
        print(query(kind, src, a, dst, b, segment_of))
        print(query(kind, dst, b, src, back, other_of))


{"send": send, "queries": queries}[sys.argv[1]](*sys.argv[2:])
