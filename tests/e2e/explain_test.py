# SPDX-License-Identifier: Apache-2.0
"""`culvert explain`: which rule decides, why, and by which address."""

import base64
import json
import socket
import tempfile
import unittest
from pathlib import Path

from support.client import connect_request, read_head
from support.origins import Origin, echo
from support.process import environment, run
from support.proxy import BINARY, Culvert

RULES = """
[dns]
hosts_file = "{hosts}"
servers = ["127.0.0.1:9"]
tries = 1
timeout = "200ms"

[hosts]
chat = ["chat.test", ".example.org"]

[[rule]]
name = "wiki"
action = "allow"
hosts = ["wiki.test"]
private = ["127.0.0.0/30"]

[[rule]]
name = "no metadata"
action = "deny"
hosts = ["169.254.0.0/16"]

[auth]
tokens = "tokens"
groups = "groups"

[[rule]]
name = "developers"
action = "allow"
hosts = ["dev.test"]
groups = ["dev"]
timeouts = {{ tunnel_idle = "90m", connect = "3s" }}
websocket = {{ idle = "10m" }}

[[rule]]
name = "chat"
action = "allow"
clients = ["127.0.0.1", "10.0.0.0/8"]
hosts = ["@chat", "mixed.test", "metadata.test", "missing.test"]
ports = [443, 80]

[[rule]]
name = "room"
action = "allow"
hosts = ["room.test"]
websocket = {{ paths = ["/chat"], origins = ["http://a.test"] }}
"""
HOSTS = """127.0.0.1 wiki.test
93.184.215.14 chat.test
93.184.215.14 dev.test
93.184.215.14 room.test
93.184.215.14 mixed.test
10.0.0.1 mixed.test
169.254.169.254 metadata.test
"""


class Explain(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="culvert-e2e-")))
        cls.file = folder / "culvert.toml"
        (folder / "hosts").write_text(HOSTS)
        (folder / "groups").write_text("ops: bob\ndev: alice\n")
        made = run(BINARY, "passwd", "--token", folder / "tokens", "alice")
        if made.returncode != 0:
            raise AssertionError(made.stderr)
        cls.file.write_text(RULES.format(hosts=folder / "hosts"))

    def explain(self, *arguments, env=None):
        return run(BINARY, "explain", "-c", self.file, *arguments, env=env, seconds=15)

    def assert_last(self, done, code, last):
        self.assertEqual(done.returncode, code, done)
        self.assertEqual(done.stderr, "")
        self.assertEqual(done.stdout.splitlines()[-1], last)

    def test_what_is_allowed_ends_with_0_and_the_line_of_the_rule(self):
        done = self.explain("chat.test:443")
        self.assert_last(done, 0, "allow")
        line = 1 + self.file.read_text().splitlines().index('name = "chat"') - 1
        self.assertRegex(done.stdout, rf'decides +"chat" +{self.file}:{line} +allow')
        self.assertRegex(done.stdout, r"addresses +93\.184\.215\.14 +allowed")

    def test_what_is_denied_ends_with_1_and_says_what_each_rule_missed_by(self):
        done = self.explain("chat.test:8443")
        self.assert_last(done, 1, "deny")
        self.assertRegex(done.stdout, r'"wiki" .* hosts: chat\.test is none of wiki\.test')
        self.assertRegex(done.stdout, r'"chat" .* ports: 8443 is none of 443, 80')
        self.assertNotIn("addresses", done.stdout)

    def test_one_good_address_is_enough(self):
        done = self.explain("mixed.test:443")
        self.assert_last(done, 0, "allow")
        self.assertRegex(done.stdout, r"10\.0\.0\.1 +refused: private .*does not say private")

    def test_a_name_with_refused_addresses_only_is_denied(self):
        self.assert_last(self.explain("metadata.test:80"), 1, "deny: no address is allowed")

    def test_a_name_that_cannot_be_resolved_is_said_to_be_so(self):
        done = self.explain("missing.test:443")
        self.assert_last(done, 1, "deny: cannot tell the addresses")
        self.assert_last(self.explain("--no-resolve", "missing.test:443"), 0, "allow")

    def test_the_client_decides(self):
        self.assert_last(self.explain("--client", "10.9.9.9", "chat.test:443"), 0, "allow")
        done = self.explain("--client", "192.0.2.1", "chat.test:443")
        self.assert_last(done, 1, "deny")
        self.assertRegex(done.stdout, r"clients: 192\.0\.2\.1 is in none of 127\.0\.0\.1, 10\.0")

    def test_groups_are_those_of_the_configuration_and_those_that_are_said(self):
        self.assert_last(self.explain("dev.test:443"), 1, "deny: needs a user (407)")
        done = self.explain("--user", "alice", "dev.test:443")
        self.assert_last(done, 0, "allow")
        self.assertRegex(done.stdout, r"user +alice, of dev\n")
        self.assert_last(self.explain("--user", "bob", "dev.test:443"), 1, "deny")
        done = self.explain("--user", "bob", "--group", "dev", "dev.test:443")
        self.assert_last(done, 0, "allow")
        self.assertRegex(done.stdout, r"user +bob, of dev, ops\n")

    def test_time_limits_are_told_where_the_rule_has_its_own(self):
        done = self.explain("--user", "alice", "dev.test:443")
        self.assertRegex(done.stdout, r"timeouts +connect 3s, tunnel_idle 1h30m, websocket\.idle 10m\n")
        self.assertNotIn("timeouts", self.explain("chat.test:443").stdout)
        told = json.loads(self.explain("--json", "--user", "alice", "dev.test:443").stdout)
        self.assertEqual(told["asks"]["timeouts"], {"connect": "3s", "tunnel_idle": "1h30m", "websocket.idle": "10m"})

    def test_a_url_tells_what_browsers_do(self):
        done = self.explain("wss://chat.test/room?secret=1")
        self.assert_last(done, 0, "allow")
        self.assertRegex(done.stdout, r"browsers +ask for CONNECT chat\.test:443 instead: allow")
        self.assertNotIn("secret", done.stdout)

    def test_a_websocket_is_judged_by_what_is_said_of_its_handshake(self):
        done = self.explain("ws://room.test/other")
        self.assert_last(done, 1, 'deny: websocket: path "/other"')
        done = self.explain("ws://room.test/chat?token=1")
        self.assert_last(done, 0, "allow, if the Origin is one of http://a.test")
        self.assertNotIn("token", done.stdout)
        done = self.explain("--origin", "http://a.test", "ws://room.test/chat")
        self.assert_last(done, 0, "allow")
        done = self.explain("--origin", "none", "--protocol", "v1", "ws://room.test/chat")
        self.assert_last(done, 1, "deny: websocket: no origin")
        for stray in (["--origin", "http://a.test"], ["--protocol", "v1"]):
            done = self.explain(*stray, "https://room.test/chat")
            self.assertEqual(done.returncode, 2)
            self.assertIn("write a ws or wss URL", done.stderr)

    def test_a_name_with_an_umlaut_is_told_as_written_and_as_rules_see_it(self):
        done = self.explain("https://bücher.test/")
        self.assert_last(done, 1, "deny")
        self.assertIn("target     xn--bcher-kva.test:443, written bücher.test\n", done.stdout)

    def test_json_says_the_same(self):
        done = self.explain("--json", "mixed.test:443")
        self.assertEqual(done.returncode, 0)
        told = json.loads(done.stdout)
        self.assertEqual(told["verdict"], "allow")
        self.assertEqual(told["decides"]["rule"], "chat")
        self.assertEqual([m["by"] for m in told["missed"]], ["hosts", "hosts", "hosts"])
        self.assertEqual({a["address"]: a["verdict"] for a in told["addresses"]},
                         {"93.184.215.14": "allow", "10.0.0.1": "deny"})

    def test_flags_and_variables_count_as_they_do_for_run(self):
        done = self.explain("--set", "policy.default=allow", "chat.test:8443")
        self.assert_last(done, 0, "allow")
        done = self.explain("chat.test:8443", env=environment(CULVERT_POLICY_DEFAULT="allow"))
        self.assert_last(done, 0, "allow")

    def test_a_mistake_ends_with_2(self):
        for arguments in (["chat.test"], ["--client", "here", "chat.test:443"],
                          ["--time", "noon", "chat.test:443"], ["ftp://chat.test/"],
                          ["--set", "dns.tries=no", "chat.test:443"], []):
            with self.subTest(arguments=arguments):
                done = self.explain(*arguments)
                self.assertEqual((done.returncode, done.stdout), (2, ""), done)
                self.assertRegex(done.stderr, r"\Aculvert: [^\n]+\n\Z")

    def test_without_a_file_the_built_in_rules_are_explained(self):
        done = run(BINARY, "explain", "--no-resolve", "example.com:25", seconds=10)
        self.assert_last(done, 1, "deny")
        self.assertRegex(done.stdout, r'"public" +built in +ports: 25 is none of 80, 443')


LISTENERS = """
[[listen]]
address = "127.0.0.1:3128"
[[listen]]
address = "127.0.0.1:3129"
websocket = false
"""


class ByListener(unittest.TestCase):
    """Which listeners take WebSockets."""

    @classmethod
    def setUpClass(cls):
        folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="culvert-e2e-")))
        cls.file = folder / "culvert.toml"
        cls.file.write_text(LISTENERS)

    def last(self, *arguments):
        done = run(BINARY, "explain", "-c", self.file, "--no-resolve", *arguments, seconds=15)
        return done.returncode, (done.stdout or done.stderr).splitlines()[-1]

    def test_it_depends_on_the_listener_until_that_is_said(self):
        url = "ws://a.example/"
        self.assertEqual(self.last(url), (0, "allow, if it comes by 127.0.0.1:3128"))
        self.assertEqual(self.last("--listener", "127.0.0.1:3128", url), (0, "allow"))
        refused = "deny: websocket: the listener 127.0.0.1:3129 does not take any"
        self.assertEqual(self.last("--listener", "127.0.0.1:3129", url), (1, refused))
        self.assertEqual(self.last("--listener", "127.0.0.1:3129", "http://a.example/"),
                         (0, "allow"))

    def test_the_only_listener_need_not_be_said(self):
        self.assertEqual(self.last("--listen", "127.0.0.1:1", "ws://a.example/"), (0, "allow"))

    def test_what_is_no_listener_is_a_mistake(self):
        self.assertEqual(self.last("--listener", "127.0.0.1:9", "ws://a.example/"), (
            2, "culvert: --listener 127.0.0.1:9: there is only 127.0.0.1:3128, 127.0.0.1:3129"))


PLACES = """
[identities]
build = ["127.0.0.2"]
kiosk = ["127.0.0.3"]
"""
SECRETS = """
[auth]
tokens = "{tokens}"
"""


def rule(action, users=()):
    """For these users, or for all who come."""
    lines = [f'[[rule]]\nname = "{action}"\naction = "{action}"\nhosts = ["origin.test"]']
    if users:
        lines.append(f"users = {json.dumps(users)}")
    if action == "allow":
        lines.append('private = true\ntunnel = ["any"]\nsni = "off"')
    return "\n".join(lines) + "\n"


class AsTheProxy(unittest.TestCase):
    """What is explained is what the proxy does, whoever comes from wherever."""

    LAST = {200: "allow", 403: "deny", 407: "deny: needs a user (407)"}
    CLIENTS = ("127.0.0.1", "127.0.0.2", "127.0.0.3")

    @classmethod
    def setUpClass(cls):
        cls.origin = cls.enterClassContext(Origin(echo))
        folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="culvert-e2e-")))
        made = run(BINARY, "passwd", "--token", folder / "tokens", "build")
        if made.returncode != 0:
            raise AssertionError(made.stderr)
        cls.token = made.stdout.split()[-1]
        cls.secrets = SECRETS.format(tokens=folder / "tokens")

    def status(self, culvert, client, fields):
        request = connect_request(self.target)[:-2] + fields + b"\r\n"
        with socket.create_connection(("127.0.0.1", culvert.port), 10, (client, 0)) as connection:
            connection.sendall(request)
            return read_head(connection).status

    def proof(self):
        login = base64.b64encode(f"build:{self.token}".encode()).decode()
        return f"Proxy-Authorization: Basic {login}\r\n".encode()

    @property
    def target(self):
        return f"origin.test:{self.origin.port}"

    def explained(self, culvert, client, *arguments):
        done = run(BINARY, "explain", "-c", culvert.file, "--client", client, *arguments,
                   self.target, seconds=15)
        return done.stdout.splitlines()[-1]

    def assert_same(self, rules, more, statuses, proved=()):
        """`statuses` of each client that says nothing, `proved` of each that is build."""
        with Culvert(rules, names=["origin.test"], more=more) as culvert:
            for client, status in zip(self.CLIENTS, statuses, strict=True):
                with self.subTest(client=client):
                    self.assertEqual(self.status(culvert, client, b""), status)
                    self.assertEqual(self.explained(culvert, client), self.LAST[status])
            for client, status in zip(self.CLIENTS, proved):
                with self.subTest(client=client, user="build"):
                    self.assertEqual(self.status(culvert, client, self.proof()), status)
                    said = self.explained(culvert, client, "--user", "build")
                    self.assertEqual(said, self.LAST[status])

    def test_a_user_of_a_place_is_let_in(self):
        allow = rule("allow", ["build"])
        self.assert_same(allow, PLACES, (403, 200, 403))
        self.assert_same(allow, PLACES + self.secrets, (407, 200, 403), (200, 200, 200))

    def test_a_user_of_a_place_is_kept_out(self):
        rules = rule("deny", ["kiosk"]) + rule("allow")
        self.assert_same(rules, PLACES, (200, 200, 403))
        self.assert_same(rules, PLACES + self.secrets, (407, 200, 403), (200, 200, 200))

    def test_whose_place_it_is_is_said(self):
        with Culvert(rule("allow", ["build"]), more=PLACES) as culvert:
            asked = ("explain", "-c", culvert.file, "--client", "127.0.0.2", "--no-resolve")
            done = run(BINARY, *asked, self.target)
            self.assertIn("user       build; by [identities]\n", done.stdout)
            told = json.loads(run(BINARY, *asked, "--json", self.target).stdout)["request"]
            self.assertEqual((told["user"], told["user_by"]), ("build", "identities"))
