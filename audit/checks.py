"""Asked before anything starts: every fact of every kind has its words and its shape."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error

from audit.registry import undeclared


def every_fact_is_declared(app_configs: Sequence[Any] | None, **options: Any) -> list[CheckMessage]:
    """An error for each fact that no word declares: its entries would be refused."""
    return [
        Error(f"The record: no word declares the fact {fact}.", id="audit.E001")
        for fact in undeclared()
    ]
