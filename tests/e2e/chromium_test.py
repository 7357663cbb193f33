# SPDX-License-Identifier: Apache-2.0
"""A browser: a page loaded through the proxy opens ws:// and wss:// to names only we know."""

import json
import shutil
import unittest
from urllib.parse import urlencode

from support.origins import Nginx, Node
from support.process import HERE, run
from support.proxy import LOCAL, Culvert

DENY = """
[[rule]]
name = "closed"
action = "deny"
hosts = ["closed.test"]
"""


class Chromium(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.nginx = cls.enterClassContext(Nginx())
        shutil.copy(HERE / "clients/page.html", cls.nginx.www)
        cls.node = cls.enterClassContext(Node())
        cls.culvert = cls.enterClassContext(
            Culvert(DENY + LOCAL, names=["web.test", "ws.test", "wss.test"]))

    def page(self, *sockets):
        """What the page says of each socket, once it is loaded through the proxy."""
        url = f"http://web.test:{self.nginx.http}/page.html?{urlencode({'ws': sockets}, True)}"
        done = run("node", HERE / "clients/browser.js", self.culvert.url, url, seconds=90)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_ws_and_wss_echo_text_and_a_mebibyte(self):
        said = self.page(f"ws://ws.test:{self.node.http}/a", f"wss://wss.test:{self.node.https}/b")
        self.assertEqual(said, ["echoed", "echoed"])
        self.culvert.wait_for_record(event="request", kind="hop", method="GET", host="web.test",
                                     status=200)
        for host, port, speech in (("ws.test", self.node.http, "websocket"),
                                   ("wss.test", self.node.https, "tls")):
            with self.subTest(host=host):
                opened = self.culvert.wait_for_record(event="open", method="CONNECT", host=host)
                closed = self.culvert.wait_for_record(event="close", id=opened["id"])
                self.assertEqual((closed["port"], closed["rule"], closed["tunnel"]),
                                 (port, "local", speech))
                self.assertGreater(closed["bytes_up"], 1 << 20)
                self.assertGreater(closed["bytes_down"], 1 << 20)

    def test_a_denied_socket_fails_at_once(self):
        self.assertEqual(self.page(f"ws://closed.test:{self.node.http}/"), ["closed with 1006"])
        self.culvert.wait_for_record(host="closed.test", verdict="deny", rule="closed", status=403)
