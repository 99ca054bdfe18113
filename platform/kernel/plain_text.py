"""Which characters a text may hold: what people write, and nothing that only steers a machine."""

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

_BREAKS = "\n\r\t"


def _steers(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs")


def storable(text: str) -> bool:
    """Whether a text holds no control character but line breaks and tabs, and no half character."""
    return text.isprintable() or not any(_steers(c) and c not in _BREAKS for c in text)


def one_line(text: str) -> None:
    """Refuses control characters, line breaks among them: for names and words to look for."""
    if not text.isprintable() and any(map(_steers, text)):
        raise ValidationError(
            _("Ce texte contient un caractère qui ne s'écrit pas. Tapez-le de nouveau."),
            code="unstorable",
        )


def lines(text: str) -> None:
    """Refuses control characters other than line breaks and tabs: for texts of several lines."""
    if not storable(text):
        raise ValidationError(
            _("Ce texte contient un caractère qui ne s'écrit pas. Tapez-le de nouveau."),
            code="unstorable",
        )
