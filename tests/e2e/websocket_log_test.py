# SPDX-License-Identifier: Apache-2.0
"""What the access log tells of a WebSocket between real peers, against what they sent."""

import unittest

from support.origins import Node
from support.peers import Sessions, told, url_of, wait_to_be_told
from support.process import until
from support.proxy import Culvert

TEXT, BINARY = 12, 1000  # bytes of each message (clients/behave.js)
CLOSE = 2 + len("done")  # the answer has the same reason
WAYS = {"absolute": "ws", "connect": "connect"}


class WebSocketLog(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.node = cls.enterClassContext(Node())
        cls.culvert = cls.enterClassContext(Culvert(names=["a.test", "b.test", "c.test"]))

    def play(self, host, way, name, origin, client):
        """The lines of a session at its beginning and its end, once all that was sent has come."""
        session = {"name": name, "style": way, "leave": 1500,
                   "url": url_of(self.node, host, name, **origin), **client}
        clients = self.enterContext(Sessions(self.culvert, [session]))
        self.assertEqual(wait_to_be_told(clients, name, "close")["code"], client.get("code", 1000))
        self.assert_all_came(clients, name, origin)
        self.assert_all_came(self.node, f"/as/{name}", client)
        opened = self.culvert.wait_for_record(event="open", host=host, kind=WAYS[way])
        return opened, self.culvert.wait_for_record(event="close", id=opened["id"])

    def assert_all_came(self, process, name, sent):
        messages = sent.get("texts", 0) + sent.get("binaries", 0)
        self.assertEqual(len(told(process, name, "message")), messages)
        self.assertEqual(len(told(process, name, "ping")), sent.get("pings", 0))

    def assert_sent(self, direction, *, texts, binaries, pings, pongs, close):
        """By kind, frames and bytes."""
        pings_bytes = sum(len(f"ping {i}") for i in range(pings))
        pongs_bytes = sum(len(f"ping {i}") for i in range(pongs))
        expected = {
            "text": {"frames": texts, "bytes": texts * TEXT},
            "binary": {"frames": binaries, "bytes": binaries * BINARY},
            "close": {"frames": 1, "bytes": close},
            "ping": {"frames": pings, "bytes": pings_bytes},
            "pong": {"frames": pongs, "bytes": pongs_bytes},
            "messages": {"text": texts, "binary": binaries, "largest": BINARY},
        }
        got = {kind: count for kind, count in direction.items() if kind != "silent_ms"}
        self.assertEqual(got, expected)
        self.assertGreaterEqual(direction["silent_ms"], 0)

    def test_frames_bytes_and_messages_are_those_that_were_sent(self):
        for way in WAYS:
            with self.subTest(way=way):
                _, closed = self.play("a.test", way, f"counts-{way}",
                                      {"texts": 5, "binaries": 3, "pings": 4},
                                      {"texts": 7, "binaries": 2, "pings": 3})
                passed = closed["websocket"]
                self.assert_sent(passed["up"], texts=7, binaries=2, pings=3, pongs=4, close=CLOSE)
                self.assert_sent(passed["down"], texts=5, binaries=3, pings=4, pongs=3, close=CLOSE)
                self.assertEqual(passed["close"], {"code": 1000, "by": "client"})
                self.assertEqual(closed["heartbeat"], "seen")
                for side, count in (("client", 4), ("origin", 3)):
                    self.assert_round_trips(passed["ping"][side], count)

    def assert_round_trips(self, asked, count):
        self.assertEqual((asked["count"], sum(asked["histogram"].values())), (count, count))
        self.assertLessEqual(asked["min_ms"], asked["last_ms"])
        self.assertLessEqual(asked["last_ms"], asked["max_ms"])
        self.assertGreater(asked["min_ms"], 0)
        self.assertNotIn("sent", asked)

    def test_what_was_agreed_on_is_in_both_lines_and_compressed_bytes_count_as_they_are(self):
        for way in WAYS:
            with self.subTest(way=way):
                lines = self.play("b.test", way, f"deflate-{way}", {"texts": 2, "binaries": 3},
                                  {"texts": 1, "binaries": 4, "protocols": ["chat.v2", "chat.v1"]})
                for line in lines:
                    self.assertEqual(line["subprotocol"], "chat.v2")
                    self.assertRegex(line["extensions"], r"\Apermessage-deflate")
                for direction, texts, binaries in (("up", 1, 4), ("down", 2, 3)):
                    sent = lines[1]["websocket"][direction]
                    self.assertEqual((sent["text"]["frames"], sent["binary"]["frames"]),
                                     (texts, binaries))
                    self.assertEqual((sent["messages"]["text"], sent["messages"]["binary"]),
                                     (texts, binaries))
                    self.assertLess(sent["binary"]["bytes"], binaries * BINARY / 10)
                    self.assertGreater(sent["binary"]["bytes"], 0)

    def test_who_closes_with_which_code(self):
        for way in WAYS:
            with self.subTest(way=way):
                _, closed = self.play("c.test", way, f"closes-{way}", {}, {"code": 4001})
                self.assertEqual(closed["websocket"]["close"], {"code": 4001, "by": "client"})
                self.assertNotIn("ping", closed["websocket"])
                self.assertNotIn("heartbeat", closed)
                self.assertNotIn("subprotocol", closed)

    def test_that_the_origin_closes_it(self):
        session = {"name": "left", "style": "connect",
                   "url": url_of(self.node, "a.test", "left", leave=100, code=4002)}
        clients = self.enterContext(Sessions(self.culvert, [session]))
        self.assertEqual(wait_to_be_told(clients, "left", "close")["code"], 4002)
        by_origin = {"code": 4002, "by": "origin"}
        self.assertTrue(until(lambda: [r for r in self.culvert.records(event="close")
                                       if r["websocket"].get("close") == by_origin]),
                        self.culvert.said())
