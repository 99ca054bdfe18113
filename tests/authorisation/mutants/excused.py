"""Defects that change nothing for anybody, each with the reason why."""

SAME_ROLES = (
    "Whoever got the case from visible_case holds a role that works on cases, and this asks for the"
    " same roles once more. tests/referrals/test_policies.py keeps them the same."
)
SAME_SEAT = (
    "The next condition of the same query asks the same one seat at the same moment: for a seat"
    " that has ended it is met, whatever this one says."
)
ONCE_MORE = (
    "A function that is asked beside it asks the same of the same session, and without its answer"
    " nothing is done either."
)
OWN_ROLES = (
    "What is left of anybody's roles are those that the session has itself: the same ones, some of"
    " them twice, and everybody who asks for them looks whether one is among them."
)
FINER = (
    "Rows are only told apart by more moments: those of a right that has ended. Each is still"
    " worked out by the rights that run, at the next moment, before which none of these ends."
)
FOR_THE_INDEX = (
    "The entry was made in this very transaction, and row security lets a session make entries in"
    " its own name alone. The account is named so that an index finds it."
)
YES_ALREADY = "It answers yes there as it is."

ONE_SEAT_ONE_CELL = (
    "The seat stands beside it in the same query, and a seat is in one cell: the row policies let a"
    " seat write such rows in its own cell alone."
)
JUST_FETCHED = "These are keys of rows that the same function has just fetched from its own cell."
ONE_PLACE_ONE_CELL = (
    "The places beside it were found in the viewer's cell just before, and the one function that"
    " writes an absence gives it the cell of its place."
)
ONE_ACCESSION_ONE_CELL = (
    "The accession beside it was found in the viewer's cell just before, and is of one cell; an"
    " invitation is written with both, and once at a time for an accession and an address."
)

OF_CASES = {
    "referrals.casefile.services.reveal.reveal:"
    " if not policies.can_reveal(viewer, case) refuses nobody": SAME_ROLES,
    "referrals.documents.services.add._check_place:"
    " if not policies.can_add_documents(viewer) refuses nobody": SAME_ROLES,
    "referrals.documents.services.upload.begin_upload:"
    " or not policies.can_add_documents(viewer) is dropped": SAME_ROLES,
    "referrals.policies.can_activate: answers yes (2)": YES_ALREADY,
    "referrals.end_exports(): the time is now() < k.valid_until #0": SAME_SEAT,
}

IN_SQL = {
    "audit.alert(): the account is e.actor = kernel.session_account() #0": FOR_THE_INDEX,
    "agencies.session_holds(): the seat is s.id = kernel.session_seat() #0": OWN_ROLES,
    # referrals.without_anybody names no unit to who does not coordinate.
    "referrals.hand_over(): the role is kernel.session_has('cell_coordinator') #3": ONCE_MORE,
    "referrals.hand_over(): the role is kernel.session_has('departmental_officer') #4": ONCE_MORE,
    # referrals.shared_with says NULL of a unit that is not the session's.
    "referrals.scope_new_request(): the units are NEW.from_unit = ANY (mine) #0": ONCE_MORE,
    "referrals.sync_case(): the time is now() < g.valid_until #0": FINER,
}

OF_CELLS = {
    "referrals.documents.services.add.refuse_too_many:"
    " filter(cell_id=...) is dropped": ONE_SEAT_ONE_CELL,
    "referrals.documents.services.upload.begin_upload:"
    " filter(cell_id=...) is dropped": ONE_SEAT_ONE_CELL,
    "agencies.services.assign_communes.assign_all:"
    " filter(cell_id=...) is dropped (2)": JUST_FETCHED,
    "agencies.services.cover._check_dates: filter(cell_id=...) is dropped": ONE_PLACE_ONE_CELL,
    "agencies.services.invite._make_room: filter(cell_id=...) is dropped": ONE_ACCESSION_ONE_CELL,
}

EXCUSED: dict[str, str] = {**OF_CASES, **IN_SQL, **OF_CELLS}
