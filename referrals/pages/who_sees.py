"""Who sees a case, a part of it, or one thing in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from kernel.clock import FOREVER
from kernel.errors import NotFound
from kernel.http.pages import page
from kernel.viewer import Viewer
from referrals.compartments import BY_CODE, compartments_in
from referrals.pages.wording import RULES
from referrals.sharing.audience import Audience, Reader, audience_of, thing_for
from referrals.sharing.sight import Part, Way, scope_of_ways

THINGS = {
    "compartment": _("Cette partie du dossier"),
    "party": _("Cet élève"),
    "measure": _("Cette mesure"),
    "feedback": _("Cette réponse"),
    "document": _("Ce document"),
}


@dataclass(slots=True)
class Group:
    """The people of one agency who see the same, by the same rules."""

    name: str
    ways: tuple[Way, ...]
    people: list[str] = field(default_factory=list)

    @property
    def parts(self) -> list[object]:
        """The parts of the case that are open to them."""
        return [part.label for part in compartments_in(scope_of_ways(self.ways))]

    @property
    def rules(self) -> list[object]:
        """Why, without repeating it."""
        return list(dict.fromkeys(RULES[way.rule] for way in self.ways))

    @property
    def until(self) -> datetime | None:
        """When the last of it ends; None for what lasts as long as the case."""
        last = max(way.valid_until for way in self.ways)
        return None if last >= FOREVER else last


@page
def who_sees(request: HttpRequest, viewer: Viewer, case_id: UUID) -> HttpResponse:
    """Everybody who sees the case, what of it, why and until when."""
    audience = audience_of(viewer, case_id)
    groups = grouped((reader, reader.ways) for reader in audience.readers)
    return _show(request, audience, groups, None, None)


@page
def who_sees_part(request: HttpRequest, viewer: Viewer, case_id: UUID, code: str) -> HttpResponse:
    """Who sees one compartment of the case."""
    compartment = BY_CODE.get(code)
    if compartment is None:
        raise NotFound(case_id=case_id)
    audience = audience_of(viewer, case_id)
    groups = _of_part(audience, Part(compartment.bit))
    return _show(request, audience, groups, compartment.label, compartment.label)


@page
def who_sees_thing(request: HttpRequest, viewer: Viewer, thing_id: UUID) -> HttpResponse:
    """Who sees one pupil, one measure, one answer of a case."""
    thing = thing_for(viewer, thing_id)
    audience = audience_of(viewer, thing.case_id)
    groups = _of_part(audience, thing.part)
    return _show(request, audience, groups, THINGS[thing.kind], thing.compartment.label)


def grouped(readers: Iterable[tuple[Reader, tuple[Way, ...]]]) -> list[Group]:
    """Readers by agency and by what opens it to them, in the order in which they come."""
    groups: dict[tuple[object, ...], Group] = {}
    for reader, ways in readers:
        mark = (reader.seat.agency_id, ways)
        group = groups.setdefault(mark, Group(reader.seat.agency_name, ways))
        group.people.append(reader.seat.display_name)
    return list(groups.values())


def _of_part(audience: Audience, part: Part) -> list[Group]:
    return grouped((reader, (way,)) for reader, way in audience.of(part))


def _show(
    request: HttpRequest,
    audience: Audience,
    groups: list[Group],
    thing: object | None,
    part: object | None,
) -> HttpResponse:
    context = {
        "case": audience.case,
        "groups": groups,
        "people": sum(len(group.people) for group in groups),
        "whole": audience.whole,
        "thing": thing,
        "part": part,
    }
    return render(request, "referrals/who_sees.html", context)
