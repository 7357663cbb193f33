# SPDX-License-Identifier: Apache-2.0
"""Users: ordinary clients are asked who they are, answer in their own ways, and are served."""

import hashlib
import json
import subprocess
import unittest
from pathlib import Path
from tempfile import TemporaryDirectory

import requests

from support.certificates import certificates
from support.client import ask, connect_request
from support.origins import Nginx, Node
from support.process import HERE, environment, run
from support.proxy import BINARY, LOCAL, Culvert

ASKING = LOCAL + 'users = ["*"]\n'
TOKEN = "a-token-of-a-robot"


class UserFiles:
    """ann has the password "open sesame" for Basic and for Digest, robot has a token."""

    def __init__(self):
        self._folder = TemporaryDirectory(prefix="culvert-e2e-users-")
        self._passwd("passwords")
        self._passwd("digests", "--digest")
        digest = hashlib.sha256(TOKEN.encode()).hexdigest()
        self.path("tokens").write_text(f"robot:{digest}\n")
        self.path("tokens").chmod(0o600)

    def path(self, name):
        return Path(self._folder.name) / name

    def auth(self, **files):
        return "[auth]\n" + "".join(f'{k} = "{self.path(v)}"\n' for k, v in files.items())

    def _passwd(self, name, *options):
        subprocess.run([str(BINARY), "passwd", *options, str(self.path(name)), "ann"],
                       input="open sesame\n", text=True, check=True, capture_output=True,
                       timeout=30, env=environment())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._folder.cleanup()


class Asked(unittest.TestCase):
    """A proxy that asks everyone, with what a story's clients can answer."""

    FILES = {"htpasswd": "passwords", "htdigest": "digests", "tokens": "tokens"}

    @classmethod
    def setUpClass(cls):
        cls.users = cls.enterClassContext(UserFiles())
        cls.node = cls.enterClassContext(Node())
        cls.nginx = cls.enterClassContext(Nginx())
        (cls.nginx.www / "hello.txt").write_text("hello\n")
        cls.culvert = cls.enterClassContext(
            Culvert(ASKING, names=["web.test", "ws.test", "wss.test"],
                    more=cls.users.auth(**cls.FILES)))
        cls.url = cls.culvert.url.replace("//", "//ann:open%20sesame@")

    def web(self, scheme="http"):
        port = self.nginx.https if scheme == "https" else self.nginx.http
        return f"{scheme}://web.test:{port}/hello.txt"

    def assert_served(self, user="ann", **fields):
        self.culvert.wait_for_record(user=user, verdict="allow", **fields)


class Curl(Asked):
    def curl(self, *arguments, user="ann:open sesame"):
        return run("curl", "-sS", "--max-time", "25", "--cacert", certificates().authority,
                   "-x", self.culvert.url, "-U", user, *arguments)

    def test_each_way_to_prove_it_serves_a_page_and_a_tunnel(self):
        for way in ("--proxy-basic", "--proxy-digest", "--proxy-anyauth"):
            for scheme in ("http", "https"):
                with self.subTest(way=way, scheme=scheme):
                    done = self.curl(way, self.web(scheme))
                    self.assertEqual(done.stdout, "hello\n", done.stderr)
        self.assert_served(method="GET")
        self.assert_served(method="CONNECT")

    def test_a_body_is_posted_again_behind_the_question(self):
        for way in ("--proxy-basic", "--proxy-digest", "--proxy-anyauth"):
            for length in (10, 60_000, 3_000_000):
                with self.subTest(way=way, length=length):
                    body = self.users.path("body")
                    body.write_bytes(b"x" * length)
                    done = self.curl(way, "--data-binary", f"@{body}",
                                     f"http://web.test:{self.node.http}/post")
                    self.assertEqual(done.returncode, 0, done.stderr)
                    got = json.loads(done.stdout)
                    self.assertEqual((got["method"], got["length"]), ("POST", length))
                    self.assertNotIn("proxy-authorization", got["fields"])

    def test_a_question_and_its_answer_take_one_connection(self):
        done = self.curl("--proxy-anyauth", "-w", "%{num_connects}", "-o", "/dev/null",
                         self.web())
        self.assertEqual(done.stdout, "1", done.stderr)

    def test_a_token_stands_in_place_of_a_password(self):
        done = self.curl("--proxy-basic", self.web("https"), user=f"robot:{TOKEN}")
        self.assertEqual(done.stdout, "hello\n", done.stderr)
        self.assert_served(user="robot")

    def test_a_wrong_password_is_told_so(self):
        with Culvert(ASKING, names=["web.test"], more=self.users.auth(**self.FILES)) as culvert:
            for way in ("--proxy-basic", "--proxy-digest"):
                done = run("curl", "-s", "--max-time", "25", "-x", culvert.url, way, "-U",
                           "ann:guess", "-o", "/dev/null", "-w", "%{http_code}", self.web())
                self.assertEqual(done.stdout, "407")
            self.assertEqual(culvert.records(user="ann"), [])


class Tools(Asked):
    def test_wget_fetches_http_and_https(self):
        for scheme in ("http", "https"):
            done = run("wget", "-q", "-O", "-", "--tries=1", "--timeout=20",
                       f"--ca-certificate={certificates().authority}", "--proxy-user=ann",
                       "--proxy-password=open sesame", self.web(scheme),
                       env=environment(**self.culvert.environment_of_clients()))
            self.assertEqual(done.stdout, "hello\n", done.stderr)
        self.assert_served(method="CONNECT")

    def test_git_clones_with_its_user_in_the_proxy_url(self):
        work = self.users.path("work")
        bare = self.nginx.www / "project.git"
        self._git("init", "-q", work)
        (work / "file").write_text("content\n")
        self._git("-C", work, "add", "file")
        self._git("-C", work, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "first")
        self._git("clone", "-q", "--bare", work, bare)
        self._git("-C", bare, "update-server-info")
        for number, port in enumerate((self.nginx.http, self.nginx.https)):
            scheme = ("http", "https")[number]
            copy = self.users.path(f"copy{number}")
            self._git("-c", f"http.proxy={self.url}", "clone", "-q",
                      f"{scheme}://web.test:{port}/project.git", copy)
            self.assertEqual((copy / "file").read_text(), "content\n")

    def _git(self, *arguments):
        done = run("git", *arguments, env=environment(
            HOME=str(self.users.path("")), GIT_SSL_CAINFO=str(certificates().authority)))
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_requests_fetches_http_and_https(self):
        with requests.Session() as session:
            session.trust_env = False
            for scheme in ("http", "https"):
                got = session.get(self.web(scheme), timeout=20, verify=certificates().authority,
                                  proxies={"http": self.url, "https": self.url})
                self.assertEqual(got.text, "hello\n")

    def test_node_opens_websockets_with_its_user_in_the_proxy_url(self):
        for style, url in (("connect", f"ws://ws.test:{self.node.http}/"),
                           ("connect", f"wss://wss.test:{self.node.https}/"),
                           ("absolute", f"ws://ws.test:{self.node.http}/")):
            with self.subTest(style=style, url=url):
                done = run("node", HERE / "clients/ws_client.js", style, self.url, url,
                           env=environment(NODE_EXTRA_CA_CERTS=str(certificates().authority)))
                self.assertEqual(json.loads(done.stdout),
                                 {"text": "good morning", "binary": True, "code": 1000},
                                 done.stderr)
        self.assert_served(method="CONNECT", event="close")
        self.assert_served(kind="ws", event="close")


class Java(Asked):
    """Stock Java takes no Basic for tunnels: Digest is what it has."""

    FILES = {"htpasswd": "passwords", "htdigest": "digests"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.trust = cls.users.path("trust.p12")
        run("keytool", "-importcert", "-noprompt", "-alias", "ca", "-storetype", "PKCS12",
            "-storepass", "changeit", "-keystore", cls.trust,
            "-file", certificates().authority, seconds=60)

    def java(self, what, url, *options):
        done = run("java", f"-Djavax.net.ssl.trustStore={self.trust}",
                   "-Djavax.net.ssl.trustStorePassword=changeit", "-XX:TieredStopAtLevel=1",
                   *options, HERE / "clients/JavaClient.java", self.culvert.port, what, url,
                   "ann", "open sesame", seconds=60)
        self.assertEqual(done.returncode, 0, done.stderr + self.culvert.said())
        return done.stdout.strip()

    def test_a_connection_of_its_own_library_fetches_http_and_https(self):
        for scheme in ("http", "https"):
            with self.subTest(scheme=scheme):
                self.assertEqual(self.java("connection", self.web(scheme)), "hello")
        self.assert_served(method="GET")
        self.assert_served(method="CONNECT")

    def test_its_newer_client_knows_basic_alone_and_must_be_told_that_tunnels_may_have_it(self):
        self.assertEqual(self.java("get", self.web()), "hello")
        self.assertEqual(self.java("get", self.web("https"),
                                   "-Djdk.http.auth.tunneling.disabledSchemes="), "hello")


class Sight(Asked):
    def test_who_does_not_say_who_it_is_hears_each_way_to_prove_it(self):
        answer = ask(self.culvert, connect_request("web.test:443"))
        self.assertEqual(answer.status, 407)
        self.assertEqual(answer.fields["connection"], "close")
        done = run("curl", "-sS", "-D", "-", "-o", "/dev/null", "-x", self.culvert.url,
                   self.web())
        schemes = [line.split()[1] for line in done.stdout.splitlines()
                   if line.lower().startswith("proxy-authenticate:")]
        self.assertEqual(sorted(set(schemes)), ["Basic", "Bearer", "Digest"])
