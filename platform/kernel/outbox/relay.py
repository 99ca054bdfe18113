"""The relay: takes what is due under a lease, delivers it, marks it done; parks what keeps failing.

Runs as the worker role, which sees owed effects and e-mail addresses and no case at all.
"""

import logging
import time
from collections.abc import Sequence
from contextvars import ContextVar
from datetime import timedelta
from smtplib import SMTPRecipientsRefused, SMTPResponseException
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import OperationalError, connections, transaction
from django.db.models import QuerySet
from django.utils import translation

from kernel.clock import now
from kernel.models import OutboxItem
from kernel.outbox import works
from kernel.outbox.enqueue import CHANNELS
from kernel.outbox.letters import Addressee, Letter, letter_for

LEASE = timedelta(seconds=60)
AT_WORK = timedelta(seconds=150)
"""Put off by whoever goes on: nobody else takes up what somebody still works on."""
NEXT_WITHIN = 60.0
"""Seconds after which a task begins no other piece: the next task does."""
TRIES = 5
BATCH = 5
LONGEST_WAIT = 900
logger = logging.getLogger(__name__)
_held: ContextVar[OutboxItem | None] = ContextVar("held", default=None)
"""What is being delivered: whoever goes on with it holds it by a later lease."""

_ADDRESS = "SELECT email FROM agencies_account WHERE id = %s"


def drain() -> int:
    """Deliver everything that is due now; returns how many effects were delivered."""
    delivered = 0
    while items := _take():
        for item in items:
            delivered += _deliver(item)
    return delivered


def do_work() -> int:
    """Do the work that is due now, one piece after the other; returns how many were done."""
    done, until = 0, time.monotonic() + NEXT_WITHIN
    while time.monotonic() < until and (items := _take((works.CHANNEL,), 1, AT_WORK)):
        for item in items:
            done += _deliver(item)
    return done


def go_on(kind: str, subject_id: UUID) -> None:
    """Somebody still does this piece of work, whatever its length: nobody else takes it up.

    Raises Overtaken when somebody else has: their lease is not prolonged in their place.
    """
    until, held = now() + AT_WORK, _held.get()
    if held is not None and (held.kind, held.subject_id) == (kind, subject_id):
        if not _owed(held).update(lease_until=until):
            raise works.Overtaken
        held.lease_until = until
        return
    waiting = OutboxItem.objects.using("worker").filter(done_at=None, parked_at=None)
    at_work = waiting.filter(kind=kind, subject_id=subject_id, lease_until__isnull=False)
    at_work.update(lease_until=until)


def _take(
    channels: Sequence[str] = CHANNELS, batch: int = BATCH, lease: timedelta | None = None
) -> list[OutboxItem]:
    """A batch of due effects, leased to this worker; others skip the locked rows."""
    with transaction.atomic(using="worker"):
        moment = now()
        free = (
            OutboxItem.objects.using("worker")
            .select_for_update(skip_locked=True)
            .filter(channel__in=channels, due_at__lte=moment, done_at=None, parked_at=None)
            .exclude(lease_until__gt=moment)
            .order_by("due_at", "id")[:batch]
        )
        items, until = list(free), moment + (lease or LEASE)
        for item in items:
            item.lease_until = until
        OutboxItem.objects.using("worker").filter(pk__in=[item.pk for item in items]).update(
            lease_until=until
        )
    return items


def _owed(item: OutboxItem) -> QuerySet[OutboxItem]:
    """The row, while whoever delivers it may say what became of it.

    What was delivered is done, whoever else has it in hand by now. Of work only who holds the lease
    says so: it may be over for one and still to be done by the other.
    """
    owed = OutboxItem.objects.using("worker").filter(pk=item.pk, done_at=None)
    return owed.filter(lease_until=item.lease_until) if item.channel == works.CHANNEL else owed


def _deliver(item: OutboxItem) -> int:
    before = _held.set(item)
    try:
        if item.channel == "inbox":
            _put_in_inbox(item)
        elif item.channel == works.CHANNEL:
            works.work_for(item.kind).do(_subject(item))
        else:
            _send_mail(item)
    except works.Overtaken:
        return 0
    except Exception as error:  # noqa: BLE001  one bad item must not hold back the others
        _put_off(item, error)
        return 0
    finally:
        _held.reset(before)
    return _owed(item).update(done_at=now(), lease_until=None, parked_at=None)


def _subject(item: OutboxItem) -> UUID:
    """What owed work is about. Raises ValueError where there is nothing."""
    if item.subject_id is None:
        raise ValueError("work is about something")
    return item.subject_id


def _put_in_inbox(item: OutboxItem) -> None:
    with connections["worker"].cursor() as cursor:
        cursor.execute(
            "INSERT INTO kernel_notice (cell_id, event_id, account_id, kind, subject_id,"
            " created_at) VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [item.cell_id, item.event_id, item.recipient, item.kind, item.subject_id, now()],
        )


def _send_mail(item: OutboxItem) -> None:
    """One mail to one person: that there is something new, and where to sign in. Nothing else."""
    wording = letter_for(item.kind)
    found = wording.found_by(item.recipient) if wording.found_by else _account(item, wording)
    enclosure = wording.enclosed(item.cell_id) if wording.enclosed else None
    if found is None or (wording.enclosed and enclosure is None):
        return
    address = f"{settings.PUBLIC_ADDRESS}{found.path}"
    with translation.override(settings.LANGUAGE_CODE):
        message = EmailMessage(
            subject=str(wording.subject),
            body=f"{wording.sentence}\n\n{address}\n",
            to=[found.address],
            # The same event gives the same person the same number; short, so that it stays a line.
            headers={
                "Message-ID": f"<{item.event_id.hex}.{item.recipient.hex[-8:]}@rempart.invalid>"
            },
        )
    if enclosure is not None:
        message.attach(enclosure.name, enclosure.text, "text/plain")
    message.send()


def _account(item: OutboxItem, wording: Letter) -> Addressee | None:
    """Somebody who has an account is written to at its address."""
    with connections["worker"].cursor() as cursor:
        cursor.execute(_ADDRESS, [item.recipient])
        row = cursor.fetchone()
    return Addressee(row[0], wording.path(item.subject_id)) if row else None


def _may_pass(error: Exception) -> bool:
    """Whether time alone can mend it: a mail server that is away, a database that restarts."""
    if isinstance(error, SMTPResponseException):
        return error.smtp_code < 500
    if isinstance(error, SMTPRecipientsRefused):
        return all(code < 500 for code, _words in error.recipients.values())
    return isinstance(error, OSError | OperationalError)


def _put_off(item: OutboxItem, error: Exception) -> None:
    """Try again later, longer each time. What time cannot mend waits for a person in the end.

    What failed slowly counts too; whoever has it in hand by then goes on with it.
    """
    reason = type(error).__name__
    with transaction.atomic(using="worker"):
        row = _owed(item).select_for_update().first()
        if row is None:
            return
        row.attempts, row.last_error = row.attempts + 1, reason
        if row.attempts >= TRIES and not _may_pass(error):
            row.parked_at = now()
        if row.lease_until == item.lease_until:
            row.lease_until = None
            row.due_at = now() + timedelta(seconds=min(2**row.attempts, LONGEST_WAIT))
        row.save(update_fields=["attempts", "last_error", "lease_until", "due_at", "parked_at"])
    if row.parked_at:
        logger.error("outbox item %s is parked after %s tries: %s", row.pk, row.attempts, reason)
        if row.channel == works.CHANNEL:
            works.work_for(row.kind).given_up(_subject(row))
