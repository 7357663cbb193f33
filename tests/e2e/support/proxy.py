# SPDX-License-Identifier: Apache-2.0
"""The proxy under test: the real binary with a configuration made for the story."""

import json
import os
import signal
import tempfile
from pathlib import Path

from .certificates import certificates
from .process import HERE, Process, until

BINARY = Path(os.environ.get("CULVERT_BINARY", HERE.parent.parent / "build/release/culvert"))

# Lets everything on this machine be reached; what most stories run under.
LOCAL = """
[[rule]]
name = "local"
action = "allow"
hosts = [".test", "127.0.0.1", "::1"]
private = true
"""

# The same, and whatever runs in a tunnel is the client's own affair: for bytes that are no protocol.
OPAQUE = LOCAL + """
tunnel = ["any"]
sni = "off"
"""

# A listener that speaks HTTP/1 and, by prior knowledge, HTTP/2.
CLEAR = "h2c = true"


def secure(**more):
    """The keys of a listener that speaks TLS: an HTTPS proxy, of both versions by ALPN."""
    keys = {"certificate": certificates().certificate, "key": certificates().key} | more
    return "tls = { " + ", ".join(f'{name} = "{value}"' for name, value in keys.items()) + " }"


class Culvert(Process):
    """`culvert run -c` on a free port of loopback, listening when the constructor returns.

    `names` become the hosts file, `listen` further keys of the listener (`secure`), `more` further
    tables. The access log is read from stdout.
    """

    def __init__(self, rules=LOCAL, *, names=(), grace="2s", listen="", more="", env=None):
        self.folder = tempfile.TemporaryDirectory(prefix="culvert-e2e-")
        self.file = Path(self.folder.name) / "culvert.toml"
        hosts = Path(self.folder.name) / "hosts"
        hosts.write_text("".join(f"127.0.0.1 {name}\n" for name in names))
        self._frame = (f'workers = 2\nshutdown_grace = "{grace}"\n[[listen]]\naddress = "127.0.0.1:0"\n'
                       f'{listen}\n[dns]\nhosts_file = "{hosts}"\nservers = ["127.0.0.1:9"]\n{more}\n')
        self.configure(rules)
        super().__init__(BINARY, "run", "-c", self.file, env=env)
        try:
            self.port = listening_port(self)
        except BaseException:
            self.stop()
            raise

    def configure(self, rules):
        """Writes the configuration anew; the proxy reads it at the next SIGHUP."""
        self.file.write_text(self._frame + rules)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def secure_url(self):
        """The same, of a listener that is `secure`."""
        return f"https://127.0.0.1:{self.port}"

    def environment_of_clients(self, **more):
        """The variables that make a client use this proxy for everything."""
        return {"http_proxy": self.url, "https_proxy": self.url} | more

    def records(self, **fields):
        """The access log so far, or those of its records that have these values."""
        read = [json.loads(line) for line in list(self.out)]
        return [r for r in read if all(r.get(k) == v for k, v in fields.items())]

    def wait_for_record(self, seconds=10, **fields):
        """The first record with these values. Fails with the whole log."""
        found = until(lambda: self.records(**fields), seconds)
        if not found:
            raise AssertionError(f"no record {fields}\n{self.said()}")
        return found[0]

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def memory(self, what="Pss"):
        """Bytes of its memory by /proc/PID/smaps_rollup: Pss, or Rss."""
        for line in Path(f"/proc/{self.pid}/smaps_rollup").read_text().splitlines():
            if line.startswith(what + ":"):
                return int(line.split()[1]) * 1024
        raise AssertionError(f"no {what} in smaps_rollup")

    def reload(self):
        self.signal(signal.SIGHUP)

    def stop(self):
        if self.child.poll() is None:
            self.signal(signal.SIGTERM)
            # What a story left open would hold it for the grace; the signal of super().stop()
            # is the second one, which ends it at once.
            until(lambda: self.child.poll() is not None, 0.3)
        super().stop()
        self.folder.cleanup()
        # A crash, or what a sanitizer found, is a failure of whatever story it happened in.
        if self.child.returncode != 0:
            raise AssertionError(f"culvert ended with {self.child.returncode}\n{self.said()}")


def listening_port(process):
    """The port in the line that says where culvert listens."""
    return int(process.wait_for_line(process.err, r"listening on 127\.0\.0\.1:(\d+)").group(1))
