"""What the API accepts: JSON objects of known fields, of text that can be stored and shown."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from kernel.errors import TooLarge
from kernel.plain_text import storable


class StrictJSONParser(JSONParser):
    """JSON without NaN, without a key said twice, at most as long as a request may be."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        try:
            raw = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
            if len(raw) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
                raise TooLarge
            return json.loads(
                raw.decode("utf-8"), object_pairs_hook=_no_key_twice, parse_constant=_no_constant
            )
        except (ValueError, RecursionError) as error:
            raise ParseError(_("Le corps de la demande n'est pas du JSON valable.")) from error


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise ValueError("a key is said twice")
    return read


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number")


def refuse_unstorable(text: str) -> str:
    """The text, unless it holds what no person writes (control characters, lone surrogates)."""
    if not storable(text):
        raise serializers.ValidationError(
            _("Ce texte contient un caractère qui ne peut pas être enregistré."),
            code="unstorable",
        )
    return text


class StrictSerializer(serializers.Serializer[Any]):
    """Input of known fields only: an unknown one is an error, never silently dropped."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, Mapping):
            raise serializers.ValidationError(
                {"non_field_errors": [_("Un objet JSON est attendu.")]}, code="invalid"
            )
        unknown = sorted(set(data) - set(self.fields))
        if unknown:
            raise serializers.ValidationError(
                {refuse_name(name): [_("Ce champ n'existe pas.")] for name in unknown[:20]}
            )
        return super().to_internal_value(data)


def refuse_name(name: object) -> str:
    """A field name that can be said back to the caller."""
    return "".join(c for c in str(name)[:60] if c.isprintable() and not "\ud800" <= c <= "\udfff")


class VersionIn(StrictSerializer):
    """A change of what somebody has read: it carries the version that was read.

    Without it the change of somebody else would be undone unseen.
    """

    version = serializers.IntegerField(
        min_value=1,
        max_value=2**31 - 1,
        error_messages=dict.fromkeys(
            ("required", "null"),
            _("Donnez la version que vous avez lue : c'est le champ « version » de la réponse."),
        ),
    )


class Identifier(serializers.UUIDField):
    """An identifier in the one spelling that the house writes; never a number."""

    def to_internal_value(self, data: Any) -> UUID:
        if not isinstance(data, str) or len(data) != 36:
            self.fail("invalid", value=data)
        identifier: UUID = super().to_internal_value(data)
        return identifier


class Text(serializers.CharField):
    """Text of bounded length that can be stored and shown; line breaks are kept."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_length", 200)
        options.setdefault("trim_whitespace", True)
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(refuse_unstorable(data))


class Line(Text):
    """Text of one line: a name, a word to look for."""

    def to_internal_value(self, data: Any) -> str:
        read = super().to_internal_value(data)
        if any(c in read for c in "\n\r\t"):
            self.fail("invalid")
        return read
