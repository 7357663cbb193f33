# SPDX-License-Identifier: Apache-2.0
"""Signals: reload, end in two steps, and a new file for the access log."""

import json
import signal
import time
import unittest
from pathlib import Path
from tempfile import TemporaryDirectory

from support.client import (connect, connect_request, open_tunnel, read_all, read_exactly,
                            read_head)
from support.origins import Origin, echo
from support.process import until
from support.proxy import OPAQUE, Culvert

DENY = '[[rule]]\nname = "stop"\naction = "deny"\n'
DENY_NAMES = DENY + 'hosts = [".test"]\n'


class Signals(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.origin = cls.enterClassContext(Origin(echo))

    def culvert(self, **options):
        return self.enterContext(Culvert(OPAQUE, **options))

    def tunnel(self, culvert, host="127.0.0.1"):
        connection = open_tunnel(culvert, f"{host}:{self.origin.port}")
        self.addCleanup(connection.close)
        self.assert_alive(connection)
        return connection

    def assert_alive(self, tunnel):
        tunnel.sendall(b"ping")
        self.assertEqual(read_exactly(tunnel, 4), b"ping")

    def status(self, culvert):
        with connect(culvert) as connection:
            connection.sendall(connect_request(f"127.0.0.1:{self.origin.port}"))
            return read_head(connection).status

    def test_a_broken_file_is_refused_at_reload_and_nothing_changes(self):
        culvert = self.culvert()
        tunnel = self.tunnel(culvert)
        culvert.configure(DENY + "hots = []\n")
        line = culvert.file.read_text().splitlines().index("hots = []") + 1
        culvert.reload()
        culvert.wait_for_line(culvert.err, rf"{culvert.file}:{line}:1: .*hots.*hosts")
        self.assert_alive(tunnel)
        self.assertEqual(self.status(culvert), 200)

    def test_a_good_file_applies_at_reload(self):
        culvert = self.culvert()
        for rules, status in ((DENY, 403), (OPAQUE, 200)):
            culvert.configure(rules)
            culvert.reload()
            self.assertTrue(until(lambda: self.status(culvert) == status))

    def test_a_reload_ends_the_tunnels_that_are_denied_now_and_no_others(self):
        culvert = self.culvert(names=["out.test"])
        tunnel, denied = self.tunnel(culvert), self.tunnel(culvert, "out.test")
        culvert.configure(DENY_NAMES + OPAQUE)
        began = time.monotonic()
        culvert.reload()
        self.assert_ended(denied)
        self.assertLess(time.monotonic() - began, 3)
        closed = culvert.wait_for_record(event="close", host="out.test")
        self.assertEqual((closed["closer"], closed["reason"]),
                         ("policy", "after a reload: rule stop denies it"))
        self.assert_alive(tunnel)

    def test_sigterm_refuses_new_connections_and_waits_for_tunnels(self):
        culvert = self.culvert(grace="20s")
        tunnel = self.tunnel(culvert)
        culvert.signal(signal.SIGTERM)
        self.assertTrue(until(lambda: self.refuses(culvert)))
        self.assert_alive(tunnel)
        tunnel.close()
        self.assertEqual(culvert.wait(5), 0)
        culvert.wait_for_record(event="close")

    def refuses(self, culvert):
        try:
            connect(culvert).close()
        except ConnectionRefusedError:
            return True
        except ConnectionResetError:
            pass  # It was queued when the listener closed.
        return False

    def test_a_tunnel_that_outlives_the_grace_is_ended(self):
        culvert = self.culvert(grace="1s")
        tunnel = self.tunnel(culvert)
        began = time.monotonic()
        culvert.signal(signal.SIGTERM)
        self.assertEqual(culvert.wait(10), 0)
        self.assertGreater(time.monotonic() - began, 0.8)
        self.assert_ended(tunnel)
        culvert.wait_for_record(event="close")

    def assert_ended(self, tunnel):
        try:
            self.assertEqual(read_all(tunnel), b"")
        except ConnectionResetError:
            pass  # As good an end as a finish.

    def test_a_second_sigterm_ends_it_at_once(self):
        culvert = self.culvert(grace="60s")
        tunnel = self.tunnel(culvert)
        culvert.signal(signal.SIGTERM)
        self.assertTrue(until(lambda: self.refuses(culvert)))
        culvert.signal(signal.SIGTERM)
        culvert.wait(3)
        self.assert_ended(tunnel)

    def test_an_idle_proxy_ends_at_once_on_sigterm_and_on_sigint(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(signal=number):
                culvert = self.culvert(grace="60s")
                culvert.signal(number)
                self.assertEqual(culvert.wait(3), 0)

    def test_sigusr1_opens_the_access_log_anew(self):
        log = Path(self.enterContext(TemporaryDirectory(prefix="culvert-e2e-"))) / "access.log"
        old = log.with_suffix(".1")
        culvert = self.culvert(more=f'[log]\naccess = "{log}"\n')
        tunnel = self.tunnel(culvert)
        opened = json.loads(until(lambda: log.exists() and log.read_text()))
        log.rename(old)
        culvert.signal(signal.SIGUSR1)
        self.assertTrue(until(log.exists))
        tunnel.close()
        closed = json.loads(until(log.read_text))
        self.assertEqual((opened["event"], closed["event"]), ("open", "close"))
        self.assertEqual(opened["id"], closed["id"])
        self.assertEqual(len(old.read_text().splitlines()), 1)
