"""What the API takes and prints of the record."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from audit import registry
from audit.damage import Finding
from audit.desk import groups
from audit.desk.filters import CHANNELS, Filters
from audit.log import Stored
from audit.places import place_from, place_text
from audit.selectors import Line
from audit.sentences import sentence
from audit.services.verify_log import Verified
from kernel.http.api_input import StrictSerializer, Text


class FiltersIn(StrictSerializer):
    """What entries are asked for by."""

    case = serializers.UUIDField(required=False)
    subject = serializers.UUIDField(required=False)
    actor = serializers.UUIDField(required=False)
    agency = serializers.UUIDField(required=False)
    group = serializers.ChoiceField(choices=list(groups.LABELS), required=False)
    channel = serializers.ChoiceField(choices=CHANNELS, required=False)
    kind = Text(required=False, max_length=64)
    outcome = serializers.ChoiceField(choices=["done", "refused"], required=False)
    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False)

    def validate_kind(self, value: str) -> str:
        """A kind that nobody has declared is a typing error, not an empty list."""
        if value not in {kind.name for kind in registry.kinds()}:
            raise serializers.ValidationError(_("Cet événement n'existe pas."))
        return value

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        """A subject is asked under its case."""
        if data.get("subject") and not data.get("case"):
            raise serializers.ValidationError(
                {"case": [_("Indiquez le dossier de ce nom ou de ce document.")]}
            )
        return data


class EntriesIn(FiltersIn):
    """The filters of the list, in the address, and from where it goes on."""

    before = Text(required=False, max_length=50)

    def validate_before(self, value: str) -> Any:
        """The ``next`` of an earlier answer."""
        place = place_from(value)
        if place is None:
            raise serializers.ValidationError(_("Cette page n'existe pas."))
        return place


def filters_from(data: dict[str, Any]) -> Filters:
    """What the selector takes."""
    return Filters(**{name: value for name, value in data.items() if name != "before"})


def line(found: Line) -> dict[str, Any]:
    """One entry: identifiers, codes and facts. ``at`` is null where it was tampered with."""
    return {
        "id": found.key.id,
        "place": place_text(found.key),
        "at": found.at,
        "kind": found.kind,
        "label": str(registry.label_of(found.kind)),
        "outcome": found.outcome,
        "code": found.code or None,
        "actor": found.actor,
        "agency": found.agency,
        "case": found.case_id,
        "subject": found.subject_id,
        "request": found.request,
        "channel": found.channel,
        "facts": found.facts,
    }


def verified(told: Verified) -> dict[str, Any]:
    """What a verification found, and how many copies stand against the log."""
    found = told.report
    return {
        "clean": told.clean,
        "standing": told.standing,
        "entries": found.entries,
        "checkpoints": found.checkpoints,
        "pruned": found.pruned,
        "pending": found.pending,
        "findings": [_finding(each) for each in found.findings],
        "checkpoint": checkpoint(found.last) if found.last else None,
    }


def checkpoint(stored: Stored) -> dict[str, Any]:
    """A checkpoint: the note is what is signed, the rest is for reading."""
    return {
        "size": stored.size,
        "root": stored.root.hex(),
        "at": stored.at,
        "note": stored.note,
    }


def _finding(found: Finding) -> dict[str, Any]:
    return {
        "what": found.what,
        "index": found.index,
        "id": found.id,
        "last_id": found.last_id,
        "count": found.count,
        "sentence": sentence(found),
    }
