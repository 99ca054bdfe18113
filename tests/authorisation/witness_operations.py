"""The truth about routes of the record's witnesses, and of what is kept."""

from uuid import UUID

from tests.authorisation.keeping_operations import KEEPING_CALLS, KEEPING_PAGES
from tests.authorisation.rows import EVERYBODY, PROSECUTION, act, call, fields, page

WITNESS_PAGES = (
    *KEEPING_PAGES,
    page("audit:witness", EVERYBODY),
    act("audit:witness", EVERYBODY, answers=422),
    page("audit:checkpoint", EVERYBODY),
    page("audit:consistency", EVERYBODY, also={"older": 1}),
    # There is nothing to take while the first key signs.
    page("audit:key_notes", EVERYBODY, answers=404),
    page("audit:new_witness", PROSECUTION, refused=403),
    act("audit:new_witness", PROSECUTION, refused=403, answers=422),
    act(
        "audit:withdraw_witness",
        EVERYBODY,
        answers=404,
        also={"witness_id": UUID("00000000-0000-0000-0000-000000000007")},
    ),
    page("audit:cosign", EVERYBODY),
    act("audit:cosign", EVERYBODY, answers=422),
    page("audit:cosigned", EVERYBODY, answers=404, also={"size": 1}),
)

WITNESS_CALLS = (
    *KEEPING_CALLS,
    call("audit-checkpoint", EVERYBODY, get=True),
    # Which copy is asked about stands in the address; the table asks without.
    call("audit-consistency", EVERYBODY, get=True, answers=422),
    call("audit-cosignatures", EVERYBODY, get=True),
    call("audit-cosignatures", EVERYBODY, body=fields(note="rien"), answers=422),
)
