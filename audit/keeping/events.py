"""What the record says about its own keeping. Entries of these kinds are never purged."""

from django.utils.translation import gettext_lazy as _

from audit.keeping.wording import REASONS, SCOPES, STATES
from audit.registry import EventKind, Keeps, event, word
from audit.shapes import Shape
from audit.steps import states

HOLD = states("hold", _("Conservation"), {"held": _("imposée"), "lifted": _("levée")})
PURGE = states(
    "purge", _("État de la purge"), {code: label for code, (label, _tone) in STATES.items()}
)


def _kind(name: str, facts: tuple[str, ...], label: object, moves: str = "") -> EventKind:
    return event(f"keeping.{name}", keeps=Keeps.CONTROL, facts=facts, label=label, moves=moves)


TERMS = ("ordinary_before", "control_before")

HELD = _kind("held", ("hold_scope", "hold_reason"), _("Conservation imposée"), HOLD)
RELEASED = _kind("released", ("hold_scope", "hold_reason"), _("Conservation imposée levée"), HOLD)
PROPOSED = _kind("proposed", ("purge", "entries", *TERMS), _("Purge du journal proposée"), PURGE)
WITHDRAWN = _kind("withdrawn", ("purge",), _("Purge du journal retirée"), PURGE)
LAPSED = _kind("lapsed", ("purge",), _("Purge du journal abandonnée faute de signature"), PURGE)
SIGNED = _kind("signed", ("purge",), _("Purge du journal signée"), PURGE)
PURGED = _kind(
    "purged", ("purge", "sha256", "entries", *TERMS), _("Entrées désignées pour la purge"), PURGE
)
DONE = _kind("done", ("purge", "entries"), _("Purge du journal terminée"), PURGE)

word("purge", _("Purge"), Shape.ID)
word("ordinary_before", _("Entrées ordinaires avant le"), Shape.DAY)
word("control_before", _("Entrées de contrôle interne avant le"), Shape.DAY)
word("hold_scope", _("Étendue"), **SCOPES)
word("hold_reason", _("Motif de la conservation"), **REASONS)
