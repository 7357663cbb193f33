# SPDX-License-Identifier: Apache-2.0
"""WebSocket by hand: the handshake, and frames just as they are asked for, right or wrong."""

import base64
import hashlib

from .client import read_past

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="  # of that key: the example of RFC 6455 §1.3
MASK = b"\x37\xfa\x21\x3d"  # of its §5.7

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


def accept_of(head):
    """What RFC 6455 §4.2.2 makes of the key in a request head."""
    fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
    key = {name.lower(): value for name, value in fields.items()}["sec-websocket-key"]
    digest = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
    return base64.b64encode(digest).decode()


def handshake(host, path="/echo", *, absolute=False, extensions=None):
    """The request head of a client; with `absolute` the one that a proxy gets."""
    target = f"http://{host}{path}" if absolute else path
    lines = [f"GET {target} HTTP/1.1", f"Host: {host}", "Connection: Upgrade",
             "Upgrade: websocket", f"Sec-WebSocket-Key: {KEY}", "Sec-WebSocket-Version: 13"]
    lines += [f"Sec-WebSocket-Extensions: {extensions}"] if extensions else []
    return "\r\n".join([*lines, "", ""]).encode()


def accept(connection):
    """Plays an origin that switches: reads a request head and answers it. What came behind it."""
    head, _, rest = read_past(connection, b"\r\n\r\n").partition(b"\r\n\r\n")
    connection.sendall(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                        f"Connection: Upgrade\r\nSec-WebSocket-Accept: {accept_of(head)}"
                        "\r\n\r\n").encode())
    return rest


def masked(payload, key):
    """The payload under a key, or in the clear again (RFC 6455 §5.3)."""
    count = len(payload)
    keys = (key * (count // 4 + 1))[:count]
    return (int.from_bytes(payload) ^ int.from_bytes(keys)).to_bytes(count)


def frame(opcode, payload=b"", *, fin=True, rsv=0, mask=MASK, length_bytes=None):
    """A frame (§5.2), a client's unless `mask` is None. `rsv` is RSV1 to RSV3 as a number;
    `length_bytes` 2 or 8 writes the length longer than it need be."""
    count = len(payload)
    if length_bytes is None:
        length_bytes = 0 if count < 126 else 2 if count < 65536 else 8
    length = {0: count, 2: 126, 8: 127}[length_bytes] | (0x80 if mask else 0)
    head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode, length])
    head += count.to_bytes(length_bytes) if length_bytes else b""
    return head + mask + masked(payload, mask) if mask else head + payload


def close(code=None, reason=b"", **how):
    payload = b"" if code is None else code.to_bytes(2) + reason
    return frame(CLOSE, payload, **how)


def frames_in(stream):
    """(opcode, RSV, payload in the clear) of each whole frame, and what is left behind them."""
    read = []
    while len(stream) >= 2:
        length, at = stream[1] & 0x7f, 2
        if length > 125:
            more = 2 if length == 126 else 8
            length, at = int.from_bytes(stream[2:2 + more]), 2 + more
        key = stream[at:at + 4] if stream[1] & 0x80 else b"\0\0\0\0"
        at += 4 if stream[1] & 0x80 else 0
        if len(stream) < at + length:
            break
        read.append((stream[0] & 0x0f, stream[0] >> 4 & 7, masked(stream[at:at + length], key)))
        stream = stream[at + length:]
    return read, stream
