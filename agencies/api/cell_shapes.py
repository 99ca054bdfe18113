"""What the API takes about a cell: shape only, the services judge."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from agencies.models import Activation, CoverFunction, Due, Pace, Reporting
from agencies.models.policy import RETENTION
from agencies.rules import deadline_name
from agencies.services.add_agency import ADDED_BY_HAND
from agencies.services.add_protocol import MOST_PARTIES, PartyInput
from agencies.services.set_rules import RulesInput
from kernel.http.api_input import Identifier, StrictSerializer, Text

LONGEST_TABLE = 200_000
MOST_COMMUNES = 2_000


class PartyIn(StrictSerializer):
    accession = Identifier(required=False, allow_null=True, default=None)
    party_name = Text(max_length=200, required=False, allow_blank=True, default="")
    signatory = Text(max_length=200)
    signed_on = serializers.DateField()


class ProtocolIn(StrictSerializer):
    version = serializers.IntegerField(min_value=0, required=False, allow_null=True, default=None)
    title = Text(max_length=200)
    signed_on = serializers.DateField()
    valid_from = serializers.DateField()
    valid_until = serializers.DateField(required=False, allow_null=True, default=None)
    parties = serializers.ListField(child=PartyIn(), max_length=MOST_PARTIES)


def parties_from(data: dict[str, Any]) -> list[PartyInput]:
    """The signatories as the service takes them."""
    return [
        PartyInput(
            signatory=party["signatory"],
            signed_on=party["signed_on"],
            accession_id=party["accession"],
            party_name=party["party_name"],
        )
        for party in data["parties"]
    ]


class RulesIn(StrictSerializer):
    version = serializers.IntegerField(min_value=0, required=False, allow_null=True, default=None)
    activation = serializers.ChoiceField(Activation.choices)
    reporting = serializers.ChoiceField(Reporting.choices)

    def get_fields(self) -> dict[str, Any]:
        """Beside the lists, a whole number for each period."""
        names = [
            *RETENTION,
            "idle_minutes",
            *(deadline_name(pace, due) for pace in Pace for due in Due),
        ]
        return super().get_fields() | {
            name: serializers.IntegerField(min_value=1, max_value=100_000) for name in names
        }


def rules_from(data: dict[str, Any]) -> RulesInput:
    """The rules as the service takes them."""
    return RulesInput(
        activation=Activation(data["activation"]),
        reporting=Reporting(data["reporting"]),
        retention={name: data[name] for name in RETENTION},
        hours={(pace, due): data[deadline_name(pace, due)] for pace in Pace for due in Due},
        idle_minutes=data["idle_minutes"],
    )


class AccessionIn(StrictSerializer):
    """An agency of the directory, by its identifier."""

    agency = Identifier()
    signatory = Text(max_length=200)
    signed_on = serializers.DateField()
    until = serializers.DateField(required=False, allow_null=True, default=None)


class AgencyIn(StrictSerializer):
    """An organisation that no directory lists; it joins by a call of its own."""

    kind = serializers.ChoiceField([kind.value for kind in ADDED_BY_HAND])
    name = Text(max_length=200)
    commune_insee = Text(max_length=5, required=False, allow_blank=True, default="")
    email = serializers.EmailField(required=False, allow_blank=True, default="", max_length=254)
    phone = Text(max_length=30, required=False, allow_blank=True, default="")
    confirmed = serializers.BooleanField(required=False, default=False)


class EndIn(StrictSerializer):
    until = serializers.DateField(allow_null=True)


class CoverageIn(StrictSerializer):
    """One service, or nobody, for these communes."""

    function = serializers.ChoiceField(CoverFunction.choices)
    accession = Identifier(allow_null=True)
    communes = serializers.ListField(
        child=Text(max_length=5, min_length=5), min_length=1, max_length=MOST_COMMUNES
    )


class TableIn(StrictSerializer):
    """Lines of ``commune;service``."""

    function = serializers.ChoiceField(CoverFunction.choices)
    table = Text(max_length=LONGEST_TABLE, trim_whitespace=False)
