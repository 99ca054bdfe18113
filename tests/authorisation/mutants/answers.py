"""Defects in what the API prints: an answer gets one more field, with what a case says."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.urls.resolvers import get_resolver

from kernel.errors import DomainError
from referrals.casefile.selectors import case_file
from tests.authorisation.operations import OPERATIONS
from tests.authorisation.rows import Operation


@dataclass(frozen=True, slots=True)
class InAnswer:
    """One defect: which answer of the API holds a field more."""

    operation: Operation
    view: type
    action: str
    case_of: Callable[[], UUID]

    @property
    def name(self) -> str:
        """What it is called."""
        return f"{self.operation}: {self.view.__name__}.{self.action} prints one more field"

    @contextmanager
    def planted(self) -> Iterator[None]:
        """The defect, for as long as it is looked for."""
        whole = getattr(self.view, self.action)
        case_id = self.case_of()

        def more(view: Any, *arguments: Any, **named: Any) -> Any:
            response = whole(view, *arguments, **named)
            if isinstance(response.data, dict):
                response.data = {**response.data, "more": _told(view.viewer, case_id)}
            return response

        setattr(self.view, self.action, more)
        try:
            yield
        finally:
            setattr(self.view, self.action, whole)


def _told(viewer: Any, case_id: UUID) -> str:
    try:
        return str(case_file(viewer, case_id).contents)
    except DomainError:
        return ""


def defects(case_of: Callable[[], UUID]) -> Iterator[InAnswer]:
    """One for each answer of the API that is only looked at and says nothing of a case's story."""
    resolver = get_resolver()
    for operation in OPERATIONS:
        if (
            operation.is_api
            and operation.method == "GET"
            and operation.name != "api-referrals-detail"
        ):
            place = operation.place(UUID(int=1))
            view = resolver.resolve(reverse(operation.name, kwargs=place)).func
            made, actions = getattr(view, "cls", None), getattr(view, "actions", None)
            if made is not None and actions and "get" in actions:
                yield InAnswer(operation, made, actions["get"], case_of)
