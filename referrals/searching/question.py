"""What somebody looks for: words, a pupil, or what stands on the header of a case."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import date
from typing import Final

from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from kernel.crypto.blind import normalised_name
from kernel.errors import Invalid
from kernel.viewer import Viewer
from referrals.marks import born_mark, full_mark, name_mark
from referrals.searching.words import Wanted
from referrals.states import State

EARLIEST, LATEST = date(1990, 1, 1), date(2100, 12, 31)
REFERENCE: Final = re.compile(r"[0-9][0-9ab]{1,2}-[0-9]{4}-[0-9]{5,7}", re.IGNORECASE)
NO_REFERENCE: Final = _("Une référence s'écrit comme 80-2026-00042.")


@dataclass(frozen=True, slots=True)
class Question:
    """Everything that is filled in must be true of a case for it to be found."""

    words: str = ""
    reference: str = ""
    school: str = ""
    states: tuple[State, ...] = ()
    urgency: str = ""
    since: date | None = None
    until: date | None = None
    family_name: str = ""
    given_name: str = ""
    birth_date: date | None = None

    def criteria(self) -> list[str]:
        """The names of what was filled in, for the record: never what was written there."""
        named = {
            "words": self.words,
            "reference": self.reference,
            "school": self.school,
            "state": self.states,
            "urgency": self.urgency,
            "dates": self.since or self.until,
            "pupil": self.family_name or self.given_name or self.birth_date,
        }
        return [name for name, value in named.items() if value]

    def check(self) -> None:
        """Raises Invalid for what cannot be looked for, with a sentence at each field."""
        wrong: dict[str, list[object]] = {}
        if self.words.strip() and not Wanted(self.words):
            wrong["words"] = [_("Écrivez au moins un mot de deux lettres.")]
        if self.reference and not REFERENCE.fullmatch(self.reference.strip()):
            wrong["reference"] = [NO_REFERENCE]
        if self.since and self.until and self.until < self.since:
            wrong["until"] = [_("La fin vient après le début.")]
        for name, day in {"since": self.since, "until": self.until}.items():
            if day and not EARLIEST <= day <= LATEST:
                wrong[name] = [_("Indiquez un jour entre 1990 et 2100.")]
        if self._half_a_pupil():
            wrong["family_name"] = [_("Indiquez le nom, avec le prénom ou la date de naissance.")]
        if wrong:
            raise Invalid(fields=wrong)
        if not self.criteria():
            raise Invalid(_("Indiquez au moins un critère de recherche."))

    def _half_a_pupil(self) -> bool:
        typed = bool(self.family_name or self.given_name or self.birth_date)
        named = normalised_name(self.family_name)
        return typed and not (named and (normalised_name(self.given_name) or self.birth_date))

    def mark(self, viewer: Viewer) -> tuple[str, bytes] | None:
        """The column and the blind index of the pupil that is looked for."""
        cell, family, given = viewer.cell_id, self.family_name, self.given_name
        if not normalised_name(family):
            return None
        if not normalised_name(given):
            return (
                ("blind_born", born_mark(cell, family, self.birth_date))
                if self.birth_date
                else None
            )
        if self.birth_date is None:
            return "blind_name", name_mark(cell, family, given)
        return "blind", full_mark(cell, family, given, self.birth_date)

    def digest(self) -> str:
        """What tells one question from another, without saying either."""
        told = repr(sorted(asdict(self).items()))
        return salted_hmac("referrals.searching", told, algorithm="sha256").hexdigest()
