# SPDX-License-Identifier: Apache-2.0
"""A network of this machine's own making, in which any address and port is free to be had."""

import ctypes
import os

from .process import run

CLONE_NEWNET = 0x40000000


class Network:
    """Puts this thread, and all that it starts, into a network of its own until the end.

    Only what has `addresses`, such as "10.1.2.3/24", is there; nothing leads out of it. Needs root.
    """

    def __init__(self, *addresses):
        self._addresses = addresses
        self._libc = ctypes.CDLL(None, use_errno=True)

    def __enter__(self):
        self._before = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        self._demand(self._libc.unshare(CLONE_NEWNET))
        try:
            self._ip("link", "set", "lo", "up")
            for address in self._addresses:
                self._ip("address", "add", address, "dev", "lo", "nodad" if ":" in address else [])
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self._demand(self._libc.setns(self._before, CLONE_NEWNET))
        os.close(self._before)

    @staticmethod
    def _demand(result):
        if result != 0:
            raise OSError(ctypes.get_errno(), "a network of its own needs root")

    @staticmethod
    def _ip(*words):
        done = run("ip", *(word for word in words if word))
        if done.returncode != 0:
            raise AssertionError(f"ip {words}: {done.stderr}")
