"""How a row of the table of routes is written: seats, what each object is, pages, acts, calls."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from tests.authorisation.scene import Scene

Body = Callable[[Scene, UUID], Mapping[str, Any]]

SCHOOL = frozenset({"pilot"})
COORDINATION = frozenset({"coordinator"})
PROSECUTION = frozenset({"prosecutor"})
GENDARMERIE = frozenset({"gendarme"})
CORE = COORDINATION | PROSECUTION
ON_CASES = CORE | {"pilot", "other_pilot", "gendarme", "police", "victim_support", "prefecture"}
AUDIT = frozenset({"auditor"})
ADMIN = frozenset({"cell_admin"})
EVERYBODY = ON_CASES | {"auditor", "cell_admin"}

ADMINISTRATION = frozenset({"cell_admin"})
NOBODY: frozenset[str] = frozenset()

SEEN_BY: dict[str, frozenset[str]] = {
    "draft": SCHOOL,
    "submitted": SCHOOL | CORE,
    "unassigned": SCHOOL | COORDINATION,
    "qualified": SCHOOL | CORE,
    "activated": SCHOOL | CORE | GENDARMERIE,
    "planned": SCHOOL | CORE | GENDARMERIE,
    "resolved": SCHOOL | CORE | GENDARMERIE,
    "told": SCHOOL | CORE | GENDARMERIE,
    "closed": SCHOOL | CORE,
    "target": SCHOOL | CORE,
    "presumed": SCHOOL | CORE | GENDARMERIE,
    "offer": COORDINATION | GENDARMERIE,
    "running share": COORDINATION | GENDARMERIE,
    "secret offer": COORDINATION | GENDARMERIE,
    "secret share": COORDINATION | GENDARMERIE,
    "request": COORDINATION | GENDARMERIE,
    "measure": CORE | GENDARMERIE,
    "document": SCHOOL | CORE | GENDARMERIE,
    "upload": SCHOOL,
    "glass": CORE | AUDIT | {"police"},
    "to review": CORE | AUDIT,
    "export": COORDINATION,
    "extract": AUDIT,
    "identity": SCHOOL,
    "provider": frozenset({"cell_admin"}),
    "meeting": COORDINATION | GENDARMERIE,
    "sitting": COORDINATION | GENDARMERIE,
    "asked": ADMINISTRATION | {"police"},
    "agreed": ADMINISTRATION | GENDARMERIE,
    "gendarme seat": ADMIN | GENDARMERIE,
    "leaver": ADMIN,
    "agency": ADMIN,
    "proposed cover": ADMIN,
    "token": ADMIN,
    "organisation": ADMIN,
    "school": ADMIN,
    "member": ADMIN,
    "invited": ADMIN,
    "to confirm": ADMIN,
    "role change": ADMIN,
}
"""Who may know that each object of the scene exists."""

PARAMETER = {
    "target": "party_id",
    "presumed": "party_id",
    "offer": "share_id",
    "running share": "share_id",
    "secret offer": "share_id",
    "secret share": "share_id",
    "request": "request_id",
    "measure": "measure_id",
    "document": "document_id",
    "upload": "upload_id",
    "glass": "glass_id",
    "to review": "glass_id",
    "export": "export_id",
    "extract": "export_id",
    "identity": "identity_id",
    "provider": "provider_id",
    "meeting": "meeting_id",
    "sitting": "meeting_id",
    "asked": "request_id",
    "agreed": "request_id",
    "gendarme seat": "place_id",
    "leaver": "place_id",
    "agency": "accession_id",
    "proposed cover": "absence_id",
    "token": "token_id",
    "organisation": "agency_id",
    "member": "membership_id",
    "invited": "invitation_id",
    "to confirm": "invitation_id",
    "role change": "change_id",
}
"""How pages name the object in their address; a case unless it is said here."""


def nothing(scene: Scene, object_id: UUID) -> Mapping[str, Any]:
    """A body without a field."""
    return {}


def fields(**values: Any) -> Body:
    """A body that does not depend on the scene."""
    return lambda scene, object_id: values


def as_read(body: Body = nothing) -> Body:
    """That body, with the version of the object that whoever sends it has just read."""
    return lambda scene, object_id: {
        **body(scene, object_id),
        "version": scene.version_of(object_id),
    }


@dataclass(frozen=True, slots=True)
class Operation:
    """One way to call one route."""

    name: str
    method: str
    may: frozenset[str]
    about: str = ""
    answers: int = 200
    body: Body = nothing
    refused: int = 404
    also: Mapping[str, Any] = field(default_factory=dict)
    named: str = ""
    """How its address calls the object, where that is not what others call it."""
    inside: bool = False
    """Whether the object is named in the body instead of the address."""

    @property
    def is_api(self) -> bool:
        """Whether it takes and gives JSON."""
        return self.name.startswith("api-")

    def __str__(self) -> str:
        return f"{self.name} {self.method}"

    def place(self, object_id: UUID) -> dict[str, Any]:
        """The arguments of its address, about this object."""
        named = "pk" if self.is_api else self.named or PARAMETER.get(self.about, "case_id")
        return ({named: object_id} if self.about and not self.inside else {}) | dict(self.also)

    def expects(self, seat: str) -> int:
        """The status for somebody of the cell."""
        if seat in self.may:
            return self.answers
        if not self.about:
            return self.refused
        return 403 if seat in SEEN_BY[self.about] else 404


def page(name: str, may: frozenset[str], about: str = "", **more: Any) -> Operation:
    """A page that is looked at."""
    return Operation(name, "GET", may, about, **more)


def act(name: str, may: frozenset[str], about: str = "", **more: Any) -> Operation:
    """A form that is sent to a page, which then leads on."""
    return Operation(name, "POST", may, about, **{"answers": 302, **more})


def call(
    name: str, may: frozenset[str], about: str = "", *, get: bool = False, **more: Any
) -> Operation:
    """A call of the API."""
    return Operation(f"api-{name}", "GET" if get else "POST", may, about, **more)
