"""Refusals: every way in which the house says no.

    DomainError
    +-- SignInRequired     401   nobody is signed in, or the session has ended
    +-- NotAllowed         403   it can be seen, but not done by this person
    |   +-- StepUpRequired 403   a fresh second factor is needed first
    |   +-- CharterUnsigned 403  the charter of the cell must be signed first
    +-- NotFound           404   it does not exist, or is out of scope: never told apart
    +-- WrongState         409   it is too late or too early
    +-- Conflict           409   somebody else changed it meanwhile
    +-- TooLarge           413   longer than what is read
    +-- Invalid            422   what was sent cannot be accepted
    +-- TooMany            429   slow down
    +-- Unavailable        503   not recorded, try again

The message is written for the person who reads it and says what to do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class WayOut:
    """What can be done instead of what was refused: its words, and the page that does it."""

    label: object
    url: str


class DomainError(Exception):
    """A refusal with a sentence for people, a code for machines and an HTTP status."""

    status = 400
    code = "refused"
    default: object = _("Cette demande n'a pas pu être acceptée.")

    def __init__(
        self,
        message: object = None,
        *,
        code: str | None = None,
        fields: Mapping[str, Sequence[object]] | None = None,
        changed: Mapping[str, object] | None = None,
        version: int | None = None,
        case_id: UUID | None = None,
        way_out: WayOut | None = None,
    ) -> None:
        self.message = message if message is not None else self.default
        if code is not None:
            self.code = code
        self.fields = {name: list(messages) for name, messages in (fields or {}).items()}
        self.changed = dict(changed or {})
        self.version = version
        self.case_id = case_id
        self.way_out = way_out
        super().__init__(self.code)


class SignInRequired(DomainError):
    status = 401
    code = "sign_in_required"
    default = _("Connectez-vous pour continuer.")


class NotAllowed(DomainError):
    status = 403
    code = "not_allowed"
    default = _("Votre rôle ne permet pas cette action.")


class StepUpRequired(NotAllowed):
    code = "step_up_required"
    default = _("Confirmez votre identité avec un nouveau code pour continuer.")


class CharterUnsigned(NotAllowed):
    code = "charter_unsigned"
    default = _("Signez la charte de la cellule pour continuer.")


class NotFound(DomainError):
    """Out of scope and non-existent are the same answer, byte for byte."""

    status = 404
    code = "not_found"
    default = _("Cette page n'existe pas ou ne vous est pas accessible.")


class WrongState(DomainError):
    status = 409
    code = "wrong_state"
    default = _("L'état du dossier ne permet plus cette action. Rechargez la page.")


class Conflict(DomainError):
    """``changed`` names the fields that somebody else has changed; ``version`` is the new one."""

    status = 409
    code = "conflict"
    default = _("Une autre personne a modifié ces informations entre-temps.")


class Invalid(DomainError):
    """``fields`` maps a field name to its messages."""

    status = 422
    code = "invalid"
    default = _("Certaines réponses sont à corriger.")


class TooLarge(DomainError):
    status = 413
    code = "too_large"
    default = _("La demande est trop longue.")


class TooMany(DomainError):
    """``retry_after`` says in seconds how long to wait, where that is known."""

    status = 429
    code = "too_many"
    default = _("Trop de tentatives. Patientez avant de réessayer.")
    retry_after: int | None = None

    @classmethod
    def wait(cls, seconds: int) -> "TooMany":
        """The refusal that says when to come back."""
        refusal = cls()
        refusal.retry_after = seconds
        return refusal


class Unavailable(DomainError):
    status = 503
    code = "unavailable"
    default = _("Le service est momentanément indisponible. Rien n'a été enregistré : réessayez.")
