# SPDX-License-Identifier: Apache-2.0
"""Node's `ws` at both ends of many WebSockets at a time, and what each end says that it heard."""

import json
import unittest
from urllib.parse import urlencode

from .certificates import NAMES, certificates
from .origins import Node
from .process import HERE, Process, environment, until
from .proxy import Culvert

KINDS = {"absolute": "ws", "connect": "connect"}  # the ways through the proxy, and their logs' word
BOTH_WAYS = tuple(KINDS)


def url_of(node, host, name, **behaviour):
    """Where `node` behaves so (clients/behave.js), and tells of it as /as/`name`. A host that the
    certificate is for is asked for over TLS."""
    scheme, port = ("wss", node.https) if host in NAMES else ("ws", node.http)
    return f"{scheme}://{host}:{port}/as/{name}?{urlencode(behaviour)}"


def told(process, name, event=None):
    """What this end has told so far, or only of this event."""
    lines = [json.loads(line) for line in list(process.out) if line.startswith("{")]
    return [line for line in lines if line["name"] == name and event in (None, line["event"])]


def wait_to_be_told(process, name, event, seconds=30):
    """The first of these. Fails with all that was said."""
    found = until(lambda: told(process, name, event), seconds)
    if not found:
        raise AssertionError(f"{name}: no {event}\n{process.said()}")
    return found[0]


class Sessions(Process):
    """clients/ws_sessions.js, a client in each of `sessions`; see there."""

    def __init__(self, culvert, sessions):
        env = environment(NODE_EXTRA_CA_CERTS=str(certificates().authority))
        super().__init__("node", HERE / "clients/ws_sessions.js", culvert.url,
                         json.dumps(sessions), env=env)


RULE = """
[[rule]]
name = "{name}"
action = "allow"
hosts = ["{name}.test"]
private = true
"""


def rules(**more):
    """A rule by each name, for the host of that name in .test."""
    return "".join(RULE.format(name=name) + lines for name, lines in more.items())


def hosts(names):
    return [f"{name}.test" for name in names]


class Story(unittest.TestCase):
    """Node's origin, and for each test a proxy with the rules of the class."""

    RULES = {}

    @classmethod
    def setUpClass(cls):
        cls.node = cls.enterClassContext(Node())

    def setUp(self):
        self.culvert = self.enterContext(
            Culvert(rules(**self.RULES), names=hosts(self.RULES), more=self.more()))

    def more(self):
        """Further tables."""
        return ""

    def sessions(self, sessions):
        return self.enterContext(Sessions(self.culvert, sessions))

    def session(self, rule, way, name, *, origin=None, **client):
        """A client, the origin's behaviour, and a name for both."""
        url = url_of(self.node, f"{rule}.test", name, **(origin or {}))
        return {"name": name, "url": url, "style": way, **client}

    def closes(self, clients, name):
        """The close event of both ends: each a code and a reason."""
        ends = [wait_to_be_told(clients, name, "close"),
                wait_to_be_told(self.node, f"/as/{name}", "close")]
        return [(end["code"], end["reason"]) for end in ends]

    def record(self, rule, way, **fields):
        """What the log says at the end."""
        return self.culvert.wait_for_record(event="close", kind=KINDS[way], host=f"{rule}.test",
                                            **fields)
