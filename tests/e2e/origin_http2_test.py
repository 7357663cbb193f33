# SPDX-License-Identifier: Apache-2.0
"""Clients of HTTP/1.1, and origins that speak HTTP/2: node with and without WebSockets, and nginx."""

import json
import unittest

from support.certificates import certificates
from support.origins import Nginx, NodeHttp2
from support.process import HERE, run
from support.proxy import LOCAL, Culvert

NAMES = ["web.test", "wss.test"]
TRUST = f'[origin_tls]\nca_file = "{certificates().authority}"\n'
SAID = {"text": "good morning", "binary": True, "code": 1000}


class OriginHttp2(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.nginx = cls.enterClassContext(Nginx())
        cls.node = cls.enterClassContext(NodeHttp2())
        cls.culvert = cls.enterClassContext(Culvert(names=NAMES, more=TRUST))
        cls.pinned = cls.enterClassContext(
            Culvert(LOCAL + 'origin_http = "2"\n', names=NAMES, more=TRUST))

    def curl(self, target, *more, proxy=None):
        done = run("curl", "-sS", "-x", (proxy or self.culvert).url, "--request-target", target,
                   *more, "http://web.test/")
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def talk(self, url, proxy=None):
        done = run("node", HERE / "clients/ws_client.js", "absolute", (proxy or self.culvert).url,
                   url)
        return json.loads(done.stdout)

    def told_since(self, event, before, **more):
        return [line for line in self.node.told(event)[before:] if more.items() <= line.items()]

    def test_files_of_nginx_come_over_http_2(self):
        (self.nginx.www / "page.txt").write_text("secured\n" * 100000)
        target = f"https://web.test:{self.nginx.http2}/page.txt"
        for _ in range(3):
            self.assertEqual(self.curl(target), "secured\n" * 100000)
        self.culvert.wait_for_record(port=self.nginx.http2, status=200, origin_proto="h2")
        self.assertIn("HTTP/2.0", self.nginx.requests()[-1])

    def test_a_body_goes_up_to_node_and_its_account_comes_back(self):
        for name in ("h2", "mixed", "plain"):
            port = getattr(self.node, name)
            account = json.loads(self.curl(f"https://web.test:{port}/", "-d", "x" * 100000))
            self.assertEqual((account["method"], account["version"], account["length"]),
                             ("POST", "2.0", 100000))
            self.assertEqual(account["fields"][":authority"], f"web.test:{port}")

    def test_what_a_body_does_not_say_of_its_length_goes_too(self):
        (self.nginx.www / "body").write_text("y" * 70000)
        account = json.loads(self.curl(f"https://web.test:{self.node.h2}/", "-T",
                                       self.nginx.www / "body", "-H", "Transfer-Encoding: chunked"))
        self.assertEqual((account["method"], account["length"]), ("PUT", 70000))

    def test_many_bytes_come_down(self):
        target = f"https://web.test:{self.node.h2}/bytes/20000000"
        self.assertEqual(len(self.curl(target)), 20000000)

    def test_a_websocket_is_bridged_where_http_2_takes_it(self):
        before = len(self.node.told("stream"))
        self.assertEqual(self.talk(f"wss://wss.test:{self.node.h2}/chat"), SAID)
        opened, = self.told_since("stream", before, name="h2")
        self.assertEqual(opened["fields"][":protocol"], "websocket")
        self.assertNotIn("sec-websocket-key", opened["fields"])
        self.culvert.wait_for_record(kind="ws", event="close", port=self.node.h2,
                                     origin_proto="h2")

    def test_a_websocket_that_is_refused_hears_so(self):
        self.assertEqual(self.talk(f"wss://wss.test:{self.node.h2}/refused")["error"],
                         "Unexpected server response: 403")

    def test_a_websocket_goes_over_http_1_where_http_2_takes_none(self):
        before = len(self.node.told("upgrade"))
        for _ in range(2):
            self.assertEqual(self.talk(f"wss://wss.test:{self.node.mixed}/chat"), SAID)
        self.assertEqual(len(self.told_since("upgrade", before)), 2)

    def test_a_websocket_that_nothing_is_there_for_is_a_502(self):
        self.assertEqual(self.talk(f"wss://wss.test:{self.node.plain}/chat")["error"],
                         "Unexpected server response: 502")
        self.culvert.wait_for_record(port=self.node.plain, error="http_upgrade_failed")

    def test_an_origin_in_the_clear_is_spoken_to_with_prior_knowledge_if_a_rule_says_so(self):
        account = json.loads(self.curl(f"http://web.test:{self.node.h2c}/a", proxy=self.pinned))
        self.assertEqual((account["url"], account["version"]), ("/a", "2.0"))
        self.assertEqual(self.talk(f"ws://wss.test:{self.node.h2c}/chat", self.pinned), SAID)


if __name__ == "__main__":
    unittest.main()
