"""How an auditor names who acted: professionals and their agencies, never the people in a case."""

from collections.abc import Callable, Collection, Mapping
from uuid import UUID

from kernel.viewer import Viewer

Named = Callable[[Viewer, Collection[UUID]], Mapping[UUID, str]]
InWords = Callable[[Collection[str]], str]
Everybody = Callable[[Viewer], Mapping[UUID, str]]

Those = Callable[[Viewer, Collection[UUID]], Collection[UUID]]

_sources: list[tuple[Named, Named, Everybody, Everybody, InWords, Those]] = []


def register(
    *,
    names_of: Named,
    agencies_of: Named,
    everybody: Everybody,
    every_agency: Everybody,
    roles_in_words: InWords,
    taking_part: Those,
) -> None:
    """Called once, when the app of accounts is ready.

    ``names_of`` names accounts and ``agencies_of`` agencies, also those that have left.
    ``everybody`` gives the accounts and ``every_agency`` the agencies that a person may choose
    from in a filter, ``taking_part`` those of some agencies that have not left. These answer
    within the viewer's own cell. ``roles_in_words`` says roles as people read them.
    """
    _sources[:] = [(names_of, agencies_of, everybody, every_agency, roles_in_words, taking_part)]


def names_of(viewer: Viewer, accounts: Collection[UUID]) -> Mapping[UUID, str]:
    """The display names of these accounts, where they are known."""
    return _sources[0][0](viewer, accounts) if _sources and accounts else {}


def agencies_of(viewer: Viewer, agencies: Collection[UUID]) -> Mapping[UUID, str]:
    """The names of these agencies, where they are known."""
    return _sources[0][1](viewer, agencies) if _sources and agencies else {}


def everybody(viewer: Viewer) -> Mapping[UUID, str]:
    """The people of the viewer's cell."""
    return _sources[0][2](viewer) if _sources else {}


def every_agency(viewer: Viewer) -> Mapping[UUID, str]:
    """The agencies that take part in the viewer's cell, or have."""
    return _sources[0][3](viewer) if _sources else {}


def roles_in_words(roles: Collection[str]) -> str:
    """These roles as people read them; nothing for none."""
    return _sources[0][4](roles) if _sources else ""


def taking_part(viewer: Viewer, agencies: Collection[UUID]) -> Collection[UUID]:
    """Those of these agencies that take part in the viewer's cell today."""
    return _sources[0][5](viewer, agencies) if _sources and agencies else ()
