# SPDX-License-Identifier: Apache-2.0
"""Clients of HTTP/1.1 at origins that speak HTTP/2: WebSockets by extended CONNECT (RFC 8441), and
ordinary requests."""

import asyncio
import hashlib
import json
import os
import unittest

import aiohttp

from support.certificates import certificates
from support.client import ask, connect, read_exactly, read_head, read_past
from support.origins import Nginx, Node, NodeHttp2
from support.process import HERE, environment, run, until
from support.proxy import LOCAL, Culvert
from support.websocket import ACCEPT, KEY, TEXT, close, frame

NAMES = ["web.test", "ws.test", "wss.test", "fixed.test"]
TRUSTING = f'[origin_tls]\nca_file = "{certificates().authority}"\n'
BINARY = os.urandom(1 << 20)


def fixed(version):
    """Lets everything be reached, and by this version of HTTP."""
    return LOCAL + f'origin_http = "{version}"\n'


def upgrade(target, path="/echo", *lines, scheme="https"):
    return "\r\n".join([f"GET {scheme}://{target}{path} HTTP/1.1", f"Host: {target}",
                        "Connection: Upgrade", "Upgrade: websocket", f"Sec-WebSocket-Key: {KEY}",
                        "Sec-WebSocket-Version: 13", *lines, "", ""]).encode()


class Bridge(unittest.TestCase):
    """Origins that speak HTTP/2, and a proxy that speaks HTTP/1.1."""

    RULES = LOCAL

    @classmethod
    def setUpClass(cls):
        cls.node = cls.enterClassContext(NodeHttp2())
        cls.culvert = cls.enterClassContext(Culvert(cls.RULES, names=NAMES, more=TRUSTING))
        cls.h2 = f"wss.test:{cls.node.h2}"

    def assert_echoes(self, client, text=b"hello"):
        client.sendall(frame(TEXT, text))
        back = frame(TEXT, text, mask=None)
        self.assertEqual(read_exactly(client, len(back)), back)


class WebSockets(Bridge):
    def test_node_opens_one_and_echoes(self):
        for protocols in ([], ["chat", "other"]):
            with self.subTest(protocols=protocols):
                done = run("node", HERE / "clients/ws_client.js", "absolute", self.culvert.url,
                           f"wss://{self.h2}/echo", *protocols, env=environment())
                said = json.loads(done.stdout)
                self.assertEqual((said.get("text"), said.get("binary"), said.get("protocol")),
                                 ("good morning", True, protocols[0] if protocols else None),
                                 (said, self.culvert.said()))
        records = until(lambda: [
            record for record in self.culvert.records(event="close", kind="ws", host="wss.test")
            if min(record["bytes_up"], record["bytes_down"]) > 1 << 20])
        self.assertTrue(records, self.culvert.said())
        self.assertEqual(records[0]["proto"], "h1")  # what the client spoke

    def test_the_101_answers_the_clients_key_and_the_origin_never_sees_it(self):
        with connect(self.culvert) as client:
            client.sendall(upgrade(self.h2, "/bridged?a=b", "Origin: https://page.test",
                                   "Cookie: a=1; b=2", "Sec-WebSocket-Protocol: chat, other"))
            answer = read_head(client, at_most=1)
            self.assertEqual((answer.status, answer.fields["sec-websocket-accept"]), (101, ACCEPT))
            self.assertEqual(answer.fields["upgrade"].lower(), "websocket")
            self.assertEqual(answer.fields["connection"].lower(), "upgrade")
            self.assertEqual(answer.fields["sec-websocket-protocol"], "chat")
            for number in range(3):
                self.assert_echoes(client, b"number %d" % number)
            client.sendall(close(1000))
            self.assertEqual(read_exactly(client, 4), close(1000, mask=None))
        asked = [told["fields"] for told in self.node.told("stream")
                 if told["fields"][":path"] == "/bridged?a=b"]
        self.assertEqual(len(asked), 1)
        for name, value in ((":method", "CONNECT"), (":protocol", "websocket"),
                            (":scheme", "https"), (":authority", self.h2),
                            ("origin", "https://page.test"), ("cookie", "a=1; b=2"),
                            ("sec-websocket-version", "13"),
                            ("sec-websocket-protocol", "chat, other")):
            self.assertEqual(asked[0].get(name), value, name)
        self.assertEqual(asked[0].keys() & {"sec-websocket-key", "connection", "upgrade", "host"},
                         set())

    def test_the_101_comes_before_anybody_has_said_anything(self):
        with connect(self.culvert, 5) as client:
            client.sendall(upgrade(self.h2, "/late"))
            answer = read_head(client)
            self.assertEqual((answer.status, answer.rest), (101, b""))
            self.assert_echoes(client)

    def test_what_is_glued_to_the_request_is_not_lost(self):
        with connect(self.culvert) as client:
            client.sendall(upgrade(self.h2) + frame(TEXT, b"glued"))
            answer = read_head(client, at_most=1)
            self.assertEqual(answer.status, 101)
            back = frame(TEXT, b"glued", mask=None)
            self.assertEqual(read_exactly(client, len(back)), back)

    def test_a_refusal_keeps_its_status_and_its_body_and_the_connection_serves_on(self):
        with connect(self.culvert) as client:
            for _ in range(2):
                client.sendall(upgrade(self.h2, "/refused"))
                answer = read_head(client)
                self.assertEqual((answer.status, answer.fields["x-reason"]), (403, "no tea"))
                self.assertEqual(answer.fields["transfer-encoding"], "chunked")
                self.assertIn(b"no tea here", read_past(client, b"\r\n0\r\n\r\n", answer.rest))
            client.sendall(upgrade(self.h2))
            self.assertEqual(read_head(client, at_most=1).status, 101)
            self.assert_echoes(client)

    def test_an_origin_without_extended_connect_gets_an_upgrade_of_http_1(self):
        for _ in range(2):  # the second time it is known
            with connect(self.culvert) as client:
                client.sendall(upgrade(f"wss.test:{self.node.mixed}"))
                self.assertEqual(read_head(client, at_most=1).status, 101)
                self.assert_echoes(client)

    def test_an_origin_without_any_websockets_is_a_502(self):
        answer = ask(self.culvert, upgrade(f"wss.test:{self.node.plain}"))
        self.assertEqual(answer.status, 502, answer)

    def test_a_flood_waits_for_a_client_that_does_not_read(self):
        with connect(self.culvert) as slow, connect(self.culvert) as client:
            slow.sendall(upgrade(self.h2, "/flood"))
            self.assertEqual(read_head(slow, at_most=1).status, 101)
            client.sendall(upgrade(self.h2))
            self.assertEqual(read_head(client, at_most=1).status, 101)
            before = self.culvert.memory()
            for number in range(200):
                self.assert_echoes(client, b"number %d" % number)
            self.assertLess(self.culvert.memory() - before, 8 << 20)
            for _ in range(50):  # and then all of it comes
                piece = read_exactly(slow, 10 + 65536)
                self.assertEqual(piece, frame(2, b"f" * 65536, mask=None))


class Requests(Bridge):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.nginx = cls.enterClassContext(Nginx())
        cls.text = "secured\n" * 500_000
        (cls.nginx.www / "page.txt").write_text(cls.text)

    def curl(self, target, *more):
        done = run("curl", "-sS", "--max-time", "25", "-x", self.culvert.url, "--request-target",
                   target, *more, "http://web.test/")
        self.assertEqual(done.returncode, 0, done.stderr + self.culvert.said())
        return done.stdout

    def test_a_request_arrives_by_http_2(self):
        got = json.loads(self.curl(f"https://web.test:{self.node.h2}/get?a=b", "-H", "X-End: 1"))
        self.assertEqual((got["method"], got["url"], got["version"]), ("GET", "/get?a=b", "2.0"))
        fields = got["fields"]
        self.assertEqual(fields[":authority"], f"web.test:{self.node.h2}")
        self.assertEqual((fields[":scheme"], fields["x-end"]), ("https", "1"))
        self.assertIn("via", fields)
        self.assertEqual(fields.keys() & {"host", "connection", "proxy-connection",
                                          "transfer-encoding"}, set())

    def test_bodies_arrive_whole_with_and_without_a_length(self):
        body = self.culvert.file.parent / "body"
        body.write_bytes(BINARY * 5)
        digest = hashlib.sha256(body.read_bytes()).hexdigest()
        for fields in ([], ["-H", "Transfer-Encoding: chunked"]):
            with self.subTest(fields):
                got = json.loads(self.curl(f"https://web.test:{self.node.h2}/post",
                                           "--data-binary", f"@{body}", *fields))
                self.assertEqual((got["length"], got["sha256"]), (5 << 20, digest))
                self.assertNotIn("transfer-encoding", got["fields"])

    def test_pages_of_nginx_and_node_come_whole(self):
        for _ in range(2):
            self.assertEqual(self.curl(f"https://web.test:{self.nginx.http2}/page.txt"), self.text)
        self.assertTrue(any('HTTP/2.0" 200' in line for line in self.nginx.requests()),
                        self.nginx.requests())
        got = self.curl(f"https://web.test:{self.node.h2}/bytes/5000000")
        self.assertEqual(got, "b" * 5_000_000)

    def test_head_and_204_have_no_body(self):
        got = self.curl(f"https://web.test:{self.nginx.http2}/page.txt", "-I")
        self.assertIn(f"content-length: {len(self.text)}", got.lower())
        got = self.curl(f"https://web.test:{self.nginx.http2}/nothing", "-w", "%{http_code}")
        self.assertEqual(got, "204")

    def test_trailers_come_through(self):
        got = self.curl(f"https://web.test:{self.node.h2}/trailers", "-i", "-H", "TE: trailers")
        self.assertIn("body", got)
        # curl shows trailers behind the body.
        self.assertIn("x-last: word", got.lower())


class Fixed(unittest.TestCase):
    """A rule may say which version an origin is spoken to."""

    @classmethod
    def setUpClass(cls):
        cls.node = cls.enterClassContext(NodeHttp2())
        cls.plain_node = cls.enterClassContext(Node())

    def proxy(self, version):
        return self.enterContext(Culvert(fixed(version), names=NAMES, more=TRUSTING))

    def test_http_2_by_prior_knowledge_to_an_origin_in_the_clear(self):
        culvert = self.proxy("2")

        async def talk():
            async with aiohttp.ClientSession() as session:
                async with session.ws_connect(f"ws://ws.test:{self.node.h2c}/aio",
                                              proxy=culvert.url, max_msg_size=0) as socket:
                    await socket.send_str("good morning")
                    self.assertEqual(await socket.receive_str(), "good morning")
                    await socket.send_bytes(BINARY)
                    self.assertEqual(await socket.receive_bytes(), BINARY)
                url = f"http://web.test:{self.node.h2c}/page"
                async with session.get(url, proxy=culvert.url) as answer:
                    return await answer.json()

        got = asyncio.run(asyncio.wait_for(talk(), 20))
        self.assertEqual((got["url"], got["version"]), ("/page", "2.0"))

    def test_http_1_to_an_origin_that_speaks_both(self):
        culvert = self.proxy("1.1")
        done = run("curl", "-sS", "-x", culvert.url, "--request-target",
                   f"https://web.test:{self.node.mixed}/", "http://web.test/")
        self.assertEqual(json.loads(done.stdout)["version"], "1.1", done.stderr)
        with connect(culvert) as client:
            client.sendall(upgrade(f"wss.test:{self.node.mixed}"))
            self.assertEqual(read_head(client, at_most=1).status, 101)

    def test_what_the_origin_does_not_speak_is_a_502(self):
        for version, port in (("1.1", self.node.h2), ("2", self.plain_node.https)):
            culvert = self.proxy(version)
            for request in (upgrade(f"wss.test:{port}"),
                            f"GET https://wss.test:{port}/ HTTP/1.1\r\nHost: wss.test\r\n"
                            "Connection: close\r\n\r\n".encode()):
                with self.subTest(version=version, request=request[:20]):
                    answer = ask(culvert, request)
                    self.assertEqual(answer.status, 502, answer)
