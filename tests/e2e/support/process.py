# SPDX-License-Identifier: Apache-2.0
"""Programs that run beside a story. Each is ended by its own pid, and every wait has a limit."""

import os
import re
import signal
import subprocess
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent


def until(claim, seconds=10.0, every=0.02):
    """Waits until `claim()` is true and returns what it gave; after `seconds` its last answer."""
    deadline = time.monotonic() + seconds
    while not (answer := claim()) and time.monotonic() < deadline:
        time.sleep(every)
    return answer


def environment(**more):
    """This process's environment without any proxy setting, and with `more`."""
    kept = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    kept = {k: v for k, v in kept.items() if not k.startswith("CULVERT_")}
    return kept | more


def run(*argv, seconds=30, env=None, **options):
    """Runs a client to its end. Text in and out; raises when it takes longer than `seconds`."""
    return subprocess.run(
        [str(a) for a in argv], capture_output=True, text=True, timeout=seconds,
        env=env or environment(), stdin=options.pop("stdin", subprocess.DEVNULL), **options)


class Process:
    """A program in the background, whose lines on stdout and stderr are kept."""

    def __init__(self, *argv, env=None, **options):
        self.argv = [str(a) for a in argv]
        self.out, self.err = [], []
        self.child = subprocess.Popen(
            self.argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, bufsize=1, env=env or environment(), **options)
        self._readers = [self._collect(self.child.stdout, self.out),
                         self._collect(self.child.stderr, self.err)]

    @staticmethod
    def _collect(stream, lines):
        def read():
            for line in stream:
                lines.append(line.rstrip("\n"))
        thread = threading.Thread(target=read, daemon=True)
        thread.start()
        return thread

    @property
    def pid(self):
        return self.child.pid

    def wait_for_line(self, lines, pattern, seconds=10):
        """The match of the first line that has `pattern`. Fails with all that was said."""
        def found():
            return next((m for line in list(lines) if (m := re.search(pattern, line))), None)

        match = until(lambda: found() or self.child.poll() is not None, seconds)
        if match is True or not match:
            for reader in self._readers:
                reader.join(0.5)
            match = found()
        if not match:
            raise AssertionError(f"no line {pattern!r} from {self.argv}\n{self.said()}")
        return match

    def said(self):
        return "stdout:\n" + "\n".join(self.out) + "\nstderr:\n" + "\n".join(self.err)

    def signal(self, number):
        os.kill(self.pid, number)

    def wait(self, seconds=10):
        """The exit code, once all that was said is read."""
        code = self.child.wait(seconds)
        for reader in self._readers:
            reader.join(2)
        return code

    def stop(self):
        if self.child.poll() is None:
            self.signal(signal.SIGTERM)
            try:
                self.child.wait(3)
            except subprocess.TimeoutExpired:
                self.child.kill()
        self.wait()
        self.child.stdout.close()
        self.child.stderr.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
