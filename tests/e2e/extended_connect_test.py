# SPDX-License-Identifier: Apache-2.0
"""WebSockets by extended CONNECT (RFC 8441): to origins that know nothing of it, and to those that
do."""

import base64
import json
import time
import unittest

from support.certificates import certificates
from support.client import read_exactly, read_past
from support.http2 import Connection
from support.origins import Node, NodeHttp2, Origin
from support.process import HERE, environment, run, until
from support.proxy import CLEAR, LOCAL, Culvert, secure
from support.websocket import TEXT, accept, frame

DENY = """
[[rule]]
name = "closed"
action = "deny"
hosts = ["closed.test"]
"""
NAMES = ["ws.test", "wss.test", "closed.test"]
TRUSTING = f'[origin_tls]\nca_file = "{certificates().authority}"\n'
HELLO = frame(TEXT, b"hello")
HELLO_BACK = frame(TEXT, b"hello", mask=None)
HELD_BACK = 5  # seconds: what is held back until somebody speaks never comes


class Extended(unittest.TestCase):
    """Origins of both versions, a proxy, and a connection to it."""

    @classmethod
    def setUpClass(cls):
        cls.node = cls.enterClassContext(Node())
        cls.node_http2 = cls.enterClassContext(NodeHttp2())
        cls.culvert = cls.enterClassContext(
            Culvert(DENY + LOCAL, names=NAMES, listen=secure(), more=TRUSTING))

    def setUp(self):
        self.client = self.enterContext(Connection(self.culvert.port, tls=True))

    def origin(self, script):
        return f"ws.test:{self.enterContext(Origin(script)).port}"

    def origins(self, path="/echo"):
        """The arguments of extended() for each kind of origin."""
        return {"HTTP/1.1": ((f"ws.test:{self.node.http}", path), "http"),
                "HTTP/1.1 over TLS": ((f"wss.test:{self.node.https}", path), "https"),
                "HTTP/2": ((f"wss.test:{self.node_http2.h2}", path), "https"),
                "HTTP/1.1, and HTTP/2 without": ((f"wss.test:{self.node_http2.mixed}", path),
                                                 "https")}

    def assert_echoes(self, stream):
        stream.sendall(HELLO)
        self.assertEqual(read_exactly(stream, len(HELLO_BACK)), HELLO_BACK)


class NodeClient(Extended):
    """node's http2 with the ws package, all sessions on one connection."""

    def play(self, *sessions):
        env = environment(NODE_EXTRA_CA_CERTS=str(certificates().authority))
        done = run("node", HERE / "clients/h2_client.js", self.culvert.secure_url,
                   json.dumps(sessions), env=env)
        self.assertEqual(done.returncode, 0, done.stderr + self.culvert.said())
        said = [json.loads(line) for line in done.stdout.splitlines()]
        return {answer.pop("name"): answer for answer in said}

    def assert_echoed(self, said, name):
        answer = said[name]
        self.assertEqual((answer.get("status"), answer.get("text"), answer.get("binary")),
                         (200, "good morning", True), (name, said))

    def test_each_kind_of_origin_echoes(self):
        sessions = [
            {"name": name, "style": "extended",
             "url": f"{'ws' if scheme == 'http' else 'wss'}://{host}{path}"}
            for name, ((host, path), scheme) in self.origins().items()]
        said = self.play(*sessions)
        for session in sessions:
            with self.subTest(session["name"]):
                self.assert_echoed(said, session["name"])
        records = until(lambda: len(found := self.culvert.records(
            event="close", kind="ws", proto="h2")) >= len(sessions) and found)
        self.assertTrue(records, self.culvert.said())
        for record in records:
            self.assertGreater(min(record["bytes_up"], record["bytes_down"]), 1 << 20)

    def test_many_at_a_time_beside_tunnels_and_requests(self):
        urls = [f"ws://ws.test:{self.node.http}/a", f"wss://wss.test:{self.node_http2.h2}/b"]
        sessions = [{"name": f"{style} {number}", "style": style, "url": url}
                    for number in range(5) for style, url in (
                        ("extended", urls[0]), ("extended", urls[1]), ("tunnel", urls[0]),
                        ("request", f"http://ws.test:{self.node.http}/c"))]
        said = self.play(*sessions)
        for session in sessions:
            if session["style"] == "request":
                self.assertEqual(said[session["name"]]["status"], 200, said)
            else:
                self.assert_echoed(said, session["name"])

    def test_the_origin_chooses_a_subprotocol(self):
        said = self.play({"name": "sub", "style": "extended", "protocols": ["chat", "other"],
                          "url": f"wss://wss.test:{self.node_http2.h2}/echo"},
                         {"name": "one", "style": "extended", "protocols": ["chat", "other"],
                          "url": f"ws://ws.test:{self.node.http}/echo"})
        for name in ("sub", "one"):
            self.assert_echoed(said, name)
            self.assertEqual(said[name]["fields"]["sec-websocket-protocol"], "chat")


class MissingKey(Extended):
    """What proxies get wrong first: HTTP/2 has no Sec-WebSocket-Key, and HTTP/1.1 demands one."""

    def test_an_origin_of_http_1_gets_a_fresh_key_and_a_whole_upgrade(self):
        heads = []

        def script(connection):
            class Heard:
                """Keeps the head for the story."""
                sendall = connection.sendall

                @staticmethod
                def recv(count):
                    heads.append(connection.recv(count))
                    return heads[-1]

            accept(Heard)
            while piece := connection.recv(4096):
                connection.sendall(piece)

        target = self.origin(script)
        fields = (("origin", "https://page.test"), ("cookie", "a=1"), ("cookie", "b=2"),
                  ("sec-websocket-protocol", "chat, other"),
                  ("sec-websocket-extensions", "permessage-deflate"), ("user-agent", "story/1"))
        for _ in range(2):
            stream = self.client.extended(target, "/chat?a=b", *fields)
            self.assertEqual(stream.answer().status, 200)
        read = []
        for head in heads:
            first, *lines = head.decode().rstrip().split("\r\n")
            self.assertEqual(first, "GET /chat?a=b HTTP/1.1")
            read.append({name.lower(): value for name, value in
                         (line.split(": ", 1) for line in lines)})
        keys = {fields["sec-websocket-key"] for fields in read}
        self.assertEqual({len(base64.b64decode(key, validate=True)) for key in keys}, {16})
        self.assertEqual(len(keys), 2, "each has its own")
        for name, value in (("host", target), ("upgrade", "websocket"), ("connection", "upgrade"),
                            ("sec-websocket-version", "13"), ("origin", "https://page.test"),
                            ("cookie", "a=1; b=2"), ("sec-websocket-protocol", "chat, other"),
                            ("sec-websocket-extensions", "permessage-deflate"),
                            ("user-agent", "story/1")):
            self.assertEqual(read[0][name].lower(), value.lower(), name)

    def test_an_answer_to_another_key_is_a_502(self):
        def script(connection):
            read_past(connection, b"\r\n\r\n")
            connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                               b"Connection: Upgrade\r\n"
                               b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")

        answer = self.client.extended(self.origin(script)).whole_answer()
        self.assertEqual(answer.status, 502)
        self.assertIn("error=http_upgrade_failed", answer.fields["proxy-status"])

    def test_nothing_of_http_1_shows_in_the_answer(self):
        for name, (where, scheme) in self.origins().items():
            with self.subTest(name):
                answer = self.client.extended(*where, scheme=scheme).answer()
                self.assertEqual(answer.status, 200)
                self.assertEqual(answer.fields.keys() & {
                    "upgrade", "connection", "sec-websocket-accept", "transfer-encoding",
                    "content-length"}, set())


class HeldBack(Extended):
    """The second: 200 has to go out at once, since both sides may wait for it before they speak."""

    def test_200_comes_before_anybody_has_said_anything(self):
        for name, (where, scheme) in self.origins().items():
            for fields in ((), (("accept-encoding", "gzip, deflate, br"),)):
                with self.subTest(origin=name, fields=fields):
                    began = time.monotonic()
                    stream = self.client.extended(*where, *fields, scheme=scheme)
                    self.assertEqual(stream.answer(HELD_BACK).status, 200)
                    self.assertLess(time.monotonic() - began, HELD_BACK)
                    self.assertEqual((bytes(stream.seen), stream.ended), (b"", False))
                    self.assert_echoes(stream)

    def test_it_does_not_come_before_the_origin_has_agreed(self):
        stream = self.client.extended(f"wss.test:{self.node_http2.h2}", "/late", scheme="https")
        with self.assertRaises(AssertionError):
            stream.answer(0.5)
        self.assertEqual(stream.answer().status, 200)
        self.assert_echoes(stream)

    def test_what_the_client_says_before_the_answer_is_not_lost(self):
        for name, (where, scheme) in self.origins("/late").items():
            with self.subTest(name):
                stream = self.client.extended(*where, scheme=scheme)
                self.assert_echoes(stream)


class Refused(Extended):
    def test_an_origins_refusal_keeps_its_status_and_its_body(self):
        for name, status, body in (("HTTP/1.1", 418, b"no"), ("HTTP/1.1 over TLS", 418, b"no"),
                                   ("HTTP/2", 403, b"no tea here")):
            with self.subTest(name):
                where, scheme = self.origins("/refused")[name]
                answer = self.client.extended(*where, scheme=scheme).whole_answer()
                self.assertEqual((answer.status, answer.rest), (status, body))
                if name == "HTTP/2":
                    self.assertEqual(answer.fields["x-reason"], "no tea")
        self.assert_connection_lives()

    def test_the_policys_refusal_has_its_page(self):
        answer = self.client.extended("closed.test:80").whole_answer()
        self.assertEqual(answer.status, 403)
        self.assertIn("error=http_request_denied", answer.fields["proxy-status"])
        self.assertIn(b"closed", answer.rest)
        record = self.culvert.wait_for_record(host="closed.test", verdict="deny")
        self.assertEqual(record["proto"], "h2")
        self.assert_connection_lives()

    def test_another_protocol_than_websocket_is_a_501(self):
        for protocol in ("connect-udp", "webtransport", "x"):
            with self.subTest(protocol):
                stream = self.client.extended(f"ws.test:{self.node.http}", protocol=protocol)
                self.assertEqual(stream.whole_answer().status, 501)
        self.assert_connection_lives()

    def test_an_origin_that_speaks_only_http_2_without_websockets_is_a_502(self):
        stream = self.client.extended(f"wss.test:{self.node_http2.plain}", scheme="https")
        answer = stream.whole_answer()
        self.assertEqual(answer.status, 502, answer)
        self.assert_connection_lives()

    def assert_connection_lives(self):
        stream = self.client.extended(f"ws.test:{self.node.http}")
        self.assertEqual(stream.answer().status, 200)
        self.assert_echoes(stream)


class TheWayToTheOrigin(Extended):
    def test_where_the_origin_knows_extended_connect_it_is_extended_connect(self):
        stream = self.client.extended(f"wss.test:{self.node_http2.h2}", "/known",
                                      ("origin", "https://page.test"), ("cookie", "a=1"),
                                      scheme="https")
        self.assertEqual(stream.answer().status, 200)
        self.assert_echoes(stream)
        asked = [told["fields"] for told in self.node_http2.told("stream")
                 if told["fields"][":path"] == "/known"]
        self.assertEqual(len(asked), 1)
        for name, value in ((":method", "CONNECT"), (":protocol", "websocket"),
                            (":scheme", "https"), ("sec-websocket-version", "13"),
                            (":authority", f"wss.test:{self.node_http2.h2}"),
                            ("origin", "https://page.test"), ("cookie", "a=1")):
            self.assertEqual(asked[0].get(name), value, name)
        self.assertEqual(asked[0].keys() & {"sec-websocket-key", "connection", "upgrade", "host"},
                         set())

    def test_else_it_is_an_upgrade_of_http_1(self):
        for _ in range(2):  # the second time it is known
            stream = self.client.extended(f"wss.test:{self.node_http2.mixed}", "/unknown",
                                          scheme="https")
            self.assertEqual(stream.answer().status, 200)
            self.assert_echoes(stream)
        upgrades = [told["path"] for told in self.node_http2.told("upgrade")]
        self.assertEqual(upgrades.count("/unknown"), 2)

    def test_a_message_of_16_mebibytes_comes_back_whole(self):
        for name, (where, scheme) in self.origins().items():
            with self.subTest(name):
                payload = bytes(range(256)) * (64 << 10)
                stream = self.client.extended(*where, scheme=scheme)
                stream.answer()
                stream.write(frame(2, payload))
                back = frame(2, payload, mask=None)
                self.client.until(lambda s=stream, n=len(back): len(s.seen) >= n, 60)
                self.assertEqual(stream.recv(len(back)), back)


class InTheClear(Extended):
    """The same by prior knowledge: a listener without TLS."""

    def test_each_kind_of_origin_echoes(self):
        culvert = self.enterContext(Culvert(names=NAMES, listen=CLEAR, more=TRUSTING))
        client = self.enterContext(Connection(culvert.port))
        for name, (where, scheme) in self.origins().items():
            with self.subTest(name):
                stream = client.extended(*where, scheme=scheme)
                self.assertEqual(stream.answer().status, 200)
                self.assert_echoes(stream)
