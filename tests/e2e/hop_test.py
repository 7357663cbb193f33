# SPDX-License-Identifier: Apache-2.0
"""The plain HTTP hop, byte by byte: streaming, interim answers, and what ends here."""

import json
import socket
import struct
import threading
import time
import unittest

from support.client import ask, connect, read_all, read_answer, read_head, read_past
from support.origins import Node, Origin
from support.proxy import Culvert


def request(target, *lines, method="GET", path="/"):
    return "\r\n".join([f"{method} http://{target}{path} HTTP/1.1", f"Host: {target}", *lines,
                        "", ""]).encode()


def read_request(connection):
    seen = b""
    while b"\r\n\r\n" not in seen and (piece := connection.recv(65536)):
        seen += piece
    return seen


class Hop(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.node = cls.enterClassContext(Node())
        cls.culvert = cls.enterClassContext(Culvert(names=["web.test"]))

    def origin(self, script):
        origin = self.enterContext(Origin(script))
        return f"web.test:{origin.port}"

    def account(self, *lines):
        answer = ask(self.culvert, request(f"web.test:{self.node.http}", *lines))
        self.assertEqual(answer.status, 200, answer)
        return json.loads(answer.rest)

    def test_hop_by_hop_fields_and_those_that_connection_names_end_here(self):
        got = self.account("Connection: close, X-Hop", "Keep-Alive: 5", "X-Hop: 1", "TE: gzip",
                           "Proxy-Authorization: Basic eDp5", "Proxy-Connection: keep-alive",
                           "X-End: 2")["fields"]
        gone = {"x-hop", "keep-alive", "te", "proxy-authorization", "proxy-connection"}
        self.assertEqual(got.keys() & gone, set())
        self.assertEqual(got["x-end"], "2")

    def test_connection_cannot_remove_what_goes_from_end_to_end(self):
        got = self.account("Connection: close, Authorization, Cookie, Host",
                           "Authorization: Basic eDp5", "Cookie: a=b")["fields"]
        self.assertEqual((got["authorization"], got["cookie"]), ("Basic eDp5", "a=b"))
        self.assertEqual(got["host"], f"web.test:{self.node.http}")

    def test_a_host_field_that_differs_is_written_anew_from_the_target(self):
        target = f"web.test:{self.node.http}"
        answer = ask(self.culvert, f"GET http://{target}/ HTTP/1.1\r\nHost: other.test\r\n"
                                   "Connection: close\r\n\r\n".encode())
        self.assertEqual(json.loads(answer.rest)["fields"]["host"], target)

    def test_each_event_of_a_stream_is_passed_on_when_it_comes(self):
        go_on = threading.Event()

        def events(connection):
            read_request(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for word in (b"one", b"two"):
                connection.sendall(b"3\r\n" + word + b"\r\n")
                go_on.wait(10)
                go_on.clear()
            connection.sendall(b"0\r\n\r\n")

        with connect(self.culvert) as client:
            client.sendall(request(self.origin(events)))
            seen = read_head(client).rest
            for word in (b"one", b"two"):
                began = time.monotonic()
                seen = read_past(client, word, seen)
                self.assertLess(time.monotonic() - began, 5)  # the origin waits for 10 s
                go_on.set()
            read_past(client, b"\r\n0\r\n\r\n", seen)

    def test_interim_answers_are_passed_on_before_the_final_one(self):
        def early_hints(connection):
            read_request(connection)
            connection.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
                               b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

        with connect(self.culvert) as client:
            client.sendall(request(self.origin(early_hints), "Connection: close"))
            seen = read_all(client)
        self.assertTrue(seen.startswith(b"HTTP/1.1 103 "), seen)
        self.assertIn(b"HTTP/1.1 200 ", seen)
        self.assertTrue(seen.endswith(b"\r\n\r\nok"), seen)

    def test_a_body_that_ends_with_the_connection_arrives_whole(self):
        def until_close(connection):
            read_request(connection)
            connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + b"z" * 300_000)

        answer = ask(self.culvert, request(self.origin(until_close), "Connection: close"))
        self.assertEqual(answer.rest.count(b"z"), 300_000)

    def test_a_body_that_is_cut_off_is_not_passed_on_as_whole(self):
        def cut(connection):
            read_request(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")

        head, body = self.broken_answer(self.origin(cut))
        self.assertEqual((head.fields["content-length"], body), ("100", b"half"))

    def test_a_body_without_a_length_that_the_origin_resets_ends_in_a_reset(self):
        def reset(connection):
            read_request(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\nhalf")
            time.sleep(0.2)  # A reset overtakes bytes that nobody has read yet.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

        head, body = self.broken_answer(self.origin(reset))
        if "transfer-encoding" in head.fields:
            self.assertNotIn(b"\r\n0\r\n", body)
        else:
            self.assertEqual((body, self.was_reset), (b"half", True))

    def broken_answer(self, target):
        """The head and what comes of the body until the connection ends, one way or the other."""
        with connect(self.culvert) as client:
            client.sendall(request(target))
            head = read_head(client)
            body, self.was_reset = head.rest, False
            try:
                while piece := client.recv(65536):
                    body += piece
            except ConnectionResetError:
                self.was_reset = True
            return head, body

    def test_an_answer_that_is_not_http_is_a_502(self):
        def nonsense(connection):
            read_request(connection)
            connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")

        answer = ask(self.culvert, request(self.origin(nonsense)))
        self.assertEqual(answer.status, 502)
        self.assertIn("error=http_protocol_error", answer.fields["proxy-status"])

    def test_many_requests_share_a_connection_also_to_several_origins(self):
        def hello(connection):
            while read_request(connection):
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")

        targets = [self.origin(hello), self.origin(hello)]
        with connect(self.culvert) as client:
            for number in range(20):
                client.sendall(request(targets[number % 2], path=f"/{number}"))
                answer = read_answer(client)
                self.assertEqual((answer.status, answer.rest), (200, b"hello"))
