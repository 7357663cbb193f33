# SPDX-License-Identifier: Apache-2.0
"""What may be reached: nothing private by default, by address or by name; with a rule, it may."""

import tempfile
import unittest
from pathlib import Path

from support.client import ask, connect, connect_request, read_exactly, read_head
from support.origins import Origin, echo
from support.process import Process
from support.proxy import BINARY, Culvert, listening_port

# Each is an address of this machine or of its link in another spelling, or a name for one.
PRIVATE = ["127.0.0.1", "127.1.2.3", "0x7f.1", "2130706433", "0177.0.0.1", "0.0.0.0", "[::1]",
           "[::ffff:127.0.0.1]", "[::]", "169.254.169.254", "[fe80::1]", "10.0.0.1", "192.168.1.1",
           "172.16.0.1", "100.64.0.1", "[fd00::1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]",
           "224.0.0.1", "localhost", "LOCALHOST.", "a.localhost", "inside.test", "metadata.test"]


class WithoutConfiguration(unittest.TestCase):
    """The hosts file is the one thing that is set: a name in it is what a rebinding name is."""

    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="culvert-e2e-"))
        hosts = Path(folder) / "hosts"
        hosts.write_text("127.0.0.1 inside.test\n169.254.169.254 metadata.test\n")
        cls.origin = cls.enterClassContext(Origin(echo))
        cls.culvert = cls.enterClassContext(Process(
            BINARY, "run", "--listen", "127.0.0.1:0", "--set", f"dns.hosts_file={hosts}"))
        cls.culvert.port = listening_port(cls.culvert)

    def assert_prohibited(self, answer):
        self.assertEqual(answer.status, 403, answer)
        self.assertIn("error=destination_ip_prohibited", answer.fields["proxy-status"])

    def test_no_tunnel_to_a_private_address_by_any_spelling_or_name(self):
        for host in PRIVATE:
            with self.subTest(host=host):
                target = f"{host}:{self.origin.port}"
                self.assert_prohibited(ask(self.culvert, connect_request(target)))
        self.assertEqual(self.origin.accepted, 0)

    def test_no_request_to_a_private_address_by_any_spelling_or_name(self):
        for host in PRIVATE:
            with self.subTest(host=host):
                target = f"{host}:{self.origin.port}"
                request = f"GET http://{target}/ HTTP/1.1\r\nHost: {target}\r\n\r\n"
                self.assert_prohibited(ask(self.culvert, request.encode()))
        self.assertEqual(self.origin.accepted, 0)

    def test_the_port_of_a_public_host_must_be_80_or_443_or_from_1024_up(self):
        for port in (22, 25, 1023):
            with self.subTest(port=port):
                answer = ask(self.culvert, connect_request(f"example.com:{port}"))
                self.assertEqual(answer.status, 403)
                self.assertIn("error=http_request_denied", answer.fields["proxy-status"])


RULES = """
[[rule]]
name = "one port"
action = "allow"
hosts = ["inside.test"]
ports = [{port}]
private = true
tunnel = ["any"]
sni = "off"

[[rule]]
name = "some networks"
action = "allow"
hosts = ["127.0.0.1", "::1", "localhost"]
private = ["127.0.0.0/8", "::1/128"]
tunnel = ["any"]
sni = "off"

[[rule]]
name = "the rest"
action = "allow"
hosts = [".test"]
"""


class WithRules(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.origin = cls.enterClassContext(Origin(echo))
        cls.culvert = cls.enterClassContext(
            Culvert(RULES.format(port=cls.origin.port), names=["inside.test", "rebinding.test"]))

    def test_a_rule_that_says_private_lets_private_addresses_through(self):
        for host in ("127.0.0.1", "2130706433", "0x7f.1", "inside.test", "INSIDE.test.",
                     "localhost"):
            with self.subTest(host=host), connect(self.culvert) as connection:
                connection.sendall(connect_request(f"{host}:{self.origin.port}"))
                self.assertEqual(read_head(connection).status, 200)
                connection.sendall(b"hello")
                self.assertEqual(read_exactly(connection, 5), b"hello")

    def test_a_rule_that_does_not_say_private_refuses_a_name_with_a_private_address(self):
        answer = ask(self.culvert, connect_request(f"rebinding.test:{self.origin.port}"))
        self.assertEqual(answer.status, 403)
        self.assertIn("error=destination_ip_prohibited", answer.fields["proxy-status"])
        self.assertIn(b"the rest", answer.rest)

    def test_another_port_of_the_same_host_falls_through_to_the_next_rule(self):
        answer = ask(self.culvert, connect_request("inside.test:81"))
        self.assertEqual(answer.status, 403)
        self.assertIn(b"the rest", answer.rest)

    def test_what_no_rule_names_is_denied_by_default(self):
        answer = ask(self.culvert, connect_request("example.com:443"))
        self.assertEqual(answer.status, 403)
        self.assertIn("error=http_request_denied", answer.fields["proxy-status"])
        denied = self.culvert.wait_for_record(host="example.com")
        self.assertEqual((denied["verdict"], denied["rule"]), ("deny", "default"))

    def test_the_host_field_cannot_name_another_host_than_the_target(self):
        request = (f"CONNECT inside.test:{self.origin.port} HTTP/1.1\r\n"
                   "Host: rebinding.test\r\n\r\n")
        self.assertEqual(ask(self.culvert, request.encode()).status, 400)
