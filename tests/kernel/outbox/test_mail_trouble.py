"""Mail in trouble: a server that is away delays a notification and drops nothing."""

from datetime import timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected

import pytest
from django.core import mail
from django.core.mail.backends import locmem

from kernel.clock import now
from kernel.models import OutboxItem
from kernel.outbox.relay import LONGEST_WAIT, drain
from tests.support.database import admin

pytestmark = pytest.mark.database


class AwayBackend(locmem.EmailBackend):
    """A mail server that hangs up."""

    def send_messages(self, messages):
        raise SMTPServerDisconnected("away")


class RefusingBackend(locmem.EmailBackend):
    """A mail server that knows nobody of that name."""

    def send_messages(self, messages):
        raise SMTPRecipientsRefused({"somebody": (550, b"unknown")})


def mails_owed(world):
    return OutboxItem.objects.using("worker").filter(cell_id=world.cell.pk, channel="email")


def due_now(settings):
    with admin(settings.DATABASES["default"]["NAME"]) as connection:
        connection.execute("UPDATE kernel_outbox SET due_at = now() WHERE done_at IS NULL")


@pytest.fixture
def owed(world):
    """One mail owed to the coordinator of a cell of this test's own."""
    assert world.coordinator.viewer
    world.submitted()
    return mails_owed(world)


def test_a_mail_server_that_is_away_delays_and_drops_nothing(world, owed, settings):
    settings.EMAIL_BACKEND = f"{__name__}.AwayBackend"
    for _attempt in range(8):
        due_now(settings)
        drain()
    item = owed.get()
    assert (item.attempts >= 8, item.parked_at, item.done_at) == (True, None, None)
    assert item.due_at <= now() + timedelta(seconds=LONGEST_WAIT)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    due_now(settings)
    drain()
    assert owed.get().done_at is not None


def test_an_address_that_does_not_exist_is_parked_for_a_person(owed, settings):
    settings.EMAIL_BACKEND = f"{__name__}.RefusingBackend"
    for _attempt in range(5):
        due_now(settings)
        drain()
    assert owed.get().parked_at is not None


def test_the_inbox_is_filled_while_mail_is_away(world, owed, settings):
    settings.EMAIL_BACKEND = f"{__name__}.AwayBackend"
    due_now(settings)
    drain()
    lines = OutboxItem.objects.using("worker").filter(cell_id=world.cell.pk, channel="inbox")
    assert lines.get().done_at is not None
    assert all("Cible" not in message.body for message in getattr(mail, "outbox", []))
