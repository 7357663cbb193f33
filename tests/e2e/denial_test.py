# SPDX-License-Identifier: Apache-2.0
"""What a user sees when something is refused or fails: a status, a reason, and whose it is."""

import unittest

from support.client import ask, connect_request
from support.origins import Node, free_port
from support.process import run
from support.proxy import Culvert

RULES = """
[[rule]]
name = "no-games"
action = "deny"
hosts = [".games.test"]

[[rule]]
name = "web"
action = "allow"
hosts = [".test", "127.0.0.1"]
private = true
"""


class Denials(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.node = cls.enterClassContext(Node())
        cls.culvert = cls.enterClassContext(Culvert(RULES, names=["web.test", "chess.games.test"]))

    def curl(self, *arguments):
        return run("curl", "-sS", "-x", self.culvert.url, "--max-time", "20", *arguments)

    def test_a_denied_page_is_a_403_that_names_the_rule(self):
        done = self.curl("-i", "http://chess.games.test/")
        head, _, body = done.stdout.partition("\n\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(head, r"HTTP/1\.1 403 \S+.*")
        self.assertNotRegex(head, r"403 Forbidden\s*\n", "the phrase says what happened")
        self.assertRegex(head.lower(), r"proxy-status: .*error=http_request_denied")
        self.assertIn("no-games", body)

    def test_a_host_in_no_rule_is_a_403_by_the_default(self):
        answer = ask(self.culvert, b"GET http://example.org/ HTTP/1.1\r\nHost: example.org\r\n\r\n")
        self.assertEqual(answer.status, 403)
        self.assertIn("error=http_request_denied", answer.fields["proxy-status"])
        self.assertIn(b"default", answer.rest)

    def test_curl_ends_with_56_and_shows_the_403_of_a_denied_tunnel(self):
        done = self.curl("-v", "https://chess.games.test/")
        self.assertEqual(done.returncode, 56, done.stderr)
        self.assertRegex(done.stderr, r"< HTTP/1\.1 403 ")
        self.assertIn("response 403", done.stderr)

    def test_a_refused_connect_closes_and_what_follows_is_not_a_request(self):
        inside = f"GET http://127.0.0.1:{self.node.http}/inside HTTP/1.1\r\nHost: a\r\n\r\n"
        answer = ask(self.culvert, connect_request("chess.games.test:443") + inside.encode())
        self.assertEqual(answer.status, 403)
        self.assertEqual(answer.fields["connection"].lower(), "close")
        self.assertNotIn(b"HTTP/1.1", answer.rest)

    def test_the_page_is_json_for_a_client_that_wants_json(self):
        done = self.curl("-H", "Accept: application/json", "-w", "\n%{content_type}",
                         "http://chess.games.test/")
        body, _, kind = done.stdout.rpartition("\n")
        self.assertTrue(kind.startswith("application/json"), kind)
        self.assertIn("no-games", body)

    def test_a_name_that_does_not_resolve_is_a_502_dns_error(self):
        answer = ask(self.culvert, b"GET http://absent.test/ HTTP/1.1\r\nHost: absent.test\r\n\r\n")
        self.assertIn(answer.status, (502, 504))
        self.assertRegex(answer.fields["proxy-status"], r"error=dns_(error|timeout)")

    def test_a_port_where_nobody_listens_is_a_502_connection_refused(self):
        answer = ask(self.culvert, connect_request(f"127.0.0.1:{free_port()}"))
        self.assertEqual(answer.status, 502)
        self.assertIn("error=connection_refused", answer.fields["proxy-status"])

    def test_a_client_that_takes_the_proxy_for_a_web_server_is_told_so(self):
        answer = ask(self.culvert, b"GET / HTTP/1.1\r\nHost: web.test\r\nConnection: close\r\n\r\n")
        self.assertEqual(answer.status, 400)
        self.assertIn(b"proxy", answer.rest.lower())

    def test_the_403_of_an_origin_is_not_taken_for_one_of_ours(self):
        done = self.curl("-i", f"http://web.test:{self.node.http}/")
        self.assertNotIn("proxy-status", done.stdout.lower())

    def test_a_malformed_request_is_a_400_and_the_end_of_the_connection(self):
        for request in (b"GET http://web.test/ HTTP/1.1\r\nHost : web.test\r\n\r\n",
                        b"CONNECT web.test HTTP/1.1\r\nHost: web.test\r\n\r\n",
                        b"CONNECT user@web.test:443 HTTP/1.1\r\nHost: web.test\r\n\r\n",
                        b"POST http://web.test/ HTTP/1.1\r\nHost: web.test\r\nContent-Length: 3\r\n"
                        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"):
            with self.subTest(request=request):
                answer = ask(self.culvert, request)
                self.assertEqual(answer.status, 400)
                self.assertEqual(answer.fields["connection"].lower(), "close")
                self.assertIn("error=http_request_error", answer.fields["proxy-status"])
