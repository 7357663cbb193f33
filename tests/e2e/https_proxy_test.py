# SPDX-License-Identifier: Apache-2.0
"""An HTTPS proxy: a browser whose tunnels share one connection, curl, and the tools of nghttp2."""

import json
import re
import shutil
import ssl
import unittest
from urllib.parse import urlencode

from support.certificates import certificates
from support.client import connect, read_all
from support.origins import Nginx, Node
from support.process import HERE, run
from support.proxy import CLEAR, LOCAL, Culvert, secure

DENY = """
[[rule]]
name = "closed"
action = "deny"
hosts = ["closed.test"]
"""
NAMES = ["web.test", "ws.test", "wss.test", "closed.test"]


class Secure(unittest.TestCase):
    """nginx and node, and a proxy that speaks TLS."""

    @classmethod
    def setUpClass(cls):
        cls.nginx = cls.enterClassContext(Nginx())
        cls.node = cls.enterClassContext(Node())
        (cls.nginx.www / "hello.txt").write_text("hello\n")
        shutil.copy(HERE / "clients/page.html", cls.nginx.www)

    def setUp(self):
        self.culvert = self.enterContext(Culvert(DENY + LOCAL, names=NAMES, listen=secure()))

    def web(self, path="/hello.txt", scheme="http"):
        port = self.nginx.https if scheme == "https" else self.nginx.http
        return f"{scheme}://web.test:{port}{path}"


class Chromium(Secure):
    def pages(self, *tabs):
        """What the page of each tab says of its sockets."""
        urls = [self.web(f"/page.html?{urlencode({'ws': sockets, 'tab': number}, True)}")
                for number, sockets in enumerate(tabs)]
        done = run("node", HERE / "clients/browser.js", self.culvert.secure_url, *urls, seconds=90)
        self.assertEqual(done.returncode, 0, done.stderr + self.culvert.said())
        return [json.loads(line) for line in done.stdout.splitlines()]

    def test_the_tunnels_of_all_tabs_are_streams_of_one_connection(self):
        sockets = (f"ws://ws.test:{self.node.http}/a", f"wss://wss.test:{self.node.https}/b")
        self.assertEqual(self.pages(sockets, sockets, sockets), [["echoed", "echoed"]] * 3)
        closed = []
        for host, speech in (("ws.test", "websocket"), ("wss.test", "tls")):
            for opened in self.culvert.records(event="open", kind="connect", host=host):
                closed.append(self.culvert.wait_for_record(event="close", id=opened["id"]))
                self.assertEqual(closed[-1]["tunnel"], speech)
                self.assertGreater(min(closed[-1]["bytes_up"], closed[-1]["bytes_down"]), 1 << 20)
        self.assertEqual(len(closed), 6)
        pages = self.culvert.records(kind="hop", host="web.test", status=200)
        self.assertEqual(len(pages), 3)
        self.assertEqual({record.get("proto") for record in closed + pages}, {"h2"})
        self.assertEqual(len({record["connection"] for record in closed + pages}), 1)
        self.assertRegex(closed[0]["connection"], r"^[0-9a-f]{16}$")

    def test_a_denied_socket_fails_and_the_others_of_its_page_live(self):
        port = self.node.http
        said = self.pages((f"ws://closed.test:{port}/", f"ws://ws.test:{port}/"))
        self.assertEqual(said, [["closed with 1006", "echoed"]])
        self.culvert.wait_for_record(host="closed.test", verdict="deny", status=403)


class Curl(Secure):
    """curl speaks HTTP/1.1 to an HTTPS proxy."""

    def curl(self, *arguments, authority=None):
        return run("curl", "-sS", "--max-time", "25", "-x", self.culvert.secure_url,
                   "--proxy-cacert", authority or certificates().authority,
                   "--cacert", certificates().authority, *arguments)

    def test_a_page_is_fetched_by_absolute_form_and_through_tunnels(self):
        for arguments in ([self.web()], ["-p", self.web()], [self.web(scheme="https")]):
            with self.subTest(arguments):
                done = self.curl(*arguments)
                self.assertEqual(done.stdout, "hello\n", done.stderr + self.culvert.said())
        for record in self.culvert.records():
            self.assertEqual(record["proto"], "h1")
            self.assertNotIn("connection", record)

    def test_a_connection_serves_one_request_after_another(self):
        done = self.curl("-w", " %{num_connects}\n", self.web(), self.web(), "-o", "/dev/null",
                         "-o", "/dev/null")
        self.assertEqual(done.stdout, " 1\n 0\n", done.stderr)

    def test_a_body_arrives_whole(self):
        body = self.culvert.file.parent / "body"
        body.write_bytes(b"x" * (3 << 20))
        done = self.curl("--data-binary", f"@{body}", f"http://web.test:{self.node.http}/")
        self.assertEqual(json.loads(done.stdout)["length"], 3 << 20, done.stderr)

    def test_a_denied_tunnel_shows_its_403(self):
        done = self.curl("https://closed.test/")
        self.assertEqual(done.returncode, 56, done.stderr)
        self.assertIn("response 403", done.stderr)

    def test_an_authority_that_did_not_sign_it_is_not_believed(self):
        other = self.culvert.file.parent / "other.pem"
        made = run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                   "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=another", "-keyout",
                   "/dev/null", "-out", other)
        self.assertEqual(made.returncode, 0, made.stderr)
        done = self.curl(self.web(), authority=other)
        self.assertEqual(done.returncode, 60, done.stderr)  # CURLE_PEER_FAILED_VERIFICATION
        self.assertEqual(self.culvert.records(), [])
        self.assertEqual(self.curl(self.web()).stdout, "hello\n", "and nobody else minds")

    def test_who_speaks_no_tls_is_not_served(self):
        with connect(self.culvert) as client:
            client.sendall(f"GET {self.web()} HTTP/1.1\r\nHost: web.test\r\n\r\n".encode())
            try:
                said = read_all(client)
            except ConnectionResetError:
                said = b""
        self.assertNotIn(b"hello", said)
        self.assertEqual(self.curl(self.web()).stdout, "hello\n", "and nobody else minds")

    def test_tls_older_than_1_2_is_refused(self):
        done = run("openssl", "s_client", "-connect", f"127.0.0.1:{self.culvert.port}", "-tls1_1",
                   "-cipher", "ALL:@SECLEVEL=0")
        self.assertNotEqual(done.returncode, 0, done.stdout)
        self.assertIn("alert", done.stderr + done.stdout)

    def test_both_versions_are_offered_and_h2_comes_first(self):
        for offered, chosen in ((["h2", "http/1.1"], "h2"), (["http/1.1", "h2"], "h2"),
                                (["http/1.1"], "http/1.1"), ([], None)):
            with self.subTest(offered), connect(self.culvert) as plain:
                context = ssl.create_default_context(cafile=certificates().authority)
                if offered:
                    context.set_alpn_protocols(offered)
                with context.wrap_socket(plain, server_hostname="127.0.0.1") as client:
                    self.assertEqual(client.selected_alpn_protocol(), chosen)


class Tools(Secure):
    """nghttp and h2load, whose :authority is ours to say."""

    def aimed(self, url, scheme="http", port=None):
        return [url, "-H", f":authority: web.test:{port or self.nginx.http}",
                "-H", f":scheme: {scheme}"]

    def proxies(self):
        clear = self.enterContext(Culvert(names=NAMES, listen=CLEAR))
        return (self.culvert, self.culvert.secure_url), (clear, clear.url)

    def test_nghttp_gets_a_page_and_posts_a_body(self):
        body = self.culvert.file.parent / "body"
        body.write_bytes(b"x" * (1 << 20))
        for culvert, url in self.proxies():
            with self.subTest(url):
                done = run("nghttp", *self.aimed(url + "/hello.txt"))
                self.assertEqual(done.stdout, "hello\n", done.stderr + culvert.said())
                done = run("nghttp", "-d", body, *self.aimed(url + "/post", port=self.node.http))
                self.assertEqual(json.loads(done.stdout)["length"], 1 << 20, done.stderr)
                record = culvert.wait_for_record(kind="hop", method="POST", status=200)
                self.assertEqual(record["proto"], "h2")

    def test_h2load_gets_thousands_of_pages_on_a_few_connections(self):
        for culvert, url in self.proxies():
            with self.subTest(url):
                done = run("h2load", "-n", 4000, "-c", 4, "-m", 50,
                           *self.aimed(url + "/hello.txt"), seconds=60)
                self.assertIn("4000 succeeded, 0 failed", done.stdout, culvert.said()[-4000:])
                statuses = re.search(r"status codes: (\d+) 2xx", done.stdout)
                self.assertEqual(statuses[1], "4000")
                records = culvert.records(kind="hop", host="web.test", status=200)
                self.assertEqual(len({record["connection"] for record in records}), 4)

    def test_pages_larger_than_every_window_arrive_whole(self):
        size = 20 << 20
        (self.nginx.www / "bulk.bin").write_bytes(b"b" * size)
        for _, url in self.proxies():
            with self.subTest(url):
                done = run("h2load", "-n", 6, "-c", 2, "-m", 3, *self.aimed(url + "/bulk.bin"),
                           seconds=60)
                self.assertIn("6 succeeded, 0 failed", done.stdout)
                self.assertIn(f"({6 * size}) data", done.stdout)
