"""A worker with its clock behind a broker that is not ours: what is owed is delivered."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from django.conf import settings

from tests.kernel.outbox import brokers
from tests.kernel.outbox.owing import owe, rows, run, told
from tests.support.server import ROOT, wait_for
from tests.support.world import World

Broker = Callable[[Path], AbstractContextManager[str]]
ABSENT = "there is no RabbitMQ on this machine"


@contextmanager
def working(broker: str, folder: Path):
    """A Celery worker as it is run for real; killed at the end."""
    environment = os.environ | {
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'platform'}",
        "REMPART_TEST_DB": str(settings.DATABASES["default"]["NAME"]),
        "REMPART_BROKER_URL": broker,
    }
    command = [sys.executable, "-m", "celery", "-A", "config", "worker", "-P", "threads"]
    command += ["-c", "2", "-B", "-s", str(folder / "beat"), "--loglevel", "WARNING"]
    with (folder / "worker").open("ab") as log:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        # The whole group: the clock is a child that would outlive its worker.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.mark.parametrize(
    "broker",
    [
        brokers.valkey,
        pytest.param(
            brokers.rabbitmq,
            marks=pytest.mark.skipif(not brokers.RABBITMQ.exists(), reason=ABSENT),
        ),
    ],
)
def test_what_is_owed_arrives_also_after_a_killed_worker(
    world: World, tmp_path: Path, broker: Broker
) -> None:
    run("UPDATE kernel_outbox SET done_at = now() WHERE done_at IS NULL")
    with broker(tmp_path) as address:
        for _each in range(2):
            events = owe(world, times=5)
            with working(address, tmp_path) as process:
                wait_for(
                    lambda it=process: (
                        not rows(world, "id", "done_at IS NULL") or it.poll() is not None
                    ),
                    within=60,
                    what="nothing is owed any more",
                )
                assert process.poll() is None, (tmp_path / "worker").read_text()
            account = world.coordinator.person.account_id
            assert {(event, account) for event in events} <= set(told(world))
    assert len(told(world)) == 10
