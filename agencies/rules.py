"""The rules that apply in a cell today: the newest version, or the defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from agencies.models import Activation, CellPolicy, Due, Pace, PolicyDeadline, Reporting
from agencies.models.policy import DEFAULT_HOURS, IDLE_MINUTES, RETENTION


def deadline_name(pace: Pace, due: Due) -> str:
    """How one deadline is called among the rules: ``high_meet``."""
    return f"{pace.value}_{due.value}"


@dataclass(frozen=True, slots=True)
class Rules:
    """One version of a cell's rules. Version 0 stands for the defaults, which nobody has signed."""

    activation: Activation
    reporting: Reporting
    retention: Mapping[str, int]
    hours: Mapping[tuple[Pace, Due], int]
    idle_minutes: int = IDLE_MINUTES.default
    version: int = 0
    since: datetime | None = None

    def flat(self) -> dict[str, str | int]:
        """Every rule by its name, for comparing two versions."""
        return {
            "activation": self.activation.value,
            "reporting": self.reporting.value,
            **self.retention,
            "idle_minutes": self.idle_minutes,
            **{deadline_name(pace, due): n for (pace, due), n in self.hours.items()},
        }

    def changed_from(self, other: Rules) -> dict[str, str | int]:
        """The rules that differ from another version, with the value that they have here."""
        before = other.flat()
        return {name: value for name, value in self.flat().items() if before[name] != value}

    def delegate_may_activate(self) -> bool:
        """Whether a prosecutor's delegate may activate the cell."""
        return self.activation == Activation.DELEGATE

    def goes_to_prosecutor(self, *, danger: bool, gravity: int | None = None) -> bool:
        """Whether a referral must be reported as it stands; ``gravity`` once it is assessed."""
        if danger or self.reporting == Reporting.ALL:
            return True
        if gravity is None:
            return False
        return self.reporting == Reporting.ASSESSED or gravity >= 2

    def hours_for(self, due: str, urgency: str) -> int:
        """How many hours the rules give; those of normal urgency while it is unknown."""
        pace = Pace(urgency) if urgency in Pace.values else Pace.STANDARD
        return self.hours[pace, Due(due)]

    def due_at(self, due: str, urgency: str, since: datetime) -> datetime:
        """When something is due, counted from a moment; in normal time while urgency is unknown."""
        return since + timedelta(hours=self.hours_for(due, urgency))


def default_rules() -> Rules:
    """What applies before a cell has set anything."""
    return Rules(
        activation=Activation.DELEGATE,
        reporting=Reporting.ALL,
        hours={
            (pace, due): hours
            for pace, row in DEFAULT_HOURS.items()
            for due, hours in zip(Due, row, strict=True)
        },
        retention={name: bound.default for name, bound in RETENTION.items()},
    )


def rules_of(cell_id: int, *, version: int | None = None, using: str | None = None) -> Rules:
    """The rules of a cell: the newest version, or the one asked for if it exists."""
    policies = CellPolicy.objects.using(using).filter(cell_id=cell_id)
    if version is not None:
        policies = policies.filter(version__lte=version)
    policy = policies.order_by("-version").first()
    if policy is None:
        return default_rules()
    deadlines = PolicyDeadline.objects.using(using).filter(cell_id=cell_id, policy=policy)
    return Rules(
        activation=Activation(policy.activation),
        reporting=Reporting(policy.reporting),
        hours=dict(default_rules().hours)
        | {(Pace(row.urgency), Due(row.due)): row.hours for row in deadlines},
        idle_minutes=policy.idle_minutes,
        version=policy.version,
        since=policy.created_at,
        retention={name: getattr(policy, name) for name in RETENTION},
    )


def idle_time(cell_id: int, *, using: str | None = None) -> timedelta:
    """How long a session of this cell lasts when its person does nothing.

    PostgreSQL keeps the same rule, so that no code opens a session for longer.
    """
    newest = CellPolicy.objects.using(using).filter(cell_id=cell_id).order_by("-version")
    minutes = newest.values_list("idle_minutes", flat=True).first()
    return timedelta(minutes=minutes or IDLE_MINUTES.default)
