# SPDX-License-Identifier: Apache-2.0
"""Every way through: a client of HTTP/1.1 or HTTP/2, an origin of HTTP/1.1, of HTTP/1.1 over TLS or
of HTTP/2 over TLS, a WebSocket or an ordinary request."""

import itertools
import json
import unittest

from support.certificates import certificates
from support.client import read_exactly
from support.http2 import Connection
from support.origins import Node, NodeHttp2
from support.process import HERE, environment, run, until
from support.proxy import CLEAR, Culvert, secure
from support.websocket import BINARY, frame

NAMES = ["web.test", "ws.test", "wss.test"]
TRUSTING = f'[origin_tls]\nca_file = "{certificates().authority}"\n'
PAYLOAD = bytes(range(256)) * 4096  # 1 MiB


class Curl:
    """HTTP/1.1: curl, and the ws package in absolute form."""

    version = "h1"

    def __init__(self, culvert):
        self.url = culvert.url

    def websocket(self, scheme, host):
        url = f"{'ws' if scheme == 'http' else 'wss'}://{host}/echo"
        done = run("node", HERE / "clients/ws_client.js", "absolute", self.url, url)
        said = json.loads(done.stdout or "{}")
        return (said.get("text"), said.get("binary")) == ("good morning", True), done

    def request(self, scheme, host):
        done = run("curl", "-sS", "-x", self.url, "--data-binary", "x" * 100_000,
                   "--request-target", f"{scheme}://{host}/post", "http://web.test/")
        return done.stdout


class NodeHttp2Client:
    """HTTP/2: node, over TLS or in the clear."""

    version = "h2"

    def __init__(self, culvert, url):
        self.url = url

    def play(self, **session):
        env = environment(NODE_EXTRA_CA_CERTS=str(certificates().authority))
        done = run("node", HERE / "clients/h2_client.js", self.url,
                   json.dumps([{"name": "one", **session}]), env=env)
        return json.loads(done.stdout or "{}"), done

    def websocket(self, scheme, host):
        said, done = self.play(style="extended",
                               url=f"{'ws' if scheme == 'http' else 'wss'}://{host}/echo")
        return (said.get("text"), said.get("binary")) == ("good morning", True), done

    def request(self, scheme, host):
        said, done = self.play(style="request", url=f"{scheme}://{host}/post", method="POST",
                               body="x" * 100_000)
        return said.get("body", done)


class PythonHttp2:
    """HTTP/2: Python's h2, all on one connection."""

    version = "h2"

    def __init__(self, culvert, tls):
        self.connection = Connection(culvert.port, tls=tls)

    def websocket(self, scheme, host):
        stream = self.connection.extended(host, "/echo", scheme=scheme)
        answer = stream.answer()
        if answer.status != 200:
            return False, answer
        stream.sendall(frame(BINARY, PAYLOAD))
        back = frame(BINARY, PAYLOAD, mask=None)
        same = read_exactly(stream, len(back)) == back
        stream.finish()
        return same, answer

    def request(self, scheme, host):
        stream = self.connection.request(host, "/post", scheme=scheme, method="POST",
                                         body=b"x" * 100_000)
        return stream.whole_answer().rest.decode()


class Matrix(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        node = cls.enterClassContext(Node())
        node_http2 = cls.enterClassContext(NodeHttp2())
        cls.origins = {"h1": ("http", f"ws.test:{node.http}", "1.1"),
                       "h1 over TLS": ("https", f"wss.test:{node.https}", "1.1"),
                       "h2 over TLS": ("https", f"wss.test:{node_http2.h2}", "2.0"),
                       "h2 or h1 over TLS": ("https", f"wss.test:{node_http2.mixed}", "2.0")}
        cls.secured = cls.enterClassContext(Culvert(names=NAMES, listen=secure(), more=TRUSTING))
        cls.clear = cls.enterClassContext(Culvert(names=NAMES, listen=CLEAR, more=TRUSTING))

    def clients(self):
        secured, clear = self.secured, self.clear
        return {"curl and ws": (clear, Curl(clear)),
                "node, h2": (secured, NodeHttp2Client(secured, secured.secure_url)),
                "node, h2c": (clear, NodeHttp2Client(clear, clear.url)),
                "Python, h2": (secured, PythonHttp2(secured, True)),
                "Python, h2c": (clear, PythonHttp2(clear, False))}

    def test_each_cell(self):
        clients = self.clients()
        for (name, (culvert, client)), origin in itertools.product(clients.items(), self.origins):
            scheme, host, version = self.origins[origin]
            with self.subTest(client=name, origin=origin, what="websocket"):
                echoed, said = client.websocket(scheme, host)
                self.assertTrue(echoed, (said, culvert.said()[-3000:]))
                self.assert_logged(culvert, client, host, event="close", kind="ws")
            with self.subTest(client=name, origin=origin, what="request"):
                text = client.request(scheme, host)
                try:
                    got = json.loads(text)
                except (TypeError, ValueError):
                    self.fail((text, culvert.said()[-3000:]))
                self.assertEqual((got["method"], got["url"], got["length"], got["version"]),
                                 ("POST", "/post", 100_000, version))
                self.assert_logged(culvert, client, host, event="request", kind="hop")

    def assert_logged(self, culvert, client, host, **fields):
        name, port = host.split(":")

        def versions():
            return {r.get("proto") for r in culvert.records(host=name, port=int(port), **fields)}

        self.assertTrue(until(lambda: client.version in versions()), culvert.said()[-3000:])
