"""What to show of the journal. Everything that is set must hold."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from audit.desk import groups

CHANNELS: Final = ("page", "signin", "api", "token", "socket", "task", "command")
"""By which way something was done."""

CHANNEL: Final = "left(split_part(encode(substr(payload, 1, 40), 'escape'), '\"', 4), 16)"
"""The way of an entry, which its canonical bytes begin with; the tally cuts it out likewise."""

Condition = tuple[str, Any]


@dataclass(frozen=True, slots=True)
class Filters:
    """What to show. A subject is a name or a document, and goes with its case."""

    case: UUID | None = None
    subject: UUID | None = None
    actor: UUID | None = None
    agency: UUID | None = None
    group: str = ""
    kind: str = ""
    channel: str = ""
    outcome: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def in_use(self) -> list[str]:
        """The names of the filters that are set."""
        return [field.name for field in fields(self) if getattr(self, field.name)]

    def conditions(self) -> list[Condition]:
        """The same for the table of entries: SQL with one parameter each."""
        found: list[Condition] = [
            (sql, getattr(self, name)) for name, sql in _OF_ENTRIES.items() if getattr(self, name)
        ]
        if self.channel:
            found.append((f"{CHANNEL} = %s", self.channel))
        return found + self.of_group()

    def as_text(self) -> dict[str, str]:
        """What is set, by name, as text that ``filters_of`` reads."""
        values = ((name, getattr(self, name)) for name in self.in_use())
        return {
            name: value.isoformat() if isinstance(value, datetime) else str(value)
            for name, value in values
        }

    def of_group(self) -> list[Condition]:
        """What a group of kinds means, for entries and for their tally alike."""
        if not self.group:
            return []
        if self.group == groups.REFUSALS:
            return [("outcome = %s", "refused")]
        return [("kind = ANY (%s)", list(groups.kinds_of(self.group)))]


def filters_of(said: Mapping[str, str]) -> Filters:
    """The filters out of their texts."""
    read: dict[str, Any] = {
        **dict.fromkeys(("case", "subject", "actor", "agency"), UUID),
        **dict.fromkeys(("since", "until"), datetime.fromisoformat),
    }
    return Filters(**{name: read.get(name, str)(value) for name, value in said.items()})


_OF_ENTRIES: Final = {
    "case": "case_id = %s",
    "subject": "subject_id = %s",
    "actor": "actor = %s",
    "agency": "agency = %s",
    "kind": "kind = %s",
    "outcome": "outcome = %s",
    "since": "at >= %s",
    "until": "at < %s",
}
