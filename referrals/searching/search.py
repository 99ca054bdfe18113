"""Search within one's own scope."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from audit.recorder import record
from kernel.errors import NotAllowed
from kernel.viewer import Viewer
from referrals import events, policies
from referrals.casefile.motive import standing
from referrals.models import Case
from referrals.searching.progress import SHOWN, Progress, progress_from
from referrals.searching.question import Question
from referrals.searching.reading import Reading
from referrals.searching.scope import PlainLine, Scope, place_of
from referrals.searching.words import Wanted

AT_ONCE, AHEAD = 2000, 5
"""So many cases are read in one go, and the list is asked for so many goes at once."""
SECONDS = 1.0
"""How long one request reads; a longer search goes on in the next one."""


@dataclass(frozen=True, slots=True)
class Result:
    """A case that was found, and the parts of it that hold the words."""

    case: Case
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """The best results so far; ``next`` is there while cases remain to be read."""

    results: list[Result]
    count: int
    read: int
    of: int
    next: str = ""


def search_within(
    viewer: Viewer,
    question: Question,
    *,
    go_on: str = "",
    seconds: float = SECONDS,
    at_once: int = AT_ONCE,
) -> Found:
    """The cases of this viewer's scope that answer the question; recorded without its words.

    By header alone the newest come first; by words those that hold them best. Words are looked
    for in what is open to the viewer, decrypted for the moment. Raises Invalid for what cannot be
    looked for, NotAllowed for those who do not work on cases.
    """
    if not policies.can_list_cases(viewer):
        raise NotAllowed
    question.check()
    scope = Scope(viewer, question)
    wanted = Wanted(question.words)
    if wanted:
        digest = question.digest()
        begun = progress_from(go_on, viewer, digest) if go_on else Progress(of=scope.count())
        progress = read_on(begun, scope, Reading(viewer, wanted), seconds, at_once)
        more = progress.place is not None
        answer = Found(
            _in_order(viewer, [(hit.case_id, hit.parts) for hit in progress.best]),
            progress.found,
            progress.read,
            max(progress.of, progress.read),
            progress.text(viewer, digest) if more else "",
        )
    else:
        count = scope.count()
        found = _in_order(viewer, [(line.case_id, ()) for line in scope.lines(SHOWN)])
        answer = Found(found, count, count, count)
    record(
        events.SEARCHED_WITHIN,
        viewer=viewer,
        criteria=question.criteria(),
        hits=answer.count,
        read=answer.read,
        of=answer.of,
        right=standing(viewer),
    )
    return answer


def read_on(
    progress: Progress, scope: Scope, reading: Reading, seconds: float, at_once: int
) -> Progress:
    """Read case after case, newest first, until all are read or the time is over."""
    until = time.monotonic() + seconds
    ahead: list[PlainLine] = []
    while True:
        if not ahead:
            ahead = scope.some(at_once * AHEAD, after=progress.place)
        lines, ahead = ahead[:at_once], ahead[at_once:]
        if not lines:
            return progress.ended()
        hits = reading.hits({case_id: open_here for case_id, _at, open_here in lines})
        progress = progress.with_hits(hits, len(lines), place_of(lines[-1]))
        if len(lines) < at_once:
            return progress.ended()
        if time.monotonic() >= until:
            return progress


def _in_order(viewer: Viewer, found: Sequence[tuple[UUID, tuple[str, ...]]]) -> list[Result]:
    """The headers of these cases, in this order; what is not in scope any more is left out."""
    cases = Case.objects.filter(
        pk__in=[case_id for case_id, _parts in found],
        cell_id=viewer.cell_id,
        viewers__overlap=list(viewer.units),
    ).in_bulk()
    return [Result(cases[case_id], parts) for case_id, parts in found if case_id in cases]
