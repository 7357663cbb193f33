# SPDX-License-Identifier: Apache-2.0
"""What is asked of WebSockets, and peers that keep to it but for the size of a message."""

from support.peers import BOTH_WAYS, Story, told


class Limits(Story):
    """strict and max_message, with peers that keep to the protocol."""

    RULES = {"small": "websocket = { strict = true, max_message = 2000 }\n"}

    def test_a_message_over_the_limit_ends_it_with_1009(self):
        cases = [(side, way, f"large-{side}-{way}") for side in ("client", "origin")
                 for way in BOTH_WAYS]
        large = {"send": 5000}
        clients = self.sessions([
            self.session("small", way, name, origin=large if side == "origin" else {},
                         **(large if side == "client" else {}))
            for side, way, name in cases])
        for side, way, name in cases:
            with self.subTest(side=side, way=way):
                said = f"the {side} sent a message longer than max_message"
                self.assertEqual(self.closes(clients, name), [(1009, said)] * 2)
                self.assertEqual(told(clients, name, "message"), [])
                self.assertEqual(told(self.node, f"/as/{name}", "message"), [])
                record = self.record("small", way, reason=said)
                self.assertEqual((record["closer"], record["websocket"]["close"]),
                                 ("max_message", {"code": 1009, "by": "proxy"}))

    def test_what_keeps_to_it_passes_compressed_or_not(self):
        cases = [(kind, way, f"{kind}-{way}") for kind in ("plain", "deflate") for way in BOTH_WAYS]
        talk = {"texts": 5, "binaries": 5, "pings": 2}
        clients = self.sessions([self.session("small", way, name, origin=talk, leave=1000, **talk)
                                 for _, way, name in cases])
        for kind, way, name in cases:
            with self.subTest(kind=kind, way=way):
                self.assertEqual(self.closes(clients, name), [(1000, "done")] * 2)
                for process, end in ((clients, name), (self.node, f"/as/{name}")):
                    self.assertEqual(len(told(process, end, "message")), 10)
