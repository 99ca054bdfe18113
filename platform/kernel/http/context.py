"""What every template is given."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest

from kernel.http.session_life import seconds_left
from kernel.viewer import Viewer

Entry = dict[str, object]
OPEN_BEFORE_CHARTER = ("/", "/compte/")
LEAST_BEHIND = 2
"""Fewer entries than this are not worth an entry that hides them."""
_navigation: list[Callable[[Viewer], list[Entry]]] = []
_account: list[Callable[[Viewer], list[Entry]]] = []
_role_words: list[Callable[[Viewer], str]] = []
_places: list[Callable[[Viewer], list[Entry]]] = []


def role_worded_by(words: Callable[[Viewer], str]) -> None:
    """Register who knows how a viewer's roles are said to people."""
    _role_words[:] = [words]


def other_places_from(source: Callable[[Viewer], list[Entry]]) -> None:
    """Register who knows the other places of a person: entries of ``id``, ``label``, ``detail``."""
    _places[:] = [source]


def navigation_from(source: Callable[[Viewer], list[Entry]]) -> Callable[[Viewer], list[Entry]]:
    """Register an app's part of the navigation: a function from a viewer to entries.

    An entry has ``label``, ``url`` (a path) and ``order`` (an int), and may name in ``around`` the
    addresses of other pages that belong to it. One that is not for every day says ``more``: two
    of them or more are shown behind one entry.
    """
    _navigation.append(source)
    return source


def account_from(source: Callable[[Viewer], list[Entry]]) -> Callable[[Viewer], list[Entry]]:
    """Register an app's part of the page of one's own account.

    An entry has ``label``, ``text`` (one sentence), ``url`` and ``order``.
    """
    _account.append(source)
    return source


def account_entries(viewer: Viewer) -> list[Entry]:
    """What a person can look at and change about their own account."""
    entries = [entry for source in _account for entry in source(viewer)]
    return sorted(entries, key=lambda entry: entry["order"])  # type: ignore[arg-type,return-value]


def person(request: HttpRequest) -> dict[str, object]:
    """The viewer, the navigation that this role has, and how long a session may idle."""
    viewer: Viewer | None = getattr(request, "viewer", None)
    entries: list[Entry] = []
    if viewer is not None:
        for source in _navigation:
            entries += source(viewer)
    here = _nearest(entries, request.path)
    if viewer is not None and not viewer.charter_signed:
        entries = [entry for entry in entries if entry["url"] in OPEN_BEFORE_CHARTER]
    for entry in entries:
        entry["current"] = entry is here
    entries.sort(key=lambda entry: entry["order"])  # type: ignore[arg-type,return-value]
    behind = [entry for entry in entries if entry.get("more")]
    if len(behind) < LEAST_BEHIND:
        behind = []
    return {
        "viewer": viewer,
        "viewer_role": _role_words[0](viewer) if viewer and _role_words else "",
        "other_places": lambda: _places[0](viewer) if viewer and _places else [],
        "navigation": [entry for entry in entries if entry not in behind],
        "navigation_more": behind,
        "navigation_more_open": here in behind,
        "session_idle_seconds": viewer.idle_seconds if viewer else 0,
        "session_left_seconds": seconds_left(viewer) if viewer else 0,
        "session_person": viewer.seat_id if viewer else "",
        "demo": settings.DEMO,
    }


def _nearest(entries: list[Entry], path: str) -> Entry | None:
    """The entry that the page belongs to: the longest address that the path begins with."""
    found = [
        (len(url), entry)
        for entry in entries
        for url in _addresses(entry)
        if path == url or (url != "/" and path.startswith(url))
    ]
    return max(found, key=lambda one: one[0])[1] if found else None


def _addresses(entry: Entry) -> list[str]:
    around = entry.get("around", [])
    return [str(entry["url"]), *(map(str, around) if isinstance(around, list) else ())]
