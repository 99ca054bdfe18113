"""A real OpenID provider in a process of its own, and somebody in front of its page."""

import json
import os
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from tests.support.server import wait_for

HERE = Path(__file__).resolve().parent
CLIENT = "rempart-tests"
SECRET = "only-for-tests-" + "z" * 40


def why_not() -> str:
    """Why no test can use it; empty when they can."""
    if os.environ.get("REMPART_NO_PROVIDER"):
        return f"NO IDENTITY PROVIDER HERE: {os.environ['REMPART_NO_PROVIDER']}"
    if not os.environ.get("REMPART_NODE") or not (HERE / "node_modules").is_dir():
        return "NO IDENTITY PROVIDER HERE: ./infra/bin/test installs it"
    return ""


def a_free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Running:
    """The provider, and the port that the site has to be served on."""

    issuer: str
    site_port: int
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def site(self) -> str:
        """The origin of our own pages."""
        return f"http://127.0.0.1:{self.site_port}"

    @property
    def variables(self) -> dict[str, str]:
        """What our server has to know of it."""
        return {
            "REMPART_OIDC_ISSUER": self.issuer,
            "REMPART_OIDC_CLIENT_ID": CLIENT,
            "REMPART_OIDC_CLIENT_SECRET": SECRET,
            "REMPART_PUBLIC_ADDRESS": self.site,
        }


@contextmanager
def running_provider() -> Iterator[Running]:
    """The provider, gone at the end; skips the test with the reason where it cannot run."""
    reason = why_not()
    if reason:
        pytest.skip(reason)
    port, site_port = a_free_port(), a_free_port()
    # Another name for this machine: to a browser the provider is another site.
    issuer = f"http://localhost:{port}"
    told = {
        "issuer": issuer,
        "site": f"http://127.0.0.1:{site_port}",
        "client_id": CLIENT,
        "client_secret": SECRET,
    }
    with tempfile.TemporaryDirectory(prefix="provider-") as folder:
        log = Path(folder) / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [os.environ["REMPART_NODE"], HERE / "provider.mjs"],
                env={"PATH": os.environ["PATH"], "PROVIDER": json.dumps(told)},
                cwd=HERE,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        running = Running(issuer, site_port, process, log)
        try:
            wait_for(lambda: _answers(running), within=30, what="the identity provider answers")
            yield running
        finally:
            process.kill()
            process.wait()


def _answers(running: Running) -> bool:
    assert running.process.poll() is None, running.log.read_text()
    try:
        return requests.get(f"{running.issuer}/.well-known/openid-configuration", timeout=2).ok
    except requests.RequestException:
        return False
