# SPDX-License-Identifier: Apache-2.0
"""Node: the `ws` package through both kinds of agent, and undici's fetch."""

import json
import unittest

from support.certificates import certificates
from support.origins import Node
from support.process import HERE, environment, run
from support.proxy import LOCAL, Culvert

DENY = """
[[rule]]
name = "closed"
action = "deny"
hosts = ["closed.test"]
"""


class NodeClients(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.node = cls.enterClassContext(Node())
        cls.culvert = cls.enterClassContext(
            Culvert(DENY + LOCAL, names=["ws.test", "wss.test", "web.test"]))

    def script(self, name, *arguments):
        env = environment(NODE_EXTRA_CA_CERTS=str(certificates().authority))
        done = run("node", HERE / "clients" / name, *arguments, env=env)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def ws(self, style, url):
        return self.script("ws_client.js", style, self.culvert.url, url)[0]

    def assert_echoed(self, said):
        self.assertEqual(said, {"text": "good morning", "binary": True, "code": 1000})

    def test_ws_echoes_through_connect(self):
        self.assert_echoed(self.ws("connect", f"ws://ws.test:{self.node.http}/echo"))
        self.culvert.wait_for_record(event="close", method="CONNECT", host="ws.test")

    def test_wss_echoes_through_connect(self):
        self.assert_echoed(self.ws("connect", f"wss://wss.test:{self.node.https}/echo"))
        closed = self.culvert.wait_for_record(event="close", method="CONNECT", host="wss.test")
        self.assertGreater(closed["bytes_up"], 1 << 20)
        self.assertGreater(closed["bytes_down"], 1 << 20)

    def test_ws_echoes_through_an_absolute_form_upgrade(self):
        self.assert_echoed(self.ws("absolute", f"ws://ws.test:{self.node.http}/hop"))
        closed = self.culvert.wait_for_record(event="close", kind="ws", method="GET")
        self.assertGreater(closed["bytes_up"], 1 << 20)
        self.assertGreater(closed["bytes_down"], 1 << 20)

    def test_an_upgrade_that_the_origin_refuses_shows_the_origins_status(self):
        for style in ("connect", "absolute"):
            with self.subTest(style=style):
                said = self.ws(style, f"ws://ws.test:{self.node.http}/refused")
                self.assertEqual(said["error"], "Unexpected server response: 418")

    def test_an_upgrade_that_the_policy_refuses_shows_403(self):
        for style in ("connect", "absolute"):
            with self.subTest(style=style):
                said = self.ws(style, f"ws://closed.test:{self.node.http}/echo")
                self.assertEqual(said["error"], "Unexpected server response: 403")

    def test_fetch_goes_through_proxy_agent_for_http_and_https(self):
        answers = self.script("fetch_client.js", self.culvert.url,
                              f"http://web.test:{self.node.http}/one",
                              f"https://web.test:{self.node.https}/two")
        self.assertEqual([a.get("status") for a in answers], [200, 200], answers)
        self.assertEqual([json.loads(a["body"])["url"] for a in answers], ["/one", "/two"])
