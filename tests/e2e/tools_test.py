# SPDX-License-Identifier: Apache-2.0
"""wget and git, as a build machine uses them."""

import unittest
from pathlib import Path

from support.certificates import certificates
from support.origins import Nginx
from support.process import environment, run
from support.proxy import Culvert


class Tools(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.nginx = cls.enterClassContext(Nginx())
        cls.culvert = cls.enterClassContext(Culvert(names=["web.test"]))
        cls.folder = Path(cls.culvert.folder.name)
        cls.proxied = environment(**cls.culvert.environment_of_clients(),
                                  GIT_CONFIG_NOSYSTEM="1", HOME=str(cls.folder),
                                  GIT_SSL_CAINFO=str(certificates().authority))

    def urls(self, path):
        return (f"http://web.test:{self.nginx.http}{path}",
                f"https://web.test:{self.nginx.https}{path}")

    def test_wget_fetches_http_and_https(self):
        (self.nginx.www / "hello.txt").write_text("hello\n")
        for url in self.urls("/hello.txt"):
            with self.subTest(url=url):
                done = run("wget", "-q", "-O", "-", "--tries=1", "--timeout=20",
                           f"--ca-certificate={certificates().authority}", url, env=self.proxied)
                self.assertEqual((done.returncode, done.stdout), (0, "hello\n"), done.stderr)

    def test_git_clones_over_http_and_https(self):
        self._publish_a_repository()
        for number, url in enumerate(self.urls("/project.git")):
            with self.subTest(url=url):
                copy = self.folder / f"clone{number}"
                done = run("git", "clone", "-q", url, copy, env=self.proxied)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual((copy / "file").read_text(), "content\n")

    def _publish_a_repository(self):
        """A bare repository that any web server can serve (`update-server-info`)."""
        work = self.folder / "work"
        identity = ["-c", "user.name=a", "-c", "user.email=a@web.test"]
        self._git("init", "-q", work)
        (work / "file").write_text("content\n")
        self._git("-C", work, "add", "file")
        self._git("-C", work, *identity, "commit", "-q", "-m", "first")
        self._git("clone", "-q", "--bare", work, self.nginx.www / "project.git")
        self._git("-C", self.nginx.www / "project.git", "update-server-info")

    def _git(self, *arguments):
        done = run("git", *arguments, env=self.proxied)
        self.assertEqual(done.returncode, 0, done.stderr)
