# SPDX-License-Identifier: Apache-2.0
"""Streams and long polls through the plain HTTP hop: what comes is passed on at once.

Each origin stamps what it sends with the time, once directly and once through the proxy. One clock
serves all processes of a machine, so the difference is what the proxy adds.
"""

import statistics
import struct
import time
import unittest
from dataclasses import dataclass

from support.client import connect, read_exactly, read_past
from support.origins import Origin
from support.proxy import Culvert

EVENTS = 300
PAUSE = 0.003  # seconds between two events
LIMIT = 0.001  # seconds that the proxy may add, by the median
STAMP = struct.Struct("!d")


@dataclass
class Framing:
    field: bytes
    before: bytes = b""  # each event
    after: bytes = b""
    end: bytes = b""


CHUNKED = Framing(b"Transfer-Encoding: chunked", b"%x\r\n" % STAMP.size, b"\r\n", b"0\r\n\r\n")
LENGTH = Framing(b"Content-Length: %d" % (EVENTS * STAMP.size))
UNTIL_CLOSE = Framing(b"Connection: close")


def stamp():
    return STAMP.pack(time.monotonic())


def read_request(connection):
    """False when the other side sends no more of them."""
    try:
        return read_past(connection, b"\r\n\r\n")
    except AssertionError:
        return False


def events(framing):
    """An origin's script: one answer, whose events come one by one."""
    def script(connection):
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n" +
                           framing.field + b"\r\n\r\n")
        for _ in range(EVENTS):
            time.sleep(PAUSE)
            connection.sendall(framing.before + stamp() + framing.after)
        connection.sendall(framing.end)
    return script


def polls(connection):
    """An origin's script: each request is answered a while later."""
    while read_request(connection):
        time.sleep(PAUSE)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % STAMP.size + stamp())


def read_past_head(connection):
    head = read_past(connection, b"\r\n\r\n", at_most=1)  # what follows is timed
    if not head.startswith(b"HTTP/1.1 200 "):
        raise AssertionError(head)


def under_way(connection):
    """How long the stamp that comes next was under way, in seconds."""
    sent, = STAMP.unpack(read_exactly(connection, STAMP.size))
    return time.monotonic() - sent


def receive_events(framing):
    def receive(connection, request):
        connection.sendall(request)
        read_past_head(connection)
        times = []
        for _ in range(EVENTS):
            read_exactly(connection, len(framing.before))
            times.append(under_way(connection))
            read_exactly(connection, len(framing.after))
        return times
    return receive


def receive_polls(connection, request):
    times = []
    for _ in range(EVENTS):
        connection.sendall(request)
        read_past_head(connection)
        times.append(under_way(connection))
    return times


def p99(times):
    return statistics.quantiles(times, n=100)[-1]


class Streams(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.culvert = cls.enterClassContext(Culvert())

    def adds_little(self, script, receive):
        """One round of three is enough: a busy machine is no fault of the proxy."""
        self.assertTrue(any(self.added(script, receive) < LIMIT for _ in range(3)))

    def added(self, script, receive):
        with Origin(script) as origin:
            request = (f"GET http://127.0.0.1:{origin.port}/ HTTP/1.1\r\n"
                       f"Host: 127.0.0.1:{origin.port}\r\n\r\n").encode()
            with connect(origin) as connection:
                direct = receive(connection, request)
            with connect(self.culvert) as connection:
                through = receive(connection, request)
        median = statistics.median(through) - statistics.median(direct)
        print(f"  added: median {median * 1e6:.0f} µs, p99 {(p99(through) - p99(direct)) * 1e6:.0f}"
              f" µs (direct: {statistics.median(direct) * 1e6:.0f}, {p99(direct) * 1e6:.0f})")
        return median

    def test_each_chunk_of_server_sent_events_is_passed_on_at_once(self):
        self.adds_little(events(CHUNKED), receive_events(CHUNKED))

    def test_each_piece_of_an_answer_with_a_length_is_passed_on_at_once(self):
        self.adds_little(events(LENGTH), receive_events(LENGTH))

    def test_each_piece_of_an_answer_until_the_end_is_passed_on_at_once(self):
        self.adds_little(events(UNTIL_CLOSE), receive_events(UNTIL_CLOSE))

    def test_the_answer_to_a_long_poll_is_passed_on_at_once(self):
        self.adds_little(polls, receive_polls)


if __name__ == "__main__":
    unittest.main()
