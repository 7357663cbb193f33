# SPDX-License-Identifier: Apache-2.0
"""The access log: one JSON object a line, one id from open to close, names as users know them."""

import socket
import unittest
from datetime import datetime

from support.client import ask, connect, connect_request, open_tunnel, read_all, read_exactly
from support.origins import Node, Origin, echo, free_port
from support.proxy import OPAQUE, Culvert

ALWAYS = {"ts", "id", "event", "client", "kind", "method", "host", "port", "rule", "verdict"}
AT_THE_END = ALWAYS | {"resolved", "status", "bytes_up", "bytes_down", "dur_ms", "connect_ms",
                       "dns_ms", "closer"}


class AccessLog(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.node = cls.enterClassContext(Node())
        cls.echo = cls.enterClassContext(Origin(echo))
        cls.culvert = cls.enterClassContext(
            Culvert(OPAQUE,
                    names=["one.test", "two.test", "three.test", "four.test", "five.test"]))

    def assert_fields(self, record, names):
        self.assertEqual(names - record.keys(), set(), record)

    def test_a_tunnel_is_told_when_it_opens_and_when_it_ends(self):
        tunnel = open_tunnel(self.culvert, f"one.test:{self.echo.port}")
        opened = self.culvert.wait_for_record(event="open", host="one.test")
        self.assert_fields(opened, ALWAYS)
        self.assertEqual(self.culvert.records(event="close", id=opened["id"]), [])
        tunnel.sendall(b"12345")
        read_exactly(tunnel, 5)
        tunnel.close()

        closed = self.culvert.wait_for_record(event="close", id=opened["id"])
        self.assert_fields(closed, AT_THE_END)
        for name in ("client", "kind", "method", "host", "port", "rule", "verdict"):
            self.assertEqual(closed[name], opened[name])
        told = {n: closed[n] for n in ("kind", "method", "port", "rule", "verdict", "status",
                                       "bytes_up", "bytes_down", "closer")}
        self.assertEqual(told, {"kind": "connect", "method": "CONNECT", "port": self.echo.port,
                                "rule": "local", "verdict": "allow", "status": 200, "bytes_up": 5,
                                "bytes_down": 5, "closer": "client"})
        self.assertTrue(closed["client"].startswith("127.0.0.1:"), closed["client"])
        self.assertIn("127.0.0.1", closed["resolved"])

    def test_times_are_of_today_in_utc_and_durations_are_numbers(self):
        open_tunnel(self.culvert, f"two.test:{self.echo.port}").close()
        closed = self.culvert.wait_for_record(event="close", host="two.test")
        ts = datetime.fromisoformat(closed["ts"])
        self.assertIsNotNone(ts.tzinfo)
        self.assertLess(abs((datetime.now(ts.tzinfo) - ts).total_seconds()), 60)
        for name in ("dur_ms", "connect_ms", "dns_ms"):
            self.assertIsInstance(closed[name], (int, float))
            self.assertGreaterEqual(closed[name], 0)

    def test_the_origin_is_named_when_it_ends_the_tunnel(self):
        with Origin(lambda connection: connection.sendall(b"bye")) as origin:
            tunnel = open_tunnel(self.culvert, f"three.test:{origin.port}")
            self.assertEqual(read_all(tunnel), b"bye")
            tunnel.shutdown(socket.SHUT_WR)
            closed = self.culvert.wait_for_record(event="close", host="three.test")
            tunnel.close()
        self.assertEqual((closed["closer"], closed["bytes_down"]), ("origin", 3))

    def test_a_plain_request_is_one_line_without_its_query(self):
        target = f"four.test:{self.node.http}"
        ask(self.culvert, f"GET http://{target}/a?secret=1 HTTP/1.1\r\nHost: {target}\r\n"
                          "Authorization: Basic c2VjcmV0\r\nConnection: close\r\n\r\n".encode())
        record = self.culvert.wait_for_record(host="four.test")
        self.assert_fields(record, AT_THE_END - {"closer"})
        self.assertEqual((record["event"], record["kind"], record["method"], record["status"]),
                         ("request", "hop", "GET", 200))
        self.assertGreater(record["bytes_down"], 0)
        self.assertEqual(len(self.culvert.records(host="four.test")), 1)
        self.assertNotIn("secret", "\n".join(self.culvert.out))
        self.assertNotIn("c2VjcmV0", "\n".join(self.culvert.out))

    def test_a_failure_is_one_line_with_its_error(self):
        target = f"five.test:{free_port()}"
        self.assertEqual(ask(self.culvert, connect_request(target)).status, 502)
        record = self.culvert.wait_for_record(host="five.test")
        self.assertEqual((record["status"], record["error"], record["verdict"]),
                         (502, "connection_refused", "allow"))
        self.assertEqual(len(self.culvert.records(host="five.test")), 1)

    def test_a_connection_without_a_byte_is_no_line(self):
        with Culvert() as culvert:
            for _ in range(3):
                connect(culvert).close()
            ask(culvert, connect_request("example.com:443"))
            culvert.wait_for_record(host="example.com")
            self.assertEqual(len(culvert.records()), 1)
