"""How far a long search has come, as a sealed text that the next request brings back.

It holds identifiers and numbers and no word of the question. It is signed, bound to the seat and
to the question, and forgotten after ten minutes: nothing of a search is kept on the server.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import UUID

from django.core import signing
from django.utils.translation import gettext_lazy as _

from kernel.errors import Invalid
from kernel.viewer import Viewer
from referrals.casefile.places import Place, place_from, place_text
from referrals.searching.reading import Hit

SALT: Final = "referrals.searching"
LASTS: Final = 600
SHOWN: Final = 25


@dataclass(frozen=True, slots=True)
class Progress:
    """What has been read: how many cases of how many, how many hold the words, the best so far."""

    of: int
    read: int = 0
    found: int = 0
    best: tuple[Hit, ...] = field(default=())
    place: Place | None = None

    def with_hits(self, hits: list[Hit], read: int, place: Place) -> Progress:
        """One step further. Of two that are as good as each other the newer case comes first."""
        ranked = sorted([*self.best, *hits], key=lambda hit: -hit.score)[:SHOWN]
        return replace(
            self,
            read=self.read + read,
            found=self.found + len(hits),
            best=tuple(ranked),
            place=place,
        )

    def ended(self) -> Progress:
        """Everything has been read."""
        return replace(self, of=self.read, place=None)

    def text(self, viewer: Viewer, digest: str) -> str:
        """What the next request brings back."""
        best = [[hit.case_id.hex, hit.score, list(hit.parts)] for hit in self.best]
        told = [
            *(viewer.seat_id.hex, digest),
            *(self.of, self.read, self.found, best, place_text(self.place)),
        ]
        return signing.dumps(told, salt=SALT, compress=True)


def progress_from(text: str, viewer: Viewer, digest: str) -> Progress:
    """How far the same person had come with the same question. Raises Invalid otherwise."""
    wrong = Invalid(
        fields={"next": [_("Cette recherche n'est plus en cours. Lancez-la de nouveau.")]}
    )
    try:
        told: list[Any] = signing.loads(text, salt=SALT, max_age=LASTS)
    except signing.BadSignature as error:
        raise wrong from error
    seat, asked, of, read, found, best, place = told
    if (seat, asked) != (viewer.seat_id.hex, digest):
        raise wrong
    hits = tuple(Hit(UUID(case_id), score, tuple(parts)) for case_id, score, parts in best)
    return Progress(of, read, found, hits, place_from(place))
