"""What is left behind when all else has been asked: no word of a case, wherever one looks.

In the store between the processes and on its channels, in the queues of tasks and their arguments,
in mails, in the logs of every process. Runs last in its process, after the others of its folder.
"""

import inspect
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.core import mail

from config.celery import app
from kernel.outbox.relay import do_work, drain
from tests.authorisation.scene import Scene
from tests.support.database import admin
from tests.support.searching import database_name
from tests.support.server import Server

pytestmark = pytest.mark.table

CANARY = re.compile(rb"CNRY[0-9a-f]{12}")
"""The mark of any scene: of this process, and of others that share store and servers with it."""
OURS = ("kernel.", "audit.", "agencies.", "referrals.", "meetings.")


@pytest.fixture(scope="module")
def store() -> Iterator[redis.Redis]:
    """The store that the tests' processes share, whichever of its databases."""
    with redis.Redis.from_url(settings.REDIS_URL) as found:
        yield found


@pytest.fixture(scope="module")
def rung(scene: Scene, store: redis.Redis) -> list[bytes]:
    """All that is said on any channel of the store while a case goes from its draft to its end."""
    for seat in scene.world.everybody().values():
        # Somebody may have been signed out everywhere by what was asked before.
        vars(seat).pop("viewer", None)
    with store.pubsub() as ear:
        ear.psubscribe("*")
        assert ear.get_message(timeout=5)
        scene.fresh("closed")
        scene.fresh("sitting")
        heard = []
        while message := ear.get_message(timeout=0.3):
            heard.append(repr(message).encode())
    return heard


def contents(store: redis.Redis, database: int) -> Iterator[tuple[bytes, bytes]]:
    """Every key of one database of the store, with the bytes that it holds."""
    options = store.connection_pool.connection_kwargs | {"db": database}
    kind = store.connection_pool.connection_class
    with redis.Redis(connection_pool=redis.ConnectionPool(connection_class=kind, **options)) as one:
        for key in one.scan_iter(count=500):
            yield bytes(key), bytes(one.dump(key) or b"")


def test_the_channels_between_the_processes_carry_rooms_and_numbers(rung):
    assert len(rung) > 10, "a case that moves rings"
    assert [message for message in rung if CANARY.search(message)] == []
    assert all(re.search(rb'"room": "[a-z]+:[^"]+", "seq": \d+', message) for message in rung)


def test_the_store_holds_no_word_of_a_case(scene, store, rung):
    store.set("rempart:essai", scene.mark, ex=60)
    found = [
        key for n in range(16) for key, held in contents(store, n) if CANARY.search(held + key)
    ]
    assert found == [b"rempart:essai"], "what is looked for is found, and nothing else is"
    store.delete("rempart:essai")


def test_a_task_takes_no_argument_that_could_carry_anything():
    app.loader.import_default_modules()
    ours = {name: task for name, task in app.tasks.items() if name.startswith(OURS)}
    planned = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert planned <= set(ours)
    assert len(ours) >= len(planned) > 5
    for name, task in ours.items():
        assert list(inspect.signature(task.run).parameters) == [], name
    for entry in app.conf.beat_schedule.values():
        assert not entry.get("args"), entry
        assert not entry.get("kwargs"), entry


def test_a_queued_task_holds_its_name_and_nothing_of_a_case(rung):
    """As beat sends it: the bytes that lie in the queue until a worker takes them."""
    queue = f"essai-{os.getpid()}"
    for entry in app.conf.beat_schedule.values():
        app.send_task(entry["task"], queue=queue, expires=60)
    with app.connection_for_write() as broker:
        lies = broker.default_channel.client
        waiting = lies.lrange(queue, 0, -1)
        lies.delete(queue)
    assert len(waiting) == len(app.conf.beat_schedule)
    assert [message for message in waiting if CANARY.search(message)] == []


def test_mails_hold_no_word_of_a_case(scene, rung):
    mail.outbox.clear()
    drain()
    do_work()
    assert mail.outbox, "whoever follows the case is told of it"
    for message in mail.outbox:
        text = message.message().as_bytes()
        assert not CANARY.search(text), message.subject
        assert not re.search(rb"Cible|Alba|Presume|Brume|Temoin|Corme", text), message.subject


def test_the_logs_of_all_processes_hold_no_word_of_a_case(scene, rung, server: Server):
    _a_mistake_in_sql(scene)
    folder = Path(os.environ["REMPART_STATE"]) / "logs"
    logs = {path.name: path.read_bytes() for path in folder.rglob("*.log")}
    logs["web"] = server.printed().encode()
    assert {"postgres.log", "valkey.log"} <= set(logs)
    assert b"essai_inconnu" in logs["postgres.log"], "the log of the database is this one"
    assert [name for name, text in logs.items() if CANARY.search(text)] == []


def _a_mistake_in_sql(scene: Scene) -> None:
    """A statement with a word of a case in it, which the database refuses and logs."""
    with admin(database_name()) as connection, pytest.raises(Exception, match="essai_inconnu"):
        connection.execute("SELECT essai_inconnu(%s)", [scene.mark])
