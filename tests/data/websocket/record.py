#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Records the sessions beside it: what a WebSocket's client and server send behind the handshake.

    NAME.up     from the client     NAME.down   from the server

Run it by hand when a peer has something new to say, as tests/e2e is run: it takes node with the
packages of tests/e2e, Chromium and python3-websockets, and stays on loopback. Masks are random, so
that all files change.
"""

import asyncio
from pathlib import Path

import websockets

HERE = Path(__file__).resolve().parent
HANDSHAKE_END = b"\r\n\r\n"


class Tap:
    """Passes one connection on to `port`, and keeps its bytes each way."""

    def __init__(self, port):
        self.port, self.sent, self.over = port, [b"", b""], asyncio.Event()

    async def _pass(self, way, reader, writer):
        while some := await reader.read(65536):
            self.sent[way] += some
            writer.write(some)
        writer.close()

    async def _serve(self, reader, writer):
        to, beyond = await asyncio.open_connection("127.0.0.1", self.port)
        await asyncio.gather(self._pass(0, reader, beyond), self._pass(1, to, writer),
                             return_exceptions=True)
        self.over.set()

    async def record(self, name, client):
        """`client` is called with the URL to talk to."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        await client(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
        await asyncio.wait_for(self.over.wait(), 10)
        for way, sent in zip(("up", "down"), self.sent):
            (HERE / f"{name}.{way}").write_bytes(sent.partition(HANDSHAKE_END)[2])


async def node(*words):
    """Of record.js, running."""
    return await asyncio.create_subprocess_exec(
        "node", HERE / "record.js", *words, stdout=asyncio.subprocess.PIPE)


async def of_node(name, kind, *client):
    """A session with node's `ws` as the server."""
    server = await node("server", kind)
    try:
        async def run(url):
            if await (await node(*client, url)).wait() != 0:
                raise RuntimeError(f"{name}: the client failed")

        await Tap(int(await server.stdout.readline())).record(name, run)
    finally:
        server.terminate()
        await server.wait()


async def pieces(*all_of_them):
    for piece in all_of_them:
        yield piece


async def python_server(socket, *_):
    async for message in socket:
        if message == "fragments":
            await socket.send(pieces("one ", "two ", "three"))
            await (await socket.ping(b"between messages"))
        else:
            await socket.send(message)


async def python_client(url):
    async with websockets.connect(url) as socket:
        for message in ("good morning", "", bytes(range(200)), "many words, " * 30, "fragments"):
            await socket.send(message)
            await socket.recv()
        await socket.send(pieces("in ", "three ", "pieces"))
        await socket.recv()
        await (await socket.ping(b""))
        await socket.close(1001, "going away, with grüßen")


async def of_python(name):
    async with websockets.serve(python_server, "127.0.0.1", 0) as server:
        await Tap(server.sockets[0].getsockname()[1]).record(name, python_client)


async def main():
    await of_node("node_plain", "plain", "client", "plain")
    await of_node("node_deflate", "deflate", "client", "deflate")
    await of_node("chromium", "deflate", "chromium")
    await of_python("python")


asyncio.run(main())
