"""Whoever provisions cells, agencies and accounts from the command line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

ALIAS: Final = "operator"
"""The connection of the role that may write identity tables and read nothing of any case."""


@dataclass(frozen=True, slots=True)
class Operator:
    """Says which command acts. Services that take one never run on behalf of a page.

    A page has a viewer and the runtime role; the operator's role is out of its reach, so passing
    one of these from a page opens nothing.
    """

    command: str
