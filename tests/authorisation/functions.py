"""Every function that the role of the pages may call: who gets something from it, and who must not.

Each call names things of one cell. To a session of another cell and to no session it answers
nothing, or there is an excuse that says why what it answers is harmless.
"""

from __future__ import annotations

from dataclasses import replace

from tests.authorisation.function_rows import (
    AT_WORK,
    BY_AUDITOR,
    LOOKED,
    NO_CELL,
    OF_NO_NUMBER,
    OWN,
    OWN_CELL,
    RING,
    SHOWN,
    SILENT,
    WEEKS_OLD,
    Call,
)

CALLS = {
    "agencies.accede": Call(
        "'{new}', '{other_agency}', current_date, 'x', now() + interval '1 day'",
        by="cell_admin",
        nothing_to=("coordinator", "gendarme_lead"),
        excuse=OWN_CELL,
    ),
    "agencies.add_agency": Call(
        "'{new}', 'other', 'Un service', '{commune}', '', ''",
        by="cell_admin",
        nothing_to=("coordinator", "gendarme_lead"),
        excuse=OWN_CELL,
    ),
    "agencies.administrators": Call(
        "",
        nothing_to=("pilot", "gendarme", "auditor", "cell_admin", "coordinator"),
        unproved="test_drafts: a cell that nobody coordinates",
        excuse=OWN_CELL,
    ),
    "agencies.approve_replacement": Call(
        "'{replacement}'",
        acts=True,
        by="cell_admin",
        nothing_to=("gendarme", "coordinator", "auditor"),
    ),
    "agencies.cancel_replacement": Call(
        "'{replacement}'", by="gendarme", nothing_to=("police", "coordinator", "auditor")
    ),
    "agencies.confirm_deputy": Call(
        "'{absence}'",
        acts=True,
        by="cell_admin",
        nothing_to=("gendarme", "gendarme_lead", "police", "auditor"),
    ),
    "agencies.end_agency": Call(
        "'{police_accession}', 'left', true",
        acts=True,
        by="cell_admin",
        nothing_to=("coordinator", "gendarme_lead", "police"),
    ),
    "agencies.end_cover": Call(
        "'{absence}'", acts=True, by="gendarme", nothing_to=("police", "pilot", "auditor")
    ),
    "agencies.end_person": Call(
        "ARRAY['{gendarme_seat}']::uuid[], 'left', NULL",
        acts=True,
        by="gendarme",
        nothing_to=("police", "coordinator", "auditor"),
    ),
    "agencies.end_session": Call("'{digest}'", unproved="tests/agencies/test_own_sessions"),
    "agencies.last_roles": Call(
        "ARRAY['{coordinator_seat}']::uuid[]",
        by="cell_admin",
        nothing_to=("gendarme", "gendarme_lead", "prosecutor", "pilot"),
    ),
    "agencies.link_replacement": Call(
        "'{agreed}', sha256(''), 60",
        acts=True,
        by="cell_admin",
        nothing_to=("police", "gendarme_lead"),
    ),
    "agencies.make_token": Call(
        "'{new}', '{gendarme_accession}', 'x', 'x', '\\x01', ARRAY['cases.read'], '{{}}',"
        " now() + interval '1 day'",
        acts=True,
        by="gendarme_lead",
        nothing_to=("gendarme", "cell_admin", "coordinator"),
    ),
    "agencies.my_places": Call("", by="gendarme", excuse=OWN),
    "agencies.name_deputy": Call(
        "'{new}', '{gendarme_seat}', '{lead_seat}', now() + interval '90 days',"
        " now() + interval '91 days'",
        acts=True,
        by="cell_admin",
        nothing_to=("police", "coordinator", "auditor"),
    ),
    "agencies.revoke_token": Call(
        "'{token}'", acts=True, by="cell_admin", nothing_to=("gendarme", "coordinator")
    ),
    "agencies.sign_anew": Call(
        "'{new}', current_date, 'x', now() + interval '1 day'",
        acts=True,
        nothing_to=("coordinator", "gendarme_lead", "cell_admin"),
        unproved="test_signing_anew: an agency that has left",
        excuse=OWN_CELL,
    ),
    "audit.about_me": replace(LOOKED, sql="current_date, current_date, NULL, NULL, 9"),
    "audit.alert": Call(
        "'forked', 1, 'x'",
        nothing_to=("gendarme", "auditor", "cell_admin"),
        unproved="tests/audit/witnessing/test_whose_word: a comparison on record",
    ),
    "audit.bulk_of": Call(
        "{cell}, '{{}}', '{{}}'",
        unproved="tests/audit/desk/test_kept: as whoever asks, under row security",
    ),
    "audit.bulk_reads": Call(
        "current_date - 90, current_date",
        nothing_to=("gendarme", "coordinator", "cell_admin"),
        unproved="tests/audit/desk/test_kept: of many readings",
    ),
    "audit.decides_in_session_cell": Call(
        "'keeping.signed', '{coordinator_account}', '{coordinator_seat}', '{coordinator_agency}'",
        nothing_to=("gendarme", "coordinator", "auditor"),
        unproved="tests/audit/keeping/test_no_cell: somebody who controls access",
    ),
    "audit.finish_export": replace(OF_NO_NUMBER, sql="'{new}', 1, 1, 1, 'x', 'x'"),
    "audit.move_export": replace(OF_NO_NUMBER, sql="'{new}', 50"),
    "audit.ring_export": replace(RING, sql="'extracts:{gendarme_seat}', 'changed', NULL"),
    "audit.health": Call(
        "{cell}",
        by="auditor",
        nothing_to=("gendarme", "coordinator", "cell_admin", "pilot"),
    ),
    "audit.measures": Call(
        "",
        by="auditor",
        excuse="Figures of the whole house for a meter, which has no session: no cell, no name.",
        to_nobody=True,
    ),
    "audit.cosign": Call(
        "1, '{new}', now(), 'x'",
        unproved="tests/audit/witnessing/test_cosigning: an agency with a key of its own",
    ),
    "audit.heart": Call(
        "",
        nothing_to=("gendarme", "coordinator", "cell_admin"),
        unproved="tests/audit: a sealer that has been at work",
        excuse="When the sealer was last at work: of no cell, and of all.",
    ),
    "audit.in_session_cell": Call(
        "{cell}, '{coordinator_account}', '{coordinator_seat}', '{coordinator_agency}'",
        by="coordinator",
        nothing_to=("gendarme", "auditor"),
    ),
    "audit.lift_hold": OF_NO_NUMBER,
    "audit.place_hold": replace(BY_AUDITOR, sql="'{new}', 'cell', NULL, 'judicial'"),
    "audit.propose_aside": Call(
        "'{new}', 'restored', repeat('0', 64)",
        nothing_to=("gendarme", "cell_admin"),
        unproved="tests/audit/witnessing/test_aside: a log that a copy contradicts",
    ),
    "audit.propose_purge": replace(BY_AUDITOR, sql="'{new}', 12"),
    "audit.propose_purge_of_no_cell": replace(BY_AUDITOR, sql="'{new}', 12", excuse=NO_CELL),
    "audit.purge_due": Call("12, ARRAY['case.read']", unproved="tests/audit/keeping: an old log"),
    "audit.purge_due_of_no_cell": Call(
        "12, ARRAY['case.read']",
        excuse=NO_CELL,
        unproved="tests/audit/keeping/test_no_cell: an old log",
    ),
    "audit.purges_of_no_cell": Call(
        "20", excuse=NO_CELL, unproved="tests/audit/keeping/test_no_cell: one under way"
    ),
    "audit.reach": Call(
        "",
        nothing_to=("gendarme", "coordinator", "cell_admin"),
        unproved="tests/audit: a log that has been sealed",
        excuse="Three counters of the whole log, which every auditor compares with their own cell.",
    ),
    "audit.sign_aside": OF_NO_NUMBER,
    "audit.sign_purge": OF_NO_NUMBER,
    "audit.sign_purge_of_no_cell": OF_NO_NUMBER,
    "audit.tail_hashes": Call(
        "{cell}, 1",
        unproved="tests/audit/witnessing: a log that has been sealed",
    ),
    "audit.withdraw_aside": OF_NO_NUMBER,
    "audit.withdraw_purge": OF_NO_NUMBER,
    "audit.withdraw_purge_of_no_cell": OF_NO_NUMBER,
    "kernel.keep_session": Call("'{digest}'", by="coordinator", excuse=SHOWN, to_nobody=True),
    "kernel.may_tell": Call("'{coordinator_account}'", by="pilot", nothing_to=("coordinator",)),
    "kernel.news": Call(
        "ARRAY['case:{case}'], ARRAY[0]::bigint[], 9", by="gendarme", nothing_to=("police",)
    ),
    "kernel.note_refusal": Call("'{digest}'", unproved="tests/kernel/http/test_noted_refusals"),
    "kernel.rooms_with_news": Call(
        "ARRAY['case:{case}'], ARRAY[0]::bigint[]",
        by="coordinator",
    ),
    "kernel.session_account": Call("", by="gendarme", excuse=OWN),
    "kernel.session_agency": Call("", by="gendarme", excuse=OWN),
    "kernel.session_alive": Call("'{digest}'", unproved="tests/kernel/live"),
    "kernel.session_cell": Call("", by="gendarme", excuse=OWN),
    "kernel.session_fresh": Call("", by="gendarme", excuse=OWN),
    "kernel.session_has": Call(
        "'agency_partner'", by="gendarme", nothing_to=("pilot",), excuse=OWN
    ),
    "kernel.session_renewed": Call("'{digest}'", unproved="tests/agencies/test_own_sessions"),
    "kernel.session_seat": Call("", by="gendarme", excuse=OWN),
    "kernel.session_units": Call("", by="gendarme", excuse=OWN),
    "kernel.session_viewer": Call("'{digest}'", unproved="every page"),
    "meetings.hears": Call("'meeting:{open}'", by="gendarme", nothing_to=("police", "cell_admin")),
    "meetings.leave": Call(
        "'{visit}'", unproved="tests/meetings/test_in_the_room: a visit that is going on"
    ),
    "meetings.may_add_point": Call("'{planned}'", by="coordinator", nothing_to=("gendarme",)),
    "meetings.may_decide": Call(
        "'{open}', '{item}', '{case}', {coordination}", by="coordinator", nothing_to=("police",)
    ),
    "meetings.may_sit": Call(
        "'{planned}', {gendarme_unit}", by="coordinator", nothing_to=("gendarme", "auditor")
    ),
    "meetings.my_level": Call("'{open}', '{case}'", by="gendarme", nothing_to=("police",)),
    "meetings.ring_meeting": Call(
        "'meeting:{open}', 'changed', NULL",
        acts=True,
        by="gendarme",
        nothing_to=("police", "cell_admin"),
    ),
    "meetings.stay": Call(
        "'{visit}', '45 s'", unproved="tests/meetings/test_in_the_room: a visit that is going on"
    ),
    "meetings.still_at_table": Call("'{open}', NULL", by="gendarme", nothing_to=("police",)),
    "meetings.units_with_scope": Call("'{case}'", by="gendarme", nothing_to=("police",)),
    "referrals.acts_frozen": Call(
        "'{case}'",
        nothing_to=("police", "auditor", "coordinator"),
        unproved="tests/referrals/test_orders: a case on which acts are frozen",
    ),
    "referrals.ask_glass": Call(
        "'{new}', '{reference}', 8",
        by="police",
        nothing_to=("coordinator", "pilot", "auditor", "cell_admin", "prefecture"),
        excuse="Writes down what is asked, and says of no case whether there is one.",
    ),
    "referrals.break_glass": Call(
        "'{new}', '{reference}', 8",
        unproved="test_asking_in_vain: what was asked on record before",
        acts=True,
        nothing_to=("coordinator", "pilot", "auditor", "cell_admin", "prefecture"),
    ),
    "referrals.case_of_reference": Call(
        "'{reference}'", by="auditor", nothing_to=("gendarme", "cell_admin")
    ),
    "referrals.close_glass": Call(
        "'{glass}'", by="prosecutor", nothing_to=("gendarme", "coordinator", "auditor")
    ),
    "referrals.conclude_glass": Call(
        "'{glass}', 'justified'",
        by="auditor",
        nothing_to=("gendarme", "coordinator", "prosecutor", "cell_admin"),
    ),
    "referrals.drafts_waiting": Call(
        "",
        by="coordinator",
        nothing_to=("gendarme", "cell_admin", "prosecutor", "auditor"),
        excuse=OWN_CELL,
    ),
    "referrals.edits_document": Call(
        "'{case}', 3, now(), NULL, NULL, '{{}}'",
        by="coordinator",
        nothing_to=("police", "auditor", "prefecture"),
    ),
    "referrals.expect_file": Call(
        "'{new}', '{case}'",
        by="gendarme",
        nothing_to=("police", "auditor", "prefecture"),
    ),
    "referrals.open_glass": Call(
        "'{glass}'",
        unproved="test_breaking_the_glass: one that is on record and not open yet",
        acts=True,
        nothing_to=("gendarme", "coordinator", "auditor"),
    ),
    "referrals.grants_on": Call(
        "'{case}'", by="gendarme", nothing_to=("police", "cell_admin", "other_pilot")
    ),
    "referrals.hand_over": Call(
        "'{measure}', '{gendarme_accession}', current_date + 3, 1",
        acts=True,
        by="coordinator",
        nothing_to=("gendarme", "prosecutor", "cell_admin"),
    ),
    "referrals.finish_export": replace(AT_WORK, sql="'{new}', 0, 1, 'x', 'x'"),
    "referrals.move_export": replace(AT_WORK, sql="'{new}', 50"),
    "referrals.ring_exports": RING,
    "referrals.hears": Call("'case:{case}'", by="gendarme", nothing_to=("police", "auditor")),
    "referrals.hold_case": Call("'{case}'", by="gendarme", nothing_to=("police", "auditor")),
    "referrals.is_known": Call(
        "'{mark}'", by="pilot", nothing_to=("gendarme", "auditor", "cell_admin")
    ),
    "referrals.key_number": Call(
        "'x'",
        by="gendarme",
        excuse="Reads a number off the bytes that it is given, and looks at no table.",
        to_nobody=True,
    ),
    "referrals.lock_case_of": Call("'{share}'", by="gendarme", excuse=SILENT, to_nobody=True),
    "referrals.level_now": Call("'{case}'", by="gendarme", nothing_to=("police", "auditor")),
    "referrals.looked_at": replace(
        LOOKED, sql="current_date, current_date, '{case}', NULL, NULL, 9", nothing_to=("police",)
    ),
    "referrals.may_append": Call("'{case}'", by="gendarme", nothing_to=("police", "auditor")),
    "referrals.next_reference": Call(
        "", by="pilot", nothing_to=("gendarme", "coordinator", "auditor"), excuse=OWN_CELL
    ),
    "referrals.reason_key": Call(
        "'{glass}'", by="auditor", nothing_to=("gendarme", "police", "cell_admin")
    ),
    "referrals.recipients_of_unit": Call(
        "{coordination}", by="pilot", nothing_to=("auditor", "cell_admin")
    ),
    "referrals.references_of": Call(
        "ARRAY['{case}']::uuid[]", by="auditor", nothing_to=("gendarme", "cell_admin")
    ),
    "referrals.references_received": Call("", by="gendarme", nothing_to=("police", "auditor")),
    "referrals.renew_share": Call(
        "'{share}', now() + interval '60 days', 'follow_up', 2",
        acts=True,
        by="coordinator",
        nothing_to=("gendarme", "prosecutor", "police"),
    ),
    "referrals.ring_case": Call(
        "'case:{case}', 'changed', NULL",
        acts=True,
        by="gendarme",
        nothing_to=("police", "cell_admin"),
    ),
    "referrals.ring_unit": Call(
        "'unit:{gendarme_unit}', 'changed', NULL",
        acts=True,
        by="pilot",
        nothing_to=("police", "prefecture", "auditor"),
    ),
    "referrals.say_why": Call(
        "'{glass}', 'danger', '\\x01'",
        unproved="test_breaking_the_glass: a reason is said where the glass is broken",
        acts=True,
        nothing_to=("gendarme", "coordinator", "auditor"),
    ),
    "referrals.scope_now": Call("'{case}'", by="gendarme", nothing_to=("police", "auditor")),
    "referrals.scope_to_edit": Call(
        "'{case}'", by="gendarme", nothing_to=("police", "auditor", "prefecture")
    ),
    "referrals.sees_document": Call(
        "'{case}', 3, '2020-01-01', NULL, NULL, '{{}}'",
        by="gendarme",
        nothing_to=("police", "auditor"),
    ),
    "referrals.share_held": Call(
        "'{share}'",
        nothing_to=("police", "auditor"),
        unproved="tests/referrals/test_orders: a share that an order holds back",
    ),
    "referrals.seat_for": Call(
        "'{case}', '{coordinator_seat}'",
        by="prosecutor",
        nothing_to=("gendarme", "pilot", "police", "cell_admin"),
    ),
    "referrals.seats_on": Call(
        "'{case}'", by="gendarme", nothing_to=("police", "cell_admin", "other_pilot")
    ),
    "referrals.shared_with": Call(
        "'{case}', {gendarme_unit}", by="gendarme", nothing_to=("police", "coordinator", "auditor")
    ),
    "referrals.shares_on": Call(
        "'{case}'", by="gendarme", nothing_to=("police", "cell_admin", "pilot")
    ),
    "referrals.still_edits": Call(
        "'{case}', -1, now(), NULL", by="coordinator", nothing_to=("gendarme", "police")
    ),
    "referrals.still_granted": Call(
        "'{case}', -1, now(), NULL", by="gendarme", nothing_to=("police", "auditor")
    ),
    "referrals.unassigned_reads": replace(WEEKS_OLD, sql="current_date - 90, current_date"),
    "referrals.unused_shares": WEEKS_OLD,
    "referrals.subjects_of": Call("'{case}'", by="auditor", nothing_to=("gendarme", "cell_admin")),
    "referrals.units_on_case": Call("'{case}', 1", by="gendarme", nothing_to=("police", "auditor")),
    "referrals.without_anybody": Call(
        "ARRAY[{left_unit}]", by="coordinator", nothing_to=("gendarme", "prosecutor", "auditor")
    ),
}
