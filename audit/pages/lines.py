"""One line of the journal in words: the event's label, codes, references. Never a pupil's name."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit import people, references, registry
from audit.leaf import NOBODY
from audit.selectors import Line
from audit.steps import FACTS
from kernel.errors import (
    CharterUnsigned,
    Conflict,
    Invalid,
    NotAllowed,
    NotFound,
    StepUpRequired,
    TooMany,
    WrongState,
)
from kernel.viewer import Viewer

DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
CHANNELS = {
    "page": "",
    "signin": "",
    "api": gettext_lazy("par l'interface de programmation"),
    "token": gettext_lazy("par un système, avec un jeton"),
    "socket": gettext_lazy("en direct"),
    "task": gettext_lazy("tâche automatique"),
    "command": gettext_lazy("commande d'exploitation"),
}


CODES = {
    kind.code: kind.default
    for kind in (
        CharterUnsigned,
        Conflict,
        Invalid,
        NotAllowed,
        NotFound,
        StepUpRequired,
        TooMany,
        WrongState,
    )
} | {
    "csrf_failed": gettext_lazy("Formulaire expiré, ou envoyé depuis un autre site."),
    "other_origin": gettext_lazy("Liaison en direct demandée depuis un autre site."),
    "bad_frame": gettext_lazy("Message en direct hors des règles : la liaison a été coupée."),
}
"""A refusal in the words that the person read. A code without any stands for itself."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page prints of one entry."""

    number: int
    at: datetime | None
    who: str
    actor: UUID | None
    agency: str
    agency_id: UUID | None
    label: object
    facts: list[tuple[object, str]]
    case_id: UUID | None
    reference: str
    refused: bool
    code: str
    channel: str


def shown(viewer: Viewer, lines: list[Line]) -> Iterator[Shown]:
    """The lines with names of professionals and references of cases, looked up all at once."""
    meant = {found for line in lines for value in line.facts.values() if (found := _id(value))}
    seats = {line.seat for line in lines if line.seat}
    names = people.names_of(viewer, ({line.actor for line in lines} | seats | meant) - {NOBODY})
    agencies = people.agencies_of(viewer, {line.agency for line in lines if line.agency} | meant)
    known = {**names, **agencies}
    cases = references.references_of(viewer, {line.case_id for line in lines if line.case_id})
    for line in lines:
        yield Shown(
            number=line.key.id,
            at=line.at,
            who=_who(line, names),
            actor=None if line.actor == NOBODY else line.actor,
            agency=agencies.get(line.agency, "") if line.agency else "",
            agency_id=line.agency,
            label=registry.label_of(line.kind),
            facts=_facts(line, known),
            case_id=line.case_id,
            reference=cases.get(line.case_id, str(line.case_id)) if line.case_id else "",
            refused=line.outcome == "refused",
            code=str(CODES.get(line.code, line.code)),
            channel=str(CHANNELS.get(line.channel, "")),
        )


def _facts(line: Line, known: Mapping[UUID, str]) -> list[tuple[object, str]]:
    """What an entry says, in words: how a thing has moved first, as one sentence."""
    moved = registry.step_of(line.kind, line.facts)
    said = {fact: value for fact, value in line.facts.items() if not moved or fact not in FACTS}
    return ([moved] if moved else []) + [
        (registry.wording_of(fact), words)
        for fact, value in sorted(said.items())
        if (words := _value(fact, value, known))
    ]


def _who(line: Line, names: Mapping[UUID, str]) -> str:
    """The name that goes with the seat, where it has one of its own: a deputy shows both names."""
    if line.seat and line.seat in names:
        return names[line.seat]
    if line.actor != NOBODY:
        return names.get(line.actor, str(line.actor))
    return _("Personne inconnue") if line.channel == "signin" else _("Le système")


def _id(value: Any) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _value(fact: str, value: Any, known: Mapping[UUID, str]) -> str:
    """A fact as people read it; nothing for an identifier that stands for no name."""
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(_value(fact, item, known) for item in value)
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if found := _id(value):
        return known.get(found, "")
    if isinstance(value, str) and DAY.fullmatch(value):
        return date_format(date.fromisoformat(value), "d/m/Y")
    return str(registry.wording_of_code(fact, value))
