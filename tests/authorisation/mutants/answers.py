"""Defects in what the API prints: an answer gets one more field, with what a case says."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.urls.resolvers import get_resolver

from tests.authorisation.mutants.cells import Cell
from tests.authorisation.operations import OPERATIONS
from tests.authorisation.rows import Operation, fields

ASKED_WITH = {"api-audit-consistency GET": fields(old=1)}
"""What stands in the address of answers that the table asks without, and is refused."""


@dataclass(frozen=True, slots=True)
class InAnswer:
    """One defect: which answer of the API holds a field more."""

    operation: Operation
    view: type
    action: str
    story: Callable[[], str]
    """What a case says, to whoever may read it."""

    @property
    def name(self) -> str:
        """What it is called."""
        return f"{self.operation}: {self.view.__name__}.{self.action} prints one more field"

    def asked_as(self, cell: Cell) -> Cell:
        """The cell of the table, with what makes it an answer."""
        body = ASKED_WITH.get(str(self.operation))
        if body is None:
            return cell
        return replace(cell, operation=replace(self.operation, body=body), status=200)

    @contextmanager
    def planted(self) -> Iterator[None]:
        """The defect, for as long as it is looked for."""
        whole = getattr(self.view, self.action)
        told = self.story()

        def more(view: Any, *arguments: Any, **named: Any) -> Any:
            response = whole(view, *arguments, **named)
            if isinstance(response.data, dict):
                response.data = {**response.data, "more": told}
            elif isinstance(response.data, list):
                response.data = [*response.data, told]
            return response

        setattr(self.view, self.action, more)
        try:
            yield
        finally:
            setattr(self.view, self.action, whole)


def defects(story: Callable[[], str]) -> Iterator[InAnswer]:
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
                yield InAnswer(operation, made, actions["get"], story)
