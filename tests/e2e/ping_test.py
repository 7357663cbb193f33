# SPDX-License-Identifier: Apache-2.0
"""Pings that are not answered, and those that culvert sends itself. Node's `ws`, and Python's
websockets, one of them stopped and one slow."""

import asyncio
import signal
import sys

import websockets

from support.certificates import certificates
from support.client import open_tunnel
from support.origins import free_port
from support.peers import BOTH_WAYS, Story, told, url_of, wait_to_be_told
from support.process import HERE, Process, until

PING = 300  # milliseconds between two, of peers that send them
LIVES = 5000  # milliseconds until a client leaves


class Dead(Story):
    """Who answers no Ping is given up, and both sides are told."""

    RULES = {
        "any": 'websocket = { pong_timeout = "1s" }\n',
        "answered": 'websocket = { pong_timeout = "1s", heartbeat = "answered" }\n',
    }

    def assert_given_up(self, side, record):
        self.assertEqual((record["closer"], record["reason"], record["websocket"]["close"]),
                         ("pong_timeout", f"the {side} did not answer a ping",
                          {"code": 1011, "by": "proxy"}), record)

    def assert_in_time(self, name, asked, clients, side):
        """Both ends are told within pong_timeout + 1 s of the first Ping that the side heard."""
        began = wait_to_be_told(asked, name if side == "client" else f"/as/{name}", "ping")["at"]
        for process, end in ((clients, name), (self.node, f"/as/{name}")):
            waited = wait_to_be_told(process, end, "close")["at"] - began
            self.assertLess(waited, 2000)

    def test_a_client_that_answers_no_ping(self):
        cases = [(way, f"client-{way}") for way in BOTH_WAYS]
        clients = self.sessions([self.session("any", way, name, origin={"ping": PING}, deaf=True)
                                 for way, name in cases])
        for way, name in cases:
            with self.subTest(way=way):
                self.assertEqual(self.closes(clients, name),
                                 [(1011, "the client did not answer a ping")] * 2)
                self.assert_in_time(name, clients, clients, "client")
                self.assert_given_up("client", self.record("any", way))

    def test_an_origin_that_answers_no_ping_even_if_it_talks(self):
        cases = [(way, f"deaf-{way}") for way in BOTH_WAYS]
        clients = self.sessions([self.session("answered", way, name, origin={"say": 200}, ping=PING)
                                 for way, name in cases])
        for way, name in cases:
            with self.subTest(way=way):
                self.assertEqual(self.closes(clients, name),
                                 [(1011, "the origin did not answer a ping")] * 2)
                self.assert_in_time(name, self.node, clients, "origin")
                self.assertGreater(len(told(clients, name, "message")), 2)
                self.assert_given_up("origin", self.record("answered", way))

    def test_a_client_that_talks_is_alive_under_any(self):
        name = "deaf-talks"
        clients = self.sessions([self.session("any", "absolute", name, origin={"say": 200},
                                              ping=PING, leave=3500)])
        self.assertEqual(self.closes(clients, name), [(1000, "done")] * 2)

    def test_an_origin_that_has_stopped_is_told_when_it_goes_on(self):
        port = free_port()
        origin = self.enterContext(Process(sys.executable, HERE / "clients/ws_origin.py", port))
        origin.wait_for_line(origin.out, "listening")
        for way in BOTH_WAYS:
            with self.subTest(way=way):
                self.stop_and_go_on(origin, port, way)

    def stop_and_go_on(self, origin, port, way):
        name = f"stopped-{way}"
        client = self.sessions([{"name": name, "url": f"ws://answered.test:{port}/{name}",
                                 "style": way, "ping": PING}])
        self.assertTrue(until(lambda: told(client, name, "pong")), client.said())
        origin.signal(signal.SIGSTOP)
        try:
            closed = wait_to_be_told(client, name, "close")
        finally:
            origin.signal(signal.SIGCONT)
        self.assertEqual((closed["code"], closed["reason"]),
                         (1011, "the origin did not answer a ping"))
        self.assert_given_up("origin", self.record("answered", way))
        self.assertEqual(wait_to_be_told(origin, f"/{name}", "close")["code"], 1011)


class Asked(Story):
    """ping_interval: who is silent hears a Ping, and nobody hears of the Pong."""

    RULES = {
        "asked": 'timeouts = { tunnel_idle = "3s" }\n'
                 'websocket = { ping_interval = "1200ms", heartbeat = "answered" }\n',
        "counted": 'websocket = { ping_interval = "1s" }\n',
        "given_up": 'websocket = { ping_interval = "500ms", pong_timeout = "1s" }\n',
    }

    # Which of client and origin talks.
    TALKERS = {"neither": (), "client": ("client",), "origin": ("origin",),
               "both": ("client", "origin")}

    def test_only_who_is_silent_is_asked_and_only_that_one_hears_it(self):
        cases = [(talk, way, f"{talk}-{way}") for talk in self.TALKERS for way in BOTH_WAYS]
        clients = self.sessions([
            self.session("asked", way, name, leave=LIVES,
                         origin={"say": 100} if "origin" in self.TALKERS[talk] else {},
                         **({"say": 100} if "client" in self.TALKERS[talk] else {}))
            for talk, way, name in cases])
        for talk, way, name in cases:
            with self.subTest(talks=talk, way=way):
                self.assertEqual(self.closes(clients, name), [(1000, "done")] * 2)
                self.assert_heard(clients, name, talks="client" in self.TALKERS[talk],
                                  other_talks="origin" in self.TALKERS[talk])
                self.assert_heard(self.node, f"/as/{name}", talks="origin" in self.TALKERS[talk],
                                  other_talks="client" in self.TALKERS[talk])

    def assert_heard(self, process, name, *, talks, other_talks):
        heard = {line["event"] for line in told(process, name)}
        self.assertEqual(heard, {"open", "close"} | ({"message"} if other_talks else set())
                         | (set() if talks else {"ping"}), told(process, name))

    def test_the_log_tells_of_the_pings_and_not_of_their_pongs(self):
        clients = self.sessions([self.session("counted", "absolute", "counted", leave=LIVES)])
        closed = wait_to_be_told(clients, "counted", "close")
        self.assertEqual(closed["code"], 1000)
        record = self.record("counted", "absolute")
        passed = record["websocket"]
        for side, process, name in (("client", clients, "counted"),
                                    ("origin", self.node, "/as/counted")):
            asked = passed["ping"][side]
            self.assertEqual((asked["sent"], asked["count"]),
                             (len(told(process, name, "ping")),) * 2, record)
            self.assertGreaterEqual(asked["sent"], LIVES // 1000 - 2, record)  # each second
            self.assertLessEqual(asked["min_ms"], asked["max_ms"])
        self.assertEqual((passed["up"].keys(), passed["down"].keys()),
                         ({"close", "silent_ms"},) * 2, record)

    def test_who_answers_none_of_them_is_given_up(self):
        for way in BOTH_WAYS:
            for deaf in ("client", "origin"):
                with self.subTest(way=way, deaf=deaf):
                    self.give_up(way, deaf)

    def give_up(self, way, deaf):
        name = f"{'deaf' if deaf == 'origin' else 'quiet'}-{way}"
        clients = self.sessions([self.session("given_up", way, name, deaf=deaf == "client")])
        said = f"the {deaf} did not answer a ping"
        self.assertEqual(self.closes(clients, name), [(1011, said)] * 2)
        self.record("given_up", way, closer="pong_timeout", reason=said)


    def test_a_listener_to_a_stream_of_large_messages_is_asked_between_them(self):
        clients = self.sessions([
            self.session("given_up", way, f"stream-{way}", origin={"stream": 1 << 20}, leave=4000)
            for way in BOTH_WAYS])
        for way in BOTH_WAYS:
            with self.subTest(way=way):
                name = f"stream-{way}"
                self.assertEqual(self.closes(clients, name), [(1000, "done")] * 2)
                messages = told(clients, name, "message")
                self.assertEqual({(m["bytes"], m["alike"]) for m in messages}, {(1 << 20, True)})
                self.assertGreater(len(told(clients, name, "ping")), 2)
                # While the listener takes nothing its origin is not heard, and may be asked, too.
                heard = {line["event"] for line in told(self.node, f"/as/{name}")} - {"ping"}
                self.assertEqual(heard, {"open", "close"})

    def test_who_reads_slowly_is_not_dead_though_pongs_are_late(self):
        asyncio.run(asyncio.wait_for(self.read_slowly(), 60))

    async def read_slowly(self):
        """A mebibyte at a time, with many of them on their way."""
        target = f"given_up.test:{self.node.http}"
        tunnel = await asyncio.to_thread(open_tunnel, self.culvert, target)
        url = url_of(self.node, "given_up.test", "slow", stream=1 << 20)
        async with websockets.connect(url, sock=tunnel, max_queue=1, ping_interval=None,
                                      close_timeout=1) as socket:
            for number in range(15):
                message = await socket.recv()
                self.assertEqual(message, bytes([number]) * (1 << 20))
                await asyncio.sleep(0.3)


class SecureHop(Story):
    """wss:// in absolute form: what is seen and said is in TLS of culvert's own."""

    RULES = {"wss": 'websocket = { ping_interval = "500ms", pong_timeout = "1s" }\n'}

    def more(self):
        return f'[origin_tls]\nca_file = "{certificates().authority}"\n'

    def test_both_ends_are_asked_and_told(self):
        clients = self.sessions([self.session("wss", "absolute", name, **how) for name, how in (
            ("quiet", {"leave": 3000}), ("deaf", {}), ("mute", {"deaf": True}))])
        for name, said in (("deaf", (1011, "the origin did not answer a ping")),
                           ("mute", (1011, "the client did not answer a ping")),
                           ("quiet", (1000, "done"))):
            with self.subTest(name):
                self.assertEqual(self.closes(clients, name), [said] * 2)
        for process, name in ((clients, "quiet"), (self.node, "/as/quiet")):
            self.assertGreater(len(told(process, name, "ping")), 2)
            self.assertEqual(told(process, name, "pong"), [])
