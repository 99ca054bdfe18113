"""What the directory's nature codes mean for us: which kind of agency, which kind of school."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from agencies.directory.columns import fold
from agencies.models.agency import AgencyKind
from agencies.models.school import EducationLevel, SchoolType


@dataclass(frozen=True, slots=True)
class Nature:
    """The place of one nature code in our words. A school has a level and a type."""

    kind: AgencyKind
    level: EducationLevel | None = None
    type: SchoolType | None = None


_OTHER: Final = Nature(AgencyKind.OTHER)
_PRIMARY: Final = Nature(AgencyKind.SCHOOL, EducationLevel.PRIMARY, SchoolType.PRIMARY)
_SECONDARY: Final = Nature(AgencyKind.SCHOOL, EducationLevel.SECONDARY, SchoolType.OTHER_SECONDARY)

_TYPES: Final = {
    SchoolType.NURSERY: ("101", "102", "103", "111"),
    SchoolType.MIDDLE: ("340", "350", "352"),
    SchoolType.GENERAL_HIGH: ("300", "301", "302", "306", "310", "335"),
    SchoolType.VOCATIONAL_HIGH: ("320", "334"),
    SchoolType.ADAPTED: ("332", "370", "390"),
    SchoolType.POST_SECONDARY: ("400",),
}
_OFFICES: Final = {
    AgencyKind.RECTORATE: ("802", "803"),
    AgencyKind.DSDEN: ("805", "806"),
    AgencyKind.SCHOOL_DISTRICT: ("809",),
}

_KNOWN: Final = {
    **{
        code: Nature(
            AgencyKind.SCHOOL,
            EducationLevel.PRIMARY if code.startswith("1") else EducationLevel.SECONDARY,
            type_,
        )
        for type_, codes in _TYPES.items()
        for code in codes
    },
    **{code: Nature(kind) for kind, codes in _OFFICES.items() for code in codes},
}


_BY_TYPE: Final = {
    "ecole": _PRIMARY,
    "college": _KNOWN["340"],
    "lycee": _KNOWN["300"],
    "erea": _KNOWN["370"],
}


def meaning_of_type(text: str) -> Nature | None:
    """Say what the type column stands for, for the rare line that has no nature code."""
    return _BY_TYPE.get(fold(text))


def meaning_of(code: str) -> Nature:
    """Say what a nature code stands for.

    Every code that begins with 1 is a school of the first degree and every code that begins with
    3 one of the second, also those published after this was written. What is neither a school nor
    an education office (guidance centres, institutes for disabled pupils) is kept as another
    kind of agency: pupils are there too, and a cell may want to work with it.
    """
    if code in _KNOWN:
        return _KNOWN[code]
    return {"1": _PRIMARY, "3": _SECONDARY}.get(code[:1], _OTHER)
