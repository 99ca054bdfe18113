"""Emergency accesses through the API: open one, close it, look at them after."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from kernel.errors import NotAllowed
from kernel.http.api import ScopedViewSet
from kernel.http.api_input import Line, StrictSerializer, Text
from referrals import policies
from referrals.api.shapes import EmptyIn
from referrals.compartments import BY_CODE, compartments_in
from referrals.models import Glass, GlassAsk
from referrals.models.glass import Conclusion, Emergency
from referrals.sharing.glass import (
    Broken,
    answers_for,
    asked_in_vain,
    by_week,
    own_open,
    read_own,
    visible_glass,
)
from referrals.sharing.services.break_glass import MOST, break_glass, close_glass, conclude_glass


class EmergencyIn(StrictSerializer):
    reference = Line(max_length=40)
    compartments = serializers.ListField(
        child=serializers.ChoiceField([(code, code) for code in BY_CODE]), max_length=12
    )
    emergency = serializers.ChoiceField(Emergency.choices)
    reason = Text(max_length=MOST)


class ConclusionIn(StrictSerializer):
    conclusion = serializers.ChoiceField(Conclusion.choices)


class EmergencyViewSet(ScopedViewSet):
    """Emergency accesses of the caller's cell: one's own, and those that one answers for."""

    lookup_value_converter = "uuid"

    def list(self, request: Request) -> Response:
        """One's own that run, every one that the caller answers for, and what opened nothing."""
        may_break, answers = policies.can_break_glass(self.viewer), answers_for(self.viewer)
        if not may_break and not answers:
            raise NotAllowed
        weeks = by_week(self.viewer) if answers else []
        mine = own_open(self.viewer) if answers else read_own(self.viewer)
        return self.answer(
            {
                "open": [_printed(broken.glass) for broken in mine],
                "weeks": [
                    {"monday": week.monday, "emergencies": [_reviewed(one) for one in week.broken]}
                    for week in weeks
                ],
                "in_vain": [_in_vain(asked) for asked in asked_in_vain(self.viewer)],
            }
        )

    def create(self, request: Request) -> Response:
        """Open parts of a case to oneself for three hours. 403 asks for a factor shown just now."""
        if not policies.can_break_glass(self.viewer):
            raise NotAllowed
        data = self.valid(EmergencyIn)
        data["compartments"] = [BY_CODE[code] for code in data["compartments"]]
        data["emergency"] = Emergency(data["emergency"])
        made = self.once(lambda: break_glass(self.viewer, **data).pk)
        return self.answer(_printed(visible_glass(self.viewer, made)), 201)

    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: UUID) -> Response:
        """End one's own before its time."""
        self.valid(EmptyIn)
        self.once(lambda: close_glass(self.viewer, pk))
        return self.answer({"id": str(pk), "open": False})

    @action(detail=True, methods=["post"])
    def conclude(self, request: Request, pk: UUID) -> Response:
        """Say what became of looking at it: once, by an auditor or the data protection officer."""
        conclusion = Conclusion(self.valid(ConclusionIn)["conclusion"])
        made = self.once(lambda: conclude_glass(self.viewer, pk, conclusion=conclusion))
        return self.answer({"id": str(made), "conclusion": str(conclusion)})


def _printed(glass: Glass) -> dict[str, Any]:
    return {
        "id": str(glass.pk),
        "referral": str(glass.case_id),
        "compartments": [part.code for part in compartments_in(glass.scope)],
        "opened_at": glass.opened_at,
        "ends_at": glass.ends_at,
    }


def _reviewed(broken: Broken) -> dict[str, Any]:
    """What is looked at after: the reason, never anything of the case."""
    glass = broken.glass
    return _printed(glass) | {
        "reference": broken.reference,
        "by": glass.by_name,
        "agency": glass.by_agency,
        "emergency": glass.emergency or None,
        "reason": broken.reason,
        "unreadable": broken.unreadable,
        "open": broken.open,
        "conclusion": glass.conclusion or None,
        "concluded_by": glass.concluded_name or None,
        "concluded_at": glass.concluded_at,
    }


def _in_vain(asked: GlassAsk) -> dict[str, Any]:
    """What somebody asked for and did not get, as they wrote it."""
    return {
        "reference": asked.reference,
        "compartments": [part.code for part in compartments_in(asked.scope)],
        "by": asked.by_name,
        "agency": asked.by_agency,
        "asked_at": asked.asked_at,
    }
