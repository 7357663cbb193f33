# SPDX-License-Identifier: Apache-2.0
"""The cases of the Autobahn test-suite, through the upgrade hop and in a tunnel, and to the origin
itself: not one byte of what comes back may differ.

The numbers are the suite's (https://github.com/crossbario/autobahn-testsuite), the frames are made
here. node's `ws` is the origin: it judges them and echoes messages, so an invalid byte that did not
arrive as it was sent, or in another order, is heard.
"""

import dataclasses
import itertools
import socket
import threading
import unittest
import zlib
from concurrent.futures import ThreadPoolExecutor

from support.client import connect, open_tunnel, read_head, read_past
from support.origins import Node, Origin
from support.process import until
from support.proxy import Culvert
from support.websocket import (BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, accept, close, frame,
                               frames_in, handshake)

KiB, MiB = 1 << 10, 1 << 20
HELLO = b"Hello, world!"


@dataclasses.dataclass
class Case:
    number: str
    what: str
    sent: list  # pieces, each written by itself
    heard: bytes | None  # until the end of the stream; None where the origin has a choice

    @property
    def name(self):
        return f"{self.number} {self.what}"


def case(number, what, sent, heard, *, chop=None):
    """Sends these frames, each by itself or all of them in pieces of `chop` bytes. If what is heard
    does not end with a Close, the client says one and hears it."""
    if not heard or not heard[-1].startswith(CLOSED):
        sent, heard = sent + [close(1000)], heard + [closed(1000)]
    return Case(number, what, sent if chop is None else chopped(b"".join(sent), chop),
                b"".join(heard))


def chopped(stream, size):
    return [stream[at:at + size] for at in range(0, len(stream), size)]


def fragments(opcode, pieces):
    """A message of these pieces, a frame each."""
    last = len(pieces) - 1
    return [frame(opcode if i == 0 else CONTINUATION, piece, fin=i == last)
            for i, piece in enumerate(pieces)]


def echo(opcode, payload=b""):
    """A frame of the origin."""
    return frame(opcode, payload, mask=None)


def closed(code, reason=b""):
    return close(code, reason, mask=None)


CLOSED = b"\x88"  # how the origin's Close begins
AT_ONCE = MiB  # pieces so large that there is one

# The tables. Each is made when it is run, since some are large.


def messages():
    for group, opcode, letter in ((1, TEXT, b"*"), (2, BINARY, b"\xfe")):
        for n, size in enumerate((0, 125, 126, 127, 128, 65535, 65536), 1):
            payload = letter * size
            yield case(f"1.{group}.{n}", f"{size} bytes", [frame(opcode, payload)],
                       [echo(opcode, payload)])
        yield case(f"1.{group}.8", "65536 bytes, chopped", [frame(opcode, payload)],
                   [echo(opcode, payload)], chop=997)


def pings_and_pongs():
    yield case("2.1", "ping", [frame(PING)], [echo(PONG)])
    yield case("2.2", "ping, text", [frame(PING, HELLO)], [echo(PONG, HELLO)])
    odd = b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff"
    yield case("2.3", "ping, binary", [frame(PING, odd)], [echo(PONG, odd)])
    full = b"\xfe" * 125
    yield case("2.4", "ping, 125 bytes", [frame(PING, full)], [echo(PONG, full)])
    yield case("2.5", "ping, 126 bytes", [frame(PING, b"\xfe" * 126)], [closed(1002)])
    yield case("2.6", "ping, byte by byte", [frame(PING, full)], [echo(PONG, full)], chop=1)
    yield case("2.7", "unsolicited pong", [frame(PONG)], [])
    yield case("2.8", "unsolicited pong, payload", [frame(PONG, b"unsolicited")], [])
    yield case("2.9", "unsolicited pong, then ping", [frame(PONG, b"x"), frame(PING, b"ping")],
               [echo(PONG, b"ping")])
    many = [b"payload-%d" % i for i in range(10)]
    for number, chop in (("2.10", None), ("2.11", 1)):
        yield case(number, "10 pings", [frame(PING, p) for p in many],
                   [echo(PONG, p) for p in many], chop=chop)


def reserved_bits():
    hello, heard, ping = frame(TEXT, HELLO), echo(TEXT, HELLO), frame(PING)
    yield case("3.1", "RSV 1, text", [frame(TEXT, HELLO, rsv=1)], [closed(1002)])
    for number, rsv, chop in (("3.2", 2, None), ("3.3", 3, None), ("3.4", 4, 1)):
        yield case(number, f"RSV {rsv}, text behind text",
                   [hello, frame(TEXT, HELLO, rsv=rsv), ping], [heard, closed(1002)], chop=chop)
    yield case("3.5", "RSV 5, binary", [frame(BINARY, b"\0\xff", rsv=5)], [closed(1002)])
    yield case("3.6", "RSV 6, ping", [frame(PING, HELLO, rsv=6)], [closed(1002)])
    yield case("3.7", "RSV 7, close", [close(1000, rsv=7)], [closed(1002)])


def reserved_opcodes():
    hello, heard, ping = frame(TEXT, HELLO), echo(TEXT, HELLO), frame(PING)
    for group, first in ((1, 3), (2, 11)):
        for n in range(5):
            what, payload = f"opcode {first + n}", HELLO if n in (1, 3, 4) else b""
            before = n >= 2
            yield case(f"4.{group}.{n + 1}", what,
                       [hello] * before + [frame(first + n, payload), ping],
                       [heard] * before + [closed(1002)], chop=1 if n == 4 else None)


def fragmentation():
    two = [b"fragment1", b"fragment2"]
    text, heard = fragments(TEXT, two), echo(TEXT, b"".join(two))
    ping, pong = frame(PING, b"ping"), echo(PONG, b"ping")
    hello = frame(TEXT, HELLO)
    bad = closed(1002)
    yield case("5.1", "ping in two", fragments(PING, two), [bad])
    yield case("5.2", "pong in two", fragments(PONG, two), [bad])
    for n, chop in ((0, AT_ONCE), (1, None), (2, 1)):  # at once, by frames, by bytes
        yield case(f"5.{3 + n}", "text in two", text, [heard], chop=chop)
        yield case(f"5.{6 + n}", "a ping within", [text[0], ping, text[1]], [pong, heard],
                   chop=chop)
        yield case(f"5.{9 + n}", "continuation of nothing",
                   [frame(CONTINUATION, HELLO), hello], [bad], chop=chop)
        yield case(f"5.{12 + n}", "continuation of nothing, unfinished",
                   [frame(CONTINUATION, HELLO, fin=False), hello], [bad], chop=chop)
    loose = frame(CONTINUATION, HELLO, fin=False)
    yield case("5.15", "continuation of nothing behind text in two", [*text, loose, hello],
               [heard, bad])
    yield case("5.16", "continuation of nothing, unfinished, then text in two", [loose, *text] * 2,
               [bad])
    yield case("5.17", "continuation of nothing, then text in two",
               [frame(CONTINUATION, HELLO), *text] * 2, [bad])
    yield case("5.18", "text in two, both of them text",
               [text[0], frame(TEXT, two[1])], [bad])
    five = fragments(TEXT, [b"fragment%d" % i for i in range(1, 6)])
    mixed = [*five[:2], frame(PING, b"one"), *five[2:4], frame(PING, b"two"), five[4]]
    for number, chop in (("5.19", AT_ONCE), ("5.20", None)):
        yield case(number, "text in five, two pings within", mixed,
                   [echo(PONG, b"one"), echo(PONG, b"two"),
                    echo(TEXT, b"fragment1fragment2fragment3fragment4fragment5")], chop=chop)
    yield case("5.20+", "a message that does not end before the close", [text[0], ping], [pong])


VALID = "Hello-µ@ßöäüàá-UTF-8!!".encode()
KOSME = b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5"  # each a code point, of 2, 3, 2, 2, 2 bytes
INVALID = KOSME + b"\xed\xa0\x80" + b"edited"


def utf8():
    def bytewise(text):
        return [bytes([b]) for b in text]

    def good(number, what, pieces, **how):
        return case(number, what, fragments(TEXT, pieces), [echo(TEXT, b"".join(pieces))], **how)

    def bad(number, what, pieces, **how):
        return case(number, what, fragments(TEXT, pieces), [closed(1007)], **how)

    yield good("6.1.1", "empty", [b""])
    yield good("6.1.2", "three empty fragments", [b"", b"", b""])
    yield good("6.1.3", "one of three is not empty", [b"", HELLO, b""])
    yield good("6.2.1", "valid", [VALID])
    yield good("6.2.2", "valid, in two", [VALID[:14], VALID[14:]])
    yield good("6.2.3", "valid, a byte a fragment", bytewise(VALID))
    yield good("6.2.4", "a byte a fragment, within code points", bytewise(KOSME))
    yield bad("6.3.1", "invalid", [INVALID])
    yield bad("6.3.2", "invalid, a byte a fragment", bytewise(INVALID))
    beyond = [KOSME, b"\xf4\x90\x80\x80", b"edited"]
    yield bad("6.4.1", "invalid in the second of three fragments", beyond)
    yield bad("6.4.2", "invalid at its last byte", [KOSME + b"\xf4", b"\x90\x80\x80edited"])
    yield bad("6.4.3", "invalid, byte by byte", [b"".join(beyond)], chop=1)
    for n, sign in enumerate(("$", "¢", "€", "𤭢"), 1):
        yield good(f"6.5.{n}", f"hello{sign}world", [f"hello{sign}world".encode()], chop=1)
    for cut in range(1, len(KOSME) + 1):
        kind = good if cut in (2, 5, 7, 9, 11) else bad
        yield kind(f"6.6.{cut}", f"the first {cut} bytes of five code points", [KOSME[:cut]])
    yield good("6.7.4", "the first code point of four bytes", [b"\xf0\x90\x80\x80"])
    yield bad("6.8.1", "five bytes", [b"\xf8\x88\x80\x80\x80"])
    yield good("6.9.4", "the last code point", [b"\xf4\x8f\xbf\xbf"])
    yield bad("6.12.1", "a lone continuation byte", [b"\x80"])
    yield bad("6.17.1", "overlong", [b"\xc0\xaf"])
    yield bad("6.20.1", "half a surrogate pair", [b"\xed\xa0\x80"])
    yield good("6.22.1", "a noncharacter", [b"\xef\xbf\xbe"])


def closes():
    hello, heard, bye, gone = frame(TEXT, HELLO), echo(TEXT, HELLO), close(1000), closed(1000)
    text = fragments(TEXT, [b"fragment1", b"fragment2"])
    yield case("7.1.1", "text, close", [hello, bye], [heard, gone])
    yield case("7.1.2", "two closes", [bye, bye], [gone])
    yield case("7.1.3", "ping after close", [bye, frame(PING)], [gone])
    yield case("7.1.4", "text after close", [bye, hello], [gone])
    yield case("7.1.5", "close within a message", [text[0], bye, text[1]], [gone])
    large = b"B" * (256 * KiB)
    yield case("7.1.6", "256 KiB, text, close, ping",
               [frame(TEXT, large), hello, bye, frame(PING)], [echo(TEXT, large), heard, gone])
    yield case("7.3.1", "no payload", [close()], [close(mask=None)])
    yield case("7.3.2", "a payload of one byte", [frame(CLOSE, b"a")], [closed(1002)])
    yield case("7.3.3", "a code", [bye], [gone])
    for number, reason in (("7.3.4", HELLO), ("7.3.5", b"*" * 123)):
        yield case(number, f"a reason of {len(reason)} bytes", [close(1000, reason)],
                   [closed(1000, reason)])
    yield case("7.3.6", "a reason of 124 bytes", [close(1000, b"*" * 124)], [closed(1002)])
    yield case("7.5.1", "a reason that is not UTF-8", [close(1000, INVALID)], [closed(1007)])
    codes = (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999)
    for n, code in enumerate(codes, 1):
        yield case(f"7.7.{n}", f"code {code}", [close(code)], [closed(code)])
    codes = (0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999)
    for n, code in enumerate(codes, 1):
        yield case(f"7.9.{n}", f"code {code}", [close(code)], [closed(1002)])
        yield case(f"7.9.{n}+", f"code {code}, a reason", [close(code, HELLO)], [closed(1002)])
    for n, code in enumerate((5000, 65535), 1):
        yield case(f"7.13.{n}", f"code {code}", [close(code)], [closed(1002)])


def large_messages():
    for group, opcode, letter in ((1, TEXT, b"*"), (2, BINARY, b"\xfe")):
        for n, size in enumerate((64 * KiB, 256 * KiB, MiB, 4 * MiB), 1):
            payload = letter * size
            yield case(f"9.{group}.{n}", f"{size} bytes", [frame(opcode, payload)],
                       [echo(opcode, payload)])
        for n, size in enumerate((256, KiB, 4 * KiB, 16 * KiB, 64 * KiB, 256 * KiB, MiB), 2):
            yield case(f"9.{2 + group}.{n}", f"{4 * MiB} bytes in fragments of {size}",
                       fragments(opcode, chopped(payload, size)), [echo(opcode, payload)])
        payload = letter * MiB
        for n, size in enumerate((64, 128, 256, 512, KiB, 2 * KiB), 1):
            yield case(f"9.{4 + group}.{n}", f"{MiB} bytes in pieces of {size}",
                       [frame(opcode, payload)], [echo(opcode, payload)], chop=size)
        for n, size in enumerate((0, 16, 64, 256, KiB, 4 * KiB), 1):
            payload = letter * size
            yield case(f"9.{6 + group}.{n}", f"1000 messages of {size} bytes",
                       [frame(opcode, payload)] * 1000, [echo(opcode, payload)] * 1000)
    payload = b"*" * (64 * KiB)
    yield case("10.1.1", "64 KiB in fragments of 1300",
               fragments(TEXT, chopped(payload, 1300)), [echo(TEXT, payload)])


def words(size):
    """So many bytes of text that compresses, though not to nothing."""
    bottles = (b"%d bottles of %x, " % (i, i * 2654435761 % 65536) for i in range(size // 12 + 1))
    return b"".join(bottles)[:size]


# Of a message, and of a frame where it is fragmented.
SIZES = ((16, None), (64, None), (256, None), (1024, None), (4096, None), (8192, None),
         (16384, None), (32768, None), (65536, None), (131072, None), (8192, 256), (16384, 256),
         (32768, 256), (65536, 256), (131072, 256), (131072, 1024), (131072, 4096),
         (131072, 32768))
# What a client asks of the origin's side: whether to begin each message anew, and the window.
OFFERS = (("13.1", ""), ("13.2", "; server_no_context_takeover"),
          ("13.3", "; server_max_window_bits=9"), ("13.4", "; server_max_window_bits=15"),
          ("13.5", "; server_no_context_takeover; server_max_window_bits=9"),
          ("13.6", "; server_no_context_takeover; server_max_window_bits=15"),
          ("13.7", "; server_no_context_takeover; server_max_window_bits=9, permessage-deflate"))


@dataclasses.dataclass
class Compressed(Case):
    offer: str
    messages: list


def compressed(number, what, payloads, *, opcode=TEXT, offer="", fragment=None):
    """Each message by permessage-deflate (RFC 7692 §7.2.1), one window for all of them; RSV1 is on
    a message's first frame."""
    press, sent = zlib.compressobj(wbits=-15), []
    for payload in payloads:
        short = (press.compress(payload) + press.flush(zlib.Z_SYNC_FLUSH))[:-4]
        pieces = chopped(short, fragment or len(short))
        sent += [frame(opcode if i == 0 else CONTINUATION, piece, fin=i == len(pieces) - 1,
                       rsv=4 if i == 0 else 0) for i, piece in enumerate(pieces)]
    return Compressed(number, what, [*sent, close(1000)], None, "permessage-deflate" + offer,
                      payloads)


def compressed_messages():
    for n, (size, fragment) in enumerate(SIZES, 1):
        four, what = [words(size - i % 3) for i in range(4)], f"4 messages of {size}"
        what += f" in fragments of {fragment}" if fragment else ""
        yield compressed(f"12.1.{n}", what, four, fragment=fragment)
        yield compressed(f"12.2.{n}", what, four, fragment=fragment, opcode=BINARY)
    for number, offer in OFFERS:
        yield compressed(f"{number}.6", f"4 messages of 8192, asked for {offer!r}",
                         [words(8192)] * 4, offer=offer)


def inflated(heard, *, anew):
    """The messages in what the origin sent, up to its Close."""
    frames, left = frames_in(heard)
    press, messages = zlib.decompressobj(wbits=-15), []
    for _, _, payload in itertools.takewhile(lambda f: f[:2] != (CLOSE, 0), frames):
        press = zlib.decompressobj(wbits=-15) if anew else press
        messages.append(press.decompress(payload + b"\0\0\xff\xff"))
    return messages, left


def write(connection, pieces):
    try:
        for piece in pieces:
            connection.sendall(piece)
    except OSError:
        pass  # What came back until then is for the story to judge.


def read_to_end(connection):
    """All that comes, and how it ends."""
    pieces = []
    try:
        while piece := connection.recv(1 << 18):
            pieces.append(piece)
        return b"".join(pieces), "end of stream"
    except OSError as error:
        return b"".join(pieces), repr(error)


def connection_through(proxy, host, way):
    """Of a client that asks for the upgrade in absolute form, or through a tunnel."""
    return connect(proxy) if way == "hop" else open_tunnel(proxy, host)


class Autobahn(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.node = cls.enterClassContext(Node())
        cls.culvert = cls.enterClassContext(Culvert(names=["ws.test"]))
        cls.host = f"ws.test:{cls.node.http}"

    def connection(self, way):
        if way == "direct":
            return socket.create_connection(("127.0.0.1", self.node.http), 10)
        return connection_through(self.culvert, self.host, way)

    def play(self, case, way, path="/echo", extensions=None):
        """What came back: the extensions that were agreed on, the bytes behind the 101, the end."""
        with self.connection(way) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.sendall(
                handshake(self.host, path, absolute=way == "hop", extensions=extensions))
            answer = read_head(connection)
            self.assertEqual(answer.status, 101)
            writer = threading.Thread(target=write, args=(connection, case.sent), daemon=True)
            writer.start()
            heard, end = read_to_end(connection)
            writer.join(10)
        return answer.fields.get("sec-websocket-extensions"), answer.rest + heard, end

    def assert_same(self, heard, expected):
        """Says where they part: they may be megabytes."""
        if heard == expected:
            return
        (_, bytes_heard, _), (_, bytes_expected, _) = heard, expected
        pairs = zip(bytes_heard, bytes_expected)
        at = next((i for i, (a, b) in enumerate(pairs) if a != b),
                  min(len(bytes_heard), len(bytes_expected)))
        parts = [f"{extensions}, {len(said)} bytes, from {at} on {said[at:at + 40]!r}, {end}"
                 for extensions, said, end in (heard, expected)]
        self.fail(f"heard:    {parts[0]}\nexpected: {parts[1]}")

    def compare(self, cases, path="/echo"):
        for case in cases:
            extensions = getattr(case, "offer", None)
            direct = None
            with self.subTest(case=case.name, way="direct"):
                direct = self.play(case, "direct", path, extensions)
                self.judge(case, direct)
            for way in ("hop", "tunnel"):
                with self.subTest(case=case.name, way=way):
                    self.assert_same(self.play(case, way, path, extensions), direct)

    def judge(self, case, direct):
        """The direct connection is what the suite says of it, so that sameness means something."""
        if case.heard is not None:
            return self.assert_same(direct, (None, case.heard, "end of stream"))
        agreed, heard, _ = direct
        messages, left = inflated(heard, anew="server_no_context_takeover" in agreed)
        self.assertEqual((messages == case.messages, left), (True, b""))

    def test_01_messages(self):
        self.compare(messages())

    def test_02_pings_and_pongs(self):
        self.compare(pings_and_pongs())

    def test_03_reserved_bits(self):
        self.compare(reserved_bits())

    def test_04_reserved_opcodes(self):
        self.compare(reserved_opcodes())

    def test_05_fragmentation(self):
        self.compare(fragmentation())

    def test_06_utf8(self):
        self.compare(utf8())

    def test_07_closes(self):
        self.compare(closes())

    def test_09_large_messages(self):
        self.compare(large_messages())

    def test_12_compressed_messages(self):
        self.compare(compressed_messages(), path="/deflate")


# What `[websocket] strict` and the limits end: a flaw, who sends it, the code, and the frames.
STRICT = "[websocket]\nstrict = true\nmax_frame = 1024\nmax_message = 2048\n"
FLAWS = (
    ("not masked", "client", 1002, [echo(TEXT, HELLO)]),
    ("masked", "origin", 1002, [frame(TEXT, HELLO)]),
    ("a reserved bit", "client", 1002, [frame(TEXT, HELLO, rsv=4)]),
    ("a reserved bit", "origin", 1002, [frame(TEXT, HELLO, rsv=1, mask=None)]),
    ("a reserved opcode", "client", 1002, [frame(3)]),
    ("a reserved control opcode", "client", 1002, [frame(11)]),
    ("a long ping", "client", 1002, [frame(PING, b"*" * 126)]),
    ("a fragmented ping", "client", 1002, [frame(PING, b"*", fin=False)]),
    ("a continuation of nothing", "client", 1002, [frame(CONTINUATION, HELLO)]),
    ("a message within one", "client", 1002, [frame(TEXT, b"1", fin=False), frame(TEXT, b"2")]),
    ("a length in more bytes than it takes", "client", 1002, [frame(TEXT, HELLO, length_bytes=2)]),
    ("a close of one byte", "client", 1002, [frame(CLOSE, b"a")]),
    ("a close code that may not be sent", "client", 1002, [close(1005)]),
    ("a frame behind a close", "client", 1002, [close(1000), frame(TEXT, HELLO)]),
    ("a frame over the limit", "client", 1009, [frame(TEXT, b"*" * 1025)]),
    ("a message over the limit", "client", 1009,
     fragments(TEXT, [b"*" * 1024, b"*" * 1024, b"*"])),
    ("a message over the limit", "origin", 1009,
     [frame(CONTINUATION if i else TEXT, b"*" * 1024, fin=i == 2, mask=None) for i in range(3)]),
)


class Strict(unittest.TestCase):
    """Whoever breaks the protocol: both sides hear a Close of the proxy's, and that is the end."""

    @classmethod
    def setUpClass(cls):
        cls.culvert = cls.enterClassContext(Culvert(names=["ws.test"], more=STRICT))

    def play(self, way, sender, sent):
        """What the client and the origin heard behind their handshakes, until the end."""
        first, at_origin = frame(TEXT, b"first"), []

        def script(connection):
            heard = read_past(connection, first, accept(connection))
            write(connection, sent if sender == "origin" else [])
            at_origin.append(heard + read_to_end(connection)[0])

        with Origin(script) as origin:
            host = f"ws.test:{origin.port}"
            with connection_through(self.culvert, host, way) as client:
                client.sendall(handshake(host, absolute=way == "hop"))
                answer = read_head(client)
                self.assertEqual(answer.status, 101)
                write(client, [first, *sent] if sender == "client" else [first])
                at_client = answer.rest + read_to_end(client)[0]
            self.assertTrue(until(lambda: at_origin), "the origin's connection has not ended")
        return at_client, at_origin[0]

    def test_each_flaw_ends_a_websocket(self):
        cases = list(itertools.product(FLAWS, ("hop", "tunnel")))
        with ThreadPoolExecutor(8) as pool:  # each takes a while, since nobody answers the Close
            played = [pool.submit(self.play, way, sender, sent)
                      for (_, sender, _, sent), way in cases]
        for ((flaw, sender, code, sent), way), heard in zip(cases, played):
            with self.subTest(flaw=flaw, sender=sender, way=way):
                at_client, at_origin = heard.result()
                self.assert_last(at_client, code)
                # Who has said Close itself is not told a second time.
                self.assert_last(at_origin, 1000 if sent[0] == close(1000) else code)

    def assert_last(self, heard, code):
        frames, left = frames_in(heard)
        self.assertEqual((frames[-1][0], frames[-1][2][:2], left), (CLOSE, code.to_bytes(2), b""),
                         heard)
