# SPDX-License-Identifier: Apache-2.0
"""Java's own HttpClient: CONNECT for ws:// with a Host that has no port, `Content-Length: 0`."""

import json
import unittest
from pathlib import Path

from support.certificates import certificates
from support.origins import Node
from support.process import HERE, run
from support.proxy import Culvert


class JavaClients(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.node = cls.enterClassContext(Node())
        cls.culvert = cls.enterClassContext(Culvert(names=["ws.test", "wss.test", "web.test"]))
        cls.trust = Path(cls.culvert.folder.name) / "trust.p12"
        run("keytool", "-importcert", "-noprompt", "-alias", "ca", "-storetype", "PKCS12",
            "-storepass", "changeit", "-keystore", cls.trust,
            "-file", certificates().authority, seconds=60)

    def java(self, what, url):
        done = run("java", f"-Djavax.net.ssl.trustStore={self.trust}",
                   "-Djavax.net.ssl.trustStorePassword=changeit", "-XX:TieredStopAtLevel=1",
                   HERE / "clients/JavaClient.java", self.culvert.port, what, url, seconds=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.strip()

    def test_http_is_fetched_by_absolute_form(self):
        got = json.loads(self.java("get", f"http://web.test:{self.node.http}/java"))
        self.assertEqual((got["url"], got["length"]), ("/java", 0))

    def test_ws_echoes(self):
        self.assertEqual(self.java("ws", f"ws://ws.test:{self.node.http}/java"), "echoed")
        self.culvert.wait_for_record(event="close", method="CONNECT", host="ws.test")

    def test_wss_echoes(self):
        self.assertEqual(self.java("ws", f"wss://wss.test:{self.node.https}/java"), "echoed")
        self.culvert.wait_for_record(event="close", method="CONNECT", host="wss.test")
