# SPDX-License-Identifier: Apache-2.0
"""A certificate authority of our own, for the origins that speak TLS."""

import atexit
import functools
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from .process import run

NAMES = ["web.test", "ws.test", "wss.test"]


@dataclass
class Certificates:
    authority: Path
    certificate: Path
    key: Path


@functools.cache
def certificates():
    """Made once for a run; gone when it ends."""
    folder = Path(tempfile.mkdtemp(prefix="culvert-e2e-ca-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    made = Certificates(folder / "ca.pem", folder / "origin.pem", folder / "origin.key")
    _openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
             "-days", "2", "-subj", "/CN=culvert test authority", "-keyout", folder / "ca.key",
             "-out", made.authority)
    _openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
             "-subj", "/CN=origin", "-keyout", made.key, "-out", folder / "origin.csr")
    extension = folder / "names"
    extension.write_text("subjectAltName = IP:127.0.0.1," + ",".join(f"DNS:{n}" for n in NAMES))
    _openssl("x509", "-req", "-in", folder / "origin.csr", "-CA", made.authority,
             "-CAkey", folder / "ca.key", "-CAcreateserial", "-days", "2",
             "-extfile", extension, "-out", made.certificate)
    return made


def _openssl(*arguments):
    done = run("openssl", *arguments)
    if done.returncode != 0:
        raise AssertionError(f"openssl {arguments[0]}: {done.stderr}")
