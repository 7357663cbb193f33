# SPDX-License-Identifier: Apache-2.0
"""HTTP/2 to the proxy: many tunnels on one connection, each by itself, and how they end."""

import base64
import signal
import socket
import struct
import threading
import unittest

from support.client import read_all, read_exactly, read_head, read_past
from support.http2 import Connection
from support.origins import ManyEchoes, Nginx, Node, Origin, echo, free_port
from support.process import until
from support.proxy import CLEAR, LOCAL, OPAQUE, Culvert, secure
from support.websocket import CLOSE, TEXT, close, frame, frames_in, handshake
from users_test import ASKING, UserFiles

DENY = """
[[rule]]
name = "closed"
action = "deny"
hosts = ["closed.test"]
"""
NAMES = ["web.test", "ws.test", "closed.test"]
MANY = 1000
NO_ERROR, PROTOCOL_ERROR, CANCEL, CONNECT_ERROR = 0, 1, 8, 10  # RFC 9113 §7
HELLO = frame(TEXT, b"hello")
HELLO_BACK = frame(TEXT, b"hello", mask=None)


def websocket_in(stream, host):
    """Opens one in a tunnel."""
    stream.sendall(handshake(host))
    answer = read_head(stream)
    if answer.status != 101:
        raise AssertionError(f"{answer}")
    return stream


class Http2(unittest.TestCase):
    """node, and a proxy that speaks HTTP/2 in the clear."""

    RULES = DENY + LOCAL

    @classmethod
    def setUpClass(cls):
        cls.node = cls.enterClassContext(Node())
        cls.culvert = cls.enterClassContext(Culvert(cls.RULES, names=NAMES, listen=CLEAR))

    def setUp(self):
        self.client = self.enterContext(Connection(self.culvert.port))

    def origin(self, script):
        return f"ws.test:{self.enterContext(Origin(script)).port}"

    def host(self, name="ws.test"):
        return f"{name}:{self.node.http}"

    def assert_lives(self):
        """The connection still serves."""
        self.assertEqual(self.client.request(self.host("web.test")).answer().status, 200)


class Settings(Http2):
    def test_at_least_256_streams_and_extended_connect_are_announced(self):
        with Culvert(names=NAMES, listen=secure()) as culvert, \
                Connection(culvert.port, tls=True) as secured:
            for client in (self.client, secured):
                announced = {int(key): value for key, value in client.settings.items()}
                self.assertGreaterEqual(announced[3], 256)  # MAX_CONCURRENT_STREAMS
                self.assertEqual(announced[8], 1)  # ENABLE_CONNECT_PROTOCOL (RFC 8441 §3)


class Tunnels(Http2):
    RULES = DENY + OPAQUE

    def test_websockets_one_after_another_and_together_share_a_connection(self):
        streams = []
        for _ in range(3):
            streams.append(websocket_in(self.client.tunnel(self.host()), self.host()))
            for stream in streams:
                stream.sendall(HELLO)
                self.assertEqual(read_exactly(stream, len(HELLO_BACK)), HELLO_BACK)
        for stream in streams:
            stream.sendall(close(1000))
            self.assertEqual(frames_in(read_all(stream)), ([(CLOSE, 0, b"\x03\xe8")], b""))
            stream.finish()
        records = until(lambda: len(found := self.culvert.records(
            event="close", kind="connect", port=self.node.http, proto="h2")) >= 3 and found)
        self.assertTrue(records, self.culvert.said())
        self.assertEqual(len({record["connection"] for record in records}), 1)
        self.assertEqual(len({record["id"] for record in records}), 3)

    def test_a_finish_is_passed_on_and_the_other_direction_goes_on(self):
        def script(connection):
            count = len(read_all(connection))
            connection.sendall(b"%d bytes" % count)

        stream = self.client.tunnel(self.origin(script))
        stream.write(b"x" * 300_000)
        stream.finish()
        self.assertEqual(read_all(stream), b"300000 bytes")
        self.assert_lives()

    def test_a_finish_of_the_origin_leaves_the_client_its_direction(self):
        heard = []

        def script(connection):
            connection.sendall(b"all I say")
            connection.shutdown(socket.SHUT_WR)
            heard.append(read_all(connection))

        stream = self.client.tunnel(self.origin(script))
        self.assertEqual(read_all(stream), b"all I say")
        stream.sendall(b"and I go on")
        stream.finish()
        self.assertTrue(self.client.until(lambda: until(lambda: heard, 0.1)))
        self.assertEqual(heard, [b"and I go on"])

    def test_a_reset_stream_resets_the_origin(self):
        ends = []

        def script(connection):
            try:
                ends.append(read_all(connection))
            except ConnectionResetError:
                ends.append("reset")

        stream = self.client.tunnel(self.origin(script))
        stream.reset(CANCEL)
        self.assertTrue(until(lambda: ends))
        self.assertEqual(ends, ["reset"])
        self.assert_lives()

    def test_a_reset_of_the_origin_resets_the_stream(self):
        def script(connection):
            read_past(connection, b"go")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

        stream = self.client.tunnel(self.origin(script))
        stream.sendall(b"go")
        self.client.until(lambda: stream.ended or stream.error is not None)
        self.assertEqual((stream.ended, stream.error), (False, CONNECT_ERROR))
        self.assert_lives()

    def test_the_end_of_the_connection_ends_every_tunnel(self):
        ends = []

        def script(connection):
            try:
                read_all(connection)
            finally:
                ends.append(True)

        target = self.origin(script)
        for _ in range(5):
            self.client.tunnel(target)
        self.client.close()
        self.assertTrue(until(lambda: len(ends) == 5), ends)


class Refusals(Http2):
    def test_each_refusal_has_its_status_and_its_page_and_the_connection_goes_on(self):
        nobody = free_port()
        for target, status, error in (
                ("closed.test:443", 403, "http_request_denied"),
                ("elsewhere.example:443", 403, "http_request_denied"),
                (f"ws.test:{nobody}", 502, "connection_refused"),
                ("unknown.test:443", 502, "dns_error")):
            with self.subTest(target):
                answer = self.client.connect(target).whole_answer()
                self.assertEqual(answer.status, status)
                self.assertIn(f"error={error}", answer.fields["proxy-status"])
                self.assertNotEqual(answer.rest, b"")
                self.assertEqual(answer.fields.keys() & {"connection", "transfer-encoding"}, set())
                record = self.culvert.wait_for_record(host=target.split(":")[0], status=status)
                self.assertEqual(record["proto"], "h2")
        self.assert_lives()

    def test_what_follows_a_refused_connect_goes_nowhere(self):
        stream = self.client.connect("closed.test:443")
        stream.write(b"GET http://web.test/ HTTP/1.1\r\nHost: web.test\r\n\r\n")
        self.assertEqual(stream.whole_answer().status, 403)
        self.assert_lives()


class Asked(unittest.TestCase):
    def test_who_is_asked_who_it_is_answers_on_the_same_connection(self):
        users = self.enterContext(UserFiles())
        node = self.enterContext(Node())
        culvert = self.enterContext(Culvert(
            ASKING, names=NAMES, listen=secure(),
            more=users.auth(htpasswd="passwords", htdigest="digests", tokens="tokens")))
        host = f"ws.test:{node.http}"
        ann = ("proxy-authorization", "Basic " + base64.b64encode(b"ann:open sesame").decode())
        with Connection(culvert.port, tls=True) as client:
            for ask in (lambda *fields: client.connect(host, *fields),
                        lambda *fields: client.extended(host, "/echo", *fields),
                        lambda *fields: client.request(host, "/", *fields)):
                asked = ask()
                self.assertEqual(asked.answer().status, 407)
                self.assertIn("Basic realm=", asked.fields["proxy-authenticate"])
                self.assertEqual(ask(ann).answer().status, 200)
            # A stream's credentials are its own.
            self.assertEqual(client.request(host).answer().status, 407)
        record = culvert.wait_for_record(user="ann", kind="connect", event="close")
        self.assertEqual(record["proto"], "h2")


class Requests(Http2):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.nginx = cls.enterClassContext(Nginx())
        (cls.nginx.www / "bulk.bin").write_bytes(bytes(range(256)) * 40_000)

    def test_a_body_arrives_with_and_without_a_length(self):
        body = b"x" * 1_000_000
        for fields, framing in (((("content-length", str(len(body))),), "content-length"),
                                ((), "transfer-encoding")):
            with self.subTest(framing):
                answer = self.client.request(self.host("web.test"), "/", *fields, method="POST",
                                             body=body).whole_answer()
                self.assertEqual(answer.status, 200)
                self.assertIn(b'"length":1000000', answer.rest)
                self.assertIn(f'"{framing}"'.encode(), answer.rest)

    def test_several_cookie_fields_are_one_at_an_origin_of_http_1(self):
        answer = self.client.request(self.host("web.test"), "/", ("cookie", "a=1"),
                                     ("cookie", "b=2")).whole_answer()
        self.assertIn(b'"cookie":"a=1; b=2"', answer.rest)

    def test_a_body_that_is_not_read_holds_up_nobody(self):
        target = f"web.test:{self.nginx.http}"
        held = [self.client.request(target, "/bulk.bin") for _ in range(3)]
        for stream in held:
            stream.open_window = False
            stream.answer()
        answer = self.client.request(target, "/bulk.bin").whole_answer()
        self.assertEqual(len(answer.rest), 256 * 40_000)
        self.assertLess(max(len(stream.seen) for stream in held), 256 * 40_000)

    def test_head_and_204_have_no_body(self):
        target = f"web.test:{self.nginx.http}"
        answer = self.client.request(target, "/bulk.bin", method="HEAD").whole_answer()
        self.assertEqual((answer.status, answer.fields["content-length"], answer.rest),
                         (200, str(256 * 40_000), b""))
        answer = self.client.request(target, "/nothing").whole_answer()
        self.assertEqual((answer.status, answer.rest), (204, b""))

    def test_an_answer_that_is_cut_off_is_not_passed_on_as_whole(self):
        def script(connection):
            read_past(connection, b"\r\n\r\n")
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")

        stream = self.client.request(self.origin(script))
        self.client.until(lambda: stream.ended or stream.error is not None)
        self.assertFalse(stream.ended)
        self.assert_lives()

    def test_fields_of_a_connection_of_http_1_reset_the_stream_alone(self):
        for field in (("connection", "keep-alive"), ("transfer-encoding", "chunked"),
                      ("upgrade", "websocket"), ("keep-alive", "5"), ("te", "gzip")):
            with self.subTest(field):
                stream = self.client.request(self.host("web.test"), "/", field)
                self.client.until(lambda s=stream: s.status or s.error is not None)
                self.assertIn((stream.status, stream.error), ((None, PROTOCOL_ERROR), (400, None)))
        self.assert_lives()


class Crowd(unittest.TestCase):
    def test_a_thousand_tunnels_echo_while_one_is_stalled(self):
        self.crowd(CLEAR)

    def test_a_thousand_tunnels_within_tls_echo_while_one_is_stalled(self):
        self.crowd(secure())

    def crowd(self, listen):
        def flood(connection):
            while True:
                connection.sendall(b"f" * 65536)

        echoes = self.enterContext(ManyEchoes())
        flooding = self.enterContext(Origin(flood))
        culvert = self.enterContext(Culvert(OPAQUE, names=NAMES, listen=listen,
                                            more=f"[http2]\nmax_streams = {MANY + 10}\n"))
        client = self.enterContext(Connection(culvert.port, tls=listen != CLEAR))
        self.talk(culvert, client, f"ws.test:{echoes.port}", f"ws.test:{flooding.port}")

    def talk(self, culvert, client, echoing, flooding):
        stalled = client.connect(flooding)
        stalled.open_window = False
        self.assertEqual(stalled.answer().status, 200)
        streams = [client.connect(echoing) for _ in range(MANY)]
        client.until(lambda: all(stream.status for stream in streams), 60)
        self.assertEqual({stream.status for stream in streams}, {200})
        for turn in range(3):
            said = {stream: f"{turn} of stream {stream.number}".encode() for stream in streams}
            for stream in streams:
                stream.write(said[stream])
            client.until(lambda: all(len(s.seen) >= len(said[s]) for s in streams), 60)
            for stream in streams:
                self.assertEqual(stream.recv(100), said[stream])
        full = len(stalled.seen)
        self.assertGreater(full, 0)
        self.assertIsNone(stalled.error)
        print(f"{MANY} tunnels on one connection echoed, {full} bytes came of the stalled one;"
              f" {culvert.memory() >> 10} KiB", flush=True)
        # What was held back is whole when the window opens.
        stalled.open_window = True
        client.h2.increment_flow_control_window(full, stalled.number)
        client.until(lambda: len(stalled.seen) > full + (1 << 20), 30)
        self.assertEqual(stalled.seen.count(b"f"), len(stalled.seen))
        stalled.reset()
        for stream in streams:
            stream.finish()
        client.until(lambda: all(stream.ended for stream in streams), 60)
        closed = until(lambda: len(found := culvert.records(event="close")) > MANY and found, 30)
        self.assertTrue(closed)
        self.assertEqual(len({record["connection"] for record in closed}), 1)


class Drain(unittest.TestCase):
    """SIGTERM: GOAWAY, and what is under way comes to its end."""

    def setUp(self):
        self.culvert = self.enterContext(Culvert(OPAQUE, names=NAMES, listen=CLEAR, grace="4s"))
        self.client = self.enterContext(Connection(self.culvert.port))

    def drain(self):
        self.culvert.signal(signal.SIGTERM)
        self.client.until(lambda: self.client.goaway is not None)
        self.assertEqual(self.client.goaway, NO_ERROR)

    def test_an_answer_that_has_begun_comes_to_its_end(self):
        go_on = threading.Event()

        def script(connection):
            read_past(connection, b"\r\n\r\n")
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst")
            go_on.wait(20)
            connection.sendall(b" half")

        origin = self.enterContext(Origin(script))
        stream = self.client.request(f"web.test:{origin.port}")
        self.assertEqual(stream.answer().status, 200)
        self.drain()
        go_on.set()
        self.assertEqual(read_all(stream), b"first half")
        self.client.until(lambda: self.client.closed)
        self.assertEqual(self.culvert.wait(10), 0)

    def test_websockets_hear_a_close_and_may_answer_it(self):
        node = self.enterContext(Node())
        host = f"ws.test:{node.http}"
        streams = [websocket_in(self.client.tunnel(host), host), self.client.extended(host)]
        self.assertEqual(streams[1].answer().status, 200)
        for stream in streams:
            stream.sendall(HELLO)
            self.assertEqual(read_exactly(stream, len(HELLO_BACK)), HELLO_BACK)
        self.drain()
        for stream in streams:
            said = read_exactly(stream, 2)
            said += read_exactly(stream, said[1])
            [(kind, _, payload)], left = frames_in(said)
            self.assertEqual((kind, payload[:2], left), (CLOSE, (1001).to_bytes(2), b""))
            stream.write(close(1001))
            stream.finish()
        self.client.until(lambda: self.client.closed)
        self.assertEqual(self.culvert.wait(10), 0)
        told = [(r["kind"], r["closer"]) for r in self.culvert.records(event="close")]
        self.assertEqual(sorted(told), [("connect", "shutdown"), ("ws", "shutdown")])

    def test_a_connection_without_streams_is_closed_at_once(self):
        self.drain()
        self.client.until(lambda: self.client.closed, 3)
        self.assertEqual(self.culvert.wait(10), 0)

    def test_a_tunnel_has_the_grace(self):
        origin = self.enterContext(Origin(echo))
        stream = self.client.tunnel(f"ws.test:{origin.port}")
        self.drain()
        for _ in range(3):
            stream.sendall(b"still here")
            self.assertEqual(read_exactly(stream, 10), b"still here")
        stream.finish()
        self.assertEqual(read_all(stream), b"")
        self.client.until(lambda: self.client.closed)
        self.assertEqual(self.culvert.wait(10), 0)
