# SPDX-License-Identifier: Apache-2.0
"""Two thousand WebSockets at the end of the proxy: each side of each hears one Close, and they do
not come back all at once."""

import asyncio
import collections
import signal
import time
import unittest

from support.client import connect, connect_request, open_tunnel, read_all, read_head
from support.origins import Node
from support.proxy import Culvert
from support.websocket import CLOSE, MASK, TEXT, accept_of, close, frame, frames_in, handshake

WEBSOCKETS = 2000
GRACE = 10  # seconds
AT_A_TIME = 50  # that open
GOING_AWAY = 1001
SLICE = 0.3  # of all that may hear it within one second
WELCOME = frame(TEXT, b"welcome", mask=None)


class Peer:
    """One end: it answers a Close, as each has to (RFC 6455 §5.5.1), and waits for the end."""

    def __init__(self, reader, writer, mask):
        self.reader, self.writer, self.mask = reader, writer, mask
        self.frames, self.left = [], b""
        self.closed_at = None
        self.end = None  # "finish", or how it failed

    async def live(self):
        try:
            while piece := await self.reader.read(4096):
                await self.hear(piece)
            self.end = "finish"
        except ConnectionError as error:
            self.end = repr(error)
        finally:
            self.writer.close()

    async def hear(self, piece):
        frames, self.left = frames_in(self.left + piece)
        self.frames += frames
        if self.closed_at is None and any(opcode == CLOSE for opcode, _, _ in frames):
            self.closed_at = time.monotonic()
            self.writer.write(close(GOING_AWAY, mask=self.mask))
            await self.writer.drain()

    def outcome(self):
        """What it heard behind the greeting, and the end."""
        heard = tuple((opcode, payload[:2]) for opcode, _, payload in self.frames)
        return heard, self.left, self.end


EXPECTED = (((CLOSE, GOING_AWAY.to_bytes(2)),), b"", "finish")


async def next_head(reader):
    return await reader.readuntil(b"\r\n\r\n")


class Crowd:
    """An origin and its clients, all on one loop: what each heard."""

    def __init__(self, culvert):
        self.culvert = culvert
        self.clients, self.origins = [], []
        self.room = asyncio.Semaphore(AT_A_TIME)

    async def serve(self, reader, writer):
        head = await next_head(reader)
        writer.write(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                      f"Connection: Upgrade\r\nSec-WebSocket-Accept: {accept_of(head)}\r\n\r\n"
                      ).encode() + WELCOME)
        peer = Peer(reader, writer, None)
        self.origins.append(peer)
        await peer.live()

    async def open(self, host, in_tunnel):
        async with self.room:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.culvert.port)
            if in_tunnel:
                writer.write(connect_request(host))
                await next_head(reader)
            writer.write(handshake(host, absolute=not in_tunnel))
            await next_head(reader)
            await reader.readexactly(len(WELCOME))
        self.clients.append(Peer(reader, writer, MASK))

    async def drained(self):
        """Opens all of them, ends the proxy, and waits for what they hear; when that began."""
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0, backlog=1024)
        async with server:
            host = f"ws.test:{server.sockets[0].getsockname()[1]}"
            await asyncio.gather(*(self.open(host, number % 2) for number in range(WEBSOCKETS)))
            lives = [asyncio.create_task(client.live()) for client in self.clients]
            began = time.monotonic()
            self.culvert.signal(signal.SIGTERM)
            await asyncio.wait_for(asyncio.gather(*lives), GRACE + 20)
            while any(origin.end is None for origin in self.origins):
                await asyncio.sleep(0.02)
        return began


def most_within_a_second(times):
    """The most of these that lie within one second, wherever that begins."""
    times = sorted(times)
    most, first = 0, 0
    for last, at in enumerate(times):
        while at - times[first] >= 1:
            first += 1
        most = max(most, last - first + 1)
    return most


class Drain(unittest.TestCase):
    def test_two_thousand_websockets_hear_two_thousand_closes_over_the_grace(self):
        culvert = self.enterContext(Culvert(names=["ws.test"], grace=f"{GRACE}s"))
        crowd = Crowd(culvert)
        began = asyncio.run(crowd.drained())
        self.assertEqual(culvert.wait(10), 0)
        took = time.monotonic() - began

        for peers in (crowd.clients, crowd.origins):
            outcomes = collections.Counter(peer.outcome() for peer in peers)
            self.assertEqual(outcomes, {EXPECTED: WEBSOCKETS})
        self.assertLess(took, GRACE)
        self.assert_spread(began, [client.closed_at for client in crowd.clients], took)
        self.assert_logged(culvert)

    def test_whose_handshake_was_under_way_hears_a_close_as_well(self):
        node = self.enterContext(Node())
        culvert = self.enterContext(Culvert(names=["ws.test"], grace="4s"))
        host = f"ws.test:{node.http}"
        hop = self.enterContext(connect(culvert))
        head = handshake(host, absolute=True)
        hop.sendall(head[:-2])
        tunnel = self.enterContext(open_tunnel(culvert, host))
        culvert.signal(signal.SIGTERM)
        culvert.wait_for_line(culvert.err, "draining")
        for way, client, rest in (("hop", hop, head[-2:]), ("tunnel", tunnel, handshake(host))):
            client.sendall(rest)
            self.assertEqual(read_head(client).status, 101, way)
        for way, client in (("hop", hop), ("tunnel", tunnel)):
            with self.subTest(way=way):
                frames, left = frames_in(read_all(client))
                heard = [(opcode, payload[:2]) for opcode, _, payload in frames]
                self.assertEqual((heard, left), ([(CLOSE, GOING_AWAY.to_bytes(2))], b""))
        self.assertEqual(culvert.wait(10), 0)

    def assert_spread(self, began, times, took):
        most = most_within_a_second(times)
        first, last = min(times) - began, max(times) - began
        print(f"{len(times)} told from {first:.2f} to {last:.2f} s, at most {most} within a second;"
              f" all over after {took:.2f} s", flush=True)
        self.assertLessEqual(most, SLICE * WEBSOCKETS)
        self.assertGreater(last - first, GRACE / 2)

    def assert_logged(self, culvert):
        records = culvert.records(event="close")
        told = collections.Counter((r["kind"], r["closer"], str(r["websocket"]["close"]))
                                   for r in records)
        by_proxy = str({"code": GOING_AWAY, "by": "proxy"})
        self.assertEqual(told, {(kind, "shutdown", by_proxy): WEBSOCKETS // 2
                                for kind in ("ws", "connect")})
