"""What signing in leaves in the record, and what is left beside every table: where it is asked.

The pages that anybody may open are no operations of a seat, so no table calls them: each has its
row here, with the test that does it and asks for its entries.
"""

from collections.abc import Mapping
from typing import Final

Row = tuple[tuple[str, ...], str]

NOTHING: Final[Row] = ((), "")
RECORDING: Final = "tests/agencies/test_recording.py"
JOINING: Final = "tests/agencies/test_joining.py"
REPLACING: Final = "tests/agencies/test_replacing_factors.py"
PASSKEYS: Final = "tests/journeys/test_passkeys.py"
ENDING: Final = "tests/agencies/oidc/test_ending.py"

SIGNING: Final[Mapping[str, Row]] = {
    "agencies:ask_any_passkey": NOTHING,
    "agencies:ask_passkey": NOTHING,
    "agencies:code": (("signin.code", "signin.opened"), RECORDING),
    "agencies:join": (
        ("signin.account_made", "signin.joined", "signin.invitation_declined"),
        JOINING,
    ),
    "agencies:join_factor": (("signin.opened",), JOINING),
    "agencies:join_identity": (("signin.provider",), "tests/agencies/oidc/test_joining.py"),
    "agencies:lost": (("signin.replacement_asked",), REPLACING),
    "agencies:passkey": (("signin.passkey",), PASSKEYS),
    "agencies:provider_ends": (("signin.ended_by_provider",), ENDING),
    "agencies:provider_ends_here": (("signin.ended_by_provider",), ENDING),
    "agencies:provider_go": NOTHING,
    "agencies:provider_return": (
        ("signin.provider", "signin.identity_linked"),
        "tests/agencies/oidc/test_linking.py",
    ),
    "agencies:provider_start": NOTHING,
    "agencies:replace": NOTHING,
    "agencies:replace_confirm": (("signin.replacement_used",), REPLACING),
    "agencies:replace_link": NOTHING,
    "agencies:role": (("signin.opened",), RECORDING),
    "agencies:sign_in": (("signin.password",), RECORDING),
    "agencies:sign_out": (("signin.closed",), RECORDING),
    "agencies:signed_out": NOTHING,
    "metrics": NOTHING,
}
"""Of each public page: the kinds that it leaves, and the test that asks for them."""

LEFT_BESIDE: Final[Mapping[str, tuple[str, ...]]] = {
    "tests/agencies/test_import_reference.py": ("reference.imported",),
    "tests/agencies/test_import_schools.py": ("directory.imported",),
    RECORDING: ("cell.founded", "signin.key"),
    "tests/agencies/test_root_key_rotation.py": ("key.root_rotated",),
    "tests/audit/test_key_rotation.py": ("audit.key_rotated",),
    "tests/audit/test_memory.py": ("audit.loss_accepted", "audit.readmitted"),
    "tests/audit/witnessing/test_exports.py": ("audit.exported",),
    "tests/kernel/outbox/test_forgetting.py": ("outbox.retried",),
    "tests/leaving/test_ending_access.py": ("access.interim", "accession.ended"),
    "tests/leaving/test_switching_off.py": ("account.switched_off",),
    "tests/meetings/test_record.py": ("meeting.entered",),
    "tests/referrals/test_keys_of_cases.py": ("key.period_shredded",),
    "tests/referrals/test_prosecutor.py": ("referral.unheard",),
}
"""Kinds that commands, sockets and rare turns leave: the test that asks for them."""

ASKED_NOWHERE: Final[Mapping[str, str]] = {
    "access.refused": "Every refusal of every table.",
    "audit.epoch_begun": "Begun once in the life of a restored cluster, by its operator.",
}
"""What no row names, and why."""
