# SPDX-License-Identifier: Apache-2.0
"""Origins that nobody here wrote, nginx and node's `ws`, and raw ones that play a script."""

import contextlib
import json
import os
import selectors
import socket
import tempfile
import threading
from pathlib import Path

from .certificates import certificates
from .process import HERE, Process, until

NGINX = """
{user}
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 256; }}
http {{
  access_log {folder}/access.log;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  types {{ text/html html; text/plain txt; }}
  default_type application/octet-stream;
  server {{
    listen 127.0.0.1:{http};
    listen 127.0.0.1:{https} ssl;
    listen 127.0.0.1:{http2} ssl http2;
    ssl_certificate {tls.certificate};
    ssl_certificate_key {tls.key};
    root {folder}/www;
    location = /nothing {{ return 204; }}
  }}
}}
"""


def free_ports(count):
    """As many that differ: each is held until all are found."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def free_port():
    return free_ports(1)[0]


class Nginx(Process):
    """nginx over the files of `www`: http on port `http`, https on port `https`, and on port
    `http2` what ALPN says, h2 or http/1.1."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="culvert-e2e-nginx-")
        folder = Path(self.folder.name)
        self.www = folder / "www"
        self.www.mkdir()
        self.http, self.https, self.http2 = free_ports(3)
        user = "user root;" if os.geteuid() == 0 else ""
        file = folder / "nginx.conf"
        file.write_text(NGINX.format(folder=folder, http=self.http, https=self.https,
                                     http2=self.http2, tls=certificates(), user=user))
        super().__init__("nginx", "-p", folder, "-e", "stderr", "-c", file)
        until(lambda: self.child.poll() is not None or accepts(self.http))

    def requests(self):
        """The lines of nginx's own access log."""
        return (Path(self.folder.name) / "access.log").read_text().splitlines()

    def stop(self):
        super().stop()
        self.folder.cleanup()


def accepts(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Node(Process):
    """clients/origin.js: `ws` echo, and an account of each request; `http` and `https` ports."""

    def __init__(self, *where):
        """`where` is an address and the two ports, when they matter."""
        tls = certificates()
        super().__init__("node", HERE / "clients/origin.js", tls.certificate, tls.key, *where)
        ports = self.wait_for_line(self.out, r"ports (\d+) (\d+)")
        self.http, self.https = int(ports.group(1)), int(ports.group(2))


class NodeHttp2(Process):
    """clients/h2_origin.js, on the ports `h2`, `h2c`, `mixed` and `plain`; see there."""

    def __init__(self):
        tls = certificates()
        super().__init__("node", HERE / "clients/h2_origin.js", tls.certificate, tls.key)
        ports = json.loads(self.wait_for_line(self.out, r'.*"ports".*').group(0))
        self.h2, self.h2c = ports["h2"], ports["h2c"]
        self.mixed, self.plain = ports["mixed"], ports["plain"]

    def told(self, event):
        """What it has told so far of this event."""
        return [line for line in map(json.loads, list(self.out)) if line["event"] == event]


class Origin:
    """A listener whose connections each play `script(connection)` on a thread of their own."""

    def __init__(self, script, family=socket.AF_INET, address="127.0.0.1", port=0):
        self._listener = socket.socket(family)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind((address, port))
        self._listener.listen(64)
        self.port = self._listener.getsockname()[1]
        self._script = script
        self.accepted = 0
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return  # Closed: the story is over.
            self.accepted += 1
            connection.settimeout(30)
            threading.Thread(target=self._play, args=(connection,), daemon=True).start()

    def _play(self, connection):
        with connection:
            try:
                self._script(connection)
            except OSError:
                pass  # The other side went away; what it saw is for the story to judge.

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(2)


def echo(connection):
    while piece := connection.recv(65536):
        connection.sendall(piece)


class ManyEchoes:
    """An echo origin for thousands of connections on one thread. Small messages only."""

    def __init__(self):
        self._selector = selectors.DefaultSelector()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self._listener.setblocking(False)
        self._selector.register(self._listener, selectors.EVENT_READ)
        self.port = self._listener.getsockname()[1]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        while not self._over.is_set():
            for key, _ in self._selector.select(0.1):
                if key.fileobj is self._listener:
                    self._accept()
                else:
                    self._answer(key.fileobj)

    def _accept(self):
        connection, _ = self._listener.accept()
        self._selector.register(connection, selectors.EVENT_READ)

    def _answer(self, connection):
        try:
            piece = connection.recv(4096)
            connection.sendall(piece)
        except ConnectionError:
            piece = b""
        if not piece:
            self._selector.unregister(connection)
            connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join(2)
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()
        self._selector.close()
