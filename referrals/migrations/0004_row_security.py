"""Row security of every table of the case: one shape of policy everywhere."""

from django.db import migrations

from kernel.rls.operations import CELL, UNITS, ScopeTable, has_role


def seen(owner: str = "NULL", *, bit: str = "bit", case: str = "case_id") -> str:
    """Rows whose viewers hold one of the session's units, exact to the moment of expiry."""
    return (
        f"{CELL} AND viewers && {UNITS} AND (now() < recheck_at"
        f" OR referrals.still_granted({case}, {bit}, created_at, {owner}))"
    )


def edited(owner: str = "NULL", *, bit: str = "bit", case: str = "case_id") -> str:
    """Rows that the session may change: seen, and with one of its units among the editors."""
    return f"editors && {UNITS} AND {seen(owner, bit=bit, case=case)}"


HEADER = {"bit": "-1", "case": "id"}
CASE_SET = (
    "reference",
    "state",
    "urgency",
    "gravity",
    "danger",
    "outcome",
    "prosecutor_unit",
    "submitted_at",
    "acknowledged_at",
    "triaged_at",
    "activated_at",
    "resolved_at",
    "closed_at",
    "feedback_at",
    "version",
)
CASE_NEW = (
    "id",
    "cell_id",
    "state",
    "urgency",
    "danger",
    "outcome",
    "school_id",
    "school_uai",
    "school_name",
    "school_type",
    "school_commune",
    "owner_unit",
    "created_by",
    "created_at",
    "version",
    "reference",
    "gravity",
    "prosecutor_unit",
    "submitted_at",
    "acknowledged_at",
    "triaged_at",
    "activated_at",
    "resolved_at",
    "closed_at",
    "feedback_at",
    "viewers",
    "editors",
    "recheck_at",
)
MINE = f"{CELL} AND owner_unit = ANY ({UNITS}::int[])"
EITHER_SIDE = f"{CELL} AND viewers && {UNITS}"
COORDINATES = f"({has_role('cell_coordinator')} OR {has_role('departmental_officer')})"


class Migration(migrations.Migration):
    dependencies = [("referrals", "0003_shares")]

    operations = [
        ScopeTable(
            "referrals_case",
            read=seen(**HEADER),
            insert=f"{MINE} AND state = 'draft'",
            update=edited(**HEADER),
            insert_columns=CASE_NEW,
            update_columns=CASE_SET,
        ),
        ScopeTable(
            "referrals_case_access",
            read=f"{CELL} AND unit_id = ANY ({UNITS}::int[])",
        ),
        ScopeTable("referrals_case_key", read=seen(), insert=edited()),
        ScopeTable(
            "referrals_compartment",
            read=seen(),
            insert=edited(),
            update=edited(),
            update_columns=("content", "version", "updated_at"),
        ),
        ScopeTable("referrals_party", read=seen(), insert=edited()),
        ScopeTable(
            "referrals_measure",
            read=seen("owner_unit"),
            insert=edited("owner_unit"),
            update=f"{seen('owner_unit')} AND (editors && {UNITS}"
            f" OR owner_unit = ANY ({UNITS}::int[]))",
            update_columns=("state", "done_at", "version"),
        ),
        ScopeTable("referrals_feedback", read=seen(), insert=f"{COORDINATES} AND {edited()}"),
        ScopeTable(
            "referrals_milestone",
            read=seen(),
            insert=f"{CELL} AND referrals.may_append(case_id)",
        ),
        ScopeTable(
            "referrals_share",
            read=EITHER_SIDE,
            insert=f"{CELL} AND {COORDINATES} AND from_unit = ANY ({UNITS}::int[])",
            update=EITHER_SIDE,
            update_columns=(
                "state",
                "refusal_reason",
                "decided_by",
                "decided_at",
                "ended_at",
                "version",
            ),
        ),
        ScopeTable(
            "referrals_draft",
            read=MINE,
            insert=MINE,
            update=MINE,
            delete=MINE,
            update_columns=("content", "version", "updated_at", "updated_by"),
        ),
        migrations.RunSQL(
            "".join(
                f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
                f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY;"
                for table in ("referrals_grant", "referrals_reference_counter")
            ),
            migrations.RunSQL.noop,
        ),
    ]
