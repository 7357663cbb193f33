# SPDX-License-Identifier: Apache-2.0
"""The upgrade hop, byte by byte: what is an upgrade, what answers it, and what is glued to it."""

import json
import unittest

from support.client import ask, connect, read_answer, read_exactly, read_head, read_past
from support.origins import Node, Origin
from support.proxy import Culvert
from support.websocket import ACCEPT, KEY, accept_of


def upgrade(target, *, connection="Upgrade", scheme="http", method="GET", version="1.1",
            protocol="websocket"):
    lines = [f"{method} {scheme}://{target}/chat HTTP/{version}", f"Host: {target}",
             f"Upgrade: {protocol}", f"Sec-WebSocket-Key: {KEY}", "Sec-WebSocket-Version: 13"]
    lines += [f"Connection: {connection}"] if connection else []
    return "\r\n".join([*lines, "", ""]).encode()


class Upgrade(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.node = cls.enterClassContext(Node())
        cls.culvert = cls.enterClassContext(Culvert(names=["ws.test"]))

    def origin(self, answer):
        """An origin that reads a head, sends answer(head), and echoes what lies behind it."""
        self.heads = []

        def script(connection):
            head, _, rest = read_past(connection, b"\r\n\r\n").partition(b"\r\n\r\n")
            self.heads.append(head)
            connection.sendall(answer(head) + rest)
            while piece := connection.recv(65536):
                connection.sendall(piece)

        return f"ws.test:{self.enterContext(Origin(script)).port}"

    @staticmethod
    def switch(head, glued=b""):
        return ("HTTP/1.1 101 Switching Protocols\r\nupgrade: WebSocket\r\nConnection: upgrade\r\n"
                f"Sec-WebSocket-Accept: {accept_of(head)}\r\n\r\n").encode() + glued

    def test_bytes_glued_to_the_request_and_to_the_101_arrive_in_order(self):
        target = self.origin(lambda head: self.switch(head, b"first "))
        with connect(self.culvert) as client:
            client.sendall(upgrade(target) + b"second ")
            answer = read_head(client)
            self.assertEqual((answer.status, answer.fields["sec-websocket-accept"]), (101, ACCEPT))
            self.assertEqual(answer.fields["upgrade"].lower(), "websocket")
            self.assertEqual(answer.fields["connection"].lower(), "upgrade")
            client.sendall(b"third")
            rest = answer.rest + read_exactly(client, 18 - len(answer.rest))
            self.assertEqual(rest, b"first second third")

    def test_the_origin_gets_a_fresh_upgrade_in_origin_form(self):
        for scheme in ("http", "ws"):
            with self.subTest(scheme=scheme):
                target = self.origin(self.switch)
                with connect(self.culvert) as client:
                    client.sendall(upgrade(target, scheme=scheme, connection="keep-alive, UPGRADE"))
                    self.assertEqual(read_head(client).status, 101)
                first, *lines = self.heads[0].decode().lower().split("\r\n")
                self.assertEqual(first, "get /chat http/1.1")
                self.assertIn(f"host: {target}", lines)
                self.assertIn("connection: upgrade", lines)
                self.assertIn("upgrade: websocket", lines)

    def test_what_is_not_quite_an_upgrade_is_ordinary_http(self):
        for unlike in ({"connection": None}, {"connection": "keep-alive"}, {"version": "1.0"},
                       {"method": "POST", "connection": "Upgrade"}, {"protocol": "h2c"},
                       {"protocol": "irc/6.9"}):
            with self.subTest(**unlike):
                asked = upgrade(f"ws.test:{self.node.http}", **unlike)
                if unlike.get("method") == "POST":
                    asked = asked.replace(b"\r\n\r\n", b"\r\nContent-Length: 0\r\n\r\n")
                with connect(self.culvert) as client:
                    client.sendall(asked)
                    answer = read_answer(client)
                self.assertEqual(answer.status, 200, answer)
                fields = json.loads(answer.rest)["fields"]
                self.assertNotIn("upgrade", fields)
                self.assertNotIn("upgrade", fields.get("connection", "").lower())

    def test_a_101_that_does_not_answer_the_upgrade_is_a_502(self):
        head = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
        for name, answer in (
                ("no accept", head + b"Upgrade: websocket\r\n\r\n"),
                ("wrong accept", head + b"Upgrade: websocket\r\nSec-WebSocket-Accept: AA==\r\n\r\n"),
                ("other protocol", head + f"Upgrade: h2c\r\nSec-WebSocket-Accept: {ACCEPT}"
                                          "\r\n\r\n".encode())):
            with self.subTest(name):
                target = self.origin(lambda _, answer=answer: answer)
                refused = ask(self.culvert, upgrade(target))
                self.assertEqual(refused.status, 502)
                self.assertIn("error=http_upgrade_failed", refused.fields["proxy-status"])

    def test_a_101_that_nobody_asked_for_is_a_502(self):
        target = self.origin(lambda _: b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                                       b"Connection: Upgrade\r\n\r\n")
        refused = ask(self.culvert, f"GET http://{target}/ HTTP/1.1\r\nHost: {target}\r\n\r\n"
                      .encode())
        self.assertEqual(refused.status, 502)

    def test_after_a_refused_upgrade_the_connection_serves_the_next_request(self):
        target = self.origin(lambda _: b"HTTP/1.1 426 Upgrade Required\r\nContent-Length: 2\r\n"
                                       b"\r\nno")
        with connect(self.culvert) as client:
            for status, body, asked in (
                    (426, b"no", upgrade(target)),
                    (200, b"{", upgrade(f"ws.test:{self.node.http}", connection=None))):
                client.sendall(asked)
                answer = read_answer(client)
                self.assertEqual(answer.status, status)
                self.assertTrue(answer.rest.startswith(body), answer)
