# SPDX-License-Identifier: Apache-2.0
"""An HTTP/2 client by Python's h2: one connection to the proxy, and on one thread as many streams as
one likes. A stream is read and written like a socket, so that what `client` and `websocket` have for
a tunnel is good for a stream of CONNECT as well.
"""

import select
import socket
import ssl
import time

import h2.config
import h2.connection
import h2.events
from h2.settings import SettingCodes

from .certificates import certificates
from .client import Answer

PIECE = 65536


class Lasting(h2.connection.H2Connection):
    """For h2 a GOAWAY ends all streams; those under way go on (RFC 9113 §6.8)."""

    def _receive_goaway_frame(self, frame):
        event = h2.events.ConnectionTerminated()
        event.error_code, event.last_stream_id = frame.error_code, frame.last_stream_id
        return [], [event]


class Stream:
    """A request and its answer. Made by a `Connection`."""

    def __init__(self, connection, number):
        self.connection, self.number = connection, number
        self.status, self.fields, self.trailers = None, None, None
        self.interim = []  # the statuses of answers before the answer
        self.seen = bytearray()  # DATA that nobody has read yet
        self.ended = False  # END_STREAM was heard
        self.error = None  # the code of RST_STREAM, or of a connection that is gone
        self.open_window = True  # else what arrives is not made up for, and the peer has to stop
        self.unsent, self.finishing = bytearray(), False

    def answer(self, seconds=20):
        """The head of the answer, `rest` empty; several fields of a name are one."""
        self.connection.until(lambda: self.status or self.error is not None, seconds)
        if self.status is None:
            raise AssertionError(f"stream {self.number}: reset with {self.error}")
        return Answer(self.status, "", self.fields, b"")

    def whole_answer(self, seconds=20):
        """The answer and all of its body."""
        answer = self.answer(seconds)
        while piece := self.recv(PIECE, seconds):
            answer.rest += piece
        return answer

    def recv(self, count, seconds=20):
        """As of a socket: something, or nothing when the other side has finished."""
        self.connection.until(lambda: self.seen or self.ended or self.error is not None, seconds)
        if not self.seen and not self.ended:
            raise ConnectionResetError(f"stream {self.number}: reset with {self.error}")
        piece = bytes(self.seen[:count])
        del self.seen[:count]
        return piece

    def write(self, data):
        """Sends what the windows allow, and the rest while the connection is waited on."""
        self.unsent += data
        self.connection.write(self)

    def sendall(self, data, seconds=20):
        self.write(data)
        self.connection.until(lambda: not self.unsent or self.error is not None, seconds)

    def finish(self):
        """END_STREAM, behind all that was written."""
        self.finishing = True
        self.connection.write(self)

    def reset(self, code=8):
        """RST_STREAM; CANCEL, unless it is said otherwise."""
        self.unsent.clear()
        self.connection.writing.discard(self)
        self.connection.h2.reset_stream(self.number, code)
        self.error = code
        self.connection.flush()


class Connection:
    """A connection to `port` of this machine: h2 by ALPN when `tls`, else by prior knowledge."""

    def __init__(self, port, *, tls=False, window=None):
        self._socket = socket.create_connection(("127.0.0.1", port), 20)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            self._secure()
        self._socket.setblocking(False)
        self._poll = select.poll()
        self._out = bytearray()
        self.streams, self.writing = {}, set()  # those that have something to send
        self.settings = None  # the proxy's, once they have come
        self.goaway = None  # its code
        self.closed = False
        self.h2 = Lasting(h2.config.H2Configuration(
            # h2 wants :scheme and :path of a CONNECT, too.
            header_encoding="utf-8", validate_outbound_headers=False,
            normalize_outbound_headers=False))
        self.h2.initiate_connection()
        if window is not None:
            self.h2.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: window})
        self.until(lambda: self.settings is not None)

    def _secure(self):
        context = ssl.create_default_context(cafile=certificates().authority)
        context.set_alpn_protocols(["h2"])
        self._socket = context.wrap_socket(self._socket, server_hostname="127.0.0.1")
        if self._socket.selected_alpn_protocol() != "h2":
            raise AssertionError("the proxy does not speak h2 here")

    # Requests.

    def open(self, fields, *, body=None, end=False):
        """A stream with this request head, pseudo-fields and all."""
        stream = Stream(self, self.h2.get_next_available_stream_id())
        self.streams[stream.number] = stream
        self.h2.send_headers(stream.number, fields, end_stream=end and body is None)
        if body is not None:
            stream.write(body)
            stream.finish()
        self.flush()
        return stream

    def connect(self, target, *fields):
        """CONNECT (RFC 9113 §8.5)."""
        return self.open([(":method", "CONNECT"), (":authority", target), *fields])

    def extended(self, authority, path="/echo", *fields, scheme="http", protocol="websocket"):
        """Extended CONNECT (RFC 8441 §4)."""
        return self.open([(":method", "CONNECT"), (":protocol", protocol), (":scheme", scheme),
                          (":path", path), (":authority", authority),
                          ("sec-websocket-version", "13"), *fields])

    def request(self, authority, path="/", *fields, scheme="http", method="GET", body=None):
        return self.open([(":method", method), (":scheme", scheme), (":path", path),
                          (":authority", authority), *fields], body=body, end=True)

    def tunnel(self, target):
        """A stream of CONNECT whose answer was 200."""
        stream = self.connect(target)
        answer = stream.answer()
        if answer.status != 200:
            raise AssertionError(f"CONNECT {target}: {answer}")
        return stream

    # The wire.

    def until(self, claim, seconds=20):
        """Hears and sends until `claim()` is true, and returns what it gave."""
        deadline = time.monotonic() + seconds
        while not (answer := claim()):
            left = deadline - time.monotonic()
            if left <= 0:
                raise AssertionError(f"waited {seconds} s in vain on {self}")
            if self.closed:
                raise AssertionError(f"closed: {self}")
            self.turn(left)
        return answer

    def turn(self, seconds):
        """Waits until something can be heard or sent, no longer than `seconds`, and does it."""
        self.flush()
        wanted = select.POLLIN | (select.POLLOUT if self._out else 0)
        self._poll.register(self._socket, wanted)
        if self._poll.poll(seconds * 1000):
            self._hear()
            self.flush()

    def flush(self):
        """Sends what can be sent without waiting."""
        for stream in list(self.writing):
            self._write(stream)
        self._out += self.h2.data_to_send()
        try:
            while self._out:
                del self._out[:self._socket.send(self._out[:1 << 18])]
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        except OSError:
            self._out.clear()  # What it has said before it went is still to be read.

    def write(self, stream):
        """Has something to send, if it is still there."""
        if stream.error is None:
            self.writing.add(stream)
            self.flush()

    def _write(self, stream):
        while stream.unsent:
            count = min(self.h2.local_flow_control_window(stream.number),
                        self.h2.max_outbound_frame_size, len(stream.unsent))
            if count <= 0:
                return
            self.h2.send_data(stream.number, bytes(stream.unsent[:count]))
            del stream.unsent[:count]
        if stream.finishing:
            self.h2.end_stream(stream.number)
        self.writing.discard(stream)

    def _hear(self):
        try:
            while piece := self._socket.recv(PIECE):
                self.hear(piece)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return
        except OSError:
            pass
        self._close_streams()

    def hear(self, piece):
        for event in self.h2.receive_data(piece):
            if isinstance(event, h2.events.RemoteSettingsChanged):
                self.settings = dict(self.h2.remote_settings)
            elif isinstance(event, h2.events.ConnectionTerminated):
                self.goaway = int(event.error_code)
            elif (stream := self.streams.get(getattr(event, "stream_id", None))) is not None:
                self._tell(stream, event)

    def _tell(self, stream, event):
        if isinstance(event, h2.events.DataReceived):
            stream.seen += event.data
            self._give_back(stream, event.flow_controlled_length)
        elif isinstance(event, h2.events.ResponseReceived):
            stream.fields = folded(event.headers)
            stream.status = int(stream.fields.pop(":status"))
        elif isinstance(event, h2.events.InformationalResponseReceived):
            stream.interim.append(int(dict(event.headers)[":status"]))
        elif isinstance(event, h2.events.TrailersReceived):
            stream.trailers = folded(event.headers)
        elif isinstance(event, h2.events.StreamEnded):
            stream.ended = True
        elif isinstance(event, h2.events.StreamReset):
            stream.error = int(event.error_code)
            self.writing.discard(stream)

    def _give_back(self, stream, count):
        if count == 0:
            return
        if stream.open_window:
            self.h2.acknowledge_received_data(count, stream.number)
        else:
            self.h2.increment_flow_control_window(count)  # of the connection alone

    def _close_streams(self):
        self.closed = True
        for stream in self.streams.values():
            if not stream.ended and stream.error is None:
                stream.error = "the end of its connection"

    def __repr__(self):
        streams = [f"{s.number}: {s.status}, {len(s.seen)} bytes, ended {s.ended}, error {s.error}"
                   for s in list(self.streams.values())[:5]]
        return f"HTTP/2 with {len(self.streams)} streams {streams}, GOAWAY {self.goaway}"

    def close(self):
        self._socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def folded(fields):
    """A dictionary of fields; several of a name are one, in order."""
    read = {}
    for name, value in fields:
        read[name] = f"{read[name]}, {value}" if name in read else value
    return read
