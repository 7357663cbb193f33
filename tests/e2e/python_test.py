# SPDX-License-Identifier: Apache-2.0
"""Python: websockets, aiohttp, websocket-client, urllib and requests, as Debian ships them."""

import asyncio
import json
import os
import ssl
import unittest
import urllib.error
import urllib.request

import aiohttp
import requests
import websocket
import websockets

from support.certificates import certificates
from support.client import open_tunnel
from support.origins import Node
from support.proxy import LOCAL, Culvert

DENY = """
[[rule]]
name = "closed"
action = "deny"
hosts = ["closed.test"]
"""
BINARY = os.urandom(1 << 20)


def trust():
    return ssl.create_default_context(cafile=certificates().authority)


class PythonClients(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.node = cls.enterClassContext(Node())
        cls.culvert = cls.enterClassContext(
            Culvert(DENY + LOCAL, names=["ws.test", "wss.test", "web.test"]))

    def opener(self):
        proxies = urllib.request.ProxyHandler({"http": self.culvert.url, "https": self.culvert.url})
        return urllib.request.build_opener(proxies, urllib.request.HTTPSHandler(context=trust()))

    def test_websockets_echoes_over_a_tunnel_that_we_opened(self):
        async def talk(url, tunnel, **options):
            async with websockets.connect(url, sock=tunnel, max_size=None, **options) as socket:
                await socket.send("good morning")
                self.assertEqual(await socket.recv(), "good morning")
                await socket.send(BINARY)
                self.assertEqual(await socket.recv(), BINARY)

        for host, port, options in (("ws.test", self.node.http, {}),
                                    ("wss.test", self.node.https,
                                     {"ssl": trust(), "server_hostname": "wss.test"})):
            with self.subTest(host=host):
                tunnel = open_tunnel(self.culvert, f"{host}:{port}")
                url = f"{host.removesuffix('.test')}://{host}:{port}/echo"
                asyncio.run(asyncio.wait_for(talk(url, tunnel, **options), 20))

    def test_aiohttp_echoes_through_absolute_form_with_the_scheme_ws(self):
        async def talk(url, **options):
            async with aiohttp.ClientSession() as session:
                async with session.ws_connect(url, proxy=self.culvert.url, max_msg_size=0,
                                              **options) as socket:
                    await socket.send_str("good morning")
                    self.assertEqual(await socket.receive_str(), "good morning")
                    await socket.send_bytes(BINARY)
                    self.assertEqual(await socket.receive_bytes(), BINARY)

        for url, options in ((f"ws://ws.test:{self.node.http}/aio", {}),
                             (f"wss://wss.test:{self.node.https}/aio", {"ssl": trust()})):
            with self.subTest(url=url):
                asyncio.run(asyncio.wait_for(talk(url, **options), 20))

    def test_websocket_client_echoes_through_connect(self):
        for url in (f"ws://ws.test:{self.node.http}/wc", f"wss://wss.test:{self.node.https}/wc"):
            with self.subTest(url=url):
                socket = websocket.create_connection(
                    url, timeout=20, http_proxy_host="127.0.0.1", proxy_type="http",
                    http_proxy_port=self.culvert.port, http_no_proxy=["nothing.test"],
                    sslopt={"ca_certs": str(certificates().authority)})
                self.addCleanup(socket.close)
                socket.send("good morning")
                self.assertEqual(socket.recv(), "good morning")
                socket.send_binary(BINARY)
                self.assertEqual(socket.recv(), BINARY)

    def test_urllib_gets_https_through_a_connect_of_http_1_0_without_host(self):
        url = f"https://web.test:{self.node.https}/urllib"
        with self.opener().open(url, timeout=20) as answer:
            self.assertEqual(json.load(answer)["url"], "/urllib")

    def test_urllib_gets_http_and_closes(self):
        url = f"http://web.test:{self.node.http}/plain"
        with self.opener().open(url, timeout=20) as answer:
            got = json.load(answer)
        self.assertEqual((got["url"], got["version"]), ("/plain", "1.1"))

    def test_urllib_shows_the_reason_phrase_of_a_refused_tunnel(self):
        with self.assertRaisesRegex(urllib.error.URLError, "Tunnel connection failed: 403 .+"):
            self.opener().open("https://closed.test/", timeout=20)

    def test_requests_gets_http_and_https_and_posts(self):
        session = requests.Session()
        self.addCleanup(session.close)
        session.trust_env = False
        session.proxies = {"http": self.culvert.url, "https": self.culvert.url}
        session.verify = str(certificates().authority)
        for url in (f"http://web.test:{self.node.http}/r", f"https://web.test:{self.node.https}/r"):
            with self.subTest(url=url):
                self.assertEqual(session.get(url, timeout=20).json()["url"], "/r")
                self.assertEqual(session.post(url, data=BINARY, timeout=20).json()["length"],
                                 len(BINARY))
