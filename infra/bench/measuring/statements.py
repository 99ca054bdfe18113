"""The very SQL that the selectors send, caught on its way."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction

from infra.bench.measuring.people import SignedIn
from kernel.scope import acting_as, bind
from kernel.viewer import Viewer
from referrals.casefile import selectors

BINDING = "kernel.session_viewer"


class Statement(NamedTuple):
    """SQL with placeholders, and what goes into them."""

    text: str
    parameters: Sequence[Any] | Mapping[str, Any]


def list_statements(person: SignedIn) -> list[Statement]:
    """The page of the newest cases."""
    return _sent(person, lambda viewer: selectors.case_list(viewer))


def header_statements(person: SignedIn, case_id: UUID) -> list[Statement]:
    """One case by its identifier."""
    return _sent(person, lambda viewer: selectors.case_for(viewer, case_id))


def file_statements(person: SignedIn, case_id: UUID) -> list[Statement]:
    """One case with everything that the person may see of it."""
    return _sent(person, lambda viewer: selectors.case_file(viewer, case_id))


def _sent(person: SignedIn, act: Callable[[Viewer], object]) -> list[Statement]:
    caught: list[Statement] = []

    def keep(execute: Any, text: str, parameters: Any, many: bool, context: Any) -> Any:
        # Reading is what is compared; that it is recorded costs the same on both sides.
        if text.lstrip().startswith("SELECT") and BINDING not in text:
            caught.append(Statement(text, parameters or ()))
        return execute(text, parameters, many, context)

    with transaction.atomic():
        viewer = bind(person.token)
    if viewer is None:
        raise RuntimeError("This person's session has ended.")
    with acting_as(viewer) as fresh, connection.execute_wrapper(keep):
        act(fresh)
    return caught
