# SPDX-License-Identifier: Apache-2.0
"""curl, by absolute-form and by CONNECT, with nginx and node as origins."""

import hashlib
import json
import os
import unittest
from pathlib import Path

from support.certificates import certificates
from support.origins import Nginx, Node
from support.process import environment, run
from support.proxy import Culvert

BULK_BYTES = 50 << 20


class Curl(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.nginx = cls.enterClassContext(Nginx())
        cls.node = cls.enterClassContext(Node())
        cls.culvert = cls.enterClassContext(Culvert(names=["web.test"]))
        (cls.nginx.www / "hello.txt").write_text("hello\n")
        cls.bulk = cls.nginx.www / "bulk.bin"
        piece = os.urandom(1 << 20)
        cls.bulk.write_bytes(piece * (BULK_BYTES >> 20))

    def curl(self, *arguments, proxy=None, env=None):
        return run("curl", "-sS", "--max-time", "25", "--cacert", certificates().authority,
                   *(["-x", proxy or self.culvert.url] if env is None else []), *arguments, env=env)

    def web(self, path, scheme="http"):
        port = self.nginx.https if scheme == "https" else self.nginx.http
        return f"{scheme}://web.test:{port}{path}"

    def account(self, *arguments, path="/account"):
        done = self.curl(*arguments, f"http://web.test:{self.node.http}{path}")
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_a_page_is_fetched_by_absolute_form_and_the_hop_is_marked_with_via(self):
        got = self.account(path="/a?b=c")
        self.assertEqual((got["method"], got["url"], got["version"]), ("GET", "/a?b=c", "1.1"))
        self.assertEqual(got["fields"]["host"], f"web.test:{self.node.http}")
        self.assertIn("1.1 ", got["fields"]["via"])
        self.assertNotIn("proxy-connection", got["fields"])

    def test_a_page_is_fetched_through_a_tunnel_to_a_plain_origin(self):
        done = self.curl("-p", "-w", "%{http_connect} %{http_code}", self.web("/hello.txt"))
        self.assertEqual(done.stdout, "hello\n200 200")

    def test_a_page_is_fetched_through_a_tunnel_to_a_tls_origin(self):
        done = self.curl("-w", "%{http_connect} %{http_code}", self.web("/hello.txt", "https"))
        self.assertEqual(done.stdout, "hello\n200 200", done.stderr)

    def test_a_posted_body_arrives_whole_with_its_length(self):
        body = Path(self.culvert.folder.name) / "body"
        body.write_bytes(os.urandom(3 << 20))
        got = self.account("--data-binary", f"@{body}")
        self.assertEqual(got["length"], 3 << 20)
        self.assertEqual(got["sha256"], hashlib.sha256(body.read_bytes()).hexdigest())
        self.assertEqual(got["fields"]["content-length"], str(3 << 20))

    def test_a_posted_body_in_chunks_arrives_whole(self):
        body = Path(self.culvert.folder.name) / "chunks"
        body.write_bytes(os.urandom(1 << 20))
        got = self.account("-H", "Transfer-Encoding: chunked", "--data-binary", f"@{body}")
        self.assertEqual(got["length"], 1 << 20)
        self.assertEqual(got["sha256"], hashlib.sha256(body.read_bytes()).hexdigest())
        self.assertEqual(got["fields"]["transfer-encoding"], "chunked")

    def test_an_upload_that_expects_100_continue_gets_it_from_the_origin(self):
        body = Path(self.culvert.folder.name) / "expect"
        body.write_bytes(b"x" * 100_000)
        done = self.curl("-v", "-H", "Expect: 100-continue", "--expect100-timeout", "20",
                         "-T", body, f"http://web.test:{self.node.http}/put")
        self.assertIn("< HTTP/1.1 100", done.stderr)
        self.assertEqual(json.loads(done.stdout)["length"], 100_000)

    def test_head_has_no_body_and_the_length_of_the_page(self):
        done = self.curl("-I", self.web("/hello.txt"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout.lower(), r"content-length: 6\r?\n")

    def test_a_204_ends_with_its_head_and_the_connection_goes_on(self):
        done = self.curl("-w", "%{http_code} %{num_connects}\n", self.web("/nothing"),
                         self.web("/nothing"))
        self.assertEqual(done.stdout, "204 1\n204 0\n", done.stderr)

    def test_two_urls_share_one_connection_to_the_proxy(self):
        done = self.curl("-w", " %{num_connects}\n", self.web("/hello.txt"),
                         f"http://web.test:{self.node.http}/", "-o", "/dev/null", "-o", "/dev/null")
        self.assertEqual(done.stdout, " 1\n 0\n", done.stderr)

    def test_50_mb_come_through_unchanged(self):
        want = hashlib.sha256(self.bulk.read_bytes()).hexdigest()
        for how in ([], ["-p"]):
            with self.subTest(how=how or "absolute-form"):
                copy = Path(self.culvert.folder.name) / "copy"
                done = self.curl(*how, "-o", copy, self.web("/bulk.bin"))
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(hashlib.sha256(copy.read_bytes()).hexdigest(), want)

    def test_an_upgrade_to_h2c_is_never_passed_on(self):
        got = self.account("--http2")
        self.assertEqual(got["fields"].keys() & {"upgrade", "http2-settings"}, set())
        self.assertNotIn("upgrade", got["fields"].get("connection", "").lower())

    def test_the_system_environment_is_enough(self):
        env = environment(**self.culvert.environment_of_clients())
        for scheme in ("http", "https"):
            with self.subTest(scheme=scheme):
                done = self.curl(self.web("/hello.txt", scheme), env=env)
                self.assertEqual(done.stdout, "hello\n", done.stderr)

    def test_no_proxy_in_the_environment_goes_past_the_proxy(self):
        env = environment(**self.culvert.environment_of_clients(no_proxy="127.0.0.1"))
        done = self.curl(f"http://127.0.0.1:{self.nginx.http}/hello.txt",
                         self.web("/hello.txt?after"), env=env)
        self.assertEqual(done.stdout, "hello\nhello\n", done.stderr)
        self.culvert.wait_for_record(host="web.test", method="GET")
        self.assertEqual(self.culvert.records(host="127.0.0.1"), [])
