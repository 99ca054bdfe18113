"""Defects that change nothing for anybody, each with the reason why."""

SAME_ROLES = (
    "Whoever got the case from visible_case holds a role that works on cases, and this asks for the"
    " same roles once more. tests/referrals/test_policies.py keeps them the same."
)
SAME_SEAT = (
    "The next condition of the same query asks the same one seat at the same moment: for a seat"
    " that has ended it is met, whatever this one says."
)
YES_ALREADY = "It answers yes there as it is."

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

EXCUSED: dict[str, str] = {**OF_CASES}
