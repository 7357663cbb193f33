# SPDX-License-Identifier: Apache-2.0
"""Hostile clients of HTTP/2: each is bounded and sent away with a code that says why, and its
neighbour does not notice."""

import threading
import unittest

from support.client import connect, read_exactly, read_head
from support.http2 import Connection
from support.origins import Nginx, Node
from support.process import until
from support.proxy import CLEAR, OPAQUE, Culvert
from support.websocket import TEXT, frame, handshake

NAMES = ["web.test", "ws.test"]
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = \
    0, 1, 2, 3, 4, 6, 7, 8, 9  # RFC 9113 §6
END_STREAM, END_HEADERS = 1, 4
PROTOCOL_ERROR, ENHANCE_YOUR_CALM = 1, 11  # §7
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
ENOUGH_BYTES = 16 << 20  # who may send so much was not stopped
GROWTH_BYTES = 24 << 20


def frame_of(kind, flags=0, stream=0, payload=b""):
    return (len(payload).to_bytes(3) + bytes([kind, flags]) + stream.to_bytes(4) + payload)


def literal(name, value):
    """A field that is not indexed (RFC 7541 §6.2.2), names and values under 127 bytes."""
    return (b"\x00" + b"".join(bytes([len(part)]) + part.encode() for part in (name, value)))


def head(host, method="GET"):
    return b"".join(literal(*field) for field in (
        (":method", method), (":scheme", "http"), (":path", "/"), (":authority", host)))


BEGINNING = PREFACE + frame_of(SETTINGS)


# Each yields what is sent, given the authority of an origin, for as long as anybody takes it.

def rapid_reset(host):
    block, number = head(host), 1
    while True:
        yield (frame_of(HEADERS, END_STREAM | END_HEADERS, number, block)
               + frame_of(RST_STREAM, 0, number, (8).to_bytes(4)))
        number += 2


def rapid_reset_of_tunnels(host):
    block, number = literal(":method", "CONNECT") + literal(":authority", host), 1
    while True:
        yield (frame_of(HEADERS, END_HEADERS, number, block)
               + frame_of(RST_STREAM, 0, number, (8).to_bytes(4)))
        number += 2


def resets_made_by_us(host):
    """Each request is a stream error that the proxy has to answer with RST_STREAM."""
    block, number = head(host), 1
    while True:
        yield (frame_of(HEADERS, END_STREAM | END_HEADERS, number, block)
               + frame_of(WINDOW_UPDATE, 0, number, (0).to_bytes(4)))
        number += 2


def endless(frames):
    return lambda _: iter(lambda: frames, None)


def continuations(field):
    def attack(host):
        yield frame_of(HEADERS, END_STREAM, 1, head(host))
        while True:
            yield frame_of(CONTINUATION, 0, 1, field)
    return attack


def endless_trailers(host):
    yield frame_of(HEADERS, END_HEADERS, 1, head(host, "POST"))
    yield frame_of(DATA, 0, 1, b"body")
    yield frame_of(HEADERS, END_STREAM, 1, literal("x-trailer", "first"))
    while True:
        yield frame_of(CONTINUATION, 0, 1, literal("x-trailer", "x" * 100))


def empty_data(host):
    yield frame_of(HEADERS, END_HEADERS, 1, head(host, "POST"))
    while True:
        yield frame_of(DATA, 0, 1)


ATTACKS = {
    "rapid reset": (rapid_reset, {ENHANCE_YOUR_CALM}),
    "rapid reset of tunnels": (rapid_reset_of_tunnels, {ENHANCE_YOUR_CALM}),
    "resets made by us": (resets_made_by_us, {ENHANCE_YOUR_CALM, PROTOCOL_ERROR}),
    "pings": (endless(frame_of(PING, payload=b"12345678")), {ENHANCE_YOUR_CALM}),
    "settings": (endless(frame_of(SETTINGS)), {ENHANCE_YOUR_CALM}),
    "empty data": (empty_data, {ENHANCE_YOUR_CALM}),
    "priorities": (endless(frame_of(PRIORITY, 0, 1001, b"\0\0\0\0\x10")), {ENHANCE_YOUR_CALM}),
    "continuations": (continuations(literal("x-more", "x" * 100)),
                      {ENHANCE_YOUR_CALM, PROTOCOL_ERROR}),
    "empty continuations": (continuations(b""), {ENHANCE_YOUR_CALM, PROTOCOL_ERROR}),
    "endless trailers": (endless_trailers, {ENHANCE_YOUR_CALM, PROTOCOL_ERROR}),
}


def send_until_stopped(connection, pieces):
    """How many bytes it could send: until the other side goes, takes nothing for 5 s, or has had
    enough."""
    sent = 0
    connection.settimeout(5)
    for piece in pieces:
        bunch = piece + b"".join(next(pieces, b"") for _ in range(99))
        try:
            connection.sendall(bunch)
        except OSError:
            break
        sent += len(bunch)
        if sent > ENOUGH_BYTES:
            break
    return sent


def frames_of(stream):
    """The type and payload of each frame in what was heard."""
    frames = []
    while len(stream) >= 9:
        end = 9 + int.from_bytes(stream[:3])
        frames.append((stream[3], stream[9:end]))
        stream = stream[end:]
    return frames


def kinds(stream):
    return [kind for kind, _ in frames_of(stream)]


def goaways(stream):
    """The codes of the GOAWAY frames."""
    return [int.from_bytes(payload[4:8]) for kind, payload in frames_of(stream) if kind == GOAWAY]


def read_what_came(connection):
    """All that can be heard, until the end or a reset; and whether there was one."""
    heard = b""
    connection.settimeout(20)
    try:
        while piece := connection.recv(65536):
            heard += piece
        return heard, True
    except ConnectionError:
        return heard, True
    except TimeoutError:
        return heard, False


class Listening:
    """Reads a connection on a thread of its own: who attacks may well listen."""

    def __init__(self, connection):
        self._read = connection.dup()
        self.heard, self.ended = b"", False
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self):
        self.heard, self.ended = read_what_came(self._read)
        self._read.close()

    def finish(self):
        self._thread.join(40)
        return self.heard, self.ended


class Hostile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.node = cls.enterClassContext(Node())

    def neighbour(self, culvert):
        """A WebSocket on a connection of its own."""
        client = self.enterContext(Connection(culvert.port))
        stream = client.tunnel(f"ws.test:{self.node.http}")
        stream.sendall(handshake("ws.test"))
        self.assertEqual(read_head(stream).status, 101)
        return stream

    def assert_echoes(self, stream):
        stream.sendall(frame(TEXT, b"hello"))
        self.assertEqual(read_exactly(stream, 7), frame(TEXT, b"hello", mask=None))

    def test_each_attack_is_ended_with_its_code(self):
        self.attacks(listens=True)

    def test_each_attack_is_ended_when_nobody_listens_to_the_answers(self):
        self.attacks(listens=False)

    def attacks(self, listens):
        for name, (attack, codes) in ATTACKS.items():
            with self.subTest(name), Culvert(names=NAMES, listen=CLEAR) as culvert:
                self.attack(culvert, name, attack, codes, listens)

    def attack(self, culvert, name, attack, codes, listens):
        neighbour = self.neighbour(culvert)
        before = culvert.memory()
        with connect(culvert) as attacker:
            attacker.sendall(BEGINNING)
            ear = Listening(attacker) if listens else None
            sent = send_until_stopped(attacker, attack(f"web.test:{self.node.http}"))
            self.assert_echoes(neighbour)
            grown = culvert.memory() - before
            heard, ended = ear.finish() if ear else read_what_came(attacker)
        self.assertTrue(ended, f"still there after {sent} bytes")
        self.assertLess(sent, ENOUGH_BYTES)
        self.assertLess(grown, GROWTH_BYTES)
        print(f"{name}: {sent} bytes, GOAWAY {goaways(heard)}, {grown >> 10} KiB more", flush=True)
        if listens:
            self.assertIn(goaways(heard)[-1:], [[code] for code in codes])
        self.assert_echoes(neighbour)

    def test_a_bomb_of_a_head_ends_its_connection(self):
        with Culvert(names=NAMES, listen=CLEAR) as culvert:
            neighbour = self.neighbour(culvert)
            before = culvert.memory()
            # One field of 3 KiB into the dynamic table, and 16,000 references to it: 48 MiB.
            field = b"\x40\x01x\x7f\xd1\x16" + b"x" * (127 + 0x51 + (0x16 << 7))
            bomb = head(f"web.test:{self.node.http}") + field + b"\xbe" * 13_000
            with connect(culvert) as attacker:
                attacker.sendall(BEGINNING + frame_of(HEADERS, END_STREAM | END_HEADERS, 1, bomb))
                self.assert_echoes(neighbour)
                attacker.settimeout(5)
                heard = b""
                try:
                    while piece := attacker.recv(65536):
                        heard += piece
                except ConnectionError:
                    pass
            self.assertEqual(goaways(heard)[-1:], [ENHANCE_YOUR_CALM])
            self.assertLess(culvert.memory() - before, GROWTH_BYTES)
            self.assert_echoes(neighbour)

    def test_who_never_opens_a_window_is_bounded_and_has_its_limit(self):
        nginx = self.enterContext(Nginx())
        (nginx.www / "bulk.bin").write_bytes(b"b" * (8 << 20))
        more = '[timeouts]\nbody_idle = "1s"\n'
        with Culvert(names=NAMES, listen=CLEAR, more=more) as culvert:
            neighbour = self.neighbour(culvert)
            before = culvert.memory()
            staller = self.enterContext(Connection(culvert.port, window=0))
            streams = [staller.request(f"web.test:{nginx.http}", "/bulk.bin") for _ in range(100)]
            staller.until(lambda: all(stream.status for stream in streams))
            self.assert_echoes(neighbour)
            grown = culvert.memory() - before
            print(f"100 stalled streams: {grown >> 10} KiB more", flush=True)
            self.assertLess(grown, GROWTH_BYTES)
            # Who takes nothing has ten times as long as who gives nothing.
            staller.until(lambda: all(stream.error is not None for stream in streams), 60)
            self.assert_echoes(neighbour)

    def test_streams_over_the_limit_are_refused_and_those_under_it_go_on(self):
        more = "[http2]\nmax_streams = 10\n"
        with Culvert(OPAQUE, names=NAMES, listen=CLEAR, more=more) as culvert:
            target = f"ws.test:{self.node.http}"
            block = literal(":method", "CONNECT") + literal(":authority", target)
            with connect(culvert) as client:
                client.sendall(BEGINNING + b"".join(
                    frame_of(HEADERS, END_HEADERS, 2 * i + 1, block) for i in range(30)))
                client.settimeout(10)
                heard = b""
                until(lambda: culvert.records(event="open", kind="connect"))
                while kinds(heard).count(RST_STREAM) < 20 and (piece := client.recv(65536)):
                    heard += piece
                while kinds(heard).count(HEADERS) < 10 and (piece := client.recv(65536)):
                    heard += piece
            self.assertEqual(kinds(heard).count(HEADERS), 10)
            self.assertEqual(kinds(heard).count(RST_STREAM), 20)

    def test_who_sends_no_preface_to_the_end_is_not_waited_for(self):
        more = '[timeouts]\nrequest_head = "1s"\n'
        with Culvert(names=NAMES, listen=CLEAR, more=more) as culvert:
            for begin in (PREFACE[:10], PREFACE, BEGINNING[:-4]):
                with self.subTest(begin), connect(culvert) as client:
                    client.sendall(begin)
                    self.assertTrue(read_what_came(client)[1])
