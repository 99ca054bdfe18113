"""What the API accepts about a meeting: shape only, the services judge."""

from rest_framework import serializers

from kernel.http.api_input import Identifier, StrictSerializer, Text
from meetings.services.convene import MOST_AGENCIES
from meetings.services.record_decision import LONGEST
from meetings.states import DecisionCode


class ConveneIn(StrictSerializer):
    case = Identifier()
    starts_at = serializers.DateTimeField()
    agencies = serializers.ListField(child=Identifier(), max_length=MOST_AGENCIES)


class DecisionIn(StrictSerializer):
    code = serializers.ChoiceField(DecisionCode.choices)
    text = Text(max_length=LONGEST)
    owner = Identifier(allow_null=True)
    due_on = serializers.DateField()
    position = serializers.IntegerField(min_value=1, max_value=100, default=1)


class PointIn(StrictSerializer):
    case = Identifier()


class TakeUpIn(StrictSerializer):
    position = serializers.IntegerField(min_value=1, max_value=100)
