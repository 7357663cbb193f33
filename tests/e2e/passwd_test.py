# SPDX-License-Identifier: Apache-2.0
"""culvert passwd: users come, change and go, and the file stays whole."""

import hashlib
import os
import pty
import select
import subprocess
import termios
import unittest
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

from support.process import environment, run, until
from support.proxy import BINARY


class Terminal:
    """The command on a terminal of its own, with somebody who types."""

    def __init__(self, *arguments):
        self.keyboard, screen = pty.openpty()
        self.shown = ""
        self.child = subprocess.Popen(
            [str(BINARY), "passwd", *map(str, arguments)], stdin=screen, stdout=screen,
            stderr=screen, env=environment(), start_new_session=True)
        self.screen = screen

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait(timeout=10)
        os.close(self.screen)
        os.close(self.keyboard)

    def _look(self):
        while select.select([self.keyboard], [], [], 0)[0]:
            self.shown += os.read(self.keyboard, 4096).decode()
        return self.shown

    def echoes(self):
        return bool(termios.tcgetattr(self.screen)[3] & termios.ECHO)

    def answer(self, question, text):
        """Types `text` once the question stands there and the terminal hides what is typed."""
        assert until(lambda: self._look().rstrip().endswith(question) and not self.echoes()), \
            self.shown
        os.write(self.keyboard, text.encode() + b"\n")

    def end(self):
        code = self.child.wait(timeout=10)
        self._look()
        return code


class Passwd(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(TemporaryDirectory(prefix="culvert-e2e-")))
        self.file = self.folder / "users"

    def passwd(self, *arguments, password=None):
        return subprocess.run([str(BINARY), "passwd", *map(str, arguments)], input=password or "",
                              capture_output=True, text=True, timeout=30, env=environment())

    def assert_done(self, done, said=""):
        self.assertEqual(done.returncode, 0, done)
        self.assertIn(said, done.stderr)

    def assert_refused(self, done, code, said):
        self.assertEqual((done.returncode, done.stdout), (code, ""), done)
        self.assertRegex(done.stderr, rf"\Aculvert: [^\n]*{said}[^\n]*\n\Z")

    def lines(self):
        return self.file.read_text().splitlines()

    def hash_of(self, user):
        return next(line for line in self.lines() if line.startswith(user + ":")).split(":", 1)[1]

    def checks(self, password, stored):
        """crypt(3) itself is asked, through perl, which every Debian has."""
        done = run("perl", "-e", "print crypt($ARGV[0], $ARGV[1]) eq $ARGV[1] ? 'yes' : 'no'",
                   password, stored)
        return done.stdout == "yes"

    def test_a_user_is_added_changed_and_removed(self):
        done = self.passwd(self.file, "alice", password="open sesame\n")
        self.assert_done(done, f"alice added to {self.file}")
        self.assertEqual(done.stdout, "")
        first = self.hash_of("alice")
        self.assertTrue(first.startswith("$y$"))
        self.assertTrue(self.checks("open sesame", first))
        self.assertFalse(self.checks("open sesame\n", first))

        self.assert_done(self.passwd(self.file, "alice", "--stdin", password="another"),
                         f"alice changed in {self.file}")
        self.assertEqual(len(self.lines()), 1)
        self.assertTrue(self.checks("another", self.hash_of("alice")))

        self.assert_done(self.passwd(self.file, "alice", "--delete"), "alice removed from")
        self.assertEqual(self.lines(), [])
        self.assert_refused(self.passwd(self.file, "alice", "--delete"), 1, "no user alice")

    def test_other_lines_permissions_and_links_stay(self):
        before = "# our people\r\n\nbob:$2y$05$abcdefghijklmnopqrstuu\n  # indented\nno end"
        self.file.write_bytes(before.encode())
        self.file.chmod(0o604)
        link = self.folder / "link"
        link.symlink_to("users")
        self.assert_done(self.passwd(link, "alice", password="open sesame\n"))
        self.assertTrue(link.is_symlink())
        self.assertEqual(self.file.stat().st_mode & 0o777, 0o604)
        self.assertTrue(self.file.read_bytes().startswith(before.encode() + b"\nalice:$y$"))
        self.assertEqual(sorted(p.name for p in self.folder.iterdir()), ["link", "users"])

    def test_a_new_file_is_not_for_everybody(self):
        self.assert_done(self.passwd(self.file, "alice", password="open sesame\n"))
        self.assertEqual(self.file.stat().st_mode & 0o007, 0)

    def test_digest_secrets_are_those_of_rfc_7616(self):
        self.assert_done(self.passwd(self.file, "Mufasa", "--digest", "--realm",
                                     "http-auth@example.org", password="Circle of Life\n"))
        pair = b"Mufasa:http-auth@example.org:Circle of Life"
        self.assertEqual(self.lines(), [
            "Mufasa:http-auth@example.org:" + hashlib.sha256(pair).hexdigest(),
            "Mufasa:http-auth@example.org:" + hashlib.md5(pair).hexdigest()])
        self.assert_done(self.passwd(self.file, "Mufasa", "--digest", "--realm",
                                     "http-auth@example.org", password="changed\n"))
        self.assertEqual(len(self.lines()), 2)
        self.assert_done(self.passwd(self.file, "Mufasa", "--delete"))
        self.assertEqual(self.lines(), [])

    def test_a_token_is_shown_once_and_kept_as_its_hash(self):
        done = self.passwd(self.file, "bot", "--token")
        self.assert_done(done, "bot added")
        token = done.stdout.removesuffix("\n")
        self.assertRegex(token, r"\A[0-9a-f]{64}\Z")
        self.assertEqual(self.lines(), ["bot:" + hashlib.sha256(token.encode()).hexdigest()])
        again = self.passwd(self.file, "bot", "--token")
        self.assertNotEqual(again.stdout, done.stdout)
        self.assertEqual(len(self.lines()), 1)

    def test_one_kind_of_line_does_not_go_into_a_file_of_another(self):
        self.passwd(self.file, "bot", "--token")
        kept = self.file.read_bytes()
        self.assert_refused(self.passwd(self.file, "alice", password="open sesame\n"), 1,
                            "is a file of tokens, which takes --token; nothing was changed")
        self.assertEqual(self.file.read_bytes(), kept)
        groups = self.folder / "groups"
        groups.write_text("dev: alice bob\n")
        self.assert_refused(self.passwd(groups, "dev", "--delete"), 1, "is a file of groups")

    def test_names_and_passwords_that_cannot_be_are_refused(self):
        for user in ("", "a:b", "uid:1000", "a b", "#a", "a\x01", "\udce9", "x" * 65):
            with self.subTest(user=user):
                done = subprocess.run([str(BINARY), "passwd", str(self.file), user], input=b"x\n",
                                      capture_output=True, timeout=30, env=environment())
                self.assertEqual(done.returncode, 2, done)
        for password in ("", "\n", "a\x01b\n", "x" * 501):
            with self.subTest(password=password):
                self.assert_refused(self.passwd(self.file, "alice", password=password), 1,
                                    "nothing was changed")
        self.assertFalse(self.file.exists())

    def test_what_cannot_be_written_is_said(self):
        self.assert_refused(self.passwd(self.folder / "none" / "users", "a", password="x\n"), 1,
                            "No such file or directory")
        self.assert_refused(self.passwd(self.folder, "a", password="x\n"), 1, "not a regular file")

    def test_many_at_once_lose_nobody(self):
        users = [f"user{number}" for number in range(12)]
        threads = [Thread(target=self.passwd, args=(self.file, user),
                          kwargs={"password": "open sesame\n"}) for user in users]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(line.split(":")[0] for line in self.lines()), sorted(users))

    def test_on_a_terminal_it_asks_twice_and_shows_nothing(self):
        with Terminal(self.file, "alice") as terminal:
            terminal.answer("New password for alice:", "open sesame")
            terminal.answer("Once more:", "open sesame")
            self.assertEqual(terminal.end(), 0, terminal.shown)
            self.assertTrue(terminal.echoes())
            self.assertNotIn("sesame", terminal.shown)
        self.assertTrue(self.checks("open sesame", self.hash_of("alice")))

    def test_two_that_differ_change_nothing(self):
        with Terminal(self.file, "alice") as terminal:
            terminal.answer("New password for alice:", "open sesame")
            terminal.answer("Once more:", "open sesamE")
            self.assertEqual(terminal.end(), 1)
            self.assertIn("the two are not the same; nothing was changed", terminal.shown)
        self.assertFalse(self.file.exists())

    def test_a_signal_while_it_asks_leaves_the_terminal_as_it_was(self):
        with Terminal(self.file, "alice") as terminal:
            self.assertTrue(until(lambda: not terminal.echoes()))
            terminal.child.terminate()
            self.assertEqual(terminal.end(), -15)
            self.assertTrue(terminal.echoes())
        self.assertFalse(self.file.exists())
