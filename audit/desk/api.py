"""Findings and saved views through the API: as on their pages."""

from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from audit import policies
from audit.desk import groups
from audit.desk.events import CONCLUSIONS
from audit.desk.filters import CHANNELS
from audit.desk.findings import EARLIEST, PERIODS, Finding, findings, looked_until
from audit.desk.services.conclude import conclude
from audit.desk.services.views import LONGEST, forget_view, save_view, views_of
from kernel.errors import NotFound
from kernel.http.api import ScopedViewSet
from kernel.http.api_input import Identifier, Line, StrictSerializer, Text

NAMES = {
    "case": "dossier",
    "subject": "objet",
    "actor": "personne",
    "agency": "organisme",
    "group": "nature",
    "kind": "evenement",
    "channel": "moyen",
    "outcome": "resultat",
    "since": "du",
    "until": "au",
}
"""The filters of a view, and what each is called in the address of the journal."""


class FindingsIn(StrictSerializer):
    """Of how many days."""

    days = serializers.ChoiceField(choices=PERIODS, required=False)


class ConcludeIn(StrictSerializer):
    """A finding as it was read, with how much was found, and what came of it."""

    rule = Text(max_length=40)
    about = Identifier()
    day = serializers.DateField()
    n = serializers.IntegerField(min_value=0, max_value=2**31 - 1)
    conclusion = serializers.ChoiceField(choices=list(CONCLUSIONS))

    def validate_day(self, value: date) -> date:
        """A day that findings can be of."""
        if not EARLIEST <= value <= timezone.localdate():
            raise serializers.ValidationError(_("Cette date n'est pas possible."))
        return value


class FiltersIn(StrictSerializer):
    """The filters of the journal; days, both included."""

    case = Identifier(required=False)
    subject = Identifier(required=False)
    actor = Identifier(required=False)
    agency = Identifier(required=False)
    group = serializers.ChoiceField(choices=list(groups.LABELS), required=False)
    kind = Text(required=False, max_length=64)
    channel = serializers.ChoiceField(choices=CHANNELS, required=False)
    outcome = serializers.ChoiceField(choices=["done", "refused"], required=False)
    since = serializers.DateField(required=False)
    until = serializers.DateField(required=False)


class ViewIn(StrictSerializer):
    """Filters under a name. No pupil's name belongs in it."""

    name = Line(max_length=LONGEST)
    filters = FiltersIn()

    def validate_filters(self, value: dict[str, Any]) -> dict[str, Any]:
        """A view without a filter is the journal itself."""
        if not value:
            raise serializers.ValidationError(_("Choisissez d'abord au moins un filtre."))
        return value


class WhichIn(StrictSerializer):
    """Which view."""

    which = Identifier()


class FindingsViewSet(ScopedViewSet):
    """What stands out, and what came of it."""

    def list(self, request: Request) -> Response:
        """Every rule with what it finds; what waits for a conclusion comes first."""
        if not policies.can_read(self.viewer):
            raise NotFound
        serializer = FindingsIn(data=request.query_params.dict())
        serializer.is_valid(raise_exception=True)
        days = serializer.validated_data.get("days", PERIODS[1])
        return self.answer(
            {
                "days": days,
                "looked_until": looked_until(self.viewer),
                "rules": [
                    {
                        "rule": told.rule.code,
                        "label": str(told.rule.label),
                        "explained": str(told.rule.explained),
                        "findings": [_finding(each) for each in told.findings],
                        "more": told.more,
                    }
                    for told in findings(self.viewer, days)
                ],
            }
        )

    def create(self, request: Request) -> Response:
        """Conclude about one of them, with a factor shown a moment ago."""
        if not policies.can_read(self.viewer):
            raise NotFound
        data = self.valid(ConcludeIn)
        made = self.once(lambda: conclude(self.viewer, **data))
        return self.answer({"id": made} | data, status=201)


class ViewsViewSet(ScopedViewSet):
    """One's own views of the journal."""

    def list(self, request: Request) -> Response:
        """By name."""
        return self.answer({"results": [_view(*each) for each in views_of(self.viewer)]})

    def create(self, request: Request) -> Response:
        """Keep filters under a name."""
        if not policies.can_read(self.viewer):
            raise NotFound
        data = self.valid(ViewIn)
        query = urlencode({NAMES[each]: value for each, value in data["filters"].items()})
        name = data["name"]
        made = self.once(lambda: save_view(self.viewer, label=name, query=query))
        return self.answer(_view(made, name, query), status=201)


class ForgetViewSet(ScopedViewSet):
    """The end of a view."""

    def create(self, request: Request) -> Response:
        """Forget one of one's own."""
        if not policies.can_read(self.viewer):
            raise NotFound
        which = self.valid(WhichIn)["which"]
        return self.answer({"id": self.once(lambda: forget_view(self.viewer, which))})


def _finding(one: Finding) -> dict[str, Any]:
    found, review = one.found, one.review
    return {
        "about": found.about,
        "day": found.day,
        "n": found.n,
        "person": found.concerned,
        "agency": found.agency,
        "case": found.case_id,
        "settled_at": found.settled_at or None,
        "own": one.own,
        "conclusion": review.conclusion if review else None,
        "concluded_by": review.by_account if review else None,
        "concluded_at": review.at if review else None,
    }


def _view(view_id: UUID, name: str, query: str) -> dict[str, Any]:
    kept = QueryDict(query)
    return {
        "id": view_id,
        "name": name,
        "filters": {each: kept[of_page] for each, of_page in NAMES.items() if of_page in kept},
        "url": f"{reverse('audit:journal')}?{query}",
    }
