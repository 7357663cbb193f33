# SPDX-License-Identifier: Apache-2.0
"""https:// and wss:// in absolute-form: the proxy speaks TLS to the origin, and verifies it."""

import base64
import json
import os
import unittest

from support.certificates import certificates
from support.client import ask, connect, read_exactly, read_head
from support.origins import Nginx, Node
from support.process import environment, run
from support.proxy import BINARY, Culvert

NAMES = ["web.test", "wss.test", "stranger.test"]


def trusting(file):
    return f'[origin_tls]\nca_file = "{file}"\n'


class OriginTls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.nginx = cls.enterClassContext(Nginx())
        cls.node = cls.enterClassContext(Node())
        cls.culvert = cls.enterClassContext(
            Culvert(names=NAMES, more=trusting(certificates().authority)))

    def curl(self, proxy, target, *more):
        return run("curl", "-sS", "-x", proxy.url, "--request-target", target, *more,
                   "http://web.test/")

    def test_curl_gets_files_of_nginx_over_a_connection_that_is_kept(self):
        (self.nginx.www / "page.txt").write_text("secured\n" * 10000)
        target = f"https://web.test:{self.nginx.https}/page.txt"
        for _ in range(2):
            done = self.curl(self.culvert, target)
            self.assertEqual((done.stdout, done.returncode), ("secured\n" * 10000, 0), done.stderr)
        record = self.culvert.wait_for_record(port=self.nginx.https, status=200)
        self.assertGreater(record["tls_ms"], 0)

    def test_a_body_goes_up_to_node(self):
        done = self.curl(self.culvert, f"https://web.test:{self.node.https}/", "-d", "x" * 100000)
        self.assertEqual(json.loads(done.stdout)["method"], "POST")

    def test_a_websocket_goes_to_a_secure_origin(self):
        key = base64.b64encode(os.urandom(16)).decode()
        with connect(self.culvert) as client:
            client.sendall(f"GET wss://wss.test:{self.node.https}/chat HTTP/1.1\r\n"
                           f"Host: wss.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                           f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode())
            answer = read_head(client)
            self.assertEqual(answer.status, 101)
            for _ in range(3):
                client.sendall(b"\x81\x85\0\0\0\0hello")  # a masked text frame
                self.assertEqual(read_exactly(client, 7), b"\x81\x05hello")
        self.culvert.wait_for_record(kind="ws", scheme="wss", event="close", host="wss.test")

    def test_another_name_than_the_certificates_is_refused_with_its_reason(self):
        target = f"stranger.test:{self.nginx.https}"
        answer = ask(self.culvert, f"GET https://{target}/ HTTP/1.1\r\nHost: {target}\r\n"
                                   "Connection: close\r\n\r\n".encode())
        self.assertEqual((answer.status, answer.reason), (502, "Origin Certificate Not Trusted"))
        self.assertIn("tls_certificate_error", answer.fields["proxy-status"])
        self.assertIn("hostname mismatch", answer.fields["proxy-status"])
        self.culvert.wait_for_record(host="stranger.test", error="tls_certificate_error")

    def test_the_system_does_not_trust_an_authority_of_ours(self):
        with Culvert(names=NAMES) as plain:
            done = self.curl(plain, f"https://web.test:{self.nginx.https}/", "-w", "%{http_code}")
            self.assertIn("502", done.stdout)
            self.assertIn("certificate", done.stdout)

    def test_what_the_system_trusts_is_trusted(self):
        folder = self.culvert.file.parent / "system"
        folder.mkdir()
        (folder / "authority.pem").write_text(certificates().authority.read_text())
        self.assertEqual(run("openssl", "rehash", folder).returncode, 0)
        for variables in ({"SSL_CERT_DIR": str(folder)},
                          {"SSL_CERT_FILE": str(certificates().authority)}):
            with Culvert(names=NAMES, env=environment(**variables)) as plain:
                done = self.curl(plain, f"https://web.test:{self.nginx.https}/nothing",
                                 "-w", "%{http_code}")
                self.assertEqual(done.stdout, "204", variables)

    def test_a_file_without_certificates_is_found_by_check(self):
        empty = self.culvert.file.parent / "empty.pem"
        empty.write_text("nothing\n")
        config = self.culvert.file.parent / "check.toml"
        for file, says in ((empty, "holds no certificate"), ("/no/such.pem", "cannot be read")):
            config.write_text("workers = 1\n\n" + trusting(file))
            done = run(BINARY, "check", "-c", config)
            self.assertEqual(done.returncode, 1)
            self.assertIn(f"{config}:4:11: origin_tls.ca_file: {file} {says}", done.stderr)
