"""What the prosecutor orders on a case: kept by the database for whoever acts on it."""

from __future__ import annotations

from referrals.sql.leaving import DEFINER
from referrals.states import ENDS, PROSECUTION

_ENDED = ", ".join(f"'{state.value}'" for state in sorted(ENDS))
_PROSECUTES = " OR ".join(f"kernel.session_has('{role}')" for role in sorted(PROSECUTION))

# Only the office that follows the case gives orders on it; when is the database's to say.
ORDERS = f"""
CREATE FUNCTION referrals.guard_orders() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
BEGIN
    IF NOT coalesce(({_PROSECUTES}) AND OLD.prosecutor_unit = ANY (kernel.session_units()), false)
    THEN
        RAISE EXCEPTION 'only the prosecutor of a case gives orders on it'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF OLD.state = 'draft' OR OLD.state IN ({_ENDED}) THEN
        RAISE EXCEPTION 'no orders on a case that is not followed'
            USING ERRCODE = 'check_violation';
    END IF;
    NEW.acts_frozen_at := CASE WHEN NEW.acts_frozen_at IS NOT NULL
        THEN coalesce(OLD.acts_frozen_at, now()) END;
    NEW.interviews_paused_at := CASE WHEN NEW.interviews_paused_at IS NOT NULL
        THEN coalesce(OLD.interviews_paused_at, now()) END;
    RETURN NEW;
END $$
"""

FROZEN_FOR = f"""
CREATE FUNCTION referrals.frozen_for_session(of_case uuid) RETURNS boolean
LANGUAGE plpgsql STABLE {DEFINER} AS $$
BEGIN
    -- Nobody is bound while time or another trigger ends something: that always goes on.
    RETURN kernel.session_seat() IS NOT NULL AND EXISTS (
        SELECT FROM public.referrals_case c WHERE c.id = of_case AND c.acts_frozen_at IS NOT NULL
           AND (c.prosecutor_unit = ANY (kernel.session_units())) IS NOT TRUE);
END $$
"""

ACTS_FROZEN = f"""
CREATE FUNCTION referrals.acts_frozen(of_case uuid) RETURNS boolean
LANGUAGE plpgsql STABLE {DEFINER} AS $$
BEGIN
    RETURN referrals.frozen_for_session(of_case)
       AND referrals.still_granted(of_case, -1, now(), NULL)
       AND EXISTS (SELECT FROM public.referrals_case c
                    WHERE c.id = of_case AND c.cell_id = kernel.session_cell());
END $$
"""

# Asked by either side of a proposal, whoever was offered it does not see the case, and by who
# prolongs a share that runs. Of what is over, and to who merely receives, nothing is said.
SHARE_HELD = f"""
CREATE OR REPLACE FUNCTION referrals.share_held(share uuid) RETURNS text
LANGUAGE plpgsql STABLE {DEFINER} AS $$
BEGIN
    RETURN (SELECT CASE WHEN referrals.frozen_for_session(s.case_id) THEN 'frozen'
                        WHEN c.closed_scope & s.scope <> 0 THEN 'closed' END
              FROM public.referrals_share s JOIN public.referrals_case c ON c.id = s.case_id
             WHERE s.id = share AND s.cell_id = kernel.session_cell()
               AND s.viewers && kernel.session_units() AND now() < s.expires_at
       AND (s.state = 'proposed'
            OR s.state = 'accepted' AND s.from_unit = ANY (kernel.session_units())));
END $$
"""

# An order that is being given is waited for; nobody makes another cell wait.
_WAITS = """PERFORM 1 FROM public.referrals_case c WHERE c.id = about
       AND c.cell_id = kernel.session_cell() FOR NO KEY UPDATE;"""

REFUSE_FROZEN = f"""
CREATE OR REPLACE FUNCTION referrals.refuse_frozen() RETURNS trigger
LANGUAGE plpgsql {DEFINER} AS $$
DECLARE about uuid := (to_jsonb(NEW) ->> TG_ARGV[0])::uuid;
BEGIN
    -- Its own row is waited for by the statement that changes it.
    IF TG_TABLE_NAME <> 'referrals_case' THEN
        {_WAITS}
    END IF;
    IF referrals.frozen_for_session(about) THEN
        RAISE EXCEPTION 'the prosecutor has frozen the acts of others on this case'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""

REFUSE_INTERVIEWS = f"""
CREATE OR REPLACE FUNCTION referrals.refuse_interviews() RETURNS trigger
LANGUAGE plpgsql {DEFINER} AS $$
DECLARE about uuid := NEW.case_id;
BEGIN
    {_WAITS}
    IF EXISTS (SELECT FROM public.referrals_case c
                WHERE c.id = about AND c.interviews_paused_at IS NOT NULL) THEN
        RAISE EXCEPTION 'the prosecutor has paused interviews on this case'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""

REFUSE_CLOSED = f"""
CREATE FUNCTION referrals.refuse_closed() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
BEGIN
    IF EXISTS (SELECT FROM public.referrals_case c
                WHERE c.id = NEW.case_id AND c.closed_scope & NEW.scope <> 0) THEN
        RAISE EXCEPTION 'the prosecutor has closed this part of the case'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""

FUNCTIONS = {
    "guard_orders()": (ORDERS, ()),
    "frozen_for_session(uuid)": (FROZEN_FOR, ()),
    "acts_frozen(uuid)": (ACTS_FROZEN, ("rempart_runtime",)),
    "share_held(uuid)": (SHARE_HELD, ("rempart_runtime",)),
    "refuse_frozen()": (REFUSE_FROZEN, ()),
    "refuse_interviews()": (REFUSE_INTERVIEWS, ()),
    "refuse_closed()": (REFUSE_CLOSED, ()),
}


def _frozen(table: str, events: str, column: str = "case_id", when: str = "") -> str:
    return (
        f"CREATE TRIGGER z_frozen BEFORE {events} ON {table} FOR EACH ROW {when}"
        f" EXECUTE FUNCTION referrals.refuse_frozen('{column}');"
    )


# A share can always be ended or refused: that only narrows.
NARROWS = "('refused', 'revoked', 'expired', 'case_closed', 'accession_ended')"
TRIGGERS = (
    "CREATE TRIGGER a_orders BEFORE UPDATE OF acts_frozen_at, interviews_paused_at, closed_scope"
    " ON referrals_case FOR EACH ROW"
    " WHEN ((OLD.acts_frozen_at, OLD.interviews_paused_at, OLD.closed_scope) IS DISTINCT FROM"
    " (NEW.acts_frozen_at, NEW.interviews_paused_at, NEW.closed_scope))"
    " EXECUTE FUNCTION referrals.guard_orders();"
    "CREATE TRIGGER z_interviews BEFORE INSERT OR UPDATE OF kind, owner_unit ON referrals_measure"
    " FOR EACH ROW WHEN (NEW.kind = 'shared_concern')"
    " EXECUTE FUNCTION referrals.refuse_interviews();"
    "CREATE TRIGGER z_closed BEFORE INSERT ON referrals_share"
    " FOR EACH ROW EXECUTE FUNCTION referrals.refuse_closed();"
    "CREATE TRIGGER z_closed_still BEFORE UPDATE OF state ON referrals_share"
    " FOR EACH ROW WHEN (NEW.state = 'accepted')"
    " EXECUTE FUNCTION referrals.refuse_closed();"
    + _frozen(
        "referrals_case",
        "UPDATE OF state, urgency, gravity, danger, outcome, prosecutor_unit, feedback_at, version",
        "id",
    )
    + _frozen("referrals_measure", "INSERT OR UPDATE OF state, owner_unit, due_on, done_at")
    + _frozen("referrals_feedback", "INSERT")
    + _frozen("referrals_document", "INSERT OR UPDATE OF state")
    + _frozen("referrals_party", "INSERT")
    + _frozen("referrals_compartment", "INSERT OR UPDATE OF content")
    + _frozen(
        "referrals_share",
        "INSERT OR UPDATE OF state, expires_at",
        when=f"WHEN (NEW.state NOT IN {NARROWS})",
    )
)
DROPPED = "".join(
    f"DROP TRIGGER {name} ON {table};"
    for name, table in [
        ("a_orders", "referrals_case"),
        ("z_interviews", "referrals_measure"),
        ("z_closed", "referrals_share"),
        ("z_closed_still", "referrals_share"),
        *(
            ("z_frozen", f"referrals_{name}")
            for name in ("case", "measure", "feedback", "document", "party", "compartment", "share")
        ),
    ]
)
