"""What the API accepts about a case: shape only, the services judge."""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from rest_framework import serializers

from kernel.http.api_input import Identifier, Line, StrictSerializer, Text, VersionIn
from referrals.compartments import BY_CODE
from referrals.intake.escalation import (
    Escalation,
    FactInput,
    FactKind,
    ParentsInformed,
    PartyInput,
    Place,
    Source,
    StepsInput,
    StepTaken,
)
from referrals.intake.forms import MOST_FACTS, MOST_PARTIES, NARRATIVE, past_date
from referrals.models.access import Level
from referrals.models.case import Outcome, Urgency
from referrals.models.content import PartyRole
from referrals.models.export import ExportForm, ExportPurpose
from referrals.models.history import FeedbackCode, MeasureKind
from referrals.models.request import PartRefusal, RequestKind
from referrals.models.share import LegalBasis, Purpose, RefusalReason, RenewalReason
from referrals.states import State


def checked_date(value: date) -> None:
    try:
        past_date(value)
    except ValidationError as error:
        raise serializers.ValidationError(error.messages) from error


class PartyIn(StrictSerializer):
    role = serializers.ChoiceField(PartyRole.choices)
    family_name = Line(max_length=100, allow_blank=True, default="")
    given_name = Line(max_length=100, allow_blank=True, default="")
    birth_date = serializers.DateField(allow_null=True, default=None, validators=[checked_date])
    class_group = Line(max_length=40, allow_blank=True, default="")


class FactIn(StrictSerializer):
    kind = serializers.ChoiceField(FactKind.choices)
    place = serializers.ChoiceField(Place.choices)
    began_on = serializers.DateField(validators=[checked_date])
    ended_on = serializers.DateField(allow_null=True, default=None, validators=[checked_date])
    source = serializers.ChoiceField(Source.choices)  # type: ignore[assignment]  # a field's name
    narrative = Text(max_length=NARRATIVE)


class StepsIn(StrictSerializer):
    taken = serializers.ListField(
        child=serializers.ChoiceField(StepTaken.choices), default=list, max_length=20
    )
    narrative = Text(max_length=NARRATIVE, allow_blank=True, default="")
    incident_reference = Line(max_length=40, allow_blank=True, default="")
    incident_level = serializers.IntegerField(
        min_value=1, max_value=3, allow_null=True, default=None
    )
    parents_informed = serializers.ChoiceField(ParentsInformed.choices)
    parents_informed_on = serializers.DateField(
        allow_null=True, default=None, validators=[checked_date]
    )
    rights_notice_given = serializers.BooleanField()


class EscalationIn(StrictSerializer):
    danger = serializers.BooleanField()
    parties = serializers.ListField(child=PartyIn(), max_length=3 * MOST_PARTIES)
    facts = serializers.ListField(child=FactIn(), max_length=MOST_FACTS)
    steps = StepsIn()


def escalation_from(data: dict[str, Any]) -> Escalation:
    """The validated body as the value that the service takes."""
    steps = dict(data["steps"])
    return Escalation(
        danger=data["danger"],
        parties=tuple(
            PartyInput(**{**party, "role": PartyRole(party["role"])}) for party in data["parties"]
        ),
        facts=tuple(FactInput(**fact) for fact in data["facts"]),
        steps=StepsInput(
            **{
                **steps,
                "taken": tuple(StepTaken(code) for code in steps["taken"]),
                "parents_informed": ParentsInformed(steps["parents_informed"]),
            }
        ),
    )


class TriageIn(VersionIn):
    gravity = serializers.IntegerField(min_value=0, max_value=3)
    urgency = serializers.ChoiceField(Urgency.choices)


class ProsecutorIn(VersionIn):
    office = Identifier()


class OrdersIn(VersionIn):
    freeze_acts = serializers.BooleanField()
    pause_interviews = serializers.BooleanField()
    closed = serializers.ListField(
        child=serializers.ChoiceField([(code, code) for code in BY_CODE]),
        allow_empty=True,
        max_length=12,
    )


class OutcomeIn(VersionIn):
    outcome = serializers.ChoiceField(Outcome.choices)


class ShareIn(StrictSerializer):
    to_accession = Identifier()
    purpose = serializers.ChoiceField(Purpose.choices)
    legal_basis = serializers.ChoiceField(LegalBasis.choices)
    compartments = serializers.ListField(
        child=serializers.ChoiceField([(code, code) for code in BY_CODE]), max_length=12
    )
    level = serializers.ChoiceField(Level.choices, default=Level.READ.value)
    include_future = serializers.BooleanField(default=False)
    until = serializers.DateField(allow_null=True, default=None)


def terms_from(data: dict[str, Any]) -> dict[str, Any]:
    """The validated terms of a share as the service takes them."""
    return {
        **data,
        "compartments": [BY_CODE[code] for code in data["compartments"]],
        "purpose": Purpose(data["purpose"]),
        "legal_basis": LegalBasis(data["legal_basis"]),
        "level": Level(data["level"]),
    }


class RenewIn(VersionIn):
    until = serializers.DateField()
    reason = serializers.ChoiceField(RenewalReason.choices)


class ExplainIn(StrictSerializer):
    """Without a seat one asks about one's own."""

    seat = Identifier(required=False, allow_null=True, default=None)


class RequestIn(StrictSerializer):
    kind = serializers.ChoiceField(RequestKind.choices)
    compartments = serializers.ListField(
        child=serializers.ChoiceField([(code, code) for code in BY_CODE]), max_length=12
    )
    purpose = serializers.ChoiceField(Purpose.choices, default=Purpose.PROTECTION.value)
    level = serializers.ChoiceField(Level.choices, default=Level.READ.value)
    question = Text(max_length=2000, allow_blank=True, default="")


class PartAnswerIn(StrictSerializer):
    compartment = serializers.ChoiceField([(code, code) for code in BY_CODE])
    refusal = serializers.ChoiceField(PartRefusal.choices, allow_blank=True, default="")
    words = Text(max_length=2000, allow_blank=True, default="")


class AnswerRequestIn(VersionIn):
    answers = serializers.ListField(child=PartAnswerIn(), max_length=12)
    legal_basis = serializers.ChoiceField(LegalBasis.choices, default=LegalBasis.PROTOCOL.value)
    level = serializers.ChoiceField(Level.choices, allow_null=True, default=None)
    until = serializers.DateField(allow_null=True, default=None)


class RefuseIn(StrictSerializer):
    reason = serializers.ChoiceField(RefusalReason.choices)


class MeasureIn(StrictSerializer):
    kind = serializers.ChoiceField(MeasureKind.choices)
    owner_accession = Identifier()
    due_on = serializers.DateField()
    note = Text(max_length=2000, allow_blank=True, default="")


class FeedbackIn(StrictSerializer):
    code = serializers.ChoiceField(FeedbackCode.choices)
    next_check_on = serializers.DateField(allow_null=True, default=None)


class SearchIn(StrictSerializer):
    family_name = Line(max_length=100)
    given_name = Line(max_length=100)
    birth_date = serializers.DateField(validators=[checked_date])


class WithinIn(StrictSerializer):
    words = Line(max_length=200, allow_blank=True, default="")
    reference = Line(max_length=20, allow_blank=True, default="")
    school = Line(max_length=100, allow_blank=True, default="")
    states = serializers.ListField(
        child=serializers.ChoiceField(State.choices), default=list, max_length=len(State)
    )
    urgency = serializers.ChoiceField(Urgency.choices, allow_blank=True, default="")
    since = serializers.DateField(allow_null=True, default=None)
    until = serializers.DateField(allow_null=True, default=None)
    family_name = Line(max_length=100, allow_blank=True, default="")
    given_name = Line(max_length=100, allow_blank=True, default="")
    birth_date = serializers.DateField(allow_null=True, default=None, validators=[checked_date])
    next = Line(max_length=8000, allow_blank=True, default="")


class EmptyIn(StrictSerializer):
    """A body without a field."""


class ExportIn(StrictSerializer):
    referral = Identifier()
    form = serializers.ChoiceField(ExportForm.choices)
    purpose = serializers.ChoiceField(ExportPurpose.choices)
    share = Identifier(required=False, allow_null=True, default=None)
    person = Identifier(required=False, allow_null=True, default=None)
