# SPDX-License-Identifier: Apache-2.0
"""Heartbeats of real peers, in real time: what they keep alive and what not. Node's `ws`, Python's
websockets and aiohttp, and Chromium."""

import asyncio
import json
import shutil
from urllib.parse import urlencode

import aiohttp
import websockets

from support.client import open_tunnel
from support.origins import Nginx
from support.peers import BOTH_WAYS, Story, told, url_of, wait_to_be_told
from support.process import HERE, run

PING = 300  # milliseconds between two
LIVES = 5000  # of a WebSocket that outlives tunnel_idle
WORDS = ("any", "answered", "data")
IDLE = 'timeouts = { tunnel_idle = "1500ms" }\n'


class KeptAlive(Story):
    """tunnel_idle, and a WebSocket of which nothing is heard but heartbeats."""

    RULES = {word: IDLE + f'websocket = {{ heartbeat = "{word}" }}\n' for word in WORDS} | {
        "messages": 'websocket = { idle = "1500ms" }\n'}

    def assert_outcome(self, word, record):
        """By the log: who has ended it, and when."""
        self.assertEqual(record["heartbeat"], "seen", record)
        if word == "data":
            self.assertEqual((record["closer"], record["websocket"]["close"]),
                             ("tunnel_idle", {"code": 1001, "by": "proxy"}), record)
            self.assertGreaterEqual(record["dur_ms"], 1500, record)
        else:
            self.assertNotEqual(record["closer"], "tunnel_idle", record)
            self.assertGreater(record["dur_ms"], 4000, record)

    def test_node_with_an_origin_that_pings(self):
        cases = [(word, way, f"{word}-{way}") for word in WORDS for way in BOTH_WAYS]
        clients = self.sessions([
            self.session(word, way, name, origin={"ping": PING},
                         **({} if word == "data" else {"leave": LIVES}))
            for word, way, name in cases])
        for word, way, name in cases:
            with self.subTest(heartbeat=word, way=way):
                expected = (1001, "silent for too long") if word == "data" else (1000, "done")
                self.assertEqual(self.closes(clients, name), [expected] * 2)
                self.assertGreater(len(told(clients, name, "ping")), 2)
                self.assert_outcome(word, self.record(word, way))

    def test_websocket_idle_waits_for_messages_alone(self):
        clients = self.sessions([
            self.session("messages", "connect", "silent", origin={"ping": PING}, ping=PING),
            self.session("messages", "absolute", "talks", origin={"say": PING}, leave=LIVES)])
        self.assertEqual(self.closes(clients, "silent"), [(1001, "no message for too long")] * 2)
        self.assertEqual(self.record("messages", "connect")["closer"], "websocket_idle")
        self.assertEqual(self.closes(clients, "talks"), [(1000, "done")] * 2)

    def test_python_with_both_ends_pinging(self):
        for way, closes in asyncio.run(asyncio.wait_for(self.python_sessions(), 60)).items():
            for word, (client, origin) in zip(WORDS, closes):
                with self.subTest(heartbeat=word, way=way):
                    self.assertEqual((client, origin), (1001 if word == "data" else 1000,) * 2)

    async def python_sessions(self):
        """By the way, the codes that both ends heard under each of WORDS."""
        codes = {}

        async def serve(socket, path):
            async for _ in socket:
                pass
            codes[path] = socket.close_code

        async def talk(connect, word, way):
            path = f"/{word}-{way}"
            code = await connect(f"ws://{word}.test:{port}{path}", word != "data")
            while path not in codes:
                await asyncio.sleep(0.02)
            return code, codes[path]

        async with websockets.serve(serve, "127.0.0.1", 0, ping_interval=PING / 1000) as server:
            port = server.sockets[0].getsockname()[1]
            ways = {"connect": self.by_websockets, "absolute": self.by_aiohttp}
            talks = [talk(connect, word, way) for way, connect in ways.items() for word in WORDS]
            heard = await asyncio.gather(*talks)
        return {way: heard[at * len(WORDS):][:len(WORDS)] for at, way in enumerate(ways)}

    async def by_websockets(self, url, leaves):
        target = url.removeprefix("ws://").partition("/")[0]
        tunnel = await asyncio.to_thread(open_tunnel, self.culvert, target)
        async with websockets.connect(url, sock=tunnel, ping_interval=PING / 1000) as socket:
            await self.wait_or_leave(socket.wait_closed(), leaves)
        return socket.close_code

    async def by_aiohttp(self, url, leaves):
        async with aiohttp.ClientSession() as session:
            async with session.ws_connect(url, proxy=self.culvert.url) as socket:
                await self.wait_or_leave(socket.receive(), leaves)
            return socket.close_code

    @staticmethod
    async def wait_or_leave(ended, leaves):
        try:
            await asyncio.wait_for(ended, LIVES / 1000 if leaves else 30)
        except asyncio.TimeoutError:
            pass  # It lives; the client says good-bye.

    def test_a_page_in_chromium(self):
        nginx = self.enterContext(Nginx())
        shutil.copy(HERE / "clients/quiet.html", nginx.www)
        sockets = [url_of(self.node, f"{word}.test", f"page-{word}", ping=PING)
                   for word in WORDS]
        query = urlencode({"ws": sockets, "wait": LIVES}, True)
        done = run("node", HERE / "clients/browser.js", self.culvert.url,
                   f"http://any.test:{nginx.http}/quiet.html?{query}", seconds=90)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout), ["open", "open", "closed with 1001"])
        self.assertEqual(wait_to_be_told(self.node, "/as/page-data", "close")["code"], 1001)


class InsideTls(Story):
    """Frames that nobody sees: heartbeats are told by the pace of records."""

    IDLE = 'timeouts = { tunnel_idle = "3s" }\n'
    RULES = {"wss": IDLE + 'websocket = { heartbeat = "data" }\n', "web": IDLE}

    def test_only_data_keeps_it_alive_under_data(self):
        clients = self.sessions([
            self.session(rule, "connect", rule, origin={"ping": 600}, **leaves)
            for rule, leaves in (("wss", {}), ("web", {"leave": 8000}))])
        self.assertEqual(self.closes(clients, "web"), [(1000, "done")] * 2)
        self.record("web", "connect")

        # No Close can be put in there, so each hears an end without one.
        self.assertEqual([code for code, _ in self.closes(clients, "wss")], [1006] * 2)
        record = self.record("wss", "connect")
        self.assertEqual((record["closer"], record["tunnel"], record["heartbeat"]),
                         ("tunnel_idle", "tls", "inferred"), record)
        self.assertAlmostEqual(record["heartbeat_ms"], 600, delta=150)
        self.assertNotIn("websocket", record)
