"""What the operations on the record itself leave in it."""

from collections.abc import Mapping
from typing import Final

_ACTS: Final = {
    "keeping.held": ("audit:keeping_hold POST", "api-audit-holds POST"),
    "keeping.released": ("audit:keeping_lift POST", "api-audit-holds-lift POST"),
    "keeping.proposed": ("audit:keeping_propose POST", "api-audit-keeping POST"),
    "keeping.signed": ("audit:keeping_sign POST", "api-audit-keeping-sign POST"),
    "keeping.withdrawn": ("audit:keeping_withdraw POST", "api-audit-keeping-withdraw POST"),
}

_ASIDE: Final = {
    "witness.aside_proposed": ("audit:copies_propose POST", "api-audit-copies POST"),
    "witness.aside_signed": ("audit:copies_sign POST", "api-audit-copies-sign POST"),
    "witness.aside_withdrawn": ("audit:copies_withdraw POST", "api-audit-copies-withdraw POST"),
}
ASIDE: Final = {name: (kind,) for kind, names in _ASIDE.items() for name in names}
"""The log of the table contradicts no copy: tests/audit/witnessing/test_aside.py."""

LAPSED: Final = ("keeping.lapsed", "witness.aside_lapsed")
"""What two people did not sign in time."""

KEEPING: Final = {name: (kind,) for kind, names in _ACTS.items() for name in names}
KEEPING_ELSEWHERE: Final = tuple(name for name in KEEPING if _ACTS["keeping.held"].count(name) == 0)
"""All but the hold: the log of the table is too young to purge anything of it."""

OF_THE_RECORD: Final[Mapping[str, tuple[str, ...]]] = {
    **KEEPING,
    **ASIDE,
    "api-audit-checkpoint GET": ("audit.checkpoint_taken",),
    "api-audit-consistency GET": ("audit.checkpoint_taken",),
    "api-audit-entries GET": ("audit.read",),
    "api-audit-verification POST": ("audit.verified",),
    "audit:checkpoint GET": ("audit.checkpoint_taken",),
    "audit:consistency GET": ("audit.checkpoint_taken",),
    "audit:findings GET": ("finding.list_read",),
    "audit:findings POST": ("finding.concluded",),
    "audit:journal GET": ("audit.read",),
    "audit:verification GET": ("audit.state_read",),
    "audit:verification POST": ("audit.verified",),
    "audit:witness POST": ("witness.compared",),
    "api-audit-cosignatures POST": ("witness.cosigned",),
    "audit:new_witness POST": ("witness.added",),
    "audit:withdraw_witness POST": ("witness.withdrawn",),
    "audit:cosign POST": ("witness.cosigned",),
    "audit:cosigned GET": ("audit.checkpoint_taken",),
    "audit:exports POST": ("audit.export_asked",),
    "audit:export_file GET": ("audit.export_taken",),
    "api-audit-exports POST": ("audit.export_asked",),
    "api-audit-exports-content GET": ("audit.export_taken",),
    "audit:chart GET": ("audit.read",),
    "api-audit-findings GET": ("finding.list_read",),
    "api-audit-findings POST": ("finding.concluded",),
    "audit:my_journal GET": ("audit.own_read",),
    "api-my-journal GET": ("audit.own_read",),
}
