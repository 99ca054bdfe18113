"""The rows of who sees what, what was received, previews and explanations."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from tests.authorisation.rows import (
    AUDIT,
    COORDINATION,
    CORE,
    EVERYBODY,
    GENDARMERIE,
    PROSECUTION,
    SCHOOL,
    act,
    call,
    page,
)
from tests.authorisation.scene import Scene

SEES = SCHOOL | CORE | GENDARMERIE
BREAKS = PROSECUTION | GENDARMERIE | {"police", "victim_support"}


def terms(scene: Scene, object_id: UUID) -> Mapping[str, Any]:
    """A share with the gendarmerie of the cell."""
    return {
        "to_accession": str(scene.world.gendarme.accession_id),
        "purpose": "protection",
        "legal_basis": "protocol",
        "compartments": ["school_steps"],
    }


def terms_form(scene: Scene, object_id: UUID) -> Mapping[str, Any]:
    """The same, as the form of the page has it."""
    typed = {f"share-{name}": value for name, value in terms(scene, object_id).items()}
    return typed | {"share-level": "2"}


def a_person_of_the_cell(scene: Scene, object_id: UUID) -> Mapping[str, Any]:
    """Somebody about whom the cell's core asks."""
    return {"person": str(scene.world.gendarme.viewer.seat_id)}


SEEING_PAGES = (
    page("referrals:who_sees", SEES, "activated"),
    page("referrals:who_sees_part", SEES, "activated", also={"code": "facts"}),
    page("referrals:who_sees_thing", SCHOOL | CORE, "target", named="thing_id"),
    page("referrals:who_sees_thing", CORE | GENDARMERIE, "measure", named="thing_id"),
    page("referrals:received", EVERYBODY),
    act("referrals:preview", COORDINATION, "activated", body=terms_form, answers=200),
    page("referrals:preview_share", COORDINATION, "offer"),
    page("referrals:why", SEES, "activated"),
    act("referrals:why", CORE, "activated", body=a_person_of_the_cell, answers=200),
    page("referrals:emergency", BREAKS, refused=403),
    act("referrals:emergency", BREAKS, answers=422, refused=403),
    act("referrals:close_glass", frozenset({"police"}), "glass"),
    page("referrals:glass_list", CORE | AUDIT, refused=403),
    act(
        "referrals:conclude_glass",
        AUDIT,
        "to review",
        body=lambda scene, object_id: {f"conclude-{object_id}-conclusion": "justified"},
    ),
    page("referrals:why_by_reference", AUDIT, refused=403),
    act("referrals:why_by_reference", AUDIT, answers=422, refused=403),
)

SEEING_CALLS = (
    call("referrals-readers", SEES, "activated", get=True),
    call("shares-received", EVERYBODY, get=True),
    call("referrals-preview", COORDINATION, "activated", body=terms),
    call("shares-preview", COORDINATION, "offer", get=True),
    call("referrals-explain", SEES, "activated"),
    call("emergencies-list", BREAKS | CORE | AUDIT, get=True, refused=403),
    call("emergencies-list", BREAKS, answers=422, refused=403),
    call("emergencies-close", frozenset({"police"}), "glass"),
    call(
        "emergencies-conclude",
        AUDIT,
        "to review",
        body=lambda scene, object_id: {"conclusion": "justified"},
    ),
)
