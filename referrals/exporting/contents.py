"""What goes into an export: the case as it is printed for its reader, by a list of allowed keys.

Nothing leaves because it happened to be there: a key that is printed and stands in neither list
makes a test fail until somebody has decided.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

Shape = Mapping[str, Any]
"""For each allowed key: None for a plain value, a shape for an object or for each of a list."""

SHAPE: Final[Shape] = {
    "reference": None,
    "state": None,
    "urgency": None,
    "gravity": None,
    "danger": None,
    "outcome": None,
    "submitted_at": None,
    "school": {"uai": None, "name": None, "type": None, "commune": None},
    "compartments": None,
    "parties": {"role": None, "label": None},
    "contents": {
        "facts": {
            "facts": {
                "kind": None,
                "place": None,
                "began_on": None,
                "ended_on": None,
                "source": None,
                "narrative": None,
            }
        },
        "school_steps": {
            "taken": None,
            "narrative": None,
            "incident_reference": None,
            "incident_level": None,
            "parents_informed": None,
            "parents_informed_on": None,
        },
    },
    "measures": {"kind": None, "owner": None, "due_on": None, "state": None, "note": None},
    "feedbacks": {"code": None, "contact": None, "next_check_on": None, "sent_at": None},
    "shares": {
        "to": None,
        "purpose": None,
        "legal_basis": None,
        "compartments": None,
        "level": None,
        "include_future": None,
        "expires_at": None,
        "state": None,
        "refusal_reason": None,
    },
    "documents": {
        "part": None,
        "nature": None,
        "name": None,
        "media_type": None,
        "size": None,
        "sha256": None,
        "source": None,
        "captured_on": None,
        "state": None,
        "added_at": None,
        "by_agency": None,
    },
    "timeline": {"kind": None, "at": None, "detail": None, "by_agency": None},
}

LEFT_OUT: Final = frozenset(
    {
        *("id", "version", "referral", "copy_of"),
        # What the prosecutor orders holds on the page, for as long as it is ordered.
        "orders",
        "closed_compartments",
        # What two agencies ask each other is theirs until it is answered, and then it is a share.
        "requests",
    }
)
"""Keys that are printed and never exported: numbers of ours, and what does not travel."""


def exported(printed: Mapping[str, Any]) -> dict[str, Any]:
    """The allowed part of a printed case, in the order of the list."""
    return _kept(printed, SHAPE)


def _kept(printed: Mapping[str, Any], shape: Shape) -> dict[str, Any]:
    return {key: _value(printed[key], inner) for key, inner in shape.items() if key in printed}


def _value(value: Any, shape: Shape | None) -> Any:
    """A value within its shape. What is nested without being allowed to is left out."""
    if shape is None:
        if isinstance(value, list):
            return [item for item in value if not isinstance(item, Mapping | list)]
        return None if isinstance(value, Mapping) else value
    if isinstance(value, list):
        return [_kept(item, shape) for item in value]
    return _kept(value, shape)


def undecided(printed: Mapping[str, Any], shape: Shape = SHAPE) -> set[str]:
    """The keys that are printed and that nobody has decided about."""
    found: set[str] = set()
    for key, value in printed.items():
        if key in shape:
            inner = shape[key]
            for item in value if isinstance(value, list) else [value]:
                if isinstance(item, Mapping):
                    found |= undecided(item, inner) if inner is not None else {key}
        elif key not in LEFT_OUT:
            found.add(key)
    return found
