# SPDX-License-Identifier: Apache-2.0
"""Two thousand tunnels open, carry data, and close; what they took is given back."""

import contextlib
import unittest

from support.client import open_tunnel, read_exactly
from support.origins import ManyEchoes
from support.process import until
from support.proxy import OPAQUE, Culvert

TUNNELS = 2000
IDLE_TUNNEL_BYTES = 2048
# What the allocator may keep for the next two thousand; nothing may be added by another round.
KEPT_BYTES = 8 << 20
ROUND_BYTES = 1 << 20


class Hourglass(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.origin = cls.enterClassContext(ManyEchoes())
        cls.culvert = cls.enterClassContext(Culvert(OPAQUE, names=["echo.test"]))

    def open(self, stack, count):
        target = f"echo.test:{self.origin.port}"
        return [stack.enter_context(open_tunnel(self.culvert, target)) for _ in range(count)]

    def check(self, tunnels):
        """Its own number goes through each tunnel and comes back, many at a time."""
        for number, tunnel in enumerate(tunnels):
            tunnel.sendall(b"%08d" % number)
        for number, tunnel in enumerate(tunnels):
            self.assertEqual(read_exactly(tunnel, 8), b"%08d" % number)

    def settle(self, descriptors):
        self.assertTrue(until(lambda: self.culvert.descriptors() <= descriptors, 10),
                        f"{self.culvert.descriptors()} descriptors, {descriptors} before")

    def round(self, count):
        with contextlib.ExitStack() as stack:
            self.check(self.open(stack, count))

    def test_two_thousand_tunnels_take_little_and_give_it_back(self):
        descriptors = self.culvert.descriptors()
        self.round(100)  # Buffers, caches and the allocator's arenas are there from here on.
        self.settle(descriptors)
        before = self.culvert.memory("Pss")
        resident = self.culvert.memory("Rss")

        with contextlib.ExitStack() as stack:
            tunnels = self.open(stack, TUNNELS)
            self.check(tunnels)
            each = (self.culvert.memory("Pss") - before) / TUNNELS
            print(f"an idle tunnel takes {each:.0f} bytes of {TUNNELS} tunnels' Pss", flush=True)
            self.assertLess(each, IDLE_TUNNEL_BYTES)
            self.check(tunnels[::-1])
        self.settle(descriptors)
        after_one = self.culvert.memory("Rss")
        self.assertLess(after_one - resident, KEPT_BYTES)

        self.round(TUNNELS)
        self.settle(descriptors)
        self.assertLess(self.culvert.memory("Rss") - after_one, ROUND_BYTES)

    def test_each_tunnel_leaves_one_open_and_one_close_in_the_log(self):
        seen = len(self.culvert.records())
        self.round(200)
        self.assertTrue(until(lambda: len(self.culvert.records()) >= seen + 400))
        records = self.culvert.records()[seen:]
        ids = [{r["id"] for r in records if r["event"] == event} for event in ("open", "close")]
        self.assertEqual(len(records), 400)
        self.assertEqual(ids[0], ids[1])
        self.assertEqual(len(ids[0]), 200)
