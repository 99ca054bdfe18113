"""A cell's administration through the API: the same services, the same 404 for everybody else."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.api import cell_printing as printing
from agencies.api import cell_shapes as shapes
from agencies.covering import covering, uncovered
from agencies.directory_search import search_directory
from agencies.lacking import missing_in
from agencies.models import Agency, AgencyKind, Coverage, CoverFunction, Protocol, ProtocolParty
from agencies.rules import rules_of
from agencies.selectors import accession_of, cell_of, people_of_cell, school
from agencies.services.accede import accede, end_accession_on
from agencies.services.add_agency import add_agency
from agencies.services.add_protocol import add_protocol
from agencies.services.administering import administering
from agencies.services.assign_communes import assign_all, assign_communes
from agencies.services.read_territory import read_table
from agencies.services.set_rules import set_rules
from agencies.taking_part import accession_with_people, counts_by_kind, list_agencies
from kernel.errors import Invalid, NotFound
from kernel.http.api import ScopedViewSet
from kernel.ids import uuid7


class AdministrationViewSet(ScopedViewSet):
    """Exists for a cell's administration only, whatever is sent."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Whose room it is not finds nothing, before anything about the body is said."""
        super().initial(request, *args, **kwargs)
        if self.action is not None:
            administering(self.viewer)

    def page_number(self) -> int:
        """The page of a list. Raises Invalid for what is no page."""
        text = self.request.query_params.get("page", "1")
        if not (text.isdecimal() and text.isascii() and len(text) < 6 and int(text)):
            raise Invalid(fields={"page": [_("Cette page n'existe pas.")]})
        return int(text)

    def one_of(self, name: str, allowed: list[str], default: str = "") -> str:
        """A word of the address that comes from a list."""
        text = self.request.query_params.get(name, default)
        if text not in allowed:
            raise Invalid(fields={name: [_("Ce filtre n'existe pas.")]})
        return text


class CellViewSet(AdministrationViewSet):
    def list(self, request: Request) -> Response:
        """What is missing, and how many take part."""
        return self.answer(
            {
                "missing": [printing.lack(row) for row in missing_in(self.viewer)],
                "agencies": {kind: n for kind, _label, n in counts_by_kind(self.viewer)},
                "people": people_of_cell(self.viewer).count(),
            }
        )


class ProtocolViewSet(AdministrationViewSet):
    def list(self, request: Request) -> Response:
        """Every version, the newest first."""
        signed = ProtocolParty.objects.order_by("position").select_related("accession__agency")
        versions = Protocol.objects.filter(cell_id=self.viewer.cell_id).order_by("-number")
        found = versions.prefetch_related(Prefetch("parties", queryset=signed))
        return self.answer({"results": [printing.protocol(row) for row in found]})

    def create(self, request: Request) -> Response:
        """The next version."""
        data = self.valid(shapes.ProtocolIn)
        values = data | {"parties": shapes.parties_from(data)}
        made = self.once(lambda: add_protocol(self.viewer, **values).pk)
        return self.answer(printing.protocol(Protocol.objects.get(pk=made)), 201)


class RulesViewSet(AdministrationViewSet):
    def list(self, request: Request) -> Response:
        """The rules in force."""
        return self.answer(printing.rules(rules_of(self.viewer.cell_id)))

    def create(self, request: Request) -> Response:
        """The next version; 409 with what changed when the one named is not current."""
        data = self.valid(shapes.RulesIn)

        def act() -> UUID:
            set_rules(self.viewer, shapes.rules_from(data), version=data["version"])
            return uuid7()

        self.once(act)
        return self.answer(printing.rules(rules_of(self.viewer.cell_id)))


class DirectoryViewSet(AdministrationViewSet):
    def list(self, request: Request) -> Response:
        """Organisations by name, commune or UAI code."""
        text = request.query_params.get("q", "")[:100]
        found = search_directory(self.viewer, text, page=self.page_number())
        rows = [
            printing.agency(agency) | {"accession": _id(found.accessions.get(agency.pk))}
            for agency in found.agencies
        ]
        return self.answer({"results": rows, "more": found.more})

    def create(self, request: Request) -> Response:
        """An organisation that no directory lists."""
        data = self.valid(shapes.AgencyIn)
        data["kind"] = AgencyKind(data["kind"])
        made = self.once(lambda: add_agency(self.viewer, **data))
        return self.answer(printing.agency(Agency.objects.get(pk=made)), 201)


class AccessionViewSet(AdministrationViewSet):
    lookup_value_converter = "uuid"

    def list(self, request: Request) -> Response:
        """The agencies of the cell, 25 at a time."""
        kind = self.one_of("kind", ["", *AgencyKind.values])
        state = self.one_of("state", ["current", "ended"], "current")
        listed = list_agencies(
            self.viewer,
            kind=kind,
            ended=state == "ended",
            text=request.query_params.get("q", "")[:100],
            page=self.page_number(),
        )
        rows = [printing.accession(row, people=_people(row)) for row in listed.accessions]
        return self.answer({"results": rows, "more": listed.more})

    def retrieve(self, request: Request, pk: UUID) -> Response:
        """One agency of the cell."""
        row = accession_with_people(self.viewer, pk)
        return self.answer(printing.accession(row, people=_people(row)))

    def create(self, request: Request) -> Response:
        """An organisation joins the cell."""
        data = self.valid(shapes.AccessionIn)
        agency_id = data.pop("agency")
        made = self.once(lambda: accede(self.viewer, agency_id, **data).pk)
        return self.answer(printing.accession(accession_with_people(self.viewer, made)), 201)

    def end(self, request: Request, pk: UUID) -> Response:
        """Its last day, or none."""
        accession_with_people(self.viewer, pk)
        until = self.valid(shapes.EndIn)["until"]
        made = self.once(lambda: end_accession_on(self.viewer, pk, until=until).pk)
        return self.answer(printing.accession(accession_with_people(self.viewer, made)))


class CoverageViewSet(AdministrationViewSet):
    def list(self, request: Request) -> Response:
        """Each commune with its service, and those that have none."""
        function = self.one_of("function", CoverFunction.values, CoverFunction.PROSECUTOR)
        cell = cell_of(self.viewer)
        rows = Coverage.objects.filter(cell_id=cell.pk, function=function)
        left = uncovered(cell.pk, cell.code, CoverFunction(function))
        held = rows.order_by("commune_insee").values_list("commune_insee", "accession_id")
        return self.answer(
            {
                "covered": {commune: str(service) for commune, service in held},
                "uncovered": [commune.insee for commune in left],
            }
        )

    def create(self, request: Request) -> Response:
        """One service for many communes."""
        data = self.valid(shapes.CoverageIn)

        def act() -> UUID:
            assign_communes(
                self.viewer,
                function=CoverFunction(data["function"]),
                accession_id=data["accession"],
                communes=data["communes"],
            )
            return uuid7()

        self.once(act)
        return self.answer({"communes": len(set(data["communes"]))})

    def table(self, request: Request) -> Response:
        """Many communes, each with its service: all or nothing, with what is wrong line by line."""
        data = self.valid(shapes.TableIn)
        function = CoverFunction(data["function"])
        reading = read_table(self.viewer, function, data["table"])
        if reading.wrong:
            said = [
                _("Ligne %(number)s : %(problem)s") % {"number": number, "problem": problem}
                for number, problem in reading.wrong[:100]
            ]
            raise Invalid(fields={"table": said})

        def act() -> UUID:
            assign_all(self.viewer, function=function, wanted=reading.wanted)
            return uuid7()

        self.once(act)
        return self.answer({"communes": len(reading.wanted)})


class CompetenceViewSet(AdministrationViewSet):
    lookup_value_converter = "uuid"

    def retrieve(self, request: Request, pk: UUID) -> Response:
        """Who is competent for a school of the cell."""
        found = school(pk)
        if found is None or accession_of(self.viewer.cell_id, pk) is None:
            raise NotFound
        return self.answer(printing.covering(covering(self.viewer.cell_id, found)))


def _id(value: UUID | None) -> str | None:
    return str(value) if value else None


def _people(row: Any) -> int:
    """How many people the agency has here, as the selector counted them."""
    return int(row.people)
