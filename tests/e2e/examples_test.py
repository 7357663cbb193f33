# SPDX-License-Identifier: Apache-2.0
"""The configurations in etc/: each has no mistakes, and lets through and refuses what it should.

They run as they are shipped, in a network where their addresses exist and nothing else does. A
client is whoever dials the proxy by an address of that client's network.
"""

import re
import tempfile
import unittest
from pathlib import Path

import websocket

from support.client import (ask, connect, connect_request, open_tunnel, read_all, read_exactly,
                            read_head)
from support.network import Network
from support.origins import Node, Origin, echo
from support.process import HERE, Process, run
from support.proxy import BINARY

ETC = HERE.parent.parent / "etc"
PUBLIC = "93.184.215.14"
METADATA = "169.254.169.254"
SSH = b"SSH-2.0-OpenSSH_9.2\r\n"


class Entrance:
    """The proxy, as clients of one network reach it."""

    def __init__(self, host):
        self.host, self.port = host, 3128
        self.url = f"http://{host}:{self.port}"

    def curl(self, url, *arguments):
        """The status that the origin or, at a CONNECT, the proxy gave; and how it ended."""
        done = run("curl", "-sSk", "-o", "/dev/null", "-w", "%{http_code} %{http_connect}",
                   "--noproxy", "", "-x", self.url, "--max-time", "20", *arguments, url)
        status, of_connect = done.stdout.split()
        return int(status) or int(of_connect), done.returncode


class Example:
    """A story about one of them, which runs with public origins for `names` on ports 80 and 443."""

    name, addresses, names, private = "", [], [], {}

    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="culvert-e2e-"))
        hosts = Path(folder) / "hosts"
        lines = {name: PUBLIC for name in cls.names} | {"metadata.example.com": METADATA}
        hosts.write_text("".join(f"{at} {name}\n" for name, at in (lines | cls.private).items()))
        cls.enterClassContext(Network(f"{PUBLIC}/32", f"{METADATA}/32", *cls.addresses))
        cls.origin = cls.enterClassContext(Node(PUBLIC, "80", "443"))
        cls.metadata = cls.enterClassContext(Origin(echo, address=METADATA, port=80))
        cls.culvert = cls.enterClassContext(Process(
            BINARY, "run", "-c", ETC / cls.name, "--set", f"dns.hosts_file={hosts}"))
        cls.culvert.wait_for_line(cls.culvert.err, "listening on")

    def assert_ended(self, entrance, target, words):
        """A tunnel in which a client says `words` ends, and the origin has heard none of it."""
        with open_tunnel(entrance, target) as tunnel:
            tunnel.sendall(words)
            self.assertEqual(read_all(tunnel), b"")

    def denied(self, entrance, target):
        answer = ask(entrance, connect_request(target))
        self.assertEqual(answer.status, 403, answer)
        return answer.fields["proxy-status"]


def openssl(entrance, target, server_name):
    """A TLS handshake through a tunnel; what openssl says of it."""
    naming = ["-servername", server_name] if server_name else ["-noservername"]
    done = run("openssl", "s_client", "-proxy", f"{entrance.host}:{entrance.port}",
               "-connect", target, *naming, "-brief", seconds=20)
    return done.returncode, done.stderr


class Check(unittest.TestCase):
    def test_each_example_has_no_mistakes_and_no_warnings(self):
        hashes = set()
        for file in sorted(ETC.glob("*.toml")):
            with self.subTest(file=file.name):
                done = run(BINARY, "check", "-c", file)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                told = re.fullmatch(rf"{file}: ok; policy ([0-9a-f]{{64}})\n", done.stdout)
                self.assertTrue(told, done.stdout)
                hashes.add(told.group(1))
        self.assertEqual(len(hashes), 4)


class Browser(Example, unittest.TestCase):
    name = "browser.toml"
    names = ["public.example", "ads.doubleclick.net"]
    private = {"inside.example": "127.0.0.1"}

    me = Entrance("127.0.0.1")

    def test_public_pages_and_sockets_pass(self):
        self.assertEqual(self.me.curl("http://public.example/"), (200, 0))
        self.assertEqual(self.me.curl("https://public.example/"), (200, 0))
        self.assertEqual(self.me.curl("https://public.example/", "-x", "http://[::1]:3128"),
                         (200, 0))

    def test_what_runs_in_a_tunnel_is_not_looked_at(self):
        with Origin(echo, address=PUBLIC, port=2222) as origin:
            with open_tunnel(self.me, f"public.example:{origin.port}") as tunnel:
                tunnel.sendall(SSH)
                self.assertEqual(read_exactly(tunnel, len(SSH)), SSH)
        self.assertEqual(openssl(self.me, "public.example:443", "other.example")[0], 0)

    def test_what_is_not_wanted_is_refused(self):
        self.assertEqual(self.me.curl("https://ads.doubleclick.net/"), (403, 56))
        self.assertEqual(self.me.curl("http://ads.doubleclick.net/"), (403, 0))

    def test_servers_here_are_reached_by_their_own_name_and_no_other(self):
        with Origin(echo, port=3000):
            with open_tunnel(self.me, "localhost:3000") as tunnel:
                tunnel.sendall(b"hello")
                self.assertEqual(read_exactly(tunnel, 5), b"hello")
            status = self.denied(self.me, "inside.example:3000")
        self.assertIn("destination_ip_prohibited", status)

    def test_metadata_is_out_of_reach_by_address_and_by_name(self):
        for host in (METADATA, "metadata.example.com", "[::ffff:169.254.169.254]"):
            self.assertEqual(self.me.curl(f"http://{host}/"), (403, 0), host)
        self.assertEqual(self.metadata.accepted, 0)


class Egress(Example, unittest.TestCase):
    name = "egress.toml"
    addresses = ["10.10.0.1/16", "10.10.7.1/24", "10.20.0.1/16", "10.30.0.1/16", "10.40.0.1/16",
                 "198.51.100.9/32", "fd00:20::1/64"]
    names = ["api.example.com", "updates.example.com", "app.slack.com", "feed.example.com",
             "git.partner.example.net", "elsewhere.example"]
    private = {"wiki.corp.example": "10.30.0.1", "lost.corp.example": "10.40.0.1",
               "bad.partner.example.net": "198.51.100.9"}

    server, deployer, office, stranger = map(
        Entrance, ("10.10.0.1", "10.10.7.1", "10.20.0.1", "10.40.0.1"))
    office_by_ipv6 = Entrance("[fd00:20::1]")

    def test_each_network_reaches_what_it_needs_and_no_more(self):
        self.assertEqual(self.server.curl("https://updates.example.com/"), (200, 0))
        self.assertEqual(self.server.curl("http://updates.example.com/"), (200, 0))
        for office in (self.office, self.office_by_ipv6):
            self.assertEqual(office.curl("https://app.slack.com/"), (200, 0))
        self.assertEqual(self.server.curl("https://app.slack.com/"), (403, 56))
        self.assertEqual(self.office.curl("https://updates.example.com/"), (403, 56))
        self.assertEqual(self.office.curl("https://elsewhere.example/"), (403, 56))
        self.assertEqual(self.stranger.curl("https://api.example.com/"), (403, 56))

    def test_ssh_goes_by_its_own_rule_alone(self):
        with Origin(lambda c: (c.sendall(SSH), echo(c)), address=PUBLIC, port=22):
            with open_tunnel(self.deployer, "git.partner.example.net:22") as tunnel:
                self.assertEqual(read_exactly(tunnel, len(SSH)), SSH)  # The server speaks first.
                tunnel.sendall(b"mine")
                self.assertEqual(read_exactly(tunnel, 4), b"mine")
            self.denied(self.server, "git.partner.example.net:22")
        for entrance in (self.deployer, self.office):
            self.assert_ended(entrance, "git.partner.example.net:443", SSH)

    def test_tls_in_a_tunnel_names_a_host_of_the_same_rule(self):
        self.assertEqual(openssl(self.server, "api.example.com:443", "api.example.com")[0], 0)
        self.assertEqual(openssl(self.server, "api.example.com:443", "updates.example.com")[0], 0)
        for entrance, name in ((self.server, "elsewhere.example"), (self.server, None),
                               (self.office, "elsewhere.example")):
            code, said = openssl(entrance, "api.example.com:443", name)
            self.assertEqual(code, 1, said)
            self.assertIn("alert", said)
        self.assertEqual(openssl(self.office, "api.example.com:443", None)[0], 0)

    def test_a_socket_in_the_clear_is_open_to_one_page_and_path(self):
        def talk(path, origin):
            options = {"http_proxy_host": self.office.host, "http_proxy_port": "3128",
                       "proxy_type": "http", "origin": origin, "timeout": 10}
            socket = websocket.create_connection(f"ws://feed.example.com{path}", **options)
            socket.send("good morning")
            self.assertEqual(socket.recv(), "good morning")
            socket.close()

        desk = "https://desk.example.com"
        talk("/prices", desk)
        talk("/prices/gold", desk)
        for path, origin in (("/orders", desk), ("/prices", f"{desk}.evil.example")):
            with self.subTest(path=path), self.assertRaises(websocket.WebSocketBadStatusException):
                talk(path, origin)
        self.assertEqual(self.office.curl("http://feed.example.com/prices"), (200, 0))

    def test_the_intranet_is_one_network_and_a_blocked_one_has_no_names(self):
        with Node("10.30.0.1", "0", "443"):
            self.assertEqual(self.office.curl("https://wiki.corp.example/"), (200, 0))
        lost = self.denied(self.office, "lost.corp.example:443")
        self.assertIn("destination_ip_prohibited", lost)
        answer = ask(self.office, connect_request("bad.partner.example.net:443"))
        self.assertEqual(answer.status, 403)
        self.assertIn(b"blocked networks", answer.rest)
        self.denied(self.office, f"{METADATA}:80")
        self.assertEqual(self.metadata.accepted, 0)

    def test_hours_are_asked_of_the_clock(self):
        for time, code in (("Mon 10:00", 1), ("Mon 17:00", 0), ("Mon 23:59", 0), ("Sun 00:00", 0)):
            done = run(BINARY, "explain", "-c", ETC / self.name, "--no-resolve", "--client",
                       "10.20.0.1", "--time", time, "daily.news.example.com:443")
            self.assertEqual(done.returncode, code, done.stdout)


class Sandbox(Example, unittest.TestCase):
    name = "sandbox.toml"
    addresses = ["10.200.0.1/24", "10.201.0.1/24"]
    names = ["packages.example.com", "eu.cdn.example.com", "git.example.com", "elsewhere.example",
             "cdn.example.com"]
    private = {"here.cdn.example.com": "10.200.0.1", "rebound.cdn.example.com": METADATA}

    job = Entrance("10.200.0.1")

    def test_the_hosts_of_the_list_are_reached_by_tls(self):
        for host in ("packages.example.com", "eu.cdn.example.com", "git.example.com"):
            self.assertEqual(self.job.curl(f"https://{host}/"), (200, 0), host)

    def test_no_other_host_port_or_way_is(self):
        for url in ("https://elsewhere.example/", "https://cdn.example.com/",
                    "https://packages.example.com:80/", "https://packages.example.com.evil.test/",
                    f"https://{PUBLIC}/"):
            self.assertEqual(self.job.curl(url), (403, 56), url)
        for url in ("http://packages.example.com/", "http://packages.example.com:443/"):
            self.assertEqual(self.job.curl(url), (403, 0), url)

    def test_a_tunnel_names_a_host_of_its_rule(self):
        target = "packages.example.com:443"
        self.assertEqual(openssl(self.job, target, "eu.cdn.example.com")[0], 0)
        for name in ("git.example.com", "elsewhere.example", None):
            code, said = openssl(self.job, target, name)
            self.assertEqual(code, 1, said)
        ended = self.job.curl("https://elsewhere.example/", "--connect-to", "::" + target)
        self.assertEqual(ended, (200, 35))  # 200 is the CONNECT's; 35, that TLS failed.

    def test_a_tunnel_speaks_tls_and_nothing_else(self):
        for words in (SSH, b"GET / HTTP/1.1\r\nHost: packages.example.com\r\n\r\n"):
            with open_tunnel(self.job, "packages.example.com:443") as tunnel:
                tunnel.sendall(words)
                self.assertNotIn(b" 200 ", read_all(tunnel))
        with open_tunnel(self.job, "packages.example.com:443") as tunnel:
            self.assertEqual(read_all(tunnel), b"")  # It says nothing for tunnel_first_bytes.

    def test_no_name_leads_to_this_machine_or_to_metadata(self):
        for host in ("here.cdn.example.com", "rebound.cdn.example.com"):
            self.assertIn("destination_ip_prohibited", self.denied(self.job, f"{host}:443"))
        for host in (METADATA, "127.0.0.1", "[::1]", "2852039166", "metadata.example.com"):
            self.denied(self.job, f"{host}:443")
        self.assertEqual(self.metadata.accepted, 0)

    def test_another_network_is_not_let_in(self):
        with connect(Entrance("10.200.0.1")) as connection:
            self.assertEqual(connection.getsockname()[0], "10.200.0.1")
        done = run("curl", "-sSk", "--interface", "10.201.0.1", "-x", self.job.url, "-o",
                   "/dev/null", "-w", "%{http_connect}", "https://packages.example.com/")
        self.assertEqual(done.stdout, "403")
