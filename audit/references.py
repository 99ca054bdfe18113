"""How an auditor names a case: the record holds identifiers, the app of cases knows references."""

from collections.abc import Callable, Collection, Mapping
from uuid import UUID

from kernel.viewer import Viewer

ReferencesOf = Callable[[Viewer, Collection[UUID]], Mapping[UUID, str]]
CaseOf = Callable[[Viewer, str], UUID | None]
SubjectsOf = Callable[[Viewer, UUID], Mapping[UUID, str]]

_sources: list[tuple[ReferencesOf, CaseOf, SubjectsOf]] = []


def register(*, references_of: ReferencesOf, case_of: CaseOf, subjects_of: SubjectsOf) -> None:
    """Called once, when the app of cases is ready.

    All three answer within the viewer's own cell and give references, roles and kinds of documents
    with a number only: no school, no name.
    """
    _sources[:] = [(references_of, case_of, subjects_of)]


def references_of(viewer: Viewer, case_ids: Collection[UUID]) -> Mapping[UUID, str]:
    """The references of these cases, where there are any."""
    return _sources[0][0](viewer, case_ids) if _sources and case_ids else {}


def case_of(viewer: Viewer, text: str) -> UUID | None:
    """The case with this reference or this identifier."""
    try:
        return UUID(text)
    except ValueError:
        return _sources[0][1](viewer, text) if _sources else None


def subjects_of(viewer: Viewer, case_id: UUID) -> Mapping[UUID, str]:
    """The names and documents of a case, each by what it is, in the order to choose from."""
    return _sources[0][2](viewer, case_id) if _sources else {}
