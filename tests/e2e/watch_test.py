# SPDX-License-Identifier: Apache-2.0
"""Sets in files: what changes in them comes into force, and what is broken does not."""

import os
import re
import tempfile
import time
import unittest
from pathlib import Path

from support.client import connect, connect_request, open_tunnel, read_exactly, read_head
from support.origins import Origin, echo
from support.process import run, until
from support.proxy import BINARY, Culvert

RULES = """
[hosts]
partners = {{ file = "partners.txt", watch = {watch} }}

[[rule]]
name = "partners"
action = "allow"
hosts = ["@partners"]
private = true
tunnel = ["any"]
sni = "off"
"""
NAMES = ["a.test", "b.test"]


class SetFile:
    @classmethod
    def setUpClass(cls):
        cls.origin = cls.enterClassContext(Origin(echo))

    def start(self, watch):
        """culvert, with a set file of which `a.test` is all."""
        folder = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="culvert-e2e-")))
        self.partners = folder / "partners.txt"
        self.partners.write_text("a.test\n")
        rules = RULES.format(watch=watch).replace("partners.txt", str(self.partners))
        self.culvert = self.enterContext(Culvert(rules, names=NAMES))

    def assert_reached(self, *hosts):
        """These are reached, now or in a moment, and the others of NAMES are not.

        A look that finds them so is enough: the workers change over one after the other.
        """
        looks = []

        def found():
            looks.append([host for host in NAMES if self.reaches(host)])
            return looks[-1] == list(hosts)
        self.assertTrue(until(found), f"{looks}\n{self.culvert.said()}")

    def reaches(self, host):
        with connect(self.culvert) as connection:
            connection.sendall(connect_request(f"{host}:{self.origin.port}"))
            status = read_head(connection).status
        self.assertIn(status, (200, 403))
        return status == 200

    def said(self, pattern):
        return [line for line in list(self.culvert.err) if re.search(pattern, line)]

    def hashes(self):
        """Of the policies that came into force, in order."""
        return [re.search(r"policy ([0-9a-f]{64})", line).group(1)
                for line in self.said(r"allowed: |reloaded: ")]

    def wait_for_reloads(self, count):
        self.assertTrue(until(lambda: len(self.said("reloaded: ")) >= count), self.culvert.said())
        self.assertEqual(len(self.said("reloaded: ")), count)

    def stays(self, seconds=1.5):
        """For so long nothing is reloaded."""
        before = len(self.said("reloaded: "))
        time.sleep(seconds)
        self.assertEqual(len(self.said("reloaded: ")), before, self.culvert.said())

    def replace(self, text):
        """As editors and configuration management do: a new file in the place of the old."""
        new = self.partners.with_suffix(".new")
        new.write_text(text)
        new.rename(self.partners)


class Watched(SetFile, unittest.TestCase):
    def setUp(self):
        self.start("true")

    def test_what_is_appended_comes_into_force(self):
        self.assert_reached("a.test")
        with open(self.partners, "a", encoding="utf-8") as file:
            file.write("b.test\n")
        self.assert_reached("a.test", "b.test")
        self.assertTrue(self.said(f"{self.partners} has changed"))

    def test_so_does_a_file_that_takes_its_place(self):
        for text, hosts in (("b.test\n", ["b.test"]), ("a.test\n", ["a.test"]), ("", [])):
            self.replace(text)
            self.assert_reached(*hosts)

    def test_a_broken_file_is_told_loudly_and_the_last_good_policy_stays(self):
        with open_tunnel(self.culvert, f"a.test:{self.origin.port}") as tunnel:
            self.replace("b.test\nhttps://c.test/\n")
            self.culvert.wait_for_line(self.culvert.err, rf"{self.partners}:2:1: .*is a URL")
            self.culvert.wait_for_line(self.culvert.err, "reload refused: .* stays as it was")
            self.assert_reached("a.test")
            tunnel.sendall(b"ping")
            self.assertEqual(read_exactly(tunnel, 4), b"ping")
        self.replace("b.test\n")
        self.assert_reached("b.test")

    def test_a_file_that_vanished_is_told_and_taken_up_when_it_is_back(self):
        self.partners.unlink()
        self.culvert.wait_for_line(self.culvert.err, r":\d+:\d+: .*partners.*: .*No such file")
        self.culvert.wait_for_line(self.culvert.err, "reload refused")
        self.assert_reached("a.test")
        self.partners.write_text("b.test\n")
        self.assert_reached("b.test")

    def test_each_reload_tells_the_hash_of_what_holds(self):
        self.replace("b.test\na.test\n")
        self.wait_for_reloads(1)
        self.replace("# in another order\nA.TEST.\nb.test\n")
        self.wait_for_reloads(2)
        self.replace("a.test\n")
        self.wait_for_reloads(3)
        first, second, third, fourth = self.hashes()
        self.assertNotEqual(first, second)
        self.assertEqual(second, third)
        self.assertEqual(first, fourth)
        checked = run(BINARY, "check", "-c", self.culvert.file)
        self.assertEqual(checked.stdout, f"{self.culvert.file}: ok; policy {first}\n")

    def test_writing_the_same_once_more_changes_nothing_else(self):
        with open_tunnel(self.culvert, f"a.test:{self.origin.port}") as tunnel:
            os.utime(self.partners)
            self.wait_for_reloads(1)
            self.assertEqual(len(set(self.hashes())), 1)
            tunnel.sendall(b"ping")
            self.assertEqual(read_exactly(tunnel, 4), b"ping")


class NotWatched(SetFile, unittest.TestCase):
    def setUp(self):
        self.start("false")

    def test_a_change_waits_for_sighup(self):
        self.replace("b.test\n")
        self.stays()
        self.assert_reached("a.test")
        self.culvert.reload()
        self.assert_reached("b.test")

    def test_a_file_that_vanished_is_missed_at_sighup(self):
        self.partners.unlink()
        self.stays()
        self.culvert.reload()
        self.culvert.wait_for_line(self.culvert.err, "reload refused")
        self.assert_reached("a.test")


class AtStart(unittest.TestCase):
    def test_without_its_set_nothing_starts(self):
        with tempfile.TemporaryDirectory(prefix="culvert-e2e-") as folder:
            file = Path(folder) / "culvert.toml"
            file.write_text(RULES.format(watch="true"))
            line = file.read_text().splitlines().index("[hosts]") + 2
            for command in ("run", "check"):
                done = run(BINARY, command, "-c", file, seconds=10)
                self.assertEqual((done.returncode, done.stdout), (1, ""))
                self.assertRegex(done.stderr, rf"\Aculvert: {file}:{line}:\d+: hosts\.partners.*: "
                                              r".*partners\.txt.*No such file[^\n]*\n\Z")
