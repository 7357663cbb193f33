# SPDX-License-Identifier: Apache-2.0
"""A Unix socket to listen on: the file, who may connect, and what the log calls them."""

import http.client
import http.server
import json
import os
import signal
import socket
import stat
import tempfile
import threading
import unittest
from pathlib import Path

from support.client import connect_request, read_all, read_exactly, read_head
from support.origins import Origin, echo
from support.process import Process, environment, run, until
from support.proxy import BINARY, OPAQUE, Culvert

BULK = os.urandom(1 << 20) * 8


class ByPath(http.client.HTTPConnection):
    """Python's client, over a Unix socket."""

    def __init__(self, path):
        super().__init__("localhost", timeout=10)
        self._path = str(path)

    def connect(self):
        self.sock = dial(self._path)


class Pages(http.server.BaseHTTPRequestHandler):
    """An origin that answers each request with its path, and keeps the connection."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.path)))
        self.end_headers()
        self.wfile.write(self.path.encode())

    def log_message(self, *_):
        pass


def dial(path):
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(10)
    try:
        connection.connect(str(path))
    except BaseException:
        connection.close()
        raise
    return connection


def refuses(path):
    try:
        dial(path).close()
    except (ConnectionRefusedError, FileNotFoundError):
        return True
    return False


class UnixSocket(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="culvert-unix-")))
        self.path = self.folder / "c.sock"
        self.file = self.folder / "culvert.toml"
        self.name = f"unix:uid={os.getuid()}"

    def configure(self, *listeners, rules=OPAQUE):
        tables = [f'[[listen]]\naddress = "{address}"\n{more}\n' for address, more in listeners]
        self.file.write_text('workers = 2\nshutdown_grace = "2s"\n' + "".join(tables) + rules)

    def start(self, *arguments):
        """culvert, listening on the socket and nowhere else unless the configuration says so."""
        culvert = self.enterContext(Process(BINARY, "run", *(arguments or ("-c", self.file))))
        culvert.wait_for_line(culvert.err, f"listening on .*unix:{self.path}")
        return culvert

    def own(self, more=""):
        self.configure((f"unix:{self.path}", more))
        return self.start()

    def tunnel(self, port):
        connection = dial(self.path)
        self.addCleanup(connection.close)
        connection.sendall(connect_request(f"127.0.0.1:{port}"))
        self.assertEqual(read_head(connection, at_most=1).status, 200)
        return connection

    def records(self, culvert):
        return [json.loads(line) for line in list(culvert.out)]

    def status(self):
        """What a question to the proxy itself is answered with."""
        with dial(self.path) as connection:
            connection.sendall(b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            return read_head(connection).status

    def test_a_tunnel_carries_bulk_both_ways_and_is_logged_with_its_user(self):
        culvert = self.own()
        with Origin(echo) as origin:
            tunnel = self.tunnel(origin.port)
            sending = threading.Thread(
                target=lambda: (tunnel.sendall(BULK), tunnel.shutdown(socket.SHUT_WR)))
            sending.start()
            self.assertEqual(read_all(tunnel), BULK)
            sending.join()
        self.assertTrue(until(lambda: len(culvert.out) == 2), culvert.said())
        for record in self.records(culvert):
            self.assertEqual((record["client"], record["listener"], record["kind"]),
                             (self.name, f"unix:{self.path}", "connect"))
        self.assertEqual(self.records(culvert)[1]["bytes_down"], len(BULK))

    def test_an_ordinary_client_asks_many_times_on_one_connection(self):
        culvert = self.own()
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages) as origin:
            threading.Thread(target=origin.serve_forever, daemon=True).start()
            client = ByPath(self.path)
            self.addCleanup(client.close)
            for i in range(5):
                client.request("GET", f"http://127.0.0.1:{origin.server_port}/{i}")
                answer = client.getresponse()
                self.assertEqual((answer.status, answer.read()), (200, f"/{i}".encode()))
            origin.shutdown()
        self.assertTrue(until(lambda: len(culvert.out) == 5), culvert.said())
        self.assertEqual({r["client"] for r in self.records(culvert)}, {self.name})

    def test_the_mode_says_who_may_connect(self):
        for more, mode in (("", 0o660), ('mode = "0600"', 0o600), ('mode = "666"', 0o666)):
            with self.subTest(mode=oct(mode)):
                culvert = self.own(more)
                self.assertEqual(stat.S_IMODE(self.path.stat().st_mode), mode)
                culvert.stop()

    @unittest.skipUnless(os.getuid() == 0, "only root can be somebody else")
    def test_another_user_is_kept_out_or_named(self):
        self.folder.chmod(0o755)
        script = ("import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]);"
                  "s.sendall(b'OPTIONS * HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n'); print(s.recv(100))")

        def ask():
            return run("/usr/bin/python3", "-c", script, self.path, user=12345)

        culvert = self.own('mode = "0600"')
        self.assertIn("PermissionError", ask().stderr)
        self.configure((f"unix:{self.path}", 'mode = "0666"'))
        culvert.signal(signal.SIGHUP)
        culvert.wait_for_line(culvert.err, "reloaded")
        self.assertIn("200 OK", ask().stdout)
        self.assertTrue(until(lambda: culvert.out), culvert.said())
        self.assertEqual(self.records(culvert)[0]["client"], "unix:uid=12345")

    def test_it_is_removed_at_the_end_and_no_curl_line_is_printed(self):
        culvert = self.own()
        self.assertTrue(self.path.is_socket())
        culvert.signal(signal.SIGTERM)
        self.assertEqual(culvert.wait(), 0)
        self.assertFalse(self.path.exists())
        self.assertNotIn("curl", culvert.said())

    def test_a_killed_culvert_is_followed_by_another(self):
        culvert = self.own()
        culvert.child.kill()
        culvert.wait()
        self.assertTrue(self.path.is_socket())
        self.own()
        self.assertEqual(self.status(), 200)

    def test_what_is_in_use_or_no_socket_is_one_line_and_stays(self):
        self.own()
        taken = run(BINARY, "--listen", f"unix:{self.path}")
        self.assertEqual((taken.returncode, taken.stderr.count("\n")), (1, 1), taken.stderr)
        self.assertIn("another program listens there", taken.stderr)
        self.assertEqual(self.status(), 200)

        precious = self.folder / "precious"
        precious.write_text("words")
        refused = run(BINARY, "--listen", f"unix:{precious}")
        self.assertEqual((refused.returncode, refused.stderr.count("\n")), (1, 1), refused.stderr)
        self.assertEqual(precious.read_text(), "words")

        nowhere = run(BINARY, "--listen", f"unix:{self.folder}/none/c.sock")
        self.assertIn("its directory does not exist", nowhere.stderr)

    def test_a_reload_adds_it_and_drops_it_and_live_tunnels_go_on(self):
        with Origin(echo) as origin, Culvert(OPAQUE) as culvert:
            frame = culvert.file.read_text()
            culvert.file.write_text(frame + f'[[listen]]\naddress = "unix:{self.path}"\n')
            culvert.reload()
            self.assertTrue(until(self.path.is_socket))
            tunnel = self.tunnel(origin.port)
            culvert.file.write_text(frame)
            culvert.reload()
            self.assertTrue(until(lambda: refuses(self.path)))
            self.assertFalse(self.path.exists())
            tunnel.sendall(b"ping")
            self.assertEqual(read_exactly(tunnel, 4), b"ping")

    def test_a_drain_waits_for_tunnels(self):
        culvert = self.own()
        with Origin(echo) as origin:
            tunnel = self.tunnel(origin.port)
            culvert.signal(signal.SIGTERM)
            self.assertTrue(until(lambda: refuses(self.path)))
            tunnel.sendall(b"ping")
            self.assertEqual(read_exactly(tunnel, 4), b"ping")
            tunnel.close()
            self.assertEqual(culvert.wait(5), 0)

    def test_flag_and_variable_name_it_too(self):
        for arguments, env in ((("--listen", f"unix:{self.path}"), environment()),
                               ((), environment(CULVERT_LISTEN=f"unix:{self.path}"))):
            with Process(BINARY, *arguments, env=env) as culvert:
                culvert.wait_for_line(culvert.err, f"listening on unix:{self.path} ")
                self.assertEqual(self.status(), 200)

    def test_mistakes_are_named_with_their_places(self):
        self.configure(("unix:@culvert", ""), ("127.0.0.1:0", 'mode = "0660"'))
        done = run(BINARY, "check", "-c", self.file)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, rf"{self.file}:4:11: listen\[1\].address: a socket without")
        self.assertRegex(done.stderr, rf"{self.file}:8:8: listen\[2\].mode: is for Unix sockets")
