# SPDX-License-Identifier: Apache-2.0
"""Time limits, as a user meets them: what ends, what stays, and what the log calls it."""

import time
import unittest

from support.client import connect, connect_request, open_tunnel, read_all, read_exactly, read_head
from support.origins import Origin, echo
from support.process import until
from support.proxy import OPAQUE, Culvert

LIMITS = """
[timeouts]
request_head = "1s"
keep_alive = "1s"
response_head = "1s"
tunnel_idle = "2s"
half_closed = "1s"
"""


class Timeouts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.echo = cls.enterClassContext(Origin(echo))
        cls.silent = cls.enterClassContext(Origin(lambda c: (c.recv(65536), time.sleep(8))))
        cls.culvert = cls.enterClassContext(
            Culvert(OPAQUE, more=LIMITS,
                    names=["idle.test", "beat.test", "half.test", "mute.test"]))

    def assert_between(self, seconds, least, most):
        self.assertGreater(seconds, least)
        self.assertLess(seconds, most)

    def test_a_silent_tunnel_ends_and_the_log_names_the_timer(self):
        began = time.monotonic()
        with open_tunnel(self.culvert, f"idle.test:{self.echo.port}") as tunnel:
            self.assertEqual(read_all(tunnel), b"")
            self.assert_between(time.monotonic() - began, 1.5, 4.5)
        closed = self.culvert.wait_for_record(event="close", host="idle.test")
        self.assertEqual(closed["closer"], "tunnel_idle")

    def test_a_byte_now_and_then_keeps_a_tunnel_for_ever(self):
        with open_tunnel(self.culvert, f"beat.test:{self.echo.port}") as tunnel:
            for _ in range(5):
                time.sleep(1)
                tunnel.sendall(b".")
                self.assertEqual(read_exactly(tunnel, 1), b".")

    def test_a_tunnel_with_one_finished_end_does_not_wait_for_the_other_for_ever(self):
        with open_tunnel(self.culvert, f"half.test:{self.silent.port}") as tunnel:
            tunnel.sendall(b"x")
            began = time.monotonic()
            tunnel.shutdown(1)
            read_all(tunnel)
            self.assert_between(time.monotonic() - began, 0.7, 3.5)
        closed = self.culvert.wait_for_record(event="close", host="half.test")
        self.assertEqual(closed["closer"], "half_closed")

    def test_a_slow_request_head_is_a_408(self):
        with connect(self.culvert) as client:
            client.sendall(b"GET http://idle.test/ HT")
            answer = read_head(client)
        self.assertEqual(answer.status, 408)
        self.assertEqual(answer.fields["connection"].lower(), "close")

    def test_an_origin_that_does_not_answer_is_a_504(self):
        target = f"mute.test:{self.silent.port}"
        with connect(self.culvert) as client:
            client.sendall(f"GET http://{target}/ HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
            answer = read_head(client)
        self.assertEqual(answer.status, 504)
        self.assertIn("error=http_response_timeout", answer.fields["proxy-status"])

    def test_a_connection_that_says_nothing_is_closed_without_a_word(self):
        began = time.monotonic()
        with connect(self.culvert) as client:
            self.assertEqual(read_all(client), b"")
            self.assert_between(time.monotonic() - began, 0.7, 4)

    def test_an_end_of_the_tunnel_is_told_to_the_origin_too(self):
        ended = []

        def listen(connection):
            read_all(connection)
            ended.append(time.monotonic())

        with Origin(listen) as origin, connect(self.culvert) as client:
            began = time.monotonic()
            client.sendall(connect_request(f"127.0.0.1:{origin.port}"))
            self.assertEqual(read_head(client).status, 200)
            read_all(client)
            self.assertTrue(until(lambda: ended))
            self.assert_between(ended[0] - began, 1.5, 4.5)
