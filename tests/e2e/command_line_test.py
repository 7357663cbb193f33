# SPDX-License-Identifier: Apache-2.0
"""The command line: what it says, what it refuses, and how it exits."""

import socket
import unittest
from pathlib import Path
from tempfile import TemporaryDirectory

from support.process import Process, environment, run
from support.proxy import BINARY, LOCAL, listening_port

GOOD = '[[listen]]\naddress = "127.0.0.1:0"\n' + LOCAL
BAD = """workres = 2
[timeouts]
conect = "5s"
keep_alive = "soon"
[[rule]]
action = "permit"
"""


class CommandLine(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(TemporaryDirectory(prefix="culvert-e2e-")))

    def file(self, text):
        file = self.folder / "culvert.toml"
        file.write_text(text)
        return file

    def culvert(self, *arguments, env=None):
        return run(BINARY, *arguments, env=env, seconds=10)

    def assert_one_line_on_stderr(self, done, code, pattern):
        self.assertEqual(done.returncode, code, done)
        self.assertEqual(done.stdout, "")
        self.assertRegex(done.stderr, rf"\Aculvert: [^\n]*{pattern}[^\n]*\n\Z")

    def test_version_is_one_line(self):
        for argument in ("version", "--version"):
            with self.subTest(argument=argument):
                done = self.culvert(argument)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertRegex(done.stdout, r"\Aculvert \d+\.\d+\.\d+\n\Z")

    def test_help_names_each_command(self):
        for arguments in (["--help"], ["-h"]):
            with self.subTest(arguments=arguments):
                done = self.culvert(*arguments)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                for word in ("run", "check", "explain", "learn", "passwd", "version"):
                    self.assertIn(word, done.stdout)

    def test_check_says_that_a_good_file_is_ok(self):
        file = self.file(GOOD)
        done = self.culvert("check", "-c", file)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, rf"\A{file}: ok; policy [0-9a-f]{{64}}\n\Z")

    def test_check_without_a_file_judges_flags_and_environment(self):
        good = self.culvert("check", "--set", "timeouts.connect=5s")
        self.assertEqual((good.returncode, good.stderr), (0, ""))
        self.assertIn("ok", good.stdout)
        self.assert_one_line_on_stderr(self.culvert("check", "--set", "timeouts.conect=5s"), 1,
                                       "did you mean .*connect")

    def test_check_tells_all_mistakes_at_once_with_their_places(self):
        file = self.file(BAD)
        done = self.culvert("check", "-c", file)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        for place in (r"1:1: .*workres.*workers", r"3:1: .*conect.*connect", r"4:\d+: .*keep_alive",
                      r"6:\d+: .*action"):
            self.assertRegex(done.stderr, f"{file}:{place}")

    def test_check_tells_where_toml_is_malformed(self):
        file = self.file("[dns]\ntries = = 3\n")
        done = self.culvert("check", "-c", file)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, rf"{file}:2:\d+: ")

    def test_run_refuses_a_bad_file_and_starts_nothing(self):
        file = self.file(BAD)
        done = self.culvert("run", "-c", file)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, f"{file}:3:1: .*conect")
        self.assertNotIn("listening", done.stderr)

    def test_an_open_proxy_is_a_mistake(self):
        file = self.file('[[listen]]\naddress = "0.0.0.0:0"\n' + LOCAL)
        done = self.culvert("check", "-c", file)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r":2:\d+: .*open")

    def test_a_file_that_cannot_be_read_is_one_line(self):
        for path in (self.folder / "absent.toml", self.folder):
            for command in ("run", "check"):
                with self.subTest(path=path, command=command):
                    done = self.culvert(command, "-c", path)
                    self.assertEqual((done.returncode, done.stdout), (1, ""))
                    self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
                    self.assertIn(str(path), done.stderr)

    def test_a_usage_error_is_exit_2(self):
        for arguments in (["--frobnicate"], ["run", "--frobnicate"], ["walk"],
                          ["run", "-c"], ["check", "extra"]):
            with self.subTest(arguments=arguments):
                self.assert_one_line_on_stderr(self.culvert(*arguments), 2, "")

    def test_a_taken_port_is_one_line(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            done = self.culvert("run", "--listen", address)
            self.assert_one_line_on_stderr(done, 1, address)

    def test_a_port_that_another_culvert_listens_on_is_taken(self):
        with Process(BINARY, "--listen", "127.0.0.1:0") as first:
            address = f"127.0.0.1:{listening_port(first)}"
            self.assert_one_line_on_stderr(self.culvert("--listen", address), 1, address)

    def test_three_lines_at_start_without_a_file(self):
        with Process(BINARY, "--listen", "127.0.0.1:0") as culvert:
            port = listening_port(culvert)
            culvert.wait_for_line(culvert.err, f"curl .*127.0.0.1:{port}")
            self.assertEqual(len(culvert.err), 3, culvert.said())

    def test_flags_win_over_the_environment_and_that_over_the_file(self):
        file = self.file('workers = "none"\n' + GOOD)
        bad = self.culvert("check", "-c", file, env=environment(CULVERT_WORKERS="many"))
        self.assertEqual(bad.returncode, 1)
        self.assertIn("CULVERT_WORKERS", bad.stderr)

        file = self.file("workers = 1\n" + GOOD)
        with Process(BINARY, "run", "-c", file, "--set", "workers=3",
                     env=environment(CULVERT_WORKERS="2")) as culvert:
            listening_port(culvert)
            threads = [t.read_text() for t in Path(f"/proc/{culvert.pid}/task").glob("*/comm")]
            self.assertGreaterEqual(len(threads), 3, threads)

    def test_an_unknown_variable_of_the_environment_is_a_mistake(self):
        done = self.culvert("check", "-c", self.file(GOOD), env=environment(CULVERT_WORKRES="2"))
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, "CULVERT_WORKRES.*CULVERT_WORKERS")
