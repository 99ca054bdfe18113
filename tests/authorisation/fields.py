"""Which words of a case each answer holds, and for whom: a row for each field that is shown.

An answer that has no row here shows none of these fields to anybody. What an agency gets depends
on what was shared with it: the gendarmerie of the scene has the facts and the presumed author.
"""

from collections.abc import Mapping
from typing import Final

from tests.authorisation.rows import COORDINATION, CORE, GENDARMERIE, SCHOOL

TARGET: Final = ("target family name", "target given name")
PRESUMED: Final = ("presumed family name", "presumed given name")
WORDS: Final[Mapping[str, str]] = {
    "target family name": "Cible{mark}",
    "target given name": "Alba{mark}",
    "presumed family name": "Presume{mark}",
    "presumed given name": "Brume{mark}",
    "witness family name": "Temoin{mark}",
    "witness given name": "Corme{mark}",
    "facts": "Insultes répétées {mark}",
    "school steps": "Deux entretiens {mark}",
    "measure note": "Passage devant la grille {mark}",
    "decision": "Décidé {mark}",
    "document name": "{mark}.pdf",
    "reason of a request": "Pour la suite {mark}",
}
"""How each field of the scene reads, around the mark that occurs nowhere else."""

EVERY_SIDE = SCHOOL | CORE | GENDARMERIE
STORY: Final = {"facts": EVERY_SIDE, "school steps": SCHOOL | CORE}
PREVIEW: Final = {"facts": COORDINATION, "school steps": COORDINATION}
DECIDED: Final = {"decision": COORDINATION | GENDARMERIE}
Shown = Mapping[str, frozenset[str]]


def all_of(fields: tuple[str, ...], seats: frozenset[str]) -> Shown:
    """Each of the fields, shown to the same seats."""
    return dict.fromkeys(fields, seats)


SHOWN: Final[Mapping[tuple[str, str], Shown]] = {
    ("referrals:draft GET", "draft"): {"target family name": SCHOOL},
    ("referrals:case GET", "activated"): STORY,
    ("referrals:reveal POST", "target"): all_of(TARGET, SCHOOL | CORE),
    ("referrals:reveal POST", "presumed"): all_of(PRESUMED, EVERY_SIDE),
    ("referrals:preview POST", "activated"): PREVIEW,
    ("referrals:preview_share GET", "offer"): {"facts": COORDINATION},
    ("referrals:copy_document GET", "document"): {"document name": CORE},
    ("referrals:destroy_document GET", "document"): {"document name": SCHOOL | CORE},
    ("referrals:document GET", "document"): {"document name": EVERY_SIDE},
    ("referrals:download_document GET", "document"): {"document name": EVERY_SIDE},
    ("referrals:download_export GET", "export"): PREVIEW,
    ("referrals:request GET", "request"): {"reason of a request": COORDINATION},
    ("meetings:decisions GET", "sitting"): DECIDED,
    ("api-exports-content GET", "export"): PREVIEW,
    ("api-documents-content GET", "document"): {"document name": EVERY_SIDE},
    ("api-documents-detail GET", "document"): {"document name": EVERY_SIDE},
    ("api-referrals-detail GET", "activated"): STORY,
    ("api-referrals-preview POST", "activated"): PREVIEW,
    ("api-shares-preview GET", "offer"): {"facts": COORDINATION},
    ("api-parties-reveal POST", "target"): all_of(TARGET, SCHOOL | CORE),
    ("api-meetings-decisions GET", "sitting"): DECIDED,
}

SENT: Final = {"facts": SCHOOL | CORE, "school steps": SCHOOL | CORE}
BEFORE_OFFICE: Final = all_of(("facts", "school steps"), SCHOOL | COORDINATION)
WORKED_ON: Final = {**STORY, "measure note": CORE | GENDARMERIE}

AT_EACH_STEP: Final[Mapping[str, Shown]] = {
    "draft": {},
    "submitted": SENT,
    "unassigned": BEFORE_OFFICE,
    "qualified": SENT,
    "activated": STORY,
    "planned": WORKED_ON,
    "resolved": WORKED_ON,
    "told": WORKED_ON,
    "closed": {**SENT, "measure note": CORE},
}
"""What the page of a case and its twin in the API show while the case goes on."""


def shown_to(seat: str, shown: Shown) -> set[str]:
    """The fields of an answer that this seat reads."""
    return {name for name, seats in shown.items() if seat in seats}
