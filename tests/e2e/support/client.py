# SPDX-License-Identifier: Apache-2.0
"""A client that sends bytes as they are given, for what no ordinary client would send."""

import socket
from dataclasses import dataclass


@dataclass
class Answer:
    """A response head, field names in lower case, and what came behind it in the same reads."""

    status: int
    reason: str
    fields: dict
    rest: bytes


def connect(proxy, seconds=10):
    return socket.create_connection((getattr(proxy, "host", "127.0.0.1"), proxy.port), seconds)


def read_head(connection, at_most=65536):
    """Reads to the end of a response head. Fails when the other side closes before."""
    seen = read_past(connection, b"\r\n\r\n", at_most=at_most)
    head, _, rest = seen.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    _, status, reason = (first + " ").split(" ", 2)
    fields = {}
    for line in lines:
        name, _, value = line.partition(":")
        fields[name.lower()] = value.strip()
    return Answer(int(status), reason.strip(), fields, rest)


def read_all(connection):
    """Reads until the other side has finished."""
    pieces = []
    while piece := connection.recv(65536):
        pieces.append(piece)
    return b"".join(pieces)


def read_exactly(connection, count):
    seen = b""
    while len(seen) < count and (piece := connection.recv(count - len(seen))):
        seen += piece
    return seen


def read_answer(connection):
    """A response with its body: by its length, or else to the end of the connection."""
    answer = read_head(connection)
    length = answer.fields.get("content-length")
    if length is None:
        answer.rest += read_all(connection)
    else:
        answer.rest += read_exactly(connection, int(length) - len(answer.rest))
    return answer


def read_past(connection, marker, seen=b"", at_most=65536):
    """Reads on until `marker` is in what was seen. Fails when the other side closes before."""
    while marker not in seen:
        piece = connection.recv(at_most)
        if not piece:
            raise AssertionError(f"closed before {marker!r}: {seen!r}")
        seen += piece
    return seen


def ask(proxy, request):
    """One request, on a connection of its own, that is answered with an ordinary response."""
    with connect(proxy) as connection:
        connection.sendall(request)
        return read_answer(connection)


def connect_request(target):
    return f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode()


def open_tunnel(proxy, target):
    """A connection that is a tunnel to `target`, "host:port"."""
    connection = connect(proxy)
    try:
        connection.sendall(connect_request(target))
        answer = read_head(connection, at_most=1)  # The origin's first bytes are not ours to read.
        if answer.status != 200:
            raise AssertionError(f"CONNECT {target}: {answer}")
        return connection
    except BaseException:
        connection.close()
        raise
