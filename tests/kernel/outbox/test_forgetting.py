"""What has served its purpose goes; what is owed, failed or recent stays."""

import io

import pytest
from django.core import mail
from django.core.management import CommandError, call_command

from kernel.outbox.relay import TRIES, drain
from kernel.tasks import forget_what_is_old
from tests.kernel.outbox.owing import owe, rows, run
from tests.support.database import admin, as_role
from tests.support.recorded import recorded
from tests.support.searching import database_name
from tests.support.world import World

pytestmark = pytest.mark.database


@pytest.fixture(autouse=True)
def _empty() -> None:
    run("UPDATE kernel_outbox SET done_at = now() WHERE done_at IS NULL")
    mail.outbox.clear()


def count(table: str, world: World) -> int:
    with admin(database_name()) as connection:
        statement = f"SELECT count(*) FROM {table} WHERE cell_id = %s"
        return int(connection.execute(statement, [world.cell.pk]).fetchone()[0])


def grow_old(world: World, days: float) -> None:
    for table, column in (
        ("kernel_live_event", "at"),
        ("kernel_sent_once", "created_at"),
        ("kernel_outbox", "done_at"),
    ):
        run(
            f"UPDATE {table} SET {column} = {column} - make_interval(secs => %s)"
            " WHERE cell_id = %s",
            days * 86400,
            world.cell.pk,
        )


def used(world: World) -> None:
    world.submitted()
    owe(world)
    drain()
    run(
        "INSERT INTO kernel_sent_once (cell_id, seat_id, key, operation, body_digest, created_at)"
        " VALUES (%s, %s, 'k', 'o', '', now())",
        world.cell.pk,
        world.pilot.viewer.seat_id,
    )


def test_live_events_keys_and_delivered_effects_go_after_their_time(world: World) -> None:
    used(world)
    tables = ("kernel_live_event", "kernel_sent_once", "kernel_outbox")
    before = [count(table, world) for table in tables]
    assert all(before)
    grow_old(world, 0.9)
    forget_what_is_old()
    assert [count(table, world) for table in tables] == before
    grow_old(world, 0.2)
    forget_what_is_old()
    assert count("kernel_live_event", world) == 0
    assert [count(table, world) for table in tables[1:]] == before[1:]
    grow_old(world, 1)
    forget_what_is_old()
    assert count("kernel_sent_once", world) == 0
    assert count("kernel_outbox", world) == before[2]
    grow_old(world, 29)
    forget_what_is_old()
    assert count("kernel_outbox", world) == 0


def test_what_is_owed_or_has_failed_is_never_forgotten(world: World) -> None:
    owe(world, times=2)
    run(
        "UPDATE kernel_outbox SET created_at = now() - interval '90 days',"
        " due_at = now() - interval '90 days' WHERE cell_id = %s",
        world.cell.pk,
    )
    run(
        "UPDATE kernel_outbox SET parked_at = now() - interval '90 days'"
        " WHERE cell_id = %s AND channel = 'inbox'",
        world.cell.pk,
    )
    forget_what_is_old()
    assert len(rows(world, "id")) == 4


def test_only_the_worker_forgets(database: object) -> None:
    for role in ("runtime", "signin", "auditor", "operator", "sealer"):
        with as_role(role) as connection, pytest.raises(Exception, match="permission denied"):
            connection.execute("SELECT kernel.forget(1)")


def said(*arguments: str, **options: object) -> str:
    out = io.StringIO()
    call_command("outbox", *arguments, stdout=out, **options)
    return out.getvalue()


def test_a_person_sees_what_failed_and_sends_it_again(world: World) -> None:
    owe(world)
    run(
        "UPDATE kernel_outbox SET parked_at = now(), attempts = %s, last_error = 'SMTPDataError'"
        " WHERE cell_id = %s AND channel = 'email'",
        TRIES,
        world.cell.pk,
    )
    drain()
    ((number,),) = rows(world, "id", "parked_at IS NOT NULL")
    shown = said()
    assert f"{number}  " in shown
    assert "SMTPDataError" in shown
    assert world.coordinator.person.email not in shown
    with pytest.raises(CommandError):
        said("--retry", item=number + 1_000_000)
    assert mail.outbox == []
    said("--retry", item=number)
    assert recorded("outbox.retried", cell_id=world.cell.pk) == [("done", {"number": 1})]
    assert drain() >= 1
    assert [message.to for message in mail.outbox] == [[world.coordinator.person.email]]
