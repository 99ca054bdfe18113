"""The truth about routes of the record's witnesses."""

from tests.authorisation.rows import EVERYBODY, act, call, page

WITNESS_PAGES = (
    page("audit:witness", EVERYBODY),
    act("audit:witness", EVERYBODY, answers=422),
    page("audit:checkpoint", EVERYBODY),
    page("audit:consistency", EVERYBODY, also={"older": 1}),
    # There is nothing to take while the first key signs.
    page("audit:key_notes", EVERYBODY, answers=404),
)

WITNESS_CALLS = (
    call("audit-checkpoint", EVERYBODY, get=True),
    # Which copy is asked about stands in the address; the table asks without.
    call("audit-consistency", EVERYBODY, get=True, answers=422),
)
