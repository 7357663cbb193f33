# SPDX-License-Identifier: Apache-2.0
"""`culvert learn`: a proxy's own log becomes the configuration that allows the same."""

import json
import tempfile
import unittest
from pathlib import Path

from support.client import ask, connect_request, open_tunnel
from support.origins import Origin, echo
from support.process import Process, run
from support.proxy import BINARY, OPAQUE, Culvert, listening_port


def line(host, **more):
    fields = {"event": "close", "client": "127.0.0.1:5", "kind": "connect", "method": "CONNECT",
              "host": host, "port": 443, "resolved": "93.184.215.14", "rule": "r",
              "verdict": "allow", "status": 200}
    return json.dumps(fields | more) + "\n"


class Learn(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="culvert-e2e-")))

    def log(self, text, name="access.log"):
        file = self.folder / name
        file.write_text(text)
        return file

    def learn(self, *arguments, **options):
        return run(BINARY, "learn", *arguments, seconds=20, **options)

    def learned(self, *arguments):
        """What was learned, as a file that `check` has found right."""
        done = self.learn(*arguments)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done)
        file = self.folder / "learned.toml"
        file.write_text(done.stdout)
        checked = run(BINARY, "check", "-c", file)
        self.assertEqual((checked.returncode, checked.stderr), (0, ""), done.stdout)
        return file

    def test_what_was_learned_from_a_run_allows_the_same_again(self):
        names = ["a.test", "b.test", "other.test"]
        origin = self.enterContext(Origin(echo))
        with Culvert(OPAQUE, names=names) as culvert:
            for host in names[:2]:
                open_tunnel(culvert, f"{host}:{origin.port}").close()
            ask(culvert, connect_request("elsewhere.example:443"))
            for host in names[:2]:
                culvert.wait_for_record(host=host, event="close")
            log = self.log("".join(one + "\n" for one in culvert.out))
        file = self.learned(log)
        hosts = self.log("".join(f"127.0.0.1 {name}\n" for name in names), "hosts")
        with Process(BINARY, "run", "-c", file, "--listen", "127.0.0.1:0",
                     "--set", f"dns.hosts_file={hosts}") as culvert:
            culvert.port = listening_port(culvert)
            for host in names[:2]:
                open_tunnel(culvert, f"{host}:{origin.port}").close()
            for target in (f"other.test:{origin.port}", "a.test:1", "elsewhere.example:443"):
                self.assertEqual(ask(culvert, connect_request(target)).status, 403, target)

    def test_siblings_become_a_pattern_and_public_suffixes_do_not(self):
        log = self.log("".join(line(f"{name}.{domain}") for name in "abcd"
                               for domain in ("example.com", "co.uk")))
        text = self.learned(log).read_text()
        self.assertIn('".example.com",  # 4 times; 4 names: a.example.com', text)
        self.assertNotIn('".co.uk"', text)
        self.assertIn('"d.co.uk"', text)

    def test_several_logs_and_standard_input_are_read_in_any_order_alike(self):
        one, two = self.log(line("a.example"), "1"), self.log(line("b.example"), "2")
        first, second = self.learn(one, two), self.learn(two, one)
        self.assertEqual(first.stdout, second.stdout)
        with open(two, encoding="utf-8") as stream:
            self.assertEqual(self.learn(one, "-", stdin=stream).stdout, first.stdout)

    def test_denials_are_learned_from_only_when_asked_for(self):
        log = self.log(line("a.example", verdict="deny", status=403, error="http_request_denied",
                            rule="default"))
        self.assertNotIn('"a.example"', self.learned(log).read_text())
        self.assertIn('"a.example"', self.learned("--denied", log).read_text())

    def test_diff_tells_only_what_a_file_does_not_allow(self):
        file = self.log('[[rule]]\nname = "learned 1"\naction = "allow"\nhosts = ["a.example"]\n',
                        "culvert.toml")
        log = self.log(line("a.example") + line("b.example"))
        done = self.learn("--diff", "-c", file, log)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertNotIn('"a.example"', done.stdout)
        self.assertIn('"b.example"', done.stdout)
        self.assertIn('"learned 2"', done.stdout)
        together = self.log(done.stdout + file.read_text(), "together.toml")
        self.assertEqual(run(BINARY, "check", "-c", together).returncode, 0)

    def test_diff_knows_who_is_in_which_group(self):
        self.log("dev: alice\n", "groups")
        run(BINARY, "passwd", "--token", self.folder / "tokens", "alice")
        file = self.log('[auth]\ntokens = "tokens"\ngroups = "groups"\n[[rule]]\nname = "dev"\n'
                        'action = "allow"\ngroups = ["dev"]\n', "culvert.toml")
        log = self.log(line("a.example", user="alice") + line("b.example", user="bob"))
        done = self.learn("--diff", "-c", file, log)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertNotIn('"a.example"', done.stdout)
        self.assertIn('"b.example"', done.stdout)

    def test_lines_of_something_else_are_told_and_passed_over(self):
        log = self.log("nonsense\n" + line("a.example") + "{}\n" + line("b.example"))
        done = self.learn(log)
        self.assertEqual(done.returncode, 0)
        self.assertEqual(done.stderr,
                         f"culvert: {log}: 2 lines are none of an access log: line 1, 3\n")
        self.assertIn('"b.example"', done.stdout)

    def test_nothing_that_can_be_read_ends_with_1(self):
        for path in (self.folder / "absent", self.folder, self.log("nonsense\n")):
            with self.subTest(path=path):
                done = self.learn(path)
                self.assertEqual((done.returncode, done.stdout), (1, ""))
                self.assertIn(f"culvert: {path}: ", done.stderr)
        self.assertEqual(self.learn(self.log("")).returncode, 0)

    def test_a_long_log_needs_little_memory(self):
        log = self.folder / "long.log"
        piece = "".join(line(f"h{n % 50}.example") for n in range(1000))
        with open(log, "w", encoding="utf-8") as stream:
            for _ in range(100):
                stream.write(piece)
        limited = ["sh", "-c", 'ulimit -d 32768; exec "$0" learn "$1"', BINARY, log]
        sanitized = b"__asan_init" in BINARY.read_bytes() or b"__tsan_init" in BINARY.read_bytes()
        done = run(*(limited if not sanitized else [BINARY, "learn", log]), seconds=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("2000 times", done.stdout)
