"""Asking a model's own rules before the database has to refuse."""

from __future__ import annotations

from typing import TypeVar

from django.core.exceptions import ValidationError
from django.db.models import CheckConstraint, Model, Q

from agencies.operator import ALIAS
from kernel.errors import Invalid

M = TypeVar("M", bound=Model)


def checked(thing: M, *, using: str = ALIAS) -> M:
    """Return the unsaved object, or refuse with the sentences of its fields and constraints."""
    thing._state.db = using
    references = {field.name for field in thing._meta.fields if field.is_relation}
    try:
        # Whether what it refers to exists is the foreign key's business: looked up here, a row of
        # the same transaction would be missed, as accounts are read through another connection.
        thing.clean_fields(exclude=references)
        _validate_constraints(thing, using)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), fields=_by_field(error)) from error
    return thing


def _validate_constraints(thing: Model, using: str) -> None:
    """Django's own validation, which asks the database once for each check: here once for all.

    Only when one of them is broken are they asked one by one, for the sentence of each.
    """
    for model, constraints in thing.get_constraints():
        checks = [one.condition for one in constraints if isinstance(one, CheckConstraint)]
        asked = [one for one in constraints if not isinstance(one, CheckConstraint)]
        if checks:
            asked.append(CheckConstraint(condition=Q(*checks), name="every_check"))
        try:
            for one in asked:
                one.validate(model, thing, using=using)
        except ValidationError:
            thing.validate_constraints()
            raise


def _by_field(error: ValidationError) -> dict[str, list[str]]:
    return {("" if name == "__all__" else name): text for name, text in error.message_dict.items()}
