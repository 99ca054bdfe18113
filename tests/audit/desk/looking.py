"""A record of who has read a case, and what each person is told of it."""

from datetime import timedelta
from uuid import uuid4

from django.utils import timezone

from audit import payload
from kernel.scope import acting_as
from referrals.models.access import Level
from referrals.models.share import LegalBasis, Purpose
from referrals.sharing.services import answer
from referrals.sharing.services.propose import propose

PAGE, API = "/mon-journal/", "/api/v1/my-journal/"


def known_of(world, case_id, seat):
    """The agency knows that there is a case, and nothing else of it."""
    with acting_as(world.coordinator.viewer) as viewer:
        share = propose(
            viewer,
            case_id,
            to_accession=seat.accession_id,
            compartments=[],
            purpose=Purpose.PROTECTION,
            legal_basis=LegalBasis.PROTOCOL,
            level=Level.STUB,
        )
    with acting_as(seat.viewer) as viewer:
        answer.accept(viewer, share.pk)


def since_long(owner, case_id):
    owner.execute(
        "UPDATE referrals_case SET submitted_at = now() - interval '100 days' WHERE id = %s",
        [case_id],
    )
    owner.execute("SELECT referrals.sync_case(%s)", [case_id])


def read(made, who, case_id=None, *, at=None, kind="case.read", outcome="done", facts=(), **more):
    """An entry as the recorder writes it, at any time."""
    viewer = who.viewer
    values = {
        "at": at or made.yesterday,
        "cell_id": made.world.cell.pk,
        "kind": kind,
        "outcome": outcome,
        "actor": viewer.account_id,
        "seat": viewer.seat_id,
        "agency": viewer.agency_id,
        "case_id": case_id or made.case,
        "request": uuid4(),
        "payload": payload.encode("page", dict(facts)),
    } | more
    marks = ", ".join(["%s"] * len(values))
    made.owner.execute(
        f"INSERT INTO audit_entry ({', '.join(values)}) VALUES ({marks})", list(values.values())
    )


def asked(seat, **query):
    answer = seat.browser.get(API, query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def told(seat, **query):
    """Who has read, by name, agency or office, and by what right."""
    return {
        (line["person"], "parquet" if line["prosecutor"] else line["agency"], line["right"])
        for line in asked(seat, **query)["cases"]
        if not line["taken"]
    }


def days_ago(days):
    """A day as it stands in an address."""
    return (timezone.localdate() - timedelta(days=days)).isoformat()
