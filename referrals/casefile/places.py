"""A place in a list, as text for a link to the next page."""

from datetime import UTC, datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from kernel.errors import Invalid

Place = tuple[datetime, UUID]


def place_text(place: Place | None) -> str:
    """The text of a place, or nothing at the end of the list."""
    return f"{place[0].isoformat()}_{place[1]}" if place else ""


def place_from(text: str) -> Place | None:
    """The place that a text names, None for no text. Raises Invalid for any other text."""
    if not text:
        return None
    moment, _separator, last = text.partition("_")
    wrong = Invalid(
        fields={"before": [_("Ce lien de page n'est pas valable. Revenez au début de la liste.")]}
    )
    try:
        read = datetime.fromisoformat(moment)
        if read.tzinfo is None:
            raise wrong
        return read.astimezone(UTC), UUID(last)
    except (ValueError, OverflowError) as error:
        raise wrong from error
