"""kill -9 of the relay, again and again: nothing that was committed is lost, and nothing doubled.

An inbox takes an event once, whatever happens. A mail can leave twice when the relay dies between
sending it and noting that; both then carry the same number, so that a mail server or a person sees
one message. There are never more such than kills.
"""

import os
import signal
import subprocess
import sys
from collections import Counter
from email import message_from_bytes
from pathlib import Path

from django.conf import settings

from tests.kernel.outbox.owing import owe, rows, run, told
from tests.support.server import ROOT, wait_for

KILLS = 4
EACH = 30


def start(folder: Path) -> subprocess.Popen[bytes]:
    environment = os.environ | {
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'platform'}",
        "REMPART_TEST_DB": str(settings.DATABASES["default"]["NAME"]),
    }
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.kernel.outbox.relaying", str(folder / "mail")],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )


def numbers(folder: Path) -> Counter:
    """The numbers of the mails that were written, with how often each."""
    found: Counter = Counter()
    for file in folder.glob("*.log"):
        for part in file.read_bytes().split(b"-" * 79):
            number = message_from_bytes(part.strip())["Message-ID"]
            if number:
                found[number] += 1
    return found


def test_killing_the_relay_loses_and_doubles_nothing(world, tmp_path):
    run("UPDATE kernel_outbox SET done_at = now() WHERE done_at IS NULL")
    mails, events = tmp_path / "mail", []
    mails.mkdir()
    assert world.pilot.viewer
    assert world.coordinator.viewer
    for attempt in range(KILLS + 1):
        events += owe(world, times=EACH)
        process = start(tmp_path)
        try:
            if attempt < KILLS:
                goal = len(told(world)) + EACH // 3
                wait_for(
                    lambda goal=goal, it=process: len(told(world)) >= goal or it.poll() is not None,
                    within=60,
                    what="the relay is in the midst of it",
                )
            else:
                wait_for(
                    lambda: rows(world, "id", "done_at IS NULL") == [],
                    within=60,
                    what="everything that was owed is done",
                )
            assert process.poll() is None, (tmp_path / "log").read_text()
        finally:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()

    account = world.coordinator.person.account_id
    assert Counter(told(world)) == Counter({(event, account): 1 for event in events})
    sent = numbers(mails)
    ending = f".{account.hex[-8:]}@rempart.invalid>"
    assert set(sent) == {f"<{event.hex}{ending}" for event in events}
    assert sum(sent.values()) - len(sent) <= KILLS
    put_off = rows(world, "event_id", "parked_at IS NOT NULL OR attempts > 0")
    assert [event for (event,) in put_off if event in events] == []
