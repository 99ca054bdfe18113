"""Exports: who asks for one of a case, and whose each is."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from tests.authorisation.rows import (
    COORDINATION,
    CORE,
    EVERYBODY,
    GENDARMERIE,
    NOBODY,
    SCHOOL,
    act,
    call,
    fields,
    page,
)
from tests.authorisation.scene import Scene

asked = fields(about="mine", form="json", purpose="meeting")
SEES = SCHOOL | CORE | GENDARMERIE


def wanted(scene: Scene, object_id: UUID) -> Mapping[str, Any]:
    """A file of a case, named in the body."""
    return {"referral": str(object_id), "form": "json", "purpose": "meeting"}


EXPORT_PAGES = (
    page("referrals:exports", EVERYBODY),
    page("referrals:ask_export", SEES, "activated"),
    act("referrals:ask_export", SEES, "activated", body=asked),
    page("referrals:download_export", COORDINATION, "export"),
    # The data protection officer has a seat of their own: tests/referrals/exporting/test_person.py
    page("referrals:person_wanted", NOBODY, refused=403),
    act("referrals:person_wanted", NOBODY, refused=403),
)

EXPORT_CALLS = (
    call("exports-list", EVERYBODY, get=True),
    call("exports-detail", COORDINATION, "export", get=True),
    call("exports-content", COORDINATION, "export", get=True),
    call("exports-list", SEES, "activated", body=wanted, inside=True, answers=201),
)
