"""Change the rules of the cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from agencies import events
from agencies.models import Activation, CellPolicy, Due, Pace, PolicyDeadline, Reporting
from agencies.models.policy import HIGHEST_HOURS, IDLE_MINUTES, LOWEST_IDLE, RETENTION
from agencies.rules import Rules, deadline_name, rules_of
from agencies.services.administering import changing_rights, one_at_a_time
from audit import record
from kernel.errors import Conflict, Invalid
from kernel.ids import uuid7
from kernel.viewer import Viewer

LOWEST: Final = 1


@dataclass(frozen=True, slots=True)
class RulesInput:
    """Every rule, as somebody wants them from now on."""

    activation: Activation
    reporting: Reporting
    retention: Mapping[str, int]
    hours: Mapping[tuple[Pace, Due], int]
    idle_minutes: int = IDLE_MINUTES.default


def set_rules(viewer: Viewer, wanted: RulesInput, *, version: int | None = None) -> Rules:
    """Make the next version of the rules; the record names what changed.

    ``version`` is the one that the author had before their eyes. Raises Conflict, with what has
    changed since, when it is no longer current; Invalid for a value beyond its bound.
    """
    changing_rights(viewer)
    one_at_a_time(viewer, "rules")
    current = rules_of(viewer.cell_id)
    if version is not None and version != current.version:
        raise Conflict(
            _("Ces règles ont été modifiées entre-temps. Relisez-les avant d'enregistrer."),
            changed=_in_words(current.changed_from(rules_of(viewer.cell_id, version=version))),
            version=current.version,
        )
    _require(wanted)
    after = Rules(
        activation=wanted.activation,
        reporting=wanted.reporting,
        retention=dict(wanted.retention),
        hours=dict(wanted.hours),
        idle_minutes=wanted.idle_minutes,
    )
    changed = after.changed_from(current)
    if not changed and current.version:
        return current
    policy = CellPolicy(
        id=uuid7(),
        cell_id=viewer.cell_id,
        version=current.version + 1,
        activation=wanted.activation,
        reporting=wanted.reporting,
        created_by=viewer.seat_id,
        idle_minutes=wanted.idle_minutes,
        **dict(wanted.retention),
    )
    policy.save(force_insert=True)
    PolicyDeadline.objects.bulk_create(
        PolicyDeadline(cell_id=viewer.cell_id, policy=policy, urgency=pace, due=due, hours=hours)
        for (pace, due), hours in wanted.hours.items()
    )
    record(
        events.RULES_CHANGED,
        viewer=viewer,
        subject_id=policy.pk,
        version=policy.version,
        changed=sorted(changed),
        before=_codes(changed, current),
        after=_codes(changed, after),
    )
    return rules_of(viewer.cell_id)


def _codes(changed: Mapping[str, str | int], rules: Rules) -> list[str]:
    """The values of the rules that changed, as the record holds them."""
    values = rules.flat()
    return [f"{name}:{values[name]}" for name in sorted(changed)]


def _in_words(changed: Mapping[str, str | int]) -> dict[str, object]:
    """What changed, with the words of the lists in place of their codes."""
    lists = {"activation": Activation, "reporting": Reporting}
    return {
        name: lists[name](value).label if name in lists else value
        for name, value in changed.items()
    }


def _require(wanted: RulesInput) -> None:
    wrong: dict[str, list[object]] = {}
    for name, bound in RETENTION.items():
        if not bound.lowest <= wanted.retention[name] <= bound.highest:
            wrong[name] = [_out_of_bounds(bound.highest, bound.lowest)]
    for (pace, due), hours in wanted.hours.items():
        if not LOWEST <= hours <= HIGHEST_HOURS[due]:
            wrong[deadline_name(pace, due)] = [_out_of_bounds(HIGHEST_HOURS[due])]
    if not LOWEST_IDLE <= wanted.idle_minutes <= IDLE_MINUTES.highest:
        wrong["idle_minutes"] = [_out_of_bounds(IDLE_MINUTES.highest, LOWEST_IDLE)]
    if wrong:
        raise Invalid(fields=wrong)


def _out_of_bounds(highest: int, lowest: int = LOWEST) -> object:
    words = _("Indiquez un nombre entre %(lowest)s et %(highest)s.")
    return words % {"lowest": lowest, "highest": highest}
