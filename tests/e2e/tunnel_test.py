# SPDX-License-Identifier: Apache-2.0
"""Tunnels, byte by byte: what a client sends early, half-close, resets, and back-pressure."""

import socket
import struct
import threading
import unittest

from support.client import (ask, connect, connect_request, open_tunnel, read_all, read_exactly,
                            read_head)
from support.origins import Origin, echo
from support.process import until
from support.proxy import OPAQUE, Culvert


class Tunnels(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.echo = cls.enterClassContext(Origin(echo))
        cls.culvert = cls.enterClassContext(Culvert(OPAQUE, names=["echo.test"]))

    def origin(self, script, **options):
        return self.enterContext(Origin(script, **options))

    def tunnel(self, origin, host="127.0.0.1"):
        connection = open_tunnel(self.culvert, f"{host}:{origin.port}")
        self.addCleanup(connection.close)
        return connection

    def test_the_200_has_no_framing_and_comes_before_any_byte_of_the_origin(self):
        with connect(self.culvert) as connection:
            connection.sendall(connect_request(f"echo.test:{self.echo.port}"))
            answer = read_head(connection)
            self.assertEqual(answer.status, 200)
            self.assertEqual(answer.fields.keys() & {"content-length", "transfer-encoding"}, set())
            self.assertEqual(answer.rest, b"")

    def test_bytes_glued_to_the_request_go_first(self):
        with connect(self.culvert) as connection:
            connection.sendall(connect_request(f"echo.test:{self.echo.port}") + b"early ")
            answer = read_head(connection)
            connection.sendall(b"late")
            rest = answer.rest + read_exactly(connection, 10 - len(answer.rest))
            self.assertEqual(rest, b"early late")

    def test_what_real_clients_put_into_a_connect_is_fine(self):
        target = f"127.0.0.1:{self.echo.port}"
        for request in (f"CONNECT {target} HTTP/1.0\r\n\r\n",
                        f"CONNECT {target} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n",
                        f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\nProxy-Connection: close"
                        "\r\n\r\n"):
            with self.subTest(request=request), connect(self.culvert) as connection:
                connection.sendall(request.encode())
                self.assertEqual(read_head(connection).status, 200)
                connection.sendall(b"still here")
                self.assertEqual(read_exactly(connection, 10), b"still here")

    def test_an_ipv6_origin_is_reached_by_its_bracketed_address(self):
        origin = self.origin(echo, family=socket.AF_INET6, address="::1")
        tunnel = self.tunnel(origin, host="[::1]")
        tunnel.sendall(b"six")
        self.assertEqual(read_exactly(tunnel, 3), b"six")

    def test_a_client_that_has_finished_still_gets_the_whole_answer(self):
        def answer_after_the_end(connection):
            count = len(read_all(connection))
            connection.sendall(b"x" * (4 << 20) + str(count).encode())

        tunnel = self.tunnel(self.origin(answer_after_the_end))
        tunnel.sendall(b"y" * 100_000)
        tunnel.shutdown(socket.SHUT_WR)
        answer = read_all(tunnel)
        self.assertEqual((len(answer), answer[-6:]), ((4 << 20) + 6, b"100000"))

    def test_an_origin_that_has_finished_still_gets_what_the_client_says(self):
        heard = []

        def finish_then_listen(connection):
            connection.shutdown(socket.SHUT_WR)
            heard.append(read_all(connection))

        tunnel = self.tunnel(self.origin(finish_then_listen))
        self.assertEqual(read_all(tunnel), b"")
        tunnel.sendall(b"last words")
        tunnel.shutdown(socket.SHUT_WR)
        self.assertEqual(until(lambda: heard), [b"last words"])

    def test_a_reset_is_passed_on_as_a_reset(self):
        def reset(connection):
            connection.recv(1)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()

        tunnel = self.tunnel(self.origin(reset))
        tunnel.sendall(b"x")
        with self.assertRaises(ConnectionResetError):
            read_all(tunnel)

    def test_a_slow_client_holds_the_origin_back_and_not_our_memory(self):
        sent = []

        def flood(connection):
            for _ in range(1024):
                connection.sendall(bytes(65536))
                sent.append(65536)

        before = self.culvert.memory()
        tunnel = self.tunnel(self.origin(flood))
        # The origin is stuck once its count stands still for a whole second.
        seen = None
        while seen != (seen := len(sent)):
            threading.Event().wait(1)
        self.assertLess(sum(sent), 32 << 20, "more than the kernel's buffers went in")
        self.assertLess(self.culvert.memory() - before, 2 << 20)
        self.assertEqual(len(read_all(tunnel)), 64 << 20)

    def test_a_body_that_a_connect_announces_is_refused(self):
        request = f"CONNECT 127.0.0.1:{self.echo.port} HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"
        self.assertEqual(ask(self.culvert, request.encode()).status, 400)
