# SPDX-License-Identifier: Apache-2.0
"""An origin by Python's websockets, as a process of its own so that it can be stopped. Argument: a
port. It says nothing, and tells of each connection's end as behave.js does."""

import asyncio
import json
import sys

import websockets


async def serve(socket, path):
    await socket.wait_closed()
    print(json.dumps({"name": path, "event": "close", "code": socket.close_code}), flush=True)


async def main():
    async with websockets.serve(serve, "127.0.0.1", int(sys.argv[1]), ping_interval=None):
        print("listening", flush=True)
        await asyncio.Future()


asyncio.run(main())
