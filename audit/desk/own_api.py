"""One's own journal through the API."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from audit import people
from audit.desk.marks import mark_from, mark_text
from audit.desk.own import OF_ACTS, OF_CASES, agencies_in, asked_for, my_journal
from kernel.http.api import ScopedViewSet
from kernel.http.api_input import Identifier, StrictSerializer, Text


class MineIn(StrictSerializer):
    """The same filters as on the page; days, both included."""

    since = serializers.DateField(required=False)
    until = serializers.DateField(required=False)
    case = Identifier(required=False)
    acts_before = Text(required=False, max_length=80)
    cases_before = Text(required=False, max_length=80)

    def validate_acts_before(self, value: str) -> Any:
        """The ``acts_next`` of an earlier answer."""
        return _place(value, OF_ACTS)

    def validate_cases_before(self, value: str) -> Any:
        """The ``cases_next`` of an earlier answer."""
        return _place(value, OF_CASES)

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        """The period must not end before it begins."""
        if "since" in data and "until" in data and data["until"] < data["since"]:
            raise serializers.ValidationError(
                {"until": [_("La fin de la période précède son début.")]}
            )
        return data


def _place(value: str, digits: int) -> Any:
    place = mark_from(value, digits)
    if place is None:
        raise serializers.ValidationError(_("Cette page n'existe pas."))
    return place


class MineViewSet(ScopedViewSet):
    """Who has looked at one's acts, and who has read the cases that one sees."""

    def retrieve(self, request: Request) -> Response:
        """A page of each list; ``acts_next`` and ``cases_next`` lead to the following ones.

        What lies before ``cases_searched_from`` has not been looked at yet: it follows as well.
        """
        serializer = MineIn(data=request.query_params.dict())
        serializer.is_valid(raise_exception=True)
        data = serializer.validated_data
        asked = asked_for(data.get("since"), data.get("until"), data.get("case"))
        mine = my_journal(
            self.viewer,
            asked,
            acts_before=data.get("acts_before"),
            cases_before=data.get("cases_before"),
        )
        names = agencies_in(self.viewer, mine)
        return self.answer(
            {
                "since": asked.since,
                "until": asked.until,
                "acts": [
                    {
                        "day": line.day,
                        "agency": names.get(line.agency) if line.agency else None,
                        "roles": line.roles,
                        "role": people.roles_in_words(line.roles),
                        "n": line.n,
                    }
                    for line in mine.acts
                ],
                "acts_next": mark_text(mine.acts_before) or None,
                "cases": [
                    {
                        "day": line.day,
                        "case": line.case_id,
                        "reference": line.reference,
                        "taken": line.taken,
                        "prosecutor": line.office,
                        "agency": names.get(line.agency) if line.agency else None,
                        "person": line.person or None,
                        "roles": line.roles,
                        "right": line.right or None,
                        "purpose": line.purpose or None,
                    }
                    for line in mine.cases
                ],
                "cases_next": mark_text(mine.cases_before) or None,
                "cases_searched_from": mine.cases_from or asked.since,
            }
        )
